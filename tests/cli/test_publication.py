"""Publishing at the terminal: searches that must hold, what is attested, and the history."""

from __future__ import annotations

import hashlib
import json

from tests.cli.run import Terminal
from tests.cli.test_guards import PLACES, at_the_keyboard
from tests.sample_files import locations, template_files


def test_the_searches_that_must_hold_are_kept_and_stop_what_fails(on_each: Terminal) -> None:
    whole = locations(on_each.home / "whole.csv", *PLACES)
    on_each.good("import", whole, "--source", "clinic", "--activate")
    made = on_each.good("golden", "add", "23220", "--places", "--first", "place:clinic:place19", "--number", "20", "--because", "The main clinic")  # fmt: skip
    assert made == "Kept as number 1: places near 23220: must show place:clinic:place19 in the first 20.\n"
    listed = on_each.good("golden", "list").splitlines()
    assert listed[-1] == "   1  places near 23220: must show place:clinic:place19 in the first 20  (The main clinic)"
    assert listed[0].startswith("   -  people near 23220, \u201ccannot move leg after fall\u201d: must raise call-911")
    assert json.loads(on_each.good("golden", "list", "--json"))[-1] == {
        "id": 1, "question": {"zip": "23220"}, "unit": "places", "expects": "first", "what": "place:clinic:place19",
        "number": 20, "because": "The main clinic",
    }  # fmt: skip
    assert all(line.startswith("holds  ") for line in on_each.good("golden", "run").splitlines())

    nine = locations(on_each.home / "nine.csv", *PLACES[:9])
    done = on_each.run("import", nine, "--source", "clinic", "--activate")
    assert done.code == 2
    assert (
        "Version 2 of clinic was not put in force, because searches that must hold would not: places near 23220"
        in done.err
    )
    tried = on_each.run("golden", "run", "clinic", "2")
    assert (tried.code, tried.err) == (1, "")
    (failing,) = [line for line in tried.out.splitlines() if not line.startswith("holds")]
    assert failing.startswith(
        "FAILS  places near 23220: must show place:clinic:place19 in the first 20. What came is: Clinic 1"
    )
    told = json.loads(on_each.run("golden", "run", "clinic", "--json").out)
    assert [one["holds"] for one in told].count(False) == 1
    sentence = on_each.refused("activate", "clinic")
    assert sentence.endswith("`finder activate clinic 2 --override-golden REASON`.")
    assert "clinic 1  active" in on_each.good("datasets")
    on_each.good("activate", "clinic", "2", "--override-golden", "It has closed.")
    history = on_each.good("history")
    assert "  shown all the same: It has closed.\n" in history
    # Undoing brings it back; undoing once more is not stopped by it.
    assert on_each.run("rollback", "clinic").err == ""
    on_each.good("golden", "remove", "1")
    assert "no search of yours with the number 1" in on_each.refused("golden", "remove", "1")


def test_an_undoing_warns(terminal: Terminal) -> None:
    for number in (9, 10):
        path = locations(terminal.home / "x.csv", *PLACES[:number])
        terminal.good("import", path, "--source", "clinic", "--activate")
    terminal.good("golden", "add", "23220", "--places", "--first", "place:clinic:place19", "--number", "20")
    done = terminal.run("rollback", "clinic")
    assert (done.code, done.out.startswith("Version 1 of clinic is active again")) == (0, True)
    assert done.err.startswith("A search that must hold fails now: places near 23220: must show place:clinic:place19")


def test_import_and_activate_at_once_take_a_reason(terminal: Terminal) -> None:
    path = locations(terminal.home / "x.csv", *PLACES)
    terminal.good("golden", "add", "23220", "--at-least", "1", "--condition", "labral-tear")
    assert terminal.run("import", path, "--source", "clinic", "--activate").code == 2
    path = locations(terminal.home / "x.csv", *PLACES[:9])
    out = terminal.good("import", path, "--source", "clinic", "--activate", "--override-golden", "No people yet.")
    assert "Version 2 of clinic is active" in out
    assert json.loads(terminal.good("history", "--json"))[0]["golden_reason"] == "No people yet."


def test_what_is_expected_is_said_once(terminal: Terminal) -> None:
    for more in ((), ("--no-card", "--card", "call-911"), ("--first", "x", "--never", "x")):
        done = terminal.run("golden", "add", "23220", *more)
        assert done.code == 2
        assert "Say one thing that must come" in done.err
    assert "call-912" in terminal.refused("golden", "add", "23220", "--card", "call-912")
    assert "232" in terminal.refused("golden", "add", "232", "--no-card")


def test_history_tells_who_when_what_and_of_which_files(on_each: Terminal) -> None:
    assert on_each.good("history") == "Nothing was published yet.\n"
    for number in (10, 9):
        path = locations(on_each.home / "x.csv", *PLACES[:number])
        on_each.good("import", path, "--source", "clinic")
    on_each.good("activate", "clinic", "1", "--checked-on", "2026-11-02", "--checked-by", "Rosa")
    on_each.good("activate", "clinic", "2")
    on_each.good("rollback", "clinic")
    lines = on_each.good("history", "clinic", "--files").splitlines()
    told = [line for line in lines if not line.startswith("  ")]
    assert [line.split("  ")[3].partition(" by ")[0] for line in told] == [
        "undone, back to version 1", "published version 2", "published version 1",
    ]  # fmt: skip
    assert all("(command line)" in line for line in told)
    assert [line.endswith("(active)") for line in told] == [True, False, False]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"  locations: x.csv, {path.stat().st_size:,} bytes, SHA-256 {digest}" in lines
    assert "  checked on 2026-11-02 by Rosa" in lines
    assert "  1 gone, 0 changed, 0 new, 9 unchanged" in lines
    assert "  0 gone, 0 changed, 1 new, 9 unchanged" in lines
    rows = json.loads(on_each.good("history", "--json", "--most", "2"))
    assert [(one["version"], one["replaced"], one["is_undoing"]) for one in rows] == [(1, 2, True), (2, 1, False)]
    assert rows[1]["changed"]["locations"] == {"new": 0, "changed": 0, "unchanged": 9, "gone": 1}
    assert "clinick" in on_each.refused("history", "clinick")


def test_a_day_that_nobody_can_have_checked_on(terminal: Terminal) -> None:
    path = locations(terminal.home / "x.csv", *PLACES)
    terminal.good("import", path, "--source", "clinic")
    assert "still to come" in terminal.refused("activate", "clinic", "--checked-on", "2999-01-01")
    assert terminal.run("activate", "clinic", "--checked-on", "soon").code == 2
    assert "--checked-on" in terminal.run("activate", "clinic", "--checked-by", "Rosa").err
    assert terminal.good("history") == "Nothing was published yet.\n"


def test_examples_are_asked_for_at_a_terminal(terminal: Terminal) -> None:
    files = template_files(terminal.home / "t")
    assert terminal.run("import", *files, "--source", "clinic").code in (0, 1)
    done, screen = at_the_keyboard(terminal, "n\n", "activate", "clinic")
    assert done.code == 2, screen
    assert "Example rows of the template would be shown to patients" in screen
    done, screen = at_the_keyboard(terminal, "y\n", "activate", "clinic")
    assert (done.code, done.out.startswith("Active: edition ")) == (0, True), screen
