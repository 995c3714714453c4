"""Pair the days of a cell with their hours, and take out what is closed between."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from finder.db.hours import Days
from finder.db.hours_clock import ALL_DAY, Span, Time, Writing, Written, meant, possible
from finder.importers.hours_days import day_group
from finder.importers.hours_words import EVERY_DAY, Day, Word

_STRENGTH = {"and": 0, ",": 1, "\n": 2, ";": 3}
_MOST_ITEMS = 60


class Item(NamedTuple):
    """Days, hours, "closed", or a break such as lunch, and how strongly it is parted from the item before it."""

    kind: str
    strength: int
    days: int = 0
    spans: tuple[Written, ...] = ()  # hours without any are all day


def items(found: list[Word]) -> list[Item] | None:
    """Return the days, hours, closures and breaks of a cell in order; None where a word fits none of them."""
    read: list[Item] = []
    at = strength = 0
    while at < len(found):
        word = found[at]
        if not isinstance(word, Day | Time) and word in _STRENGTH:
            strength, at = max(strength, _STRENGTH[word]), at + 1
            continue
        if word == "-" and at + 1 < len(found):
            # A dash before a line, or between days and hours, joins nothing: "- Monday - 8:00 - 17:00".
            is_day = isinstance(found[at + 1], Day)
            if (is_day == (read[-1].kind == "days")) if read else not is_day:
                return None
            at += 1
            continue
        item, at = _item(found, at, strength)
        if item is None or len(read) == _MOST_ITEMS:
            return None
        read.append(item)
        strength = 0
    return read


def _item(found: list[Word], at: int, strength: int) -> tuple[Item | None, int]:
    word = found[at]
    if isinstance(word, Day):
        days, end = day_group(found, at)
        return (Item("days", strength, days=days) if days else None), end
    if isinstance(word, Time):
        spans, end = _span_group(found, at)
        return (Item("hours", strength, spans=spans) if spans else None), end
    if word == "allday":
        return Item("hours", strength), at + 1
    if word not in ("closed", "lunch"):
        return None, at
    after = at + 1 + (found[at + 1 : at + 2] == ["lunch"])
    spans, end = _span_group(found, after)
    if spans:
        return Item("break", strength, spans=spans), end + (found[end : end + 1] == ["lunch"])
    return (Item("closed", strength) if word == "closed" and after == at + 1 else None), after


def _span_group(found: list[Word], at: int) -> tuple[tuple[Written, ...], int]:
    """Return the spans from a word on, joined by commas or "and", and where they end; none where there is no span."""
    spans: list[Written] = []
    end = at
    while at + 2 < len(found):
        start, join, close = found[at : at + 3]
        if not (isinstance(start, Time) and join in ("-", "to") and isinstance(close, Time)):
            break
        spans.append((start, close))
        at = end = at + 3
        while at < len(found) and found[at] in (",", "and"):
            at += 1
        if at == end:
            break
    return tuple(spans), end


def paired(read: list[Item], writing: Writing) -> Days | None:
    """Return the week of a cell's items, its bare times taken as `writing` says; None where that is not certain."""
    main = [item for item in read if item.kind != "break"]
    if len(main) == 1 and main[0].kind == "hours" and not main[0].spans:
        main.insert(0, Item("days", 0, days=EVERY_DAY))  # "open 24 hours"
    pairs = list(zip(main[::2], main[1::2], strict=False))
    if not pairs or len(main) % 2 or not _in_order(pairs):
        return None
    by_days: dict[int, list[Written]] = {}
    closed: list[int] = []
    for pair in pairs:
        days, value = pair if pair[0].kind == "days" else pair[::-1]
        if value.kind == "closed":
            closed.append(days.days)
        elif days.days in by_days and not (value.spans and by_days[days.days]):
            return None
        else:
            by_days.setdefault(days.days, []).extend(value.spans)
    week: list[tuple[Span, ...] | None] = [None] * 7
    for days_open, spans in by_days.items():
        told = meant(spans, writing) if spans else [ALL_DAY]
        if told is None or any(week[day] is not None for day in _each(days_open)):
            return None
        for day in _each(days_open):
            week[day] = tuple(told)
    for days_closed in closed:
        # "Mon-Fri 8-5, closed Wed" is an exception; the same days both open and closed are not.
        if any(days_closed & one and (days_closed == one or days_closed & ~one) for one in by_days):
            return None
        for day in _each(days_closed):
            week[day] = ()
    return _without_breaks(read, pairs, week, writing)


def _in_order(pairs: list[tuple[Item, Item]]) -> bool:
    """Return whether each pair is days and a value, hours always on the same side, and no break within is stronger."""
    if any((pair[0].kind == "days") == (pair[1].kind == "days") for pair in pairs):
        return False
    sides = {pair[0].kind for pair in pairs if "closed" not in (pair[0].kind, pair[1].kind)}
    inside = max(second.strength for _first, second in pairs)
    between = min((first.strength for first, _second in pairs[1:]), default=inside)
    return len(sides) < 2 and inside <= between


def _without_breaks(
    read: list[Item], pairs: list[tuple[Item, Item]], week: list[tuple[Span, ...] | None], writing: Writing
) -> Days | None:
    """Return the week without the spans that a cell says are closed; None where it is not certain on which days."""
    before = 0
    for number, item in enumerate(read):
        if item.kind != "break":
            before += 1
            continue
        if before % 2 or not before:
            return None
        last = next(one.days for one in pairs[before // 2 - 1] if one.kind == "days")
        at_end, results = number == len(read) - 1, []
        if before == 2 or item.strength < (2 if at_end else 1):
            results.append(_cut(week, item, last, writing))
        if before > 2 and at_end:
            results.append(_cut(week, item, EVERY_DAY, writing))
        certain = [result for place, result in enumerate(results) if result and result not in results[:place]]
        if len(certain) != 1:
            return None
        week = certain[0]
    return tuple(week)


def _cut(
    week: list[tuple[Span, ...] | None], item: Item, days: int, writing: Writing
) -> list[tuple[Span, ...] | None] | None:
    """Return the week without a break on some days; None unless one meaning alone lies within opening hours."""
    for written in item.spans:
        results = []
        for start, end in possible(written, writing):
            spans = [span for day in _each(days) for span in week[day] or ()]
            astride = [s for s in spans if s[0] < end and start < s[1] and not (s[0] < start and end < s[1])]
            if astride or not any(s[0] < start and end < s[1] for s in spans):
                continue
            results.append([
                None if spans_of_day is None or not days >> day & 1 else tuple(_halves(spans_of_day, start, end))
                for day, spans_of_day in enumerate(week)
            ])  # fmt: skip
        if len(results) != 1:
            return None
        week = [new if days >> day & 1 else old for day, (new, old) in enumerate(zip(results[0], week, strict=True))]
    return week


def _halves(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    parts = ([(s[0], start), (end, s[1])] if s[0] < start and end < s[1] else [s] for s in spans)
    return [span for part in parts for span in part]


def _each(days: int) -> list[int]:
    return [day for day in range(7) if days >> day & 1]
