"""Lay an update-only file over the version in force: change and add rows, remove those marked so, keep the rest.

The outcome is read like a whole file, so that every row is checked in the same way. An empty cell changes nothing;
the word `clear` empties what was there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine

from finder.db.base import Stated
from finder.db.datasets import Outcome
from finder.errors import FileRefused
from finder.importers.cells import CellError, Mended, clean, stated
from finder.importers.exports import section_rows
from finder.importers.headers import Fit
from finder.importers.keys import organization_key
from finder.importers.records import NAME_PARTS, PERSON_FACTS
from finder.importers.report import Problem, usual_outcome
from finder.importers.rows import Changed, Row, Swallowed
from finder.importers.templates import Column, Section
from finder.importers.vocabulary import Vocabulary

CLEAR = "clear"
_MOST_ROWS = 100_000

_Texts = dict[str, str]
_Key = tuple[str, ...]


@dataclass
class _Change:
    """One row of the file: its number and its filled cells by column."""

    row: int
    texts: _Texts
    used: bool = False


class Update:
    """What an update-only file says, by the keys of the rows that it is about.

    Once all was laid over, `removed` and `refused` count the file's rows that no longer stand among the others.
    """

    def __init__(self, fit: Fit, vocabulary: Vocabulary, tell: Callable[[Problem], None]) -> None:
        self._fit, self._vocabulary, self._tell = fit, vocabulary, tell
        self._section = fit.section
        self._of_people = fit.section.name == "practitioners"
        self.names = [column.name for column in fit.section.understood]
        self._changes: dict[_Key, _Change] = {}
        self._said_of: dict[str, _Texts] = {}
        self._known_people: dict[str, _Texts] = {}
        self._odd: list[Row] = []
        self.removed = self.refused = 0
        self._read()

    def laid_over(self, old: Iterable[Sequence[str]]) -> Iterator[Row]:
        """Yield the old rows as they are now to be, then the new ones. Rows that nothing is said of are numbered 0."""
        columns = [column.name for column in self._section.columns]
        for cells in old:
            texts = dict(zip(columns, cells, strict=True))
            person = self._said_of_person(texts) if self._of_people else {}
            change = self._change_of(texts)
            if change is not None:
                change.used = True
                if _removes(change):
                    self.removed += 1
                    continue
            now = {**texts, **person, **(change.texts if change else {})}
            row = Changed(self._cells(now))
            row.before = self._cells(texts)
            yield (change.row if change else 0), row
        for change in self._changes.values():
            if change.used:
                continue
            if _removes(change):
                value = " ".join(change.texts.get(name, "") for name in self._section.key).strip()
                self._say("remove_unknown", change.row, "remove", value)
                self.removed += 1
            else:
                yield change.row, self._cells({**self._known_people.get(_person(change.texts), {}), **change.texts})
        yield from self._odd

    def _cells(self, texts: _Texts) -> list[str]:
        return ["" if texts.get(name, "") == CLEAR else texts.get(name, "") for name in self.names]

    def _said_of_person(self, texts: _Texts) -> _Texts:
        """Return what the file says of an old row's person; note the person for new rows of theirs."""
        person, npi = texts.get("person_id", ""), texts.get("npi", "")
        said = {**self._said_of.get(npi, {}), **self._said_of.get(person or npi, {})}
        if said or person in self._said_of or npi in self._said_of:
            own = {name: texts[name] for name in ("person_id", *PERSON_FACTS)}
            for known in filter(None, (person, npi)):
                self._known_people.setdefault(known, own)
        return said

    def _change_of(self, texts: _Texts) -> _Change | None:
        found = self._changes.get(_key(self._section, texts, self._vocabulary))
        if found is None and self._of_people and texts.get("npi"):
            # The file may know by the NPI whom the list knows by an id of its own.
            by_npi = {**texts, "person_id": ""}
            found = self._changes.get(_key(self._section, by_npi, self._vocabulary))
        return found

    def _say(self, code: str, row: int, column: str, value: str, outcome: Outcome | None = None, **params: Any) -> None:
        self._tell(Problem(self._section.name, row, column, value, code, params, outcome or usual_outcome(code)))

    def _read(self) -> None:
        """Read the file's rows; those that will be refused for their shape or a second use of a key are kept aside."""
        fit, width = self._fit, len(self._fit.header)
        readers = {column.name: _reader(column, self._vocabulary) for column in fit.section.understood}
        vital = {column.name for column in fit.section.understood if column.required or column.vital}
        for number, cells in fit.rows:
            if not any(map(str.strip, cells)):
                continue
            if len(self._changes) + len(self._odd) >= _MOST_ROWS:
                raise FileRefused("update_too_large", name=fit.table.label, limit=f"{_MOST_ROWS:,}")
            if isinstance(cells, Swallowed):
                self._odd.append((number, cells))
                continue
            if any(cell.strip() for cell in cells[width:]):
                # As many cells too many as the file had, for the sake of what is told of it.
                self._odd.append((number, cells[:width] + [""] * max(0, len(self.names) - width) + cells[width:]))
                continue
            texts: _Texts = {}
            for place, column in enumerate(fit.columns):
                text = clean(cells[place]) if column and place < len(cells) else ""
                if column and text:
                    texts[column.name] = f"{texts[column.name]}; {text}" if column.name in texts else text
            for name in [name for name in self.names if texts.get(name, CLEAR) != CLEAR and name not in vital]:
                try:
                    value = readers[name](texts[name])
                except CellError as wrong:
                    # What was there stays.
                    self._say(wrong.code, number, name, texts.pop(name), Outcome.LEFT_OUT, **wrong.params)
                    continue
                if name == "full_name" and isinstance(value, Mended):
                    del texts[name]
                    said = dict(zip(NAME_PARTS, value.value, strict=True))
                    names = {part: said[part] or CLEAR for part in ("given_name", "middle_name", "family_name")}
                    texts |= names | {part: text for part, text in said.items() if text}
            self._take(number, texts)

    def _take(self, number: int, texts: _Texts) -> None:
        key = _key(self._section, texts, self._vocabulary)
        if key in self._changes:
            first = self._changes[key].row
            self._say("key_repeated", number, self._section.key[0], key[0], Outcome.REFUSED, first_row=first)
            self.refused += 1
            return
        self._changes[key] = _Change(number, texts)
        if self._of_people:
            # What is said of a person holds at all their places.
            said = {name: text for name, text in texts.items() if name in PERSON_FACTS}
            self._said_of.setdefault(_person(texts), {}).update(said)


