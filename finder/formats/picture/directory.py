"""The picture of a whole directory: the state or the part of the country where its places lie, a dot for each."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from finder.db.reference import borders
from finder.formats.made_once import pieces_of
from finder.formats.picture.drawing import Picture
from finder.formats.picture.svg import path
from finder.formats.wording import Wording
from finder.geo import METRES_PER_MILE, Drawn, Floats, Ints, View, may_show_abroad
from finder.search import Index

_WIDTH, _MOST_HIGH, _LEAST_HIGH, _EDGE = 400, 340, 200, 10
_INSET, _INSET_HIGH, _GAP, _NAME, _A_ROW = 88, 74, 15, 22, 4
_MOST_DOTS, _MOST_POINTS, _INSET_POINTS = 400, 900, 120
_COUNTIES_TO_M = 1800.0
# Up to so many states are drawn alone. Where places lie farther apart, the whole country is.
_MOST_STATES, _WIDE_M = 3, 1_000 * METRES_PER_MILE
NEAR_M = 200 * METRES_PER_MILE
_LEAST_METRES = 30 * METRES_PER_MILE / _WIDTH


# Draws the points that these numbers stand for in a view, as markup.
Marks = Callable[[View, Ints], str]


class _Part(NamedTuple):
    """A piece of the picture: its view, what is seen in it, and the numbers of the points in it."""

    view: View
    drawn: Drawn
    points: Ints


def directory_picture(index: Index, w: Wording, today: dt.date) -> Picture | None:
    """Return the picture of where a directory's places lie, None where none has a position; made once an edition."""
    made: Picture | None = pieces_of(index.catalogue).once(
        index.snapshot, f"{index.edition} {w.language} {today}", _made, index, w, today
    )
    return made


def _made(_snapshot: object, index: Index, w: Wording, today: dt.date) -> Picture | None:
    index = index.whole
    c = index.snapshot.columns
    roles = index.filters.listed("role", np.arange(len(c["role_place"])), today)
    everywhere = index.filters.listed("place", np.arange(len(c["place_point"])), today)
    places = np.intersect1d(c["role_place"][roles], everywhere) if len(roles) else everywhere
    if not len(places):
        return None
    at = w.plural("{number} place", "{number} places", len(places))
    if len(roles):
        # Whoever is at two places is one person.
        count = len(np.unique(c["role_person"][roles[np.isin(c["role_place"][roles], places)]]))
        people = w.plural("{number} specialist", "{number} specialists", count)
        title, caption = w("Map with a dot for each place that has specialists"), w("{people} at {places}.", people=people, places=at)  # fmt: skip
    else:
        title, caption = w("Map with a dot for each place"), w("{places}.", places=at)
    latitudes, longitudes = index.tree.at(np.unique(c["place_point"][places]))

    def dots(view: View, points: Ints) -> str:
        path_of = "".join(f"M{x} {y}h0" for x, y in few(view.pixels(latitudes[points], longitudes[points])))
        return "".join(f'<path class="{name}" d="{path_of}"/>' for name in ("m-halo", "m-dots") if path_of)

    return Picture(outlined(latitudes, longitudes, title, w, dots), title, caption)


def _beside(w: Wording) -> dict[int, str]:
    """Return what lies far from all the rest, by FIPS number."""
    return {
        2: w("Alaska"), 15: w("Hawaii"), 60: w("Amer. Samoa"), 66: w("Guam"), 69: w("N. Marianas"),
        72: w("Puerto Rico"), 78: w("Virgin Islands"),
    }  # fmt: skip


