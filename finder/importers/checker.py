"""Check the rows of a table, a thousand at a time and column by column, and hand on those that are good.

Every cell that is no good is told of, not only the first. Where it is vital its row is refused whole; any other is
left out, and counts as not stated.
"""

from __future__ import annotations

import gc
import itertools
from collections import defaultdict, namedtuple
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from typing import Any

from finder.db.datasets import Outcome
from finder.importers import mends
from finder.importers.aside import Aside
from finder.importers.cells import CellError, Mended, clean
from finder.importers.columns import WHOLE_COLUMNS
from finder.importers.encodings import ungarbled
from finder.importers.headers import Fit
from finder.importers.plain_rows import AT_ONCE, Rows
from finder.importers.records import Batch, Records, RowError, Values
from finder.importers.report import Problem, SectionCount, is_mend, usual_outcome
from finder.importers.row_checks import look_through
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
        # Whether most rows say something of their own; None before any was seen.
        self._differs: bool | None = None
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
        if self._differs is None:
            self._differs = 2 * len(set(texts)) > len(texts)
        if self._whole and self._differs:
            found = self._whole(texts)
            if found is not None:
                return found
        elif not self._differs:
            with suppress(KeyError):
                return list(map(values.__getitem__, texts))
        if len(values) > _REMEMBERED_CELLS:
            values.clear()
            self.remarkable.clear()
        distinct = set(texts)
        self._differs = 2 * len(distinct) > len(texts)
        for text in distinct.difference(values):
            values[text] = self._value(text)
        return list(map(values.__getitem__, texts))

    def _value(self, text: str) -> Any:
        whole = text if text.isascii() else ungarbled(text)
        value = self._value_of(whole, text)
        inner = self.remarkable.get(text)
        if whole != text and not isinstance(inner, _Bad):
            shows = inner is not None and is_mend(inner.code) and inner.code != "name_split"
            self.remarkable[text] = Mended(value, "letters_mended", inner.shown if inner and shows else clean(whole))
        return value

    def _value_of(self, whole: str, text: str) -> Any:
        cleaned = clean(whole)
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


def tell_of_shape(cells: list[str], width: int, tell: Teller) -> bool:
    """Tell of a row with more cells than `width`, or with other rows inside a cell; return whether it is one."""
    if isinstance(cells, Swallowed):
        tell("quote_misplaced", "", "", lines=max(cell.count("\n") for cell in cells) + 1)
        return True
    extra = [cell for cell in cells[width:] if cell.strip()]
    if extra:
        tell("row_too_long", "", extra[0], cells=len(cells), columns=width)
    return bool(extra)


