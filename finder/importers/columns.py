"""Read a whole column at once where every cell of it is plainly good; the rest is for `finder.importers.cells`.

Each function takes the cells of a column and returns their values, exactly as the cell's own reader would, or None
where any of them needs a closer look. Made for columns in which each row says something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from finder.importers import cells
from finder.importers.cells import Reader

Column = Sequence[str]
ColumnReader = Callable[[Column], list[Any] | None]

_KEYS = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]{0,79}\n)*")
# Only the plainest addresses: a host that begins with a letter or digit, and nothing that could be anything else.
_IN_URLS = bytes(code for code in range(0x21, 0x7F) if chr(code) not in '<>"\\[]@') + b"\n"
_BEGINNING = "https://"
_first_of_host = itemgetter(len(_BEGINNING))
# What a line of text may not have without being looked at: spaces to strip or to join, an apostrophe that holds it.
_NOT_IN_LINES = ("  ", "\n ", " \n", "\n'")
_PHONE, _AREA, _OFFICE, _DIGITS_AS_ZEROS = b"000-000-0000\n", 0, 4, bytes.maketrans(b"123456789", b"000000000")
_LUHN = (bytes.maketrans(b"0123456789", bytes(range(10))), bytes.maketrans(b"0123456789", bytes([0, 2, 4, 6, 8, 1, 3, 5, 7, 9])))  # fmt: skip
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
    joined = "\n" + "\n".join(column) + "\n"
    if not joined.isascii() or max(map(len, column)) > cells.URL_LONGEST or joined.encode().translate(None, _IN_URLS):
        return None
    if not joined.count("\n") - 1 == joined.count("\n" + _BEGINNING) == len(column):
        return None
    try:
        hosts = "".join(map(_first_of_host, column))
    except IndexError:
        return None
    return list(column) if hosts.isalnum() else None


def lines(column: Column) -> list[str] | None:
    """Read names and addresses that are neither in capitals nor otherwise odd."""
    return list(column) if _plain(column, 200, _NOT_IN_LINES) and not any(map(str.isupper, column)) else None


def shorts(column: Column) -> list[str] | None:
    """Read short texts."""
    return list(column) if _plain(column, 30, _NOT_IN_LINES) else None


def phones(column: Column) -> list[str] | None:
    """Read telephone numbers, all written 804-555-0100."""
    joined = "\n".join(column) + "\n"
    if not joined.isascii():
        return None
    written, width = joined.encode(), len(_PHONE)
    if written.translate(_DIGITS_AS_ZEROS) != _PHONE * len(column):
        return None
    if (written[_AREA::width] + written[_OFFICE::width]).translate(None, b"23456789"):
        return None
    return ("+1" + joined[:-1].replace("-", "").replace("\n", "\n+1")).split("\n")


def degrees(column: Column) -> list[float] | None:
    """Read decimal degrees."""
    return list(map(float, column)) if _all(_DEGREES, column) else None


def npis(column: Column) -> list[str] | None:
    """Read National Provider Identifiers, each with the right check digit."""
    digits = "".join(column)
    if set(map(len, column)) != {10} or not (digits.isascii() and digits.isdigit()):
        return None
    # What each counts, as a byte of its own: ten of them with the prefix come to 114 at most.
    plain, doubled = (np.frombuffer(digits.encode().translate(counts), dtype=np.uint8) for counts in _LUHN)
    totals = np.full(len(column), cells.LUHN_OF_80840, dtype=np.uint8)
    for place in range(0, 10, 2):
        totals += doubled[place::10] + plain[place + 1 :: 10]
    return list(column) if not (totals % 10).any() else None


WHOLE_COLUMNS: Mapping[Reader, ColumnReader] = {
    cells.key: keys, cells.url: urls, cells.name: lines, cells.person_name: lines, cells.place_name: lines,
    cells.address: lines, cells.short: shorts, cells.phone: phones, cells.degrees: degrees, cells.npi: npis,
}  # fmt: skip
