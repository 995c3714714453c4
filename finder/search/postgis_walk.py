"""Walk a list whose rows lie in PostGIS: the nearest are fetched, and what is found among them is proved.

PostGIS brings rows ascending by their distance on a sphere (`<->` on geography), an order that is wrong for the earth
in a few of a hundred answers. So more are fetched than asked for, and walked as the index walks its own: measured along
the geodesic, sorted, equal distances in rotation. No row that was not fetched is nearer on the sphere than the last
that was; hence none is nearer along the geodesic than `least_geodesic_m` of that. Whoever is nearer than this bound is
proved; where fewer are than were asked for, several times as many are fetched.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finder.geo import Ints, SpatialTree
from finder.search.nearest import Course, Near, Walk, layer_of, rotated

_SPARE, _MORE, _GROWTH = 1.7, 16, 4


@dataclass(frozen=True)
class Fetched:
    """Some of the rows of a list, the nearest; none of the others is nearer than `beyond`, in metres.

    `is_whole` where there are no others at all; `rungs` are those of the rows, by number.
    """

    walk: Walk
    count: int
    beyond: float
    is_whole: bool
    rungs: dict[int, int]

    def proves(self, found: Sequence[Near], k: int) -> bool:
        """Return whether those found are surely the nearest k."""
        return self.is_whole or (len(found) >= k and found[k - 1][2] < self.beyond)


class StoredWalk:
    """One list from one origin. `fetch` gives so many of its nearest rows, of those within a radius in metres."""

    def __init__(self, fetch: Callable[[int, float | None], Fetched]) -> None:
        self._fetch = fetch
        self._fetched: Fetched | None = None
        self._limit = 0

    def first(self, k: int, leaving_out: Collection[int] = ()) -> list[Near]:
        """Return the nearest k subjects, each once, ascending by geodesic distance; equal distances rotate weekly."""
        if k < 1:
            return []
        enough = self._enough(k + len(leaving_out), None, lambda rows: rows.proves(rows.walk.first(k, leaving_out), k))
        return enough.walk.first(k, leaving_out)

    def within(self, radius_m: float | None, most: int, leaving_out: Collection[int] = ()) -> list[int]:
        """Return subjects within a radius (None: any), each once, in no order; `most` of them where there are more."""

        def are_all(rows: Fetched) -> bool:
            reaches = rows.is_whole or (radius_m is not None and rows.beyond > radius_m)
            return reaches or len(rows.walk.within(radius_m, most, leaving_out)) >= most

        return self._enough(most + len(leaving_out), radius_m, are_all).walk.within(radius_m, most, leaving_out)

    def rows_within(self, radius_m: float | None, most: int) -> Ints:
        """Return the numbers of rows within a radius (None: any); those of `most` subjects where there are more."""
        self.within(radius_m, most)
        return self._fetched.walk.rows_within(radius_m, most) if self._fetched else np.empty(0, np.int64)

    def are_at_most(self, most: int) -> bool:
        """Return whether the list surely has no more than so many rows."""
        enough = self._enough(most + 1, None, lambda rows: rows.is_whole or rows.count > most)
        return enough.is_whole and enough.count <= most

    def rungs(self, numbers: Sequence[int] | Ints) -> list[int]:
        """Return the rungs of rows that were found."""
        rungs = self._fetched.rungs if self._fetched else {}
        return [rungs[int(number)] for number in numbers]

    def _enough(self, subjects: int, radius_m: float | None, is_enough: Callable[[Fetched], bool]) -> Fetched:
        """Fetch until it is enough, or all there is."""
        limit = int(subjects * _SPARE) + _MORE
        fetched = self._fetched
        while fetched is None or not is_enough(fetched):
            self._limit = limit = max(limit, self._limit * _GROWTH)
            fetched = self._fetched = self._fetch(limit, radius_m)
        return fetched


def walk_of(
    here: tuple[float, float],
    week: int,
    numbers: Ints,
    subjects: Ints,
    tickets: NDArray[np.uint64],
    at: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> Walk:
    """Return the walk of some rows that lie at latitudes and longitudes `at`, as an index of them alone would have."""
    if not len(numbers):
        nowhere = np.empty(0)
        layer = layer_of(SpatialTree(nowhere, nowhere), numbers, subjects, numbers)
        return Walk(Course(layer, int), *here)
    points, which = np.unique(np.stack(at, axis=1), axis=0, return_inverse=True)
    which = which.reshape(-1)
    drawn = rotated(tickets, week)
    order = np.lexsort((numbers, drawn, which))
    layer = layer_of(SpatialTree(points[:, 0], points[:, 1]), numbers[order], subjects[order], which[order])
    draw = dict(zip(subjects.tolist(), drawn.tolist(), strict=True))
    return Walk(Course(layer, draw.__getitem__), *here)


def beyond_of(is_cut: bool, last_m: float, radius_m: float | None) -> float:
    """Return how near, in metres, a row that was not fetched can be.

    `is_cut` where as many were fetched as were asked for, `last_m` the least geodesic that their last allows.
    """
    # Of those within the radius all were fetched, or all but some that are farther than the last.
    outside = math.inf if radius_m is None else math.nextafter(radius_m, math.inf)
    return min(last_m, outside) if is_cut else outside
