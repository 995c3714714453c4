"""What was no good in a version: counted by code, and row by row as a table for whoever mends the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from finder.db.datasets import Dataset, ImportProblem, Outcome
from finder.importers.workbooks import Sheet, WriteRow

# A code and its parameters to a sentence that says what to write instead.
Sentence = Callable[[str, Mapping[str, Any]], str]

PROBLEMS = Sheet(
    "problems", ("section", "row", "column", "what was there", "what to write instead", "outcome", "code"),
    (15, 9, 24, 30, 80, 10, 26),
)  # fmt: skip
_ROWS_AT_ONCE = 1000
_WORST_FIRST = (Outcome.REFUSED, Outcome.LEFT_OUT, Outcome.MENDED, Outcome.NOTED)
# Control characters, and those that turn a line's direction around or are never seen.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True)
class ProblemGroup:
    """The problems of one code and outcome: their number, and the first few of them.

    `found` is how many of the code the import met in all; the database keeps no more than `kept` of them.
    """

    code: str
    outcome: Outcome
    number: int
    first: Sequence[Row[Any]]
    kept: int
    found: int


class StoredProblems:
    """The problems of one dataset; of one section or one outcome where these are named."""

    def __init__(
        self, connection: Connection, dataset_id: int, section: str | None = None, outcome: Outcome | None = None
    ) -> None:
        self._connection, self._dataset_id = connection, dataset_id
        self._section, self._outcome = section, outcome
        counts = connection.scalar(select(Dataset.counts).where(Dataset.id == dataset_id)) or {}
        self._found: dict[str, int] = counts.get("problems") or {}

    def rows(self) -> Iterator[Row[Any]]:
        """Yield every problem, as ImportProblem's columns, in the order of the files."""
        asked = self._narrowed(select(ImportProblem.__table__)).order_by(ImportProblem.id)
        yield from self._connection.execute(asked, execution_options={"yield_per": _ROWS_AT_ONCE})

    def groups(self, shown: int) -> list[ProblemGroup]:
        """Return the problems by code and outcome, refused rows first and then the most frequent, `shown` of each."""
        one = ImportProblem
        kept: dict[str, int] = dict(
            self._connection.execute(
                select(one.code, func.count()).where(one.dataset_id == self._dataset_id).group_by(one.code)
            ).all()
        )
        counted = self._connection.execute(
            self._narrowed(select(one.code, one.outcome, func.count())).group_by(one.code, one.outcome)
        ).all()
        made = []
        for code, outcome, number in counted:
            asked = self._narrowed(select(one.__table__)).where(one.code == code, one.outcome == outcome)
            first = self._connection.execute(asked.order_by(one.id).limit(shown)).all()
            found = max(kept[code], self._found.get(code, 0))
            made.append(ProblemGroup(code, outcome, number, first, kept[code], found))
        return sorted(made, key=lambda group: (_WORST_FIRST.index(group.outcome), -group.number, group.code))

    def _narrowed(self, asked: Any) -> Any:
        asked = asked.where(ImportProblem.dataset_id == self._dataset_id)
        if self._section is not None:
            asked = asked.where(ImportProblem.section == self._section)
        return asked if self._outcome is None else asked.where(ImportProblem.outcome == self._outcome)


def write_problems(write: WriteRow, problems: Iterable[Row[Any]], sentence: Sentence) -> int:
    """Write problems as rows of the sheet PROBLEMS; return how many."""
    written = 0
    for one in problems:
        row = str(one.row_number) if one.row_number else ""
        said = sentence(one.code, one.params)
        write((one.section, row, one.column_name, visible(one.value), said, one.outcome.value, one.code))
        written += 1
    return written


def visible(text: str) -> str:
    """Return a text with a mark for each character that is not seen, such as a NUL, or that plays with a terminal."""
    return _UNSEEN.sub(lambda found: _mark(ord(found[0])), text)


def _mark(character: int) -> str:
    if character < 0x20:
        return chr(0x2400 + character)
    return "\u2421" if character == 0x7F else f"<U+{character:04X}>"
