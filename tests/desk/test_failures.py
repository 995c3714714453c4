"""When the ground gives way: the version in force stays, the trouble has a name, and afterwards all works again."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from finder.db.dialect import open_engine
from finder.db.edition import current_edition
from finder.desk.publish import activate
from finder.errors import FileRefused, StorageFailed
from finder.importers.pipeline import Wishes, import_files
from tests.conftest import Databases
from tests.desk.looks import Seen, assert_whole, seen, unfinished
from tests.desk.troubles import (
    SmallDisk,
    after,
    end_sessions,
    impatient,
    let_in,
    locked,
    no_room_for,
    on_the_server,
    once,
    read_only,
    small_disk,
)
from tests.sample_files import locations, marked_directory, write

PLACES = 300
# Beginning of the statement by which an import says that it is alive, as PostgreSQL hears it.
BEAT = "heartbeat_at=%(heartbeat_at)s::TIMESTAMP WITH TIME ZONE"


class Clinic:
    """A source with one version in force and one ready to be published."""

    def __init__(self, engine: Engine, folder: Path, places: int = PLACES) -> None:
        self.engine, self._folder, self._places = engine, folder, places
        plans = ["organization,plan,accepts", *(f"Clinics,Plan {n},yes" for n in range(places))]
        self.new_files = [*marked_directory(folder / "new", "new", places), write(folder / "plans.csv", *plans)]
        services = ["location_id,service,offered", *(f"place{n},therapy,yes" for n in range(places))]
        old_files = [*marked_directory(folder / "old", "old", places), write(folder / "services.csv", *services)]
        import_files(engine, old_files, "clinic")
        put_in_force(engine, None)
        import_files(engine, marked_directory(folder / "next", "next", places), "clinic")
        self.before = self.look()

    def look(self) -> Seen:
        """Return what patients see, after seeing that all is whole."""
        assert_whole(self.engine, self._places)
        return seen(self.engine, self._places)

    def import_new(self) -> None:
        """Import the newest files."""
        import_files(self.engine, self.new_files, "clinic")

    def publish(self) -> None:
        """Put what was ready beforehand in force."""
        put_in_force(self.engine, 2)

    def works_again(self) -> None:
        """See that nothing has changed, and that what failed can now be done."""
        assert self.look() == self.before
        self.import_new()
        assert unfinished(self.engine) == 0
        self.publish()
        assert self.look() == Seen(self.before.edition + 1, "next")
        put_in_force(self.engine, None)
        assert self.look() == Seen(self.before.edition + 2, "new")


def put_in_force(engine: Engine, version: int | None) -> None:
    """Publish a version of the source, the newest when None."""
    activate(engine, "clinic", version, "test")


@pytest.fixture
def clinic(engine: Engine, tmp_path: Path) -> Clinic:
    """A source with one version in force and one ready, on each database."""
    return Clinic(engine, tmp_path)


def failure_of(work: Callable[[], None]) -> str:
    """Return the code of a failure that must come."""
    with pytest.raises(StorageFailed) as failed:
        work()
    assert failed.value.params["database"]
    return failed.value.code


# ---- no room


def test_no_room_for_an_import(clinic: Clinic) -> None:
    """In the first slice, in one after it, while a section is carried over, and in the last."""
    tables = {
        "sqlite": ("location", "practitioner_role", "stated_capability", "healthcare_service", "organization_plan"),
        "postgresql": ("organization_plan",),
    }
    for table in tables[clinic.engine.dialect.name]:
        with no_room_for(clinic.engine, table):
            assert failure_of(clinic.import_new) == "storage_full", table
            assert clinic.look() == clinic.before
    clinic.works_again()


def test_no_room_for_a_publication(engine: Engine, tmp_path: Path) -> None:
    import_files(engine, marked_directory(tmp_path, "first"), "clinic")
    with engine.connect() as connection:
        edition = current_edition(connection)
    with no_room_for(engine, {"sqlite": "snapshot", "postgresql": "activation"}[engine.dialect.name]):
        for _ in range(2):
            assert failure_of(lambda: put_in_force(engine, None)) == "storage_full"
            with engine.connect() as connection:
                assert current_edition(connection) == edition
    put_in_force(engine, None)
    assert seen(engine) == Seen(edition + 1, "first")


def test_a_disk_that_is_full_to_the_last_byte(databases: Databases, tmp_path: Path) -> None:
    """At the start, in the middle, and near the end of the work; then not even the clearing up has room."""
    with on_a_small_disk(databases, tmp_path) as (clinic, disk):
        for free in (0, 100_000, 400_000, 900_000):
            disk.leave(free)
            assert failure_of(clinic.import_new) == "storage_full", free
            assert clinic.look() == clinic.before
            disk.empty()
        disk.leave(0)
        assert failure_of(clinic.publish) == "storage_full"
        assert clinic.look() == clinic.before
        disk.empty()
        if databases.backend == "sqlite":
            clinic.engine.dispose()
            with disk.read_only():
                assert failure_of(clinic.import_new) == "storage_read_only"
                assert failure_of(clinic.publish) == "storage_read_only"
        clinic.works_again()


@contextmanager
def on_a_small_disk(databases: Databases, folder: Path) -> Iterator[tuple[Clinic, SmallDisk]]:
    """Give a database that lies on a disk of its own, PostgreSQL's log of changes excepted."""
    made = open_engine(databases.fresh(demo=False))
    if databases.backend == "sqlite":
        with small_disk(20) as disk:
            engine = open_engine(f"sqlite:///{shutil.copy(str(made.url.database), disk.path / 'finder.db')}")
            try:
                yield Clinic(engine, folder, places=900), disk
            finally:
                engine.dispose()
        return
    with made.connect() as connection:
        data = connection.scalar(text("SHOW data_directory"))
    made.dispose()
    space, name = f"small_{made.url.database}", made.url.database
    with small_disk(60, owner=Path(str(data)).stat().st_uid) as disk:
        on_the_server(
            made, f"CREATE TABLESPACE {space} LOCATION '{disk.path}'", f'ALTER DATABASE "{name}" SET TABLESPACE {space}'
        )
        try:
            yield Clinic(made, folder, places=900), disk
        finally:
            made.dispose()
            disk.empty()
            on_the_server(made, f'ALTER DATABASE "{name}" SET TABLESPACE pg_default', f"DROP TABLESPACE {space}")


