"""Where other countries' land lies beside ours: roughly, and rather too much of it than too little.

The outlines tell land of ours from all else. Only where no land of others is near is all else water.
"""

from __future__ import annotations

import math

from shapely import STRtree, box
from shapely.geometry import Polygon

from finder.geo.plane import View

# Longitude, latitude; drawn by hand along the borders and the shores that face ours.
_CANADA = (
    (-141, 84), (-141, 60.3), (-139.1, 60.1), (-137.5, 58.9), (-135.5, 59.7), (-133.5, 58.4), (-131.8, 56.6),
    (-130, 55.9), (-130.1, 55), (-130.6, 54.75), (-133.3, 54.3), (-132, 51.8), (-128.6, 50.6), (-126.8, 49.3),
    (-125, 48.55), (-123.6, 48.28), (-123.2, 48.4), (-123.05, 49), (-95.15, 49), (-95.1, 49.35), (-94.6, 48.7),
    (-93, 48.5), (-91.4, 48.05), (-89.5, 47.97), (-88.3, 48.5), (-86.3, 48.6), (-84.9, 47.7), (-84.75, 46.85),
    (-84.5, 46.45), (-84.1, 46.15), (-83.6, 45.8), (-82.5, 45.5), (-81.7, 45.1), (-81.85, 43.4), (-82.45, 43),
    (-82.55, 42.6), (-83.15, 42.25), (-83.15, 41.95), (-82.6, 41.6), (-81.2, 42.55), (-80.1, 42.5), (-79.1, 42.8),
    (-78.95, 42.9), (-79.08, 43.28), (-79.8, 43.2), (-79.4, 43.55), (-78, 43.85), (-76.9, 43.8), (-76.3, 44.15),
    (-75.3, 44.8), (-74.7, 44.99), (-71.5, 45), (-70.9, 45.25), (-70.35, 45.9), (-70.05, 46.7), (-69.25, 47.4),
    (-68.3, 47.3), (-67.8, 47.05), (-67.8, 45.7), (-67.45, 45.3), (-67.2, 45.1), (-67, 44.8), (-67, 44.5),
    (-66.3, 43.3), (-62, 44), (-52, 46), (-52, 84),
)  # fmt: skip
_MEXICO = (
    (-117.13, 32.53), (-114.72, 32.72), (-114.81, 32.49), (-111.07, 31.33), (-108.21, 31.33), (-108.21, 31.78),
    (-106.5, 31.78), (-104.9, 30.6), (-104.5, 29.6), (-103.1, 28.95), (-102.7, 29.7), (-101.4, 29.77), (-100.3, 28.3),
    (-99.5, 27.5), (-99.1, 26.4), (-97.1, 25.95), (-97, 21.5), (-86, 22), (-86, 7), (-119, 18), (-118.5, 29.3),
    (-117.4, 32.2),
)  # fmt: skip
_BAHAMAS = (
    (-80.5, 23.5), (-80, 24), (-79.33, 25.5), (-79.1, 26.9), (-77.4, 27.3), (-74.3, 24.3), (-71, 22), (-71, 20.8),
    (-75, 20.6),
)  # fmt: skip
_CUBA = ((-85, 21.7), (-82.3, 23.35), (-80, 23.3), (-74, 20.4), (-74, 19.7), (-78, 19.5))
# West, south, east, north.
_ISLANDS = (
    (-74.6, 17.5, -68.3, 20.1), (-78.5, 17.6, -76.1, 18.6), (-81.5, 19.2, -79.6, 19.8),  # Hispaniola, Jamaica, Caymans
    (-64.86, 18.37, -64.2, 18.8), (-63.5, 10, -59.3, 18.7),  # British Virgin Islands, the Lesser Antilles
    (-65, 32.2, -64.6, 32.4), (-180, 64, -169, 72), (100, 50, 170, 75), (170, 60, 180, 75),  # Bermuda, Russia
    (100, 20, 147, 50), (100, -12, 130, 20), (130, -12, 163.2, 11), (160, 4, 172.5, 15),  # Asia, Palau to the Marshalls
    (172, -20, 180, 4), (-180, -22, -173.5, -13), (-172.9, -14.1, -171.4, -13.4), (-175, -12, -150, 5),  # Samoa, Kiribati
)  # fmt: skip
_TREE = STRtree([*map(Polygon, (_CANADA, _MEXICO, _BAHAMAS, _CUBA)), *(box(*edges) for edges in _ISLANDS)])
_DEGREE_M = 110_500.0


def may_show_abroad(view: View) -> bool:
    """Return whether land of other countries may lie in a frame."""
    up = view.reach_m / _DEGREE_M
    if up > 45 or abs(view.latitude) + up > 80:
        return True
    # The frame's own edges, and not a circle around it: where the point is beside the middle that is much less.
    shrink = math.cos(math.radians(max(abs(view.latitude - up), abs(view.latitude + up)))) * _DEGREE_M
    west, east = (view.longitude + (x - view.x) * view.metres / shrink for x in (0, view.width))
    south, north = (view.latitude - (y - view.y) * view.metres / _DEGREE_M for y in (view.height, 0))
    frames = [box(west + turn, south, east + turn, north) for turn in (-360, 0, 360)]
    return bool(_TREE.query(frames, predicate="intersects").size)
