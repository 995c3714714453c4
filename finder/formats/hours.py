"""Opening hours in words: the week as a table, and what the clock of a place says now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from finder.db.hours import Days, days_in_form
from finder.db.hours_clock import ALL_DAY, MIDNIGHT, NOON, Span
from finder.formats.wording import Wording
from finder.search.opening import Door, Opening


class HoursRow(NamedTuple):
    """One weekday of the table. `value` is as of a stated fact: yes where open, no where closed, not_stated."""

    day: str
    text: str
    value: str
    is_today: bool


def table(days: Days, opening: Opening | None, w: Wording) -> tuple[HoursRow, ...]:
    """Return the seven days, Monday first; the one that it is at the place is marked where its clock is known."""
    today = opening.here.weekday() if opening else None
    return tuple(
        HoursRow(
            w.weekday(number).capitalize(), _day(spans, w),
            "not_stated" if spans is None else "yes" if spans else "no", number == today,
        )
        for number, spans in enumerate(days)
    )  # fmt: skip


def now(opening: Opening, w: Wording) -> str:
    """Return in one sentence whether it is open, until when, or when it opens next; nothing more is claimed."""
    # A Spanish "p. m." at the end of a sentence is its full stop too.
    return _now(opening, w).replace("m..", "m.")


def _now(opening: Opening, w: Wording) -> str:
    if opening.door is Door.OPEN:
        return _open(opening, w)
    known = _when(opening.opens, opening.here, w) if opening.opens else ""
    if opening.door is Door.NOT_STATED:
        ask = w("Hours today: call to ask.")
        return f"{ask} {w('The next hours that we know of begin {when}.', when=known)}" if known else ask
    if not known:
        return w("Closed now.")
    if opening.past_unstated:
        return f"{w('Closed now.')} {w('The next hours that we know of begin {when}.', when=known)}"
    return w("Closed now. Opens {when}.", when=known)


def holiday(opening: Opening, w: Wording) -> str:
    """Return what is to be minded where today or tomorrow is a public holiday, else ""."""
    if opening.holiday_today:
        return w("Today is a public holiday. Hours may differ on holidays. Call before you go.")
    if opening.holiday_tomorrow:
        return w("Tomorrow is a public holiday. Hours may differ on holidays. Call before you go.")
    return ""


def weekdays(stored: str, w: Wording) -> str:
    """Return stored days, such as `Mon, Wed-Fri`, by their names; other words as they are."""
    days = days_in_form(stored)
    return w.listed(w.weekday(day) for day in days) if days else stored


def spans(days: Iterable[Span], w: Wording) -> str:
    """Return the hours of one day."""
    return w.listed(
        w("{start} to {end}", start=_clock(start, w), end=_clock(end % MIDNIGHT if end > MIDNIGHT else end, w))
        for start, end in days
    )


def in_words(days: Days, w: Wording) -> str:
    """Return a week in one line, days with the same hours together: for lists where a table has no room."""
    groups: dict[tuple[Span, ...], list[int]] = {}
    for number, one in enumerate(days):
        if one:
            groups.setdefault(one, []).append(number)
    if list(groups) == [(ALL_DAY,)] and len(groups[ALL_DAY,]) == len(days):
        return w("Open day and night")
    if not groups:
        return w("Closed")
    told = [f"{_days(numbers, w)}: {_day(one, w)}" for one, numbers in groups.items()]
    return "; ".join([f"{text[:1].upper()}{text[1:]}" for text in told])


def _days(numbers: list[int], w: Wording) -> str:
    in_a_row = len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1
    if in_a_row:
        return w("{start} to {end}", start=w.weekday(numbers[0]), end=w.weekday(numbers[-1]))
    return w.listed(w.weekday(number) for number in numbers)


def _day(of_day: tuple[Span, ...] | None, w: Wording) -> str:
    if of_day is None:
        return w("Call to ask")
    if of_day == (ALL_DAY,):
        return w("Open day and night")
    return spans(of_day, w) if of_day else w("Closed")


def _open(opening: Opening, w: Wording) -> str:
    if opening.until is None:
        return w("Usually open day and night.") if opening.holiday_today else w("Open day and night.")
    # Before the next noon nobody takes "until 2 AM" for another night.
    if opening.until - opening.here < dt.timedelta(hours=18):
        time = _at(opening.until, w)
        return w("Usually open until {time}.", time=time) if opening.holiday_today else w("Open until {time}.", time=time)  # fmt: skip
    when = _when(opening.until, opening.here, w)
    return w("Usually open until {when}.", when=when) if opening.holiday_today else w("Open until {when}.", when=when)


def _when(moment: dt.datetime, here: dt.datetime, w: Wording) -> str:
    """Return a moment of the coming week, as seen from another."""
    ahead = (moment.date() - here.date()).days
    if ahead == 0:
        text = w("today at {time}", time=_at(moment, w))
    elif ahead == 1:
        text = w("tomorrow at {time}", time=_at(moment, w))
    else:
        text = w("{day} at {time}", day=w.weekday(moment.weekday()), time=_at(moment, w))
    return text.replace(" a el ", " al ") if w.language == "es" else text


def _at(moment: dt.datetime, w: Wording) -> str:
    """Return a time as it stands in a sentence. In Spanish it has its article: las 5, la 1, el mediodía."""
    minutes = moment.hour * 60 + moment.minute
    text = _clock(minutes, w)
    if w.language != "es":
        return text
    if minutes == NOON:
        return f"el {text}"
    return f"la {text}" if minutes == 0 or moment.hour % 12 == 1 else f"las {text}"


def _clock(minutes: int, w: Wording) -> str:
    """Return a time of day as it stands in a table: 8 AM, 4:30 PM, noon, midnight."""
    if minutes == NOON:
        return w("noon")
    if minutes % MIDNIGHT == 0:
        return w("midnight")
    hour, minute = divmod(minutes, 60)
    time = f"{(hour - 1) % 12 + 1}:{minute:02d}" if minute else f"{(hour - 1) % 12 + 1}"
    return w("{time} AM", time=time) if hour < 12 else w("{time} PM", time=time)
