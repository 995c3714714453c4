"""What patients see of a marked directory, and whether all that is stored is whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, ForeignKeyConstraint, exists, func, select

from finder.db import TABLES
from finder.db.datasets import Dataset, DatasetState
from finder.db.directory import (
    SECTION_TABLES,
    HealthcareService,
    Location,
    Practitioner,
    PractitionerRole,
    StatedCapability,
)
from finder.db.edition import current_edition
from finder.desk.audit import first_broken
from finder.search import Index, SearchQuery, search
from tests.conftest import load_index

TODAY = dt.date(2026, 11, 22)
QUESTIONS = (
    (SearchQuery("23220"), "places"),
    (SearchQuery("23220", condition="labral-tear"), "people"),
    (SearchQuery("99501", condition="labral-tear", radius=None), "people"),
)


@dataclass(frozen=True)
class Seen:
    """What patients see: the edition, and the mark that every name of every answer ends in."""

    edition: int
    mark: str


def marks(engine: Engine, index: Index) -> set[str]:
    """Return the marks of all names in the answers to a few questions."""
    found = set()
    with engine.connect() as connection:
        for query, unit in QUESTIONS:
            results = search(index, connection, SearchQuery(**{**vars(query), "unit": unit, "limit": 50}), TODAY)
            names = [
                name
                for listed in results.lists
                for match in listed.matches
                for name in (
                    match.location.name,
                    match.practitioner.name if match.practitioner else match.location.name,
                )
            ]
            assert names, query
            found |= {name.split()[-1] for name in names}
    return found


def seen(engine: Engine, places: int = 60) -> Seen:
    """Look at everything and return what is seen; fails where two versions are mixed or one is not whole."""
    index = load_index(engine)
    found = marks(engine, index)
    with engine.connect() as connection:
        active = connection.scalars(select(Dataset.id).where(Dataset.active)).all()
        assert len(active) == 1
        assert [source.dataset_id for source in index.snapshot.sources] == active
        assert current_edition(connection) == index.edition
        for column in (Location.name, Practitioner.family_name):
            stored = connection.scalars(select(column).where(column.class_.dataset_id == active[0])).all()
            assert len(stored) == places
            found |= {name.split()[-1] for name in stored}
    (mark,) = found
    return Seen(index.edition, mark)


def assert_whole(engine: Engine, places: int = 60) -> None:
    """Fail where a reference leads nowhere, a version is not what it says it is, or the record has a gap.

    Ready versions are those of a marked directory, with one service at each place or with none at all.
    """
    with engine.connect() as connection:
        for table in TABLES.sorted_tables:
            for constraint in table.foreign_key_constraints:
                lost = select(func.count()).select_from(table).where(*_leads_nowhere(constraint))
                assert connection.scalar(lost) == 0, constraint
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA quick_check").scalar() == "ok"
        kept = select(Dataset.id, Dataset.state).where(Dataset.pruned_at.is_(None))
        for number, state in connection.execute(kept):
            if state is DatasetState.LOADING:
                continue
            rows = {
                entity: connection.scalar(select(func.count()).where(entity.dataset_id == number))
                for entity in SECTION_TABLES
            }
            if state is not DatasetState.READY:
                assert set(rows.values()) == {0}, (number, state, rows)
                continue
            assert [rows[entity] for entity in (Location, Practitioner, PractitionerRole)] == [places] * 3, number
            assert rows[StatedCapability] == places // 2, number
            assert rows[HealthcareService] in (0, places), number
        assert first_broken(connection) is None


def _leads_nowhere(constraint: ForeignKeyConstraint) -> Iterator[ColumnElement[bool]]:
    parent = constraint.referred_table.alias()
    pairs = [(key.parent, parent.c[key.column.name]) for key in constraint.elements]
    yield from (child.is_not(None) for child, _ in pairs)
    yield ~exists().where(*(child == column for child, column in pairs))


def unfinished(engine: Engine) -> int:
    """Return how many versions are still said to be loading."""
    with engine.connect() as connection:
        loading = select(func.count()).select_from(Dataset).where(Dataset.state == DatasetState.LOADING)
        return connection.scalar(loading) or 0
