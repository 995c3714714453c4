"""Answers that come in place of the page: history, focus, and plain visits where anything is unexpected."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Route, expect

from tests.web import test_chromium, watched
from tests.web.watched import RESULTS, ZIP, in_place, is_same, live_region

browser, server, watch = test_chromium.browser, test_chromium.server, watched.watch


def test_an_answer_comes_in_place_and_back_and_forward_bring_all_back(watch: Any) -> None:
    watched = watch()
    page = watched.page
    page.goto("/")
    in_place(watched)
    page.get_by_label(ZIP).fill("23220")
    page.get_by_label("Or pick from the list").select_option("labral-tear")
    page.get_by_role("button", name="Find specialists").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Specialists near 23220: Hip labral tear")
    expect(heading).to_be_focused()
    expect(page).to_have_title("Specialists near 23220: Hip labral tear - Hip specialist finder")
    assert parse_qs(urlsplit(page.url).query)["condition"] == ["labral-tear"]
    expect(live_region(page)).to_contain_text("1 to 10 of")
    first = page.locator("li.card h3 a").first.inner_text()
    page.get_by_role("link", name="Next ones").click()
    expect(page.locator("li.card .number").first).to_contain_text("11")
    assert page.evaluate("() => scrollY") < 400
    page.get_by_role("link", name="Places", exact=True).click()
    expect(heading).to_contain_text("Places near 23220")
    page.go_back()
    expect(page.locator("li.card .number").first).to_contain_text("11")
    page.go_back()
    expect(page.locator("li.card h3 a").first).to_have_text(first)
    expect(page.get_by_role("link", name="Next ones")).to_be_focused()
    assert page.evaluate("() => scrollY") > 1000, "where it was left"
    page.go_back()
    expect(page.get_by_label(ZIP)).to_have_value("23220")
    expect(page).to_have_title("Find a hip specialist near you - Hip specialist finder")
    page.go_forward()
    expect(heading).to_have_text("Specialists near 23220: Hip labral tear")
    assert is_same(page)
    assert len(watched.loads) == 1
    # What stands in the address is the page that it would load.
    page.reload()
    expect(heading).to_have_text("Specialists near 23220: Hip labral tear")
    page.go_forward()
    expect(page.locator("li.card .number").first).to_contain_text("11")


def test_a_slip_an_emergency_and_another_language_come_in_place_too(watch: Any) -> None:
    watched = watch()
    page = watched.page
    page.goto(RESULTS)
    in_place(watched)
    page.get_by_text("Change your search").click()
    page.get_by_label(ZIP).fill("2322")
    page.get_by_role("button", name="Find specialists").click()
    alert = page.get_by_role("alert").filter(has_text="Please check one thing")
    expect(alert).to_be_focused()
    expect(page.get_by_label(ZIP)).to_have_value("2322")
    page.get_by_label(ZIP).fill("23220")
    page.locator("#q").fill("my hip popped out of the socket")
    page.get_by_role("button", name="Find specialists").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Call 911 now")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("link", name="Call 911", exact=True).first).to_be_in_viewport()
    page.get_by_role("link", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("heading", level=1)).to_have_text("Llame al 911 ahora")
    assert is_same(page)


def test_links_that_are_not_answers_are_left_to_the_browser(watch: Any) -> None:
    watched = watch()
    page = watched.page
    page.goto(RESULTS)
    in_place(watched)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Places", exact=True).click(modifiers=["Control"])
    opened.value.close()
    assert page.url.endswith(RESULTS)
    page.locator("a.skip").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#main")
    page.get_by_role("link", name="Places", exact=True).click()
    page.wait_for_url("**/places?*")
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Specialists near")
    assert is_same(page)
    page.locator("li.card h3 a").first.click()
    page.wait_for_url("**/specialist/*")
    assert not is_same(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Specialists near")


@pytest.mark.parametrize("trouble", ["status", "kind", "network", "stranger"])
def test_whatever_is_unexpected_is_a_plain_visit(watch: Any, trouble: str) -> None:
    watched = watch()
    page = watched.page
    page.goto(RESULTS)

    def answer(route: Route) -> None:
        if route.request.resource_type == "document":
            route.continue_()
        elif trouble == "network":
            route.abort()
        else:
            status = 503 if trouble == "status" else 200
            kind = "application/json" if trouble == "kind" else "text/html"
            body = "<!doctype html><title>Sign in to this network</title><h1>Sign in</h1>"
            route.fulfill(status=status, content_type=kind, body=body)

    page.route("**/places?*", answer)
    in_place(watched)
    page.get_by_role("link", name="Places", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Places near 23220")
    assert not is_same(page)


def test_a_later_click_wins(watch: Any) -> None:
    watched = watch()
    page = watched.page
    page.goto(RESULTS)
    held: list[Route] = []
    page.route("**/places?*", lambda route: held.append(route))
    in_place(watched)
    page.get_by_role("link", name="Places", exact=True).click()
    page.wait_for_function("() => document.querySelector('main').getAttribute('aria-busy') === 'true'")
    expect(live_region(page)).to_have_text("Looking for specialists ...")
    page.get_by_role("link", name="Next ones").click()
    expect(page.locator("li.card .number").first).to_contain_text("11")
    expect(page.locator("main")).not_to_have_attribute("aria-busy", "true")
    assert is_same(page)
    assert len(held) == 1
