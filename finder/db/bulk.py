"""Load many rows at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice, repeat
from json import dumps
from operator import attrgetter
from typing import Any

from sqlalchemy import JSON, Column, Connection, Date, Enum, Table

from finder.db.dialect import copying

_SQLITE_VALUES = 999


def bulk_insert(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], **constants: Any
) -> None:
    """Insert many rows, each the values of `columns` in order, with some columns the same in all.

    SQLAlchemy turns values into what the driver takes row by row; here that is done column by column, since most of
    them say the same few things all the way down.
    """
    given = [table.columns[name] for name in columns]
    stored = [_storable(column, values) for column, values in zip(given, zip(*rows, strict=True), strict=True)]
    names = [*constants, *(column.name for column in given)]
    if connection.dialect.name == "postgresql":
        _copy(connection, table, names, zip(*map(repeat, constants.values()), *stored, strict=False))
        return
    values = chain.from_iterable(zip(*map(repeat, constants.values()), *stored, strict=False))
    listed, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" for _name in names)
    at_once = _rows_a_statement(len(names))
    whole, rest = divmod(len(rows), at_once)
    for statements, height in ((whole, at_once), (1, rest)):
        if statements and height:
            # The same iterator again and again: each tuple takes the values of as many rows as a statement brings.
            of_a_statement = zip(*[values] * (height * len(names)), strict=False)
            connection.exec_driver_sql(
                f'INSERT INTO "{table.name}" ({listed}) VALUES {", ".join([f"({marks})"] * height)}',  # noqa: S608
                list(islice(of_a_statement, statements)),
            )


def _copy(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    listed = ", ".join(f'"{name}"' for name in names)
    with copying(connection, f'COPY "{table.name}" ({listed}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def _storable(column: Column[Any], values: tuple[Any, ...]) -> Sequence[Any]:
    """Return a column's values as both drivers take them: words of enumerations, dates as ISO, lists as JSON."""
    kind = column.type
    if isinstance(kind, Enum) and kind.enum_class:
        # Said so, `value` takes ten times as long.
        return list(map(attrgetter("_value_"), values))
    if isinstance(kind, Date):
        texts = {value: None if value is None else value.isoformat() for value in set(values)}
        return list(map(texts.__getitem__, values))
    if isinstance(kind, JSON):
        # The same list of words again and again, in many rows the very same object.
        jsons: dict[int, str] = {}
        return [jsons.get(id(value)) or jsons.setdefault(id(value), dumps(value)) for value in values]
    return values


def _rows_a_statement(columns: int) -> int:
    """Return how many rows of so many columns one INSERT into SQLite should bring where there are many.

    It makes the lists of its CHECK constraints anew for each statement, which takes longer than the row does; 999
    values are what every release of it takes.
    """
    return max(1, _SQLITE_VALUES // columns)
