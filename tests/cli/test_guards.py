"""What a tired person's mistake must not do: lose listings, mix servers, pass for the demo."""

from __future__ import annotations

import json
import socket

from tests.cli.run import Terminal
from tests.sample_files import locations

PLACES = [f"place{n},Clinic {n},,clinic,VA,23220,37.5{n},-77.4{n}," for n in range(10, 20)]


def test_a_file_that_would_lose_many_listings_is_not_shown_at_once(on_each: Terminal) -> None:
    whole = locations(on_each.home / "whole.csv", *PLACES)
    on_each.good("import", whole, "--source", "clinic", "--activate")

    eight = locations(on_each.home / "eight.csv", *PLACES[:8])
    assert "2 will disappear" in on_each.good("import", eight, "--source", "clinic", "--activate")

    three = locations(on_each.home / "three.csv", *PLACES[:3])
    done = on_each.run("import", three, "--source", "clinic", "--activate")
    assert done.code == 1
    assert "5 will disappear" in done.out
    assert "Not shown to patients" in done.out
    assert "clinic 2  active" in on_each.good("datasets")
    assert "Active: edition" in on_each.good("activate", "clinic", "3")


def test_damaged_rows_count_as_lost(terminal: Terminal) -> None:
    whole = locations(terminal.home / "whole.csv", *PLACES)
    terminal.good("import", whole, "--source", "clinic", "--activate")
    damaged = [row.replace("VA,23220", "VA,nonsense") for row in PLACES[:5]] + PLACES[5:]
    done = terminal.run("import", locations(terminal.home / "x.csv", *damaged), "--source", "clinic", "--activate")
    assert done.code == 1
    assert "Not shown to patients" in done.out
    assert "clinic 1  active" in terminal.good("datasets")


def test_a_file_without_a_good_row_tells_of_each(terminal: Terminal) -> None:
    path = locations(terminal.home / "x.csv", *(row.replace("VA", "Virgin") for row in PLACES[:3]))
    done = terminal.run("import", path, "--source", "clinic")
    assert done.code == 2
    assert [line.split(",")[0] for line in done.out.splitlines()] == [
        f"  refused: locations row {n}" for n in (2, 3, 4)
    ]
    assert "'Virgin'" in done.out
    assert len(done.err.splitlines()) == 1
    done = terminal.run("import", path, "--source", "clinic", "--dry-run", "--json")
    told = json.loads(done.out)
    assert told["refused"] == "import_without_rows"
    assert [(one["row"], one["column"], one["code"]) for one in told["problems"]] == [
        (n, "state", "state_unknown") for n in (2, 3, 4)
    ]


def test_the_name_of_the_demo_is_not_for_real_data(terminal: Terminal) -> None:
    path = locations(terminal.home / "x.csv", *PLACES)
    assert "demo" in terminal.refused("import", path, "--source", "demo", "--activate")
    assert terminal.good("datasets").startswith("demo 1  active")


def test_a_port_that_is_taken_is_refused(terminal: Terminal) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert port in terminal.refused("serve", FINDER_PORT=port)


def test_explain_takes_the_id_of_the_file(terminal: Terminal) -> None:
    by_file = terminal.good("explain", "leocadia-umbertassel", "labral-tear")
    assert by_file == terminal.good("explain", "person:demo:leocadia-umbertassel", "labral-tear")
    assert terminal.refused("explain", "nobody-at-all", "labral-tear")
