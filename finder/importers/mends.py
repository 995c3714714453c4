"""Mend what spreadsheets do to a row, only where the rest of the row proves it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from finder.db.datasets import Outcome
from finder.db.reference import STATES, is_military, state_outlines, zip_points
from finder.geo import METRES_PER_MILE, are_within, geodesic_m
from finder.importers.cells import CellError

Tell = Callable[..., None]
Position = tuple[float, float]

_NOWHERE = (np.nan, np.nan)
_FAR_MILES = 25.0
_OUTSIDE_MILES = 5.0  # the shipped outlines leave out piers and small islands
_SURELY_NEAR_MILES = 4.0  # less than these, by as much as a quick look at many may be wrong
_FIPS: dict[str | None, str] = {state: fips for state, (fips, _name) in STATES.items()}
_ZIP = re.compile(r"(?P<five>[0-9]{3,5})(?:(?:\s*[-\u2013]\s*|\s+)(?P<four>[0-9]{4}))?|(?P<nine>[0-9]{6,9})")


class ZipCell(NamedTuple):
    """What a ZIP cell beside its state says: five digits, four more or "", and what is to be told of it."""

    five: str
    four: str
    told: tuple[tuple[str, dict[str, str]], ...] = ()


@lru_cache(maxsize=50_000)
def zip_code(text: str, state: str) -> ZipCell:
    """Read a ZIP cell beside its state. Raises CellError where it cannot be read.

    Leading zeros exist only in a few states, so a lost one is put back only where the ZIP is of this row's state.
    """
    cell = text.removeprefix("=").strip("\"' ")
    told: list[tuple[str, dict[str, str]]] = []
    decimal = re.fullmatch(r"([0-9]{3,9})\.0*", cell)
    cell = decimal[1] if decimal else cell
    match = _ZIP.fullmatch(cell)
    if not match:
        raise CellError("zip_cell_malformed")
    five, four = match["five"] or match["nine"][:-4], match["four"] or (match["nine"] or "")[-4:]
    restored = five.zfill(5)
    point = zip_points().get(restored)
    if len(five) < 5 and (point is None or point.state != state):
        raise CellError("zip_cell_malformed")
    mended = f"{restored}-{four}" if four else restored
    if decimal:
        told.append(("zip_decimal_dropped", {"mended": mended}))
    elif len(five) < 5:
        told.append(("zip_zero_restored", {"mended": mended}))
    elif match["nine"] or text != cell or re.search(r"[0-9]\s+[0-9]", cell):
        told.append(("zip_text_mended", {"mended": mended}))
    if point is None and not is_military(restored):
        told.append(("zip_cell_unknown", {}))
    elif point is not None and not is_military(restored) and point.state != state:
        told.append(("zip_other_state", {"state": state, "zip_state": point.state}))
    return ZipCell(restored, four, tuple(told))


@lru_cache(maxsize=50_000)
def point_of(zip_five: str) -> Position | None:
    """Return the latitude and longitude of a ZIP code's point, None where it has none."""
    point = zip_points().get(zip_five)
    if point is None or point.latitude is None or point.longitude is None:
        return None
    return point.latitude, point.longitude


@lru_cache(maxsize=10_000)
def far_from_state(zip_five: str, state: str) -> bool:
    """Tell whether a ZIP code's point lies so far outside a state that no border explains it."""
    here = point_of(zip_five)
    return here is not None and state_outlines().outside_m(STATES[state][0], *here) / METRES_PER_MILE > _FAR_MILES


def settled(
    latitudes: Sequence[float | None], longitudes: Sequence[float | None],
    zip_cells: Sequence[str | None], states: Sequence[str | None],
) -> list[bool]:  # fmt: skip
    """Tell of many rows at once whose position needs no closer look: near its ZIP code, in its state."""
    # What is not there is no number, which is neither near nor far.
    lats, lons = np.array(latitudes, dtype=np.float64), np.array(longitudes, dtype=np.float64)
    there = np.array(list(map(_point_of_cell, zip_cells, states)), dtype=np.float64).reshape(-1, 2)
    sure = (np.abs(lats) <= 90) & (np.abs(lons) <= 180) & ~np.isnan(there[:, 0])
    some = np.flatnonzero(sure)
    near = are_within(_FAR_MILES * METRES_PER_MILE, lats[some], lons[some], there[some, 0], there[some, 1])
    fips = [_FIPS[states[at]] for at in some.tolist()]
    inside = state_outlines().contain(fips, lats[some], lons[some], _SURELY_NEAR_MILES * METRES_PER_MILE)
    sure[some] = near & inside
    return list(sure.tolist())


@lru_cache(maxsize=50_000)
def _point_of_cell(cell: str | None, state: str | None) -> Position:
    try:
        return (point_of(zip_code(cell, state).five) if cell and state else None) or _NOWHERE
    except CellError:
        return _NOWHERE


def position(latitude: float, longitude: float, zip_five: str, state: str, tell: Tell) -> Position | None:
    """Check a position against its ZIP code and state; return (latitude, longitude), None where it is left out.

    A lost minus is put back, and a swapped pair turned, only where that brings it near its ZIP code. A pin that is
    far from its ZIP code and outside its state is left out; where only one of the two says so it is kept and told of.
    `tell(code, column, value, **params)` hears of each.
    """
    shown = f"{latitude}, {longitude}"
    if latitude == 0 and longitude == 0:
        tell("position_zero", "latitude", shown, outcome=Outcome.LEFT_OUT)
        return None
    there = point_of(zip_five)
    in_range = abs(latitude) <= 90 and abs(longitude) <= 180
    miles = _miles((latitude, longitude), there) if in_range and there else None
    if there and (miles is None or miles > _FAR_MILES):
        for code, column, here in (
            ("longitude_sign_restored", "longitude", (latitude, -longitude)),
            ("position_swapped", "latitude", (longitude, latitude)),
            ("position_swapped", "latitude", (longitude, -latitude)),
        ):
            if abs(here[0]) <= 90 and abs(here[1]) <= 180 and _miles(here, there) <= _FAR_MILES:
                single = column == "longitude"
                tell(code, column, str(longitude) if single else shown, mended=str(here[1]) if single else f"{here[0]}, {here[1]}")  # fmt: skip
                return here
    if not in_range:
        code = "latitude_out_of_range" if abs(latitude) > 90 else "longitude_out_of_range"
        tell(code, "latitude" if abs(latitude) > 90 else "longitude", shown, outcome=Outcome.LEFT_OUT)
        return None
    fips = _FIPS.get(state)
    outside = fips and state_outlines().outside_m(fips, latitude, longitude) / METRES_PER_MILE > _OUTSIDE_MILES
    if miles is not None and miles > _FAR_MILES:
        if outside:
            told = {"miles": round(miles), "zip_code": zip_five, "state": state}
            tell("position_wrong", "latitude", shown, outcome=Outcome.LEFT_OUT, **told)
            return None
        tell("position_far_from_zip", "latitude", shown, miles=round(miles), zip_code=zip_five)
    elif outside:
        tell("position_outside_state", "latitude", shown, state=state)
    return latitude, longitude


def _miles(here: Position, there: Position) -> float:
    return float(geodesic_m(*here, np.array([there[0]]), np.array([there[1]]))[0]) / METRES_PER_MILE
