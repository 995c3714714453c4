"""Outlines of states: which points lie inside, and how far outside the others lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shapely import contains_xy, dwithin, is_missing, prepare
from shapely import points as points_at
from shapely.affinity import scale
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.ops import nearest_points

from finder.geo.distances import DEGREE_M, Floats, geodesic_m
from finder.geo.topojson import Topology


class StateOutlines:
    """Outlines of the states and territories (or counties), from a TopoJSON file of us-atlas shape (FIPS ids)."""

    def __init__(self, topojson_gz: Path, layer: str = "states") -> None:
        topology = Topology(topojson_gz)
        self._outlines: dict[str, MultiPolygon] = {}
        for fips, parts in topology.outlines(layer):
            drawn = [[topology.ring(ring) for ring in rings] for rings in parts]
            # Quantising has made lines of some islands and holes: a ring needs four points.
            polygons = [Polygon(outer, [r for r in holes if len(r) > 3]) for outer, *holes in drawn if len(outer) > 3]
            outline = MultiPolygon(polygons)
            prepare(outline)
            self._outlines[fips] = outline

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
            found[rest] = dwithin(outlines[rest], points_at(longitudes[rest], latitudes[rest]), margin_m / DEGREE_M)
        return found

    def cover(self, latitude: float, longitude: float) -> bool:
        """Return whether a point lies in any of the states that have an outline."""
        point = Point(longitude, latitude)
        return any(outline.covers(point) for outline in self._outlines.values())

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
