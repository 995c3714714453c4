"""The finder in a hostile page of another origin, in a real browser, in each of the ways that docs/embed.md offers."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from tests.web import test_chromium
from tests.web.host_page import Host, hosting, page, policy
from tests.web.server import FINDER, Server, environment, serving
from tests.web.test_chromium import DESKTOP, PHONE, RULES, size

browser = test_chromium.browser
ZIP = "Your ZIP code or town"
WAYS = ("link", "iframe", "element")


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with hosting() as running:
        yield running


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory, host: Host) -> Iterator[tuple[Server, str]]:
    """A finder that the host's origin may show, and the host's key."""
    home = tmp_path_factory.mktemp("embedded") / "home"
    add = [FINDER, "site", "add", "Fern Valley", "--origin", host.origin, "--condition", "labral-tear"]
    subprocess.run([FINDER, "setup"], check=True, env=environment(home), stdout=subprocess.DEVNULL)
    told = subprocess.run(add, check=True, env=environment(home), capture_output=True, text=True).stdout
    key = re.search(r"\((fern-valley-\w+)\)", told)
    assert key
    with serving(home, FINDER_WORKERS="1", FINDER_PHONE="+18045550144") as running:
        yield running, key[1]


def snippets(server: Server, key: str, query: str = "") -> dict[str, str]:
    """Return what the snippet page says to put into a page, by way."""
    text = server.get(f"/embed/snippets/{key}?{query}").body.decode()
    codes = [html.unescape(one) for one in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", text, re.DOTALL)]
    return dict(zip(("link", "iframe", "shortcode", "element"), codes, strict=True))


class Visit:
    """A visit to the host's page, whose requests, policy and errors are watched."""

    def __init__(self, browser: Browser, host: Host, finder: Server, **options: object) -> None:
        self.context = browser.new_context(viewport=size(DESKTOP), **options)  # type: ignore[arg-type]
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.told: list[str] = []
        self.page.on("request", lambda one: self.asked.append(one.url))
        self.page.on("console", lambda one: self.told.append(one.text))
        self.page.on("pageerror", lambda one: self.told.append(str(one)))
        self._allowed = (f"{host.origin}/", f"{finder.address}/")
        self.url = f"{host.origin}/hips"

    def open(self) -> Page:
        self.page.goto(self.url)
        return self.page

    def end(self, *, told: bool = False) -> None:
        elsewhere = [one for one in self.asked if not one.startswith(self._allowed)]
        to_host = [one for one in self.asked if one.startswith(self._allowed[0])]
        assert elsewhere == []
        assert {one.rpartition("/")[2] for one in to_host} <= {"hips", "host.css", "favicon.ico"}
        if not told:
            assert [one for one in self.told if "favicon" not in one and "status of 40" not in one] == []
        self.context.close()


def put(host: Host, finder: Server, snippet: str, *, lang: str = "en") -> None:
    """Have the host show a snippet under its strict policy."""
    host.pages["/hips"] = page(snippet, lang=lang)
    # A strict policy stops the style attribute of the iframe; the script sets the same.
    host.headers["Content-Security-Policy"] = policy(finder.address)


def shown_in(page: Page, way: str) -> Page | FrameLocator | Locator:
    """Return what of a page the finder is drawn in."""
    if way == "iframe":
        return page.frame_locator("iframe")
    return page.locator("specialist-finder") if way == "element" else page


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
