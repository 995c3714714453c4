"""What goes wrong on pages: hostile input, what is not there, and a database that is away."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from finder.db.dialect import open_engine
from finder.desk.publish import activate
from finder.formats.wording import wording
from finder.importers.pipeline import import_files
from tests.conftest import Databases
from tests.web.conftest import LANGUAGES, MakeApp
from tests.web.pages import Page
from tests.web.test_patients import in_language, page

BAD = '<script>alert("1")</script>\'"><img src=x onerror=alert(1)>{{7*7}}'
WEB = "https://x.example/?a='b'&c={{7*7}}"
WriteCsv = Callable[[str, str], Path]


def table(*rows: dict[str, str]) -> str:
    """Return rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def harmless(html: str) -> Page:
    """Return a page after seeing that nothing of BAD came to life in it."""
    found = Page(html)
    # One script of ours; and data for search engines: no browser runs it, and its type is ours.
    ours, *data = sorted(found.all("script"), key=lambda one: one["type"] != "module")
    assert (ours["type"], ours.text) == ("module", "")
    for one in data:
        assert one.attributes == {"type": "application/ld+json"}
        assert json.loads("".join(one.texts))["@context"] == "https://schema.org"
    assert not found.all("img")
    assert not any(name.startswith("on") for one in found.elements for name in one.attributes)
    return found


@pytest.fixture
def hostile(engine: Engine, make_app: MakeApp, write_csv: WriteCsv) -> FlaskClient:
    """An app over a directory whose every text is an attack, and which is no demo."""
    place = {
        "location_id": "p1", "name": BAD, "organization": BAD, "kind": "hospital", "address": BAD, "address_2": BAD,
        "city": BAD, "state": "VA", "zip_code": "23220", "phone": "804 555 0100", "website": WEB,
        "latitude": "37.55", "longitude": "-77.46", "hours": BAD, "directions": BAD,
    }  # fmt: skip
    person = {
        "person_id": "a1", "location_id": "p1", "given_name": BAD, "family_name": BAD, "credentials": "<b>MD</b>",
        "specialties": "207XX0005X", "fellowship": BAD, "profile_url": WEB, "days": BAD,
        "first_visit_with": BAD, "works_with": BAD, "booking_url": WEB,
    }  # fmt: skip
    said = {"person_id": "a1", "location_id": "", "condition_or_procedure": "labral-tear", "level": "treats", "approved_by": BAD}  # fmt: skip
    plan = {"organization": BAD, "plan": BAD, "accepts": "yes"}
    service = {"location_id": "p1", "service": "emergency", "offered": "yes", "detail": BAD, "hours": BAD}
    files = [
        write_csv(f"{number}.csv", table(rows)) for number, rows in enumerate((place, person, said, plan, service))
    ]
    report = import_files(engine, files, "hospital")
    assert set(report.problem_counts) == {"hours_in_words", "plan_unknown"}, report.problems
    activate(engine, "hospital", None, "test")
    return make_app(engine, FINDER_SITE_NAME=BAD).test_client()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/specialists?zip=23220&condition=labral-tear", 200),
        ("/specialists?zip=23220&condition=hip-dislocation", 200),
        ("/places?zip=23220", 200),
        ("/specialist/person:hospital:a1", 200),
        ("/place/place:hospital:p1", 200),
        ("/nothing", 404),
    ],
)
def test_what_is_imported_stays_text(hostile: FlaskClient, path: str, status: int, language: str) -> None:
    reply = hostile.get(in_language(path, language))
    assert reply.status_code == status
    found = harmless(reply.text)
    assert BAD in found.one("a", class_="brand").text
    assert "49" not in found.one("a", class_="brand").text
    if "labral" in path or "/specialist/" in path:
        assert f"{BAD} {BAD}, <b>MD</b>" in found.one("main").text
    assert not found.all("section", class_="demo")


def test_a_real_listing_may_be_indexed_and_results_may_not(hostile: FlaskClient) -> None:
    for path in ("/", "/specialist/person:hospital:a1", "/place/place:hospital:p1"):
        assert not page(hostile, path).all("meta", name="robots"), path
    for path, status in (("/specialists?zip=23220", 200), ("/places?zip=23220", 200), ("/places?zip=1", 400), ("/nothing", 404)):  # fmt: skip
        assert page(hostile, path, status).one("meta", name="robots")["content"] == "noindex", path


