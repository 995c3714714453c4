"""Quality, confirmation links and places that are one, from the terminal."""

from __future__ import annotations

import json
import re

from tests.cli.run import Terminal

HIP = "place:demo:lark-hip"


def test_quality_and_verified(on_each_demo: Terminal) -> None:
    counts = json.loads(on_each_demo.good("quality", "--json"))
    listed = json.loads(on_each_demo.good("quality", "never-checked", "--json"))
    assert len(listed) == counts["lists"]["never-checked"] > 0
    one = listed[0]["public_ids"][0]
    assert on_each_demo.good("verified", one) == "1 listing verified today.\n"
    assert len(json.loads(on_each_demo.good("quality", "never-checked", "--json"))) == len(listed) - 1
    assert "place:demo:none" in on_each_demo.refused("verified", "place:demo:none")
    text = on_each_demo.good("quality", "approximate")
    subject = re.search(r"^(place:\S+)  ", text, re.MULTILINE)
    assert subject
    assert on_each_demo.refused("quality", "approximate", "--fine", subject[1]).startswith("Say in a few words why")
    on_each_demo.good("quality", "approximate", "--fine", subject[1], "--because", "a big campus")
    assert subject[1] not in on_each_demo.good("quality", "approximate")
    on_each_demo.good("quality", "approximate", "--again", subject[1])
    assert on_each_demo.good("quality", "approximate") == text


def test_a_link_is_printed_once_and_what_it_brings_is_answered(on_each_demo: Terminal) -> None:
    import datetime as dt

    from finder.db.dialect import open_engine
    from finder.desk.confirmations import Correction, use_link

    assert on_each_demo.good("confirmations", "list") == "Nothing waits.\n"
    first, second = on_each_demo.good(
        "confirm-link", HIP, "--days", "7", "--address", "https://find.example.org/"
    ).splitlines()
    assert re.fullmatch(r"https://find\.example\.org/confirm/[\w-]{43}", first)
    assert second == "This is link 1. It works once, for 7 days."
    engine = open_engine(on_each_demo.database_url)
    said = [Correction(HIP, "phone", "x", "804-555-0177"), Correction(HIP, "name", "y", "Another name")]
    use_link(engine, first.rpartition("/")[2], said, dt.datetime.now(dt.UTC), all_right=False)
    engine.dispose()
    listed = json.loads(on_each_demo.good("confirmations", "list", "--json"))
    assert [(one["field"], one["said"]) for one in listed] == [("phone", "804-555-0177"), ("name", "Another name")]
    on_each_demo.good("confirmations", "accept", str(listed[0]["id"]))
    on_each_demo.good("confirmations", "decline", str(listed[1]["id"]))
    assert on_each_demo.good("confirmations", "list") == "Nothing waits.\n"
    assert "No confirmation" in on_each_demo.refused("confirmations", "accept", str(listed[0]["id"]))


def test_same_place_is_said_listed_and_undone(on_each_demo: Terminal) -> None:
    assert on_each_demo.good("same-place", "list") == "None.\n"
    other, kept = "place:demo:lark-campus", "place:demo:lark-univ"
    assert on_each_demo.good("same-place", "add", other, kept).startswith(f"{other} is listed as {kept}.")
    assert [
        (one["other_id"], one["kept_id"]) for one in json.loads(on_each_demo.good("same-place", "list", "--json"))
    ] == [(other, kept)]
    assert "already" in on_each_demo.refused("same-place", "add", other, kept)
    assert on_each_demo.good("same-place", "remove", other).startswith(f"{other} is listed by itself again.")
    assert on_each_demo.good("same-place", "list") == "None.\n"
