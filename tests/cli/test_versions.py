"""Versions on the command line: what there are, what one changes, and what is removed in time."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from finder.db.datasets import Activation, Dataset
from finder.db.dialect import open_engine
from finder.db.staff import Amendment
from finder.desk.publish import activate
from finder.desk.setup import set_up
from finder.importers.pipeline import import_files
from tests.cli.run import Terminal
from tests.conftest import Databases
from tests.sample_files import HIP_SURGEON, locations, practitioners

PLACES = [f"place{n},Clinic {n},Clinics,clinic,VA,23220,37.5{n},-77.4{n}," for n in range(10, 40)]
LONG_AGO = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


@pytest.fixture
def on_each_ready(databases: Databases, tmp_path: Path) -> Terminal:
    """A terminal over a database that is set up, without the demo, of each backend."""
    return Terminal(tmp_path, databases.fresh(demo=False))


@pytest.fixture
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The database that the terminal is over, to prepare it without a process for each step."""
    if "on_each_ready" in request.fixturenames:
        url = request.getfixturevalue("on_each_ready").database_url
    else:
        url = f"sqlite:///{tmp_path / 'var' / 'finder.db'}"
    opened = open_engine(url)
    set_up(opened, tmp_path / "backups", demo=False)
    yield opened
    opened.dispose()


def imported(engine: Engine, folder: Path, *rows: str, people: tuple[str, ...] = ()) -> None:
    """Import a version of the clinic, which is not yet active."""
    files = [locations(folder / "l.csv", *rows)]
    if people:
        files.append(practitioners(folder / "p.csv", *people))
    import_files(engine, files, "clinic")


def change(engine: Engine, statement: Any) -> None:
    with engine.begin() as connection:
        connection.execute(statement)


def amend(engine: Engine, public_id: str, field: str, imported_value: str, value: str) -> None:
    values = {"field": field, "value": value, "imported_value": imported_value, "made_by": "Rosa", "made_at": LONG_AGO}
    change(engine, insert(Amendment).values(public_id=public_id, **values))


def test_what_a_version_changes_is_told_cell_by_cell(on_each_ready: Terminal, engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES[:10], people=(f"ada,place10,Ada,Fern,{HIP_SURGEON}",))
    activate(engine, "clinic", None, "test")
    new = [PLACES[0].replace("Clinic 10", "Clinic Ten").replace("37.510", "37.610"), *PLACES[1:9], PLACES[20]]
    imported(engine, tmp_path, *new, people=(f"ada,place11,Ada,Fern,{HIP_SURGEON}",))
    amend(engine, "place:clinic:place10", "name", "Clinic 10", "Clinic X")
    told = on_each_ready.good("diff", "clinic")
    assert told.splitlines() == [
        "clinic: version 2 against version 1 (active).",
        "locations: 1 new, 1 changed, 8 unchanged, 1 will disappear.",
        "practitioners: 1 new, 0 changed, 0 unchanged, 1 will disappear.",
        "",
        "locations, changed:",
        "  location_id place10 (Clinic Ten)",
        "    name: Clinic 10 -> Clinic Ten",
        "    latitude: 37.51 -> 37.61",
        "",
        "locations, will disappear:",
        "  location_id place19 (Clinic 19)",
        "",
        "locations, new:",
        "  location_id place30 (Clinic 30)",
        "",
        "practitioners, will disappear:",
        "  person_id ada, location_id place10 (Ada Fern at Clinic 10)",
        "",
        "practitioners, new:",
        "  person_id ada, location_id place11 (Ada Fern at Clinic 11)",
        "",
        "Changed by staff, and the file no longer says what they changed:",
        "  place:clinic:place10 (Clinic Ten)",
        "    name: it was Clinic 10, staff wrote Clinic X, the file now says Clinic Ten.",
    ]
    body = json.loads(on_each_ready.good("diff", "clinic", "2", "--json"))
    assert {name: body[name] for name in ("source", "version", "against")} == {
        "source": "clinic", "version": 2, "against": 1,
    }  # fmt: skip
    assert body["differences"]["locations"] == {"new": 1, "changed": 1, "unchanged": 8, "gone": 1}
    assert [one["now"] for one in body["amendments"]] == ["Clinic Ten"]
    assert [(one["section"], one["change"]) for one in body["changes"]] == [
        ("locations", "changed"), ("locations", "gone"), ("locations", "new"),
        ("practitioners", "gone"), ("practitioners", "new"),
    ]  # fmt: skip
    assert body["changes"][0] == {
        "section": "locations", "change": "changed", "key": {"location_id": "place10"}, "name": "Clinic Ten",
        "fields": [{"column": "name", "old": "Clinic 10", "new": "Clinic Ten"},
                   {"column": "latitude", "old": "37.51", "new": "37.61"}],
    }  # fmt: skip


