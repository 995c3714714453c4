"""An editor's whole morning in a real browser, in one go: from signing in to a version that is published and undone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.admin.desk_pages import ADMIN, PASSWORD, command, sign_in
from tests.web.server import Server, serving
from tests.web.test_chromium import browser

__all__ = ["browser"]
# As Excel leaves a list: a title, a column of its own, a lost zero of nobody's, a state in words, a pin in no place.
MESSY = (
    "Westside clinics,,,,,,,,,,,\n"
    ",,,,,,,,,,,\n"
    "NPI,First name,Last name,Specialty,Practice name,Street,City,State,ZIP,Telefone,Latitude,Longitude\n"
    "1000000004,Quill,Amberwren,ORTHOPEDIC SURGERY,Westside Hip,7 Test Street,Richmond,Virginia,23220.0,804.555.0142,37.98,-77.46\n"
    "1000000012,Ada,Fern,Orthopedic Surgery,Westside Hip,7 Test Street,Richmond,VA,23220,(804) 555-0143,37.98,-77.46\n"
    "1000000020,Bo,Oak,Orthopedic Surgery,Westside Hip,7 Test Street,Richmond,VA,2322,,,\n"
)
SEARCH = "/specialists?zip=23220&condition=hip-osteoarthritis"
NAME = "Quill Amberwren"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server over a directory of its own, with an administrator."""
    folder = tmp_path_factory.mktemp("walk")
    home, roster = folder / "home", folder / "base.csv"
    base = [MESSY.splitlines()[2], "1000000038,Cy,Elm,Orthopedic Surgery,Base Hip,1 Elm St,Richmond,VA,23220,,,"]
    roster.write_text("\n".join(base))
    command(home, "setup", "--no-demo")
    command(home, "import", str(roster), "--source", "base", "--map", "Telefone=phone", "--activate")
    command(home, "staff", "add", ADMIN, "--role", "administrator", "--password-stdin", given=f"{PASSWORD}\n")
    with serving(home, FINDER_WORKERS="1") as running:
        yield running


def until(page: Page, path: str, *, there: bool) -> None:
    """Look as a patient does, until the edition has come to the worker."""
    for _ in range(60):
        page.goto(path)
        if (NAME in page.locator("main").inner_text()) == there:
            return
        page.wait_for_timeout(200)
    raise AssertionError((path, there))


def rested(page: Page, scripts: bool) -> None:
    """Wait until a check has come to rest; without scripts somebody looks again."""
    if scripts:
        expect(page.locator("#progress")).to_have_count(0, timeout=60_000)
        return
    for _ in range(240):
        again = page.get_by_role("link", name="Look again")
        if not again.count():
            return
        again.click()
        page.wait_for_timeout(250)
    raise AssertionError(page.content())


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_upload_map_check_pin_diff_publish_find_undo(browser: Browser, server: Server, scripts: bool) -> None:
    source = f"westside-{'with' if scripts else 'without'}"
    context, page = sign_in(browser, server, java_script_enabled=scripts)
    until(page, SEARCH, there=False)
    # Drop the file, and say what the one column is that nobody knows.
    page.goto("/admin/imports")
    new = page.get_by_label("Name of a new source")
    (new if new.count() else page.get_by_label("Whose list is it?")).fill(source)
    page.get_by_label("Files").set_input_files(
        {"name": "westside.csv", "mimeType": "text/csv", "buffer": MESSY.encode()}
    )
    page.get_by_role("button", name="Check the files").click()
    rested(page, scripts)
    page.get_by_label("Telefone").select_option("phone")
    page.get_by_role("button", name="Check the rows").click()
    rested(page, scripts)
    # Read the check.
    expect(page.get_by_text("2 of 3 rows are fit to publish.")).to_be_visible()
    expect(page.get_by_role("region", name="Rows left out")).to_contain_text("2322")
    expect(page.get_by_role("region", name="What we mended")).to_contain_text("Virginia")
    check = page.url
    # The pin is some thirty miles off: put it right, before anybody sees it.
    pins = page.get_by_role("region", name="Pins to look at")
    if not pins.count():
        place = re.search(r"place:[\w:.-]+", page.content())
        pytest.fail(f"no pins: {place}")
    pins.get_by_role("link", name=re.compile("Put it right")).first.click()
    page.get_by_label("Coordinates").fill("https://www.google.com/maps/@37.5551,-77.4701,17z")
    page.get_by_role("button", name="Look at it on the map").click()
    page.get_by_role("button", name="Put the pin here").click()
    expect(page.get_by_role("status")).to_contain_text("The pin is put right.")
    # What will change; publish; find it.
    page.goto(check)
    page.get_by_role("link", name="See what will change").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"What will change: {source}")
    expect(page.locator("main")).to_contain_text(NAME)
    page.get_by_role("button", name=re.compile("Publish version")).click()
    expect(page.get_by_role("status")).to_contain_text(f"of {source} is in force")
    until(page, SEARCH, there=True)
    card = page.locator(".card", has_text=NAME).first
    expect(card).to_contain_text(re.compile(r"About (1 mile|half a mile|\d)"))
    miles = re.search(r"About (\d+(?:\.\d+)?) mile", card.inner_text())
    assert miles is None or float(miles[1]) < 3, card.inner_text()
    # Undo; gone.
    page.goto("/admin/history")
    page.get_by_role("button", name=re.compile("Undo")).first.click()
    expect(page.get_by_role("status")).to_be_visible()
    until(page, SEARCH, there=False)
    context.close()
