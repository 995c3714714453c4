"""From a ground, rings and pins to the markup of a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from finder.formats.picture import room
from finder.formats.picture.frame import Ring
from finder.formats.picture.ground import TOWN_SIZE, Ground, Town
from finder.formats.picture.pins import Pin, Spot, placed
from finder.formats.picture.svg import width
from finder.geo import View

_MARK, _FIRST_LINE, _NEXT_LINE = 5.5, 18.5, 20
_MOST_NAMES = 7
_BESIDE = 5


class Picture(NamedTuple):
    """A picture: markup of the SVG, its title, and a caption that says in words what it shows."""

    svg: str
    title: str
    caption: str


class Said(NamedTuple):
    """A ring with its words, and where they stand: the middle of the text's baseline."""

    ring: Ring
    text: str
    x: float
    y: float


def drawing(
    view: View,
    ground: Ground,
    rings: Sequence[tuple[Ring, str]],
    spots: Sequence[Spot],
    title: str,
    mark: tuple[float, float] | None,
    all_inside: bool,
) -> str:
    """Return the markup of numbered places over a ground. `mark` is the pixel that distances are measured from."""
    size = view.width, view.height
    taken = room.cells(*_around(*mark, _MARK + 2)).mask if mark else 0
    said, labels = _said(view, rings)
    pins, taken = placed(spots, taken | labels, mark, size)
    land = _land(ground, next((ring for ring, _text in rings if ring.searched), None), mark, all_inside)
    # The circle's words stand over its line, and the numbers over all.
    parts = [
        f'<svg viewBox="0 0 {view.width} {view.height}" role="img" aria-labelledby="map-title"{_beyond(ground)}>',
        f'<title id="map-title">{escape(title)}</title>', land, _circles(said, mark), named(ground.towns, taken), _words(said), _pins(pins, mark), "</svg>",
    ]  # fmt: skip
    return "".join(parts)


def _beyond(ground: Ground) -> str:
    return ' class="m-sea"' if ground.is_water else ""


def _around(x: float, y: float, by: float) -> tuple[float, float, float, float]:
    return x - by, y - by, x + by, y + by


def _land(ground: Ground, circle: Ring | None, mark: tuple[float, float] | None, all_inside: bool) -> str:
    """Return land and lines; what lies in the circle is lighter."""
    lines = f'<path class="m-c" d="{ground.counties}"/>' if ground.counties else ""
    lines += f'<path class="m-s" d="{ground.states}"/>' if ground.states else ""
    if not ground.land:
        return lines
    if all_inside or circle is None or mark is None:
        return f'<path class="m-land m-in" d="{ground.land}"/>{lines}'
    x, y = _number(mark[0]), _number(mark[1])
    return (
        f'<clipPath id="map-near"><circle cx="{x}" cy="{y}" r="{circle.pixels:.0f}"/></clipPath>'
        f'<defs><path id="map-outline" d="{ground.land}"/></defs><use class="m-land" href="#map-outline"/>'
        f'<use class="m-in" href="#map-outline" clip-path="url(#map-near)"/>{lines}'
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _said(view: View, rings: Iterable[tuple[Ring, str]]) -> tuple[list[Said], int]:
    """Return the rings whose words have room in the frame, and the cells that words take."""
    found, taken = [], 0
    for ring, text in rings:
        long = width(text, TOWN_SIZE) / 2 + 2
        for x, y in (
            (0, 1),
            (0, -1),
            (0.707, 0.707),
            (-0.707, 0.707),
            (0.707, -0.707),
            (-0.707, -0.707),
            (1, 0),
            (-1, 0),
        ):
            at = view.x + x * ring.pixels, view.y + y * ring.pixels + 5
            if long + 4 <= at[0] <= view.width - long - 4 and 18 <= at[1] <= view.height - 8:
                cells = room.cells(at[0] - long, at[1] - 13, at[0] + long, at[1] + 4).mask
                if not cells & taken:
                    taken |= cells
                    found.append(Said(ring, text, round(at[0]), round(at[1])))
                    break
    return found, taken


def _circles(said: Iterable[Said], mark: tuple[float, float] | None) -> str:
    if mark is None:
        return ""
    x, y = _number(mark[0]), _number(mark[1])
    return "".join(
        f'<circle class="m-ring{" m-on" if one.ring.searched else ""}" cx="{x}" cy="{y}" r="{_number(one.ring.pixels)}"/>'
        for one in said
    )


def _words(said: Iterable[Said]) -> str:
    texts = "".join(f'<text x="{one.x:.0f}" y="{one.y:.0f}">{escape(one.text)}</text>' for one in said)
    return f'<g class="m-t m-mid">{texts}</g>' if texts else ""


def named(towns: Sequence[Town], taken: int) -> str:
    """Return names of towns that have room beside their points; `taken` are the cells that others have."""
    dots, names, count = [], [], 0
    for town in towns:
        if count == _MOST_NAMES:
            break
        place, cells = town.room(taken)
        if place is None:
            continue
        taken |= cells
        count += 1
        dots.append(f"M{town.x} {town.y}h0")
        anchor = f' class="m-{place.anchor[:3]}"' if place.anchor else ""
        names.append(f'<text{anchor} x="{place.x}" y="{place.y}">{town.name}</text>')
    return f'<path class="m-v" d="{"".join(dots)}"/><g class="m-t">{"".join(names)}</g>' if names else ""


def _pins(pins: Sequence[Pin], mark: tuple[float, float] | None) -> str:
    leaders = "".join(_leader(pin) for pin in pins)
    dots = "".join(f"M{pin.x} {pin.y}h0" for pin in pins if not pin.rough)
    rough = "".join(f'<circle class="m-r" cx="{pin.x}" cy="{pin.y}" r="3.5"/>' for pin in pins if pin.rough)
    boxes = "".join(
        f'<rect x="{pin.left}" y="{pin.top}" width="{pin.width}" height="{pin.height}" rx="13"/>' for pin in pins
    )
    texts = "".join(
        f'<text x="{_number(pin.left + pin.width / 2)}" y="{_number(pin.top + _FIRST_LINE + _NEXT_LINE * at)}">{line}</text>'
        for pin in pins for at, line in enumerate(pin.lines)
    )  # fmt: skip
    origin = f'<circle class="m-o" cx="{_number(mark[0])}" cy="{_number(mark[1])}" r="{_MARK}"/>' if mark else ""
    return (
        (f'<path class="m-l" d="{leaders}"/>' if leaders else "")
        + (f'<path class="m-d" d="{dots}"/>' if dots else "")
        + rough + origin + (f'<g class="m-p">{boxes}</g><g class="m-n">{texts}</g>' if pins else "")
    )  # fmt: skip


def _leader(pin: Pin) -> str:
    return f"M{pin.x} {pin.y}L{pin.left + pin.width // 2} {pin.top + pin.height // 2}"
