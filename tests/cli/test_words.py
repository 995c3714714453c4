"""The patient's own words on the terminal: `finder ask`, and `finder search --q`."""

from __future__ import annotations

import json

from tests.cli.run import Terminal

FELL = "fell and can't get up"


def test_ask_prints_what_was_understood_and_why(over_demo: Terminal) -> None:
    told = over_demo.good("ask", "torn labrum in my hip").splitlines()
    assert told[0] == "clear"
    assert "labral-tear" in told[1]
    assert "labrum" in told[1]
    assert 0.5 <= float(told[1].split()[0]) <= 1
    assert told[2].strip() == "People who treat: Hip labral tear"
    assert told[-1].startswith("Call 911 if")
    assert over_demo.good("ask", "hip hop class").splitlines()[0] == "not_hip"
    assert "(treated)" in over_demo.good("ask", "dislocated my hip last year, follow up").splitlines()[0]
    assert "pelvic-osteotomy" in over_demo.good("ask", "PAO surgeon")


def test_ask_tells_what_is_urgent_first(over_demo: Terminal) -> None:
    told = over_demo.good("ask", FELL).splitlines()
    assert "Call 911 now" in told[0]
    assert told[1].split()[:3] == ["emergency", "trauma-cannot-bear-weight", "call-911"]
    assert "988" in over_demo.good("ask", "I want to kill myself").splitlines()[0]
    assert "Llame al 911" in over_demo.good("ask", FELL, "--lang", "es").splitlines()[0]
    assert "Llame al 911" in over_demo.good("ask", FELL, LANG="es_MX.UTF-8").splitlines()[0]


def test_ask_as_json_is_what_the_api_answers(over_demo: Terminal) -> None:
    body = json.loads(over_demo.good("ask", FELL, "--json"))
    assert list(body) == ["understanding", "matches", "notices"]
    assert list(body["notices"][0]) == ["code", "level", "card", "message", "phone", "call"]
    assert list(body["matches"][0]) == ["condition", "procedure", "label", "score", "because", "text"]


def test_ask_for_nothing_or_too_much_is_refused(over_demo: Terminal) -> None:
    assert "Type what is wrong" in over_demo.refused("ask", " ")
    assert "500" in over_demo.refused("ask", "hip " * 200)


def test_a_search_by_words(over_demo: Terminal) -> None:
    told = over_demo.good("search", "23220", "--q", "torn labrum in my hip")
    assert "You wrote “torn labrum in my hip”. These people treat: Hip labral tear." in told
    by_id = over_demo.good("search", "23220", "--condition", "labral-tear")
    assert told[told.index("\n  1.") :] == by_id[by_id.index("\n  1.") :]
    assert (
        json.loads(over_demo.good("search", "23220", "--q", "PAO surgeon", "--json"))["procedure"]["id"]
        == "pelvic-osteotomy"
    )


def test_a_search_by_urgent_words_says_so_first(over_demo: Terminal) -> None:
    told = over_demo.good("search", "23220", "--q", FELL).splitlines()
    assert told[0].startswith("CALL 911 NOW ")
    assert any(line.startswith("Emergency room: ") for line in told)
    assert any(line.startswith(f"You wrote “{FELL}”. ") for line in told)
    assert "988" in over_demo.good("search", "23220", "--q", "I want to kill myself").splitlines()[0]
    assert over_demo.good("search", "23220", "--q", FELL, "--lang", "es").startswith("LLAME AL 911 AHORA ")


def test_a_search_by_words_that_are_not_the_hip(over_demo: Terminal) -> None:
    told = over_demo.good("search", "23220", "--q", "hip hop class")
    assert "This finder is for hips only. If this feels like an emergency, call 911." in told
    assert "  1." not in told
    assert "No one in this directory" not in told


def test_readings_are_offered_with_the_option_to_ask_by(over_demo: Terminal) -> None:
    told = over_demo.good("search", "23220", "--q", "dislocated my hip last year, follow up").splitlines()
    first = told.index("Or did you mean:") + 1
    assert told[first].startswith("  People who ")
    assert told[first].endswith(")")
    assert "(--condition " in told[first] or "(--procedure " in told[first]


def test_a_slip_in_the_zip_code_keeps_nothing_urgent_back(over_demo: Terminal) -> None:
    told = over_demo.run("search", "2322", "--q", FELL)
    assert told.code != 0
    assert "Call 911 now" in told.out
    assert "too short" in told.err


def test_words_need_no_quotes(over_demo: Terminal) -> None:
    assert over_demo.good("ask", "torn", "labrum", "in", "my", "hip") == over_demo.good("ask", "torn labrum in my hip")
    assert "Type what is wrong" in over_demo.refused("ask")
