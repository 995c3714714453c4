"""Which of many points lie close to each other, without comparing each with all."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from finder.geo.distances import ROUNDING_M, Floats, Ints, are_within, earth_xyz


def pairs_within(metres: float, latitudes: Floats, longitudes: Floats) -> Ints:
    """Return the pairs of points at most so many metres apart along the geodesic, shape (n, 2), the lower number first.

    Points should differ: many that are one make as many pairs as they have pairs.
    """
    if len(latitudes) < 2:
        return np.empty((0, 2), np.int64)
    # A chord is never longer than the geodesic above it.
    tree = cKDTree(earth_xyz(latitudes, longitudes))
    found = tree.query_pairs(metres + ROUNDING_M, output_type="ndarray").astype(np.int64).reshape(-1, 2)
    one, other = found[:, 0], found[:, 1]
    kept = found[are_within(metres, latitudes[one], longitudes[one], latitudes[other], longitudes[other])]
    return np.asarray(kept[np.lexsort((kept[:, 1], kept[:, 0]))], np.int64)
