"""Cells that a spreadsheet would run, made harmless by an apostrophe in front, and read back as they were meant.

`as_meant(harmless(text))` and `as_meant(for_workbook(text))` are the text again, but for spaces in front of what was
held, which an import strips from every cell.
"""

from __future__ import annotations

import re

# Excel and its like run what begins so, and take full-width signs for the others.
_SIGNS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
# Some look behind these.
_SKIPPED = "\"'" + "".join(chr(one) for one in range(0x3001) if chr(one).isspace())
# A minus does no harm before a number alone, and western longitudes must stay numbers.
_PLAIN_NUMBER = re.compile(r"\s*-?[0-9]+(\.[0-9]+)?\s*")


def harmless(text: str) -> str:
    """Return a cell for a CSV file: what a spreadsheet would run is held by an apostrophe in front."""
    return f"'{text}" if _would_run(text) and not _PLAIN_NUMBER.fullmatch(text) else text


def for_workbook(text: str) -> str:
    """Return a cell for a workbook, whose cells of text are never run.

    Only what begins with such an apostrophe itself gets another, since reading takes one off.
    """
    return f"'{text}" if _is_held(text) else text


def as_meant(text: str) -> str:
    """Return a cell without the apostrophe that holds it, if it has one. The cell has no spaces in front."""
    return text[1:].lstrip() if _is_held(text) else text


def _is_held(text: str) -> bool:
    return text.startswith("'") and _would_run(text[1:])


def _would_run(text: str) -> bool:
    if text[:1].isalnum():
        return False
    bare = text.lstrip(_SKIPPED)
    if bare[:1] in _SIGNS:
        return True
    # A tab or carriage return can end the cell before, and begin one.
    before = text[: len(text) - len(bare)]
    return bare[:1].isalnum() and ("\t" in before or "\r" in before)
