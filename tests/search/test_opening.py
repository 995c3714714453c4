"""Whether a place is open, by its own clock: held against a week that is walked minute by minute."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.db.base import Stated
from finder.db.directory import ServiceKind
from finder.db.hours import Days, days_in_form, days_open
from finder.importers.hours import days as read_days
from finder.importers.hours import hours as read_hours
from finder.search import opening as opened
from finder.search.holidays import holidays, is_holiday
from finder.search.opening import Door, Opening, at_clock, service_opening, walk_in_opening
from finder.search.results import ServiceView
from tests.formats.test_listing_words import a_place
from tests.importers.test_hours import DAYS, TEXTS

RICHMOND, GUAM, PHOENIX, MILITARY = "23220", "96910", "85003", "09012"
WORK = "Mon-Fri 8:00-17:00"
# Thursday at noon in Virginia.
THURSDAY = dt.datetime(2026, 11, 19, 17, tzinfo=dt.UTC)
_SHORT = st.lists(
    st.tuples(st.integers(0, 47), st.integers(1, 8)).map(lambda one: (one[0] * 30, one[0] * 30 + one[1] * 30)),
    max_size=2,
)
WEEKS = st.lists(st.none() | _SHORT.map(sorted).map(tuple), min_size=7, max_size=7).map(tuple)


def at(text: str, day: str, zip_code: str = RICHMOND) -> Opening:
    """Return what hours say at a local time of Virginia."""
    moment = dt.datetime.fromisoformat(day).replace(tzinfo=opened._zone(zip_code))
    found = at_clock(days_open(text), zip_code, moment)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "day", "door", "until", "opens"),
    [
        (WORK, "2026-11-19 12:00", Door.OPEN, "2026-11-19 17:00", None),
        (WORK, "2026-11-19 08:00", Door.OPEN, "2026-11-19 17:00", None),
        (WORK, "2026-11-19 07:59", Door.CLOSED, None, "2026-11-19 08:00"),
        (WORK, "2026-11-19 17:00", Door.CLOSED, None, "2026-11-20 08:00"),
        (WORK, "2026-11-20 18:00", Door.CLOSED, None, "2026-11-23 08:00"),
        (WORK, "2026-11-21 10:00", Door.NOT_STATED, None, "2026-11-23 08:00"),
        ("Mon-Fri 8:00-17:00; Sat, Sun closed", "2026-11-21 10:00", Door.CLOSED, None, "2026-11-23 08:00"),
        ("Mon-Fri 8:00-12:00, 13:00-17:00", "2026-11-19 12:30", Door.CLOSED, None, "2026-11-19 13:00"),
        ("Mon-Sun 18:00-2:00", "2026-11-20 01:59", Door.OPEN, "2026-11-20 02:00", None),
        ("Mon-Sun 18:00-2:00", "2026-11-20 02:00", Door.CLOSED, None, "2026-11-20 18:00"),
        ("Sun 18:00-2:00", "2026-11-23 01:00", Door.OPEN, "2026-11-23 02:00", None),
        ("Mon-Sun 0:00-24:00", "2026-11-19 03:00", Door.OPEN, None, None),
        ("Sat, Sun 0:00-24:00", "2026-11-21 03:00", Door.OPEN, "2026-11-23 00:00", None),
        ("Mon closed", "2026-11-23 03:00", Door.CLOSED, None, None),
    ],
)  # fmt: skip
def test_the_door(text: str, day: str, door: Door, until: str | None, opens: str | None) -> None:
    found = at(text, day)
    assert found.door is door
    assert found.until == (dt.datetime.fromisoformat(until) if until else None)
    assert found.opens == (dt.datetime.fromisoformat(opens) if opens else None)


def test_the_clock_is_that_of_the_place() -> None:
    """Noon in Virginia is ten in Phoenix, which has no summer time, and the small hours of tomorrow in Guam."""
    assert at_clock(days_open(WORK), PHOENIX, THURSDAY).here == dt.datetime(2026, 11, 19, 10)  # type: ignore[union-attr]
    in_summer = dt.datetime(2026, 7, 16, 16, tzinfo=dt.UTC)
    assert at_clock(days_open(WORK), RICHMOND, in_summer).here.hour == 12  # type: ignore[union-attr]
    assert at_clock(days_open(WORK), PHOENIX, in_summer).here.hour == 9  # type: ignore[union-attr]
    guam = at_clock(days_open(WORK), GUAM, THURSDAY)
    assert guam is not None
    assert (guam.here, guam.door) == (dt.datetime(2026, 11, 20, 3), Door.CLOSED)


def test_on_the_night_when_clocks_change_the_wall_clock_counts() -> None:
    for day in ("2026-03-08", "2026-11-01"):
        assert at("Sun 8:00-17:00", f"{day} 08:30").until == dt.datetime.fromisoformat(f"{day} 17:00")


@pytest.mark.parametrize("zip_code", [MILITARY, "00000", "", "x", "2322\x00"])
def test_where_no_clock_is_known_nothing_is_claimed(zip_code: str) -> None:
    assert at_clock(days_open(WORK), zip_code, THURSDAY) is None


@given(WEEKS, st.integers(0, 7 * 1440 - 1))
def test_every_minute_is_as_a_walk_through_the_week_finds_it(week: Days, minute: int) -> None:
    open_minutes = set()
    for number, spans in enumerate(week):
        for start, end in spans or ():
            open_minutes |= {(number * 1440 + one) % (7 * 1440) for one in range(start, end)}
    monday = dt.datetime(2026, 11, 16, tzinfo=opened._zone(PHOENIX))
    found = at_clock(week, PHOENIX, monday + dt.timedelta(minutes=minute))
    assert found is not None
    here = monday.replace(tzinfo=None) + dt.timedelta(minutes=minute)
    assert found.here == here
    assert (found.door is Door.OPEN) == (minute in open_minutes)

    def first(wanted: bool) -> dt.datetime | None:
        ahead = (n for n in range(7 * 1440 + 1) if ((minute + n) % (7 * 1440) in open_minutes) is wanted)
        return next((here + dt.timedelta(minutes=n) for n in ahead), None)

    if found.door is Door.OPEN:
        assert found.until == first(False)
        assert found.opens is None
    else:
        assert found.opens == first(True)
        assert (found.door is Door.NOT_STATED) == (week[here.weekday()] is None)
    assert here < found.changes <= here + dt.timedelta(days=1)
    assert found.changes == min(
        one for one in (found.until, found.opens, dt.datetime.combine(here.date(), dt.time()) + dt.timedelta(days=1)) if one
    )  # fmt: skip


def said(days: list[list[tuple[int, int]] | None]) -> str:
    """Return a week as people write it, with am and pm."""

    def time(minutes: int) -> str:
        return f"{(minutes // 60 - 1) % 12 + 1}:{minutes % 60:02d} {'AM' if minutes % 1440 < 720 else 'PM'}"

    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    told = ((name, spans) for name, spans in zip(names, days, strict=True) if spans is not None)
    return "; ".join(f"{n} {', '.join(f'{time(a)}-{time(b)}' for a, b in spans) or 'closed'}" for n, spans in told)


@given(st.lists(DAYS, min_size=7, max_size=7))
def test_whatever_an_import_writes_can_be_read(days: list[list[tuple[int, int]] | None]) -> None:
    written = read_hours(said(days))
    if written is not None:
        read = days_open(written)
        assert read is not None
        assert [one is None for one in read] == [one is None for one in days]


@given(TEXTS)
def test_words_that_an_import_keeps_are_never_reckoned_with(text: str) -> None:
    written = read_hours(text)
    assert (days_open(written) is not None) if written else (days_open(text.strip()) is None)
    named = read_days(text)
    assert (days_in_form(named) is not None) if named else (days_in_form(text.strip()) is None)


def test_a_service_goes_by_its_own_hours_alone() -> None:
    place = a_place(hours="Mon-Sun 0:00-24:00", zip_code=RICHMOND)

    def service(**facts: object) -> ServiceView:
        plain = ServiceView(ServiceKind.WALK_IN_XRAY, Stated.YES, Stated.NOT_STATED, "", "", "")
        return plain._replace(**facts)  # type: ignore[arg-type]

    assert service_opening(service(), place, THURSDAY) is None
    assert service_opening(service(hours="by appointment"), place, THURSDAY) is None
    always = service_opening(service(open_24_hours=Stated.YES), place, THURSDAY)
    assert always is not None
    assert (always.door, always.until) == (Door.OPEN, None)
    seven = service(hours="Mon-Fri 9:00-19:00")
    assert service_opening(seven, place, THURSDAY).until == dt.datetime(2026, 11, 19, 19)  # type: ignore[union-attr]
    assert walk_in_opening(place._replace(services=(seven,)), THURSDAY) is not None
    assert walk_in_opening(place._replace(services=(seven._replace(offered=Stated.NO),)), THURSDAY) is None
    assert walk_in_opening(place, THURSDAY) is None


@pytest.mark.parametrize(
    ("year", "days"),
    [
        # As the Office of Personnel Management lists them, and the days themselves where they are kept on others.
        (2026, "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25"),
        (2021, "01-01 01-18 02-15 05-31 06-18 06-19 07-04 07-05 09-06 10-11 11-11 11-25 12-24 12-25 12-31"),
        (2023, "01-01 01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-11 11-23 12-25"),
    ],
)
def test_federal_holidays(year: int, days: str) -> None:
    assert sorted(day.strftime("%m-%d") for day in holidays(year)) == days.split()


@given(st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)))
def test_any_day_can_be_asked(day: dt.date) -> None:
    assert is_holiday(day) in (True, False)


def test_the_day_before_a_holiday_is_told_too() -> None:
    thanksgiving = at(WORK, "2026-11-26 10:00")
    assert (thanksgiving.holiday_today, thanksgiving.holiday_tomorrow) == (True, False)
    day_before = at(WORK, "2026-11-25 10:00")
    assert (day_before.holiday_today, day_before.holiday_tomorrow) == (False, True)
