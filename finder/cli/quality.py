"""Commands about the quality of listings: quality, verified."""

from __future__ import annotations

import datetime as dt
import json

import click

from finder.cli.context import actor, database, say, words
from finder.desk.quality import LISTS, Board, board, look_at, work_list
from finder.desk.quality_aside import bring_back, set_aside
from finder.desk.quality_findings import Finding
from finder.desk.verified import verified_today
from finder.formats.findings import WORK_LISTS, sentence


@click.command()
@click.argument("name", required=False, metavar="[LIST]", type=click.Choice(list(LISTS)))
@click.option("--practice", default="", metavar="SOURCE:KEY", help="Only what is of this organization.")
@click.option("--fine", metavar="ID", help="Set the finding about ID (two ids with a space between, where it is about two) aside, so that it does not come back until its facts change. Needs --because.")  # fmt: skip
@click.option("--because", default="", metavar="WORDS", help="Why it is fine, in a few words.")
@click.option("--again", metavar="ID", help="Let a finding that was set aside stand on the list again.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def quality(name: str | None, practice: str, fine: str | None, because: str, again: str | None, as_json: bool) -> None:
    """Show what of the directory somebody should look at.

    Without LIST: how many are on each work list, the most urgent first. With LIST: all that is on it.
    """
    now = dt.datetime.now(dt.UTC)
    if name is None and (fine or again or practice):
        raise click.UsageError("Name the list, as in: finder quality no-phone")
    with database() as engine:
        if name is None:
            _counts(board(engine, now), as_json)
            return
        if fine:
            set_aside(engine, name, fine, because, actor(), now)
            say(f"{fine} is set aside.")
            return
        if again:
            bring_back(engine, name, again, actor(), now)
            say(f"{again} may stand on the list again.")
            return
        with engine.connect() as connection:
            look = look_at(connection, now)
            found = work_list(look, name, practice)
            told = [sentence(one, look.catalogue, words()) for one in found]
    if as_json:
        say(
            json.dumps(
                [_as_json(one, text) for one, text in zip(found, told, strict=True)], ensure_ascii=False, indent=2
            )
        )
        return
    say(f"{WORK_LISTS[name].title}: {len(found)}")
    for one, text in zip(found, told, strict=True):
        say(f"{one.subject}  {one.name or 'not listed any more'}{f', {one.where}' if one.where else ''}")
        say(f"    {text}")


def _counts(found: Board, as_json: bool) -> None:
    if as_json:
        counts = {"people": found.people, "places": found.places, "checked": found.checked, "lists": found.counts}
        say(json.dumps(counts, indent=2))
        return
    checked = found.checked
    say(f"{found.people} people at {found.places} places.")
    say(
        f"Listings checked in the last 90 days: {checked['fresh']}; 90 to 180 days ago: {checked['old']}; "
        f"longer ago: {checked['stale']}; never: {checked['never']}."
    )
    for name, number in found.counts.items():
        say(f"{number:6}  {name:18}  {WORK_LISTS[name].title}")


@click.command()
@click.argument("public_ids", nargs=-1, required=True, metavar="ID...")
def verified(public_ids: tuple[str, ...]) -> None:
    """Say that somebody looked at listings today, and that all of it is right. Patients then see today's date.

    ID is the public id of a place (with all its people), of a person (at all their places), or of one person at one
    place, as `finder quality` prints it.
    """
    with database() as engine:
        number = verified_today(engine, public_ids, actor(), dt.datetime.now(dt.UTC).date())
    say(f"{number} listing{'' if number == 1 else 's'} verified today.")


def _as_json(one: Finding, text: str) -> dict[str, object]:
    return {
        "public_ids": one.public_ids, "name": one.name or None, "where": one.where or None, "found": one.code,
        "says": text, "practice": one.practice or None, "days": one.age_days,
    }  # fmt: skip


COMMANDS = (quality, verified)
