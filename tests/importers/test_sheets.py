"""Workbooks to rows: what a person meant by a cell, what a formula did not say, and what unpacking may cost."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from sqlalchemy import Engine, select

from finder.db.datasets import SourceFile
from finder.errors import FileRefused
from finder.importers import unpacking
from finder.importers.pipeline import Wishes, import_files
from finder.importers.rows import Limits, Table, tables

LIMITS = Limits()
Write = Callable[[str, str | bytes], Path]
Cell = str | int | float | bool | None

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is><t>name</t></is></c></row>'


def cell(column: int, row: int, value: Cell) -> str:
    """Return a cell's XML; "day 46348" is a number shown as a date, "<..." is XML as it is."""
    place = f'r="{chr(65 + column)}{row}"'
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c {place} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str) and value.startswith("day "):
        return f'<c {place} s="1"><v>{value[4:]}</v></c>'
    if isinstance(value, str) and value.startswith("<"):
        return value.replace("<c", f"<c {place}", 1)
    if isinstance(value, str):
        return f'<c {place} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f"<c {place}><v>{value}</v></c>"


def sheet(lines: Iterable[list[Cell]]) -> str:
    """Return the XML of a sheet's rows."""
    return "".join(
        f'<row r="{r}">{"".join(cell(c, r, value) for c, value in enumerate(line))}</row>'
        for r, line in enumerate(lines, 1)
    )


def workbook(sheets: dict[str, str], *, strings: str = "", level: int = 9) -> bytes:
    """Return the smallest XLSX of sheets given as the XML of their rows."""
    relation = '<Relationship Id="r{0}" Type="{1}/{2}" Target="{3}"/>'
    names = list(sheets)
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + relation.format(0, OFFICE, "officeDocument", "xl/workbook.xml") + "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        + "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(relation.format(n, OFFICE, "worksheet", f"worksheets/s{n}.xml") for n in range(1, len(names) + 1))
        + relation.format(98, OFFICE, "sharedStrings", "sharedStrings.xml")
        + relation.format(99, OFFICE, "styles", "styles.xml") + "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/>'
        "</cellXfs></styleSheet>",
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
    } | {
        f"xl/worksheets/s{n}.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheets[name]}</sheetData></worksheet>'
        for n, name in enumerate(names, 1)
    }  # fmt: skip
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return whole.getvalue()


def rows(one: Table) -> list[tuple[int, list[str]]]:
    return [*one.head, *one.rest]


def refused(path: Path, limits: Limits = LIMITS) -> FileRefused:
    with pytest.raises(FileRefused) as refusal:
        [list(one.rest) for one in tables(path, limits)]
    return refusal.value


def test_a_workbook_gives_what_a_person_meant(write_csv: Write) -> None:
    lines: list[list[Cell]] = [
        ["id", "zip", "lat", "yes", "no", "day", "text"],
        ["main", 2115.0, 42.3361, True, False, "day 46348", " 02115 "],
        ["b", 8045550100, -77.0, None, None, "day 46348.75", "a\nb"],
    ]
    (one,) = tables(write_csv("places.xlsx", workbook({"Sheet1": sheet(lines)})), Limits())
    assert (one.label, one.encoding, one.delimiter) == ("places.xlsx: Sheet1", "xlsx", "")
    assert rows(one)[1:] == [
        (2, ["main", "2115", "42.3361", "yes", "no", "2026-11-22", " 02115 "]),
        (3, ["b", "8045550100", "-77", "", "", "2026-11-22T18:00:00", "a\nb"]),
    ]


def test_rows_keep_the_numbers_that_the_spreadsheet_shows(write_csv: Write) -> None:
    far = '<row r="7"><c r="C7" t="inlineStr"><is><t>id</t></is></c></row><row r="9"><c r="C9"><v>1</v></c></row>'
    (one,) = tables(write_csv("places.xlsx", workbook({"Sheet1": far})), Limits())
    filled = [(number, [text for text in cells if text]) for number, cells in rows(one) if any(cells)]
    assert filled == [(7, ["id"]), (9, ["1"])]


