"""The map on which staff move a pin: outlines, towns, where the pin was, where it would be, the middle of its ZIP."""

from __future__ import annotations

import numpy as np

from finder.formats.picture.ground import drawn
from finder.geo import METRES_PER_MILE, View

WIDTH, HEIGHT = 640, 420
# Miles from side to side.
ACROSS = (2, 10, 50, 250)
_LAND, _SEA, _LINE, _EDGE, _INK, _PIN = "#f6f1e6", "#d6e4ea", "#b9ad97", "#6b6152", "#2b2620", "#9a1f12"
Position = tuple[float, float]


def view_of(latitude: float, longitude: float, across_miles: float) -> View:
    """Return the frame of a map around a pin."""
    metres = across_miles * METRES_PER_MILE / WIDTH
    return View(latitude, longitude, metres, WIDTH / 2, HEIGHT / 2, WIDTH, HEIGHT)


def pin_map(view: View, pin: Position, old: Position | None, middle: Position | None) -> str:
    """Return the map as SVG: a cross for the pin, a ring for where it was, a square for the middle of the ZIP code."""
    ground = drawn(view)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="14">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_SEA if ground.is_water else "#eeeae2"}"/>',
        f'<path d="{ground.land}" fill="{_LAND}" stroke="{_EDGE}" stroke-width=".8"/>',
        f'<path d="{ground.counties}" fill="none" stroke="{_LINE}" stroke-width=".8"/>',
        f'<path d="{ground.states}" fill="none" stroke="{_EDGE}" stroke-width="1.4"/>',
    ]
    for town in ground.towns:
        place = town.places[0]
        anchor = f' text-anchor="{place.anchor}"' if place.anchor else ""
        parts.append(f'<circle cx="{town.x}" cy="{town.y}" r="2" fill="{_INK}"/>')
        parts.append(f'<text x="{place.x}" y="{place.y}" fill="{_INK}"{anchor}>{town.name}</text>')
    if middle:
        x, y = _pixel(view, middle)
        parts.append(
            f'<rect x="{x - 6}" y="{y - 6}" width="12" height="12" fill="none" stroke="{_INK}" stroke-width="2"/>'
        )
    if old:
        x, y = _pixel(view, old)
        parts.append(f'<circle cx="{x}" cy="{y}" r="9" fill="none" stroke="{_INK}" stroke-width="3"/>')
    x, y = _pixel(view, pin)
    parts.append(f'<path d="M{x - 13} {y}h26M{x} {y - 13}v26" stroke="#fff" stroke-width="6" fill="none"/>')
    parts.append(f'<path d="M{x - 13} {y}h26M{x} {y - 13}v26" stroke="{_PIN}" stroke-width="3" fill="none"/></svg>')
    return "".join(parts)


def _pixel(view: View, position: Position) -> tuple[int, int]:
    x, y = view.pixels(np.array([position[0]]), np.array([position[1]]))[0].round().astype(int).tolist()
    return x, y
