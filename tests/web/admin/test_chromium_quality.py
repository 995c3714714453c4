"""The quality board in a real browser: a work list by keyboard, with scripts and without, and axe on every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.admin.conftest import PASSWORD
from tests.web.admin.desk_pages import ADMIN, assert_accessible, command, sign_in
from tests.web.server import Server, serving
from tests.web.test_chromium import browser

__all__ = ["browser"]
HOSTILE = "<img src=x onerror=alert(1)> {{ 7*7 }}"
# Two places of one address, a person twice, no phone, no pin, a pin far away, and names that try to be markup.
ROSTER = (
    "npi,given_name,family_name,specialties,location_name,address,city,state,zip_code,phone,latitude,longitude,verified_on\n"
    f'1000000004,Ada,"{HOSTILE}",207XX0005X,"{HOSTILE} Hip","1 Elm St",Richmond,VA,23220,804 555 0100,37.55,-77.46,\n'
    '1000000012,Ada,"<img src=x onerror=alert(1)> {{ 7*7 }}",207XX0005X,"Hip of Elm","1 Elm Street, Suite 4",Richmond,VA,23220,804 555 0100,37.56,-77.46,\n'
    "1000000020,Bo,Oak,207XX0005X,Bay Clinic,7 Bay Rd,Richmond,VA,23221,,,,2026-01-02\n"
    "1000000038,Cy,Crow,207XX0005X,Far Clinic,9 Far Rd,Richmond,VA,23220,804 555 0103,37.0,-77.46,2026-01-02\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server over a roster with something for many lists, and an administrator."""
    folder = tmp_path_factory.mktemp("quality")
    home, roster = folder / "home", folder / "roster.csv"
    roster.write_text(ROSTER)
    command(home, "setup")
    command(home, "import", str(roster), "--source", "ours", "--activate")
    command(home, "staff", "add", ADMIN, "--role", "administrator", "--password-stdin", given=f"{PASSWORD}\n")
    with serving(home, FINDER_WORKERS="1", FINDER_PHONE="+18045550199") as running:
        yield running


def waits(page: Page) -> int:
    """Return how many rows the heading says there are."""
    return int(re.search(r": ([\d,]+)$", page.locator("h1").inner_text())[1])  # type: ignore[index]


def test_a_work_list_by_single_keys(browser: Browser, server: Server) -> None:
    context, page = sign_in(browser, server)
    page.goto("/admin/quality/never-checked")
    before, keys = waits(page), page.keyboard
    keys.press("j")
    expect(page.locator("#row-0")).to_be_focused()
    keys.press("j")
    expect(page.locator("#row-1")).to_be_focused()
    second = page.locator("#row-1 h2").inner_text()
    with page.expect_navigation():
        keys.press("c")
    # The next row has taken the place of the one that was answered, and the focus.
    expect(page.locator("#row-1")).to_be_focused()
    assert waits(page) == before - 1
    assert page.locator("#row-1 h2").inner_text() != second or before > 2
    expect(page.get_by_role("status")).to_contain_text("verified today")
    keys.press("f")
    expect(page.locator("#row-1 input[name=reason]")).to_be_focused()
    # In a field a letter is a letter.
    keys.type("just opened")
    with page.expect_navigation():
        keys.press("Enter")
    assert waits(page) == before - 2
    expect(page.locator("#row-1")).to_be_focused()
    # Switched off, they do nothing any more, here and on the next page.
    page.get_by_role("button", name="Switch single keys off").focus()
    with page.expect_navigation():
        keys.press("Enter")
    assert page.locator("kbd").count() == 0
    keys.press("j")
    keys.press("c")
    assert waits(page) == before - 2
    context.close()


def test_a_work_list_by_tab_and_enter_without_scripts(browser: Browser, server: Server) -> None:
    context, page = sign_in(browser, server, java_script_enabled=False)
    page.goto("/admin/quality/over-180-days")
    before = waits(page)
    button = page.locator("#row-0 button", has_text="Checked today").first
    for _ in range(60):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    expect(button).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("#row-0")
    assert waits(page) == before - 1
    # From where the fragment is, the next thing to reach is of the row that came up.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#row-0') !== null")
    context.close()


PAGES = (
    "/admin/quality", "/admin/quality/pins-in-doubt", "/admin/quality/people-twice", "/admin/quality/places-twice",
    "/admin/quality/approximate", "/admin/quality/no-phone", "/admin/quality/over-180-days",
    "/admin/quality/never-checked", "/admin/quality/not-reviewed", "/admin/quality/reports",
    "/admin/quality/reports?state=answered", "/admin/confirmation-links", "/admin/same-places",
)  # fmt: skip


def test_axe_finds_nothing_on_any_page(browser: Browser, server: Server, tmp_path: Path) -> None:
    context, page = sign_in(browser, server)
    alerts: list[str] = []
    page.on("dialog", lambda one: (alerts.append(one.message), one.dismiss()))
    links = []
    for public_id in ("place:ours:", "npi:1000000020"):
        page.goto("/admin/quality/over-180-days")
        if public_id.endswith(":"):
            public_id = str(page.locator("input[name=public_id][value^='place:']").first.get_attribute("value"))
        page.goto(f"/admin/confirmation-links?public_id={public_id}")
        page.get_by_role("button", name="Make the link").click()
        links.append(page.locator("#made").input_value())
    assert_accessible(page, "a link that was made")
    page.goto(links[0])
    for language in ("en", "es"):
        page.goto(f"{links[0]}?lang={language}")
        assert_accessible(page, f"confirm, {language}")
    page.goto(links[0])
    page.locator("summary", has_text="Phone").first.click()
    page.get_by_label("What is right? Phone", exact=False).first.fill(HOSTILE)
    page.get_by_role("button", name="Send what is wrong").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert_accessible(page, "thanks")
    page.goto(links[0])
    assert_accessible(page, "a link that was used")
    page.goto(links[1])
    page.get_by_role("button", name="All of this is right").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    page.goto("/admin/quality/confirmations")
    assert waits(page) == 2
    assert_accessible(page, "confirmations")
    page.locator("#row-0").get_by_role("link", name="See what they say").click()
    assert_accessible(page, "a confirmation")
    for path in PAGES:
        page.goto(path)
        assert_accessible(page, path)
    page.goto("/admin/quality/places-twice")
    page.get_by_role("link", name="Compare").first.click()
    assert_accessible(page, "two places")
    page.get_by_role("button", name="They are one: keep").first.click()
    expect(page.get_by_role("status")).to_contain_text("They are one now")
    assert_accessible(page, "places that are one")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_role("status")).to_contain_text("They are two places again")
    assert alerts == []
    context.close()
