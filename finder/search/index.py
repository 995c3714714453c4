"""Answer "the nearest k" over one snapshot, exactly, with the lists that the rules of order ask for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from finder.db.reference import PLACE_TAXONOMY
from finder.geo import Ints, SpatialTree
from finder.search.snapshot import KIND_NUMBERS, OWN_BESIDES, OWN_NOT, OWN_REFERS, OWN_TREATS, Snapshot
from finder.search.treats import Rung

Unit = Literal["people", "places"]
_KEEP_LISTS = 512
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person at one place, or one place: its number in the snapshot, rung (None without a condition), metres."""

    number: int
    rung: Rung | None
    distance_m: float


@dataclass(frozen=True)
class Wanted:
    """Who may be listed: of which rungs for a condition, or (without one) everyone; of which role groups.

    `age` is the patient's, in years; `groups` is for people, `emergency` for places that state a hospital emergency
    department.
    """

    unit: Unit
    condition: str | None = None
    rungs: tuple[Rung, ...] = ()
    groups: tuple[str, ...] = ()
    emergency: bool = False
    age: int | None = None


class SpatialIndex(Protocol):
    """What every engine answers; one contract suite tests them all."""

    def nearest(self, latitude: float, longitude: float, wanted: Wanted, k: int, today: dt.date) -> list[Candidate]:
        """Return the k nearest: each person or place once, ascending by geodesic distance, ties in rotation."""


@dataclass(frozen=True)
class _Rows:
    """Numbers of roles or places, ascending and so sorted by point, with their rungs; and the points they lie at."""

    numbers: Ints
    rungs: NDArray[np.uint8]
    points: Ints
    starts: Ints


