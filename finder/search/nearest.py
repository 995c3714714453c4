"""Walk one list nearest first: the k nearest proved, and how many lie within a radius (design, decision 7).

Candidates come from the tree by chord, the straight line through the earth. A chord is never longer than the geodesic,
so whoever is farther by chord than the k-th by geodesic cannot belong before it; and a geodesic is at most as long as
the arc of the tightest circle on the ellipsoid over its chord, so few points need an exact distance to be counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finder.geo import ROUNDING_M, Floats, Ints, SpatialTree, chord_of_arc_m, geodesic_m, geodesics_from

# How much more is fetched than asked for: a few more points cost next to nothing, to fetch again costs the whole.
_SPARE, _MORE, _LEAST = 1.2, 6, 12
# So many rows of a list stand for all of it where anyone will do.
_SAMPLE = 1024
_GROWTH = 4
_SUBJECT = 2**32 - 1
_NO_POINTS, _NO_CHORDS = np.empty(0, np.int64), np.empty(0)
_MIX = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_MASK = 2**64 - 1

# From numbers of rows to which of them are wanted.
Keep = Callable[[Ints], NDArray[np.bool_]]


# A row of a list: its number, its subject (the person, or the place itself), how many metres away, and in which
# direction the way there sets out, in degrees from north.
Near = tuple[int, int, float, float]


@dataclass(frozen=True)
class Layer:
    """Rows (roles or places) with their subjects, by the points of a tree.

    Those at point p are packed[starts[p] : starts[p + 1]], each as row * 2**32 + subject, in the order of the week's
    rotation.
    """

    tree: SpatialTree
    starts: NDArray[np.int32]
    packed: Ints

    @property
    def bytes(self) -> int:
        """What the layer keeps in memory."""
        return self.tree.bytes + self.starts.nbytes + self.packed.nbytes

    @cached_property
    def sample(self) -> list[int]:
        """The subjects of the first rows, each once; all there are in a small layer."""
        return list(dict.fromkeys((self.packed[:_SAMPLE] & _SUBJECT).tolist()))

    def at(self, points: Ints) -> tuple[Ints, Ints]:
        """Return what is packed of the rows at points, and how many there are at each."""
        starts = self.starts[points].astype(np.int64)
        counts = self.starts[points + 1] - starts
        return self.packed[joined(starts, counts)], counts


@dataclass(frozen=True)
class Course:
    """How to walk a list: a layer, which of its rows to `keep` (None: all), and about the share of rows that stay.

    `drawn` gives what a subject draws in the rotation of equal distances.
    """

    layer: Layer
    drawn: Callable[[int], int]
    keep: Keep | None = None
    share: float = 1.0

    @cached_property
    def points_a_row(self) -> float:
        """About how many points to fetch for a row: where many share a point, fewer."""
        return self.layer.tree.size / max(1.0, len(self.layer.packed) * self.share)


class Walk:
    """One list from one origin. It fetches as much as is asked for, and little twice."""

    def __init__(self, course: Course, latitude: float, longitude: float) -> None:
        self._course, self._latitude, self._longitude = course, latitude, longitude
        self._points: Ints = _NO_POINTS
        self._chords: Floats = _NO_CHORDS
        self._beyond = 0.0 if course.layer.tree.size else math.inf  # no point that was not fetched is nearer by chord
        self._found: list[Near] = []
        self._ways: dict[int, tuple[float, float]] = {}
        self._measured = geodesics_from(latitude, longitude)
        self._counted: tuple[float | None, int, list[int]] | None = None

    def first(self, k: int, leaving_out: Collection[int] = ()) -> list[Near]:
        """Return the nearest k subjects, each once, ascending by geodesic distance; equal distances rotate weekly."""
        if k < 1:
            return []
        if k <= len(self._found) and not leaving_out:
            return self._found[:k]
        enough = self._points_for(k)
        if not len(self._points):
            self._fetch(enough)
        while True:
            # Of many that were fetched to be counted, the nearest few will mostly do.
            found = self._first(k, leaving_out, enough)
            if len(found) < k and (enough < len(self._points) or self._grow(k)):
                # Fetched again, equal chords may come in another order, so the walk begins anew.
                enough = len(self._points)
                continue
            if not leaving_out:
                self._found = found
            return found[:k]

    def _first(self, k: int, leaving_out: Collection[int], among: int) -> list[Near]:
        """Return as many as are proved by so many of the points that are fetched, at least k where they hold so many.

        Whatever comes later is farther by chord than the next point's chord, so who is nearer by geodesic is safe.
        """
        points, safe_to, starts, ends, packed = self._spans(among)
        found: list[Near] = []
        seen = set(leaving_out)
        waiting: list[tuple[float, int, float]] = []
        for place, (point, safe) in enumerate(zip(points.tolist(), safe_to, strict=True)):
            metres, azimuth = self._way(point)
            if not waiting and metres < safe:
                for one in packed[starts[place] : ends[place]].tolist():
                    subject = one & _SUBJECT
                    if subject not in seen:
                        seen.add(subject)
                        found.append((one >> 32, subject, metres, azimuth))
                if len(found) >= k:
                    return found
                continue
            heappush(waiting, (metres, place, azimuth))
            while waiting and waiting[0][0] < safe:
                metres = waiting[0][0]
                for one, azimuth_there in self._at_one_distance(waiting, starts, ends, packed):
                    subject = one & _SUBJECT
                    if subject not in seen:
                        seen.add(subject)
                        found.append((one >> 32, subject, metres, azimuth_there))
            if len(found) >= k:
                return found
        return found

    def _way(self, point: int) -> tuple[float, float]:
        """Return how far a point of the tree is, and in which direction the way there sets out; measured once."""
        way = self._ways.get(point)
        if way is None:
            tree = self._course.layer.tree
            way = self._ways[point] = self._measured(tree.latitudes.item(point), tree.longitudes.item(point))
        return way

    def within(self, radius_m: float | None, most: int, leaving_out: Collection[int] = ()) -> list[int]:
        """Return subjects within a radius (None: any), each once, in no order; `most` of them where there are more."""
        if leaving_out:
            return self._within(radius_m, most, leaving_out)
        if self._counted is None or self._counted[:2] != (radius_m, most):
            self._counted = radius_m, most, self._within(radius_m, most, leaving_out)
        return self._counted[2]

    def are_at_most(self, most: int) -> bool:
        """Return whether the list surely has no more than so many rows."""
        return self._course.keep is None and len(self._course.layer.packed) <= most

    def rows_within(self, radius_m: float | None, most: int) -> Ints:
        """Return the numbers of rows within a radius (None: any); those of `most` subjects where there are more."""
        if radius_m is None:
            subjects, points = self._nearest(most, ()), self._points
        else:
            subjects = self.within(radius_m, most)
            points = self._near(self._points, self._chords, radius_m)
        packed, chosen = self._packed(points), set(subjects)
        # Of a few hundred it takes half the time of numpy's own way.
        return packed[[one in chosen for one in (packed & _SUBJECT).tolist()]] >> 32

    def _within(self, radius_m: float | None, most: int, leaving_out: Collection[int]) -> list[int]:
        if radius_m is None:
            return self._anywhere(most, leaving_out)
        reach = radius_m + ROUNDING_M
        fetched = self._points_for(most)
        while True:
            if self._beyond < reach:
                self._fetch(fetched, reach)
            sure = int(self._chords.searchsorted(chord_of_arc_m(radius_m), side="right"))
            found = self._subjects(self._points[:sure], leaving_out)
            if len(found) >= most:
                return found[:most]
            if self._beyond >= reach:
                break
            fetched = max(fetched, len(self._points)) * _GROWTH
        near = self._near(self._points, self._chords, radius_m)
        return found if len(near) == sure else self._subjects(near, leaving_out)[:most]

    def _anywhere(self, most: int, leaving_out: Collection[int]) -> list[int]:
        """Return `most` subjects, the nearest or not; all where they are fewer."""
        if self._course.keep is None:
            layer = self._course.layer
            found = [one for one in layer.sample if one not in leaving_out] if leaving_out else layer.sample
            if len(found) >= most or len(layer.packed) <= _SAMPLE:
                return found[:most]
        return self._nearest(most, leaving_out)

    def _nearest(self, most: int, leaving_out: Collection[int]) -> list[int]:
        """Return about the nearest `most` subjects; all where they are fewer."""
        self._fetch(self._points_for(most))
        while True:
            found = self._subjects(self._points, leaving_out)
            if len(found) >= most or not self._grow(most):
                return found[:most]

    def _near(self, points: Ints, chords: Floats, radius_m: float) -> Ints:
        """Return those points that lie within a radius; the few whose chord leaves it open are measured."""
        sure = int(chords.searchsorted(chord_of_arc_m(radius_m), side="right"))
        doubtful = points[sure : int(chords.searchsorted(radius_m + ROUNDING_M, side="right"))]
        if not len(doubtful):
            return points[:sure]
        near = geodesic_m(self._latitude, self._longitude, *self._course.layer.tree.at(doubtful)) <= radius_m
        found: Ints = np.concatenate((points[:sure], doubtful[near]))
        return found

    def _spans(self, among: int) -> tuple[Ints, list[float], list[int], list[int], Ints]:
        """Return the first so many fetched points that hold rows of the list.

        With them, for each, the distance up to which it cannot be preceded by one that comes later, and where what is
        packed of its rows begins and ends in the last array returned.
        """
        course, points, chords = self._course, self._points[:among], self._chords[:among]
        # The last one can be preceded by the next one, or by one not yet fetched.
        reach = (float(self._chords[among]) if among < len(self._points) else self._beyond) - ROUNDING_M
        if course.keep is None:
            layer = course.layer
            starts, ends, packed = layer.starts[points].tolist(), layer.starts[points + 1].tolist(), layer.packed
        else:
            packed, counts = course.layer.at(points)
            kept = course.keep(packed >> 32)
            packed, which = packed[kept], np.repeat(np.arange(len(points)), counts)[kept]
            first = np.flatnonzero(np.diff(which, prepend=-1))
            points, chords = points[which[first]], chords[which[first]]
            starts, ends = first.tolist(), np.append(first[1:], len(packed)).tolist()
        return points, [*(chords[1:] - ROUNDING_M).tolist(), reach][: len(points)], starts, ends, packed

    def _at_one_distance(
        self, waiting: list[tuple[float, int, float]], starts: list[int], ends: list[int], packed: Ints
    ) -> list[tuple[int, float]]:
        """Take the nearest of those waiting, and return what is packed of their rows, in rotation, with the azimuth."""
        metres, place, azimuth = heappop(waiting)
        rows = [(one, azimuth) for one in packed[starts[place] : ends[place]].tolist()]
        if not waiting or waiting[0][0] != metres:
            return rows
        # Different points at one distance: their rows are shuffled together.
        while waiting and waiting[0][0] == metres:
            _metres, place, azimuth = heappop(waiting)
            rows += [(one, azimuth) for one in packed[starts[place] : ends[place]].tolist()]
        drawn = self._course.drawn
        return sorted(rows, key=lambda one: (drawn(one[0] & _SUBJECT), one[0]))

    def _subjects(self, points: Ints, leaving_out: Collection[int]) -> list[int]:
        subjects = dict.fromkeys((self._packed(points) & _SUBJECT).tolist())
        return [one for one in subjects if one not in leaving_out] if leaving_out else list(subjects)

    def _packed(self, points: Ints) -> Ints:
        """Return what is packed of the rows of the list at some points."""
        course = self._course
        packed, _counts = course.layer.at(points)
        return packed if course.keep is None else packed[course.keep(packed >> 32)]

    def _points_for(self, rows: int) -> int:
        """Return about as many points as hold so many rows, and some."""
        return int(max(rows, _LEAST) * self._course.points_a_row * _SPARE) + _MORE

    def _grow(self, rows: int) -> bool:
        """Fetch several times as many points, or enough for so many rows; return whether there are any more."""
        before = len(self._points)
        self._fetch(max(before * _GROWTH, self._points_for(rows)))
        return len(self._points) > before

    def _fetch(self, points: int, reach_m: float = math.inf) -> None:
        """Fetch the nearest so many points, of those within reach by chord."""
        tree = self._course.layer.tree
        points = min(points, tree.size)
        if points <= len(self._points):
            return
        found, chords = tree.nearest(self._latitude, self._longitude, points, reach_m)
        if len(found) >= len(self._points):
            self._points, self._chords = found, chords
            self._beyond = reach_m if len(found) < points else math.inf if points == tree.size else float(chords[-1])


def joined(starts: Ints, counts: Ints) -> Ints:
    """Return the numbers from each start on, as many as counted, one span after the other."""
    lying: Ints = np.arange(counts.sum()) + np.repeat(starts - (np.cumsum(counts) - counts), counts)
    return lying


def rotated(tickets: NDArray[np.uint64], week: int) -> NDArray[np.uint64]:
    """Shuffle tickets anew each week: the upper half of SplitMix64's mixing of ticket and week.

    Steele, Lea and Flood: Fast Splittable Pseudorandom Number Generators, 2014.
    """
    mixed = tickets + np.uint64(week * _MIX[0] & _MASK)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(_MIX[1])
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_MIX[2])
    shuffled: NDArray[np.uint64] = (mixed ^ (mixed >> np.uint64(31))) >> np.uint64(32)
    return shuffled


def layer_of(tree: SpatialTree, rows: NDArray[Any], subjects: NDArray[Any], points: NDArray[Any]) -> Layer:
    """Return the layer of rows that lie at given points of a tree, ascending; at a point in the order given."""
    first = np.flatnonzero(np.diff(points, prepend=-1))
    starts = np.append(first, len(rows)).astype(np.int32)
    packed = rows.astype(np.int64)
    packed <<= 32
    packed |= subjects
    some = points[first]
    return Layer(tree if len(some) == tree.size else tree.part(some), starts, packed)
