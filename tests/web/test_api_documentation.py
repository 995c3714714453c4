"""The page about the API: complete, without a script of its own, and its examples run against the real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import sync_playwright

from finder.errors import CODES
from tests.web.pages import Page
from tests.web.server import ROOT, Server
from tests.web.test_api import API, PEOPLE, found
from tests.web.test_chromium import ARGUMENTS, server

__all__ = ("server",)
TEXT = (ROOT / "finder" / "docs" / "api.md").read_text(encoding="utf-8")
ADDRESS = "https://finder.example.org"


def examples(language: str) -> list[str]:
    """Return the fenced examples in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def missing(program: str) -> None:
    """Skip where something is not there; fail in CI."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"not here: {program}")


def run(*command: str) -> str:
    """Run a program, which must succeed, and return what it prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_javascript(code: str) -> Iterator[str]:
    """Yield what a module prints, in Node or else in Chromium."""
    if node := shutil.which("node"):
        yield from run(node, "--input-type=module", "--eval", code).splitlines()
        return
    path = os.environ.get("FINDER_TEST_CHROMIUM", "")
    if not path:
        missing("node or Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        page, printed = browser.new_page(), []
        page.on("console", lambda message: printed.append(message.text))
        page.evaluate(f"(async () => {{ {code} }})()")
        browser.close()
    yield from printed


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    return found(client.get(f"{API}/openapi.json"))


@pytest.fixture
def page(client: FlaskClient) -> Page:
    reply = client.get("/docs/api")
    assert (reply.status_code, reply.mimetype) == (200, "text/html")
    return Page(reply.text)


def test_the_page_has_every_operation_parameter_status_and_field(page: Page, document: dict[str, Any]) -> None:
    shown = {one.text for one in page.all("dt")} | {one.text for one in page.all("h3")}
    for path, item in document["paths"].items():
        for method, told in item.items():
            assert f"{method.upper()} {path}" in shown
            assert {one["name"] for one in told.get("parameters", ())} <= shown
            assert set(told["responses"]) <= shown
    for name, schema in document["components"]["schemas"].items():
        assert name in shown
        assert set(schema.get("properties", ())) <= shown


def test_every_link_within_the_page_leads_somewhere(client: FlaskClient, page: Page) -> None:
    text = client.get("/docs/api").text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)
    for href in set(re.findall(r'href="(/[^"#]*)"', text)):
        assert client.get(href).status_code == 200, href


def test_the_page_asks_nothing_of_others_and_brings_no_script(client: FlaskClient) -> None:
    reply = client.get("/docs/api")
    assert re.findall(r"<script[^>]*>", reply.text) == re.findall(r"<script[^>]*>", client.get("/docs/").text)
    assert "style=" not in reply.text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', reply.text)
    assert "script-src 'self'" in reply.headers["Content-Security-Policy"]


def test_it_is_english_also_on_a_page_in_spanish(client: FlaskClient) -> None:
    text = client.get("/docs/api?lang=es").text
    assert '<html lang="es">' in text
    assert '<div lang="en">' in text


def test_the_text_says_what_is_so(client: FlaskClient) -> None:
    (shown,) = examples("json")
    told = json.loads(shown)
    assert told == client.get(f"{PEOPLE}?zip=2139").json
    assert set(re.findall(r"`([a-z]+_[a-z_]+)`", TEXT)) <= {*CODES, "not_stated"}
    assert "50 at most" in TEXT
    assert client.get(f"{PEOPLE}?zip=23220&limit=51").status_code == client.get(f"{PEOPLE}?zip=23220&offset=151").status_code == 400  # fmt: skip


def listed(server: Server) -> list[str]:
    """Return what the examples that list people print: two pages of five, the notices before each."""
    expected = []
    for offset in (0, 5):
        asked = f"{PEOPLE}?zip=23220&condition=hip-osteoarthritis&limit=5&offset={offset}"
        answer = json.loads(server.get(asked).body)
        expected += [one["message"] for one in answer["notices"]]
        expected += [
            f"{one['rank']}. {one['practitioner']['name']}, {one['distance_text']}" for one in answer["results"]
        ]
    assert len(expected) == 12
    return expected


def test_the_example_in_python_runs(server: Server, tmp_path: Path) -> None:
    (code,) = examples("python")
    path = tmp_path / "example.py"
    path.write_text(code.replace(ADDRESS, server.address), encoding="utf-8")
    assert run(sys.executable, "-I", str(path)).splitlines() == listed(server)


def test_the_example_in_javascript_runs(server: Server) -> None:
    (code,) = examples("js")
    assert list(run_javascript(code.replace(ADDRESS, server.address))) == listed(server)


def test_the_examples_of_curl_run(server: Server) -> None:
    if not shutil.which("curl"):
        missing("curl")
    plain, geo, again = (run("bash", "-euo", "pipefail", "-c", one.replace(ADDRESS, server.address)) for one in examples("sh"))  # fmt: skip
    assert len(json.loads(plain)["results"]) == 3
    assert json.loads(geo)["type"] == "FeatureCollection"
    assert again == "304\n"