class Index:
    """The snapshot's columns in memory and a spatial tree over its distinct points."""

    def __init__(self, snapshot: Snapshot, edition: int) -> None:
        self.snapshot = snapshot
        self.edition = edition
        self.catalogue = snapshot.catalogue
        c = snapshot.columns
        self.tree = SpatialTree(c["point_lat"], c["point_lon"])
        self._group_numbers = {name: number for number, name in enumerate(self.catalogue.role_groups)}
        self._condition_numbers = {name: number for number, name in enumerate(self.catalogue.conditions)}
        self._lists: dict[tuple[Wanted, dt.date], _Rows] = {}

    @property
    def is_demo(self) -> bool:
        """True where all that is shown is the fictional demo."""
        return any(source.is_demo for source in self.snapshot.sources)

    @cached_property
    def _role_point(self) -> NDArray[np.int32]:
        points: NDArray[np.int32] = self.snapshot.columns["place_point"][self.snapshot.columns["role_place"]]
        return points

    @cached_property
    def _place_numbers(self) -> NDArray[np.int32]:
        return np.arange(len(self.snapshot.columns["place_row"]), dtype=np.int32)

    @cached_property
    def _roles_by_person(self) -> tuple[Ints, Ints]:
        people = self.snapshot.columns["role_person"]
        return np.argsort(people, kind="stable"), np.searchsorted(
            np.sort(people), np.arange(people.max(initial=-1) + 2)
        )

    def other_roles(self, number: int, today: dt.date) -> list[int]:
        """Return the numbers of the other roles of the person whose role this is, those listed today."""
        by_person, starts = self._roles_by_person
        columns, day = self.snapshot.columns, today.toordinal()
        person = int(columns["role_person"][number])
        others = (int(one) for one in by_person[starts[person] : starts[person + 1]])
        return [n for n in others if n != number and columns["role_from"][n] <= day <= columns["role_until"][n]]

    def roles_at(self, place: int, today: dt.date) -> list[int]:
        """Return the numbers of the roles at a place that are listed today."""
        columns, day = self.snapshot.columns, today.toordinal()
        first, last = np.searchsorted(columns["role_place"], (place, place + 1))
        return [n for n in range(first, last) if columns["role_from"][n] <= day <= columns["role_until"][n]]

    def column(self, unit: Unit, name: str) -> NDArray[Any]:
        """Return a column of the unit: row, ticket, point, from, until or subject (the person, or the place itself)."""
        if unit == "people":
            if name == "point":
                return self._role_point
            return self.snapshot.columns["role_person" if name == "subject" else f"role_{name}"]
        if name == "subject":
            return self._place_numbers
        return self.snapshot.columns[f"place_{name}"]

    def nearest(self, latitude: float, longitude: float, wanted: Wanted, k: int, today: dt.date) -> list[Candidate]:
        """Return the k nearest: each person or place once, ascending by geodesic distance, ties in rotation."""
        rows = self._rows(wanted, today)
        if not k or not len(rows.numbers):
            return []
        tickets, subjects = self.column(wanted.unit, "ticket"), self.column(wanted.unit, "subject")
        week = week_number(today)
        seen: set[int] = set()
        found: list[Candidate] = []
        among = None if len(rows.points) == len(self.tree.latitudes) else rows.points
        for points, metres in self.tree.walk(latitude, longitude, among):
            spans = np.searchsorted(rows.points, points)
            starts, ends = rows.starts[spans], rows.starts[spans + 1]
            places = np.concatenate([np.arange(a, b) for a, b in zip(starts, ends, strict=True)] or [np.empty(0, int)])
            distances = np.repeat(metres, ends - starts)
            numbers = rows.numbers[places]
            order = np.lexsort((numbers, rotated(tickets[numbers], week), distances))
            for i in order.tolist():
                number = int(numbers[i])
                subject = int(subjects[number])
                if subject in seen:
                    continue
                seen.add(subject)
                rung = int(rows.rungs[places[i]])
                found.append(Candidate(number, Rung(rung) if rung else None, float(distances[i])))
                if len(found) == k:
                    return found
        return found

    def _rows(self, wanted: Wanted, today: dt.date) -> _Rows:
        """Return the rows of a list, kept for the next question that wants the same."""
        found = self._lists.get((wanted, today))
        if found is None:
            numbers, rungs = self._numbers(wanted, today)
            points, starts = np.unique(self.column(wanted.unit, "point")[numbers], return_index=True)
            found = _Rows(numbers, rungs, points.astype(np.int64), np.append(starts, len(numbers)))
            if len(self._lists) >= _KEEP_LISTS:
                self._lists.clear()
            self._lists[wanted, today] = found
        return found

    def _numbers(self, wanted: Wanted, today: dt.date) -> tuple[Ints, NDArray[np.uint8]]:
        """Return the numbers of roles or places that a list holds, ascending, and their rungs."""
        if wanted.unit == "people":
            numbers, rungs = self._roles(wanted, today)
            if wanted.groups:
                chosen = [self._group_numbers[name] for name in wanted.groups]
                keep = np.isin(self.snapshot.columns["role_group"][numbers], chosen)
                numbers, rungs = numbers[keep], rungs[keep]
        else:
            numbers, rungs = self._places(wanted, today)
        if wanted.rungs:
            keep = np.isin(rungs, wanted.rungs)
            numbers, rungs = numbers[keep], rungs[keep]
        return numbers, rungs

    def _roles(self, wanted: Wanted, today: dt.date) -> tuple[Ints, NDArray[np.uint8]]:
        """Return the roles listed today for a condition and age, whatever their group."""
        columns = self.snapshot.columns
        numbers = np.arange(len(columns["role_row"]), dtype=np.int64)
        rungs = np.zeros(len(numbers), np.uint8)
        if wanted.condition is not None:
            condition = self.catalogue.conditions[wanted.condition]
            n, v = self._condition_numbers[wanted.condition], condition.variants.index(condition.rules(wanted.age))
            numbers, rungs = columns[f"roles_{n}_{v}"].astype(np.int64), columns[f"rungs_{n}_{v}"]
        keep = self._listed("role", numbers, today)
        if wanted.age is not None:
            keep &= (columns["role_youngest"][numbers] <= wanted.age) & (columns["role_oldest"][numbers] >= wanted.age)
        return numbers[keep], rungs[keep]

    def _places(self, wanted: Wanted, today: dt.date) -> tuple[Ints, NDArray[np.uint8]]:
        """Return the places listed today, with the rungs that `treats.place_standing` gives them."""
        columns = self.snapshot.columns
        rungs = np.zeros(len(columns["place_row"]), np.uint8)
        keep = self._listed("place", np.arange(len(rungs)), today)
        if wanted.emergency:
            keep &= columns["place_emergency"]
        if wanted.condition is not None:
            rungs = self._place_rungs(wanted, today)
            keep &= rungs > 0
        numbers = np.flatnonzero(keep)
        return numbers, rungs[numbers]

    def _place_rungs(self, wanted: Wanted, today: dt.date) -> NDArray[np.uint8]:
        columns, none = self.snapshot.columns, np.uint8(len(Rung) + 1)
        condition, n = (
            self.catalogue.conditions[wanted.condition or ""],
            self._condition_numbers[wanted.condition or ""],
        )
        roles, role_rungs = self._roles(wanted, today)
        people = np.full(len(columns["place_row"]), none)
        np.minimum.at(people, columns["role_place"][roles], role_rungs)
        fits = [
            KIND_NUMBERS[kind] for kind, code in PLACE_TAXONOMY.items() if code in condition.organization_taxonomies
        ]
        by_kind = np.where(np.isin(columns["place_kind"], fits), np.uint8(Rung.MAY_HELP), none)
        rungs = np.where(people < none, people, by_kind)
        own, words = columns[f"own_{n}"], columns[f"own_words_{n}"]
        rungs[own[words == OWN_TREATS]] = Rung.DECLARED
        rungs[own[words == OWN_REFERS]] = Rung.MAY_HELP
        besides = own[words == OWN_BESIDES]
        rungs[besides] = np.minimum(people[besides], np.uint8(Rung.MAY_HELP))
        rungs[own[words == OWN_NOT]] = none
        rungs[rungs == none] = 0
        return rungs

    def _listed(self, kind: str, numbers: Ints, today: dt.date) -> NDArray[np.bool_]:
        first, last = self.snapshot.columns[f"{kind}_from"], self.snapshot.columns[f"{kind}_until"]
        day = today.toordinal()
        listed: NDArray[np.bool_] = (first[numbers] <= day) & (last[numbers] >= day)
        return listed


def week_number(today: dt.date) -> int:
    """Return the ISO year and week as one number, such as 202647."""
    iso = today.isocalendar()
    return iso.year * 100 + iso.week


def rotated(tickets: NDArray[np.uint64], week: int) -> NDArray[np.uint64]:
    """Shuffle tickets anew each week: SplitMix64's mixing (Steele, Lea and Flood 2014) of ticket and week."""
    with np.errstate(over="ignore"):
        mixed = tickets + np.uint64(week) * _MIX[0]
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX[1]
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX[2]
        shuffled: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return shuffled
