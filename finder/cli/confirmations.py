"""Commands about confirmation links: confirm-link, confirmations list, accept, decline."""

from __future__ import annotations

import datetime as dt
import json

import click

from finder.cli.context import actor, database, say
from finder.desk.confirmations import LEAST_DAYS, MOST_DAYS, USUAL_DAYS, make_link, waiting
from finder.desk.confirmed import accept, decline
from finder.formats.findings import names_of_fields


@click.command("confirm-link")
@click.argument("public_id", metavar="ID")
@click.option("--days", type=click.IntRange(LEAST_DAYS, MOST_DAYS), default=USUAL_DAYS, show_default=True, help="For how many days it works.")  # fmt: skip
@click.option("--address", default="", metavar="https://...", help="Where the finder is, to be put before the path.")
def confirm_link(public_id: str, days: int, address: str) -> None:
    """Make a link by which a practice confirms its listing without signing in, and print it.

    ID is the public id of a place (with all its people), of a person, or of one person at one place. The link is
    printed once, and only a hash of it is kept. Whoever has it can use it once; opening it spends nothing.
    """
    with database() as engine:
        number, token = make_link(engine, public_id, actor(), dt.datetime.now(dt.UTC), days)
    say(f"{address.rstrip('/')}/confirm/{token}")
    say(f"This is link {number}. It works once, for {days} day{'' if days == 1 else 's'}.")


@click.group()
def confirmations() -> None:
    """What practices said by a link. Nothing changes until it is accepted."""


@confirmations.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_command(as_json: bool) -> None:
    """List what waits for an answer, the oldest first."""
    with database() as engine, engine.connect() as connection:
        found = waiting(connection)
    if as_json:
        told = [{**vars(one), "said_at": one.said_at.isoformat()} for one in found]
        say(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in found:
        what = (
            f"{names_of_fields(one.field)}: “{one.shown}” should be “{one.said}”" if one.field else "all of it is right"
        )
        say(f"{one.id:6}  {one.public_id}  {one.said_at:%Y-%m-%d}  {what}")
    if not found:
        say("Nothing waits.")


@confirmations.command("accept")
@click.argument("number", type=int)
@click.option("--instead", metavar="WORDS", help="What to write in the place of the practice's words.")
def accept_command(number: int, instead: str | None) -> None:
    """Take over what stands as NUMBER in the list: as the day when it was verified, or as an amendment."""
    with database() as engine:
        accept(engine, number, actor(), dt.datetime.now(dt.UTC), instead)
    say(f"{number} is accepted.")


@confirmations.command("decline")
@click.argument("number", type=int)
def decline_command(number: int) -> None:
    """Answer what stands as NUMBER in the list without changing anything."""
    with database() as engine:
        decline(engine, number, actor(), dt.datetime.now(dt.UTC))
    say(f"{number} is declined.")


COMMANDS = (confirm_link, confirmations)
