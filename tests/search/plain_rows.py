"""The directory in force, read table by table for the oracle: nothing left out but what has no position."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from finder.db.base import Stated
from finder.db.catalogue import Catalogue
from finder.db.datasets import Dataset, Source
from finder.db.directory import HealthcareService, Location, Practitioner, PractitionerRole, StatedCapability
from finder.db.reference import PLACE_TAXONOMY
from finder.search.treats import Declared, Profile, Standing, place_standing, standing

EMERGENCY_KINDS = {"hospital", "critical_access", "rural_emergency", "childrens"}
_SECTIONS = ("locations", "services")
_FIRST, _LAST = 0, 10**7
_FACTS = ("given_name", "middle_name", "family_name", "suffix", "credentials", "gender", "languages", "fellowship", "board_certified", "profile_url")  # fmt: skip
_NOT_STATED = ("", [], "not_stated")


@dataclass
class Table:
    """Rows of people at places, or of places."""

    ids: list[str]
    subjects: np.ndarray
    tickets: np.ndarray
    groups: np.ndarray
    places: np.ndarray
    first: np.ndarray
    last: np.ndarray
    youngest: np.ndarray
    oldest: np.ndarray
    emergency: np.ndarray


@dataclass
class _Place:
    id: str
    row: Any
    declared: tuple[Declared, ...]
    emergency: bool


@dataclass
class _Role:
    id: str
    person_id: str
    row: Any
    place: _Place
    group: str
    profile: Profile

    @property
    def listed(self) -> tuple[int, int]:
        """First and last day, within those of the place."""
        (first, last), (opens, closes) = _days(self.row), _days(self.place.row)
        return max(first, opens), min(last, closes)


class PlainRows:
    """All places and roles in force, sorted by point, place and person."""

    def __init__(self, connection: Connection, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.rungs = lru_cache(maxsize=1024)(self._rungs)
        self._standings = lru_cache(maxsize=64)(self._judged)
        self._places: list[_Place] = []
        self._roles: list[_Role] = []
        active = connection.execute(
            select(Source.name, Source.is_demo, Source.priority, Source.id, Dataset.id.label("dataset"))
            .join(Dataset, Dataset.source_id == Source.id)
            .where(Dataset.active)
        ).all()
        real = [source for source in active if not source.is_demo]
        taken: dict[str, str] = {}
        said: dict[str, list[tuple[str, Any]]] = {}
        for source in sorted(real or active, key=lambda source: (-source.priority, source.id)):
            self._read(connection, source, taken, said)
        self.facts = {person_id: _facts(said[person_id], source) for person_id, source in taken.items()}
        self.everyone = list(self._roles)
        self.everywhere = list(self._places)
        self._places = [place for place in self._places if place.row.latitude is not None]
        self._places.sort(key=lambda place: (place.row.latitude, place.row.longitude, place.id))
        self._number = {place.id: number for number, place in enumerate(self._places)}
        self._roles = [role for role in self._roles if role.place.id in self._number]
        self._roles.sort(key=lambda role: (self._number[role.place.id], role.person_id, role.row.id))
        self.latitudes = np.array([place.row.latitude for place in self._places], float)
        self.longitudes = np.array([place.row.longitude for place in self._places], float)

    def _read(
        self, connection: Connection, source: Any, taken: dict[str, str], told: dict[str, list[tuple[str, Any]]]
    ) -> None:
        def rows(table: Any) -> list[Any]:
            found = connection.execute(select(table.__table__).where(table.dataset_id == source.dataset))
            return sorted(found, key=lambda row: row.id)

        said: dict[Any, dict[str, Declared]] = {}
        for row in rows(StatedCapability):
            one = Declared(row.target_kind, row.target, row.level, row.approved_by, row.approved_on)
            said.setdefault((row.practitioner_key, row.location_key), {})[row.target] = one

        def declared(person: str | None, place: str) -> tuple[Declared, ...]:
            general = said.get((person, None), {}) if person else {}
            return tuple({**general, **said.get((person, place), {})}.values())

        emergency: dict[str, bool] = {}
        for row in sorted(rows(HealthcareService), key=lambda row: _SECTIONS.index(row.section)):
            if row.kind.value == "emergency":
                emergency[row.location_key] = row.offered is Stated.YES and row.open_24_hours is not Stated.NO
        places = {}
        for row in rows(Location):
            stated = emergency.get(row.key, False) and row.kind.value in EMERGENCY_KINDS
            places[row.key] = _Place(f"place:{source.name}:{row.key}", row, declared(None, row.key), stated)
        self._places += places.values()
        people, ids = {row.key: row for row in rows(Practitioner)}, {}
        for key, person in people.items():
            ids[key] = f"npi:{person.npi}" if person.npi else f"person:{source.name}:{key}"
            told.setdefault(ids[key], []).append((source.name, person))
        for row in rows(PractitionerRole):
            person, place = people[row.practitioner_key], places[row.location_key]
            person_id = ids[person.key]
            if taken.setdefault(person_id, source.name) != source.name:
                continue
            group = self._group(person.specialties)
            profile = Profile(
                tuple(person.specialties), group, declared(person.key, row.location_key), row.youngest_age,
                row.oldest_age, bool(row.works_with),
            )  # fmt: skip
            role_id = f"role:{person_id}@{place.id}"
            self._roles.append(_Role(role_id, person_id, row, place, group or "", profile))

    def _group(self, specialties: list[str]) -> str | None:
        groups = self._catalogue.role_groups.items()
        return next((name for code in specialties for name, body in groups if code in body["taxonomies"]), None)

    def people(self) -> Table:
        """Return everyone at every place."""
        roles, numbers = self._roles, dict[str, int]()
        return Table(
            ids=[role.id for role in roles],
            subjects=np.array([numbers.setdefault(role.person_id, len(numbers)) for role in roles], int),
            tickets=np.array([_ticket(role.person_id) for role in roles], np.uint64),
            groups=np.array([role.group for role in roles], str),
            places=np.array([self._number[role.place.id] for role in roles], int),
            first=np.array([role.listed[0] for role in roles], int),
            last=np.array([role.listed[1] for role in roles], int),
            youngest=np.array([role.row.youngest_age or 0 for role in roles], int),
            oldest=np.array([999 if role.row.oldest_age is None else role.row.oldest_age for role in roles], int),
            emergency=np.zeros(len(roles), bool),
        )

    def places(self) -> Table:
        """Return every place."""
        places = self._places
        return Table(
            ids=[place.id for place in places],
            subjects=np.arange(len(places)),
            tickets=np.array([_ticket(place.id) for place in places], np.uint64),
            groups=np.full(len(places), ""),
            places=np.arange(len(places)),
            first=np.array([_days(place.row)[0] for place in places], int),
            last=np.array([_days(place.row)[1] for place in places], int),
            youngest=np.zeros(len(places), int),
            oldest=np.full(len(places), 999),
            emergency=np.array([place.emergency for place in places], bool),
        )

    def _judged(self, age: int | None) -> list[list[Standing | None]]:
        conditions = self._catalogue.conditions.values()
        return [[standing(condition, role.profile, age) for condition in conditions] for role in self._roles]

    def _rungs(self, unit: str, age: int | None, today: dt.date) -> np.ndarray:
        """Return `[i, n]`: row i's rung for condition n, 0 for none; a place's by the people it has today."""
        standings = self._standings(age)
        if unit == "people":
            return self._numbers(standings)
        staff: dict[str, list[list[Standing | None]]] = {place.id: [] for place in self._places}
        for role, found in zip(self._roles, standings, strict=True):
            if role.listed[0] <= today.toordinal() <= role.listed[1]:
                staff[role.place.id].append(found)
        return self._numbers(
            [
                [
                    place_standing(
                        condition,
                        place.declared,
                        [one for found in staff[place.id] if (one := found[n])],
                        PLACE_TAXONOMY.get(place.row.kind),
                    )
                    for n, condition in enumerate(self._catalogue.conditions.values())
                ]
                for place in self._places
            ]
        )

    def _numbers(self, standings: list[list[Standing | None]]) -> np.ndarray:
        made = np.array([[one.rung if one else 0 for one in row] for row in standings], np.uint8)
        return made.reshape(len(standings), len(self._catalogue.conditions))


def _facts(rows: list[tuple[str, Any]], source: str) -> dict[str, Any]:
    """Return what is to be shown of a person, from the rows of all sources in the order in which they are believed."""
    names = [name for name, _row in rows]
    told = [
        {name: getattr(getattr(row, name), "value", getattr(row, name)) for name in _FACTS}
        for _name, row in rows[names.index(source) :]
    ]
    own = told[0]
    facts = {}
    for name in _FACTS:
        # Parts of a name are taken only from those who write the rest of it alike.
        whom = [one for one in told if name not in ("middle_name", "suffix") or _called(one) == _called(own)]
        stated = [one[name] for one in whom if one[name] not in _NOT_STATED]
        facts[name] = stated[0] if stated else own[name]
    return facts


def _called(facts: dict[str, Any]) -> tuple[str, str]:
    return facts["given_name"].lower(), facts["family_name"].lower()


def _days(row: Any) -> tuple[int, int]:
    first = row.listed_from.toordinal() if row.listed_from else _FIRST
    return first, row.listed_until.toordinal() if row.listed_until else _LAST


def _ticket(public_id: str) -> int:
    return int.from_bytes(hashlib.blake2b(public_id.encode(), digest_size=8).digest(), "big")
