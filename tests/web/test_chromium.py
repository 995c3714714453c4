"""The journey in a real browser over the real server: without scripts, by keyboard, on a small screen, and with axe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.web.conftest import LANGUAGES
from tests.web.server import Server, serving

PAGES = (
    "/",
    "/specialists?zip=23220&condition=labral-tear",
    "/specialists?zip=23220&condition=hip-dislocation",
    "/places?zip=99723&condition=ddh-infant&radius=10",
    "/specialists?zip=23220&condition=&q=fell+and+can%27t+get+up",
    "/specialists?zip=23220&condition=&q=hip+hop+class",
    "/specialist/npi:2025200009",
    "/place/place:demo:lark-univ",
    "/specialist/npi:2025200009?zip=23220&condition=labral-tear",
    "/place/place:demo:lark-hip?zip=23220&condition=labral-tear",
    "/wrong/npi:2025200009",
    "/wrong/place:demo:lark-hip/thanks",
    "/specialists/print?zip=23220&condition=hip-dysplasia",
    "/places/print?zip=23220&condition=hip-dislocation",
    "/specialists?zip=1",
    "/nothing",
    "/docs/",
    "/docs/api",
    "/problems",
    "/problem/labral-tear",
    "/problem/hip-dislocation",
    "/how-we-order",
    "/about-the-data",
    "/privacy",
    "/accessibility",
)
DESKTOP, PHONE, SMALLEST = (1280, 900), (390, 844), (320, 640)
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run",
    "--disable-sync", "--disable-default-apps", "--no-default-browser-check", "--disable-dev-shm-usage",
)  # fmt: skip
# All that a change to dark colours can break.
COLOUR_RULES = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# What is focused, and whether someone who looks sees that it is.
FOCUSED = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect(), look = getComputedStyle(one);
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    tag: one.tagName.toLowerCase(), name: one.getAttribute("name"), href: one.getAttribute("href"), id: one.id,
    ringed: look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && (one === top || one.contains(top)),
  };
}"""
STORED = """async () => [
  localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length,
  (await navigator.serviceWorker.getRegistrations()).length,
]"""