def test_a_workbook_has_as_many_tables_as_filled_sheets(write_csv: Write) -> None:
    made = workbook(
        {"locations": sheet([[], ["id"], [], ["main"]]), "empty": "", "plans & more": sheet([["plan"], ["A"]])}
    )
    first, second = tables(write_csv("all.xlsx", made), Limits())
    assert (first.sheet, second.sheet) == ("locations", "plans & more")
    assert [row for row in rows(first) if any(row[1])] == [(2, ["id"]), (4, ["main"])]
    assert rows(second) == [(1, ["plan"]), (2, ["A"])]


@pytest.mark.parametrize("lines", [[], [[]], [["", " "], ["\n"]]])
def test_a_workbook_without_anything_is_empty(write_csv: Write, lines: list[list[Cell]]) -> None:
    assert refused(write_csv("new.xlsx", workbook({"Sheet1": sheet(lines)}))).code == "file_empty"


@pytest.mark.parametrize("keep", [4, 100, 400, -30])
def test_a_workbook_cut_short_is_refused(write_csv: Write, keep: int) -> None:
    content = workbook({"Sheet1": sheet([["id"], ["main"]])})[:keep]
    assert refused(write_csv("cut.xlsx", content)).code == "file_not_a_table"


def test_other_archives_and_old_workbooks_are_named(write_csv: Write) -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    assert refused(write_csv("all.zip", other.getvalue())).code == "file_not_a_table"
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
    assert refused(write_csv("old.xls", ole)).code == "workbook_old"
    assert refused(write_csv("secret.xlsx", ole + "EncryptedPackage".encode("utf-16-le"))).code == "workbook_locked"
    # An archive whose parts are locked says so in their flags.
    locked = bytearray(workbook({"Sheet1": sheet([["id"], ["main"]])}))
    start = -1
    while (start := locked.find(b"PK\x01\x02", start + 1)) >= 0:
        locked[start + 8] |= 1
    assert refused(write_csv("locked.xlsx", bytes(locked))).code == "workbook_locked"


def test_a_sheet_that_unpacks_to_far_more_is_refused_before_it_is_unpacked(write_csv: Write) -> None:
    bomb = workbook({"Sheet1": HEAD + " " * 25_000_000})
    assert len(bomb) < 50_000
    assert refused(write_csv("bomb.xlsx", bomb), Limits(workbook_cells=100_000)).code == "workbook_too_large"
    shared = workbook({"Sheet1": HEAD}, strings="<si><t>" + "x" * 25_000_000 + "</t></si>")
    assert refused(write_csv("shared.xlsx", shared), Limits(workbook_cells=100_000)).code == "workbook_too_large"


def test_more_cells_than_the_limit_are_refused(write_csv: Write) -> None:
    lines: list[list[Cell]] = [["id", "name"], *([n, "A"] for n in range(49))]
    path = write_csv("places.xlsx", workbook({"one": sheet(lines)}))
    assert len(rows(tables(path, Limits(workbook_cells=100))[0])) == 50
    told = refused(path, Limits(workbook_cells=99))
    assert (told.code, told.params) == ("workbook_too_large", {"name": "places.xlsx", "limit": "99"})
    # The limit is for all sheets together.
    both = write_csv("both.xlsx", workbook({"one": sheet(lines), "two": sheet(lines)}))
    assert refused(both, Limits(workbook_cells=199)).code == "workbook_too_large"
    assert len(tables(both, Limits(workbook_cells=200))) == 2


@pytest.mark.parametrize("place", ["XFD1048576", "B1048576", "CAA1"])
def test_a_cell_far_from_all_others_is_named(write_csv: Write, place: str) -> None:
    row = "".join(letter for letter in place if letter.isdigit())
    far = HEAD + f'<row r="{row}"><c r="{place}"><v>1</v></c></row>'
    told = refused(write_csv("far.xlsx", workbook({"Sheet1": far})))
    assert (told.code, told.params) == ("workbook_far_cell", {"name": "far.xlsx: Sheet1", "cell": place})


def test_cells_that_are_only_coloured_cost_nothing(write_csv: Write) -> None:
    styled = (
        HEAD + '<row r="2"><c r="A2" s="1"/><c r="ZZ2" s="1"/></row><row r="900000"><c r="A900000" s="1"></c></row>'
    )
    (one,) = tables(write_csv("styled.xlsx", workbook({"Sheet1": styled})), Limits(workbook_cells=1000))
    assert next(row for row in rows(one) if any(row[1])) == (1, ["id", "name"])


