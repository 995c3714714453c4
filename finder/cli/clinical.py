"""Commands of clinical review: clinical list, show, try, sign, withdraw, edit, shipped, lapsed."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from finder.cli.context import database, host, load_index, say
from finder.db.catalogue import Catalogue
from finder.desk import accounts, sheet
from finder.desk.catalogue import LANGUAGES, changed_beneath, reviewer_id, withdraw_sign_off
from finder.desk.own_rows import back_to_shipped, draft_of, save_own_row
from finder.desk.phrase_trial import try_phrase
from finder.desk.review import (
    REVIEWED,
    YEAR,
    Change,
    ReviewRow,
    State,
    lapsed_sign_offs,
    review_row,
    review_rows,
    sign_sheet,
)
from finder.errors import CatalogueRefused
from finder.formats.wording import wording

_KIND = click.argument("kind", type=click.Choice(REVIEWED))
_KEY = click.argument("key")
_IN = click.argument("language", type=click.Choice(LANGUAGES))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print as JSON.")


def _as_whom(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say whose deed it is."""
    for option in (
        click.option("--password-stdin", is_flag=True, help="Read that account's password from standard input, one line."),
        click.option("--as", "name", metavar="NAME", required=True, help="The account that does it: a clinical reviewer or an administrator. Its password is asked for."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.group()
def clinical() -> None:
    """Review the clinical text of the catalogue: who signed what, and what lapsed.

    A row is named by its kind and key, as `finder clinical list` shows them. Whoever signs or changes a row says who
    they are (--as) and gives the password of that account: nobody signs in another's name, or without one.
    """


@clinical.command("list")
@click.option("--kind", type=click.Choice(REVIEWED), help="Only rows of this kind.")
@click.option("--state", type=click.Choice([one.value for one in State]), help="Only rows that are so in a language.")
@_JSON
def list_command(kind: str | None, state: str | None, as_json: bool) -> None:
    """List the rows, what needs a signature first, each with its state in each language."""
    with database() as engine, engine.connect() as connection:
        rows = review_rows(connection, _now())
    shown = [
        row
        for row in rows
        if kind in (None, row.kind) and (state is None or any(one.state.value == state for one in row.reviews.values()))
    ]
    if as_json:
        say(json.dumps([_as_json(row) for row in shown], ensure_ascii=False, indent=2))
        return
    longest = max((len(row.kind) + len(row.key) for row in shown), default=0) + 1
    for row in shown:
        states = "  ".join(f"{language} {row.reviews[language].state.value:6}" for language in LANGUAGES)
        more = ("  (own)" if row.is_own else "") + ("  (shipped row changed)" if row.beneath else "")
        say(f"{f'{row.kind} {row.key}':{longest}}  {states}{more}")
    if not shown:
        say("No row is like that.")


@clinical.command()
@_KIND
@_KEY
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the sheet."
)
@click.option("--json", "as_json", is_flag=True, help="Print the row in force as JSON, as `edit` takes it.")
def show(kind: str, key: str, language: str, as_json: bool) -> None:
    """Show a row: how it stands, which words lead there, and who is shown first."""
    with database() as engine, engine.connect() as connection:
        row = review_row(connection, kind, key, _now())
        if as_json:
            say(json.dumps(row.body, ensure_ascii=False, indent=2))
            return
        index, w = load_index(engine), wording(language)
        catalogue = Catalogue.read(connection)
        words = sheet.words_that_lead(kind, row.body, catalogue, language)
        facts = sheet.facts(kind, key, catalogue, wording("en"), row.body).lines
        today = dt.datetime.now(dt.UTC).date()
        first = sheet.who_is_first(index, connection, kind, key, sheet.usual_zips(index), today, host(), language)
    say(f"{row.name} ({kind} {key}){', the hospital' + chr(39) + 's own' if row.is_own else ''}")
    say(f"  hash {row.content_hash}")
    for spoken in LANGUAGES:
        say(f"  {spoken}: {row.reviews[spoken].told}")
    urgency = row.body.get("urgency", row.body)
    for name in (f"message_{language}", f"heading_{language}", f"hip_{language}", f"plain_{language}", f"meaning_{language}"):  # fmt: skip
        if urgency.get(name):
            say(f"\n{urgency[name]}")
    for one in words:
        say(f"\n{one.title}")
        for phrase in one.phrases:
            say(f"  {phrase}{'  (only to match)' if phrase in one.hidden else ''}")
    for label, lines in facts:
        say(f"\n{label}: {'; '.join(lines)}")
    for place in first:
        say(f"\nFrom {place.zip_code}")
        if place.results is None:
            say(f"  {w.error(place.refusal)}" if place.refusal else "")
            continue
        for match in [match for each in place.results.lists for match in each.matches][:3]:
            name = match.practitioner.name if match.practitioner else w.place_name(match.location)
            say(f"  {match.rank}. {name}, {w.where(match)}")


@clinical.command("try")
@click.argument("phrase")
@click.option("--zip", "zip_code", default="", help="ZIP code or town, to see who is shown first too.")
@click.option("--age", default="", help="The patient's age in years.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the answer.")
def try_command(phrase: str, zip_code: str, age: str, language: str) -> None:
    """Say what patients get for PHRASE, and why. It is kept nowhere but in the history of your shell."""
    w, today = wording(language), dt.datetime.now(dt.UTC).date()
    with database() as engine, engine.connect() as connection:
        found = try_phrase(load_index(engine), connection, phrase, zip_code, age, w, today, host())
    if found.card:
        say(f"{found.card[0].upper()} {found.card[1]}")
    for message in found.messages:
        say(message)
    say(found.meaning)
    for one in (*found.alarms, *found.readings):
        say(f"  {one.share:4.0%}  {one.name}{f' ({chr(44).join(one.words)})' if one.words else ''}")
    for match in [match for each in found.results.lists for match in each.matches][:5] if found.results else ():
        name = match.practitioner.name if match.practitioner else w.place_name(match.location)
        say(f"  {match.rank}. {name}, {w.where(match)}")


@clinical.command()
@_KIND
@_KEY
@_IN
@_as_whom
@click.option("--hash", "seen", required=True, help="The hash on the sheet that was read (`finder clinical show`).")
@click.option("--read", "has_read", is_flag=True, help="Say that you read all of the sheet, in its language.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day that it holds; a year from now unless given.")  # fmt: skip
def sign(
    kind: str,
    key: str,
    language: str,
    name: str,
    password_stdin: bool,
    seen: str,
    has_read: bool,
    until: dt.datetime | None,
) -> None:
    """Sign a row in one LANGUAGE. A red flag needs two people, each with an account."""
    last = until.date() if until else _now().date() + YEAR
    with database() as engine:
        reviewer = _who(engine, name, password_stdin)
        sign_sheet(engine, kind, key, language, reviewer, until=last, seen=seen, has_read=has_read)
        with engine.connect() as connection:
            say(review_row(connection, kind, key, _now()).reviews[language].told)


@clinical.command()
@_KIND
@_KEY
@_IN
@_as_whom
@click.option("--of", "whose", metavar="NAME", help="Whose signature; your own unless given.")
def withdraw(kind: str, key: str, language: str, name: str, password_stdin: bool, whose: str | None) -> None:
    """Take back a signature of a row in one LANGUAGE."""
    with database() as engine:
        reviewer = _who(engine, name, password_stdin)
        edition = withdraw_sign_off(engine, kind, key, language, whose or reviewer, reviewer)
    say(f"Taken back. Edition {edition}.")


@clinical.command()
@_KIND
@_KEY
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--save", is_flag=True, help="Put it in force. Without it, only what would change is told.")
@_as_whom
def edit(kind: str, key: str, file: Path, save: bool, name: str, password_stdin: bool) -> None:
    """Write the hospital's own row from FILE, the whole row as JSON (begin with `finder clinical show --json`).

    With a KEY that there is not yet it is a new row, beside the shipped ones.
    """
    try:
        body: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as broken:
        raise CatalogueRefused("catalogue_json_malformed", found=str(broken)[:80]) from None
    if not isinstance(body, dict):
        raise CatalogueRefused("catalogue_json_malformed", found="no object in braces")
    with database() as engine:
        reviewer = _who(engine, name, password_stdin)
        with engine.connect() as connection:
            draft = draft_of(connection, kind, key, body, _now())
        _tell_changes(draft.changed)
        for language, whose in draft.lapsing:
            say(f"The signature of {whose} ({language}) {'lapses' if save else 'would lapse'}.")
        if save:
            say(f"Edition {save_own_row(engine, kind, key, body, reviewer, seen=draft.row.content_hash)}.")
        elif draft.changed:
            say("Nothing is saved yet: say --save.")


@clinical.command()
@_KIND
@_KEY
@_as_whom
def shipped(kind: str, key: str, name: str, password_stdin: bool) -> None:
    """Put the shipped row in force again, in place of the hospital's own; one that does not ship is gone then."""
    with database() as engine:
        edition = back_to_shipped(engine, kind, key, _who(engine, name, password_stdin))
    say(f"The hospital's own row is gone. Edition {edition}.")


@clinical.command()
@_JSON
def lapsed(as_json: bool) -> None:
    """List the signatures that no longer hold, why, and which fields changed; and shipped rows that changed beneath."""
    with database() as engine, engine.connect() as connection:
        found, beneath = lapsed_sign_offs(connection, _now()), changed_beneath(connection)
    if as_json:
        told = [
            {
                "kind": one.kind, "key": one.key, "language": one.language, "reviewer": one.reviewer, "why": one.why,
                "signed_at": one.at.isoformat(), "changes": [vars(change) for change in one.changes],
            }
            for one in found
        ]  # fmt: skip
        say(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in found:
        say(f"{one.kind} {one.key} ({one.language}): signed by {one.told}")
        _tell_changes(one.changes)
    for row in beneath:
        say(f"{row.kind} {row.key}: the shipped row changed beneath the hospital's own: {', '.join(row.fields)}")
    if not found and not beneath:
        say("Nothing lapsed.")


def _who(engine: Engine, name: str, from_input: bool) -> str:
    """Return the name of a reviewer's account whose password was given.

    Raises DeskRefused (sign_in_refused, sign_in_wait), CatalogueRefused (reviewer_refused).
    """
    if from_input:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt(f"Password of {name}", hide_input=True, err=True)
    account = accounts.sign_in(engine, name, password)
    with engine.connect() as connection:
        reviewer_id(connection, account.name)
    return account.name


def _tell_changes(changes: tuple[Change, ...]) -> None:
    for one in changes:
        say(f"  {one.field}")
        for sign_of, text in (("-", one.before), ("+", one.after)):
            if text:
                say(f"    {sign_of} {text}")


def _as_json(row: ReviewRow) -> dict[str, Any]:
    return {
        "kind": row.kind, "key": row.key, "name": row.name, "level": row.level, "hash": row.content_hash, "own": row.is_own,
        "shipped_changed": list(row.beneath),
        "reviews": {
            language: {"state": one.state.value, "missing": one.missing, "signed_by": [signature.reviewer for signature in one.signatures]}
            for language, one in row.reviews.items()
        },
    }  # fmt: skip


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


COMMANDS = (clinical,)
