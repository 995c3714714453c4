"""Commands about people who asked not to be listed: removal add, list, withdraw."""

from __future__ import annotations

import json

import click

from finder.cli.context import actor, database, host, say
from finder.desk.removals import Done, add_removal, removals, withdraw_removal


@click.group()
def removal() -> None:
    """People who asked not to be listed, by their NPI.

    They are left out of every edition: searches, pages, pictures, counts, the API. No import brings them back, nor does
    an older version that is put in force again, nor a backup that was taken since.
    """


@removal.command()
@click.argument("npi")
@click.option("--reason", default="", metavar="TEXT", help="Why, for staff alone. Patients are never told.")
def add(npi: str, reason: str) -> None:
    """Leave the person with this NPI out, from now on.

    Nobody need be listed by it: whoever a later file brings is left out too.
    """
    with database() as engine:
        done = add_removal(engine, npi, reason, actor(), host())
    rows = f" Rows of {', '.join(done.sources)} stay as they were received." if done.sources else " Nobody was."
    say(f"{done.npi} is listed no more. Edition {done.edition}.{rows}")
    _warn(done)


@removal.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_command(as_json: bool) -> None:
    """List the requests that hold, the latest first."""
    with database() as engine, engine.connect() as connection:
        found = removals(connection)
    if as_json:
        told = [
            {**vars(one), "recorded_at": one.recorded_at.isoformat(), "sources": list(one.sources)} for one in found
        ]
        say(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in found:
        where = ", ".join(one.sources) or "no source in force"
        say(
            f"{one.npi}  {one.recorded_at:%Y-%m-%d}  {one.recorded_by}  in {where}{f'  ({one.reason})' if one.reason else ''}"
        )
    if not found:
        say("None.")


@removal.command()
@click.argument("npi")
def withdraw(npi: str) -> None:
    """Let the person be listed again. That they asked, and why, is forgotten; the log keeps both deeds."""
    with database() as engine:
        done = withdraw_removal(engine, npi, actor(), host())
    listed = f"listed by {', '.join(done.sources)}" if done.sources else "listed as soon as a source brings them"
    say(f"{done.npi} is {listed}. Edition {done.edition}.")
    _warn(done)


def _warn(done: Done) -> None:
    for line in done.failing:
        say(f"  A search that must hold does not: {line}")


COMMANDS = (removal,)
