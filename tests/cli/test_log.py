"""The commands about notes, the log and the check of an installation, as people type them."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path

from tests.cli.run import Terminal

PERSON = "npi:2025200009"


def test_notes_are_set_shown_exported_and_imported(over_demo: Terminal, tmp_path: Path) -> None:
    assert "No note yet" in over_demo.good("note", "list")
    told = over_demo.good("note", "set", PERSON, "--note", "=1+1 Ask for Ana", "--scheduling-phone", "804-555-0177")
    assert "(804) 555-0177" in told
    assert over_demo.good("note", "list").strip() == f"{PERSON}  note, scheduling phone"
    shown = json.loads(over_demo.good("note", "show", PERSON, "--json"))
    assert (shown["note"], shown["scheduling_phone"], shown["referral_rules"]) == (
        "=1+1 Ask for Ana",
        "+18045550177",
        "",
    )
    assert json.loads(over_demo.good("note", "list", "--json")) == [shown]
    rows = list(csv.reader(io.StringIO(over_demo.good("note", "export"))))
    assert rows[1][:3] == [PERSON, "'=1+1 Ask for Ana", "'+18045550177"]
    over_demo.good("note", "export", "--output", tmp_path / "notes.csv")
    assert "already" in over_demo.refused("note", "export", "--output", tmp_path / "notes.csv")
    over_demo.good("note", "clear", PERSON)
    assert "Nothing is noted" in over_demo.refused("note", "clear", PERSON)
    assert "1 listing has the notes" in over_demo.good("note", "import", tmp_path / "notes.csv")
    again = json.loads(over_demo.good("note", "show", PERSON, "--json"))
    assert (again["note"], again["scheduling_phone"]) == (shown["note"], shown["scheduling_phone"])
    (tmp_path / "wrong.csv").write_text(f"public_id,note\n{PERSON},x\nplace:no:where,y\n")
    wrong = over_demo.run("note", "import", tmp_path / "wrong.csv")
    assert wrong.code == 2
    assert wrong.err.splitlines()[0].startswith("Row 3: ")
    assert wrong.err.splitlines()[1].startswith("Nothing was changed, since 1 row")


def test_the_log_is_listed_and_the_installation_checked(over_demo: Terminal) -> None:
    over_demo.good("note", "set", PERSON, "--note", "=cmd|x")
    over_demo.good("site", "add", "Quillmoor", "--origin", "https://www.quillmoor.example")
    listed = over_demo.good("log", "list", "--action", "note")
    assert "command line)  note  npi:2025200009  note =cmd|x" in listed
    assert "The log is whole:" in listed
    found = json.loads(over_demo.good("log", "list", "--json", "--most", "2"))
    assert [one["action"] for one in found] == ["site_added", "note"]
    rows = list(csv.reader(io.StringIO(over_demo.good("log", "list", "--csv", "--subject", "NPI:"))))
    assert rows[0][0] == "id"
    assert [row[3] for row in rows[1:]] == ["note"]
    head = over_demo.good("log", "head").strip()
    points, well = over_demo.good("check", "--head", head).splitlines()
    assert (points[:13], well) == ("ZIP points of", "All is well.")
    assert json.loads(over_demo.good("check", "--json")) == []
    assert "what finder log head prints" in over_demo.refused("check", "--head", "7")
    database = sqlite3.connect(over_demo.home / "var" / "finder.db")
    kept = database.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name in ("no_update", "no_delete"):
        database.execute(f"DROP TRIGGER audit_entry_{name}")
    database.execute("UPDATE audit_entry SET actor = 'Eve' WHERE action = 'note'")
    for (statement,) in kept:
        database.execute(statement)
    database.commit()
    broken = over_demo.run("check")
    assert (broken.code, broken.err) == (1, "")
    assert "The log is not whole: entry " in broken.out
    assert "not whole" in over_demo.good("log", "list")
    database.execute("DROP TRIGGER audit_entry_no_delete")
    database.execute("DELETE FROM audit_entry WHERE action IN ('note', 'site_added')")
    database.commit()
    database.close()
    told = json.loads(over_demo.run("check", "--json", "--head", head).out)
    assert [one["code"] for one in told] == ["log_cut", "log_unguarded"]


def test_a_check_makes_no_tables(terminal: Terminal) -> None:
    done = terminal.run("check")
    assert done.code == 1
    assert "Run finder setup." in done.out


def test_what_commands_do_to_files_is_in_the_log(over_demo: Terminal, tmp_path: Path) -> None:
    over_demo.good("template", "locations", "--output", tmp_path / "l.csv")
    over_demo.run("import", tmp_path / "l.csv", "--source", "clinic", "--dry-run")
    over_demo.run("import", tmp_path / "l.csv", "--source", "clinic")
    over_demo.good("mapping", "clinic", "--set", "Place=name")
    told = [(one["action"], one["subject"]) for one in json.loads(over_demo.good("log", "list", "--json"))]
    assert told[:2] == [("map_columns", "clinic"), ("import", "clinic")]
    assert told.count(("import", "clinic")) == 1, "a dry run leaves nothing"
