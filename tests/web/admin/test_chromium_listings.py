"""The directory at the desk in a real browser: amend, import over it, choose; mend a pin by keyboard alone."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.web.server import FINDER, Server, environment, serving
from tests.web.test_chromium import DESKTOP, PHONE, RULES, browser, context_of, size

PASSWORD, NAME = "three brown teapots", "Rosa Fennimore"
HEADER = "location_id,name,organization,address,city,state,zip_code,phone,hours,latitude,longitude,verified_on"
ROW = "main,Juniper Hip Center,Juniper Health,1 Elm St,Richmond,VA,23220,{},Mon-Fri 8:00-17:00,{},2026-10-01"
WRONG, RIGHT = "37.60,-77.46", ("37.5561", "-77.4700")
PEOPLE = "person_id,location_id,given_name,family_name,credentials,specialties,accepting_new_patients,verified_on\nada,main,Ada,Fern,MD,207XX0005X,yes,2026-10-01\n"
PLACE, ROLE = "place:juniper:main", "role:person:juniper:ada@place:juniper:main"
__all__ = ["browser"]


def finder(home: Path, *arguments: str, typed: str = "") -> str:
    done = subprocess.run(
        [FINDER, *arguments], env=environment(home), input=typed, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def imported(home: Path, phone: str, *more: str) -> None:
    """Import the next version of the places and the people."""
    (home.parent / "locations.csv").write_text(f"{HEADER}\n{ROW.format(phone, WRONG)}\n")
    (home.parent / "practitioners.csv").write_text(PEOPLE)
    files = [str(home.parent / f"{name}.csv") for name in ("locations", "practitioners")]
    finder(home, "import", *files, "--source", "juniper", *more)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server over a small directory, with an editor who may sign in."""
    home = tmp_path_factory.mktemp("desk") / "home"
    imported(home, "804-555-0100", "--activate")
    finder(home, "staff", "add", NAME, "--role", "editor", "--password-stdin", typed=PASSWORD)
    with serving(home, FINDER_WORKERS="1") as running:
        running.home = home  # type: ignore[attr-defined]
        yield running


def signed_in(browser: Browser, server: Server, **more: object) -> tuple[BrowserContext, Page]:
    context = context_of(browser, server, **more)
    page = context.new_page()
    page.goto("/admin/sign-in")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.url.endswith("/admin/")
    return context, page


def until_shown(server: Server, path: str, text: str) -> None:
    """Ask for a page until the worker has the edition in force, as a browser that never saw it."""
    for _ in range(60):
        if text in server.get(path).body.decode():
            return
        time.sleep(0.25)
    raise AssertionError(f"{text} is not on {path}")


def test_amend_import_over_it_choose(browser: Browser, server: Server) -> None:
    home: Path = server.home  # type: ignore[attr-defined]
    context, page = signed_in(browser, server)
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.get_by_role("link", name="Directory", exact=True).click()
    page.get_by_role("link", name="Places").click()
    page.get_by_label("Name, place, telephone or id").fill("juniper")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Juniper Hip Center").click()
    phone = page.get_by_label("Phone", exact=True)
    phone.fill("call us")
    page.get_by_role("button", name="Change it for patients").click()
    expect(page.get_by_text("This is no telephone number.")).to_be_visible()
    assert page.get_by_label("Phone", exact=True).input_value() == "call us"
    page.get_by_label("Phone", exact=True).fill("804-555-0142")
    page.get_by_role("button", name="Change it for patients").click()
    expect(page.get_by_role("status")).to_contain_text("Patients see it from now on.")
    until_shown(server, f"/place/{PLACE}", "(804) 555-0142")
    imported(home, "804-555-0177")
    # What waits is seen by nobody.
    until_shown(server, f"/place/{PLACE}", "(804) 555-0142")
    page.goto("/admin/choices/juniper/2")
    expect(page.get_by_text("+18045550177")).to_be_visible()
    assert audit(page) == []
    page.get_by_label("Take what the file says").check()
    page.get_by_role("button", name="Keep these choices").click()
    expect(page.get_by_role("status")).to_contain_text("once version 2 is published")
    until_shown(server, f"/place/{PLACE}", "(804) 555-0142")
    finder(home, "activate", "juniper", "2")
    until_shown(server, f"/place/{PLACE}", "(804) 555-0177")
    page.goto(f"/admin/listings/{PLACE}")
    expect(page.get_by_text("withdrawn")).to_be_visible()
    # Of the refusal the browser says this itself.
    assert [one for one in told if "400 (Bad Request)" not in one] == []
    context.close()


