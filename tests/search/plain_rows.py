"""The directory in force, read table by table for the oracle: nothing left out but what has no position."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from finder.db.base import Stated
from finder.db.catalogue import Catalogue
from finder.db.datasets import Dataset, Source
from finder.db.directory import (
    HealthcareService,
    Location,
    OrganizationPlan,
    Practitioner,
    PractitionerRole,
    StatedCapability,
)
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
    offered: dict[str, str]
    plans: dict[str, str]


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
        self.procedure_rungs = lru_cache(maxsize=1024)(self._procedure_rungs)
        self._said_everywhere = lru_cache(maxsize=256)(self._said)
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
        offered: dict[str, dict[str, str]] = {}
        plans: dict[str, dict[str, str]] = {}
        for row in rows(OrganizationPlan):
            plans.setdefault(row.organization_key, {})[row.plan] = row.accepts.value
        for row in sorted(rows(HealthcareService), key=lambda row: _SECTIONS.index(row.section)):
            offered.setdefault(row.location_key, {})[row.kind.value] = row.offered.value
            if row.kind.value == "emergency":
                emergency[row.location_key] = row.offered is Stated.YES and row.open_24_hours is not Stated.NO
        places = {}
        for row in rows(Location):
            stated = emergency.get(row.key, False) and row.kind.value in EMERGENCY_KINDS
            places[row.key] = _Place(
                f"place:{source.name}:{row.key}", row, declared(None, row.key), stated, offered.get(row.key, {}),
                plans.get(row.organization_key, {}),
            )  # fmt: skip
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

        @cache
        def judged(profile: Profile) -> list[Standing | None]:
            return [standing(condition, profile, age) for condition in conditions]

        return [judged(role.profile) for role in self._roles]

    def _rungs(self, unit: str, age: int | None, today: dt.date) -> np.ndarray:
        """Return `[i, n]`: row i's rung for condition n, 0 for none; a place's by the people it has today."""
        works = [(condition, None) for condition in self._catalogue.conditions.values()]
        return self._rungs_of(works, self._standings(age), unit, today)

    def _procedure_rungs(self, unit: str, procedure: str, age: int | None, today: dt.date) -> np.ndarray:
        """Return row i's rung for a procedure, 0 for none."""
        condition = self._catalogue.conditions[self._catalogue.entries["procedure"][procedure]["answers_to_condition"]]
        judged = [[standing(condition, role.profile, age, procedure)] for role in self._roles]
        return self._rungs_of([(condition, procedure)], judged, unit, today)[:, 0]

    def _rungs_of(
        self,
        works: list[tuple[Any, str | None]],
        standings: list[list[Standing | None]],
        unit: str,
        today: dt.date,
    ) -> np.ndarray:
        if unit == "people":
            return self._numbers(standings, len(works))
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
                        procedure,
                    )
                    for n, (condition, procedure) in enumerate(works)
                ]
                for place in self._places
            ],
            len(works),
        )

    def stated(
        self, unit: str, facts: tuple[tuple[str, str], ...], specialty: str | None, may: np.ndarray
    ) -> np.ndarray:
        """Return of each row 2 where all facts are stated, 1 where some are not and none is denied, else 0.

        Facts of people are true of a place where one of its people says so who `may` be listed there.
        """
        of_people = [fact for fact in facts if fact[0] in _OF_PEOPLE]
        of_places = [fact for fact in facts if fact[0] not in _OF_PEOPLE]
        there, here = np.full(len(self._places), 2), np.full(len(self._roles), 2)
        for fact in of_places:
            there = np.minimum(there, self._said_everywhere(fact))
        for fact in of_people:
            here = np.minimum(here, self._said_everywhere(fact))
        if specialty:
            here[[specialty not in role.profile.specialties for role in self._roles]] = 0
        at = np.array([self._number[role.place.id] for role in self._roles], int)
        if unit == "people":
            return np.minimum(here, there[at]) if len(at) else here
        if not of_people and not specialty:
            return there
        best = np.zeros(len(self._places), int)
        np.maximum.at(best, at[may], here[may])
        return np.minimum(best, there)

    def organizations(self, unit: str) -> np.ndarray:
        """Return the key of each row's organization, "" for none."""
        places = self._places if unit == "places" else [role.place for role in self._roles]
        return np.array([place.row.organization_key or "" for place in places], str)

    def _said(self, fact: tuple[str, str]) -> np.ndarray:
        if fact[0] in _OF_PEOPLE:
            return np.array([self._said_by(role, *fact) for role in self._roles], int)
        return np.array([_said_by_place(place, *fact) for place in self._places], int)

    def _said_by(self, role: _Role, name: str, value: str) -> int:
        facts = self.facts[role.person_id]
        if name == "language":
            return 1 if not facts["languages"] else 2 * (value in facts["languages"])
        if name == "gender":
            return 1 if facts["gender"] == "not_stated" else 2 * (facts["gender"] == value)
        if name == "telehealth":
            states = role.row.telehealth_states
            if role.row.telehealth.value != "yes" or states:
                return {"yes": 2 * (value in states), "no": 0, "not_stated": 1}[role.row.telehealth.value]
            return 2 if role.place.row.state == value else 1
        field = {"new_patients": "accepting_new_patients", "referral": "referral_needed"}[name]
        return _as_wanted(getattr(role.row, field).value, value)

    @staticmethod
    def _numbers(standings: list[list[Standing | None]], columns: int) -> np.ndarray:
        made = np.array([[one.rung if one else 0 for one in row] for row in standings], np.uint8)
        return made.reshape(len(standings), columns)


_OF_PEOPLE = ("language", "gender", "telehealth", "new_patients", "referral")


def _said_by_place(place: _Place, name: str, value: str) -> int:
    if name == "plan":
        return _as_wanted(place.plans.get(value, "not_stated"), "yes")
    if name == "walk_in":
        return _as_wanted(place.offered.get("walk_in_xray", "not_stated"), value)
    if name == "phone_language":
        spoken = [code.strip() for code in place.row.phone_languages.split(";") if code.strip()]
        return 1 if not spoken else 2 * (value in spoken)
    return _as_wanted(getattr(place.row, name).value, value)


def _as_wanted(stated: str, value: str) -> int:
    return 1 if stated == "not_stated" else 2 * (stated == value)


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
