"""Points on the earth: exact distances, the spatial tree, outlines and areas. The only user of geometry libraries.

Latitudes and longitudes are WGS84 degrees, north and east positive; distances are metres along the geodesic.
"""

from finder.geo.abroad import may_show_abroad
from finder.geo.areas import AREA_POSITIONS, Area, DrawnArea, read_area
from finder.geo.borders import Borders, Drawn, Pixels
from finder.geo.compiled import compile_outlines
from finder.geo.distances import (
    METRES_PER_MILE,
    ROUNDING_M,
    Floats,
    Ints,
    are_within,
    chord_of_arc_m,
    direction,
    earth_xyz,
    geodesic_m,
    geodesics_between,
    geodesics_from,
    least_geodesic_m,
    most_on_sphere_m,
)
from finder.geo.neighbours import pairs_within
from finder.geo.outlines import StateOutlines
from finder.geo.plane import View
from finder.geo.tree import SpatialTree

__all__ = [
    "AREA_POSITIONS",
    "METRES_PER_MILE",
    "ROUNDING_M",
    "Area",
    "Borders",
    "Drawn",
    "DrawnArea",
    "Floats",
    "Ints",
    "Pixels",
    "SpatialTree",
    "StateOutlines",
    "View",
    "are_within",
    "chord_of_arc_m",
    "compile_outlines",
    "direction",
    "earth_xyz",
    "geodesic_m",
    "geodesics_between",
    "geodesics_from",
    "least_geodesic_m",
    "may_show_abroad",
    "most_on_sphere_m",
    "pairs_within",
    "read_area",
]
