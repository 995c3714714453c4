"""Check the rows of a table, a thousand at a time and column by column, and hand on those that are good.

Every cell that is no good is told of, not only the first. Where it is vital its row is refused whole; any other is
left out, and counts as not stated.
"""

from __future__ import annotations

import gc
import itertools
from collections import defaultdict, namedtuple
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from finder.db.datasets import Outcome
from finder.importers.cells import CellError, Mended, clean
from finder.importers.columns import WHOLE_COLUMNS
from finder.importers.headers import Fit
from finder.importers.records import Batch, Records, RowError, Values
from finder.importers.report import Problem, SectionCount, is_mend, usual_outcome
from finder.importers.rows import Changed, Row, Swallowed
from finder.importers.templates import Column
from finder.importers.vocabulary import Vocabulary

BATCH_ROWS = 1000
_SHOWN_CHARACTERS = 400
_REMEMBERED_CELLS = 50_000

Watch = Callable[[list[str], list[Problem]], None]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep Python from looking for cycles of garbage, of which checking rows makes none: that took half the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Bad:
    """What was read from a cell that is no good."""

    __slots__ = ("code", "params")

    def __init__(self, code: str, params: dict[str, Any]) -> None:
        self.code, self.params = code, params


class _Reader:
    """Reads the cells of one column, each text once: most columns say the same few things all the way down."""

    def __init__(self, column: Column, places: list[int], vocabulary: Vocabulary) -> None:
        self.column, self.places = column, places
        self._read = getattr(vocabulary, column.read) if isinstance(column.read, str) else column.read
        self.empty = self._read("") if not column.required else None
        self._whole = WHOLE_COLUMNS.get(self._read)
        # Whether most rows say something of their own; before any was seen, so it seems.
        self._differs = True
        self._values: dict[str, Any] = {}
        self.remarkable: dict[str, Mended | _Bad] = {}

    def texts(self, columns: list[tuple[str, ...]]) -> tuple[str, ...]:
        """Return the column's cells of a table turned on its side; several columns of a list of words are one."""
        if len(self.places) == 1:
            return columns[self.places[0]]
        several = zip(*(columns[place] for place in self.places), strict=True)
        return tuple("; ".join(bare for cell in cells if (bare := cell.strip())) for cells in several)

    def values(self, texts: tuple[str, ...]) -> list[Any]:
        """Read many cells; what `remarkable` says of a text is told by whoever knows its row."""
        values, first = self._values, texts[0]
        if first in values and texts.count(first) == len(texts):
            return [values[first]] * len(texts)
        if self._whole and self._differs:
            found = self._whole(texts)
            if found is not None:
                return found
        if len(values) > _REMEMBERED_CELLS:
            values.clear()
            self.remarkable.clear()
        distinct = set(texts)
        self._differs = 2 * len(distinct) > len(texts)
        for text in distinct.difference(values):
            values[text] = self._value(text)
        return list(map(values.__getitem__, texts))

    def _value(self, text: str) -> Any:
        cleaned = clean(text)
        if not cleaned:
            if self.column.required:
                self.remarkable[text] = _Bad("required_empty", {})
            return self.empty
        try:
            value = self._read(cleaned)
        except CellError as wrong:
            self.remarkable[text] = _Bad(wrong.code, wrong.params)
            return self.empty
        if isinstance(value, Mended):
            self.remarkable[text] = value
            return value.value
        return value


class Teller:
    """Adds problems of one row to a list."""

    __slots__ = ("_section", "_to", "row")

    def __init__(self, section: str, row: int, to: list[Problem]) -> None:
        self._section, self.row, self._to = section, row, to

    def __call__(self, code: str, column: str, value: str, *, outcome: Outcome | None = None, **params: Any) -> None:
        """Add a problem; it means for the row what its code usually means unless `outcome` says otherwise."""
        # PostgreSQL cannot store a NUL, nor any database half a character.
        shown, column = (
            text[:_SHOWN_CHARACTERS].replace("\0", "\ufffd").encode(errors="replace").decode()
            for text in (value, column)
        )
        self._to.append(Problem(self._section, self.row, column, shown, code, params, outcome or usual_outcome(code)))


