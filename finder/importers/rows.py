"""Turn a file into tables of text cells, read as a stream: CSV of any usual encoding and delimiter, or a workbook."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import itertools
import os
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from finder.errors import FileRefused
from finder.importers.encodings import Encoding, recognise
from finder.importers.sheets import is_workbook, sheets

# A longer cell is no cell: a quote was never closed, or someone means harm.
_LONGEST_CELL = 16 * 2**20
_DELIMITERS = ",;\t|"
_CONTENT_KEPT_BYTES = 32 * 2**20
_QUICK = 1  # of nine degrees of compression; the others take five times as long for a tenth less
_HEAD_ROWS, _MOST_HEAD_ROWS, _MOST_HEAD_CHARACTERS = 20, 1_000, 2**22
_SAMPLE_CHARACTERS = 100_000

# Given to the reader after the last line: inside a cell it tells of a quote that was never closed.
_END = "\x1eend of the file\x1e"
_ROWS_AT_ONCE, _CHARACTERS_AT_ONCE = 500, 2**16
# Rows read at once can hold as many at most: beyond it a quote was never closed.
_MOST_CHARACTERS = 2**25

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Limits:
    """How much one import may bring: `file_mb` million bytes a file, `workbook_cells` filled cells a workbook."""

    file_mb: int = 200
    workbook_cells: int = 3_000_000


class Swallowed(list[str]):
    """The cells of a row in which a quote out of place swallowed the rows beneath it."""


class Changed(list[str]):
    """The cells of a row that a file changes; `before` are those that stay in force where the change is refused."""

    before: list[str]


@dataclass(frozen=True)
class ReceivedFile:
    """A file as it came, on disk."""

    name: str
    path: Path
    size_bytes: int

    @cached_property
    def sha256(self) -> str:
        """Hash of the whole content, in hexadecimal."""
        with open(self.path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def kept_zlib(self) -> bytes | None:
        """Return the compressed content, or None where it is too large to be kept in the database."""
        return zlib.compress(self.path.read_bytes(), _QUICK) if self.size_bytes <= _CONTENT_KEPT_BYTES else None


@dataclass(frozen=True)
class Table:
    """One table: its first rows, among which the header is, and the rest, read as it is needed.

    Rows carry the numbers that a spreadsheet shows. `unreadable` are (row, address) of formulas without a result;
    `has_long_rows` asks for care with memory; `is_hidden` is a sheet that nobody sees. `codec` and `errors` say how the
    bytes of a text are read, "" for a workbook.
    """

    file: ReceivedFile
    sheet: str
    head: list[Row]
    rest: Iterator[Row]
    encoding: str
    delimiter: str
    rows_at_most: int
    unreadable: Sequence[tuple[int, str]] = ()
    has_long_rows: bool = False
    is_hidden: bool = False
    codec: str = ""
    errors: str = "strict"

    @property
    def label(self) -> str:
        """Name of the file, with the sheet of a workbook."""
        return f"{self.file.name}: {self.sheet}" if self.sheet else self.file.name


def tables(path: Path, limits: Limits) -> list[Table]:
    """Return the tables of a file: one for a CSV, one for each sheet of a workbook that holds anything.

    Raises FileRefused for a file that is missing, too large, empty or no table.
    """
    # A name may hold bytes of another encoding, which no database takes.
    name = os.fsencode(path.name).decode(errors="replace")
    try:
        if not path.is_file():
            raise FileRefused("file_missing", name=str(path))
        size = path.stat().st_size
        if size > limits.file_mb * 1_000_000:
            raise FileRefused("file_too_large", name=name, size_mb=round(size / 1_000_000), limit_mb=limits.file_mb)
        encoding = recognise(path, name)
        file = ReceivedFile(name, path, size)
        if is_workbook(path):
            found = []
            for sheet in sheets(path, name, limits.workbook_cells):
                head, rest = _split(sheet.rows)
                if head:
                    told = sheet.unreadable
                    table = Table(file, sheet.title, head, rest, "xlsx", "", sheet.height, told)
                    found.append(replace(table, is_hidden=sheet.is_hidden))
        else:
            found = [_csv_table(file, encoding)]
    except OSError:
        raise FileRefused("file_missing", name=str(path)) from None
    if not found:
        raise FileRefused("file_empty", name=name)
    return found


def _split(rows: Iterator[Row]) -> tuple[list[Row], Iterator[Row]]:
    """Take the first rows: spreadsheets of people begin with a title, a date, an empty row. No row filled: no head."""
    head, filled, characters = list[Row](), 0, 0
    for row in itertools.islice(rows, _MOST_HEAD_ROWS):
        head.append(row)
        filled += any(cell.strip() for cell in row[1])
        characters += sum(map(len, row[1]))
        if filled == _HEAD_ROWS or characters > _MOST_HEAD_CHARACTERS:
            break
    return (head, rows) if filled else ([], rows)


def _csv_table(file: ReceivedFile, encoding: Encoding) -> Table:
    with _open(file, encoding) as stream:
        sample = stream.read(_SAMPLE_CHARACTERS)
    # Excel's own way of saying which delimiter follows; it never shows this line.
    told = re.match(r"\ufeff?sep=([^\s\"\0]|\t)?[ ]*(?:\r\n|\r|\n)", sample, re.IGNORECASE)
    delimiter = told[1] if told and told[1] else max(_DELIMITERS, key=lambda mark: _regularity(sample, mark))
    head, rest = _split(_records(file, encoding, delimiter, skip_first=told is not None))
    if not head:
        raise FileRefused("file_empty", name=file.name)
    return Table(
        file, "", head, rest, encoding.name, delimiter, encoding.lines, has_long_rows=encoding.long_lines,
        codec=encoding.codec, errors=encoding.errors,
    )  # fmt: skip


def _open(file: ReceivedFile, encoding: Encoding) -> io.TextIOWrapper:
    return open(file.path, encoding=encoding.codec, errors=encoding.errors, newline="")


def _regularity(sample: str, delimiter: str) -> tuple[float, int]:
    """Rate a delimiter by the share of rows that are as wide as the widest of the first few, then by that width."""
    csv.field_size_limit(_LONGEST_CELL)
    lines = io.StringIO(sample.lstrip(), newline="")
    try:
        rows = itertools.islice((row for row in csv.reader(lines, delimiter=delimiter) if row), _HEAD_ROWS)
        widths = [len(row) for row in rows]
    except csv.Error:
        return 0.0, 0
    width = max(widths, default=0)
    if width < 2:
        return 0.0, width
    return round(widths.count(width) / len(widths), 1), width


def _records(file: ReceivedFile, encoding: Encoding, delimiter: str, *, skip_first: bool) -> Iterator[Row]:
    """Yield each record with its number, which is what a spreadsheet shows however many lines a cell has."""
    csv.field_size_limit(_LONGEST_CELL)
    number = width = 0
    with _open(file, encoding) as stream:
        if skip_first:
            stream.readline()
        lines = _Lines(stream)
        reader = csv.reader(itertools.chain.from_iterable(lines.blocks()), delimiter=delimiter, strict=False)
        try:
            while True:
                first_line = reader.line_num
                lines.characters = 0
                records = list(itertools.islice(reader, 1 if encoding.long_lines else _ROWS_AT_ONCE))
                ended = bool(records and records[-1]) and records[-1][-1].endswith(_END)
                if ended and records.pop() != [_END]:
                    # The reader asked for more while a quote was open: the cell holds all the rows to the end.
                    raise FileRefused("file_quote_open", name=file.name, row=number + len(records) + 1)
                if records:
                    width = Counter(map(len, records)).most_common(1)[0][0]
                if reader.line_num - first_line != len(records) + ended:
                    records = [Swallowed(one) if _swallows(one, delimiter, width) else one for one in records]
                yield from zip(itertools.count(number + 1), records)
                number += len(records)
                if ended:
                    return
                del records
        except _Endless:
            raise FileRefused("file_quote_open", name=file.name, row=number + 1) from None
        except csv.Error:
            # Only a cell without end gives this, or something that is no text at all.
            with _open(file, encoding) as again:
                if skip_first:
                    again.readline()
                number = sum(1 for _row in _until_broken(csv.reader(again, delimiter=delimiter, strict=False)))
            raise FileRefused("file_quote_open", name=file.name, row=number + 1) from None


class _Endless(ValueError):
    """Rows that take more lines than rows do."""


class _Lines:
    """The lines of a stream, in blocks. `characters` counts those given since it was last set to 0."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._stream, self.characters = stream, 0

    def blocks(self) -> Iterator[Sequence[str]]:
        """Yield the lines, the last block being what tells the reader of the end. Raises _Endless."""
        while block := self._stream.readlines(_CHARACTERS_AT_ONCE):
            self.characters += sum(map(len, block))
            if self.characters > _MOST_CHARACTERS:
                raise _Endless
            yield block
            # A line may have millions of characters: it goes before the next one comes.
            del block
        yield (_END,)


def _until_broken(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    with contextlib.suppress(csv.Error):
        yield from reader


def _swallows(cells: list[str], delimiter: str, width: int) -> bool:
    """Tell whether a cell of several lines holds whole rows: it has as many delimiters as a row of the usual width."""
    return width > 2 and any(cell.count(delimiter) >= width - 1 for cell in cells if "\n" in cell or "\r" in cell)
