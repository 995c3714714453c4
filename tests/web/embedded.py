"""A visit to a page that shows the finder: the host's server, a finder that knows it, and what is watched."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page

from tests.web.host_page import Host, hosting, page, policy
from tests.web.server import FINDER, Server, environment, serving
from tests.web.test_chromium import DESKTOP, size

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


def put(host: Host, finder: Server, snippet: str) -> None:
    """Have the host show a snippet under its strict policy."""
    host.pages["/hips"] = page(snippet)
    # A strict policy stops the style attribute of the iframe; the script sets the same.
    host.headers["Content-Security-Policy"] = policy(finder.address)


def shown_in(page: Page, way: str) -> Page | FrameLocator | Locator:
    """Return what of a page the finder is drawn in."""
    if way == "iframe":
        return page.frame_locator("iframe")
    return page.locator("specialist-finder") if way == "element" else page