# ---- a lock that others hold


def test_others_at_work_for_longer_than_we_wait(clinic: Clinic) -> None:
    """An import and a publication at once, each with its whole patience."""
    with ThreadPoolExecutor() as threads, locked(clinic.engine):
        began = time.monotonic()
        waiting = [threads.submit(failure_of, work) for work in (clinic.import_new, clinic.publish)]
        assert clinic.look() == clinic.before
        assert [one.result(timeout=60) for one in waiting] == ["storage_busy"] * 2
        assert time.monotonic() - began > 4.5
    clinic.works_again()


def test_others_at_work_for_a_moment_are_waited_for(clinic: Clinic) -> None:
    with ThreadPoolExecutor() as threads:
        with locked(clinic.engine):
            done = [threads.submit(work) for work in (clinic.import_new, clinic.publish)]
            time.sleep(1)
            assert not any(one.done() for one in done)
        assert [one.result(timeout=60) for one in done] == [None, None]
    assert clinic.look() == Seen(clinic.before.edition + 1, "next")


def test_a_lock_in_the_middle_of_an_import(clinic: Clinic) -> None:
    """Between two slices; then the import cannot even clear up behind itself."""
    impatient(clinic.engine)
    with ExitStack() as held:
        with after(clinic.engine, "INSERT INTO location", lambda _: held.enter_context(locked(clinic.engine))):
            assert failure_of(clinic.import_new) == "storage_busy"
        assert clinic.look() == clinic.before
    clinic.works_again()


