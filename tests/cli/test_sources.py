"""`finder source`: who is believed, seen and changed at a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.run import Terminal
from tests.search.made_up import npi, write
from tests.search.small_directory import person, place

WHO = f"npi:{npi(7)}"


@pytest.fixture
def two_sources(on_each_demo: Terminal, tmp_path: Path) -> Terminal:
    """A terminal over two sources that list the same person at different places."""
    for source, given in (("clinic", "Ada"), ("register", "Ida")):
        where = write(tmp_path / f"{source}-places.csv", [place("a", name=f"Place of {source}")])
        who = write(tmp_path / f"{source}-people.csv", [person("x", "a", npi=npi(7), given_name=given)])
        on_each_demo.run("import", where, who, "--source", source, "--activate")
    return on_each_demo


def test_sources_are_listed_and_one_is_believed_more(two_sources: Terminal) -> None:
    run = two_sources.good
    assert run("source").splitlines() == [
        "clinic    priority 10    version 1 is shown",
        "register  priority 10    version 1 is shown",
        "demo      priority 0     left for good when real data came",
    ]
    assert run("explain", WHO, "labral-tear").startswith("Ada Person")
    told = run("source", "priority", "register", "20")
    assert told.splitlines() == [
        "The priority of register is 20: edition 4.",
        "Believed in this order: register, clinic.",
    ]
    assert "Place of register" in run("explain", WHO, "labral-tear")
    # The id of a file leads to whoever is believed now.
    assert run("explain", "person:clinic:x", "labral-tear") == run("explain", WHO, "labral-tear")
    listed = json.loads(run("source", "--json"))
    assert [(one["source"], one["priority"], one["active_version"], one["demo"]) for one in listed] == [
        ("register", 20, 1, False),
        ("clinic", 10, 1, False),
        ("demo", 0, None, True),
    ]
    assert [one["retired_at"] is None for one in listed] == [True, True, False]


def test_what_cannot_be_a_priority_is_a_sentence(over_demo: Terminal) -> None:
    before = over_demo.rows()
    assert "no source nobody. Known: demo." in over_demo.refused("source", "priority", "nobody", "5")
    assert "from 0 to 1000" in over_demo.refused("source", "priority", "demo", "1001")
    assert over_demo.run("source", "priority", "demo", "high").code == 2
    assert over_demo.rows() == before


def test_without_data_it_says_how_to_begin(terminal: Terminal) -> None:
    assert terminal.good("source", FINDER_DEMO="no").startswith("No data yet.")
    assert terminal.good("source", "--json", FINDER_DEMO="no") == "[]\n"
