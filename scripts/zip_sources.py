"""The public sources of ZIP points, as they were found: HUD, Census, GeoNames, and the UDS crosswalk to cross-check."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

Point = tuple[float, float]

# HUD's publication gives Guam's longitudes west instead of east.
EAST = ("969",)
_MILITARY = frozenset(f"{prefix:03d}" for prefix in (*range(90, 99), 340, *range(962, 967)))
# GeoNames and HUD write names in other letters than people do.
_WORDS = {
    "Afb": "AFB", "Usaf": "USAF", "Jber": "JBER", "Jbphh": "JBPHH", "Mcbh": "MCBH", "Nawc": "NAWC", "Dhs": "DHS",
    "Jrb": "JRB", "Lincoln'S": "Lincoln's",
}  # fmt: skip
_ACCENTS = {
    "ANASCO": "Añasco", "BAYAMON": "Bayamón", "BOQUERON": "Boquerón", "CANOVANAS": "Canóvanas", "CATANO": "Cataño",
    "COMERIO": "Comerío", "GUANICA": "Guánica", "JUANA DIAZ": "Juana Díaz", "LAS MARIAS": "Las Marías",
    "LOIZA": "Loíza", "MANATI": "Manatí", "MAYAGUEZ": "Mayagüez", "PENUELAS": "Peñuelas", "RINCON": "Rincón",
    "RIO BLANCO": "Río Blanco", "RIO GRANDE": "Río Grande", "SAN GERMAN": "San Germán",
    "SAN SEBASTIAN": "San Sebastián", "HAGATNA": "Hagåtña", "ST THOMAS": "St. Thomas", "ST JOHN": "St. John",
    "ANGELES": "Ángeles",
}  # fmt: skip


@dataclass(frozen=True)
class Named:
    """A GeoNames postal row. `accuracy` is its own scale: 1 estimated, 4 the point of a named place, 6 a centroid."""

    point: Point
    place: str
    state: str
    county: str
    accuracy: str


@dataclass
class Sources:
    """What each source says, by ZIP code."""

    hud: dict[str, Point] = field(default_factory=dict)
    hud_names: dict[str, tuple[str, str]] = field(default_factory=dict)
    census: dict[str, Point] = field(default_factory=dict)
    geonames: dict[str, Named] = field(default_factory=dict)
    military: dict[str, tuple[str, str]] = field(default_factory=dict)
    crosswalk: dict[str, dict[str, str]] = field(default_factory=dict)

    def points(self, zip_code: str) -> dict[str, Point]:
        """Return the point of each source that has one, in the order in which they are trusted."""
        found = {"hud": self.hud.get(zip_code), "census": self.census.get(zip_code)}
        named = self.geonames.get(zip_code)
        found["geonames"] = named.point if named else None
        return {name: point for name, point in found.items() if point is not None}

    @property
    def zip_codes(self) -> list[str]:
        """Every ZIP code with a point in a source that may be shipped."""
        return sorted(set(self.hud) | set(self.census) | set(self.geonames))


def read_sources(folder: Path) -> Sources:
    """Read the folder of `zip_sources`."""
    found = Sources()
    for row in _table(folder / "hud_zip_popweighted_2023copy.csv.gz"):
        code = row["STD_ZIP5"]
        longitude = float(row["LONGITUDE"])
        found.hud[code] = (float(row["LATITUDE"]), abs(longitude) if code.startswith(EAST) else longitude)
        found.hud_names[code] = (
            readable(row["USPS_ZIP_PREF_CITY_1221"]),
            row["USPS_ZIP_PREF_STATE_1221"],
        )
    for row in _table(folder / "census_gazetteer_zcta_2021.csv.gz"):
        found.census[row["zcta"]] = (float(row["lat"]), float(row["lon"]))
    for row in _table(folder / "uds_crosswalk_2022.csv.gz"):
        found.crosswalk[row["zip"]] = row
    with gzip.open(folder / "geonames_US_2026-03.txt.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            _country, code, place, _state, state, county, *_rest = cells = line.rstrip("\n").split("\t")
            if code[:3] in _MILITARY:
                found.military[code] = (place[:3], place[-2:])
            elif state:
                point = (float(cells[9]), float(cells[10]))
                found.geonames[code] = Named(point, _in_order(place), state, _county(county), cells[11])
    return found


def readable(capitals: str) -> str:
    """Return a place's name in capitals as people write it, with its accents where it is one of Puerto Rico's."""
    return _ACCENTS.get(capitals) or _in_order(capitals.title())


def county_names(topojson_gz: Path) -> dict[str, str]:
    """Return the names of counties by their FIPS code."""
    topology = json.loads(gzip.decompress(topojson_gz.read_bytes()))
    return {one["id"]: one["properties"]["name"] for one in topology["objects"]["counties"]["geometries"]}


def _table(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines)


def _in_order(place: str) -> str:
    place = re.sub(r"\bMc ?([A-Za-z])", lambda found: f"Mc{found[1].upper()}", place)
    place = place.replace("Fe Warren", "F. E. Warren")
    return " ".join(_WORDS.get(word, word) for word in place.split())


def _county(name: str) -> str:
    city = re.fullmatch(r"(.+) \(city\)?", name)
    if city:
        return city[1] if city[1].endswith(" City") else f"City of {city[1]}"
    return name.removesuffix(" (CA)")
