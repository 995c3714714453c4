"""What an import tells: every problem, every count, and what will differ from the data in force."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from finder.db.datasets import Outcome
from finder.errors import CODES
from finder.importers.layouts import OpenedTable, Reading

# All that was refused is kept in the database; here, and of mends and notes in both, the first are enough.
_KEPT_IN_MEMORY = 10_000
KEPT_OF_A_KIND = 1_000
_USUAL_OUTCOME = {"mend": Outcome.MENDED, "note": Outcome.NOTED}


def usual_outcome(code: str) -> Outcome:
    """Return what a code means for its row unless the row's own case says otherwise."""
    return _USUAL_OUTCOME.get(CODES[code].kind, Outcome.REFUSED)


def is_mend(code: str) -> bool:
    """Tell whether a code says that something was mended."""
    return CODES[code].kind == "mend"


@dataclass(frozen=True)
class Problem:
    """One cell or row: `row_number` as a spreadsheet shows it, 0 where it is about the whole file."""

    section: str
    row_number: int
    column: str
    value: str
    code: str
    params: dict[str, Any]
    outcome: Outcome


@dataclass
class SectionCount:
    """Rows of one file: read = accepted + refused + blank."""

    read: int = 0
    accepted: int = 0
    refused: int = 0
    blank: int = 0


@dataclass
class Difference:
    """Listings of one section against the version in force, by their keys."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0


@dataclass(frozen=True)
class FileRead:
    """How one table was read: its section, encoding and delimiter ("" for a workbook).

    `public` is the title of the public file that it is, "" for any other. Rows of one that stands beside another are
    told of under their number plus `above`.
    """

    name: str
    section: str
    encoding: str
    delimiter: str
    public: str = ""
    above: int = 0
    reading: Reading | None = None

    @classmethod
    def of(cls, came: OpenedTable, section: str) -> FileRead:
        """Return how a table was read as a section."""
        table, reading = came.table, came.reading
        title = reading.layout.title if reading else ""
        return cls(table.label, section, table.encoding, table.delimiter, title, came.above, reading)

    def told(self) -> dict[str, Any]:
        """Return all of it as JSON has it."""
        return {
            "name": self.name, "section": self.section, "encoding": self.encoding, "delimiter": self.delimiter,
            "public": self.public, "left_aside": self.left_aside, "rows_from": self.above,
        }  # fmt: skip

    @property
    def left_aside(self) -> dict[str, int]:
        """How many rows of a public file were left aside, by why (a key of `layouts.ASIDE`)."""
        return self.reading.left_aside() if self.reading else {}


@dataclass
class ImportReport:
    """The whole outcome of one import. `version` is None for a dry run.

    `same_as` is a version that holds exactly this already, so that none was made; `in_force` says whether it is active.
    `hidden_sheets` are those of the sheets left out that are. `waiting` are newer versions than the active one, whose
    changes an import lacks that takes rows over from the active one. `set_aside` are rows about people who asked not to
    be listed.
    """

    source: str
    version: int | None = None
    dataset_id: int | None = None
    same_as: int | None = None
    in_force: bool = False
    update_only: bool = False
    waiting: list[int] = field(default_factory=list)
    files: list[FileRead] = field(default_factory=list)
    sheets_left_out: list[str] = field(default_factory=list)
    hidden_sheets: list[str] = field(default_factory=list)
    sections: dict[str, SectionCount] = field(default_factory=dict)
    carried_over: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_counts: Counter[str] = field(default_factory=Counter)
    outcome_counts: Counter[tuple[Outcome, str]] = field(default_factory=Counter)
    unknown_columns: list[str] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    differences: dict[str, Difference] = field(default_factory=dict)
    cells_left_out: int = 0
    set_aside: int = 0

    def add(self, problem: Problem) -> None:
        """Count a problem, and keep it in memory unless there are many like it."""
        self.problem_counts[problem.code] += 1
        self.outcome_counts[problem.outcome, problem.code] += 1
        self.cells_left_out += problem.outcome is Outcome.LEFT_OUT
        minor = problem.outcome in (Outcome.MENDED, Outcome.NOTED)
        if self.problem_counts[problem.code] <= (KEPT_OF_A_KIND if minor else _KEPT_IN_MEMORY):
            self.problems.append(problem)

    @property
    def clean(self) -> bool:
        """True where no row was refused, no cell left out and no column unknown."""
        return not self.cells_left_out and not any(count.refused for count in self.sections.values())
