"""Processes killed in the middle of a check: the page says what happened, nothing is lost, nothing is half.

Everything is real: the server, its workers, the process of the check, and kill -9.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from finder.db.checks import CheckState, FileCheck
from finder.db.datasets import Dataset, DatasetState, Source
from finder.db.dialect import open_engine
from finder.db.directory import Location
from finder.db.edition import current_edition
from finder.db.staff import StaffRole
from finder.desk.accounts import add_staff
from finder.desk.audit import first_broken
from finder.desk.checks import SILENT_AFTER
from tests.conftest import Databases
from tests.web.admin.conftest import PASSWORD
from tests.web.admin.over_http import Editor, at_work, parent_of, sockets_of, unreaped_of
from tests.web.server import serving

ROWS = 40_000
FILE = "location_id,name,state,zip_code,phone\n" + "".join(
    f"p{n},Clinic {n},Virginia,23220,804.555.0{n % 200:03}\n" for n in range(ROWS)
)


@pytest.fixture
def desk(databases: Databases, tmp_path: Path) -> Iterator[tuple[Engine, Path, dict[str, str]]]:
    """A database with an editor, a home, and the settings of a server over them. Checks left at work are ended."""
    url = databases.fresh(demo=True)
    engine = open_engine(url)
    add_staff(engine, "Robin", StaffRole.EDITOR, PASSWORD, "tests")
    yield engine, tmp_path / "home", {"FINDER_DATABASE_URL": url}
    with engine.connect() as connection:
        numbers = connection.scalars(select(FileCheck.id)).all()
    for process in (one for number in numbers for one in at_work(f"/{number}")):
        if url in (Path(f"/proc/{process}/environ").read_text() if Path(f"/proc/{process}").exists() else ""):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    engine.dispose()


def send(editor: Editor) -> str:
    return editor.post("/admin/imports", {"new_source": "alder"}, files={"places.csv": FILE.encode()})


def in_the_middle(progress: dict[str, Any]) -> bool:
    return progress["state"] == "running" and 0 < progress["done"] < ROWS


def own(check: str, url: str) -> int:
    """Return the one process that works on a check of this database."""
    until = time.monotonic() + 30
    while True:
        found = []
        for one in at_work(check):
            with suppress(OSError):
                found += (
                    [one] if url in Path(f"/proc/{one}/environ").read_text().split("\0FINDER_DATABASE_URL=")[-1] else []
                )
        if found or time.monotonic() > until:
            (process,) = found
            return process
        time.sleep(0.05)


def assert_whole(engine: Engine, edition: int, runs: int) -> None:
    """See that there is one whole version, not in force, and nothing else of the source."""
    with engine.connect() as connection:
        assert current_edition(connection) == edition
        of_source = Dataset.source_id == select(Source.id).where(Source.name == "alder").scalar_subquery()
        found = {one.state: one for one in connection.execute(select(Dataset.__table__).where(of_source))}
        ready = found.pop(DatasetState.READY)
        assert not ready.active
        assert set(found) <= {DatasetState.ABANDONED}
        counts = select(Location.dataset_id, func.count()).group_by(Location.dataset_id)
        rows: dict[int, int] = dict(connection.execute(counts).all())
        assert rows[ready.id] == ROWS
        assert [rows.get(one.id, 0) for one in found.values()] == [0] * len(found)
        check = connection.execute(select(FileCheck)).one()
        assert (check.state, check.dataset_id, check.runs) == (CheckState.READY, ready.id, runs)
        assert first_broken(connection) is None


def edition_of(engine: Engine) -> int:
    with engine.connect() as connection:
        return current_edition(connection)


def test_a_killed_check_says_so_and_runs_again(desk: tuple[Engine, Path, dict[str, str]]) -> None:
    engine, home, settings = desk
    edition = edition_of(engine)
    with serving(home, **settings) as server:
        editor = Editor(server.address, "Robin")
        check = send(editor)
        child = own(check, settings["FINDER_DATABASE_URL"])
        worker = parent_of(child)
        assert os.getpriority(os.PRIO_PROCESS, child) == 10
        editor.wait(check, in_the_middle)
        assert not sockets_of(child) & sockets_of(worker)
        os.kill(child, signal.SIGKILL)
        editor.wait(check, lambda now: now["state"] == "abandoned")
        page = editor.get(check)
        assert "The check was stopped before it was done" in page
        assert "Nothing is lost and nothing is half done" in page
        assert "Run it again" in page
        assert unreaped_of(worker) == []
        editor.post(f"{check}/again", {}, page=check)
        editor.wait(check, lambda now: now["state"] == "ready")
        assert "40,000 of 40,000 rows are fit to publish." in editor.get(check)
        assert unreaped_of(worker) == []
    assert_whole(engine, edition, runs=2)


def test_a_check_outlives_its_worker_and_its_server(desk: tuple[Engine, Path, dict[str, str]]) -> None:
    engine, home, settings = desk
    edition = edition_of(engine)
    with serving(home, **settings) as server:
        editor = Editor(server.address, "Robin")
        check = send(editor)
        child = own(check, settings["FINDER_DATABASE_URL"])
        editor.wait(check, in_the_middle)
        os.kill(parent_of(child), signal.SIGKILL)
        # The server starts another worker, and goes on answering.
        assert "Check: places.csv" in editor.get(check)
        server.process.kill()
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()
        assert Path(f"/proc/{child}").exists()
    with serving(home, **settings) as server:
        editor = Editor(server.address, "Robin")
        editor.wait(check, lambda now: now["state"] == "ready")
    assert_whole(engine, edition, runs=1)


def test_after_the_machine_went_down_the_check_is_offered_again(desk: tuple[Engine, Path, dict[str, str]]) -> None:
    engine, home, settings = desk
    edition = edition_of(engine)
    with serving(home, **settings) as server:
        editor = Editor(server.address, "Robin")
        check = send(editor)
        child = own(check, settings["FINDER_DATABASE_URL"])
        editor.wait(check, in_the_middle)
        os.killpg(server.process.pid, signal.SIGKILL)
        os.kill(child, signal.SIGKILL)
        server.process.wait()
    with engine.begin() as connection:
        # As if half a minute had gone by.
        before = connection.scalar(select(FileCheck.heartbeat_at))
        assert before is not None
        connection.execute(update(FileCheck).values(heartbeat_at=before - SILENT_AFTER))
    with serving(home, **settings) as server:
        editor = Editor(server.address, "Robin")
        assert "stopped in the middle" in editor.get("/admin/imports")
        assert "Run it again" in editor.get(check)
        editor.post(f"{check}/again", {}, page=check)
        editor.wait(check, lambda now: now["state"] == "ready")
    assert_whole(engine, edition, runs=2)


def test_a_check_that_is_thrown_away_at_work_ends_and_leaves_nothing(
    desk: tuple[Engine, Path, dict[str, str]],
) -> None:  # fmt: skip
    engine, home, settings = desk
    with serving(home, **settings) as server:
        editor = Editor(server.address, "Robin")
        check = send(editor)
        child = own(check, settings["FINDER_DATABASE_URL"])
        editor.wait(check, in_the_middle)
        editor.post(f"{check}/discard", {}, page=check)
        until = time.monotonic() + 60
        while Path(f"/proc/{child}").exists() or at_work(check):
            assert time.monotonic() < until
            time.sleep(0.1)
        assert "thrown away" in editor.get(check)
    with engine.connect() as connection:
        of_source = Dataset.source_id == select(Source.id).where(Source.name == "alder").scalar_subquery()
        assert DatasetState.READY not in connection.scalars(select(Dataset.state).where(of_source)).all()
        left = select(func.count()).select_from(Location).join(Dataset, Dataset.id == Location.dataset_id)
        assert connection.scalar(left.where(of_source)) == 0


def test_a_check_that_is_asked_to_end_says_so_itself(desk: tuple[Engine, Path, dict[str, str]]) -> None:
    engine, home, settings = desk
    with serving(home, **settings) as server:
        editor = Editor(server.address, "Robin")
        check = send(editor)
        child = own(check, settings["FINDER_DATABASE_URL"])
        editor.wait(check, in_the_middle)
        os.kill(child, signal.SIGTERM)
        editor.wait(check, lambda now: now["state"] == "abandoned")
        assert "stopped" in editor.get(check)
        editor.post(f"{check}/again", {}, page=check)
        editor.wait(check, lambda now: now["state"] == "ready")
    assert_whole(engine, edition_of(engine), runs=2)
