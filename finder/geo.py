"""Points on the earth: exact distances, the spatial tree, outlines and areas. The only user of geometry libraries.

Latitudes and longitudes are WGS84 degrees, north and east positive; distances are metres along the geodesic.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod
from scipy.spatial import cKDTree
from shapely import box, contains_xy, dwithin, is_missing, make_valid, prepare, union_all
from shapely import points as points_at
from shapely.affinity import scale, translate
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, mapping, shape
from shapely.ops import nearest_points

from finder.errors import DirectoryRefused

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METRES_PER_MILE = 1609.344
# scipy's tree has a node of some 72 bytes for each 6 points or so (leaves hold 16 at most).
_NODE_BYTES, _POINTS_A_NODE = 72, 6
_DIRECTIONS = ("north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west")
_WGS84 = Geod(ellps="WGS84")
_EQUATOR_M = 6378137.0  # WGS84 semi-major axis, NIMA TR8350.2
_ECCENTRICITY_2 = 6.69437999014e-3  # WGS84 first eccentricity squared, NIMA TR8350.2
_PLANE = box(-180, -90, 180, 90)
_DEGREE_M = 111_700.0  # no degree of latitude or longitude is longer
AREA_POSITIONS = 20_000  # as many as the outline of a state has in the finest public file
# Chord and geodesic are each rounded to about a nanometre at this size; a micrometre of room is ample.
ROUNDING_M = 1e-6


def geodesic_m(latitude: float, longitude: float, latitudes: Floats, longitudes: Floats) -> Floats:
    """Return the geodesic distances in metres from one point to many (Karney 2013, through PROJ)."""
    there_lats = np.ascontiguousarray(latitudes, dtype=np.float64)
    there_lons = np.ascontiguousarray(longitudes, dtype=np.float64)
    here_lats = np.full(there_lats.shape, latitude)
    here_lons = np.full(there_lons.shape, longitude)
    _, _, metres = _WGS84.inv(here_lons, here_lats, there_lons, there_lats)
    return np.asarray(metres, dtype=np.float64)


def are_within(
    metres: float, latitudes: Floats, longitudes: Floats, to_latitudes: Floats, to_longitudes: Floats
) -> NDArray[np.bool_]:
    """Tell of each point whether its partner is at most so many metres away, along the geodesic."""
    degrees = np.hypot(latitudes - to_latitudes, longitudes - to_longitudes)
    # The way that is straight in degrees is no shorter than the geodesic; most need no closer look.
    within = np.asarray(degrees * _DEGREE_M <= metres, dtype=np.bool_)
    rest = np.flatnonzero(~within)
    here_lats, here_lons, there_lats, there_lons = (
        np.ascontiguousarray(one[rest]) for one in (latitudes, longitudes, to_latitudes, to_longitudes)
    )
    _, _, exactly = _WGS84.inv(here_lons, here_lats, there_lons, there_lats)
    within[rest] = np.asarray(exactly) <= metres
    return within


def distances_from(latitude: float, longitude: float) -> Callable[[float, float], float]:
    """Return what gives the geodesic distance in metres to another latitude and longitude, one at a time."""
    inverse = _WGS84.inv

    def metres_to(to_latitude: float, to_longitude: float) -> float:
        metres: float = inverse(longitude, latitude, to_longitude, to_latitude)[2]
        return metres

    return metres_to


def directions(
    latitude: float, longitude: float, to_latitudes: Sequence[float], to_longitudes: Sequence[float]
) -> list[str]:
    """Return in which of eight directions other points lie, such as "north_east": where the geodesics set out."""
    count = len(to_latitudes)
    azimuths = _WGS84.inv([longitude] * count, [latitude] * count, to_longitudes, to_latitudes)[0]
    return [_DIRECTIONS[round(azimuth / 45) % 8] for azimuth in azimuths]


def earth_xyz(latitudes: Floats, longitudes: Floats) -> Floats:
    """Return earth-centred x, y, z in metres on the ellipsoid, shape (n, 3)."""
    lat = np.radians(np.asarray(latitudes, dtype=np.float64))
    lon = np.radians(np.asarray(longitudes, dtype=np.float64))
    prime_vertical = _EQUATOR_M / np.sqrt(1 - _ECCENTRICITY_2 * np.sin(lat) ** 2)
    return np.stack(
        (
            prime_vertical * np.cos(lat) * np.cos(lon),
            prime_vertical * np.cos(lat) * np.sin(lon),
            prime_vertical * (1 - _ECCENTRICITY_2) * np.sin(lat),
        ),
        axis=-1,
    )


class SpatialTree:
    """Points that can be found nearest first by chord, the straight line between two points of the ellipsoid."""

    def __init__(self, latitudes: Floats, longitudes: Floats, xyz: Floats | None = None) -> None:
        self.latitudes = np.asarray(latitudes, dtype=np.float64)
        self.longitudes = np.asarray(longitudes, dtype=np.float64)
        self.size = len(self.latitudes)
        self._xyz = earth_xyz(self.latitudes, self.longitudes) if xyz is None else xyz
        # Neither option changes an answer; both make building several times as fast.
        self._tree = cKDTree(self._xyz, balanced_tree=False, compact_nodes=False) if self.size else None

    @property
    def own_bytes(self) -> int:
        """What it takes in memory beside the latitudes and longitudes: x, y, z, and scipy's 8 bytes and some nodes."""
        return self._xyz.nbytes + self.size * (8 + _NODE_BYTES // _POINTS_A_NODE)

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return self.own_bytes + self.latitudes.nbytes + self.longitudes.nbytes

    def nearest(self, latitude: float, longitude: float, k: int, reach_m: float = math.inf) -> tuple[Ints, Floats]:
        """Return the numbers of the k points of the shortest chords, ascending, and these in metres.

        Only chords shorter than `reach_m` count.
        """
        if self._tree is None:
            return np.empty(0, np.int64), np.empty(0)
        # Asked for one neighbour in so many words it returns no list.
        chords, points = self._tree.query(
            _point_xyz(latitude, longitude), k if k > 1 else [1], distance_upper_bound=reach_m
        )
        if reach_m < math.inf:
            # What is missing is filled in with an infinite chord.
            found = int(chords.searchsorted(math.inf))
            return points[:found], chords[:found]
        return points, chords

    def at(self, points: Ints) -> tuple[Floats, Floats]:
        """Return the latitudes and longitudes of points."""
        return self.latitudes[points], self.longitudes[points]

    def part(self, points: Ints) -> SpatialTree:
        """Return a tree of some of the points, numbered in the order given."""
        return SpatialTree(self.latitudes[points], self.longitudes[points], self._xyz[points])


def chord_of_arc_m(metres: float) -> float:
    """Return a chord that no geodesic of this length can be shorter than.

    A geodesic bends nowhere more than the tightest circle on the ellipsoid, whose radius is a(1 - e2), and of two
    curves of one length the one that bends less has the longer chord (Schur's comparison theorem). From half of that
    circle upwards nothing is known, so nothing is promised.
    """
    radius = _EQUATOR_M * (1 - _ECCENTRICITY_2)
    return 2 * radius * math.sin(metres / (2 * radius)) - ROUNDING_M if metres < math.pi * radius / 2 else 0.0


def _point_xyz(latitude: float, longitude: float) -> Floats:
    """Return x, y, z of one point; many times as fast as `earth_xyz` for one."""
    lat, lon = math.radians(latitude), math.radians(longitude)
    prime_vertical = _EQUATOR_M / math.sqrt(1 - _ECCENTRICITY_2 * math.sin(lat) ** 2)
    flat = prime_vertical * math.cos(lat)
    z = prime_vertical * (1 - _ECCENTRICITY_2) * math.sin(lat)
    return np.array((flat * math.cos(lon), flat * math.sin(lon), z))


class StateOutlines:
    """Outlines of the states and territories (or counties), from a TopoJSON file of us-atlas shape (FIPS ids)."""

    def __init__(self, topojson_gz: Path, layer: str = "states") -> None:
        topology = json.loads(gzip.decompress(topojson_gz.read_bytes()))
        arcs = _decoded_arcs(topology)
        self._outlines: dict[str, MultiPolygon] = {}
        for one in topology["objects"][layer]["geometries"]:
            parts = one["arcs"] if one["type"] == "MultiPolygon" else [one["arcs"]]
            drawn = [[_ring(ring, arcs) for ring in rings] for rings in parts]
            # Quantising has made lines of some islands and holes: a ring needs four points.
            polygons = [Polygon(outer, [r for r in holes if len(r) > 3]) for outer, *holes in drawn if len(outer) > 3]
            outline = MultiPolygon(polygons)
            prepare(outline)
            self._outlines[one["id"]] = outline

    def contain(
        self, fips: Sequence[str], latitudes: Floats, longitudes: Floats, margin_m: float = 0.0
    ) -> NDArray[np.bool_]:
        """Return which of many points surely lie inside their states, or outside by no more than a margin in metres.

        True too for those whose state has no outline.
        """
        outlines = np.array([self._outlines.get(one) for one in fips], dtype=np.object_)
        found = np.asarray(contains_xy(outlines, longitudes, latitudes) | is_missing(outlines), dtype=np.bool_)
        if margin_m:
            rest = np.flatnonzero(~found)
            found[rest] = dwithin(outlines[rest], points_at(longitudes[rest], latitudes[rest]), margin_m / _DEGREE_M)
        return found

    def outside_m(self, fips: str, latitude: float, longitude: float) -> float:
        """Return how many metres a point lies outside a state; 0 inside, and for a state without an outline."""
        outline = self._outlines.get(fips)
        point = Point(longitude, latitude)
        if outline is None or outline.covers(point):
            return 0.0
        # Degrees of longitude shrink with latitude; on the shrunk plane "nearest" is right to well under 1 %.
        shrink = math.cos(math.radians(latitude))
        flat = scale(outline, xfact=shrink, yfact=1, origin=(0, 0))
        # The plane ends at 180 degrees and Alaska does not: the point is also looked at from the next turn either way.
        turns = [Point((longitude + turn) * shrink, latitude) for turn in (-360, 0, 360)]
        edges = [nearest_points(flat, here)[0] for here in turns]
        lons, lats = np.array([edge.x / shrink for edge in edges]), np.array([edge.y for edge in edges])
        return float(geodesic_m(latitude, longitude, lats, lons).min())


def _decoded_arcs(topology: dict[str, Any]) -> list[list[tuple[float, float]]]:
    """Undo TopoJSON's quantisation and delta coding (TopoJSON specification 2.1.1 and 2.1.2)."""
    (scale_x, scale_y), (shift_x, shift_y) = (
        topology["transform"]["scale"],
        topology["transform"]["translate"],
    )
    arcs = []
    for arc in topology["arcs"]:
        steps = np.cumsum(np.asarray(arc, dtype=np.int64), axis=0)
        arcs.append([(float(x * scale_x + shift_x), float(y * scale_y + shift_y)) for x, y in steps])
    return arcs


def _ring(numbers: list[int], arcs: list[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    ring: list[tuple[float, float]] = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring.extend(arc[1:] if ring else arc)
    return ring


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
