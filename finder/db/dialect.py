"""Open the database, SQLite or PostgreSQL. All that differs between the two stands here."""

from __future__ import annotations

import fcntl
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.pool import NullPool

APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
        "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
        "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
    ),
}


def open_engine(database_url: str) -> Engine:
    """Return an engine for `sqlite:///...` or `postgresql://...` (`postgres://` is understood).

    SQLite: write-ahead log, synchronous FULL, foreign keys on, 5 s of patience, and transactions that begin
    when SQLAlchemy says so (the driver's own idea of it loses schema changes).
    """
    url = make_url(database_url.replace("postgres://", "postgresql://", 1))
    if url.get_backend_name() == "postgresql":
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 5})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("finder_write_lock", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a short transaction that reads and then writes.

    SQLite refuses at once, without patience, a write that follows a read which another's commit has overtaken;
    so the right to write is taken first.
    """
    with engine.connect().execution_options(finder_write_lock=True) as connection, connection.begin():
        yield connection


@contextmanager
def write_lock(engine: Engine) -> Iterator[Connection]:
    """Open the one transaction that may change what patients see; others of its kind wait, readers do not."""
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE edition IN EXCLUSIVE MODE"))
        yield connection


def refresh_statistics(connection: Connection) -> None:
    """Tell PostgreSQL what was loaded, lest the first searches be planned for empty tables."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE"))


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """Open the one transaction that may change tables, on a connection of its own.

    On SQLite foreign keys are off before BEGIN, since remaking a table would otherwise delete its children,
    and every reference is checked before COMMIT. On PostgreSQL an advisory lock lets one process migrate.
    """
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(7230411)"))
            yield connection
        return
    alone = create_engine(engine.url, poolclass=NullPool, connect_args={"timeout": 30})
    event.listen(alone, "connect", _prepare_sqlite)
    event.listen(alone, "connect", lambda raw, _record: raw.execute("PRAGMA foreign_keys = OFF"))
    event.listen(alone, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with alone.begin() as connection:
        yield connection
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"the migration would leave {len(broken)} broken references: {broken[:3]}")
    alone.dispose()


@contextmanager
def import_lock(engine: Engine, source_name: str) -> Iterator[bool]:
    """Hold the right to import a source; yields False where another process holds it. It ends with the process.

    PostgreSQL: a session's advisory lock. SQLite: a locked file beside the database.
    """
    if engine.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.blake2b(source_name.encode(), digest_size=7).digest(), "big")
        with engine.connect() as connection:
            got_it = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:n)"), {"n": number}))
            connection.commit()
            try:
                yield got_it
            finally:
                if got_it:
                    connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": number})
                    connection.commit()
        return
    with open(f"{engine.url.database}.{source_name}.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def append_only(dialect_name: str, table: str) -> tuple[str, ...]:
    """Return the statements that make a table refuse every change and deletion."""
    return tuple(statement.format(table=table) for statement in APPEND_ONLY[dialect_name])


def back_up_sqlite(engine: Engine, target: Path) -> None:
    """Copy a SQLite database, as it is at this moment, to `target`; safe while others write."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source = sqlite3.connect(str(engine.url.database))
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