# ---- a database that goes away, may only be read, or is damaged


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_session_that_is_ended_during_an_import(clinic: Clinic) -> None:
    """The import's lock is held by another session, and it can clear up behind itself."""

    def end(connection: Connection) -> None:
        session = connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
        on_the_server(clinic.engine, f"SELECT pg_terminate_backend({session}, 5000)")

    for when in ("INSERT INTO location", "INSERT INTO practitioner_role", "INSERT INTO healthcare_service"):
        with once(clinic.engine, when, end):
            assert failure_of(clinic.import_new) == "storage_gone"
        assert unfinished(clinic.engine) == 0
        assert clinic.look() == clinic.before
    clinic.works_again()


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("moment", "dry_run"),
    [(f"{BEAT}, rows_done", False), (f"{BEAT} WHERE", False), ("state", False), (f"{BEAT} WHERE", True)],
    ids=["at a slice", "carrying over", "at the end", "at the end of a dry run"],
)
def test_an_import_whose_lock_was_lost_never_passes_for_whole(
    clinic: Clinic, tmp_path: Path, moment: str, dry_run: bool
) -> None:
    """Only the session with the lock is ended; another import takes over and clears away what was loaded."""
    database = f"(SELECT oid FROM pg_database WHERE datname = '{clinic.engine.url.database}')"
    locks = (
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND database = {database}"
    )
    other = open_engine(clinic.engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
    files = clinic.new_files
    if dry_run:
        # So that nothing is carried over, and the first mark without a count of rows is the last.
        files = [*files, write(tmp_path / "services.csv", "location_id,service,offered", "place1,therapy,yes")]

    def take_over(_: Connection) -> None:
        on_the_server(clinic.engine, locks)
        import_files(other, clinic.new_files, "clinic")

    with once(clinic.engine, f"UPDATE dataset SET {moment}", take_over), pytest.raises(FileRefused) as refused:
        import_files(clinic.engine, files, "clinic", Wishes(dry_run=dry_run))
    other.dispose()
    assert (refused.value.code, refused.value.params) == ("import_running", {"source": "clinic"})
    assert unfinished(clinic.engine) == 0
    assert clinic.look() == clinic.before
    # What the other brought is whole.
    put_in_force(clinic.engine, None)
    assert clinic.look() == Seen(clinic.before.edition + 1, "new")


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_server_that_is_stopped_during_an_import(clinic: Clinic) -> None:
    """All sessions end, and for a while there are no new ones."""
    for when in ("INSERT INTO dataset", "INSERT INTO location", "INSERT INTO stated_capability", "UPDATE dataset SET state"):  # fmt: skip
        with once(clinic.engine, when, lambda _: end_sessions(clinic.engine, shut_out=True)):
            assert failure_of(clinic.import_new) == "storage_gone"
        assert failure_of(clinic.import_new) == "storage_gone"
        let_in(clinic.engine)
        assert clinic.look() == clinic.before
    clinic.works_again()


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_server_that_is_stopped_during_a_publication(clinic: Clinic) -> None:
    for when in ("SELECT location.", "UPDATE dataset SET active", "INSERT INTO snapshot", "INSERT INTO audit_entry"):
        with once(clinic.engine, when, lambda _: end_sessions(clinic.engine)):
            assert failure_of(clinic.publish) == "storage_gone"
        assert clinic.look() == clinic.before
    clinic.works_again()


def test_a_database_that_may_only_be_read(clinic: Clinic) -> None:
    with read_only(clinic.engine):
        assert failure_of(clinic.import_new) == "storage_read_only"
        assert failure_of(clinic.publish) == "storage_read_only"
        assert clinic.look() == clinic.before
    clinic.works_again()


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_damaged_file(clinic: Clinic) -> None:
    engine, path = clinic.engine, Path(str(clinic.engine.url.database))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    good = path.read_bytes()
    for bad in (good[:8192] + b"x" * (len(good) - 8192), good[:5000], b"no database" * 1000):
        path.write_bytes(bad)
        assert failure_of(clinic.import_new) == "storage_damaged"
        assert failure_of(clinic.publish) == "storage_damaged"
        engine.dispose()
        path.write_bytes(good)
    clinic.works_again()


# ---- what is told


def test_a_refusal_is_told_though_clearing_up_fails(clinic: Clinic, tmp_path: Path) -> None:
    """The reason why nothing was imported is what staff must hear, not what befell afterwards."""
    impatient(clinic.engine)
    bad = locations(tmp_path / "bad.csv", "a,A,,clinic,Atlantis,23220,37.5,-77.4,")
    with (
        ExitStack() as held,
        pytest.raises(FileRefused) as refused,
        after(clinic.engine, "INSERT INTO import_problem", lambda _: held.enter_context(locked(clinic.engine))),
    ):
        import_files(clinic.engine, [bad], "clinic")
    assert refused.value.code == "import_without_rows"
    clinic.works_again()
