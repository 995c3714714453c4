"""Read the sheets of an XLSX workbook as rows of text, after a look at what unpacking it would cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from finder.errors import FileRefused
from finder.importers.unpacking import look_inside

_SIGNS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass
class Sheet:
    """One sheet: its rows with the numbers that a spreadsheet shows, and cells whose formula has no result.

    `unreadable` are (row, address) of formulas that were never computed or failed; the first hundred.
    """

    title: str
    rows: Iterator[tuple[int, list[str]]]
    height: int
    is_hidden: bool
    unreadable: list[tuple[int, str]]


def is_workbook(path: Path) -> bool:
    """Tell by its first bytes whether a file is a workbook (or another archive)."""
    with open(path, "rb") as file:
        return file.read(4) in _SIGNS


def sheets(path: Path, name: str, limit_cells: int) -> list[Sheet]:
    """Return the sheets of a workbook in their order.

    Raises FileRefused for what is no XLSX, has a password, is broken, or would take more than `limit_cells` cells.
    """
    looks = look_inside(path, name, limit_cells)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        found = []
        for sheet in workbook.sheets_metadata:
            look = looks[sheet.name]
            hidden = sheet.visible != SheetVisibleEnum.Visible
            rows = _rows(workbook, sheet.name, name)
            found.append(Sheet(sheet.name, rows, look.rows, hidden, look.unreadable))
        return found
    except (CalamineError, KeyError, OSError, ValueError):
        raise FileRefused("file_not_a_table", name=name, found="a damaged workbook") from None


def _rows(workbook: CalamineWorkbook, title: str, name: str) -> Iterator[tuple[int, list[str]]]:
    try:
        for number, cells in enumerate(workbook.get_sheet_by_name(title).iter_rows(), 1):
            yield number, [cell if type(cell) is str else _text(cell) for cell in cells]
    except (CalamineError, OSError, ValueError):
        raise FileRefused("file_not_a_table", name=name, found="a damaged workbook") from None


def _text(cell: Any) -> str:
    """Return a workbook's cell as the text a person meant: 2.0 is 2, dates are ISO, true and false are yes and no."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    return str(cell)
