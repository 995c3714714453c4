"""`finder doctor` at a terminal: a report to read, JSON, and an exit code to go by."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.run import Terminal

FINDER = "https://finder.juniper.example"


def test_a_report_names_what_to_write_where(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "headers.txt"
    file.write_text("HTTP/2 200\ncontent-security-policy: default-src 'self'\nx-frame-options: DENY\n")
    done = terminal.run("doctor", file, "--finder", f"{FINDER}/")
    assert (done.code, done.err) == (1, "")
    lines = done.out.splitlines()
    assert lines[0] == f"Read: 2 response headers. The finder is at {FINDER}."
    assert lines[1] == "  policy 1: the header content-security-policy"
    assert "Best here: link, since it needs no change of this page; a frame would." in lines
    assert "link (a link or button, or a plain form, to the finder's own page): nothing must change" in lines
    at = lines.index("  must change, for what the script asks the finder; write, as a new directive:")
    assert lines[at + 1] == f"      connect-src 'self' {FINDER}"
    # Nothing is kept, not even a home.
    assert [path.name for path in tmp_path.iterdir()] == ["headers.txt"]


def test_the_exit_code_is_of_what_must_change(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "policy.txt"
    file.write_text(f"frame-src {FINDER}; script-src 'self'")
    asked = ("doctor", file, "--finder", FINDER)
    assert terminal.run(*asked).code == 1
    only = terminal.run(*asked, "--variant", "iframe")
    assert only.code == 0
    assert "should change" in only.out
    assert "element" not in only.out
    assert terminal.run(*asked, "--variant", "element").code == 1
    assert terminal.run("doctor", file, "--finder", FINDER, "--page", FINDER, "--variant", "element").code == 0
    # Standard input, with nothing in it.
    assert "Nothing in - can be read" in terminal.refused("doctor")
    file.write_bytes(bytes(range(256)) * 12)
    assert "Paste what curl -sI" in terminal.refused("doctor", file)
    assert terminal.run("doctor", file, "--json").code == 2


def test_json_says_the_same(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(b"\xff<html><script src='https://static.hotjar.com/x.js'></script>")
    told = json.loads(terminal.good("doctor", file, "--json"))
    assert told["works"] is True
    assert told["recommended"] == "iframe"
    assert [one["name"] for one in told["watchers"]] == ["Hotjar"]


def test_what_cannot_be_read_is_a_sentence(terminal: Terminal) -> None:
    assert "nothing.txt cannot be opened." in terminal.refused("doctor", "nothing.txt")
    done = terminal.run("doctor", "--finder", "finder")
    assert done.code == 2
    assert "It must be an address such as https://finder.example.org." in done.err
    assert "Traceback" not in done.err
