"""The corpus: damaged and hostile files, each with its expected outcome, as one table of entries by subject."""

from __future__ import annotations

from tests.importers.corpus import (
    bombs,
    broken_workbooks,
    encodings,
    giants,
    headings,
    hostile,
    layouts,
    not_tables,
    people,
    place_facts,
    positions,
    rosters,
    sections,
    workbooks,
)
from tests.importers.corpus.entry import Entry

_SUBJECTS = (
    encodings, layouts, headings, not_tables, hostile, positions, place_facts, people, rosters, sections, workbooks,
    broken_workbooks, giants, bombs,
)  # fmt: skip
ENTRIES: list[Entry] = [entry for subject in _SUBJECTS for entry in subject.ENTRIES]
