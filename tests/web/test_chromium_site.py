"""A hospital's own colours, logo and listings in a real browser: all is shown, nothing is blocked, all can be read."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.web.server import FINDER, Server, environment, serving
from tests.web.test_chromium import COLOUR_RULES, DESKTOP, PHONE, browser, context_of, size

SITE = """
[site]
organization = "Mulberry Memorial"
logo = "logo.svg"
[line]
phone = "804-555-0100"
[colours]
brand = "#6a1b4d"
brand_night = "#f0b3d3"
on_brand_night = "#33081f"
paper = "#fffafc"
paper_night = "#1a1217"
radius = "1.6em"
heading_font = "serif"
"""
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="40"><style>rect{fill:#6a1b4d}</style>'
    '<rect width="90" height="40"/></svg>'
)
ROSTER = (
    "npi,given_name,family_name,credentials,specialties,location_name,address,city,state,zip_code,phone,latitude,longitude\n"
    "2025200009,Ada,Fern,MD,207XX0005X,Juniper Hip,1 Elm St,Richmond,VA,23220,804 555 0100,37.55,-77.46\n"
)
PAGES = (
    "/",
    "/specialists?zip=23220&condition=labral-tear",
    "/specialists?zip=23220&condition=hip-dislocation",
    "/specialist/npi:2025200009",
    "/problem/ddh-infant",
    "/problem/hip-dislocation",
    "/problems",
    "/about-the-data",
)
__all__ = ["browser"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server over a directory that is no demo, under a site's file."""
    folder: Path = tmp_path_factory.mktemp("site")
    home = folder / "home"
    for name, text in (("site.toml", SITE), ("logo.svg", LOGO), ("roster.csv", ROSTER)):
        (folder / name).write_text(text)
    command = [FINDER, "import", str(folder / "roster.csv"), "--source", "juniper", "--activate"]
    done = subprocess.run(command, env=environment(home), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with serving(home, FINDER_WORKERS="1", FINDER_SITE=str(folder / "site.toml")) as running:
        yield running


def test_colours_logo_and_data_are_taken_and_nothing_is_blocked(browser: Browser, server: Server) -> None:
    context = context_of(browser, server, color_scheme="light")
    page = context.new_page()
    told: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script("window.stopped = []; addEventListener('securitypolicyviolation', event => stopped.push(event.violatedDirective))")  # fmt: skip
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("stopped") == [], path
        assert page.evaluate("document.querySelector('.brand img').naturalWidth") == 90
    assert told == []
    assert all(url.startswith(f"{server.address}/") for url in asked)
    page.goto("/specialist/npi:2025200009")
    assert page.evaluate("JSON.parse(document.querySelector('script').textContent)['@type']") == "Physician"
    page.goto("/")
    look = "getComputedStyle(document.querySelector('.button.big')).backgroundColor"
    corners = "getComputedStyle(document.querySelector('.button.big')).borderTopLeftRadius"
    assert page.evaluate(look) == "rgb(106, 27, 77)"
    assert float(page.evaluate(corners).removesuffix("px")) > 20
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily").startswith("serif")
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(look) == "rgb(240, 179, 211)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(26, 18, 23)"
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_hospitals_colours_all_can_be_read(browser: Browser, server: Server, scheme: str) -> None:
    context = context_of(browser, server, color_scheme=scheme)
    page = context.new_page()
    for path in PAGES:
        page.goto(path)
        page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
        page.evaluate(Axe().axe_script)
        for viewport in (PHONE, DESKTOP):
            page.set_viewport_size(size(viewport))
            found = page.evaluate("rules => axe.run(document, rules)", COLOUR_RULES)
            assert [(one["id"], node["target"]) for one in found["violations"] for node in one["nodes"]] == [], path
            assert found["passes"]
    context.close()
