"""What a screen reader is told: landmarks, headings, lists and controls of every state, and the order of six pages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from functools import cache

import pytest
from playwright.sync_api import Browser

from tests.web.conftest import LANGUAGES
from tests.web.heard import CONTROLS, LANDMARKS, Heard, heard, missing
from tests.web.server import ROOT, Server
from tests.web.states import STATES, State
from tests.web.test_chromium import browser, context_of, server

__all__ = ("browser", "server")
_BY_NAME = {state.name: state for state in STATES}

# What must be told, in this order, and nothing of it out of order; more may stand between. `*` is any words.
OUTLINES = {
    "home": """
        link "Skip to the main part"
        banner
          link "Español"
        main
          heading 1 "Find a hip specialist near you"
          textbox "Your ZIP code or town" required (Like 23220, or Roanoke, VA*)
          combobox "What is wrong, in your own words" (*)
          combobox "Or pick from the list" (*)
          button "Find specialists"
          heading 2 "What you can count on"
        contentinfo
    """,
    "people": """
        link "Skip to the main part"
        banner
        region "Your search"
          summary "Change your search"
        main
          heading 1 "Specialists near 23220: Hip labral tear"
          navigation "Views"
            list of 2
              link "People"
              link "Places"
          heading 2 "People, nearest first"
          list of *
            heading 3 "1*. *"
              link "*"
            link "Call (*) *, *"
            heading 3 "2*. *"
        navigation "Pages"
        contentinfo
    """,
    "call 911, now or treated": """
        link "Skip to the main part"
        region "Call 911 now"
          heading 1 "Call 911 now"
          link "Call 911"
          link "Yes, now"
          link "No, it was already treated"
        banner
        main
          summary "If you cannot call: emergency rooms near 23220"
          heading 2 "Later: follow-up care near 23220"
          heading 2 "People, nearest first"
          list of 10
            heading 3 "1*. *"
        contentinfo
    """,
    "ZIP code too short": """
        document "Error: *"
        banner
        main
          heading 1 "Find a hip specialist near you"
          alert
            heading 2 "Please check one thing"
            link "1 is not a ZIP code. A ZIP code has five digits, like 23220."
          textbox "Your ZIP code or town" required wrong (*1 is not a ZIP code. A ZIP code has five digits, like 23220.)
          button "Find specialists"
        contentinfo
    """,
    "ZIP code too short, urgent words": """
        document "Error: *"
        region "Call 911 now"
          heading 1 "Call 911 now"
          link "Call 911"
        banner
        main
          heading 2 "Find a hip specialist near you"
          alert
            link "1 is not a ZIP code. A ZIP code has five digits, like 23220."
          textbox "Your ZIP code or town" required wrong (*)
    """,
    "a person": """
        document "Isaura Marmalade Amberwhistle, MD*"
        banner
          navigation "Main"
        main
          heading 1 "Isaura Marmalade Amberwhistle, MD"
          link "Call Isaura Marmalade Amberwhistle, MD: (804) 555-0100"
          link "Directions (*) *: Larkspindle Hip Pavilion"
          heading 2 "What they do for hips"
          heading 2 "Before you call"
          heading 2 "Insurance"
          heading 2 "Where they work"
          region "Larkspindle Hip Pavilion"
            link "Call (804) 555-0100*Larkspindle Hip Pavilion"
          region "Larkspindle University Hospital"
            link "Call (804) 555-0101*Larkspindle University Hospital"
          link "Something is wrong here"
        contentinfo
          navigation "At the foot of the page"
    """,
    "a hospital": """
        document "Larkspindle University Hospital*"
        banner
        main
          heading 1 "Larkspindle University Hospital"
          link "Call Larkspindle University Hospital: (804) 555-0101"
          heading 2 "Hours"
          table "Hours of Larkspindle University Hospital"
          heading 2 "Getting in and around"
          list of 5
          heading 2 "People here"
            heading 3 "Surgeons"
            list of 10
            heading 3 "Physical therapists"
            list of 1
          heading 2 "What is here"
          heading 2 "Insurance"
        contentinfo
    """,
}

Told = Callable[..., list[Heard]]


@pytest.fixture(scope="module")
def told(browser: Browser, server: Server) -> Told:
    """Return what is told of a state; each is asked for once."""

    @cache
    def asked(state: State, language: str) -> list[Heard]:
        return page_told(browser, server, state.path, language)

    return asked


def page_told(browser: Browser, server: Server, path: str, language: str = "en") -> list[Heard]:
    """Return what is told of a page, with all that can be opened open."""
    context = context_of(browser, server, locale=language)
    page = context.new_page()
    page.goto(path)
    page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
    found = heard(page)
    context.close()
    return found


@pytest.mark.parametrize("name", OUTLINES)
def test_a_page_is_told_in_its_order(told: Told, name: str) -> None:
    lines = [str(one) for one in told(_BY_NAME[name], "en")]
    assert missing(OUTLINES[name], lines) is None, "\n".join(lines)


# Each state in one of the languages: the next in the other.
@pytest.mark.parametrize(
    ("state", "language"),
    [(state, LANGUAGES[number % len(LANGUAGES)]) for number, state in enumerate(STATES)],
    ids=lambda one: getattr(one, "name", one),
)
def test_every_state_can_be_found_ones_way_in(told: Told, state: State, language: str) -> None:
    found = told(state, language)
    landmarks = [one for one in found if one.role in LANDMARKS]
    assert [one.role for one in landmarks if one.role in ("banner", "main", "contentinfo")] == [
        "banner", "main", "contentinfo",
    ]  # fmt: skip
    named = [(one.role, one.name) for one in landmarks]
    assert len(set(named)) == len(named), named
    assert all(one.name for one in landmarks if one.role not in ("banner", "main", "contentinfo")), named

    levels = [int(one.properties["level"]) for one in found if one.role == "heading"]
    assert levels.count(1) == 1
    assert all(later <= before + 1 for before, later in zip([0, *levels], levels, strict=False)), levels
    assert all(one.name for one in found if one.role == "heading")

    assert [str(one) for one in found if one.role in CONTROLS and not one.name] == []
    leads = defaultdict(set)
    for one in found:
        if one.role == "link":
            # The page of a listing is the same, whichever list it was come to from.
            is_listing = re.search(r"/(specialist|place)/", one.href)
            leads[one.name].add(one.href.partition("?")[0] if is_listing else one.href)
    assert {name: places for name, places in leads.items() if len(places) > 1} == {}
    assert all(one.items for one in found if one.role == "list")
    for one in found:
        if one.role == "list" and one.inside[-1].role == "main":
            entries = [each for each in found if each.role == "heading" and each.inside and one in each.inside]
            assert len(entries) in (0, one.items)
    assert found[0].name
    assert "undefined" not in found[0].text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", [one for one in STATES if one.card], ids=lambda one: one.name)
def test_an_emergency_is_told_before_anything_else(told: Told, state: State, language: str) -> None:
    found = told(state, language)
    order = [one for one in found if one.role in (*LANDMARKS, "heading", "list", *CONTROLS)]
    assert [one.role for one in order[:3]] == ["link", "region", "heading"]
    assert order[0].href.endswith("#main")
    assert order[2].properties["level"] == 1
    assert order[1].name == order[2].name
    before = order[: next(number for number, one in enumerate(order) if one.role == "banner")]
    assert all(one.role in ("region", "heading", "link") for one in before)
    if "911" in order[2].name:
        assert order[3].href == "tel:911"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", [one for one in STATES if one.status == 400], ids=lambda one: one.name)
def test_a_slip_is_announced_and_told_at_its_field(told: Told, state: State, language: str) -> None:
    found = told(state, language)
    assert found[0].name.startswith("Error: ")
    (alert,) = [one for one in found if one.role == "alert"]
    assert len(alert.text) > 20
    wrong = [one for one in found if one.properties.get("invalid") not in (None, False, "false")]
    ways = [one for one in found if one.role == "link" and alert in one.inside]
    if ways and "#" in ways[0].href:
        assert ways[0].href.partition("#")[2] in ("zip", "condition", "age")
        # The list cannot be marked wrong and still be picked from; its sentence stands at it all the same.
        fields = wrong or [one for one in found if one.role == "combobox"]
        assert any(ways[0].name in one.description for one in fields)


def test_an_outline_that_is_out_of_order_is_noticed(told: Told) -> None:
    lines = [str(one) for one in told(_BY_NAME["home"], "en")]
    assert missing("main\n banner\n contentinfo", lines) == "banner"
    assert missing('heading 1 "Find *"\n link "No such*"', lines) == 'link "No such*"'
    assert missing("banner\n main\n contentinfo", lines) is None


def test_what_the_trial_by_people_expects_is_on_the_pages(browser: Browser, server: Server) -> None:
    """Each sentence in marks of a section of the page for testers is told by one of the section's pages, or typed."""
    trial = (ROOT / "finder" / "docs" / "screen-readers.md").read_text(encoding="utf-8")
    assert "**Not yet done by a person.**" in trial
    sections = re.split(r"^## (?=\d)", trial.partition("\n## After")[0], flags=re.MULTILINE)[1:]
    assert len(sections) >= 6
    for section in sections:
        paths = re.findall(r"[Oo]pen `([^`]+)`", section)
        lines = []
        for path in paths:
            found = page_told(browser, server, path)
            lines += [*map(str, found), found[0].text]
        expected = [" ".join(one.split()) for one in re.findall("\u201c([^\u201d]+)\u201d", section)]
        assert paths
        assert len(expected) >= 4
        assert [one for one in expected if not any(one in line for line in lines)] == [], paths
