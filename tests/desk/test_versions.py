"""Which version is meant, by number and without one, and which one it is compared with."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from finder.db.datasets import Dataset, DatasetState
from finder.desk.publish import activate, roll_back
from finder.desk.versions import active_dataset, compared_with, find_version
from finder.errors import DirectoryRefused
from tests.desk.test_publish import imported

LONG_AGO = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def found(engine: Engine, version: int | None) -> int:
    with engine.connect() as connection:
        return int(find_version(connection, "clinic", version).version)


def partner(engine: Engine, version: int | None) -> int:
    with engine.connect() as connection:
        return int(compared_with(connection, "clinic", find_version(connection, "clinic", version)).version)


def set_for(engine: Engine, version: int, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(update(Dataset).where(Dataset.version == version).values(**values))


def test_a_version_is_found_or_refused_by_name(engine: Engine, tmp_path: Path) -> None:
    for _ in range(3):
        imported(engine, tmp_path)
    assert (found(engine, None), found(engine, 2)) == (3, 2)
    set_for(engine, 3, state=DatasetState.ABANDONED)
    assert found(engine, None) == 2
    set_for(engine, 2, pruned_at=LONG_AGO)
    assert found(engine, None) == 1
    for version, code in (
        (3, "dataset_not_ready"),
        (2, "dataset_pruned"),
        (7, "dataset_unknown"),
        (0, "dataset_unknown"),
    ):
        with pytest.raises(DirectoryRefused) as refusal:
            found(engine, version)
        assert (refusal.value.code, refusal.value.params["version"]) == (code, version)
    set_for(engine, 1, pruned_at=LONG_AGO)
    with pytest.raises(DirectoryRefused, match="dataset_unknown"):
        found(engine, None)


def test_a_version_is_compared_with_the_active_one(engine: Engine, tmp_path: Path) -> None:
    for _ in range(4):
        imported(engine, tmp_path)
    # Nothing is active: the one before.
    assert [partner(engine, version) for version in (None, 3, 2)] == [3, 2, 1]
    activate(engine, "clinic", 2, "test")
    assert [partner(engine, version) for version in (None, 3, 1)] == [2, 2, 2]
    # The active one with the one before, then with what it replaced.
    assert partner(engine, 2) == 1
    activate(engine, "clinic", 4, "test")
    assert [partner(engine, version) for version in (None, 3)] == [2, 4]
    roll_back(engine, "clinic", "test")
    assert [partner(engine, version) for version in (None, 2)] == [2, 1]
    with engine.connect() as connection:
        source_id = find_version(connection, "clinic", 2).source_id
        assert active_dataset(connection, source_id) == find_version(connection, "clinic", 2).id


def test_what_was_removed_is_compared_with_nothing(engine: Engine, tmp_path: Path) -> None:
    for _ in range(3):
        imported(engine, tmp_path)
    for version in (2, 3):
        activate(engine, "clinic", version, "test")
    set_for(engine, 2, pruned_at=LONG_AGO)
    assert partner(engine, 3) == 1
    set_for(engine, 1, pruned_at=LONG_AGO)
    with pytest.raises(DirectoryRefused) as refusal:
        partner(engine, 3)
    assert (refusal.value.code, refusal.value.params) == ("nothing_to_compare", {"source": "clinic", "version": 3})
