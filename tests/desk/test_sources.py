"""Whose word holds: priorities, each change of which is an edition of its own and on record, or nothing at all."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import SQLAlchemyError

from finder.db.edition import current_edition
from finder.db.staff import AuditEntry
from finder.desk.audit import first_broken
from finder.desk.sources import list_sources, set_priority
from finder.errors import DirectoryRefused
from finder.importers.pipeline import import_files
from tests.conftest import load_index
from tests.sample_files import whole_database
from tests.search.made_up import write
from tests.search.small_directory import loader, person, place


@pytest.fixture(autouse=True)
def two_sources(engine: Engine, tmp_path: Path) -> None:
    """Two sources in force with what a new one begins with, and one that was never activated."""
    load = loader(engine, tmp_path)
    for name in ("clinic", "register"):
        load(name, locations=[place("a")], practitioners=[person("x", "a")])
    import_files(engine, [write(tmp_path / "draft.csv", [place("a")])], "draft")


def shown(engine: Engine) -> list[str]:
    """Return the sources of the edition in force, the one believed first in front."""
    return [source.name for source in load_index(engine).snapshot.sources]


def stored(engine: Engine) -> list[tuple[str, int]]:
    """Return sources and priorities as they are listed."""
    with engine.connect() as connection:
        return [(one.name, one.priority) for one in list_sources(connection)]


def test_sources_are_listed_as_they_are_believed(demo_engine: Engine, tmp_path: Path) -> None:
    loader(demo_engine, tmp_path)("main", locations=[place("a")], practitioners=[person("x", "a")])
    with demo_engine.connect() as connection:
        main, demo = list_sources(connection)
    assert (main.name, main.priority, main.version, main.is_demo, main.retired_at) == ("main", 10, 1, False, None)
    assert (demo.name, demo.priority, demo.version, demo.is_demo) == ("demo", 0, None, True)
    assert demo.retired_at is not None


def test_a_priority_is_an_edition_and_on_record(engine: Engine) -> None:
    start = load_index(engine).edition
    assert (shown(engine), stored(engine)) == (["clinic", "register"], [("clinic", 10), ("register", 10), ("draft", 10)])  # fmt: skip
    assert set_priority(engine, "register", 11, "Dr. Fern") == start + 1
    assert (shown(engine), load_index(engine).edition) == (["register", "clinic"], start + 1)
    assert set_priority(engine, "register", 0, "Dr. Fern") == start + 2
    assert (shown(engine), stored(engine)) == (["clinic", "register"], [("clinic", 10), ("draft", 10), ("register", 0)])
    assert set_priority(engine, "register", 0, "Dr. Fern") == start + 3
    with engine.connect() as connection:
        entries = connection.execute(
            select(AuditEntry.actor, AuditEntry.subject, AuditEntry.detail)
            .where(AuditEntry.action == "set_priority")
            .order_by(AuditEntry.id)
        ).all()
        assert first_broken(connection) is None
    assert [tuple(entry) for entry in entries] == [
        ("Dr. Fern", "register", {"priority": to, "before": before, "edition": start + number})
        for number, (before, to) in enumerate([(10, 11), (11, 0), (0, 0)], 1)
    ]


@pytest.mark.parametrize(
    ("source", "priority", "code", "params"),
    [
        ("nobody", 5, "source_unknown", {"source": "nobody", "known": ["clinic", "draft", "register"]}),
        ("clinic", -1, "priority_out_of_range", {"value": -1, "lowest": 0, "highest": 1000}),
        ("clinic", 1001, "priority_out_of_range", {"value": 1001, "lowest": 0, "highest": 1000}),
        ("clinic", 10**30, "priority_out_of_range", {"value": 10**30, "lowest": 0, "highest": 1000}),
    ],
)
def test_refusals_have_codes(engine: Engine, source: str, priority: int, code: str, params: dict[str, object]) -> None:
    before = whole_database(engine)
    with pytest.raises(DirectoryRefused) as refusal:
        set_priority(engine, source, priority, "test")
    assert (refusal.value.code, refusal.value.params) == (code, params)
    assert whole_database(engine) == before


def test_a_priority_that_cannot_be_published_is_not_kept(engine: Engine) -> None:
    with engine.begin() as connection:
        edition = current_edition(connection)
        connection.execute(text("ALTER TABLE snapshot RENAME TO snapshot_gone"))
    with pytest.raises(SQLAlchemyError, match="snapshot"):
        set_priority(engine, "register", 20, "test")
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE snapshot_gone RENAME TO snapshot"))
        assert current_edition(connection) == edition
        assert connection.scalar(select(AuditEntry.id).where(AuditEntry.action == "set_priority")) is None
    assert stored(engine) == [("clinic", 10), ("register", 10), ("draft", 10)]
    assert shown(engine) == ["clinic", "register"]


def test_priorities_set_at_once_all_count(engine: Engine) -> None:
    start = load_index(engine).edition
    wanted = {"clinic": 1, "register": 3, "draft": 2}
    threads = [threading.Thread(target=set_priority, args=(engine, *one, "test")) for one in wanted.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored(engine) == [("register", 3), ("draft", 2), ("clinic", 1)]
    assert (shown(engine), load_index(engine).edition) == (["register", "clinic"], start + 3)
