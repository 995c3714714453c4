"""Fit a table's header to a section: which column is which, by our names, their synonyms, or a mapping by hand."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from finder.errors import FileRefused
from finder.importers.cells import states
from finder.importers.rows import Row, Table
from finder.importers.templates import SHAPES, Column, Section

# In a mapping: all headers that nobody knows are left out.
OTHERS = "*"
# Beside a corrected file's rows we say what is still to be mended; read again, that is no column of the file's.
OUR_REMARKS = "problems"
_MOST_COLUMNS, _LONGEST_HEADING = 2_000, 100
_PERSON = frozenset(("person_id", "npi", "given_name", "family_name", "full_name"))
_ADDRESS = frozenset(("place_name", "address", "city", "zip_code"))
_JOINED = ("specialty_codes", "languages", "spoken_on_the_phone", states)


@dataclass(frozen=True)
class Fit:
    """A table with its section. `columns` has for each cell of `header` the column it is read as, None for none.

    `unknown` are headers that nobody knows; `left_out` those left out on request.
    """

    table: Table
    section: Section
    header_row: int
    header: list[str]
    columns: list[Column | None]
    unknown: list[str]
    left_out: list[str]

    @property
    def rows(self) -> Iterator[Row]:
        """The rows beneath the header; they can be read once."""
        beneath = (row for row in self.table.head if row[0] > self.header_row)
        return itertools.chain(beneath, self.table.rest)

    def nearest(self, head: str) -> str:
        """Return the column that looks most like an unknown header, "" for none."""
        return nearest_column(self.section, head)


def fit(
    table: Table,
    mapping: Mapping[str, str] | None = None,
    *,
    ignore_unknown: bool = False,
    update_only: bool = False,
    wanted: Collection[str] = tuple(SHAPES),
) -> Fit:
    """Find the header of a table and the section that it belongs to: the one that knows most of its columns.

    `mapping` is column by header ("" leaves it out, `OTHERS` stands for all that are not known). A workbook's sheet
    may say its section by its title. Raises FileRefused for a table without a known column, with a required one
    missing or one meant twice, or one that fits two sections equally well.
    """
    by_hand = {head if head == OTHERS else normal(head): name for head, name in (mapping or {}).items()}
    title = table.sheet.strip().lower()
    candidates = [SHAPES[title]] if title in SHAPES else [SHAPES[name] for name in SHAPES if name in wanted]
    number, header, section, tied = _best(table, candidates, by_hand, update_only=update_only)
    columns = _columns(section, header, by_hand)
    if len(header) > _MOST_COLUMNS:
        raise FileRefused("columns_too_many", name=table.label, columns=f"{len(header):,}", limit=f"{_MOST_COLUMNS:,}")
    there = [column.name for column in columns if column and column.read not in _JOINED]
    if update_only and section.name in ("roster", "locations") + (("practitioners",) if tied else ()):
        _refuse_roster(table, header, by_hand)
    if not any(columns):
        first_row = ", ".join(cell for cell in header if cell.strip())[:120]
        raise FileRefused("file_without_header", name=table.label, first_row=first_row)
    if tied:
        raise FileRefused("section_unclear", name=table.label, sections=[section.name, tied])
    twice = sorted({name for name in there if there.count(name) > 1})
    if twice:
        headings = [_headings(name, header, columns) for name in twice]
        raise FileRefused("column_twice", name=table.label, columns=twice, headings=headings)
    missing = section.missing({column.name for column in columns if column}, update_only=update_only)
    if missing:
        if update_only:
            _refuse_roster(table, header, by_hand)
        raise FileRefused("columns_missing", name=table.label, section=section.name, columns=missing)
    nobody_knows = [
        head.strip() for head, column in zip(header, columns, strict=True)
        if head.strip() and column is None and normal(head) != OUR_REMARKS
    ]  # fmt: skip
    left_out = [
        head for head in nobody_knows
        if ignore_unknown or by_hand.get(normal(head)) == "" or by_hand.get(OTHERS) == ""
    ]  # fmt: skip
    unknown = [head for head in nobody_knows if head not in left_out]
    return Fit(table, section, number, header, columns, unknown, left_out)


@dataclass(frozen=True)
class Head:
    """The header of a table, as far as it is known: for pages on which somebody says what its columns are."""

    row: int
    header: list[str]
    section: Section
    columns: list[Column | None]


def head_of(table: Table, mapping: Mapping[str, str], *, update_only: bool = False) -> Head:
    """Return the row of a table that looks most like a header, and the section that knows most of it.

    Unlike `fit` it refuses no header, however little is known of it. Raises FileRefused for an empty table.
    """
    by_hand = {head if head == OTHERS else normal(head): name for head, name in mapping.items()}
    title = table.sheet.strip().lower()
    candidates = [SHAPES[title]] if title in SHAPES else list(SHAPES.values())
    number, header, section, _tied = _best(table, candidates, by_hand, update_only=update_only)
    return Head(number, header, section, _columns(section, header, by_hand))


def nearest_column(section: Section, head: str) -> str:
    """Return the column of a section that looks most like a header, "" for none."""
    if len(head) > _LONGEST_HEADING:
        return ""
    names, words = _names(section), normal(head).split()
    near = difflib.get_close_matches(normal(head), names, n=1, cutoff=0.75)
    if len(words) > 1:
        # The last word says what it is: a "Clinic Phone" is a phone rather than a clinic.
        alike = [name for name in names if name.split()[-1] == words[-1]]
        near = difflib.get_close_matches(normal(head), alike, n=1, cutoff=0.5) or ([] if alike else near)
    return names[near[0]].name if near else ""


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Raise FileRefused (mapping_column_unknown) where a mapping names a column that no section has."""
    known = {column.name for section in SHAPES.values() for column in section.understood}
    for name in mapping.values():
        if name and name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
            raise FileRefused("mapping_column_unknown", column=name, nearest=near[0] if near else "")


