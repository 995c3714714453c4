"""US federal holidays by their rule (5 U.S.C. 6103): on these days, and the day before, usual hours may not hold."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

_MONDAY, _THURSDAY = 0, 3
# Month and day.
_FIXED = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
# Month, weekday, and which of them in the month.
_FLOATING = ((1, _MONDAY, 3), (2, _MONDAY, 3), (9, _MONDAY, 1), (10, _MONDAY, 2), (11, _THURSDAY, 4))


@lru_cache(maxsize=16)
def holidays(year: int) -> frozenset[dt.date]:
    """Return the days of a year on which a holiday falls or is kept.

    One that falls on a Saturday is kept on the Friday before, on a Sunday on the Monday after; both days count, and
    New Year's Day of the next year may be kept on the last day of this one.
    """
    fixed = [dt.date(year, month, day) for month, day in _FIXED]
    floating = [_nth(year, month, weekday, number) for month, weekday, number in _FLOATING]
    last_of_may = dt.date(year, 5, 31)
    memorial_day = last_of_may - dt.timedelta(days=last_of_may.weekday())
    kept = [_kept(day) for day in (*fixed, dt.date(year + 1, 1, 1))] if year < dt.MAXYEAR else []
    return frozenset(day for day in (*fixed, *floating, memorial_day, *kept) if day.year == year)


def is_holiday(day: dt.date) -> bool:
    """Return whether a holiday falls on a day or is kept on it."""
    return day in holidays(day.year)


def _nth(year: int, month: int, weekday: int, number: int) -> dt.date:
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _kept(day: dt.date) -> dt.date:
    return day + dt.timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))
