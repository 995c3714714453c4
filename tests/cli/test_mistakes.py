"""What somebody who sees the commands for the first time gets wrong, and is told of before anything is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import Engine

from finder.db.dialect import open_engine
from finder.desk.publish import activate
from finder.desk.setup import set_up
from finder.importers.pipeline import Wishes, import_files
from finder.importers.templates import SECTIONS
from tests.cli.run import Terminal
from tests.cli.test_guards import at_the_keyboard
from tests.sample_files import HIP_SURGEON, locations, practitioners, template_files, write
from tests.web.server import FINDER, environment

MAIN = "main,Main Clinic,Clinics,clinic,VA,23220,37.55,-77.46,"
NORTH = "north,North Clinic,Clinics,clinic,VA,23226,37.58,-77.52,"
BOM = b"\xef\xbb\xbf"


@pytest.fixture
def ready(terminal: Terminal) -> Terminal:
    """A terminal over a database without the demo."""
    engine_of(terminal).dispose()
    return terminal


def engine_of(terminal: Terminal) -> Engine:
    """Return the database of a terminal, ready, to prepare it without a process for each step."""
    engine = open_engine(f"sqlite:///{terminal.home / 'var' / 'finder.db'}")
    set_up(engine, terminal.home / "backups", demo=False)
    return engine


def in_force(terminal: Terminal, *files: Path, source: str = "uc") -> None:
    """Import files and put them in force."""
    engine = engine_of(terminal)
    import_files(engine, files, source)
    activate(engine, source, None, "test")
    engine.dispose()


def two_updates(terminal: Terminal) -> tuple[Path, Path]:
    """Put a version in force and return two updates of it."""
    in_force(terminal, locations(terminal.home / "places.csv", MAIN, NORTH))
    return (
        write(terminal.home / "u2.csv", "location_id,phone", "main,804-555-0100"),
        write(terminal.home / "u3.csv", "location_id,phone", "north,804-555-0101"),
    )


# ---- updates that wait for each other


def test_an_update_does_not_silently_undo_another(terminal: Terminal) -> None:
    first, second = two_updates(terminal)
    assert "not active" not in terminal.good("import", first, "--source", "uc", "--update-only").split("Not active")[0]
    told = terminal.good("import", second, "--source", "uc", "--update-only")
    assert "Version 2 of uc is newer than the active one and not active: what only that version changed is not" in told
    terminal.good("activate", "uc", "2")
    sentence = terminal.refused("activate", "uc", "3")
    assert sentence.startswith("Version 3 of uc was made from version 1, but version 2 is active now")
    assert "Import the file of version 3 again." in sentence
    assert terminal.refused("activate", "uc", "3", "--over", "1") == sentence
    # Imported again it has both.
    assert "is active" in terminal.good("import", second, "--source", "uc", "--update-only", "--activate")
    shown = terminal.good("export", "--source", "uc", "--section", "locations")
    assert "804-555-0100" in shown
    assert "804-555-0101" in shown
    command = sentence.rpartition("finder ")[2].rstrip("`.").split()
    assert command == ["activate", "uc", "3", "--over", "2"]
    assert terminal.good("activate", "uc", "3", "--over", "4").startswith("Active: edition ")
    assert "804-555-0100" not in terminal.good("export", "--source", "uc", "--section", "locations")


def test_sections_that_were_carried_over_are_not_silently_undone(terminal: Terminal) -> None:
    in_force(terminal, locations(terminal.home / "places.csv", MAIN))
    engine = engine_of(terminal)
    import_files(engine, [locations(terminal.home / "places.csv", MAIN, NORTH)], "uc")
    people = practitioners(terminal.home / "people.csv", f"ada,main,Ada,Fern,{HIP_SURGEON}")
    report = import_files(engine, [people], "uc")
    assert (report.version, report.waiting) == (3, [2])
    activate(engine, "uc", 2, "test")
    engine.dispose()
    assert "was made from version 1" in terminal.refused("activate", "uc", "3")


def test_what_says_the_same_as_a_waiting_update_is_up_to_date(terminal: Terminal) -> None:
    """Else one would be told to import it again, for ever."""
    first, _second = two_updates(terminal)
    engine = engine_of(terminal)
    import_files(engine, [locations(terminal.home / "again.csv", MAIN, NORTH.replace("North", "Nord"))], "uc")
    activate(engine, "uc", 2, "test")
    rename = write(terminal.home / "n.csv", "location_id,name", "north,North Clinic")
    import_files(
        engine,
        [
            rename,
        ],
        "uc",
        Wishes(update_only=True),
    )
    activate(engine, "uc", 1, "test")
    engine.dispose()
    assert "was made from version 2" in terminal.refused("activate", "uc", "3")
    told = terminal.good("import", rename, "--source", "uc", "--update-only", "--activate")
    assert "is active" in told
    assert first.exists()


# ---- files that are there already


@pytest.mark.parametrize("options", [[], ["--dry-run"], ["--overwrite"]])
def test_a_corrected_file_never_takes_the_place_of_the_list(ready: Terminal, options: list[str]) -> None:
    path = locations(ready.home / "mine.csv", MAIN)
    before = path.read_bytes()
    told = ready.refused("import", path, "--source", "uc", "--corrected", "mine.csv", *options)
    assert told.startswith("mine.csv is a file that this command reads.")
    assert path.read_bytes() == before
    folder = ready.home / "lists"
    folder.mkdir()
    own = path.rename(folder / "locations.csv")
    told = ready.refused("import", own, "--source", "uc", "--corrected", folder, *options)
    assert f"{own} is a file that this command reads." in told
    assert own.read_bytes() == before


def test_files_that_are_there_are_kept_unless_told(over_demo: Terminal) -> None:
    path = locations(over_demo.home / "mine.csv", MAIN)
    over_demo.good("import", path, "--source", "uc")
    for command in (
        ["import", "mine.csv", "--source", "uc", "--dry-run", "--corrected"],
        ["template", "plans", "--output"],
        ["export", "--source", "demo", "--section", "plans", "--output"],
        ["problems", "uc", "--output"],
    ):
        old = over_demo.home / "old.csv"
        old.write_text("what was there")
        sentence = over_demo.refused(*command, "old.csv")
        assert sentence == "old.csv is there already. Name another file, or give --overwrite to replace it."
        assert old.read_text() == "what was there"
        over_demo.good(*command, "old.csv", "--overwrite")
        assert old.read_bytes().startswith(BOM)


# ---- exports


def test_a_name_without_an_ending_is_a_folder(over_demo: Terminal) -> None:
    over_demo.good("export", "--source", "demo", "--output", "e1")
    names = sorted(os.listdir(over_demo.home / "e1"))
    assert names == sorted(f"{name}.csv" for name in SECTIONS)
    assert all((over_demo.home / "e1" / name).read_bytes().startswith(BOM) for name in names)
    in_force(over_demo, locations(over_demo.home / "places.csv", MAIN), source="small")
    assert "Wrote one.csv: 1 locations." in over_demo.good("export", "--source", "small", "--output", "one.csv")


def test_what_is_led_into_a_file_has_the_mark_of_utf_8_too(ready: Terminal) -> None:
    path = ready.home / "template.csv"
    with path.open("wb") as file:
        subprocess.run(
            [FINDER, "template", "locations"], stdout=file, timeout=120, check=True, env=environment(ready.home / "var")
        )
    assert path.read_bytes().startswith(BOM + b"location_id,")
    assert not ready.good("template", "locations").startswith("\ufeff")


def test_an_export_of_what_is_not_in_force_names_the_version(ready: Terminal) -> None:
    ready.good("import", locations(ready.home / "places.csv", MAIN), "--source", "trip1")
    told = ready.refused("export", "--source", "trip1")
    assert told == "Nothing of trip1 is in force. Its newest version is ready: --version 1."


# ---- the demo


def test_only_setup_and_serve_load_the_demo(terminal: Terminal) -> None:
    path = locations(terminal.home / "places.csv", MAIN)
    terminal.good("import", path, "--source", "uc", "--dry-run")
    assert terminal.good("datasets").startswith("No data yet.")
    terminal.good("setup", "--no-demo")
    assert "demo" not in terminal.good("setup")
    assert terminal.good("datasets").startswith("No data yet.")
    # Whoever wants it after all says so.
    assert "demo" in terminal.good("setup", "--demo")
    assert terminal.good("datasets").startswith("demo 1  active")


# ---- example rows


def test_example_rows_do_not_go_live_unnoticed(terminal: Terminal) -> None:
    in_force(terminal, locations(terminal.home / "places.csv", "own,Own Clinic,,clinic,VA,23220,,,"), source="other")
    files = template_files(terminal.home / "templates")[:2]
    done = terminal.run("import", *files, "--source", "uc", "--activate")
    assert done.code == 2
    assert "noted 5: locations 'main': This is an example row of the template." in done.out
    assert "Quillmoor North Clinic" in done.out
    assert "locations main, locations north, locations therapy-1, practitioners rowanberry" in done.err
    assert terminal.refused("activate", "uc") == done.err.strip()
    for keys, code in (("n\n", 2), ("y\n", 0)):
        typed, screen = at_the_keyboard(terminal, keys, "activate", "uc")
        assert typed.code == code, screen
        assert "Example rows of the template would be shown" in screen
    # What has only the id of an example, as many a list has, is nobody's example.
    own = locations(terminal.home / "own.csv", MAIN)
    assert "example" not in terminal.good("import", own, "--source", "mine", "--activate")


# ---- mappings


def test_a_mapping_of_what_is_not_there_is_told(ready: Terminal) -> None:
    path = write(ready.home / "list.csv", "Nr,Haus Name,state,zip_code", "main,Main,VA,23220")
    told = ready.refused("import", path, "--source", "uc", "--map", "Nr=location_id", "--map", "Hausname=name")
    assert told == "No file has a column Hausname, so it cannot be mapped. Did you mean Haus Name?"
    good = ("--map", "Nr=location_id", "--map", "Haus Name=name")
    told = ready.refused("import", path, "--source", "uc", *good, "--map", "Shape=")
    assert told == "No file has a column Shape, so it cannot be mapped."
    ready.good("import", path, "--source", "uc", *good)
    assert "There is no source nosuch. Known: uc." in ready.refused("mapping", "nosuch")
    assert "There is no source nosuch. Known: uc." in ready.refused("mapping", "nosuch", "--forget", "x")
    told = ready.refused("mapping", "uc", "--forget", "Nrr")
    assert told == "The mapping of uc has no header Nrr. Did you mean Nr?"


# ---- what is told


def test_a_sheet_is_left_out_for_one_reason(ready: Terminal) -> None:
    path = ready.home / "list.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("2026", "2025", "notes"):
            sheet = book.add_worksheet(name)
            rows = [["location_id", "name", "state", "zip_code"], ["main", "Main", "VA", "23220"]]
            for number, row in enumerate([["ask Rosa"]] if name == "notes" else rows):
                sheet.write_row(number, 0, row)
            if name == "2025":
                sheet.hide()
    told = ready.good("import", path, "--source", "uc", "--dry-run").splitlines()
    assert sorted(line.rpartition(" left")[0] + line.rpartition(",")[2] for line in told if "left out" in line) == [
        "list.xlsx: 2025: since the sheet is hidden.", "list.xlsx: notes: since no column of it is known.",
    ]  # fmt: skip


def test_a_folder_that_cannot_be_is_the_fault_of_its_own_setting(terminal: Terminal) -> None:
    told = terminal.refused("datasets", FINDER_HOME="/proc/x")
    assert "FINDER_HOME" in told
    assert "FINDER_DATABASE_URL" not in told


def test_a_wrongly_named_source_is_taken_off(ready: Terminal) -> None:
    path = locations(ready.home / "places.csv", MAIN)
    in_force(ready, path, source="wrnog")
    in_force(ready, path, source="right")
    told = ready.good("rollback", "wrnog")
    assert told.startswith("wrnog had no version before: nothing of it is shown to patients any more: edition ")
    in_force(ready, locations(ready.home / "more.csv", MAIN, NORTH), source="right")
    assert ready.good("rollback", "right").startswith("Version 1 of right is active again: edition ")


def test_what_staff_read_is_in_one_language(ready: Terminal) -> None:
    path = locations(ready.home / "places.csv", MAIN, "bad,Bad,,clinic,Atlantis,23220,37.5,-77.4,")
    told = ready.run("import", path, "--source", "uc", "--dry-run")
    assert ready.run("import", path, "--source", "uc", "--dry-run", LANG="es_US.UTF-8") == told
    assert ready.refused("activate", "nobody", LANG="es_US.UTF-8") == ready.refused("activate", "nobody")


@pytest.mark.parametrize("after", [0.08, 0.2, 0.5])
def test_ctrl_c_at_once_is_one_word(ready: Terminal, after: float) -> None:
    # Begun by hand, so that the loading of Python itself is over when the key is pressed.
    started = subprocess.Popen(
        [sys.executable, "-c", "import sys; print(flush=True); from finder.cli import main; sys.exit(main())", "datasets"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(ready.home / "var"),
    )  # fmt: skip
    assert started.stdout
    started.stdout.readline()
    time.sleep(after)
    started.send_signal(signal.SIGINT)
    _out, err = started.communicate(timeout=60)
    # On a fast machine the command may be done already; then it says nothing.
    assert (started.returncode, err.decode().strip()) in ((1, "Aborted!"), (0, ""))
