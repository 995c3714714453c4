"""See the changes, publish, find it in search, undo, see it gone: in a real browser, which finds nothing amiss."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from finder.db.dialect import open_engine
from finder.desk.publish import activate
from finder.desk.setup import set_up
from finder.importers.pipeline import import_files
from tests.sample_files import HIP_SURGEON, locations, practitioners
from tests.web.admin.conftest import PASSWORD
from tests.web.server import FINDER, Server, environment, serving
from tests.web.test_chromium import DESKTOP, PHONE, RULES, browser, context_of, size

__all__ = ["browser"]
PLACES = [f"place{n},Clinic {n},Clinics,clinic,VA,23220,37.5{n},-77.4{n}," for n in range(10, 20)]
NEW = "larkmoor,Larkmoor Hip,Larkmoor,clinic,VA,23220,37.551,-77.459,"
MOVED = PLACES[3].replace("37.513", "37.713")
CHANGED = PLACES[4].replace("Clinic 14", "<b>Clinic</b> Fourteen")
SEARCH = "/places?zip=23220&condition=&name=Larkmoor"


def write(folder: Path, *rows: str) -> list[Path]:
    """Write files of these places, with a surgeon at the first."""
    person = f"ada,{rows[0].split(',')[0]},Ada,Fern,{HIP_SURGEON}"
    return [locations(folder / "places.csv", *rows), practitioners(folder / "people.csv", person)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The server over a version in force, with one that was imported over it and one that loses much."""
    home = tmp_path / "home"
    engine = open_engine(f"sqlite:///{home / 'finder.db'}")
    set_up(engine, home / "backups", demo=False)
    import_files(engine, write(tmp_path, *PLACES), "westside")
    activate(engine, "westside", 1, "Rosa Fennimore")
    import_files(engine, write(tmp_path, *PLACES[:3], MOVED, CHANGED, *PLACES[5:9], NEW), "westside")
    import_files(engine, write(tmp_path, *PLACES[:4]), "westside")
    engine.dispose()
    subprocess.run(
        [FINDER, "staff", "add", "Rosa", "--role", "editor", "--password-stdin"], input=f"{PASSWORD}\n".encode(),
        env=environment(home), check=True, capture_output=True,
    )  # fmt: skip
    with serving(home, FINDER_WORKERS="1") as running:
        yield running


def signed_in(page: Page) -> None:
    """Sign in."""
    page.goto("/admin/sign-in")
    page.get_by_label("Name").fill("Rosa")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Directory desk")


def found(page: Page, there: bool) -> None:
    """Search as a patient does, until the edition has come to the worker."""
    name = page.get_by_role("link", name="Larkmoor Hip").first
    for _ in range(50):
        page.goto(SEARCH)
        if name.is_visible() == there:
            return
        page.wait_for_timeout(200)
    raise AssertionError(there)


@pytest.mark.parametrize("scripts", [True, False])
def test_see_it_publish_it_find_it_undo_it_see_it_gone(browser: Browser, server: Server, scripts: bool) -> None:
    context = context_of(browser, server, java_script_enabled=scripts)
    page = context.new_page()
    found(page, there=False)
    signed_in(page)
    page.goto("/admin/versions/westside/2/changes")
    expect(page.get_by_role("heading", level=1)).to_have_text("What will change: westside")
    expect(page.locator(".sums")).to_contain_text("1will disappear")
    expect(page.locator("del").first).to_have_text("Clinic 19")
    expect(page.locator("ins", has_text="Fourteen")).to_have_text("<b>Clinic</b> Fourteen")
    expect(page.locator("figcaption")).to_contain_text("1 new place (a dot): Larkmoor Hip.")
    assert page.locator(".m-gone").count() == page.locator(".m-moved").count() == page.locator(".m-dots").count() == 1
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_role("status")).to_contain_text("Version 2 of westside is in force")
    found(page, there=True)
    page.goto("/admin/history")
    page.get_by_role("button", name="Undo: go back to version 1").click()
    expect(page.get_by_role("status")).to_contain_text("version 1 is in force again")
    found(page, there=False)
    context.close()


def test_a_search_that_fails_is_told_and_overridden(browser: Browser, server: Server) -> None:
    context = context_of(browser, server)
    page = context.new_page()
    signed_in(page)
    page.goto("/admin/golden")
    page.get_by_label("ZIP code or town").fill("23220")
    page.get_by_label("List", exact=True).select_option("places")
    page.get_by_label("Who", exact=True).fill("Clinic 19")
    page.get_by_label("Number", exact=True).fill("20")
    page.get_by_label("Why it is here").fill("Our main clinic")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("status")).to_contain_text("Kept as number 1")
    page.goto("/admin/versions/westside/3/changes")
    page.get_by_label("To go on, type the number").fill("6")
    page.get_by_role("button", name="Publish version 3").click()
    expect(page.get_by_role("alert")).to_contain_text("searches that must hold would not")
    expect(page.locator(".board")).to_contain_text("must show Clinic 19 in the first 20, and what came is: Clinic 1")
    expect(page.get_by_label("To go on, type the number")).to_have_value("6")
    page.get_by_label("Why publish although searches fail?").fill("It has closed.")
    page.get_by_role("button", name="Publish version 3").click()
    expect(page.get_by_role("status")).to_contain_text("Version 3 of westside is in force")
    expect(page.locator("main")).to_contain_text("It has closed.")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_amiss(browser: Browser, server: Server, scheme: str, tmp_path: Path) -> None:
    context = context_of(browser, server, color_scheme=scheme)
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    signed_in(page)
    page.goto("/admin/versions/westside/2/changes")
    page.get_by_label("All of them were checked").check()
    page.get_by_role("button", name="Publish version 2").click()
    paths = (
        "/admin/versions/westside/3/changes", "/admin/versions/westside/2/changes", "/admin/history", "/admin/golden",
        "/admin/versions/westside/3/changes?section=locations&kind=gone",
        "/admin/versions/westside/2/changes?section=locations&kind=changed&against=1",
    )  # fmt: skip
    for path in paths:
        page.goto(path)
        page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
        page.evaluate(Axe().axe_script)
        for viewport in (PHONE, DESKTOP):
            page.set_viewport_size(size(viewport))
            result = page.evaluate("rules => axe.run(document, rules)", RULES)
            bad = [(one["id"], node["target"]) for one in result["violations"] for node in one["nodes"]]
            assert bad == [], (path, viewport)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, viewport)
    assert told == []
    # The page after a refusal, too.
    page.goto(paths[0])
    page.get_by_label("To go on, type the number").fill("1")
    page.get_by_role("button", name="Publish version 3").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.evaluate(Axe().axe_script)
    assert page.evaluate("rules => axe.run(document, rules)", RULES)["violations"] == []
    context.close()
