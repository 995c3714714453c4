"""Find the amendments of staff that a new version meets: where the file no longer says what they replaced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, or_, select
from sqlalchemy.orm import aliased

from finder.db.amendable import OWN_FIELDS
from finder.db.datasets import Dataset, Source
from finder.db.directory import Location, Practitioner, PractitionerRole
from finder.db.staff import Amendment
from finder.importers.listings import Listing, as_cell, read

_AT_ONCE = 500


@dataclass(frozen=True)
class AmendmentMet:
    """An amendment over a cell that has changed beneath it; all three values as cells show them.

    `replaced` is what the file said when staff wrote `written`; `now` is what it says, None where the listing is gone.
    """

    public_id: str
    section: str
    name: str
    field: str
    replaced: str
    written: str
    now: str | None
    made_by: str
    made_at: dt.datetime
    amendment_id: int = 0


def amendments_met(
    connection: Connection, source_name: str, new_id: int, now: dt.datetime | None = None
) -> list[AmendmentMet]:
    """Return the amendments in force, by public id and field, whose replaced value the new dataset gives otherwise.

    Those over listings that the new dataset lacks are among them where the source's active one has them. People who
    are shown from a source believed more are left to that source. What no file says, no file can disagree with.
    """
    in_force = _in_force(connection, source_name, now or dt.datetime.now(dt.UTC))
    if not in_force:
        return []
    wanted = {row.public_id for row in in_force}
    active_id, above = _active_and_above(connection, source_name)
    after = _listed(connection, source_name, new_id, above, wanted)
    gone = wanted - after.keys() if active_id is not None else set()
    before = _listed(connection, source_name, active_id, above, gone)
    found = []
    for row in in_force:
        replaced = as_cell(row.imported_value)
        listed = after.get(row.public_id)
        says = listed[1].facts.get(row.field, "") if listed else None
        known = listed or before.get(row.public_id)
        if known and says != replaced:
            told = replaced, as_cell(row.value), says, row.made_by, row.made_at, row.id
            found.append(AmendmentMet(row.public_id, known[0], known[1].name, row.field, *told))
    return found


def _in_force(connection: Connection, source_name: str, now: dt.datetime) -> Sequence[Row[Any]]:
    a = Amendment
    of_source = or_(
        a.public_id.startswith("npi:"),
        a.public_id.startswith(f"person:{source_name}:"),
        a.public_id.startswith(f"place:{source_name}:"),
        and_(a.public_id.startswith("role:"), a.public_id.contains(f"@place:{source_name}:")),
    )
    return connection.execute(
        select(a.id, a.public_id, a.field, a.value, a.imported_value, a.made_by, a.made_at)
        .where(
            of_source, a.field.not_in(OWN_FIELDS), a.withdrawn_at.is_(None), or_(a.ends_at.is_(None), a.ends_at > now)
        )
        .order_by(a.public_id, a.field, a.id)
    ).all()


def _active_and_above(connection: Connection, source_name: str) -> tuple[int | None, list[int]]:
    """Return the active dataset of a source, and those of the sources that are believed more."""
    above = list[int]()
    rows = connection.execute(
        select(Source.name, Dataset.id)
        .outerjoin(Dataset, and_(Dataset.source_id == Source.id, Dataset.active))
        .order_by(Source.priority.desc(), Source.id)
    )
    for name, dataset_id in rows:
        if name == source_name:
            return dataset_id, above
        if dataset_id is not None:
            above.append(dataset_id)
    return None, above


def _listed(
    connection: Connection, source_name: str, dataset_id: int | None, above: list[int], wanted: Collection[str]
) -> dict[str, tuple[str, Listing]]:
    """Return the section and the listing of each public id that a dataset has."""
    found: dict[str, tuple[str, Listing]] = {}
    if dataset_id is None:
        return found
    for section, of_section in (("locations", _places), ("practitioners", _people)):
        rows = {
            public_id: row
            for public_id, row in of_section(connection, source_name, dataset_id, above, wanted)
            if public_id in wanted
        }
        listings = read(connection, section, sorted(set(rows.values())))
        found |= {public_id: (section, listings[row]) for public_id, row in rows.items()}
    return found


def _places(
    connection: Connection, source_name: str, dataset_id: int, _above: list[int], wanted: Collection[str]
) -> Iterator[tuple[str, int]]:
    prefix, at = f"place:{source_name}:", Location
    keys = sorted(public_id.removeprefix(prefix) for public_id in wanted if public_id.startswith(prefix))
    for some in _slices(keys):
        rows = select(at.key, at.id).where(at.dataset_id == dataset_id, at.key.in_(some))
        yield from ((prefix + key, row) for key, row in connection.execute(rows))


def _people(
    connection: Connection, source_name: str, dataset_id: int, above: list[int], wanted: Collection[str]
) -> Iterator[tuple[str, int]]:
    """Yield the public ids of people and of their roles, each with the row of a role.

    Someone with an NPI has the id without it too: amendments may be older than the NPI.
    """
    person, role, other, others_role = Practitioner, PractitionerRole, aliased(Practitioner), aliased(PractitionerRole)
    prefix, place = f"person:{source_name}:", f"@place:{source_name}:"
    ids = {public_id.removeprefix("role:").partition("@")[0] for public_id in wanted}
    shown_from_above = exists().where(
        other.dataset_id.in_(above), other.npi == person.npi,
        others_role.dataset_id == other.dataset_id, others_role.practitioner_key == other.key,
    )  # fmt: skip
    for some in _slices(sorted(ids)):
        npis = [one.removeprefix("npi:") for one in some if one.startswith("npi:")]
        keys = [one.removeprefix(prefix) for one in some if one.startswith(prefix)]
        rows = (
            select(role.id, person.npi, person.key, role.location_key)
            .join(person, and_(person.dataset_id == role.dataset_id, person.key == role.practitioner_key))
            .where(role.dataset_id == dataset_id, or_(person.npi.in_(npis), person.key.in_(keys)), ~shown_from_above)
            # Any of someone's roles tells of them; that it is the last one makes no difference.
            .order_by(role.id)
        )
        for row, npi, key, location_key in connection.execute(rows):
            for person_id in (prefix + key, f"npi:{npi}"):
                yield person_id, row
                yield f"role:{person_id}{place}{location_key}", row


def _slices(values: list[str]) -> Iterator[list[str]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
