"""What a tired person's mistake must not do: lose listings, mix servers, pass for the demo."""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

from finder.db.dialect import open_engine
from finder.desk.publish import activate
from finder.desk.setup import set_up
from finder.importers.pipeline import import_files
from tests.cli.run import Done, Terminal
from tests.desk.test_publish import active
from tests.sample_files import locations
from tests.web.server import FINDER, environment

PLACES = [f"place{n},Clinic {n},,clinic,VA,23220,37.5{n},-77.4{n}," for n in range(10, 20)]


def at_the_keyboard(terminal: Terminal, keys: str, *arguments: str | Path) -> tuple[Done, str]:
    """Run a command at a terminal at which `keys` are typed; return what it left, and what the terminal showed."""
    ours, theirs = pty.openpty()
    given = {"FINDER_DATABASE_URL": terminal.database_url, "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        [FINDER, *map(str, arguments)], cwd=terminal.home, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs,
        env=environment(terminal.home / "var", **given),
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, keys.encode())
    shown, patience = b"", threading.Timer(120, process.kill)
    patience.start()
    with suppress(OSError):
        # The other end is closed when the process ends.
        while some := os.read(ours, 4096):
            shown += some
    out = process.communicate()[0]
    patience.cancel()
    os.close(ours)
    screen = shown.decode().replace("\r\n", "\n")
    assert "Traceback" not in screen
    return Done(process.returncode, out.decode(), screen), screen


def test_a_file_that_would_lose_many_listings_is_not_shown_at_once(on_each: Terminal) -> None:
    whole = locations(on_each.home / "whole.csv", *PLACES)
    on_each.good("import", whole, "--source", "clinic", "--activate")

    eight = locations(on_each.home / "eight.csv", *PLACES[:8])
    assert "2 will disappear" in on_each.good("import", eight, "--source", "clinic", "--activate")

    three = locations(on_each.home / "three.csv", *PLACES[:3])
    assert on_each.run("import", three, "--source", "clinic", "--activate").code != 0
    assert "clinic 2  active" in on_each.good("datasets")
    # Whoever cannot be asked must give the number; nothing else will do.
    sentence = on_each.refused("activate", "clinic", "3")
    assert sentence.startswith("5 of the 8 listings of clinic would disappear with version 3.")
    assert on_each.refused("activate", "clinic", "3", "--confirm", "8") == sentence
    command = sentence.rpartition("finder ")[2].rstrip("`.").split()
    assert command == ["activate", "clinic", "3", "--confirm", "5"]
    assert "Active: edition" in on_each.good(*command)


def test_at_a_terminal_the_number_is_asked_for(terminal: Terminal) -> None:
    engine = open_engine(f"sqlite:///{terminal.home / 'var' / 'finder.db'}")
    set_up(engine, terminal.home / "backups", demo=False)
    many = [row.replace("place", name) for name in ("place", "site", "spot") for row in PLACES]
    for rows in (many, PLACES[:6]):
        import_files(engine, [locations(terminal.home / "x.csv", *rows)], "clinic")
    activate(engine, "clinic", 1, "test")
    for keys in ("\n", "30\n"):
        done, screen = at_the_keyboard(terminal, keys, "activate", "clinic")
        assert (done.code, done.out) == (2, ""), screen
        assert "24 of the 30 listings of clinic would disappear" in screen.splitlines()[-1]
        assert active(engine) == {"clinic": 1}
    done, screen = at_the_keyboard(terminal, "24\n", "activate", "clinic")
    assert done.code == 0, screen
    assert done.out.startswith("Active: edition ")
    assert "locations: 24 of 30 would disappear." in screen
    assert "  location_id place16 (Clinic 16)\n" in screen
    assert "  ... and 14 more." in screen
    assert active(engine) == {"clinic": 2}
    engine.dispose()


def test_damaged_rows_count_as_lost(terminal: Terminal) -> None:
    whole = locations(terminal.home / "whole.csv", *PLACES)
    terminal.good("import", whole, "--source", "clinic", "--activate")
    damaged = [row.replace("VA,23220", "VA,nonsense") for row in PLACES[:5]] + PLACES[5:]
    done = terminal.run("import", locations(terminal.home / "x.csv", *damaged), "--source", "clinic", "--activate")
    assert done.code != 0
    assert "clinic 1  active" in terminal.good("datasets")


def test_a_file_without_a_good_row_tells_of_each(terminal: Terminal) -> None:
    path = locations(terminal.home / "x.csv", *(row.replace("VA", "Virgin") for row in PLACES[:3]))
    done = terminal.run("import", path, "--source", "clinic")
    assert done.code == 2
    assert [line.split(",")[0] for line in done.out.splitlines()] == [
        "  refused 3: locations row 2", "  refused: locations row 3", "  refused: locations row 4",
    ]  # fmt: skip
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
    assert terminal.good("datasets").startswith("No data yet.")


def test_a_port_that_is_taken_is_refused(terminal: Terminal) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert port in terminal.refused("serve", FINDER_PORT=port)


def test_explain_takes_the_id_of_the_file(over_demo: Terminal) -> None:
    by_file = over_demo.good("explain", "leocadia-umbertassel", "labral-tear")
    assert by_file == over_demo.good("explain", "person:demo:leocadia-umbertassel", "labral-tear")
    assert over_demo.refused("explain", "nobody-at-all", "labral-tear")
