"""Migrations keep every row, equal the models, and leave the database alone when they cannot."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import JSON, CheckConstraint, Engine, Enum, Table, func, insert, inspect, select, text, update

from finder.db import TABLES
from finder.db.base import UtcDateTime
from finder.db.dialect import open_engine
from finder.db.migrations import HERE, migrate, revision
from finder.errors import DirectoryRefused
from tests.conftest import Databases
from tests.sample_files import whole_database

RELEASED = Path(__file__).parent / "released"
HEAD = "0012"

# As a later release might: remake two tables that others refer to. SQLite knows no other way to change a column.
REMAKES = '''"""Widen the names of places and sources."""

import sqlalchemy as sa
from alembic import op

revision = "planted"
down_revision = "BEFORE"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("location", "source"):
        with op.batch_alter_table(table, recreate="RECREATE") as batch:
            batch.alter_column("name", existing_type=sa.String(200), type_=sa.String(400), existing_nullable=False)
            batch.add_column(sa.Column("remark", sa.Text(), nullable=True))
    THEN
'''


@pytest.fixture
def bare(databases: Databases) -> Iterator[Engine]:
    """A database without any table."""
    opened = open_engine(databases.empty())
    yield opened
    opened.dispose()


def planted(folder: Path, backend: str, then: str = "") -> Path:
    """Write our revisions and one more into a folder; return the folder."""
    shutil.copytree(HERE / "versions", folder, ignore=shutil.ignore_patterns("__pycache__"))
    remake = "always" if backend == "sqlite" else "auto"
    (folder / "planted.py").write_text(
        REMAKES.replace("BEFORE", HEAD).replace("RECREATE", remake).replace("THEN", then)
    )
    return folder


def value(table: Table, name: str) -> Any:
    """Return a value that a column of a filled table takes."""
    column = table.columns[name]
    if name in ("latitude", "longitude"):
        return 37.5
    if isinstance(column.type, Enum):
        return column.type.enum_class(column.type.enums[0]) if column.type.enum_class else column.type.enums[0]
    if isinstance(column.type, JSON):
        return ["á", "b"] if name in ("sections", "carried_over", "header", "columns", "origins", "kinds") else {"á": 1}
    if isinstance(column.type, UtcDateTime):
        return dt.datetime(2026, 11, 22, 12, 30, 15, 250, tzinfo=dt.UTC)
    kinds = {
        int: 1, str: "á1"[: getattr(column.type, "length", None)], bool: True, float: 1.5, bytes: b"\x00\xff",
        dt.date: dt.date(2026, 11, 22),
    }  # fmt: skip
    return kinds[column.type.python_type]


def fill(engine: Engine) -> dict[str, int]:
    """Put a row into every table, each referring to those of the tables above it; return the counts."""
    with engine.begin() as connection:
        for table in TABLES.sorted_tables:
            own = [column.name for column in table.columns]
            connection.execute(insert(table).values({name: value(table, name) for name in own}))
    return counts(engine)


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in TABLES.sorted_tables
        }


def dump(database: Path) -> str:
    """Return a SQLite database as SQL. Each release keeps that of a fresh database after fill(), by its revision."""
    connection = sqlite3.connect(database)
    try:
        return "\n".join(connection.iterdump()) + "\n"
    finally:
        connection.close()


def load(file: Path, database: Path) -> None:
    connection = sqlite3.connect(database)
    try:
        connection.executescript(file.read_text(encoding="utf-8"))
    finally:
        connection.close()


def broken_references(engine: Engine) -> list[Any]:
    """Return what refers to nothing; PostgreSQL would not have let it happen."""
    if engine.dialect.name != "sqlite":
        return []
    with engine.connect() as connection:
        return list(connection.exec_driver_sql("PRAGMA foreign_key_check"))


def test_a_fresh_database_equals_the_models(bare: Engine, tmp_path: Path) -> None:
    assert migrate(bare, tmp_path)
    with bare.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "include_object": ours}
        )
        assert compare_metadata(context, TABLES) == []
        assert revision(connection) == HEAD


def test_tables_of_postgis_are_made_where_it_is_and_are_no_models(bare: Engine, tmp_path: Path) -> None:
    wanted = set()
    if bare.dialect.name == "postgresql":
        wanted = {"search_place", "search_role", "search_edition"}
        with bare.begin() as connection:
            connection.execute(text("CREATE EXTENSION postgis"))
    assert migrate(bare, tmp_path)
    with bare.connect() as connection:
        assert {name for name in inspect(connection).get_table_names() if name.startswith("search_")} == wanted
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": ours, "include_name": no_search_table}
        )
        assert compare_metadata(context, TABLES) == []


def no_search_table(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and (name or "").startswith("search_"))


def ours(_object: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    return not (kind == "table" and reflected and compare_to is None and name == "spatial_ref_sys")


def test_every_check_of_the_models_is_in_the_database(bare: Engine, tmp_path: Path) -> None:
    """Alembic does not compare checks, so they are compared here by table and name."""
    migrate(bare, tmp_path)
    there = inspect(bare)
    for table in TABLES.sorted_tables:
        wanted = {str(one.name) for one in table.constraints if isinstance(one, CheckConstraint)}
        assert {one["name"] for one in there.get_check_constraints(table.name)} == wanted, table.name


def test_a_second_migration_does_nothing(bare: Engine, tmp_path: Path) -> None:
    assert migrate(bare, tmp_path / "backups")
    before = fill(bare)
    assert not migrate(bare, tmp_path / "backups")
    assert counts(bare) == before
    assert not (tmp_path / "backups").exists()


def test_a_database_from_the_future_is_refused(bare: Engine, tmp_path: Path) -> None:
    migrate(bare, tmp_path)
    fill(bare)
    before = whole_database(bare)
    with bare.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999', oldest_reader = '9999'"))
    with pytest.raises(DirectoryRefused) as refused:
        migrate(bare, tmp_path / "backups")
    assert (refused.value.code, refused.value.params) == ("database_newer", {"revision": "9999"})
    assert whole_database(bare) == before
    assert not (tmp_path / "backups").exists()


def test_remaking_tables_keeps_every_row_of_every_table(bare: Engine, tmp_path: Path) -> None:
    migrate(bare, tmp_path)
    before = fill(bare)
    assert set(before.values()) == {1}
    rows = whole_database(bare)
    assert migrate(bare, tmp_path / "backups", versions=planted(tmp_path / "versions", bare.dialect.name))
    assert counts(bare) == before
    assert whole_database(bare) == rows
    assert broken_references(bare) == []
    with bare.connect() as connection:
        assert revision(connection) == "planted"
        assert "remark" in {column["name"] for column in inspect(connection).get_columns("location")}
        assert [key["referred_table"] for key in inspect(connection).get_foreign_keys("dataset")] == ["source"]


def test_foreign_keys_still_hold_after_remaking(bare: Engine, tmp_path: Path) -> None:
    migrate(bare, tmp_path)
    fill(bare)
    migrate(bare, tmp_path / "backups", versions=planted(tmp_path / "versions", bare.dialect.name))
    for statement in ("DELETE FROM source", "DELETE FROM location", "UPDATE dataset SET source_id = 77"):
        with pytest.raises(Exception, match=r"(?i)foreign key"), bare.begin() as connection:
            connection.execute(text(statement))


@pytest.mark.parametrize("trouble", ["op.execute('DELETE FROM location')", "raise RuntimeError('broken')"])
def test_a_migration_that_breaks_references_or_fails_changes_nothing(
    bare: Engine, tmp_path: Path, trouble: str
) -> None:
    migrate(bare, tmp_path)
    fill(bare)
    before, schema = whole_database(bare), inspect(bare).get_columns("location")
    versions = planted(tmp_path / "versions", bare.dialect.name, trouble)
    with pytest.raises(Exception, match=r"broken|foreign key"):
        migrate(bare, tmp_path / "backups", versions=versions)
    assert whole_database(bare) == before
    assert [column["name"] for column in inspect(bare).get_columns("location")] == [column["name"] for column in schema]
    with bare.connect() as connection:
        assert revision(connection) == HEAD
    # And the way is free for one that is mended.
    (versions / "planted.py").unlink()
    shutil.rmtree(versions / "__pycache__", ignore_errors=True)
    assert migrate(bare, tmp_path / "backups", versions=planted(tmp_path / "mended", bare.dialect.name))


def test_a_filled_sqlite_database_is_backed_up_before_an_upgrade(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'finder.db'}")
    backups = tmp_path / "backups"
    migrate(engine, backups)
    assert not backups.exists()
    fill(engine)
    before = whole_database(engine)
    migrate(engine, backups, versions=planted(tmp_path / "versions", "sqlite"))
    with engine.begin() as connection:
        connection.execute(update(TABLES.tables["staff"]).values(name="later"))
    engine.dispose()
    (copy,) = backups.iterdir()
    assert copy.name.startswith("before-planted-")
    old = open_engine(f"sqlite:///{copy}")
    assert whole_database(old) == before
    with old.connect() as connection:
        assert revision(connection) == HEAD
    old.dispose()


@pytest.mark.parametrize("file", sorted(RELEASED.glob("*.sql")), ids=lambda file: file.stem)
def test_a_filled_database_of_every_released_revision_keeps_all(file: Path, tmp_path: Path) -> None:
    database = tmp_path / "finder.db"
    load(file, database)
    plain = sqlite3.connect(database)
    names = [row[0] for row in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    before = {name: plain.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
    plain.close()
    assert min(before.values()) > 0
    engine = open_engine(f"sqlite:///{database}")
    assert migrate(engine, tmp_path / "backups") == (file.stem != HEAD)
    assert before.items() <= (counts(engine) | {"alembic_version": 1}).items()
    assert broken_references(engine) == []
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, TABLES) == []
    engine.dispose()


def test_the_newest_revision_has_its_dump() -> None:
    assert (RELEASED / f"{HEAD}.sql").exists()
    assert sorted(path.stem[:4] for path in (HERE / "versions").glob("0*.py"))[-1] == HEAD