def test_long_lists_are_shortened_unless_all_are_wanted(terminal: Terminal, engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES[:2], people=(f"ada,place10,Ada,Fern,{HIP_SURGEON}",))
    activate(engine, "clinic", None, "test")
    imported(engine, tmp_path, *PLACES, people=(f"ada,place10,Ada,Moss,{HIP_SURGEON}",))
    short = terminal.good("diff", "clinic", "--section", "locations").splitlines()
    more = "  ... and 18 more. All of them: finder diff clinic 2 --against 1 --section locations --all"
    assert short[-1] == more
    assert sum("Clinic" in line for line in short) == 10
    assert not any("practitioners" in line for line in short)
    everything = terminal.good(*more.partition("finder ")[2].split())
    assert sum("Clinic" in line for line in everything.splitlines()) == 28
    assert len(json.loads(terminal.good("diff", "clinic", "--json"))["changes"]) == 29


def test_sentences_for_what_cannot_be_compared(terminal: Terminal, engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, PLACES[0])
    assert "no earlier version to compare version 1 with" in terminal.refused("diff", "clinic")
    imported(engine, tmp_path, *PLACES[:2])
    activate(engine, "clinic", 1, "test")
    same = ("diff", "clinic", "1", "--against", "1")
    assert terminal.good(*same).endswith("1 unchanged, 0 will disappear.\nNothing differs.\n")
    assert json.loads(terminal.good(*same, "--json"))["changes"] == []
    assert "no version 7" in terminal.refused("diff", "clinic", "--against", "7")
    change(engine, update(Dataset).where(Dataset.version == 2).values(pruned_at=LONG_AGO))
    assert "Version 2 of clinic was removed to save space" in terminal.refused("diff", "clinic", "2")


def test_each_kind_of_amendment_has_its_sentence(terminal: Terminal, engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES[:10])
    activate(engine, "clinic", None, "test")
    for number, (was, wrote) in enumerate([("", "Fern"), ("Fern", "Clinics"), ("Fern", "Moss\nHouse")], start=17):
        amend(engine, f"place:clinic:place{number}", "organization", was, wrote)
    imported(engine, tmp_path, *PLACES[:9])
    told = terminal.good("diff", "clinic")
    assert "it was (empty), staff wrote Fern, the file now says Clinics." in told
    assert "it was Fern, staff wrote Clinics, the file now says the same as staff." in told
    assert "it was Fern, staff wrote Moss / House, the listing is gone from the file." in told


def test_versions_are_listed_with_what_they_are(terminal: Terminal, engine: Engine, tmp_path: Path) -> None:
    for first in range(4):
        imported(engine, tmp_path, *PLACES[first : first + 2])
    activate(engine, "clinic", 3, "test")
    change(engine, update(Dataset).where(Dataset.version == 1).values(pruned_at=LONG_AGO))
    change(engine, update(Dataset).where(Dataset.version == 2).values(update_only=True))
    lines = terminal.good("datasets").splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["clinic", "4", "ready"], ["clinic", "3", "active"], ["clinic", "2", "ready"], ["clinic", "1", "removed"],
    ]  # fmt: skip
    assert [line.endswith("UTC  2 locations") for line in lines] == [True, True, False, True]
    assert lines[2].endswith("UTC  only updates: 2 locations")
    rows = json.loads(terminal.good("datasets", "--json"))
    assert [(row["version"], row["update_only"], row["pruned_at"]) for row in rows] == [
        (4, False, None), (3, False, None), (2, True, None), (1, False, LONG_AGO.isoformat()),
    ]  # fmt: skip


def test_an_activation_removes_what_is_no_longer_kept(on_each_ready: Terminal, engine: Engine, tmp_path: Path) -> None:
    for number in (20, 21, 22):
        imported(engine, tmp_path, *PLACES[:number])
    activate(engine, "clinic", 1, "test")
    change(engine, update(Dataset).values(created_at=LONG_AGO))
    change(engine, update(Activation).values(at=LONG_AGO))
    on_each_ready.good("activate", "clinic", "3")
    assert [line.split()[:3] for line in on_each_ready.good("datasets").splitlines()] == [
        ["clinic", "3", "active"], ["clinic", "2", "removed"], ["clinic", "1", "ready"],
    ]  # fmt: skip


def test_a_removal_that_fails_does_not_make_an_activation_look_failed(
    terminal: Terminal, engine: Engine, tmp_path: Path
) -> None:
    """It is housekeeping: where it cannot be done, that is said and no more."""
    imported(engine, tmp_path, *PLACES[:2])
    # A folder in place of the file that the removal locks.
    lock = tmp_path / "var" / "finder.db.clinic.prune.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    done = terminal.run("activate", "clinic")
    assert done.code == 0
    assert done.out.startswith("Active: edition ")
    assert len(done.err.splitlines()) == 1
