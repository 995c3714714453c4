"""Nothing but the whole: processes killed at work, and searches while versions change."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from finder.db.datasets import Dataset
from finder.db.directory import Location, Practitioner
from finder.db.edition import current_edition
from finder.desk.audit import first_broken
from finder.desk.publish import activate, publish
from finder.importers.pipeline import import_files
from finder.search import Index, SearchQuery, search
from tests.conftest import load_index
from tests.sample_files import marked_directory

KILLS = 20
DONE = {"import": "imported\n", "activate": "activated\n"}
TODAY = dt.date(2026, 11, 22)
QUESTIONS = (
    (SearchQuery("23220"), "places"),
    (SearchQuery("23220", condition="labral-tear"), "people"),
    (SearchQuery("99501", condition="labral-tear", radius=None), "people"),
)

# Tells when it is ready and when the import is done, and begins each step at once.
WORKER = """
import sys, time
from pathlib import Path
from finder.db.dialect import open_engine
from finder.desk.publish import activate, publish
from finder.errors import FileRefused
from finder.importers.pipeline import import_files

engine = open_engine(sys.argv[1])
print("ready", flush=True)
files = [Path(name) for name in sys.stdin.readline().split()]
for attempt in range(200):
    # The server may not have noticed yet that the one before was killed.
    try:
        import_files(engine, files, "clinic")
        break
    except FileRefused as refusal:
        if refusal.code != "import_running":
            raise
        time.sleep(0.05)
print("imported", flush=True)
activate(engine, "clinic", None, "worker")
print("activated", flush=True)
"""


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


def seen(engine: Engine) -> Seen:
    """Look at everything and return what is seen; fails where two versions are mixed."""
    index = load_index(engine)
    found = marks(engine, index)
    with engine.connect() as connection:
        active = connection.scalars(select(Dataset.id).where(Dataset.active)).all()
        assert len(active) == 1
        assert [source.dataset_id for source in index.snapshot.sources] == active
        assert current_edition(connection) == index.edition
        for column in (Location.name, Practitioner.family_name):
            stored = connection.scalars(select(column).where(column.class_.dataset_id == active[0])).all()
            assert len(stored) == 60
            found |= {name.split()[-1] for name in stored}
        assert first_broken(connection) is None
    (mark,) = found
    return Seen(index.edition, mark)


@contextmanager
def workers(url: str) -> Iterator[Iterator[subprocess.Popen[str]]]:
    """Give processes that have loaded everything and wait for their files; the next one loads beside this one."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WORKER, url]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(worker)
        return worker

    def ready() -> Iterator[subprocess.Popen[str]]:
        following = start()
        while True:
            worker, following = following, start()
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
            yield worker

    try:
        yield ready()
    finally:
        for worker in started:
            worker.kill()
            worker.communicate()


def set_to_work(worker: subprocess.Popen[str], files: list[Path]) -> None:
    assert worker.stdin is not None
    worker.stdin.write(" ".join(map(str, files)) + "\n")
    worker.stdin.flush()


def test_a_killed_import_or_activation_changes_all_or_nothing(engine: Engine, tmp_path: Path) -> None:
    import_files(engine, marked_directory(tmp_path / "v0", "v0"), "clinic")
    activate(engine, "clinic", None, "test")
    chance, killed_in, landed = random.Random(20261122), {"import": 0, "activate": 0}, 0
    with workers(engine.url.render_as_string(hide_password=False)) as ready:
        worker = next(ready)
        set_to_work(worker, marked_directory(tmp_path / "v1", "v1"))
        durations, before = {}, time.monotonic()
        for step in ("import", "activate"):
            assert worker.stdout is not None
            assert worker.stdout.readline() == DONE[step]
            durations[step], before = time.monotonic() - before, time.monotonic()
        assert worker.wait() == 0
        known = seen(engine)
        assert known.mark == "v1"
        for number in range(2, KILLS + 2):
            step = "import" if number % 2 else "activate"
            worker, mark = next(ready), f"v{number}"
            set_to_work(worker, marked_directory(tmp_path / mark, mark))
            assert worker.stdout is not None
            if step == "activate":
                assert worker.stdout.readline() == "imported\n"
            time.sleep(chance.uniform(0, 1.1) * durations[step])
            worker.kill()
            said = worker.communicate()[0]
            killed_in[step] += "imported" not in said if step == "import" else "activated" not in said
            now = seen(engine)
            new = Seen(known.edition + 1, mark)
            assert now in ((new,) if "activated" in said else (known, new))
            landed += now != known
            known = now
    assert min(killed_in.values()) >= KILLS // 4, killed_in
    assert landed < KILLS
    # The server may still be ending what the last one had begun.
    for _ in range(100):
        try:
            import_files(engine, marked_directory(tmp_path / "last", "last"), "clinic")
            break
        except Exception as refusal:
            if "import_running" not in str(refusal):
                raise
            time.sleep(0.05)
    known = seen(engine)
    activate(engine, "clinic", None, "test")
    assert seen(engine) == Seen(known.edition + 1, "last")


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
        for number in range(70):
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
    assert len({edition for edition, _ in answered}) >= 10


@pytest.mark.parametrize("stage", ["before the flip", "in the flip"])
def test_searches_go_on_while_a_publication_stands_still(engine: Engine, tmp_path: Path, stage: str) -> None:
    """A search waits neither for the building of a snapshot nor for the flip."""
    import_files(engine, marked_directory(tmp_path / "v1", "v1"), "clinic")
    activate(engine, "clinic", None, "test")
    before, during = seen(engine), []
    look = {"before_flip": lambda: during.append(seen(engine))} if stage == "before the flip" else {}
    publish(engine, {}, lambda *_: during.append(seen(engine)) if not look else None, **look)
    assert during == [before]
