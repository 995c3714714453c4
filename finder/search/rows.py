"""From numbers of a snapshot to rows of the database and back, and between people at places and the places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from finder.search.filters import Unit

Numbers = NDArray[np.int32]
_OF = {"people": "role_row", "places": "place_row"}


class Rows(Protocol):
    """What every engine knows of the rows of its edition. `unit` people means people at places."""

    def ids(self, unit: Unit, numbers: Sequence[int]) -> list[int]:
        """Return the row ids of numbers, in their order."""

    def place_ids(self, roles: Sequence[int]) -> list[int]:
        """Return the row ids of the places of people at places, by their numbers, in their order."""

    def numbers(self, unit: Unit, ids: NDArray[np.int64]) -> Numbers:
        """Return the numbers of row ids, ascending; those that the snapshot does not show are left out.

        These are places without a position, roles there, and people who come whole from another source.
        """

    def places_of(self, roles: Numbers) -> Numbers:
        """Return the places of people at places, each once, ascending."""

    def roles_at(self, places: Numbers) -> Numbers:
        """Return the people at places, ascending."""

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many people there are, how many places, and how many people at places."""


class SnapshotRows:
    """Rows by the columns of a snapshot in memory."""

    def __init__(self, columns: Mapping[str, NDArray[Any]]) -> None:
        self._columns = columns

    def ids(self, unit: Unit, numbers: Sequence[int]) -> list[int]:
        """Return the row ids of numbers, in their order."""
        found: list[int] = self._columns[_OF[unit]][numbers].tolist() if len(numbers) else []
        return found

    def place_ids(self, roles: Sequence[int]) -> list[int]:
        """Return the row ids of the places of people at places, in their order."""
        c = self._columns
        found: list[int] = c["place_row"][c["role_place"][roles]].tolist() if len(roles) else []
        return found

    def numbers(self, unit: Unit, ids: NDArray[np.int64]) -> Numbers:
        """Return the numbers of row ids, ascending; those that the snapshot does not show are left out."""
        known, order = self._by_id_of_roles if unit == "people" else self._by_id_of_places
        if not len(ids) or not len(known):
            return np.empty(0, np.int32)
        ids = np.unique(ids)
        at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        return np.sort(order[at[known[at] == ids]])

    def places_of(self, roles: Numbers) -> Numbers:
        """Return the places of people at places, each once, ascending."""
        return np.unique(self._columns["role_place"][roles])

    def roles_at(self, places: Numbers) -> Numbers:
        """Return the people at places, ascending."""
        named = np.zeros(len(self._columns["place_row"]), np.bool_)
        named[places] = True
        return np.flatnonzero(named[self._columns["role_place"]]).astype(np.int32)

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many people there are, how many places, and how many people at places."""
        return len(self._columns["person_ticket"]), len(self._columns["place_row"]), len(self._columns["role_row"])

    @cached_property
    def _by_id_of_roles(self) -> tuple[NDArray[Any], Numbers]:
        return self._by_id("people")

    @cached_property
    def _by_id_of_places(self) -> tuple[NDArray[Any], Numbers]:
        return self._by_id("places")

    def _by_id(self, unit: Unit) -> tuple[NDArray[Any], Numbers]:
        ids = self._columns[_OF[unit]]
        order = np.argsort(ids, kind="stable").astype(np.int32)
        return ids[order], order
