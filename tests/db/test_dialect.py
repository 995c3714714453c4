"""What differs between the databases behaves alike: append-only tables, locks, and how they are opened."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from finder.db.datasets import Dataset, DatasetState, Source
from finder.db.dialect import back_up_sqlite, import_lock, open_engine, write_lock, writing
from finder.db.edition import current_edition
from finder.db.staff import AuditEntry
from tests.conftest import Databases
from tests.sample_files import whole_database

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)

HOLDER = """
import sys, time
from finder.db.dialect import import_lock, open_engine

with import_lock(open_engine(sys.argv[1]), "clinic") as got_it:
    print(got_it, flush=True)
    time.sleep(60)
"""


def versions(engine: Engine, *active: bool) -> None:
    """Store a source with versions that are in force or not."""
    with engine.begin() as connection:
        number = connection.execute(
            insert(Source).values(name=f"clinic{len(active)}", created_at=NOW)
        ).inserted_primary_key[0]
        for version, one in enumerate(active, 1):
            connection.execute(
                insert(Dataset).values(
                    source_id=number, version=version, state=DatasetState.READY, active=one, sections=[],
                    carried_over=[], counts={}, created_at=NOW, heartbeat_at=NOW,
                )
            )  # fmt: skip


def test_the_audit_log_takes_only_new_entries(engine: Engine) -> None:
    before = whole_database(engine)
    assert before["audit_entry"]
    statements = ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"]
    if engine.dialect.name == "postgresql":
        statements.append("TRUNCATE audit_entry")
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))
        assert whole_database(engine) == before
    with engine.begin() as connection:
        connection.execute(
            insert(AuditEntry).values(
                at=NOW, actor="a", action="b", subject="c", detail={}, previous_hash="d", hash="e"
            )
        )


def test_a_source_has_one_version_in_force_at_most(engine: Engine) -> None:
    versions(engine, True, False, False)
    versions(engine, False, True)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(update(Dataset).values(active=True))
    with pytest.raises(IntegrityError):
        versions(engine, True, True, False, False)


def test_references_are_kept(engine: Engine) -> None:
    versions(engine, True)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("DELETE FROM source"))


def test_one_process_imports_a_source_until_it_ends(engine: Engine) -> None:
    address = engine.url.render_as_string(hide_password=False)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, address], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        with import_lock(engine, "clinic") as got_it:
            assert not got_it
        with import_lock(engine, "county") as got_it:
            assert got_it
    finally:
        holder.kill()
        holder.communicate()
    for _ in range(100):
        with import_lock(engine, "clinic") as got_it:
            if got_it:
                break
        time.sleep(0.05)
    assert got_it


def test_an_import_lock_ends_with_its_block(engine: Engine) -> None:
    for _ in range(2):
        with import_lock(engine, "clinic") as first, import_lock(engine, "clinic") as second:
            assert (first, second) == (True, False)
    with pytest.raises(ZeroDivisionError), import_lock(engine, "clinic"):
        raise ZeroDivisionError
    with import_lock(engine, "clinic") as again:
        assert again


def test_the_write_lock_lets_one_in_and_readers_by(engine: Engine) -> None:
    order: list[str] = []

    def second() -> None:
        with write_lock(engine):
            order.append("second")

    thread = threading.Thread(target=second)
    with write_lock(engine) as connection:
        thread.start()
        time.sleep(0.2)
        with engine.connect() as reader:
            assert current_edition(reader) == current_edition(connection)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_write_after_a_read_is_not_overtaken(engine: Engine) -> None:
    """What SQLite otherwise answers with "database is locked", at once."""
    versions(engine, True)
    failures: list[BaseException] = []

    def other() -> None:
        try:
            with writing(engine) as connection:
                connection.execute(update(Source).values(priority=Source.priority + 1))
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=other)
    with writing(engine) as connection:
        seen = connection.scalar(select(Source.priority))
        if engine.dialect.name == "sqlite":
            thread.start()
            time.sleep(0.2)
        connection.execute(update(Source).values(priority=seen + 10))
    if engine.dialect.name != "sqlite":
        thread.start()
    thread.join()
    assert failures == []
    with engine.connect() as connection:
        assert connection.scalar(select(Source.priority)) == 11


def test_sqlite_is_opened_for_safety(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/deep/er/finder.db")
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


def test_schema_changes_are_undone_with_their_transaction(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text("CREATE TABLE planted (id INTEGER)"))
        transaction.rollback()
    with pytest.raises(DBAPIError, match="planted"), engine.connect() as connection:
        connection.execute(text("SELECT * FROM planted"))


def test_the_old_name_of_postgresql_is_understood(databases: Databases) -> None:
    address = databases.fresh(demo=False)
    engine = open_engine(address.replace("postgresql://", "postgres://"))
    with engine.connect() as connection:
        assert current_edition(connection) == 1
    engine.dispose()
    assert engine.dialect.driver == {"sqlite": "pysqlite", "postgresql": "psycopg"}[databases.backend]


def test_a_backup_is_the_database_of_that_moment(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'finder.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE planted (id INTEGER)"))
        connection.execute(text("INSERT INTO planted VALUES (1)"))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO planted VALUES (2)"))
        back_up_sqlite(engine, tmp_path / "new" / "copy.db")
    engine.dispose()
    copy = open_engine(f"sqlite:///{tmp_path / 'new' / 'copy.db'}")
    with copy.connect() as connection:
        assert connection.scalars(text("SELECT id FROM planted")).all() == [1]
    copy.dispose()
