"""A private journey in a real browser, and the weight of a page on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.web import test_chromium
from tests.web.server import Server, serving
from tests.web.test_chromium import PHONE, STORED, context_of, size
from tests.web.watched import RESULTS, WORDS, ZIP

browser, server = test_chromium.browser, test_chromium.server


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of a hospital that keeps what is asked out of addresses."""
    home = tmp_path_factory.mktemp("private") / "home"
    with serving(home, FINDER_WORKERS="1", FINDER_PRIVATE_SEARCH="post") as running:
        yield running


@pytest.mark.parametrize("scripts", [True, False])
def test_a_private_journey_shows_no_question_in_any_address(
    browser: Browser,
    private: Server,
    scripts: bool,
) -> None:
    context = context_of(browser, private, java_script_enabled=scripts)
    page = context.new_page()
    asked: list[str] = []
    visited: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("framenavigated", lambda frame: visited.append(frame.url))
    page.goto("/")
    page.get_by_label(ZIP).fill("23220")
    page.get_by_label(WORDS).fill("torn labrum in my hip")
    page.get_by_role("button", name="Find specialists").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Specialists near 23220: Hip labral tear")
    page.get_by_role("button", name="Next ones").click()
    expect(page.locator("li.card .number").first).to_contain_text("11")
    page.get_by_role("button", name="Nearer ones").click()
    page.get_by_role("button", name="Places", exact=True).click()
    expect(heading).to_contain_text("Places near 23220")
    page.get_by_role("button", name="People", exact=True).click()
    expect(heading).to_contain_text("Specialists near 23220")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.get_by_role("button", name="English").click()
    expect(heading).to_have_text("Specialists near 23220: Hip labral tear")
    page.get_by_text("Change your search").click()
    page.get_by_label(ZIP).fill("Springfield")
    page.get_by_role("button", name="Find specialists").click()
    page.get_by_role("button", name="Springfield VA").click()
    expect(heading).to_contain_text("Springfield, VA")
    if scripts:
        page.locator("li.card h3 a").first.click()
        page.wait_for_url("**/specialist/*")
        page.go_back()
        expect(heading).to_contain_text("Springfield, VA")
        page.get_by_role("button", name="A list to print and take along").click()
        page.wait_for_url("**/specialists/print")
        page.get_by_role("button", name="Back to the list").click()
        expect(heading).to_contain_text("Specialists near Springfield, VA")
        page.go_back()
        page.go_back()
        expect(heading).to_contain_text("Springfield, VA")
        page.go_back()
        expect(page.get_by_role("button", name="Springfield VA")).to_be_visible()
    assert len(visited) > 5
    assert [url for url in (*visited, *asked) if urlsplit(url).query not in ("", "lang=en", "lang=es")] == []
    assert [url for url in visited if "23220" in url or "labr" in url or "Springfield" in url] == []
    context.close()


def test_a_page_of_ten_is_light_and_comes_from_here_alone(browser: Browser, server: Server) -> None:
    context = context_of(browser, server)
    page = context.new_page()
    page.set_viewport_size(size(PHONE))
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    sizes: dict[str, float] = {}
    urls: dict[str, str] = {}
    codings: dict[str, str] = {}
    devtools.on("Network.requestWillBeSent", lambda told: urls.update({told["requestId"]: told["request"]["url"]}))
    devtools.on(
        "Network.responseReceived",
        lambda told: codings.update(
            {
                told["response"]["url"]: {
                    name.lower(): value for name, value in told["response"]["headers"].items()
                }.get("content-encoding", "")
            }
        ),
    )
    devtools.on("Network.loadingFinished", lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]}))
    page.goto(RESULTS, wait_until="networkidle")
    page.evaluate("() => document.fonts.ready")
    assert page.locator("li.card").count() == 10
    assert all(url.startswith(f"{server.address}/") for url in urls.values())
    kinds = {url.rpartition(".")[2] for url in urls.values() if "/static/" in url}
    assert {"css", "js", "woff2"} <= kinds
    packed = {url.rpartition(".")[2][:3]: coding for url, coding in codings.items()}
    assert packed["css"] in ("br", "gzip")
    assert len(sizes) >= 4
    # Headless, it fetches no icon: that is added as it lies.
    icon = page.locator("link[rel=icon]").get_attribute("href") or ""
    assert sum(sizes.values()) + len(server.get(icon).body) <= 60_000, sizes
    assert context.cookies() == []
    assert page.evaluate(STORED) == [0, 0, "", 0, 0]
    context.close()
