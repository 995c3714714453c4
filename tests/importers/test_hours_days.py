"""Weekdays alone: a list or a range of them in one form, or left as it was."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.importers.hours import days

NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("MWF", "Mon, Wed, Fri"), ("T/Th", "Tue, Thu"), ("TTh", "Tue, Thu"), ("TR", "Tue, Thu"), ("TuTh", "Tue, Thu"),
        ("Mon - Wed & Fri", "Mon-Wed, Fri"), ("M-F", "Mon-Fri"), ("Tues, Thurs", "Tue, Thu"), ("lunes y mi\u00e9rcoles", "Mon, Wed"),
        ("weekdays", "Mon-Fri"), ("weekends", "Sat, Sun"), ("daily", "Mon-Sun"), ("every Monday", "Mon"), ("mon;wed", "Mon, Wed"),
        ("Mondays", "Mon"), ("Monday's", "Mon"), ("Mon\nWed\n", "Mon, Wed"), ("M-W-F", "Mon, Wed, Fri"), ("M T W Th F", "Mon-Fri"),
        ("MTWTF", "Mon-Fri"), ("Mon, Wed, Fri.", "Mon, Wed, Fri"), ("Monday only", "Mon"), ("T Th", "Tue, Thu"), ("Su", "Sun"),
        ("Monday Wednesday Friday", "Mon, Wed, Fri"), ("Sun, Mon", "Mon, Sun"), ("Fri - Mon", "Mon, Fri-Sun"), ("L-V", "Mon-Fri"),
        ("lun a vie", "Mon-Fri"), ("todos los lunes", "Mon"), ("todos los d\u00edas", "Mon-Sun"), ("7 days a week", "Mon-Sun"),
        ("lun, mar y mi", "Mon-Wed"), ("Mon-Tue", "Mon, Tue"), ("Mon, Tue, Thu", "Mon, Tue, Thu"), ("T-F", "Tue-Fri"), ("M/T/W/T/F", "Mon-Fri"),
        ("Sat & Sun", "Sat, Sun"), ("MON,TUE,WED,THU,FRI", "Mon-Fri"), ("Mon, and Wed", "Mon, Wed"), ("Fri, Mon", "Mon, Fri"),
    ],
)  # fmt: skip
def test_days(text: str, canonical: str) -> None:
    assert days(text) == canonical
    assert days(canonical) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ",", "-", "Mon-", "1st and 3rd Tuesday", "M/W/F am", "Mon mornings", "every other Monday", "by appointment", "Mon Fri",
        "M F", "MF", "M-T", "M-S", "S", "W, T", "T, T, T", "mar", "mi", "do", "L, M, V", "D", "x", "FM", "Mon 8-5", "closed Mon", "Mon to",
        "Mon-Wed to Fri", "Mon-Mon", "not Monday", "daily Mon", "M W Mon", "weekdays, MWF", "Mon-Fri, Wed", "Mon 3", "M\u00bf", "Monday?", "varies",
    ],
)  # fmt: skip
def test_what_is_not_certain_is_left_alone(text: str) -> None:
    assert days(text) is None


@pytest.mark.parametrize("length", range(1, 8))
def test_every_set_of_days_has_one_spelling(length: int) -> None:
    for chosen in itertools.combinations(NAMES, length):
        canonical = days(", ".join(chosen))
        assert canonical is not None
        assert days(canonical) == canonical
        assert days("; ".join(chosen)) == canonical
        assert days(" & ".join(reversed(chosen))) == canonical
        assert ("-" in canonical) == any(set(NAMES[at : at + 3]) <= set(chosen) for at in range(5))


@given(st.text("MTWRFSu -,/&;\nthaedy1", max_size=12) | st.text(max_size=1200))
def test_any_text_is_read_once_and_for_all_or_not(text: str) -> None:
    read = days(text)
    assert read is None or days(read) == read
