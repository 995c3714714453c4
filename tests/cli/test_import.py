"""`finder import` and `finder mapping` as people use them: what they print, what they leave, and their exit codes."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from finder.importers.templates import SECTIONS
from tests.cli.run import Terminal
from tests.cli.test_guards import at_the_keyboard
from tests.sample_files import HIP_SURGEON, locations, write

GOOD = "main,Main Clinic,Clinics,clinic,VA,23220,37.55,-77.46,"
NORTH = "north,North Clinic,Clinics,clinic,VA,23226,37.58,-77.52,"
REFUSED = "bad,Bad Clinic,,clinic,Atlantis,23220,37.5,-77.4,"
LEFT_OUT = "odd,Odd Clinic,,castle,VA,23220,37.5,-77.4,"
ROSTER = (
    "NPI,Provider Name,Primary Specialty,Address,City,State,ZIP",
    f"1234567893,ADA FERN,{HIP_SURGEON},1 OAK ROAD,RICHMOND,VA,23220",
)


def as_json(terminal: Terminal, *arguments: str | Path, code: int = 0) -> Any:
    done = terminal.run("import", *arguments, "--json")
    assert (done.code, done.err if code < 2 else "") == (code, ""), done
    return json.loads(done.out)


@pytest.mark.parametrize("command", ["import", "mapping"])
def test_help_says_what_the_exit_codes_are_and_what_is_remembered(terminal: Terminal, command: str) -> None:
    told = " ".join(terminal.good(command, "--help").split())
    if command == "import":
        assert "Exit code: 0 clean, 1 with problems, 2 nothing imported or not shown." in told
        assert "Remembered for the source." in told
        for option in ("--source", "--dry-run", "--update-only", "--map", "--ignore-unknown-columns", "--corrected", "--activate", "--confirm", "--json"):  # fmt: skip
            assert option in told
    else:
        for option in ("--set", "--leave-out", "--leave-out-others", "--forget", "--json"):
            assert option in told


@pytest.mark.parametrize(
    ("header", "rows", "code"),
    [
        (None, [GOOD], 0),
        # What was mended, or is only worth a look, is no fault of the file.
        (None, [GOOD, "far,FAR CLINIC,,clinic,Virginia,23226,,,", GOOD], 0),
        (None, [GOOD, REFUSED], 1),
        (None, [GOOD, LEFT_OUT], 1),
        ("location_id,name,state,zip_code,shape", ["main,Main,VA,23220,round"], 1),
        (None, [REFUSED], 2),
        ("alpha,beta", ["1,2"], 2),
    ],
    ids=["clean", "mended", "row refused", "cell left out", "column unknown", "all refused", "no table"],
)
def test_exit_codes(over_demo: Terminal, header: str | None, rows: list[str], code: int) -> None:
    path = over_demo.home / "file.csv"
    write(path, header, *rows) if header else locations(path, *rows)
    before = over_demo.rows()
    for options in (["--dry-run"], ["--dry-run", "--json"]):
        done = over_demo.run("import", path, "--source", "clinic", *options)
        assert (done.code, bool(done.err)) == (code, code == 2)
    assert over_demo.rows() == before
    assert over_demo.run("import", path, "--source", "clinic").code == code
    assert (over_demo.rows() == before) == (code == 2)


@pytest.mark.parametrize(
    "arguments", [[], ["--source", "clinic"], ["x.csv"], ["x.csv", "--source", "clinic", "--confirm", "many"]]
)
def test_what_is_wrongly_typed(terminal: Terminal, arguments: list[str]) -> None:
    done = terminal.run("import", *arguments)
    assert (done.code, done.out) == (2, "")
    assert "Error: " in done.err


def test_what_is_told_of_a_file(terminal: Terminal) -> None:
    rows = [row.replace(",", ";") for row in (GOOD, REFUSED, LEFT_OUT)]
    path = write(
        terminal.home / "places.csv",
        "location_id;name;organization;kind;state;zip_code;latitude;longitude;shape",
        *rows,
    )
    done = terminal.run("import", path, "--source", "clinic")
    lines = done.out.splitlines()
    assert lines[:3] == [
        "places.csv: read as locations, utf-8, semicolons.",
        "locations: 3 rows read: 2 accepted, 1 refused.",
        "locations against the active version: 2 new, 0 changed, 0 unchanged, 0 will disappear.",
    ]
    # The worst first: what is not there at all, then what is there without a cell.
    assert [line.split(":")[0].strip() for line in lines[3:6]] == ["refused 1", "left out 1", "left out 1"]
    assert "row 3, state 'Atlantis': " in lines[3]
    assert all(line.endswith("]") for line in lines[3:6])
    assert lines[6:] == ["Not active yet. Show it to patients with: finder activate clinic 1"]


def test_many_problems_are_summed_up(terminal: Terminal) -> None:
    path = locations(
        terminal.home / "places.csv", GOOD, *(f"p{n},CLINIC {n},,castle,VA,23220,37.5,-77.4," for n in range(40)),
        REFUSED,
    )  # fmt: skip
    done = terminal.run("import", path, "--source", "clinic")
    told = [line for line in done.out.splitlines() if line.startswith("  ")]
    assert [line.partition(",")[0] for line in told] == [
        "  refused 1: locations row 43", "  left out 40: locations row 3", "  mended 40: locations row 3",
        "  ... 81 in all. finder problems clinic lists them.",
    ]  # fmt: skip
    dry = terminal.run("import", path, "--source", "clinic", "--dry-run").out.splitlines()
    assert [line for line in dry if line.startswith("  ")] == [*told[:3], "  ... 81 in all. --json prints them."]


def test_everything_is_in_the_json(over_demo: Terminal) -> None:
    path = write(
        over_demo.home / "places.csv", "location_id,name,kind,state,zip_code,latitude,longitude,shape,Mond",
        "main,MAIN CLINIC,castle,VA,23220,37.55,-77.46,round,full", "bad,Bad,,Atlantis,23220,,,,", "", "",
    )  # fmt: skip
    over_demo.good("mapping", "clinic", "--leave-out", "Mond")
    report = as_json(over_demo, path, "--source", "clinic", code=1)
    assert {name: report[name] for name in report if name not in ("problems", "differences")} == {
        "source": "clinic", "version": 1, "same_as": None, "edition": None, "clean": False, "update_only": False,
        "files": [
            {"name": "places.csv", "section": "locations", "encoding": "utf-8", "delimiter": ",", "public": "", "left_aside": {}, "rows_from": 0}
        ],
        "sheets_left_out": [], "sections": {"locations": {"read": 3, "accepted": 1, "refused": 1, "blank": 1}},
        "set_aside": 0, "carried_over": [], "waiting": [], "hidden_sheets": [], "unknown_columns": ["shape"], "ignored_columns": ["Mond"],
        "problem_counts": {"column_unknown": 1, "capitals_mended": 1, "choice_unknown": 1, "state_unknown": 1},
    }  # fmt: skip
    assert report["differences"] == {"locations": {"new": 1, "changed": 0, "unchanged": 0, "gone": 0}}
    told = [(one["row"], one["column"], one["code"], one["outcome"]) for one in report["problems"]]
    assert sorted(told) == [
        (1, "shape", "column_unknown", "left_out"), (2, "kind", "choice_unknown", "left_out"),
        (2, "name", "capitals_mended", "mended"), (3, "state", "state_unknown", "refused"),
    ]  # fmt: skip
    assert all(one["sentence"].endswith(".") and one["section"] == "locations" for one in report["problems"])
    again = as_json(over_demo, path, "--source", "clinic", "--activate", code=1)
    assert (again["version"], again["same_as"], again["edition"]) == (1, 1, None)
    dry = as_json(over_demo, path, "--source", "clinic", "--dry-run", code=1)
    assert (dry["version"], dry["same_as"]) == (None, 1)
    refused = as_json(over_demo, over_demo.home / "none.csv", "--source", "clinic", code=2)
    assert refused["refused"] == "file_missing"
    assert refused["sentence"].endswith(".")
    assert refused["problems"] == []
    roster = as_json(over_demo, write(over_demo.home / "list.csv", *ROSTER), "--source", "register", "--activate")
    assert (roster["edition"], roster["files"][0]["section"], list(roster["sections"])) == (2, "roster", ["roster"])
    update = write(over_demo.home / "update.csv", "location_id,phone", f"{'1-oak-road-richmond-23220'},804-555-0100")
    changed = as_json(over_demo, update, "--source", "register", "--update-only")
    assert (changed["update_only"], changed["carried_over"]) == (
        True,
        [name for name in SECTIONS if name != "locations"],
    )
    assert changed["differences"]["locations"] == {"new": 0, "changed": 1, "unchanged": 0, "gone": 0}


def test_a_dry_run_leaves_the_whole_database_as_it_was(over_demo: Terminal) -> None:
    path = write(over_demo.home / "places.csv", "Nr,name,state,zip_code", "main,Main,VA,23220")
    before = over_demo.rows()
    mapped = ("--map", "Nr=location_id", "--activate", "--dry-run")
    assert "nothing was kept" in over_demo.good("import", path, "--source", "trial", *mapped)
    assert as_json(over_demo, path, "--source", "trial", *mapped)["clean"]
    assert over_demo.rows() == before
    over_demo.good("import", path, "--source", "trial", *mapped[:3])
    before = over_demo.rows()
    update = write(over_demo.home / "update.csv", "Nr,phone", "main,804-555-0100")
    told = over_demo.good("import", update, "--source", "trial", "--update-only", "--dry-run", "--activate")
    assert "0 new, 1 changed, 0 unchanged, 0 will disappear" in told
    assert over_demo.rows() == before


def test_a_mapping_is_remembered_and_shown(terminal: Terminal) -> None:
    path = write(terminal.home / "places.csv", "Nr,a=b,state,zip_code,Mond,Stern", "main,Main,VA,23220,full,hell")
    assert "There is no source clinic." in terminal.refused("mapping", "clinic")
    # A header may have an equals sign of its own.
    done = terminal.run(
        "import", path, "--source", "clinic", "--map", "Nr=location_id", "--map", "a=b=name", "--map", "Mond="
    )
    assert done.code == 1
    assert "Left out: columns Mond." in done.out
    assert terminal.good("mapping", "clinic").splitlines() == [
        "Nr  ->  location_id", "a=b  ->  name", "Mond  ->  (left out)",
    ]  # fmt: skip
    assert json.loads(terminal.good("mapping", "clinic", "--json")) == {"Nr": "location_id", "a=b": "name", "Mond": ""}
    assert terminal.run("import", path, "--source", "clinic").code == 1
    assert terminal.good("mapping", "clinic", "--leave-out", "Stern").endswith("Stern  ->  (left out)\n")
    assert "Nothing new: version 1" in terminal.good("import", path, "--source", "clinic")


def test_a_mapping_is_changed_header_by_header(terminal: Terminal) -> None:
    def mapping(*options: str) -> Any:
        return json.loads(terminal.good("mapping", "clinic", "--json", *options))

    assert mapping("--set", "Nr=location_id", "--leave-out", "Mond", "--leave-out-others") == {
        "Nr": "location_id", "Mond": "", "*": "",
    }  # fmt: skip
    assert "all other headers  ->  (left out)" in terminal.good("mapping", "clinic")
    assert mapping("--forget", "Mond", "--set", "Haus=name") == {"Nr": "location_id", "*": "", "Haus": "name"}
    assert mapping("--forget", "*") == mapping() == {"Nr": "location_id", "Haus": "name"}
    path = write(terminal.home / "places.csv", "Nr,Haus,state,zip_code,Mond", "main,Main,VA,23220,full")
    assert as_json(terminal, path, "--source", "clinic", code=1)["unknown_columns"] == ["Mond"]


@pytest.mark.parametrize(
    ("value", "told"),
    [("Nr", "Provider Name=full_name"), ("=name", "Provider Name=full_name"), ("Nr=locationid", "location_id")],
)
def test_a_mapping_that_is_none(over_demo: Terminal, value: str, told: str) -> None:
    path = locations(over_demo.home / "places.csv", GOOD)
    before = over_demo.rows()
    assert told in over_demo.refused("import", path, "--source", "clinic", "--map", value)
    assert told in over_demo.refused("mapping", "clinic", "--set", value)
    assert over_demo.rows() == before


@pytest.mark.parametrize("name", ["corrected.csv", "corrected.xlsx"])
def test_a_corrected_file_imports_clean_once_its_remarks_are_dealt_with(terminal: Terminal, name: str) -> None:
    path = write(
        terminal.home / "places.csv", "location_id,name,kind,state,zip_code,phone,latitude,longitude,hours",
        'main,MAIN CLINIC,clinic,Massachusetts,2115,"804-555-0100, ext. 7",42.34,71.10,M-F 8-5',
        "north,North,castle,MA,02116,call us,42.35,-71.07,", "", "bad,Bad,clinic,Atlantis,02116,,42.35,-71.07,",
    )  # fmt: skip
    out = terminal.home / name
    assert terminal.run("import", path, "--source", "clinic", "--corrected", out, "--dry-run").code == 1
    first = as_json(terminal, out, "--source", "clinic", "--dry-run", code=1)
    # What was mended stands in the file as mended, and is told of no more.
    assert {one["code"] for one in first["problems"]} == {"choice_unknown", "phone_malformed", "state_unknown"}
    assert [one["row"] for one in first["problems"]] == [3, 3, 5]
    if name.endswith(".xlsx"):
        return
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][-1] == "problems"
    assert [bool(row[-1]) for row in rows[1:]] == [False, True, False, True]
    assert "castle" not in rows[2][-1]
    for row in rows[1:]:
        row[:] = [{"castle": "clinic", "call us": "", "Atlantis": "MA"}.get(cell, cell) for cell in row]
    with out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    last = as_json(terminal, out, "--source", "clinic", "--activate")
    assert (last["clean"], last["problem_counts"], last["sections"]["locations"]["accepted"]) == (True, {}, 3)


def test_a_corrected_file_of_updates_has_the_rows_of_the_file(terminal: Terminal) -> None:
    terminal.good("import", locations(terminal.home / "places.csv", GOOD, NORTH), "--source", "clinic", "--activate")
    update = write(
        terminal.home / "update.csv", "hours,location_id,phone", "M-F 8-5,main,call us", ",north,804/555/0100"
    )
    out = terminal.home / "corrected.csv"
    assert terminal.run("import", update, "--source", "clinic", "--update-only", "--corrected", out).code == 1
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[:3] for row in rows] == [
        ["hours", "location_id", "phone"], ["Mon-Fri 8:00-17:00", "main", "call us"], ["", "north", "804-555-0100"],
    ]  # fmt: skip
    assert rows[1][3].startswith("phone: ")


def test_a_file_of_which_every_row_is_refused_comes_back_to_be_mended(terminal: Terminal) -> None:
    rows = ["bad,Bad,,clinic,Atlantis,2115,,,", "", "odd,Odd,,clinic,,02116,,,"]
    path, out = locations(terminal.home / "places.csv", *rows), terminal.home / "corrected.csv"
    for options in (["--dry-run"], ["--json"]):
        done = terminal.run("import", path, "--source", "clinic", "--corrected", out, *options)
        assert (done.code, "Every row of locations was refused" in done.err) == (2, True)
        with out.open(encoding="utf-8-sig", newline="") as file:
            header, *found = csv.reader(file)
        assert [*header] == [*path.read_text().splitlines()[0].split(","), "problems"]
        assert [",".join(row[:-1]) for row in found] == [rows[0], ",,,,,,,,", rows[2]]
        assert found[0][-1].startswith("state: ")
        assert not found[1][-1]
        out.unlink()
    # What was not read to its end would come back with rows missing.
    broken = write(terminal.home / "open.csv", "location_id,name,state,zip_code", 'main,"Main,VA,23220')
    assert terminal.run("import", broken, "--source", "clinic", "--corrected", out).code == 2
    assert not out.exists()


def test_the_tables_behind_a_refused_one_come_back_too(terminal: Terminal) -> None:
    """Whoever imports the corrected workbook must not lose what stood on its other sheets."""
    people = write(
        terminal.home / "people.csv", "person_id,location_id,given_name,family_name,specialties",
        f"ada,moon,Ada,Fern,{HIP_SURGEON}",
    )  # fmt: skip
    said = write(
        terminal.home / "said.csv", "person_id,condition_or_procedure,level", "ada,labral-tear,treats", "ada,perthes,x"
    )
    files = (locations(terminal.home / "places.csv", GOOD), people, said)
    out = terminal.home / "corrected.xlsx"
    assert terminal.run("import", *files, "--source", "clinic", "--corrected", out).code == 2
    book = CalamineWorkbook.from_path(out)
    assert book.sheet_names == ["locations", "practitioners", "capabilities"]
    assert [row[:3] for row in book.get_sheet_by_name("capabilities").to_python()] == [
        ["person_id", "condition_or_procedure", "level"], ["ada", "labral-tear", "treats"], ["ada", "perthes", "x"],
    ]  # fmt: skip


def test_a_corrected_file_of_updates_keeps_every_row_in_its_place(terminal: Terminal) -> None:
    terminal.good("import", locations(terminal.home / "places.csv", GOOD, NORTH), "--source", "clinic", "--activate")
    rows = [
        "north,804/555/0100,",
        "new,804-555-0101,",
        "",
        "main,,yes",
        "nowhere,,yes",
        "north,804-555-0102,",
        "main,,,x",
    ]
    update = write(terminal.home / "update.csv", "location_id,phone,remove", *rows)
    out = terminal.home / "corrected.csv"
    assert terminal.run("import", update, "--source", "clinic", "--update-only", "--corrected", out).code == 1
    with out.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.reader(file))[1:]
    mended = [row.replace("804/555/0100", "804-555-0100") for row in rows]
    assert [",".join(row[:3]) for row in found] == [*mended[:2], ",,", *mended[3:6], "main,,"]
    assert [bool(row[3]) for row in found] == [False, True, False, False, True, True, True]
    # The cell too many stays beyond the header, where it is found again.
    assert found[6][4:] == ["x"]


def test_a_corrected_file_that_cannot_be_written_is_told_of(over_demo: Terminal) -> None:
    path = locations(over_demo.home / "places.csv", GOOD)
    before = over_demo.rows()
    out = over_demo.home / "nowhere" / "corrected.csv"
    assert "nowhere" in over_demo.refused("import", path, "--source", "clinic", "--corrected", out)
    assert over_demo.rows() == before


def test_an_unknown_column_stops_the_activation(on_each: Terminal) -> None:
    on_each.good("import", locations(on_each.home / "first.csv", GOOD), "--source", "clinic", "--activate")
    path = write(
        on_each.home / "next.csv", "location_id,name,state,zip_code,entrence", "main,Main,VA,23220,by the river"
    )
    done = on_each.run("import", path, "--source", "clinic", "--activate")
    assert done.code == 1
    assert "entrence" in done.out
    assert "Not shown to patients" in done.out
    assert "clinic 1  active" in on_each.good("datasets")
    done = on_each.run("import", path, "--source", "clinic", "--activate", "--json")
    assert (done.code, json.loads(done.out)["edition"]) == (1, None)
    # Whoever says what the column is, or that it does not matter, has it shown.
    assert "is active: edition" in on_each.good(
        "import", path, "--source", "clinic", "--activate", "--map", "entrence=directions"
    )
    assert "by the river" in on_each.good("export", "--source", "clinic")


def test_what_is_there_already_is_put_in_force_when_asked(terminal: Terminal) -> None:
    """The same file again makes no new version, but whoever asks for it to be shown must have it shown."""
    path = locations(terminal.home / "places.csv", GOOD)
    terminal.good("import", path, "--source", "clinic")
    assert "Nothing new: version 1" in terminal.good("import", path, "--source", "clinic")
    terminal.good("import", path, "--source", "clinic", "--activate")
    assert "clinic 1  active" in terminal.good("datasets")
    # And once it is shown, nothing is left to be done.
    assert "Nothing new: version 1" in terminal.good("import", path, "--source", "clinic", "--activate")


def test_a_bar_is_shown_to_a_person_and_to_nobody_else(terminal: Terminal) -> None:
    path = locations(
        terminal.home / "places.csv", *(f"p{n},Clinic {n},,clinic,VA,23220,37.5,-77.4," for n in range(12_000))
    )
    assert terminal.run("import", path, "--source", "clinic", "--dry-run").err == ""
    done, screen = at_the_keyboard(terminal, "", "import", path, "--source", "clinic")
    assert done.code == 0
    assert "Reading 1 file" in screen
    assert "100%" in screen
    assert "Reading" not in done.out
