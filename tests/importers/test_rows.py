"""Files to rows: encodings, delimiters, workbooks, row numbers, and what is no table at all."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.errors import FileRefused
from finder.importers.rows import ReceivedFile, Table, receive, tables

TEXT = "id,name\n1,Café Niño\n2,Zoë\n"
Cell = str | int | float | bool | None


def table(content: bytes, name: str = "file.csv") -> Table:
    (one,) = tables(ReceivedFile(name, content))
    return one


def rows(content: bytes) -> list[tuple[int, list[str]]]:
    return list(table(content).rows)


def refused(content: bytes, name: str = "file.csv") -> FileRefused:
    """Return how a file is refused, be it at once or on the way."""
    with pytest.raises(FileRefused) as refusal:
        [list(one.rows) for one in tables(ReceivedFile(name, content))]
    return refusal.value


def workbook(**sheets: list[list[Cell]]) -> bytes:
    """Return the smallest XLSX that holds these sheets; dates are given as numbers of days under style 1."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"

    def cell(column: int, row: int, value: Cell) -> str:
        place = f'r="{chr(65 + column)}{row}"'
        if value is None:
            return ""
        if isinstance(value, bool):
            return f'<c {place} t="b"><v>{int(value)}</v></c>'
        if isinstance(value, str) and value.startswith("day "):
            return f'<c {place} s="1"><v>{value[4:]}</v></c>'
        if isinstance(value, str):
            return f'<c {place} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        return f"<c {place}><v>{value}</v></c>"

    def sheet(lines: list[list[Cell]]) -> str:
        body = "".join(
            f'<row r="{r}">{"".join(cell(c, r, value) for c, value in enumerate(line))}</row>'
            for r, line in enumerate(lines, 1)
        )
        return f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'

    names = list(sheets)
    relation = '<Relationship Id="r{0}" Type="{1}/{2}" Target="{3}"/>'
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        + relation.format(0, office, "officeDocument", "xl/workbook.xml")
        + "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        + "".join(relation.format(n, office, "worksheet", f"worksheets/s{n}.xml") for n in range(1, len(names) + 1))
        + relation.format(99, office, "styles", "styles.xml")
        + "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/>'
        "</cellXfs></styleSheet>",
    } | {f"xl/worksheets/s{n}.xml": sheet(sheets[name]) for n, name in enumerate(names, 1)}
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return whole.getvalue()


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("cp1252", "cp1252"),
    ],
)
def test_encodings(encoding: str, told: str) -> None:
    one = table(TEXT.encode(encoding))
    assert one.encoding == told
    assert one.header == ["id", "name"]
    assert list(one.rows) == [(2, ["1", "Café Niño"]), (3, ["2", "Zoë"])]


def test_utf_16_of_the_other_end() -> None:
    assert rows(b"\xfe\xff" + TEXT.encode("utf-16-be"))[0] == (2, ["1", "Café Niño"])


def test_what_no_encoding_reads_is_seen() -> None:
    assert rows(b"id,name\n1,Caf\x81\n") == [(2, ["1", "Caf\ufffd"])]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter: str, end: str) -> None:
    lines = (["id", "name", "note"], ["1", "A", 'x"y'], ["2", '"B, b; b"', ""])
    one = table(end.join(delimiter.join(line) for line in lines).encode())
    assert one.delimiter == delimiter
    assert one.header == lines[0]
    assert [number for number, _ in one.rows] == [2, 3]


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    content = b'\n\nid,name\n1,"two\nlines, and ""more"""\n\n2,B\n,\n3,C'
    one = table(content)
    assert one.header == ["id", "name"]
    assert list(one.rows) == [
        (4, ["1", 'two\nlines, and "more"']),
        (5, []),
        (6, ["2", "B"]),
        (7, ["", ""]),
        (8, ["3", "C"]),
    ]


def test_a_quote_that_never_closes_swallows_no_rows() -> None:
    told = refused(b'id,name\n1,A\n2,"B\n3,C\n4,D\n')
    assert told.code == "file_not_a_table"
    assert told.params["found"].startswith("row 3")


