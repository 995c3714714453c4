"""A caller answered by keyboard in a real browser, with scripts and without; and every page of this part with axe."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.admin.desk_pages import assert_accessible, command, desk_server, sign_in
from tests.web.server import Server
from tests.web.test_chromium import STORED, browser
from tests.web.test_editions import CANARIES

__all__ = ["browser"]
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server over the demo, with notes, a web site and two accounts."""
    home = tmp_path_factory.mktemp("desk") / "home"
    with desk_server(home) as running:
        command(
            home,
            "note",
            "set",
            "npi:2025200009",
            "--note",
            f"Ask for Ana {HOSTILE}",
            "--records-rules",
            "Send images by mail",
        )
        command(home, "site", "add", f"Quillmoor {HOSTILE}", "--origin", "https://www.quillmoor.example")
        command(home, "staff", "add", "Bea Moss", "--password-stdin", given="three green teapots\n")
        yield running


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))


def test_a_caller_is_answered_by_keyboard(browser: Browser, server: Server) -> None:
    context, page = sign_in(browser, server)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(f"{one.method} {one.url}"))
    page.goto("/admin/phone")
    keys = page.keyboard
    assert focused(page) == "zip"
    keys.type("23220-9137")
    keys.press("Tab")
    keys.type("torn labrum zqx hip 4711")
    keys.press("Enter")
    expect(page.locator("#results")).to_be_focused()
    lines = page.locator("[data-line]")
    assert lines.count() > 2
    keys.press("2")
    expect(lines.nth(1).locator("details")).to_have_attribute("open", "")
    expect(lines.nth(1).locator("summary")).to_be_focused()
    keys.press("ArrowDown")
    expect(lines.nth(2).locator("summary")).to_be_focused()
    keys.press("ArrowUp")
    expect(lines.nth(1).locator("summary")).to_be_focused()
    keys.press("Escape")
    expect(lines.nth(1).locator("details")).not_to_have_attribute("open", "")
    # In a field a digit is a digit.
    keys.press("/")
    expect(page.locator("#zip")).to_be_focused()
    keys.type("10001")
    expect(page.locator("#zip")).to_have_value("10001")
    # The keys can be switched off, and stay so for the next caller.
    page.locator("#keys").focus()
    keys.press("Space")
    page.locator("#results").focus()
    keys.press("1")
    expect(lines.nth(0).locator("details")).not_to_have_attribute("open", "")
    page.locator("#zip").focus()
    keys.press("Enter")
    expect(page.locator("#keys")).to_be_checked()
    assert [one for one in asked if "23220" in one or "zqx" in one or "10001" in one] == []
    kept = [path for path in server.output.parent.rglob("*") if path.is_file()]
    assert server.output in kept
    for path in kept:
        assert not any(canary in path.read_bytes() for canary in CANARIES), path
    assert page.evaluate(STORED)[:2] == [0, 0]
    assert page.evaluate("stopped") == []
    context.close()


def test_an_emergency_is_said_first(browser: Browser, server: Server) -> None:
    context, page = sign_in(browser, server)
    page.goto("/admin/phone")
    page.keyboard.type("23220")
    page.keyboard.press("Tab")
    page.keyboard.type("se cayó y no se puede parar")
    page.keyboard.press("Enter")
    first = page.locator("main section").first
    expect(first).to_contain_text("Call 911 now")
    expect(first).to_contain_text("Llame al 911 ahora")
    context.close()


def test_the_same_without_scripts(browser: Browser, server: Server) -> None:
    context, page = sign_in(browser, server, java_script_enabled=False)
    page.goto("/admin/phone")
    page.locator("#zip").focus()
    page.keyboard.type("23220")
    page.keyboard.press("Tab")
    page.keyboard.type("torn labrum")
    page.keyboard.press("Enter")
    lines = page.locator("[data-line]")
    expect(lines.first).to_be_visible()
    expect(page.locator(".keys")).to_be_hidden()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.locator("[data-line] summary:focus").count():
            break
    page.keyboard.press("Enter")
    expect(page.locator("[data-line] details").first).to_have_attribute("open", "")
    context.close()


def test_every_page_is_accessible_and_nothing_typed_is_markup(browser: Browser, server: Server) -> None:
    context, page = sign_in(browser, server)
    said: list[str] = []
    page.on("dialog", lambda one: (said.append(one.message), one.dismiss()))
    page.on("pageerror", lambda one: said.append(str(one)))
    page.goto("/admin/sites")
    site = page.get_by_role("link", name="Quillmoor").first.get_attribute("href") or ""
    pages = ["/admin/", "/admin/phone", "/admin/note/npi:2025200009", "/admin/sites", "/admin/sites/new", site, f"{site}/look",
             "/admin/log", "/admin/log?since=x", "/admin/staff", "/admin/staff/Bea%20Moss", "/admin/staff/Ada%20Fern", "/admin/export"]  # fmt: skip
    shots = os.environ.get("FINDER_TEST_SHOTS")

    def look(name: str) -> None:
        if shots:
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme="light")
                page.screenshot(path=f"{shots}/{name}-{width}.png", full_page=True)
        assert_accessible(page, name)
        assert page.locator("main img").count() == 0

    for path in pages:
        reply = page.goto(path)
        assert reply
        assert reply.status == 200, path
        look(re.sub(r"\W+", "_", path))
    for words in ("torn labrum in hip", "fell and can't get up", "hip hop class", "hip hurts at night and clicks"):
        page.goto("/admin/phone")
        page.locator("#zip").fill("23220")
        page.locator("#q").fill(words)
        page.keyboard.press("Enter")
        page.wait_for_selector("#results")
        look("answer_" + words.replace(" ", "_").replace("'", ""))
    page.goto("/admin/phone")
    page.locator("#zip").fill("1")
    page.locator("#q").fill("fell and can't get up")
    page.keyboard.press("Enter")
    page.wait_for_selector("#refusal")
    look("refused")
    page.goto(f"{site}/look")
    for name, colour in (
        ("brand", "#c9b458"),
        ("brand_night", "#f0b3d3"),
        ("on_brand_night", "#33081f"),
        ("paper_night", "#1a1217"),
    ):
        page.locator(f"#{name}").fill(colour)
    page.get_by_role("button", name="Show the preview").click()
    page.wait_for_selector("#refusal")
    expect(page.locator(".look.day .button")).to_have_css("background-color", "rgb(201, 180, 88)")
    expect(page.locator(".look.night .button")).to_have_css("background-color", "rgb(240, 179, 211)")
    expect(page.locator(".look.night")).to_have_css("background-color", "rgb(26, 18, 23)")
    page.locator("#brand").fill("#6a1b4d")
    page.get_by_role("button", name="Show the preview").click()
    expect(page.locator("#refusal")).to_have_count(0)
    expect(page.locator(".look.day .button")).to_have_css("background-color", "rgb(106, 27, 77)")
    look("look_preview")
    page.get_by_role("button", name="Keep this look").click()
    expect(page.locator(".done")).to_contain_text("kept")
    assert said == []
    context.close()
