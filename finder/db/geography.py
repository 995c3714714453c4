"""The tables in which PostGIS searches. They are no models: SQLite has none of them, and all in them is derived.

`search_place` and `search_role` stay empty: each edition's rows lie in tables of their own that are made like them, so
that workers of two editions never mix and a former one's are dropped at once. `search_edition` holds of each such set
of rows, by its name, what of a snapshot does not grow with the directory.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

PLACE_COLUMNS = {
    "number": "int4", "row_id": "int8", "ticket": "int8", "kind": "int2", "emergency": "bool", "facts": "int4",
    "organization": "int4", "phone": "int4", "listed_from": "int4", "listed_until": "int4", "latitude": "float8",
    "longitude": "float8",
}  # fmt: skip
# With what a place says for everyone there, so that one index walk meets all that a question may ask.
ROLE_COLUMNS = {
    "number": "int4", "row_id": "int8", "place": "int4", "person": "int4", "ticket": "int8", "class": "int4",
    "facts": "int2", "languages": "int4", "telehealth": "int4", "place_facts": "int4", "place_organization": "int4",
    "place_phone": "int4", "listed_from": "int4", "listed_until": "int4", "latitude": "float8", "longitude": "float8",
}  # fmt: skip
SEARCH_TABLES = {"search_place": PLACE_COLUMNS, "search_role": ROLE_COLUMNS}
_GEOGRAPHY = (
    "geog geography(Point, 4326) GENERATED ALWAYS AS "
    "(ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)::geography) STORED"
)


def has_postgis(connection: Connection) -> bool:
    """Return whether the database has PostGIS."""
    if connection.dialect.name != "postgresql":
        return False
    return connection.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")) is not None


def get_postgis(connection: Connection) -> bool:
    """Return whether the database has PostGIS now: where the server has it and we may, it is added."""
    if has_postgis(connection):
        return True
    if connection.dialect.name != "postgresql":
        return False
    if connection.scalar(text("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'")) is None:
        return False
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
    except DBAPIError:
        # Only an administrator of the database may, as a rule; or another process was first.
        return has_postgis(connection)
    return True


def make_search_tables(connection: Connection) -> None:
    """Make the tables where they are not there yet. Needs PostGIS."""
    for name, columns in SEARCH_TABLES.items():
        listed = ", ".join(f'"{column}" {kind} NOT NULL' for column, kind in columns.items())
        connection.execute(text(f"CREATE TABLE IF NOT EXISTS {name} ({listed}, {_GEOGRAPHY})"))
        connection.execute(text(f"CREATE INDEX IF NOT EXISTS ix_{name}_geog ON {name} USING gist (geog)"))
    connection.execute(
        text("CREATE TABLE IF NOT EXISTS search_edition (name varchar(40) PRIMARY KEY, snapshot bytea NOT NULL)")
    )


def search_tables_of(connection: Connection) -> set[str]:
    """Return the names of the sets of rows that are there."""
    if connection.dialect.name != "postgresql":
        return set()
    found = connection.scalars(
        text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^search_role_[0-9]'")
    )
    return {str(name).removeprefix("search_role_") for name in found}


def drop_search_tables(connection: Connection, names: Iterable[str]) -> None:
    """Drop sets of rows."""
    for name in names:
        for table in SEARCH_TABLES:
            connection.execute(text(f"DROP TABLE IF EXISTS {table}_{name}"))
        connection.execute(text("DELETE FROM search_edition WHERE name = :name"), {"name": name})
