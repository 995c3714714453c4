"""Read opening hours and days, as people write them, into one strict form, or leave them alone.

The form, in which every week has one spelling:

    hours  =  entry, joined by "; "        Mon-Thu 8:00-12:00, 13:00-17:00; Fri 8:00-16:00; Sun closed
    entry  =  days " " spans | days " closed"
    days   =  part, joined by ", "         Mon, Wed-Fri
    part   =  Mon | Tue | Wed | Thu | Fri | Sat | Sun, or a first and a last with "-" where three or more follow on
    spans  =  time "-" time, joined by ", " and ascending
    time   =  H:MM in 24 hours, by the place's own clock; an end before its start is on the next day: 18:00-2:00

Days with the same hours are one entry, and entries stand in the order of their first days. A day that is not named is
not stated. Open day and night is 0:00-24:00. Hours have two digits (Sat 08:00-11:00) where the text could otherwise be
taken for 12-hour writing. The same rules (`hours_clock`) read this form and everybody's own: no text of it is a guess.

What cannot be read with certainty, or not whole ("by appointment", "except holidays", "1st Tuesday", "Mon am"), is kept
as given: wrong hours send a person in pain to a locked door. Days and hours pair off with their neighbours, in one
order throughout; a day named twice with other hours is not read, but "closed Wed" after "Mon-Fri 8-5" is an exception.
"""

from __future__ import annotations

import re
from functools import lru_cache

from finder.importers.hours_clock import MIDNIGHT, Span, Written, writings
from finder.importers.hours_days import day_group, days_between
from finder.importers.hours_pairs import Days, Item, items, paired
from finder.importers.hours_words import Time, words

Week = tuple[tuple[Span, ...], ...]

_LONGEST = 1000
_REMEMBERED = 1000  # a file says the same few hours again and again
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAYS = "D(?:-D)?(?:, D(?:-D)?)*".replace("D", f"(?:{'|'.join(_NAMES)})")
_SPANS = "T-T(?:, T-T)*".replace("T", "[0-9]{1,2}:[0-5][0-9]")
_DAYS_FORM = re.compile(_DAYS)
_ENTRY_FORM = re.compile(f"({_DAYS}) (?:closed|({_SPANS}))")


@lru_cache(_REMEMBERED)
def hours(text: str) -> str | None:
    """Return opening hours in the form above; None where they cannot be read with certainty."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    if week(text) is not None:
        return text
    found = words(text)
    read = _first_reading(items(found) if found else None)
    return _write(read) if read else None


@lru_cache(_REMEMBERED)
def days(text: str) -> str | None:
    """Return weekdays in the form above, such as `Mon, Wed-Fri`; None where they cannot be read with certainty."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    if _DAYS_FORM.fullmatch(text) and _write_days(_named(text)) == text:
        return text
    found = words(text)
    # A line or a semicolon parts days as a comma does, where days are all there is.
    listed = ["," if word in ("\n", ";") else word for word in found or ()]
    while listed and listed[-1] == ",":
        listed.pop()
    mask, end = day_group(listed, 0)
    return _write_days(mask) if mask and end == len(listed) else None


@lru_cache(_REMEMBERED)
def week(canonical: str) -> Week | None:
    """Read hours in the strict form: for each day from Monday its spans, in minutes since its midnight, local clock.

    An end above 1440 is on the next day. A day that is closed or not named has no spans. None for any other text.
    """
    if len(canonical) > _LONGEST:
        return None
    read = _literal(canonical)
    if read is None or _write(read, canonical) != canonical:
        return None
    return tuple(spans or () for spans in read)


def _first_reading(read: list[Item] | None) -> Days | None:
    """Return the week by the likeliest writing in which it makes sense."""
    for writing in writings(time for item in read or () for span in item.spans for time in span):
        found = paired(read, writing) if read else None
        if found is not None:
            return found
    return None


def _literal(text: str) -> Days | None:
    """Return the week of a text in the shape of the form, which may still not be its one spelling."""
    read: list[Item] = []
    for part in text.split("; "):
        entry = _ENTRY_FORM.fullmatch(part)
        if entry is None:
            return None
        read.append(Item("days", 3, days=_named(entry[1])))
        read.append(Item("hours", 0, spans=_times(entry[2])) if entry[2] else Item("closed", 0))
    return _first_reading(read)


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
        mask |= days_between(_NAMES.index(part[:3]), _NAMES.index(part[-3:]))
    return mask


def _write(read: Days, known: str = "") -> str | None:
    """Return the one spelling of a week; None where the form cannot say it without a doubt.

    `known` is a text that has been read as this week.
    """
    entries: dict[tuple[Span, ...], int] = {}
    for number, spans in enumerate(read):
        if spans is not None:
            entries[spans] = entries.get(spans, 0) | 1 << number
    for hour in ("d", "02d"):
        text = "; ".join(
            f"{_write_days(mask)} {', '.join(_write_span(span, hour) for span in spans) or 'closed'}"
            for spans, mask in entries.items()
        )
        if text == known or _literal(text) == read:
            return text
    return None


def _write_span(span: Span, hour: str) -> str:
    # 24:00 ends a day; beyond it the clock begins again.
    ends = span[1] if span[1] <= MIDNIGHT else span[1] - MIDNIGHT
    return "-".join(f"{format(time // 60, hour)}:{time % 60:02d}" for time in (span[0], ends))


def _write_days(mask: int) -> str:
    parts: list[str] = []
    day = 0
    while day < 7:
        last = day
        while mask >> last & 1:
            last += 1
        parts += [f"{_NAMES[day]}-{_NAMES[last - 1]}"] if last - day > 2 else _NAMES[day:last]
        day = last + 1
    return ", ".join(parts)