@pytest.mark.parametrize("path", ["/", "/specialists", "/places", "/nothing", "/specialist/npi:2025200009", "/docs/"])
@pytest.mark.parametrize(
    "query",
    [
        f"zip={BAD}",
        f"zip=23220&condition={BAD}",
        f"zip=23220&{BAD}=1",
        "zip=23220&lang=" + "x" * 5000,
        "lang=en&lang=es",
        f"lang={BAD}",
        "zip=23220&endpoint=x&values=y&self=z",
        "zip=23220&_scheme=javascript&_external=1&_anchor=x&_method=POST",
        "public_id=x&filename=y&name=z",
        "&".join(f"p{n}=1" for n in range(3000)),
        "%00=%00&%FF",
        "stage=now&stage=treated&offset=-1",
    ],
    ids=range(12),
)
def test_nothing_asked_breaks_a_page(client: FlaskClient, path: str, query: str) -> None:
    reply = client.get(f"{path}?{query}")
    assert reply.status_code in (200, 400, 404), reply.text[:300]
    found = harmless(reply.text)
    for link in found.all("a"):
        assert link["href"].startswith(
            ("/", "#", "tel:", "https://example.org/", "https://www.openstreetmap.org/directions?to=")
        ), link["href"]


def test_a_script_as_zip_is_kept_as_text(client: FlaskClient) -> None:
    reply = client.get("/specialists?zip=<script>")
    assert reply.status_code == 400
    assert "<script>" not in reply.text
    found = harmless(reply.text)
    assert found.one("input", name="zip")["value"] == "<script>"
    assert "<script>" in found.one("p", id="zip-wrong").text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "page_missing"),
        ("GET", "/static/nothing.css", 404, "page_missing"),
        ("GET", "/static/../wsgi.py", 404, "page_missing"),
        ("GET", "/docs/nothing", 404, "page_missing"),
        ("GET", "/specialist/npi:1", 404, "listing_missing"),
        ("GET", "/place/npi:2025200009", 404, "listing_missing"),
        ("POST", "/", 405, "method_refused"),
        ("POST", "/specialists?zip=23220", 405, "method_refused"),
        ("DELETE", "/place/place:demo:lark-hip", 405, "method_refused"),
    ],
)
def test_a_fault_is_a_page_with_one_sentence(
    client: FlaskClient, method: str, path: str, status: int, code: str, language: str
) -> None:
    w = wording(language)
    reply = client.open(in_language(path, language), method=method)
    found = Page(reply.text)
    assert (reply.status_code, reply.mimetype) == (status, "text/html")
    assert found.one("html")["lang"] == language
    assert found.one("h1").text == w.code(code, {"method": method} if status == 405 else {})
    assert found.one("title").text.startswith(f"Error: {found.one('h1').text}")
    assert w.standing_line() in found.one("main").text
    assert found.one("a", class_="button")["href"].split("?")[0] == "/"
    assert found.all("a", href="tel:+18045550199")
    if status == 405:
        assert "GET" in reply.headers["Allow"]


def test_more_than_can_be_taken_is_refused(client: FlaskClient) -> None:
    for path in ("/specialists", "/api/v1/specialists"):
        assert client.post(path, data=b"x" * 2_000_000).status_code in (405, 413)
        assert client.get(path, data={"zip": "x" * 2_000_000}).status_code in (400, 413)


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_anything_was_set_up_each_page_asks_for_patience(
    databases: Databases, make_app: MakeApp, language: str
) -> None:
    engine = open_engine(databases.empty())
    client = make_app(engine).test_client()
    engine.dispose()
    for path in ("/", "/specialists?zip=23220", "/place/place:demo:lark-hip"):
        reply = client.get(in_language(path, language))
        assert reply.status_code == 503
        assert int(reply.headers["Retry-After"]) > 0
        assert Page(reply.text).one("h1").text == wording(language).code("directory_not_ready", {})
    assert client.get("/api/v1/specialists?zip=23220").json["code"] == "directory_not_ready"
    assert client.get("/api/v1/conditions").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
