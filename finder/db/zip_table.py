"""Every ZIP code with its place: a dense table on disk, one row for each of 00000 to 99999, mapped and read on demand.

`scripts/build_zip_points` compiles it from `data/zip_points.csv.gz`, which says the same in plain text. A table that
is taken later is compiled when it is loaded, to the same form.
"""

from __future__ import annotations

import datetime as dt
import enum
import io
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.geo import geodesic_m

ROWS_FILE, WORDS_FILE = "zip_points.npy", "zip_words.txt"
COLUMNS = (
    "zip", "kind", "place", "state", "county", "zcta", "time_zone", "lat", "lon", "source", "exactness", "near",
)  # fmt: skip
_FEW = 8
_PARTS = 10_000  # of a degree: 11 m, finer than any of the sources
_WORDS = ("place", "state", "county", "time_zone")
# Fixed width and byte order, so that the file is the same for every machine.
_ROW = np.dtype([
    ("kind", "u1"), ("source", "u1"), ("exactness", "u1"), ("zcta", "u1"), ("latitude", "<i4"), ("longitude", "<i4"),
    ("near", "<u4"), *((name, "<u2") for name in _WORDS),
])  # fmt: skip
# The ZIP codes of a single town lie closer to its middle than this.
_ONE_TOWN_DEGREES = 0.5
_SOURCES = ("", "hud", "census", "geonames", "hand")


class ZipKind(enum.Enum):
    """What a ZIP code is for. UNKNOWN: nobody has counted homes there, and no source says more."""

    AREA = "area"
    PO_BOX = "po_box"
    SINGLE_CUSTOMER = "single_customer"
    MILITARY = "military"
    UNKNOWN = "unknown"


class Exactness(enum.Enum):
    """What a point is the middle of, best first.

    POPULATION: the people of the ZIP code. AREA: its land. PLACE: the town or post office. NEIGHBOUR: the ZIP code
    next to it. HAND: the town, put in by hand. TOWN: the ZIP codes of a town. PREFIX: all that begin with the same
    three digits. NONE: no point. POINT: no middle but the patient's own point, to about a mile.
    """

    POPULATION = "population"
    AREA = "area"
    PLACE = "place"
    NEIGHBOUR = "neighbour"
    HAND = "hand"
    TOWN = "town"
    PREFIX = "prefix"
    NONE = "none"
    POINT = "point"  # last, since the table on disk holds the numbers of those before


_KINDS, _EXACTNESS = tuple(ZipKind), tuple(Exactness)


@dataclass(frozen=True, slots=True)
class ZipPoint:
    """Where a ZIP code lies, in WGS84 degrees; military ones lie nowhere. `near` is the one whose point stands in."""

    zip_code: str
    kind: ZipKind
    latitude: float | None
    longitude: float | None
    city: str
    state: str
    county: str
    zcta: str
    time_zone: str
    source: str
    exactness: Exactness
    near: str

    @property
    def is_area(self) -> bool:
        """Whether homes have this ZIP code."""
        return self.kind is ZipKind.AREA


class Towns(NamedTuple):
    """The towns that ZIP codes with homes belong to, those with the most ZIP codes first.

    Each with its state, its middle in WGS84 degrees, and how many ZIP codes it has.
    """

    names: list[str]
    states: list[str]
    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]
    zip_codes: NDArray[np.int64]


class Homes(NamedTuple):
    """ZIP codes where people live: each with its state and the latitude and longitude of its middle."""

    zip_codes: NDArray[np.str_]
    states: NDArray[np.str_]
    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]


