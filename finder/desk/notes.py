"""Notes for whoever answers the telephone: of a listing, by its public id, read by staff alone.

No edition is raised, since patients see nothing of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, insert, select

from finder.db.datasets import Dataset, Source
from finder.db.dialect import write_lock
from finder.db.directory import Practitioner
from finder.db.notes import StaffNote
from finder.db.staff import PublicIdAlias
from finder.desk.audit import record
from finder.errors import DeskRefused, FinderError, ListingMissing
from finder.importers import cells
from finder.importers.cells import CellError, Mended
from finder.importers.formulas import as_meant
from finder.importers.rows import Limits, tables
from finder.search import Index, listing
from finder.search.results import PractitionerListing

LONGEST = 2000
# What can be noted, by field, and what the page and the command call it.
FIELDS: Mapping[str, str] = {
    "note": "note",
    "scheduling_phone": "scheduling phone",
    "referral_rules": "referral rules",
    "records_rules": "records rules",
}
COLUMNS = ("public_id", *FIELDS)
_FOLLOWED = 10  # of ids that were replaced one after the other


@dataclass(frozen=True)
class Note:
    """What is noted of a listing, "" where nothing is; `scheduling_phone` is in RFC 3966 form without `tel:`."""

    public_id: str
    note: str = ""
    scheduling_phone: str = ""
    referral_rules: str = ""
    records_rules: str = ""
    changed_by: str = ""
    changed_at: dt.datetime | None = None

    @property
    def said(self) -> dict[str, str]:
        """What is noted, by field, without what is empty."""
        return {name: str(getattr(self, name)) for name in FIELDS if getattr(self, name)}


_COLUMNS = tuple(getattr(StaffNote, one.name) for one in fields(Note))


def all_notes(connection: Connection) -> list[Note]:
    """Return every note, by public id."""
    return [Note(*row) for row in connection.execute(select(*_COLUMNS).order_by(StaffNote.public_id))]


def notes_of(connection: Connection, public_ids: Collection[str]) -> dict[str, Note]:
    """Return what is noted of listings, by the ids asked for; those without a note are left out.

    What was noted under an id that a listing had before holds for it too; its own goes first, field by field.
    """
    asked = list(dict.fromkeys(public_ids))
    former = _former_ids(connection, asked)
    wanted = {*asked, *(old for many in former.values() for old in many)}
    kept = {
        row.public_id: Note(*row)
        for row in connection.execute(select(*_COLUMNS).where(StaffNote.public_id.in_(wanted)))
    }
    found = {}
    for public_id in asked:
        known = [kept[one] for one in (public_id, *former.get(public_id, ())) if one in kept]
        if known:
            said = {name: text for one in reversed(known) for name, text in one.said.items()}
            newest = max(known, key=lambda one: one.changed_at or dt.datetime.min.replace(tzinfo=dt.UTC))
            found[public_id] = replace(newest, public_id=public_id, **_whole(said))
    return found


def find_listing(index: Index, connection: Connection, public_id: str, today: dt.date) -> tuple[str, str]:
    """Return (public id of today, name) of a listing; an id that was replaced is followed. Raises ListingMissing."""
    for _ in range(_FOLLOWED):
        try:
            found = listing(index, connection, public_id, today)
        except ListingMissing:
            newer = connection.scalar(select(PublicIdAlias.new_id).where(PublicIdAlias.old_id == public_id))
            if newer is None:
                raise
            public_id = newer
        else:
            if isinstance(found, PractitionerListing):
                return found.practitioner.public_id, found.practitioner.name
            return found.location.public_id, found.location.name
    raise ListingMissing("listing_missing", public_id=public_id[:80])


def set_note(
    engine: Engine, index: Index, public_id: str, said: Mapping[str, str], actor: str, now: dt.datetime
) -> Note:
    """Note something of a listing that patients find today; fields that are not named stay, empty ones are cleared.

    Raises ListingMissing; DeskRefused: note_too_long, note_phone_malformed.
    """
    with engine.connect() as connection:
        public_id, _name = find_listing(index, connection, public_id, now.date())
    read = {name: _read(name, text) for name, text in said.items()}
    with write_lock(engine) as connection:
        return _write(connection, public_id, read, actor, now)


def clear_note(engine: Engine, public_id: str, actor: str, now: dt.datetime) -> None:
    """Take away all that is noted of a listing, listed today or not. Raises DeskRefused (note_missing)."""
    with write_lock(engine) as connection:
        if public_id not in notes_of(connection, [public_id]):
            raise DeskRefused("note_missing", public_id=public_id[:80])
        _write(connection, public_id, dict.fromkeys(FIELDS, ""), actor, now)


def import_notes(engine: Engine, index: Index, path: Path, actor: str, now: dt.datetime) -> int:
    """Note what a file (CSV or XLSX) says, a row for each listing; return how many rows that were.

    A column that the file does not have stays as it was, and an empty cell clears. Nothing is changed where any row is
    refused. Raises FileRefused; DeskRefused: notes_columns, and notes_refused with `problems` of (row number, error).
    """
    read: list[tuple[str, dict[str, str]]] = []
    wrong: list[tuple[int, FinderError]] = []
    with engine.connect() as connection:
        for number, public_id, said in _rows(path):
            try:
                known, _name = find_listing(index, connection, public_id, now.date())
                read.append((known, {name: _read(name, text) for name, text in said.items()}))
            except FinderError as error:
                wrong.append((number, error))
    if wrong:
        refused = DeskRefused("notes_refused", rows=len(wrong))
        refused.problems = wrong
        raise refused
    with write_lock(engine) as connection:
        for public_id, values in read:
            _write(connection, public_id, values, actor, now)
    return len(read)


def _rows(path: Path) -> Iterator[tuple[int, str, dict[str, str]]]:
    table = tables(path, Limits())[0]
    (_number, header), *head = [row for row in table.head if any(cell.strip() for cell in row[1])]
    names = [cell.strip().lower() for cell in header]
    if "public_id" not in names or not set(names) & set(FIELDS):
        raise DeskRefused("notes_columns", columns=list(COLUMNS))
    for rows in (head, table.rest):
        for number, cells_of_row in rows:
            found = dict(zip(names, (as_meant(cell.strip()) for cell in cells_of_row), strict=False))
            if any(found.values()):
                yield number, found.get("public_id", ""), {name: found[name] for name in FIELDS if name in found}


def _whole(said: Mapping[str, str]) -> dict[str, Any]:
    return {name: said.get(name, "") for name in FIELDS}


def _read(name: str, text: str) -> str:
    # Lines may break; what else cannot be seen is left out.
    text = "\n".join(
        "".join(c for c in line if c.isprintable()).rstrip() for line in text.strip().splitlines()
    )  # fmt: skip
    if name == "scheduling_phone":
        try:
            found = cells.phone(text)
        except CellError:
            raise DeskRefused("note_phone_malformed", value=text[:80]) from None
        return str(found.value if isinstance(found, Mended) else found)
    if len(text) > LONGEST:
        raise DeskRefused("note_too_long", name=FIELDS[name], longest=LONGEST)
    return text


def _write(connection: Connection, public_id: str, said: Mapping[str, str], actor: str, now: dt.datetime) -> Note:
    """Keep a note under the listing's own id, and nothing any longer under those it had before."""
    before = notes_of(connection, [public_id]).get(public_id, Note(public_id))
    after = replace(before, changed_by=actor[:200], changed_at=now, **said)
    if after.said == before.said:
        return before
    old = [public_id, *_former_ids(connection, [public_id]).get(public_id, ())]
    connection.execute(delete(StaffNote).where(StaffNote.public_id.in_(old)))
    if after.said:
        values = {one.name: getattr(after, one.name) for one in fields(Note)}
        connection.execute(insert(StaffNote).values(**values))
    changed = {name: getattr(after, name) for name in FIELDS if getattr(after, name) != getattr(before, name)}
    record(connection, now, actor, "note" if after.said else "clear_note", public_id, **changed)
    return after


def _former_ids(connection: Connection, public_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the ids that listings had before: aliases, the newest first, and the files' own of people with an NPI."""
    found: dict[str, list[str]] = {}
    now_known_as = {one: one for one in public_ids}
    for _ in range(_FOLLOWED):
        alias = PublicIdAlias
        rows = connection.execute(
            select(alias.old_id, alias.new_id).where(alias.new_id.in_(now_known_as)).order_by(alias.since.desc())
        ).all()
        new = {row.old_id: now_known_as[row.new_id] for row in rows if row.old_id not in now_known_as}
        if not new:
            break
        now_known_as |= new
        for old, public_id in new.items():
            found.setdefault(public_id, []).append(old)
    npis = [one.removeprefix("npi:") for one in public_ids if one.startswith("npi:")]
    people = (
        select(Practitioner.npi, Practitioner.key, Source.name)
        .join(Dataset, and_(Dataset.id == Practitioner.dataset_id, Dataset.active))
        .join(Source, Source.id == Dataset.source_id)
        .where(Practitioner.npi.in_(npis))
    )
    for row in connection.execute(people) if npis else ():
        found.setdefault(f"npi:{row.npi}", []).append(f"person:{row.name}:{row.key}")
    return found
