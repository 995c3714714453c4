"""Turn a file into tables of text cells: CSV of any usual encoding and delimiter, or the sheets of a workbook."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from finder.errors import FileRefused

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_KNOWN_OTHERS = (
    (b"%PDF", "a PDF"), (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"), (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip archive"), (b"{", "JSON"), (b"[", "JSON"), (b"<", "HTML or XML"),
)  # fmt: skip
_DELIMITERS = ",;\t|"
_CONTENT_KEPT_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Table:
    """One table: its header and, read as they are needed, its rows with the numbers a spreadsheet shows."""

    file: ReceivedFile
    sheet: str
    header: list[str]
    rows: Iterator[tuple[int, list[str]]]
    encoding: str
    delimiter: str

    @property
    def label(self) -> str:
        """Name of the file, with the sheet of a workbook."""
        return f"{self.file.name}: {self.sheet}" if self.sheet else self.file.name


@dataclass(frozen=True)
class ReceivedFile:
    """A file as it came."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Hash of the whole content, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def kept_zlib(self) -> bytes | None:
        """The compressed content, or None where it is too large to be kept in the database."""
        return zlib.compress(self.content) if len(self.content) <= _CONTENT_KEPT_BYTES else None


def receive(path: Path, limit_mb: int) -> ReceivedFile:
    """Read a file from disk. Raises FileRefused where it is missing or larger than `limit_mb` million bytes."""
    try:
        size = path.stat().st_size
        if size > limit_mb * 1_000_000:
            raise FileRefused("file_too_large", name=path.name, size_mb=round(size / 1_000_000), limit_mb=limit_mb)
        # A name may hold bytes of another encoding, which no database takes.
        return ReceivedFile(os.fsencode(path.name).decode(errors="replace"), path.read_bytes())
    except OSError:
        raise FileRefused("file_missing", name=str(path)) from None


def tables(file: ReceivedFile) -> list[Table]:
    """Return the tables of a file: one for a CSV, one for each sheet of a workbook that holds anything.

    Raises FileRefused for a file that is empty or no table.
    """
    if not file.content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise FileRefused("file_empty", name=file.name)
    found = _sheets(file) if file.content.startswith(_WORKBOOKS) else [_csv_table(file)]
    if not found:
        raise FileRefused("file_empty", name=file.name)
    return found


def _csv_table(file: ReceivedFile) -> Table:
    encoding = _encoding(file)
    # Excel writes UTF-16 or Windows-1252; whatever cannot be decoded becomes a visible replacement character.
    text = file.content.decode(encoding, errors="replace")
    _refuse_other(file, text[:100].lstrip().encode())
    delimiter = max(_DELIMITERS, key=lambda mark: _width(text, mark))
    records = _records(file.name, text, delimiter)
    number, header = next(((n, cells) for n, cells in records if any(c.strip() for c in cells)), (0, []))
    if not number:
        raise FileRefused("file_empty", name=file.name)
    return Table(file, "", header, records, "utf-8" if encoding == "utf-8-sig" else encoding, delimiter)


def _encoding(file: ReceivedFile) -> str:
    content = file.content
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return encoding
    _refuse_other(file, content.lstrip())
    if b"\x00" in content:
        raise FileRefused("file_not_a_table", name=file.name, found="binary data")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _refuse_other(file: ReceivedFile, start: bytes) -> None:
    found = next((what for magic, what in _KNOWN_OTHERS if start.startswith(magic)), None)
    if found is not None:
        raise FileRefused("file_not_a_table", name=file.name, found=found)


def _width(text: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader(io.StringIO(text[:100_000].lstrip(), newline=""), delimiter=delimiter), []))
    except csv.Error:
        return 0


def _records(name: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with its number, which is what a spreadsheet shows however many lines a cell has."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    reader = csv.reader(lines(), delimiter=delimiter, strict=False)
    number = 0
    while True:
        number += 1
        taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            raise FileRefused("file_not_a_table", name=name, found=f"row {number}: {broken}") from None
        if sum(line.count('"') for line in taken) % 2 and _unclosed(taken, delimiter):
            # The cell would hold all the rows to the end of the file.
            raise FileRefused("file_not_a_table", name=name, found=f"row {number}: a quote that never closes")
        yield number, cells


def _unclosed(lines: list[str], delimiter: str) -> bool:
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as broken:
        return "end of data" in str(broken)
    return False


def _sheets(file: ReceivedFile) -> list[Table]:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(file.content))
        found = []
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            numbered = ((n, [_text(cell) for cell in cells]) for n, cells in enumerate(rows, 1))
            header = next((cells for _n, cells in numbered if any(c.strip() for c in cells)), None)
            if header is not None:
                found.append(Table(file, name, header, numbered, "xlsx", ""))
        return found
    except (CalamineError, OSError, ValueError) as broken:
        raise FileRefused("file_not_a_table", name=file.name, found=str(broken)[:100]) from None


def _text(cell: Any) -> str:
    """Return a workbook's cell as the text a person meant: 2.0 is 2, dates are ISO, true and false are yes and no."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    return str(cell)
