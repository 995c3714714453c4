"""XLSX workbooks going out: sheets of text written row by row, so that neither Excel nor memory can spoil them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from xlsxwriter import Workbook as Writer

from finder.db.reference import STATES
from finder.errors import OutputRefused
from finder.importers import cells
from finder.importers.cells import CellError
from finder.importers.formulas import for_workbook
from finder.importers.templates import Column, Section

WriteRow = Callable[[Sequence[str]], None]

# The same content gives the same bytes, whenever it is written.
_CREATED = dt.datetime(2000, 1, 1)
_LAST_ROW = 1_048_575
_TEXT = 49  # Excel's own number of the format that leaves a cell as it was typed
_LONGEST_LIST = 255  # characters of a drop-down list, set by Excel
_NARROWEST, _WIDEST = 8, 90
_EXAMPLES = 3
# Texts that the writer or a reader would take for code: marked-up text, and two overlapping escapes of characters.
_MARKED_UP = re.compile(r"<r>.*</r>", re.DOTALL)
_OVERLAPPING = re.compile(r"_x[0-9a-fA-F]{4}_x[0-9a-fA-F]{4}_")


@dataclass(frozen=True)
class Sheet:
    """One table going out. By the place of a column: `widths` in characters, and the `choices` that cells offer."""

    name: str
    header: Sequence[str]
    widths: Sequence[int] = ()
    choices: Mapping[int, Sequence[str]] = field(default_factory=dict)


def sheet_of(section: Section) -> Sheet:
    """Return the sheet of a section, as wide as the template's examples."""
    widths = [max(len(column.name), *map(len, column.examples)) + 2 for column in section.columns]
    offered = {place: choices_of(column) for place, column in enumerate(section.columns)}
    return Sheet(section.name, [column.name for column in section.columns], widths, offered)


def choices_of(column: Column) -> list[str]:
    """Return the values that a column's cells may have, or nothing where they are free."""
    read: Any = column.read
    if read is cells.stated:
        return ["yes", "no"]
    if read is cells.state:
        return list(STATES)
    if not callable(read):
        # A word of the catalogue, of which there are too many.
        return []
    try:
        read("no such word")
    except CellError as refused:
        # An empty cell is how not_stated is written.
        return [word for word in refused.params.get("choices", "").split(", ") if word not in ("", "not_stated")]
    return []


REFERENCE = Sheet(
    # None of these is the name of a column, so that an import leaves the sheet alone.
    "columns", ("Sheet", "Column", "Must be filled", "What it means", "Other names understood"), (15, 26, 14, 90, 60),
)  # fmt: skip


def reference_rows(sections: Iterable[Section]) -> Iterator[Sequence[str]]:
    """Yield a row for each column of each section: what it is called, means, and is also called."""
    for section in sections:
        for column in section.columns:
            needed = "yes" if column.required else ""
            yield section.name, column.name, needed, column.meaning, ", ".join(column.synonyms)


def write_templates(begin: Callable[[Sheet], WriteRow], sections: Iterable[Section], *, explained: bool) -> None:
    """Write the templates of sections with their example rows, and a sheet that explains every column if asked."""
    sections = list(sections)
    for one in sections:
        write = begin(sheet_of(one))
        for row in range(_EXAMPLES):
            write([column.examples[row] for column in one.columns])
    if explained:
        write = begin(REFERENCE)
        for told in reference_rows(sections):
            write(told)


class Workbook:
    """A workbook that is written to `path`, whole when the `with` block ends."""

    def __init__(self, path: Path) -> None:
        self._archive = _Archive(path)
        self._scratch = TemporaryDirectory(prefix="finder-")
        self._writer = Writer(self._archive, {"constant_memory": True, "tmpdir": self._scratch.name})
        self._writer.use_zip64()
        self._writer.set_properties({"created": _CREATED})
        self._text = self._writer.add_format({"num_format": _TEXT})
        self._bold = self._writer.add_format({"num_format": _TEXT, "bold": True})

    def __enter__(self) -> Workbook:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        try:
            self._writer.close()
            self._archive.close()
        except Exception:
            self._archive.give_up()
            # What went wrong first is what must be told.
            if kind is None:
                raise
        finally:
            self._scratch.cleanup()

    def begin(self, sheet: Sheet) -> WriteRow:
        """Begin a sheet; return what writes its next row. The sheet before cannot be written to any more.

        Every cell is text to Excel, so that ZIP codes and ids stay as they are. Raises OutputRefused
        (workbook_full) for more rows or longer cells than a workbook can hold.
        """
        page = self._writer.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        page.ignore_errors({"number_stored_as_text": f"A1:XFD{_LAST_ROW + 1}"})
        for place, head in enumerate(sheet.header):
            width = sheet.widths[place] if place < len(sheet.widths) else len(head) + 2
            page.set_column(place, place, min(max(width, _NARROWEST), _WIDEST), self._text)
        for place, words in sheet.choices.items():
            if 0 < len(",".join(words)) <= _LONGEST_LIST:
                # Offered, not enforced: the import understands more words than these.
                offer = {"validate": "list", "source": list(words), "show_error": False}
                page.data_validation(1, place, _LAST_ROW, place, offer)
        number = 0

        def write(row: Sequence[str], style: Any = self._text) -> None:
            nonlocal number
            for place, text in enumerate(row):
                if text and _put(page, number, place, text, style):
                    raise OutputRefused("workbook_full", section=sheet.name)
            number += 1

        write(sheet.header, self._bold)
        return write


class _Archive:
    """The file that a workbook is packed into; once it was given up nothing more happens to it.

    Python's archives try to end themselves when they are thrown away, and would fail again on a full disk.
    """

    def __init__(self, path: Path) -> None:
        self._file = open(path, "wb")  # noqa: SIM115 - it is closed with the workbook
        self._given_up = False

    def write(self, data: bytes) -> int:
        return 0 if self._given_up else self._file.write(data)

    def seek(self, *place: int) -> int:
        return 0 if self._given_up else self._file.seek(*place)

    def tell(self) -> int:
        return 0 if self._given_up else self._file.tell()

    def flush(self) -> None:
        if not self._given_up:
            self._file.flush()

    def close(self) -> None:
        self._file.close()

    def give_up(self) -> None:
        self._given_up = True
        with suppress(OSError):
            self._file.close()


def _put(page: Any, row: int, place: int, text: str, style: Any) -> int:
    """Write one cell; returns other than 0 where it does not fit."""
    text = for_workbook(text)
    if _OVERLAPPING.search(text):
        # One character after another, each in a tag of its own, none is an escape.
        return int(page.write_rich_string(row, place, *text, style))
    # The writer would take it for markup of its own; a reader strips the space again.
    return int(page.write_string(row, place, f"{text} " if _MARKED_UP.fullmatch(text) else text, style))
