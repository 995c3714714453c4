"""Areas that somebody drew, as GeoJSON: read, mended, kept, and asked whether a point lies in them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from shapely import box, make_valid, prepare, union_all
from shapely.affinity import translate
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, mapping, shape

from finder.errors import DirectoryRefused

AREA_POSITIONS = 20_000  # as many as the outline of a state has in the finest public file
_PLANE = box(-180, -90, 180, 90)


class DrawnArea(NamedTuple):
    """An area as it was read: GeoJSON to be kept, and whether it was mended, as it crossed itself or 180 degrees."""

    geojson: dict[str, Any]
    mended: bool


class Area:
    """A drawn area, of GeoJSON that `read_area` gave. Its edges are straight in degrees, as GeoJSON has them."""

    def __init__(self, geojson: Mapping[str, Any]) -> None:
        self._shape = shape(geojson)
        prepare(self._shape)

    def covers(self, latitude: float, longitude: float) -> bool:
        """Return whether a point lies in it or on its edge."""
        if abs(latitude) == 90:
            # A pole has every longitude.
            return bool(self._shape.intersects(LineString([(-180, latitude), (180, latitude)])))
        sides = (-180, 180) if abs(longitude) == 180 else (longitude,)
        return any(self._shape.covers(Point(side, latitude)) for side in sides)


def read_area(name: str, body: Any) -> DrawnArea:
    """Return the area of a GeoJSON Polygon or MultiPolygon, a Feature of one, or a FeatureCollection of such.

    A ring that crosses itself is mended; one with a step of more than half a turn in longitude is taken to go the
    short way, over the 180th meridian, and one that so goes round a pole to hold it. Raises DirectoryRefused, which
    calls it by its `name`: area_kind, area_ring, area_position, area_too_large or area_empty.
    """
    rings = _polygons_of(name, body)
    if sum(len(ring) for polygon in rings for ring in polygon) > AREA_POSITIONS:
        raise DirectoryRefused("area_too_large", name=name, limit=f"{AREA_POSITIONS:,}")
    polygons, mended = [], False
    for polygon in rings:
        went_round = [_short_way(ring) for ring in polygon]
        # A hole belongs on the turn of the earth that its outer ring was laid on.
        outer, *holes = (ring for ring, _turned in went_round)
        around = Polygon(outer)
        drawn = Polygon(outer, [_on_the_turn_of(around, hole) for hole in holes])
        mended |= any(turned for _ring, turned in went_round) or not drawn.is_valid
        polygons += [drawn if drawn.is_valid else make_valid(drawn)]
    parts = _cut([part for one in polygons for part in _parts_of(one)])
    if not parts:
        raise DirectoryRefused("area_empty", name=name)
    return DrawnArea(json.loads(json.dumps(mapping(MultiPolygon(parts)))), mended)


def _parts_of(geometry: Any) -> list[Polygon]:
    """Return the polygons that a geometry is made of; what has no area is left out."""
    if isinstance(geometry, Polygon):
        return [geometry] if geometry.area > 0 else []
    return [part for one in getattr(geometry, "geoms", ()) for part in _parts_of(one)]


def _cut(polygons: list[Polygon]) -> list[Polygon]:
    """Return polygons as one area within 180 degrees either way, cut there (RFC 7946, 3.1.9)."""
    pieces = []
    for one in polygons:
        west, _south, east, _north = one.bounds
        turns = range(math.floor((west + 180) / 360), math.floor((east + 180) / 360) + 1)
        pieces += [translate(one, -360 * turn).intersection(_PLANE) for turn in turns]
    return _parts_of(union_all([part for piece in pieces for part in _parts_of(piece)]))


def _polygons_of(name: str, body: Any) -> list[list[list[tuple[float, float]]]]:
    """Return the checked rings of every polygon, each as longitudes and latitudes."""
    kind = body.get("type") if isinstance(body, dict) else None
    if kind == "FeatureCollection" and isinstance(body.get("features"), list):
        return [polygon for one in body["features"] for polygon in _polygons_of(name, one)]
    if kind == "Feature" and isinstance(body.get("geometry"), dict):
        return _polygons_of(name, body["geometry"])
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(body.get("coordinates"), list):
        raise DirectoryRefused("area_kind", name=name, found=str(kind or type(body).__name__)[:40])
    polygons = [body["coordinates"]] if kind == "Polygon" else body["coordinates"]
    if not all(isinstance(one, list) and one and all(isinstance(ring, list) for ring in one) for one in polygons):
        raise DirectoryRefused("area_kind", name=name, found=str(kind))
    return [[_checked(name, ring) for ring in polygon] for polygon in polygons]


def _checked(name: str, ring: list[Any]) -> list[tuple[float, float]]:
    for at in ring:
        numbers = at[:2] if isinstance(at, list) and len(at) >= 2 else []
        good = [type(n) in (int, float) and abs(n) <= most for n, most in zip(numbers, (180, 90), strict=False)]
        if good != [True, True]:
            raise DirectoryRefused("area_position", name=name, value=json.dumps(at)[:60])
    points = [(float(at[0]), float(at[1])) for at in ring]
    if len(points) < 4 or points[0] != points[-1]:
        raise DirectoryRefused("area_ring", name=name, value=json.dumps(ring[0])[:60] if ring else "[]")
    return points


def _short_way(ring: list[tuple[float, float]]) -> tuple[list[tuple[float, float]], bool]:
    """Return a ring whose longitudes go on beyond 180 degrees where it crosses them, and whether it does."""
    turn, found = 0.0, [ring[0]]
    for (before, _), (longitude, latitude) in pairwise(ring):
        # A step of a whole turn is an edge along a parallel, as of a frame round the map.
        if 180 < abs(longitude - before) < 360:
            turn += math.copysign(360, before - longitude)
        found.append((longitude + turn, latitude))
    if turn:
        # It has gone round: the nearer pole is in it.
        pole = math.copysign(90, sum(latitude for _, latitude in found))
        found += [(found[-1][0], pole), (found[0][0], pole), found[0]]
    return found, found != ring


def _on_the_turn_of(around: Polygon, hole: list[tuple[float, float]]) -> list[tuple[float, float]]:
    turns = [translate(Polygon(hole), turn) for turn in (0, -360, 360)]
    chosen = next((one for one in turns if around.intersects(one)), turns[0])
    return list(chosen.exterior.coords)
