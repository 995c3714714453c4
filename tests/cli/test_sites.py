"""The commands about web sites that show the finder, as people type them."""

from __future__ import annotations

import json
import re

from tests.cli.run import Terminal

GOOD = "https://www.quillmoor.example"


def test_a_site_is_added_shown_changed_and_switched_off(terminal: Terminal) -> None:
    assert "No site yet" in terminal.good("site", "list")
    added = terminal.good("site", "add", "Quillmoor Health", "--origin", GOOD, "--condition", "labral-tear")
    found = re.search(r"/embed/snippets/(quillmoor-health-[0-9a-f]{6})$", added.strip())
    assert found
    key = found[1]
    assert f"{key}  Quillmoor Health  {GOOD}" in terminal.good("site", "list")
    told = terminal.good("site", "set", key, "--origin", "https://hips.example", "--stage", "treated", "--off")
    assert "switched off" in told
    shown = json.loads(terminal.good("site", "show", "quillmoor health", "--json"))
    assert shown["key"] == key
    assert (shown["origins"], shown["enabled"], shown["default_stage"]) == (["https://hips.example"], False, "treated")
    assert json.loads(terminal.good("site", "list", "--json")) == [shown]
    more = terminal.good("site", "set", key, "--add-origin", "http://localhost:9000/hips")
    assert "https://hips.example http://localhost:9000" in more
    assert "stage         -" in terminal.good("site", "set", key, "--clear", "stage", "--on")
    assert f"{key} is taken off" in terminal.good("site", "remove", key)
    assert "No site yet" in terminal.good("site", "list")


def test_what_cannot_be_done_says_how_to_mend_it(terminal: Terminal) -> None:
    terminal.good("site", "add", "Fern", "--origin", GOOD)
    for arguments, told in (
        (("add", "Oak", "--origin", "http://oak.example"), "--origin cannot be http://oak.example"),
        (("add", "fern", "--origin", GOOD), "There is a site fern already"),
        (("set", "fren", "--off"), "Did you mean fern-"),
        (("add", "Oak", "--origin", GOOD, "--condition", "labral-taer"), "Did you mean labral-tear?"),
    ):
        assert told in terminal.refused("site", *arguments)
    assert "Say what to set" in terminal.run("site", "set", "fern").err


def test_a_look_that_cannot_be_read_is_refused_and_one_that_can_is_kept(terminal: Terminal) -> None:
    file = terminal.home / "look.toml"
    file.write_text('[colours]\nbrand = "#eeeeee"\n')
    assert "#eeeeee" in terminal.refused("site", "add", "Fern", "--origin", GOOD, "--look", str(file))
    file.write_text('[site]\nname = "Fern"\n')
    assert "[colours]" in terminal.refused("site", "add", "Fern", "--origin", GOOD, "--look", str(file))
    file.write_text('[colours]\nbrand = "#6A1B4D"\nradius = "8px"\nfont = "Georgia, serif"\n')
    terminal.good("site", "add", "Fern", "--origin", GOOD, "--look", str(file))
    shown = json.loads(terminal.good("site", "show", "fern", "--json"))
    assert shown["theme"] == {"brand": "#6a1b4d", "radius": "8px", "font": '"Georgia", serif'}
