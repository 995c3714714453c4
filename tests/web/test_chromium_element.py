"""The element in a page of another origin, in a real browser: its manners, and what it does where something fails."""

from __future__ import annotations

import re
import subprocess

import pytest
from playwright.sync_api import Browser, expect

from tests.web import embedded, test_chromium
from tests.web.embedded import ZIP, Visit, put, snippets
from tests.web.host_page import Host, page
from tests.web.server import FINDER, Server, environment, serving
from tests.web.test_chromium import DESKTOP, PHONE, size

browser, host, finder = test_chromium.browser, embedded.host, embedded.finder


def test_the_element_keeps_its_hands_off_the_page(browser: Browser, host: Host, finder: tuple[Server, str]) -> None:
    server, key = finder
    put(host, server, snippets(server, key)["element"])
    visit = Visit(browser, host, server)
    visit.page.add_init_script(
        "window.before = { length: history.length, names: new Set(Object.getOwnPropertyNames(window)) };"
    )
    at = visit.open()
    element = at.locator("specialist-finder")
    attributes = element.evaluate("one => one.getAttributeNames().join()")
    element.locator("form.search input[name=zip]").fill("23220")
    element.get_by_role("button", name="Find specialists").click()
    expect(element.locator("li.card").first).to_be_visible()
    element.get_by_role("link", name="Isaura Marmalade Amberwhistle, MD", exact=True).click()
    expect(element.get_by_text("What they do for hips")).to_be_visible()
    element.get_by_role("link", name="Back to the list").click()
    expect(element.locator("li.card").first).to_be_visible()
    element.get_by_text("Change your search").click()
    element.locator("form.search input[name=zip]").fill("1")
    element.get_by_role("button", name="Find specialists").click()
    element.locator(".error a").click()  # leads to the field, by an address of its own
    expect(element.locator("form.search input[name=zip]")).to_be_focused()
    assert at.url == visit.url
    assert element.evaluate("one => one.getAttributeNames().join()") == attributes
    assert at.evaluate("() => history.length === window.before.length")
    assert at.evaluate("() => [localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    new = at.evaluate(
        "() => Object.getOwnPropertyNames(window).filter(one => !window.before.names.has(one) && one !== 'before')"
    )
    assert new == []
    visit.end()


def test_focus_and_announcements_follow_inside_the_element(
    browser: Browser, host: Host, finder: tuple[Server, str]
) -> None:
    server, key = finder
    put(host, server, snippets(server, key)["element"])
    visit = Visit(browser, host, server)
    at = visit.open()
    element = at.locator("specialist-finder")
    element.locator("form.search input[name=zip]").fill("23220")
    at.keyboard.press("Enter")
    expect(element.locator(".h1")).to_be_focused()
    expect(element.locator("[role=status].hidden")).to_contain_text("1 to 10 of")
    element.locator("summary", has_text="Change your search").click()
    field = element.locator("form.search input[name=q]")
    field.fill("broke my hip and can't get up")
    expect(element.locator(".at-once")).to_contain_text("911")
    visit.end()


@pytest.mark.parametrize("trouble", ["down", "slow", "broken"])
def test_where_the_finder_is_away_the_plain_form_and_the_number_stay(
    browser: Browser, host: Host, finder: tuple[Server, str], trouble: str
) -> None:
    server, key = finder
    put(host, server, snippets(server, key)["element"])
    visit = Visit(browser, host, server)

    def answer(route: object) -> None:
        if trouble == "down":
            route.abort()  # type: ignore[attr-defined]
        elif trouble == "broken":
            route.fulfill(status=502, body="<h1>Bad gateway</h1>", content_type="text/html")  # type: ignore[attr-defined]
        # Else no answer comes for as long as the test lasts.

    visit.page.route("**/embed/part/**", answer)
    at = visit.open()
    expect(at.get_by_role("link", name="(804) 555-0144")).to_be_visible()
    at.get_by_label(ZIP).fill("23220")
    at.get_by_role("button", name="Find specialists").click()
    at.wait_for_url(f"{server.address}/embed/page/{key}/specialists**")
    expect(at.locator("li.card").first).to_contain_text("Amberwhistle")
    visit.end(told=True)


def test_what_was_typed_before_the_element_came_is_kept(
    browser: Browser, host: Host, finder: tuple[Server, str]
) -> None:
    server, key = finder
    put(host, server, snippets(server, key)["element"])
    visit = Visit(browser, host, server)
    waiting: list[object] = []
    visit.page.route("**/embed/part/**", lambda route: waiting.append(route))
    at = visit.open()
    at.get_by_label(ZIP).press_sequentially("232")
    while not waiting:
        at.wait_for_timeout(20)
    waiting[0].continue_()  # type: ignore[attr-defined]
    field = at.locator("specialist-finder form.search input[name=zip]")
    expect(field).to_have_value("232")
    expect(field).to_be_focused()
    at.keyboard.type("20")
    expect(field).to_have_value("23220")
    visit.end()


def test_several_stand_on_one_page_each_with_its_own(browser: Browser, host: Host, finder: tuple[Server, str]) -> None:
    server, key = finder
    one = snippets(server, key)["element"]
    other = one.replace("labral-tear", "hip-dysplasia").replace(
        "<specialist-finder", '<specialist-finder lang="es" zip="24011"'
    )
    put(host, server, one + other)
    visit = Visit(browser, host, server)
    at = visit.open()
    first, second = at.locator("specialist-finder").first, at.locator("specialist-finder").last
    expect(second.locator("li.card").first).to_be_visible()
    expect(second.locator(".body")).to_have_attribute("lang", "es")
    first.locator("form.search input[name=zip]").fill("23220")
    first.get_by_role("button", name="Find specialists").click()
    expect(first.locator(".h1")).to_contain_text("Specialists near 23220: Hip labral tear")
    expect(second.locator(".h1")).to_contain_text("24011")
    visit.end()


