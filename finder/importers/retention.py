"""Remove the rows of versions that nobody needs any more; that they were there stays on record."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, exists, or_, select, tuple_, update

from finder.db.datasets import Activation, Dataset, DatasetState, ImportProblem, Source, SourceFile
from finder.db.dialect import import_lock, write_lock, writing
from finder.db.directory import SECTION_TABLES
from finder.db.names import NAME_TABLES
from finder.db.staff import AuditEntry

KEPT = 10
KEPT_FOR = dt.timedelta(days=30)
# Workers read the details of an answer from the rows of the edition that they have loaded.
READ_ON = dt.timedelta(hours=1)
SLICE_ROWS = 2000

# Children first, as references ask for.
_TABLES: tuple[Any, ...] = (*NAME_TABLES, *reversed(SECTION_TABLES), ImportProblem)


def prune(engine: Engine, source_name: str, now: dt.datetime) -> list[int]:
    """Remove the rows, problems and files of versions of a source that are not kept; return these versions.

    Kept are the active version, the one that the last activation replaced, what was in force within the hour, and
    of the last 30 days the ten newest complete versions and the ten newest that never became so. What a killed
    process left half removed is removed too. Rows go in short transactions, so that others can write between them;
    where another process is at it already, nothing is done.
    """
    # A lock like that of imports, under a name that no source can have: two at it would hinder each other.
    with import_lock(engine, f"{source_name}.prune") as got_it:
        if not got_it:
            return []
        going = _mark(engine, source_name, now)
        for dataset_id in going.values():
            _empty(engine, dataset_id)
    return list(going)


def _mark(engine: Engine, source_name: str, now: dt.datetime) -> dict[int, int]:
    """Mark what is not kept as pruned; return the datasets, by version, of which something is to be removed."""
    # Under the lock that activations take, so that what is marked can never come into force again.
    with write_lock(engine) as connection:
        source_id = connection.scalar(select(Source.id).where(Source.name == source_name))
        if source_id is None:
            return {}
        of_source = Dataset.source_id == source_id
        unkept = connection.scalars(
            select(Dataset.id).where(
                of_source, Dataset.pruned_at.is_(None), Dataset.id.not_in(_kept(connection, source_id, source_name, now)),
                Dataset.state != DatasetState.LOADING, ~Dataset.active,
            )
        ).all()  # fmt: skip
        connection.execute(update(Dataset).where(Dataset.id.in_(unkept)).values(pruned_at=now))
        unfinished = and_(of_source, Dataset.pruned_at.is_not(None), _has_rows())
        going = select(Dataset.version, Dataset.id).where(or_(Dataset.id.in_(unkept), unfinished))
        return {row.version: row.id for row in connection.execute(going.order_by(Dataset.version))}


def _kept(connection: Connection, source_id: int, source_name: str, now: dt.datetime) -> set[int]:
    """Return the ids of the datasets that must stay, beside the active one and any that is loading."""
    of_source = Activation.source_id == source_id
    last = (
        select(Activation.replaced_id).where(of_source, ~Activation.rolled_back).order_by(Activation.id.desc()).limit(1)
    )
    replaced = select(Activation.replaced_id).where(of_source, Activation.at > now - READ_ON)
    kept = {*connection.scalars(last), *connection.scalars(replaced)}
    # An undoing is no activation; what it took out of force stands in the record of deeds only.
    undone = select(AuditEntry.detail).where(
        AuditEntry.action == "roll_back", AuditEntry.subject == source_name, AuditEntry.at > now - READ_ON
    )
    kept |= {detail.get("replaced") for detail in connection.scalars(undone)}
    for of_kind in (Dataset.state == DatasetState.READY, Dataset.state != DatasetState.READY):
        newest = (
            select(Dataset.id)
            .where(Dataset.source_id == source_id, of_kind, Dataset.created_at > now - KEPT_FOR)
            .order_by(Dataset.version.desc())
            .limit(KEPT)
        )
        kept |= set(connection.scalars(newest))
    return {one for one in kept if one is not None}


def _has_rows() -> ColumnElement[bool]:
    """Return the condition that something of a dataset is still there."""
    rows = (exists().where(table.dataset_id == Dataset.id) for table in _TABLES)
    return or_(*rows, exists().where(SourceFile.dataset_id == Dataset.id, SourceFile.content_zlib.is_not(None)))


def _empty(engine: Engine, dataset_id: int) -> None:
    for table in _TABLES:
        removed, key = SLICE_ROWS, tuple(table.__table__.primary_key)
        while removed == SLICE_ROWS:
            with writing(engine) as connection:
                some = select(*key).where(table.dataset_id == dataset_id).limit(SLICE_ROWS)
                removed = connection.execute(delete(table).where(tuple_(*key).in_(some))).rowcount
    with writing(engine) as connection:
        files = update(SourceFile).where(SourceFile.dataset_id == dataset_id, SourceFile.content_zlib.is_not(None))
        connection.execute(files.values(content_zlib=None))
