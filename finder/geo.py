"""Points on the earth: exact distances, the spatial tree and state outlines. The only user of geometry libraries.

Latitudes and longitudes are WGS84 degrees, north and east positive; distances are metres along the geodesic.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod
from scipy.spatial import cKDTree
from shapely import contains_xy, dwithin, is_missing, prepare
from shapely import points as points_at
from shapely.affinity import scale
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.ops import nearest_points

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METRES_PER_MILE = 1609.344
_WGS84 = Geod(ellps="WGS84")
_EQUATOR_M = 6378137.0  # WGS84 semi-major axis, NIMA TR8350.2
_ECCENTRICITY_2 = 6.69437999014e-3  # WGS84 first eccentricity squared, NIMA TR8350.2
_DEGREE_M = 111_700.0  # no degree of latitude or longitude is longer
# Chord and geodesic are each rounded to about a nanometre at this size; a micrometre of room is ample.
_ROUNDING_M = 1e-6
# Below this many points a plain scan of all chords is quicker than the tree (shared MEASURED figures).
_SCAN_BELOW = 20_000
_FIRST_FETCH = 32


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
    """Distinct points that can be walked nearest first, with proof that none was passed over.

    The straight chord between two points of the ellipsoid is never longer than the geodesic. So once a
    geodesic is shorter than the chord of the last candidate fetched, nothing nearer can be outside.
    """

    def __init__(self, latitudes: Floats, longitudes: Floats) -> None:
        self.latitudes = np.asarray(latitudes, dtype=np.float64)
        self.longitudes = np.asarray(longitudes, dtype=np.float64)
        self._xyz = earth_xyz(self.latitudes, self.longitudes)

    @cached_property
    def _tree(self) -> Any:
        return cKDTree(self._xyz, balanced_tree=False, compact_nodes=False)

    def walk(self, latitude: float, longitude: float, among: Ints | None = None) -> Iterator[tuple[Ints, Floats]]:
        """Yield batches (point numbers, distances in metres), ascending by geodesic distance over all batches.

        `among`, sorted point numbers, restricts the walk. Points at equal distance ascend by number. A
        batch may be empty; the walk ends when every point was yielded.
        """
        total = len(self.latitudes) if among is None else len(among)
        origin = earth_xyz(np.array([latitude]), np.array([longitude]))[0]
        by_chord = self._by_chord(origin, among, total)
        wanted, done = min(_FIRST_FETCH, total), 0
        while done < total:
            points, reach_m = by_chord(wanted)
            metres = geodesic_m(latitude, longitude, self.latitudes[points], self.longitudes[points])
            order = np.lexsort((points, metres))
            points, metres = points[order], metres[order]
            # What was proved before is the head of this longer list too, so `done` needs no bookkeeping.
            proved = total if wanted == total else int(np.searchsorted(metres, reach_m - _ROUNDING_M))
            yield points[done:proved], metres[done:proved]
            done, wanted = max(done, proved), min(wanted * 4, total)

    def _by_chord(self, origin: Floats, among: Ints | None, total: int) -> Callable[[int], tuple[Ints, float]]:
        """Return a function from k to (the k points of the shortest chords in any order, the longest of these)."""
        if among is None and total > _SCAN_BELOW:

            def from_tree(k: int) -> tuple[Ints, float]:
                chords, points = self._tree.query(origin, k=k)
                return np.atleast_1d(points).astype(np.int64), float(np.max(chords))

            return from_tree
        chords = np.linalg.norm((self._xyz if among is None else self._xyz[among]) - origin, axis=1)

        def from_scan(k: int) -> tuple[Ints, float]:
            rows = np.argpartition(chords, k - 1)[:k] if k < total else np.arange(total)
            return (rows if among is None else among[rows]).astype(np.int64), float(chords[rows].max())

        return from_scan


class StateOutlines:
    """Outlines of the states and territories (or counties), from a TopoJSON file of us-atlas shape (FIPS ids)."""

    def __init__(self, topojson_gz: Path, layer: str = "states") -> None:
        topology = json.loads(gzip.decompress(topojson_gz.read_bytes()))
        arcs = _decoded_arcs(topology)
        self._outlines: dict[str, MultiPolygon] = {}
        for shape in topology["objects"][layer]["geometries"]:
            parts = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
            drawn = [[_ring(ring, arcs) for ring in rings] for rings in parts]
            # Quantising has made lines of some islands and holes: a ring needs four points.
            polygons = [Polygon(outer, [r for r in holes if len(r) > 3]) for outer, *holes in drawn if len(outer) > 3]
            outline = MultiPolygon(polygons)
            prepare(outline)
            self._outlines[shape["id"]] = outline

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
