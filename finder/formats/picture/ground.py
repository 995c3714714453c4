"""What lies below the numbers: land, the lines of states and counties, towns. Kept for a while, since many share it."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from html import escape
from typing import NamedTuple

import numpy as np

from finder.db.reference import borders, zip_points
from finder.formats.picture import room
from finder.formats.picture.svg import joined, path, width
from finder.geo import View, may_show_abroad

TOWN_SIZE = 14
_MOST_POINTS = 700
# Lines of counties are drawn up to a circle of some 150 miles.
_COUNTIES_TO_M = 1300.0
_KEPT_BYTES, _TOWN_BYTES = 2**25, 1_000
_CONSIDERED, _MOST_TOWNS, _APART = 40, 12, 52
_EDGE = 6
_DEGREE_M = 110_500.0


class TownPlace(NamedTuple):
    """A way to write a town's name beside its point: the cells it takes, where it begins or ends, and which."""

    cells: room.Cells
    x: int
    y: int
    anchor: str


class Town(NamedTuple):
    """A town in the frame: its name as markup, the pixel of its middle, and the ways to write it, best first."""

    name: str
    x: int
    y: int
    cells: room.Cells
    places: tuple[TownPlace, ...]

    def room(self, taken: int) -> tuple[TownPlace | None, int]:
        """Return the first way to write it that is free, and the cells that it takes with the town's dot."""
        dot = self.cells.mask
        if not dot & taken:
            for place in self.places:
                cells = place.cells.mask | dot
                if not cells & taken:
                    return place, cells
        return None, 0


class Ground(NamedTuple):
    """Path data of land, of lines between states and between counties; whether what is beyond the land is water."""

    land: str
    states: str
    counties: str
    is_water: bool
    towns: tuple[Town, ...]

    @property
    def bytes(self) -> int:
        """About what it takes in memory."""
        return len(self.land) + len(self.states) + len(self.counties) + _TOWN_BYTES * len(self.towns) + 500


class Grounds:
    """The grounds of late, up to so many bytes. Their keys are rounded coordinates and no one's ZIP code."""

    def __init__(self, most_bytes: int = _KEPT_BYTES) -> None:
        self._kept: OrderedDict[View, Ground] = OrderedDict()
        self._lock = threading.Lock()
        self._most_bytes = most_bytes
        self._table = zip_points()
        self.bytes = 0

    def of(self, view: View) -> Ground:
        """Return the ground of a view, to about a tenth of a mile."""
        view = view._replace(latitude=round(view.latitude, 3), longitude=round(view.longitude, 3))
        with self._lock:
            if self._table is not zip_points():
                # Its towns are others.
                self._kept.clear()
                self._table, self.bytes = zip_points(), 0
            known = self._kept.get(view)
            if known is not None:
                self._kept.move_to_end(view)
                return known
        # Two threads may draw the same one; that is no worse than one that waits for the other.
        made = drawn(view)
        with self._lock:
            if view not in self._kept:
                self._kept[view] = made
                self.bytes += made.bytes
            while self.bytes > self._most_bytes and self._kept:
                self.bytes -= self._kept.popitem(last=False)[1].bytes
        return made


def drawn(view: View) -> Ground:
    """Return the ground of a view."""
    land, states, counties = borders().drawn(view, _MOST_POINTS, _COUNTIES_TO_M)
    return Ground(
        path(land, closed=True), path(joined(states)), path(joined(counties)), not may_show_abroad(view), towns(view)
    )


def towns(view: View) -> tuple[Town, ...]:
    """Return the largest towns in a frame that do not crowd each other, by how many ZIP codes they have."""
    known = zip_points().towns
    up = view.reach_m / _DEGREE_M
    across = up / max(0.02, math.cos(math.radians(min(89.0, abs(view.latitude) + up))))
    near = (np.abs(known.latitudes - view.latitude) <= up) & (
        np.abs((known.longitudes - view.longitude + 180) % 360 - 180) <= across
    )
    numbers = np.flatnonzero(near)[: _CONSIDERED * 8]
    pixels = view.pixels(known.latitudes[numbers], known.longitudes[numbers])
    seen = ((pixels >= _EDGE) & (pixels <= (view.width - _EDGE, view.height - _EDGE))).all(axis=1)
    found: list[Town] = []
    for number, (x, y) in zip(
        numbers[seen][:_CONSIDERED].tolist(), pixels[seen].round().astype(int).tolist(), strict=False
    ):
        if len(found) < _MOST_TOWNS and all(math.hypot(x - one.x, y - one.y) >= _APART for one in found):
            long = math.ceil(width(known.names[number], TOWN_SIZE))
            if places := _places(view, long, x, y):
                dot = room.cells(x - 3, y - 3, x + 3, y + 3)
                found.append(Town(escape(known.names[number]), x, y, dot, places))
    return tuple(found)


def _places(view: View, long: int, x: int, y: int) -> tuple[TownPlace, ...]:
    """Return the ways to write so long a name beside a point, inside the frame."""
    found = []
    for left, baseline, anchor, at in (
        (x + 6, y + 5, "", x + 6), (x - 6 - long, y + 5, "end", x - 6),
        (x - long / 2, y + 18, "middle", x), (x - long / 2, y - 8, "middle", x),
    ):  # fmt: skip
        top, bottom = baseline - 13, baseline + 4
        if left >= _EDGE and left + long <= view.width - _EDGE and top >= _EDGE and bottom <= view.height - _EDGE:
            found.append(TownPlace(room.cells(left - 1, top, left + long + 1, bottom), at, baseline, anchor))
    return tuple(found)
