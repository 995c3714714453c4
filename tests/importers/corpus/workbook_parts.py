"""Make workbooks: honest ones by XlsxWriter, and others part by part, as no program would write them."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

Make = Callable[[Path], None]
Row = Sequence[Any]

GOOD_ROWS: list[list[str]] = [
    ["location_id", "name", "state", "zip_code"],
    ["main", "Quillmoor Hospital", "VA", "23220"],
    ["north", "Quillmoor North", "VA", "23226"],
]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_TYPES = (
    f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)


def written(
    change: Callable[[Any, Mapping[str, Any]], None] = lambda _book, _sheets: None, **sheets: Iterable[Row]
) -> Make:
    """Return what writes a workbook of sheets with rows; dates become Excel's dates. `change` has the last word."""

    def make(path: Path) -> None:
        book = xlsxwriter.Workbook(str(path), {"default_date_format": "mm/dd/yyyy", "nan_inf_to_errors": True})
        pages = {}
        for title, rows in sheets.items():
            page = pages[title] = book.add_worksheet(title)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    write = page.write_string if isinstance(cell, str) else page.write
                    if cell is not None and cell != "":
                        write(number, place, cell)
        change(book, pages)
        book.close()

    return make


def sheet_xml(
    rows: Iterable[Sequence[str]] = GOOD_ROWS, more: str = "", before: str = "", first: tuple[str, int] = ("A", 1)
) -> str:
    """Return the XML of a sheet of text: `more` follows its rows, `before` its declaration, `first` is its corner."""
    column, number = first
    lines = []
    for n, row in enumerate(rows, number):
        cells = (
            f'<c r="{chr(ord(column) + place)}{n}" t="inlineStr"><is><t>{text}</t></is></c>'
            for place, text in enumerate(row)
            if text
        )
        lines.append(f'<row r="{n}">{"".join(cells)}</row>')
    return f'{_XML}{before}<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}{more}</sheetData></worksheet>'


def shared_xml(texts: Iterable[str], before: str = "") -> Iterable[str]:
    """Yield the XML of shared strings, piece by piece."""
    yield f'{_XML}{before}<sst xmlns="{MAIN}">'
    for text in texts:
        yield f"<si><t>{text}</t></si>"
    yield "</sst>"


def sheet_of_shared(rows: Iterable[Sequence[int]]) -> str:
    """Return the XML of a sheet whose cells are numbers of shared strings."""
    lines = (
        f'<row r="{n}">'
        + "".join(f'<c r="{chr(65 + place)}{n}" t="s"><v>{cell}</v></c>' for place, cell in enumerate(row))
        + "</row>"
        for n, row in enumerate(rows, 1)
    )
    return f'{_XML}<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def packed(
    sheets: Mapping[str, str | Callable[[], Iterable[str]]],
    *,
    targets: Mapping[str, str] | None = None,
    shared: Callable[[], Iterable[str]] | None = None,
    book: Callable[[], Iterable[str]] | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
    damage: str = "",
) -> Make:
    """Return what packs a workbook of sheets by their titles, each XML or what yields it piece by piece.

    `targets` say where a sheet's part lies, seen from `xl/`; two may share one. `book` stands in for `workbook.xml`.
    Of the part `damage` the bytes are spoilt.
    """
    titles = list(sheets)
    places = targets or {title: f"worksheets/sheet{n}.xml" for n, title in enumerate(titles, 1)}

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", compression, compresslevel=1) as archive:
            archive.writestr("[Content_Types].xml", _TYPES)
            archive.writestr("_rels/.rels", _links([("rId1", "officeDocument", "xl/workbook.xml")]))
            _write(archive, "xl/workbook.xml", book() if book else [_book(titles)])
            links = [(f"rId{n}", "worksheet", places[title]) for n, title in enumerate(titles, 1)]
            links += [("rIdS", "sharedStrings", "sharedStrings.xml")] if shared else []
            archive.writestr("xl/_rels/workbook.xml.rels", _links(links))
            if shared:
                _write(archive, "xl/sharedStrings.xml", shared())
            for title, content in sheets.items():
                name = places[title][1:] if places[title].startswith("/") else f"xl/{places[title]}"
                if name not in archive.namelist():
                    _write(archive, name, [content] if isinstance(content, str) else content())
        if damage:
            _spoil(path, damage)

    return make


def dated(text: str) -> dt.datetime:
    """Return a day and time, for cells that Excel holds as dates."""
    return dt.datetime.fromisoformat(text)


def _write(archive: zipfile.ZipFile, name: str, pieces: Iterable[str]) -> None:
    with archive.open(name, "w", force_zip64=True) as part:
        for piece in pieces:
            part.write(piece.encode())


def _book(titles: Sequence[str]) -> str:
    listed = "".join(f'<sheet name="{title}" sheetId="{n}" r:id="rId{n}"/>' for n, title in enumerate(titles, 1))
    return f'{_XML}<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>'


def _links(links: Iterable[tuple[str, str, str]]) -> str:
    listed = "".join(f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{to}"/>' for key, kind, to in links)
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _spoil(path: Path, part: str) -> None:
    """Change bytes of a part's packed content."""
    content = bytearray(path.read_bytes())
    at = content.find(part.encode()) + len(part) + 30
    for place in range(at, at + 40):
        content[place] ^= 0x55
    path.write_bytes(content)
