"""The words of names are written once for each dataset, whole whatever happens meanwhile, and go with its rows."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, update

from finder.db.datasets import Activation, Dataset
from finder.db.names import NAME_TABLES, NameProgress, NameToken
from finder.desk.publish import activate, republish
from finder.importers.pipeline import Wishes, import_files
from finder.importers.retention import prune
from finder.importers.storing import discard
from finder.search import name_table
from finder.search.name_table import names_are_whole, write_names
from finder.search.names import rows_named
from tests.conftest import load_index
from tests.search.made_up import write
from tests.search.small_directory import Load, person, place, whole

PEOPLE = 11


def imported(engine: Engine, folder: Path, mark: str = "") -> int:
    """Import a version of which nothing is published; return its dataset."""
    rows = [person(f"p{n}", "a", family_name=f"Fern{mark} Family{n % 3}") for n in range(PEOPLE)]
    paths = [write(folder / "l.csv", whole([place("a")])), write(folder / "p.csv", whole(rows))]
    report = import_files(engine, paths, "ours")
    assert report.dataset_id is not None
    return report.dataset_id


def words(engine: Engine) -> list[tuple[Any, ...]]:
    """Return the words of all names with their rows, however they were sliced."""
    found: dict[tuple[Any, ...], list[bytes]] = {}
    with engine.connect() as connection:
        order = (NameToken.dataset_id, NameToken.kind, NameToken.token, NameToken.slice_end)
        for *key, _end, rows in connection.execute(select(*order, NameToken.rows).order_by(*order)):
            found.setdefault(tuple(key), []).append(rows)
    return [(*key, b"".join(rows)) for key, rows in found.items()]


def test_names_are_written_when_a_dataset_is_published_and_once(engine: Engine, tmp_path: Path) -> None:
    dataset = imported(engine, tmp_path)
    assert words(engine) == []
    activate(engine, "ours", None, "test")
    written = words(engine)
    assert written
    with engine.connect() as connection:
        assert names_are_whole(connection, [dataset])
        assert not names_are_whole(connection, [dataset, dataset + 1])
    assert write_names(engine, dataset) == 0
    republish(engine, "test", "again")
    assert words(engine) == written


def test_slices_make_the_same_words(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = imported(engine, tmp_path)
    assert write_names(engine, dataset) == 2
    expected = words(engine)
    with engine.begin() as connection:
        for table in NAME_TABLES:
            connection.execute(delete(table))
    monkeypatch.setattr(name_table, "SLICE_IDS", 2)
    assert write_names(engine, dataset) == 1 + (PEOPLE + 1) // 2
    assert words(engine) == expected
    activate(engine, "ours", None, "test")
    with engine.connect() as connection:
        assert len(rows_named(connection, load_index(engine), "fern", "people").numbers) == PEOPLE


def test_what_a_killed_process_left_is_gone_on_from(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = imported(engine, tmp_path)
    write_names(engine, dataset)
    expected = words(engine)
    with engine.begin() as connection:
        for table in NAME_TABLES:
            connection.execute(delete(table))
    monkeypatch.setattr(name_table, "SLICE_IDS", 2)
    advance, calls = name_table._advance, []

    def killed(*args: Any, **more: Any) -> None:
        calls.append(1)
        if len(calls) in (1, 3, 6):
            raise KeyboardInterrupt
        advance(*args, **more)

    monkeypatch.setattr(name_table, "_advance", killed)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            write_names(engine, dataset)
        with engine.connect() as connection:
            assert not names_are_whole(connection, [dataset])
    write_names(engine, dataset)
    assert words(engine) == expected


def test_several_at_once_share_the_work(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = imported(engine, tmp_path)
    monkeypatch.setattr(name_table, "SLICE_IDS", 2)
    slices: list[int] = []
    threads = [threading.Thread(target=lambda: slices.append(write_names(engine, dataset))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(slices) == 4
    assert sum(slices) == 1 + (PEOPLE + 1) // 2
    with engine.connect() as connection:
        assert names_are_whole(connection, [dataset])


def test_a_database_of_before_is_filled_when_it_is_next_published(engine: Engine, load: Load) -> None:
    load(locations=[place("a")], practitioners=[person("p", "a", family_name="Fern")])
    load("other", locations=[place("b")], practitioners=[person("q", "b", family_name="Fernley")])
    with engine.begin() as connection:
        for table in NAME_TABLES:
            connection.execute(delete(table))
    index = load_index(engine)
    with engine.connect() as connection:
        found = rows_named(connection, index, "fern", "people")
        assert (len(found.numbers), found.whole) == (0, False)
    republish(engine, "test", "upgrade")
    with engine.connect() as connection:
        # Even an index that was loaded before.
        found = rows_named(connection, index, "fern", "people")
        assert (len(found.numbers), found.whole) == (2, True)


def test_a_dataset_without_names_is_done_too(engine: Engine, load: Load) -> None:
    load(locations=[place("a")])
    with engine.connect() as connection:
        found = rows_named(connection, load_index(engine), "place", "places")
    assert (len(found.numbers), found.whole) == (1, True)


def test_what_is_pruned_or_gone_is_left_alone(engine: Engine, tmp_path: Path) -> None:
    dataset = imported(engine, tmp_path)
    with engine.begin() as connection:
        connection.execute(update(Dataset).values(pruned_at=dt.datetime.now(dt.UTC)))
    assert write_names(engine, dataset) == 0
    assert write_names(engine, dataset + 1) == 0
    assert words(engine) == []


def test_names_go_with_the_rows_of_a_version(engine: Engine, tmp_path: Path) -> None:
    for mark in ("x", "y", "z"):
        imported(engine, tmp_path, mark)
        activate(engine, "ours", None, "test")
    long_after = dt.datetime.now(dt.UTC) + dt.timedelta(days=99)
    assert prune(engine, "ours", long_after) == [1]
    with engine.connect() as connection:
        first, last, kept = (
            connection.scalar(one(Dataset.id)) for one in (func.min, func.max, func.count)
        )  # fmt: skip
        assert kept == 3
        for table in NAME_TABLES:
            assert set(connection.scalars(select(table.dataset_id))) == {first + 1, last}
    # What a process that was killed while removing has left is removed the next time.
    with engine.begin() as connection:
        connection.execute(
            NameProgress.__table__.insert().values(dataset_id=first, kind="person", through=1, whole=True)
        )
    assert prune(engine, "ours", long_after) == [1]
    assert prune(engine, "ours", long_after) == []
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Activation)) == 3


def test_many_words_go_a_few_at_a_time(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = imported(engine, tmp_path)
    write_names(engine, dataset)
    monkeypatch.setattr("finder.importers.retention.SLICE_ROWS", 2)
    assert prune(engine, "ours", dt.datetime.now(dt.UTC) + dt.timedelta(days=99)) == [1]
    assert words(engine) == []


def test_a_dataset_that_is_discarded_leaves_no_names(engine: Engine, tmp_path: Path) -> None:
    dataset = imported(engine, tmp_path)
    write_names(engine, dataset)
    discard(engine, dataset)
    assert words(engine) == []
    dry = import_files(engine, [write(tmp_path / "d.csv", whole([place("a")]))], "dry", Wishes(dry_run=True))
    assert dry.version is None
