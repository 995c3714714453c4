"""Read a day as people and spreadsheets write it; what could be two days is neither.

With slashes or dashes the month comes first, as in this country; with dots the day does, as where dots are usual, and
there 5.11.2026 may be either.
"""

from __future__ import annotations

import datetime as dt
import re

_USUAL = re.compile(
    r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})(?:[T ]00:00(?::00)?)?"
    r"|(?P<m2>[0-9]{1,2})[/-](?P<d2>[0-9]{1,2})[/-](?P<y2>[0-9]{4})"
    r"|(?P<d3>[0-9]{1,2})[ -](?P<n3>[A-Za-z]{3,9})\.?[ -](?P<y3>[0-9]{4})"
    r"|(?P<n4>[A-Za-z]{3,9})\.? (?P<d4>[0-9]{1,2})(?:st|nd|rd|th)?,? (?P<y4>[0-9]{4})"
)
_OTHER = re.compile(
    r"(?P<y>[0-9]{4})[/.](?P<m>[0-9]{1,2})[/.](?P<d>[0-9]{1,2})"
    r"|(?P<m2>[0-9]{1,2})[/-](?P<d2>[0-9]{1,2})[/-](?P<y2>[0-9]{2})"
    r"|(?P<d3>[0-9]{1,2})[ -](?P<n3>[A-Za-z]{3,9})\.?[ -](?P<y3>[0-9]{2})"
)
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4}|[0-9]{2})")
# What Excel counts from its own beginning: 2000-01-01 to 2050-12-31.
_SERIAL = re.compile(r"([0-9]{5})(?:\.0+)?")
_BEGINNING, _FIRST_SERIAL, _LAST_SERIAL = dt.date(1899, 12, 30), 36526, 55153
_LAST_SHORT_YEAR = 50
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class NoDay(ValueError):
    """A text that is no day, or could be one of `choices`."""

    def __init__(self, *choices: dt.date) -> None:
        super().__init__()
        self.choices = choices


def day(text: str) -> tuple[dt.date, bool]:
    """Return the day that a text names, and whether it is written in a way that is worth mending. Raises NoDay."""
    found, usual = _USUAL.fullmatch(text), True
    if found is None:
        serial = _SERIAL.fullmatch(text)
        if serial and _FIRST_SERIAL <= int(serial[1]) <= _LAST_SERIAL:
            return _BEGINNING + dt.timedelta(days=int(serial[1])), True
        dotted = _DOTTED.fullmatch(text)
        if dotted:
            return _dotted(*dotted.groups()), True
        found, usual = _OTHER.fullmatch(text), False
    if found is None:
        raise NoDay
    parts = {name.rstrip("234"): part for name, part in found.groupdict().items() if part is not None}
    month = _month(parts["n"]) if "n" in parts else int(parts["m"])
    return _made(_year(parts["y"]), month, int(parts["d"])), not usual


def _dotted(one: str, other: str, year: str) -> dt.date:
    days = set[dt.date]()
    for of_day, of_month in ((one, other), (other, one)):
        if int(of_month) <= 12:
            days.add(_made(_year(year), int(of_month), int(of_day)))
    if len(days) != 1:
        raise NoDay(*sorted(days))
    return days.pop()


def _month(name: str) -> int:
    short = name.lower()[:3]
    if short not in _MONTHS:
        raise NoDay
    return _MONTHS.index(short) + 1


def _year(digits: str) -> int:
    if len(digits) == 2 and int(digits) > _LAST_SHORT_YEAR:
        raise NoDay
    return int(digits) + 2000 * (len(digits) == 2)


def _made(year: int, month: int, of_month: int) -> dt.date:
    try:
        return dt.date(year, month, of_month)
    except ValueError:
        raise NoDay from None
