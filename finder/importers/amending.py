"""Check what staff write over a listing as the cell of a file would be: read, mended and refused by the same rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from finder.db.amendable import OWN_FIELDS, POSITION, fields_of
from finder.db.base import Stated
from finder.db.datasets import Outcome
from finder.db.reference import state_outlines, zip_points
from finder.errors import DeskRefused
from finder.geo import geodesic_m
from finder.importers import cells, mends
from finder.importers.cells import CellError, Mended, clean
from finder.importers.checker import Teller
from finder.importers.listings import as_cell
from finder.importers.records import AGES
from finder.importers.report import Problem, is_mend
from finder.importers.templates import SECTIONS
from finder.importers.vocabulary import Vocabulary

NOTICE_LONGEST = 300
_NEAR_ZIP_M, _NEAR_DEGREES = 16_000.0, 0.2
_IN_ROW = ("zip_code", "state", *POSITION)


class Checked(NamedTuple):
    """Values as amendments keep them, by field (None: nothing is to hold), and what was mended or noted of them."""

    values: dict[str, Any]
    told: tuple[Problem, ...]


def section_of(public_id: str) -> str:
    """Return the section of files that tells of a listing."""
    return "locations" if public_id.startswith("place:") else "practitioners"


def check(public_id: str, now: Mapping[str, str], changes: Mapping[str, Any], vocabulary: Vocabulary) -> Checked:
    """Return what changes of a listing come to; `now` are the cells that patients see the listing by.

    Raises DeskRefused: amendment_field_unknown, pin_outside, or amendment_refused with every problem of the values.
    """
    section, known = section_of(public_id), fields_of(public_id)
    values: dict[str, Any] = {}
    told: list[Problem] = []
    tell = Teller(section, 0, told)
    for field, given in changes.items():
        if field not in known and field not in OWN_FIELDS:
            raise DeskRefused("amendment_field_unknown", field=field[:40], known=[*known, *OWN_FIELDS])
        text = clean("yes" if given is True else "no" if given is False else as_cell(given))
        try:
            value = _read(section, field, text, vocabulary)
        except CellError as wrong:
            tell(wrong.code, field, wrong.params.get("part") or text, outcome=Outcome.REFUSED, **wrong.params)
            continue
        if isinstance(value, Mended):
            shown: dict[str, Any] = {"mended": value.shown} if is_mend(value.code) else {}
            tell(value.code, field, text, **shown)
            value = value.value
        values[field] = _kept(field, value)
    if not _refused(told):
        _check_together(now, values, tell)
    if refused := _refused(told):
        refusal = DeskRefused("amendment_refused", columns=sorted({one.column for one in refused}))
        refusal.problems = refused
        raise refusal
    return Checked(values, tuple(told))


def _read(section: str, field: str, text: str, vocabulary: Vocabulary) -> Any:
    if field == "hidden":
        return cells.stated(text)
    if field in ("notice_en", "notice_es"):
        return cells.plain(" ".join(text.split()), NOTICE_LONGEST)
    column = next(one for one in SECTIONS[section].columns if one.name == field)
    if column.required and not text:
        raise CellError("required_empty")
    read = getattr(vocabulary, column.read) if isinstance(column.read, str) else column.read
    return read(text)


def _kept(field: str, value: Any) -> Any:
    """Return a value as JSON keeps it."""
    if field == "hidden":
        return True if value is Stated.YES else None
    if not value and (field in OWN_FIELDS or value is None):
        # Of what a file says nothing is a value too: that nothing is stated.
        return None if field in OWN_FIELDS else ""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return getattr(value, "value", value)


def _check_together(now: Mapping[str, str], values: dict[str, Any], tell: Teller) -> None:
    """Tell of values that are no good beside each other, or beside those that are there."""
    has = {**now, **{field: as_cell(value) for field, value in values.items()}}
    ages = {name: int(has[name]) if has.get(name) else None for name in AGES[:2]}
    youngest, oldest = ages.values()
    if set(ages) & values.keys() and youngest is not None and oldest is not None and youngest > oldest:
        tell(
            "ages_reversed", AGES[0], str(youngest), outcome=Outcome.REFUSED, youngest=str(youngest), oldest=str(oldest)
        )
    if not values.keys() & set(_IN_ROW):
        return
    five = has.get("zip_code", "")[:5]
    if values.keys() & {"zip_code", "state"}:
        try:
            read = mends.zip_code(has["zip_code"], has["state"])
        except CellError as wrong:
            tell(wrong.code, "zip_code", has["zip_code"], outcome=Outcome.REFUSED, **wrong.params)
            return
        five = read.five
        for code, params in read.told:
            tell(code, "zip_code", has["zip_code"], outcome=Outcome.NOTED if code == "zip_other_state" else None, **params)  # fmt: skip
        if "zip_code" in values:
            values["zip_code"] = f"{read.five}-{read.four}" if read.four else read.five
    if values.keys() & set(POSITION):
        _check_position(has, five, values, tell)


def _check_position(has: Mapping[str, str], five: str, values: dict[str, Any], tell: Teller) -> None:
    pair = [has.get(name, "") for name in POSITION]
    if not all(pair):
        tell("position_half", "latitude", ", ".join(pair), outcome=Outcome.REFUSED)
        return
    latitude, longitude = map(float, pair)
    found = mends.position(latitude, longitude, five, has.get("state", ""), tell)
    if found is None:
        return
    if not in_country(*found):
        raise DeskRefused("pin_outside", latitude=found[0], longitude=found[1])
    values["latitude"], values["longitude"] = found


def in_country(latitude: float, longitude: float) -> bool:
    """Return whether a point lies in a state, or near a ZIP code of one or of a territory, as on piers and islands."""
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return False
    if state_outlines().cover(latitude, longitude):
        return True
    places = [(one.latitude, one.longitude) for one in zip_points().values() if one.latitude is not None]
    lats, lons = np.array(places, np.float64).T
    close = np.abs(lats - latitude) < _NEAR_DEGREES
    return bool((geodesic_m(latitude, longitude, lats[close], lons[close]) <= _NEAR_ZIP_M).any())


def _refused(told: list[Problem]) -> list[Problem]:
    return [one for one in told if one.outcome in (Outcome.REFUSED, Outcome.LEFT_OUT)]
