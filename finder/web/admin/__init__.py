"""The desk: pages for staff who sign in, over the functions of `finder.desk`. Each module brings its views."""

from flask import Flask

from finder.config import Settings
from finder.web.admin import session, sign_in, start
from finder.web.admin.door import blueprint, csrf, page, told

__all__ = ["blueprint", "install", "page", "sign_in", "start", "told"]


def install(app: Flask, settings: Settings) -> None:
    """Give the app the desk's key, its sessions and the guard of its forms."""
    session.install(app, settings)
    csrf.init_app(app)
