"""Backups: all that a database holds, as of one moment, in a file that either kind of database takes back.

A backup is a ZIP archive of one file of JSON lines for each table, with what proves each whole. It is written in one
transaction that reads, so that the finder goes on meanwhile; it is restored in one that writes, or not at all.
"""

from __future__ import annotations

import base64
import datetime as dt
import enum
import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Date, Engine, Enum, LargeBinary, Table, func, insert, inspect, select
from sqlalchemy import column as bare_column
from sqlalchemy import table as bare_table

from finder import __version__
from finder.db import TABLES
from finder.db.base import UtcDateTime
from finder.db.dialect import migrating, number_on, one_moment, refresh_statistics
from finder.db.migrations import knows, migrate, revision
from finder.errors import BackupRefused, DirectoryRefused
from finder.importers.outputs import whole

_ABOUT = "finder-backup.json"
_FORMAT = 1
_ROWS_AT_ONCE = 500
# What the extension puts beside our tables; a database that has nothing else is a new one.
_OF_POSTGIS = {"spatial_ref_sys"}
_TOO_LONG = 2**30  # bytes of one row: no row of ours comes near


@dataclass(frozen=True)
class Summary:
    """What a backup holds: when it was taken, of which edition, and how many rows of each table."""

    taken_at: dt.datetime
    edition: int
    rows: dict[str, int]


class _Digest:
    """What proves rows to be the same, whatever their order: the sum of the hash of each."""

    def __init__(self) -> None:
        self._sum, self.rows = 0, 0

    def add(self, line: bytes) -> None:
        """Count a row."""
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line).digest(), "big")) % 2**256
        self.rows += 1

    @property
    def told(self) -> dict[str, Any]:
        """Rows and sum, as they stand in the backup."""
        return {"rows": self.rows, "sum": f"{self._sum:064x}"}


def back_up(engine: Engine, path: Path, *, overwrite: bool = False) -> Summary:
    """Write all that the database holds at this moment to a file, which appears once it is whole.

    Raises OutputRefused where it cannot be written or is there already, DirectoryRefused where a newer version has
    migrated the database: only that one knows all that is in it.
    """
    proofs: dict[str, Any] = {}
    with whole(path, overwrite=overwrite) as part, one_moment(engine) as connection:
        at = revision(connection)
        if at is not None and not knows(at):
            # It has tables that this version would leave out.
            raise DirectoryRefused("database_newer", revision=at)
        tables = _tables(connection)
        edition = int(connection.scalar(select(func.max(TABLES.tables["edition"].c.number))) or 0)
        taken_at = dt.datetime.now(dt.UTC)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for table in tables:
                digest = _Digest()
                with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as file:
                    for line in _lines(connection, table):
                        digest.add(line)
                        file.write(line + b"\n")
                proofs[table.name] = digest.told | {"columns": [one.name for one in table.columns]}
            about = {
                "format": _FORMAT, "finder": __version__, "revision": at, "taken_at": taken_at.isoformat(),
                "edition": edition, "tables": proofs,
            }  # fmt: skip
            archive.writestr(_ABOUT, json.dumps(about, indent=1))
        # It holds the accounts.
        part.chmod(0o600)
    return Summary(taken_at, edition, {name: one["rows"] for name, one in proofs.items()})


def restore(engine: Engine, path: Path, backups: Path) -> Summary:
    """Put all that a backup holds into a database that has no tables yet, and bring it to this version.

    One that another restore was stopped in has its tables and no row of ours, and is taken as well.
    Raises BackupRefused with nothing changed: backup_missing, backup_damaged, backup_newer, database_in_use.
    """
    with engine.connect() as connection:
        if set(inspect(connection).get_table_names()) - _OF_POSTGIS and not _holds_nothing(connection):
            raise BackupRefused("database_in_use", database=engine.url.render_as_string(hide_password=True))
    with _opened(path) as archive:
        about = _about(archive, path)
        _check(archive, about, path)
        migrate(engine, backups, to=about["revision"])
        with migrating(engine) as connection:
            for table in TABLES.sorted_tables:
                if table.name in about["tables"]:
                    _fill(connection, table, archive, about["tables"][table.name]["columns"])
            number_on(connection, [table for table in TABLES.sorted_tables if table.name in about["tables"]])
            for table in TABLES.sorted_tables:
                told = about["tables"].get(table.name)
                if told and _proof(connection, table, told["columns"]) != {"rows": told["rows"], "sum": told["sum"]}:
                    raise BackupRefused("backup_damaged", name=path.name, part=table.name)
    migrate(engine, backups)
    with engine.begin() as connection:
        refresh_statistics(connection)
    rows = {name: one["rows"] for name, one in about["tables"].items()}
    return Summary(dt.datetime.fromisoformat(about["taken_at"]), about["edition"], rows)


