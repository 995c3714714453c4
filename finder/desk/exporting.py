"""Hand a version of a source out as one file, in the columns of the templates, and record who took it."""

from __future__ import annotations

import datetime as dt
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, select

from finder.db.datasets import Dataset, DatasetState, Source
from finder.db.dialect import write_lock
from finder.desk.audit import record
from finder.desk.versions import find_version
from finder.importers.exports import export_sections
from finder.importers.outputs import opened
from finder.importers.templates import SECTIONS

# How a version can be had: a CSV for each section in a zip, or a workbook with a sheet for each.
FORMS = ("zip", "xlsx")


@dataclass(frozen=True)
class Kept:
    """A version that is kept, and can be handed out."""

    source: str
    version: int
    active: bool
    created_at: dt.datetime
    is_demo: bool


def kept_versions(connection: Connection) -> list[Kept]:
    """Return every version that is complete and still there, by source, the newest first."""
    rows = connection.execute(
        select(Source.name, Dataset.version, Dataset.active, Dataset.created_at, Source.is_demo)
        .join(Dataset, Dataset.source_id == Source.id)
        .where(Dataset.state == DatasetState.READY, Dataset.pruned_at.is_(None))
        .order_by(Source.name, Dataset.version.desc())
    )
    return [Kept(*row) for row in rows]


def export_version(engine: Engine, source: str, version: int, form: str, folder: Path, actor: str) -> Path:
    """Write a version into a new file of a folder, and record it; return the file.

    Raises DirectoryRefused: source_unknown, dataset_unknown, dataset_pruned, dataset_not_ready; OutputRefused.
    """
    target = folder / f"{source}-{version}.{form}"
    with engine.connect() as connection, TemporaryDirectory(dir=folder) as scratch:
        meant = find_version(connection, source, version)
        written = target if form == "xlsx" else Path(scratch)
        with opened(written, in_folder=form != "xlsx", for_spreadsheets=True, overwrite=True) as begin:
            export_sections(connection, meant.id, SECTIONS.values(), begin)
        # A version that was removed in the meantime may have lost rows on the way.
        find_version(connection, source, version)
        if form != "xlsx":
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
                for path in sorted(Path(scratch).glob("*.csv")):
                    packed.write(path, path.name)
    record_export(engine, source, version, form, actor)
    return target


def record_export(engine: Engine, source: str, version: int, form: str, actor: str) -> None:
    """Record that somebody took a version out."""
    with write_lock(engine) as connection:
        record(connection, dt.datetime.now(dt.UTC), actor, "export", source, version=version, form=form)
