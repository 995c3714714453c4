"""What scripts make quicker, in a real browser: suggestions, answers in place, sharing, location, private search."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.web import test_chromium
from tests.web.server import Server, serving
from tests.web.test_chromium import COLOUR_RULES, PHONE, RULES, SMALLEST, STORED, context_of, size

browser, server = test_chromium.browser, test_chromium.server
RESULTS = "/specialists?zip=23220&condition=labral-tear"
WORDS, ZIP = "in your own words", "Your ZIP code or town"
# Whatever our content policy stops is heard before any of our own scripts runs.
LISTEN = """() => { window.stopped = [];
  addEventListener("securitypolicyviolation", one => window.stopped.push(`${one.violatedDirective} ${one.blockedURI}`)); }"""


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of a hospital that keeps what is asked out of addresses."""
    home = tmp_path_factory.mktemp("private") / "home"
    with serving(home, FINDER_WORKERS="1", FINDER_PRIVATE_SEARCH="post") as running:
        yield running


class Watched:
    """A page whose console, policy and requests are watched; at the end nothing may have been wrong with them."""

    def __init__(self, context: BrowserContext, at: Server) -> None:
        self.page = context.new_page()
        self.requests: list[str] = []
        self.loads: list[str] = []
        self._told: list[str] = []
        self._server, self._context = at, context
        self.page.add_init_script(f"({LISTEN})()")
        self.page.on("request", lambda one: self.requests.append(f"{one.method} {one.url}"))
        self.page.on("console", lambda one: self._told.append(one.text))
        self.page.on("pageerror", lambda one: self._told.append(str(one)))
        self.page.on("load", lambda page: self.loads.append(page.url))

    def end(self) -> None:
        """See that nothing was stopped, broken, stored or asked of others."""
        assert self.page.evaluate("() => window.stopped") == []
        assert [one for one in self._told if "status of" not in one and "ERR_FAILED" not in one] == []
        assert [one for one in self.requests if f" {self._server.address}/" not in one] == []
        assert self.page.evaluate(STORED) == [0, 0, "", 0, 0]
        assert self._context.cookies() == []
        self._context.close()


@pytest.fixture
def watch(browser: Browser, server: Server) -> Iterator[Any]:
    """Open watched pages."""
    opened: list[Watched] = []

    def open_page(**options: Any) -> Watched:
        opened.append(Watched(context_of(browser, server, **options), server))
        return opened[-1]

    yield open_page
    for one in opened:
        one.end()


def in_place(watched: Watched) -> Page:
    """Return a page that must not be loaded anew from now on."""
    watched.page.evaluate("() => { window.same = true; }")
    return watched.page


def is_same(page: Page) -> bool:
    return bool(page.evaluate("() => window.same === true"))


def until(true: Callable[[], bool], page: Page) -> None:
    """Let the browser go on until something is so."""
    for _ in range(200):
        if true():
            return
        page.wait_for_timeout(25)
    raise AssertionError("it did not come to pass")


def live_region(page: Page) -> Any:
    return page.locator("body > p.hidden[role=status]")


# ---- suggestions


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
    alert = page.locator(".now[role=alert]")
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
    field.fill("hip hurts a little")
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


# ---- answers in place


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


# ---- sharing


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


# ---- one's own location


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


# ---- without scripts, private, and for everyone


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
        page.go_back()
        expect(page.get_by_role("button", name="Springfield VA")).to_be_visible()
    assert len(visited) > 5
    assert [url for url in (*visited, *asked) if urlsplit(url).query not in ("", "lang=en", "lang=es")] == []
    assert [url for url in visited if "23220" in url or "labr" in url or "Springfield" in url] == []
    context.close()


def test_what_scripts_show_is_accessible(watch: Any) -> None:
    page = watch().page
    for words, shown in (("torn lab", ".choices li"), ("fell and can't get up", ".now .stop")):
        page.goto("/")
        page.locator("#q").fill(words)
        expect(page.locator(shown).first).to_be_visible()
        page.locator("#q").press("ArrowDown")
        page.evaluate(Axe().axe_script)
        for scheme, rules in (("light", RULES), ("dark", COLOUR_RULES)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found = page.evaluate("rules => axe.run(document, rules)", rules)
            assert [(one["id"], node["target"]) for one in found["violations"] for node in one["nodes"]] == []


# ---- the weight


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
