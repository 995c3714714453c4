"""The plane of a picture: equal distances from one point, so that rings around it are circles."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from finder.geo.distances import WGS84, Floats


class View(NamedTuple):
    """A picture's frame on the azimuthal equidistant plane: `metres` a pixel, the point itself at pixel (x, y)."""

    latitude: float
    longitude: float
    metres: float
    x: float
    y: float
    width: int
    height: int

    def pixels(self, latitudes: Floats, longitudes: Floats) -> Floats:
        """Return where points lie, shape (n, 2), y downwards: by the geodesic's length and where it sets out."""
        there = np.ascontiguousarray(latitudes, np.float64), np.ascontiguousarray(longitudes, np.float64)
        here = np.full(there[0].shape, self.latitude), np.full(there[0].shape, self.longitude)
        azimuths, _back, metres = WGS84.inv(here[1], here[0], there[1], there[0])
        towards, far = np.radians(azimuths), np.asarray(metres) / self.metres
        return np.stack((self.x + far * np.sin(towards), self.y - far * np.cos(towards)), axis=-1)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return the latitude and longitude of a pixel."""
        east, south = (x - self.x) * self.metres, (y - self.y) * self.metres
        azimuth = math.degrees(math.atan2(east, -south))
        longitude, latitude, _back = WGS84.fwd(self.longitude, self.latitude, azimuth, math.hypot(east, south))
        return float(latitude), float(longitude)

    @property
    def reach_m(self) -> float:
        """How far the farthest corner of the frame lies from the point."""
        across = max(abs(self.x), abs(self.width - self.x)), max(abs(self.y), abs(self.height - self.y))
        return math.hypot(*across) * self.metres
