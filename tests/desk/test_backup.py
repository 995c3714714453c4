"""Backups: taken while others write, restored into either kind of database, and refused where anything is amiss."""

from __future__ import annotations

import json
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, func, inspect, select

from finder.db import TABLES
from finder.db.datasets import Dataset, Source
from finder.db.dialect import open_engine
from finder.db.edition import load_snapshot
from finder.db.migrations import migrate
from finder.db.staff import StaffRole
from finder.desk import backup as backup_module
from finder.desk.accounts import add_staff, sign_in
from finder.desk.audit import first_broken
from finder.desk.backup import back_up, copy, restore
from finder.desk.publish import activate, roll_back
from finder.desk.setup import set_up
from finder.errors import BackupRefused, OutputRefused
from finder.importers.pipeline import import_files
from finder.search.snapshot import LAYOUT
from tests.conftest import Databases
from tests.db.test_migrations import fill, load
from tests.importers.test_corpus import exported
from tests.sample_files import whole_database

RELEASED = Path(__file__).parents[1] / "db" / "released"
HEAD = "person_id,npi,given_name,family_name,specialties,place_name,address,city,state,zip_code\n"
ROW = "{0},,Ada,Fern{0},207X00000X,Elm Clinic,{0} Elm St,Richmond,VA,23220\n"


@pytest.fixture
def other(tmp_path: Path, databases: Databases) -> Iterator[Engine]:
    """A new database of the same kind."""
    address = databases.empty() if databases.backend == "postgresql" else f"sqlite:///{tmp_path / 'other.db'}"
    engine = open_engine(address)
    yield engine
    engine.dispose()


def lived_in(engine: Engine, folder: Path) -> None:
    """Give a directory a history: versions, one of them undone, an account."""
    for version in (1, 2):
        (folder / "people.csv").write_text(HEAD + "".join(ROW.format(f"p{n}") for n in range(20 * version)))
        import_files(engine, [folder / "people.csv"], "elm")
        activate(engine, "elm", None, "tests")
    roll_back(engine, "elm", "tests")
    add_staff(engine, "Ada Fern", StaffRole.ADMINISTRATOR, "three brown teapots", "tests")


def test_what_comes_back_is_what_went_in(demo_engine: Engine, other: Engine, tmp_path: Path) -> None:
    lived_in(demo_engine, tmp_path)
    before, snapshot = whole_database(demo_engine), load_snapshot(demo_engine, LAYOUT)
    summary = back_up(demo_engine, tmp_path / "b.zip")
    assert summary.edition == 4
    assert sum(summary.rows.values()) > 500
    again = restore(other, tmp_path / "b.zip", tmp_path / "backups")
    assert again == summary
    assert whole_database(other) == before
    assert load_snapshot(other, LAYOUT) == snapshot
    # It lives on: nothing to set up, the chain is whole, accounts sign in, numbers go on.
    assert set_up(other, tmp_path / "backups", demo=True) == []
    assert sign_in(other, "Ada Fern", "three brown teapots").name == "Ada Fern"
    with other.connect() as connection:
        assert first_broken(connection) is None
    activate(other, "elm", 2, "tests")
    (tmp_path / "people.csv").write_text(HEAD + ROW.format("new"))
    assert import_files(other, [tmp_path / "people.csv"], "elm").version == 3


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True, scope="session")
def test_from_sqlite_to_postgresql_and_back(databases: Databases, tmp_path: Path) -> None:
    lite = open_engine(f"sqlite:///{tmp_path / 'lite.db'}")
    set_up(lite, tmp_path / "backups", demo=True)
    lived_in(lite, tmp_path)
    big, back = open_engine(databases.empty()), open_engine(f"sqlite:///{tmp_path / 'back.db'}")
    copy(lite, big, tmp_path / "backups")
    copy(big, back, tmp_path / "backups")
    assert whole_database(back) == whole_database(lite)
    for number, engine in enumerate((lite, big, back)):
        with engine.connect() as connection:
            active = connection.scalar(select(Dataset.id).join(Source).where(Dataset.active, Source.name == "elm"))
        files = exported(engine, active, tmp_path / f"out{number}")
        assert len(files) >= 2
        assert files == exported(lite, active, tmp_path / f"again{number}")
        engine.dispose()


def test_every_table_and_type_comes_back(engine: Engine, other: Engine, tmp_path: Path, databases: Databases) -> None:
    bare = open_engine(databases.empty())
    migrate(bare, tmp_path / "backups")
    counts = fill(bare)
    assert back_up(bare, tmp_path / "b.zip").rows == counts
    restore(other, tmp_path / "b.zip", tmp_path / "backups")
    assert whole_database(other) == whole_database(bare)
    bare.dispose()


def test_one_of_an_earlier_release_is_brought_to_this_version(other: Engine, tmp_path: Path) -> None:
    """As it was written by that release: with its tables and columns alone."""
    old = tmp_path / "old.db"
    load(RELEASED / "0009.sql", old)
    opened = open_engine(f"sqlite:///{old}")
    back_up_as_it_is(opened, tmp_path / "b.zip")
    restore(other, tmp_path / "b.zip", tmp_path / "backups")
    migrate(opened, tmp_path / "backups")
    assert whole_database(other) == whole_database(opened)
    opened.dispose()


def back_up_as_it_is(engine: Engine, path: Path) -> None:
    """Back a database of an earlier revision up, whose tables lack columns of today's models."""
    there = inspect(engine)
    older = MetaData(naming_convention=TABLES.naming_convention)
    for table in TABLES.sorted_tables:
        if there.has_table(table.name):
            kept = {column["name"] for column in there.get_columns(table.name)}
            copied = table.to_metadata(older)
            for column in list(copied.columns):
                if column.name not in kept:
                    copied._columns.remove(column)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup_module, "_tables", lambda _connection: older.sorted_tables)
        back_up(engine, path)


