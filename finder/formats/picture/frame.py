"""What a picture shows of the land: how much of it, where its middle lies, and which rings tell the miles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from finder.geo import METRES_PER_MILE, View

WIDTH, HEIGHT = 400, 420
# The largest ring fits in, with room for its words below.
MIDDLE, RADIUS = (200, 206), 190
# Where only some of the frame is needed, so much is left free around it: a number is pushed off its dot.
_EDGE_X, _EDGE_Y = 44, 40
NICE_MILES = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000)
# Frames come in steps, so that many answers from one place share what is drawn below them.
_REACHES = (2, 3, 5, 7.5, 10, 15, 20, 30, 40, 50, 75, 100)
_STEP, _SNAP = 1.15, 10
_LEAST_HIGH = 280
_LEAST_METRES = 2 * METRES_PER_MILE / RADIUS
# Where all lie in the inner part of the circle that was searched, they are shown from nearer.
_FROM_NEARER = 0.45
_LEAST_RING, _LEAST_DASHED = 12, 26


class Ring(NamedTuple):
    """A circle of so many miles around the middle; the one that was searched is drawn whole, others are dashed."""

    miles: int
    pixels: float
    searched: bool


class Frame(NamedTuple):
    """The view, the rings in it, and whether all land in it lies in the circle that was searched."""

    view: View
    rings: tuple[Ring, ...]
    all_inside: bool


def around(
    latitude: float, longitude: float, circle_miles: float | None, points: Sequence[tuple[float, float]]
) -> Frame:
    """Return the frame of an answer: the circle that was searched, if any, and all places.

    `points` are metres east and north of the latitude and longitude.
    """
    farthest = max((math.hypot(*point) for point in points), default=0.0) / METRES_PER_MILE
    if circle_miles is not None and farthest <= circle_miles:
        reach = circle_miles
        if farthest <= circle_miles * _FROM_NEARER:
            reach = next(miles for miles in (*_REACHES, circle_miles) if miles * 0.95 >= min(farthest, circle_miles))
            reach = min(reach, circle_miles)
        view = View(latitude, longitude, reach * METRES_PER_MILE / RADIUS, *MIDDLE, WIDTH, HEIGHT)
        return Frame(view, _rings(view, circle_miles, reach), reach < circle_miles)
    box = [(0.0, 0.0), *points]
    if circle_miles is not None:
        metres = circle_miles * METRES_PER_MILE
        box += [(-metres, -metres), (metres, metres)]
    view = fitted(latitude, longitude, box)
    return Frame(view, _rings(view, circle_miles, farthest), circle_miles is None)


def fitted(latitude: float, longitude: float, points: Sequence[tuple[float, float]]) -> View:
    """Return a view that holds all points, in metres east and north of the latitude and longitude."""
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    room = WIDTH - 2 * _EDGE_X - _SNAP, HEIGHT - 2 * _EDGE_Y - _SNAP
    needed = max((max(xs) - min(xs)) / room[0], (max(ys) - min(ys)) / room[1], _LEAST_METRES)
    metres = _LEAST_METRES * _STEP ** math.ceil(math.log(needed / _LEAST_METRES, _STEP) - 1e-9)
    high = (max(ys) - min(ys)) / metres + 2 * _EDGE_Y + _SNAP
    height = min(HEIGHT, max(_LEAST_HIGH, math.ceil(high / _SNAP / 2) * _SNAP * 2))
    x = WIDTH / 2 - (max(xs) + min(xs)) / 2 / metres
    y = height / 2 + (max(ys) + min(ys)) / 2 / metres
    return View(latitude, longitude, metres, _snapped(x), _snapped(y), WIDTH, height)


def _snapped(pixel: float) -> int:
    return round(pixel / _SNAP) * _SNAP


def _rings(view: View, circle_miles: float | None, reach_miles: float) -> tuple[Ring, ...]:
    """Return the circle that was searched, where it is seen, and up to two that help to judge how far."""
    found = []
    if circle_miles is not None and reach_miles >= circle_miles:
        searched = Ring(round(circle_miles), circle_miles * METRES_PER_MILE / view.metres, True)
        if searched.pixels >= _LEAST_RING:
            found.append(searched)
        inner = max((miles for miles in NICE_MILES if miles * 1.9 <= circle_miles), default=0)
        outer = max((miles for miles in NICE_MILES if 1.9 * circle_miles <= miles <= reach_miles), default=0)
        wanted = [inner] if reach_miles <= circle_miles * 1.9 else [inner, outer]
    else:
        outer = max((miles for miles in NICE_MILES if miles <= reach_miles), default=0)
        wanted = [max((miles for miles in NICE_MILES if miles * 1.9 <= outer), default=0), outer]
    dashed = [Ring(miles, miles * METRES_PER_MILE / view.metres, False) for miles in wanted if miles]
    return (*(ring for ring in dashed if ring.pixels >= _LEAST_DASHED), *found)