def test_the_page_around_sets_the_look_by_custom_properties_and_parts(
    browser: Browser, host: Host, finder: tuple[Server, str]
) -> None:
    server, key = finder
    put(host, server, snippets(server, key)["element"])
    style = host.style
    host.style += "specialist-finder { --sf-brand: #6a1b4d; --sf-radius: 0px; } specialist-finder::part(heading) { letter-spacing: 3px; }"
    visit = Visit(browser, host, server)
    try:
        at = visit.open()
        button = at.locator("specialist-finder").get_by_role("button", name="Find specialists")
        expect(button).to_have_css("background-color", "rgb(106, 27, 77)")
        expect(button).to_have_css("border-radius", "0px")
        expect(at.locator("specialist-finder .h1")).to_have_css("letter-spacing", "3px")
    finally:
        host.style = style
    visit.end()


@pytest.mark.parametrize(
    "around",
    [
        "display: flex", "display: flex; flex-direction: column; align-items: center", "display: grid; justify-items: center",
        "display: inline-block", "float: left", "display: table-cell", "columns: 1",
    ],
)  # fmt: skip
def test_the_element_is_as_wide_as_what_it_stands_in(
    browser: Browser, host: Host, finder: tuple[Server, str], around: str
) -> None:
    server, key = finder
    host.headers.clear()
    style, host.style = host.style, f"body {{ margin: 0; font: 16px/1.5 sans-serif; }} .around {{ {around} }}"
    host.pages["/hips"] = page(f'<div class="around">{snippets(server, key)["element"]}</div>')
    visit = Visit(browser, host, server)
    try:
        for width in (DESKTOP, PHONE):
            visit.page.set_viewport_size(size(width))
            at = visit.open()
            expect(at.locator("specialist-finder form.search")).to_be_visible()
            wide = at.locator("specialist-finder").evaluate("one => one.getBoundingClientRect().width")
            # What goes by the width of what is in it gives us what we ask for at least.
            by_us = any(one in around for one in ("table", "inline", "float"))
            assert wide >= (300 if by_us else width[0] - 20)
            assert at.evaluate("() => document.documentElement.scrollWidth") <= width[0]
    finally:
        host.style = style
    visit.end(told=True)


def test_a_report_from_the_element_is_thanked_for(browser: Browser, host: Host, finder: tuple[Server, str]) -> None:
    server, key = finder
    put(host, server, snippets(server, key)["element"].replace("<specialist-finder", '<specialist-finder zip="23220"'))
    visit = Visit(browser, host, server)
    at = visit.open()
    element = at.locator("specialist-finder")
    element.locator("li.card").first.get_by_role("link", name="Something is wrong").click()
    element.get_by_label("The phone number is wrong").check()
    element.get_by_role("button", name="Send").click()
    expect(element.locator(".h1")).to_contain_text("Thank you")
    assert at.url == visit.url
    visit.end()


def test_where_the_finder_goes_away_in_between_all_that_was_typed_stays(
    browser: Browser, host: Host, finder: tuple[Server, str]
) -> None:
    server, key = finder
    put(host, server, snippets(server, key)["element"])
    visit = Visit(browser, host, server)
    at = visit.open()
    element = at.locator("specialist-finder")
    element.locator("form.search input[name=zip]").fill("23220")
    element.locator("form.search input[name=q]").fill("fell and can't get up")
    at.route("**/embed/part/**", lambda route: route.abort())
    element.get_by_role("button", name="Find specialists").click()
    note = element.locator(".failed")
    expect(note).to_be_focused()
    expect(note).to_contain_text("did not load")
    expect(element.locator("form.search input[name=q]")).to_have_value("fell and can't get up")
    expect(element.locator(".always")).to_be_visible()
    at.unroute("**/embed/part/**")
    note.get_by_role("button", name="Try again").click()
    expect(element.get_by_role("link", name="Call 911")).to_be_visible()
    visit.end(told=True)


def test_where_searches_are_private_a_person_leads_back_to_the_list(
    browser: Browser, host: Host, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("embedded") / "home"
    add = [FINDER, "site", "add", "Fern Valley", "--origin", host.origin]
    subprocess.run([FINDER, "setup"], check=True, env=environment(home), stdout=subprocess.DEVNULL)
    told = subprocess.run(add, check=True, env=environment(home), capture_output=True, text=True).stdout
    key = re.search(r"\((fern-valley-\w+)\)", told)
    assert key
    with serving(home, FINDER_WORKERS="1", FINDER_PRIVATE_SEARCH="post") as server:
        put(host, server, snippets(server, key[1])["element"])
        visit = Visit(browser, host, server)
        at = visit.open()
        element = at.locator("specialist-finder")
        element.locator("form.search input[name=zip]").fill("23220")
        element.locator("form.search input[name=q]").fill("torn labrum in my hip")
        element.get_by_role("button", name="Find specialists").click()
        third = element.locator("li.card .h3 a").nth(2)
        name = third.text_content() or ""
        third.click()
        expect(element.locator(".h1")).to_have_text(name)
        element.get_by_role("button", name="Back to the list").click()
        expect(element.locator("li.card")).not_to_have_count(0)
        expect(third).to_be_focused()
        element.get_by_role("button", name="Next ones").click()
        expect(element.locator(".number").first).to_contain_text("11")
        assert not [one for one in visit.asked if "23220" in one or "labrum" in one]
        visit.end()
