"""Trouble with the database or its disk has a name; a fault of ours keeps its own."""

from __future__ import annotations

import errno
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from finder.db.dialect import back_up_sqlite, import_lock, migrating, open_engine, writing
from finder.db.stored import _FILE_TROUBLE
from finder.errors import FinderError, StorageFailed
from tests.desk.troubles import end_sessions, impatient, let_in, no_room_for, on_the_server, read_only

FILL = {
    "sqlite": text("INSERT INTO planted SELECT zeroblob(20000)"),
    "postgresql": text("INSERT INTO planted SELECT repeat('x', 2000)::bytea"),
}
on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)


def plant(engine: Engine) -> None:
    """Make an empty table."""
    kind = {"sqlite": "BLOB", "postgresql": "BYTEA"}[engine.dialect.name]
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE planted (filling {kind})"))


def fill(engine: Engine) -> None:
    """Write a row into it."""
    with engine.begin() as connection:
        connection.execute(FILL[engine.dialect.name])


def rows(engine: Engine) -> int:
    """Return how many rows it has."""
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM planted")) or 0)


@contextmanager
def fails(code: str, database: str = "") -> Iterator[None]:
    """Fail where nothing fails, or by another name."""
    with pytest.raises(StorageFailed) as failed:
        yield
    assert failed.value.code == code
    assert database in str(failed.value.params["database"])
    assert isinstance(failed.value, FinderError)
    assert not isinstance(failed.value, SQLAlchemyError)
    # What the driver said is there for whoever looks for the cause.
    assert failed.value.__cause__ is not None


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as a quota does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk(engine: Engine) -> None:
    plant(engine)
    with no_room_for(engine, "planted"):
        with fails("storage_full", str(engine.url.database)):
            fill(engine)
        assert rows(engine) == 0
    fill(engine)
    assert rows(engine) == 1


@on_sqlite
def test_a_quota(engine: Engine) -> None:
    plant(engine)
    size = Path(str(engine.url.database)).stat().st_size
    with files_no_larger_than(size + 40_000), fails("storage_full"), engine.begin() as connection:
        for _ in range(200):
            connection.execute(FILL["sqlite"])
    assert rows(engine) == 0
    fill(engine)


def test_a_lock_that_others_hold(engine: Engine) -> None:
    plant(engine)
    impatient(engine)
    with writing(engine) as holder:
        holder.execute(FILL[engine.dialect.name])
        if engine.dialect.name == "postgresql":
            holder.execute(text("LOCK TABLE planted IN EXCLUSIVE MODE"))
        with fails("storage_busy"):
            fill(engine)
        assert rows(engine) == 0
    fill(engine)
    assert rows(engine) == 2


