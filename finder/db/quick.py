"""Read many rows at once: by the driver alone, and turned into what our columns hold column by column.

For what must be read in microseconds. SQLAlchemy takes ten times as long to run a statement and to turn its rows,
one by one, into objects. The statement is compiled once, and its values are those that SQLAlchemy gives, except that
lists come as tuples.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, Connection, Date, Dialect, Enum, Float, Integer, Select, String, Text, cast
from sqlalchemy.types import TypeEngine

from finder.db.dialect import fetch_raw, list_parameter

Convert = Callable[[Any], Any]
Converts = tuple[tuple[int, Convert], ...]


class Quick:
    """A statement that selects plain columns, where some are `Among` the lists that its parameters name."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        columns: list[Any] = list(statement.selected_columns)
        self._types = [column.type for column in columns]
        # As text, a list that stands in many rows is only read once.
        plain = [cast(column, Text) if isinstance(column.type, JSON) else column for column in columns]
        self._statement = statement.with_only_columns(*plain, maintain_column_froms=True)
        self._compiled: dict[str, tuple[str, tuple[str, ...] | None]] = {}
        self._from_sqlite, self._from_postgresql = self._converts(_DATES_IN_WORDS), self._converts(_DATES)

    def columns(self, connection: Connection, **lists: Sequence[int] | Sequence[str]) -> list[Sequence[Any]]:
        """Return the columns of the rows found, each a sequence of as many values as there are rows."""
        rows = self.plain_rows(connection, **lists)
        return self._made(rows, self._from_sqlite if connection.dialect.name == "sqlite" else self._from_postgresql)

    def plain_rows(self, connection: Connection, **lists: Sequence[int] | Sequence[str]) -> list[tuple[Any, ...]]:
        """Return the rows found as they are stored, which is what `columns_of` takes once they were written as JSON."""
        dialect = connection.dialect
        text, order = self._compiled.get(dialect.name) or self._compile(dialect)
        given = {name: list_parameter(connection, values) for name, values in lists.items()}
        return fetch_raw(connection, text, given if order is None else [given[name] for name in order])

    def columns_of(self, plain_rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        """Return the columns of rows that were read before and kept as JSON."""
        return self._made(plain_rows, self._from_sqlite)

    def _made(self, rows: Sequence[Sequence[Any]], converts: Converts) -> list[Sequence[Any]]:
        if not rows:
            return [()] * len(self._types)
        found: list[Sequence[Any]] = list(zip(*rows, strict=False))
        for number, convert in converts:
            found[number] = list(map(convert, found[number]))
        return found

    def _converts(self, dates: Convert | None) -> Converts:
        found = [(number, _convert(kind, dates)) for number, kind in enumerate(self._types)]
        return tuple((number, convert) for number, convert in found if convert is not None)

    def _compile(self, dialect: Dialect) -> tuple[str, tuple[str, ...] | None]:
        compiled: Any = self._statement.compile(dialect=dialect)
        order = tuple(compiled.positiontup) if compiled.positional else None
        self._compiled[dialect.name] = compiled.string, order
        return self._compiled[dialect.name]


def _convert(kind: TypeEngine[Any], dates: Convert | None) -> Convert | None:
    """Return what makes our value of the driver's, None where they are the same."""
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return {None: None, **{one.value: one for one in kind.enum_class}}.__getitem__
    if isinstance(kind, JSON):
        return _tuple
    if isinstance(kind, Date):
        return dates
    if isinstance(kind, String | Integer | Float):
        return None
    raise TypeError(f"no quick way to read {kind!r}")


@lru_cache(maxsize=4096)
def _tuple(text: str) -> tuple[Any, ...]:
    return tuple(json.loads(text))


@lru_cache(maxsize=4096)
def _date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


_DATES_IN_WORDS, _DATES = _date, None
