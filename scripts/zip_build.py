"""Join the sources of ZIP points into one row a ZIP code, each with its source and how exact it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from zip_decisions import Correction, differences
from zip_sources import Point, Sources, county_names
from zip_zones import time_zone

from finder.db.reference import STATES, state_outlines
from finder.db.zip_table import COLUMNS
from finder.geo import METRES_PER_MILE, StateOutlines, geodesic_m

# The shipped outlines are drawn for maps: they cut capes and leave out piers and small islands.
OUTSIDE_MILES = 2.0
NEIGHBOUR_MILES = 25.0
_EXACT = {"hud": "population", "census": "area", "geonames": "place", "hand": "hand"}
_FIPS = {abbreviation: fips for abbreviation, (fips, _name) in STATES.items()}

Row = dict[str, str]


class Builder:
    """Builds the rows; `wrong` lists what must be decided first."""

    def __init__(self, sources: Sources, corrections: Mapping[str, Correction], ship: Path) -> None:
        self.sources = sources
        self.corrections = corrections
        self.wrong: list[str] = []
        counties = ship / "counties-10m.json.gz"
        self._county_outlines = StateOutlines(counties, "counties")
        self._county_names = county_names(counties)
        self._areas = self._areas_of_places()

    def rows(self) -> list[Row]:
        """Return all rows, ascending by ZIP code."""
        for code in differences(self.sources, self.miles):
            if code not in self.corrections or not self.corrections[code].take:
                self.wrong.append(f"{code}: two sources differ by more than 25 miles and no correction decides")
        codes = {*self.sources.zip_codes, *self.corrections, *self.sources.military}
        codes -= {code for code, one in self.corrections.items() if one.take == "drop"}
        rows = [self._military(code) if code in self.sources.military else self._row(code) for code in sorted(codes)]
        for row in rows:
            self._check(row)
        return rows

    @staticmethod
    def miles(a: Point, b: Point) -> float:
        """Return how many miles two points lie apart."""
        return float(geodesic_m(a[0], a[1], np.array([b[0]]), np.array([b[1]]))[0]) / METRES_PER_MILE

    def _military(self, code: str) -> Row:
        place, state = self.sources.military[code]
        return _row(zip=code, kind="military", place=place, state=state, source="geonames", exactness="none")

    def _row(self, code: str) -> Row:
        correction = self.corrections.get(code, Correction(code))
        source, point, near = self._point(code, correction)
        place, state, county = self._names(code, correction)
        if not county and state in _FIPS:
            county = self._county_at(state, point)
        return _row(
            zip=code,
            kind=correction.kind or self._kind(code),
            place=place,
            state=state,
            county=county,
            zcta=code if code in self.sources.census else "",
            time_zone=time_zone(code, state, county, *point),
            lat=f"{point[0]:.4f}",
            lon=f"{point[1]:.4f}",
            source=source,
            exactness=self._exactness(code, source, near),
            near=near,
        )

    def _point(self, code: str, correction: Correction) -> tuple[str, Point, str]:
        """Return (source, point, the ZIP code whose point it is where that is another one)."""
        near = correction.take.removeprefix("zip:") if correction.take.startswith("zip:") else ""
        near = near or self._only_area(code, correction)
        if near:
            source, point, _ = self._point(near, self.corrections.get(near, Correction(near)))
            return source, point, near
        if correction.take == "hand":
            return "hand", (float(correction.latitude), float(correction.longitude)), ""
        points = self.sources.points(code)
        source = correction.take or next(iter(points))
        return source, points[source], ""

    def _only_area(self, code: str, correction: Correction) -> str:
        """Return the one ZIP code with homes of the same town, where GeoNames alone has a point and nobody decides.

        Whoever rents a box in a town lives in the town. GeoNames gives such a ZIP code the town's point, often
        miles from its people.
        """
        named = self.sources.geonames.get(code)
        if named is None or correction.take or correction.kind or set(self.sources.points(code)) != {"geonames"}:
            return ""
        areas = self._areas.get((named.place, named.state), [])
        return (
            areas[0] if len(areas) == 1 and self.miles(named.point, self._point_of(areas[0])) < NEIGHBOUR_MILES else ""
        )

    def _point_of(self, code: str) -> Point:
        return self._point(code, self.corrections.get(code, Correction(code)))[1]

    def _areas_of_places(self) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for code, named in self.sources.geonames.items():
            if code in self.sources.census and code in self.sources.hud:
                found.setdefault((named.place, named.state), []).append(code)
        return found

    def _exactness(self, code: str, source: str, near: str) -> str:
        if near:
            return "neighbour"
        # Without an area nobody lives there: HUD's point is then that of the post office.
        return "place" if source == "hud" and code not in self.sources.census else _EXACT[source]

    def _names(self, code: str, correction: Correction) -> tuple[str, str, str]:
        """Return (place, state, county): GeoNames, where it has none HUD, and the corrections before both."""
        named = self.sources.geonames.get(code)
        hud = self.sources.hud_names.get(code, ("", ""))
        place, state, county = (named.place, named.state, named.county) if named else (*hud, "")
        return correction.place or place, correction.state or state, correction.county or county

    def _kind(self, code: str) -> str:
        """Return what the ZIP code is for, from who has counted addresses in it.

        The Census has an area where homes have the ZIP code. HUD counts the addresses of the Postal Service: a ZIP
        code without an area that it counts holds boxes that people rent. What GeoNames alone has may be boxes, one
        large customer, a closed post office, or newer than both; nothing that may be shipped says which.
        """
        if code in self.sources.census:
            return "area"
        return "po_box" if code in self.sources.hud else "unknown"

    def _county_at(self, state: str, point: Point) -> str:
        for fips, name in self._county_names.items():
            if fips.startswith(_FIPS[state]) and self._county_outlines.outside_m(fips, *point) == 0:
                return name
        return ""

    def _check(self, row: Row) -> None:
        if row["kind"] == "military":
            return
        if not row["state"] or row["state"] not in STATES or not row["place"]:
            self.wrong.append(f"{row['zip']}: no state or no place")
            return
        latitude, longitude = float(row["lat"]), float(row["lon"])
        outside = state_outlines().outside_m(_FIPS[row["state"]], latitude, longitude) / METRES_PER_MILE
        correction = self.corrections.get(row["zip"])
        allowed = float(correction.outside_miles) if correction and correction.outside_miles else OUTSIDE_MILES
        if outside > allowed:
            self.wrong.append(f"{row['zip']}: {outside:.1f} miles outside {row['state']} ({row['source']})")


def _row(**cells: str) -> Row:
    return {name: cells.get(name, "") for name in COLUMNS}
