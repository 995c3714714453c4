"""The answer by brute force, from the tables and the rules of DESIGN alone: every row measured, then sorted.

It shares with the product only the tables, `Catalogue` and `treats` (who treats what has worked cases of its own).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from pyproj import Geod
from sqlalchemy import Engine

from finder.db.catalogue import Catalogue
from finder.db.reference import zip_points
from finder.search.query import SearchQuery
from tests.search.plain_rows import PlainRows

MILE_M = 1609.344
COUNTED = 200
ENOUGH = 3
RADII = (10.0, 25.0, 50.0, 100.0)
_MASK = 2**64 - 1
EMERGENCY = (-1,)


@dataclass(frozen=True)
class Line:
    """One line of an answer: the public id of the role or place, its rung (0 without a condition), metres."""

    id: str
    rung: int
    distance_m: float
    ticket: int = field(default=0, compare=False)
    subject: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Answer:
    """What `search` must say. `lists` holds each list's total and its lines on the page asked for."""

    radius: float | None
    within_asked: int
    lists: dict[str, tuple[int, list[Line]]]
    emergency: list[Line]


class Oracle:
    """Reads the directory in force once; answers any question about it."""

    def __init__(self, engine: Engine) -> None:
        with engine.connect() as connection:
            self.catalogue = Catalogue.read(connection)
            rows = self._plain = PlainRows(connection, self.catalogue)
        self.conditions = {name: number for number, name in enumerate(self.catalogue.conditions)}
        self.latitudes, self.longitudes = rows.latitudes, rows.longitudes
        self.facts, self.everyone, self.everywhere = rows.facts, rows.everyone, rows.everywhere
        self.tables = {"people": rows.people(), "places": rows.places()}
        self._geod = Geod(ellps="WGS84")
        self.metres = lru_cache(maxsize=256)(self._measure)
        self._kept = lru_cache(maxsize=2048)(self._keep)
        self._shuffled = lru_cache(maxsize=64)(self._shuffle)

    def answer(self, query: SearchQuery, today: dt.date) -> Answer:
        """Return the whole answer to a question whose ZIP code is five good digits."""
        point = zip_points()[query.zip]
        assert point.latitude is not None
        assert point.longitude is not None
        here = point.latitude, point.longitude
        condition, row = query.condition, None
        if condition:
            row = self._row(condition, query.age)
            condition = row["id"]
        groups: tuple[str, ...] = ()
        if query.unit == "people" and query.group != "all":
            band = _band(row, query.age) if row else {}
            opens_first = tuple(band.get("role_groups_first") or row["opens_first"]) if row else ()
            groups = opens_first if query.group == "first" else (query.group,)
        opening, others = _rules(row)
        whole = {
            name: self.ordered(here, query.unit, condition, groups, rungs, today, query.age)
            for name, rungs in (opening | others).items()
        }
        distances = _nearest_of_each([line for name in opening for line in whole[name]])
        radius = query.radius
        while radius is not None and _count_within(distances, radius) < ENOUGH:
            radius = next((miles for miles in RADII if miles > radius), None)
        lists: dict[str, tuple[int, list[Line]]] = {}
        seen: set[int] = set()
        for name, lines in whole.items():
            near = [line for line in lines if radius is None or line.distance_m <= radius * MILE_M]
            near = [line for line in near if line.subject not in seen][:COUNTED]
            seen |= {line.subject for line in near}
            lists[name] = len(near), near[query.offset : query.offset + query.limit]
        for name in list(opening)[:-1]:
            if not lists[name][0]:
                del lists[name]
        first = next(iter(lists))
        for name in opening:
            if name in lists and name != first and not lists[name][0]:
                del lists[name]
        urgent = row is not None and row["urgency"]["card"] and query.stage != "treated"
        emergency = self.ordered(here, "places", None, (), EMERGENCY, today)[:3] if urgent else []
        emergency = [line for line in emergency if line.distance_m <= 100 * MILE_M]
        return Answer(radius, min(_count_within(distances, query.radius), COUNTED), lists, emergency)

    def ordered(
        self,
        here: tuple[float, float],
        unit: str,
        condition: str | None,
        groups: tuple[str, ...],
        wanted: tuple[int, ...],
        today: dt.date,
        age: int | None = None,
    ) -> list[Line]:
        """Return everyone on the wanted rungs (all without a condition) once, in order, over all distances."""
        table = self.tables[unit]
        rows, rungs = self._kept(unit, condition, groups, wanted, today, age)
        metres = self.metres(*here)[table.places[rows]]
        # Rows are numbered by point, place and person: the last resort where a person is twice equally near.
        order = np.lexsort((rows, self._shuffled(unit, today.isocalendar()[:2])[rows], metres))
        _, nearest = np.unique(table.subjects[rows][order], return_index=True)
        order = order[np.sort(nearest)]
        found = zip(rows[order].tolist(), rungs[order].tolist(), metres[order].tolist(), strict=True)
        return [
            Line(table.ids[row], rung, far, int(table.tickets[row]), int(table.subjects[row]))
            for row, rung, far in found
        ]

    def _measure(self, latitude: float, longitude: float) -> np.ndarray:
        size = len(self.latitudes)
        here = np.full(size, longitude), np.full(size, latitude)
        return np.asarray(self._geod.inv(*here, self.longitudes, self.latitudes)[2])

    def _row(self, condition: str, age: int | None) -> Mapping[str, Any]:
        row = self.catalogue.conditions[condition].body
        other = _band(row, age).get("redirect")
        return self.catalogue.conditions[other].body if other else row

    def _keep(
        self,
        unit: str,
        condition: str | None,
        groups: tuple[str, ...],
        wanted: tuple[int, ...],
        today: dt.date,
        age: int | None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows that may be listed, and their rungs."""
        table = self.tables[unit]
        keep = (table.first <= today.toordinal()) & (table.last >= today.toordinal())
        if groups:
            keep &= np.isin(table.groups, groups)
        if wanted == EMERGENCY:
            keep &= table.emergency
        if unit == "people" and age is not None:
            keep &= (table.youngest <= age) & (table.oldest >= age)
        if condition is None:
            rows = np.flatnonzero(keep)
            return rows, np.zeros(len(rows), int)
        rungs = self._plain.rungs(unit, age, today)[:, self.conditions[condition]]
        rows = np.flatnonzero(keep & np.isin(rungs, wanted))
        return rows, rungs[rows]

    def _shuffle(self, unit: str, week: tuple[int, int]) -> np.ndarray:
        number = week[0] * 100 + week[1]
        return np.array([_mixed(int(ticket), number) for ticket in self.tables[unit].tickets], np.uint64)


def _rules(row: Mapping[str, Any] | None) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
    """Return the rungs of the lists that open an answer, and of those after: 1 declared, 2 usual, 3 may help, 4 ask."""
    if row is None:
        return {"all": ()}, {}
    opening = {"declared": (1,), "usual": (2,)} if row["order"] == "level_first" else {"main": (1, 2)}
    return opening, {"may_help": (3,), "call_first": (4,)}


def _band(row: Mapping[str, Any], age: int | None) -> Mapping[str, Any]:
    if age is None:
        return {}
    return next((band for band in row["age_bands"] if band["age_from"] <= age <= band["age_to"]), {})


def _nearest_of_each(lines: list[Line]) -> list[float]:
    nearest: dict[int, float] = {}
    for line in lines:
        nearest[line.subject] = min(line.distance_m, nearest.get(line.subject, line.distance_m))
    return list(nearest.values())


def _count_within(distances: list[float], miles: float | None) -> int:
    return len(distances) if miles is None else sum(metres <= miles * MILE_M for metres in distances)


def _mixed(ticket: int, week: int) -> int:
    """Mix a ticket with the week as SplitMix64 does (Steele, Lea and Flood 2014), in whole numbers."""
    z = (ticket + week * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)
