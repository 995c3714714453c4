"""What a check hands back: the files as mended, with what is still to be mended beside each row; and all problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any

from sqlalchemy import Engine

from finder.desk.check_report import RowCount
from finder.errors import CODES
from finder.formats.wording import wording
from finder.importers.corrections import CorrectedFile
from finder.importers.headers import Fit
from finder.importers.outputs import opened
from finder.importers.problems import PROBLEMS, StoredProblems, write_problems
from finder.importers.report import Problem
from finder.importers.sheets import is_workbook


class CorrectedFiles:
    """Writes the rows of every table as mended, and counts them: a workbook where one came, else a CSV for each table.

    `watch` is what an import asks for each table. The files are there when the `with` block ends.
    """

    def __init__(self, folder: Path, received: Sequence[Path], rows: RowCount) -> None:
        self._folder, self._received, self._rows = folder, received, rows
        self._as_workbook = all(is_workbook(path) for path in received)
        self._stack = ExitStack()
        self._file: CorrectedFile | None = None
        self._sections: list[str] = []

    def __enter__(self) -> CorrectedFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, where)

    def watch(self, fit: Fit) -> Callable[[list[str], list[Problem]], None]:
        """Begin a table; return what takes its rows."""
        columns, section = [column.name if column else "" for column in fit.columns], fit.section.name
        self._sections.append(section)
        if self._file is None:
            self._folder.mkdir()
            path = self._folder / "corrected.xlsx" if self._as_workbook else self._folder
            self._file = self._stack.enter_context(CorrectedFile(path, fit.header, columns, section))
        else:
            self._file.begin(fit.header, columns, section)
        file, rows = self._file, self._rows

        def take(cells: list[str], problems: list[Problem]) -> None:
            if problems:
                rows.add(problems)
            file.row(cells, problems, _sentence_of)

        return take

    def paths(self) -> list[tuple[str, Path]]:
        """Return the files with the names under which they are handed out."""
        stem = self._received[0].stem
        if not self._sections:
            return []
        if self._as_workbook:
            return [(f"{stem}-corrected.xlsx", self._folder / "corrected.xlsx")]
        names = self._sections if len(self._sections) > 1 else [""]
        return [
            (f"{name or stem}-corrected.csv", self._folder / f"{section}.csv")
            for name, section in zip(names, self._sections, strict=True)
        ]


def problems_file(
    path: Path, problems: Sequence[Problem], engine: Engine | None = None, dataset_id: int | None = None
) -> None:  # fmt: skip
    """Write a CSV of all problems: of a version as far as they are kept, else those given."""
    with opened(path, for_spreadsheets=True) as begin:
        write = begin(PROBLEMS)
        if engine is None or dataset_id is None:
            write_problems(write, _as_rows(problems), _sentence)
            return
        with engine.connect() as connection:
            write_problems(write, StoredProblems(connection, dataset_id).rows(), _sentence)


def _as_rows(problems: Sequence[Problem]) -> Iterator[Any]:
    return (SimpleNamespace(**{**vars(one), "column_name": one.column}) for one in problems)


def _sentence_of(problem: Problem) -> str:
    return _sentence(problem.code, problem.params)


def _sentence(code: str, params: Mapping[str, Any]) -> str:
    return wording("en").code(code, params) if code in CODES else code
