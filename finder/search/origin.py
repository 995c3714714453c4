"""From what a patient typed, a ZIP code or a town, to the point that distances are measured from."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from finder.db.reference import is_military, zip_points
from finder.db.zip_table import Exactness, ZipKind, ZipPoint
from finder.errors import QuestionError
from finder.geo import METRES_PER_MILE, geodesic_m
from finder.search.towns import looks_like_town, resolve_town, town_of_address

# Marks of direction and of invisible joins come along when a ZIP code is pasted from a message or an address book.
_SPACES = re.compile(r"[\s\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_CANADIAN = re.compile(r"[A-Z][0-9][A-Z]-?[0-9][A-Z][0-9]", re.IGNORECASE)
_BRITISH = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}", re.IGNORECASE)
_LOOK_ALIKE = str.maketrans("OoIl", "0011")
# Five digits that have never been given out; prefix 999 is in use, so they must be named.
_NO_ZIP = ("00000", "99999")
_PREFIX_MILES = 40.0
_PREFIX_SHARE = 0.9
# Farther from any ZIP code no home of the United States lies, in Alaska neither.
_OUTSIDE_MILES = 100.0


@dataclass(frozen=True)
class Origin:
    """Where distances are measured from, in WGS84 degrees.

    `zip_code` and `kind` are empty and None for a town and for the patient's own point. `near` is the ZIP code whose
    point stands in, or the three digits that all ZIP codes measured from begin with; for the patient's own point the
    ZIP code nearest to it, whose town, county and time zone are given.
    """

    zip_code: str
    latitude: float
    longitude: float
    city: str
    state: str
    kind: ZipKind | None
    exactness: Exactness = Exactness.NONE
    near: str = ""
    county: str = ""
    time_zone: str = ""
    source: str = ""

    @property
    def point(self) -> tuple[float, float]:
        """Latitude and longitude."""
        return self.latitude, self.longitude

    @property
    def is_area(self) -> bool:
        """Whether homes have this ZIP code."""
        return self.kind is ZipKind.AREA

    @property
    def name(self) -> str:
        """The ZIP code, or the town and its state."""
        return self.zip_code or f"{self.city}, {self.state}"


def resolve_origin(typed: str, near: str = "") -> Origin:
    """Return the origin of a ZIP code or of a town, as typed, or where nothing was typed of the patient's own point.

    What has a digit is a ZIP code, the last word of "Richmond, VA 23220" too; what has none is a town. What is typed
    is what somebody sees in the form, so it goes before the point. Raises QuestionError: the codes of `resolve_zip`,
    town_unknown, town_ambiguous or near_outside.
    """
    if near and not typed:
        return _resolve_point(near)
    if looks_like_town(typed):
        town = resolve_town(typed)
        return Origin(
            "", town.latitude, town.longitude, town.name, town.state, None, Exactness.TOWN, "", town.county,
            town.time_zone, town.source,
        )  # fmt: skip
    return resolve_zip(town_of_address(typed) or typed)


def resolve_zip(typed: str) -> Origin:
    """Return the origin of a ZIP code as typed: five digits, ZIP+4 or nine digits, spaces anywhere around.

    Raises QuestionError: zip_missing, zip_malformed, zip_not_digits, zip_other_digits, zip_canadian, zip_british,
    zip_zero_lost, zip_military, zip_unknown or zip_prefix_wide.
    """
    text = _DASHES.sub("-", _SPACES.sub("", typed))
    if not text:
        raise QuestionError("zip_missing")
    if not re.fullmatch(r"[0-9-]+", text):
        raise _not_digits(text, _shown(typed))
    if not re.fullmatch(r"[0-9]{5}(-?[0-9]{4})?", text):
        restored = _with_zeros(text)
        if restored:
            raise QuestionError("zip_zero_lost", value=_shown(typed), suggestion=restored)
        raise QuestionError("zip_malformed", value=_shown(typed), digits=sum(c.isdigit() for c in text))
    five = text[:5]
    if is_military(five):
        raise QuestionError("zip_military", value=five)
    point = zip_points().get(five)
    if point is None or point.latitude is None or point.longitude is None:
        return _from_prefix(five)
    return Origin(
        five, point.latitude, point.longitude, point.city, point.state, point.kind, point.exactness, point.near,
        point.county, point.time_zone, point.source,
    )  # fmt: skip


def _resolve_point(near: str) -> Origin:
    """Return the origin of "latitude,longitude", which SearchQuery.parse has read."""
    latitude, longitude = (float(part) for part in near.split(","))
    zip_point, metres = zip_points().nearest_area(latitude, longitude)
    if metres > _OUTSIDE_MILES * METRES_PER_MILE:
        raise QuestionError("near_outside")
    return Origin(
        "", latitude, longitude, zip_point.city, zip_point.state, None, Exactness.POINT, zip_point.zip_code,
        zip_point.county, zip_point.time_zone,
    )  # fmt: skip


def _not_digits(text: str, shown: str) -> QuestionError:
    """Return the refusal of a text that has other characters than 0 to 9 and dashes."""
    if _CANADIAN.fullmatch(text):
        return QuestionError("zip_canadian", value=shown)
    if _BRITISH.fullmatch(text):
        return QuestionError("zip_british", value=shown)
    if any(c.isdecimal() and not c.isascii() for c in text):
        ours = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
        return QuestionError("zip_other_digits", value=shown, nearest=_known(ours))
    if any(unicodedata.category(c) in ("Lu", "Ll", "Lo") for c in text):
        return QuestionError("zip_not_digits", value=shown, nearest=_known(text.translate(_LOOK_ALIKE)))
    return QuestionError("zip_malformed", value=shown, digits=sum(c.isdigit() for c in text))


def _with_zeros(text: str) -> str:
    """Return the ZIP code that a spreadsheet has taken the leading zeros from, empty where none is known."""
    bare = re.fullmatch(r"([0-9]{3,4})(-[0-9]{4})?|([0-9]{4})[0-9]{4}", text)
    return _known((bare[1] or bare[3]).zfill(5)) if bare else ""


def _known(text: str) -> str:
    point = zip_points().get(text[:5]) if re.fullmatch(r"[0-9]{5}(-?[0-9]{4})?", text) else None
    return point.zip_code if point and point.latitude is not None else ""


def _from_prefix(five: str) -> Origin:
    """Return the middle of all ZIP codes with the same first three digits, where they lie close together."""
    members = zip_points().beginning_with(five[:3])
    if not members or five in _NO_ZIP:
        raise QuestionError("zip_unknown", value=five)
    middle = _prefix_middle(five[:3])
    if middle is None:
        raise QuestionError("zip_prefix_wide", value=five, prefix=five[:3])
    (city, state), _count = Counter((point.city, point.state) for point in members).most_common(1)[0]
    zone, _count = Counter(point.time_zone for point in members).most_common(1)[0]
    return Origin(five, *middle, city, state, ZipKind.UNKNOWN, Exactness.PREFIX, five[:3], "", zone)


@lru_cache(maxsize=1000)
def _prefix_middle(prefix: str) -> tuple[float, float] | None:
    """Return the middle (latitude, longitude) of a prefix, None where a tenth of it lies over 40 miles away.

    The medians of latitude and longitude, so that a stray member does not move it.
    """
    members: list[ZipPoint] = zip_points().beginning_with(prefix)
    latitudes = np.array([point.latitude for point in members], np.float64)
    longitudes = np.array([point.longitude for point in members], np.float64)
    latitude, longitude = round(float(np.median(latitudes)), 4), round(float(np.median(longitudes)), 4)
    near = geodesic_m(latitude, longitude, latitudes, longitudes) <= _PREFIX_MILES * METRES_PER_MILE
    return (latitude, longitude) if near.mean() >= _PREFIX_SHARE else None


def _shown(typed: str) -> str:
    return "".join(c for c in typed.strip() if c.isprintable())[:20]
