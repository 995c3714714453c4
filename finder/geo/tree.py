"""The spatial tree: points that are found nearest first."""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial import cKDTree

from finder.geo.distances import WGS84, Floats, Ints, earth_xyz, point_xyz

# scipy's tree has a node of some 72 bytes for each 6 points or so (leaves hold 16 at most).
_NODE_BYTES, _POINTS_A_NODE = 72, 6
# So many neighbours are looked at first where many origins ask at once.
_NEIGHBOURS = 8
# Up to so many points are all measured.
_FEW = 256


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
        here = point_xyz(latitude, longitude)
        if self.size <= _FEW:
            return self._nearest_of_few(here, k, reach_m)
        # Asked for one neighbour in so many words it returns no list.
        chords, points = self._tree.query(here, k if k > 1 else [1], distance_upper_bound=reach_m)
        if reach_m < math.inf:
            # What is missing is filled in with an infinite chord.
            found = int(chords.searchsorted(math.inf))
            return points[:found], chords[:found]
        return points, chords

    def _nearest_of_few(self, here: Floats, k: int, reach_m: float) -> tuple[Ints, Floats]:
        """Return the same by measuring all, which takes half the time where they are few."""
        apart = self._xyz - here
        chords = np.sqrt(np.einsum("ij,ij->i", apart, apart))
        points = chords.argsort()[:k]
        chords = chords[points]
        if reach_m < math.inf:
            found = int(chords.searchsorted(reach_m))
            return points[:found], chords[:found]
        return points, chords

    def nearest_of_each(self, latitudes: Floats, longitudes: Floats) -> tuple[Ints, Floats]:
        """Return of each of many origins the number of the point nearest along the geodesic, and its metres.

        All are asked at once. A chord is never longer than its geodesic: an origin is done when its best geodesic is
        no longer than the last chord that was looked at; the others look at more. Needs a tree that is not empty.
        """
        here_lats, here_lons = np.asarray(latitudes, np.float64), np.asarray(longitudes, np.float64)
        here = earth_xyz(here_lats, here_lons)
        best, metres = np.zeros(len(here), np.int64), np.full(len(here), math.inf)
        waiting, k = np.arange(len(here)), min(_NEIGHBOURS, self.size)
        while len(waiting) and self._tree is not None:
            chords, points = self._tree.query(here[waiting], np.arange(1, k + 1))
            lats, lons = (np.repeat(one[waiting], k) for one in (here_lats, here_lons))
            there = points.ravel()
            _, _, far = WGS84.inv(lons, lats, self.longitudes[there], self.latitudes[there])
            found = np.asarray(far).reshape(points.shape)
            first, rows = found.argmin(axis=1), np.arange(len(waiting))
            best[waiting], metres[waiting] = points[rows, first], found[rows, first]
            waiting = waiting[metres[waiting] > chords[:, -1]] if k < self.size else waiting[:0]
            k = min(k * 4, self.size)
        return best, metres

    def at(self, points: Ints) -> tuple[Floats, Floats]:
        """Return the latitudes and longitudes of points."""
        return self.latitudes[points], self.longitudes[points]

    def part(self, points: Ints) -> SpatialTree:
        """Return a tree of some of the points, numbered in the order given."""
        return SpatialTree(self.latitudes[points], self.longitudes[points], self._xyz[points])