class ZipTable(Mapping[str, ZipPoint]):
    """Every known ZIP code by its five digits, ascending.

    `number` is that of its row in the database and `made_on` its day; 0 and None for the shipped one.
    """

    def __init__(self, made: Mapping[str, bytes], number: int, made_on: dt.date) -> None:
        self._rows: NDArray[np.void] = np.load(io.BytesIO(made[ROWS_FILE]), allow_pickle=False)
        self._words = made[WORDS_FILE].decode().split("\n")
        self._seen: dict[str, ZipPoint] = {}
        self.number = number
        self.made_on: dt.date | None = made_on

    @classmethod
    def shipped(cls, folder: Path) -> ZipTable:
        """Return the table in a folder, mapped and not read."""
        table = cls.__new__(cls)
        table._rows = np.load(folder / ROWS_FILE, mmap_mode="r", allow_pickle=False)
        table._words = (folder / WORDS_FILE).read_text(encoding="utf-8").split("\n")
        table._seen, table.number, table.made_on = {}, 0, None
        return table

    @property
    def day(self) -> str:
        """The day of a table that was taken, "" for the shipped one."""
        return self.made_on.isoformat() if self.made_on else ""

    def __hash__(self) -> int:
        """A table never changes, and is only itself."""
        return id(self)

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same table."""
        return self is other

    def __bool__(self) -> bool:
        """Return True: there is no table without a ZIP code."""
        return True

    def __getitem__(self, zip_code: str) -> ZipPoint:
        """Return one ZIP code's point. Raises KeyError for any other text."""
        known = self._seen.get(zip_code)
        if known is not None:
            return known
        if len(zip_code) != 5 or not (zip_code.isascii() and zip_code.isdigit()):
            raise KeyError(zip_code)
        kind, source, exactness, zcta, latitude, longitude, near, *words = self._rows[int(zip_code)].item()
        if not kind:
            raise KeyError(zip_code)
        has_point = _EXACTNESS[exactness] is not Exactness.NONE
        place, state, county, time_zone = (self._words[number] for number in words)
        point = self._seen[zip_code] = ZipPoint(
            zip_code, _KINDS[kind - 1], latitude / _PARTS if has_point else None,
            longitude / _PARTS if has_point else None, place, state, county, zip_code if zcta else "", time_zone,
            _SOURCES[source], _EXACTNESS[exactness], f"{near:05d}" if near else "",
        )  # fmt: skip
        return point

    def __iter__(self) -> Iterator[str]:
        """Yield every known ZIP code, ascending."""
        return (f"{number:05d}" for number in np.flatnonzero(self._rows["kind"]))

    def __len__(self) -> int:
        """Return how many ZIP codes are known."""
        return int(np.count_nonzero(self._rows["kind"]))

    def beginning_with(self, prefix: str) -> list[ZipPoint]:
        """Return the ZIP codes with a point that begin with three digits."""
        first = int(prefix) * 100
        numbers = first + np.flatnonzero(self._rows["kind"][first : first + 100])
        points = (self[f"{number:05d}"] for number in numbers)
        return [point for point in points if point.latitude is not None]

    def nearest_area(self, latitude: float, longitude: float) -> tuple[ZipPoint, float]:
        """Return the ZIP code where people live whose point is nearest, and how many metres away that is."""
        numbers, latitudes, longitudes = self._areas
        north = np.abs(latitudes - latitude)
        east = np.abs((longitudes - longitude + 180) % 360 - 180) * max(0.01, math.cos(math.radians(latitude)))
        # On a plane that is a little wrong, the nearest on the globe is among the few nearest.
        few = np.argpartition(np.hypot(north, east), _FEW)[:_FEW]
        metres = geodesic_m(latitude, longitude, latitudes[few], longitudes[few])
        best = int(metres.argmin())
        return self[f"{numbers[few[best]]:05d}"], float(metres[best])

    @cached_property
    def _areas(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """The numbers, latitudes and longitudes of all ZIP codes where people live."""
        kept = self._rows["kind"] == _KINDS.index(ZipKind.AREA) + 1
        kept &= self._rows["exactness"] != _number(Exactness.NONE)
        rows = self._rows[kept]
        return np.flatnonzero(kept), rows["latitude"] / _PARTS, rows["longitude"] / _PARTS

    @cached_property
    def homes(self) -> Homes:
        """Every ZIP code where people live and that has a point, ascending."""
        numbers, latitudes, longitudes = self._areas
        words = np.array(self._words)
        codes = np.array([f"{number:05d}" for number in numbers.tolist()])
        return Homes(codes, words[self._rows["state"][numbers]], latitudes, longitudes)

    @cached_property
    def places(self) -> frozenset[str]:
        """The name of every place that a ZIP code belongs to."""
        used = self._rows["place"][(self._rows["kind"] > 0) & (self._rows["exactness"] != _number(Exactness.NONE))]
        return frozenset(self._words[number] for number in np.unique(used))

    @cached_property
    def towns(self) -> Towns:
        """Every town with homes. Two of one name in one state are left out, since a middle of both would be of none."""
        rows = self._rows[(self._rows["kind"] == _KINDS.index(ZipKind.AREA) + 1) & (self._rows["exactness"] != _number(Exactness.NONE))]  # fmt: skip
        # Names and states are numbered below 2**16.
        both = rows["place"].astype(np.int64) << 16 | rows["state"]
        known, town, count = np.unique(both, return_inverse=True, return_counts=True)
        degrees = [rows[name] / _PARTS for name in ("latitude", "longitude")]
        middles = [np.bincount(town, one) / count for one in degrees]
        far = np.max([np.abs(one - middle[town]) for one, middle in zip(degrees, middles, strict=True)], axis=0)
        scattered = np.bincount(town, far > _ONE_TOWN_DEGREES) > 0
        order = np.argsort(-count, kind="stable")
        order = order[~scattered[order]]
        names, states = ([self._words[word] for word in part] for part in ((known >> 16)[order], (known & 0xFFFF)[order]))  # fmt: skip
        return Towns(names, states, middles[0][order], middles[1][order], count[order].astype(np.int64))

    def of_place(self, place: str) -> list[ZipPoint]:
        """Return the ZIP codes with a point of the places of this name, in every state."""
        number = self._words.index(place)
        points = (self[f"{found:05d}"] for found in np.flatnonzero(self._rows["place"] == number))
        return [point for point in points if point.latitude is not None and point.city == place]


def compile_table(rows: Iterable[Mapping[str, str]]) -> dict[str, bytes]:
    """Return the files of a table by their names, from the rows of the CSV; the same bytes every time."""
    rows = list(rows)
    words = sorted({"", *(row[name] for row in rows for name in _WORDS)})
    numbers = {word: number for number, word in enumerate(words)}
    table = np.zeros(100_000, _ROW)
    for row in rows:
        table[int(row["zip"])] = (
            _KINDS.index(ZipKind(row["kind"])) + 1, _SOURCES.index(row["source"]), _number(Exactness(row["exactness"])),
            bool(row["zcta"]), _parts(row["lat"]), _parts(row["lon"]), int(row["near"] or 0),
            *(numbers[row[name]] for name in _WORDS),
        )  # fmt: skip
    saved = io.BytesIO()
    np.save(saved, table, allow_pickle=False)
    return {ROWS_FILE: saved.getvalue(), WORDS_FILE: "\n".join(words).encode()}


def packed(made: Mapping[str, bytes]) -> bytes:
    """Return the files of a compiled table as one, for the database."""
    return zlib.compress(len(made[ROWS_FILE]).to_bytes(8) + made[ROWS_FILE] + made[WORDS_FILE])


def unpacked(blob: bytes) -> dict[str, bytes] | None:
    """Return the files again, None where they are of a release whose tables had another form."""
    whole = zlib.decompress(blob)
    end = 8 + int.from_bytes(whole[:8])
    if np.load(io.BytesIO(whole[8:end]), allow_pickle=False).dtype != _ROW:
        return None
    return {ROWS_FILE: whole[8:end], WORDS_FILE: whole[end:]}


def _number(exactness: Exactness) -> int:
    return _EXACTNESS.index(exactness)


def _parts(degrees: str) -> int:
    return round(float(degrees) * _PARTS) if degrees else 0
