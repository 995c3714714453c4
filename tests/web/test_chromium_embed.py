"""The finder in a hostile page of another origin, in a real browser, in each of the ways that docs/embed.md offers."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.web import embedded, test_chromium
from tests.web.embedded import WAYS, ZIP, Visit, put, shown_in, snippets
from tests.web.host_page import Host, hosting, page
from tests.web.server import Server
from tests.web.test_chromium import DESKTOP, PHONE, RULES, size

browser, host, finder = test_chromium.browser, embedded.host, embedded.finder


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize("way", WAYS)
def test_each_way_is_shown_unharmed_and_searches(
    browser: Browser, host: Host, finder: tuple[Server, str], way: str, width: tuple[int, int]
) -> None:
    server, key = finder
    put(host, server, snippets(server, key)[way])
    visit = Visit(browser, host, server)
    visit.page.set_viewport_size(size(width))
    at = visit.open()
    inside = shown_in(at, way)
    if way == "link":
        at.get_by_label(ZIP).fill("23220")
        at.get_by_role("button", name="Find specialists").click()
        at.wait_for_url(f"{server.address}/embed/page/{key}/specialists**")
        expect(at.get_by_role("link", name="Back to Fern Valley")).to_have_attribute("href", f"{host.origin}/")
    else:
        inside.locator("form.search input[name=zip]").fill("23220")
        inside.get_by_role("button", name="Find specialists").click()
    card = inside.locator("li.card").first
    expect(card).to_contain_text("Amberwhistle")
    if way != "link":
        assert at.url == visit.url
        box = card.bounding_box()
        assert box
        assert box["width"] > min(300, width[0] * 0.7)
        look = card.locator(".button").evaluate(
            "one => { const s = getComputedStyle(one); return [s.backgroundColor, parseFloat(s.fontSize), s.direction, s.fontStyle]; }"
        )
        assert look[0] == "rgb(11, 79, 99)"
        assert look[1] >= 18
        assert look[2:] == ["ltr", "normal"]
        assert at.evaluate("() => document.documentElement.scrollWidth") <= width[0]
    visit.end()


@pytest.mark.parametrize("way", ["iframe", "element"])
def test_axe_finds_nothing_inside_the_host(browser: Browser, host: Host, finder: tuple[Server, str], way: str) -> None:
    server, key = finder
    host.pages["/hips"] = page(snippets(server, key, "language=en")[way].replace("site=", 'heading-level="3" site='))
    host.headers.clear()
    style, host.style = host.style, "body { font: 16px/1.5 sans-serif; }"
    visit = Visit(browser, host, server)
    try:
        at = visit.open()
        inside = shown_in(at, way)
        for shown in (None, "23220", "1"):
            if shown:
                if inside.get_by_text("Change your search").count():
                    inside.get_by_text("Change your search").click()
                inside.locator("form.search input[name=zip]").first.fill(shown)
                inside.get_by_role("button", name="Find specialists").first.click()
                expect(inside.locator("li.card, .error").first).to_be_visible()
            found = Axe().run(at, options=RULES).response["violations"]
            assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
    finally:
        host.style = style
    visit.end(told=True)


def test_the_iframe_follows_what_is_in_it(browser: Browser, host: Host, finder: tuple[Server, str]) -> None:
    server, key = finder
    put(host, server, snippets(server, key)["iframe"])
    visit = Visit(browser, host, server)
    at = visit.open()
    frame, inside = at.locator("iframe"), at.frame_locator("iframe")

    def height() -> float:
        return float(frame.evaluate("one => one.getBoundingClientRect().height"))

    def fits() -> None:
        at.wait_for_function(
            "() => Math.abs(document.querySelector('iframe').getBoundingClientRect().height - 760) > 5"
        )
        within = inside.locator("body").evaluate("one => one.getBoundingClientRect().height")
        assert abs(height() - within) <= 2

    expect(inside.get_by_role("button", name="Find specialists")).to_be_visible()
    fits()
    form = height()
    inside.get_by_text("More choices").click()
    at.wait_for_function(f"() => document.querySelector('iframe').getBoundingClientRect().height > {form + 100}")
    inside.get_by_text("More choices").click()
    at.wait_for_function(f"() => document.querySelector('iframe').getBoundingClientRect().height <= {form + 2}")
    inside.get_by_label(ZIP).fill("23220")
    inside.get_by_role("button", name="Find specialists").click()
    expect(inside.locator("li.card").first).to_be_visible()
    at.wait_for_function("() => document.querySelector('iframe').getBoundingClientRect().height > 3000")
    fits()
    at.evaluate("() => scrollTo(0, 99999)")
    inside.get_by_role("link", name="Next ones").click()
    expect(inside.locator(".number").first).to_contain_text("11")
    at.wait_for_function("() => document.querySelector('iframe').getBoundingClientRect().top >= -1")
    assert at.url == visit.url
    visit.end(told=True)


def test_a_page_of_another_origin_can_neither_frame_nor_fetch(
    browser: Browser, host: Host, finder: tuple[Server, str]
) -> None:
    server, key = finder
    with hosting() as other:
        for way in ("iframe", "element"):
            for named in (True, False):
                snippet = snippets(server, key)[way]
                put(other, server, snippet if named else snippet.replace("strict-origin", "no-referrer"))
                visit = Visit(browser, other, server)
                at = visit.open()
                if way == "element":
                    expect(at.locator("specialist-finder small")).to_contain_text(f"{other.origin} may not show")
                    expect(at.locator("specialist-finder form input[name=zip]")).to_be_visible()
                elif not named:
                    at.wait_for_timeout(1500)
                    assert at.frames[1].url.startswith("chrome-error:")
                else:
                    inside = at.frame_locator("iframe")
                    expect(inside.get_by_role("heading", level=1)).to_have_text("The finder cannot be shown here")
                    expect(inside.get_by_text(f"{other.origin} may not show")).to_be_visible()
                told = " ".join(visit.told)
                assert (
                    "frame-ancestors" in told
                    or "site_origin_refused" in told
                    or "may not show" in told
                    or "403" in told
                )
                assert not any(
                    "Amberwhistle" in frame.content() for frame in at.frames if "chrome-error" not in frame.url
                )
                visit.end(told=True)


@pytest.mark.parametrize("way", WAYS)
def test_without_scripts_the_page_still_offers_what_it_can(
    browser: Browser, host: Host, finder: tuple[Server, str], way: str
) -> None:
    server, key = finder
    put(host, server, snippets(server, key)[way])
    visit = Visit(browser, host, server, java_script_enabled=False)
    at = visit.open()
    inside = shown_in(at, way) if way == "iframe" else at
    inside.get_by_label(ZIP).fill("23220")
    inside.get_by_role("button", name="Find specialists").first.click()
    expect(inside.locator("li.card").first).to_contain_text("Amberwhistle")
    visit.end(told=True)


def test_a_script_of_the_host_reads_what_the_documentation_says(
    browser: Browser, host: Host, finder: tuple[Server, str]
) -> None:
    """The table in docs/embed.md: all of the element, nothing of the iframe."""
    server, key = finder
    text = snippets(server, key)
    put(host, server, text["element"] + text["iframe"])
    visit = Visit(browser, host, server)
    at = visit.open()
    inside = at.frame_locator("iframe")
    expect(inside.get_by_role("button", name="Find specialists")).to_be_visible()
    at.locator("specialist-finder form.search input[name=zip]").fill("23220")
    read = at.evaluate(
        "() => document.querySelector('specialist-finder').shadowRoot.querySelector('input[name=zip]').value"
    )
    assert read == "23220"
    assert at.evaluate("() => document.querySelector('iframe').contentDocument") is None
    heard = at.evaluate(
        """() => new Promise(done => { const heard = []; addEventListener('message', one => heard.push(JSON.stringify(one.data)));
          setTimeout(() => done(heard), 1500); document.querySelector('iframe').width = 400; })"""
    )
    assert all(re.fullmatch(r'\{"specialistFinder":\{"height":\d+,"page":[\d.]+\}\}', one) for one in heard)
    visit.end(told=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_axe_finds_nothing_on_the_pages_of_web_teams_and_of_each_face(
    browser: Browser, host: Host, finder: tuple[Server, str], width: tuple[int, int], scheme: str
) -> None:
    server, key = finder
    context = browser.new_context(base_url=server.address, viewport=size(width), color_scheme=scheme)
    at = context.new_page()
    asked = "specialists?zip=23220&condition=labral-tear"
    paths = ("/embed/doctor", f"/embed/snippets/{key}?pinned=yes", *(f"/embed/{face}/{key}/{asked}" for face in ("page", "frame", "frame-auto")))  # fmt: skip
    for path in paths:
        at.goto(path)
        if path.endswith("doctor"):
            at.get_by_label("Policy, headers or HTML").fill(
                "Content-Security-Policy: default-src 'self'; script-src 'nonce-x'"
            )
            at.get_by_role("button", name="Examine").click()
            expect(at.get_by_role("heading", name="Something must change", exact=True)).to_be_visible()
        at.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
        if "snippets" in path:
            expect(at.locator("specialist-finder form.search")).to_be_visible()
        found = Axe().run(at, options=RULES).response["violations"]
        assert [(path, one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
        assert at.evaluate("() => document.documentElement.scrollWidth") <= width[0], path
    context.close()
