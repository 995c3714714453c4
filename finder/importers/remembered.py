"""What is known of a source besides its versions: its name, and how the columns of its files are read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine, Insert, insert, select, update

from finder.db.datasets import Source
from finder.db.dialect import writing
from finder.errors import FileRefused
from finder.importers.headers import check_mapping, nearest_header, normal

DEMO = "demo"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def check_name(name: str, *, is_demo: bool = False) -> None:
    """Raise FileRefused where a name cannot be a source's: of other characters, or the demo's own."""
    if not _NAME.fullmatch(name):
        raise FileRefused("source_name_malformed", value=name)
    if name == DEMO and not is_demo:
        raise FileRefused("source_name_reserved", value=name)


def source_of(connection: Connection, name: str, *, is_demo: bool = False) -> int:
    """Return the row number of a source, which is made where there is none of the name."""
    source_id = connection.scalar(select(Source.id).where(Source.name == name))
    if source_id is None:
        now = dt.datetime.now(dt.UTC)
        values = {"name": name, "is_demo": is_demo, "created_at": now, "priority": 0 if is_demo else 10}
        source_id = inserted(connection, insert(Source).values(**values))
    return source_id


def remembered_mapping(connection: Connection, source_name: str) -> dict[str, str]:
    """Return the mapping by hand that a source remembers: column by header."""
    return dict(connection.scalar(select(Source.header_mapping).where(Source.name == source_name)) or {})


def remember_mapping(engine: Engine, source_name: str, more: Mapping[str, str], forget: Sequence[str] = ()) -> dict[str, str]:  # fmt: skip
    """Add to the mapping of a source (made where there is none), drop headers from it; return it whole.

    Raises FileRefused where a column is none of ours, a header to be dropped is not there, or the name cannot be a
    source's.
    """
    check_name(source_name)
    check_mapping(more)
    with writing(engine) as connection:
        source_id = source_of(connection, source_name)
        # The same header in other letters is the same header.
        before = remembered_mapping(connection, source_name)
        for head in forget:
            if normal(head) not in {normal(one) for one in before}:
                near = nearest_header(head, before)
                raise FileRefused("mapping_header_unmapped", source=source_name, header=head, nearest=near)
        gone = {normal(head) for head in (*more, *forget)}
        kept = {head: name for head, name in before.items() if normal(head) not in gone}
        mapping = kept | dict(more)
        connection.execute(update(Source).where(Source.id == source_id).values(header_mapping=mapping))
    return mapping


def inserted(connection: Connection, statement: Insert) -> int:
    """Insert a row and return its number."""
    key = connection.execute(statement).inserted_primary_key
    return int(key[0]) if key else 0
