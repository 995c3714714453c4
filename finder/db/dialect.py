"""Open the database, SQLite or PostgreSQL. All that differs between the two stands here."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    ExceptionContext,
    String,
    Table,
    bindparam,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import NullPool

from finder.db.lifeline import patience
from finder.db.stored import file_trouble, keep_to_the_file, read_json
from finder.errors import StorageFailed

_PATIENCE_SECONDS = 5
_PATIENCE_OF_MIGRATIONS_SECONDS = 30

# What a failure is called that is the database's or its disk's. What stands in no table is a fault of our own, and
# stays the error that it was. SQLite tells by an extended result code, whose last byte is the primary one.
_SQLITE_TROUBLE = {
    sqlite3.SQLITE_FULL: "storage_full",
    # How a quota and a limit on the size of files show themselves.
    sqlite3.SQLITE_IOERR_WRITE: "storage_full",
    sqlite3.SQLITE_IOERR_SHMSIZE: "storage_full",
    sqlite3.SQLITE_IOERR: "storage_failed",
    sqlite3.SQLITE_NOMEM: "storage_failed",
    sqlite3.SQLITE_BUSY: "storage_busy",
    sqlite3.SQLITE_PROTOCOL: "storage_busy",
    sqlite3.SQLITE_CANTOPEN: "storage_gone",
    sqlite3.SQLITE_READONLY: "storage_read_only",
    sqlite3.SQLITE_PERM: "storage_read_only",
    sqlite3.SQLITE_CORRUPT: "storage_damaged",
    sqlite3.SQLITE_NOTADB: "storage_damaged",
}
# PostgreSQL tells by a SQLSTATE, of which the first two characters are a class. Here the longer come first.
_POSTGRESQL_TROUBLE = {
    "53100": "storage_full",
    "53300": "storage_busy",  # all its connections are taken
    "55P03": "storage_busy",  # a lock was not had in time
    "40P01": "storage_busy",  # a deadlock
    "25006": "storage_read_only",
    "25P03": "storage_gone",  # it ended a session that did nothing
    "XX001": "storage_damaged",
    "XX002": "storage_damaged",
    "57P": "storage_gone",  # stopped, stopping, starting, or dropped
    "08": "storage_gone",
    "53": "storage_failed",
    "58": "storage_failed",
    "XX": "storage_failed",
}


def in_byte_order(length: int) -> String:
    """Return the type of a short text that is compared byte by byte, as SQLite always does.

    PostgreSQL would compare as the language of its server does, in which "co" and "cz" need not enclose all that begins
    with "co".
    """
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def open_engine(database_url: str, *, must_exist: bool = False, **options: Any) -> Engine:
    """Return an engine for `sqlite:///...` or `postgresql://...` (`postgres://` is understood).

    Both: 5 s of patience with locks, and StorageFailed in place of SQLAlchemy's error where the database or its disk
    failed. SQLite: write-ahead log, synchronous FULL, foreign keys on, and transactions that begin when SQLAlchemy
    says so (the driver's own idea of it loses schema changes). A file that is not there is made, unless `must_exist`;
    one that was moved away or replaced is left, and what is there now is opened. `options` are for a PostgreSQL that is
    used otherwise.
    """
    url = make_url(database_url.replace("postgres://", "postgresql://", 1))
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
        waits = patience(url)
        waits["connect_args"] |= options.pop("connect_args", {})
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=not options, **waits, **options)
        event.listen(engine, "connect", _prepare_postgresql)
    else:
        in_file = bool(url.database) and url.database != ":memory:"
        if in_file and not must_exist:
            Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
        words = {"timeout": _PATIENCE_SECONDS}
        engine = create_engine(url, connect_args=words, json_deserializer=read_json, hide_parameters=True)
        if in_file:
            keep_to_the_file(engine, _shown(engine.url), must_exist=must_exist)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return _with_named_trouble(engine)


def _with_named_trouble(engine: Engine) -> Engine:
    """Let an engine raise StorageFailed where the trouble is the database's own."""

    def named(context: ExceptionContext) -> StorageFailed | None:
        # Where a connection of the pool turns out to be dead, the pool opens another by itself.
        is_connected, is_lost = context.connection is not None, context.is_disconnect
        error = context.original_exception
        code = None if context.is_pre_ping else _trouble(error, engine, is_connected=is_connected, is_lost=is_lost)
        return StorageFailed(code, database=_shown(engine.url)) if code else None

    event.listen(engine, "handle_error", named)
    return engine


def _trouble(error: BaseException, engine: Engine, *, is_connected: bool, is_lost: bool) -> str | None:
    if isinstance(error, sqlite3.Error):
        code = _sqlite_trouble(error)
        # Even to read, SQLite writes files beside its own.
        return "storage_read_only" if code == "storage_gone" and _folder_may_only_be_read(engine) else code
    state = getattr(error, "sqlstate", None)
    if state:
        code = next((code for start, code in _POSTGRESQL_TROUBLE.items() if state.startswith(start)), None)
        # Beyond a limit on the size of files the server does not think of its disk.
        return "storage_full" if code == "storage_failed" and "could not extend file" in str(error) else code
    could_not_connect = not is_connected and isinstance(error, engine.dialect.loaded_dbapi.OperationalError)
    if could_not_connect and "too many" in str(error):
        return "storage_busy"
    return "storage_gone" if could_not_connect or is_lost else None


def _sqlite_trouble(error: sqlite3.Error) -> str | None:
    # What the driver itself refuses has no code.
    number = getattr(error, "sqlite_errorcode", 0)
    return _SQLITE_TROUBLE.get(number) or _SQLITE_TROUBLE.get(number & 0xFF)


def why_not(error: BaseException) -> str:
    """Return the code of why PostgreSQL lets nobody in, "" where it did not say.

    Before there is a connection the driver tells by words alone, which a server may say in a language of its own.
    """
    told, chain = "", [error]
    for one in chain:
        told += f" {one}"
        chain += [further for further in (one.__cause__ or one.__context__,) if further is not None]
    if re.search(r"authentication failed|no password supplied|no pg_hba.conf entry|role .* does not exist", told):
        return "database_login"
    return "database_absent" if re.search(r"database .* does not exist", told) else ""


def _folder_may_only_be_read(engine: Engine) -> bool:
    path = Path(str(engine.url.database or ""))
    return path.is_file() and not os.access(path.parent, os.W_OK)


def _shown(url: URL) -> str:
    """Return what tells staff which database it is, without what may be a password."""
    return "/".join(part for part in (url.host, url.database) if part)


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    connection.execute(f"SET lock_timeout = '{_PATIENCE_SECONDS}s'")
    connection.commit()


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("finder_write_lock", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


class Among(ColumnElement[bool]):
    """The condition that a column is one of the values of a list, which is given by name as a single parameter.

    The statement is then the same text however long the list is. `list_parameter` makes what is given.
    """

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.values: BindParameter[Any] = bindparam(name)


@compiles(Among, "sqlite")
def _among_on_sqlite(among: Among, compiler: Any, **words: Any) -> str:
    column, values = compiler.process(among.column, **words), compiler.process(among.values, **words)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608


@compiles(Among, "postgresql")
def _among_on_postgresql(among: Among, compiler: Any, **words: Any) -> str:
    column, values = compiler.process(among.column, **words), compiler.process(among.values, **words)
    return f"{column} = ANY({values})"


def list_parameter(connection: Connection, values: Sequence[int] | Sequence[str]) -> Any:
    """Return a list as `fetch_raw` takes it for an Among."""
    return json.dumps(list(values)) if connection.dialect.name == "sqlite" else list(values)


def fetch_raw(connection: Connection, statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    """Run a statement that only reads, as the driver does by itself: in a tenth of the time that SQLAlchemy takes.

    Values are as the driver gives them. Raises what SQLAlchemy would: StorageFailed, or its own error.
    """
    raw: Any = connection.connection.dbapi_connection
    with _by_driver(connection, raw, statement):
        return raw.cursor().execute(statement, parameters).fetchall()  # type: ignore[no-any-return]


@contextmanager
def copying(connection: Connection, statement: str) -> Iterator[Any]:
    """Give the writer of a COPY ... FROM STDIN, of which listeners to statements hear. Raises as SQLAlchemy would."""
    raw: Any = connection.connection.dbapi_connection
    with _by_driver(connection, raw, statement), raw.cursor() as cursor:
        connection.dispatch.before_cursor_execute(connection, cursor, statement, (), None, False)
        with cursor.copy(statement) as copy:
            yield copy


@contextmanager
def _by_driver(connection: Connection, raw: Any, statement: str) -> Iterator[None]:
    try:
        yield
    except connection.dialect.loaded_dbapi.Error as error:
        is_lost = connection.dialect.is_disconnect(error, raw, None)
        if is_lost:
            connection.invalidate(error)
        code = _trouble(error, connection.engine, is_connected=True, is_lost=is_lost)
        if code:
            raise StorageFailed(code, database=_shown(connection.engine.url)) from error
        base, dialect = connection.dialect.loaded_dbapi.Error, connection.dialect
        raise DBAPIError.instance(statement, None, error, base, dialect=dialect) from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a short transaction that reads and then writes.

    SQLite refuses at once, without patience, a write that follows a read which another's commit has overtaken;
    so the right to write is taken first.
    """
    with engine.connect().execution_options(finder_write_lock=True) as connection, connection.begin():
        yield connection


@contextmanager
def one_moment(engine: Engine) -> Iterator[Connection]:
    """Open a transaction to read in, whose statements all see the database as it was at the first of them.

    SQLite's are always so; PostgreSQL's see what others commit between two statements, unless they are told not to.
    """
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
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


def number_on(connection: Connection, tables: Iterable[Table]) -> None:
    """Let numbers of rows go on after those that are there; PostgreSQL counts only what it numbered itself."""
    if connection.dialect.name == "postgresql":
        for table in tables:
            if "id" in table.c and table.c.id.autoincrement:
                name = connection.dialect.identifier_preparer.quote(table.name)
                highest = connection.scalar(text(f"SELECT max(id) FROM {name}"))  # noqa: S608 - a table of our models
                sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name})
                if highest is not None and sequence is not None:
                    connection.execute(
                        text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest}
                    )


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """Open the one transaction that may change tables, on a connection of its own.

    On SQLite foreign keys are off before BEGIN, since remaking a table would otherwise delete its children,
    and every reference is checked before COMMIT. On PostgreSQL an advisory lock lets one process migrate.
    """
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE_OF_MIGRATIONS_SECONDS}s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(7230411)"))
            yield connection
        return
    alone = create_engine(
        engine.url, poolclass=NullPool, hide_parameters=True,
        connect_args={"timeout": _PATIENCE_OF_MIGRATIONS_SECONDS},
    )  # fmt: skip
    event.listen(alone, "connect", _prepare_sqlite)
    event.listen(alone, "connect", lambda raw, _record: raw.execute("PRAGMA foreign_keys = OFF"))
    event.listen(alone, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with _with_named_trouble(alone).begin() as connection:
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
                    _unlock(connection, number)
        return
    try:
        file = open(f"{engine.url.database}.{source_name}.lock", "w")  # noqa: SIM115
    except OSError as failure:
        raise StorageFailed(file_trouble(failure), database=_shown(engine.url)) from failure
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _unlock(connection: Connection, number: int) -> None:
    try:
        connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": number})
        connection.commit()
    except StorageFailed:
        # The lock ends with its session. What befell the work under it is what must be told.
        connection.invalidate()


def back_up_sqlite(engine: Engine, target: Path) -> None:
    """Copy a SQLite database, as it is at this moment, to `target`; safe while others write.

    Raises StorageFailed, and leaves no half copy, where either disk fails.
    """
    # Under its name only once it is whole: whoever is killed meanwhile leaves nothing that passes for a copy.
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        part.touch()
    except OSError as failure:
        raise StorageFailed(file_trouble(failure), database=str(target)) from failure
    try:
        with closing(sqlite3.connect(str(engine.url.database))) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        part.replace(target)
    except BaseException as failure:
        part.unlink(missing_ok=True)
        if not isinstance(failure, sqlite3.Error):
            raise
        code = _sqlite_trouble(failure) or "storage_failed"
        failed = str(target) if code == "storage_full" else _shown(engine.url)
        raise StorageFailed(code, database=failed) from failure
