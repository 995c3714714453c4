"""Imports as deeds of somebody: what the importers do, recorded in the log under who asked for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from finder.db.dialect import write_lock
from finder.desk.audit import record
from finder.importers.pipeline import Wishes, import_files
from finder.importers.remembered import remember_mapping
from finder.importers.report import ImportReport
from finder.importers.retention import prune


def import_as(engine: Engine, files: Sequence[Path], source: str, wishes: Wishes, actor: str) -> ImportReport:
    """Check files and keep them as the next version of a source, as `import_files` does; what stays is recorded."""
    report = import_files(engine, files, source, wishes)
    if not wishes.dry_run and report.same_as is None:
        told = {name: count.accepted for name, count in report.sections.items()}
        _record(
            engine,
            actor,
            "import",
            source,
            version=report.version,
            files=[one.name for one in report.files],
            accepted=told,
        )
    return report


def map_as(engine: Engine, source: str, more: Mapping[str, str], forget: Sequence[str], actor: str) -> dict[str, str]:
    """Say how headers of a source's files are read, as `remember_mapping` does, and record it."""
    now = remember_mapping(engine, source, more, forget)
    _record(engine, actor, "map_columns", source, mapped=dict(more), forgotten=list(forget))
    return now


def prune_as(engine: Engine, source: str, now: dt.datetime, actor: str) -> list[int]:
    """Remove versions that are no longer kept, as `prune` does, and record which."""
    gone = prune(engine, source, now)
    if gone:
        _record(engine, actor, "prune", source, versions=gone)
    return gone


def _record(engine: Engine, actor: str, action: str, source: str, **detail: Any) -> None:
    with write_lock(engine) as connection:
        record(connection, dt.datetime.now(dt.UTC), actor, action, source, **detail)
