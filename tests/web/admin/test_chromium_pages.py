"""Every page of the desk in a real browser, full of text that tries to be markup: axe finds nothing, nothing runs."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask_openapi.openapi import OpenAPI
from playwright.sync_api import Browser, Error, Page

from tests.web.admin.desk_pages import ADMIN, PASSWORD, assert_accessible, command, sign_in
from tests.web.server import Server, serving
from tests.web.test_chromium import DESKTOP, PHONE, browser, size

__all__ = ["browser"]
EVIL = "<img src=x onerror=alert(1)>{{7*7}}"
ROSTER = (
    "npi,given_name,family_name,specialties,location_name,address,city,state,zip_code,phone,latitude,longitude,verified_on\n"
    f'1000000004,Ada,"Fern {EVIL}",207XX0005X,"{EVIL} Hip","1 Elm St",Richmond,VA,23220,804 555 0100,37.55,-77.46,\n'
    f'1000000012,Bo,Oak,207XX0005X,"Hip of Elm","1 Elm Street, Suite 4",Richmond,VA,23220,804 555 0100,37.56,-77.46,\n'
    "1000000020,Cy,Crow,207XX0005X,Bay Clinic,7 Bay Rd,Richmond,VA,23221,,,,2026-01-02\n"
)
PERSON, PLACE = "npi:1000000004", "place:demo:lark-hip"
# What is handed out by these is no page.
FILES = {
    "admin.check_file", "admin.check_progress", "admin.import_template", "admin.log_csv", "admin.look_css",
    "admin.pin_drawn", "admin.quality_csv",
}  # fmt: skip
# Where each page stands. {check}, {site}, {place}, {link} are made before.
PAGES = {
    "admin.start": ["/admin/"],
    "admin.password": ["/admin/password"],
    "admin.imports": ["/admin/imports"],
    "admin.check": ["{check}", "{refused}"],
    "admin.check_columns": ["{mapped}/columns"],
    "admin.changes": ["/admin/versions/ours/2/changes", "/admin/versions/ours/1/changes?against=2"],
    "admin.amendment_choices": ["/admin/choices/ours/2"],
    "admin.golden": ["/admin/golden"],
    "admin.history": ["/admin/history"],
    "admin.compare": ["/admin/history/compare?source=ours&version=2&against=1"],
    "admin.publication": ["/admin/publications/1"],
    "admin.listings": ["/admin/listings", "/admin/listings?q=fern", "/admin/listings?q=zzyzx"],
    "admin.listing": [f"/admin/listings/{PERSON}", "{place}"],
    "admin.pin": ["{place}/pin"],
    "admin.quality": ["/admin/quality"],
    "admin.quality_list": ["/admin/quality/never-checked", "/admin/quality/no-phone", "/admin/quality/confirmations"],
    "admin.confirmation_links": ["/admin/confirmation-links"],
    "admin.confirmation": ["{confirmation}"],
    "admin.same_places": ["/admin/same-places"],
    "admin.same_place": ["{same}"],
    "admin.removals": ["/admin/removals", f"/admin/removals?npi={PERSON[4:]}"],
    "admin.clinical": ["/admin/clinical"],
    "admin.clinical_row": ["/admin/clinical/condition/labral-tear/en", "/admin/clinical/red_flag/{flag}/es"],
    "admin.clinical_edit": ["/admin/clinical/condition/labral-tear/edit"],
    "admin.clinical_new": ["/admin/clinical/new"],
    "admin.clinical_try": ["/admin/clinical/try"],
    "admin.coverage": ["/admin/coverage", "/admin/coverage?work=labral-tear&area=VA"],
    "admin.phone": ["/admin/phone"],
    "admin.note": [f"/admin/note/{PERSON}"],
    "admin.sites": ["/admin/sites"],
    "admin.site": ["/admin/sites/{site}"],
    "admin.look": ["/admin/sites/{site}/look"],
    "admin.new_site": ["/admin/sites/new"],
    "admin.log": ["/admin/log"],
    "admin.staff": ["/admin/staff"],
    "admin.account": [f"/admin/staff/{ADMIN}"],
    "admin.export": ["/admin/export"],
    "a fault": ["/admin/nothing", "/admin/versions/nobody/1/changes"],
}

# By the server's address: a link that a practice was given.
LINKS: dict[str, str] = {}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server over two versions, one in force, with something of each kind that staff write."""
    folder: Path = tmp_path_factory.mktemp("desk")
    home, roster = folder / "home", folder / "roster.csv"
    command(home, "setup", "--no-demo")
    command(home, "staff", "add", ADMIN, "--role", "administrator", "--password-stdin", given=f"{PASSWORD}\n")
    roster.write_text(ROSTER)
    command(home, "import", str(roster), "--source", "ours", "--activate")
    command(home, "amend", PERSON, f"notice_en={EVIL}", f"notice_es={EVIL}")
    roster.write_text(ROSTER.replace("804 555 0100,37.55", "804 555 0199,37.58").replace("Bo,Oak", "Bo,Elder"))
    command(home, "import", str(roster), "--source", "ours")
    link = command(home, "confirm-link", PERSON)
    command(home, "removal", "add", "1000000038", "--reason", EVIL)
    command(home, "note", "set", PERSON, "--note", EVIL)
    command(home, "site", "add", EVIL[:60], "--origin", "https://www.example.org")
    with serving(home, FINDER_WORKERS="1", FINDER_PHONE="+18045550199") as running:
        LINKS[running.address] = re.search(r"/confirm/\S+", link)[0]  # type: ignore[index]
        yield running