def outlined(latitudes: Floats, longitudes: Floats, title: str, w: Wording, marks: Marks, *, near: bool = False) -> str:
    """Return the picture of points on an outline map, as SVG: what lies far off stands beside it, each in a box.

    There is at least one point. `near` shows points that lie close together from near, and not in their whole state.
    """
    states, names = borders().states_at(latitudes, longitudes), _beside(w)
    apart = np.isin(states, list(names))
    if apart.all():
        # A directory of Hawaii has it in the middle and not beside.
        apart = states != np.bincount(states).argmax()
    main, ground = _main(latitudes, longitudes, states, np.flatnonzero(~apart), near=near)
    insets = [
        (names[state], _inset(latitudes, longitudes, state, np.flatnonzero(states == state)))
        for state in np.unique(states[apart]).tolist()
    ]
    across = min(_A_ROW, len(insets)) or 1
    left = (_WIDTH - across * (_INSET + _GAP) + _GAP) // 2
    rows = -(-len(insets) // across)
    high = main.view.height + rows * (_INSET_HIGH + _NAME + _GAP)
    parts = []
    for number, (name, part) in enumerate(insets):
        x = left + number % across * (_INSET + _GAP)
        y = main.view.height + _GAP + number // across * (_INSET_HIGH + _NAME + _GAP)
        box = f'x="{x}" y="{y}" width="{_INSET}" height="{_INSET_HIGH}"'
        parts.append(
            f'<svg {box}>{_land(part, marks, firm=True)}</svg><rect class="m-box" {box} rx="5"/>'
            f'<text x="{x + _INSET // 2}" y="{y + _INSET_HIGH + 16}">{escape(name)}</text>'
        )
    beside = f'<g class="m-t m-mid">{"".join(parts)}</g>' if parts else ""
    return (
        f'<svg viewBox="0 0 {_WIDTH} {high}" role="img" aria-labelledby="map-title" class="{ground}">'
        f'<title id="map-title">{escape(title)}</title>'
        f'<svg width="{_WIDTH}" height="{main.view.height}">{_land(main, marks, firm=ground == "m-alone")}</svg>{beside}</svg>'
    )


def _land(part: _Part, marks: Marks, *, firm: bool) -> str:
    """Return land, lines and marks; `firm` with a firm line around the land."""
    land = path(part.drawn.land, closed=True)
    lines = [("m-c", path(part.drawn.counties)), ("m-s", path(part.drawn.states))]
    drawn = "".join(f'<path class="{name}" d="{data}"/>' for name, data in lines if data)
    return f'<path class="m-land m-in{" m-firm" if firm else ""}" d="{land}"/>{drawn}{marks(part.view, part.points)}'


def _main(latitudes: Floats, longitudes: Floats, states: Ints, points: Ints, *, near: bool) -> tuple[_Part, str]:
    """Return the picture without insets: a few states alone, the whole country alone, or a part of it."""
    latitudes, longitudes, states = latitudes[points], longitudes[points], states[points]
    # Who stands on a pier lies in no state.
    these = [state for state in np.unique(states).tolist() if state]
    known, spread = borders(), _fitted(latitudes, longitudes, _LEAST_HIGH)
    is_near = near and spread.metres * _WIDTH <= NEAR_M
    if these and len(these) <= _MOST_STATES and not is_near:
        view = with_corners(latitudes, longitudes, these)
        drawn, ground = known.of_states(view, these, _MOST_POINTS, _COUNTIES_TO_M), "m-alone"
    elif spread.metres * _WIDTH > _WIDE_M:
        whole = [state for state in range(1, 57) if state not in (2, 15)]
        view = with_corners(latitudes, longitudes, whole)
        drawn, ground = known.drawn(view, _MOST_POINTS, _COUNTIES_TO_M), "m-alone"
    else:
        view = spread
        drawn = known.drawn(view, _MOST_POINTS, _COUNTIES_TO_M)
        ground = "m-wide" if may_show_abroad(view) else "m-sea"
    return _Part(view, drawn, points), ground


def _inset(latitudes: Floats, longitudes: Floats, state: int, points: Ints) -> _Part:
    corners = borders().corners([state])
    view = _fitted(
        np.append(latitudes[points], corners[0]), np.append(longitudes[points], corners[1]), _INSET_HIGH, _INSET
    )
    return _Part(view, borders().of_states(view, [state], _INSET_POINTS, 0.0), points)


def with_corners(latitudes: Floats, longitudes: Floats, states: Sequence[int]) -> View:
    """Return a view that holds points and whole states, by FIPS number."""
    corners = borders().corners(states)
    return _fitted(np.append(latitudes, corners[0]), np.append(longitudes, corners[1]), _LEAST_HIGH // 2)


def _fitted(latitudes: Floats, longitudes: Floats, least_high: int, width: int = _WIDTH) -> View:
    """Return a view that holds all points, as high as it takes; an inset is as high as it is told."""
    turned = (longitudes - longitudes[0] + 180) % 360 - 180
    latitude = float(latitudes.min() + latitudes.max()) / 2
    longitude = (float(turned.min() + turned.max()) / 2 + float(longitudes[0]) + 180) % 360 - 180
    x, y = View(latitude, longitude, 1.0, 0.0, 0.0, 0, 0).pixels(latitudes, longitudes).T
    most_high = _MOST_HIGH if width == _WIDTH else least_high
    room = width - 2 * _EDGE, most_high - 2 * _EDGE
    metres = max(float(np.ptp(x)) / room[0], float(np.ptp(y)) / room[1], _LEAST_METRES)
    height = max(least_high, math.ceil(float(np.ptp(y)) / metres) + 2 * _EDGE)
    return View(
        latitude, longitude, metres, width / 2 - float(x.min() + x.max()) / 2 / metres,
        height / 2 - float(y.min() + y.max()) / 2 / metres, width, height,
    )  # fmt: skip


def few(pixels: Floats) -> list[tuple[int, int]]:
    """Return dots on whole pixels, those that nearly cover each other as one where there are many."""
    step = 1
    while True:
        found = np.unique(np.rint(pixels / step).astype(np.int64) * step, axis=0)
        if len(found) <= _MOST_DOTS:
            return [(x, y) for x, y in found.tolist()]
        step += 1
