"""Real trouble for a database, made and taken away again: no room, a lock that others hold, a server that is gone."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from tests.conftest import postgres_url

# Holds a lock in a process of its own until its input ends.
_HOLDER = """
import sys
name, address = sys.argv[1:]
if name == "sqlite":
    import sqlite3
    database = sqlite3.connect(address, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
else:
    import psycopg
    database = psycopg.connect(address)
    database.execute("LOCK TABLE location, edition IN EXCLUSIVE MODE")
print("held", flush=True)
sys.stdin.read()
database.rollback()
"""


def plain(statement: str) -> str:
    """Return a statement without the quotes that names may stand in."""
    return statement.replace('"', "")


def cannot(why: str) -> None:
    """Skip a test, or with CI=true fail it, where a trouble cannot be made."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(why)


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Let another process hold what imports and publications must write to; reading goes on."""
    sqlite = engine.dialect.name == "sqlite"
    address = str(engine.url.database) if sqlite else _libpq_address(engine)
    command = [sys.executable, "-c", _HOLDER, engine.dialect.name, address]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        yield
    finally:
        holder.communicate("")


def impatient(engine: Engine) -> None:
    """Let an engine wait a third of a second for locks, where the real patience would take a test's whole time."""
    words = {"sqlite": "PRAGMA busy_timeout = 300", "postgresql": "SET lock_timeout = '300ms'"}[engine.dialect.name]

    def shorten(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(words)
        connection.commit()

    engine.dispose()
    event.listen(engine, "connect", shorten)


@contextmanager
def once(engine: Engine, when: str, then: Callable[[Connection], object]) -> Iterator[None]:
    """Do something just before the first statement that begins like this; a COPY into a table is an INSERT into it."""
    done: list[str] = []

    def look(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if plain(statement).replace("COPY ", "INSERT INTO ", 1).startswith(when) and not done:
            done.append(statement)
            then(connection)

    event.listen(engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", look)
    assert done, when


@contextmanager
def after(engine: Engine, when: str, then: Callable[[Connection], object]) -> Iterator[None]:
    """Do something once the transaction of the first statement that begins like this has ended."""
    met: list[Connection] = []

    def end(*_: object) -> None:
        if len(met) == 1:
            met.append(met[0])
            then(met[0])

    event.listen(engine, "checkin", end)
    try:
        with once(engine, when, met.append):
            yield
    finally:
        event.remove(engine, "checkin", end)
    assert len(met) == 2, when


@contextmanager
def no_room_for(engine: Engine, table: str) -> Iterator[None]:
    """Let a database not grow any more once a table is written to; needs no rights on the machine.

    SQLite: by a limit on the whole file. PostgreSQL: the file of the table, which must be empty, is /dev/full for a
    while; to that the kernel answers as a full disk does.
    """
    if engine.dialect.name == "sqlite":

        def limit(_connection: object, cursor: sqlite3.Cursor, statement: str, *_rest: object) -> None:
            if plain(statement).startswith(f"INSERT INTO {table} "):
                cursor.execute("PRAGMA max_page_count = 1")  # it is never less than what there is

        event.listen(engine, "before_cursor_execute", limit)
        yield
        event.remove(engine, "before_cursor_execute", limit)
        engine.dispose()
        return
    if not Path("/dev/full").exists():
        cannot("no /dev/full to stand for a full disk: needs Linux")
    with engine.connect() as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0
        path = connection.scalar(text("SELECT pg_relation_filepath(:name)"), {"name": table})
    engine.dispose()
    # What is copied to a program must be read by it, or the server finds its pipe broken.
    on_the_server(
        engine, "CHECKPOINT", f"COPY (SELECT) TO PROGRAM 'mv {path} {path}.kept && ln -s /dev/full {path}; cat'"
    )
    try:
        yield
    finally:
        engine.dispose()
        on_the_server(engine, f"COPY (SELECT) TO PROGRAM 'mv -f {path}.kept {path}; cat'")


@contextmanager
def read_only(engine: Engine) -> Iterator[None]:
    """Let a database be read and not changed."""
    engine.dispose()
    if engine.dialect.name == "sqlite":

        def limit(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute("PRAGMA query_only = ON")

        event.listen(engine, "connect", limit)
        yield
        event.remove(engine, "connect", limit)
    else:
        database = engine.url.database
        on_the_server(engine, f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
        yield
        on_the_server(engine, f'ALTER DATABASE "{database}" RESET default_transaction_read_only')
    engine.dispose()


def end_sessions(engine: Engine, *, shut_out: bool = False) -> None:
    """End all sessions of a PostgreSQL database, as a server that is stopped does; `shut_out` takes no new ones."""
    if shut_out:
        on_the_server(engine, f'ALTER DATABASE "{engine.url.database}" ALLOW_CONNECTIONS false')
    # Those that wait for another's lock come first, lest they get it.
    sessions = (
        f"SELECT pid FROM pg_stat_activity WHERE datname = '{engine.url.database}'"
        " ORDER BY wait_event_type = 'Lock' DESC NULLS LAST"
    )
    on_the_server(engine, f"SELECT pg_terminate_backend(pid, 5000) FROM ({sessions}) AS session")


def let_in(engine: Engine) -> None:
    """Take new sessions again."""
    on_the_server(engine, f'ALTER DATABASE "{engine.url.database}" ALLOW_CONNECTIONS true')


def on_the_server(engine: Engine, *statements: str) -> None:
    """Run statements on the server of an engine's database, each by itself, from another database."""
    url = make_url(postgres_url()).set(drivername="postgresql+psycopg")
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    server.dispose()


class SmallDisk:
    """A disk of its own, which can be filled to the last byte and emptied again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def leave(self, free: int) -> None:
        """Fill it until so many bytes are free."""
        self.empty()
        room = os.statvfs(self.path)
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, room.f_bavail * room.f_frsize - free))

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Let it be read and not written."""
        subprocess.run(["mount", "-o", "remount,ro", str(self.path)], check=True)
        yield
        subprocess.run(["mount", "-o", "remount,rw", str(self.path)], check=True)

    def empty(self) -> None:
        """Take away what fills it."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(megabytes: int, owner: int = 0) -> Iterator[SmallDisk]:
    """Mount a disk in memory, which takes root on Linux."""
    folder = Path(tempfile.mkdtemp(prefix="finder-disk-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        options = f"size={megabytes}m,mode=700,uid={owner}"
        mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        try:
            subprocess.run(mount, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            cannot("a small disk cannot be mounted: needs root on Linux")
        try:
            yield SmallDisk(folder)
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)  # a server may still be ending
    finally:
        folder.rmdir()


def _libpq_address(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
