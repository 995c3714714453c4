"""Check files as an import does, without a database."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from finder.importers.checker import Checker
from finder.importers.headers import fit
from finder.importers.records import Known, Records
from finder.importers.report import Problem, SectionCount
from finder.importers.rows import Limits, tables
from finder.importers.templates import FILLS
from finder.importers.vocabulary import Vocabulary

Checked = tuple[dict[str, list[dict[str, Any]]], list[Problem], dict[str, SectionCount]]


def check(vocabulary: Vocabulary, *paths: Path) -> Checked:
    """Check files as an import does; return the records by table, the problems, and the counts by section."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    problems: list[Problem] = []
    counts = {}
    records = Records(vocabulary, Known())
    fits = {one.section.name: one for one in (fit(table) for path in paths for table in tables(path, Limits()))}
    for name in FILLS:
        if name in fits:
            one = Checker(fits[name], vocabulary, records, problems.append)
            for batch in one.batches():
                for table, rows in batch.items():
                    found[table.__tablename__] += rows
            counts[name] = one.count
    return dict(found), problems, counts