class Checker:
    """Checks the rows of one table. `fit.rows` are used up by it.

    `count` tells of the file's rows, `lost` how many of an earlier version (numbered 0) can no longer be used.
    `removed` are the NPIs of those who asked not to be listed; `aside` tells of their rows.
    """

    def __init__(
        self, fit: Fit, vocabulary: Vocabulary, records: Records, tell: Callable[[Problem], None],
        removed: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.count = SectionCount()
        self.lost = 0
        self.aside = Aside(removed, records.known.removed)
        self._at_aside: set[int] = set()
        self._fit, self._section, self._records, self._tell = fit, fit.section.name, records, tell
        self._vocabulary = vocabulary
        self._width = len(fit.header)
        places: dict[str, list[int]] = defaultdict(list)
        for place, column in enumerate(fit.columns):
            if column is not None:
                places[column.name].append(place)
        readers = [_Reader(column, places[column.name], vocabulary) for column in fit.section.understood]
        self._readers = [reader for reader in readers if reader.places]
        absent = [reader for reader in readers if not reader.places]
        self._absent = {reader.column.name: reader.empty for reader in absent}
        self._nameless = [place for place, head in enumerate(fit.header) if not head.strip()]
        self._about_the_file()

    def batches(self, watch: Watch | None = None) -> Iterator[Batch]:
        """Yield the records of the accepted rows, a thousand rows read at a time; count and tell of all others.

        `watch` sees every row as it came, with what was told of it. Rows numbered 0 are those of
        an earlier version, of which nothing is told.
        """
        count, rows = self.count, self._fit.rows
        again: list[Row] = []
        at_once = 1 if self._fit.table.has_long_rows else BATCH_ROWS
        while numbered := list(itertools.islice(itertools.chain(again, rows), at_once)):
            again = []
            # The first cell tells of most rows that they are not blank.
            filled = [row for row in numbered if row[1] and (row[1][0].strip() or any(map(str.strip, row[1])))]
            problems: defaultdict[int, list[Problem]] = defaultdict(list)
            self._at_aside = set()
            if filled:
                self._make(self._values(filled, problems), problems)
            count.read += sum(number > 0 for number, _cells in numbered)
            count.accepted += sum(number > 0 for number, _cells in filled)
            for at in self._at_aside:
                self.aside.drop(filled[at], problems[at], count)
            for at in sorted(at for at, of_row in problems.items() if of_row):
                number, row = filled[at]
                if self._tell_of(filled[at], problems[at]) and isinstance(row, Changed):
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
        if refused:
            # What is noted of a listing says how it is shown, and this one is not.
            told[:] = [problem for problem in told if problem.outcome is not Outcome.NOTED]
        if row[0]:
            for problem in told:
                self._tell(problem)
        if row[0]:
            self.count.refused += refused
            self.count.accepted -= refused
        elif not isinstance(row[1], Changed):
            self.lost += refused
        return refused

    def _make(self, rows: Rows, problems: defaultdict[int, list[Problem]]) -> None:
        """Make the records of rows, of as many at once as need no closer look."""
        if not rows.numbers or self._at_once(rows):
            return
        for part in rows.parts():
            if not self._at_once(part):
                self._one_by_one(part, problems)

    def _at_once(self, rows: Rows) -> bool:
        make = AT_ONCE.get(self._section)
        return make is not None and make(rows, self._records.known, self._records.made)

    def _one_by_one(self, rows: Rows, problems: defaultdict[int, list[Problem]]) -> None:
        build, told = getattr(self._records, self._section), list[Problem]()
        tell = Teller(self._section, 0, told)
        values = map(_row_of(tuple(rows.columns)), *rows.columns.values())
        for v, number, cells, place in zip(values, rows.numbers, rows.prints, rows.places, strict=True):
            tell.row = number
            try:
                build(v, number, cells, tell)
            except RowError as wrong:
                self._refuse(wrong, problems[place], tell)
                problems[place] += told
                told.clear()
                self._look_through(v, number, problems[place])
            if told:
                problems[place] += told
                told.clear()

    def _refuse(self, wrong: RowError, of_row: list[Problem], tell: Teller) -> None:
        """Tell why a row is refused; a cell that was left out is said once to be what refuses it."""
        column, value = wrong.column, wrong.value
        if wrong.code == "person_without_id" and "npi" in self._absent:
            column = "person_id"
        for at, problem in enumerate(of_row):
            if problem.column == column and problem.outcome is Outcome.LEFT_OUT:
                if wrong.code == "required_empty":
                    of_row[at] = replace(problem, outcome=Outcome.REFUSED)
                    return
                value = value or problem.value
        tell(wrong.code, column, value, outcome=Outcome.REFUSED, **wrong.params)

    def _look_through(self, v: Values, number: int, of_row: list[Problem]) -> None:
        """Tell of what else is wrong with a row that is refused."""
        found: list[Problem] = []
        known, vocabulary = self._records.known, self._vocabulary
        look_through(self._section, v, known, vocabulary, Teller(self._section, number, found))
        named = {problem.column for problem in of_row if problem.outcome in (Outcome.REFUSED, Outcome.LEFT_OUT)}
        told = {problem.code for problem in of_row}
        if named & {"family_name", "given_name"}:
            named |= {"full_name"}
        if named & {"latitude", "longitude"}:
            named |= {"latitude", "longitude"}
        of_row += [one for one in found if one.code not in told and one.column not in named]

    def _values(self, rows: list[Row], problems: defaultdict[int, list[Problem]]) -> Rows:
        """Return the values of rows by the names of our columns, without rows that are refused."""
        width, refused = self._width, set[int]()
        whole = [row for _number, row in rows]
        for at, row in enumerate(whole):
            if len(row) != width or type(row) is Swallowed:
                whole[at] = row[:width] + [""] * (width - len(row))
                if tell_of_shape(row, width, Teller(self._section, rows[at][0], problems[at])):
                    refused.add(at)
        shapeless = frozenset(refused)
        sideways = list(zip(*whole, strict=True))
        self._look_beneath_nothing(rows, sideways)
        columns = {}
        for reader in self._readers:
            texts = reader.texts(sideways)
            columns[reader.column.name] = reader.values(texts)
            if reader.remarkable:
                self._tell_remarkable(reader, texts, rows, refused, problems)
        columns |= {name: [empty] * len(rows) for name, empty in self._absent.items()}
        self._at_aside = self.aside.among(columns)
        if "latitude" in columns:
            of_positions = (columns[name] for name in ("latitude", "longitude", "zip_code", "state"))
            columns["settled"] = mends.settled(*of_positions)
        prints = [hash(tuple(row)) for _number, row in rows]
        found = Rows(columns, [number for number, _row in rows], prints, range(len(rows)))
        if not refused:
            return found
        make = _row_of(tuple(columns))
        for at in refused - shapeless:
            self._look_through(make(*(values[at] for values in columns.values())), rows[at][0], problems[at])
        return found.without(refused)

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


@cache
def _row_of(names: tuple[str, ...]) -> Callable[..., Values]:
    return namedtuple("Row", names)


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