def overlaid(
    fit: Fit, old_id: int, engine: Engine, vocabulary: Vocabulary, tell: Callable[[Problem], None]
) -> tuple[Fit, Update]:
    """Return a table of the old version's rows with the file's laid over them, and what is counted on the way.

    Raises FileRefused (update_too_large) beyond 100,000 rows.
    """
    update = Update(fit, vocabulary, tell)

    def rows() -> Iterator[Row]:
        with engine.connect() as connection:
            yield from update.laid_over(section_rows(connection, old_id, fit.section))

    columns: list[Column | None] = list(fit.section.understood)
    table = replace(fit.table, head=[], rest=rows())
    whole = replace(fit, table=table, header=update.names, columns=columns)
    return whole, update


def _removes(change: _Change) -> bool:
    try:
        return stated(change.texts.get("remove", "")) is Stated.YES
    except CellError:
        return False


def _person(texts: _Texts) -> str:
    return texts.get("person_id") or texts.get("npi", "").removesuffix(".0")


def _key(section: Section, texts: _Texts, vocabulary: Vocabulary) -> _Key:
    """Return what tells a row from all others; a cell that cannot be read stands for itself."""
    readers: dict[str, Callable[[str], str]] = {
        "condition_or_procedure": lambda text: vocabulary.treatment(text)[1],
        "profile": lambda text: vocabulary.profile(text).key,
        "organization": organization_key,
        "service": lambda text: str(_column(section, "service")(text).value),
    }
    key = []
    for name in section.key:
        text = _person(texts) if name == "person_id" and section.name == "practitioners" else texts.get(name, "")
        try:
            key.append(readers[name](text) if text and name in readers else text)
        except CellError:
            key.append(text)
    return tuple(key)


def _column(section: Section, name: str) -> Callable[[str], Any]:
    read = next(column.read for column in section.columns if column.name == name)
    if isinstance(read, str):
        raise TypeError(name)
    return read


def _reader(column: Column, vocabulary: Vocabulary) -> Callable[[str], Any]:
    return getattr(vocabulary, column.read) if isinstance(column.read, str) else column.read
