"""How the heads of uploaded files are read: encoding, delimiter, header, first rows, and what each column is taken for.

The process of a check does this, never a request.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from finder.errors import FileRefused
from finder.importers.headers import OTHERS, OUR_REMARKS, Head, fit, head_of, nearest_column, normal
from finder.importers.layouts import Opened
from finder.importers.problems import visible
from finder.importers.remembered import remembered_mapping
from finder.importers.rows import Limits, Table
from finder.importers.templates import SECTIONS, SHAPES

# A page shows so much; the import itself reads all.
_MOST_COLUMNS, _MOST_ROWS, _LONGEST_CELL = 200, 5, 80
# What a person has to look at; of a UTF-8 file, or a workbook, the letters are sure.
_SURE_ENCODINGS = frozenset({"utf-8", "utf-16", "xlsx"})
# Refusals that come of how columns are read, so that another mapping may help.
OF_COLUMNS = frozenset(
    {
        "file_without_header", "columns_missing", "column_twice", "section_unclear", "section_twice", "sheet_hidden",
        "mapping_column_unknown", "mapping_header_missing",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Preview:
    """The tables of some files, as a page shows them; `wants_a_look` where a person should say whether it is right."""

    tables: list[dict[str, Any]]
    wants_a_look: bool
    rows_at_most: int


def preview(
    engine: Engine, paths: Sequence[Path], source: str, wishes: Mapping[str, Any], limits: Limits
) -> Preview:  # fmt: skip
    """Read the heads of files. Raises FileRefused for one that is no table, or too large."""
    with engine.connect() as connection:
        by_hand = dict(wishes.get("mapping") or {})
        mapping = remembered_mapping(connection, source) | by_hand
    opened = Opened(engine, paths, limits, public=not by_hand and not wishes.get("update_only"))
    found, rows, look = [], 0, False
    for read in opened.files():
        for came in read:
            table = came.table
            if came.reading:
                table = replace(table, head=[*table.head, *itertools.islice(table.rest, _MOST_ROWS)])
            told = _told(table, mapping, wishes)
            # A workbook may have a sheet of notes, and one that explains our columns; a public file may say more of
            # those in another one.
            told["is_aside"] = came.beside or (len(read) > 1 and not any(one["column"] for one in told["columns"]))
            found.append(told)
            rows += table.rows_at_most
            look = look or (not told["is_aside"] and _wants_a_look(told))
    return Preview(found, look, rows)


def _told(table: Table, mapping: Mapping[str, str], wishes: Mapping[str, Any]) -> dict[str, Any]:
    update_only, ignore = bool(wishes.get("update_only")), bool(wishes.get("ignore_unknown_columns"))
    head = head_of(table, mapping, update_only=update_only)
    refusal = None
    try:
        shapes = tuple(SECTIONS if update_only else SHAPES)
        fit(table, mapping, ignore_unknown=ignore, update_only=update_only, wanted=shapes)
    except FileRefused as refused:
        refusal = {"code": refused.code, "params": refused.params}
    beneath = [cells for number, cells in table.head if number > head.row and any(cell.strip() for cell in cells)]
    shown = beneath[:_MOST_ROWS]
    return {
        "name": visible(table.label), "encoding": table.encoding, "delimiter": table.delimiter,
        "section": head.section.name, "header_row": head.row, "is_hidden": table.is_hidden, "refusal": refusal,
        "columns_in_all": len(head.header), "columns": _columns(head, shown, mapping, ignore=ignore),
        "rows": [[_cut(cell) for cell in cells[:_MOST_COLUMNS]] for cells in shown],
    }  # fmt: skip


def _columns(
    head: Head, shown: Sequence[Sequence[str]], mapping: Mapping[str, str], *, ignore: bool
) -> list[dict[str, Any]]:
    """Return what each column is read as; `how` is known, mapped, left_out, unknown, ours or blank."""
    by_hand = {normal(name): column for name, column in mapping.items()}
    told = []
    for place, (title, column) in enumerate(zip(head.header[:_MOST_COLUMNS], head.columns, strict=False)):
        key = normal(title)
        how = "known" if column else "unknown"
        if not key:
            how = "blank"
        elif key == OUR_REMARKS:
            how = "ours"
        elif key in by_hand:
            how = "mapped" if column else "left_out"
        elif column is None and (ignore or mapping.get(OTHERS) == ""):
            how = "left_out"
        guess = nearest_column(head.section, title) if how == "unknown" else ""
        taken = {one.name for one in head.columns if one}
        told.append(
            {
                "head": title[:400], "column": column.name if column else "", "how": how,
                "guess": "" if guess in taken else guess,
                "cells": [_cut(cells[place]) for cells in shown[:3] if place < len(cells)],
            }
        )  # fmt: skip
    return told


def _wants_a_look(told: Mapping[str, Any]) -> bool:
    is_unsure = told["encoding"] not in _SURE_ENCODINGS
    refused = told["refusal"] is not None and told["refusal"]["code"] in OF_COLUMNS
    return is_unsure or refused or any(one["how"] == "unknown" for one in told["columns"])


def _cut(cell: str) -> str:
    shown = visible(cell)
    return shown if len(shown) <= _LONGEST_CELL else f"{shown[:_LONGEST_CELL]}..."
