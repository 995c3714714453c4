"""Read a whole column at once where every cell of it is plainly good; the rest is for `finder.importers.cells`.

Each function takes the cells of a column and returns their values, exactly as the cell's own reader would, or None
where any of them needs a closer look. Made for columns in which each row says something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from finder.importers import cells
from finder.importers.cells import Reader

Column = Sequence[str]
ColumnReader = Callable[[Column], list[Any] | None]

_KEYS = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]{0,79}\n)*")
_URLS = re.compile(r"(?:https?://[A-Za-z0-9.-]+\.[A-Za-z]{2,}(?:/[A-Za-z0-9._~/%&=?#+-]*)?\n)*")
# With a small letter, since capitals alone may have to be mended, and none that a spreadsheet's apostrophe holds.
_LINES = re.compile(r"(?:(?!')(?=[^a-z\n]*[a-z])[!-~]+(?: [!-~]+)*\n)*")
_PHONES = re.compile(r"(?:[2-9][0-9][0-9]-[2-9][0-9][0-9]-[0-9][0-9][0-9][0-9]\n)*")
_DEGREES = re.compile(r"(?:-?[0-9]{1,3}\.[0-9]{1,20}\n)*")


def _all(pattern: re.Pattern[str], column: Column, longest: int = 0) -> str:
    """Return the cells as lines where the pattern knows every one, else ""."""
    lines = "\n".join(column) + "\n"
    # A cell of several lines must not pass for several cells.
    one_each = lines.count("\n") == len(column) and (not longest or max(map(len, column)) <= longest)
    return lines if one_each and pattern.fullmatch(lines) else ""


def keys(column: Column) -> list[str] | None:
    """Read ids of the file's own."""
    return list(column) if _all(_KEYS, column) else None


def urls(column: Column) -> list[str] | None:
    """Read web addresses."""
    return list(column) if _all(_URLS, column, cells.URL_LONGEST) else None


def lines(column: Column) -> list[str] | None:
    """Read names and addresses that are neither in capitals nor otherwise odd."""
    return list(column) if _all(_LINES, column, 200) else None


def phones(column: Column) -> list[str] | None:
    """Read telephone numbers, all written 804-555-0100."""
    found = _all(_PHONES, column)
    return ("+1" + found.rstrip("\n").replace("-", "").replace("\n", "\n+1")).split("\n") if found else None


def degrees(column: Column) -> list[float] | None:
    """Read decimal degrees."""
    return list(map(float, column)) if _all(_DEGREES, column) else None


def npis(column: Column) -> list[str] | None:
    """Read National Provider Identifiers, each with the right check digit."""
    digits = "".join(column)
    if set(map(len, column)) != {10} or not (digits.isascii() and digits.isdigit()):
        return None
    table = np.frombuffer(digits.encode(), dtype=np.uint8).reshape(-1, 10).astype(np.int64) - ord("0")
    doubled = 2 * table[:, ::2]
    totals = cells.LUHN_OF_80840 + (doubled - 9 * (doubled > 9)).sum(axis=1) + table[:, 1::2].sum(axis=1)
    return list(column) if not (totals % 10).any() else None


WHOLE_COLUMNS: Mapping[Reader, ColumnReader] = {
    cells.key: keys, cells.url: urls, cells.name: lines, cells.person_name: lines, cells.place_name: lines,
    cells.address: lines, cells.phone: phones, cells.degrees: degrees, cells.npi: npis,
}  # fmt: skip
