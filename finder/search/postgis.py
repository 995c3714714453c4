"""The engine for many millions of roles: PostGIS finds who is near, the rules decide who is listed.

It reads rows derived from the edition's snapshot (`postgis_rows`), so that amendments, places that are one and people
of several sources are settled once, for all engines alike. And it does not tell the rules anew in SQL: a statement
only narrows, by conditions that everybody listed must meet, and brings rows nearest first; `Filters`, the index's own,
then decides over the columns of what came, and `Walk`, the index's own, measures, orders and proves (`postgis_walk`).
So a worker holds words and classes, some megabytes, however large the directory; a question costs a few statements.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from finder.db.dialect import fetch_raw, open_engine
from finder.db.edition import snapshot_of
from finder.errors import DirectoryNotReady, StorageFailed
from finder.geo import Ints, geodesic_m, least_geodesic_m, most_on_sphere_m
from finder.search.candidates import Answers
from finder.search.facts import Fact
from finder.search.filters import Filters, Unit, Wanted
from finder.search.index import Index, week_number
from finder.search.phrases import understand
from finder.search.postgis_narrow import PLACE_COLUMNS, ROLE_COLUMNS, Narrowed, Narrowing
from finder.search.postgis_walk import Fetched, StoredWalk, beyond_of, walk_of
from finder.search.rows import Numbers
from finder.search.snapshot import LAYOUT, Snapshot

_HERE = "ST_SetSRID(ST_MakePoint(%(longitude)s, %(latitude)s), 4326)::geography"
_FLOATS = ("latitude", "longitude", "apart")
_KEPT = 1024
Columns = dict[str, NDArray[Any]]


def search_engine(engine: Engine) -> Engine:
    """Return an engine of the same database for the statements of searches alone.

    A search that holds a connection for details must not wait here for one that another such search holds. Each
    statement is planned for its own values: how many meet a condition decides which way is quick.
    """
    return open_engine(
        engine.url.render_as_string(hide_password=False), isolation_level="AUTOCOMMIT",
        connect_args={"options": "-c plan_cache_mode=force_custom_plan -c jit=off"},
    )  # fmt: skip


class PostgisIndex(Index):
    """One edition whose rows lie in PostGIS. It answers whatever `Index` does."""

    def __init__(self, snapshot: Snapshot, edition: int, name: str, engine: Engine) -> None:
        """`snapshot` is what does not grow with the directory, `name` that of the edition's rows."""
        self._begin(snapshot, edition)
        self.searching, self._roles, self._places = engine, f"search_role_{name}", f"search_place_{name}"
        self._narrowing = Narrowing(snapshot, self.filters, self._roles)
        self._narrowed = lru_cache(maxsize=_KEPT)(self._narrowing.of)
        self._classes = {name: column for name, column in snapshot.columns.items() if name.startswith("class_")}
        self.rows = StoredRows(self)

    @property
    def bytes(self) -> int:
        """What a worker holds of the edition in memory."""
        return int(sum(column.nbytes for column in self.snapshot.columns.values()))

    @property
    def whole(self) -> Index:
        """The same edition with all its columns in memory, read anew. Raises DirectoryNotReady where it is gone."""
        with self.searching.connect() as connection:
            blob = snapshot_of(connection, self.edition, LAYOUT)
        if blob is None:
            raise DirectoryNotReady("directory_not_ready")
        return Index(Snapshot.from_bytes(blob, self.snapshot), self.edition)

    def close(self) -> None:
        """Close the connections of searches."""
        self.searching.dispose()

    def warm(self, today: dt.date, like: Index | None = None) -> None:  # noqa: ARG002 - rows are the database's to keep warm
        """Work out what the first questions need."""
        understand(self.lexicon, "hip")
        self.lexicon.beginning_with("hip", "en", 1)

    def answers(self, latitude: float, longitude: float, wanted: Wanted, today: dt.date) -> Answers:
        """Return the list that is wanted, from an origin, as it is today."""
        narrowed = self._narrowing.of(wanted) if wanted.only is not None else self._narrowed(wanted)
        if narrowed is None:
            return Answers(None, None)
        fetch = self._fetch_roles if wanted.unit == "people" else self._fetch_places

        def fetched(limit: int, radius_m: float | None) -> Fetched:
            return fetch((latitude, longitude), wanted, narrowed, today, limit, radius_m)

        walk = StoredWalk(fetched)
        return Answers(walk, walk.rungs if wanted.work is not None else None)

    def select(self, statement: str, names: Sequence[str], **values: Any) -> Columns:
        """Return the columns of a statement's rows, as arrays by the names given."""
        try:
            rows = self._read(statement, values)
        except StorageFailed as failure:
            if failure.code != "storage_gone":
                raise
            # The database may have been started anew: what is left of the connections from before is of no use.
            self.searching.dispose()
            rows = self._read(statement, values)
        columns = zip(*rows, strict=True) if rows else repeat(())
        kinds = (np.float64 if name in _FLOATS else np.int64 for name in names)
        return {name: np.array(column, kind) for name, column, kind in zip(names, columns, kinds, strict=False)}

    def _read(self, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        with self.searching.connect() as connection:
            return fetch_raw(connection, statement, values)

    def roles_where(self, condition: str, **values: Any) -> Columns:
        """Return the columns of people at places who meet a condition, ascending by number."""
        return self.select(_all(ROLE_COLUMNS, self._roles, condition), ROLE_COLUMNS, **values)

    def places_where(self, condition: str, **values: Any) -> Columns:
        """Return the columns of places that meet a condition, ascending by number."""
        return self.select(_all(PLACE_COLUMNS, self._places, condition), PLACE_COLUMNS, **values)

    def other_roles(self, numbers: list[int], today: dt.date) -> list[list[int]]:
        """Return of each role the numbers of the other roles of the same person, those listed today."""
        same_person = f"person IN (SELECT person FROM {self._roles} WHERE number = ANY(%(numbers)s))"  # noqa: S608
        theirs = self.roles_where(same_person, numbers=numbers)
        day, person_of = today.toordinal(), dict(zip(theirs["number"].tolist(), theirs["person"].tolist(), strict=True))
        listed = (theirs["listed_from"] <= day) & (theirs["listed_until"] >= day)
        of_person: dict[int, list[int]] = {}
        for number, person in zip(theirs["number"][listed].tolist(), theirs["person"][listed].tolist(), strict=True):
            of_person.setdefault(person, []).append(number)
        return [[one for one in of_person.get(person_of[number], ()) if one != number] for number in numbers]

    def count_stated(self, facts: Sequence[Fact], unit: Unit, rows: Ints) -> list[int]:
        """Return of each fact how many of the people or places in some rows state it."""
        numbers = np.unique(rows).tolist()
        if unit == "people":
            found = self.roles_where("number = ANY(%(numbers)s)", numbers=numbers)
            columns = self._with_roles(found, places_apart=True) | {"role_person": found["person"]}
        else:
            found = self.places_where("number = ANY(%(numbers)s)", numbers=numbers)
            columns = _place_columns(found)
        return self.filters.over(columns).count_stated(facts, unit, np.arange(len(found["number"])))

    def best_roles_at(self, places: list[int], work: str, age: int | None, today: dt.date) -> list[int | None]:
        """Return of each place the first of its roles that stand on its best rung for some work, None for none."""
        staff = self.roles_where("place = ANY(%(places)s)", places=places)
        wanted, rules = Wanted("people", work, age=age), self.filters.over(self._with_roles(staff, places_apart=True))
        kept = rules.rows(wanted, today)
        rungs = rules.rungs(wanted, today)
        best: dict[int, tuple[int, int]] = {}
        for row, rung in zip(kept.tolist(), rungs(kept) if rungs else (), strict=True):
            place, one = int(staff["place"][row]), (rung, int(staff["number"][row]))
            best[place] = min(best.get(place, one), one)
        return [best[place][1] if place in best else None for place in places]

    def standing(
        self,
        subjects: list[int],
        lists: Sequence[Wanted],
        origin: tuple[float, float],
        radius_m: float | None,
        today: dt.date,
    ) -> set[int]:
        """Return which of some people stand in one of some lists, at any place within a radius (None: any)."""
        if not lists or not subjects or lists[0].unit == "places":
            return set()
        theirs = self.roles_where("person = ANY(%(people)s)", people=subjects)
        rules = self.filters.over(self._with_roles(theirs, places_apart=True))
        everyone = np.arange(len(theirs["number"]))
        stand = np.zeros(len(everyone), np.bool_)
        for wanted in lists:
            named = np.isin(theirs["number"], wanted.only) if wanted.only is not None else True
            stand |= rules.keep(replace(wanted, only=None), today)(everyone) & named
        if radius_m is not None and stand.any():
            stand[stand] = geodesic_m(*origin, theirs["latitude"][stand], theirs["longitude"][stand]) <= radius_m
        return set(theirs["person"][stand].tolist())

    def _nearest(
        self, table: str, names: Sequence[str], here: tuple[float, float], narrowed: Narrowed, today: dt.date,
        limit: int, radius_m: float | None,
    ) -> tuple[Columns, float, bool]:  # fmt: skip
        """Return the nearest rows of a table, how near any other can be, and whether there are no others."""
        condition, values = narrowed
        apart = f"geog <-> {_HERE}"
        if radius_m is not None:
            condition += f" AND ST_DWithin(geog, {_HERE}, %(reach)s, false)"
            values = {**values, "reach": most_on_sphere_m(radius_m)}
        found = self.select(
            f"SELECT {_listed(names)}, {apart} FROM {table} WHERE {condition} ORDER BY {apart} LIMIT %(limit)s",  # noqa: S608
            (*names, "apart"), **values, latitude=here[0], longitude=here[1], day=today.toordinal(), limit=limit,
        )  # fmt: skip
        is_cut = len(found["apart"]) >= limit
        last_m = least_geodesic_m(float(found["apart"].max())) if is_cut else 0.0
        return found, beyond_of(is_cut, last_m, radius_m), not is_cut and radius_m is None

    def _fetch_roles(
        self, here: tuple[float, float], wanted: Wanted, narrowed: Narrowed, today: dt.date, limit: int,
        radius_m: float | None,
    ) -> Fetched:  # fmt: skip
        found, beyond, is_whole = self._nearest(self._roles, ROLE_COLUMNS, here, narrowed, today, limit, radius_m)
        rules = self.filters.over(self._with_roles(found, places_apart=True))
        kept = rules.rows(replace(wanted, only=None), today)
        return self._fetched(here, wanted, today, found, "person", kept, rules, beyond, is_whole)

    def _fetch_places(
        self, here: tuple[float, float], wanted: Wanted, narrowed: Narrowed, today: dt.date, limit: int,
        radius_m: float | None,
    ) -> Fetched:  # fmt: skip
        found, beyond, is_whole = self._nearest(self._places, PLACE_COLUMNS, here, narrowed, today, limit, radius_m)
        found = {name: column[np.argsort(found["number"])] for name, column in found.items()}
        columns = _place_columns(found)
        if wanted.work is not None or wanted.facts_of_people or wanted.specialty:
            staff = self.roles_where("place = ANY(%(places)s)", places=found["number"].tolist())
            columns |= self._with_roles(staff, places_apart=False)
            columns["role_place"] = np.searchsorted(found["number"], staff["place"])
            if wanted.work is not None:
                columns |= self._own_words(wanted.work, found["number"])
        else:
            columns |= self._with_roles(_NOBODY, places_apart=False)
        rules = self.filters.over(columns)
        kept = rules.rows(replace(wanted, only=None), today)
        return self._fetched(here, wanted, today, found, "number", kept, rules, beyond, is_whole)

    def _own_words(self, work: str, places: Ints) -> Columns:
        """Return what some places, ascending, say of their own work."""
        n, c = list(self.works).index(work), self.snapshot.columns
        if f"own_{n}" not in c:
            return {}
        here = np.isin(c[f"own_{n}"], places)
        return {
            f"own_{n}": np.searchsorted(places, c[f"own_{n}"][here]), f"own_words_{n}": c[f"own_words_{n}"][here],
        }  # fmt: skip

    def _fetched(
        self, here: tuple[float, float], wanted: Wanted, today: dt.date, found: Columns, subject: str,
        kept: NDArray[Any], rules: Filters, beyond: float, is_whole: bool,
    ) -> Fetched:  # fmt: skip
        numbers, rungs_of = found["number"][kept].astype(np.int64), rules.rungs(replace(wanted, only=None), today)
        rungs = dict(zip(numbers.tolist(), rungs_of(kept), strict=True)) if rungs_of else {}
        walk = walk_of(
            here, week_number(today), numbers, found[subject][kept].astype(np.int64),
            found["ticket"][kept].astype(np.int64).view(np.uint64), (found["latitude"][kept], found["longitude"][kept]),
        )  # fmt: skip
        return Fetched(walk, len(numbers), beyond, is_whole, rungs)

    def _with_roles(self, found: Columns, *, places_apart: bool) -> Columns:
        """Return the columns by which rules go for roles; with `places_apart` as if each were alone at its place."""
        count = len(found["number"])
        columns = {
            **self._classes, "role_row": found["number"], "role_class": found["class"], "role_facts": found["facts"],
            "role_languages": found["languages"], "role_telehealth": found["telehealth"],
            "role_dated": np.arange(count), "role_from": found["listed_from"], "role_until": found["listed_until"],
        }  # fmt: skip
        if places_apart:
            columns |= {
                "role_place": np.arange(count), "place_facts": found["place_facts"],
                "place_organization": found["place_organization"], "place_phone": found["place_phone"],
            }  # fmt: skip
        return columns


def _all(columns: Sequence[str], table: str, condition: str) -> str:
    return f"SELECT {_listed(columns)} FROM {table} WHERE {condition} ORDER BY number"  # noqa: S608


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _place_columns(found: Columns) -> Columns:
    return {
        "place_row": found["number"], "place_kind": found["kind"], "place_emergency": found["emergency"].astype(np.bool_),
        "place_facts": found["facts"], "place_organization": found["organization"], "place_phone": found["phone"],
        "place_dated": np.arange(len(found["number"])), "place_from": found["listed_from"],
        "place_until": found["listed_until"],
    }  # fmt: skip


_NOBODY: Columns = {name: np.empty(0, np.int64) for name in ROLE_COLUMNS}


class StoredRows:
    """Rows by the tables of an edition in PostGIS."""

    def __init__(self, index: PostgisIndex) -> None:
        self._index = index

    def ids(self, unit: Unit, numbers: Sequence[int]) -> list[int]:
        """Return the row ids of numbers, in their order."""
        where = self._index.roles_where if unit == "people" else self._index.places_where
        found = where("number = ANY(%(numbers)s)", numbers=list(numbers))
        of = dict(zip(found["number"].tolist(), found["row_id"].tolist(), strict=True))
        return [of[number] for number in numbers]

    def place_ids(self, roles: Sequence[int]) -> list[int]:
        """Return the row ids of the places of people at places, in their order."""
        if not len(roles):
            return []
        found = self._index.roles_where("number = ANY(%(numbers)s)", numbers=list(roles))
        at = dict(zip(found["number"].tolist(), found["place"].tolist(), strict=True))
        return self.ids("places", [at[role] for role in roles])

    def numbers(self, unit: Unit, ids: NDArray[np.int64]) -> Numbers:
        """Return the numbers of row ids, ascending; those that the snapshot does not show are left out."""
        where = self._index.roles_where if unit == "people" else self._index.places_where
        return where("row_id = ANY(%(ids)s)", ids=np.unique(ids).tolist())["number"].astype(np.int32)

    def places_of(self, roles: Numbers) -> Numbers:
        """Return the places of people at places, each once, ascending."""
        found = self._index.roles_where("number = ANY(%(numbers)s)", numbers=roles.tolist())
        return np.unique(found["place"]).astype(np.int32)

    def roles_at(self, places: Numbers) -> Numbers:
        """Return the people at places, ascending."""
        found = self._index.roles_where("place = ANY(%(places)s)", places=places.tolist())
        return found["number"].astype(np.int32)

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many people there are, how many places, and how many people at places."""
        people, places, roles = self._index.snapshot.columns["counts"].tolist()
        return people, places, roles
