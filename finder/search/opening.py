"""Whether a place is open, by its own clock: what its stored hours and the time zone of its ZIP code say of a moment.

Hours that an import kept as words are shown as they are and never reckoned with.
"""

from __future__ import annotations

import datetime as dt
import enum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from finder.db.base import Stated
from finder.db.directory import ServiceKind
from finder.db.hours import Days, days_open
from finder.db.hours_clock import ALL_DAY, MIDNIGHT
from finder.db.reference import zip_points
from finder.search.holidays import is_holiday
from finder.search.results import LocationView, ServiceView

_DAY = dt.timedelta(days=1)
_WEEK = 7
OPEN_ALWAYS: Days = ((ALL_DAY,),) * _WEEK


class Door(enum.Enum):
    """What is known of the door at a moment."""

    OPEN = "open"
    CLOSED = "closed"
    NOT_STATED = "not_stated"


class Opening(NamedTuple):
    """What a place's hours say of a moment; times are by its clock, without a zone.

    `until` is when it closes, None where it is not open or never closes. `opens` is the next opening that is stated
    for one that is not open, and `past_unstated` whether days lie before it of which nothing is stated. `changes` is
    when something else will be true, at the latest at the next midnight.
    """

    door: Door
    here: dt.datetime
    until: dt.datetime | None
    opens: dt.datetime | None
    past_unstated: bool
    holiday_today: bool
    holiday_tomorrow: bool
    changes: dt.datetime

    @property
    def seconds_left(self) -> int:
        """For how long this is true."""
        return max(1, int((self.changes - self.here).total_seconds()))


def opening(place: LocationView, now: dt.datetime) -> Opening | None:
    """Return what a place's hours say of a moment with a zone; None where they, or its clock, are not known."""
    return at_clock(days_open(place.hours), place.zip_code, now)


def service_opening(service: ServiceView, place: LocationView, now: dt.datetime) -> Opening | None:
    """Return the same of a service: by its own hours, or open day and night, but never by those of its place."""
    return at_clock(service_days(service), place.zip_code, now)


def service_days(service: ServiceView) -> Days | None:
    """Return when a service says it is open, None where it does not say, or in words only."""
    if service.hours:
        return days_open(service.hours)
    return OPEN_ALWAYS if service.open_24_hours is Stated.YES else None


def walk_in_opening(place: LocationView, now: dt.datetime) -> Opening | None:
    """Return the same of a place's walk-in clinic with X-ray; None where it has none, or none with hours."""
    kind, yes = ServiceKind.WALK_IN_XRAY, Stated.YES
    found = next((one for one in place.services if one.kind is kind and one.offered is yes), None)
    return service_opening(found, place, now) if found else None


def local_time(zip_code: str, now: dt.datetime) -> dt.datetime | None:
    """Return a moment by the clock of a ZIP code, without its zone; None where the clock is not known."""
    zone = _zone(zip_code)
    return now.astimezone(zone).replace(tzinfo=None) if zone else None


def at_clock(days: Days | None, zip_code: str, now: dt.datetime) -> Opening | None:
    """Return what a week's hours at a ZIP code say of a moment; None where either is not known.

    Hours are wall-clock time: on the two nights a year when clocks change they mean what the clock on the wall says.
    """
    here = local_time(zip_code, now) if days else None
    if days is None or here is None:
        return None
    today = dt.datetime.combine(here.date(), dt.time.min)
    minute = here.hour * 60 + here.minute
    weekday = here.weekday()
    # A night that began yesterday goes on today.
    spans = [(start - MIDNIGHT, end - MIDNIGHT) for start, end in days[weekday - 1] or ()]
    spans += days[weekday] or ()
    ends = max((end for start, end in spans if start <= minute < end), default=None)
    midnight = today + _DAY
    holidays = is_holiday(here.date()), is_holiday(midnight.date())
    if ends is not None:
        until = _through(days, today, ends)
        changes = min(midnight, until) if until else midnight
        return Opening(Door.OPEN, here, until, None, False, *holidays, changes)
    opens, past_unstated = _next(days, today, minute)
    door = Door.NOT_STATED if days[weekday] is None else Door.CLOSED
    return Opening(door, here, None, opens, past_unstated, *holidays, min(midnight, opens) if opens else midnight)


def _through(days: Days, today: dt.datetime, ends: int) -> dt.datetime | None:
    """Return when it closes that is open until so many minutes after a midnight; None for never."""
    for _ in range(_WEEK + 1):
        day, minute = divmod(ends, MIDNIGHT)
        date = today + _DAY * day
        more = [end for start, end in days[date.weekday()] or () if start <= minute < end]
        if not more:
            return today + dt.timedelta(minutes=ends)
        ends = day * MIDNIGHT + max(more)
    return None


def _next(days: Days, today: dt.datetime, minute: int) -> tuple[dt.datetime | None, bool]:
    """Return the next opening that is stated, within a week, and whether days that are not stated lie before it."""
    past_unstated = days[today.weekday()] is None
    for ahead in range(_WEEK + 1):
        date = today + _DAY * ahead
        spans = days[date.weekday()]
        starts = [start for start, _end in spans or () if ahead or start > minute]
        if starts:
            return date + dt.timedelta(minutes=min(starts)), past_unstated
        past_unstated = past_unstated or spans is None
    return None, past_unstated


@lru_cache(maxsize=4096)
def _zone(zip_code: str) -> ZoneInfo | None:
    point = zip_points().get(zip_code)
    try:
        return ZoneInfo(point.time_zone) if point and point.time_zone else None
    except (KeyError, ValueError, OSError):
        # A machine without time zones knows no clock but its own.
        return None
