"""A page of a real browser that is watched: nothing may be stopped, broken, stored or asked of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.web.server import Server
from tests.web.test_chromium import STORED, context_of

RESULTS = "/specialists?zip=23220&condition=labral-tear"
WORDS, ZIP = "in your own words", "Your ZIP code or town"
# Whatever our content policy stops is heard before any of our own scripts runs.
LISTEN = """() => { window.stopped = [];
  addEventListener("securitypolicyviolation", one => window.stopped.push(`${one.violatedDirective} ${one.blockedURI}`)); }"""


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
