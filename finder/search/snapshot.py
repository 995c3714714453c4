"""The searchable form of one edition: compact columns, stored once as a blob and loaded by every worker.

Building reads the database; loading does not. Places and roles are sorted by point, so that those at one point
lie side by side.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from finder.db.base import Stated
from finder.db.catalogue import Catalogue
from finder.db.conditions import Condition
from finder.db.directory import (
    HealthcareService,
    Location,
    LocationKind,
    Practitioner,
    PractitionerRole,
    ServiceKind,
    StatedCapability,
)
from finder.search.declared import Spoken, read_declared, said_by
from finder.search.sources import SourceInForce, sources_in_force
from finder.search.treats import Basis, Declared, Profile, Refusal, Rung, Standing, judge_by, spoken

LAYOUT = 2
NO_GROUP = 255
NO_OLDEST = 255
# What a place says of itself: that it treats it, sends people on, does something used besides, or does not treat it.
OWN_TREATS, OWN_REFERS, OWN_BESIDES, OWN_NOT = range(1, 5)
KIND_NUMBERS = {kind: number for number, kind in enumerate(LocationKind)}
_ALWAYS = (0, 2**31 - 1)
_EMERGENCY_KINDS = frozenset(
    (
        LocationKind.HOSPITAL,
        LocationKind.CRITICAL_ACCESS,
        LocationKind.RURAL_EMERGENCY,
        LocationKind.CHILDRENS,
    )
)

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Snapshot:
    """One edition, ready to be indexed.

    `columns`: point_lat, point_lon; place_row (id of the location), place_point, place_ticket, place_emergency,
    place_from, place_until, place_kind; role_row, role_person, role_place, role_ticket, role_group, role_from,
    role_until, role_youngest, role_oldest; for each condition number n and variant v of its rules roles_n_v and
    rungs_n_v; and own_n and own_words_n, the places that speak for themselves and what they say (`OWN_WORDS`).
    """

    columns: Mapping[str, NDArray[Any]]
    catalogue: Catalogue
    sources: tuple[SourceInForce, ...]
    built_at: dt.datetime

    def to_bytes(self) -> bytes:
        """Return the blob."""
        about = {
            "sources": [vars(source) for source in self.sources],
            "built_at": self.built_at.isoformat(),
            "catalogue": self.catalogue.entries,
        }
        file = io.BytesIO()
        text = np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), dtype=np.uint8)
        np.savez(file, allow_pickle=False, about=text, **self.columns)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, blob: bytes) -> Snapshot:
        """Read a blob of this LAYOUT."""
        with np.load(io.BytesIO(blob), allow_pickle=False) as stored:
            columns = {name: stored[name] for name in stored.files}
        about = json.loads(columns.pop("about").tobytes())
        return cls(
            columns,
            Catalogue(about["catalogue"]),
            tuple(SourceInForce(**source) for source in about["sources"]),
            dt.datetime.fromisoformat(about["built_at"]),
        )


def build(
    connection: Connection, instead: Mapping[int, int | None], now: dt.datetime, catalogue: Catalogue | None = None
) -> Snapshot:
    """Build the snapshot of the directory as it would be with `instead`, and another catalogue, in force."""
    sources = sources_in_force(connection, instead)
    catalogue = catalogue or Catalogue.read(connection)
    places, roles = _read(connection, catalogue, sources)
    return Snapshot(_columns(catalogue, places, roles), catalogue, sources, now)


@dataclass
class _Place:
    row: int
    public_id: str
    point: tuple[float, float] | None
    emergency: bool
    listed: tuple[int, int]
    kind: LocationKind
    declared: tuple[Declared, ...]


@dataclass
class _Role:
    row: int
    person_id: str
    place: _Place
    listed: tuple[int, int]
    profile: Profile


def _read(
    connection: Connection, catalogue: Catalogue, sources: tuple[SourceInForce, ...]
) -> tuple[list[_Place], list[_Role]]:
    places: list[_Place] = []
    roles: list[_Role] = []
    taken: set[str] = set()
    for source in sources:
        declared = read_declared(connection, StatedCapability.dataset_id == source.dataset_id)
        by_key = dict(_places(connection, source, declared))
        places.extend(by_key.values())
        # A person whom a source above lists has come whole from there.
        here = [one for one in _roles(connection, catalogue, source, declared, by_key) if one.person_id not in taken]
        roles.extend(here)
        if source is not sources[-1]:
            taken.update(role.person_id for role in here)
    return places, roles


def _places(connection: Connection, source: SourceInForce, declared: Spoken) -> Iterator[tuple[str, _Place]]:
    service = HealthcareService
    rows = connection.execute(
        select(service.location_key, service.offered, service.open_24_hours)
        .where(service.dataset_id == source.dataset_id, service.kind == ServiceKind.EMERGENCY_DEPARTMENT)
        # "services" comes after "locations": the section made for it has the last word.
        .order_by(service.section)
    )
    # One that says it closes at night is not where to send someone without asking the clock.
    emergency = {key: offered is Stated.YES and always is not Stated.NO for key, offered, always in rows}
    at = Location
    for row in connection.execute(
        select(at.id, at.key, at.kind, at.latitude, at.longitude, at.listed_from, at.listed_until)
        .where(at.dataset_id == source.dataset_id)
        .order_by(at.id)
    ):
        point = None if row.latitude is None else (row.latitude, row.longitude)
        yield row.key, _Place(
            row.id, f"place:{source.name}:{row.key}", point,
            emergency.get(row.key, False) and row.kind in _EMERGENCY_KINDS,
            _days(row.listed_from, row.listed_until), row.kind,
            said_by(declared, source.dataset_id, None, row.key),
        )  # fmt: skip


def _roles(
    connection: Connection,
    catalogue: Catalogue,
    source: SourceInForce,
    declared: Spoken,
    places: Mapping[str, _Place],
) -> Iterator[_Role]:
    person, role = Practitioner, PractitionerRole
    rows = connection.execute(
        select(
            role.id, person.npi, role.practitioner_key, role.location_key, person.specialties, role.youngest_age,
            role.oldest_age, role.works_with, role.listed_from, role.listed_until,
        )
        .join(person, (person.dataset_id == role.dataset_id) & (person.key == role.practitioner_key))
        .where(role.dataset_id == source.dataset_id)
        .order_by(role.id)
    )  # fmt: skip
    for row in rows:
        place = places[row.location_key]
        listed = _days(row.listed_from, row.listed_until)
        specialties = tuple(row.specialties)
        yield _Role(
            row.id,
            f"npi:{row.npi}" if row.npi else f"person:{source.name}:{row.practitioner_key}",
            place,
            (max(listed[0], place.listed[0]), min(listed[1], place.listed[1])),
            Profile(
                specialties, catalogue.group_of(specialties), said_by(declared, source.dataset_id, row.practitioner_key, row.location_key), row.youngest_age,
                row.oldest_age, bool(row.works_with),
            ),
        )  # fmt: skip


def _days(first: dt.date | None, last: dt.date | None) -> tuple[int, int]:
    return (first.toordinal() if first else _ALWAYS[0], last.toordinal() if last else _ALWAYS[1])


def ticket(public_id: str) -> int:
    """Return the number that a public id draws for the weekly rotation of equal distances: 64 bits of BLAKE2b."""
    return int.from_bytes(hashlib.blake2b(public_id.encode(), digest_size=8).digest(), "big")


def _columns(catalogue: Catalogue, places: list[_Place], roles: list[_Role]) -> Columns:
    # Places without a position cannot be reached by distance; they are found by name and by public id.
    points = sorted({place.point for place in places if place.point is not None})
    point_number = {point: number for number, point in enumerate(points)}
    placed = [(point_number[place.point], place) for place in places if place.point is not None]
    placed.sort(key=lambda pair: (pair[0], pair[1].public_id))
    place_number = {place.row: number for number, (_point, place) in enumerate(placed)}
    kept = [role for role in roles if role.place.row in place_number]
    kept.sort(key=lambda role: (place_number[role.place.row], role.person_id))
    people: dict[str, int] = {}
    for role in kept:
        people.setdefault(role.person_id, len(people))
    groups = {name: number for number, name in enumerate(catalogue.role_groups)}
    columns: Columns = {
        "point_lat": np.array([point[0] for point in points], np.float64),
        "point_lon": np.array([point[1] for point in points], np.float64),
        "place_row": np.array([place.row for _, place in placed], np.int64),
        "place_point": np.array([point for point, _ in placed], np.int32),
        "place_ticket": np.array([ticket(place.public_id) for _, place in placed], np.uint64),
        "place_emergency": np.array([place.emergency for _, place in placed], np.bool_),
        "place_from": np.array([place.listed[0] for _, place in placed], np.int32),
        "place_until": np.array([place.listed[1] for _, place in placed], np.int32),
        "place_kind": np.array([KIND_NUMBERS[place.kind] for _, place in placed], np.uint8),
        "role_row": np.array([role.row for role in kept], np.int64),
        "role_person": np.array([people[role.person_id] for role in kept], np.int32),
        "role_place": np.array([place_number[role.place.row] for role in kept], np.int32),
        "role_ticket": np.array([ticket(role.person_id) for role in kept], np.uint64),
        "role_group": np.array([groups.get(role.profile.group or "", NO_GROUP) for role in kept], np.uint8),
        "role_from": np.array([role.listed[0] for role in kept], np.int32),
        "role_until": np.array([role.listed[1] for role in kept], np.int32),
        "role_youngest": np.array([role.profile.youngest_age or 0 for role in kept], np.uint8),
        "role_oldest": np.array([_or(role.profile.oldest_age, NO_OLDEST) for role in kept], np.uint8),
    }
    # Most roles share their profile, so what each deserves is worked out once and then looked up.
    numbers: dict[Profile, int] = {}
    which = np.array([numbers.setdefault(role.profile, len(numbers)) for role in kept], np.int64)
    for n, condition in enumerate(catalogue.conditions.values()):
        for v, rules in enumerate(condition.variants):
            judged = (judge_by(condition, rules, profile) for profile in numbers)
            deserved = [one.rung if isinstance(one, Standing) else 0 for one in judged]
            rungs = np.array(deserved, np.uint8)[which]
            columns[f"roles_{n}_{v}"] = np.flatnonzero(rungs).astype(np.int32)
            columns[f"rungs_{n}_{v}"] = rungs[rungs > 0]
        own = np.array([own_word(condition, place.declared) for _point, place in placed], np.uint8)
        columns[f"own_{n}"] = np.flatnonzero(own).astype(np.int32)
        columns[f"own_words_{n}"] = own[own > 0]
    return columns


def own_word(condition: Condition, declared: tuple[Declared, ...]) -> int:
    """Return what a place says of itself on a condition (`OWN_TREATS` and so on), 0 for nothing."""
    found = spoken(condition, declared)
    if found is None:
        return 0
    if isinstance(found, Refusal):
        return OWN_NOT
    if found.rung is Rung.DECLARED:
        return OWN_TREATS
    return OWN_REFERS if found.basis is Basis.REFERS else OWN_BESIDES


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value
