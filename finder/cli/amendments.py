"""Commands that change what patients see of one listing: amend, pin, and the group amendments."""

from __future__ import annotations

import datetime as dt
import json

import click

from finder.cli.context import actor, database, say, words
from finder.db.amendable import OWN_FIELDS, PERSON_FIELDS, PLACE_FIELDS, ROLE_FIELDS
from finder.desk.amendment_choices import CHOICES, WRITE, choices_of, choose
from finder.desk.amendments import AmendmentTold, amend, amendments_of, checked, end_due, end_of, withdraw
from finder.desk.listings import staff_listing
from finder.desk.pins import look_at, parse_pin
from finder.errors import DeskRefused
from finder.importers.report import Problem

_FIELDS = (
    f"Of a place: {', '.join(PLACE_FIELDS)}. Of a person: {', '.join(PERSON_FIELDS)}. Of a person at a place: "
    f"{', '.join(ROLE_FIELDS)}. Of each: {', '.join(OWN_FIELDS)}."
)  # fmt: skip


@click.command("amend", epilog=_FIELDS)
@click.argument("public_id", metavar="PUBLIC_ID")
@click.argument("fields", metavar="FIELD=VALUE...", nargs=-1, required=True)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day on which it holds, by the place's own clock. Else it holds until it is withdrawn.")  # fmt: skip
def amend_command(public_id: str, fields: tuple[str, ...], until: dt.datetime | None) -> None:
    """Change what patients see of one listing, at once and through every import.

    PUBLIC_ID is that of a place (place:SOURCE:ID), a person (npi:NUMBER or person:SOURCE:ID) or a person at a place
    (role:PERSON@PLACE). Values are written as in import files, and are checked and mended like them:

    \b
      finder amend place:clinic:main phone=804-555-0100 "hours=Mon-Fri 8:00-17:00"
      finder amend role:npi:1234567893@place:clinic:main accepting_new_patients=no --until 2027-01-05
      finder amend place:clinic:main "notice_en=Closed until January 5." --until 2027-01-05
      finder amend npi:1234567893 hidden=yes

    An empty value takes away what the file says. A hidden listing leaves every list, search and page.
    """
    changes = dict(_pair(one) for one in fields)
    with database() as engine:
        try:
            with engine.connect() as connection:
                found = staff_listing(connection, public_id)
                told = checked(connection, found, changes).told
            ends_at = end_of(until.date(), found.zip_code) if until else None
            edition = amend(engine, public_id, changes, actor(), ends_at=ends_at)
        except DeskRefused as refusal:
            _tell_problems(refusal.problems)
            raise
    for one in told:
        say(f"{one.column}: {words().code(one.code, one.params)}")
    say(f"{found.name or found.public_id}: changed in edition {edition}.")


@click.command("pin")
@click.argument("public_id", metavar="PUBLIC_ID")
@click.argument("where", metavar="WHERE")
@click.option("--dry-run", is_flag=True, help="Say where it would be, and change nothing.")
def pin_command(public_id: str, where: str, dry_run: bool) -> None:
    """Put the pin of a place right.

    WHERE is a pair of coordinates ("37.5538, -77.4603", degrees with minutes and seconds, decimal commas) or the
    address of a page of Google Maps, Apple Maps, Bing or OpenStreetMap. It is only read; nothing is fetched.
    """
    position = parse_pin(where)
    with database() as engine:
        with engine.connect() as connection:
            found = staff_listing(connection, public_id)
        old = [found.shown.get(name, "") for name in ("latitude", "longitude")]
        before = (float(old[0]), float(old[1])) if all(old) else None
        look = look_at(position, before, found.shown.get("zip_code", ""), found.shown.get("state", ""))
        far = [] if look.from_old_miles is None else [f"{look.from_old_miles:.1f} miles from where it was"]
        if look.from_zip_miles is not None:
            far.append(f"{look.from_zip_miles:.1f} miles from the middle of ZIP {found.shown['zip_code'][:5]}")
        say(f"{found.name}: {position[0]}, {position[1]}, {' and '.join(far)}.")
        if look.far_from_zip:
            say("  This is more than 25 miles from its ZIP code. Check the address too.")
        if look.outside_state:
            say(f"  This is outside {found.shown['state']}, the state of its address.")
        if dry_run:
            return
        try:
            edition = amend(engine, public_id, {"latitude": position[0], "longitude": position[1]}, actor())
        except DeskRefused as refusal:
            _tell_problems(refusal.problems)
            raise
    say(f"The pin is put right in edition {edition}.")


@click.group()
def amendments() -> None:
    """What staff changed of listings: list, withdraw, and choose where a new file disagrees.

    `finder amend` makes a change. It is laid over the file's row, and no import takes it away.
    """


