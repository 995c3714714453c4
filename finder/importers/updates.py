"""Lay an update-only file over the version in force: change and add rows, remove those marked so, keep the rest.

The outcome is read like a whole file, so that every row is checked in the same way. An empty cell changes nothing;
the word `clear` empties what was there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine

from finder.db.base import Stated
from finder.db.datasets import Outcome
from finder.errors import FileRefused
from finder.importers.cells import CellError, Mended, clean, person_name, place_name, removal
from finder.importers.checker import Teller, Watch, tell_of_shape
from finder.importers.encodings import ungarbled
from finder.importers.exports import section_rows
from finder.importers.headers import Fit
from finder.importers.keys import organization_key
from finder.importers.persons import MUST_AGREE, alike
from finder.importers.records import NAME_PARTS, PERSON_FACTS
from finder.importers.report import Problem, SectionCount
from finder.importers.rows import Changed, Row
from finder.importers.templates import Column
from finder.importers.vocabulary import Vocabulary

CLEAR = "clear"
_MOST_ROWS = 100_000
_NAMES = (person_name, place_name)

_Texts = dict[str, str]
_Key = tuple[Any, ...]


@dataclass
class _Change:
    """One row of the file: its number, its filled cells by column, and whether none of them refuses it."""

    row: int
    texts: _Texts
    good: bool = True
    used: bool = False


class Update:
    """What an update-only file says, by the keys of the rows that it is about.

    Once all was laid over, `count_into` and `show_rows` tell of the file's own rows, the latter to `watch`.
    """

    def __init__(self, fit: Fit, vocabulary: Vocabulary, tell: Callable[[Problem], None], watch: Watch | None) -> None:
        self._fit, self._pass_on, self._watch = fit, tell, watch
        self._section = fit.section
        self._of_people = fit.section.name == "practitioners"
        self.names = [column.name for column in fit.section.understood]
        self._readers = {column.name: _reader(column, vocabulary) for column in fit.section.understood}
        # Of these the cell's own reader takes any words; what they mean is asked elsewhere.
        self._meanings: dict[str, Callable[[str], Any]] = {
            "condition_or_procedure": vocabulary.treatment,
            "profile": lambda text: vocabulary.profile(text).key,
            "organization": organization_key,
        }
        # Whoever has no id of the list's own has an NPI in its place.
        self._must = {*fit.section.required, *(["person_id"] if self._of_people else [])}
        self._changes: dict[_Key, _Change] = {}
        self._said_of: dict[str, _Change] = {}
        self._known_people: dict[str, _Texts] = {}
        self._came: dict[int, list[str]] = {}
        self._told: defaultdict[int, list[Problem]] = defaultdict(list)
        self._removed = self._repeated = self._refused = self._blank = 0
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
                    self._removed += 1
                    continue
            yield from self._changed(texts, person, change)
        for change in self._changes.values():
            if change.used:
                continue
            if _removes(change):
                value = " ".join(change.texts.get(name, "") for name in self._section.key).strip()
                self._say(change.row, "remove_unknown", "remove", value)
                self._removed += 1
            else:
                known = self._known_people.get(self._person(change.texts), {}) if self._of_people else {}
                yield change.row, self._cells({**known, **change.texts})

    def tell(self, problem: Problem) -> None:
        """Pass a problem on, and remember it for `show_rows`."""
        if self._watch is not None:
            self._told[problem.row_number].append(problem)
        self._pass_on(problem)

    def count_into(self, count: SectionCount) -> None:
        """Add the file's rows that do not stand among the others to the count of those that do."""
        count.read += self._removed + self._repeated + self._refused + self._blank
        count.accepted += self._removed + self._repeated
        count.refused += self._refused
        count.blank += self._blank

    def show_rows(self) -> None:
        """Show the file's rows to `watch` as they came, in their order, each with all that was told of it."""
        if self._watch is not None:
            for number in range(self._fit.header_row + 1, max(self._came, default=0) + 1):
                self._watch(self._came.get(number, []), self._told.get(number, []))

    def _changed(self, old: _Texts, person: _Texts, change: _Change | None) -> Iterator[Row]:
        """Yield an old row as it is now to be; where that is refused, only what is said of the person counts."""
        own, row = {**old, **person}, self._cells(old)
        if own != old:
            row = Changed(self._cells(own))
            row.before = self._cells(old)
        if change is None:
            yield 0, row
            return
        now = self._cells({**own, **change.texts})
        if change.good:
            now = Changed(now)
            now.before = row
        else:
            # What was there stays where it was, and the file's row is there to be refused.
            yield 0, row
        yield change.row, now

    def _cells(self, texts: _Texts) -> list[str]:
        return ["" if texts.get(name, "") == CLEAR else texts.get(name, "") for name in self.names]

    def _said_of_person(self, texts: _Texts) -> _Texts:
        """Return what the file says of an old row's person; note the person for new rows of theirs."""
        found = [self._said_of[known].texts for known in _ids(texts) if known in self._said_of]
        if found:
            own = {name: texts[name] for name in ("person_id", *PERSON_FACTS)}
            for known in _ids(texts):
                self._known_people.setdefault(known, own)
        return {name: text for said in reversed(found) for name, text in said.items()}

    def _change_of(self, texts: _Texts) -> _Change | None:
        found = self._changes.get(self._key(texts))
        if found is None and self._of_people and texts["npi"]:
            # The file may know by the NPI whom the list knows by an id of its own.
            found = self._changes.get(self._key({**texts, "person_id": ""}))
        return found

    def _say(
        self, row: int, code: str, column: str, value: str, outcome: Outcome | None = None, **params: Any
    ) -> None:  # fmt: skip
        told: list[Problem] = []
        Teller(self._section.name, row, told)(code, column, value, outcome=outcome, **params)
        self.tell(told[0])

    def _read(self) -> None:
        """Read the file's rows. Those that are refused for their shape or a second use of a key change nothing."""
        rows = 0
        for number, cells in self._fit.rows:
            if not any(map(str.strip, cells)):
                self._blank += 1
                continue
            rows += 1
            if rows > _MOST_ROWS:
                raise FileRefused("update_too_large", name=self._fit.table.label, limit=f"{_MOST_ROWS:,}")
            if self._watch is not None:
                self._came[number] = cells
            told: list[Problem] = []
            if tell_of_shape(cells, len(self._fit.header), Teller(self._section.name, number, told)):
                # Nobody knows which cells belong to which columns, so nothing is told of them.
                self.tell(told[0])
                self._refused += 1
            else:
                self._take(number, *self._texts(number, cells))

    def _texts(self, number: int, cells: list[str]) -> tuple[_Texts, bool]:
        """Return a row's filled cells by column but for those left out, and whether none is left that refuses it."""
        texts: _Texts = {}
        for column, cell in zip(self._fit.columns, cells, strict=False):
            whole = cell if cell.isascii() else ungarbled(cell)
            text = clean(whole) if column else ""
            if column and text:
                if whole != cell:
                    self._say(number, "letters_mended", column.name, clean(cell), mended=text)
                # Clear is a family's name and a town, which clear is not.
                text = CLEAR if text.lower() == CLEAR and column.read not in _NAMES else text
                texts[column.name] = f"{texts[column.name]}; {text}" if column.name in texts else text
        good = True
        for column in self._section.understood:
            name, vital = column.name, column.required or column.vital
            if name not in texts or (texts[name] == CLEAR and not vital):
                continue
            try:
                value = self._readers[name]("" if texts[name] == CLEAR else texts[name])
            except CellError as wrong:
                good = good and not vital
                if not vital:
                    # What was there stays.
                    self._say(number, wrong.code, name, texts.pop(name), Outcome.LEFT_OUT, **wrong.params)
                continue
            good = good and not (column.required and texts[name] == CLEAR)
            if name == "full_name" and isinstance(value, Mended):
                del texts[name]
                said = dict(zip(NAME_PARTS, value.value, strict=True))
                names = {part: said[part] or CLEAR for part in ("given_name", "middle_name", "family_name")}
                texts |= names | {part: text for part, text in said.items() if text}
        return texts, good

    def _take(self, number: int, texts: _Texts, good: bool) -> None:
        """Keep a row as a change unless an earlier one contradicts it; a `good` one speaks for a person everywhere."""
        key = self._key(texts)
        if any(not part for name, part in zip(self._section.key, key, strict=True) if name in self._must):
            # It is refused for that, and has nothing in common with another such row.
            key = (*key, number)
        first = self._changes.get(key)
        if first is not None:
            self._tell_repeated(number, texts, first)
        elif self._of_people and not self._agrees(number, texts, good):
            self._refused += 1
        else:
            self._changes[key] = _Change(number, texts, good)

    def _tell_repeated(self, number: int, texts: _Texts, first: _Change) -> None:
        """Tell of a row whose key an earlier one had: as the very same row, or as one that is refused."""
        # What a whole file's row would be told by.
        filled = [name for name in self._section.key if texts.get(name)] or list(self._section.key)
        column = "person_id" if self._of_people else filled[-1]
        value = self._person(texts) if self._of_people else texts.get(column, "")
        same = texts == first.texts
        self._say(number, "row_repeated" if same else "key_repeated", column, value, first_row=first.row)
        self._repeated += same
        self._refused += not same

    def _agrees(self, number: int, texts: _Texts, good: bool) -> bool:
        """Note what a row says of a person, which holds at all their places; tell if an earlier one says otherwise."""
        said = self._said_of.setdefault(self._person(texts), _Change(number, {}))
        facts = {name: text for name, text in texts.items() if good and name in PERSON_FACTS}
        for name, text in [(name, text) for name, text in facts.items() if name in said.texts]:
            if not alike(self._meant(name, text), self._meant(name, said.texts[name])):
                is_another = name in MUST_AGREE
                self._say(
                    number, "person_differs", name, text, None if is_another else Outcome.NOTED, first_row=said.row
                )
                if is_another:
                    return False
            # What the first row says of a person counts.
            texts[name] = facts[name] = said.texts[name]
        said.texts |= facts
        return True

    def _person(self, texts: _Texts) -> str:
        return texts.get("person_id") or str(self._meant("npi", texts.get("npi", "")) or "")

    def _key(self, texts: _Texts) -> _Key:
        """Return what tells a row from all others."""
        if self._of_people:
            return self._person(texts), texts.get("location_id", "")
        return tuple(self._meant(name, texts.get(name, "")) for name in self._section.key)

    def _meant(self, name: str, text: str) -> Any:
        """Return what a cell means, however it is written; one that cannot be read stands for itself."""
        try:
            value = self._readers[name](text)
            value = value.value if isinstance(value, Mended) else value
            return self._meanings[name](value) if name in self._meanings else value
        except CellError:
            return text


def overlaid(
    fit: Fit, old_id: int, engine: Engine, vocabulary: Vocabulary, tell: Callable[[Problem], None], watch: Watch | None
) -> tuple[Fit, Update]:
    """Return a table of the old version's rows with the file's laid over them, and what is counted on the way.

    Raises FileRefused (update_too_large) beyond 100,000 rows.
    """
    update = Update(fit, vocabulary, tell, watch)

    def rows() -> Iterator[Row]:
        with engine.connect() as connection:
            yield from update.laid_over(section_rows(connection, old_id, fit.section))

    columns: list[Column | None] = list(fit.section.understood)
    table = replace(fit.table, head=[], rest=rows())
    whole = replace(fit, table=table, header=update.names, columns=columns)
    return whole, update


def _removes(change: _Change) -> bool:
    try:
        return removal(change.texts.get("remove", "")) is Stated.YES
    except CellError:
        return False


def _ids(texts: _Texts) -> list[str]:
    """Return what an old row's person may be known by, the list's own id first."""
    return [known for known in (texts["person_id"], texts["npi"]) if known]


def _reader(column: Column, vocabulary: Vocabulary) -> Callable[[str], Any]:
    return getattr(vocabulary, column.read) if isinstance(column.read, str) else column.read
