"""Outlines for drawing: the land, the lines of states and of counties in a picture's frame, as whole pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from shapely import clip_by_rect, contains_xy, get_coordinates, get_parts, linestrings
from shapely.geometry import Polygon

from finder.geo.compiled import ALWAYS, COUNTY_LINE, STATE_LINE
from finder.geo.distances import Floats, Ints
from finder.geo.plane import View

Pixels = list[tuple[int, int]]
_Mask = NDArray[np.bool_]
# So far beyond the frame that no edge of what is clipped there shows.
_MARGIN = 4
# A chain is straight in degrees and a little bent on the plane.
_BENT_M = 10_000.0
_LEAST_DEGREE_M = 110_500.0  # no degree of latitude is shorter (WGS84, at the equator)
_LEAST_RADIUS_M = 6_335_000.0  # nowhere is the ellipsoid bent more (WGS84, along a meridian at the equator)
_LEAST_ISLAND = 4.0  # square pixels
# How coarse lines become, in pixels, until they are few enough.
_COARSENESS = (0.6, 0.9, 1.3, 2.0, 3.0, 4.5)
_NATION = 0


class Drawn(NamedTuple):
    """What is seen in a frame: rings of land, lines between states, lines between counties."""

    land: list[Pixels]
    states: list[Pixels]
    counties: list[Pixels]


class Borders:
    """The outlines of a file that `compile_outlines` made. Some 1.5 MB; drawing changes nothing in it."""

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as told:
            self._longitude, self._latitude = told["longitude"].astype(np.float64), told["latitude"].astype(np.float64)
            self._leave_out_m, self._first = told["leave_out_m"], told["first"]
            self._kind, self._state = told["kind"], told["state"]
            ring_chains, ring_first, self._ring_of = told["ring_chains"], told["ring_first"], told["ring_of"]
        starts = self._first[:-1]
        self._west, self._east = (of.reduceat(self._longitude, starts) for of in (np.minimum, np.maximum))
        self._south, self._north = (of.reduceat(self._latitude, starts) for of in (np.minimum, np.maximum))
        self._lay_rings(ring_chains, ring_first)

    def _lay_rings(self, ring_chains: Ints, ring_first: Ints) -> None:
        """Lay the points of all rings in a row, each chain without its last, which is the first of the next."""
        points, chains = [], []
        for number in ring_chains.tolist():
            chain = max(number, ~number)
            span = np.arange(self._first[chain], self._first[chain + 1], dtype=np.int64)
            points.append(span[:-1] if number >= 0 else span[:0:-1])
            chains.append(np.full(len(span) - 1, chain, np.int64))
        lengths = np.add.reduceat([len(one) for one in points], ring_first[:-1])
        self._ring_points, self._ring_point_chain = np.concatenate(points), np.concatenate(chains)
        begins = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        lats, lons = self._latitude[self._ring_points], self._longitude[self._ring_points]
        self._ring_box = tuple(
            of.reduceat(one, begins)
            for one, of in ((lats, np.minimum), (lats, np.maximum), (lons, np.minimum), (lons, np.maximum))
        )
        self._ring_of_point = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return sum(one.nbytes for one in self.__dict__.values() if isinstance(one, np.ndarray))

    def drawn(self, view: View, most_points: int, counties_to_m: float) -> Drawn:
        """Return what is seen in a frame, in so many points or a few more.

        Lines of counties are left out where a pixel is more than `counties_to_m`, or where there is no room for them.
        """
        near = self._near(view)
        parts = [self._rings(view, near, (_NATION,)), self._lines(view, near & (self._kind == STATE_LINE))]
        if view.metres <= counties_to_m:
            parts.append(self._lines(view, near & (self._kind == COUNTY_LINE)))
        return _clipped_parts(view, parts, most_points)

    def of_states(self, view: View, states: Sequence[int], most_points: int, counties_to_m: float) -> Drawn:
        """Return whole states, by FIPS number, alone: their land, no lines between them, and those of counties."""
        near = self._near(view)
        rings, nothing = self._rings(view, near, states), self._lines(view, near & False)
        counties = near & (self._kind == COUNTY_LINE) & np.isin(self._state, states)
        parts = [rings, nothing, *([self._lines(view, counties)] if view.metres <= counties_to_m else ())]
        return _clipped_parts(view, parts, most_points)

    def corners(self, states: Sequence[int]) -> tuple[Floats, Floats]:
        """Return latitudes and longitudes of the outlines of states, by FIPS number."""
        points = self._ring_points[np.isin(self._ring_of, states)[self._ring_of_point]]
        return self._latitude[points], self._longitude[points]

    def states_at(self, latitudes: Floats, longitudes: Floats) -> Ints:
        """Return the FIPS number of the state that each point lies in, 0 where it lies in none."""
        found = np.zeros(len(latitudes), np.int64)
        begins = np.concatenate(([0], np.flatnonzero(np.diff(self._ring_of_point)) + 1, [len(self._ring_points)]))
        for ring, state in enumerate(self._ring_of.tolist()):
            points = self._ring_points[begins[ring] : begins[ring + 1]]
            if state != _NATION and len(points) > 2:
                outline = Polygon(np.stack((self._longitude[points], self._latitude[points]), axis=-1))
                found[contains_xy(outline, longitudes, latitudes)] = state
        return found

    def _near(self, view: View) -> _Mask:
        """Tell of each chain whether it may reach into the frame."""
        return _reaching(view, self._south, self._north, self._west, self._east)

    def _surrounding(self, view: View) -> _Mask:
        """Tell of each ring whether it may reach into the frame, or lie all around it."""
        return _reaching(view, *self._ring_box)

    def _lines(self, view: View, chains: _Mask) -> _Projected:
        """Return the points of some chains."""
        numbers = np.flatnonzero(chains)
        lengths = self._first[numbers + 1] - self._first[numbers]
        ends = np.cumsum(lengths)
        points = np.arange(lengths.sum()) + np.repeat(self._first[numbers] - (ends - lengths), lengths)
        return self._projected(
            view, points, np.repeat(np.arange(len(numbers)), lengths), min(_COARSENESS[0] * view.metres, ALWAYS - 2)
        )

    def _rings(self, view: View, near: _Mask, of: Sequence[int]) -> _Projected:
        """Return the points of rings. Of chains that are not near the ends alone are taken."""
        is_near = near[self._ring_point_chain]
        wanted = np.flatnonzero((self._surrounding(view) & np.isin(self._ring_of, of))[self._ring_of_point])
        least = np.where(is_near[wanted], min(_COARSENESS[0] * view.metres, ALWAYS - 2), ALWAYS - 1)
        return self._projected(view, self._ring_points[wanted], self._ring_of_point[wanted], least)

    def _projected(self, view: View, points: Ints, line: Ints, least_m: Floats | float) -> _Projected:
        """Return the pixels of points. Those that can never be drawn are not projected, which takes the time."""
        leave_out = self._leave_out_m[points]
        kept = leave_out > least_m
        points = points[kept]
        return _Projected(view.pixels(self._latitude[points], self._longitude[points]), leave_out[kept], line[kept])


def _reaching(view: View, south: Floats, north: Floats, west: Floats, east: Floats) -> _Mask:
    """Tell of each of many boxes, in degrees, whether it may reach into a frame."""
    reach_m = view.reach_m + _MARGIN * view.metres + _BENT_M
    up = reach_m / _LEAST_DEGREE_M
    near: _Mask = (south <= view.latitude + up) & (north >= view.latitude - up)
    shrink = math.cos(math.radians(min(90.0, abs(view.latitude) + up)))
    across = math.degrees(reach_m / _LEAST_RADIUS_M / shrink) if shrink > 0.05 else 180.0
    if across < 180:
        middle, half = (west + east) / 2, (east - west) / 2
        near &= np.abs((middle - view.longitude + 180) % 360 - 180) <= across + half
    return near


class _Projected(NamedTuple):
    """Points of lines or rings as pixels, the metres up to which each may be left out, and the line's number."""

    pixels: Floats
    leave_out_m: Ints
    line: Ints

    def inside(self, view: View) -> _Projected:
        """Return what lies in the frame."""
        x, y = self.pixels.T
        return self.taken((x >= 0) & (x <= view.width) & (y >= 0) & (y <= view.height))

    def taken(self, some: _Mask) -> _Projected:
        """Return some of the points."""
        return _Projected(self.pixels[some], self.leave_out_m[some], self.line[some])


