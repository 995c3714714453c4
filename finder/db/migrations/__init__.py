"""Bring a database to the tables of this version: Alembic, driven from code.

Releases only add (expand); nothing is dropped while an older version may still be answering.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect

from finder.db.dialect import back_up_sqlite, migrating
from finder.errors import DirectoryRefused

HERE = Path(__file__).parent
_BACKUPS_KEPT = 5


def migrate(engine: Engine, backups: Path, *, to: str = "head", versions: Path | None = None) -> bool:
    """Migrate to revision `to`; return whether anything changed.

    A SQLite database that already holds tables is copied to the folder `backups` first. `versions` is a
    folder of revisions other than our own. Raises DirectoryRefused (database_newer) where the database was
    made by a newer version of the product.
    """
    config = _config(versions)
    wanted = ScriptDirectory.from_config(config).as_revision_number(to)
    with engine.connect() as connection:
        current = revision(connection)
        filled = inspect(connection).has_table("dataset")
    if current == wanted:
        return False
    try:
        ScriptDirectory.from_config(config).get_revision(current or "base")
    except CommandError as unknown:
        raise DirectoryRefused("database_newer", revision=current) from unknown
    if filled and engine.dialect.name == "sqlite":
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S")
        back_up_sqlite(engine, backups / f"before-{wanted}-{stamp}.db")
        for old in sorted(backups.glob("before-*.db"), key=lambda file: file.stat().st_mtime)[:-_BACKUPS_KEPT]:
            old.unlink()
    with migrating(engine) as connection:
        # Another process may have migrated while this one waited for the lock; then there is nothing to do.
        config.attributes["connection"] = connection
        command.upgrade(config, to)
    return True


def revision(connection: Connection) -> str | None:
    """Return the revision a database is at, None where there is none."""
    return MigrationContext.configure(connection).get_current_revision()


def knows(name: str) -> bool:
    """Return whether a revision is one of this version's."""
    try:
        return ScriptDirectory.from_config(_config()).get_revision(name) is not None
    except CommandError:
        return False


def head_revision() -> str:
    """Return the revision of this version's tables."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config(versions: Path | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(versions or HERE / "versions").replace("%", "%%"))
    return config
