"""Commands about places that are one: same-place list, add, remove."""

from __future__ import annotations

import json

import click

from finder.cli.context import actor, database, say
from finder.desk.same_place import add_same_place, all_same_places, remove_same_place


@click.group("same-place")
def same_place() -> None:
    """Places that the directory has twice, and that staff say are one.

    Nothing joins places by itself. `finder quality places-twice` lists those that may be one.
    """


@same_place.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_command(as_json: bool) -> None:
    """List the places that are listed as another."""
    with database() as engine, engine.connect() as connection:
        found = all_same_places(connection)
    if as_json:
        say(json.dumps([{**vars(one), "made_at": one.made_at.isoformat()} for one in found], indent=2))
        return
    for one in found:
        say(f"{one.other_id}  is listed as  {one.kept_id}  ({one.made_by}, {one.made_at:%Y-%m-%d})")
    if not found:
        say("None.")


@same_place.command()
@click.argument("other_id", metavar="OTHER")
@click.argument("kept_id", metavar="KEPT")
def add(other_id: str, kept_id: str) -> None:
    """Say that the place OTHER is the same as KEPT, and is listed as KEPT from now on.

    Its people stand at KEPT, each once; what KEPT does not state it has from OTHER. Links to OTHER lead to KEPT.
    """
    with database() as engine:
        edition = add_same_place(engine, other_id, kept_id, actor())
    say(f"{other_id} is listed as {kept_id}. Edition {edition}.")


@same_place.command()
@click.argument("other_id", metavar="OTHER")
def remove(other_id: str) -> None:
    """Let the place OTHER be listed by itself again."""
    with database() as engine:
        edition = remove_same_place(engine, other_id, actor())
    say(f"{other_id} is listed by itself again. Edition {edition}.")


COMMANDS = (same_place,)
