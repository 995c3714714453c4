"""Editions that follow each other under clients who never pause: each answer is good, and wholly of one edition."""

from __future__ import annotations

import itertools
import json
import os
import re
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine

from finder.db.edition import current_edition
from finder.desk.publish import activate
from finder.importers.pipeline import import_files
from tests.sample_files import marked_directory
from tests.web.server import Answer, Server, serving

SEEN_WITHIN_SECONDS = 3.0
_PATIENCE_SECONDS = 120.0
_CLIENTS = 3
_PLACES = 60
_NAMED_IN_FULL = "/api/v1/specialists?zip=23220&condition=labral-tear&radius=any&limit=50"
# What every face shows: people and places by condition and without, one of each, in two languages, pages and JSON.
PATHS = (
    _NAMED_IN_FULL,
    "/specialists?zip=23220&condition=labral-tear",
    "/api/v1/locations?zip=23220&radius=any",
    "/places?zip=23220&lang=es",
    "/api/v1/listings/person:hospital:person7",
    "/specialist/person:hospital:person7",
    "/api/v1/listings/place:hospital:place8",
    "/place/place:hospital:place8",
    "/api/v1/specialists?zip=23220&name=fern&radius=any",
    "/api/v1/conditions",
)


@dataclass
class Told:
    """One answer: when it was asked for and had, its path, status, ETag and body; and the ETag that was sent along."""

    began: float
    ended: float
    path: str
    status: int
    etag: str | None
    body: bytes
    known: str | None

    @property
    def marks(self) -> set[int]:
        """The marks of all names in it."""
        return {int(one) for one in re.findall(rb"Mark(\d+)", self.body)}


@dataclass
class Editions:
    """The editions that came: by the mark of their names, their numbers and when they were published."""

    numbers: dict[int, int] = field(default_factory=dict)
    published: dict[int, float] = field(default_factory=dict)


def publish(engine: Engine, folder: Path, mark: int, editions: Editions) -> None:
    """Import and activate a directory with one place and one person more, all of whose names bear the mark."""
    files = marked_directory(folder / f"{mark}", f"Mark{mark}", _PLACES + mark)
    import_files(engine, files, "hospital")
    editions.numbers[mark] = activate(engine, "hospital", None, "test")
    editions.published[mark] = time.monotonic()


def ask_without_pause(server: Server, first: int, told: list[Told], stop: threading.Event) -> None:
    """Ask for one path after the other, every second time with the ETag had before; tell what each was told."""
    etags = dict[str, str]()
    for number, path in enumerate(itertools.islice(itertools.cycle(PATHS), first, None)):
        if stop.is_set():
            return
        known = etags.get(path) if number // len(PATHS) % 2 else None
        began = time.monotonic()
        answer: Answer = server.get(path, **({"If-None-Match": known} if known else {}))
        etag = answer.headers["ETag"]
        told.append(Told(began, time.monotonic(), path, answer.status, etag, answer.body, known))
        if etag:
            etags[path] = etag


def wait_until_shown(told: list[Told], mark: int, asking: list[Future[None]]) -> None:
    """Wait until each path was answered of the edition with this mark, however slow the machine."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while waiting := set(PATHS) - {"/api/v1/conditions"} - {one.path for one in list(told) if mark in one.marks}:
        for client in asking:
            assert not client.done() or client.result() is None
        assert time.monotonic() < deadline, f"edition {mark} was never seen at {waiting}"
        time.sleep(0.05)


def trial(engine: Engine, folder: Path, count: int, every_seconds: float) -> tuple[list[Told], Editions]:
    """Publish so many editions, one at a time, while clients ask; return all that these were told."""
    told, editions = list[Told](), Editions()
    publish(engine, folder, 0, editions)
    url = engine.url.render_as_string(hide_password=False)
    stop = threading.Event()
    with (
        serving(folder / "home", FINDER_DATABASE_URL=url, FINDER_WORKERS="2") as server,
        ThreadPoolExecutor(_CLIENTS) as pool,
    ):
        asking = [pool.submit(ask_without_pause, server, 3 * number, told, stop) for number in range(_CLIENTS)]
        try:
            for mark in range(1, count + 1):
                wait_until_shown(told, mark - 1, asking)
                began = time.monotonic()
                publish(engine, folder, mark, editions)
                time.sleep(max(0.0, began + every_seconds - time.monotonic()))
            wait_until_shown(told, count, asking)
            time.sleep(max(0.0, editions.published[count] + SEEN_WITHIN_SECONDS + 1 - time.monotonic()))
        finally:
            stop.set()
        for client in asking:
            client.result()
    return told, editions


def check(told: list[Told], editions: Editions) -> None:
    """See that each answer is good, of one edition in force at the time, and what its ETag says it is."""
    bodies: dict[tuple[str, str], bytes] = {}
    for one in told:
        if one.status == 304:
            assert one.etag == one.known, one.path
            assert not one.body
            continue
        assert one.status == 200, (one.path, one.status, one.body[:300])
        if one.etag:
            assert one.etag != one.known, one.path
            assert bodies.setdefault((one.path, one.etag), one.body) == one.body, one.path
        newest = max(
            mark for mark, at in editions.published.items() if at + SEEN_WITHIN_SECONDS < one.began or not mark
        )
        if not one.path.startswith("/api/v1/conditions"):
            (mark,) = one.marks
            assert mark >= newest, one.path
        if one.path.startswith("/api/"):
            answer = json.loads(one.body)
            (mark,) = [mark for mark, number in editions.numbers.items() if number == answer["edition"]]
            assert mark >= newest, one.path
            assert one.marks <= {mark}, one.path
            if one.path == _NAMED_IN_FULL:
                # What the index knows, beside the names, which are read from the database.
                assert answer["within_asked"] == _PLACES + mark
    for path in PATHS:
        assert {mark for one in told if one.path == path for mark in one.marks} == set(editions.numbers) or (
            path == "/api/v1/conditions"
        ), path
    assert any(one.status == 304 for one in told)


def test_editions_that_follow_each_other_are_never_mixed(demo_engine: Engine, tmp_path: Path) -> None:
    """Both workers have each within three seconds."""
    before = current_of(demo_engine)
    told, editions = trial(demo_engine, tmp_path, 2, 2.5)
    assert list(editions.numbers.values()) == [before + 1, before + 2, before + 3]
    assert len(told) > 100
    check(told, editions)


@pytest.mark.proof
def test_ten_editions_in_a_minute(demo_engine: Engine, tmp_path: Path) -> None:
    """Given minutes, fewer of them, as quickly one after the other."""
    count = max(2, min(10, int(os.environ.get("FINDER_PROOF_MINUTES", "") or 30) // 3))
    told, editions = trial(demo_engine, tmp_path, count, 6)
    check(told, editions)
    slowest = max(one.ended - one.began for one in told)
    print(
        f"\n{demo_engine.dialect.name}: {len(told):,} requests by {_CLIENTS} clients of 2 workers while {count} editions "
        f"followed each other, one in 6 seconds: 0 errors, 0 mixed answers; the slowest took {slowest * 1000:.0f} ms, "
        f"{sum(one.status == 304 for one in told):,} had nothing new"
    )


def current_of(engine: Engine) -> int:
    with engine.connect() as connection:
        return current_edition(connection)
