"""The commands that change one listing, as people type them."""

from __future__ import annotations

import json

import pytest

from tests.cli.run import Terminal

ROWS = (
    "location_id,name,state,zip_code,phone,latitude,longitude\nmain,Main Hip Clinic,VA,23220,804-555-0{},37.55,-77.46\n"
)
PLACE = "place:ours:main"


@pytest.fixture
def ours(terminal: Terminal) -> Terminal:
    """A terminal over a directory of one place."""
    file = terminal.home.parent / "l.csv"
    file.write_text(ROWS.format("100"))
    terminal.good("import", str(file), "--source", "ours", "--activate")
    return terminal


def listed(ours: Terminal) -> str:
    """Return the places that patients are told of."""
    return ours.good("search", "23220", "--places")


def test_a_change_is_made_listed_and_withdrawn(ours: Terminal) -> None:
    assert "Staff have changed nothing." in ours.good("amendments", "list")
    said = ours.good("amend", PLACE, "phone=804.555.0199", "notice_en=Closed until January 5.", "--until", "2199-01-05")
    assert "Main Hip Clinic: changed in edition" in said
    found = listed(ours)
    assert "(804) 555-0199" in found
    assert "Closed until January 5." in found
    told_of = ours.good("amendments", "list", PLACE)
    assert "phone: +18045550199 (the file said +18045550100)." in told_of
    assert "until 2199-01-06 05:00 UTC; in force." in told_of
    assert "Withdrawn in edition" in ours.good("amendments", "withdraw", PLACE, "phone")
    told = json.loads(ours.good("amendments", "list", "--all", "--json"))
    assert {(one["field"], one["state"]) for one in told} == {("phone", "withdrawn"), ("notice_en", "in force")}
    assert "Nothing has come to its end." in ours.good("amendments", "end")


def test_hidden_is_found_by_nobody(ours: Terminal) -> None:
    ours.good("amend", PLACE, "hidden=yes")
    assert "Main Hip Clinic" not in listed(ours)
    ours.good("amendments", "withdraw", PLACE, "hidden")
    assert "Main Hip Clinic" in listed(ours)


def test_a_pin_is_put_right(ours: Terminal) -> None:
    link = "https://www.openstreetmap.org/#map=18/37.5600/-77.4700"
    said = ours.good("pin", PLACE, link, "--dry-run")
    assert "Main Hip Clinic: 37.56, -77.47, 0.9 miles from where it was" in said
    assert "put right" not in said
    assert "The pin is put right in edition" in ours.good("pin", PLACE, link)
    assert "25 miles from its ZIP code" in ours.good("pin", PLACE, "36.7, -76.2", "--dry-run")


def test_staff_choose_where_a_file_disagrees(ours: Terminal) -> None:
    ours.good("amend", PLACE, "phone=804-555-0199")
    file = ours.home.parent / "l.csv"
    file.write_text(ROWS.format("111"))
    ours.good("import", str(file), "--source", "ours")
    told = json.loads(ours.good("amendments", "choices", "ours", "--json"))
    assert [(one["field"], one["replaced"], one["written"], one["now"]) for one in told] == [
        ("phone", "+18045550100", "+18045550199", "+18045550111")
    ]
    number = told[0]["number"]
    assert "1 chosen" in ours.good("amendments", "choose", "ours", "2", f"{number}=write:804-555-0122")
    assert "chosen: write +18045550122" in ours.good("amendments", "choices", "ours", "2")
    assert "(804) 555-0199" in listed(ours)
    ours.good("activate", "ours", "2")
    assert "(804) 555-0122" in listed(ours)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("amend", PLACE, "phone=none"), "phone: This is no telephone number."),
        (("amend", PLACE, "phone"), "Write NAME=VALUE"),
        (("amend", PLACE, "name=Other"), "has no name that can be changed"),
        (("amend", PLACE, "phone=804-555-0100"), "Nothing was changed"),
        (("amend", "place:ours:nowhere", "phone="), "We don't have this listing."),
        (("amend", PLACE, "lift=no", "--until", "2020-01-01"), "The last day has passed"),
        (("pin", PLACE, "https://maps.app.goo.gl/x"), "shortened link"),
        (("pin", PLACE, "48.85, 2.35"), "not in the United States"),
        (("amendments", "withdraw", PLACE, "phone"), "Nothing that staff wrote is in force there"),
        (("amendments", "choose", "ours", "1", "1=keep"), "is in force already"),
    ],
)
def test_what_cannot_be_done_says_how_to_mend_it(ours: Terminal, arguments: tuple[str, ...], told: str) -> None:
    before = ours.rows()
    done = ours.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert ours.rows() == before
