"""Look through a row that is refused for all else that is wrong with it, so that it is told in one pass.

What a row makes is made by `finder.importers.records`, which stops at the first thing that refuses it; here nothing is
made, and one bad cell keeps nobody from looking at the others.
"""

from __future__ import annotations

from typing import Any

from finder.db.base import Stated
from finder.db.datasets import Outcome
from finder.importers import mends
from finder.importers.cells import CellError
from finder.importers.records import AGES, DATES, Known, Tell, Values
from finder.importers.vocabulary import Vocabulary

_REFERENCES = {
    "practitioners": (("location_id", "locations", "location_unknown"),),
    "services": (("location_id", "locations", "location_unknown"),),
    "capabilities": (("person_id", "people", "person_unknown"), ("location_id", "locations", "location_unknown")),
}


def look_through(section: str, v: Values, known: Known, vocabulary: Vocabulary, tell: Tell) -> None:
    """Tell of each cell that is no good beside the others of its row; a bad cell reads as None or empty."""
    if getattr(v, "remove", None) is Stated.YES:
        return
    for column, keys, code in _REFERENCES.get(section, ()):
        key = getattr(v, column)
        if key and key not in getattr(known, keys):
            tell(code, column, key)
    if section in ("locations", "roster"):
        _place(v, tell)
    if section in ("practitioners", "roster"):
        _person(v, tell)
        _in_order(v, AGES, tell)
    if section in ("locations", "practitioners", "roster"):
        _in_order(v, DATES, tell)
    if section == "roster" and not (v.location_id or v.place_name or v.organization or v.address or v.city):
        tell("required_empty", "place_name", "")
    if section == "capabilities":
        for column, read in (("condition_or_procedure", vocabulary.treatment), ("profile", vocabulary.profile)):
            _meant(read, column, getattr(v, column), tell)


def _place(v: Values, tell: Tell) -> None:
    state, five, other = v.state or "", "", {}
    if v.zip_code:
        try:
            read = mends.zip_code(v.zip_code, state)
            five, other = read.five, dict(read.told).get("zip_other_state", {})
        except CellError as wrong:
            # Whether digits are those of a ZIP code that lost its zero only the state could say.
            if state or not v.zip_code.isdigit():
                tell(wrong.code, "zip_code", v.zip_code, **wrong.params)
    latitude, longitude = v.latitude, v.longitude
    if latitude is not None and longitude is not None:
        mends.position(latitude, longitude, five, state, tell)
    elif latitude is not None or longitude is not None:
        missing, shown = "longitude" if longitude is None else "latitude", latitude if longitude is None else longitude
        tell("position_half", missing, str(shown), outcome=Outcome.LEFT_OUT)
    elif state and other and mends.far_from_state(five, state):
        tell("zip_other_state", "zip_code", v.zip_code, **other)


def _person(v: Values, tell: Tell) -> None:
    if not (v.person_id or v.npi):
        tell("person_without_id", "npi", "")
    if not (v.full_name or v.family_name or v.given_name):
        tell("required_empty", "full_name", "")


def _in_order(v: Values, pair: Any, tell: Tell) -> None:
    low, high, code, (first, last) = pair
    lowest, highest = getattr(v, low), getattr(v, high)
    if lowest is not None and highest is not None and lowest > highest:
        tell(code, low, str(lowest), **{first: str(lowest), last: str(highest)})


def _meant(read: Any, column: str, text: str, tell: Tell) -> None:
    try:
        if text:
            read(text)
    except CellError as wrong:
        tell(wrong.code, column, text, **wrong.params)
