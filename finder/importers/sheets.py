"""Read the sheets of an XLSX workbook as rows of text, after a look at what unpacking it would cost."""

from __future__ import annotations

import datetime as dt
import html
import lzma
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from finder.errors import FileRefused

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_CHUNK = 2**20
_MOST_PARTS = 2_000
# What a filled cell may take unpacked, its share of shared texts and styles included; small workbooks get a floor.
_BYTES_A_CELL = 200
_LONGEST_CELL_XML = 2**20
# A cell, empty or not. Names may have a prefix, and the address may be left out.
_CELL = re.compile(rb"<(?:\w+:)?c(\s[^>]*?)?(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_ADDRESS = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_WITHOUT_VALUE = re.compile(rb"<(?:\w+:)?f[\s/>](?!.*<(?:\w+:)?v[^>]*>[^<])", re.DOTALL)
_KEPT_ADDRESSES = 100


@dataclass
class Sheet:
    """One sheet: its rows with the numbers that a spreadsheet shows, and cells whose formula has no result.

    `unreadable` are (row, address) of formulas that were never computed or failed; the first hundred.
    """

    title: str
    rows: Iterator[tuple[int, list[str]]]
    height: int
    unreadable: list[tuple[int, str]] = field(default_factory=list)


def is_workbook(path: Path) -> bool:
    """Tell by its first bytes whether a file is a workbook (or another archive)."""
    with open(path, "rb") as file:
        return file.read(4) in (_ZIP, _OLE)


def sheets(path: Path, name: str, limit_cells: int) -> list[Sheet]:
    """Return the sheets of a workbook in their order.

    Raises FileRefused for what is no XLSX, has a password, is broken, or would take more than `limit_cells` cells.
    """
    unreadable = _look_inside(path, name, limit_cells)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        found = []
        for title in workbook.sheet_names:
            height = workbook.get_sheet_by_name(title).total_height
            found.append(Sheet(title, _rows(workbook, title, name), height, unreadable.get(title, [])))
        return found
    except (CalamineError, OSError, ValueError):
        raise FileRefused("file_not_a_table", name=name, found="a damaged workbook") from None


def _rows(workbook: CalamineWorkbook, title: str, name: str) -> Iterator[tuple[int, list[str]]]:
    try:
        for number, cells in enumerate(workbook.get_sheet_by_name(title).iter_rows(), 1):
            yield number, [cell if type(cell) is str else _text(cell) for cell in cells]
    except (CalamineError, OSError, ValueError):
        raise FileRefused("file_not_a_table", name=name, found="a damaged workbook") from None


def _look_inside(path: Path, name: str, limit_cells: int) -> dict[str, list[tuple[int, str]]]:
    """Unpack a workbook piece by piece without keeping it; return its formulas without a result, by sheet.

    The reader makes room for the whole rectangle that a sheet's cells span, so one cell in the last corner, or a
    small archive that unpacks to a large one, would take all memory.
    """
    with open(path, "rb") as file:
        is_old = file.read(4) == _OLE
    if is_old:
        locked = "EncryptedPackage".encode("utf-16-le") in path.read_bytes()
        raise FileRefused("workbook_locked" if locked else "workbook_old", name=name)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if any(part.flag_bits & 1 for part in parts):
                raise FileRefused("workbook_locked", name=name)
            if "xl/workbook.xml" not in archive.namelist():
                raise FileRefused("file_not_a_table", name=name, found="a ZIP archive")
            too_large = FileRefused("workbook_too_large", name=name, limit=f"{limit_cells:,}")
            if len(parts) > _MOST_PARTS:
                raise too_large
            room, cells, found = max(limit_cells * _BYTES_A_CELL, 2**24), 0, dict[str, list[tuple[int, str]]]()
            titles = _titles(archive)
            for part in parts:
                if not part.filename.endswith((".xml", ".rels")):
                    continue
                shape = _Shape()
                tail = b""
                with archive.open(part) as stream:
                    while chunk := stream.read(_CHUNK):
                        room -= len(chunk)
                        if room < 0:
                            raise too_large
                        if part.filename.startswith("xl/worksheets/"):
                            tail = shape.take(tail + chunk)
                title = titles.get(part.filename, part.filename)
                if shape.rectangle > 4 * shape.filled + 1_000_000 or shape.columns > 2_000:
                    raise FileRefused("workbook_far_cell", name=f"{name}: {title}", cell=shape.farthest)
                cells += shape.rectangle
                if cells > limit_cells:
                    raise too_large
                found[title] = shape.unreadable
            return found
    except (
        lzma.LZMAError,
        OSError,
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        EOFError,
        zlib.error,
        ValueError,
    ):
        raise FileRefused("file_not_a_table", name=name, found="a damaged workbook") from None


def _titles(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the title of each sheet by the name of its part. A workbook that leaves them out is no worse for it."""
    try:
        book = archive.read("xl/workbook.xml")[:_CHUNK].decode("utf-8", errors="replace")
        links = archive.read("xl/_rels/workbook.xml.rels")[:_CHUNK].decode("utf-8", errors="replace")
    except KeyError:
        return {}
    targets = {}
    for link in re.findall(r"<(?:\w+:)?Relationship\s[^>]*>", links):
        key, target = re.search(r'\bId="([^"]*)"', link), re.search(r'\bTarget="([^"]*)"', link)
        if key and target:
            targets[key[1]] = posixpath.normpath(posixpath.join("xl", target[1])).lstrip("/")
    titles = {}
    for sheet in re.findall(r"<(?:\w+:)?sheet\s[^>]*>", book):
        title, key = re.search(r'\bname="([^"]*)"', sheet), re.search(r'\b\w+:id="([^"]*)"', sheet)
        if title and key and key[1] in targets:
            titles[targets[key[1]]] = html.unescape(title[1])
    return titles


class _Shape:
    """How far the filled cells of a sheet reach, told piece by piece of its XML."""

    def __init__(self) -> None:
        self.filled = self._rows = self.columns = 0
        self.farthest = ""
        self.unreadable: list[tuple[int, str]] = []

    @property
    def rectangle(self) -> int:
        """Cells of the rectangle from the first to the farthest."""
        return self._rows * self.columns

    def take(self, xml: bytes) -> bytes:
        """Count the whole cells of a piece; return its end, where a cell may have been cut."""
        end = 0
        for match in _CELL.finditer(xml):
            end = match.end()
            if not match[2]:
                continue
            self.filled += 1
            address = _ADDRESS.search(match[1] or b"")
            if address is None:
                continue
            row, column = int(address[2]), 0
            for letter in address[1]:
                column = column * 26 + letter - 64
            where = (address[1] + address[2]).decode()
            if row > self._rows or column > self.columns:
                self._rows, self.columns = max(row, self._rows), max(column, self.columns)
                self.farthest = where
            if b't="e"' in match[1] or _WITHOUT_VALUE.search(match[2]):
                self.unreadable += [(row, where)] if len(self.unreadable) < _KEPT_ADDRESSES else []
        return xml[max(end, len(xml) - _LONGEST_CELL_XML) :]


def _text(cell: Any) -> str:
    """Return a workbook's cell as the text a person meant: 2.0 is 2, dates are ISO, true and false are yes and no."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    return str(cell)
