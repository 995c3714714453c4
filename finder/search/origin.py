"""From what a patient typed as ZIP code to the point that distances are measured from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from finder.db.reference import is_military, zip_points
from finder.errors import QuestionError

# Marks of direction and of invisible joins come along when a ZIP code is pasted from a message or an address book.
_SPACES = re.compile(r"[\s\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")


@dataclass(frozen=True)
class Origin:
    """Where distances are measured from, in WGS84 degrees. `is_area` is False for a PO-box ZIP's stand-in point."""

    zip_code: str
    latitude: float
    longitude: float
    city: str
    state: str
    is_area: bool


def resolve_zip(typed: str) -> Origin:
    """Return the origin of a ZIP code as typed: five digits, ZIP+4 or nine digits, spaces anywhere around.

    Raises QuestionError: zip_missing, zip_malformed, zip_not_digits, zip_zero_lost, zip_military, zip_unknown or
    zip_without_place.
    """
    text = _DASHES.sub("-", _SPACES.sub("", typed))
    if not text:
        raise QuestionError("zip_missing")
    if not re.fullmatch(r"[0-9-]+", text):
        code = (
            "zip_not_digits"
            if any(unicodedata.category(c) in ("Lu", "Ll", "Lo", "Nd") for c in text if c not in "0123456789")
            else "zip_malformed"
        )
        digits = sum(c.isdigit() for c in text)
        raise QuestionError(code, value=_shown(typed), **({"digits": digits} if code == "zip_malformed" else {}))
    if not re.fullmatch(r"[0-9]{5}(-?[0-9]{4})?", text):
        digits = sum(c.isdigit() for c in text)
        restored = text.zfill(5)
        if digits == len(text) == 4 and restored in zip_points():
            raise QuestionError("zip_zero_lost", value=_shown(typed), suggestion=restored)
        raise QuestionError("zip_malformed", value=_shown(typed), digits=digits)
    five = text[:5]
    if is_military(five):
        raise QuestionError("zip_military", value=five)
    point = zip_points().get(five)
    if point is None:
        raise QuestionError("zip_unknown", value=five)
    if point.latitude is None or point.longitude is None:
        raise QuestionError("zip_without_place", value=five)
    return Origin(five, point.latitude, point.longitude, point.city, point.state, point.is_area)


def _shown(typed: str) -> str:
    return "".join(c for c in typed.strip() if c.isprintable())[:20]
