"""Pages where the browser or the reader chooses the colours, and on paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page

from tests.web.server import Server
from tests.web.states import STATES
from tests.web.test_chromium import browser, context_of, server, size

__all__ = ("browser", "server")
_BY_NAME = {state.name: state for state in STATES}
_SHEET = (760, 1050)
# Whether a person who looks sees an element, and what of it.
_SEEN = """wanted => [...document.querySelectorAll(wanted)].filter(one => {
  const box = one.getBoundingClientRect();
  return one.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) && box.width > 1 && box.height > 1
    && box.right > 0 && box.bottom > 0;
})"""
_CONTROLS = "button, input, select, textarea, summary, nav, .skip"


def seen(page: Page, wanted: str) -> list[str]:
    """Return the text of each element of a selector that is seen; its mark-up where it has none."""
    found: list[str] = page.evaluate(
        f"wanted => ({_SEEN})(wanted).map(one => one.innerText || one.outerHTML.slice(0, 90))", wanted
    )
    return found


def on_paper(page: Page, name: str) -> None:
    """Show a state as it is printed."""
    page.set_viewport_size(size(_SHEET))
    page.goto(_BY_NAME[name].path)
    page.emulate_media(media="print", color_scheme="dark")


@pytest.mark.parametrize(
    "name",
    [
        "people", "places", "call 911, now or treated", "a person", "a hospital", "a list for paper",
        "a list for paper, call 911", "a problem, call 911", "how we order", "ZIP code too short",
    ],
)  # fmt: skip
def test_paper_has_words_and_no_controls(browser: Browser, server: Server, name: str) -> None:
    context = context_of(browser, server, locale="en")
    page = context.new_page()
    on_paper(page, name)
    assert seen(page, _CONTROLS) == []
    assert seen(page, "h1") != []
    # Whoever looks at a dark screen does not print on black.
    colours = page.evaluate(
        "() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert colours[0] == "rgb(0, 0, 0)"
    assert colours[1] in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= _SHEET[0]
    sheet = page.pdf(format="Letter")
    assert sheet.startswith(b"%PDF")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", sheet)) <= 16
    context.close()


@pytest.mark.parametrize("name", ["people", "call 911, now or treated", "a list for paper"])
def test_each_entry_of_a_list_has_name_phone_and_address_on_paper(browser: Browser, server: Server, name: str) -> None:
    context = context_of(browser, server, locale="en")
    page = context.new_page()
    on_paper(page, name)
    cards = seen(page, "li.card")
    assert len(cards) >= 10
    for card in cards:
        assert re.search(r"\(\d{3}\) \d{3}-\d{4}|No phone number given", card), card
        assert re.search(r", [A-Z]{2} \d{5}", card), card
    assert (
        page.evaluate(
            "() => parseFloat(getComputedStyle(document.querySelector('li.card :is(.button, .phone a)')).fontSize)"
        )
        >= 37
    )
    if _BY_NAME[name].card:
        assert "Call 911" in seen(page, "section.stop")[0]
        # A printer leaves grounds out: words must not be white on them.
        look = "one => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]"
        for wanted in ("section.stop", "section.stop p"):
            assert page.locator(wanted).first.evaluate(look) == ["rgb(0, 0, 0)", "rgba(0, 0, 0, 0)"]
    context.close()


def test_forced_colours_keep_what_colour_told(browser: Browser, server: Server) -> None:
    context = context_of(browser, server, locale="en", forced_colors="active")
    page = context.new_page()
    for name in ("people", "call 911, now or treated", "a person", "ZIP code too short", "home"):
        page.goto(_BY_NAME[name].path)
        assert page.evaluate("() => matchMedia('(forced-colors: active)').matches")
        edges = page.evaluate(
            """() => [...document.querySelectorAll('.button, .number, .stop, .note')].filter(one => one.checkVisibility())
                 .map(one => [one.className, parseFloat(getComputedStyle(one).borderTopWidth)])"""
        )
        assert [one for one in edges if one[1] < 2] == [], name
        # Where someone is, is told by more than weight: its edge is not that of the others.
        for where in (".views", ".groups"):
            told = page.evaluate(
                """where => [...document.querySelectorAll(where + ' :is(a, button)')].map(one => {
                     const look = getComputedStyle(one);
                     return [one.hasAttribute('aria-current'), look.borderBottomColor + look.borderBottomWidth];
                   })""",
                where,
            )
            now, others = {edge for is_now, edge in told if is_now}, {edge for is_now, edge in told if not is_now}
            assert not now & others, (name, where)
        marks = page.evaluate(
            """() => [...document.querySelectorAll('.facts li:is(.yes, .no, .not_stated)')]
                 .map(one => [one.className, getComputedStyle(one, '::before').content])"""
        )
        by_state = {state: {mark for of, mark in marks if of == state} for state in {of for of, _ in marks}}
        assert all(len(mark) == 1 and mark != {"none"} for mark in by_state.values()), by_state
        assert len({next(iter(mark)) for mark in by_state.values()}) == len(by_state)
    context.close()
