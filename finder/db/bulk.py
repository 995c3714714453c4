"""Load many rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from json import dumps
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import JSON, Column, Connection, Date, Enum, Table


def bulk_insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], **constants: Any) -> None:
    """Insert many rows, given as values by column (others are passed over), with some columns the same in all.

    SQLAlchemy turns values into what the driver takes row by row; here that is done column by column, since most of
    them say the same few things all the way down.
    """
    given = [column for column in table.columns if column.name in rows[0] and column.name not in constants]
    columns = [_storable(column, list(map(itemgetter(column.name), rows))) for column in given]
    names = [*constants, *(column.name for column in given)]
    records = zip(*map(repeat, constants.values()), *columns, strict=False)
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    listed, marks = ", ".join(f'"{name}"' for name in names), ", ".join(mark for _name in names)
    connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({listed}) VALUES ({marks})', list(records))  # noqa: S608


def _storable(column: Column[Any], values: list[Any]) -> list[Any]:
    """Return a column's values as both drivers take them: words of enumerations, dates as ISO, lists as JSON."""
    kind = column.type
    if isinstance(kind, Enum) and kind.enum_class:
        return list(map(attrgetter("value"), values))
    if isinstance(kind, Date):
        return [None if value is None else value.isoformat() for value in values]
    if isinstance(kind, JSON):
        # The same list of words again and again, in many rows the very same object.
        texts: dict[int, str] = {}
        return [texts.get(id(value)) or texts.setdefault(id(value), dumps(value)) for value in values]
    return values
