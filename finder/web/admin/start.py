"""The start of the desk: what is in force, and what waits for someone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import Connection, Engine

from finder.db.checks import CheckState
from finder.desk.accounts import Deed
from finder.desk.catalogue import changed_beneath
from finder.desk.checks import checks
from finder.desk.confirmations import waiting
from finder.desk.exporting import kept_versions
from finder.desk.reports import open_reports
from finder.desk.review import lapsed_sign_offs
from finder.desk.sources import list_sources
from finder.web.admin.door import NEEDS, blueprint, me, needs, page
from finder.web.context import directory

# Beside what waits: what people come for, as (label, endpoint).
QUICK = (
    ("Answer a caller", "admin.phone"),
    ("Import a file", "admin.imports"),
    ("Find a listing", "admin.listings"),
    ("Export a version", "admin.export"),
    ("Web sites", "admin.sites"),
    ("Log", "admin.log"),
)


@dataclass(frozen=True)
class Waits:
    """So many of something that waits for someone: what it is, what patients notice of it, and what to press.

    `endpoint` is the page where it is done, which stands there where an account may see it.
    """

    count: int
    what: str
    meaning: str
    action: str
    endpoint: str


def _reports(engine: Engine, _connection: Connection) -> Iterator[Waits]:
    found = open_reports(engine)
    if found:
        oldest = (dt.datetime.now(dt.UTC).date() - min(one.first_on for one in found)).days
        waited = f"The oldest has waited {oldest} day{'s' * (oldest != 1)}." if oldest else "All came today."
        yield Waits(len(found), "Listings that patients say are wrong.", waited, "Answer them", "admin.quality")


def _confirmations(_engine: Engine, connection: Connection) -> Iterator[Waits]:
    found = waiting(connection)
    if found:
        told = "Practices have said by link what is right and what is not."
        yield Waits(len(found), "Confirmations that wait for you.", told, "Read them", "admin.quality")


def _checks(_engine: Engine, connection: Connection) -> Iterator[Waits]:
    idle = [
        one
        for one in checks(connection)
        if one.state in (CheckState.ABANDONED, CheckState.REFUSED, CheckState.NEEDS_MAPPING)
    ]
    if idle:
        yield Waits(
            len(idle), "Uploads that did not come to an end.", "What they need is said there.", "Look", "admin.imports"
        )


def _signatures(_engine: Engine, connection: Connection) -> Iterator[Waits]:
    lapsed = lapsed_sign_offs(connection, dt.datetime.now(dt.UTC))
    if lapsed:
        told = "Patients are told that these are not reviewed."
        yield Waits(len(lapsed), "Clinical sign-offs that hold no longer.", told, "Review them", "admin.clinical")
    beneath = changed_beneath(connection)
    if beneath:
        told = "Your own text hides the new one."
        yield Waits(len(beneath), "Texts of yours over shipped ones that changed.", told, "Look", "admin.clinical")


def _versions(_engine: Engine, connection: Connection) -> Iterator[Waits]:
    active = {one.source: one.version for one in kept_versions(connection) if one.active}
    # The demo leaves for good with the first list of one's own.
    newer = [one for one in kept_versions(connection) if one.version > active.get(one.source, 0) and not one.is_demo]
    if newer:
        names = ", ".join(dict.fromkeys(one.source for one in newer))
        yield Waits(len(newer), "Versions that are not shown yet.", f"Of {names}.", "Look", "admin.history")


# What waits, most urgent first: each yields nothing where nothing of its kind does.
WAITS: list[Callable[[Engine, Connection], Iterator[Waits]]] = [
    _reports,
    _confirmations,
    _checks,
    _versions,
    _signatures,
]


@blueprint.get("/")
@needs(Deed.SEE)
def start() -> str:
    """Show what is in force, and what waits for someone."""
    engine = directory().engine
    with engine.connect() as connection:
        found = [one for kind in WAITS for one in kind(engine, connection)]
        sources = [one for one in list_sources(connection) if one.version is not None]
        dates = {(one.source, one.version): one.created_at for one in kept_versions(connection)}
    quick = [(label, endpoint) for label, endpoint in QUICK if can_open(endpoint)]
    return page(
        "start", edition=directory().index.edition, is_demo=directory().index.is_demo, sources=sources, dates=dates,
        waits=found, quick=quick,
    )  # fmt: skip


@blueprint.app_template_global()
def can_open(endpoint: str) -> bool:
    """Return whether a page is there and whoever is signed in may see it."""
    view = current_app.view_functions.get(endpoint)
    deed = NEEDS[view][0] if view else None
    return deed is not None and me().may(deed)
