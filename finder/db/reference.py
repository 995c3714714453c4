"""Facts that the product ships: ZIP points, states, languages, kinds of places. Read from `data/`, the same for all."""

from __future__ import annotations

import datetime as dt
import gzip
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from finder.db.directory import LocationKind
from finder.db.reference_files import HEAD_LONGEST, read_head
from finder.db.zip_table import ZipTable
from finder.geo import Borders, StateOutlines

DATA = Path(__file__).resolve().parents[1] / "data"  # in the tree of the sources a link to the folder at its top
COUNTIES_FILE, OUTLINES_FILE = "counties-10m.json.gz", "outlines.npz"

# USPS abbreviation: (FIPS code of the Census, name). FM, MH and PW take US mail and have no outline in the file.
STATES: Mapping[str, tuple[str, str]] = {
    "AL": ("01", "Alabama"), "AK": ("02", "Alaska"), "AZ": ("04", "Arizona"), "AR": ("05", "Arkansas"),
    "CA": ("06", "California"), "CO": ("08", "Colorado"), "CT": ("09", "Connecticut"), "DE": ("10", "Delaware"),
    "DC": ("11", "District of Columbia"), "FL": ("12", "Florida"), "GA": ("13", "Georgia"), "HI": ("15", "Hawaii"),
    "ID": ("16", "Idaho"), "IL": ("17", "Illinois"), "IN": ("18", "Indiana"), "IA": ("19", "Iowa"),
    "KS": ("20", "Kansas"), "KY": ("21", "Kentucky"), "LA": ("22", "Louisiana"), "ME": ("23", "Maine"),
    "MD": ("24", "Maryland"), "MA": ("25", "Massachusetts"), "MI": ("26", "Michigan"), "MN": ("27", "Minnesota"),
    "MS": ("28", "Mississippi"), "MO": ("29", "Missouri"), "MT": ("30", "Montana"), "NE": ("31", "Nebraska"),
    "NV": ("32", "Nevada"), "NH": ("33", "New Hampshire"), "NJ": ("34", "New Jersey"), "NM": ("35", "New Mexico"),
    "NY": ("36", "New York"), "NC": ("37", "North Carolina"), "ND": ("38", "North Dakota"), "OH": ("39", "Ohio"),
    "OK": ("40", "Oklahoma"), "OR": ("41", "Oregon"), "PA": ("42", "Pennsylvania"), "RI": ("44", "Rhode Island"),
    "SC": ("45", "South Carolina"), "SD": ("46", "South Dakota"), "TN": ("47", "Tennessee"), "TX": ("48", "Texas"),
    "UT": ("49", "Utah"), "VT": ("50", "Vermont"), "VA": ("51", "Virginia"), "WA": ("53", "Washington"),
    "WV": ("54", "West Virginia"), "WI": ("55", "Wisconsin"), "WY": ("56", "Wyoming"),
    "AS": ("60", "American Samoa"), "GU": ("66", "Guam"), "MP": ("69", "Northern Mariana Islands"),
    "PR": ("72", "Puerto Rico"), "VI": ("78", "US Virgin Islands"),
    "FM": ("64", "Micronesia"), "MH": ("68", "Marshall Islands"), "PW": ("70", "Palau"),
}  # fmt: skip

# Kind of place: NUCC code of organizations (NUCC 25.1). It says who may do follow-up care, never emergencies.
PLACE_TAXONOMY: Mapping[LocationKind, str] = {
    LocationKind.HOSPITAL: "282N00000X",
    LocationKind.CRITICAL_ACCESS: "282NC0060X",
    LocationKind.RURAL_EMERGENCY: "282NR1301X",
    LocationKind.CHILDRENS: "282NC2000X",
    LocationKind.SPECIAL: "284300000X",
    LocationKind.REHABILITATION: "283X00000X",
    LocationKind.CLINIC: "261Q00000X",
    LocationKind.THERAPY: "261QP2000X",
    LocationKind.SURGERY_CENTER: "261QA1903X",
}

# Military mail has no place on the map: AE 090-098, AA 340, AP 962-966 (USPS Publication 28).
_MILITARY = frozenset(f"{prefix:03d}" for prefix in (*range(90, 99), 340, *range(962, 967)))

# Many threads may want the first picture at once; one of them reads.
_reading = threading.Lock()


class _Held:
    """The table that this process uses, where it is not the shipped one, and whether it only tries it."""

    table: ZipTable | None = None
    tried = False


class ShippedPoints(NamedTuple):
    """The day on which the table of this release was made, and the sum of its rows."""

    made_on: dt.date
    sha256: str
    rows: int


def zip_points() -> ZipTable:
    """Return every ZIP code that is known, by its five digits: the table in force, as far as this process followed."""
    return _Held.table or _shipped()


@cache
def _shipped() -> ZipTable:
    return ZipTable.shipped(DATA)


@cache
def shipped_zip_points() -> ShippedPoints:
    """Return what the shipped table says of itself."""
    with gzip.open(DATA / "zip_points.csv.gz") as text:
        head = read_head(text.read(HEAD_LONGEST))
    if head is None:
        raise ValueError("zip_points.csv.gz has no first line that says what it is")
    return ShippedPoints(head.made_on, head.sha256, head.rows)


def use_zip_points(table: ZipTable | None) -> None:
    """Have this process use a table, None for the shipped one; `finder.db.reference_tables.follow` decides which."""
    _Held.table = table


@contextmanager
def trying_zip_points(table: ZipTable | None) -> Iterator[None]:
    """Have this process use a table that is to come into force, and none other meanwhile; then the one before again."""
    before = _Held.table
    _Held.table, _Held.tried = table, True
    try:
        yield
    finally:
        _Held.table, _Held.tried = before, False


def is_tried() -> bool:
    """Return whether a table is tried, so that the one in force is not followed."""
    return _Held.tried


def is_military(zip_code: str) -> bool:
    """Return whether a five-digit ZIP code is of military mail (APO, FPO, DPO)."""
    return zip_code[:3] in _MILITARY


@cache
def state_outlines() -> StateOutlines:
    """Return the outlines of the states, read once."""
    return StateOutlines(DATA / "states-10m.json.gz")


def borders() -> Borders:
    """Return the outlines that pictures are drawn from, read once: at the first picture and not at the start."""
    with _reading:
        return _borders()


@cache
def _borders() -> Borders:
    return Borders(DATA / OUTLINES_FILE)
