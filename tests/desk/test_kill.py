"""Nothing but the whole: processes killed at work, and searches while versions change."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine

from finder.desk.publish import activate, publish
from finder.importers.pipeline import import_files
from tests.conftest import load_index
from tests.desk.kills import Trial
from tests.desk.looks import marks, seen
from tests.sample_files import marked_directory

KILLS = 20


def test_a_killed_import_or_activation_changes_all_or_nothing(engine: Engine, tmp_path: Path) -> None:
    trial = Trial(engine, tmp_path, places=60, seed=20261122)
    trial.run(KILLS)
    assert trial.kills.total() == KILLS
    assert sum(trial.kills[step] for step in ("open", "slice", "carry over")) >= KILLS // 5, trial.kills
    assert sum(trial.kills[step] for step in ("imported", "flip", "snapshot", "commit")) >= KILLS // 5, trial.kills
    assert trial.landed < KILLS


def test_a_search_during_activation_answers_wholly_old_or_wholly_new(engine: Engine, tmp_path: Path) -> None:
    for mark in ("odd", "even"):
        import_files(engine, marked_directory(tmp_path / mark, mark), "clinic")
    first = activate(engine, "clinic", 1, "test")
    expected, failures, stop = {first: "odd"}, [], threading.Event()

    def alternate() -> None:
        version = 1
        try:
            while not stop.is_set():
                version = 3 - version
                edition = activate(engine, "clinic", version, "test")
                expected[edition] = ("odd", "even")[version - 1]
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=alternate)
    thread.start()
    answered: list[tuple[int, set[str]]] = []
    try:
        # Three questions each time, so some 200 searches.
        for number in itertools.count():
            if number >= 70 and len({edition for edition, _ in answered}) >= 10:
                break
            assert number < 2000
            # As a worker does: one index for many questions, the newest now and then.
            if number % 4 == 0:
                index = load_index(engine)
            answered.append((index.edition, marks(engine, index)))
    finally:
        stop.set()
        thread.join()
    assert failures == []
    assert {len(found) for _, found in answered} == {1}
    assert all(found == {expected[edition]} for edition, found in answered)


@pytest.mark.parametrize("stage", ["before the flip", "in the flip"])
def test_searches_go_on_while_a_publication_stands_still(engine: Engine, tmp_path: Path, stage: str) -> None:
    """A search waits neither for the building of a snapshot nor for the flip."""
    import_files(engine, marked_directory(tmp_path / "v1", "v1"), "clinic")
    activate(engine, "clinic", None, "test")
    before, during = seen(engine), []
    look = {"before_flip": lambda: during.append(seen(engine))} if stage == "before the flip" else {}
    publish(engine, {}, lambda *_: during.append(seen(engine)) if not look else None, **look)
    assert during == [before]
