"""Open files: those of public layouts as tables of ours, all others as they are."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from sqlalchemy import Engine

from finder.db.catalogue import Catalogue
from finder.errors import FileRefused
from finder.importers.cells import CellError
from finder.importers.layouts.cms import CLINICIANS, HOSPITALS, SERVICES
from finder.importers.layouts.layout import Known, Layout, Reading, fits
from finder.importers.layouts.nppes import NPPES, PLACES
from finder.importers.layouts.sieve import Sieve
from finder.importers.rows import Limits, Row, Table, tables
from finder.importers.vocabulary import Vocabulary

LAYOUTS: tuple[Layout, ...] = (NPPES, PLACES, CLINICIANS, SERVICES, HOSPITALS)
# As large as a public file may be; NPPES has some 10,000.
PUBLIC_MB = 40_000
# Of smaller files parsing each row takes no time, and a spreadsheet may have written them in any way.
_LEAST_BYTES = 2**20
_LONGEST_HEADER = 2**17


@dataclass
class OpenedTable:
    """A table, and how it is read where it is of a public file.

    Of a file that stands `beside` another one the rows are among that one's, numbered from `above` on.
    """

    table: Table
    reading: Reading | None = None
    beside: bool = False
    above: int = 0


def layout_of(header: list[str]) -> Layout | None:
    """Return the layout whose header this is, None for that of any other file."""
    return next((layout for layout in LAYOUTS if fits(layout, header)), None)


class Opened:
    """Files as tables. `public` says whether layouts are looked for."""

    def __init__(self, engine: Engine, paths: Sequence[Path], limits: Limits, *, public: bool) -> None:
        self._engine, self._paths, self._limits, self._public = engine, paths, limits, public

    @cached_property
    def _codes(self) -> frozenset[str]:
        """The specialties that the catalogue knows."""
        return frozenset(self._catalogue.specialties)

    @cached_property
    def _known(self) -> Known:
        # To make a vocabulary takes as long as to read a small file, and few files are public ones.
        return _known_of(Vocabulary(self._catalogue), self._codes)

    @cached_property
    def _catalogue(self) -> Catalogue:
        with self._engine.connect() as connection:
            return Catalogue.read(connection)

    def files(self) -> Iterator[list[OpenedTable]]:
        """Yield the tables of each file. Raises FileRefused as `tables` does, and layout_alone."""
        opened = [(path, [self._taken(one) for one in self._tables(path)]) for path in self._paths]
        mains = {one.reading.layout: one for _path, found in opened for one in found if one.reading}
        for path, found in opened:
            for one in found:
                reading = one.reading
                if reading and reading.layout.beside:
                    main = mains.get(reading.layout.beside)
                    if main is None or main.reading is None:
                        raise FileRefused("layout_alone", name=one.table.label, expected=reading.layout.beside.title)
                    one.beside, one.above = True, main.table.rows_at_most
                    main.table = self._with_places(main.table, main.reading, one, path)
        yield from (found for _path, found in opened)

    def _with_places(self, main: Table, people: Reading, places: OpenedTable, path: Path) -> Table:
        def again() -> tuple[Reading, Iterator[Row]]:
            one = self._taken(self._tables(path)[0])
            assert one.reading is not None  # noqa: S101 - it was one a moment ago
            # What is told of it is told of the reading that was opened first.
            one.reading.aside = places.reading.aside if places.reading else one.reading.aside
            one.reading.aside.clear()
            return one.reading, one.table.rest

        return replace(
            main, rest=people.with_places(main.rest, again, places.above),
            rows_at_most=main.rows_at_most + places.table.rows_at_most,
        )  # fmt: skip

    def _tables(self, path: Path) -> list[Table]:
        larger = self._public and _is_public(path)
        return tables(path, replace(self._limits, file_mb=PUBLIC_MB) if larger else self._limits)

    def _taken(self, table: Table) -> OpenedTable:
        # The header is the first row that holds anything.
        first = next(((number, cells) for number, cells in table.head if any(cells)), None)
        layout = layout_of(first[1]) if first and self._public else None
        if first is None or layout is None:
            return OpenedTable(table)
        reading = Reading(layout, first[1], self._known)
        rows: Iterator[Row] = itertools.chain((row for row in table.head if row[0] > first[0]), table.rest)
        is_large = table.file.size_bytes >= _LEAST_BYTES
        if layout.has_codes and is_large and first[0] == 1 and (skip := _quoted_header(table)):
            reading.sieve = Sieve(table.file.path, self._codes, table.delimiter, table.codec, table.errors, 2, skip)
            rows = iter(reading.sieve)
        return OpenedTable(replace(table, head=[(first[0], reading.header)], rest=reading.rows(rows)), reading)


def _is_public(path: Path) -> bool:
    """Return whether a file begins with the header of a public one, which may be larger than others."""
    if not path.is_file():
        return False  # a pipe would be waited for
    with suppress(OSError, UnicodeError, csv.Error), path.open("rb") as file:
        return layout_of(next(csv.reader([file.readline(_LONGEST_HEADER).decode("utf-8-sig")]), [])) is not None
    return False


def _quoted_header(table: Table) -> int:
    """Return how many bytes the header has, 0 where rows of this table cannot be told apart by their line breaks."""
    if table.codec not in ("utf-8-sig", "cp1252"):
        return 0
    with table.file.path.open("rb") as file:
        line = file.readline(_LONGEST_HEADER)
    is_quoted = line.count(b'"') == 2 * (line.count(f'"{table.delimiter}"'.encode()) + 1)
    return len(line) if line.endswith(b"\n") and is_quoted else 0


def _known_of(vocabulary: Vocabulary, codes: Collection[str]) -> Known:
    """Return what reads a cell of specialties: the codes of it that the catalogue knows."""

    @cache
    def known(cell: str) -> list[str]:
        try:
            return [code for code in vocabulary.specialty_codes(cell) if code in codes]
        except CellError:
            return []

    return known