def test_every_page_of_the_desk_is_among_these(demo_app: OpenAPI) -> None:
    rules = demo_app.url_map.iter_rules()
    there = {one.endpoint for one in rules if one.endpoint.startswith("admin.") and "GET" in (one.methods or ())}
    assert there - FILES - {"admin.sign_in"} == set(PAGES) - {"a fault"}


def uploaded(page: Page, name: str, text: str) -> str:
    """Drop a file at the desk; return the address of its check, once that has come to rest."""
    page.goto("/admin/imports")
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_label(re.compile("source", re.IGNORECASE)).last.fill("theirs")
    page.locator("main form button").last.click()
    page.wait_for_url(re.compile(r"/admin/imports/\d+"))
    check = re.search(r"/admin/imports/\d+", page.url)
    assert check
    until, state = time.monotonic() + 60, "waiting"
    while state in ("waiting", "reading", "running") and time.monotonic() < until:
        state = page.request.get(
            f"{urlsplit(page.url)._replace(path='', query='').geturl()}{check[0]}/progress"
        ).json()["state"]
        time.sleep(0.2)
    assert state in ("needs_mapping", "ready", "refused"), (name, state)
    return check[0]


def test_axe_finds_nothing_on_any_page_and_no_text_is_markup(browser: Browser, server: Server) -> None:
    context, page = sign_in(browser, server)
    told: list[str] = []
    page.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("response", lambda answer: told.append(f"{answer.status} {answer.url}") if answer.status >= 409 else None)
    page.on("console", lambda message: told.append(message.text) if message.type == "error" and "404" not in message.text and "400" not in message.text else None)  # fmt: skip
    context.set_default_timeout(30_000)
    made = {
        "check": uploaded(page, f"{EVIL[:20]}.csv".replace("/", ""), ROSTER),
        "refused": uploaded(page, "empty.csv", "npi,given_name\n"),
        "mapped": uploaded(page, "unknown.csv", "\n".join(f'{line},"{EVIL}"' for line in ROSTER.splitlines())),
    }
    page.goto("/admin/listings?q=elm&kind=places")
    place = page.locator("a[href*='/admin/listings/place']").first.get_attribute("href")
    assert place
    made["place"] = place
    page.goto("/admin/quality/places-twice")
    same = page.locator("a[href*='/admin/same-place?']").first.get_attribute("href")
    assert same
    made["same"] = same
    page.goto("/admin/sites")
    site = page.locator("a[href^='/admin/sites/']:not([href$='/new'])").first.get_attribute("href")
    assert site
    made["site"] = site.split("/")[3]
    page.goto("/admin/clinical")
    flag = page.locator("a[href*='/admin/clinical/red_flag/']").first.get_attribute("href")
    assert flag
    made["flag"] = flag.split("/")[4]
    # A practice says what is wrong, and that waits at the desk.
    page.goto(LINKS[server.address])
    assert_accessible(page, "a confirmation link")
    page.locator("input[type=text], textarea, input:not([type])").first.fill(EVIL)
    page.get_by_role("button", name="Send what is wrong").click()
    page.goto("/admin/quality/confirmations")
    confirmation = page.locator("a[href*='/admin/confirmations/']").first.get_attribute("href")
    assert confirmation
    made["confirmation"] = confirmation
    shots = os.environ.get("FINDER_TEST_SHOTS")
    for endpoint, paths in PAGES.items():
        for number, path in enumerate(paths):
            page.goto(path.format(**made))
            assert page.locator("h1").count() == 1, path
            assert "Traceback" not in page.content()
            if shots:
                for name, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
                    page.set_viewport_size(size(viewport))
                    page.screenshot(path=f"{shots}/{endpoint}-{number}-{name}.png", full_page=True)
            try:
                assert_accessible(page, f"{endpoint} {path}")
            except Error as moved:
                # A page that renews itself did so meanwhile.
                if "navigation" not in str(moved):
                    raise
                page.wait_for_load_state()
                assert_accessible(page, f"{endpoint} {path}")
            assert page.locator("img[src='x']").count() == 0, path
            assert "49 " not in page.locator("main").inner_text() or "{{7*7}}" not in page.content(), path
    assert told == []
