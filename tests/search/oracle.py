"""The answer by brute force, from the tables and the rules of DESIGN alone: every row measured, then sorted.

It shares with the product only the tables, `Catalogue` and `treats` (who treats what has worked cases of its own).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
_FACTS = (
    "new_patients",
    "referral",
    "gender",
    "language",
    "phone_language",
    "interpreter",
    "step_free",
    "walk_in",
    "plan",
)


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
    stated: dict[str, list[int]] = field(default_factory=dict)
    by_video: list[Line] = field(default_factory=list)
    own: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class _What:
    condition: str | None = None
    procedure: str | None = None
    groups: tuple[str, ...] = ()
    rungs: tuple[int, ...] = ()
    age: int | None = None
    facts: tuple[tuple[str, str], ...] = ()
    tier: int | None = None
    specialty: str | None = None
    organization: str | None = None


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

    def answer(self, query: SearchQuery, today: dt.date, first: str = "", only: str = "") -> Answer:
        """Return the whole answer to a question whose ZIP code is five good digits.

        `first` is the organization that is listed before all others, `only` the one that is listed alone.
        """
        point = zip_points()[query.zip]
        assert point.latitude is not None
        assert point.longitude is not None
        here = point.latitude, point.longitude
        what = self._what(query, point.state)
        what = replace(what, organization=only or what.organization)
        row = self._asked_row(query)
        wide = not query.radius_given and row is not None and row["order"] == "level_first"
        query = replace(query, radius=None) if wide else query
        opening, others = _rules(row, query)
        tiers = (2, 1) if what.facts and query.sort != "distance" else (None,)
        turns = [what]
        if first and query.sort != "distance" and not query.organization:
            turns = [replace(what, organization=first), what]
        kinds = [(tier, turn) for tier in tiers for turn in turns]
        fillings = {
            name: [
                self.ordered_of(here, query.unit, replace(turn, rungs=rungs, tier=tier), today) for tier, turn in kinds
            ]
            for name, rungs in (opening | others).items()
        }
        together = tuple(rung for rungs in opening.values() for rung in rungs)
        whole = self.ordered_of(here, query.unit, replace(what, rungs=together), today)
        distances = [line.distance_m for line in whole]
        radius = query.radius
        while radius is not None and _count_within(distances, radius) < ENOUGH:
            radius = next((miles for miles in RADII if miles > radius), None)
        lists: dict[str, tuple[int, list[Line]]] = {}
        counts: dict[str, list[int]] = {}
        seen: set[int] = set()
        passed, room = query.offset, query.limit
        for name, filling in fillings.items():
            page: list[Line] = []
            counts[name] = []
            for (_tier, turn), lines in zip(kinds, filling, strict=True):
                # The own organization comes first within 100 miles, as all others do by distance.
                reach = 100.0 if len(turns) > 1 and turn is turns[0] and radius is None else radius
                near = [line for line in lines if reach is None or line.distance_m <= reach * MILE_M]
                near = [line for line in near if line.subject not in seen]
                seen |= {line.subject for line in near}
                # Each is counted, and can be paged through, as far as counting goes.
                counts[name].append(min(len(near), COUNTED))
                page += near[:COUNTED]
            total = min(sum(counts[name]), COUNTED)
            # Pages go through the lists one after the other.
            here_on = page[:total][max(0, passed) :][:room]
            lists[name] = total, here_on
            passed -= total
            room -= len(here_on)
        for name in list(opening)[:-1]:
            if not lists[name][0]:
                del lists[name]
        opens = next(iter(lists))
        for name in opening:
            if name in lists and name != opens and not lists[name][0]:
                del lists[name]
        card = row["urgency"]["card"] if row is not None else None
        urgent = card and query.stage != "treated"
        emergency = self._emergency(here, query.age, today) if urgent else []
        within = min(_count_within(distances, query.radius), COUNTED)
        near = _count_within(distances, 50.0) if wide else within

        def parted(chosen: list[bool]) -> dict[str, list[int]]:
            parts = {name: [sum(n for n, yes in zip(counts[name], chosen, strict=True) if yes == part) for part in (True, False)] for name in lists}  # fmt: skip
            return {name: [min(n, COUNTED) for n in both] for name, both in parts.items()}

        stated = parted([tier == 2 for tier, _turn in kinds]) if len(tiers) > 1 else {}
        own = parted([turn is turns[0] for _tier, turn in kinds]) if len(turns) > 1 else {}
        video: list[Line] = []
        if query.unit == "people" and near < ENOUGH and not query.telehealth and query.stage != "now":
            offering = replace(what, rungs=together, facts=(*what.facts, ("telehealth", point.state)), tier=2)
            video = self.ordered_of(here, query.unit, offering, today)[:3]
        return Answer(radius, within, lists, emergency, stated, video, own)

    def _asked_row(self, query: SearchQuery) -> Mapping[str, Any] | None:
        if query.procedure:
            body = self.catalogue.entries["procedure"][query.procedure]
            return self.catalogue.conditions[body["answers_to_condition"]].body
        return self._row(query.condition, query.age) if query.condition else None

    def _what(self, query: SearchQuery, state: str) -> _What:
        """Return who may be listed, whatever their rung."""
        row = self._asked_row(query)
        groups: tuple[str, ...] = ()
        if query.unit == "people" and query.group != "all":
            band = _band(row, query.age) if row else {}
            first = tuple(band.get("role_groups_first") or row["opens_first"]) if row else ()
            if query.procedure:
                first = tuple(self.catalogue.entries["procedure"][query.procedure]["opens_first"])
            groups = first if query.group == "first" else (query.group,)
        facts = [(name, getattr(query, name)) for name in _FACTS if getattr(query, name)]
        if query.telehealth:
            facts.append(("telehealth", state))
        return _What(
            condition=row["id"] if row and not query.procedure else None, procedure=query.procedure, groups=groups,
            age=query.age, facts=tuple(facts), specialty=query.specialty, organization=query.organization,
        )  # fmt: skip

    def _emergency(self, here: tuple[float, float], age: int | None, today: dt.date) -> list[Line]:
        """Return the nearest three within 100 miles.

        For a child, a children's hospital within 50 comes before all others; a grown-up is sent to none.
        """
        whole = self.ordered(here, "places", None, (), EMERGENCY, today)
        kinds = {place.id: place.row.kind.value for place in self.everywhere}
        childrens = [line for line in whole if kinds[line.id] == "childrens" and line.distance_m <= 50 * MILE_M]
        first = childrens[:1] if age is not None and age < 16 else []
        if age is not None and age >= 18:
            whole = [line for line in whole if kinds[line.id] != "childrens"]
        three = [*first, *(line for line in whole if line not in first)][:3]
        return [line for line in three if line.distance_m <= 100 * MILE_M]

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
        what = _What(condition, groups=groups, rungs=wanted, age=age)
        return self.ordered_of(here, unit, what, today)

    def rungs(
        self, unit: str, condition: str, groups: tuple[str, ...], wanted: tuple[int, ...], today: dt.date
    ) -> np.ndarray:
        """Return every row's rung for a condition, 0 where it may not be listed on a wanted one."""
        rungs = np.zeros(len(self.tables[unit].places), np.uint8)
        rows, found = self._keep(unit, _What(condition, groups=groups, rungs=wanted), today)
        rungs[rows] = found
        return rungs

    def rotation(self, unit: str, today: dt.date) -> np.ndarray:
        """Return what every row draws this week."""
        return self._shuffled(unit, today.isocalendar()[:2])

    def ordered_of(self, here: tuple[float, float], unit: str, what: _What, today: dt.date) -> list[Line]:
        """Return all who may be listed once, in order, over all distances."""
        table = self.tables[unit]
        rows, rungs = self._kept(unit, what, today)
        metres = self.metres(*here)[table.places[rows]]
        # Rows are numbered by point, place and person: the last resort where a person is twice equally near.
        order = np.lexsort((rows, self.rotation(unit, today)[rows], metres))
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

    def _keep(self, unit: str, what: _What, today: dt.date) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows that may be listed, and their rungs."""
        table = self.tables[unit]
        keep = (table.first <= today.toordinal()) & (table.last >= today.toordinal())
        if what.groups:
            keep &= np.isin(table.groups, what.groups)
        if what.rungs == EMERGENCY:
            keep &= table.emergency
        if unit == "people" and what.age is not None:
            keep &= (table.youngest <= what.age) & (table.oldest >= what.age)
        if what.organization:
            keep &= self._plain.organizations(unit) == what.organization
        if what.facts or what.specialty:
            stated = self._plain.stated(unit, what.facts, what.specialty, self._staff(what, today))
            keep &= stated >= 1 if what.tier is None else stated == what.tier
        rungs = self._rungs(unit, what, today)
        if rungs is None:
            rows = np.flatnonzero(keep)
            return rows, np.zeros(len(rows), int)
        rows = np.flatnonzero(keep & np.isin(rungs, what.rungs))
        return rows, rungs[rows]

    def _rungs(self, unit: str, what: _What, today: dt.date) -> np.ndarray | None:
        if what.procedure:
            return self._plain.procedure_rungs(unit, what.procedure, what.age, today)
        if what.condition:
            return self._plain.rungs(unit, what.age, today)[:, self.conditions[what.condition]]
        return None

    def _staff(self, what: _What, today: dt.date) -> np.ndarray:
        """Return which roles may be listed for the work today, on whatever rung."""
        people = self.tables["people"]
        may = (people.first <= today.toordinal()) & (people.last >= today.toordinal())
        if what.age is not None:
            may &= (people.youngest <= what.age) & (people.oldest >= what.age)
        rungs = self._rungs("people", what, today)
        return may if rungs is None else may & (rungs > 0)

    def _shuffle(self, unit: str, week: tuple[int, int]) -> np.ndarray:
        number = week[0] * 100 + week[1]
        return np.array([_mixed(int(ticket), number) for ticket in self.tables[unit].tickets], np.uint64)


def _rules(
    row: Mapping[str, Any] | None, query: SearchQuery
) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]:
    """Return the rungs of the lists that open an answer, and of those after: 1 declared, 2 usual, 3 may help, 4 ask."""
    if row is None:
        return {"all": ()}, {}
    rare = row["order"] == "level_first" or query.procedure
    opening = {"declared": (1,), "usual": (2,)} if rare and query.sort != "distance" else {"main": (1, 2)}
    return opening, {"may_help": (3,), "call_first": (4,)}


def _band(row: Mapping[str, Any], age: int | None) -> Mapping[str, Any]:
    if age is None:
        return {}
    return next((band for band in row["age_bands"] if band["age_from"] <= age <= band["age_to"]), {})


def _count_within(distances: list[float], miles: float | None) -> int:
    return len(distances) if miles is None else sum(metres <= miles * MILE_M for metres in distances)


def _mixed(ticket: int, week: int) -> int:
    """Mix a ticket with the week as SplitMix64 does (Steele, Lea and Flood 2014), in whole numbers; the upper half."""
    z = (ticket + week * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return (z ^ (z >> 31)) >> 32
