"""What an import tells: every problem, every count, and what will differ from the data in force."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from finder.db.datasets import Outcome
from finder.errors import CODES

_KEPT_IN_MEMORY = 10_000


@dataclass(frozen=True)
class Problem:
    """One cell or row: `row_number` as a spreadsheet shows it (the header is row 1)."""

    section: str
    row_number: int
    column: str
    value: str
    code: str
    params: dict[str, Any]

    @property
    def outcome(self) -> Outcome:
        """What became of the row: refused, mended or noted."""
        kinds = {"mend": Outcome.MENDED, "note": Outcome.NOTED}
        return kinds.get(CODES[self.code].kind, Outcome.REFUSED)


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


@dataclass
class ImportReport:
    """The whole outcome of one import. `version` is None for a dry run."""

    source: str
    version: int | None = None
    dataset_id: int | None = None
    sections: dict[str, SectionCount] = field(default_factory=dict)
    carried_over: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_counts: Counter[str] = field(default_factory=Counter)
    ignored_columns: list[str] = field(default_factory=list)
    differences: dict[str, Difference] = field(default_factory=dict)

    def add(self, problem: Problem) -> None:
        """Count a problem; the first ten thousand are kept in memory, all of them in the database."""
        self.problem_counts[problem.code] += 1
        if len(self.problems) < _KEPT_IN_MEMORY:
            self.problems.append(problem)

    @property
    def lost_share(self) -> float:
        """Largest share of a section's listings in force that would disappear, 0 to 1."""
        shares = (one.gone / (one.changed + one.unchanged + one.gone) for one in self.differences.values() if one.gone)
        return max(shares, default=0.0)

    @property
    def clean(self) -> bool:
        """True where no row was refused."""
        return not any(count.refused for count in self.sections.values())
