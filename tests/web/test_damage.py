"""Damage in what is stored: pages of the database, the snapshot, the catalogue. Never a wrong answer, never a trace."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text, update

from finder.db.catalogue import CatalogueRow
from finder.db.edition import Snapshot
from finder.desk.publish import republish
from tests.cli.run import Terminal
from tests.conftest import Databases
from tests.web.conftest import MakeApp, directory_of
from tests.web.server import serving, url_of

PLACE, PERSON = "place:demo:lark-hip", "npi:2025200009"
SEARCH = "/api/v1/specialists?zip=23220&condition=labral-tear"
LISTING = f"/place/{PLACE}"
# From the index, with words of rows; by name; one listing; a page; and what no row is needed for.
ASKED = (
    "/api/v1/specialists?zip=10021&condition=hip-osteoarthritis",
    "/api/v1/specialists?zip=23220&name=lark&radius=any",
    "/api/v1/locations?zip=60614&radius=any",
    f"/api/v1/listings/{PLACE}",
    f"/specialist/{PERSON}",
    LISTING,
)
# One page in so many is damaged; whole, each of them is.
_STEP = 40


def pages_of(path: Path) -> tuple[int, int, list[int]]:
    """Return the size of a page, how many there are, and those that a table or an index begins with."""
    with closing(sqlite3.connect(path)) as database:
        size, count = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count"))
        roots = [row[0] for row in database.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 0")]
    return size, count, roots


def told(client: FlaskClient, path: str) -> tuple[int, str]:
    """Return status and text of an answer."""
    reply = client.get(path)
    return reply.status_code, reply.text


def damage_each(engine: Engine, make_app: MakeApp, step: int) -> Counter[str]:
    """Damage one page after the other beneath a server that has everything loaded; count what came of it."""
    app = make_app(engine)
    directory, client = directory_of(app), app.test_client()
    directory.stop()
    path = Path(str(engine.url.database))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    good = {one: told(client, one) for one in ASKED}
    assert {status for status, _ in good.values()} == {200}
    size, count, roots = pages_of(path)
    came: Counter[str] = Counter()
    for page in sorted({*(roots if step == 1 else roots[::3]), *range(2, count + 1, step)}):
        directory.engine.dispose()
        with open(path, "r+b") as file:
            file.seek((page - 1) * size)
            kept = file.read(size)
            file.seek((page - 1) * size)
            file.write(b"\xa5" * size)
        hurt = False
        for one in ASKED:
            status, body = told(client, one)
            if (status, body) == good[one]:
                continue
            hurt = True
            assert status == 503, (page, one, status, body[:300])
            assert ("Traceback" in body, "911" in body or json.loads(body)["code"] == "outage") == (False, True), page
        if hurt:
            assert client.get("/readyz").status_code == 503, page
        came["an outage" if hurt else "nothing"] += 1
        directory.engine.dispose()
        with open(path, "r+b") as file:
            file.seek((page - 1) * size)
            file.write(kept)
    directory.engine.dispose()
    assert {one: told(client, one) for one in ASKED} == good
    assert client.get("/readyz").status_code == 200
    return came


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_damaged_page_gives_the_same_answer_or_an_outage(demo_engine: Engine, make_app: MakeApp) -> None:
    came = damage_each(demo_engine, make_app, _STEP)
    assert min(came["an outage"], came["nothing"]) > 2, came


@pytest.mark.proof
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_every_damaged_page_gives_the_same_answer_or_an_outage(demo_engine: Engine, make_app: MakeApp) -> None:
    step = max(1, 8 // int(os.environ.get("FINDER_PROOF_MINUTES", "") or 60))
    came = damage_each(demo_engine, make_app, step)
    print(f"\n{came.total():,} pages damaged, one at a time: {came['an outage']:,} were an outage with a code, "
          f"{came['nothing']:,} changed nothing that was asked; 0 wrong answers, 0 traces")  # fmt: skip


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_damaged_page_is_named_and_a_backup_takes_its_place(databases: Databases, tmp_path: Path) -> None:
    """Through a real server, which needs no restart for it."""
    file = tmp_path / "finder.db"
    shutil.copy(databases.fresh(demo=True).removeprefix("sqlite:///"), file)
    settings = {"FINDER_DATABASE_URL": f"sqlite:///{file}", "FINDER_WORKERS": "1"}
    terminal = Terminal(tmp_path, settings["FINDER_DATABASE_URL"])
    terminal.good("backup", tmp_path / "kept.zip")
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'location'").fetchone()
    size, _, _ = pages_of(file)
    with serving(tmp_path / "home", **settings) as server:
        assert server.get(LISTING).status == 200
        good = server.get(SEARCH)
        restored = tmp_path / "restored.db"
        with open(file, "r+b") as damaged:
            damaged.seek((root - 1) * size)
            damaged.write(os.urandom(1) * size)
        # What the worker has in memory of the file is not read again unless another has written.
        with closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA user_version = 7")
            database.commit()
        page = server.get(LISTING)
        assert (page.status, b"Traceback" in page.body) == (503, False)
        assert int(page.headers["Retry-After"]) > 0
        assert b'"outage"' in server.get(f"/api/v1/listings/{PLACE}").body
        assert server.get("/readyz").status == 503
        found = server.get(SEARCH)
        assert found.status == 503 or found.body == good.body
        check = terminal.run("check")
        assert (check.code, "damaged" in check.out, "finder restore" in check.out) == (1, True, True), check
        assert "damaged" in terminal.refused("backup", tmp_path / "bad.zip")
        assert not (tmp_path / "bad.zip").exists()
        assert "edition 1" in Terminal(tmp_path, f"sqlite:///{restored}").good("restore", tmp_path / "kept.zip")
        for left in tmp_path.glob("finder.db-*"):
            left.unlink()
        restored.replace(file)
        for path in (LISTING, SEARCH, "/readyz"):
            assert server.get(path).status == 200, path
        assert server.get(SEARCH).body == good.body
    assert "All is well" in terminal.good("check")


def test_a_damaged_snapshot_is_never_served_and_is_made_anew(
    demo_engine: Engine, make_app: MakeApp, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Who has an edition in memory goes on with it, and is not ready; who starts has none, and says so."""
    app = make_app(demo_engine)
    directory, client = directory_of(app), app.test_client()
    directory.stop()
    good = told(client, SEARCH)
    edition = republish(demo_engine, "tests", "set_up")
    with demo_engine.begin() as connection:
        blob = connection.scalar(text("SELECT blob FROM snapshot ORDER BY edition DESC LIMIT 1"))
        bad = bytearray(blob)
        bad[len(bad) // 2] ^= 0xFF
        connection.execute(update(Snapshot).where(Snapshot.edition == edition).values(blob=bytes(bad)))
    caplog.clear()
    for _ in range(5):
        directory._refresh()
    assert told(client, SEARCH) == good
    assert client.get("/readyz").status_code == 503
    away = [one for one in caplog.records if isinstance(one.msg, dict) and one.msg["event"] == "database_away"]
    assert [one.msg["code"] for one in away] == ["storage_damaged"], "told once"  # type: ignore[index]
    late = make_app(demo_engine)
    for path in (SEARCH, "/", "/readyz"):
        reply = late.test_client().get(path)
        assert (reply.status_code, int(reply.headers["Retry-After"]) > 0) == (503, True)
    assert late.test_client().get(SEARCH).json["code"] == "directory_not_ready"

    terminal = Terminal(tmp_path, url_of(demo_engine))
    check = terminal.run("check")
    assert (check.code, f"directory of edition {edition} is damaged" in check.out) == (1, True), check
    assert "prepared anew" in terminal.good("setup", "--no-demo")
    assert "All is well" in terminal.good("check")
    directory._refresh()
    assert directory.index.edition == edition + 1
    assert client.get("/readyz").status_code == 200
    directory.engine.dispose()


@pytest.mark.parametrize("body", ["{}", '{"name_en": "Another"}', "[]", "null"])
def test_a_damaged_row_of_the_catalogue_is_never_published(
    demo_engine: Engine, make_app: MakeApp, tmp_path: Path, body: str
) -> None:
    """Patients are answered from the snapshot; `finder check` names the row."""
    app = make_app(demo_engine)
    client = app.test_client()
    good = {path: told(client, path) for path in (SEARCH, "/api/v1/conditions", "/specialists?zip=23220&condition=labral-tear")}  # fmt: skip
    row = (CatalogueRow.kind == "condition", CatalogueRow.key == "labral-tear")
    with demo_engine.begin() as connection:
        connection.execute(update(CatalogueRow).where(*row).values(body=json.loads(body)))
    assert {path: told(client, path) for path in good} == good
    terminal = Terminal(tmp_path, url_of(demo_engine))
    check = terminal.run("check")
    assert (check.code, "catalogue row condition labral-tear is not what was written" in check.out) == (1, True), check
    assert "condition labral-tear is damaged" in terminal.refused("setup")
    assert directory_of(app).index.edition == 1