def test_a_header_alone_is_a_table_without_rows() -> None:
    assert rows(b"id,name") == []
    assert rows(b"id,name\n\n") == [(2, [])]


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "photo.csv", "a PNG picture"),
        (b"%PDF-1.7 ...", "list.csv", "a PDF"),
        (b"\xff\xd8\xff\xe0", "photo.csv", "a JPEG picture"),
        (b"\n <html><table><tr><td>id</td></tr></table></html>", "export.xls", "HTML or XML"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><list/>', "export.csv", "HTML or XML"),
        ("<html></html>".encode("utf-16"), "export.xls", "HTML or XML"),
        (b'{"id": 1}', "list.csv", "JSON"),
        (b'[{"id": 1}]', "list.csv", "JSON"),
        (b"\x1f\x8b\x08", "list.csv.gz", "a gzip archive"),
        (b"id,name\n1,\x00\n", "list.csv", "binary data"),
        (TEXT.encode("utf-16-le"), "list.csv", "binary data"),
    ],
)
def test_what_is_no_table_is_named(content: bytes, name: str, found: str) -> None:
    told = refused(content, name)
    assert (told.code, told.params) == ("file_not_a_table", {"name": name, "found": found})


@pytest.mark.parametrize(
    "content", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b" \r\n\t\n", b"\x00\x00\x00", b",,,\n,,\n", b"\xef\xbb\xbf\n"]
)
def test_a_file_with_nothing_in_it(content: bytes) -> None:
    assert refused(content).code == "file_empty"


def test_a_cell_beyond_all_measure_is_refused() -> None:
    told = refused(b"id,name\n1," + b"x" * 200_000)
    assert told.code == "file_not_a_table"
    assert told.params["found"].startswith("row 2")


def test_a_workbook_gives_what_a_person_meant() -> None:
    content = workbook(
        Sheet1=[
            ["id", "zip", "lat", "yes", "no", "day", "text"],
            ["main", 2115.0, 42.3361, True, False, "day 46348", " 02115 "],
            ["b", 8045550100, -77.0, None, None, None, "a\nb"],
        ]
    )
    one = table(content, "places.xlsx")
    assert (one.label, one.encoding, one.header[1]) == ("places.xlsx: Sheet1", "xlsx", "zip")
    assert list(one.rows) == [
        (2, ["main", "2115", "42.3361", "yes", "no", "2026-11-22", " 02115 "]),
        (3, ["b", "8045550100", "-77", "", "", "", "a\nb"]),
    ]


def test_a_workbook_has_as_many_tables_as_filled_sheets() -> None:
    content = workbook(locations=[[], ["id"], [], ["main"]], empty=[], plans=[["plan"], ["A"]])
    first, second = tables(ReceivedFile("all.xlsx", content))
    assert (first.sheet, second.sheet) == ("locations", "plans")
    assert [row for row in first.rows if any(row[1])] == [(4, ["main"])]
    assert list(second.rows) == [(2, ["A"])]


def test_a_workbook_without_anything_is_empty() -> None:
    assert refused(workbook(Sheet1=[[]]), "new.xlsx").code == "file_empty"


@pytest.mark.parametrize("keep", [4, 100, 400, -30])
def test_a_workbook_cut_short_is_refused(keep: int) -> None:
    assert refused(workbook(Sheet1=[["id"], ["main"]])[:keep], "cut.xlsx").code == "file_not_a_table"


def test_an_archive_or_old_workbook_that_is_none() -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    assert refused(other.getvalue(), "all.zip").code == "file_not_a_table"
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old.xls").code == "file_not_a_table"


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_rows_or_refused(content: bytes) -> None:
    try:
        found = tables(ReceivedFile("any", content))
        numbers = [number for one in found for number, _ in one.rows]
    except FileRefused:
        return
    assert numbers == sorted(set(numbers))


def test_files_are_received_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_bytes(TEXT.encode())
    file = receive(path, limit_mb=1)
    assert (file.name, file.content) == ("places.csv", TEXT.encode())
    assert len(file.sha256) == 64
    for missing in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(FileRefused, match="file_missing"):
            receive(missing, limit_mb=1)
    path.write_bytes(b"x" * 1_000_001)
    with pytest.raises(FileRefused) as refusal:
        receive(path, limit_mb=1)
    assert (refusal.value.code, refusal.value.params["limit_mb"]) == ("file_too_large", 1)
