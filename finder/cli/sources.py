"""Commands about who sends files: source."""

from __future__ import annotations

import json

import click

from finder.cli.context import actor, database, say
from finder.desk.sources import SourceStanding, list_sources, set_priority


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_context
def source(context: click.Context, as_json: bool) -> None:
    """List the sources, the one believed first in front.

    Where two sources list a person of the same NPI, that person comes whole from the one with the higher priority:
    name, specialties, places, days, ages and what they treat. A lower source only fills in what a higher one does not
    state about the person, such as languages. Of two with the same priority the older source is believed.
    """
    if context.invoked_subcommand:
        return
    with database() as engine, engine.connect() as connection:
        found = list_sources(connection)
    if as_json:
        say(json.dumps([_as_json(one) for one in found], indent=2))
        return
    longest = max((len(one.name) for one in found), default=0)
    for one in found:
        say(f"{one.name:{longest}}  priority {one.priority:<4}  {_shown(one)}")
    if not found:
        say("No data yet. Begin with: finder template locations > locations.csv")


def _shown(one: SourceStanding) -> str:
    if one.retired_at is not None:
        return "left for good when real data came"
    return "not shown to patients" if one.version is None else f"version {one.version} is shown"


def _as_json(one: SourceStanding) -> dict[str, object]:
    return {
        "source": one.name, "priority": one.priority, "active_version": one.version, "demo": one.is_demo,
        "retired_at": one.retired_at.isoformat() if one.retired_at else None,
    }  # fmt: skip


@source.command()
@click.argument("name")
@click.argument("number", type=int)
def priority(name: str, number: int) -> None:
    """Give the source NAME the priority NUMBER (0 to 1000).

    Patients see the directory by it at once. A new source begins with 10; give your own hospital more than a public
    register.
    """
    with database() as engine:
        edition = set_priority(engine, name, number, actor())
        with engine.connect() as connection:
            order = [one.name for one in list_sources(connection) if one.version is not None]
    say(f"The priority of {name} is {number}: edition {edition}.")
    if len(order) > 1:
        say(f"Believed in this order: {', '.join(order)}.")


COMMANDS = (source,)
