"""Answering a caller: the same answer as patients get, notes of staff, what to say, and nothing kept."""

from __future__ import annotations

import datetime as dt
import json
import logging
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine

from finder.db.staff import StaffRole
from finder.desk.notes import set_note
from finder.desk.publish import republish
from finder.formats.wording import wording
from tests.conftest import load_index
from tests.sample_files import whole_database
from tests.web.admin.conftest import Desk, SignIn
from tests.web.pages import Page
from tests.web.test_editions import CANARIES

NOW = dt.datetime(2026, 11, 22, 17, tzinfo=dt.UTC)
QUESTIONS = [
    {"zip": "23220", "q": "torn labrum in hip"},
    {"zip": "23220", "condition": "labral-tear", "age": "15"},
    {"zip": "99723", "condition": "ddh-infant", "age": "1"},
    {"zip": "23220-9137", "q": "zqx hip 4711"},
    {"zip": "23220", "condition": "hip-dysplasia", "offset": "10"},
    {"zip": "23220", "condition": "hip-osteoarthritis", "group": "all", "language": "es"},
    {"zip": "23220", "q": "", "condition": ""},
]


def ask(desk: Desk, **fields: str) -> Page:
    reply = desk.post("/admin/phone", fields)
    assert reply.status_code == 200, reply.text
    assert reply.headers["Cache-Control"] == "no-store"
    return Page(reply.text)


def lines(page: Page) -> list[tuple[str, str, str]]:
    """Return (number and name, how far, why) of each line of a page, in its order."""
    found = []
    for n, card in enumerate(page.all("h3")):
        why = [one.text for one in page.all("p", class_="why")]
        found.append((card.text, page.all("p", class_="far")[n].text, why[n] if n < len(why) else ""))
    return found


@pytest.mark.parametrize("unit", ["people", "places"])
@pytest.mark.parametrize("asked", QUESTIONS)
@pytest.mark.parametrize("lang", ["en", "es"])
def test_it_is_the_answer_that_patients_get(desk_of: SignIn, asked: dict[str, str], lang: str, unit: str) -> None:
    desk = desk_of(StaffRole.VIEWER)
    path = "/specialists" if unit == "people" else "/places"
    # The form of the desk has its field of problems always, as that of the patients has.
    asked = {"condition": "", **asked}
    theirs = lines(Page(desk.get(path, query_string={**asked, "lang": lang}).text))
    ours = lines(ask(desk, **asked, lang="es" if lang == "es" else "", unit="" if unit == "people" else "places"))
    assert ours == theirs != []


def test_patients_words_and_choices_are_those_of_the_patients_page(desk_of: SignIn) -> None:
    desk = desk_of(StaffRole.VIEWER)
    page = ask(desk, zip="23220", q="hip hurts at night and clicks")
    choices = [one for one in page.all("button", class_="link") if one["value"].startswith("q=&")]
    theirs = Page(desk.get("/specialists?zip=23220&condition=&q=hip+hurts+at+night+and+clicks").text)
    assert [one.text for one in choices][:2]
    assert all(one.text in theirs.one("main").text for one in choices)
    kept = {one["name"]: one["value"] for one in page.within(page.one("form", id="again"), "input")}
    kept.pop("csrf_token")
    chosen = ask(desk, **kept, change=choices[0]["value"])
    assert "You wrote" not in chosen.one("main").text
    assert chosen.all("h3")


@pytest.mark.parametrize(
    ("words", "card"), [("fell and can't get up", "call-911"), ("fever and hip pain", "go-today"), ("me caí y no puedo caminar", "call-911")]
)  # fmt: skip
def test_what_is_urgent_comes_first_in_both_languages_word_for_word(desk_of: SignIn, words: str, card: str) -> None:
    desk = desk_of(StaffRole.VIEWER)
    for fields in ({"zip": "23220", "q": words}, {"zip": "1", "q": words}):
        reply = desk.post("/admin/phone", fields)
        assert reply.status_code == (200 if fields["zip"] == "23220" else 400)
        page = Page(reply.text)
        first = page.all("section")[0]
        assert first["class"] == "stop"
        catalogue = json.loads((Path(__file__).parents[3] / "data" / "catalogue.json").read_text())
        for language in ("en", "es"):
            said = " ".join(one.text for one in page.within(first, "div") if one["lang"] == language)
            assert catalogue["cards"][card][f"hip_{language}"] in said
        assert reply.text.index('class="stop"') < reply.text.index("<h1")


def test_what_is_asked_first_always_stands_there_in_both_languages(desk_of: SignIn) -> None:
    desk = desk_of(StaffRole.VIEWER)
    for reply in (desk.get("/admin/phone"), desk.post("/admin/phone", {"zip": "23220", "condition": "labral-tear"})):
        text = Page(reply.text).one("main").text
        for language, begins in (("en", "Before anything else"), ("es", "Antes que nada")):
            assert begins in text
            assert wording(language).standing_line() in text
        assert "Vaya hoy a la sala de emergencias de un hospital" in text


