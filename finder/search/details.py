"""The details of an answer's rows, read in a fraction of a millisecond: few statements by the driver alone, and
nothing asked of the database that the snapshot carries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from finder.db.quick import Quick
from finder.db.reference import PLACE_TAXONOMY
from finder.search.amended import Amended
from finder.search.amended_views import person_as_seen, place_as_seen, role_as_seen
from finder.search.carried import Carried
from finder.search.detail_rows import (
    ORGANIZATION_NAMES,
    PERSON_NAMES,
    PLACES,
    PLACES_OF_ROLES,
    ROLES,
    SAID_BY_PLACES,
    SAID_BY_ROLES,
    SERVICES,
)
from finder.search.index import Index
from finder.search.kept import Kept
from finder.search.results import LocationView, PractitionerView, RoleView, ServiceView
from finder.search.same_places import united
from finder.search.same_views import filled_place, filled_role
from finder.search.sources import fill_in
from finder.search.treats import Declared, Profile, Standing, place_standing, standing
from finder.search.work import Work

RoleDetails = tuple[PractitionerView, RoleView]
View = TypeVar("View")
# So many rows of each kind stay ready: up to some 40 MB a worker where the directory is large.
_KEPT_ROWS = 16_384
# Several times as quick as to call a named tuple.
_make: Any = tuple.__new__
_SPECIALTIES = PERSON_NAMES.index("specialties")


class RowDetails:
    """Reads details of one edition by row ids; a connection and the index that was asked go together.

    Rows that are not there are left out; the others come in the order asked for. A place is read once.
    """

    def __init__(self, connection: Connection, index: Index) -> None:
        self._connection = connection
        self._index = index
        self._sources = {source.dataset_id: source.name for source in index.snapshot.sources}
        self._carried = _carried_by(index)
        self._ready = _ready_of(index)
        self._amended = self._ready.amended
        self._same = index.snapshot.same_places

    def locations(self, rows: Sequence[int]) -> dict[int, LocationView]:
        """Return places with their services, by the row ids of their table."""
        return self._ready.places.get(rows, self._read_places)

    def roles(self, rows: Sequence[int]) -> dict[int, RoleDetails]:
        """Return people at places with what they say of their work, by the row ids of the roles."""
        return self._ready.roles.get(rows, self._read_roles)

    def _read_roles(self, rows: list[int]) -> Iterable[tuple[int, RoleDetails]]:
        numbers = self._carried.roles.numbers(rows) if self._carried else None
        if self._carried is not None and numbers is not None:
            at = dict(zip(rows, self._carried.place_rows(numbers), strict=True))
            said = dict(zip(rows, self._carried.role_said.at(numbers), strict=True))
            columns = self._carried.role_columns(rows, numbers)
        else:
            at = dict(zip(*PLACES_OF_ROLES.columns(self._connection, rows=rows), strict=True))
            at = {row: self._same.kept_rows.get(place, place) for row, place in at.items()}
            said, columns = self._said(SAID_BY_ROLES, rows), None
        if columns is None:
            columns = self._filled_in(ROLES.columns(self._connection, rows=rows))
        places = self.locations(list(at.values()))
        here = [places[at[row]] for row in columns[0]]
        views = self._views(columns, here, [said.get(row, ()) for row in columns[0]])
        if not self._same.is_empty:
            views = [(row, (who, self._with_others(row, role))) for row, (who, role) in views]
        if not self._amended.is_empty:
            amended = self._amended
            views = [
                (row, (person_as_seen(amended, who), role_as_seen(amended, there, who))) for row, (who, there) in views
            ]
        return views

    def _with_others(self, row: int, role: RoleView) -> RoleView:
        """Return a role with what it leaves open as other rows say it, of one person at what is one place."""
        for other in self._same.roles.get(row, ()):
            columns, said = ROLES.columns(self._connection, rows=[other]), self._said(SAID_BY_ROLES, [other])
            for _row, (_who, theirs) in self._views(columns, [role.location], [said.get(other, ())]):
                role = filled_role(role, theirs)
        return role

    def standing(self, row: int, work: Work, age: int | None) -> Standing | None:
        """Return where a role stands on some work for a patient of an age, by the row id of the role."""
        kept, key = self._ready.standings, (row, work.id, age)
        found = kept.get(key)
        if found is None:
            found = (standing(work.condition, profile_of(*self.roles([row])[row]), age, work.procedure),)
            kept.put(key, found)
        return found[0]

    def place_standings(
        self,
        numbers: list[int],
        rows: list[int],
        work: Work,
        age: int | None,
        today: dt.date,
        best: Callable[[list[int]], list[int | None]],
    ) -> list[Standing | None]:
        """Return where places stand, by their numbers in the snapshot and their row ids.

        `best` gives of places, by number, the row of the role that speaks for all of its people.
        """
        kept, keys = self._ready.place_standings, [(row, work.id, age, today) for row in rows]
        known = [kept.get(key) for key in keys]
        new = [n for n, one in enumerate(known) if one is None]
        if new:
            speaking = best([numbers[n] for n in new])
            self.roles([row for row in speaking if row is not None])
            places, declared = self.locations(rows), self.place_declared([rows[n] for n in new])
            for n, role in zip(new, speaking, strict=True):
                people = self.standing(role, work, age) if role is not None else None
                taxonomy = PLACE_TAXONOMY.get(places[rows[n]].kind)
                stands = place_standing(
                    work.condition, declared[rows[n]], [people] if people else [], taxonomy, work.procedure
                )
                known[n] = (stands,)
                kept.put(keys[n], (stands,))
        return [one[0] if one else None for one in known]

    def place_declared(self, rows: Sequence[int]) -> dict[int, tuple[Declared, ...]]:
        """Return what places say of themselves, by the row ids of the places."""
        if not rows:
            return {}
        numbers = self._carried.places.numbers(rows) if self._carried else None
        if self._carried is not None and numbers is not None:
            return dict(zip(rows, self._carried.place_said.at(numbers), strict=True))
        others = [other for row in rows for other in self._same.others.get(row, ())]
        said = self._said(SAID_BY_PLACES, [*rows, *others])
        found = {}
        for row in rows:
            found[row] = said.get(row, ())
            for other in self._same.others.get(row, ()):
                found[row] = united(found[row], said.get(other, ()))
        return found

    def _read_places(self, rows: list[int]) -> Iterable[tuple[int, LocationView]]:
        views = dict(self._raw_places(rows))
        for row in rows if not self._same.is_empty else ():
            others = self._same.others.get(row, [])
            known = dict(self._raw_places(others)) if others and row in views else {}
            for other in others:
                views[row] = filled_place(views[row], known[other]) if other in known else views[row]
        if not self._amended.is_empty:
            return [(row, place_as_seen(self._amended, one)) for row, one in views.items()]
        return views.items()

    def _raw_places(self, rows: list[int]) -> Iterable[tuple[int, LocationView]]:
        """Return places as their own rows say."""
        numbers = self._carried.places.numbers(rows) if self._carried else None
        columns = None
        if self._carried is not None and numbers is not None:
            columns = self._carried.place_columns(rows, numbers)
            of_rows = self._carried.organizations(numbers), self._carried.services.at(numbers)
        else:
            of_rows = self._of_places(rows)
        if columns is None:
            columns = PLACES.columns(self._connection, rows=rows)
        ids, datasets, keys, *facts = columns
        if not ids:
            return ()
        organizations, services = of_rows
        if tuple(ids) != tuple(rows):
            # The database returns rows in an order of its own.
            number_of = {row: number for number, row in enumerate(rows)}
            order = [number_of[row] for row in ids]
            organizations, services = [organizations[n] for n in order], [services[n] for n in order]
        names = [self._sources[dataset_id] for dataset_id in datasets]
        public_ids = [f"place:{name}:{key}" for name, key in zip(names, keys, strict=True)]
        # Name and organization come first, source and services last.
        views = zip(public_ids, facts[0], organizations, *facts[1:], names, services, repeat(None))
        return zip(ids, [_make(LocationView, one) for one in views], strict=True)

    def _of_places(self, rows: Sequence[int]) -> tuple[list[str], list[tuple[ServiceView, ...]]]:
        """Return the names of organizations, and the services, of places."""
        names = dict(zip(*ORGANIZATION_NAMES.columns(self._connection, rows=rows), strict=True))
        services: dict[int, dict[Any, ServiceView]] = {}
        for row, *one in zip(*SERVICES.columns(self._connection, rows=rows), strict=True):
            services.setdefault(row, {})[one[0]] = ServiceView(*one)
        return [names.get(row, "") for row in rows], [tuple(services.get(row, {}).values()) for row in rows]

    def _said(self, statement: Quick, rows: Sequence[int]) -> dict[int, tuple[Declared, ...]]:
        said: dict[int, dict[str, Declared]] = {}
        for row, *one in zip(*statement.columns(self._connection, rows=rows), strict=True):
            said.setdefault(row, {})[one[1]] = Declared(*one)
        return {row: tuple(by_target.values()) for row, by_target in said.items()}

    def _views(
        self, columns: Sequence[Sequence[Any]], here: list[LocationView], said: list[tuple[Declared, ...]]
    ) -> Iterable[tuple[int, RoleDetails]]:
        ids, datasets, keys, *facts = columns
        if not ids:
            return ()
        person, role = facts[: len(PERSON_NAMES)], facts[len(PERSON_NAMES) :]
        names = [self._sources[dataset_id] for dataset_id in datasets]
        public_ids = [
            f"npi:{npi}" if npi else f"person:{name}:{key}"
            for npi, name, key in zip(person[0], names, keys, strict=True)
        ]
        # The group follows the specialties.
        groups = map(self._index.catalogue.group_of, person[_SPECIALTIES])
        people = zip(public_ids, *person[: _SPECIALTIES + 1], groups, *person[_SPECIALTIES + 1 :], names, repeat(None))
        role_ids = [f"role:{who}@{place[0]}" for who, place in zip(public_ids, here, strict=True)]
        roles = zip(role_ids, here, *role, said, repeat(None))
        views = [
            (_make(PractitionerView, one), _make(RoleView, other)) for one, other in zip(people, roles, strict=True)
        ]
        return zip(ids, views, strict=True)

    def _filled_in(self, columns: list[Sequence[Any]]) -> list[Sequence[Any]]:
        """Return the columns of roles with what lower sources state of their people."""
        ids, datasets, keys, *facts = columns
        sources, last = self._index.snapshot.sources, len(PERSON_NAMES)
        if all(dataset_id == sources[-1].dataset_id for dataset_id in datasets):
            return columns
        who = list(zip(datasets, keys, strict=True))
        stated = [dict(zip(PERSON_NAMES, one, strict=True)) for one in zip(*facts[:last], strict=True)]
        filled = fill_in(self._connection, sources, dict(zip(who, stated, strict=True)))
        for one, known in zip(who, stated, strict=True):
            known.update((name, fact.value) for name, fact in filled.get(one, {}).items())
        person = [[known[name] for known in stated] for name in PERSON_NAMES]
        return [ids, datasets, keys, *person, *facts[last:]]


def profile_of(person: PractitionerView, role: RoleView) -> Profile:
    """Return what of a person at a place bears on who treats what."""
    return Profile(
        person.specialties, person.group, role.declared, role.youngest_age, role.oldest_age, bool(role.works_with)
    )


class _Ready(Generic[View]):
    """Views of rows of one edition that were asked for of late."""

    def __init__(self) -> None:
        self._kept: Kept[int, View] = Kept(_KEPT_ROWS)

    def get(self, rows: Sequence[int], read: Callable[[list[int]], Iterable[tuple[int, View]]]) -> dict[int, View]:
        """Return the views of rows, of those that are there, in the order asked for; `read` gives what is missing."""
        known = {row: self._kept.get(row) for row in rows}
        new = [row for row, view in known.items() if view is None]
        for row, view in read(new) if new else ():
            self._kept.put(row, view)
            known[row] = view
        return {row: view for row, view in known.items() if view is not None}


class _ReadyRows:
    """What of an edition is ready to be shown again. A standing is kept in a tuple, since it may be none."""

    def __init__(self, amended: Amended) -> None:
        self.amended = amended
        self.places: _Ready[LocationView] = _Ready()
        self.roles: _Ready[RoleDetails] = _Ready()
        self.standings: Kept[tuple[int, str, int | None], tuple[Standing | None]] = Kept(_KEPT_ROWS)
        self.place_standings: Kept[tuple[int, str, int | None, dt.date], tuple[Standing | None]] = Kept(_KEPT_ROWS)


_carried: WeakKeyDictionary[Index, Carried | None] = WeakKeyDictionary()
_ready: WeakKeyDictionary[Index, _ReadyRows] = WeakKeyDictionary()


def _ready_of(index: Index) -> _ReadyRows:
    if index not in _ready:
        _ready[index] = _ReadyRows(index.snapshot.amended)
    return _ready[index]


def _carried_by(index: Index) -> Carried | None:
    """Return what an index's snapshot carries, made once for each; None for one that carries nothing."""
    if index not in _carried:
        snapshot = index.snapshot
        _carried[index] = Carried(snapshot.columns, snapshot.words) if "role_said" in snapshot.columns else None
    return _carried[index]
