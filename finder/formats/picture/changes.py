"""The picture of what a version does to the map: places that are new, that disappear, and that move. For staff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from finder.formats.picture import room
from finder.formats.picture.directory import NEAR_M, few, outlined
from finder.formats.picture.drawing import Picture, named
from finder.formats.picture.ground import towns
from finder.formats.wording import wording
from finder.geo import METRES_PER_MILE, Floats, Ints, View
from finder.importers.moved import Move, PlacesMoved, PlaceThere

_NAMED, _MOST_MOVES, _MOST_DRAWN = 3, 200, 4_000
_ARM = 4
Place = TypeVar("Place")


def changes_picture(places: PlacesMoved) -> Picture | None:
    """Return the picture, None where no place with a position is new, gone or moved. English, as all for staff."""
    lost, moves, come = _some(places.gone), _some(places.moved), _some(places.new)
    groups = [
        _points([(one.latitude, one.longitude) for one in lost]),
        _points([(one.old_latitude, one.old_longitude) for one in moves]),
        _points([(one.place.latitude, one.place.longitude) for one in moves]),
        _points([(one.latitude, one.longitude) for one in come]),
    ]
    points = np.concatenate(groups)
    if not len(points):
        return None
    latitudes, longitudes = points[:, 0].copy(), points[:, 1].copy()
    first_old, first_new = len(groups[0]), len(groups[0]) + len(groups[1])
    first_added = first_new + len(groups[2])

    def marks(view: View, here: Ints) -> str:
        def pixels(numbers: Ints) -> Floats:
            return view.pixels(latitudes[numbers], longitudes[numbers])

        gone = few(pixels(here[here < first_old]))
        old = here[(here >= first_old) & (here < first_new)]
        # A place that moved from one piece of the picture to another is drawn where it went.
        went = old[np.isin(old + len(groups[2]), here)]
        lines = np.concatenate((pixels(went), pixels(went + len(groups[2]))), axis=1)
        moved = few(pixels(here[(here >= first_new) & (here < first_added)]))
        added = few(pixels(here[here >= first_added]))
        arms = f"m-{_ARM}-{_ARM}l{2 * _ARM} {2 * _ARM}m0-{2 * _ARM}l-{2 * _ARM} {2 * _ARM}"
        drawn = (
            ("m-way", "".join(f"M{a} {b}L{c} {d}" for a, b, c, d in _few_lines(lines))),
            ("m-halo", "".join(f"M{x} {y}h0" for x, y in [*gone, *moved, *added])),
            ("m-gone", "".join(f"M{x} {y}{arms}" for x, y in gone)),
            ("m-moved", "".join(f"M{x - _ARM} {y}a{_ARM} {_ARM} 0 1 0 {2 * _ARM} 0a{_ARM} {_ARM} 0 1 0-{2 * _ARM} 0" for x, y in moved)),
            ("m-dots", "".join(f"M{x} {y}h0" for x, y in added)),
        )  # fmt: skip
        paths = "".join(f'<path class="{name}" d="{path}"/>' for name, path in drawn if path)
        if view.metres * view.width > NEAR_M:
            return paths
        taken = 0
        for x, y in [*gone, *moved, *added]:
            taken |= room.cells(x - 2 * _ARM, y - 2 * _ARM, x + 2 * _ARM, y + 2 * _ARM).mask
        return named(towns(view), taken) + paths

    title = "Map of places that are new, that disappear, and that move"
    return Picture(outlined(latitudes, longitudes, title, wording("en"), marks, near=True), title, caption(places))


def caption(places: PlacesMoved) -> str:
    """Return the same in words: how many of each, and the first of them by name."""
    told = []
    if places.gone:
        told.append(f"{_counted(len(places.gone), 'place')} will disappear (a cross): {_named(places.gone)}.")
    if places.moved:
        told.append(
            f"{_counted(len(places.moved), 'place')} will move (a ring, with a line from where it was): {_moves(places.moved)}."
        )
    if places.new:
        told.append(f"{_counted(len(places.new), 'new place')} (a dot): {_named(places.new)}.")
    if places.unplaced:
        told.append(f"{_counted(places.unplaced, 'place')} without a position, before or after, cannot be drawn.")
    return " ".join(told)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _named(places: Sequence[PlaceThere]) -> str:
    return _and_more([_of(one) for one in places[:_NAMED]], len(places))


def _moves(moves: Sequence[Move]) -> str:
    some = [f"{_of(one.place)} by {_far(one.metres)}" for one in moves[:_NAMED]]
    return _and_more(some, len(moves))


def _and_more(some: list[str], of: int) -> str:
    return wording("en").listed([*some, f"{of - len(some):,} more"] if of > len(some) else some)


def _of(place: PlaceThere) -> str:
    return f"{place.name} in {place.city}" if place.city else place.name


def _far(metres: float) -> str:
    miles = metres / METRES_PER_MILE
    if miles < 0.1:
        return f"{metres * 3.28084:,.0f} feet"
    return f"{miles:,.1f} miles" if miles < 9.95 else f"{miles:,.0f} miles"


def _some(places: Sequence[Place]) -> Sequence[Place]:
    """Return as many as leave a mark of their own: of more than that, spread over all."""
    return places[:: -(-len(places) // _MOST_DRAWN) or 1]


def _points(pairs: list[tuple[float, float]]) -> Floats:
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def _few_lines(lines: Floats) -> list[list[int]]:
    """Return lines on whole pixels, each once, of many the longest."""
    found = np.unique(np.rint(lines).astype(np.int64), axis=0)
    far = np.hypot(found[:, 0] - found[:, 2], found[:, 1] - found[:, 3])
    longest = np.argsort(-far, kind="stable")[:_MOST_MOVES]
    return [found[number].tolist() for number in longest if far[number] >= 1]
