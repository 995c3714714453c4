"""Workbooks going out: text as it is, nothing that runs, the same bytes every time, and what does not fit."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from finder.db.reference import STATES
from finder.errors import OutputRefused
from finder.importers.formulas import as_meant
from finder.importers.outputs import opened
from finder.importers.templates import LOCATIONS, PRACTITIONERS, SECTIONS
from finder.importers.workbooks import REFERENCE, Sheet, choices_of, reference_rows, sheet_of

HOSTILE = (
    "=1+1", "+1", "-1+1", "@SUM(1)", "=HYPERLINK(\"http://example.org\")", "{=1}", "'=1", "02115", "1e5", "TRUE",
    "2026-11-22", "1/2", "#N/A", "http://example.org", "mailto:a@example.org", "internal:x!A1", "<r><t>a</t></r>",
    "<r>x</is></c><c t=\"str\"><f>1+1</f></c></r>", "<b>&amp;", "_x0041_", "_x0041_x0042_x0043_", "__x000D_", "a\nb",
    "a\tb", "a\rb", "\U0001f9b4", "\u202eabc", "a\x01b", "]]>", "x" * 32_767,
)  # fmt: skip


def written(path: Path, *rows: list[str]) -> list[list[object]]:
    """Write rows to a sheet and return what a reader finds in it."""
    with opened(path, overwrite=True) as begin:
        write = begin(Sheet("sheet", ("id", "name")))
        for row in rows:
            write(row)
    found: list[list[object]] = CalamineWorkbook.from_path(path).get_sheet_by_name("sheet").to_python()
    assert found[0] == ["id", "name"]
    return found[1:]


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_whatever_a_cell_says_it_is_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.xlsx"
    ((_id, read),) = written(path, ["1", text])
    assert isinstance(read, str)
    assert as_meant(read.strip()) == text
    (sheet,) = (xml for name, xml in parts(path).items() if "worksheets/sheet" in name)
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet.replace("HYPERLINK", "")
    assert set(re.findall(r'<c r="\w+" s="[0-9]+" t="(\w+)"', sheet)) == {"inlineStr"}
    assert sheet.count("<c ") == 4


@given(
    st.text(alphabet=st.one_of(st.sampled_from("_xX0041D'\"=<r>/t &;\n-"), st.characters(codec="utf-8")), max_size=30)
)
def test_any_text_is_read_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    # These two are no characters, and XML cannot hold them.
    text = text.replace("\ufffe", "").replace("\uffff", "").strip()
    path = tmp_path_factory.getbasetemp() / "any.xlsx"
    ((_id, read),) = written(path, ["1", text])
    assert as_meant(str(read).strip()) == text


def test_columns_are_text_and_the_header_stays_in_sight(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with opened(path, overwrite=True) as begin:
        begin(sheet_of(LOCATIONS))
    found = parts(path)
    sheet, styles = found["xl/worksheets/sheet1.xml"], found["xl/styles.xml"]
    formats = re.findall(r'<xf numFmtId="(\d+)" fontId="(\d)"', styles.partition("<cellXfs")[2])
    # Columns side by side that are equally wide are told of together.
    columns = re.findall(r'<col min="(\d+)" max="(\d+)" width="([0-9.]+)" style="(\d)"', sheet)
    assert sum(int(last) - int(first) + 1 for first, last, _width, _style in columns) == len(LOCATIONS.columns)
    # 49 is Excel's own number of the format for text.
    assert {formats[int(style)] for *_place, style in columns} == {("49", "0")}
    assert {formats[int(style)] for style in re.findall(r'<c r="[A-Z]+1" s="(\d)"', sheet)} == {("49", "1")}
    assert "<b/>" in re.findall(r"<font>.*?</font>", styles)[1]
    assert 'ySplit="1"' in sheet
    assert 'state="frozen"' in sheet
    assert all(8 < float(width) < 45 for _first, _last, width, _style in columns)
    assert "numberStoredAsText" in sheet


def test_cells_of_few_values_offer_them(tmp_path: Path) -> None:
    offered = {column.name: choices_of(column) for section in SECTIONS.values() for column in section.columns}
    assert offered["emergency_department"] == ["yes", "no"]
    assert offered["state"] == list(STATES)
    assert offered["gender"] == ["woman", "man", "other"]
    assert {"main_focus", "does_not"} <= set(offered["level"])
    assert not any(offered[name] for name in ("name", "zip_code", "npi", "specialties", "languages", "hours", "phone"))
    with opened(tmp_path / "a.xlsx") as begin:
        begin(sheet_of(PRACTITIONERS))
        begin(Sheet("long", ("a",), choices={0: ["word" * 10] * 10}))
    first, second = (parts(tmp_path / "a.xlsx")[f"xl/worksheets/sheet{n}.xml"] for n in (1, 2))
    assert '"woman,man,other"' in first
    # Offered only: a synonym may still be typed or pasted.
    assert "showErrorMessage" not in first
    # Excel takes no list of more than 255 characters, and calls such a file broken.
    assert "dataValidation" not in second


def test_the_same_rows_are_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for name, zone in (("a.xlsx", "UTC"), ("b.xlsx", "Asia/Tokyo")):
        monkeypatch.setenv("TZ", zone)
        written(tmp_path / name, ["1", "one"], ["2", "=two"])
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    assert "<dcterms:created" in parts(tmp_path / "a.xlsx")["docProps/core.xml"]


def test_the_reference_names_every_column_and_none_of_its_own() -> None:
    rows = list(reference_rows(SECTIONS.values()))
    assert [(row[0], row[1]) for row in rows] == [(s.name, c.name) for s in SECTIONS.values() for c in s.columns]
    assert ("locations", "zip_code", "yes") in {(row[0], row[1], row[2]) for row in rows}
    assert all(row[3] and len(row) == len(REFERENCE.header) for row in rows)
    known = {name for s in SECTIONS.values() for c in s.columns for name in (c.name.replace("_", " "), *c.synonyms)}
    assert not known & {head.lower() for head in REFERENCE.header}


def test_what_does_not_fit_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputRefused, match="workbook_full"):
        written(tmp_path / "a.xlsx", ["1", "x" * 32_768])
    rows: list[list[str]] = [[]] * 1_048_574
    assert written(tmp_path / "a.xlsx", *rows, ["1", "last"])[-1] == ["1", "last"]
    (tmp_path / "a.xlsx").unlink()
    with pytest.raises(OutputRefused) as refusal:
        written(tmp_path / "a.xlsx", *rows, [], ["1", "one too many"])
    assert refusal.value.params == {"section": "sheet"}
    assert list(tmp_path.iterdir()) == []