@amendments.command("list")
@click.argument("public_id", required=False)
@click.option("--all", "every", is_flag=True, help="Show those too that were withdrawn or replaced.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_command(public_id: str | None, every: bool, as_json: bool) -> None:
    """List the changes, the newest first; of one listing, by its PUBLIC_ID, or of all."""
    now = dt.datetime.now(dt.UTC)
    with database() as engine, engine.connect() as connection:
        found = amendments_of(connection, public_id, every=every)
    if as_json:
        say(json.dumps([_as_json(one, now) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        until = f", until {one.ends_at:%Y-%m-%d %H:%M} UTC" if one.ends_at else ""
        said = f" (the file said {_line(one.before)})" if one.before else ""
        say(f"{one.public_id}  {one.field}: {_line(one.value)}{said}. {one.made_by}, {one.made_at:%Y-%m-%d}{until}; {one.state(now)}.")  # fmt: skip
    if not found:
        say("Staff have changed nothing.")


@amendments.command("withdraw")
@click.argument("public_id")
@click.argument("field")
def withdraw_command(public_id: str, field: str) -> None:
    """Give a FIELD of a listing back to its file, take down a notice, or show what was hidden."""
    with database() as engine:
        edition = withdraw(engine, public_id, field, actor())
    say(f"Withdrawn in edition {edition}.")


@amendments.command("choices")
@click.argument("source")
@click.argument("version", type=int, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def choices_command(source: str, version: int | None, as_json: bool) -> None:
    """List where VERSION of SOURCE (the newest unless given) no longer says what staff replaced, with a number each."""
    with database() as engine, engine.connect() as connection:
        found = choices_of(connection, source, version)
    if as_json:
        told = [
            {"number": one.met.amendment_id, **vars(one.met), "made_at": one.met.made_at.isoformat(), "chosen": one.chosen or None, "value": one.value or None}
            for one in found
        ]  # fmt: skip
        say(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in found:
        now = "the listing is gone" if one.met.now is None else _line(one.met.now)
        say(f"{one.met.amendment_id}. {one.met.public_id} ({one.met.name}), {one.met.field}")
        say(
            f"   it was {_line(one.met.replaced)}, {one.met.made_by} wrote {_line(one.met.written)}, the file says {now}"
        )
        if one.chosen:
            say(f"   chosen: {one.chosen}{' ' + one.value if one.value else ''} ({one.made_by})")
    if not found:
        say("Staff and file do not disagree.")


@amendments.command("choose")
@click.argument("source")
@click.argument("version", type=int)
@click.argument("choices", metavar="NUMBER=CHOICE...", nargs=-1, required=True)
def choose_command(source: str, version: int, choices: tuple[str, ...]) -> None:
    """Choose between staff and file for VERSION of SOURCE, by the numbers of `finder amendments choices`.

    CHOICE is keep (what staff wrote), take (what the file says) or write:VALUE (something else). Patients see it once
    the version is published; undoing the version undoes it.
    """
    said = dict(_pair(one) for one in choices)
    values = {name: one.partition(":")[2] for name, one in said.items() if one.startswith(f"{WRITE}:")}
    bad = [name for name in said if not name.isdecimal()]
    if bad:
        raise click.BadParameter(
            f"{bad[0]} is no number of a change. See: finder amendments choices {source} {version}"
        )
    chosen = {int(name): one.partition(":")[0] for name, one in said.items()}
    with database() as engine:
        try:
            done = choose(engine, source, version, chosen, actor(), {int(name): one for name, one in values.items()})
        except DeskRefused as refusal:
            _tell_problems(refusal.problems)
            raise
    say(f"{done} chosen of {', '.join(CHOICES)}. Publish it: finder activate {source} {version}")


@amendments.command("end")
def end_command() -> None:
    """Make the edition in which changes no longer hold whose last day has passed.

    The server does this by itself at that moment. Where none is running, as where only files are exported, run it
    once a day.
    """
    with database() as engine:
        edition = end_due(engine)
    say("Nothing has come to its end." if edition is None else f"Ended in edition {edition}.")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise click.BadParameter(f"{text} has no =. Write NAME=VALUE.")
    return name.strip(), value


def _tell_problems(problems: object) -> None:
    for one in problems if isinstance(problems, list | tuple) else ():
        if isinstance(one, Problem):
            click.echo(f"{one.column}: {words().code(one.code, one.params)}", err=True)


def _line(text: str) -> str:
    return " / ".join(text.splitlines()) or "(empty)"


def _as_json(one: AmendmentTold, now: dt.datetime) -> dict[str, object]:
    return {
        "public_id": one.public_id, "field": one.field, "value": one.value, "file_said": one.before,
        "made_by": one.made_by, "made_at": one.made_at.isoformat(),
        "ends_at": one.ends_at.isoformat() if one.ends_at else None, "state": one.state(now),
    }  # fmt: skip


COMMANDS = (amend_command, pin_command, amendments)
