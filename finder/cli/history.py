"""The command about what was put in force and undone: history."""

from __future__ import annotations

import json
from typing import Any

import click

from finder.cli.context import database, say
from finder.desk.history import Publication
from finder.desk.history import history as history_of
from finder.desk.versions import find_source


@click.command()
@click.argument("source", required=False)
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many, from the newest on.")
@click.option("--files", "with_files", is_flag=True, help="Also show the files of each version, with size and SHA-256.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def history(source: str | None, most: int, with_files: bool, as_json: bool) -> None:
    """Show every publication and undoing, newest first: who, when, what that changed; of SOURCE, or of all.

    What a version changed, cell by cell: `finder diff`. Show an older one again: `finder activate`.
    """
    with database() as engine, engine.connect() as connection:
        if source is not None:
            find_source(connection, source)
        found = history_of(connection, source, most=most)
    if as_json:
        say(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        _tell(one, with_files=with_files)
    if not found:
        say("Nothing was published yet.")


def _tell(one: Publication, *, with_files: bool) -> None:
    what = f"version {one.version}" if one.version else "taken off"
    done = f"undone, back to {what}" if one.is_undoing and one.version else "undone, taken off" if one.is_undoing else f"published {what}"  # fmt: skip
    mark = "  (active)" if one.is_in_force else ""
    say(f"{one.at:%Y-%m-%d %H:%M} UTC  edition {one.edition}  {one.source}  {done}  by {one.actor}{mark}")
    if one.totals:
        all_ = one.totals
        say(f"  {all_.gone:,} gone, {all_.changed:,} changed, {all_.new:,} new, {all_.unchanged:,} unchanged")
    if one.checked_on:
        say(f"  checked on {one.checked_on} by {one.checked_by}")
    for line in one.golden_failed:
        say(f"  a search that must hold failed: {line}")
    if one.golden_reason:
        say(f"  shown all the same: {one.golden_reason}")
    for file in one.files if with_files else ():
        say(f"  {file.section}: {file.name}, {file.size_bytes:,} bytes, SHA-256 {file.sha256}")


def _as_json(one: Publication) -> dict[str, Any]:
    return {
        **vars(one), "at": one.at.isoformat(), "files": [vars(file) for file in one.files],
        "golden_failed": list(one.golden_failed),
        "changed": {name: vars(counts) for name, counts in one.changed.items()} if one.changed is not None else None,
    }  # fmt: skip


COMMANDS = (history,)
