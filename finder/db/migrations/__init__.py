"""Bring a database to the tables of this version: Alembic, driven from code.

Releases only add (expand); nothing is dropped while an older version may still be answering. Beside its revision a
database says which version is the oldest that may still use it: `oldest_reader` of the revision, which is the revision
itself where that says nothing.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, column, inspect, select, table, text, update

from finder.db.dialect import back_up_sqlite, migrating
from finder.errors import DirectoryRefused

HERE = Path(__file__).parent
_BACKUPS_KEPT = 5
_ABOUT = table("alembic_version", column("oldest_reader"))


def migrate(engine: Engine, backups: Path, *, to: str = "head", versions: Path | None = None) -> bool:
    """Migrate to revision `to`; return whether anything changed.

    A SQLite database that already holds tables is copied to the folder `backups` first. `versions` is a
    folder of revisions other than our own. A database of a newer version that this one may use is left as it is.
    Raises DirectoryRefused (database_newer) where it may not.
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
        if versions is None and is_ahead(engine):
            return False
        raise DirectoryRefused("database_newer", revision=current) from unknown
    if filled and engine.dialect.name == "sqlite":
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S")
        made = backups / f"before-{wanted}-{stamp}.db"
        back_up_sqlite(engine, made)
        others = sorted(backups.glob("before-*.db"), key=lambda file: (file == made, file.stat().st_mtime))
        for old in others[:-_BACKUPS_KEPT]:
            old.unlink()
    with migrating(engine) as connection:
        # Another process may have migrated while this one waited for the lock; then there is nothing to do.
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        _say_who_may_use_it(connection, ScriptDirectory.from_config(config))
    return True


def revision(connection: Connection) -> str | None:
    """Return the revision a database is at, None where there is none."""
    return MigrationContext.configure(connection).get_current_revision()


def is_ahead(engine: Engine) -> bool:
    """Return whether a newer version has migrated the database, and only added to what this one uses."""
    with engine.connect() as connection:
        current = revision(connection)
        if current is None or knows(current) or not _tells(connection):
            return False
        oldest = connection.scalar(select(_ABOUT.c.oldest_reader))
    return oldest is not None and knows(oldest)


def _say_who_may_use_it(connection: Connection, scripts: ScriptDirectory) -> None:
    """Write which version is the oldest that may use the database as it is now, beside its revision."""
    current = revision(connection)
    found = scripts.get_revision(current) if current else None
    if found is None:
        return
    if not _tells(connection):
        # In Alembic's own table, which has its row from the first revision on and is of no model.
        connection.execute(text("ALTER TABLE alembic_version ADD COLUMN oldest_reader VARCHAR(32)"))
    oldest = getattr(found.module, "oldest_reader", found.revision)
    connection.execute(update(_ABOUT).values(oldest_reader=oldest))


def _tells(connection: Connection) -> bool:
    return any(one["name"] == "oldest_reader" for one in inspect(connection).get_columns(_ABOUT.name))


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
