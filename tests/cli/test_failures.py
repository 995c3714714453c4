"""The commands over a database in trouble: one sentence, exit code 2, and all works again once the trouble is over."""

from __future__ import annotations

import resource
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from finder.db.dialect import open_engine
from tests.cli.run import Terminal
from tests.conftest import Databases
from tests.desk.troubles import end_sessions, let_in, locked, on_the_server
from tests.sample_files import marked_directory


@pytest.fixture
def opened(on_each_demo: Terminal) -> Iterator[Engine]:
    """The database that the terminal works on."""
    engine = open_engine(on_each_demo.database_url)
    yield engine
    engine.dispose()


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Let no file that this process or its children write grow beyond a size, as a quota does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def database_of(terminal: Terminal) -> Path:
    """Return the file of a terminal's own database, of which everything is in that one file."""
    path = terminal.home / "var" / "finder.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


def test_without_room_for_the_database(over_demo: Terminal) -> None:
    path, files = database_of(over_demo), marked_directory(over_demo.home / "files", "new", 150)
    before = over_demo.rows()
    with files_no_larger_than(100_000):
        told = over_demo.refused("import", *files, "--source", "clinic", "--activate")
        assert "full" in told
        assert path.name in told
    after = over_demo.rows()
    for table in ("edition", "snapshot", "activation", "audit_entry"):
        assert after[table] == before[table]
    assert "is active" in over_demo.good("import", *files, "--source", "clinic", "--activate")


def test_a_database_that_is_damaged(over_demo: Terminal) -> None:
    path, files = database_of(over_demo), marked_directory(over_demo.home / "files", "new")
    good = path.read_bytes()
    for bad in (good[:4096] + b"x" * (len(good) - 4096), good[:20_000], b"no database" * 500):
        path.write_bytes(bad)
        told = over_demo.refused("import", *files, "--source", "clinic")
        assert "damaged" in told
        assert "FINDER_DATABASE_URL" in told
        for left in path.parent.glob("finder.db-*"):
            left.unlink()
    assert "damaged" in over_demo.refused("serve")
    path.write_bytes(good)
    over_demo.good("import", *files, "--source", "clinic", "--activate")


def test_others_at_work_for_longer_than_we_wait(on_each_demo: Terminal, opened: Engine) -> None:
    files = marked_directory(on_each_demo.home / "files", "new")
    on_each_demo.good("import", *files, "--source", "clinic")
    with ThreadPoolExecutor() as threads, locked(opened):
        # All at once, since each waits for as long as it can.
        importing = threads.submit(on_each_demo.refused, "import", *files, "--source", "county")
        publishing = threads.submit(on_each_demo.refused, "activate", "clinic")
        assert importing.result().startswith("Someone else is at work on the database")
        assert publishing.result().startswith("Someone else is at work on the database")
    assert "clinic 1  ready" in on_each_demo.good("datasets")
    assert "is active" in on_each_demo.good("import", *files, "--source", "county", "--activate")


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_server_that_goes_away_at_work(on_each_demo: Terminal, opened: Engine) -> None:
    files = marked_directory(on_each_demo.home / "files", "new")
    with opened.connect() as holder, ThreadPoolExecutor() as threads:
        # The import waits for this table, and so is in the middle of its work.
        holder.execute(text("LOCK TABLE practitioner IN EXCLUSIVE MODE"))
        importing = threads.submit(on_each_demo.refused, "import", *files, "--source", "clinic")
        waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'practitioner'::regclass")
        while not holder.scalar(waits):
            assert not importing.done()
            time.sleep(0.02)
        end_sessions(opened, shut_out=True)
        holder.invalidate()
        told = importing.result()
    assert "does not answer" in told
    assert "FINDER_DATABASE_URL" in told
    assert "does not answer" in on_each_demo.refused("datasets")
    let_in(opened)
    assert "clinic" not in on_each_demo.good("search", "23220", "--places")
    on_each_demo.good("import", *files, "--source", "clinic", "--activate")


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_server_that_may_only_be_read(on_each_demo: Terminal, opened: Engine, databases: Databases) -> None:
    files = marked_directory(on_each_demo.home / "files", "new")
    name = opened.url.database
    on_the_server(opened, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    assert "not changed" in on_each_demo.refused("import", *files, "--source", "clinic")
    on_the_server(opened, f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    on_each_demo.good("import", *files, "--source", "clinic")
