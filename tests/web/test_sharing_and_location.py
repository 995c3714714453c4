"""A link to share and one's own location, with scripts; and what is left without them."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.web import test_chromium, watched
from tests.web.server import Server
from tests.web.test_chromium import context_of
from tests.web.watched import RESULTS, ZIP

browser, server, watch = test_chromium.browser, test_chromium.server, watched.watch


def test_a_copied_link_has_what_was_understood_and_not_the_words(watch: Any) -> None:
    watched = watch(permissions=["clipboard-read", "clipboard-write"])
    page = watched.page
    page.goto("/specialists?zip=23220&q=torn+labrum+in+my+hip&age=30&lang=en")
    button = page.get_by_role("button", name="Copy a link to this list")
    button.click()
    expect(page.locator(".share [role=status]")).to_have_text("The link is copied. Your own words are not in it.")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert parse_qs(urlsplit(copied).query) == {"zip": ["23220"], "condition": ["labral-tear"], "age": ["30"]}
    expect(page.locator(".share .address")).to_be_visible()
    names = page.locator("li.card h3").all_inner_texts()
    page.goto(copied)
    assert page.locator("li.card h3").all_inner_texts() == names


def test_where_copying_is_not_allowed_the_link_is_shown_to_be_copied(watch: Any) -> None:
    watched = watch()
    page = watched.page
    page.add_init_script("() => Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(RESULTS)
    page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    expect(page.locator(".share .address")).to_be_hidden()
    page.get_by_role("button", name="Copy a link to this list").click()
    expect(page.locator(".share .address")).to_be_visible()
    assert "condition=labral-tear" in page.evaluate("() => getSelection().toString()")


def test_a_location_is_rounded_before_it_is_sent(watch: Any) -> None:
    at = {"latitude": 37.553891, "longitude": -77.460263}
    watched = watch(permissions=["geolocation"], geolocation=at)
    page = watched.page
    page.goto("/")
    page.get_by_role("button", name="Use my location").click()
    expect(page.locator("#here")).to_contain_text("to about a mile")
    page.get_by_label("Or pick from the list").select_option("labral-tear")
    page.get_by_role("button", name="Find specialists").click()
    expect(page.get_by_text("from where you are, near Richmond, VA")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["near"] == ["37.55,-77.46"]
    assert [one for one in watched.requests if "37.553" in one or "77.460" in one] == []
    # A ZIP code typed afterwards takes its place.
    page.get_by_text("Change your search").click()
    expect(page.locator(".search input[name=near]")).to_have_count(1)
    page.get_by_label(ZIP).fill("99723")
    page.get_by_role("button", name="Find specialists").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("near 99723")
    assert "near" not in parse_qs(urlsplit(page.url).query)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        (37.553891, -77.460263),
        (64.837845, -147.716675),
        (71.290556, -156.788611),
        (13.444304, 144.793731),
        (18.1, -65.9),
    ],
)
def test_what_is_sent_is_about_a_mile_wide(watch: Any, latitude: float, longitude: float) -> None:
    page = watch(permissions=["geolocation"], geolocation={"latitude": latitude, "longitude": longitude}).page
    page.goto("/")
    page.get_by_role("button", name="Use my location").click()
    near = page.locator(".search input[name=near]")
    expect(near).to_have_count(1)
    text = near.get_attribute("value") or ""
    north, east = (float(part) for part in text.split(","))
    assert all(len(part.partition(".")[2]) == 2 for part in text.split(","))
    step = math.ceil(1 / math.cos(math.radians(latitude)))
    assert abs(north - latitude) <= 0.005 + 1e-9
    assert abs(east - longitude) <= step * 0.005 + 1e-9
    assert round(east * 100) % step == 0
    miles = step * 0.01 * math.cos(math.radians(latitude)) * 69.17
    assert 0.65 < miles < 1.4


def test_a_denied_location_is_told_beside_the_field(watch: Any) -> None:
    page = watch().page
    page.goto("/")
    assert page.evaluate("() => document.featurePolicy?.allowsFeature('geolocation') ?? true")
    page.evaluate(
        """() => { navigator.geolocation.getCurrentPosition = (found, failed) => failed({ code: 1, PERMISSION_DENIED: 1 }); }"""
    )
    page.get_by_role("button", name="Use my location").click()
    expect(page.locator("#here")).to_have_text(
        "Your device did not let us see where you are. Type your ZIP code or town instead."
    )
    expect(page.get_by_label(ZIP)).to_be_focused()
    expect(page.get_by_label(ZIP)).to_have_attribute("aria-describedby", "zip-hint here")


def test_without_scripts_nothing_is_offered_that_needs_them(browser: Browser, server: Server) -> None:
    context = context_of(browser, server, java_script_enabled=False)
    page = context.new_page()
    page.goto(RESULTS)
    page.get_by_text("Change your search").click()
    for name in ("Use my location", "Copy a link to this list"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.get_by_role("link", name="Places", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Places near 23220")
    context.close()
