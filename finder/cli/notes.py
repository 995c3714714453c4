"""Commands about notes for whoever answers the telephone: note list, show, set, clear, import, export."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

import click

from finder.cli.context import OVERWRITE, actor, database, load_index, say, words
from finder.desk.notes import (
    COLUMNS,
    FIELDS,
    Note,
    all_notes,
    clear_note,
    find_listing,
    import_notes,
    notes_of,
    set_note,
)
from finder.errors import DeskRefused
from finder.formats.wording import wording
from finder.importers.outputs import csv_rows, whole


@click.group()
def note() -> None:
    """What whoever answers the telephone reads of a listing, beside what patients see.

    Notes hang on the PUBLIC_ID of a person or place, such as npi:2025200009, and outlive imports. They are in no page
    for patients, not in the API, and in no edition.
    """


@note.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_command(as_json: bool) -> None:
    """List the listings that have notes."""
    with database() as engine, engine.connect() as connection:
        found = all_notes(connection)
    if as_json:
        say(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        say(f"{one.public_id}  {', '.join(FIELDS[name] for name in one.said)}")
    if not found:
        say("No note yet. Write one: finder note set PUBLIC_ID --note TEXT")


@note.command()
@click.argument("public_id")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def show(public_id: str, as_json: bool) -> None:
    """Show what is noted of the listing PUBLIC_ID; an id that it had before will do."""
    with database() as engine:
        index = load_index(engine)
        with engine.connect() as connection:
            known, name = find_listing(index, connection, public_id, dt.datetime.now(dt.UTC).date())
            found = notes_of(connection, [known]).get(known, Note(known))
    if as_json:
        say(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
        return
    say(f"{name} ({known})")
    _tell(found)


@note.command("set")
@click.argument("public_id")
@click.option("--note", help="What to know before this caller is sent there.")
@click.option("--scheduling-phone", metavar="NUMBER", help="Number for making appointments, where it is not the one that patients are given.")  # fmt: skip
@click.option("--referral-rules", metavar="TEXT", help="What referral they ask for, and from whom.")
@click.option("--records-rules", metavar="TEXT", help="Which records and images to send, and how.")
def set_command(public_id: str, **given: str | None) -> None:
    """Note something of the listing PUBLIC_ID; what is not named stays, and an empty text clears."""
    said = {name: text for name, text in given.items() if text is not None}
    if not said:
        raise click.UsageError("Say what to note, such as --records-rules TEXT.")
    with database() as engine:
        kept = set_note(engine, load_index(engine), public_id, said, actor(), dt.datetime.now(dt.UTC))
    say(kept.public_id)
    _tell(kept)


@note.command()
@click.argument("public_id")
def clear(public_id: str) -> None:
    """Take away all that is noted of the listing PUBLIC_ID."""
    with database() as engine:
        clear_note(engine, public_id, actor(), dt.datetime.now(dt.UTC))
    say(f"Nothing is noted of {public_id} any longer.")


@note.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def import_command(file: Path) -> None:
    """Note what FILE (CSV or XLSX) says, a row for each listing.

    Its columns are public_id and any of note, scheduling_phone, referral_rules, records_rules. A column that is not
    there stays as it was; an empty cell clears. Where one row is refused, nothing is changed.
    """
    with database() as engine:
        try:
            number = import_notes(engine, load_index(engine), file, actor(), dt.datetime.now(dt.UTC))
        except DeskRefused as refused:
            for row, error in refused.problems:
                click.echo(f"Row {row}: {words().error(error)}", err=True)
            raise
    say(f"{number:,} listing{'s have' if number != 1 else ' has'} the notes of {file}.")


@note.command()
@click.option("--output", type=click.Path(path_type=Path), help="CSV file to write; else the terminal.")
@OVERWRITE
def export(output: Path | None, overwrite: bool) -> None:
    """Write all notes out as CSV, in the columns that import reads."""
    with database() as engine, engine.connect() as connection:
        found = all_notes(connection)
    rows = [[str(getattr(one, name)) for name in COLUMNS] for one in found]
    if output is None:
        write = csv_rows(sys.stdout)
        for row in (COLUMNS, *rows):
            write(row)
        return
    with whole(output, overwrite=overwrite) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        write = csv_rows(file)
        for row in (COLUMNS, *rows):
            write(row)
    say(f"Wrote {output}: {len(rows):,} notes.")


def _tell(one: Note) -> None:
    w = wording("en")
    for name, label in FIELDS.items():
        text = one.said.get(name, "")
        say(f"  {label:16}  {(w.phone(text) if name == 'scheduling_phone' and text else text) or '-'}")
    if one.changed_at:
        say(f"  {'written':16}  {one.changed_at:%Y-%m-%d} by {one.changed_by}")


def _as_json(one: Note) -> dict[str, object]:
    return {
        "public_id": one.public_id, **{name: getattr(one, name) for name in FIELDS},
        "changed_by": one.changed_by or None, "changed_at": one.changed_at.isoformat() if one.changed_at else None,
    }  # fmt: skip


COMMANDS = (note,)
