"""Editions and outages: a new edition keeps nobody waiting, and nothing asked is kept."""

from __future__ import annotations

import datetime as dt
import json
import logging
import shutil
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import Engine, create_engine, event, make_url, text

from finder.db.dialect import open_engine, write_lock
from finder.db.edition import current_edition, raise_edition
from finder.desk.publish import republish
from finder.search.snapshot import LAYOUT
from finder.web import context
from finder.web.api import searches
from finder.web.patients import printing, results
from tests.conftest import postgres_url
from tests.sample_files import whole_database
from tests.web.conftest import MakeApp, directory_of
from tests.web.pages import Page
from tests.web.server import serving, url_of

SEARCH = "/api/v1/specialists?zip=23220&condition=labral-tear"
SEEN_WITHIN_SECONDS = 3.0
# Long enough not to be in a compressed snapshot by chance.
CANARIES = (
    b"23220-9137", b"232209137", b"zqx hip", b"zqx%20hip", b"zqx-hip", b"zqx4711", b"zqx-4711", b"zqx/4711", b"zqx=4711",
    b"zqx 4711", b"zqx+hip", b"canary.example", b"47.11.47.11", b"47.11,-97.11", b"47.11%2C-97.11",
)  # fmt: skip


def eventually(true: object, seconds: float = SEEN_WITHIN_SECONDS) -> None:
    """Wait until a function returns something true."""
    until = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.05)


@contextmanager
def away(engine: Engine, users: Engine) -> Iterator[None]:
    """Take a database away from those who use it, and give it back."""
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        moved = path.with_suffix(".away")
        engine.dispose()
        path.rename(moved)
        path.mkdir()  # a folder cannot be opened, and no empty database comes to be in its place
        users.dispose()
        yield
        path.rmdir()
        moved.rename(path)
        return
    server = create_engine(make_url(postgres_url()).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    name = engine.url.database
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))
        yield
        connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    server.dispose()