def test_notes_of_staff_stand_beside_and_nowhere_else(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(StaffRole.VIEWER)
    said = {
        "note": "<b>Ask for Ana</b> zqxnote", "scheduling_phone": "804-555-0177", "referral_rules": "zqxreferral",
        "records_rules": "Send images by zqxrecords",
    }  # fmt: skip
    set_note(demo_engine, load_index(demo_engine), "npi:2025200009", said, "tests", NOW)
    set_note(demo_engine, load_index(demo_engine), "place:demo:lark-hip", {"note": "zqxplace"}, "tests", NOW)
    reply = desk.post("/admin/phone", {"zip": "23220", "name": "Amberwhistle", "condition": ""})
    reply = desk.post("/admin/phone", {"zip": "23220", "condition": "labral-tear"})
    text = Page(reply.text).one("main").text
    for one in ("<b>Ask for Ana</b> zqxnote", "(804) 555-0177", "zqxreferral", "Send images by zqxrecords", "zqxplace"):
        assert one in text, one
    assert "<b>Ask for Ana" not in reply.text
    for path in (
        "/specialists?zip=23220&condition=labral-tear", "/specialist/npi:2025200009", "/place/place:demo:lark-hip",
        "/api/v1/listings/npi:2025200009", "/api/v1/specialists?zip=23220&condition=labral-tear",
        "/specialists/print?zip=23220&condition=labral-tear", "/api/v1/specialists.geojson?zip=23220",
    ):  # fmt: skip
        told = desk.get(path)
        assert told.status_code == 200
        assert "zqx" not in told.text, path
        assert "555-0177" not in told.text, path
    assert load_index(demo_engine).edition == 1, "patients see no new edition"
    assert "zqx" not in repr(whole_database(demo_engine, "staff_note", "audit_entry"))
    republish(demo_engine, "tests", "test")
    for row in whole_database(demo_engine)["snapshot"]:
        blob = next(one for one in row if isinstance(one, bytes))
        # It is not compressed, so that what is in it can be seen.
        assert b"labral" in blob
        assert b"zqx" not in blob


def test_nothing_of_a_caller_is_kept(
    desk_of: SignIn, demo_engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk = desk_of(StaffRole.VIEWER)
    before = whole_database(demo_engine)
    for fields in (
        {"zip": "23220-9137", "q": "zqx hip 4711", "name": "zqx hip 4711"}, {"zip": "23220-9137", "q": "zqx hip 4711"},
        {"zip": "232209137x", "q": "zqx hip 4711 chest pain"}, {"zip": "23220-9137", "q": "zqx hip 4711", "radius": "zqx4711"},
        {"near": "47.11,-97.11", "q": "zqx hip 4711", "lang": "es"}, {"zip": "23220-9137", "condition": "zqx-hip-4711"},
        {"zip": "23220-9137", "change": "q=zqx+hip+4711", "keys": "off"}, {"zip": "23220-9137", "q": "zqx hip 4711" * 900},
    ):  # fmt: skip
        reply = desk.post("/admin/phone", fields)
        assert reply.status_code in (200, 400), reply.status_code
        assert reply.headers["Cache-Control"] == "no-store"
        assert "Location" not in reply.headers
        page = Page(reply.text)
        for one in page.elements:
            for name in ("href", "action", "formaction", "src"):
                assert not any(canary.decode() in one[name] for canary in CANARIES), (one.tag, one[name])
    # A form that came too late is not told of either.
    late = desk.client.post("/admin/phone", data={"zip": "23220-9137", "q": "zqx hip 4711", "csrf_token": "old"})
    assert late.status_code == 400
    with desk.client.session_transaction("/admin/") as session:
        assert not any(canary.decode() in repr(dict(session)) for canary in CANARIES)
    assert whole_database(demo_engine) == before
    assert not any(canary in caplog.text.encode() for canary in CANARIES)
    if demo_engine.dialect.name == "sqlite":
        folder = Path(str(demo_engine.url.database)).parent
        kept = [path for path in folder.glob(f"{Path(str(demo_engine.url.database)).name}*") if path.is_file()]
        assert kept
        for path in kept:
            assert not any(canary in path.read_bytes() for canary in CANARIES), path
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or not any(canary in path.read_bytes() for canary in CANARIES), path


def test_what_stands_in_an_address_is_not_looked_at(desk_of: SignIn) -> None:
    desk = desk_of(StaffRole.VIEWER)
    asked = Page(desk.get("/admin/phone?zip=23220&condition=labral-tear&q=zqx+hip").text)
    assert asked.all("h3") == []
    assert asked.one("input", id="q")["value"] == asked.one("input", id="zip")["value"] == ""
    assert asked.one("form", id="ask")["method"] == "post"
    assert asked.one("form", id="ask")["autocomplete"] == "off"
    assert desk.client.get(f"/admin/phone?{quote('zip=23220')}").status_code == 200


def test_what_is_typed_is_never_markup(desk_of: SignIn) -> None:
    desk = desk_of(StaffRole.VIEWER)
    hostile = '"><img src=x onerror=alert(1)>{{ 7*7 }}'
    for fields in ({"zip": "23220", "q": hostile}, {"zip": hostile, "q": hostile}, {"zip": "23220", "name": hostile},
                   {"zip": "23220", "plan": hostile, "condition": hostile, "group": hostile, "unit": hostile, "keys": hostile}):  # fmt: skip
        reply = desk.post("/admin/phone", fields)
        assert reply.status_code in (200, 400)
        assert "<img" not in reply.text
        assert ">49" not in reply.text


def test_only_staff_answer_callers(desk_of: SignIn) -> None:
    desk = desk_of(StaffRole.VIEWER)
    stranger = desk.app.test_client()
    assert stranger.get("/admin/phone").status_code == 303
    assert stranger.post("/admin/phone", data={"zip": "23220"}).status_code == 303
    away = desk.client.post("/admin/phone", data={"zip": "23220"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert away.status_code == 400
