"""The corrected file: rows as they came, mended cells in place, what still needs a hand in the last column."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from finder.db.datasets import Outcome
from finder.errors import OutputRefused
from finder.importers.corrections import CorrectedFile
from finder.importers.formulas import as_meant

HEADER = ["Site", "ZIP", "Lat", "Long", "Notes"]
COLUMNS = ["location_id", "zip_code", "latitude", "longitude", ""]


@dataclass(frozen=True)
class Found:
    """A problem, with what a corrected file looks at."""

    outcome: Outcome
    column: str
    code: str = "state_unknown"
    value: str = "x"
    params: dict[str, Any] = field(default_factory=dict)
    row_number: int = 2


def sentence(one: Any) -> str:
    return f"Mend {one.code}."


def corrected(path: Path, rows: Sequence[tuple[list[str], list[Found]]], header: list[str] = HEADER) -> list[list[str]]:
    """Write a corrected file; return its rows as a spreadsheet program reads them."""
    columns = [COLUMNS[HEADER.index(head)] if head in HEADER else "" for head in header]
    with CorrectedFile(path, header, columns, overwrite=True) as file:
        for cells, found in rows:
            file.row(cells, found, sentence)  # type: ignore[arg-type]
    return read(path)


def read(path: Path) -> list[list[str]]:
    if path.suffix == ".xlsx":
        found = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
        return [[str(cell) for cell in row] for row in found]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def mended(column: str, to: str, code: str = "zip_zero_restored") -> Found:
    return Found(Outcome.MENDED, column, code, params={"mended": to})


@pytest.fixture(params=["fixed.csv", "fixed.xlsx"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def test_mended_cells_stand_in_their_place_and_the_rest_is_told(path: Path) -> None:
    rows = corrected(path, [
        (["main", "2115", "37.5", "77.5", "as it came"], [mended("zip_code", "02115"), mended("longitude", "-77.5")]),
        (["bad id", "23220", "", "", ""], [Found(Outcome.REFUSED, "location_id"), Found(Outcome.LEFT_OUT, "zip_code", "zip_cell_malformed")]),
        (["far", "23220", "1", "2", ""], [Found(Outcome.NOTED, "latitude", "position_far_from_zip")]),
        (["zip", "23220", "", "", ""], [Found(Outcome.NOTED, "latitude", "position_from_zip", value="")]),
        (["", "", "", "", ""], []),
        (["long", "23220", "", "", "", "surplus"], [Found(Outcome.REFUSED, "", "row_too_long")]),
        (["short"], [mended("zip_code", "02115")]),
    ])  # fmt: skip
    # A spreadsheet's rows are all as wide as the widest.
    assert [row[:6] for row in rows] == [
        [*HEADER, "problems"],
        ["main", "02115", "37.5", "-77.5", "as it came", ""],
        ["bad id", "23220", "", "", "", "Site: Mend state_unknown. ZIP: Mend zip_cell_malformed."],
        ["far", "23220", "1", "2", "", "Lat: Mend position_far_from_zip."],
        ["zip", "23220", "", "", "", ""],
        ["", "", "", "", "", ""],
        ["long", "23220", "", "", "", "Mend row_too_long."],
        ["short", "02115", "", "", "", ""],
    ]
    # The surplus cell is still beyond the header, where the next import finds it again.
    assert rows[6][6:] == ["surplus"]


def test_a_cell_mended_twice_has_the_last(path: Path) -> None:
    found = [mended("zip_code", "2115", "zip_decimal_dropped"), mended("zip_code", "02115")]
    assert corrected(path, [(["main", "2115.0", "", "", ""], found)])[1][1] == "02115"


def test_a_turned_pair_goes_into_both_cells(path: Path) -> None:
    found = [mended("latitude", "37.5, -77.5", "position_swapped")]
    assert corrected(path, [(["main", "23220", "-77.5", "37.5", ""], found)])[1][2:4] == ["37.5", "-77.5"]


def test_what_was_read_out_of_one_cell_stays_there(path: Path) -> None:
    with CorrectedFile(path, ["Doctor", "Language", "Language 2"], ["full_name", "languages", "languages"]) as file:
        found = [mended("full_name", "Ada | Fern", "name_split"), mended("languages", "en; es"), mended("other", "x")]
        file.row(["FERN, ADA", "english", "spanish"], found, sentence)  # type: ignore[arg-type]
    assert read(path)[1] == ["FERN, ADA", "english", "spanish", ""]


def test_the_next_round_replaces_what_was_told(path: Path) -> None:
    header = ["Site", " Problems", "ZIP"]
    (head, row) = corrected(path, [(["main", "ZIP: was bad", "2115"], [mended("zip_code", "02115")])], header)
    assert head == ["Site", "ZIP", "problems"]
    assert row == ["main", "02115", ""]


def test_nothing_in_it_would_run(path: Path) -> None:
    rows = corrected(path, [(["=cmd", "'=cmd", " =cmd", '"=cmd', "-77.5"], [mended("longitude", "=cmd")])])
    if path.suffix == ".csv":
        assert rows[1][:5] == ["'=cmd", "'=cmd", "' =cmd", "'=cmd", "-77.5"]
    else:
        assert rows[1][:5] == ["=cmd", "=cmd", " =cmd", "=cmd", "-77.5"]


@given(st.lists(st.text(alphabet="'\"=+-@ \t\n\uff1d1.5a,;", max_size=6), min_size=1, max_size=30))
def test_read_again_a_row_says_what_it_said(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    def meaning(text: str) -> str:
        return as_meant(text.strip()).strip()

    for name in ("any.csv", "any.xlsx"):
        path = tmp_path_factory.getbasetemp() / name
        with CorrectedFile(path, ["id", "cell"], ["", ""], overwrite=True) as file:
            for cell in cells:
                file.row(["1", cell], [], sentence)
        assert [meaning(row[1]) for row in read(path)[1:]] == [meaning(cell) for cell in cells]


def test_a_workbook_has_room_for_more_tables(tmp_path: Path) -> None:
    with CorrectedFile(tmp_path / "all.xlsx", HEADER, COLUMNS, "locations") as file:
        file.row(["main"], [], sentence)
        file.begin(["Plan"], ["plan"], "plans")
        file.row(["a"], [Found(Outcome.REFUSED, "plan")], sentence)  # type: ignore[list-item]
    book = CalamineWorkbook.from_path(tmp_path / "all.xlsx")
    assert book.sheet_names == ["locations", "plans"]
    assert book.get_sheet_by_name("plans").to_python() == [["Plan", "problems"], ["a", "Plan: Mend state_unknown."]]
    with (
        CorrectedFile(tmp_path / "one.csv", HEADER, COLUMNS) as file,
        pytest.raises(OutputRefused, match="output_one_table"),
    ):
        file.begin(["Plan"], ["plan"], "plans")


def test_what_fails_leaves_the_old_file(path: Path) -> None:
    path.write_text("what was there")
    with pytest.raises(ZeroDivisionError), CorrectedFile(path, HEADER, COLUMNS, overwrite=True):
        raise ZeroDivisionError
    assert path.read_text() == "what was there"
    assert os.listdir(path.parent) == [path.name]
    with pytest.raises(OutputRefused, match="output_folder_missing"):
        CorrectedFile(path.parent / "none" / path.name, HEADER, COLUMNS)
    with pytest.raises(OutputRefused, match="output_not_written"):
        CorrectedFile(Path("/proc") / path.name, HEADER, COLUMNS)
