"""Days as people and spreadsheets write them; what may be two days is neither, and nothing was done tomorrow."""

from __future__ import annotations

import datetime as dt

import pytest

from finder.importers import cells
from finder.importers.cells import CellError, Mended
from tests.importers.test_cells import code, in_arabic


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-22", dt.date(2026, 11, 22)),
        ("2026-11-22T00:00:00", dt.date(2026, 11, 22)),
        ("2026-11-22 00:00", dt.date(2026, 11, 22)),
        ("11/22/2026", dt.date(2026, 11, 22)),
        ("1/2/2026", dt.date(2026, 1, 2)),
        ("2028-02-29", dt.date(2028, 2, 29)),
        ("2026-1-2", dt.date(2026, 1, 2)),
        ("11-22-2026", dt.date(2026, 11, 22)),
        ("22 Nov 2026", dt.date(2026, 11, 22)),
        ("22-Nov-2026", dt.date(2026, 11, 22)),
        ("Nov. 22, 2026", dt.date(2026, 11, 22)),
        ("November 22nd, 2026", dt.date(2026, 11, 22)),
        ("", None),
    ],
)
def test_dates(text: str, day: dt.date | None) -> None:
    assert cells.date(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29", "22/11/2026", "11/22/99", "36525", "55154", "4634", "22.13.2026", "30.2.2026", "22 Smarch 2026", "22-Smarch-26", "Nov 31, 2026", "20261122", "today",
        "2026-11-22T08:00:00", "0000-01-01", in_arabic("2026-11-22"),
    ],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert code(cells.date, text) == "date_malformed"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31.12.2026", "2026-12-31"), ("22.11.26", "2026-11-22"), ("11.22.2026", "2026-11-22"), ("5.5.2026", "2026-05-05"),
        ("45966", "2025-11-05"), ("45966.0", "2025-11-05"), ("36526", "2000-01-01"), ("55153", "2050-12-31"),
        ("05-Nov-26", "2026-11-05"), ("2026/11/05", "2026-11-05"), ("2026.11.5", "2026-11-05"), ("11/5/26", "2026-11-05"),
    ],
)  # fmt: skip
def test_dates_in_other_spellings_are_mended(text: str, day: str) -> None:
    found = cells.date(text)
    assert isinstance(found, Mended)
    assert (found.value, found.code, found.shown) == (dt.date.fromisoformat(day), "date_mended", day)


def test_a_date_with_dots_that_may_be_two_days_is_neither() -> None:
    for text in ("5.11.2026", "05.11.2026", "11.5.26"):
        with pytest.raises(CellError) as wrong:
            cells.date(text)
        assert (wrong.value.code, wrong.value.params) == ("date_ambiguous", {"choices": "2026-05-11 or 2026-11-05"})


def test_what_was_done_was_not_done_tomorrow() -> None:
    today = dt.datetime.now(dt.UTC).date()
    assert cells.past_date(today.isoformat()) == today
    assert cells.past_date("") is None
    for text in ((today + dt.timedelta(days=2)).isoformat(), "12/31/49", "31.12.2049"):
        assert code(cells.past_date, text) == "date_in_future"
        assert cells.date(text) is not None
