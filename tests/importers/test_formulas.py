"""Cells that a spreadsheet would run: held by an apostrophe, and read back as they were meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.importers.formulas import as_meant, for_workbook, harmless

TRICKY = st.text(alphabet="'\"= +-@\t\r\n\uff1d\uff0b\uff0d\uff20\u3000\u00a0.17ax", max_size=8)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "\tx", "\rx", '"\tx', "\uff1d1", "\uff0b1", "\uff0d1", "\uff201",
        "  =1", '"=1', "'=1", " '\"=1", "''=1", "\n=1", "\u3000=1", "+442071838750", "-", "--1", "-1e5", "-1,5",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_is_held(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert as_meant(harmless(text)) == text.lstrip()


@pytest.mark.parametrize(
    "text",
    [
        "-77.4603",
        "-5",
        "37.55",
        "",
        "a=b",
        "'t Hooft",
        "O'Neil",
        "1-800",
        "\u22121",
        "#1",
        "'",
        "\t",
        "'\t",
        "\t\u200b",
    ],
)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert harmless(text) == for_workbook(text) == as_meant(text) == text


def test_a_workbook_holds_only_what_reading_would_change() -> None:
    assert [for_workbook(text) for text in ("=1", "'=1", "''=1", "'a", " '=1")] == ["=1", "''=1", "'''=1", "'a", " '=1"]


@given(TRICKY)
def test_any_text_is_read_back(text: str) -> None:
    bare = text.lstrip()
    assert as_meant(harmless(bare)) == bare
    assert as_meant(for_workbook(bare)) == bare
    # What was held with spaces in front loses only these.
    assert as_meant(harmless(text)).lstrip() == bare