def _clipped_parts(view: View, parts: list[_Projected], most_points: int) -> Drawn:
    """Return land, lines of states and lines of counties, as coarse as it takes."""
    seen = [part.inside(view).leave_out_m for part in parts]
    for with_counties in (True, False):
        for coarseness in _COARSENESS:
            # Ends of chains stay, however coarse a picture of half the earth is.
            tolerance = min(coarseness * view.metres, ALWAYS - 2)
            some = seen if with_counties else seen[:2]
            if sum(int((one > tolerance).sum()) for one in some) <= most_points:
                break
        else:
            continue
        break
    land, states, *counties = (part.taken(part.leave_out_m > tolerance) for part in parts)
    lines = [_clipped_lines(view, one) for one in (states, *(counties if with_counties else ()))]
    return Drawn(_clipped_rings(view, land), lines[0], lines[1] if len(lines) > 1 else [])


def _clipped_lines(view: View, lines: _Projected) -> list[Pixels]:
    """Return lines clipped to the frame."""
    if not len(lines.line):
        return []
    numbers = np.cumsum(np.concatenate(([0], np.diff(lines.line) != 0)))
    frame = -_MARGIN, -_MARGIN, view.width + _MARGIN, view.height + _MARGIN
    parts = get_parts(clip_by_rect(linestrings(lines.pixels, indices=numbers), *frame))
    coordinates, owners = get_coordinates(parts, return_index=True)
    return [one for one in _whole(coordinates, owners) if len(one) > 1]


