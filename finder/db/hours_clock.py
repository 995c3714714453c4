"""What written times can mean, and when that is certain.

Where neither am nor pm is said, every meaning within one day is weighed, and only a single one is taken:

- An hour of 0 or above 12 anywhere in the cell proves 24-hour writing; then all of its bare times mean what they say.
- Two digits throughout (08:00) are 24-hour writing too, unless that makes no sense, as in 08:00-05:00.
- Otherwise each bare time may be before or after noon. 8-5 can be 8:00-17:00 alone; 1-5 and 8-10 can be two things,
  and stay unread; in "8-12, 1-5" the order proves the afternoon. One am or pm proves the other side where only one
  fits: 8-5pm, 1-5pm, but not 6-9pm, which may open at six in the morning. Nobody writes a night without am and pm,
  from 6 on: 5-1 could be an evening.
- A bare 12 is noon. "8-12" might be until midnight, but who takes it for noon never finds a locked door.
- 12 am is taken for midnight only where noon, which many mean by it, is impossible: 4pm-12am, but not 8am-12am.
- Nothing opens between 0:01 and 4:59, and no night lasts more than 16 hours.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import NamedTuple


class Time(NamedTuple):
    """A time as written. `half` is "a", "p", "noon", "midnight" or "" where nothing says which half of the day."""

    hour: int
    minute: int
    half: str = ""
    padded: bool = False  # the hour has two digits and minutes follow, as in 08:00


Span = tuple[int, int]
Written = tuple[Time, Time]

NOON, MIDNIGHT = 12 * 60, 24 * 60
ALL_DAY: Span = (0, MIDNIGHT)
_EARLIEST = 5 * 60
_EARLIEST_BARE = 6 * 60
# Two digits alone do not tell a morning that begins earlier from an evening: 06:00-09:00.
_MORNING = 7 * 60
_NIGHT_LASTS = 16 * 60
_LATE = 17 * 60
_MOST_SPANS = 4


class Writing(NamedTuple):
    """How a cell writes its bare times: in 24 hours or 12, whether an hour proves it, and whether in two digits."""

    hours: int
    proved: bool = False
    padded: bool = False


def writings(times: Iterable[Time]) -> list[Writing]:
    """Return the ways in which the times of one cell may be written, the likeliest first."""
    bare = [time for time in times if not time.half]
    padded = bool(bare) and all(time.padded for time in bare)
    if any(time.hour == 0 or time.hour > 12 for time in bare):
        return [Writing(24, proved=True, padded=padded and any(time.hour < 10 for time in bare))]
    if padded and any(time.hour < 10 for time in bare):
        return [Writing(24, padded=True), Writing(12)]
    return [Writing(12)]


def meant(spans: list[Written], writing: Writing) -> list[Span] | None:
    """Return the spans of one day in minutes since midnight, touching ones joined; None where they are not certain."""
    if len(spans) > _MOST_SPANS:
        return None
    every = itertools.product(*(possible(span, writing) for span in spans))
    orderly = [one for one in every if all(a[1] <= b[0] for a, b in itertools.pairwise(one))]
    if len(orderly) != 1 or not all(map(_certain, spans, orderly[0], itertools.repeat(writing))):
        return None
    joined: list[Span] = []
    for start, end in orderly[0]:
        if joined and joined[-1][1] == start:
            start = joined.pop()[0]
        joined.append((start, end))
    return joined


def possible(span: Written, writing: Writing) -> list[Span]:
    """Return all that a span can mean; an end past midnight is above 1440."""
    start, end = span
    starts = [time % MIDNIGHT for time in _minutes(start, writing) if time < MIDNIGHT or start.half == "midnight"]
    ends = [time or MIDNIGHT for time in _ends(start, end, writing)]
    if bool(start.half) != bool(end.half) and writing.hours == 12:
        starts = [time for time in starts if time >= _EARLIEST]
    same_day = [(opens, closes) for opens in starts for closes in ends if opens < closes <= MIDNIGHT]
    if same_day or len(starts) != 1 or len(ends) != 1:
        return same_day
    said = bool(start.half and end.half)
    closes = ends[0] % MIDNIGHT
    if not said and writing.hours == 12:
        return []
    # 13:00-5:00 may be a slip for 17:00; 18:00-2:00 cannot be, for 14:00 is over before it opens.
    safe = said or closes + NOON <= starts[0] or (writing.padded and starts[0] >= _LATE)
    night = (starts[0], closes + MIDNIGHT)
    return [night] if safe and night[1] - night[0] <= _NIGHT_LASTS else []


def _minutes(time: Time, writing: Writing) -> list[int]:
    hour, minute = time.hour, time.minute
    if time.half == "noon":
        return [NOON]
    if time.half == "midnight":
        return [MIDNIGHT]
    if hour > 24 or (hour == 24 and minute):
        return []
    if time.half == "a":
        return [hour % 12 * 60 + minute] if hour <= 12 else []
    if time.half == "p":
        return [hour * 60 + minute if hour > 12 else NOON + hour % 12 * 60 + minute] if 0 < hour < 24 else []
    if writing.hours == 24:
        return [hour * 60 + minute]
    return [NOON + minute] if hour == 12 else [hour * 60 + minute, NOON + hour * 60 + minute]


def _ends(start: Time, end: Time, writing: Writing) -> list[int]:
    ends = _minutes(end, writing)
    if ends == [MIDNIGHT - 1]:  # 11:59 PM is how some programs write the end of a day
        return [MIDNIGHT]
    if writing.hours == 12 and not end.half and end[:2] == (12, 0):
        late = start.half == "p" or (not start.half and start.hour < 7)
        return [NOON, MIDNIGHT] if late else [NOON]
    return ends


def _certain(span: Written, read: Span, writing: Writing) -> bool:
    (start, end), (opens, closes) = span, read
    earliest = _EARLIEST
    if not start.half and writing.padded and not writing.proved:
        earliest = _MORNING
    elif not start.half and not end.half and writing.hours == 12:
        earliest = _EARLIEST_BARE
    if 0 < opens < earliest or (start == end and writing.hours == 24):  # 0:00-0:00 may mean nothing at all
        return False
    if end.half == "a" and end.hour == 12 and opens < NOON + end.minute:
        return False
    return not (start.half == "a" and start.hour == 12 and NOON + start.minute <= closes < MIDNIGHT)
