"""What everybody of a list must meet, as conditions of SQL: they may let too many through, never too few.

A question's tables over the packed columns (`Filters.tables`) become lists of the values that pass. Of places for some
work, and of what only their people can state, the condition is that somebody there, or the place itself, could make it
so; whether they do is left to the rules.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from finder.db import geography
from finder.db.directory import LocationKind
from finder.db.reference import PLACE_TAXONOMY
from finder.search.columns import KIND_NUMBERS
from finder.search.facts import NOT_STATED, YES, Bytes, Tier
from finder.search.filters import Filters, Tables, Wanted
from finder.search.snapshot import Snapshot
from finder.search.treats import Rung

ROLE_COLUMNS, PLACE_COLUMNS = tuple(geography.ROLE_COLUMNS), tuple(geography.PLACE_COLUMNS)
# A condition, and the values that it names.
Narrowed = tuple[str, dict[str, Any]]
# By the column of the snapshot: that of the tables for roles, and for places.
_OF_ROLES = {
    "role_facts": "facts", "role_languages": "languages", "role_telehealth": "telehealth", "place_facts": "place_facts",
    "place_phone": "place_phone", "place_organization": "place_organization",
}  # fmt: skip
_OF_PLACES = {"place_facts": "facts", "place_phone": "phone", "place_organization": "organization"}
_LISTED = "listed_from <= %(day)s AND listed_until >= %(day)s"


class Narrowing:
    """Conditions for one edition; `roles` is the table of its people at places."""

    def __init__(self, snapshot: Snapshot, filters: Filters, roles: str) -> None:
        self._columns, self._words, self._filters, self._roles = snapshot.columns, snapshot.words, filters, roles

    def of(self, wanted: Wanted) -> Narrowed | None:
        """Return the condition for a list; None where nobody can be in it."""
        made = _Made()
        made.must(_LISTED)
        if wanted.only is not None:
            made.among("number", list(wanted.only))
        if wanted.organization is not None:
            column = "place_organization" if wanted.unit == "people" else "organization"
            made.among(column, self._organizations(wanted.organization))
        tables = self._filters.tables(wanted)
        (self._people if wanted.unit == "people" else self._places)(made, wanted, tables)
        return None if made.is_nobody else (" AND ".join(made.conditions), made.values)

    def _people(self, made: _Made, wanted: Wanted, tables: Tables) -> None:
        if tables.classes is not None:
            made.among("class", np.flatnonzero(tables.classes).tolist())
        self._stated(made, _OF_ROLES, tables, wanted.tier)

    def _places(self, made: _Made, wanted: Wanted, tables: Tables) -> None:
        if wanted.emergency:
            made.must("emergency")
        if wanted.childrens:
            made.must(f"kind = {KIND_NUMBERS[LocationKind.CHILDRENS]}")
        self._stated(made, _OF_PLACES, tables, wanted.tier)
        if wanted.work is not None:
            self._work(made, wanted)
        if wanted.facts_of_people or wanted.specialty:
            there = _Made(made.values)
            if tables.classes is not None:
                there.among("class", np.flatnonzero(tables.classes).tolist())
            of_people = tuple(one for one in tables.facts if one[0].startswith("role_"))
            # Those who state all make the place state it; for the others somebody must at least not deny it.
            least: Tier = YES if wanted.tier == YES else NOT_STATED
            for name, table in of_people:
                self._at_least(there, _OF_ROLES[name], name, table, least)
            made.take(self._somebody(there), there)

    def _work(self, made: _Made, wanted: Wanted) -> None:
        """Add that somebody there, the kind of place, or what it says itself can put it on one of the rungs."""
        rungs = self._columns["class_rungs"][self._filters.line(wanted)]
        passing = np.isin(rungs, wanted.rungs) if wanted.rungs else rungs > 0
        # A place stands by all its people who may be listed for the work, of whatever specialty.
        classes = self._filters.tables(Wanted("places", wanted.work, age=wanted.age)).classes
        if classes is not None:
            passing = passing & classes
        ways, there = [], _Made(made.values)
        there.among("class", np.flatnonzero(passing).tolist())
        if not there.is_nobody:
            ways.append(self._somebody(there))
        work = self._filters.works[wanted.work or ""]
        if not wanted.rungs or Rung.MAY_HELP in wanted.rungs:
            codes = work.condition.organization_taxonomies
            kinds = [KIND_NUMBERS[kind] for kind, code in PLACE_TAXONOMY.items() if code in codes]
            if kinds:
                ways.append(f"kind = ANY({made.value(kinds)})")
        own = self._columns.get(f"own_{list(self._filters.works).index(work.id)}")
        if own is not None and len(own):
            ways.append(f"number = ANY({made.value(own.tolist())})")
        if ways:
            made.must("(" + " OR ".join(ways) + ")")
        else:
            made.among("number", [])

    def _somebody(self, there: _Made) -> str:
        """Return the condition that a place has somebody."""
        met = "".join(f" AND {one}" for one in there.conditions)
        # OFFSET keeps it a question about one place at a time, asked only of places that are met on the way.
        table = self._roles
        return f"EXISTS (SELECT 1 FROM {table} AS there WHERE there.place = {table.replace('role', 'place', 1)}.number{met} OFFSET 0)"  # noqa: S608

    def _stated(self, made: _Made, columns: dict[str, str], tables: Tables, tier: Tier | None) -> None:
        stated: list[str] = []
        facts = [(columns[name], name, table) for name, table in tables.facts if name in columns]
        for column, name, table in facts:
            self._at_least(made, column, name, table, YES if tier == YES else NOT_STATED)
        if tier == NOT_STATED and len(facts) == len(tables.facts) and columns is _OF_ROLES:
            # Whoever states all of it stands in the list before.
            for column, name, table in facts:
                stated.append(f"{column} = ANY({made.value(self._values(name, table, YES))})")
            made.must(f"NOT ({' AND '.join(stated)})")

    def _at_least(self, made: _Made, column: str, name: str, table: Bytes, least: Tier) -> None:
        passing = self._values(name, table, least)
        if len(passing) < len(table):
            made.among(column, passing)

    def _values(self, name: str, table: Bytes, least: Tier) -> list[int]:
        """Return the values of a packed column that are stated so; of places' facts, those that there are."""
        values: NDArray[Any] = self._columns["facts_seen"] if name == "place_facts" else np.arange(len(table))
        found: list[int] = values[table[values] >= least].tolist()
        return found

    def _organizations(self, key: str) -> list[int]:
        names = self._words["place_organization"]
        return [n for n, name in enumerate(names) if name == key or name.partition(":")[2] == key]


class _Made:
    """A condition in the making: all of `conditions`, with the values that they name."""

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        self.conditions: list[str] = []
        self.values: dict[str, Any] = {} if values is None else values
        self.is_nobody = False

    def must(self, condition: str) -> None:
        self.conditions.append(condition)

    def among(self, column: str, values: list[int]) -> None:
        """Add that a column has one of some values; where there are none, nobody can be meant."""
        self.is_nobody = self.is_nobody or not values
        self.must(f'"{column}" = ANY({self.value(values)})')

    def take(self, condition: str, other: _Made) -> None:
        self.is_nobody = self.is_nobody or other.is_nobody
        self.must(condition)

    def value(self, value: list[int]) -> str:
        """Return the name that a value is given."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"
