"""Find listings of the directory in force as staff look for them: by name, place, telephone or id, hidden ones too."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from finder.db.amendable import person_of
from finder.db.directory import Location, Practitioner, PractitionerRole
from finder.db.names import NameKind
from finder.db.removals import removed_npis
from finder.search.amended import Amended, in_force, read_written
from finder.search.names import ids_named
from finder.search.removed import Removed
from finder.search.sources import SourceInForce, sources_in_force

Kind = Literal["people", "places"]
ONLY = ("hidden", "changed", "notice")
ON_PAGE = 50
STALE_DAYS = 180
# A name that more have is no help; whoever looks for one adds a word.
_MOST_NAMED = 5_000
_LEAST_DIGITS = 4


@dataclass(frozen=True)
class FoundListing:
    """One line of a list: what it is called, where, and what staff should know of it.

    `tags` are removed (who asked not to be listed), hidden, changed, notice and stale.
    """

    public_id: str
    name: str
    where: str
    source: str
    verified_on: dt.date | None
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """One page of a list, and how long the whole list is."""

    listings: tuple[FoundListing, ...]
    total: int


def find_listings(
    connection: Connection, text: str, kind: Kind, today: dt.date, only: str = "", page: int = 1
) -> Found:
    """Return a page (from 1) of the people or places that a text means, all where it is empty, in order of their names.

    `only` leaves those that are hidden, changed, or have a notice.
    """
    sources = sources_in_force(connection, {})
    if not sources:
        return Found((), 0)
    holding = in_force(connection, sources, read_written(connection), dt.datetime.now(dt.UTC))
    amended = Amended(holding.changes, removed=Removed(removed_npis(connection)))
    looked = _Look(connection, sources, amended, today)
    return looked.people(text.strip(), only, page) if kind == "people" else looked.places(text.strip(), only, page)


class _Look:
    def __init__(
        self, connection: Connection, sources: Sequence[SourceInForce], amended: Amended, today: dt.date
    ) -> None:
        self._connection, self._sources, self._amended, self._today = connection, sources, amended, today
        self._datasets = [source.dataset_id for source in sources]
        self._names = {source.dataset_id: source.name for source in sources}

    def places(self, text: str, only: str, page: int) -> Found:
        at = Location
        wanted: list[ColumnElement[bool]] = [at.dataset_id.in_(self._datasets)]
        if only:
            wanted.append(self._only_places(only))
        if text:
            wanted.append(self._places_meant(text))
        rows = self._connection.execute(
            select(at.dataset_id, at.key, at.name, at.city, at.state, at.verified_on)
            .where(*wanted)
            .order_by(at.name, at.id)
            .limit(ON_PAGE)
            .offset(ON_PAGE * (page - 1))
        )
        found = []
        for row in rows:
            source = self._names[row.dataset_id]
            where = ", ".join(filter(None, (row.city, row.state)))
            found.append(self._line(f"place:{source}:{row.key}", row.name, where, source, row.verified_on))
        total = self._connection.scalar(select(func.count()).select_from(at).where(*wanted)) or 0
        return Found(tuple(found), total)

    def people(self, text: str, only: str, page: int) -> Found:
        person, role = Practitioner, PractitionerRole
        theirs = and_(role.dataset_id == person.dataset_id, role.practitioner_key == person.key)
        wanted = [person.dataset_id.in_(self._datasets), exists().where(theirs), *self._not_from_above()]
        if only:
            wanted.append(self._only_people(only))
        if text:
            wanted.append(self._people_meant(text, theirs))
        last = select(func.max(role.verified_on)).where(theirs).scalar_subquery()
        number = select(func.count()).select_from(role).where(theirs).scalar_subquery()
        where = (
            select(func.min(Location.name))
            .join(role, and_(Location.dataset_id == role.dataset_id, Location.key == role.location_key))
            .where(theirs)
            .scalar_subquery()
        )
        rows = self._connection.execute(
            select(
                person.dataset_id, person.key, person.npi, person.given_name, person.family_name, person.credentials,
                last.label("last"), number.label("number"), where.label("place"),
            )
            .where(*wanted)
            .order_by(person.family_name, person.given_name, person.id)
            .limit(ON_PAGE)
            .offset(ON_PAGE * (page - 1))
        )  # fmt: skip
        found = []
        for row in rows:
            source = self._names[row.dataset_id]
            public_id = f"npi:{row.npi}" if row.npi else f"person:{source}:{row.key}"
            name = " ".join(filter(None, (row.given_name, row.family_name)))
            name = ", ".join(filter(None, (name, row.credentials)))
            at = f"{row.place} and {row.number - 1} more" if row.number > 1 else row.place or ""
            found.append(self._line(public_id, name, at, source, row.last))
        total = self._connection.scalar(select(func.count()).select_from(person).where(*wanted)) or 0
        return Found(tuple(found), total)

    def _line(self, public_id: str, name: str, where: str, source: str, day: dt.date | None) -> FoundListing:
        own = [
            fields for one, fields in self._amended.changes.items() if public_id in (one, person_of(one))
        ] if self._amended.changes else []  # fmt: skip
        verified_on = self._amended.verified_on(day, source, public_id)
        stale = verified_on is None or (self._today - verified_on).days > STALE_DAYS
        tags = [tag for tag in ONLY if any(_is(tag, fields) for fields in own)] + (["stale"] if stale else [])
        tags = ["removed"] if self._amended.removed.has(public_id) else tags
        return FoundListing(public_id, name, where, source, verified_on, tuple(tags))

    def _not_from_above(self) -> list[ColumnElement[bool]]:
        """Return that nobody is meant whom a source that is believed more lists."""
        person, other, role = Practitioner, aliased(Practitioner), aliased(PractitionerRole)
        found = []
        for number, dataset_id in enumerate(self._datasets):
            if number:
                above = exists().where(
                    other.dataset_id.in_(self._datasets[:number]), other.npi == person.npi,
                    role.dataset_id == other.dataset_id, role.practitioner_key == other.key,
                )  # fmt: skip
                found.append(or_(person.dataset_id != dataset_id, ~above))
        return found

    def _places_meant(self, text: str) -> ColumnElement[bool]:
        at = Location
        named = ids_named(self._connection, self._datasets, text, NameKind.PLACE)[:_MOST_NAMED].tolist()
        meant = [at.id.in_(named), at.key == text, func.lower(at.city) == text.lower()]
        source, key = _parts(text, "place")
        if key:
            meant.append(and_(at.key == key, at.dataset_id.in_(self._datasets_of(source))))
        if digits := _digits(text):
            meant += [at.phone.contains(digits), at.zip_code == digits]
        return or_(*meant)

    def _people_meant(self, text: str, theirs: ColumnElement[bool]) -> ColumnElement[bool]:
        person, role, at = Practitioner, PractitionerRole, Location
        named = ids_named(self._connection, self._datasets, text, NameKind.PERSON)[:_MOST_NAMED].tolist()
        places = ids_named(self._connection, self._datasets, text, NameKind.PLACE)[:_MOST_NAMED].tolist()
        here = and_(at.dataset_id == role.dataset_id, at.key == role.location_key, at.id.in_(places))
        meant = [exists().where(theirs, role.id.in_(named)), exists().where(theirs, here), person.key == text]
        bare = person_of(text)
        source, key = _parts(bare, "person")
        if key:
            meant.append(and_(person.key == key, person.dataset_id.in_(self._datasets_of(source))))
        if bare.startswith("npi:"):
            meant.append(person.npi == bare.removeprefix("npi:"))
        if digits := _digits(text):
            meant += [person.npi == digits, exists().where(theirs, role.phone.contains(digits))]
        return or_(*meant)

    def _only_places(self, only: str) -> ColumnElement[bool]:
        ids = [one for one, fields in self._amended.changes.items() if _is(only, fields)]
        parts = [_parts(one, "place") for one in ids if one.startswith("place:")]
        at = Location
        some = [and_(at.key == key, at.dataset_id.in_(self._datasets_of(source))) for source, key in parts]
        return or_(*some) if some else at.id.is_(None)

    def _only_people(self, only: str) -> ColumnElement[bool]:
        ids = {person_of(one) for one, fields in self._amended.changes.items() if _is(only, fields)}
        person = Practitioner
        parts = [_parts(one, "person") for one in sorted(ids) if one.startswith("person:")]
        some = [and_(person.key == key, person.dataset_id.in_(self._datasets_of(source))) for source, key in parts]
        npis = [one.removeprefix("npi:") for one in ids if one.startswith("npi:")]
        return or_(person.npi.in_(npis), *some)

    def _datasets_of(self, source: str) -> list[int]:
        return [one.dataset_id for one in self._sources if one.name == source]


def _is(tag: str, fields: Mapping[str, Any]) -> bool:
    if tag == "hidden":
        return bool(fields.get("hidden"))
    if tag == "notice":
        return bool(fields.get("notice_en"))
    return bool(fields.keys() - {"hidden", "notice_en", "notice_es", "verified_on"})


def _parts(public_id: str, kind: str) -> tuple[str, str]:
    """Return the source and the file's id in a public id of a kind, empty in any other text."""
    found = re.fullmatch(rf"{kind}:([^:]+):([^:@]+)", public_id)
    return (found[1], found[2]) if found else ("", "")


def _digits(text: str) -> str:
    """Return the digits of what looks like a telephone number, an NPI or a ZIP code, else ""."""
    digits = re.sub(r"[^0-9]", "", text)
    if len(digits) < _LEAST_DIGITS or re.search(r"[A-Za-z]", text):
        return ""
    return digits.removeprefix("1") if len(digits) == 11 else digits
