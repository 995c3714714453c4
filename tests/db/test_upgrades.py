"""A version goes on with a database that a newer one has migrated, where that has only added to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from finder.db.dialect import open_engine
from finder.db.migrations import HERE, head_revision, is_ahead, migrate, revision
from finder.desk.backup import back_up, restore
from finder.desk.setup import set_up
from finder.desk.soundness import check
from finder.errors import BackupRefused, DirectoryRefused
from tests.conftest import Databases
from tests.sample_files import whole_database

LATER = '''"""As a later release might."""

import sqlalchemy as sa
from alembic import op

revision = "later"
down_revision = "HEAD"
branch_labels = None
depends_on = None
OLDEST


def upgrade() -> None:
    op.create_table("kept_later", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("location", sa.Column("remark", sa.Text(), nullable=True))
'''


def later(folder: Path, oldest: str) -> Path:
    """Write the revisions of a later version into a folder: ours and one more."""
    folder.mkdir()
    for one in (HERE / "versions").glob("*.py"):
        (folder / one.name).write_bytes(one.read_bytes())
    (folder / "later.py").write_text(LATER.replace("HEAD", head_revision()).replace("OLDEST", oldest))
    return folder


def test_a_version_goes_on_with_what_a_later_one_has_only_added_to(demo_engine: Engine, tmp_path: Path) -> None:
    assert not is_ahead(demo_engine)
    before = whole_database(demo_engine)
    oldest = f'oldest_reader = "{head_revision()}"'
    assert migrate(demo_engine, tmp_path / "backups", versions=later(tmp_path / "later", oldest))
    with demo_engine.connect() as connection:
        assert revision(connection) == "later"
    assert is_ahead(demo_engine)
    assert not migrate(demo_engine, tmp_path / "backups")
    # It sets nothing up, since the newer version has its own catalogue, and finds nothing wrong.
    with demo_engine.begin() as connection:
        connection.execute(text("DELETE FROM catalogue_row WHERE key = 'labral-tear'"))
        connection.execute(text("UPDATE snapshot SET layout = layout - 1"))
    assert set_up(demo_engine, tmp_path / "backups", demo=True) == ["edition_raised"]
    assert set_up(demo_engine, tmp_path / "backups", demo=True) == []
    assert check(demo_engine) == []
    after = whole_database(demo_engine)
    assert {name for name, rows in after.items() if rows != before[name]} <= {"catalogue_row", "snapshot", "edition", "audit_entry"}  # fmt: skip
    # A backup of it would lack what only the later version knows.
    with pytest.raises(DirectoryRefused) as refused:
        back_up(demo_engine, tmp_path / "backup.zip")
    assert refused.value.code == "database_newer"
    assert not (tmp_path / "backup.zip").exists()


@pytest.mark.parametrize("oldest", ["", 'oldest_reader = "between"'])
def test_a_version_leaves_alone_what_it_may_not_use(demo_engine: Engine, tmp_path: Path, oldest: str) -> None:
    migrate(demo_engine, tmp_path / "backups", versions=later(tmp_path / "later", oldest))
    before = whole_database(demo_engine)
    assert not is_ahead(demo_engine)
    with pytest.raises(DirectoryRefused) as refused:
        set_up(demo_engine, tmp_path / "backups", demo=True)
    assert (refused.value.code, refused.value.params) == ("database_newer", {"revision": "later"})
    assert [one.code for one in check(demo_engine)] == ["check_migrations"]
    assert whole_database(demo_engine) == before


def test_a_database_of_before_is_told_who_may_use_it_once_it_is_migrated(demo_engine: Engine, tmp_path: Path) -> None:
    """The versions before 0012 did not write it."""
    with demo_engine.begin() as connection:
        connection.execute(text("ALTER TABLE alembic_version DROP COLUMN oldest_reader"))
    assert not is_ahead(demo_engine)
    assert not migrate(demo_engine, tmp_path / "backups")
    migrate(
        demo_engine, tmp_path / "backups", versions=later(tmp_path / "later", f'oldest_reader = "{head_revision()}"')
    )
    assert "oldest_reader" in {one["name"] for one in inspect(demo_engine).get_columns("alembic_version")}
    assert is_ahead(demo_engine)


def test_a_backup_is_taken_back_by_a_new_database_that_has_postgis(
    demo_engine: Engine, databases: Databases, tmp_path: Path
) -> None:
    """The table that the extension makes is not ours; on SQLite, one of its name stands for it."""
    back_up(demo_engine, tmp_path / "backup.zip")
    other = open_engine(databases.empty())
    on_postgresql = other.dialect.name == "postgresql"
    with other.begin() as connection:
        connection.execute(
            text("CREATE EXTENSION postgis" if on_postgresql else "CREATE TABLE spatial_ref_sys (srid INTEGER)")
        )
    restore(other, tmp_path / "backup.zip", tmp_path / "backups")
    assert whole_database(other) == whole_database(demo_engine)
    with pytest.raises(BackupRefused):
        restore(other, tmp_path / "backup.zip", tmp_path / "backups")
    other.dispose()
