"""Answers to be drawn, and what can be seen in a picture: read from its markup and from nothing else."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

from geopy.distance import geodesic

from finder.db.directory import PositionKind
from finder.formats.picture import Picture
from finder.formats.picture.svg import width
from finder.geo import METRES_PER_MILE, direction, geodesics_from
from finder.search.origin import resolve_origin
from finder.search.query import SearchQuery
from finder.search.results import Match, ResultList, SearchResults
from tests.formats.test_listing_words import a_place

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


class Box(NamedTuple):
    """What something takes of a picture, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def inside(self, other: Box) -> bool:
        return other.holds(self.left, self.top) and other.holds(self.right, self.bottom)


class Somewhere(NamedTuple):
    """Someone to be listed: at which place, where that is, and how that is known."""

    key: str
    latitude: float
    longitude: float
    city: str = "Somewhere"
    kind: PositionKind = PositionKind.GIVEN


def answer(zip_code: str, radius: float | None, some: Sequence[Somewhere], asked: float | None = 50.0) -> SearchResults:
    """Return an answer that lists some, nearest first, in two lists."""
    origin = resolve_origin(zip_code)
    far = [geodesic(origin.point, (one.latitude, one.longitude)).m for one in some]
    ranked = sorted(zip(far, some, strict=True))
    matches = [
        Match(
            rank, metres,
            a_place(
                public_id=f"place:test:{one.key}", latitude=one.latitude, longitude=one.longitude, city=one.city,
                position_kind=one.kind,
            ),
            direction=direction(azimuth) if metres > METRES_PER_MILE else "", azimuth=azimuth,
        )
        for rank, (metres, one) in enumerate(ranked, 1)
        for azimuth in (geodesics_from(*origin.point)(one.latitude, one.longitude)[1],)
    ]  # fmt: skip
    split = len(matches) * 2 // 3
    lists = tuple(ResultList(name, len(part), tuple(part)) for name, part in (("main", matches[:split]), ("may_help", matches[split:])))  # fmt: skip
    query = replace(SearchQuery(zip_code), unit="places", radius=asked if radius is None else radius)
    return SearchResults(
        query=query, edition=1, built_at=NOON, is_demo=False, today=NOON.date(), origin=origin, condition=None,
        procedure=None, redirected_from=None, groups=(), radius_miles=radius, widened=False, within_asked=0, lists=lists,
    )  # fmt: skip


def listed(results: SearchResults) -> list[Match]:
    return [match for one in results.lists for match in one.matches]


class Seen:
    """A picture as it is seen."""

    def __init__(self, picture: Picture) -> None:
        self.root = ET.fromstring(picture.svg)
        self.size = Box(*map(float, self.root.attrib["viewBox"].split()))
        self.title = next(one.text or "" for one in self.root if one.tag == "title")
        self.circles = [one.attrib for one in self.root if one.tag == "circle"]
        marks = [one for one in self.circles if one["class"] == "m-o"]
        self.mark = (float(marks[0]["cx"]), float(marks[0]["cy"])) if marks else None
        rings = [one for one in self.circles if one["class"].startswith("m-ring")]
        self.rings = {float(one["r"]): "m-on" in one["class"] for one in rings}
        self.pills = [
            Box(float(one["x"]), float(one["y"]), float(one["x"]) + float(one["width"]), float(one["y"]) + float(one["height"]))
            for one in (rect.attrib for rect in self._group("m-p"))
        ]  # fmt: skip
        self.words = [(one.text or "", self._box(one, 14)) for one in self._group("m-t")]
        self.numbers = [(one.text or "", self._box(one, 16)) for one in self._group("m-n")]
        self.rough = [(float(one["cx"]), float(one["cy"])) for one in self.circles if one["class"] == "m-r"]
        self.dots = self._points("m-d") + self.rough
        ends = re.findall(r"M(-?\d+) (-?\d+)L(-?\d+) (-?\d+)", self._data("m-l"))
        self.leaders = [((float(a), float(b)), (float(c), float(d))) for a, b, c, d in ends]

    def _group(self, name: str) -> Iterator[ET.Element]:
        for one in self.root:
            if one.tag == "g" and name in one.attrib.get("class", "").split():
                yield from one

    def _data(self, name: str) -> str:
        return "".join(one.attrib["d"] for one in self.root if one.tag == "path" and one.attrib.get("class") == name)

    def _points(self, name: str) -> list[tuple[float, float]]:
        return [(float(x), float(y)) for x, y in re.findall(r"M(-?\d+) (-?\d+)h0", self._data(name))]

    def _box(self, text: ET.Element, size: int) -> Box:
        x, baseline, long = float(text.attrib["x"]), float(text.attrib["y"]), width(text.text or "", size)
        middle = size == 16 or "m-mid" in self._classes(text)
        left = x - long / 2 if middle else x - long if "m-end" in self._classes(text) else x
        return Box(left, baseline - size * 0.75, left + long, baseline + size * 0.22)

    def _classes(self, text: ET.Element) -> set[str]:
        around = next((one for one in self.root if text in list(one)), text)
        return {*text.attrib.get("class", "").split(), *around.attrib.get("class", "").split()}

    def ranks_in(self, pill: Box) -> list[int]:
        """Return the numbers that a pill says, those between too where only ends are said."""
        found: list[int] = []
        for text, box in self.numbers:
            if box.inside(pill):
                for part in text.split("\u00b7"):
                    first, _, last = part.partition("\u2013")
                    found += range(int(first), int(last or first) + 1)
        return found

    def dot_of(self, pill: Box) -> tuple[float, float]:
        """Return the dot at the other end of a pill's line."""
        middle = (pill.left + pill.right) / 2, (pill.top + pill.bottom) / 2
        (found,) = {dot for dot, end in self.leaders if abs(end[0] - middle[0]) <= 1 and abs(end[1] - middle[1]) <= 1}
        return found


def overlapping(boxes: Sequence[Box]) -> list[tuple[Box, Box]]:
    """Return the boxes that touch each other."""
    return [(one, other) for one, other in combinations(boxes, 2) if one.touches(other)]
