"""Suggestions while words are typed, and what is urgent at once, in a real browser with scripts."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, expect

from tests.web import test_chromium, watched
from tests.web.test_chromium import COLOUR_RULES, RULES, SMALLEST, size
from tests.web.watched import WORDS, ZIP, live_region, until

browser, server, watch = test_chromium.browser, test_chromium.server, watched.watch


def test_words_being_typed_are_a_combobox(watch: Any) -> None:
    watched = watch()
    page = watched.page
    page.goto("/")
    field = page.get_by_role("combobox", name=WORDS)
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially("torn lab", delay=20)
    options = page.get_by_role("listbox", name="What your words may mean").get_by_role("option")
    expect(options.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(live_region(page)).to_contain_text(f"Suggestions: {options.count()}.")
    field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    expect(options.first).to_have_attribute("aria-selected", "true")
    field.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    field.press("ArrowDown")
    field.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    assert field.get_attribute("aria-activedescendant") is None
    expect(field).to_have_value("torn lab")
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    chosen = options.first.inner_text()
    field.press("Enter")
    assert page.url == f"{watched.page.url}"
    expect(field).to_have_value(chosen.removeprefix("People who treat: "))
    expect(field).to_be_focused()
    expect(live_region(page)).to_have_text(f"You picked: {chosen}")
    assert [one for one in watched.requests if "torn" in one or "q=" in one] == [], "no word stands in an address"
    page.get_by_label(ZIP).fill("23220")
    field.press("Enter")
    expect(page.get_by_text("These people treat: Hip labral tear.")).to_be_visible()


def test_a_suggestion_is_chosen_by_touch_on_a_small_screen_with_large_text(watch: Any) -> None:
    page = watch(has_touch=True).page
    page.set_viewport_size(size(SMALLEST))
    page.goto("/")
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    field = page.get_by_role("combobox", name=WORDS)
    field.tap()
    field.press_sequentially("my groin hurts when I sit")
    option = page.get_by_role("option").first
    expect(option).to_be_visible()
    box = option.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert page.evaluate("() => document.documentElement.scrollWidth") <= SMALLEST[0]
    option.tap()
    expect(page.get_by_role("listbox")).to_be_hidden()
    assert field.input_value() != "my groin hurts when I sit"


def test_tab_leaves_the_field_with_the_words_as_they_are(watch: Any) -> None:
    page = watch().page
    page.goto("/")
    field = page.get_by_role("combobox", name=WORDS)
    field.press_sequentially("hip dysp")
    expect(page.get_by_role("option").first).to_be_visible()
    field.press("ArrowDown")
    field.press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("hip dysp")
    expect(page.get_by_label("Or pick from the list")).to_be_focused()


@pytest.mark.parametrize(
    ("language", "told", "button"), [("en", "Call 911 now", "Call 911"), ("es", "Llame al 911", "Llamar al 911")]
)
def test_what_is_urgent_is_said_while_it_is_typed(watch: Any, language: str, told: str, button: str) -> None:
    page = watch(locale=language).page
    page.goto("/")
    field = page.locator("#q")
    words = {"en": "fell and can't get up", "es": "me caí y no puedo levantarme"}[language]
    field.fill(words)
    alert = page.locator(".at-once[role=alert]")
    expect(alert).to_contain_text(told)
    expect(alert.get_by_role("link", name=button)).to_have_attribute("href", "tel:911")
    top = alert.bounding_box()
    below = field.bounding_box()
    assert top is not None
    assert below is not None
    assert top["y"] + top["height"] <= below["y"]
    # Urgent words stay: what is chosen is picked from the list below, and goes with them.
    page.get_by_role("option").first.click()
    expect(field).to_have_value(words)
    expect(page.locator("#condition")).not_to_have_value("")
    field.fill("my hip hurts when I climb stairs")
    expect(alert).to_be_empty()
    expect(page.locator("#condition")).to_have_value("")
    field.fill("I want to kill myself" if language == "en" else "me quiero matar")
    expect(alert.locator("a[href='tel:988']")).to_be_visible()


def test_without_an_answer_it_is_a_plain_field(watch: Any) -> None:
    watched = watch()
    page = watched.page
    page.route("**/api/v1/suggest", lambda route: route.abort())
    page.goto("/")
    with page.expect_request("**/api/v1/suggest"):
        page.get_by_role("combobox", name=WORDS).fill("torn labrum")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.get_by_label(ZIP).fill("23220")
    page.get_by_role("button", name="Find specialists").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Specialists near 23220")


def test_an_older_answer_never_comes_after_a_newer_one(watch: Any) -> None:
    page = watch().page
    held: list[Route] = []
    page.route("**/api/v1/suggest", lambda route: held.append(route))
    page.goto("/")
    field = page.get_by_role("combobox", name=WORDS)
    for number, words in enumerate(("hip dysplasia", "torn labrum in my hip"), 1):
        field.fill(words)
        until(lambda: len(held) == number, page)  # noqa: B023
    held[1].continue_()
    expect(page.get_by_role("option").first).to_contain_text("labral")
    expect(page.get_by_role("option").first).to_have_text("People who treat: Hip labral tear")
    assert [one["q"][0] for one in map(parse_qs, (str(route.request.post_data) for route in held))] == [
        "hip dysplasia",
        "torn labrum in my hip",
    ]


def test_what_scripts_show_is_accessible(watch: Any) -> None:
    page = watch().page
    for words, shown in (("torn lab", ".choices li"), ("fell and can't get up", ".at-once .stop")):
        page.goto("/")
        page.locator("#q").fill(words)
        expect(page.locator(shown).first).to_be_visible()
        page.locator("#q").press("ArrowDown")
        page.evaluate(Axe().axe_script)
        for scheme, rules in (("light", RULES), ("dark", COLOUR_RULES)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found = page.evaluate("rules => axe.run(document, rules)", rules)
            assert [(one["id"], node["target"]) for one in found["violations"] for node in one["nodes"]] == []
