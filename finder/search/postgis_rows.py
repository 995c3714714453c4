"""Write an edition's rows where PostGIS can search them, and read back what a worker needs of its snapshot.

The rows are those of the snapshot, column for column, and not those of the sources: what staff changed, places that are
one and people of several sources are settled there, by the same code for every engine, and PostGIS need not know these
rules. Each snapshot's rows lie in tables of their own, named in it; so workers of two editions never mix, and dropping
old rows takes no time. COPY takes them in binary, laid out by numpy: a million roles a few seconds.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, select, text

from finder.db import edition
from finder.db.copying import copy_arrays
from finder.db.geography import (
    PLACE_COLUMNS,
    ROLE_COLUMNS,
    SEARCH_TABLES,
    drop_search_tables,
    get_postgis,
    make_search_tables,
    search_tables_of,
)
from finder.errors import SettingError, StorageFailed
from finder.logs import log
from finder.search.columns import ALWAYS
from finder.search.snapshot import LAYOUT, Snapshot

Choice = Literal["auto", "index", "postgis"]
# From so many roles on PostGIS searches by itself: an index of them takes a worker more than half a gigabyte.
MANY_ROLES = 8_000_000
# A worker that has not yet loaded the next edition may still read a former one's rows.
_KEPT = dt.timedelta(hours=1)
_AT_ONCE = 100_000
_CARRIED = ("role_said", "place_said", "place_services")
_INDEXES = {
    "search_place": ("number", "row_id", "organization"),
    "search_role": ("number", "row_id", "place", "person", "class", "place_organization"),
}  # fmt: skip
Columns = Mapping[str, NDArray[Any]]


def choice_of(engine: Engine) -> Choice:
    """Return which engine is to search a database's directory, as its setting was told to the database's engine."""
    choice: Choice = engine.get_execution_options().get("finder_engine", "auto")
    return choice


def refuse_without_postgis(engine: Engine) -> None:
    """Raise SettingError where PostGIS is asked for and cannot be had.

    Its codes are engine_needs_postgresql and engine_needs_postgis.
    """
    if choice_of(engine) != "postgis":
        return
    if engine.dialect.name != "postgresql":
        raise SettingError("engine_needs_postgresql", name="FINDER_ENGINE")
    with engine.begin() as connection:
        if not get_postgis(connection):
            raise SettingError("engine_needs_postgis", name="FINDER_ENGINE", database=engine.url.database or "")


def is_wanted(engine: Engine, snapshot: Snapshot) -> bool:
    """Return whether PostGIS is to search a snapshot, by the setting, the kind of database and the size."""
    choice = choice_of(engine)
    if engine.dialect.name != "postgresql" or choice == "index":
        return False
    return choice == "postgis" or len(snapshot.columns["role_row"]) >= MANY_ROLES


def write_rows(engine: Engine, snapshot: Snapshot, now: dt.datetime) -> str | None:
    """Write the rows of a snapshot for PostGIS where it is to search them; return their name, None where it is not.

    Where there is no PostGIS, and it cannot be added, that is said in the log, and the index goes on answering.
    """
    if not is_wanted(engine, snapshot):
        return None
    name = f"{int(now.timestamp())}_{secrets.token_hex(3)}"
    with engine.begin() as connection:
        if not get_postgis(connection):
            log.warning("postgis_missing")
            return None
        make_search_tables(connection)
        for table, columns in (("search_place", _places(snapshot.columns)), ("search_role", _roles(snapshot.columns))):
            made, kinds = f"{table}_{name}", SEARCH_TABLES[table]
            connection.execute(text(f"CREATE TABLE {made} (LIKE {table} INCLUDING GENERATED)"))
            copy_arrays(connection, made, kinds, _slices(columns))
            connection.execute(text(f"CREATE INDEX ON {made} USING gist (geog)"))
            for column in _INDEXES[table]:
                connection.execute(text(f'CREATE INDEX ON {made} ("{column}")'))
            connection.execute(text(f"ANALYZE {made}"))
        connection.execute(
            text("INSERT INTO search_edition (name, snapshot) VALUES (:name, :snapshot)"),
            {"name": name, "snapshot": small(snapshot).to_bytes()},
        )
    return name


def prune_rows(engine: Engine, now: dt.datetime) -> list[str]:
    """Drop rows that belong to no snapshot that is kept and were written more than an hour ago; return their names.

    Where others hold them they are left for the next time.
    """
    if engine.dialect.name != "postgresql":
        return []
    try:
        with engine.begin() as connection:
            kept = set(connection.scalars(select(edition.Snapshot.searched)))
            old = [
                name
                for name in search_tables_of(connection) - kept
                if int(name.partition("_")[0]) < (now - _KEPT).timestamp()
            ]
            drop_search_tables(connection, old)
    except StorageFailed as failure:
        log.warning("rows_not_dropped", code=failure.code)
        return []
    return old


def load_small(connection: Connection, before: Snapshot | None = None) -> tuple[int, str, Snapshot] | None:
    """Return (edition, name of its rows, what does not grow with the directory) of the edition in force.

    None where PostGIS does not search it.
    """
    known = edition.searched_rows(connection, LAYOUT)
    if known is None or known[1] is None:
        return None
    blob = connection.scalar(text("SELECT snapshot FROM search_edition WHERE name = :name"), {"name": known[1]})
    return (known[0], known[1], Snapshot.from_bytes(blob, before)) if blob is not None else None


def small(snapshot: Snapshot) -> Snapshot:
    """Return what of a snapshot does not grow with the directory: classes, words, what places say of their work.

    Columns of rows are there and empty, but for the organizations of places, each once, and `facts_seen`, the values
    that `place_facts` has.
    """
    c = snapshot.columns
    stays = ("class_", "own_")
    columns = {name: column if name.startswith(stays) else column[:0] for name, column in c.items()}
    for name in list(columns):
        if name.startswith((*_CARRIED, "place_text", "person_text", "role_text")):
            del columns[name]
    numbers, firsts = np.unique(c["place_organization"], return_index=True)
    columns["place_organization"] = numbers
    if "organization_name" in c:
        columns["organization_name"] = c["organization_name"][firsts]
    columns["facts_seen"] = np.unique(c["place_facts"])
    columns["counts"] = np.array([len(c["person_ticket"]), len(c["place_row"]), len(c["role_row"])])
    words = {name: told for name, told in snapshot.words.items() if name not in _CARRIED}
    return replace(snapshot, columns=columns, words=words)


def _places(c: Columns) -> dict[str, NDArray[Any]]:
    first, last = _days(c, "place")
    return _ordered(PLACE_COLUMNS, {
        "number": np.arange(len(c["place_row"])), "row_id": c["place_row"], "ticket": c["place_ticket"].view(np.int64),
        "kind": c["place_kind"], "emergency": c["place_emergency"], "facts": c["place_facts"],
        "organization": c["place_organization"], "phone": c["place_phone"], "listed_from": first, "listed_until": last,
        "latitude": c["point_lat"][c["place_point"]], "longitude": c["point_lon"][c["place_point"]],
    })  # fmt: skip


def _roles(c: Columns) -> dict[str, NDArray[Any]]:
    (first, last), at = _days(c, "role"), c["role_place"]
    points = c["place_point"][at]
    return _ordered(ROLE_COLUMNS, {
        "number": np.arange(len(at)), "row_id": c["role_row"], "place": at, "person": c["role_person"],
        "ticket": c["person_ticket"].view(np.int64)[c["role_person"]], "class": c["role_class"],
        "facts": c["role_facts"], "languages": c["role_languages"], "telehealth": c["role_telehealth"],
        "place_facts": c["place_facts"][at], "place_organization": c["place_organization"][at],
        "place_phone": c["place_phone"][at], "listed_from": first, "listed_until": last,
        "latitude": c["point_lat"][points], "longitude": c["point_lon"][points],
    })  # fmt: skip


def _ordered(kinds: Mapping[str, str], columns: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name: columns[name] for name in kinds}


def _days(c: Columns, kind: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the first and last day of each row."""
    count = len(c[f"{kind}_row"])
    first, last = np.full(count, ALWAYS[0], np.int32), np.full(count, ALWAYS[1], np.int32)
    first[c[f"{kind}_dated"]], last[c[f"{kind}_dated"]] = c[f"{kind}_from"], c[f"{kind}_until"]
    return first, last


def _slices(columns: dict[str, NDArray[Any]]) -> Iterator[list[NDArray[Any]]]:
    arrays = list(columns.values())
    for start in range(0, len(arrays[0]), _AT_ONCE):
        yield [array[start : start + _AT_ONCE] for array in arrays]
