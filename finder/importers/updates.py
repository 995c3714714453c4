"""Lay an update-only file over the version in force: change and add rows, remove those marked so, keep the rest.

The outcome is read like a whole file, so that every row is checked in the same way. An empty cell changes nothing;
the word `clear` empties what was there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from finder.db.base import Stated
from finder.errors import FileRefused
from finder.importers.cells import CellError, Mended, clean, stated
from finder.importers.exports import section_rows
from finder.importers.headers import Fit
from finder.importers.keys import organization_key
from finder.importers.records import PERSON_FACTS
from finder.importers.report import Problem, usual_outcome
from finder.importers.rows import Row, Swallowed
from finder.importers.templates import Section
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


def overlaid(fit: Fit, old_id: int, engine: Engine, vocabulary: Vocabulary, tell: Callable[[Problem], None]) -> Fit:
    """Return a table of the old version's rows with the file's laid over them.

    Rows that the file does not speak of are numbered 0. Raises FileRefused (update_too_large) beyond 100,000 rows.
    """
    changes, people, odd = _read(fit, vocabulary)
    names = [column.name for column in fit.section.understood]

    def rows() -> Iterator[Row]:
        with engine.connect() as connection:
            for cells in section_rows(connection, old_id, fit.section):
                texts = dict(zip([column.name for column in fit.section.columns], cells, strict=True))
                person = people.get(_person(texts), {}) if fit.section.name == "practitioners" else {}
                change = changes.get(_key(fit.section, texts, vocabulary))
                if change is not None:
                    change.used = True
                    if _removes(change):
                        continue
                told = {**texts, **person, **(change.texts if change else {})}
                row = change.row if change else 0
                yield row, ["" if told.get(name, "") == CLEAR else told.get(name, "") for name in names]
        for change in changes.values():
            if not change.used and _removes(change):
                value = " ".join(change.texts.get(name, "") for name in fit.section.key).strip()
                outcome = usual_outcome("remove_unknown")
                tell(Problem(fit.section.name, change.row, "remove", value, "remove_unknown", {}, outcome))
            elif not change.used:
                yield change.row, [change.texts.get(name, "") for name in names]
        yield from odd

    table = replace(fit.table, head=[], rest=rows())
    return replace(fit, table=table, header=names, columns=list(fit.section.understood))


def _read(fit: Fit, vocabulary: Vocabulary) -> tuple[dict[_Key, _Change], dict[str, _Texts], list[Row]]:
    """Return the file's rows by key, what they say of persons, and rows that will be refused for their shape."""
    changes: dict[_Key, _Change] = {}
    people: dict[str, _Texts] = {}
    odd: list[Row] = []
    width = len(fit.header)
    places = [(place, column.name) for place, column in enumerate(fit.columns) if column]
    for number, cells in fit.rows:
        if not any(map(str.strip, cells)):
            continue
        if len(changes) + len(odd) >= _MOST_ROWS:
            raise FileRefused("update_too_large", name=fit.table.label, limit=f"{_MOST_ROWS:,}")
        if isinstance(cells, Swallowed):
            odd.append((number, cells))
            continue
        if any(cell.strip() for cell in cells[width:]):
            # As many cells too many as the file had, for the sake of what is told of it.
            names = len(fit.section.understood)
            odd.append((number, cells[:width] + [""] * max(0, names - width) + cells[width:]))
            continue
        texts: _Texts = {}
        for place, name in places:
            text = clean(cells[place]) if place < len(cells) else ""
            if text:
                texts[name] = f"{texts[name]}; {text}" if name in texts else text
        key = _key(fit.section, texts, vocabulary)
        if key in changes:
            # Told of as a second row with the same key.
            odd.append((number, [texts.get(column.name, "") for column in fit.section.understood]))
            continue
        if "full_name" in texts:
            texts |= {"given_name": CLEAR, "middle_name": CLEAR, "family_name": CLEAR}
        changes[key] = _Change(number, texts)
        if fit.section.name == "practitioners":
            # What is said of a person holds at all their places.
            said = {name: text for name, text in texts.items() if name in PERSON_FACTS or name == "full_name"}
            people.setdefault(_person(texts), {}).update(said)
    return changes, people, odd


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


def _column(section: Section, name: str) -> Callable[[str], Mended]:
    read = next(column.read for column in section.columns if column.name == name)
    if isinstance(read, str):
        raise TypeError(name)
    return read
