"""Pages over a database in trouble: answered as before where reading goes on, else with the outage page."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from finder.errors import StorageFailed
from tests.desk.troubles import impatient, locked, read_only
from tests.web.conftest import MakeApp, directory_of
from tests.web.pages import Page

PAGES = ("/", "/specialists?zip=23220&condition=labral-tear", "/places?zip=23220")
SEARCH = "/api/v1/specialists?zip=23220&condition=labral-tear"
# What the index does not hold is read from the database.
LISTING, NAMED = "/place/place:demo:lark-hip", "specialists?zip=23220&name=lark"


def assert_answered(client: FlaskClient) -> None:
    """See that pages and API answer as on any day."""
    for path in (*PAGES, SEARCH, LISTING, f"/{NAMED}", "/readyz"):
        assert client.get(path).status_code == 200, path


def assert_outage(client: FlaskClient) -> None:
    """See that pages say so, with what to do in an emergency, and never how the code came there."""
    assert_outage_pages(client, (LISTING, f"/{NAMED}"))
    problem = client.get(f"/api/v1/{NAMED}")
    assert (problem.status_code, problem.json["code"]) == (503, "outage")
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert_goes_on(client)


def assert_goes_on(client: FlaskClient) -> None:
    """See that searches which the index answers alone are answered whole."""
    for path in PAGES:
        assert client.get(path).status_code == 200, path
    assert len(client.get(SEARCH).json["results"]) > 3


def assert_outage_pages(client: FlaskClient, pages: Sequence[str]) -> None:
    for path in pages:
        reply = client.get(path)
        assert reply.status_code == 503, path
        assert int(reply.headers["Retry-After"]) > 0
        assert "911" in Page(reply.text).one("main").text
        for word in ("Traceback", "storage_", "sqlite", "postgresql", "FINDER_"):
            assert word not in reply.text


@pytest.mark.parametrize("trouble", ["locked", "read-only"])
def test_reading_goes_on(demo_engine: Engine, make_app: MakeApp, trouble: str) -> None:
    app = make_app(demo_engine)
    engine, client = directory_of(app).engine, app.test_client()
    with {"locked": locked, "read-only": read_only}[trouble](engine):
        assert_answered(client)
    assert_answered(client)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_damaged_database_is_an_outage_until_it_is_put_back(
    demo_engine: Engine, make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(demo_engine)
    path, engine = Path(str(demo_engine.url.database)), directory_of(app).engine
    with demo_engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    demo_engine.dispose()
    engine.dispose()
    good = path.read_bytes()
    for bad in (b"no database at all" * 1000, good[:4096] + b"x" * (len(good) - 4096)):
        path.write_bytes(bad)
        engine.dispose()
        assert_outage(app.test_client())
        path.write_bytes(good)
        engine.dispose()
        assert_answered(app.test_client())
    told = [one for one in caplog.records if isinstance(one.msg, dict) and one.msg["event"] == "fault"]
    assert {one.msg["code"] for one in told} == {"storage_damaged"}
    assert all(one.levelno == logging.ERROR and not one.exc_info for one in told)


def test_what_follows_editions_bears_an_outage(
    demo_engine: Engine, make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    """The edition in memory stays, and the trouble is one line of the log."""
    app = make_app(demo_engine)
    directory, client = directory_of(app), app.test_client()
    directory.stop()
    caplog.clear()

    def gone(*_: object) -> None:
        raise StorageFailed("storage_gone", database="finder")

    event.listen(directory.engine, "engine_connect", gone)
    edition = directory.index.edition
    for _ in range(3):
        directory._refresh()
    assert client.get("/readyz").status_code == 503
    assert [(one.levelno, one.exc_info, one.msg["event"], one.msg["code"]) for one in caplog.records] == [
        (logging.WARNING, None, "database_away", "storage_gone")
    ]
    event.remove(directory.engine, "engine_connect", gone)
    assert directory.index.edition == edition
    assert_answered(client)
    directory.engine.dispose()


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_table_that_cannot_be_read_for_long_is_an_outage(demo_engine: Engine, make_app: MakeApp) -> None:
    """As while someone rewrites it; nobody waits for longer than the patience with locks. Searches need no table."""
    app = make_app(demo_engine)
    impatient(directory_of(app).engine)
    with demo_engine.connect() as holder:
        holder.execute(text("LOCK TABLE location, edition IN ACCESS EXCLUSIVE MODE"))
        client = app.test_client()
        assert_outage_pages(client, (LISTING,))
        assert client.get("/readyz").status_code == 503
        assert [client.get(path).status_code for path in (*PAGES, SEARCH)] == [200] * 4
    assert_answered(app.test_client())