def _clipped_rings(view: View, rings: _Projected) -> list[Pixels]:
    """Return rings clipped to the frame, without islands that are too small to see."""
    if not len(rings.line):
        return []
    begins = np.concatenate(([0], np.flatnonzero(np.diff(rings.line)) + 1))
    counts = np.diff(np.append(begins, len(rings.line)))
    following = np.arange(1, len(rings.line) + 1)
    following[begins + counts - 1] = begins
    # Measured from a point of its own, a ring's area is not lost to rounding.
    x, y = (rings.pixels - np.repeat(rings.pixels[begins], counts, axis=0)).T
    area = np.abs(np.add.reduceat(x * y[following] - x[following] * y, begins)) / 2
    (west, north), (east, south) = (of.reduceat(rings.pixels, begins).T for of in (np.minimum, np.maximum))
    seen = (
        (area >= _LEAST_ISLAND) & (counts > 2) & (east > 0) & (south > 0) & (west < view.width) & (north < view.height)
    )
    found = []
    for begin, count in zip(begins[seen].tolist(), counts[seen].tolist(), strict=True):
        clipped = _clipped(rings.pixels[begin : begin + count], view)
        found += _whole(clipped, np.zeros(len(clipped), np.int64))
    return [one for one in found if len(one) > 2]


def _clipped(ring: Floats, view: View) -> Floats:
    """Return a ring cut to the frame, edge by edge (Sutherland and Hodgman); where it leaves, it follows the edge."""
    for axis, sign, edge in (
        (0, 1, -_MARGIN),
        (1, 1, -_MARGIN),
        (0, -1, view.width + _MARGIN),
        (1, -1, view.height + _MARGIN),
    ):
        if not len(ring):
            break
        inside = (ring[:, axis] - edge) * sign
        if inside.min() >= 0:
            continue
        after, next_inside = np.roll(ring, -1, axis=0), np.roll(inside, -1)
        crossing = (inside >= 0) != (next_inside >= 0)
        share = (inside[crossing] / (inside[crossing] - next_inside[crossing]))[:, None]
        cuts = ring[crossing] + share * (after[crossing] - ring[crossing])
        both = np.concatenate((ring[inside >= 0], cuts))
        order = np.concatenate((np.flatnonzero(inside >= 0) * 2, np.flatnonzero(crossing) * 2 + 1))
        ring = both[np.argsort(order)]
    return ring


def _whole(coordinates: Floats, owners: Ints) -> list[Pixels]:
    """Return lines in whole pixels, without steps that go nowhere."""
    if not len(coordinates):
        return []
    pixels = np.rint(coordinates).astype(np.int64)
    new = np.ones(len(pixels), np.bool_)
    new[1:] = (pixels[1:] != pixels[:-1]).any(axis=1) | (owners[1:] != owners[:-1])
    pixels, owners = pixels[new], owners[new]
    return [list(map(tuple, part.tolist())) for part in np.split(pixels, np.flatnonzero(np.diff(owners)) + 1)]