@on_postgresql
def test_two_that_wait_for_each_other(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE planted (id INTEGER)"))
        connection.execute(text("INSERT INTO planted VALUES (1), (2)"))
    failures, ready = list[StorageFailed](), threading.Barrier(2, timeout=10)

    def work(first: int) -> None:
        try:
            with engine.begin() as connection:
                for number in (first, 3 - first):
                    connection.execute(text("UPDATE planted SET id = id WHERE id = :id"), {"id": number})
                    if number == first:
                        ready.wait()
        except StorageFailed as failed:
            failures.append(failed)

    threads = [threading.Thread(target=work, args=(first,)) for first in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [failed.code for failed in failures] == ["storage_busy"]


def test_a_database_that_may_only_be_read(engine: Engine) -> None:
    plant(engine)
    with read_only(engine):
        with fails("storage_read_only"):
            fill(engine)
        assert rows(engine) == 0
    fill(engine)


@on_sqlite
def test_a_file_that_is_no_database_or_a_damaged_one(engine: Engine) -> None:
    plant(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    path = Path(str(engine.url.database))
    good = path.read_bytes()
    for bad in (b"no database at all" * 1000, good[:4096] + b"x" * (len(good) - 4096), good[:10_000]):
        path.write_bytes(bad)
        with fails("storage_damaged", str(path)):
            fill(engine)
        engine.dispose()
    path.write_bytes(good)
    fill(engine)
    assert rows(engine) == 1


@on_sqlite
def test_a_file_that_cannot_be_opened(engine: Engine, tmp_path: Path) -> None:
    other = open_engine(f"sqlite:///{tmp_path}")
    with fails("storage_gone", str(tmp_path)), other.connect():
        pass


@on_postgresql
def test_a_session_that_is_ended_at_work(engine: Engine) -> None:
    plant(engine)
    with fails("storage_gone"), engine.begin() as connection:
        connection.execute(FILL["postgresql"])
        end_sessions(engine)
        connection.execute(FILL["postgresql"])
    with fails("storage_gone"), engine.begin() as connection:
        connection.execute(FILL["postgresql"])
        end_sessions(engine)
    assert rows(engine) == 0


@on_postgresql
def test_a_session_that_was_ended_while_it_rested_is_replaced(engine: Engine) -> None:
    """No failure at all: a server that was started anew is used as before."""
    plant(engine)
    end_sessions(engine)
    fill(engine)
    assert rows(engine) == 1


@on_postgresql
def test_a_server_that_does_not_answer(engine: Engine) -> None:
    plant(engine)
    end_sessions(engine, shut_out=True)
    with fails("storage_gone", str(engine.url.database)):
        fill(engine)
    let_in(engine)
    fill(engine)
    for url in (engine.url.set(port=1), engine.url.set(password="secret"), engine.url.set(database="nothing")):
        other = open_engine(url.set(drivername="postgresql").render_as_string(hide_password=False))
        with fails("storage_gone"), other.connect():
            pass
        other.dispose()


@on_postgresql
def test_a_server_whose_connections_are_all_taken(engine: Engine) -> None:
    role = f"few_{engine.url.database}"
    on_the_server(engine, f"CREATE ROLE {role} LOGIN PASSWORD 'secret' CONNECTION LIMIT 1")
    url = engine.url.set(drivername="postgresql", username=role, password="secret")
    other = open_engine(url.render_as_string(hide_password=False))
    with other.connect():
        with fails("storage_busy") as failed, other.connect():
            pass
        assert "secret" not in str(failed)
    with other.connect():
        pass
    other.dispose()
    on_the_server(engine, f"DROP ROLE {role}")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT * FROM nothing", "nothing"),
        ("SELEC 1", "SELEC"),
        ("INSERT INTO edition (id) VALUES (1)", "(?i)null"),
        ("INSERT INTO edition (id, number) VALUES (2, 2)", "one_row"),
        ("DELETE FROM audit_entry", "append-only"),
    ],
)
def test_a_fault_of_ours_keeps_its_name(engine: Engine, statement: str, told: str) -> None:
    with pytest.raises(DBAPIError, match=told), engine.begin() as connection:
        connection.execute(text(statement))


def test_a_broken_rule_is_an_integrity_error(engine: Engine) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("INSERT INTO edition (id, number) VALUES (1, 1)"))


def test_what_python_refuses_keeps_its_name(engine: Engine) -> None:
    with pytest.raises(SQLAlchemyError), engine.connect() as connection:
        connection.execute(text("SELECT :one"), {"two": 2})
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:
        connection.execute(text(f"SELECT {1 / 0}"))


@on_postgresql
def test_an_import_lock_that_is_lost_hides_nothing(engine: Engine) -> None:
    def work() -> None:
        with import_lock(engine, "clinic"):
            end_sessions(engine)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    with import_lock(engine, "clinic") as got_it:
        assert got_it


@on_sqlite
def test_an_import_lock_that_cannot_be_written(engine: Engine) -> None:
    path = Path(f"{engine.url.database}.clinic.lock")
    path.mkdir()
    with fails("storage_failed"), import_lock(engine, "clinic"):
        raise AssertionError
    path.rmdir()
    assert {errno.ENOSPC, errno.EROFS} < _FILE_TROUBLE.keys()
    with pytest.raises(OSError, match="ours"), import_lock(engine, "clinic"):
        raise OSError(errno.ENOSPC, "ours")


def test_migrations_wait_longer(engine: Engine) -> None:
    with migrating(engine) as connection:
        assert patience(connection) == "30s"
    with engine.connect() as connection:
        assert patience(connection) == "5s"


def patience(connection: Connection) -> str:
    """Return for how long a connection waits for a lock."""
    if connection.dialect.name == "sqlite":
        return f"{int(connection.exec_driver_sql('PRAGMA busy_timeout').scalar() or 0) // 1000}s"
    return str(connection.scalar(text("SHOW lock_timeout")))


@on_sqlite
def test_a_backup_without_room_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    target = tmp_path / "backups" / "copy.db"
    with files_no_larger_than(100_000), fails("storage_full", str(target)):
        back_up_sqlite(engine, target)
    assert list(target.parent.iterdir()) == []
    back_up_sqlite(engine, target)
    assert target.stat().st_size > 100_000
    with fails("storage_failed", str(target)):
        back_up_sqlite(engine, target / "beneath" / "copy.db")
