"""Mend what spreadsheets do to a row, only where the rest of the row proves it."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from finder.db.reference import STATES, is_military, state_outlines, zip_points
from finder.geo import METRES_PER_MILE, geodesic_m
from finder.importers.cells import CellError

Tell = Callable[..., None]

_FAR_MILES = 25.0
_OUTSIDE_MILES = 5.0  # the shipped outlines leave out piers and small islands


def zip_code(text: str, state: str, tell: Tell) -> tuple[str, str]:
    """Read a ZIP cell beside its state; returns (five digits, four more or "").

    `tell(code, column, value, **params)` hears of what was mended. Raises CellError where it cannot be read.
    """
    cell = text.strip().removeprefix("=").strip("\"' ")
    decimal = re.fullmatch(r"([0-9]{3,9})\.0+", cell)
    if decimal:
        cell = decimal[1]
        tell("zip_decimal_dropped", "zip_code", text, mended=cell)
    match = re.fullmatch(r"([0-9]{3,9})|([0-9]{3,5})\s*[-\u2013]\s*([0-9]{4})", cell)
    if not match or (not cell.isascii() and "\u2013" not in cell):
        raise CellError("zip_cell_malformed")
    five, four = (match[2], match[3]) if match[2] else (match[1], "")
    if not match[2] and len(five) > 5:
        five, four = five[:-4], five[-4:]
    if len(five) < 5:
        # Leading zeros exist only in a few states; the ZIP that they give must be one of this row's state.
        restored = five.zfill(5)
        point = zip_points().get(restored)
        if point is None or point.state != state:
            raise CellError("zip_cell_malformed")
        tell("zip_zero_restored", "zip_code", text, mended=restored)
        five = restored
    known = zip_points().get(five)
    if known is None and not is_military(five):
        tell("zip_cell_unknown", "zip_code", text)
    elif known is not None and not is_military(five) and known.state != state:
        tell("zip_other_state", "zip_code", text, state=state, zip_state=known.state)
    return five, four


def position(
    latitude: float | None, longitude: float | None, zip_five: str, state: str, tell: Tell
) -> tuple[float, float] | None:
    """Check a position against its ZIP code and state; returns (latitude, longitude) or None where none was given.

    A longitude that lost its minus gets it back where only that brings it near its ZIP code. A pin far from its
    ZIP or outside its state is kept and told of, since either of the two may be the wrong one.
    Raises CellError for a half position, 0, 0, or degrees out of range.
    """
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise CellError("position_half")
    if not -90 <= latitude <= 90:
        raise CellError("latitude_out_of_range")
    if not -180 <= longitude <= 180:
        raise CellError("longitude_out_of_range")
    if latitude == 0 and longitude == 0:
        raise CellError("position_zero")
    point = zip_points().get(zip_five)
    if point is not None and point.latitude is not None and point.longitude is not None:
        here = np.array([point.latitude]), np.array([point.longitude])
        miles = float(geodesic_m(latitude, longitude, *here)[0]) / METRES_PER_MILE
        if miles > _FAR_MILES and geodesic_m(latitude, -longitude, *here)[0] / METRES_PER_MILE < _FAR_MILES:
            longitude, miles = -longitude, 0.0
            tell("longitude_sign_restored", "longitude", str(-longitude), mended=str(longitude))
        if miles > _FAR_MILES:
            tell(
                "position_far_from_zip",
                "latitude",
                f"{latitude}, {longitude}",
                miles=round(miles),
                zip_code=zip_five,
            )
    if state_outlines().outside_m(STATES[state][0], latitude, longitude) / METRES_PER_MILE > _OUTSIDE_MILES:
        tell("position_outside_state", "latitude", f"{latitude}, {longitude}", state=state)
    return latitude, longitude