def test_taken_while_others_publish_it_is_of_one_moment(demo_engine: Engine, other: Engine, tmp_path: Path) -> None:
    """Export the edition it was taken at: the same bytes from the restored one as from the versions that are kept."""
    (tmp_path / "in").mkdir()
    stop, editions = threading.Event(), list[int]()

    def publish_on() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            (tmp_path / "in" / "people.csv").write_text(
                HEAD + "".join(ROW.format(f"p{n}") for n in range(number, number + 9))
            )
            import_files(demo_engine, [tmp_path / "in" / "people.csv"], "elm")
            editions.append(activate(demo_engine, "elm", None, "tests", confirmed_gone=1))

    thread = threading.Thread(target=publish_on)
    thread.start()
    try:
        while len(editions) < 2:
            threading.Event().wait(0.05)
        summary = back_up(demo_engine, tmp_path / "b.zip")
        while editions[-1] < summary.edition + 2:
            threading.Event().wait(0.05)
    finally:
        stop.set()
        thread.join()
    restore(other, tmp_path / "b.zip", tmp_path / "backups")
    with other.connect() as connection:
        source = connection.scalar(select(Source.id).where(Source.name == "elm"))
        active = connection.scalar(select(Dataset.id).where(Dataset.active, Dataset.source_id == source))
        assert connection.scalar(select(func.max(TABLES.tables["edition"].c.number))) == summary.edition
    assert active is not None
    assert exported(other, active, tmp_path / "one") == exported(demo_engine, active, tmp_path / "two")
    snapshot = load_snapshot(other, LAYOUT)
    assert snapshot
    assert snapshot[0] == summary.edition


# ---- refusals


def test_nothing_is_put_into_a_database_in_use(demo_engine: Engine, tmp_path: Path) -> None:
    back_up(demo_engine, tmp_path / "b.zip")
    before = whole_database(demo_engine)
    with pytest.raises(BackupRefused) as refused:
        restore(demo_engine, tmp_path / "b.zip", tmp_path)
    assert refused.value.code == "database_in_use"
    assert whole_database(demo_engine) == before


def test_a_file_that_is_there_is_not_replaced_by_slip(demo_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("mine")
    with pytest.raises(OutputRefused):
        back_up(demo_engine, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_text() == "mine"
    back_up(demo_engine, tmp_path / "b.zip", overwrite=True)
    assert zipfile.is_zipfile(tmp_path / "b.zip")


@contextmanager
def rewritten(path: Path, change: Callable[[dict[str, bytes]], Any]) -> Iterator[Path]:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    made = path.with_name("made.zip")
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    yield made


def drop_row(parts: dict[str, bytes]) -> None:
    parts["location.jsonl"] = parts["location.jsonl"].partition(b"\n")[2]


def change_letter(parts: dict[str, bytes]) -> None:
    parts["location.jsonl"] = parts["location.jsonl"].replace(b"Richmond", b"Richmont", 1)


def lose_table(parts: dict[str, bytes]) -> None:
    del parts["practitioner.jsonl"]


def lose_about(parts: dict[str, bytes]) -> None:
    del parts["finder-backup.json"]


def of_the_future(parts: dict[str, bytes]) -> None:
    about = json.loads(parts["finder-backup.json"])
    parts["finder-backup.json"] = json.dumps(about | {"revision": "9999"}).encode()


def strange_table(parts: dict[str, bytes]) -> None:
    about = json.loads(parts["finder-backup.json"])
    about["tables"]["sqlite_master; DROP TABLE source"] = {"rows": 0, "sum": "0" * 64, "columns": []}
    parts["finder-backup.json"] = json.dumps(about).encode()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (drop_row, "backup_damaged"), (change_letter, "backup_damaged"), (lose_table, "backup_damaged"),
        (lose_about, "backup_damaged"), (of_the_future, "backup_newer"), (strange_table, "backup_damaged"),
    ],
)  # fmt: skip
def test_a_backup_that_is_not_as_it_was_written_is_refused_before_anything(
    demo_engine: Engine, other: Engine, tmp_path: Path, change: Callable[[dict[str, bytes]], None], code: str
) -> None:
    back_up(demo_engine, tmp_path / "b.zip")
    with rewritten(tmp_path / "b.zip", change) as made, pytest.raises(BackupRefused) as refused:
        restore(other, made, tmp_path / "backups")
    assert refused.value.code == code
    assert inspect(other).get_table_names() == []


def test_what_is_no_backup_is_told_as_such(other: Engine, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 and so on")
    for name, code in (("b.zip", "backup_damaged"), ("nothing.zip", "backup_missing")):
        with pytest.raises(BackupRefused) as refused:
            restore(other, tmp_path / name, tmp_path / "backups")
        assert refused.value.code == code


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_backup_cut_short_is_refused(demo_engine: Engine, other: Engine, tmp_path: Path, share: float) -> None:
    back_up(demo_engine, tmp_path / "b.zip")
    shutil.copy(tmp_path / "b.zip", tmp_path / "cut.zip")
    with (tmp_path / "cut.zip").open("r+b") as file:
        file.truncate(int((tmp_path / "cut.zip").stat().st_size * share))
    with pytest.raises(BackupRefused) as refused:
        restore(other, tmp_path / "cut.zip", tmp_path / "backups")
    assert refused.value.code == "backup_damaged"
    assert inspect(other).get_table_names() == []
