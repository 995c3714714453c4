"""A web worker that is killed under load, and a main process that is: at most the killed one's own requests fail."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import Databases
from tests.web.admin.over_http import parent_of
from tests.web.server import Server, free_port, serving

SEARCH = "/api/v1/specialists?zip=23220&condition=labral-tear"
_CLIENTS, _PATIENCE_SECONDS = 6, 60.0


@dataclass
class Told:
    """What clients were told: good answers, other statuses, and when requests were cut off."""

    good: int = 0
    wrong: list[str] = field(default_factory=list)
    cut: list[float] = field(default_factory=list)


def workers_of(server: Server) -> set[int]:
    """Return the server's workers: the children of its main process that have the app loaded."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                named = (folder / "task").is_dir() and "resource_tracker" not in (folder / "cmdline").read_text()
                if named and parent_of(int(folder.name)) == server.process.pid and _threads(folder) > 4:
                    found.add(int(folder.name))
            except OSError:
                continue
    return found


def _threads(folder: Path) -> int:
    return len(list((folder / "task").iterdir()))


def ask(server: Server, good: bytes, told: Told, stop: threading.Event) -> None:
    """Ask again and again, each time with a connection of its own."""
    while not stop.is_set():
        try:
            answer = server.get(SEARCH)
        except (OSError, http.client.HTTPException):
            told.cut.append(time.monotonic())
            continue
        if (answer.status, answer.body) == (200, good):
            told.good += 1
        else:
            told.wrong.append(f"{answer.status} {answer.body[:200]!r}")


def wait_for(what: object, server: Server, count: int, without: int = 0) -> set[int]:
    """Wait until the server has so many workers."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while len(found := workers_of(server) - {without}) != count:
        assert time.monotonic() < until, (what, found, server.output.read_text())
        time.sleep(0.1)
    return found


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_worker_that_is_killed_under_load(databases: Databases, tmp_path: Path) -> None:
    url = databases.fresh(demo=True)
    with serving(tmp_path / "home", FINDER_DATABASE_URL=url, FINDER_WORKERS="2") as server:
        victim = min(wait_for("both", server, 2))
        told, stop, good = Told(), threading.Event(), server.get(SEARCH).body
        with ThreadPoolExecutor(_CLIENTS) as pool:
            asking = [pool.submit(ask, server, good, told, stop) for _ in range(_CLIENTS)]
            try:
                time.sleep(0.5)
                before = told.good
                killed = time.monotonic()
                os.kill(victim, signal.SIGKILL)
                wait_for("another", server, 2, without=victim)
                after = told.good
                time.sleep(1)
            finally:
                stop.set()
            for one in asking:
                one.result()
        # At most what was on its way to it; afterwards nobody is cut off.
        assert told.wrong == []
        assert len(told.cut) <= _CLIENTS, told
        assert all(at < killed + 2 for at in told.cut), (killed, told.cut)
        assert 0 < before <= after < told.good


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_main_process_that_is_killed_leaves_no_worker_with_the_port(databases: Databases, tmp_path: Path) -> None:
    url, port = databases.fresh(demo=True), str(free_port())
    settings = {"FINDER_DATABASE_URL": url, "FINDER_WORKERS": "2"}
    left: set[int] = set()
    with serving(tmp_path / "home", port=port, **settings) as server:
        left = wait_for("both", server, 2)
        server.process.kill()
        server.process.wait()
        until = time.monotonic() + _PATIENCE_SECONDS
        while any(Path(f"/proc/{one}").exists() for one in left):
            assert time.monotonic() < until, "workers are left over"
            time.sleep(0.1)
    # The port is free: another server is started on it at once.
    with serving(tmp_path / "home", port=port, **settings) as server:
        assert server.get(SEARCH).status == 200