def size(of: tuple[int, int]) -> Any:
    """Return a viewport."""
    return {"width": of[0], "height": of[1]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server over the demo."""
    with serving(tmp_path_factory.mktemp("chromium") / "home", FINDER_WORKERS="1") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser that scripts/test found."""
    path = os.environ.get("FINDER_TEST_CHROMIUM", "")
    if not path:
        message = "no Chromium: run scripts/test, which finds or installs one, or set FINDER_TEST_CHROMIUM"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield running
        running.close()


def context_of(browser: Browser, server: Server, **options: Any) -> BrowserContext:
    """Return a fresh context, as of a new visitor, whose addresses begin with the server's."""
    context = browser.new_context(base_url=server.address, viewport=size(DESKTOP), **options)
    context.set_default_timeout(15_000)
    return context


def test_the_journey_without_scripts(browser: Browser, server: Server) -> None:
    context = context_of(browser, server, java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    page.get_by_label("Your ZIP code").fill("23220")
    page.get_by_label("Or pick from the list").select_option("labral-tear")
    page.get_by_role("button", name="Find specialists").click()
    page.wait_for_url(f"{server.address}/specialists?zip=23220&q=&condition=labral-tear*")
    first = page.locator("li.card").first
    name = first.locator("h3 a").inner_text()
    first.locator("h3 a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.locator("section.stop-over h3 a").first.click()
    expect(page.get_by_role("link", name=name)).to_be_visible()
    page.get_by_role("link", name=name).click()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator("li.card").first.locator("h3 a")).to_have_text(name)
    page.go_back()
    page.go_back()
    page.get_by_role("link", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.go_back()
    page.go_back()
    page.go_back()
    page.get_by_text("Change your search").click()
    page.get_by_label("Your ZIP code").fill("1")
    page.get_by_role("button", name="Find specialists").click()
    expect(page.get_by_label("Your ZIP code")).to_have_value("1")
    expect(page.get_by_role("alert")).to_be_visible()
    assert {url.rpartition("/static/")[1] for url in asked} == {"", "/static/"}
    assert all(url.startswith(f"{server.address}/") for url in asked)
    assert context.cookies() == []
    context.close()


def tab_to(page: Page, wanted: str, shown: list[dict[str, Any]]) -> None:
    """Press Tab until what matches a selector has the focus; each stop on the way must be seen to have it."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        shown.append(focused)
        assert focused["ringed"], focused
        assert focused["seen"], focused
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"never came to {wanted}")


@pytest.mark.parametrize("viewport", [DESKTOP, SMALLEST])
def test_the_journey_by_keyboard_alone(browser: Browser, server: Server, viewport: tuple[int, int]) -> None:
    context = context_of(browser, server)
    page = context.new_page()
    page.set_viewport_size(size(viewport))
    stops: list[dict[str, Any]] = []
    page.goto("/")
    tab_to(page, "a.skip", stops)
    assert len(stops) == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/#main")
    tab_to(page, "input[name=zip]", stops)
    assert len(stops) == 2  # what stands before the main part was skipped
    page.keyboard.type("23220")
    tab_to(page, "select[name=condition]", stops)
    page.keyboard.type("Hip labral")
    tab_to(page, "form button", stops)
    page.keyboard.press("Enter")
    page.wait_for_url("**/specialists?zip=23220&q=&condition=labral-tear*")
    tab_to(page, "li.card h3 a", stops)
    page.keyboard.press("Enter")
    page.wait_for_url("**/specialist/*")
    tab_to(page, "main a[href^='/place/']", stops)
    page.keyboard.press("Enter")
    page.wait_for_url("**/place/*")
    page.goto("/specialists?zip=23220&condition=hip-dislocation")
    tab_to(page, "a[href='tel:911']", stops)
    assert stops[-2]["href"] == "#main"  # the second stop of an emergency page is the call
    tab_to(page, "a[href*='stage=treated']", stops)
    page.keyboard.press("Enter")
    page.wait_for_url("**stage=treated")
    # Answered in place, the heading has the focus; what was asked stands right before it.
    expect(page.locator("h1")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("() => document.activeElement.matches('.again summary')")
    page.keyboard.press("Enter")
    tab_to(page, "input[name=zip]", stops)
    context.close()


def test_words_are_answered_without_scripts_and_an_emergency_is_seen_at_once(browser: Browser, server: Server) -> None:
    context = context_of(browser, server, java_script_enabled=False)
    page = context.new_page()
    page.set_viewport_size(size(PHONE))
    page.goto("/")
    page.get_by_label("Your ZIP code").fill("23220")
    page.get_by_label("in your own words").fill("torn labrum in my hip")
    page.get_by_role("button", name="Find specialists").click()
    expect(page.get_by_text("These people treat: Hip labral tear.")).to_be_visible()
    page.get_by_text("Change your search").click()
    expect(page.get_by_label("in your own words")).to_have_value("torn labrum in my hip")
    page.get_by_label("in your own words").fill("fell and can't get up")
    page.get_by_role("button", name="Find specialists").click()
    expect(page.get_by_role("link", name="Call 911", exact=True)).to_be_in_viewport()
    assert context.cookies() == []
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_small_screen_with_large_text_never_scrolls_sideways(browser: Browser, server: Server, language: str) -> None:
    context = context_of(browser, server, locale=language)
    page = context.new_page()
    page.set_viewport_size(size(SMALLEST))
    for path in PAGES:
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language
        page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
        page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("() => parseFloat(getComputedStyle(document.body).fontSize)") >= 32
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        too_wide = page.evaluate(
            """() => [...document.querySelectorAll('body *')].filter(one => !one.closest('.hidden, .skip')
                 && one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 90))"""
        )
        assert (wide, too_wide) == (SMALLEST[0], []), path
    context.close()


def test_targets_are_large_enough_for_a_thumb(browser: Browser, server: Server) -> None:
    context = context_of(browser, server)
    page = context.new_page()
    page.set_viewport_size(size(PHONE))
    for path in PAGES:
        page.goto(path)
        small = page.evaluate(
            """() => [...document.querySelectorAll('.button, input, select, summary, .views a, .stop a')]
                 .filter(one => one.offsetParent && one.getBoundingClientRect().height < 44).map(one => one.outerHTML)"""
        )
        assert small == [], path
    context.close()


def test_nothing_is_stored_and_nothing_comes_from_elsewhere(browser: Browser, server: Server) -> None:
    context = context_of(browser, server)
    page = context.new_page()
    asked: list[str] = []
    told: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    for path in PAGES:
        page.goto(path)
        assert page.evaluate(STORED) == [0, 0, "", 0, 0], path
    assert context.cookies() == []
    assert len(asked) > len(PAGES)
    assert [url for url in asked if not url.startswith(f"{server.address}/")] == []
    # A browser writes to its console what our own content policy stopped, and the faults that were asked for.
    assert [one for one in told if "status of 40" not in one] == []
    fonts = page.evaluate(
        "async () => { await document.fonts.ready; return [...document.fonts].map(one => one.status); }"
    )
    assert fonts == ["loaded"]
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(browser: Browser, server: Server, path: str, language: str) -> None:
    context = context_of(browser, server, locale=language)
    page = context.new_page()
    page.goto(path)
    page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate(Axe().axe_script)
    for scheme, rules in (("light", RULES), ("dark", COLOUR_RULES)):
        for viewport in (PHONE, DESKTOP):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size(size(viewport))
            found = page.evaluate("rules => axe.run(document, rules)", rules)
            told = [
                (one["id"], node["target"], node["failureSummary"])
                for one in found["violations"]
                for node in one["nodes"]
            ]
            assert told == [], (scheme, viewport)
            assert len(found["passes"]) > (10 if rules is RULES else 0)
    context.close()


def test_axe_would_find_something(browser: Browser, server: Server) -> None:
    context = context_of(browser, server)
    page = context.new_page()
    page.goto("/")
    page.evaluate("() => { document.querySelector('label').remove(); document.body.style.color = '#999'; }")
    page.evaluate(Axe().axe_script)
    found = page.evaluate("rules => axe.run(document, rules)", RULES)
    assert {"label", "color-contrast"} <= {one["id"] for one in found["violations"]}
    context.close()
