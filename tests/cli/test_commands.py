"""Every command end to end, in processes of their own, on both databases where the database matters."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from finder.importers.templates import SECTIONS
from tests.cli.run import Terminal
from tests.sample_files import locations, write

GOOD = "main,Main Clinic,Clinics,clinic,VA,23220,37.55,-77.46,"
ELSEWHERE = "far,Far Clinic,Clinics,clinic,VA,24060,37.23,-80.41,"


def test_setup_is_done_once_and_safe_to_repeat(on_each: Terminal) -> None:
    first = on_each.good("setup")
    assert "demo" in first
    assert len(first.splitlines()) == 3
    assert on_each.good("setup") == "All is ready.\n"
    assert on_each.good("datasets").startswith("demo 1  active")


@pytest.mark.parametrize(("options", "settings"), [(["--no-demo"], {}), ([], {"FINDER_DEMO": "no"})])
def test_setup_without_demo(terminal: Terminal, options: list[str], settings: dict[str, str]) -> None:
    assert "demo" not in terminal.good("setup", *options, **settings)
    assert terminal.good("datasets", FINDER_DEMO="no").startswith("No data yet.")
    assert (terminal.home / "var" / "finder.db").exists()


def test_from_import_to_rollback(on_each_demo: Terminal, tmp_path: Path) -> None:
    run = on_each_demo.good
    first = locations(tmp_path / "first.csv", GOOD)
    second = locations(tmp_path / "second.csv", GOOD, ELSEWHERE)
    told = run("import", first, "--source", "main-hospital")
    assert "1 rows read: 1 accepted, 0 refused" in told
    assert "finder activate main-hospital 1" in told
    assert run("activate", "main-hospital") == "Active: edition 2.\n"
    told = run("import", second, "--source", "main-hospital", "--activate")
    assert "1 new, 0 changed, 1 unchanged, 0 will disappear" in told
    assert "Version 2 of main-hospital is active: edition 3." in told
    shown = run("search", "24060", "--places", "--radius", "any")
    assert "Far Clinic" in shown
    assert "demo" not in shown
    assert "edition 4" in run("rollback", "main-hospital")
    shown = run("search", "24060", "--places", "--radius", "any")
    assert "Main Clinic" in shown
    assert "Far Clinic" not in shown
    assert "edition 5" in run("activate", "main-hospital", "2")
    rows = json.loads(run("datasets", "--json"))
    assert [(one["source"], one["version"], one["active"]) for one in rows] == [
        ("demo", 1, False),
        ("main-hospital", 2, True),
        ("main-hospital", 1, False),
    ]
    assert "for good" in on_each_demo.refused("activate", "demo")


def test_bad_rows_are_told_and_the_rest_is_kept(over_demo: Terminal, tmp_path: Path) -> None:
    path = locations(tmp_path / "mixed.csv", GOOD, "bad,Bad Clinic,,clinic,Atlantis,23220,37.5,-77.4,")
    done = over_demo.run("import", path, "--source", "mixed")
    assert done.code == 1
    assert "2 rows read: 1 accepted, 1 refused" in done.out
    assert "locations row 3, state 'Atlantis'" in done.out
    assert "[state_unknown]" in done.out
    as_json = over_demo.run("import", path, "--source", "mixed", "--json")
    report = json.loads(as_json.out)
    # The same rows are no new version, and still not clean.
    assert (as_json.code, report["version"], report["same_as"], report["edition"], report["clean"]) == (
        1,
        1,
        1,
        None,
        False,
    )
    assert report["sections"]["locations"]["accepted"] == 1
    (problem,) = report["problems"]
    assert {name: problem[name] for name in ("section", "row", "column", "value", "code", "outcome")} == {
        "section": "locations", "row": 3, "column": "state", "value": "Atlantis", "code": "state_unknown",
        "outcome": "refused",
    }  # fmt: skip
    assert problem["sentence"].endswith(".")


def test_a_dry_run_keeps_nothing(over_demo: Terminal, tmp_path: Path) -> None:
    path = locations(tmp_path / "file.csv", GOOD)
    before = over_demo.rows()
    assert "nothing was kept" in over_demo.good("import", path, "--source", "trial", "--dry-run", "--activate")
    report = json.loads(over_demo.good("import", path, "--source", "trial", "--dry-run", "--json"))
    assert report["sections"]["locations"]["accepted"] == 1
    assert report["edition"] is None
    assert over_demo.rows() == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be opened"),
        (b"", "holds nothing"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not a table"),
        (b"colour,shape\nred,round\n", "no column that we know"),
        (b"location_id,name,state,shape\nmain,Main,VA,round\n", "zip_code"),
        (b"location_id,name,organization,kind,state,zip_code\n", "nothing beneath"),
    ],
    ids=["missing", "empty", "picture", "header", "columns", "rows"],
)
def test_a_file_that_is_refused(over_demo: Terminal, tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "file.csv"
    if content is not None:
        path.write_bytes(content)
    before = over_demo.rows()
    sentence = over_demo.refused("import", path, "--source", "hospital", "--activate")
    assert told in sentence
    assert "file.csv" in sentence
    assert over_demo.rows() == before


def test_unknown_columns_can_be_left_out(terminal: Terminal, tmp_path: Path) -> None:
    path = write(tmp_path / "wide.csv", "location_id,name,state,zip_code,shape", "main,Main,VA,23220,round")
    told = terminal.run("import", path, "--source", "wide", "--ignore-unknown-columns")
    assert told.code in (0, 1)
    assert "Left out: columns shape." in told.out


def test_what_cannot_be_done_is_a_sentence(over_demo: Terminal, tmp_path: Path) -> None:
    path = locations(tmp_path / "file.csv", GOOD)
    assert "No Such" in over_demo.refused("import", path, "--source", "No Such")
    assert "nobody" in over_demo.refused("activate", "nobody")
    assert "7" in over_demo.refused("activate", "demo", "7")
    assert "active already" in over_demo.refused("activate", "demo")
    assert "no earlier version" in over_demo.refused("rollback", "demo")
    assert "nobody" in over_demo.refused("export", "--source", "nobody")
    path.write_bytes(b"x" * 2_100_000)
    assert "limit is 1" in over_demo.refused("import", path, "--source", "big", FINDER_UPLOAD_LIMIT_MB="1")


def test_search_lists_nearest_first(over_demo: Terminal) -> None:
    told = over_demo.good("search", "23220", "--condition", "labral-tear")
    assert told.startswith("Call 911")
    assert "This is a demo." in told
    assert "  1. " in told
    assert "\nMay help\n" in told
    body = json.loads(over_demo.good("search", "23220", "--condition", "labral-tear", "--limit", "5", "--json"))
    assert [one["rank"] for one in body["results"]] == [1, 2, 3, 4, 5]
    metres = [one["distance_m"] for one in body["results"]]
    assert metres == sorted(metres)
    assert body["query"]["limit"] == 5
    places = json.loads(over_demo.good("search", "23220-9137", "--places", "--json"))
    assert places["results"][0]["location"]["id"].startswith("place:demo:")
    assert "practitioner" not in places["results"][0]


def test_an_emergency_is_told_before_all_else(over_demo: Terminal) -> None:
    told = over_demo.good("search", "23220", "--condition", "hip-dislocation").splitlines()
    assert "911" in told[0]
    assert told[0].startswith("CALL 911")
    assert any(line.startswith("Emergency room: ") for line in told)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["1"], "five digits"),
        (["2139"], "02139"),
        (["<script>"], "<script>"),
        (["23220", "--limit", "1e309"], "limit"),
        (["23220", "--condition", "labral-tears"], "labral-tear?"),
        (["23220", "--condition", "x" * 5000], "too long"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else value[-1][:12],
)
def test_a_question_that_is_refused(over_demo: Terminal, arguments: list[str], told: str) -> None:
    assert told in over_demo.refused("search", *arguments)


def test_a_search_from_where_one_is(over_demo: Terminal) -> None:
    told = over_demo.good("search", "--near", "37.55,-77.46", "--condition", "labral-tear")
    assert "from where you are, near Richmond, VA" in told
    origin = json.loads(over_demo.good("search", "--near", "37.55,-77.46", "--json"))["origin"]
    assert (origin["kind"], origin["exactness"], origin["zip_code"]) == ("point", "point", None)
    assert "Type your ZIP code" in over_demo.refused("search")


def test_zip(terminal: Terminal) -> None:
    told = terminal.good("zip", "23220-9137")
    assert told.startswith("Miles are in a straight line from the middle of ZIP 23220 (Richmond, VA).")
    assert "37.5" in told
    body = json.loads(terminal.good("zip", "99723", "--json"))
    assert (body["zip_code"], body["state"], body["zip_kind"]) == ("99723", "AK", "area")
    assert "military" in terminal.refused("zip", "09001")


def test_what_is_exported_imports_to_the_same(on_each_demo: Terminal, tmp_path: Path) -> None:
    first = on_each_demo.export_all("demo", tmp_path / "first", SECTIONS)
    assert set(first) == set(SECTIONS)
    assert all(content.count(b"\n") > 10 for content in first.values())
    done = on_each_demo.run("import", *sorted((tmp_path / "first").iterdir()), "--source", "again")
    assert "0 refused" in done.out
    # `export` takes what is active, or the version that is asked for.
    assert on_each_demo.export_all("again", tmp_path / "second", SECTIONS, version="1") == first
    printed = on_each_demo.good("export", "--source", "demo", "--section", "plans", "--version", "1")
    assert list(csv.reader(io.StringIO(printed))) == list(csv.reader(io.StringIO(first["plans"].decode("utf-8-sig"))))


def test_the_templates_can_be_imported(over_demo: Terminal, tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{section}.csv", over_demo.good("template", section)) for section in SECTIONS]
    told = over_demo.good("import", *paths, "--source", "trial", "--activate", "--keep-examples")
    assert told.count("3 rows read: 3 accepted, 0 refused.") == len(SECTIONS)
    assert "is active" in told
