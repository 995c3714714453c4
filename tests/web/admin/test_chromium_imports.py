"""An admin's morning in a real browser: a messy list is sent, its columns are put right, the check is read."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.web.admin.checked_files import MESSY
from tests.web.admin.conftest import PASSWORD
from tests.web.server import FINDER, Server, environment, serving
from tests.web.test_chromium import COLOUR_RULES, DESKTOP, PHONE, RULES, browser, context_of, size

__all__ = ["browser"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server over the demo, with an editor."""
    home = tmp_path_factory.mktemp("desk") / "home"
    with serving(home, FINDER_WORKERS="2") as running:
        add = [FINDER, "staff", "add", "Robin", "--role", "editor", "--password-stdin"]
        done = subprocess.run(add, input=f"{PASSWORD}\n", env=environment(home), capture_output=True, text=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stderr
        yield running


def sign_in(page: Page) -> None:
    page.goto("/admin/imports")
    page.get_by_label("Name").fill("Robin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import")


def assert_accessible(page: Page) -> None:
    """Look at the page with axe: all rules by day on a desktop and a phone, colours by night."""
    page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate(Axe().axe_script)
    for viewport, scheme, rules in (
        (DESKTOP, "light", RULES),
        (PHONE, "light", RULES),
        (DESKTOP, "dark", COLOUR_RULES),
    ):
        page.set_viewport_size(size(viewport))
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = page.evaluate("rules => axe.run(document, rules)", rules)
        assert [(one["id"], node["target"], node["html"]) for one in found["violations"] for node in one["nodes"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), viewport
    page.set_viewport_size(size(DESKTOP))
    page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_messy_list_is_sent_put_right_and_read(
    browser: Browser, server: Server, tmp_path: Path, scripts: bool
) -> None:  # fmt: skip
    context = context_of(browser, server, java_script_enabled=scripts)
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    file = tmp_path / "westside <b>november.csv"
    file.write_text(MESSY)
    sign_in(page)
    name = f"westside-{'with' if scripts else 'without'}"
    page.get_by_label("new source" if page.get_by_label("Name of a new source").count() else "Whose list is it?").fill(name)  # fmt: skip
    page.get_by_label("Files").set_input_files(file)
    page.get_by_role("button", name="Check the files").click()
    look_again(page, scripts)
    expect(page.get_by_role("heading", level=1)).to_have_text("Columns: westside <b>november.csv")
    expect(page.get_by_text("2 columns we do not know.")).to_be_visible()
    if scripts:
        assert_accessible(page)
    page.get_by_label("Telefone").select_option("phone")
    page.get_by_label("Fax 2").select_option("-")
    page.get_by_role("button", name="Check the rows").click()
    look_again(page, scripts)
    expect(page.get_by_text("3 of 5 rows are fit to publish.")).to_be_visible()
    expect(page.get_by_role("heading", name="Left out: 2 rows need you")).to_be_visible()
    rows = page.get_by_role("region", name="Rows left out").get_by_role("row")
    expect(rows.filter(has_text="2322")).to_contain_text("Write five digits, like 02139, or ZIP+4")
    if scripts:
        assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the corrected file").first.click()
    path = tmp_path / "corrected.csv"
    download.value.save_as(path)
    assert download.value.suggested_filename.endswith("-corrected.csv")
    with path.open(encoding="utf-8-sig", newline="") as corrected:
        found = list(csv.DictReader(corrected))
    assert found[0]["State"] == "VA"
    assert [one["problems"] != "" for one in found] == [False, True, True, True, False]
    page.get_by_role("link", name="All imports").click()
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("checked")
    if scripts:
        assert_accessible(page)
    assert told == []
    context.close()


def look_again(page: Page, scripts: bool) -> None:
    """Wait for the check: scripts look again by themselves."""
    if scripts:
        expect(page.locator("#progress")).to_have_count(0, timeout=60_000)
        return
    for _ in range(200):
        again = page.get_by_role("link", name="Look again")
        if not again.count():
            return
        again.click()
        page.wait_for_timeout(250)
    raise AssertionError(page.content())
