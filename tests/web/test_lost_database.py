"""A SQLite database that goes away beneath a running server, and one that is gone at the start."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.run import Terminal
from tests.conftest import Databases
from tests.web.pages import Page
from tests.web.server import Server, serving

SEARCH = "/api/v1/specialists?zip=23220&condition=labral-tear"
LISTING = "/place/place:demo:lark-hip"


def assert_answers(server: Server) -> None:
    """See that all is answered as on any day."""
    for path in (SEARCH, "/specialists?zip=23220", LISTING, "/readyz", "/healthz"):
        assert server.get(path).status == 200, path


def assert_outage(server: Server, good: bytes) -> None:
    """See that the index goes on, whole, and that what needs the database is an outage with a code."""
    found = server.get(SEARCH)
    assert (found.status, found.body) == (200, good)
    for path in (LISTING, "/api/v1/listings/place:demo:lark-hip"):
        told = server.get(path)
        assert told.status == 503, path
        assert int(told.headers["Retry-After"]) > 0
        assert b"Traceback" not in told.body
    assert b'"code":"outage"' in server.get("/api/v1/listings/place:demo:lark-hip").body.replace(b" ", b"")
    assert "911" in Page(server.get(LISTING).body.decode()).one("main").text
    reported = server.get("/wrong/place:demo:lark-hip", fields={"kind": "phone"})
    assert reported.status == 503, reported.body[:500]
    assert server.get("/readyz").status == 503
    assert server.get("/healthz").status == 200


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_file_that_goes_away_and_comes_back(databases: Databases, tmp_path: Path) -> None:
    """It is never made anew in its place, nothing is written to where nobody looks, and no restart is needed."""
    made = Path(databases.fresh(demo=True).removeprefix("sqlite:///"))
    home, folder = tmp_path / "home", tmp_path / "data"
    folder.mkdir()
    file, away = folder / "finder.db", tmp_path / "away"
    shutil.copy(made, file)
    url = f"sqlite:///{file}"
    with serving(home, FINDER_DATABASE_URL=url, FINDER_WORKERS="1") as server:
        good = server.get(SEARCH).body
        assert_answers(server)

        # the file alone
        file.rename(away)
        assert_outage(server, good)
        assert not file.exists()
        away.rename(file)
        assert_answers(server)

        # its whole folder
        folder.rename(away)
        assert_outage(server, good)
        assert not folder.exists()
        away.rename(folder)
        assert_answers(server)

        # another one in its place, as a restored one
        other = folder / "other.db"
        with sqlite3.connect(file) as source, sqlite3.connect(other) as target:
            source.backup(target)
        source.close()
        target.close()
        for left in folder.glob("finder.db-*"):
            left.unlink()
        other.replace(file)
        assert_answers(server)
        # What is sent now is written to this one.
        assert server.get("/wrong/place:demo:lark-hip", fields={"kind": "phone"}).status == 200
        with closing(sqlite3.connect(file)) as database:
            assert database.execute("SELECT count(*) FROM mistake_report").fetchone() == (1,)

    # gone at the start: no empty one, and no demo, in the place of a directory that patients rely on
    terminal = Terminal(tmp_path, url)
    file.rename(away)
    for command in (("serve",), ("backup",), ("datasets",), ("search", "23220"), ("check",)):
        told = terminal.refused(*command, FINDER_HOME=str(home))
        assert "is not there, though a finder has served from this home" in told, command
        assert not file.exists()
    # Nor does one who only looks at the settings make one.
    looked = terminal.run("settings", FINDER_HOME=str(home))
    assert looked.code == 2
    assert "is not there, though a finder has served from this home" in looked.out + looked.err
    assert not file.exists()
    away.rename(file)
    terminal.good("datasets", FINDER_HOME=str(home))
    file.unlink()
    assert "demo" in terminal.good("setup", FINDER_HOME=str(home))
    assert file.exists()
