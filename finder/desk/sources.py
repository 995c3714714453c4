"""Who sends files, and which of two is believed where both list the same person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, and_, select, update

from finder.db.datasets import Dataset, Source
from finder.db.dialect import writing
from finder.desk.audit import record
from finder.desk.publish import publish
from finder.desk.versions import find_source
from finder.errors import DirectoryRefused

LOWEST, HIGHEST = 0, 1000


@dataclass(frozen=True)
class SourceStanding:
    """A source, its priority, and the version of it that patients see (None: none)."""

    name: str
    priority: int
    version: int | None
    is_demo: bool
    retired_at: dt.datetime | None


def list_sources(connection: Connection) -> list[SourceStanding]:
    """Return all sources, the one believed first in front; of equals the one that came first."""
    rows = connection.execute(
        select(Source.name, Source.priority, Dataset.version, Source.is_demo, Source.retired_at)
        .outerjoin(Dataset, and_(Dataset.source_id == Source.id, Dataset.active))
        .order_by(Source.priority.desc(), Source.id)
    )
    return [SourceStanding(*row) for row in rows]


def set_priority(engine: Engine, source_name: str, priority: int, actor: str) -> int:
    """Give a source another priority and prepare the directory anew by it; return the new edition.

    Patients see the change with that edition and not before. Where it cannot be published the source has its former
    priority again; after a kill in between it is enough to repeat the order. Raises DirectoryRefused for a priority
    outside `LOWEST` to `HIGHEST`, and where there is no such source.
    """
    if not LOWEST <= priority <= HIGHEST:
        raise DirectoryRefused("priority_out_of_range", value=priority, lowest=LOWEST, highest=HIGHEST)
    with writing(engine) as connection:
        source_id = find_source(connection, source_name)
        before = connection.scalar(select(Source.priority).where(Source.id == source_id))
        _write(connection, source_id, priority)

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        change = {"priority": priority, "before": before, "edition": edition}
        record(connection, now, actor, "set_priority", source_name, **change)

    try:
        # The snapshot is built from what is stored, so the priority must stand there before.
        return publish(engine, {}, flip)
    except BaseException:
        with writing(engine) as connection:
            _write(connection, source_id, before)
        raise


def _write(connection: Connection, source_id: int, priority: int | None) -> None:
    connection.execute(update(Source).where(Source.id == source_id).values(priority=priority))
