"""Fill the table of the words of names for a dataset: slice by slice, each in a short transaction of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Select, func, insert, select, update

from finder.db import TABLES
from finder.db.bulk import bulk_insert
from finder.db.datasets import Dataset
from finder.db.dialect import writing
from finder.db.directory import Location, Practitioner, PractitionerRole
from finder.db.names import NameKind, NameProgress, NameToken
from finder.search.name_words import tokens_of

SLICE_IDS = 50_000
_TABLES: dict[NameKind, Any] = {NameKind.PERSON: PractitionerRole, NameKind.PLACE: Location}


def write_names(engine: Engine, dataset_id: int) -> int:
    """Write the words of all names of a dataset that are not yet written; return how many slices that took.

    What a killed process left is gone on from; two at it at once share the work. A dataset that is pruned, or gone, is
    left alone. Raises StorageFailed.
    """
    return sum(_write(engine, dataset_id, kind) for kind in NameKind)


def names_are_whole(connection: Connection, dataset_ids: Iterable[int]) -> bool:
    """Return whether the words of all names of these datasets are written."""
    wanted = set(dataset_ids)
    done = select(func.count()).where(NameProgress.dataset_id.in_(wanted), NameProgress.whole)
    return connection.scalar(done) == len(wanted) * len(NameKind)


def _write(engine: Engine, dataset_id: int, kind: NameKind) -> int:
    slices = 0
    while True:
        with engine.connect() as connection:
            seen = _progress(connection, dataset_id, kind)
            if seen and seen[1]:
                return slices
            first, last = _ids(connection, dataset_id, kind)
            through = seen[0] if seen else first - 1
            end = min(through + SLICE_IDS, last)
            tokens = _tokens(connection, dataset_id, kind, through, end)
        with writing(engine) as connection:
            # Locked, so that the slices come one after the other and none while the dataset is marked as pruned.
            held = connection.execute(
                select(Dataset.pruned_at).where(Dataset.id == dataset_id).with_for_update(key_share=True)
            ).one_or_none()
            if held is None or held.pruned_at is not None:
                return slices
            if _progress(connection, dataset_id, kind) == seen:
                _write_slice(connection, dataset_id, kind, end, tokens)
                _advance(connection, dataset_id, kind, end, whole=end == last, first=seen is None)
                slices += 1


def _progress(connection: Connection, dataset_id: int, kind: NameKind) -> tuple[int, bool] | None:
    """Return up to which id names are done and whether that is all of them, None where nothing is."""
    done = NameProgress
    row = connection.execute(
        select(done.through, done.whole).where(done.dataset_id == dataset_id, done.kind == kind)
    ).one_or_none()
    return (row.through, row.whole) if row else None


def _ids(connection: Connection, dataset_id: int, kind: NameKind) -> tuple[int, int]:
    """Return the lowest and the highest id of the rows that have names, (1, 0) where there are none."""
    table = _TABLES[kind]
    row = connection.execute(select(func.min(table.id), func.max(table.id)).where(table.dataset_id == dataset_id)).one()
    return (1, 0) if row[0] is None else (row[0], row[1])


def _tokens(connection: Connection, dataset_id: int, kind: NameKind, through: int, end: int) -> dict[str, list[int]]:
    """Return the words of the names of the rows with ids above `through` up to `end`, and whose they are."""
    found: dict[str, list[int]] = defaultdict(list)
    for row_id, *parts in connection.execute(_names(kind, dataset_id, through, end)):
        for token in {token for part in parts if part for token in tokens_of(part)}:
            found[token].append(row_id)
    return found


def _names(kind: NameKind, dataset_id: int, through: int, end: int) -> Select[Any]:
    person, table = Practitioner, _TABLES[kind]
    # Said so, the index of the dataset is of no use, and only the slice is read: not the whole dataset for each.
    here = (table.id > through, table.id <= end, table.dataset_id + 0 == dataset_id)
    if kind is NameKind.PLACE:
        return select(table.id, table.name).where(*here).order_by(table.id)
    return (
        select(table.id, person.given_name, person.middle_name, person.family_name)
        .join(person, (person.dataset_id == dataset_id) & (person.key == table.practitioner_key))
        .where(*here)
        .order_by(table.id)
    )


def _write_slice(
    connection: Connection, dataset_id: int, kind: NameKind, end: int, tokens: dict[str, list[int]]
) -> None:
    # In the order in which they will stand.
    rows = [(token, np.array(tokens[token], "<i8").tobytes()) for token in sorted(tokens)]
    if rows:
        table = TABLES.tables[NameToken.__tablename__]
        # The same for all rows, and so given as it is stored.
        bulk_insert(connection, table, ("token", "rows"), rows, dataset_id=dataset_id, kind=kind.value, slice_end=end)


def _advance(connection: Connection, dataset_id: int, kind: NameKind, end: int, *, whole: bool, first: bool) -> None:
    done = NameProgress
    if first:
        connection.execute(insert(done).values(dataset_id=dataset_id, kind=kind, through=end, whole=whole))
    else:
        of_this = update(done).where(done.dataset_id == dataset_id, done.kind == kind)
        connection.execute(of_this.values(through=end, whole=whole))
