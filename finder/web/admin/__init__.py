"""The desk: pages for staff who sign in, over the functions of `finder.desk`. Each module brings its views."""

from flask import Flask

from finder.config import Settings
from finder.web.admin import (
    changes,
    check,
    choices,
    clinical,
    clinical_edit,
    clinical_try,
    coverage,
    export,
    golden,
    history,
    imports,
    listings,
    log,
    looks,
    notes,
    phone,
    pins,
    quality,
    quality_confirmations,
    quality_same_place,
    removals,
    session,
    sign_in,
    sites,
    staff,
    start,
)
from finder.web.admin.door import blueprint, csrf, page, told

__all__ = [
    "blueprint",
    "changes",
    "check",
    "choices",
    "clinical",
    "clinical_edit",
    "clinical_try",
    "coverage",
    "export",
    "golden",
    "history",
    "imports",
    "install",
    "listings",
    "log",
    "looks",
    "notes",
    "page",
    "phone",
    "pins",
    "quality",
    "quality_confirmations",
    "quality_same_place",
    "removals",
    "sign_in",
    "sites",
    "staff",
    "start",
    "told",
]


def install(app: Flask, settings: Settings) -> None:
    """Give the app the desk's key, its sessions and the guard of its forms."""
    session.install(app, settings)
    csrf.init_app(app)
