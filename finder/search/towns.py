"""From the name of a town, as typed, to the middle of its ZIP codes."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from finder.db.reference import STATES, zip_points
from finder.db.zip_table import ZipPoint, ZipTable
from finder.errors import QuestionError
from finder.geo import METRES_PER_MILE, geodesic_m

_SHORT = {
    "saint": "st", "sainte": "ste", "mount": "mt", "fort": "ft", "north": "n", "south": "s", "east": "e", "west": "w",
}  # fmt: skip
# What people call a place that the Postal Service calls otherwise.
_ALSO = {"newyorkcity": "newyork", "nyc": "newyork", "barrow": "utqiagvik", "agana": "hagatna"}
_COUNTRY = ("usa", "us", "u s a", "united states")
# Two towns of one name in one state: the ZIP codes of a single town lie closer together than this.
_ONE_TOWN_MILES = 40.0
_JOINS = ".,'`/-()\u2019\u2010\u2011\t\r\n"
_MOST_CHOICES = 12
_LIKE = 0.75


@dataclass(frozen=True)
class Town:
    """A town and its middle in WGS84 degrees."""

    name: str
    state: str
    latitude: float
    longitude: float
    county: str
    time_zone: str
    source: str


def looks_like_town(typed: str) -> bool:
    """Return whether a text is the name of a town: two Latin letters, and nothing but letters and what joins them."""
    joined = all(c in _JOINS or unicodedata.category(c)[0] in "LMZ" for c in typed)
    return joined and len(_key(typed)) > 1


def town_of_address(typed: str) -> str:
    """Return the ZIP code at the end of "Richmond, VA 23220" where it belongs to that state, else nothing."""
    found = re.fullmatch(r"(\D+?)[\s,]+([0-9]{5})(-?[0-9]{4})?", typed.strip(), re.ASCII)
    if not found:
        return ""
    _name, state = _split(_words(found[1]))
    point = zip_points().get(found[2])
    return found[2] if point and state and point.state == state else ""


def resolve_town(typed: str) -> Town:
    """Return the town of a name, with or without its state; case, accents and punctuation do not matter.

    The middle is that of the town's ZIP codes with homes (of all, where none has). Their points are where the people
    of each live; how many live in each no source that ships says, so they count alike. Raises QuestionError:
    town_unknown, or town_ambiguous with up to 12 choices, those with the most ZIP codes first.
    """
    words, shown = _words(typed), "".join(c for c in typed.strip() if c.isprintable())[:40]
    name, state = _split(words)
    found = _towns(_key(name), state) if state else []
    if not found:
        found = _towns(_key(" ".join(words)), "")
    if not found:
        raise QuestionError("town_unknown", value=shown, nearest=_nearest(name if state else " ".join(words), state))
    if len(found) > 1:
        found.sort(key=lambda zips: (-len(zips), zips[0].state, zips[0].zip_code))
        raise QuestionError("town_ambiguous", value=shown, choices=_choices(found[:_MOST_CHOICES]))
    return _middle(found[0])


def _towns(key: str, state: str) -> list[list[ZipPoint]]:
    """Return the ZIP codes of each town of a name, those with homes where there are any."""
    names = _places().get(key) or _places().get(_ALSO.get(key, ""), [])
    by_state: dict[str, list[ZipPoint]] = defaultdict(list)
    for name in names:
        for point in zip_points().of_place(name):
            by_state[point.state].append(point)
    towns = []
    for code, points in sorted(by_state.items()):
        if not state or code == state:
            towns += _apart([point for point in points if point.is_area] or points)
    return towns


def _apart(points: list[ZipPoint]) -> list[list[ZipPoint]]:
    """Return the points as towns: what lies within 40 miles of the first one left is of one town with it."""
    towns = []
    while points:
        lats = np.array([point.latitude for point in points], np.float64)
        lons = np.array([point.longitude for point in points], np.float64)
        near = geodesic_m(float(lats[0]), float(lons[0]), lats, lons) <= _ONE_TOWN_MILES * METRES_PER_MILE
        towns.append([point for point, is_near in zip(points, near, strict=True) if is_near])
        points = [point for point, is_near in zip(points, near, strict=True) if not is_near]
    return towns


def _choices(towns: list[list[ZipPoint]]) -> list[str]:
    """Return what to type for each town: its name and state, and its ZIP code where that state has two of them."""
    states = [zips[0].state for zips in towns]
    return [
        f"{zips[0].city} {zips[0].state}" + (f" {zips[0].zip_code}" if states.count(zips[0].state) > 1 else "")
        for zips in towns
    ]


def _middle(zips: list[ZipPoint]) -> Town:
    latitude = round(float(np.mean([point.latitude for point in zips])), 4)
    longitude = round(float(np.mean([point.longitude for point in zips])), 4)
    first = zips[0]
    county, source = ({one.county for one in zips}, {one.source for one in zips})
    return Town(
        first.city, first.state, latitude, longitude, first.county if len(county) == 1 else "", first.time_zone,
        first.source if len(source) == 1 else "",
    )  # fmt: skip


def _nearest(name: str, state: str) -> str:
    """Return the town spelt most like a name, in its state where that is given; empty where none is like it."""
    key = _key(name)
    # Most slips leave the first letter or the length alone; the rest would take long to compare.
    likely = [one for one in _places() if one[:1] == key[:1] and abs(len(one) - len(key)) <= 2]
    for near in difflib.get_close_matches(key, likely, n=5, cutoff=_LIKE):
        towns = _towns(near, state)
        if towns:
            return _choices(towns)[0] if len(towns) == 1 else towns[0][0].city + (f" {state}" if state else "")
    return ""


def _split(words: list[str]) -> tuple[str, str]:
    """Return (name, state) of words that end in a state's name or abbreviation, else (all of them, "")."""
    for length in (3, 2, 1):
        state = _states().get(" ".join(words[-length:]))
        if state and len(words) > length:
            return " ".join(words[:-length]), state
    return " ".join(words), ""


def _words(text: str) -> list[str]:
    """Return the words of a text in small Latin letters, without accents and without a country at the end."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    plain = re.sub(r"\b([a-z])\.", r"\1", plain)  # D.C.
    words = re.sub(r"[^a-z]+", " ", re.sub(r"['\u2019\u02bb`]", "", plain)).split()
    return words[:-1] if len(words) > 1 and words[-1] in _COUNTRY else words


def _key(name: str) -> str:
    return "".join(_SHORT.get(word, word) for word in _words(name))


def _places() -> dict[str, list[str]]:
    """Return the names of places as the table spells them, by what they are looked up as. Made at the first town."""
    return _places_of(zip_points())


@lru_cache(maxsize=1)
def _places_of(table: ZipTable) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(table.places):
        found[_key(name)].append(name)
    return dict(found)


@cache
def _states() -> dict[str, str]:
    names = {" ".join(_words(name)): code for code, (_fips, name) in STATES.items()}
    return {**{code.lower(): code for code in STATES}, **names, "virgin islands": "VI"}
