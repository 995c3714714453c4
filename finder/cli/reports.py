"""Commands about what patients say is wrong: reports."""

from __future__ import annotations

import datetime as dt
import json

import click
from sqlalchemy import Connection, Engine

from finder.cli.context import actor, database, load_index, say
from finder.desk.reports import Reported, mark_done, open_reports
from finder.errors import FinderError
from finder.formats.wording import wording
from finder.search import Index, listing
from finder.search.results import PractitionerListing


@click.group()
def reports() -> None:
    """List what patients say is wrong with listings, and mark it as done.

    Patients tick what is wrong on the page of a person or place. They write nothing, and nothing is kept about who
    they are. Reports hang on the public id of the listing, and outlive imports.
    """


@reports.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_(as_json: bool) -> None:
    """List the listings with open reports, those that most people told of first."""
    with database() as engine:
        found = open_reports(engine)
        names = _names(engine, found) if found else {}
    if as_json:
        say(json.dumps([_as_json(one, names[one.public_id]) for one in found], indent=2))
        return
    w = wording("en")
    for one in found:
        days = f"{one.first_on}" if one.first_on == one.last_on else f"{one.first_on} to {one.last_on}"
        say(f"{one.public_id}  {names[one.public_id] or 'not listed any more'}")
        say(f"    {one.reports} report{'s' if one.reports > 1 else ''}, {days}")
        for kind, number in one.kinds.items():
            say(f"    {number} x {w.mistake(kind)}")
    if found:
        say("When one is put right: finder reports done PUBLIC_ID")
    else:
        say("No open reports.")


@reports.command()
@click.argument("public_id")
def done(public_id: str) -> None:
    """Mark all open reports of the listing PUBLIC_ID as done.

    This corrects nothing: correct the file and import it, then mark it. Who did is recorded.
    """
    with database() as engine:
        number = mark_done(engine, public_id, actor(), dt.datetime.now(dt.UTC))
    say(f"{number} report{'s' if number > 1 else ''} of {public_id} done.")


def _names(engine: Engine, found: list[Reported]) -> dict[str, str]:
    """Return what the listings are called today, "" for what is not listed any more."""
    index = load_index(engine)
    with engine.connect() as connection:
        return {one.public_id: _name(index, connection, one.public_id) for one in found}


def _name(index: Index, connection: Connection, public_id: str) -> str:
    try:
        named = listing(index, connection, public_id, dt.datetime.now(dt.UTC).date())
    except FinderError:
        return ""
    return named.practitioner.name if isinstance(named, PractitionerListing) else named.location.name


def _as_json(one: Reported, name: str) -> dict[str, object]:
    return {
        "public_id": one.public_id, "name": name or None, "reports": one.reports,
        "kinds": {kind.value: number for kind, number in one.kinds.items()},
        "first_on": one.first_on.isoformat(), "last_on": one.last_on.isoformat(),
    }  # fmt: skip


COMMANDS = (reports,)
