"""`finder organization` and the settings of the own one, seen and changed at a terminal."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.run import Terminal

LARK = "larkspindle-health"


def test_what_an_organization_says_is_set_shown_and_told_to_patients(on_each_demo: Terminal, tmp_path: Path) -> None:
    run = on_each_demo.good
    assert f"{LARK}  " in run("organization", "list")
    area = tmp_path / "area.geojson"
    ring = [[-83, 36], [-75, 36], [-75, 40], [-83, 40], [-83, 36]]
    area.write_text(json.dumps({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}}))
    told = run(
        "organization", "set", LARK, "--phone", "804-555-0142", "--hours", "weekdays 8-5", "--states", "VA,NC",
        "--radius", "60", "--area", area, "--link", "Elsewhere|Otra parte|https://example.org/else",
    )  # fmt: skip
    assert told.splitlines() == [
        f"Larkspindle Health ({LARK}), 4 places",
        "  phone   (804) 555-0142",
        "  hours   Mon-Fri 8:00-17:00",
        "  serves  people of NC, VA; up to 60 miles from a place of it; a drawn area of 4 corners",
        "  link    Elsewhere | Otra parte | https://example.org/else",
        "Edition 2.",
    ]
    assert run("organization", "show", LARK).splitlines() == told.splitlines()[:-1]
    shown = json.loads(run("organization", "show", LARK, "--json"))
    assert shown["says"]["area"]["type"] == "MultiPolygon"
    listed = {one["organization"]: one["says"] for one in json.loads(run("organization", "list", "--json"))}
    assert listed[LARK] == shown["says"]
    assert set(map(bool, listed.values())) == {True, False}
    asked = ("search", "59244", "--condition", "labral-tear", "--organization", LARK, "--limit", "1")
    out = run(*asked)
    assert "Larkspindle Health says that it does not serve 59244 (Larslan, MT). The nearest of its places is about 1,6" in out  # fmt: skip
    assert "  Larkspindle Health: (804) 555-0142, Mon-Fri 8:00-17:00\n  Elsewhere: https://example.org/else\n" in out
    assert out.count("(804) 555-0142") == 1
    spanish = run(*asked, LANG="es_US.UTF-8")
    assert "Larkspindle Health dice que no atiende a personas de 59244" in spanish
    assert "  Otra parte: https://example.org/else\n" in spanish
    assert "does not serve" not in run(*asked[:1], "23220", *asked[2:])
    answer = json.loads(run(*asked, "--json"))["outside_area"]
    assert answer["organization"] == {"id": LARK, "name": "Larkspindle Health"}
    assert answer["links"] == [{"label": "Elsewhere", "url": "https://example.org/else"}]
    run("organization", "set", LARK, *(part for name in ("states", "radius", "area") for part in ("--clear", name)))
    assert "does not serve" not in run(*asked)


def test_what_cannot_be_set_is_a_sentence(over_demo: Terminal) -> None:
    before = over_demo.rows()
    refused = over_demo.refused
    assert "Did you mean larkspindle-health?" in refused("organization", "set", "larkspindle", "--phone", "8045550100")
    assert "--phone cannot be 12." in refused("organization", "set", LARK, "--phone", "12")
    assert "nothing.geojson cannot be opened." in refused("organization", "set", LARK, "--area", "nothing.geojson")
    assert over_demo.run("organization", "set", LARK).code == 2
    assert over_demo.run("organization", "set", LARK, "--radius", "0").code == 2
    assert over_demo.rows() == before


def test_the_own_organization_is_first_or_alone_and_said(over_demo: Terminal) -> None:
    asked = ("search", "24060", "--condition", "hip-osteoarthritis", "--radius", "any", "--limit", "1")
    own = {"FINDER_ORGANIZATION": LARK}
    sentence = "People and places of Larkspindle Health come first, then all others."
    assert sentence in over_demo.good(*asked, **own, FINDER_OWN="first")
    only = over_demo.good(*asked, **own, FINDER_OWN="only")
    assert "Only people and places of Larkspindle Health are listed here." in only
    assert "come first" not in over_demo.good(*asked, **own)
    assert "FINDER_OWN cannot be 'none'" in over_demo.refused(*asked, **own, FINDER_OWN="none")
    done = over_demo.run("setup", FINDER_ORGANIZATION="larkspindle", FINDER_OWN="only")
    assert done.code == 0
    assert "no organization larkspindle, so FINDER_OWN=only has no effect" in done.err
    # And nothing is empty.
    assert over_demo.good(*asked, FINDER_ORGANIZATION="larkspindle", FINDER_OWN="only") == over_demo.good(*asked)


def test_few_are_followed_by_the_line(over_demo: Terminal) -> None:
    asked = ("search", "59244", "--condition", "hip-osteoarthritis", "--limit", "1")
    over_demo.good("organization", "set", LARK, "--phone", "804-555-0142", "--hours", "Mon-Fri 8-5")
    line = "There are few near you. {} can tell you where else to ask. {}"
    last = over_demo.good(*asked, FINDER_ORGANIZATION=LARK).splitlines()[-1]
    assert last == line.format("Larkspindle Health", "(804) 555-0142, Mon-Fri 8:00-17:00")
    last = over_demo.good(*asked, FINDER_PHONE="8045550199", FINDER_SITE_NAME="Our finder").splitlines()[-1]
    assert last == line.format("Our finder", "(804) 555-0199")
    assert "That is far: the nearest we know of is about" in over_demo.good(*asked)
