"""Find people and places by name: a typed text to numbers of the snapshot, through the table of words of names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, TextClause, and_, bindparam, select, text

from finder.db.names import TOKEN_LENGTH, NameKind, NameToken
from finder.search.filters import Unit
from finder.search.index import Index
from finder.search.name_spelling import SHORTEST, begins_nearly, head, slips_in_head
from finder.search.name_table import names_are_whole
from finder.search.name_words import joined, readings

MOST_ROWS = 5000
# How far off a name may be: not at all, one slip in a word, or one in a word's last letter too. The last letters may be
# slips of many words, so they come last.
EXACT, CLOSE, LOOSE = range(3)
# Of words with a slip so many are looked up; the list of a single typed word is far shorter in all but odd cases.
_MOST_NEAR = 500
# Stored words hold letters and digits only, and so none that is higher than this.
_HIGHEST = "\U0010ffff"

Ids = NDArray[np.int64]
_NOBODY: Ids = np.empty(0, np.int64)


@dataclass(frozen=True)
class NamesFound:
    """Whom a typed name means: ascending `numbers` in the snapshot, of roles or of places as was asked.

    `exact` is False where only names with a slip of one letter were found. `matched` says whose names were found: a
    person's also where places were asked for, which are then those where they work, and the other way round. Where
    there are more than MOST_ROWS, `too_many` is True and there are no numbers. `whole` is False where the names of a
    dataset in force are not all prepared (until it is next published), so that some are missing.
    """

    numbers: NDArray[np.int32]
    exact: bool = True
    matched: NameKind | None = None
    too_many: bool = False
    whole: bool = True


def rows_named(connection: Connection, index: Index, text: str, unit: Unit) -> NamesFound:
    """Return the roles (unit people) or places of the index's snapshot whose name has all words of a text.

    Words may be the beginnings of words, in any order; case, accents, apostrophes, hyphens, titles and degrees do not
    matter. Where nobody is found so, words of five letters and more may have a slip of one letter. Names of the unit
    are tried first, then those of the other. A text without any letter or digit finds nobody. Never raises for a text.
    """
    datasets = [source.dataset_id for source in index.snapshot.sources]
    whole = _are_whole(connection, index, datasets)
    words = _Words(connection, datasets)
    kinds = (NameKind.PERSON, NameKind.PLACE) if unit == "people" else (NameKind.PLACE, NameKind.PERSON)
    for most in (EXACT, CLOSE, LOOSE):
        for kind in kinds:
            for reading in readings(text, kind):
                numbers = _numbers(index, kind, unit, words.named(kind, reading, most))
                if len(numbers):
                    too_many = len(numbers) > MOST_ROWS
                    return NamesFound(numbers[:0] if too_many else numbers, most == EXACT, kind, too_many, whole)
    return NamesFound(np.empty(0, np.int32), whole=whole)


def ids_named(connection: Connection, datasets: Sequence[int], text: str, kind: NameKind) -> Ids:
    """Return the ids of the roles (kind PERSON) or places of datasets whose name has all words of a text, ascending.

    As with `rows_named`, whether or not a snapshot shows them.
    """
    words = _Words(connection, datasets)
    for most in (EXACT, CLOSE, LOOSE):
        for reading in readings(text, kind):
            if len(found := words.named(kind, reading, most)):
                return np.unique(found)
    return _NOBODY


# The indexes whose names are known to be all prepared; gone with them.
_whole: WeakSet[Index] = WeakSet()


def _are_whole(connection: Connection, index: Index, datasets: Sequence[int]) -> bool:
    if index not in _whole and names_are_whole(connection, datasets):
        _whole.add(index)
    return index in _whole


def _numbers(index: Index, kind: NameKind, unit: Unit, ids: Ids) -> NDArray[np.int32]:
    """Return the numbers of row ids: roles as the places where they are, and places as the roles there, if asked."""
    numbers = index.rows.numbers("people" if kind is NameKind.PERSON else "places", ids)
    if not len(numbers):
        return numbers
    if kind is NameKind.PERSON and unit == "places":
        return index.rows.places_of(numbers)
    return index.rows.roles_at(numbers) if kind is NameKind.PLACE and unit == "people" else numbers


@dataclass
class _Words:
    """Looks up words in the table, each once."""

    connection: Connection
    datasets: Sequence[int]
    _ids: dict[tuple[NameKind, str, int], Ids] = field(default_factory=dict)

    def named(self, kind: NameKind, words: tuple[str, ...], most: int) -> Ids:
        """Return the ids of rows that have all words, at most so far off."""
        if most and not any(len(word) >= SHORTEST for word in words):
            return _NOBODY
        # To join words and to forgive slips in what comes of it would make Johnson of "john do".
        ways = [words] if most else joined(words)
        return np.concatenate([self._with_all(kind, one, most) for one in ways])

    def _with_all(self, kind: NameKind, words: tuple[str, ...], most: int) -> Ids:
        found: list[Ids] = []
        # The longest first: few have it, and where nobody has it no other is looked up.
        for word in sorted({word[:TOKEN_LENGTH] for word in words}, key=len, reverse=True):
            found.append(self._ids_of(kind, word, most))
            if not len(found[-1]):
                return _NOBODY
        rarest, *others = sorted(found, key=len)
        for other in others:
            rarest = rarest[np.isin(rarest, other)]
        return rarest

    def _ids_of(self, kind: NameKind, word: str, most: int) -> Ids:
        most = most if len(word) >= SHORTEST else EXACT
        key = kind, word, most
        if key not in self._ids:
            if most == EXACT:
                self._ids[key] = self._read(kind, _begins(word))
            elif most == CLOSE:
                self._ids[key] = np.concatenate((self._ids_of(kind, word, EXACT), self._with_slip(kind, word)))
            else:
                # The last letter is a slip.
                last = self._read(kind, _begins(word[:-1]))
                self._ids[key] = np.concatenate((self._ids_of(kind, word, CLOSE), last))
        return self._ids[key]

    def _with_slip(self, kind: NameKind, word: str) -> Ids:
        # Each for itself: told to look for one or another, SQLite reads all words.
        meant = [self._read(kind, _begins(slip)) for slip in self._in_use(kind, slips_in_head(word))]
        alike = select(NameToken.token).where(self._here(kind), _begins(head(word))).distinct()
        near = [token for token in self.connection.scalars(alike) if begins_nearly(token, word)]
        return np.concatenate((*meant, self._read(kind, NameToken.token.in_(near[:_MOST_NEAR]))))

    def _in_use(self, kind: NameKind, starts: list[str]) -> list[str]:
        """Return those with which any stored word begins."""
        if not starts:
            return []
        bounds = {f"{name}_{n}": start + end for n, start in enumerate(starts) for name, end in _BOUNDS}
        found = self.connection.execute(
            _words_in_ranges(len(starts)), {"datasets": self.datasets, "kind": kind.value, **bounds}
        )
        return sorted({row.low for row in found if row.first is not None})

    def _here(self, kind: NameKind) -> ColumnElement[bool]:
        return and_(NameToken.dataset_id.in_(self.datasets), NameToken.kind == kind)

    def _read(self, kind: NameKind, condition: ColumnElement[bool]) -> Ids:
        query = select(NameToken.rows).where(self._here(kind), condition)
        return np.frombuffer(b"".join(self.connection.scalars(query)), "<i8")


_BOUNDS = (("low", ""), ("high", _HIGHEST))


def _begins(start: str) -> ColumnElement[bool]:
    # No LIKE: it has signs of its own, and does not always use the index.
    return and_(NameToken.token >= start, NameToken.token < start + _HIGHEST)


@cache
def _words_in_ranges(ranges: int) -> TextClause:
    """Return the query for the first stored word in each of so many ranges.

    Asked for the first one, PostgreSQL goes to the index for each range; asked whether there is one, it compares all
    ranges with all words.
    """
    values = ", ".join(f"(:low_{n}, :high_{n})" for n in range(ranges))
    return text(
        f"WITH wanted (low, high) AS (VALUES {values}) "  # noqa: S608
        "SELECT low, (SELECT min(token) FROM name_token WHERE dataset_id = dataset.id AND kind = :kind "
        "AND token >= low AND token < high) AS first FROM wanted CROSS JOIN dataset WHERE dataset.id IN :datasets"
    ).bindparams(bindparam("datasets", expanding=True))
