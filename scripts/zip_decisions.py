"""Which source is taken where two differ: the corrections file, and the rules by which its rows are proposed."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from zip_sources import Point, Sources

DIFFER_MILES = 25.0
_AGREE_MILES = 15.0
TAKES = ("hud", "census", "geonames", "hand", "drop")
COLUMNS = (
    "zip", "differ_miles", "take", "latitude", "longitude", "kind", "place", "state", "county", "outside_miles", "reason",
)  # fmt: skip
_NAMES = {"hud": "HUD", "census": "the Census", "geonames": "GeoNames"}

Miles = Callable[[Point, Point], float]


@dataclass(frozen=True)
class Correction:
    """One row of the corrections file; an empty cell leaves what the sources say.

    `take` is a source, `hand`, `drop`, or `zip:23219` for the point of the ZIP code next to it.
    """

    zip: str
    differ_miles: str = ""
    take: str = ""
    latitude: str = ""
    longitude: str = ""
    kind: str = ""
    place: str = ""
    state: str = ""
    county: str = ""
    outside_miles: str = ""
    reason: str = ""


def read_corrections(path: Path) -> dict[str, Correction]:
    """Return the corrections by ZIP code. Raises ValueError for a row that cannot be meant."""
    found: dict[str, Correction] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            one = Correction(**row)
            if one.zip in found or len(one.zip) != 5 or not one.reason:
                raise ValueError(f"{path.name}: {one.zip}: twice, malformed or without a reason")
            if one.take and one.take not in TAKES and not one.take.startswith("zip:"):
                raise ValueError(f"{path.name}: {one.zip}: take cannot be {one.take}")
            if (one.take == "hand") != bool(one.latitude and one.longitude):
                raise ValueError(f"{path.name}: {one.zip}: a point stands beside `hand` and nothing else")
            found[one.zip] = one
    return found


def write_corrections(path: Path, rows: Iterable[Correction]) -> None:
    """Write the corrections, ascending by ZIP code."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(vars(row) for row in sorted(rows, key=lambda row: row.zip))


def differences(sources: Sources, miles: Miles) -> dict[str, dict[tuple[str, str], float]]:
    """Return, for each ZIP code that two sources put more than 25 miles apart, every pair's distance in miles."""
    found = {}
    for code in sources.zip_codes:
        points = sources.points(code)
        apart = {(a, b): miles(points[a], points[b]) for a, b in itertools.combinations(points, 2)}
        if apart and max(apart.values()) > DIFFER_MILES:
            found[code] = apart
    return found


def propose(code: str, apart: dict[tuple[str, str], float]) -> Correction:
    """Return a decision by rule, with the rule as its reason; `take` stays empty where no rule decides."""
    widest = f"{max(apart.values()):.1f}"
    for taken, other in (("hud", "geonames"), ("hud", "census"), ("geonames", "census")):
        near = apart.get((taken, other), apart.get((other, taken)))
        if len(apart) == 3 and near is not None and near <= _AGREE_MILES:
            third = next(name for name in _NAMES if name not in (taken, other))
            what = {
                "hud": "HUD's middle of where people live is taken",
                "geonames": "GeoNames' point of the named place is taken, since people live at the place and not at "
                "the middle of the land",
            }[taken]
            reason = (
                f"two of three agree: {_NAMES[taken]} and {_NAMES[other]} lie {near:.0f} miles apart, "
                f"{_NAMES[third]} {min(d for pair, d in apart.items() if third in pair):.0f} miles from the nearer. {what}"
            )
            return Correction(code, widest, taken, reason=reason)
    return Correction(code, widest)
