"""Setting up on both databases: from nothing, again, together, and after a process that was killed at it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from finder.db.catalogue import CatalogueRow, shipped_entries, write_shipped
from finder.db.datasets import Dataset
from finder.db.dialect import open_engine
from finder.db.reference import DATA
from finder.desk.audit import first_broken
from finder.desk.publish import activate, republish
from finder.desk.setup import refuse_demo_off_loopback, serves_only_demo, set_up
from finder.errors import DirectoryRefused
from finder.importers.pipeline import Wishes, import_files
from tests.conftest import Databases, load_index
from tests.desk.troubles import impatient, locked
from tests.sample_files import template_files, whole_database

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture
def bare(databases: Databases) -> Iterator[Engine]:
    """A database without any table."""
    opened = open_engine(databases.empty())
    yield opened
    opened.dispose()


def test_from_nothing_to_the_demo_and_then_nothing_to_do(bare: Engine, tmp_path: Path) -> None:
    assert set_up(bare, tmp_path, demo=True) == ["migrated", "catalogue_loaded", "demo_loaded"]
    assert serves_only_demo(bare)
    assert load_index(bare).is_demo
    before = whole_database(bare)
    assert set_up(bare, tmp_path, demo=True) == []
    assert set_up(bare, tmp_path, demo=False) == []
    assert whole_database(bare) == before


def test_without_the_demo_there_is_an_empty_edition(bare: Engine, tmp_path: Path) -> None:
    assert set_up(bare, tmp_path, demo=False) == ["migrated", "catalogue_loaded", "edition_raised"]
    index = load_index(bare)
    assert (index.edition, index.snapshot.sources) == (1, ())
    assert not serves_only_demo(bare)
    assert len(index.catalogue.conditions) == 40
    assert set_up(bare, tmp_path, demo=False) == []
    # Whoever asks for it later still gets it.
    assert set_up(bare, tmp_path, demo=True) == ["demo_loaded"]


def test_the_demo_keeps_away_from_data_that_someone_has_begun(engine: Engine, tmp_path: Path) -> None:
    import_files(engine, template_files(tmp_path / "own"), "clinic")
    assert set_up(engine, tmp_path, demo=True) == []


def test_a_dry_run_does_not_keep_the_demo_away(engine: Engine, tmp_path: Path) -> None:
    import_files(engine, template_files(tmp_path / "own"), "clinic", Wishes(dry_run=True))
    assert set_up(engine, tmp_path, demo=True) == ["demo_loaded"]


def test_a_catalogue_loaded_by_a_process_that_was_killed_gets_its_edition(engine: Engine, tmp_path: Path) -> None:
    shipped = shipped_entries(DATA / "catalogue.json")
    older = [entry for entry in shipped if entry[:2] != ("condition", "labral-tear")]
    with engine.begin() as connection:
        write_shipped(connection, older, NOW)
    republish(engine, "test", "older")
    with engine.begin() as connection:
        write_shipped(connection, shipped, NOW)
    assert "labral-tear" not in load_index(engine).catalogue.conditions
    assert set_up(engine, tmp_path, demo=False) == ["edition_raised"]
    assert "labral-tear" in load_index(engine).catalogue.conditions


def test_a_changed_catalogue_raises_the_edition_once(engine: Engine, tmp_path: Path) -> None:
    start = load_index(engine).edition
    with engine.begin() as connection:
        write_shipped(connection, shipped_entries(DATA / "catalogue.json")[:-1], NOW)
    assert set_up(engine, tmp_path, demo=False) == ["catalogue_loaded", "edition_raised"]
    assert load_index(engine).edition == start + 1


def test_a_snapshot_of_another_layout_is_made_anew(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE snapshot SET layout = layout - 1"))
    assert set_up(engine, tmp_path, demo=False) == ["edition_raised"]
    assert load_index(engine).edition == 2


def test_where_nothing_is_to_do_nobody_is_waited_for(demo_engine: Engine, tmp_path: Path) -> None:
    """Every command comes by here, also while an import holds the database."""
    impatient(demo_engine)
    with locked(demo_engine):
        assert set_up(demo_engine, tmp_path, demo=True) == []


def test_two_that_start_at_once_make_one_whole(bare: Engine, tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        own = open_engine(bare.url.render_as_string(hide_password=False))
        try:
            set_up(own, tmp_path, demo=True)
        except BaseException as failure:
            failures.append(failure)
        finally:
            own.dispose()

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert serves_only_demo(bare)
    assert load_index(bare).is_demo
    with bare.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Dataset).where(Dataset.active)) == 1
        entries = connection.scalar(select(func.count()).select_from(CatalogueRow))
        assert first_broken(connection) is None
    assert entries == len(shipped_entries(DATA / "catalogue.json"))


def test_the_demo_alone_is_not_served_to_other_machines(demo_engine: Engine, tmp_path: Path) -> None:
    refuse_demo_off_loopback(demo_engine, "127.0.0.1", on_loopback=True)
    with pytest.raises(DirectoryRefused) as refused:
        refuse_demo_off_loopback(demo_engine, "0.0.0.0", on_loopback=False)
    assert (refused.value.code, refused.value.params) == ("demo_off_loopback", {"host": "0.0.0.0"})
    import_files(demo_engine, template_files(tmp_path), "clinic")
    activate(demo_engine, "clinic", None, "test")
    refuse_demo_off_loopback(demo_engine, "0.0.0.0", on_loopback=False)
