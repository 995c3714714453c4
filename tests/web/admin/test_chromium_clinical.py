"""Clinical review in a real browser: signed, a letter changed, lapsed; a red flag by two people; axe on every page."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.web.server import FINDER, Server, environment, serving
from tests.web.test_chromium import DESKTOP, PHONE, RULES, browser, context_of, size

PASSWORD = "three brown teapots"
ROW = "/admin/clinical/condition/labral-tear"
FLAG = "/admin/clinical/red_flag/trauma-cannot-bear-weight"
PAGES = (
    "/admin/clinical",
    "/admin/clinical?state=lapsed&kind=condition&language=en",
    f"{ROW}/en",
    "/admin/clinical/condition/hip-dislocation/es?zip=23220&zip=00000",
    f"{FLAG}/es",
    "/admin/clinical/card/call-911/en",
    "/admin/clinical/context_rule/baby-not-911/en",
    "/admin/clinical/procedure/total-hip-replacement/en",
    "/admin/clinical/profile/hip-preservation/es",
    f"{ROW}/edit",
    "/admin/clinical/try",
    "/admin/coverage",
    "/admin/coverage?work=total-hip-replacement&area=VA",
    "/admin/coverage?work=ddh-infant&area=ZZ",
)
__all__ = ["browser"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server over the demo, with two reviewers."""
    home = tmp_path_factory.mktemp("desk") / "home"
    with serving(home, FINDER_WORKERS="1") as running:
        for name in ("Dr. Fern", "Dr. Moss"):
            subprocess.run(
                [FINDER, "staff", "add", name, "--role", "clinical_reviewer", "--password-stdin"], check=True,
                env=environment(home), input=f"{PASSWORD}\n".encode(), capture_output=True,
            )  # fmt: skip
        yield running


def signed_in(browser: Browser, server: Server, name: str, **more: object) -> tuple[BrowserContext, Page]:
    context = context_of(browser, server, **more)
    page = context.new_page()
    page.goto("/admin/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return context, page


def sign(page: Page, sheet: str) -> None:
    page.goto(sheet)
    page.get_by_label("I read all of this sheet.").check()
    page.get_by_role("button", name="Sign as").click()
    expect(page.get_by_role("status")).to_contain_text("You have signed it.")


def patients_read(browser: Browser, server: Server) -> str:
    """Return what someone reads who comes anew: a page that was seen before is kept for five minutes."""
    context = context_of(browser, server)
    page = context.new_page()
    page.goto("/problem/labral-tear")
    told = page.get_by_role("main").inner_text()
    context.close()
    return told


def test_a_row_is_signed_a_letter_changed_and_it_lapses(browser: Browser, server: Server) -> None:
    context, page = signed_in(browser, server, "Dr. Fern")
    label = "not yet reviewed"
    assert label in patients_read(browser, server)
    page.goto("/admin/clinical")
    page.get_by_role("link", name="Sheet of Hip labral tear in English").click()
    sign(page, page.url)
    expect(page.get_by_role("main")).to_contain_text("Signed by Dr. Fern")
    assert label not in patients_read(browser, server)

    page.goto(f"{ROW}/en")
    page.get_by_role("link", name="Change this row").click()
    message = page.get_by_label("Message, English")
    before = message.input_value()
    message.fill(before.replace("a", "o", 1))
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_role("main")).to_contain_text("1 signature would lapse: Dr. Fern (English)")
    page.get_by_role("button", name="Save and let 1 signature lapse").click()
    expect(page.locator(".tag").first).to_have_text("Lapsed")
    expect(page.get_by_role("region", name="Changed since Dr. Fern signed")).to_contain_text("urgency.message_en")
    assert label in patients_read(browser, server)
    page.goto(f"{ROW}/edit")
    page.get_by_role("button", name="Go back to the shipped row").click()
    page.goto(f"{ROW}/en")
    expect(page.locator(".tag").first).to_have_text("Signed")
    context.close()


def test_a_red_flag_is_signed_by_two_people(browser: Browser, server: Server) -> None:
    contexts = [signed_in(browser, server, name) for name in ("Dr. Fern", "Dr. Moss")]
    for (_context, page), state in zip(contexts, ("One more has to sign", "Signed"), strict=True):
        sign(page, f"{FLAG}/en")
        expect(page.locator(".tag").first).to_have_text(state)
    for context, _page in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, server: Server, scheme: str) -> None:
    context, page = signed_in(browser, server, "Dr. Moss", color_scheme=scheme)

    def look(name: str) -> None:
        page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
        page.evaluate(Axe().axe_script)
        for viewport in (PHONE, DESKTOP):
            page.set_viewport_size(size(viewport))
            found = page.evaluate("rules => axe.run(document, rules)", RULES)
            told = [(one["id"], node["target"], node.get("failureSummary")) for one in found["violations"] for node in one["nodes"]]  # fmt: skip
            assert told == [], name
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert over <= 0, (name, viewport)
            if folder := os.environ.get("FINDER_TEST_PICTURES"):
                Path(folder).mkdir(exist_ok=True)
                page.screenshot(path=f"{folder}/{name}-{scheme}-{viewport[0]}.png", full_page=True)

    for number, path in enumerate(PAGES):
        page.goto(path)
        look(f"{number:02}")
    page.goto("/admin/clinical/try")
    page.get_by_label("What a patient types").fill("I fell and can't get up")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("main")).to_contain_text("Call 911 now")
    look("tried")
    page.goto(f"{ROW}/edit")
    page.get_by_label("Name, English").fill("Ours")
    page.get_by_role("button", name="See what would change").click()
    look("draft")
    context.close()


def test_the_sheet_on_paper_has_lines_to_sign_and_no_controls(browser: Browser, server: Server) -> None:
    context, page = signed_in(browser, server, "Dr. Moss")
    page.goto(f"{FLAG}/en")
    assert not page.get_by_text("Name, and day:").first.is_visible()
    page.emulate_media(media="print")
    assert page.get_by_text("Name, and day:").count() == 2
    for one in page.get_by_text("Name, and day:").all():
        assert one.is_visible()
    assert page.get_by_text("What is signed:").is_visible()
    for gone in (page.get_by_role("button", name="Sign as"), page.get_by_role("link", name="Change this row")):
        assert not gone.is_visible()
    if folder := os.environ.get("FINDER_TEST_PICTURES"):
        page.set_viewport_size({"width": 720, "height": 1000})
        page.screenshot(path=f"{folder}/sheet.png", full_page=True)
        page.pdf(path=f"{folder}/sheet.pdf", format="Letter")
    context.close()
