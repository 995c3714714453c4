"""The file that came, mended where the import could, with a last column that says what still needs a hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from finder.db.datasets import Outcome
from finder.importers.formulas import as_meant
from finder.importers.outputs import opened
from finder.importers.report import Problem
from finder.importers.workbooks import Sheet

PROBLEMS_COLUMN = "problems"
_POSITION = ("latitude", "longitude")
# What was read out of one cell and does not go back into it.
_TAKEN_APART = "name_split"


class CorrectedFile:
    """Writes rows as they came, with mended cells in their place; the file appears when the `with` block ends.

    `path` is a workbook where it ends with .xlsx, else a CSV that Excel opens rightly. `columns` are our names of
    the columns, as many as `header` has, "" for what no section knows. Give it blank rows too, so that rows keep
    their numbers. Raises OutputRefused where the file cannot be written, or is there and `overwrite` is not said.
    """

    def __init__(
        self,
        path: Path,
        header: Sequence[str],
        columns: Sequence[str],
        sheet: str = "corrected",
        *,
        overwrite: bool = False,
    ) -> None:
        self._stack = ExitStack()
        file = opened(path, in_folder=path.is_dir(), for_spreadsheets=True, overwrite=overwrite)
        self._begin = self._stack.enter_context(file)
        try:
            self.begin(header, columns, sheet)
        except BaseException as error:
            self._stack.__exit__(type(error), error, error.__traceback__)
            raise

    def __enter__(self) -> CorrectedFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, where)

    def begin(self, header: Sequence[str], columns: Sequence[str], sheet: str) -> None:
        """Begin the next table, for which only a workbook or a folder has room."""
        self._header, self._columns = header, columns
        # What an earlier round said of the problems makes way for what is so now.
        self._kept = [place for place, head in enumerate(header) if head.strip().lower() != PROBLEMS_COLUMN]
        self._write = self._begin(Sheet(sheet, [*(_as_it_came(header[n]) for n in self._kept), PROBLEMS_COLUMN]))

    def row(self, cells: Sequence[str], problems: Sequence[Problem], sentences: Callable[[Problem], str]) -> None:
        """Write one row with what was found in it; `sentences` says a problem in words."""
        width = len(self._header)
        row = [_as_it_came(cell) for cell in cells] + [""] * (width - len(cells))
        told = []
        for one in problems:
            if one.outcome is Outcome.MENDED:
                self._mend(row, one)
            elif one.outcome is not Outcome.NOTED or one.value:
                # A note on an empty cell says what was done without it; one on a filled cell asks for a look.
                told.append(self._remark(one, sentences(one)))
        # Cells beyond the header stay beyond it, so that they are found again.
        self._write([*(row[place] for place in self._kept), " ".join(told), *row[width:]])

    def _mend(self, row: list[str], one: Problem) -> None:
        mended = str(one.params.get("mended", ""))
        pair = mended.split(", ")
        if one.column == "latitude" and len(pair) == 2:
            for name, degrees in zip(_POSITION, pair, strict=True):
                self._put(row, name, degrees)
        elif mended and one.code != _TAKEN_APART:
            self._put(row, one.column, mended)

    def _put(self, row: list[str], column: str, text: str) -> None:
        # Where several columns are read as one list, nobody can say which of them it was.
        if self._columns.count(column) == 1:
            row[self._columns.index(column)] = text

    def _remark(self, one: Problem, sentence: str) -> str:
        """Return a sentence with the column it is about, as the file calls it."""
        if not one.column:
            return sentence
        own = self._header[self._columns.index(one.column)].strip() if one.column in self._columns else one.column
        return f"{own}: {sentence}"


def _as_it_came(cell: str) -> str:
    """Return a cell as it came; one that is held by an apostrophe gets its own again when it is written."""
    bare = cell.lstrip()
    return as_meant(bare) if bare.startswith("'") else cell
