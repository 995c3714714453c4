"""The command that compares two versions: diff."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click
from sqlalchemy import Connection, Row

from finder.cli.context import database, say
from finder.desk.versions import compared_with, find_version
from finder.importers.amendments import AmendmentMet, amendments_met
from finder.importers.differences import Change, Kind, changes, differences
from finder.importers.report import Difference
from finder.importers.templates import SECTIONS

_SHOWN = 10


@click.command()
@click.argument("source")
@click.argument("version", type=int, required=False)
@click.option("--against", type=int, help="Version to compare with; the active one unless given.")
@click.option("--section", type=click.Choice(list(SECTIONS)), help="Section to compare; all unless given.")
@click.option("--all", "show_all", is_flag=True, help="Show every listing that differs, however many.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def diff(
    source: str, version: int | None, against: int | None, section: str | None, show_all: bool, as_json: bool
) -> None:
    """Show what VERSION of SOURCE (the newest unless given) changes, cell by cell.

    It is compared with the active version; the active version itself with the one that it replaced. Changes by
    staff over cells that the file has changed are listed too: what was there, what staff wrote, what the file says.
    """
    with database() as engine, engine.connect() as connection:
        new = find_version(connection, source, version)
        old = compared_with(connection, source, new) if against is None else find_version(connection, source, against)
        sections = [section] if section else list(SECTIONS)
        counts = {name: found for name, found in differences(connection, old.id, new.id).items() if name in sections}
        met = [one for one in amendments_met(connection, source, new.id) if one.section in sections]
        if as_json:
            for line in _as_json(connection, source, new, old, counts, met):
                say(line)
        else:
            command = f"finder diff {source} {new.version} --against {old.version}" + (
                f" --section {section}" if section else ""
            )
            _tell(connection, source, new, old, counts, met, "" if show_all else command)
        for one in (new, old):
            # A version that was removed in the meantime may have lost rows on the way.
            find_version(connection, source, one.version)


def tell_counts(counts: dict[str, Difference], *, gone: str = "will disappear") -> None:
    """Print a line a section."""
    for name, found in counts.items():
        say(
            f"{name}: {found.new:,} new, {found.changed:,} changed, {found.unchanged:,} unchanged, "
            f"{found.gone:,} {gone}."
        )


def told(change: Change) -> Iterator[str]:
    """Yield the lines that tell of a listing: its ids and name, then each changed cell."""
    ids = ", ".join(f"{name} {cell}" for name, cell in change.key.items() if cell)
    yield f"{ids} ({_line(change.name)})" if change.name else ids
    for name, (old, new) in change.fields.items():
        yield f"  {name}: {_cell(old)} -> {_cell(new)}"


def _tell(
    connection: Connection,
    source: str,
    new: Row[Any],
    old: Row[Any],
    counts: dict[str, Difference],
    met: list[AmendmentMet],
    shortened: str,
) -> None:
    """Print everything; with `shortened`, the command that shows all, only the first listings of each kind."""
    active = " (active)" if old.active else ""
    say(f"{source}: version {new.version}{' (active)' if new.active else ''} against version {old.version}{active}.")
    gone = "will disappear" if old.active else "gone"
    tell_counts(counts, gone=gone)
    for name, found in counts.items():
        numbers = {Kind.CHANGED: found.changed, Kind.GONE: found.gone, Kind.NEW: found.new}
        titles = {Kind.CHANGED: "changed", Kind.GONE: gone, Kind.NEW: "new"}
        for kind, number in numbers.items():
            if not number:
                continue
            say(f"\n{name}, {titles[kind]}:")
            most = _SHOWN if shortened else None
            for change in changes(connection, old.id, new.id, name, kinds=[kind], most=most):
                for line in told(change):
                    say(f"  {line}")
            if most and number > most:
                say(f"  ... and {number - most:,} more. All of them: {shortened} --all")
    if met:
        say("\nChanged by staff, and the file no longer says what they changed:")
        for one in met:
            _tell_amendment(one)
    if not met and not any(one.new or one.changed or one.gone for one in counts.values()):
        say("Nothing differs.")


def _tell_amendment(one: AmendmentMet) -> None:
    if one.now is None:
        now = "the listing is gone from the file"
    elif one.now == one.written:
        now = "the file now says the same as staff"
    else:
        now = f"the file now says {_cell(one.now)}"
    say(f"  {one.public_id} ({_line(one.name)})")
    say(f"    {one.field}: it was {_cell(one.replaced)}, staff wrote {_cell(one.written)}, {now}.")


def _cell(text: str) -> str:
    return _line(text) or "(empty)"


def _line(text: str) -> str:
    """Return a text on one line."""
    return " / ".join(text.splitlines())


def _as_json(
    connection: Connection,
    source: str,
    new: Row[Any],
    old: Row[Any],
    counts: dict[str, Difference],
    met: list[AmendmentMet],
) -> Iterator[str]:
    """Yield the lines of one JSON object; the changes come last, a line each, however many there are."""
    about = {
        "source": source, "version": new.version, "against": old.version,
        "differences": {name: vars(found) for name, found in counts.items()},
        "amendments": [vars(one) | {"made_at": one.made_at.isoformat()} for one in met],
    }  # fmt: skip
    yield json.dumps(about, ensure_ascii=False, indent=2).removesuffix("\n}") + ',\n  "changes": ['
    before = ""
    for name in counts:
        for one in changes(connection, old.id, new.id, name):
            fields = [{"column": column, "old": was, "new": now} for column, (was, now) in one.fields.items()]
            body = {
                "section": name,
                "change": one.kind.value,
                "key": one.key,
                "name": one.name,
                "fields": fields,
            }
            if before:
                yield before + ","
            before = "    " + json.dumps(body, ensure_ascii=False)
    if before:
        yield before
    yield "  ]\n}"


COMMANDS = (diff,)
