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
# Only the plainest addresses: a host, and nothing that would have to be told from something else.
_NOT_IN_URLS = (" ", "<", ">", '"', "\\", "[", "]", "@", "///", "//:", "//?", "//#", "//\n")
# What a line of text may not have without being looked at: spaces to strip or to join, an apostrophe that holds it.
_NOT_IN_LINES = ("  ", "\n ", " \n", "\n'")
_PHONES = re.compile(r"(?:[2-9][0-9][0-9]-[2-9][0-9][0-9]-[0-9][0-9][0-9][0-9]\n)*")
_DEGREES = re.compile(r"(?:-?[0-9]{1,3}\.[0-9]{1,20}\n)*")


def _all(pattern: re.Pattern[str], column: Column) -> str:
    """Return the cells as lines where the pattern knows every one, else ""."""
    joined = "\n".join(column) + "\n"
    # A cell of several lines must not pass for several cells.
    return joined if joined.count("\n") == len(column) and pattern.fullmatch(joined) else ""


def _plain(column: Column, longest: int, without: Sequence[str]) -> str:
    """Return the cells as lines, each after a line break, where all are printable ASCII without certain strings."""
    joined = "\n" + "\n".join(column) + "\n"
    if not joined.isascii() or joined.count("\n") != len(column) + 1 or max(map(len, column)) > longest:
        return ""
    if not joined.replace("\n", "").isprintable() or "\n\n" in joined or any(one in joined for one in without):
        return ""
    return joined


def keys(column: Column) -> list[str] | None:
    """Read ids of the file's own."""
    return list(column) if _all(_KEYS, column) else None


def urls(column: Column) -> list[str] | None:
    """Read web addresses."""
    joined = _plain(column, cells.URL_LONGEST, _NOT_IN_URLS)
    return list(column) if joined.count("\nhttps://") == len(column) else None


def lines(column: Column) -> list[str] | None:
    """Read names and addresses that are neither in capitals nor otherwise odd."""
    return list(column) if _plain(column, 200, _NOT_IN_LINES) and not any(map(str.isupper, column)) else None


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