def test_formulas_without_a_result_are_told_by_their_address(write_csv: Write) -> None:
    lines: list[list[Cell]] = [
        ["id", "name"],
        ["a", '<c t="str"><f>A2&amp;"x"</f><v>ax</v></c>'],
        ["b", "<c><f>VLOOKUP(A3,Z:Z,1)</f></c>"],
        ["c", '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>'],
        ["d", '<c t="str"><f>A5</f><v></v></c>'],
        ["e", "<c><f>1+1</f><v>2</v></c>"],
    ]
    (one,) = tables(write_csv("formulas.xlsx", workbook({"Sheet1": sheet(lines)})), Limits())
    assert list(one.unreadable) == [(3, "B3"), (4, "B4"), (5, "B5")]
    assert [cells[1] for _number, cells in rows(one)][1::4] == ["ax", "2"]


def test_of_many_formulas_a_hundred_are_named(write_csv: Write) -> None:
    lines: list[list[Cell]] = [["id", "name"], *(["x", "<c><f>A1</f></c>"] for _ in range(300))]
    (one,) = tables(write_csv("formulas.xlsx", workbook({"Sheet1": sheet(lines)})), Limits())
    assert list(one.unreadable) == [(n, f"B{n}") for n in range(2, 102)]


@pytest.mark.parametrize("slice_bytes", [1000, 1013, 1500])
def test_a_formula_is_found_wherever_a_slice_ends(
    write_csv: Write, monkeypatch: pytest.MonkeyPatch, slice_bytes: int
) -> None:
    lines: list[list[Cell]] = [["id", "name"], *(["x" * (n % 50), "A"] for n in range(400))]
    for row in range(5, 400, 7):
        lines[row - 1][1] = "<c><f>A1</f></c>"
    monkeypatch.setattr(unpacking, "_CHUNK", slice_bytes)
    (one,) = tables(write_csv("formulas.xlsx", workbook({"Sheet1": sheet(lines)})), Limits(workbook_cells=802))
    assert list(one.unreadable) == [(row, f"B{row}") for row in range(5, 400, 7)]


def test_what_a_formula_did_not_say_is_left_out_of_its_row(engine: Engine, write_csv: Write) -> None:
    head: list[Cell] = ["location_id", "name", "state", "zip_code", "city"]
    made = workbook({"Sheet1": sheet([head, ["main", "Main", "VA", 23220, "<c><f>Z1</f></c>"]])})
    report = import_files(engine, [write_csv("places.xlsx", made)], "clinic")
    assert [(one.row_number, one.value, one.code) for one in report.problems if one.code.startswith("formula")] == [
        (2, "E2", "formula_without_value")
    ]
    assert (report.sections["locations"].accepted, report.clean) == (1, False)


def test_a_sheet_of_notes_is_left_out_and_named(engine: Engine, write_csv: Write) -> None:
    places = sheet([["location_id", "name", "state", "zip_code"], ["main", "Main", "VA", 23220]])
    notes = sheet([["Please call Ada", "before Friday"], ["thank you", ""]])
    path = write_csv("all.xlsx", workbook({"notes": notes, "places": places}))
    report = import_files(engine, [path], "clinic")
    assert report.sheets_left_out == ["all.xlsx: notes"]
    assert [(file.name, file.section, file.encoding) for file in report.files] == [
        ("all.xlsx: places", "locations", "xlsx")
    ]
    with engine.connect() as connection:
        assert connection.scalars(select(SourceFile.name)).all() == ["all.xlsx: places"]
    for more in ({"notes": notes}, {"notes": notes, "more": notes}):
        path = write_csv("notes.xlsx", workbook(more))
        with pytest.raises(FileRefused, match="file_without_header"):
            import_files(engine, [path], "clinic", Wishes(dry_run=True))


def test_two_sheets_of_one_section_are_refused(engine: Engine, write_csv: Write) -> None:
    places = sheet([["location_id", "name", "state", "zip_code"], ["main", "Main", "VA", 23220]])
    path = write_csv("all.xlsx", workbook({"north": places, "south": places}))
    with pytest.raises(FileRefused) as refusal:
        import_files(engine, [path], "clinic")
    assert (refusal.value.code, refusal.value.params) == (
        "section_twice",
        {"name": "all.xlsx: south", "section": "locations"},
    )
