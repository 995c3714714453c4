"""Commands about searches that must hold: golden list, add, remove, run."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable
from typing import Any

import click

from finder.cli.context import actor, database, host, load_index, say
from finder.db.golden import Expects
from finder.desk.golden import LEFT_OUT, add_golden, golden_searches, remove_golden
from finder.desk.publish import rehearse
from finder.formats.golden import came, told
from finder.search.golden import Golden, Outcome, outcomes
from finder.search.query import PARAMETERS

_FAILED = 1


def _question(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each parameter of a question; the ZIP code is its argument."""
    for one in reversed([one for one in PARAMETERS if one.name not in LEFT_OUT]):
        if one.name == "zip":
            command = click.argument("zip", default="")(command)
        else:
            option = f"--{one.name.replace('_', '-')}"
            command = click.option(option, one.name, default="", metavar=one.example, help=one.meaning)(command)
    return command


@click.group()
def golden() -> None:
    """Searches that must hold in every version before patients see it.

    `finder activate` and `import --activate` ask them all, and stop where one fails, unless --override-golden says
    why. Some ship with the product: words that must raise a card.
    """


@golden.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_command(as_json: bool) -> None:
    """List them; those without a number ship with the product and cannot be removed."""
    with database() as engine, engine.connect() as connection:
        found = golden_searches(connection)
    if as_json:
        say(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        say(f"{one.id or '-':>4}  {told(one)}{f'  ({one.because})' if one.because else ''}")


@golden.command()
@_question
@click.option("--places", is_flag=True, help="List places instead of people.")
@click.option(
    "--first",
    "listed",
    metavar="WHO",
    help="This person or place must be among the first --number: a public id, or a name or a part of one.",
)
@click.option("--never", metavar="WHO", help="This person or place must never be listed.")
@click.option("--at-least", type=int, metavar="NUMBER", help="So many must be found.")
@click.option("--card", metavar="ID", help="This card, or red flag, must be raised, such as call-911.")
@click.option("--no-card", is_flag=True, help="No emergency card may be raised.")
@click.option("--number", type=int, default=3, show_default=True, help="With --first: among how many.")
@click.option("--because", default="", metavar="TEXT", help="Why it is here, for whoever it stops.")
def add(
    places: bool,
    listed: str | None,
    never: str | None,
    at_least: int | None,
    card: str | None,
    no_card: bool,
    number: int,
    because: str,
    **question: str,
) -> None:  # fmt: skip
    """Add a search from ZIP, and what must come of it: one of --first, --never, --at-least, --card, --no-card."""
    wanted: list[tuple[Expects, str, int]] = []
    if listed is not None:
        wanted.append((Expects.FIRST, listed, number))
    if never is not None:
        wanted.append((Expects.NEVER, never, 0))
    if at_least is not None:
        wanted.append((Expects.AT_LEAST, "", at_least))
    if card is not None:
        wanted.append((Expects.CARD, card, 0))
    if no_card:
        wanted.append((Expects.NO_CARD, "", 0))
    if len(wanted) != 1:
        raise click.UsageError("Say one thing that must come: --first, --never, --at-least, --card or --no-card.")
    wish = Golden(None, question, "places" if places else "people", *wanted[0], because)
    with database() as engine:
        made = add_golden(engine, wish, actor())
    say(f"Kept as number {made.id}: {told(made)}.")


@golden.command()
@click.argument("number", type=int)
def remove(number: int) -> None:
    """Remove the search NUMBER."""
    with database() as engine:
        remove_golden(engine, number, actor())
    say(f"Search {number} is removed.")


@golden.command()
@click.argument("source", required=False)
@click.argument("version", type=int, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def run(source: str | None, version: int | None, as_json: bool) -> None:
    """Ask them all: of what patients see now, or of what they would see with VERSION (the newest) of SOURCE.

    Nothing is published. Exit code: 0 all hold, 1 some fail.
    """
    with database() as engine:
        if source is not None:
            trial = rehearse(engine, source, version, host())
            found = trial.outcomes
            if trial.broken:
                click.echo(f"They could not be asked: {trial.broken}.", err=True)
                sys.exit(_FAILED)
        else:
            with engine.connect() as connection:
                today = dt.datetime.now(dt.UTC).date()
                found = outcomes(load_index(engine), connection, golden_searches(connection), today, host())
    if as_json:
        say(json.dumps([_outcome_as_json(one) for one in found], ensure_ascii=False, indent=2))
    else:
        for one in found:
            say(
                f"{'holds' if one.holds else 'FAILS'}  {told(one.golden)}{'' if one.holds else f'. What came is: {came(one)}'}"
            )
    if not all(one.holds for one in found):
        sys.exit(_FAILED)


def _as_json(one: Golden) -> dict[str, Any]:
    return {**vars(one), "question": dict(one.question), "expects": one.expects.value}


def _outcome_as_json(one: Outcome) -> dict[str, Any]:
    refusal = one.refusal.code if one.refusal else None
    return {"search": _as_json(one.golden), "holds": one.holds, "came": list(one.came), "refusal": refusal}


COMMANDS = (golden,)
