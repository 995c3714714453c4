"""Look up what the snapshot carries of details, by the rows of the database; `carry` packs it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from finder.db.base import Capability, Stated
from finder.db.directory import ServiceKind, TargetKind
from finder.search.carry import Packed, Things
from finder.search.detail_rows import PLACES, ROLES
from finder.search.results import ServiceView
from finder.search.treats import Declared

# Sets of which the tuples are kept ready; when there are more, all are made anew.
_KEPT_SETS = 20_000


def _declared(plain: Sequence[Any]) -> Declared:
    kind, target, level, approved_by, day = plain
    approved_on = dt.date.fromisoformat(day) if day else None
    return Declared(TargetKind(kind), target, Capability(level), approved_by, approved_on)


def _service(plain: Sequence[Any]) -> ServiceView:
    kind, offered, all_day, *words = plain
    return ServiceView(ServiceKind(kind), Stated(offered), Stated(all_day), *words)


class _Sets:
    """Sets of things, as tuples of what `make` makes of their words."""

    def __init__(self, snapshot: Packed, name: str, make: Callable[[Sequence[Any]], Any]) -> None:
        self._of_rows = snapshot.columns[name]
        self._ends, self._numbers = snapshot.columns[f"{name}_ends"], snapshot.columns[f"{name}_things"]
        self._things = [make(plain) for plain in snapshot.words[name]]
        self._ready: dict[int, Things] = {}

    def at(self, numbers: NDArray[Any]) -> list[Things]:
        """Return the sets of rows of the snapshot."""
        ready = self._ready
        return [ready[one] if one in ready else self._make(one) for one in self._of_rows[numbers].tolist()]

    def _make(self, one: int) -> Things:
        numbers = self._numbers[self._ends[one] : self._ends[one + 1]].tolist()
        made = tuple([self._things[number] for number in numbers])
        if len(self._ready) >= _KEPT_SETS:
            # Another thread may be reading it.
            self._ready = {}
        self._ready[one] = made
        return made


class _Texts:
    """Rows as JSON."""

    def __init__(self, snapshot: Packed, name: str) -> None:
        self._of_rows, self._ends = snapshot.columns[name], snapshot.columns[f"{name}_ends"]
        self._texts = snapshot.columns[f"{name}_things"].data

    def at(self, numbers: NDArray[Any]) -> list[list[Any]]:
        """Return rows of the snapshot."""
        which, texts, read = self._of_rows[numbers].astype(np.int64), self._texts, orjson.loads
        ends = zip(self._ends[which].tolist(), self._ends[which + 1].tolist(), strict=True)
        return [read(texts[first:last]) for first, last in ends]


class Carried:
    """Looks up what a snapshot carries. Needs what `pack_carried` packs."""

    def __init__(self, columns: Mapping[str, NDArray[Any]], words: Mapping[str, list[Any]]) -> None:
        snapshot = Packed(columns, words)
        self.roles, self.places = RowNumbers(columns["role_row"]), RowNumbers(columns["place_row"])
        self._role_place, self._place_row = columns["role_place"], columns["place_row"]
        self.role_said = _Sets(snapshot, "role_said", _declared)
        self.place_said = _Sets(snapshot, "place_said", _declared)
        self.services = _Sets(snapshot, "place_services", _service)
        self._organizations, self._names = columns["organization_name"], words["organization_name"]
        whole = "place_text" in columns
        self._place_text = _Texts(snapshot, "place_text") if whole else None
        self._person_text = _Texts(snapshot, "person_text") if whole else None
        self._role_text = _Texts(snapshot, "role_text") if whole else None

    def place_rows(self, roles: NDArray[Any]) -> list[int]:
        """Return the rows of the places of roles of the snapshot."""
        found: list[int] = self._place_row[self._role_place[roles]].tolist()
        return found

    def organizations(self, places: NDArray[Any]) -> list[str]:
        """Return the names of organizations of places of the snapshot, "" for none."""
        return [self._names[number] for number in self._organizations[places].tolist()]

    def place_columns(self, rows: Sequence[int], places: NDArray[Any]) -> list[Sequence[Any]] | None:
        """Return the columns of PLACES for places of the snapshot, None where it does not carry them."""
        if self._place_text is None:
            return None
        return PLACES.columns_of([(row, *text) for row, text in zip(rows, self._place_text.at(places), strict=True)])

    def role_columns(self, rows: Sequence[int], roles: NDArray[Any]) -> list[Sequence[Any]] | None:
        """Return the columns of ROLES for roles of the snapshot, with what lower sources state of the people in them.

        None where it does not carry them.
        """
        if self._person_text is None or self._role_text is None:
            return None
        parts = zip(rows, self._person_text.at(roles), self._role_text.at(roles), strict=True)
        return ROLES.columns_of([(row, *person, *role) for row, person, role in parts])


class RowNumbers:
    """Finds the numbers that rows of the database have in the snapshot."""

    def __init__(self, rows: NDArray[Any]) -> None:
        self._order = np.argsort(rows, kind="stable").astype(np.int32)
        self._sorted = rows[self._order].astype(np.int64)

    def numbers(self, rows: Sequence[int]) -> NDArray[Any] | None:
        """Return the numbers of rows, None where any of them is not in the snapshot."""
        wanted = np.array(rows, np.int64)
        if not len(self._sorted):
            return None
        at = self._sorted.searchsorted(wanted)
        found = self._sorted.take(at, mode="clip")
        return self._order.take(at) if (found == wanted).all() else None
