"""Read opening hours and days, as people write them, into the form of `db.hours`, or leave them alone.

What cannot be read with certainty, or not whole ("by appointment", "except holidays", "1st Tuesday", "Mon am"), is kept
as given: wrong hours send a person in pain to a locked door. Days and hours pair off with their neighbours, in one
order throughout; a day named twice with other hours is not read, but "closed Wed" after "Mon-Fri 8-5" is an exception.
"""

from __future__ import annotations

from functools import lru_cache

from finder.db.hours import LONGEST, Days, Week, days_in_form, week, write, write_days
from finder.db.hours_clock import writings
from finder.importers.hours_days import day_group
from finder.importers.hours_pairs import Item, items, paired
from finder.importers.hours_words import words

__all__ = ["Week", "days", "hours", "week"]

_REMEMBERED = 1000  # a file says the same few hours again and again


@lru_cache(_REMEMBERED)
def hours(text: str) -> str | None:
    """Return opening hours in the form; None where they cannot be read with certainty."""
    text = text.strip()
    if len(text) > LONGEST:
        return None
    if week(text) is not None:
        return text
    found = words(text)
    read = _first_reading(items(found) if found else None)
    return write(read) if read else None


@lru_cache(_REMEMBERED)
def days(text: str) -> str | None:
    """Return weekdays in the form, such as `Mon, Wed-Fri`; None where they cannot be read with certainty."""
    text = text.strip()
    if len(text) > LONGEST:
        return None
    if days_in_form(text) is not None:
        return text
    found = words(text)
    # A line or a semicolon parts days as a comma does, where days are all there is.
    listed = ["," if word in ("\n", ";") else word for word in found or ()]
    while listed and listed[-1] == ",":
        listed.pop()
    mask, end = day_group(listed, 0)
    return write_days(mask) if mask and end == len(listed) else None


def _first_reading(read: list[Item] | None) -> Days | None:
    """Return the week by the likeliest writing in which it makes sense."""
    for writing in writings(time for item in read or () for span in item.spans for time in span):
        found = paired(read, writing) if read else None
        if found is not None:
            return found
    return None
