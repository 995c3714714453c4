"""Find the versions of a source: by number, the active one, and the one that a version is compared with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, select

from finder.db.datasets import Activation, Dataset, DatasetState, Source
from finder.errors import DirectoryRefused


def find_source(connection: Connection, source_name: str) -> int:
    """Return the id of a source. Raises DirectoryRefused (source_unknown) where there is none of this name."""
    known: dict[str, int] = {row.name: row.id for row in connection.execute(select(Source.name, Source.id))}
    if source_name not in known:
        raise DirectoryRefused("source_unknown", source=source_name, known=sorted(known))
    return known[source_name]


def find_version(connection: Connection, source_name: str, version: int | None) -> Row[Any]:
    """Return the row of the dataset that is a source's version, of the newest ready one when None.

    Raises DirectoryRefused: source_unknown, dataset_unknown, dataset_pruned, or dataset_not_ready.
    """
    source_id = find_source(connection, source_name)
    if version is None:
        wanted = _usable(source_id)
    else:
        wanted = select(Dataset.__table__).where(Dataset.source_id == source_id, Dataset.version == version)
    found = connection.execute(wanted).first()
    if found is None:
        raise DirectoryRefused("dataset_unknown", source=source_name, version="" if version is None else version)
    if found.pruned_at is not None:
        raise DirectoryRefused("dataset_pruned", source=source_name, version=found.version)
    if found.state is not DatasetState.READY:
        raise DirectoryRefused("dataset_not_ready", source=source_name, version=version, state=found.state.value)
    return found


def active_dataset(connection: Connection, source_id: int) -> int | None:
    """Return the id of the dataset of a source that is in force, None where none is."""
    return connection.scalar(select(Dataset.id).where(Dataset.source_id == source_id, Dataset.active))


def active_version(connection: Connection, source_name: str) -> int:
    """Return the number of the version of a source that is in force, 0 where none is."""
    wanted = active_dataset(connection, find_source(connection, source_name))
    return connection.scalar(select(Dataset.version).where(Dataset.id == wanted)) or 0


def compared_with(connection: Connection, source_name: str, wanted: Row[Any]) -> Row[Any]:
    """Return the version that another one (a row of `find_version`) is compared with where nobody says which.

    That is the active one; for the active one itself what it replaced; else the newest one before it. Raises
    DirectoryRefused (nothing_to_compare) where there is none.
    """
    last = (
        select(Activation.replaced_id)
        .where(Activation.source_id == wanted.source_id, ~Activation.rolled_back)
        .order_by(Activation.id.desc())
        .limit(1)
    )
    usable = _usable(wanted.source_id)
    if wanted.active:
        first = usable.where(Dataset.id == last.scalar_subquery(), Dataset.id != wanted.id)
    else:
        first = usable.where(Dataset.active)
    before = usable.where(Dataset.version < wanted.version)
    found = connection.execute(first).first() or connection.execute(before).first()
    if found is None:
        raise DirectoryRefused("nothing_to_compare", source=source_name, version=wanted.version)
    return found


def _usable(source_id: int) -> Select[Any]:
    """Return the query for the versions of a source that are complete and still there, newest first."""
    return (
        select(Dataset.__table__)
        .where(Dataset.source_id == source_id, Dataset.state == DatasetState.READY, Dataset.pruned_at.is_(None))
        .order_by(Dataset.version.desc())
    )