def test_one_press_each(browser: Browser, server: Server) -> None:
    context, page = signed_in(browser, server)
    page.goto(f"/admin/listings/{ROLE}")
    page.get_by_role("button", name="Not taking new patients now").click()
    until_shown(server, "/specialists?zip=23220", "Not taking new patients now")
    page.goto(f"/admin/listings/{ROLE}")
    page.get_by_role("row", name="Accepting new patients").get_by_role("button", name="Take back").first.click()
    page.get_by_role("link", name="The place").click()
    page.get_by_role("button", name="Hide from patients").click()
    expect(page.get_by_text("Hidden from patients")).to_be_visible()
    until_shown(server, f"/place/{PLACE}", "We are not showing this listing right now.")
    page.goto(f"/admin/listings/{PLACE}")
    page.get_by_role("button", name="Show to patients again").click()
    until_shown(server, f"/place/{PLACE}", "Juniper Hip Center")
    context.close()


def test_mend_a_pin_by_keyboard_without_scripts(browser: Browser, server: Server) -> None:
    context, page = signed_in(browser, server, java_script_enabled=False)
    page.goto(f"/admin/listings/{PLACE}")
    keys = page.keyboard
    tab_to(page, "Put the pin right")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Put the pin right")).to_be_visible()
    tab_to(page, "paste")
    keys.type("https://www.openstreetmap.org/#map=18/37.5550/-77.4700")
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("37.555, -77.47")
    tab_to(page, "North")
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("37.5559")
    tab_to(page, "Put the pin here")
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The pin is put right.")
    until_shown(server, f"/api/v1/locations/{PLACE}", '"latitude":37.5559')
    context.close()


def tab_to(page: Page, what: str) -> None:
    """Go by Tab to a control that is called so, or has this name."""
    wanted = page.locator("a, button, input, select, textarea").filter(visible=True)
    for _ in range(150):
        page.keyboard.press("Tab")
        focused = page.locator("*:focus")
        if focused.count() and (focused.get_attribute("name") == what or (focused.inner_text() or "").strip() == what):
            return
    raise AssertionError(f"no way to {what} by Tab among {wanted.count()}")


def test_a_press_on_the_map_moves_the_pin(browser: Browser, server: Server) -> None:
    context, page = signed_in(browser, server, java_script_enabled=False)
    page.goto(f"/admin/listings/{PLACE}/pin")
    picture = page.locator("input[type=image]")
    box = picture.bounding_box()
    assert box is not None
    before = position_of(page)
    picture.click(position={"x": 420, "y": 210})
    after = position_of(page)
    # 100 of 640 pixels of ten miles, eastwards.
    assert after[1] - before[1] == pytest.approx(100 / 640 * 16093.44 / 88_300, rel=0.03)
    assert after[0] == pytest.approx(before[0], abs=2e-4)
    context.close()


def position_of(page: Page) -> tuple[float, float]:
    found = re.search(r"(-?[0-9.]+), (-?[0-9.]+)", page.locator("h2 + p.lead").inner_text())
    assert found
    return float(found[1].rstrip(".")), float(found[2].rstrip("."))


def audit(page: Page) -> list[object]:
    page.evaluate(Axe().axe_script)
    found = page.evaluate("rules => axe.run(document, rules)", RULES)
    return [(one["id"], node["target"]) for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(browser: Browser, server: Server, scheme: str) -> None:
    context, page = signed_in(browser, server, color_scheme=scheme)
    shots = os.environ.get("FINDER_TEST_SHOTS")
    for number, path in enumerate((
        "/admin/listings", "/admin/listings?kind=places", "/admin/listings?q=nobody", f"/admin/listings/{PLACE}",
        f"/admin/listings/{ROLE}", "/admin/listings/person:juniper:ada", f"/admin/listings/{PLACE}/pin",
        f"/admin/listings/{PLACE}/pin?paste=36.7,-76.2", f"/admin/listings/{PLACE}/pin?paste=x", "/admin/choices/juniper/1",
    )):  # fmt: skip
        for viewport in (PHONE, DESKTOP):
            page.set_viewport_size(size(viewport))
            page.goto(path)
            assert audit(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, viewport)
            if shots:
                page.screenshot(path=f"{shots}/{number}-{scheme}-{viewport[0]}.png", full_page=True)
    context.close()
