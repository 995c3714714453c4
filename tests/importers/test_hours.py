"""Opening hours: what is certain is read into one form, and everything else is left to its words."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from finder.importers.hours import Week, hours, week

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WORK = "Mon-Fri 8:00-17:00"


@pytest.mark.parametrize(
    "text",
    [
        "M-F 8-5", "Mon-Fri 8am-5pm", "8:00 AM - 5:00 PM Monday through Friday", "Mon to Fri 0800-1700", "Mon-Fri 8:00-5:00",
        "Mon - Fri: 08:00 - 05:00", "MON-FRI 8AM TO 5PM", "Mon.-Fri. 8 a.m.-5 p.m.", "weekdays 8-5", "8-5 weekdays",
        "M-F: 8:00a-5:00p", "Monday thru Friday, 8:00am to 5:00pm", "Mon\u2013Fri\u202f8\u202fAM\u20135\u2009PM", "8-5 M-F",
        "Mon-Fri 8.00-17.00", "Mon-Fri 8h00-17h", "Mon-Fri 800-1700", "Mon-Fri 8:00:00 AM - 5:00:00 PM", "MTWThF 8-5",
        "MTWRF 8-5", "M/T/W/Th/F 8-5", "M, T, W, T, F 8-5", "Monday - Friday\n8:00 AM - 5:00 PM", "Office hours: M-F 8-5",
        "Hours of operation: Monday to Friday from 8 to 5", "Mo-Fr 08:00-17:00", "Mon-Fri 8-17 hrs", "M-F\t8-5.", "8-5pm M-F",
        "Mon-Fri 8am-5", "lunes a viernes de 8 a 17", "Lun-Vie 8-17", "L-V 8-17", "de lunes a viernes 8:00 a. m. a 5:00 p. m.",
        "Lunes a viernes de 8 de la ma\u00f1ana a 5 de la tarde", "entre semana 8-17", "- Mon-Fri 8-5", "Mon-Fri - 8-5",
        "Mon, Tue & Wed 8-5; Thu/Fri 8-5", "Monday 8-5\nTuesday 8-5\nWednesday 8-5\nThursday 8-5\nFriday 8-5",
        "Mon-Fri 8:00 AM-5:00PM", "Mon-Fri \uff18-\uff15", "M\u2011F 8\u20145", "Mon-Fri 8:00 am - 17:00 pm", WORK, f"  {WORK} \n",
    ],
)  # fmt: skip
def test_one_week_in_many_spellings(text: str) -> None:
    assert hours(text) == WORK


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("24/7", "Mon-Sun 0:00-24:00"), ("Open 24 hours", "Mon-Sun 0:00-24:00"), ("open day and night", "Mon-Sun 0:00-24:00"),
        ("24 hours a day, 7 days a week", "Mon-Sun 0:00-24:00"), ("abierto las 24 horas", "Mon-Sun 0:00-24:00"),
        ("Mon-Fri 24 hours", "Mon-Fri 0:00-24:00"), ("daily 12:00 AM - 11:59 PM", "Mon-Sun 0:00-24:00"),
        ("Monday: 8:00 AM \u2013 5:00 PM; Tuesday: closed", "Mon 8:00-17:00; Tue closed"),
        ("M-Th 7:30a-6p, F 7:30a-12p", "Mon-Thu 7:30-18:00; Fri 7:30-12:00"),
        ("Mon-Thu 8:00-18:00, Fri 8:00-12:00", "Mon-Thu 8:00-18:00; Fri 8:00-12:00"),
        ("8-5 M-F, 9-12 Sat", "Mon-Fri 8:00-17:00; Sat 9:00-12:00"),
        ("M-F 8-5 Sat 9-12", "Mon-Fri 8:00-17:00; Sat 9:00-12:00"),
        ("Mon-Fri, 8-5, Sat, 9-12", "Mon-Fri 8:00-17:00; Sat 9:00-12:00"),
        ("Mo-Fr 08:00-17:00; Sa 08:00-12:00; Su off", "Mon-Fri 8:00-17:00; Sat 8:00-12:00; Sun closed"),
        ("Mon: 8-5\nTue: 8-12\nWed: 8-5\nSat: Closed\nSun: Closed", "Mon, Wed 8:00-17:00; Tue 8:00-12:00; Sat, Sun closed"),
        ("M-F 8-5, closed weekends", "Mon-Fri 8:00-17:00; Sat, Sun closed"),
        ("M-F 8-5; closed Wed", "Mon, Tue, Thu, Fri 8:00-17:00; Wed closed"),
        ("Sun-Thu 9-5", "Mon-Thu, Sun 9:00-17:00"), ("Fri-Mon 9-5", "Mon, Fri-Sun 9:00-17:00"),
        ("Mon 8-12, 1-5", "Mon 8:00-12:00, 13:00-17:00"), ("Mon 8-12 & 1-5", "Mon 8:00-12:00, 13:00-17:00"),
        ("Mon 8 a.m.-noon and 1-5 p.m.", "Mon 8:00-12:00, 13:00-17:00"), ("Mon 8-12; Mon 1-5", "Mon 8:00-12:00, 13:00-17:00"),
        ("8-5 M-F (closed 12-1)", "Mon-Fri 8:00-12:00, 13:00-17:00"), ("M-F 8-5 closed 1-2", "Mon-Fri 8:00-13:00, 14:00-17:00"),
        ("M-F 8-5, closed for lunch 12:30-1:30", "Mon-Fri 8:00-12:30, 13:30-17:00"),
        ("M-Th 8-5 (closed 12-1), F 8-12", "Mon-Thu 8:00-12:00, 13:00-17:00; Fri 8:00-12:00"),
        ("M-Th 8-5; F 8-4; closed 12-1", "Mon-Thu 8:00-12:00, 13:00-17:00; Fri 8:00-12:00, 13:00-16:00"),
        ("Mon 8-12, 12-5", "Mon 8:00-17:00"), ("daily 6pm-2am", "Mon-Sun 18:00-2:00"), ("daily 8 am to midnight", "Mon-Sun 8:00-24:00"),
        ("Mon 4 PM - 12 AM", "Mon 16:00-24:00"), ("Mon 10pm-6am", "Mon 22:00-6:00"), ("Mon 5pm-8am", "Mon 17:00-08:00"),
        ("Sat 8am-11am", "Sat 08:00-11:00"), ("Mon-Fri 8-17; Sat 8-11", "Mon-Fri 8:00-17:00; Sat 8:00-11:00"),
        ("Sat 08:00-11:00", "Sat 08:00-11:00"), ("Mon 1-5pm", "Mon 13:00-17:00"), ("Mon 12-4", "Mon 12:00-16:00"),
        ("Mon 9-12pm", "Mon 9:00-12:00"), ("Mon 8-8", "Mon 8:00-20:00"), ("Mon 11-3", "Mon 11:00-15:00"),
        ("Mon 08:00-12:00, 01:00-05:00", "Mon 8:00-12:00, 13:00-17:00"), ("Mon midnight to 8am", "Mon 0:00-8:00"),
        ("lunes: cerrado; martes a viernes: 9:00-18:00", "Mon closed; Tue-Fri 9:00-18:00"), ("cerrado los domingos", "Sun closed"),
        ("Mon 8-5\u2028Tue 9-5", "Mon 8:00-17:00; Tue 9:00-17:00"), ("lunes de 6 de la tarde a 12:00 de la noche", "Mon 18:00-24:00"),
        ("lun, mar 9 a mediod\u00eda", "Mon, Tue 9:00-12:00"), ("Monday 8-5 | Tuesday 9-5", "Mon 8:00-17:00; Tue 9:00-17:00"),
    ],
)  # fmt: skip
def test_hours(text: str, canonical: str) -> None:
    assert hours(text) == canonical
    assert week(canonical) is not None


@pytest.mark.parametrize(
    "text",
    [
        # No days, or no hours.
        "", " ", "9-5", "8am-5pm", "closed", "Mon-Fri", "by appointment", "call", "varies", "8", "Mon 8", "Mon 8-", "24",
        # Before or after noon.
        "Mon 1-5", "Mon 8-10", "Mon 5-8", "Mon 8:00-11:00", "Mon 10-11", "Mon 6-9pm", "Mon 8am-10", "Mon 5-1", "Mon 6-12",
        "Mon 01:00-05:00", "Mon 05:00-08:00", "Mon-Fri 08:00-05:00; Sat 08:00-11:00", "Mon 3-1", "Mon 12-12", "Mon 7-midnight",
        # Most who write these mean noon, or the afternoon.
        "Mon 8 AM - 12 AM", "Mon 12 AM - 5 PM", "Mon 8:00 AM - 5:00 AM", "Mon 8 PM - 5 PM", "Mon 13:00-5:00", "Mon 12pm midnight-2",
        "Mon 0:00-0:00", "Mon 12am-12am", "Mon 8am-8am", "Mon 17:00-8:00", "Mon 5pm-9:30am", "Mon noon-2am", "Mon 12:30-12:15am", "Mon 8am-1pm, 12pm-5pm",
        "Mon 5am-3am", "Mon 11am-2am", "Mon 8:00-17:00; Sat 1-5", "Mon 2am-4am",
        # Which days.
        "M-T 8-5", "M-S 8-5", "MF 8-5", "Mon Fri 8-5", "S 8-5", "W, T 8-5", "L, M, V 8-17", "Mar 8-12", "Mon to Wed to Fri 8-5",
        "Mon-Mon 8-5", "1st Tue 8-5", "1st and 3rd Tuesday 8-5", "every other Monday 8-5", "Mon 8-5 Tue", "8-5 Mon 9-4",
        "8-5 M-F, Sat 9-1", "Mon 8-5 9-4 Tue", "M-F 8-5; Wed 8-12", "Mon-Fri 8-5; Fri-Sun closed", "Mon closed; Mon 8-5",
        "M-F 8-12; Wed 1-5", "Closed Sat, Sun 12-5", "Monday\nTuesday 8-5", "M-Th 8-5, F 8-4, closed 12-1", "M-F 8-5, Sat 9-12:30; closed 12-1", "Mon, closed Tue 8-5",
        "8-5\nMon-Fri 9-5\nSat",
        # More than the form can say.
        "M-F 8-5 by appointment", "M-F 8-5 except holidays", "M-F 8-5 EST", "M-F 8-5, Sat by appointment", "Mon am", "Mon 8-5?",
        "M-F 8-5 804-555-0100", "M-F 8-5, 1-800-555-0100", "Lab: M-F 8-5", "ER 24/7", "Mon 8\u0336-5\u0336 9-4", "Mon 8\u00bd-5", "Mon 8-25",
        "Mon 8:60-17:00", "Mon 8-12-5", "Mon 8-5 lunch", "Nov 8-12", "Mon \u0668-\u0665", "Mon 8\u202e-5",
    ],
)  # fmt: skip
def test_what_is_not_certain_is_left_alone(text: str) -> None:
    assert hours(text) is None


def test_bare_hours_are_read_only_where_one_meaning_is_left() -> None:
    """Every pair of whole hours: the end is lower, so it must be after noon; or it is noon itself."""
    read = {(a, b): hours(f"Mon {a}-{b}") for a, b in itertools.product(range(1, 13), repeat=2)}
    for (start, end), canonical in read.items():
        if start == 12 and end < 12:
            expected = f"Mon 12:00-{end + 12}:00"
        elif 7 <= start < 12 and end == 12:
            expected = f"Mon {start}:00-12:00"
        elif 6 <= start < 12 and end <= start:
            expected = f"Mon {start}:00-{end + 12}:00"
        else:
            assert canonical is None, (start, end)
            continue
        assert canonical == expected


def test_the_week_of_a_text() -> None:
    closed: tuple[tuple[int, int], ...] = ()
    assert week("Mon-Thu 8:00-12:00, 13:00-17:00; Fri 18:00-2:00; Sun closed") == (
        *(((480, 720), (780, 1020)),) * 4, ((1080, 1560),), closed, closed,
    )  # fmt: skip
    assert week("Mon-Sun 0:00-24:00") == (((0, 1440),),) * 7


@pytest.mark.parametrize(
    "text",
    [
        "", "Mon", "M-F 8-5", "Mon-Fri 8:00-5:00", "Mon-Fri 8-17", "Mon-Tue 8:00-17:00", "Tue, Mon 8:00-17:00", "mon 8:00-17:00",
        "Mon 8:00-17:00;Tue closed", "Tue closed; Mon 8:00-17:00", "Mon 8:00-17:00; Tue 8:00-17:00", "Mon 08:00-17:00",
        "Mon 13:00-17:00, 8:00-12:00", "Mon 8:00-12:00, 12:00-17:00", "Mon 8:00-11:00", "Mon 1:00-5:00", "Mon 8:00-17:00 ",
        "Mon 8:00-17:00; Mon closed", "Mon 18:00-26:00", "Mon 24:00-8:00", "Mon 8:00-17:00\n", "Sun-Thu 8:00-17:00", "Mon 18:00-0:00",
    ],
)  # fmt: skip
def test_only_the_one_spelling_is_canonical(text: str) -> None:
    assert week(text) is None


SPANS = st.integers(5 * 4, 24 * 4 - 1).flatmap(
    lambda start: st.tuples(st.just(start * 15), st.integers(start + 1, 24 * 4).map(lambda end: end * 15))
)
DAYS = st.none() | st.lists(SPANS, max_size=2).map(sorted)


def said(minutes: int) -> str:
    """Return a time with am or pm, noon or midnight by name."""
    hour, minute = divmod(minutes, 60)
    if minutes in (720, 1440):
        return "noon" if minutes == 720 else "midnight"
    return f"{hour % 12 or 12}:{minute:02d} {'AM' if hour % 24 < 12 else 'PM'}"


@given(st.lists(DAYS, min_size=7, max_size=7))
def test_a_week_said_in_full_is_read_as_it_is_or_not_at_all(days: list[list[tuple[int, int]] | None]) -> None:
    assume(any(days) and all(len(spans or ()) < 2 or spans[0][1] < spans[1][0] for spans in days if spans))
    lines = [
        f"{name}: " + (", ".join(f"{said(start)} \u2013 {said(end)}" for start, end in spans) or "Closed")
        for name, spans in zip(DAY_NAMES, days, strict=True)
        if spans is not None
    ]
    expected: Week = tuple(tuple(spans or ()) for spans in days)
    readings = [hours("\n".join(lines)), hours("; ".join(lines)), hours(", ".join(lines))]
    assert len(set(readings)) == 1
    if readings[0] is not None:
        assert week(readings[0]) == expected
    else:
        # Only mornings that begin too early, or on the stroke of ten, have no spelling that is beyond doubt.
        assert all(end <= 13 * 60 for spans in days for _start, end in spans or ())


WORDS = st.sampled_from(
    "Mon Tue W Th Fri Sat Su M T F S MWF TTh L V mar lunes y a to - - \u2013 , ; \n & / ( ) : . 8 5 12 1 9:30 17:00 0800 08:00 05:00 0:00 "
    "24 24:00 8am 5pm 12am 12pm noon midnight closed cerrado lunch hours 24/7 daily weekdays am pm open off 8-5 9-12 8:00-17:00".split(" ")
)  # fmt: skip
TEXTS = st.lists(WORDS, max_size=12).map(" ".join) | st.lists(WORDS, max_size=12).map("".join) | st.text(max_size=60)


@given(TEXTS)
@example("\ud800 Mon 8-5")
@example("Mon 8-5\x00")
@example("\ufdfa" * 900)
def test_any_text_is_read_once_and_for_all_or_not(text: str) -> None:
    read = hours(text)
    if read is None:
        return
    found = week(read)
    assert found is not None
    assert hours(read) == read
    assert all(0 <= start < end <= start + 1440 for spans in found for start, end in spans)
    assert all(start == 0 or start >= 300 for spans in found for start, _end in spans)
    assert hours(text.upper()) == read
    assert hours(unicodedata.normalize("NFD", text)) in (read, None)


@pytest.mark.parametrize(
    "part",
    ["8-", "8-5 ", "mon,", "Mon 8-5;", "a ", " ", "24 / 7", "M", "1", ",", "-", "12 de la ", "8:", "8.30", "\n", "closed ", "hours a ", "T "],
)  # fmt: skip
def test_long_junk(part: str) -> None:
    """A cell of 1,000 characters ends as soon as a short one does, and a longer one is not looked at."""
    for length in (999, 1000, 1001, 100_000):
        text = (part * length)[:length]
        assert hours(text) is None
        assert hours("Mon 8-5 " + text[8:] + "x") is None
        assert week(text) is None
    assert hours("Mon 8-5" + " " * 100_000) == "Mon 8:00-17:00"
