"""What staff choose where a new version's file no longer says what a change of theirs replaced.

A choice belongs to the version: it comes into force with it, and is undone where the version is. Until then patients
see what they saw. Without a choice the change stays, and goes on being listed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, select, update

from finder.db.datasets import Dataset
from finder.db.dialect import write_lock
from finder.db.staff import Amendment, AmendmentChoice
from finder.desk.audit import record
from finder.desk.versions import find_version
from finder.errors import DeskRefused
from finder.importers.amending import check
from finder.importers.amendments import AmendmentMet, amendments_met
from finder.importers.listings import as_cell
from finder.importers.vocabulary import Vocabulary
from finder.search.amended import Written

KEEP, TAKE, WRITE = "keep", "take", "write"
CHOICES = (KEEP, TAKE, WRITE)


class _Chosen(NamedTuple):
    """A choice, and the change that it is about."""

    id: int
    amendment_id: int
    choice: str
    value: Any
    file_value: str
    made_by: str
    applied_at: dt.datetime | None
    former: str | None
    written_id: int | None
    public_id: str
    field: str
    amended: Any
    amended_at: dt.datetime
    ends_at: dt.datetime | None
    withdrawn_at: dt.datetime | None


class ChoicesDue(NamedTuple):
    """Choices that come into force, and those that are undone, with the datasets of an edition."""

    apply: tuple[_Chosen, ...] = ()
    undo: tuple[_Chosen, ...] = ()

    def revised(self, written: Iterable[Written], now: dt.datetime) -> list[Written]:
        """Return the changes of staff as they will be."""
        found = list(written)
        for one in self.undo:
            own = Written(one.public_id, one.field, one.amended, one.amended_at, one.ends_at, one.amendment_id)
            if one.choice == WRITE:
                if not any(other.id == one.written_id for other in found):
                    continue
                found = [other for other in found if other.id != one.written_id]
            if one.choice != KEEP and not _is_written(found, one):
                found.append(own)
        gone = {one.amendment_id for one in self.apply if one.choice != KEEP}
        found = [one for one in found if one.id not in gone]
        found += [
            Written(one.public_id, one.field, one.value, now, one.ends_at) for one in self.apply if one.choice == WRITE
        ]
        return sorted(found, key=lambda one: one.made_at)


@dataclass(frozen=True)
class Choice:
    """A change that a version meets, with what was chosen ("" for nothing yet) and the value written instead."""

    met: AmendmentMet
    chosen: str = ""
    value: str = ""
    made_by: str = ""


def choices_of(connection: Connection, source: str, version: int | None) -> list[Choice]:
    """Return the changes that a version meets, and what was chosen. Raises DirectoryRefused for an unknown version."""
    wanted = find_version(connection, source, version)
    c = AmendmentChoice
    rows = connection.execute(select(c.amendment_id, c.choice, c.value, c.made_by).where(c.dataset_id == wanted.id))
    made = {row.amendment_id: row for row in rows}
    return [
        Choice(one, made[one.amendment_id].choice, as_cell(made[one.amendment_id].value), made[one.amendment_id].made_by)
        if one.amendment_id in made
        else Choice(one)
        for one in amendments_met(connection, source, wanted.id)
    ]  # fmt: skip


def choose(
    engine: Engine, source: str, version: int | None, chosen: Mapping[int, str], actor: str,
    values: Mapping[int, str] | None = None,
) -> int:  # fmt: skip
    """Say of changes that a version meets, by the number of each, whether to keep, take or write; return how many.

    `values` are what to write. Nothing changes for patients until the version is published; of one that is in force
    it is refused. Raises DirectoryRefused, and DeskRefused: amendment_choice_unknown,
    amendment_choice_late, amendment_missing, amendment_refused.
    """
    with write_lock(engine) as connection:
        wanted = find_version(connection, source, version)
        if wanted.active:
            raise DeskRefused("amendment_choice_late", source=source, version=wanted.version)
        met = {one.amendment_id: one for one in amendments_met(connection, source, wanted.id)}
        now = dt.datetime.now(dt.UTC)
        told = []
        _refuse_half_pins(connection, met, chosen)
        for number, choice in chosen.items():
            if number not in met:
                raise DeskRefused("amendment_missing", public_id=str(number), field="")
            if choice not in CHOICES:
                raise DeskRefused("amendment_choice_unknown", value=choice[:20], choices=CHOICES)
            one = met[number]
            value = None
            if choice == WRITE:
                given = (values or {}).get(number, "")
                value = check(one.public_id, _cells(one), {one.field: given}, Vocabulary.read(connection)).values[
                    one.field
                ]
            row = {
                "dataset_id": wanted.id, "amendment_id": number, "choice": choice, "value": value,
                "file_value": one.now or "", "made_by": actor, "made_at": now,
            }  # fmt: skip
            connection.execute(
                delete(AmendmentChoice).where(
                    AmendmentChoice.dataset_id == wanted.id, AmendmentChoice.amendment_id == number
                )
            )
            connection.execute(insert(AmendmentChoice).values(**row))
            told.append([one.public_id, one.field, choice, as_cell(value)])
        if told:
            record(connection, now, actor, "choose", source, version=wanted.version, choices=told)
    return len(told)


def _refuse_half_pins(connection: Connection, met: Mapping[int, AmendmentMet], chosen: Mapping[int, str]) -> None:
    """Raise DeskRefused (amendment_half_pin) where the two halves of a pin would come from two: nobody stated that."""
    a, halves = Amendment, ("latitude", "longitude")
    pins: dict[str, dict[str, str]] = {}
    for number, one in met.items():
        if one.field in halves:
            pins.setdefault(one.public_id, {})[one.field] = chosen.get(number, "")
    for public_id, choices in pins.items():
        for other in halves:
            # A half that the file says as before stays what staff wrote.
            mine = a.public_id == public_id, a.field == other, a.withdrawn_at.is_(None)
            if other not in choices and connection.scalar(select(a.id).where(*mine).limit(1)) is not None:
                choices[other] = KEEP
        if set(choices.values()) - {"", KEEP} and len(set(choices.values())) > 1:
            raise DeskRefused("amendment_half_pin", public_id=public_id)


def choices_due(connection: Connection, instead: Mapping[int, int | None]) -> ChoicesDue:
    """Return what comes into force and what is undone where datasets take the place of others, by source."""
    apply: list[_Chosen] = []
    undo: list[_Chosen] = []
    for source_id, dataset_id in instead.items():
        version = 0
        if dataset_id is not None:
            version = connection.scalar(select(Dataset.version).where(Dataset.id == dataset_id)) or 0
            due = _chosen(connection, AmendmentChoice.dataset_id == dataset_id, AmendmentChoice.applied_at.is_(None))
            # What staff have withdrawn or written anew since is no longer what the choice was about.
            apply += [one for one in due if one.withdrawn_at is None]
        later = Dataset.source_id == source_id, Dataset.version > version
        undo += reversed(_chosen(connection, *later, AmendmentChoice.applied_at.is_not(None)))
    return ChoicesDue(tuple(apply), tuple(undo))


def apply_choices(connection: Connection, due: ChoicesDue, now: dt.datetime) -> None:
    """Put choices in force, and undo others; for use where the datasets are flipped only."""
    a, c = Amendment, AmendmentChoice
    for one in due.undo:
        mine = update(a).where(a.id == one.amendment_id)
        if one.choice == KEEP:
            connection.execute(mine.values(imported_value=one.former or ""))
        else:
            stands = one.choice == TAKE or connection.scalar(
                select(a.id).where(a.id == one.written_id, a.withdrawn_at.is_(None))
            )
            if stands and one.choice == WRITE:
                connection.execute(update(a).where(a.id == one.written_id).values(withdrawn_at=now))
            others = select(a.id).where(a.public_id == one.public_id, a.field == one.field, a.withdrawn_at.is_(None))
            if stands and connection.scalar(others.limit(1)) is None:
                connection.execute(mine.values(withdrawn_at=None))
        connection.execute(update(c).where(c.id == one.id).values(applied_at=None, former=None, written_id=None))
        _record(connection, one, now, "undo_choice")
    for one in due.apply:
        mine = update(a).where(a.id == one.amendment_id)
        former = as_cell(connection.scalar(select(a.imported_value).where(a.id == one.amendment_id)))
        written = None
        if one.choice == KEEP:
            connection.execute(mine.values(imported_value=one.file_value))
        else:
            connection.execute(mine.values(withdrawn_at=now))
        if one.choice == WRITE:
            written = connection.execute(
                insert(a).values(
                    public_id=one.public_id, field=one.field, value=one.value, imported_value=one.file_value,
                    made_by=one.made_by, made_at=now, ends_at=one.ends_at,
                ).returning(a.id)
            ).scalar_one()  # fmt: skip
        connection.execute(update(c).where(c.id == one.id).values(applied_at=now, former=former, written_id=written))
        _record(connection, one, now, "apply_choice")


def _chosen(connection: Connection, *conditions: Any) -> list[_Chosen]:
    a, c = Amendment, AmendmentChoice
    rows = connection.execute(
        select(
            c.id, c.amendment_id, c.choice, c.value, c.file_value, c.made_by, c.applied_at, c.former, c.written_id,
            a.public_id, a.field, a.value, a.made_at, a.ends_at, a.withdrawn_at,
        )
        .join(a, a.id == c.amendment_id)
        .join(Dataset, Dataset.id == c.dataset_id)
        .where(*conditions)
        .order_by(c.applied_at, c.id)
    )  # fmt: skip
    return [_Chosen(*row) for row in rows]


def _is_written(written: Iterable[Written], one: _Chosen) -> bool:
    return any(other.public_id == one.public_id and other.field == one.field for other in written)


def _record(connection: Connection, one: _Chosen, now: dt.datetime, action: str) -> None:
    record(
        connection, now, one.made_by, action, one.public_id, field=one.field, choice=one.choice, file=one.file_value,
    )  # fmt: skip


def _cells(one: AmendmentMet) -> dict[str, str]:
    return {one.field: one.now or ""}
