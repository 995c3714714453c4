"""ZIP points renewed without a release: compared, refused where need be, in force with an edition, given back."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from finder.config import read_settings
from finder.db import reference
from finder.db.dialect import open_engine
from finder.db.directory import PositionKind
from finder.db.edition import current_edition
from finder.db.reference import DATA, shipped_zip_points, use_zip_points, zip_points
from finder.db.reference_files import read_reference, write_reference
from finder.db.reference_tables import follow, in_force
from finder.db.staff import AuditEntry
from finder.db.zip_table import COLUMNS
from finder.desk.backup import back_up
from finder.desk.publish import republish
from finder.desk.reference import give_back, offer, take
from finder.desk.setup import set_up
from finder.errors import DeskRefused
from finder.web import create_app
from tests.cli.run import Terminal
from tests.conftest import Databases
from tests.search.small_directory import Load, ask, loader, person, place
from tests.web.server import environment, url_of

LATER = dt.date(2026, 11, 29)
Rows = list[dict[str, str]]


@pytest.fixture(autouse=True)
def _shipped_again() -> Iterator[None]:
    """Leave no other table to the tests that follow."""
    yield
    use_zip_points(None)


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Load:
    """Import rows and put them in force."""
    return loader(engine, tmp_path)


@cache
def _shipped_rows() -> tuple[dict[str, str], ...]:
    return tuple(read_reference(gzip.decompress((DATA / "zip_points.csv.gz").read_bytes())).rows)


def renewed() -> Rows:
    """Return the shipped rows with 23220 moved to the east, 23221 called otherwise, 20500 gone and 23299 new."""
    rows = [dict(row) for row in _shipped_rows() if row["zip"] not in ("20500", "23299")]
    by_code = {row["zip"]: row for row in rows}
    by_code["23220"] |= {"lat": "37.5500", "lon": "-77.0000"}
    by_code["23221"] |= {"place": "Carytown", "kind": "po_box"}
    rows.append(by_code["23222"] | {"zip": "23299", "kind": "unknown", "zcta": ""})
    return sorted(rows, key=lambda row: row["zip"])


def written(folder: Path, rows: Rows, day: dt.date = LATER, name: str = "points.csv.gz") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(write_reference("zip_points", day, rows, COLUMNS), 1))
    return path


def nearest(engine: Engine) -> tuple[float, PositionKind]:
    """Return how far the nearest is from the middle of 23220, in metres, and how its position is known."""
    with engine.connect() as connection:
        follow(connection)
    match = ask(engine).main.matches[0]
    return match.distance_m, match.location.position_kind


def test_a_renewed_table_holds_everywhere_from_its_edition_on_and_can_be_given_back(
    engine: Engine, load: Load, tmp_path: Path, databases: Databases
) -> None:
    load(
        locations=[
            place("zip", latitude="", longitude=""), place("east", zip_code="23141", latitude=37.5500, longitude=-77.0010)
        ],
        practitioners=[person("ada", "zip"), person("bea", "east")],
    )  # fmt: skip
    assert nearest(engine) == (0.0, PositionKind.ZIP)
    terminal = Terminal(tmp_path, url_of(engine))
    file = written(tmp_path, renewed())
    app = create_app(read_settings(environment(tmp_path / "home", FINDER_DATABASE_URL=url_of(engine))))
    client = app.test_client()
    assert "HUD, a part of the US government, at the end of 2021" in client.get("/about-the-data").text
    before = current(engine)

    # Without --yes it is only told.
    told = terminal.good("reference", "update", file)
    for line in (
        "added: 1: 23299", "gone: 1: 20500", "moved 5 miles or more: 1: 23220 Richmond, VA (25", "moved less: 0",
        "another name: 1: 23221 Richmond, VA -> Carytown, VA", "another kind: 1: 23221 area -> po_box", "another time zone: 0",
        "Nothing was changed.",
    ):  # fmt: skip
        assert line in told, (line, told)
    assert json.loads(terminal.run("reference", "update", file, "--json").out)["gone"] == ["20500"]
    assert current(engine) == before
    assert nearest(engine) == (0.0, PositionKind.ZIP)

    assert "In force since edition" in terminal.good("reference", "update", file, "--yes")
    # Whoever lives there, and the place that is known by its ZIP code alone, have moved to the place in the east.
    assert nearest(engine) == (0.0, PositionKind.ZIP)
    assert 50 < ask(engine).main.matches[1].distance_m < 150
    assert [match.location.public_id for match in ask(engine, zip="23141").main.matches]
    assert "23299" in zip_points()
    assert "20500" not in zip_points()
    # A worker of a web host follows, and tells patients the day of it.
    app.extensions["finder"].directory._refresh()
    page = client.get("/about-the-data").text
    assert "at the end of 2021" not in page
    assert "November 29, 2026" in page or "Nov 29, 2026" in page, page
    assert "ZIP points of 2026-11-29, number 1" in terminal.run("check").out
    assert json.loads(terminal.good("reference", "show", "--json"))["in_force"]["rows"] == len(_shipped_rows())
    with engine.connect() as connection:
        assert connection.scalars(select(AuditEntry.action)).all()[-1] == "take_reference"

    # A backup carries it.
    use_zip_points(None)
    back_up(engine, tmp_path / "all.zip")
    elsewhere = Terminal(tmp_path / "elsewhere", databases.empty())
    elsewhere.home.mkdir()
    elsewhere.good("restore", tmp_path / "all.zip")
    assert "number 1, taken on" in elsewhere.good("reference", "show")

    # Twice is refused; the way back is one edition.
    assert "must be newer than the one in force" in terminal.refused("reference", "update", file, "--yes")
    assert "the shipped one" in terminal.good("reference", "restore")
    assert nearest(engine) == (0.0, PositionKind.ZIP)
    assert ask(engine).main.matches[1].distance_m > 30_000
    assert "There is nothing to give back" in terminal.refused("reference", "restore")
    app.extensions["finder"].directory.stop()


def test_what_is_imported_under_one_table_goes_by_the_one_in_force(engine: Engine, load: Load, tmp_path: Path) -> None:
    load(locations=[place("old", latitude="", longitude="")], practitioners=[person("ada", "old")])
    offered = offer(engine, written(tmp_path, renewed()))
    edition = take(engine, offered, "ada")
    # Somebody else who compared the same one comes too late.
    with pytest.raises(DeskRefused, match="reference_moved"):
        take(engine, offered, "bea")
    assert (edition, zip_points().number) == (current(engine), 1)
    load("more", locations=[place("new", latitude="", longitude="")], practitioners=[person("bea", "new")])
    assert [match.distance_m for match in ask(engine).main.matches] == [0.0, 0.0]
    # A newer one upon it, of which only the last is given back.
    rows = renewed()
    next(row for row in rows if row["zip"] == "23220")["lon"] = "-77.1000"
    take(engine, offer(engine, written(tmp_path, rows, dt.date(2026, 11, 30))), "ada")
    assert zip_points()["23220"].longitude == -77.1
    give_back(engine, "ada")
    assert zip_points()["23220"].longitude == -77.0
    give_back(engine, "ada", shipped=True)
    assert zip_points()["23220"].longitude == shipped_point("23220")
    assert [match.distance_m for match in ask(engine).main.matches] == [0.0, 0.0]


def test_a_release_that_ships_a_newer_table_goes_before(
    engine: Engine, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(locations=[place("zip", latitude="", longitude="")], practitioners=[person("ada", "zip")])
    take(engine, offer(engine, written(tmp_path, renewed())), "ada")
    assert set_up(engine, tmp_path, demo=False) == []
    newer = shipped_zip_points()._replace(made_on=LATER)
    monkeypatch.setattr(reference, "shipped_zip_points", lambda: newer)
    assert set_up(engine, tmp_path, demo=False) == ["edition_raised"]
    assert (zip_points().number, nearest(engine)) == (0, (0.0, PositionKind.ZIP))
    assert set_up(engine, tmp_path, demo=False) == []


def test_nonsense_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'finder.db'}")
    set_up(engine, tmp_path, demo=False)
    before = current(engine)
    shipped = [dict(row) for row in _shipped_rows()]

    def refusal(path: Path) -> DeskRefused:
        with pytest.raises(DeskRefused) as refused:
            offer(engine, path)
        return refused.value

    wrong = [
        ("23220", {"lat": "-77.46", "lon": "37.55"}, "miles outside of VA"), ("23221", {"lon": "-97.46"}, "miles outside of VA"),
        ("23222", {"lat": "nan"}, "with a point that is none"), ("23223", {"zip": "23221"}, ""), ("23224", {"zip": "2322"}, ""),
        ("23225", {"kind": "castle"}, "a kind"), ("23226", {"state": "XX"}, "without state"), ("23227", {"lat": ""}, "without a point"),
        ("23228", {"near": "999999"}, "a source"), ("23229", {"lat": "1e999"}, "with a point that is none"),
    ]  # fmt: skip
    for some in (wrong[:5], wrong[5:]):
        cells = {code: changes for code, changes, _fault in some}
        found = refusal(written(tmp_path, [row | cells.get(row["zip"], {}) for row in shipped]))
        assert (found.code, found.params["rows"]) == ("reference_wrong", 5)
        for code, changes, fault in some:
            assert f"{changes.get('zip', code)} {fault}" in found.params["examples"] or "miles" in fault, found.params
    assert "23221 a duplicate" in refusal(written(tmp_path, [*shipped, *(row for row in shipped if row["zip"] == "23221")])).params["examples"]  # fmt: skip
    assert refusal(written(tmp_path, shipped[:20_000])).code == "reference_few"
    assert refusal(written(tmp_path, shipped, shipped_zip_points().made_on)).code == "reference_old"
    assert refusal(written(tmp_path, shipped, dt.date(2999, 1, 1))).code == "reference_old"
    gone = refusal(written(tmp_path, shipped[: len(shipped) * 94 // 100]))
    assert (gone.code, gone.params["rows"]) == ("reference_gone", len(shipped))
    good = write_reference("zip_points", LATER, shipped, COLUMNS)
    for number, (text, part) in enumerate((
        (good[:-400], "sum"), (good.replace(b"Richmond", b"Richmund", 1), "sum"), (good.partition(b"\n")[2], "head"), (b"", "head"),
        (good.replace(b" rows sha256", b"0 rows sha256", 1), "rows"), (gzip.compress(good, 1)[:-9000], "file"),
        (gzip.compress(b"#" * 70_000_000, 1), "long"), (good.replace(LATER.isoformat().encode(), b"2026-13-77", 1), "head"),
    )):  # fmt: skip
        path = tmp_path / f"bad-{number}.csv"
        path.write_bytes(text)
        assert refusal(path).params["part"] == part, number
    assert refusal(tmp_path / "nowhere").params["part"] == "file"
    with engine.connect() as connection:
        assert (in_force(connection), current(engine), zip_points().number) == (None, before, 0)
    engine.dispose()


_KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from finder.db.dialect import open_engine
from finder.desk.reference import offer, take
engine = open_engine(sys.argv[1])
offered = offer(engine, Path(sys.argv[2]))
def watch(_connection, _cursor, statement, *_rest):
    if statement.replace('"', "").startswith(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(engine, "after_cursor_execute", watch)
take(engine, offered, "ada")
"""


def test_who_is_killed_midway_has_changed_nothing(engine: Engine, load: Load, tmp_path: Path) -> None:
    load(locations=[place("zip", latitude="", longitude="")], practitioners=[person("ada", "zip")])
    file, before = written(tmp_path, renewed()), current(engine)
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, url_of(engine), file, "INSERT INTO snapshot"], timeout=120, check=False,
        env=environment(tmp_path),
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    with engine.connect() as connection:
        assert in_force(connection) is None
    assert current(engine) == before
    republish(engine, "ada", "set_up")
    assert (nearest(engine)[0], zip_points().number) == (0.0, 0)
    take(engine, offer(engine, file), "ada")
    assert zip_points()["23220"].longitude == -77.0


def current(engine: Engine) -> int:
    with engine.connect() as connection:
        return current_edition(connection)


def shipped_point(code: str) -> Any:
    return float(next(row["lon"] for row in _shipped_rows() if row["zip"] == code))
