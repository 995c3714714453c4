"""Who is found of a list: the nearest few, and how many there are, whatever engine searches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import NamedTuple, Protocol

import numpy as np

from finder.geo import Ints
from finder.search.filters import Wanted
from finder.search.nearest import Near
from finder.search.treats import Rung

_RUNGS = (None, *Rung)
# Several times as quick as to call a named tuple, where a search makes hundreds.
_candidate = tuple.__new__
_FIRST_FEW = 256


class Candidate(NamedTuple):
    """One person at one place, or one place: its number in the snapshot, the person (or the place itself), metres.

    `rung` is None without a condition or procedure. The way there sets out at `azimuth`, degrees from north.
    """

    number: int
    subject: int
    rung: Rung | None
    distance_m: float
    azimuth: float


class SpatialIndex(Protocol):
    """What every engine answers; one contract suite tests them all."""

    def nearest(self, latitude: float, longitude: float, wanted: Wanted, k: int, today: dt.date) -> list[Candidate]:
        """Return the k nearest: each person or place once, ascending by geodesic distance, ties in rotation."""


class Walking(Protocol):
    """One list from one origin, walked nearest first."""

    def first(self, k: int, leaving_out: Collection[int] = ()) -> list[Near]:
        """Return the nearest k subjects, each once, nearest first."""

    def within(self, radius_m: float | None, most: int, leaving_out: Collection[int] = ()) -> list[int]:
        """Return up to `most` subjects within a radius (None: any), in no order."""

    def rows_within(self, radius_m: float | None, most: int) -> Ints:
        """Return the rows of up to `most` subjects within a radius."""

    def are_at_most(self, most: int) -> bool:
        """Return whether the list surely has no more than so many rows."""


class Answers:
    """One list from one origin: who is nearest, and how many lie within a radius."""

    def __init__(self, walk: Walking | None, rungs: Callable[[list[int] | Ints], list[int]] | None) -> None:
        self._walk, self._rungs = walk, rungs

    def first(self, k: int, leaving_out: Collection[int] = ()) -> list[Candidate]:
        """Return the k nearest subjects that are not to be left out."""
        found = self._walk.first(k, leaving_out) if self._walk else []
        if self._rungs is None or not found:
            return [_candidate(Candidate, (number, subject, None, *way)) for number, subject, *way in found]
        rungs = self._rungs([one[0] for one in found])
        return [
            _candidate(Candidate, (number, subject, _RUNGS[rung], *way))
            for (number, subject, *way), rung in zip(found, rungs, strict=True)
        ]

    def within(self, radius_m: float | None, most: int, leaving_out: Collection[int] = ()) -> list[int]:
        """Return up to `most` subjects within a radius, in no order."""
        return self._walk.within(radius_m, most, leaving_out) if self._walk else []

    def rows_within(self, radius_m: float | None, most: int) -> Ints:
        """Return the rows, by number, of up to `most` subjects within a radius; a subject may have several."""
        return self._walk.rows_within(radius_m, most) if self._walk else np.empty(0, np.int64)

    def are_at_most(self, most: int) -> bool:
        """Return whether the list surely has no more than so many rows."""
        return self._walk is None or self._walk.are_at_most(most)

    def all_within(self, radius_m: float | None) -> list[int]:
        """Return all subjects within a radius, in no order."""
        most = _FIRST_FEW
        while len(found := self.within(radius_m, most)) == most:
            most *= 4
        return found
