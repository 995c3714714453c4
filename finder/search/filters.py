"""Which roles and places a question wants: tables over the packed columns of a snapshot, worked out once a question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from finder.db.base import Stated
from finder.db.directory import LocationKind
from finder.db.reference import PLACE_TAXONOMY
from finder.geo import Ints
from finder.search.columns import (
    KIND_NUMBERS,
    OWN_BESIDES,
    OWN_NOT,
    OWN_REFERS,
    OWN_TREATS,
    OWN_USUAL,
)
from finder.search.facts import (
    NO,
    NOT_STATED,
    OF_PLACES,
    YES,
    Bytes,
    Fact,
    Tier,
    place_table,
    role_table,
    speaks,
    telehealth_in,
)
from finder.search.snapshot import Snapshot
from finder.search.treats import Rung
from finder.search.work import Work, works

Unit = Literal["people", "places"]
_NONE = np.uint8(len(Rung) + 1)
_KEPT = 1024
_ACCEPTS = {Stated.NO.value: NO, Stated.NOT_STATED.value: NOT_STATED, Stated.YES.value: YES}


@dataclass(frozen=True, eq=True)
class Wanted:
    """Who may be listed: of which rungs for some work, or (without one) everyone; of which role groups.

    `work` is the id of a condition or procedure. `age` is the patient's, in years; `groups` is for people,
    `emergency` for places that state a hospital emergency department. `facts` are to be as they say: all stated
    (tier YES), or at least one of them not stated and none denied (tier NOT_STATED); without a tier, either.
    `only` are numbers of roles or places, ascending, such as those of a name.
    """

    unit: Unit
    work: str | None = None
    rungs: tuple[Rung, ...] = ()
    groups: tuple[str, ...] = ()
    emergency: bool = False
    childrens: bool = False
    age: int | None = None
    facts: tuple[Fact, ...] = ()
    tier: Tier | None = None
    specialty: str | None = None
    organization: str | None = None
    only: tuple[int, ...] | None = None

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(self.__dict__[name] for name in self.__dataclass_fields__))

    @property
    def is_by_class(self) -> bool:
        """True where nothing but the class of a role decides whether it is wanted."""
        return not self.facts and self.organization is None and self.only is None

    @property
    def facts_of_people(self) -> tuple[Fact, ...]:
        """Those that only a person can state."""
        return tuple(fact for fact in self.facts if fact[0] not in (*OF_PLACES, "phone_language", "plan"))

    @property
    def facts_of_places(self) -> tuple[Fact, ...]:
        """Those that a place states, for itself and for everyone there."""
        return tuple(fact for fact in self.facts if fact not in self.facts_of_people)


@dataclass(frozen=True)
class Tables:
    """What a question wants, by the values of the packed columns. `share` is about how many rows pass each of them."""

    classes: NDArray[np.bool_] | None
    facts: tuple[tuple[str, Bytes], ...]
    share: float


class Filters:
    """Answers for the columns of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._columns, self._words = snapshot.columns, snapshot.words
        self._catalogue = snapshot.catalogue
        self.works = works(snapshot.catalogue)
        self._groups = {name: number for number, name in enumerate(snapshot.catalogue.role_groups)}
        self._numbers: dict[str, int] = {}
        self._first_line: dict[str, int] = {}
        line = 0
        for number, work in enumerate(self.works.values()):
            self._numbers[work.id], self._first_line[work.id] = number, line
            line += len(work.variants)
        self._class_counts = np.bincount(self._columns["role_class"], minlength=len(self._columns["class_group"]))
        self._kept_tables = lru_cache(maxsize=_KEPT)(self._make_tables)
        self._tables_of = lru_cache(maxsize=_KEPT)(lambda unit, fact: self._make_tables(Wanted(unit, facts=(fact,))))
        self._lines = lru_cache(maxsize=_KEPT)(self._line_of)
        self._keep_of_rows()

    def _keep_of_rows(self) -> None:
        self._place_rungs = lru_cache(maxsize=64)(self._make_place_rungs)
        self._today = lru_cache(maxsize=4)(self._listed_today)
        self._of_organization = lru_cache(maxsize=16)(self._belonging_to)

    def over(self, columns: Mapping[str, NDArray[Any]]) -> Filters:
        """Return the same rules for other rows, whose numbers stand for the same words and classes."""
        other = copy(self)
        other._columns = columns
        other._keep_of_rows()
        return other

    @cached_property
    def languages(self) -> list[str]:
        """Codes of the languages that anyone is stated to speak."""
        return sorted({code for one in self._words["role_languages"] for code in one})

    @cached_property
    def phone_languages(self) -> list[str]:
        """Codes of the languages in which any place is stated to answer the phone."""
        return sorted({code for one in self._words["place_phone"] for code in one})

    @cached_property
    def specialties(self) -> list[str]:
        """Codes of the specialties that anyone has and that have a name in patients' words."""
        return sorted(
            {code for one in self._words["class_specialties"] for code in one} & self._catalogue.specialties.keys()
        )

    @cached_property
    def plans(self) -> list[str]:
        """Insurance plans that any organization takes."""
        return sorted(
            {plan for one in self._words["plans"] for plan, accepts in one.items() if accepts == Stated.YES.value}
        )

    def is_everyone(self, wanted: Wanted, today: dt.date) -> bool:
        """Return whether a list holds all there are."""
        return wanted == Wanted(wanted.unit) and self._today(wanted.unit, today) is None

    def about(self, wanted: Wanted) -> float:
        """Return about how many rows a list has."""
        if wanted.only is not None:
            return float(len(wanted.only))
        tables = self.tables(wanted)
        return tables.share * len(self._columns["role_row" if wanted.unit == "people" else "place_row"])

    def listed(self, kind: str, numbers: NDArray[Any], today: dt.date) -> NDArray[Any]:
        """Return those of some roles or places that are listed today."""
        listed = self._today("people" if kind == "role" else "places", today)
        return numbers if listed is None else numbers[listed[numbers]]

    def keep(self, wanted: Wanted, today: dt.date) -> Callable[[Ints], NDArray[np.bool_]]:
        """Return what tells of roles which are wanted."""
        tables, listed = self.tables(wanted), self._today("people", today)
        columns, tier = self._columns, wanted.tier

        def kept(rows: Ints) -> NDArray[np.bool_]:
            found = np.ones(len(rows), np.bool_) if listed is None else listed[rows]
            if tables.classes is not None:
                found = found & tables.classes[columns["role_class"][rows]]
            if tables.facts:
                stated = self._stated(tables.facts, rows)
                found &= stated >= NOT_STATED if tier is None else stated == tier
            if wanted.only is not None:
                found &= np.isin(rows, wanted.only)
            if wanted.organization is not None:
                found &= self._of_organization(wanted.organization)[columns["role_place"][rows]]
            return found

        return kept

    def count_stated(self, facts: Sequence[Fact], unit: Unit, rows: Ints) -> list[int]:
        """Return of each fact how many of the people or places in some rows state it."""
        subjects = self._columns["role_person"][rows] if unit == "people" else rows
        found = []
        for fact in facts:
            tables = self._tables_of(unit, fact).facts
            if unit == "people":
                stated = self._stated(tables, rows)
            else:
                # What only people can state is not counted of places.
                of_places = [table[self._columns[name][rows]] for name, table in tables if name.startswith("place_")]
                stated = of_places[0] if of_places else np.zeros(len(rows), np.uint8)
            found.append(len(set(subjects[stated == YES].tolist())))
        return found

    def rows(self, wanted: Wanted, today: dt.date) -> NDArray[Any]:
        """Return the numbers of all roles or places of a list, ascending."""
        if wanted.unit == "people":
            everyone = (
                np.arange(len(self._columns["role_row"])) if wanted.only is None else np.array(wanted.only, np.int64)
            )
            return everyone[self.keep(wanted, today)(everyone)]
        return self._place_numbers(wanted, today)

    def rungs(self, wanted: Wanted, today: dt.date) -> Callable[[list[int] | Ints], list[int]] | None:
        """Return what gives the rungs of rows of a list; None without work to be done."""
        if wanted.work is None:
            return None
        if wanted.unit == "people":
            line, classes = self._columns["class_rungs"][self.line(wanted)], self._columns["role_class"]
            return lambda rows: line[classes[rows]].tolist()
        rungs = self._place_rungs(_for_rungs(wanted), today)
        return lambda rows: rungs[rows].tolist()

    def line(self, wanted: Wanted) -> int:
        """Return the line of `class_rungs` for the work of a list."""
        return self._lines(wanted.work or "", wanted.age)

    def _line_of(self, work_id: str, age: int | None) -> int:
        """Return the line of `class_rungs` for some work at an age."""
        work = self.works[work_id]
        return self._first_line[work_id] + work.variants.index(work.condition.rules(age))

    def tables(self, wanted: Wanted) -> Tables:
        """Return what a question wants, by the values of the packed columns, whatever names it stands for."""
        return self._kept_tables(wanted if wanted.only is None else replace(wanted, only=None))

    def _make_tables(self, wanted: Wanted) -> Tables:
        columns = self._columns
        classes = self._classes(wanted)
        share = 1.0 if classes is None else float(self._class_counts[classes].sum()) / max(1, self._class_counts.sum())
        facts: list[tuple[str, Bytes]] = []
        of_people = wanted.facts_of_people
        for name, table in (
            ("role_facts", role_table(of_people, 256)),
            ("place_facts", place_table(wanted.facts_of_places, 2**16)),
        ):
            if table is not None:
                facts.append((name, table))
        for name, value in wanted.facts:
            if name == "language":
                facts.append(("role_languages", _each(self._words["role_languages"], speaks, value)))
            elif name == "telehealth":
                facts.append(("role_telehealth", _each(self._words["role_telehealth"], telehealth_in, value)))
            elif name == "phone_language":
                facts.append(("place_phone", _each(self._words["place_phone"], speaks, value)))
            elif name == "plan":
                facts.append(("place_organization", _each(self._words["plans"], _takes, value)))
        for name, table in facts:
            counts = np.bincount(columns[name], minlength=len(table))[: len(table)]
            passing = table == wanted.tier if wanted.tier == YES else table >= NOT_STATED
            share *= float(counts[passing].sum()) / max(1, len(columns[name]))
        if wanted.organization is not None:
            share *= float(self._of_organization(wanted.organization).mean()) if len(columns["place_row"]) else 0.0
        return Tables(classes, tuple(facts), share)

    def _classes(self, wanted: Wanted) -> NDArray[np.bool_] | None:
        """Return which classes of roles may be listed, None where all may."""
        columns = self._columns
        found = np.ones(len(columns["class_group"]), np.bool_)
        if wanted.work is not None:
            rungs = columns["class_rungs"][self.line(wanted)]
            found &= np.isin(rungs, wanted.rungs) if wanted.rungs and wanted.unit == "people" else rungs > 0
        if wanted.groups:
            found &= np.isin(columns["class_group"], [self._groups[name] for name in wanted.groups])
        if wanted.age is not None:
            found &= (columns["class_youngest"] <= wanted.age) & (columns["class_oldest"] >= wanted.age)
        if wanted.specialty is not None:
            has = np.array([wanted.specialty in one for one in self._words["class_specialties"]], np.bool_)
            found &= has[columns["class_specialties"]]
        return None if found.all() else found

    def _stated(self, facts: tuple[tuple[str, Bytes], ...], rows: Ints) -> Bytes:
        """Return the least of the facts of some roles, those of their places included."""
        columns = self._columns
        found = np.full(len(rows), YES, np.uint8)
        at = columns["role_place"][rows] if any(name.startswith("place_") for name, _table in facts) else rows
        for name, table in facts:
            found = np.minimum(found, table[columns[name][at if name.startswith("place_") else rows]])
        return found

    def _belonging_to(self, key: str) -> NDArray[np.bool_]:
        """Return which places belong to an organization: its key, with or without the source before it."""
        whole = np.array(
            [name == key or name.partition(":")[2] == key for name in self._words["place_organization"]], np.bool_
        )
        belongs: NDArray[np.bool_] = whole[self._columns["place_organization"]]
        return belongs

    def _place_numbers(self, wanted: Wanted, today: dt.date) -> NDArray[Any]:
        columns = self._columns
        count = len(columns["place_row"])
        listed = self._today("places", today)
        keep = np.ones(count, np.bool_) if listed is None else listed.copy()
        if wanted.emergency:
            keep &= columns["place_emergency"]
        if wanted.childrens:
            keep &= columns["place_kind"] == KIND_NUMBERS[LocationKind.CHILDRENS]
        if wanted.only is not None:
            keep &= np.isin(np.arange(count), wanted.only)
        if wanted.organization is not None:
            keep &= self._of_organization(wanted.organization)
        if wanted.work is not None:
            rungs = self._place_rungs(_for_rungs(wanted), today)
            keep &= np.isin(rungs, wanted.rungs) if wanted.rungs else rungs > 0
        if wanted.facts or wanted.specialty:
            stated = self._place_stated(wanted, today)
            keep &= stated >= NOT_STATED if wanted.tier is None else stated == wanted.tier
        return np.flatnonzero(keep)

    def _place_stated(self, wanted: Wanted, today: dt.date) -> Bytes:
        """Return the least of the facts of each place; of those of people, as the best of its people for the work."""
        columns = self._columns
        found = np.full(len(columns["place_row"]), YES, np.uint8)
        tables = self.tables(wanted)
        for name, table in tables.facts:
            if name.startswith("place_"):
                found = np.minimum(found, table[columns[name]])
        if wanted.facts_of_people or wanted.specialty:
            rows = self._staff(wanted, today)
            best = np.full(len(found), NO, np.uint8)
            stated = self._stated(tuple(one for one in tables.facts if one[0].startswith("role_")), rows)
            np.maximum.at(best, columns["role_place"][rows], stated)
            found = np.minimum(found, best)
        return found

    def _staff(self, wanted: Wanted, today: dt.date) -> NDArray[Any]:
        """Return the roles listed today that may be listed for the work, at any rung."""
        rows = self.listed("role", np.arange(len(self._columns["role_row"])), today)
        classes = self._classes(wanted)
        return rows if classes is None else rows[classes[self._columns["role_class"][rows]]]

    def _make_place_rungs(self, wanted: Wanted, today: dt.date) -> NDArray[np.uint8]:
        """Return the rung of each place, 0 for none, as `treats.place_standing` gives it."""
        columns, work = self._columns, self.works[wanted.work or ""]
        n = self._numbers[work.id]
        rows = self._staff(wanted, today)
        people = np.full(len(columns["place_row"]), _NONE)
        np.minimum.at(
            people, columns["role_place"][rows], columns["class_rungs"][self.line(wanted)][columns["role_class"][rows]]
        )
        by_kind = np.where(np.isin(columns["place_kind"], _kinds_of(work)), np.uint8(Rung.MAY_HELP), _NONE)
        rungs = np.where(people < _NONE, people, by_kind)
        if f"own_{n}" in columns:
            own, words = columns[f"own_{n}"], columns[f"own_words_{n}"]
            rungs[own[words == OWN_TREATS]] = Rung.DECLARED
            rungs[own[words == OWN_REFERS]] = Rung.MAY_HELP
            for word, rung in ((OWN_USUAL, Rung.USUAL), (OWN_BESIDES, Rung.MAY_HELP)):
                saying = own[words == word]
                rungs[saying] = np.minimum(people[saying], np.uint8(rung))
            rungs[own[words == OWN_NOT]] = _NONE
        rungs[rungs == _NONE] = 0
        return rungs

    def _listed_today(self, unit: str, today: dt.date) -> NDArray[np.bool_] | None:
        """Return which roles or places are listed today, None where all are."""
        kind = "role" if unit == "people" else "place"
        dated = self._columns[f"{kind}_dated"]
        if not len(dated):
            return None
        day = today.toordinal()
        listed = np.ones(len(self._columns[f"{kind}_row"]), np.bool_)
        listed[dated] = (self._columns[f"{kind}_from"] <= day) & (self._columns[f"{kind}_until"] >= day)
        return listed


def _for_rungs(wanted: Wanted) -> Wanted:
    return Wanted("places", wanted.work, age=wanted.age)


def _kinds_of(work: Work) -> list[int]:
    codes = work.condition.organization_taxonomies
    return [KIND_NUMBERS[kind] for kind, code in PLACE_TAXONOMY.items() if code in codes]


def _each(words: list[Any], answer: Callable[[Any, str], int], value: str) -> Bytes:
    return np.array([answer(one, value) for one in words], np.uint8)


def _takes(plans: Mapping[str, str], wanted: str) -> int:
    """Return whether an organization takes a plan; plans are told apart without regard to case."""
    said = next((accepts for plan, accepts in plans.items() if plan.casefold() == wanted.casefold()), None)
    return NOT_STATED if said is None else _ACCEPTS[said]
