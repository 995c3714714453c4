"""The picture of how far it is from many points: a mark for each, whose shape and size say in which band it is."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from finder.db.reference import STATES, borders
from finder.formats.picture.directory import with_corners
from finder.formats.picture.svg import path
from finder.geo import Floats, Ints

_MOST_POINTS, _COUNTIES_TO_M, _MOST_STATES = 900, 1800.0, 12
# So many bands can be told apart: a point, a plus, an open square, a full square, a cross; the farther the larger.
_MARKS = ("M{x} {y}h0", "M{l} {y}h4M{x} {t}v4", "M{l} {t}h4v4h-4z", "M{l} {t}h4v4h-4z", "M{l} {t}l6 6m0 -6l-6 6")
_HALF = (0, 2, 2, 2, 3)
MOST_BANDS = len(_MARKS)


def bands_picture(
    latitudes: Floats, longitudes: Floats, bands: Ints, states: Sequence[str], at: tuple[Floats, Floats], title: str
) -> str:
    """Return the markup of a picture of states with a mark for each point by its band, nearest first.

    `states` are USPS abbreviations. `at` are the points that distances go to; they are rings. Marks on the same pixel
    stand once, that of the farther band.
    """
    numbers = [int(STATES[one][0]) for one in states if one in STATES]
    drawable = numbers[:_MOST_STATES] if borders().corners(numbers[:_MOST_STATES])[0].size else []
    view = with_corners(latitudes, longitudes, drawable)
    drawn = (
        borders().of_states(view, drawable, _MOST_POINTS, _COUNTIES_TO_M)
        if drawable and len(numbers) <= _MOST_STATES
        else borders().drawn(view, _MOST_POINTS, _COUNTIES_TO_M)
    )
    pixels = np.rint(view.pixels(latitudes, longitudes)).astype(np.int64)
    taken: set[tuple[int, int]] = set()
    marks = []
    for band in range(MOST_BANDS - 1, -1, -1):
        here = sorted({(x, y) for x, y in pixels[bands == band].tolist()} - taken)
        taken.update(here)
        if here:
            marks.append(f'<path class="m-band m-band-{band}" d="{"".join(_mark(band, x, y) for x, y in here)}"/>')
    inside = {
        (x, y)
        for x, y in np.rint(view.pixels(*at)).astype(np.int64).tolist()
        if 0 <= x <= view.width and 0 <= y <= view.height
    } if len(at[0]) else set()  # fmt: skip
    rings = "".join(f"M{x - 5} {y}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0" for x, y in sorted(inside))
    lines = [("m-c", path(drawn.counties)), ("m-s", path(drawn.states))]
    ground = f'<path class="m-land m-in m-firm" d="{path(drawn.land, closed=True)}"/>' + "".join(
        f'<path class="{name}" d="{data}"/>' for name, data in lines if data
    )
    return (
        f'<svg viewBox="0 0 {view.width} {view.height}" role="img" aria-labelledby="map-title" class="m-alone">'
        f'<title id="map-title">{escape(title)}</title>{ground}{"".join(reversed(marks))}'
        f'{f"""<path class="m-band-at" d="{rings}"/>""" if rings else ""}</svg>'
    )


def band_mark(band: int) -> str:
    """Return the mark of a band by itself, for the key of a picture; None of them needs colour to be told."""
    return f'<svg viewBox="0 0 14 14" width="28" height="28" aria-hidden="true"><path class="m-band m-band-{band}" d="{_mark(band, 7, 7)}"/></svg>'  # fmt: skip


def _mark(band: int, x: int, y: int) -> str:
    half = _HALF[band]
    return _MARKS[band].format(x=x, y=y, l=x - half, t=y - half)
