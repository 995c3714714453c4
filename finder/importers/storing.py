"""Write the rows of a dataset that is being filled, and take them away again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, Engine, delete, exists, insert, select

from finder.db import TABLES
from finder.db.bulk import bulk_insert
from finder.db.datasets import Dataset, ImportProblem, Source, SourceFile
from finder.db.dialect import writing
from finder.db.directory import (
    SECTION_TABLES,
    HealthcareService,
    Location,
    Organization,
    OrganizationPlan,
    Practitioner,
    PractitionerRole,
    StatedCapability,
)
from finder.db.names import NAME_TABLES
from finder.importers.records import COLUMNS, Batch, Table
from finder.importers.report import Problem

_SLICE_BATCHES = 5
# The section that a table's rows belong to; an emergency department named on a place's own row comes with the places.
_SECTIONS: dict[Table, str] = {
    Organization: "locations", Location: "locations", Practitioner: "practitioners", PractitionerRole: "practitioners",
    StatedCapability: "capabilities", HealthcareService: "services", OrganizationPlan: "plans",
}  # fmt: skip


def in_slices(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Gather batches to slices, each of which is worth a transaction and short enough for others who wait to write."""
    slice_: Batch = defaultdict(list)
    for number, batch in enumerate(batches, 1):
        for table, rows in batch.items():
            slice_[table] += rows
        if number % _SLICE_BATCHES == 0:
            yield slice_
            slice_ = defaultdict(list)
    yield slice_


def write(connection: Connection, dataset_id: int, batch: Batch) -> None:
    """Write records of one section, parents first."""
    with_places = Location in batch
    for table in SECTION_TABLES:
        rows = batch.get(table)
        if rows:
            section = "locations" if with_places and table is HealthcareService else _SECTIONS[table]
            bulk_insert(
                connection,
                TABLES.tables[table.__tablename__],
                COLUMNS[table],
                rows,
                dataset_id=dataset_id,
                section=section,
            )


def write_problems(connection: Connection, dataset_id: int, problems: list[Problem]) -> None:
    """Write problems, and forget them."""
    if problems:
        connection.execute(
            insert(ImportProblem),
            [
                {
                    "dataset_id": dataset_id, "section": p.section, "row_number": p.row_number,
                    "column_name": p.column[:64], "value": p.value, "code": p.code, "params": p.params,
                    "outcome": p.outcome,
                }
                for p in problems
            ],
        )  # fmt: skip
        problems.clear()


def discard(engine: Engine, dataset_id: int) -> None:
    """Remove an inactive dataset whole, children first, and its source where that was made for it."""
    with writing(engine) as connection:
        empty(connection, dataset_id)
        for table in (ImportProblem, SourceFile):
            connection.execute(delete(table).where(table.dataset_id == dataset_id))
        source_id = connection.scalar(select(Dataset.source_id).where(Dataset.id == dataset_id))
        connection.execute(delete(Dataset).where(Dataset.id == dataset_id, ~Dataset.active))
        has_others = exists().where(Dataset.source_id == Source.id)
        connection.execute(delete(Source).where(Source.id == source_id, Source.header_mapping.is_(None), ~has_others))


def empty(connection: Connection, dataset_id: int) -> None:
    """Delete the rows of a dataset's sections, children first, and the words of their names."""
    for names in NAME_TABLES:
        connection.execute(delete(names).where(names.dataset_id == dataset_id))
    for table in reversed(SECTION_TABLES):
        connection.execute(delete(table).where(table.dataset_id == dataset_id))
