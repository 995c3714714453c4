"""The desk in a real browser: signed in over the real server, watched, and held to axe in light and dark."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.web.admin.conftest import PASSWORD
from tests.web.server import FINDER, Server, environment, serving
from tests.web.test_chromium import DESKTOP, PHONE, RULES, context_of, size

ADMIN = "Ada Fern"
STOPPED = "window.stopped = []; addEventListener('securitypolicyviolation', event => stopped.push(event.violatedDirective + ' ' + event.blockedURI))"  # fmt: skip


def command(home: Path, *arguments: str, given: str = "") -> str:
    """Run a command over a home; return what it printed."""
    done = subprocess.run(
        [FINDER, *arguments], env=environment(home), input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def desk_server(home: Path) -> Iterator[Server]:
    """Run the server over the demo with an administrator."""
    command(home, "setup", "--demo")
    command(home, "staff", "add", ADMIN, "--role", "administrator", "--password-stdin", given=f"{PASSWORD}\n")
    with serving(home, FINDER_WORKERS="1") as running:
        yield running


def sign_in(browser: Browser, server: Server, name: str = ADMIN, **options: object) -> tuple[BrowserContext, Page]:
    """Return a page of somebody who has signed in."""
    context = context_of(browser, server, **options)
    page = context.new_page()
    page.add_init_script(STOPPED)
    page.goto("/admin/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")
    return context, page


def assert_accessible(page: Page, what: str) -> None:
    """See that axe finds nothing wrong, light and dark, wide and narrow, and that nothing is cut off or stopped."""
    page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate(Axe().axe_script)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for viewport in (DESKTOP, PHONE):
            page.set_viewport_size(size(viewport))
            found = page.evaluate("rules => axe.run(document, rules)", RULES)
            wrong = [
                (one["id"], node["target"], node.get("failureSummary"))
                for one in found["violations"]
                for node in one["nodes"]
            ]
            assert wrong == [], (what, scheme, viewport)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (what, viewport, "is cut off")
    assert page.evaluate("stopped") == [], what
