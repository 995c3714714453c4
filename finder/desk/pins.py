"""Read where a pin belongs, from coordinates or the address of a map page that somebody pasted. Nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from finder.db.reference import STATES, state_outlines, zip_points
from finder.errors import DeskRefused
from finder.geo import METRES_PER_MILE, geodesic_m
from finder.importers.amending import in_country

FAR_MILES = 25.0
_OUTSIDE_MILES = 5.0  # the shipped outlines leave out piers and small islands
_LONGEST = 2000
Position = tuple[float, float]

_DECIMAL = r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,20})?"
_COMMA = r"[+-]?[0-9]{1,3},[0-9]{1,20}"
_PAIR = re.compile(rf"({_DECIMAL})[,;~/]?\s*({_DECIMAL})")
_PLAIN = re.compile(rf"({_DECIMAL})(?:\s*[,;|/]\s*|\s+)({_DECIMAL})")
_WITH_COMMAS = re.compile(rf"({_COMMA})(?:\s*[;|/]\s*|,\s*|\s+)({_COMMA})")
# Degrees, and minutes and seconds where there are any; a letter of the compass stands before or behind.
_PART = r"([0-9]{1,3}(?:[.,][0-9]{1,20})?)"
_MARKED = (
    rf"([+-])?\s*{_PART}\s*[°dº*]?\s*(?:{_PART}\s*['\u2032\u2019m]\s*)?(?:{_PART}\s*(?:\"|\u2033|\u201d|''|s)\s*)?"
)
_SPACED = rf"([+-])?\s*([0-9]{{1,3}})\s+{_PART}(?:\s+{_PART})?\s*"
_LETTER = "([NSEWO])"
_ANGLES = tuple(
    (re.compile(whole, re.IGNORECASE), letter_first)
    for angle in (_MARKED, _SPACED)
    for whole, letter_first in ((rf"{_LETTER}\s*{angle}", True), (rf"{angle}{_LETTER}", False), (rf"{angle}()", False))
)
_GOOGLE_PIN = re.compile(rf"!3d({_DECIMAL})!4d({_DECIMAL})")
_AT = re.compile(rf"/@({_DECIMAL}),({_DECIMAL})(?:,|/|$)")
_OPEN_STREET_MAP = re.compile(rf"map=[0-9.]{{1,8}}/({_DECIMAL})/({_DECIMAL})")
# What map pages call the place itself, before what they call the middle of the picture.
_NAMED = ("coordinate", "q", "query", "daddr", "destination", "ll", "cp", "center", "sll", "viewpoint")
_SHORT = re.compile(r"(?:maps\.app\.goo\.gl|goo\.gl|maps\.apple(?!\.com)|osm\.org/go|w3w\.co)", re.IGNORECASE)
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u00a0": " ", "\u2009": " ", "\u202f": " "})


class PinLook(NamedTuple):
    """What is to be known of a pin before it is put down: how far it is, in miles, and what is doubtful about it."""

    latitude: float
    longitude: float
    from_old_miles: float | None
    from_zip_miles: float | None
    far_from_zip: bool
    outside_state: bool


def parse_pin(text: str) -> Position:
    """Return the latitude and longitude that a text says.

    It may be two numbers (with points or decimal commas), degrees with minutes and seconds, a geo: address, or the
    address of a page of Google Maps, Apple Maps, Bing or OpenStreetMap. Raises DeskRefused: pin_unread,
    pin_short_link, pin_outside.
    """
    bare = text.translate(_SIGNS).strip()
    found = _read(bare) if 0 < len(bare) <= _LONGEST else None
    if found is None:
        if _SHORT.search(bare[:200]):
            raise DeskRefused("pin_short_link")
        raise DeskRefused("pin_unread", value=bare[:80])
    return inside(*found)


def inside(latitude: float, longitude: float) -> Position:
    """Return a position as it is. Raises DeskRefused (pin_outside) where it is in none of the states or territories."""
    if not in_country(latitude, longitude):
        raise DeskRefused("pin_outside", latitude=latitude, longitude=longitude)
    return latitude, longitude


def look_at(position: Position, old: Position | None, zip_code: str, state: str) -> PinLook:
    """Return what is to be known of a pin of a place with a ZIP code in a state."""
    point = zip_points().get(zip_code[:5])
    middle = (point.latitude, point.longitude) if point and point.latitude is not None else None
    from_zip = _miles(position, middle) if middle else None
    known = STATES.get(state)
    outside = known is not None and state_outlines().outside_m(known[0], *position) > _OUTSIDE_MILES * METRES_PER_MILE
    far = from_zip is not None and from_zip > FAR_MILES
    return PinLook(*position, _miles(position, old) if old else None, from_zip, far, outside)


def _miles(here: Position, there: Iterable[float | None]) -> float:
    latitude, longitude = there
    return float(geodesic_m(*here, np.array([latitude]), np.array([longitude]))[0]) / METRES_PER_MILE


def _read(text: str) -> Position | None:
    if text.lower().startswith("geo:"):
        return _geo(text[4:])
    if re.match(r"(?:https?:)?//|(?:www|maps)\.|[a-z0-9.-]+\.[a-z]{2,}/", text, re.IGNORECASE):
        return _link(text)
    bare = text.strip("()[] ")
    if plain := _PLAIN.fullmatch(bare):
        return float(plain[1]), float(plain[2])
    if commas := _WITH_COMMAS.fullmatch(bare):
        return float(commas[1].replace(",", ".")), float(commas[2].replace(",", "."))
    return _angles(bare)


def _geo(rest: str) -> Position | None:
    point, _, query = rest.partition("?")
    named = parse_qs(query).get("q", [""])[0]
    if pair := _PAIR.match(named):
        return float(pair[1]), float(pair[2])
    pair = _PAIR.match(point)
    return (float(pair[1]), float(pair[2])) if pair else None


def _link(text: str) -> Position | None:
    try:
        parts = urlsplit(text if "//" in text[:8] else f"//{text}")
        given = parse_qs(parts.query, max_num_fields=60)
    except ValueError:
        return None
    path = unquote(parts.path)
    pins = _GOOGLE_PIN.findall(path) or _GOOGLE_PIN.findall(unquote(parts.query))
    if pins:
        return float(pins[-1][0]), float(pins[-1][1])
    if "mlat" in given and "mlon" in given:
        marked = _PAIR.fullmatch(f"{given['mlat'][0]},{given['mlon'][0]}")
        return (float(marked[1]), float(marked[2])) if marked else None
    for name in _NAMED:
        for value in given.get(name, ()):
            if pair := _PAIR.fullmatch(value.removeprefix("loc:").strip()):
                return float(pair[1]), float(pair[2])
    for part, pattern in ((path, _AT), (unquote(parts.fragment), _OPEN_STREET_MAP)):
        if found := pattern.search(part):
            return float(found[1]), float(found[2])
    # As in /maps/place/37.55,-77.46 and /maps/search/37.55,-77.46
    tail = [_PLAIN.fullmatch(one.replace("+", " ").strip()) for one in path.split("/")]
    found = next((one for one in reversed(tail) if one), None)
    return (float(found[1]), float(found[2])) if found else None


def _angles(text: str) -> Position | None:
    """Read degrees with minutes and seconds, or with letters of the compass, in either order."""
    for pattern, letter_first in _ANGLES:
        first = pattern.match(text)
        second = pattern.fullmatch(text[first.end() :].lstrip(" ,;/|")) if first else None
        if first is None or second is None:
            continue
        pair = [_angle(one.groups(), letter_first) for one in (first, second)]
        letters = [letter for letter, _value in pair]
        if letters in (["N", "W"], ["N", "E"], ["S", "W"], ["S", "E"], ["", ""]):
            return _both(pair[0][1], pair[1][1])
        if letters in (["W", "N"], ["E", "N"], ["W", "S"], ["E", "S"]):
            return _both(pair[1][1], pair[0][1])
    return None


def _both(latitude: float | None, longitude: float | None) -> Position | None:
    return None if latitude is None or longitude is None else (latitude, longitude)


def _angle(groups: tuple[str | None, ...], letter_first: bool) -> tuple[str, float | None]:
    """Return the letter of an angle and its degrees, None where there is no such angle."""
    if letter_first:
        said, sign, *parts = groups
    else:
        sign, *parts, said = groups
    # Portuguese and Spanish write O for west.
    letter = (said or "").upper().replace("O", "W")
    degrees, minutes, seconds = (float((one or "0").replace(",", ".")) for one in parts)
    # The sixtieth minute is none.
    if minutes >= 60 or seconds >= 60 or (sign and letter):
        return letter, None
    value = degrees + minutes / 60 + seconds / 3600
    return letter, -value if sign == "-" or letter in ("S", "W") else value
