"""A public file's layout: a table that says which of its columns is which of ours, and which rows are for us.

The file is told by its header, whatever the order of its columns. Rows come out under our own names of columns with
the numbers they had, so that all else of an import is as with any other file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from finder.importers.headers import normal
from finder.importers.layouts.sieve import Sieve
from finder.importers.rows import Row

# Gives a cell of the row by the name of a field.
Cells = Callable[[str], str]
# Returns the codes of a cell of specialties that the catalogue knows, the leading one first.
Known = Callable[[str], list[str]]


@dataclass(frozen=True)
class Field:
    """A column of the file: our own name for it, and the headers it has had over the years.

    `mend` makes the cell what an import reads. An `inner` field is read by the layout alone.
    """

    name: str
    heads: tuple[str, ...]
    mend: Callable[[str], str] | None = None
    inner: bool = False


@dataclass(frozen=True)
class Layout:
    """A public file. `marks` are headers (any of each) without which it is another file.

    `aside` says why a row is none of ours, "" where it is. `specialties` are fields of which each row must have one
    that the catalogue knows; what it knows of them is their cell, in that order.
    """

    name: str
    title: str
    section: str
    marks: tuple[tuple[str, ...], ...]
    fields: tuple[Field, ...]
    aside: Callable[[Cells], str] = lambda _cells: ""
    specialties: tuple[str, ...] = ()
    # The field that says which of several specialties leads, as NUCC's primary switch.
    leads: Callable[[Cells], int] | None = None
    # Rows that come one after the other and say the same in all our columns are one: (of which fields).
    once_in: tuple[str, ...] = ()
    # Its specialties are NUCC codes, so that rows without a known one need not be parsed.
    has_codes: bool = False
    # Another layout, whose people its rows are of: it comes beside a file of that one.
    beside: Layout | None = None


class Reading:
    """A file of a layout as it is read: `header` is ours, and `aside` counts what was left aside, by why."""

    def __init__(self, layout: Layout, header: list[str], known: Known) -> None:
        self.layout, self._known = layout, known
        there = {normal(head): place for place, head in enumerate(header)}
        self._places: dict[str, int] = {}
        for one in layout.fields:
            place = next((there[normal(head)] for head in one.heads if normal(head) in there), None)
            if place is not None:
                self._places[one.name] = place
        self._shown = [one for one in layout.fields if not one.inner and one.name in self._places]
        self.header = [one.name for one in self._shown] + (["specialties"] if layout.specialties else [])
        self.aside: Counter[str] = Counter()
        self.sieve: Sieve | None = None

    def rows(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Yield the rows that are for us, under our header. An empty row stays one."""
        layout, places = self.layout, self._places
        before: tuple[str, ...] = ()
        said_before: set[tuple[str, ...]] = set()
        for number, cells in rows:
            if not any(cells):
                yield number, []
                continue

            def cell(name: str, cells: list[str] = cells) -> str:
                place = places.get(name)
                return cells[place].strip() if place is not None and place < len(cells) else ""

            why = layout.aside(cell)
            codes = self._codes(cell) if layout.specialties and not why else []
            if layout.specialties and not why and not codes:
                why = "specialty"
            shown = [one.mend(cell(one.name)) if one.mend else cell(one.name) for one in self._shown]
            if layout.once_in and not why:
                who, said = tuple(cell(name) for name in layout.once_in), tuple(shown)
                said_before = said_before if who == before else set()
                why = "repeated" if said in said_before else ""
                said_before.add(said)
                before = who
            if why:
                self.aside[why] += 1
                continue
            yield number, shown + (["; ".join(codes)] if layout.specialties else [])

    def with_places(
        self, people: Iterator[Row], places: Callable[[], tuple[Reading, Iterator[Row]]], above: int
    ) -> Iterator[Row]:
        """Yield the rows of people, and after them one for each more place of theirs, numbered from `above` on.

        `places` opens the file of places anew: it is read once for whom it names, and once for where they are.
        """
        _first, rows = places()
        named = {cells[0] for _number, cells in rows if cells}
        kept: dict[str, list[str]] = {}
        at = self.header.index("npi")
        for number, cells in people:
            if cells and cells[at] in named:
                kept[cells[at]] = cells
            yield number, cells
        reading, rows = places()
        # What the people's file has no column for, such as a second line of an address, has no place here either.
        target = [self.header.index(name) if name in self.header else None for name in reading.header]
        for number, cells in rows:
            person = kept.get(cells[0]) if cells else None
            if person is None:
                reading.aside["stranger"] += bool(cells)
                continue
            there = person.copy()
            for place, cell in zip(target, cells, strict=True):
                if place is not None:
                    there[place] = cell
            yield above + number, there

    def left_aside(self) -> dict[str, int]:
        """Return how many rows were left aside until now, by why."""
        found = Counter(self.aside)
        found["specialty"] += self.sieve.skipped if self.sieve else 0
        return {why: number for why, number in found.items() if number}

    def _codes(self, cell: Cells) -> list[str]:
        names = list(self.layout.specialties)
        first = self.layout.leads(cell) if self.layout.leads else 0
        ordered = [names[first], *names[:first], *names[first + 1 :]]
        return list(dict.fromkeys(code for name in ordered if cell(name) for code in self._known(cell(name))))


def fits(layout: Layout, header: list[str]) -> bool:
    """Return whether a header is that of a layout."""
    there = {normal(head) for head in header}
    return all(any(normal(head) in there for head in mark) for mark in layout.marks)


ASIDE: Mapping[str, str] = {
    "organization": "organizations",
    "deactivated": "numbers that are used no more",
    "abroad": "addresses outside the United States",
    "specialty": "rows without a specialty that the catalogue knows",
    "stranger": "places of people who are not kept",
    "repeated": "rows that say what the row before says",
}