def test_no_request_waits_for_a_new_edition(demo_engine: Engine, make_app: MakeApp) -> None:
    """The thread that loads is held up in the middle of it; requests meanwhile get the edition before."""
    app = make_app(demo_engine)
    client = app.test_client()
    old = client.get(SEARCH).json["edition"]
    loading, go_on = threading.Event(), threading.Event()

    def hold_up(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "snapshot" in statement and threading.current_thread().name == "finder-editions":
            loading.set()
            assert go_on.wait(60)

    event.listen(directory_of(app).engine, "before_cursor_execute", hold_up)
    try:
        new = republish(demo_engine, "test", "test")
        assert loading.wait(SEEN_WITHIN_SECONDS)
        for path in (SEARCH, "/api/v1/conditions", "/api/v1/listings/place:demo:lark-hip"):
            assert client.get(path).json["edition"] == old
        assert client.get("/").status_code == 200
    finally:
        go_on.set()
    eventually(lambda: client.get(SEARCH).json["edition"] == new)


def test_an_edition_that_cannot_be_read_is_passed_over(demo_engine: Engine, make_app: MakeApp) -> None:
    """The one before stays, and the next that is whole is taken."""
    client = make_app(demo_engine).test_client()
    old = client.get(SEARCH).json["edition"]
    with write_lock(demo_engine) as connection:
        raise_edition(connection, b"no snapshot at all", LAYOUT, dt.datetime.now(dt.UTC))
    time.sleep(SEEN_WITHIN_SECONDS)
    assert client.get(SEARCH).json["edition"] == old
    new = republish(demo_engine, "test", "test")
    eventually(lambda: client.get(SEARCH).json["edition"] == new)


def test_what_the_edition_before_took_in_memory_is_given_back(
    demo_engine: Engine, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = list[object]()
    app = make_app(demo_engine)
    former = weakref.ref(directory_of(app).index)
    monkeypatch.setattr(context, "give_back_memory", lambda: given.append(former()))
    time.sleep(1.5)  # nothing is given back where no edition came
    assert given == []
    republish(demo_engine, "test", "test")
    # By then it has gone.
    eventually(lambda: given == [None])


def test_the_edition_is_in_the_etag(demo_engine: Engine, make_app: MakeApp) -> None:
    client = make_app(demo_engine).test_client()
    listing = "/api/v1/listings/place:demo:lark-hip"
    before = {path: client.get(path).headers["ETag"] for path in (SEARCH, listing)}
    edition = republish(demo_engine, "test", "test")
    eventually(lambda: client.get(SEARCH).json["edition"] == edition)
    for path, etag in before.items():
        reply = client.get(path, headers={"If-None-Match": etag})
        assert reply.status_code == 200
        assert reply.headers["ETag"] != etag


def test_without_its_database_it_says_so_and_recovers(demo_engine: Engine, make_app: MakeApp) -> None:
    app = make_app(demo_engine)
    client = app.test_client()
    before = client.get(SEARCH).json
    with away(demo_engine, directory_of(app).engine):
        assert client.get(SEARCH).json == before, "the index answers searches by itself"
        assert client.get("/?lang=es").status_code == 200
        for path in ("/specialists?zip=23220&name=lark", "/place/place:demo:lark-hip"):
            reply = client.get(path)
            assert reply.status_code == 503, path
            assert reply.headers["Cache-Control"] == "no-store"
            assert int(reply.headers["Retry-After"]) > 0
            page = Page(reply.text)
            assert "911" in page.one("main").text
            assert page.one("h1").text.endswith(".")
            assert "Traceback" not in reply.text
            assert "Error" not in page.one("h1").text
        problem = client.get(f"{SEARCH}&name=lark")
        assert (problem.status_code, problem.mimetype) == (503, "application/problem+json")
        assert problem.json["code"] == "outage"
        assert client.get("/api/v1/specialists?zip=1").status_code in (400, 503)
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        time.sleep(1.5)  # the thread that follows editions meets the outage too
    eventually(lambda: client.get("/readyz").status_code == 200)
    assert client.get(SEARCH).status_code == 200
    edition = republish(demo_engine, "test", "test")
    eventually(lambda: client.get(SEARCH).json["edition"] == edition)


def test_healthz_touches_nothing(demo_engine: Engine, make_app: MakeApp) -> None:
    app = make_app(demo_engine)
    directory_of(app).stop()
    touched: list[str] = []
    event.listen(directory_of(app).engine, "checkout", lambda *_: touched.append("connection"))
    assert app.test_client().get("/healthz").data == b"ok\n"
    assert touched == []
    assert app.test_client().get("/readyz").status_code == 200
    assert touched == ["connection"]
    directory_of(app).engine.dispose()


class Ask(Protocol):
    """Asks for a path, or sends a form to it where there are fields, and returns the status."""

    def __call__(self, path: str, headers: dict[str, str], fields: dict[str, str] | None = None) -> int:
        """Ask once."""


def asks_with_canaries(ask: Ask) -> set[int]:
    """Ask in every way for what must leave no trace; return how it was answered."""
    zip_codes = ("23220-9137", "232209137")
    conditions = ("zqx hip 4711", "labral-tear", "zqx-hip-4711")
    told = {"Referer": "https://canary.example/zqx", "User-Agent": "zqx 4711", "Cookie": "zqx=4711", "X-Forwarded-For": "47.11.47.11", "X-Request-ID": "zqx-4711"}  # fmt: skip
    forms = ("/specialists", "/places", "/specialists/print", "/places/print")
    asked = [{"zip": zip_code, "condition": condition} for zip_code in zip_codes for condition in conditions]
    for words in ("zqx hip 4711", "zqx hip 4711 and chest pain"):
        asked += [{"zip": "23220", "q": words}, {"near": "47.11,-97.11", "q": words}]
        asked.append({"zip": "23220-9137", "condition": "", "name": "zqx hip 4711", "q": words, "lang": "es"})
    statuses = set()
    for page in (*forms, "/api/v1/specialists", "/api/v1/locations", "/", "/specialist/npi:2025200009", "/nothing"):
        statuses |= {ask(f"{page}?{urlencode(one, quote_via=quote)}", told) for one in asked}
    for page in (*forms, "/api/v1/suggest", "/nothing", "/wrong/npi:zqx4711"):
        for site in ("same-origin", "cross-site"):
            statuses |= {ask(page, {**told, "Sec-Fetch-Site": site}, one) for one in asked}
            changed = {"change": "q=zqx+hip+4711&zip=23220-9137", "zip": "23220-9137" * 2000}
            statuses |= {ask(page, {**told, "Sec-Fetch-Site": site}, {"change": changed["change"]})}
            statuses |= {ask(page, {**told, "Sec-Fetch-Site": site}, changed)}
    for path in (
        "/specialist/npi:zqx4711",
        "/api/v1/listings/zqx-4711",
        "/zqx/4711",
        "/api/v1/specialists?zqx=4711",
        "/api/v1/suggest?q=zqx%20hip%204711",
        "/static/zqx-4711/style.css",
    ):
        statuses.add(ask(path, told))
    return statuses


def traces(content: bytes) -> list[bytes]:
    """Return the canaries in some bytes."""
    return [one for one in CANARIES if one in content]


@pytest.mark.parametrize(("mode", "refusals"), [("get", {400, 403, 404, 405, 413}), ("post", {400, 403, 404, 413})])
def test_what_is_asked_leaves_no_trace(
    demo_engine: Engine, make_app: MakeApp, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
    mode: str, refusals: set[int],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    before = whole_database(demo_engine)
    app = make_app(demo_engine, FINDER_PRIVATE_SEARCH=mode)
    client = app.test_client()

    def ask(path: str, headers: dict[str, str], fields: dict[str, str] | None = None) -> int:
        reply = client.open(path, method="GET" if fields is None else "POST", data=fields, headers=headers)
        return int(reply.status_code)

    assert asks_with_canaries(ask) == {200, *refusals}
    with away(demo_engine, directory_of(app).engine):
        assert 503 in asks_with_canaries(ask)

    def broken(_index: object, _connection: object, query: object, *_: object, **__: object) -> None:
        raise ValueError(f"a fault that tells all it knows: {query}")

    for module in (results, printing, searches):
        monkeypatch.setattr(module, "search", broken)
    assert 500 in asks_with_canaries(ask)
    assert whole_database(demo_engine) == before
    told = "\n".join(f"{one.getMessage()} {one.exc_text or ''} {vars(one)}" for one in caplog.records)
    assert {"fault", "database_away", "database_back", "edition_loaded"} >= {one.msg["event"] for one in caplog.records if isinstance(one.msg, dict)} >= {"fault"}  # fmt: skip
    assert traces(told.encode()) == []
    numbers = client.get("/metrics")
    assert "finder_faults_total" in numbers.text
    assert traces(numbers.data) == []


@pytest.mark.parametrize("mode", ["get", "post"])
def test_the_real_server_keeps_nothing_either(demo_engine: Engine, tmp_path: Path, mode: str) -> None:
    home = tmp_path / "home"
    settings = {"FINDER_PRIVATE_SEARCH": mode, "FINDER_TRUSTED_PROXIES": "1", "FINDER_LOG": "json"}
    if demo_engine.dialect.name == "postgresql":
        settings["FINDER_DATABASE_URL"] = url_of(demo_engine)
    with serving(home, **settings) as server:

        def ask(path: str, headers: dict[str, str], fields: dict[str, str] | None = None) -> int:
            return server.get(path, fields=fields, **headers).status

        assert asks_with_canaries(ask) >= {200, 400, 404, 413}
        assert json.loads(server.get(f"{SEARCH}&zip=9137").body)["code"] == "parameter_repeated"
        if demo_engine.dialect.name == "sqlite":
            database = home / "finder.db"
            database.rename(home / "away.db")
            asks_with_canaries(ask)
        numbers = server.get("/metrics").body
        assert b"finder_search_outcomes_total" in numbers
        assert traces(numbers) == []
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files or demo_engine.dialect.name == "postgresql"
    for path in files:
        assert traces(path.read_bytes()) == [], path
    assert b"finder answers at" in server.output.read_bytes()
    assert traces(server.output.read_bytes()) == []
    if demo_engine.dialect.name == "sqlite":
        assert b'"event": "fault"' in server.output.read_bytes()
        assert any(path.parent.name == "metrics" for path in files)
    stored = demo_engine if demo_engine.dialect.name == "postgresql" else open_engine(f"sqlite:///{home / 'away.db'}")
    rows = whole_database(stored)
    stored.dispose()
    assert len(rows["practitioner"]) > 3
    assert traces(repr(rows).encode()) == []
    with demo_engine.connect() as connection:
        assert current_edition(connection) >= 1
    shutil.rmtree(home, ignore_errors=True)