def refuse_headers_missing(mapping: Mapping[str, str], heads: Collection[str], *, sure: bool = True) -> None:
    """Raise FileRefused (mapping_header_missing) where a mapping names a header that is not among `heads`.

    Where it is not sure that these are all, only one that looks like another of them is refused.
    """
    there = {normal(head) for head in heads}
    for head in mapping:
        if head != OTHERS and normal(head) not in there:
            near = nearest_header(head, heads)
            if near or sure:
                raise FileRefused("mapping_header_missing", header=head, nearest=near)


def nearest_header(head: str, heads: Iterable[str]) -> str:
    """Return the header that looks most like another, "" for none."""
    own = {normal(one): one for one in heads if len(one) <= _LONGEST_HEADING}
    near = difflib.get_close_matches(normal(head[:_LONGEST_HEADING]), own, n=1, cutoff=0.7)
    return own[near[0]] if near else ""


def _refuse_roster(table: Table, header: list[str], by_hand: Mapping[str, str]) -> None:
    """Raise FileRefused (update_of_roster) where a header has columns of a person and of the address beside them."""
    there = {column.name for column in _columns(SHAPES["roster"], header, by_hand) if column}
    if there & _PERSON and there & _ADDRESS:
        raise FileRefused("update_of_roster", name=table.label)


def _headings(name: str, header: list[str], columns: list[Column | None]) -> str:
    """Return the headings that all mean one column, as: "Tel" and "Phone number" (phone)."""
    heads = [
        f'"{head.strip()}"' for head, column in zip(header, columns, strict=True) if column and column.name == name
    ]
    return f"{' and '.join(heads)} ({name})"


def _best(
    table: Table, candidates: list[Section], by_hand: Mapping[str, str], *, update_only: bool
) -> tuple[int, list[str], Section, str]:
    """Return the header's row number and cells, its section, and another section that fits as well ("" for none)."""
    found: tuple[tuple[bool, int], int, list[str], Section] | None = None
    tied = ""
    for number, cells in table.head:
        if not any(cell.strip() for cell in cells):
            continue
        for section in candidates:
            known = [column for column in _columns(section, cells, by_hand) if column]
            complete = bool(known) and not section.missing({column.name for column in known}, update_only=update_only)
            # Beneath the first row only a whole header is one: any other row may say "name" or "state" too.
            filled = sum(bool(cell.strip()) for cell in cells)
            if found is not None and number != found[1] and not (complete and 2 * len(known) > filled):
                continue
            rank = (complete, len(known))
            if found is None or rank > found[0]:
                found, tied = (rank, number, cells, section), ""
            elif rank == found[0] and number == found[1] and complete:
                tied = section.name
        if found and found[0][0]:
            break
    if found is None:
        raise FileRefused("file_empty", name=table.label)
    return found[1], found[2], found[3], tied


def _columns(section: Section, header: list[str], by_hand: Mapping[str, str]) -> list[Column | None]:
    names = _names(section)
    own = {column.name: column for column in section.understood}
    heads = [normal(head) for head in header]
    return [own.get(by_hand[head]) if head in by_hand else names.get(head) for head in heads]


def _names(section: Section) -> dict[str, Column]:
    if section.name not in _NAMES:
        names = {normal(name): column for column in section.understood for name in (*column.synonyms, column.name)}
        _NAMES[section.name] = names
    return _NAMES[section.name]


_NAMES: dict[str, dict[str, Column]] = {}


def normal(head: str) -> str:
    """Return a header as it is compared: without case, underscores, dashes and the like."""
    return " ".join(re.sub(r"[_\-\s\ufeff*:]+", " ", head.lower()).split())
