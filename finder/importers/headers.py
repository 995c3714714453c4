"""Fit a table's header to a section: which column is which, and what nobody knows."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass

from finder.errors import FileRefused
from finder.importers.rows import Table
from finder.importers.templates import SECTIONS, Column, Section


@dataclass(frozen=True)
class Fit:
    """A table with its section, its columns by their place in the row, and the headers left out on request."""

    table: Table
    section: Section
    columns: dict[int, Column]
    ignored: list[str]


def fit(table: Table, *, ignore_unknown: bool, wanted: Collection[str] = SECTIONS) -> Fit:
    """Find the section that a table's header belongs to: the one that knows most of its columns.

    Raises FileRefused for a header without a known column, with columns unknown (unless `ignore_unknown`),
    missing or meant twice, or one that fits two sections equally well; a workbook's sheet may say its section.
    """
    by_name = table.sheet.strip().lower()
    candidates = [SECTIONS[by_name]] if by_name in SECTIONS else [SECTIONS[name] for name in SECTIONS if name in wanted]
    known = {section.name: _known(section, table.header) for section in candidates}
    complete = [s for s in candidates if {c.name for c in known[s.name].values()} >= set(s.required)]
    ranked = sorted(complete or candidates, key=lambda section: -len(known[section.name]))
    best = ranked[0]
    columns = known[best.name]
    if not columns:
        first_row = ", ".join(cell for cell in table.header if cell.strip())[:120]
        raise FileRefused("file_without_header", name=table.label, first_row=first_row)
    if len(complete) > 1 and len(known[ranked[1].name]) == len(columns):
        raise FileRefused("section_unclear", name=table.label, sections=[section.name for section in ranked[:2]])
    names = [column.name for column in columns.values()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FileRefused("column_twice", name=table.label, columns=twice)
    missing = [name for name in best.required if name not in names]
    if missing:
        raise FileRefused("columns_missing", name=table.label, section=best.name, columns=missing)
    unknown = [head.strip() for place, head in enumerate(table.header) if head.strip() and place not in columns]
    if unknown and not ignore_unknown:
        raise FileRefused("columns_unknown", name=table.label, columns=[_with_nearest(best, head) for head in unknown])
    return Fit(table, best, columns, unknown)


def _known(section: Section, header: list[str]) -> dict[int, Column]:
    names = {_normal(name): column for column in section.columns for name in (*column.synonyms, column.name)}
    return {place: names[_normal(head)] for place, head in enumerate(header) if _normal(head) in names}


def _normal(head: str) -> str:
    return " ".join(re.sub(r"[_\-\s\ufeff*:]+", " ", head.lower()).split())


def _with_nearest(section: Section, head: str) -> list[str]:
    """Return [header] or [header, the known column that looks most like it]."""
    names = {_normal(name): column.name for column in section.columns for name in (*column.synonyms, column.name)}
    near = difflib.get_close_matches(_normal(head), names, n=1, cutoff=0.75)
    return [head[:60], *(names[name] for name in near)]
