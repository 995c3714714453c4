"""Opening hours and days as they are stored: one strict form, in which every week has one spelling.

    hours  =  entry, joined by "; "        Mon-Thu 8:00-12:00, 13:00-17:00; Fri 8:00-16:00; Sun closed
    entry  =  days " " spans | days " closed"
    days   =  part, joined by ", "         Mon, Wed-Fri
    part   =  Mon | Tue | Wed | Thu | Fri | Sat | Sun, or a first and a last with "-" where three or more follow on
    spans  =  time "-" time, joined by ", " and ascending
    time   =  H:MM in 24 hours, by the place's own clock; an end before its start is on the next day: 18:00-2:00

Days with the same hours are one entry, and entries stand in the order of their first days. A day that is not named is
not stated. Open day and night is 0:00-24:00. Hours have two digits (Sat 08:00-11:00) where the text could otherwise be
taken for 12-hour writing. The same rules (`hours_clock`) read this form and everybody's own: no text of it is a guess,
and words that an import left as they were are never taken for it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from finder.db.hours_clock import MIDNIGHT, Span, Time, Written, meant, writings

# For each day from Monday: None is not stated, empty is closed.
Days = tuple[tuple[Span, ...] | None, ...]
Week = tuple[tuple[Span, ...], ...]

LONGEST = 1000
_REMEMBERED = 4096
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAYS = "D(?:-D)?(?:, D(?:-D)?)*".replace("D", f"(?:{'|'.join(_NAMES)})")
_SPANS = "T-T(?:, T-T)*".replace("T", "[0-9]{1,2}:[0-5][0-9]")
_DAYS_FORM = re.compile(_DAYS)
_ENTRY_FORM = re.compile(f"({_DAYS}) (?:closed|({_SPANS}))")


@lru_cache(_REMEMBERED)
def days_open(stored: str) -> Days | None:
    """Read hours in the form: for each day from Monday its spans, in minutes since its midnight, local clock.

    An end above 1440 is on the next day. A closed day has no spans, one that nobody stated is None. None in place of
    the whole for any other text, such as hours that an import kept as words.
    """
    if len(stored) > LONGEST:
        return None
    read = _literal(stored)
    return read if read is not None and write(read, stored) == stored else None


def week(stored: str) -> Week | None:
    """Read hours in the form as `days_open` does, days that are not stated among those without spans."""
    read = days_open(stored)
    return None if read is None else tuple(spans or () for spans in read)


def days_in_form(stored: str) -> tuple[int, ...] | None:
    """Read days in the form, such as `Mon, Wed-Fri`: their numbers, Monday 0. None for any other text."""
    if len(stored) > LONGEST or not _DAYS_FORM.fullmatch(stored):
        return None
    mask = _named(stored)
    return tuple(day for day in range(7) if mask >> day & 1) if write_days(mask) == stored else None


def write(read: Days, known: str = "") -> str | None:
    """Return the one spelling of a week; None where the form cannot say it without a doubt.

    `known` is a text that has been read as this week.
    """
    entries: dict[tuple[Span, ...], int] = {}
    for number, spans in enumerate(read):
        if spans is not None:
            entries[spans] = entries.get(spans, 0) | 1 << number
    for hour in ("d", "02d"):
        text = "; ".join(
            f"{write_days(mask)} {', '.join(_write_span(span, hour) for span in spans) or 'closed'}"
            for spans, mask in entries.items()
        )
        if text == known or _literal(text) == read:
            return text
    return None


def write_days(mask: int) -> str:
    """Return the spelling of weekdays, bit 0 for Monday."""
    parts: list[str] = []
    day = 0
    while day < 7:
        last = day
        while mask >> last & 1:
            last += 1
        parts += [f"{_NAMES[day]}-{_NAMES[last - 1]}"] if last - day > 2 else _NAMES[day:last]
        day = last + 1
    return ", ".join(parts)


def _literal(text: str) -> Days | None:
    """Return the week of a text in the shape of the form, which may still not be its one spelling."""
    entries: list[tuple[int, tuple[Written, ...]]] = []
    for part in text.split("; "):
        entry = _ENTRY_FORM.fullmatch(part)
        if entry is None:
            return None
        entries.append((_named(entry[1]), _times(entry[2]) if entry[2] else ()))
    for writing in writings(time for _days, spans in entries for span in spans for time in span):
        read: list[tuple[Span, ...] | None] | None = [None] * 7
        for mask, spans in entries:
            told = meant(list(spans), writing) if spans else []
            if read is None or told is None or any(mask >> day & 1 and read[day] is not None for day in range(7)):
                read = None
                break
            read = [tuple(told) if mask >> day & 1 else known for day, known in enumerate(read)]
        if read is not None:
            return tuple(read)
    return None


def _times(text: str) -> tuple[Written, ...]:
    pairs = (span.split("-") for span in text.split(", "))
    return tuple((_time(start), _time(end)) for start, end in pairs)


def _time(text: str) -> Time:
    hour, minute = text.split(":")
    return Time(int(hour), int(minute), padded=len(hour) == 2)


def _named(text: str) -> int:
    """Return the days of `Mon, Wed-Fri`, bit 0 for Monday."""
    mask = 0
    for part in text.split(", "):
        first, last = _NAMES.index(part[:3]), _NAMES.index(part[-3:])
        mask |= sum(1 << (first + step) % 7 for step in range((last - first) % 7 + 1))
    return mask


def _write_span(span: Span, hour: str) -> str:
    # 24:00 ends a day; beyond it the clock begins again.
    ends = span[1] if span[1] <= MIDNIGHT else span[1] - MIDNIGHT
    return "-".join(f"{format(time // 60, hour)}:{time % 60:02d}" for time in (span[0], ends))