class Checker:
    """Checks the rows of one table. `fit.rows` are used up by it.

    `count` tells of the file's rows, `lost` how many of an earlier version (numbered 0) can no longer be used.
    """

    def __init__(self, fit: Fit, vocabulary: Vocabulary, records: Records, tell: Callable[[Problem], None]) -> None:
        self.count = SectionCount()
        self.lost = 0
        self._fit, self._section, self._records, self._tell = fit, fit.section.name, records, tell
        self._width = len(fit.header)
        places: dict[str, list[int]] = defaultdict(list)
        for place, column in enumerate(fit.columns):
            if column is not None:
                places[column.name].append(place)
        readers = [_Reader(column, places[column.name], vocabulary) for column in fit.section.understood]
        self._readers = [reader for reader in readers if reader.places]
        self._names = [reader.column.name for reader in self._readers]
        absent = [reader for reader in readers if not reader.places]
        self._names += [reader.column.name for reader in absent]
        self._row = namedtuple("Row", self._names)  # type: ignore[misc]
        self._absent = [itertools.repeat(reader.empty) for reader in absent]
        self._nameless = [place for place, head in enumerate(fit.header) if not head.strip()]
        self._about_the_file()

    def batches(self, watch: Watch | None = None) -> Iterator[Batch]:
        """Yield the records of the accepted rows, a thousand rows read at a time; count and tell of all others.

        `watch` sees every row as it came, with what was told of it. Rows numbered 0 are those of
        an earlier version, of which nothing is told.
        """
        build, count, rows = getattr(self._records, self._section), self.count, self._fit.rows
        again: list[Row] = []
        while numbered := list(itertools.islice(itertools.chain(again, rows), BATCH_ROWS)):
            again = []
            count.read += sum(number > 0 for number, _cells in numbered)
            # The first cell tells of most rows that they are not blank.
            filled = [row for row in numbered if any(row[1]) and (row[1][0].strip() or any(map(str.strip, row[1])))]
            problems: defaultdict[int, list[Problem]] = defaultdict(list)
            found = self._values(filled, problems)
            if "latitude" in self._names:
                self._records.settle_positions(found)
            told: list[Problem] = []
            tell = Teller(self._section, 0, told)
            prints = map(hash, map(tuple, (cells for _number, cells in filled)))
            for at, (values, (number, _cells), cells) in enumerate(zip(found, filled, prints, strict=True)):
                if values is None:
                    continue
                tell.row = number
                try:
                    build(values, number, cells, tell)
                except RowError as wrong:
                    tell(wrong.code, wrong.column, wrong.value, outcome=Outcome.REFUSED, **wrong.params)
                if told:
                    problems[at] += told
                    told.clear()
            count.accepted += sum(number > 0 for number, _cells in filled)
            for at in sorted(at for at, of_row in problems.items() if of_row):
                number, row = filled[at]
                if self._tell_of(filled[at], problems[at]) and number and isinstance(row, Changed):
                    again.append((0, row.before))
            if watch:
                told_of = {row[0]: problems.get(at, []) for at, row in enumerate(filled)}
                for number, row in numbered:
                    watch(row, told_of.get(number, []))
            count.blank = count.read - count.accepted - count.refused
            yield self._records.taken()
        self._records.finish(self._section)
        yield self._records.taken()

    def _tell_of(self, row: Row, told: list[Problem]) -> bool:
        """Pass on what was told of a row; count it and return True where that refuses it."""
        told[:] = _gathered(told)
        refused = any(problem.outcome is Outcome.REFUSED for problem in told)
        if row[0]:
            for problem in told:
                self._tell(problem)
        if row[0]:
            self.count.refused += refused
            self.count.accepted -= refused
        else:
            self.lost += refused
        return refused

    def _values(self, rows: list[Row], problems: defaultdict[int, list[Problem]]) -> list[Values | None]:
        """Return the values of each row by the names of our columns; None for one that is refused."""
        if not rows:
            return []
        width, refused = self._width, set[int]()
        whole = [row for _number, row in rows]
        for at, row in enumerate(whole):
            if len(row) != width or type(row) is Swallowed:
                whole[at] = row[:width] + [""] * (width - len(row))
                if self._ragged(rows[at], problems[at]):
                    refused.add(at)
        sideways = list(zip(*whole, strict=True))
        self._look_beneath_nothing(rows, sideways)
        columns = []
        for reader in self._readers:
            texts = reader.texts(sideways)
            columns.append(reader.values(texts))
            if reader.remarkable:
                self._tell_remarkable(reader, texts, rows, refused, problems)
        found: list[Values | None] = list(map(self._row, *columns, *self._absent))
        for at in refused:
            found[at] = None
        return found

    def _tell_remarkable(
        self, reader: _Reader, texts: tuple[str, ...], rows: list[Row], refused: set[int],
        problems: defaultdict[int, list[Problem]],
    ) -> None:  # fmt: skip
        """Tell of cells that were mended or are no good, row by row."""
        column, remarkable = reader.column, reader.remarkable
        vital = column.required or column.vital
        for at, text in enumerate(texts):
            if text not in remarkable:
                continue
            what, tell = remarkable[text], Teller(self._section, rows[at][0], problems[at])
            if isinstance(what, Mended):
                params: dict[str, Any] = {"mended": what.shown}
                tell(what.code, column.name, clean(text), **(params if is_mend(what.code) else {}))
                continue
            tell(
                what.code,
                column.name,
                what.params.get("part") or clean(text),
                outcome=Outcome.REFUSED if vital else Outcome.LEFT_OUT,
                **what.params,
            )
            if vital:
                refused.add(at)

    def _ragged(self, row: Row, told: list[Problem]) -> bool:
        """Tell of a row with more cells than the header, or with others inside a cell; return whether it was one."""
        tell = Teller(self._section, row[0], told)
        if isinstance(row[1], Swallowed):
            tell("quote_misplaced", "", "", lines=max(cell.count("\n") for cell in row[1]) + 1)
            return True
        extra = [cell for cell in row[1][self._width :] if cell.strip()]
        if extra:
            tell("row_too_long", "", extra[0], cells=len(row[1]), columns=self._width)
        return bool(extra)

    def _look_beneath_nothing(self, rows: list[Row], columns: list[tuple[str, ...]]) -> None:
        """Tell once of each column that has cells and no heading."""
        for place in list(self._nameless):
            at = next((at for at, cell in enumerate(columns[place]) if cell.strip()), None)
            if at is not None:
                self._nameless.remove(place)
                self._tell_of_column(rows[at][0], _letters(place), columns[place][at], "")

    def _about_the_file(self) -> None:
        """Tell of columns that nobody knows, and of formulas without a result."""
        for head in self._fit.unknown:
            self._tell_of_column(self._fit.header_row, head[:60], head, self._fit.nearest(head))
        for row, address in self._fit.table.unreadable:
            told: list[Problem] = []
            tell = Teller(self._section, row, told)
            tell("formula_without_value", "", address, outcome=Outcome.LEFT_OUT, cell=address)
            self._tell(told[0])

    def _tell_of_column(self, row: int, column: str, value: str, nearest: str) -> None:
        told: list[Problem] = []
        tell = Teller(self._section, row, told)
        tell("column_unknown", column, value, outcome=Outcome.LEFT_OUT, nearest=nearest)
        self._tell(told[0])


def _gathered(told: list[Problem]) -> list[Problem]:
    """Say once which cells of a row must be filled."""
    empty = [problem for problem in told if problem.code == "required_empty"]
    if len(empty) < 2:
        return told
    columns = [problem.column for problem in empty]
    rest = [problem for problem in told if problem.code != "required_empty"]
    return [replace(empty[0], code="row_incomplete", params={"columns": columns}), *rest]


def _letters(place: int) -> str:
    """Return a column's letters as a spreadsheet has them, from its place counted from 0."""
    letters = ""
    while place >= 0:
        place, letter = divmod(place, 26)
        letters, place = chr(65 + letter) + letters, place - 1
    return letters