def copy(engine: Engine, to: Engine, backups: Path) -> Summary:
    """Put all that a database holds into another one, of either kind, that has no tables yet.

    What comes out is compared with what went in, row by row, before anything is said. Raises BackupRefused.
    """
    backups.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=backups) as folder:
        path = Path(folder) / "copy.zip"
        back_up(engine, path)
        return restore(to, path, backups)


def _tables(connection: Connection) -> list[Table]:
    """Return our tables that the database has, parents first."""
    there = set(inspect(connection).get_table_names())
    return [table for table in TABLES.sorted_tables if table.name in there]


def _holds_nothing(connection: Connection) -> bool:
    """Return whether nothing was ever published, imported or done in a database of ours."""
    ours = _tables(connection)
    if not any(table.name == "edition" for table in ours):
        return False
    wanted = ("edition", "source", "audit_entry", "staff", "catalogue_row")
    return not any(connection.scalar(select(func.count()).select_from(table)) for table in ours if table.name in wanted)


def _lines(connection: Connection, table: Table, columns: Sequence[str] = ()) -> Iterator[bytes]:
    chosen = [table.c[name] for name in columns] if columns else list(table.columns)
    ways = [(place, _out(one)) for place, one in enumerate(chosen)]
    bytes_at = [(place, way) for place, way in ways if way is not None]
    rows = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(*chosen))
    for row in rows:
        values = list(row)
        for place, way in bytes_at:
            if values[place] is not None:
                values[place] = way(values[place])
        yield orjson.dumps(values)


def _out(one: Column[Any]) -> Callable[[Any], Any] | None:
    if isinstance(one.type, LargeBinary):
        return lambda value: base64.b64encode(value).decode("ascii")
    if isinstance(one.type, Enum):
        return lambda value: value.value if isinstance(value, enum.Enum) else value
    if isinstance(one.type, UtcDateTime):
        return lambda value: value.isoformat()
    return None


def _in(one: Column[Any]) -> Callable[[Any], Any] | None:
    kind = one.type
    if isinstance(kind, LargeBinary):
        return base64.b64decode
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class
    if isinstance(kind, UtcDateTime):
        return dt.datetime.fromisoformat
    return dt.date.fromisoformat if isinstance(kind, Date) else None


def _fill(connection: Connection, table: Table, archive: zipfile.ZipFile, names: Sequence[str]) -> None:
    """Put the rows of a table into it, those that its migrations wrote aside."""
    # Named by itself: a backup of an earlier revision lacks columns that the models have.
    target = bare_table(table.name, *(bare_column(name, table.c[name].type) for name in names))
    ways = [_in(table.c[name]) for name in names]
    if connection.scalar(select(func.count()).select_from(target)):
        connection.execute(target.delete())
    some: list[dict[str, Any]] = []
    with archive.open(f"{table.name}.jsonl") as file:
        for line in file:
            values = orjson.loads(line)
            some.append(
                {
                    name: value if way is None or value is None else way(value)
                    for name, way, value in zip(names, ways, values, strict=True)
                }
            )
            if len(some) == _ROWS_AT_ONCE:
                connection.execute(insert(target), some)
                some = []
    if some:
        connection.execute(insert(target), some)


def _proof(connection: Connection, table: Table, names: Sequence[str]) -> dict[str, Any]:
    digest = _Digest()
    for line in _lines(connection, table, names):
        digest.add(line)
    return digest.told


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile):
        code = "backup_damaged" if path.is_file() else "backup_missing"
        raise (
            BackupRefused(code, name=str(path), part="archive")
            if code == "backup_damaged"
            else BackupRefused(code, name=str(path))
        ) from None


def _about(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    with suppress(KeyError, ValueError, zipfile.BadZipFile, zlib.error):
        about: dict[str, Any] = json.loads(archive.read(_ABOUT))
        if about["format"] != _FORMAT or not knows(about["revision"]):
            raise BackupRefused("backup_newer", name=path.name, version=str(about.get("finder")))
        known = {table.name: set(table.c.keys()) for table in TABLES.sorted_tables}
        if all(name in known and set(one["columns"]) <= known[name] for name, one in about["tables"].items()):
            return about
    raise BackupRefused("backup_damaged", name=path.name, part=_ABOUT)


def _check(archive: zipfile.ZipFile, about: dict[str, Any], path: Path) -> None:
    """See that every part is what it was when it was written, before any of it is used."""
    for name, told in about["tables"].items():
        digest = _Digest()
        with suppress(KeyError, OSError, zipfile.BadZipFile, zlib.error), archive.open(f"{name}.jsonl") as file:
            for line in iter(lambda file=file: file.readline(_TOO_LONG), b""):  # type: ignore[misc]
                digest.add(line.rstrip(b"\n"))
        if digest.told != {"rows": told["rows"], "sum": told["sum"]}:
            raise BackupRefused("backup_damaged", name=path.name, part=name)
