"""Points and exact distances: the geodesic on WGS84, the direction it sets out in, and the chord below it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METRES_PER_MILE = 1609.344
DEGREE_M = 111_700.0  # no degree of latitude or longitude is longer
# Chord and geodesic are each rounded to about a nanometre at this size; a micrometre of room is ample.
ROUNDING_M = 1e-6
_DIRECTIONS = ("north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west")
WGS84 = Geod(ellps="WGS84")
_EQUATOR_M = 6378137.0  # WGS84 semi-major axis, NIMA TR8350.2
_ECCENTRICITY_2 = 6.69437999014e-3  # WGS84 first eccentricity squared, NIMA TR8350.2
_POLE_M = 6356752.314245179  # WGS84 semi-minor axis, as PostGIS has it
_LEAST_OF_SPHERE = _EQUATOR_M * (1 - _ECCENTRICITY_2) / ((2 * _EQUATOR_M + _POLE_M) / 3)


def geodesic_m(latitude: float, longitude: float, latitudes: Floats, longitudes: Floats) -> Floats:
    """Return the geodesic distances in metres from one point to many (Karney 2013, through PROJ)."""
    there_lats = np.ascontiguousarray(latitudes, dtype=np.float64)
    there_lons = np.ascontiguousarray(longitudes, dtype=np.float64)
    here_lats = np.full(there_lats.shape, latitude)
    here_lons = np.full(there_lons.shape, longitude)
    _, _, metres = WGS84.inv(here_lons, here_lats, there_lons, there_lats)
    return np.asarray(metres, dtype=np.float64)


def geodesics_between(latitudes: Floats, longitudes: Floats, to_latitudes: Floats, to_longitudes: Floats) -> Floats:
    """Return the geodesic distances in metres from each point to its partner."""
    here_lats, here_lons, there_lats, there_lons = (
        np.ascontiguousarray(one, np.float64) for one in (latitudes, longitudes, to_latitudes, to_longitudes)
    )
    _, _, metres = WGS84.inv(here_lons, here_lats, there_lons, there_lats)
    return np.asarray(metres, dtype=np.float64)


def are_within(
    metres: float, latitudes: Floats, longitudes: Floats, to_latitudes: Floats, to_longitudes: Floats
) -> NDArray[np.bool_]:
    """Tell of each point whether its partner is at most so many metres away, along the geodesic."""
    degrees = np.hypot(latitudes - to_latitudes, longitudes - to_longitudes)
    # The way that is straight in degrees is no shorter than the geodesic; most need no closer look.
    within = np.asarray(degrees * DEGREE_M <= metres, dtype=np.bool_)
    rest = np.flatnonzero(~within)
    here_lats, here_lons, there_lats, there_lons = (
        np.ascontiguousarray(one[rest]) for one in (latitudes, longitudes, to_latitudes, to_longitudes)
    )
    _, _, exactly = WGS84.inv(here_lons, here_lats, there_lons, there_lats)
    within[rest] = np.asarray(exactly) <= metres
    return within


def geodesics_from(latitude: float, longitude: float) -> Callable[[float, float], tuple[float, float]]:
    """Return what gives, of another latitude and longitude, the geodesic's length in metres and where it sets out.

    The latter in degrees, clockwise from north.
    """
    inverse = WGS84.inv

    def geodesic_to(to_latitude: float, to_longitude: float) -> tuple[float, float]:
        azimuth, _back, metres = inverse(longitude, latitude, to_longitude, to_latitude)
        return metres, azimuth

    return geodesic_to


def direction(azimuth: float) -> str:
    """Return in which of eight directions a geodesic sets out, such as "north_east"."""
    return _DIRECTIONS[round(azimuth / 45) % 8]


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


def point_xyz(latitude: float, longitude: float) -> Floats:
    """Return x, y, z of one point; many times as fast as `earth_xyz` for one."""
    lat, lon = math.radians(latitude), math.radians(longitude)
    prime_vertical = _EQUATOR_M / math.sqrt(1 - _ECCENTRICITY_2 * math.sin(lat) ** 2)
    flat = prime_vertical * math.cos(lat)
    z = prime_vertical * (1 - _ECCENTRICITY_2) * math.sin(lat)
    return np.array((flat * math.cos(lon), flat * math.sin(lon), z))


def chord_of_arc_m(metres: float) -> float:
    """Return a chord that no geodesic of this length can be shorter than.

    A geodesic bends nowhere more than the tightest circle on the ellipsoid, whose radius is a(1 - e2), and of two
    curves of one length the one that bends less has the longer chord (Schur's comparison theorem). From half of that
    circle upwards nothing is known, so nothing is promised.
    """
    radius = _EQUATOR_M * (1 - _ECCENTRICITY_2)
    return 2 * radius * math.sin(metres / (2 * radius)) - ROUNDING_M if metres < math.pi * radius / 2 else 0.0


def least_geodesic_m(on_sphere_m: float) -> float:
    """Return a length that no geodesic is shorter than between points this far apart on PostGIS's sphere.

    That sphere takes latitude and longitude as they are, and has the radius R = (2a + b) / 3. A small step north is
    R dφ long on it and M dφ on the ellipsoid; one east R cos φ dλ and N cos φ dλ. Of the radii of curvature M and N
    none is less than M at the equator, a(1 - e2) (Rapp, Geometric Geodesy I, 1991, 3.5). So no way on the ellipsoid is
    shorter than the same way on the sphere times a(1 - e2) / R, nor then the shortest.
    """
    return max(0.0, on_sphere_m - ROUNDING_M) * _LEAST_OF_SPHERE


def most_on_sphere_m(geodesic_m: float) -> float:
    """Return how far apart on PostGIS's sphere points at most are with a geodesic of this length."""
    return geodesic_m / _LEAST_OF_SPHERE + ROUNDING_M
