"""The pages about hip problems: each in both languages, urgent things first, and nobody who is not right for it."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from flask_openapi.openapi import OpenAPI
from sqlalchemy import Engine, create_engine

from finder.db.catalogue import Catalogue
from finder.desk.catalogue import sign_off, write_hospital_row
from finder.formats import problems as told
from finder.formats.wording import wording
from tests.desk.test_catalogue import hire, shipped_body
from tests.web.conftest import LANGUAGES, MakeApp, directory_of
from tests.web.pages import Page
from tests.web.test_patients import in_language, page

FIRST_BYTES = 2000
LABEL = "General information, not yet reviewed by this hospital's clinicians."


@pytest.fixture
def catalogue(demo_app: OpenAPI) -> Catalogue:
    return directory_of(demo_app).index.catalogue


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_has_its_page_and_stands_in_the_list_once(
    client: FlaskClient, catalogue: Catalogue, language: str
) -> None:
    listed = page(client, in_language("/problems", language))
    links = [urlsplit(one["href"]).path for one in listed.within(listed.one("main")) if "/problem/" in one["href"]]
    assert sorted(links) == sorted(f"/problem/{key}" for key in catalogue.conditions)
    assert wording(language)("Other") not in [one.text for one in listed.all("h2")]
    w = wording(language)
    for key, condition in catalogue.conditions.items():
        found = page(client, in_language(f"/problem/{key}", language))
        text = found.one("main").text
        assert condition.name(language) in found.one("title").text
        assert condition.urgency[f"message_{language}"] in text
        assert w.standing_line() in text
        assert len(found.all("h1")) == 1
        for group in condition.opens_first():
            assert w.entry(catalogue, "role_group", group) in text
        for procedure in condition.defining:
            assert w.entry(catalogue, "procedure", procedure) in text
        question = condition.body[f"what_to_ask_{language}"]
        assert question is None or question in text


def test_the_groups_hold_what_ships_and_each_thing_once(catalogue: Catalogue) -> None:
    grouped = [key for keys in told.GROUPS.values() for key in keys]
    assert sorted(grouped) == sorted(catalogue.conditions)


def test_a_hospitals_own_problem_comes_last_under_other(engine: Engine, make_app: MakeApp) -> None:
    body = shipped_body(engine, "condition", "perthes") | {"id": "hip-odd", "name_en": "Odd hip", "name_es": "Rara"}
    write_hospital_row(engine, "condition", "hip-odd", body, "Ada")
    client = make_app(engine).test_client()
    found = page(client, "/problems")
    last = found.all("section", **{"aria-labelledby": "group-own"})[0]
    assert last.text == "Other Odd hip"
    assert "Odd hip" in page(client, "/problem/hip-odd").one("h1").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_that_people_use_are_shown_and_slips_are_not(catalogue: Catalogue, language: str) -> None:
    shown = 0
    for condition in catalogue.conditions.values():
        names = told.other_names(condition, wording(language))
        shown += len(names)
        assert set(names) <= set(condition.body[f"synonyms_{language}"])
        assert not set(names) & {*condition.body["misspellings"], *condition.body["match_only"]}
        assert condition.name(language) not in names
    assert shown > 100


# ---- urgent


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_emergency_comes_first_whole_and_asks_whether_it_is_happening(
    client: FlaskClient, catalogue: Catalogue, language: str
) -> None:
    w = wording(language)
    cards = {key: one.urgency for key, one in catalogue.conditions.items() if one.urgency["card"]}
    assert len(cards) > 8
    for key, urgency in cards.items():
        html = client.get(in_language(f"/problem/{key}", language)).data
        heading, text = w.card(catalogue, urgency["card"], urgency["card_form"])
        first = html[:FIRST_BYTES].decode(errors="ignore")
        section = first[first.index('<section class="stop"') : first.index("</section>")]
        found = Page(html.decode())
        assert found.one("h1").text == heading
        assert found.one("section", class_="stop").text.startswith(f"{heading} {text}")
        assert ("tel:911" in section) is (urgency["card"] == "call-911")
        assert ("stage=now" in section and "stage=treated" in section) is urgency["ask_now_or_treated"], key


def test_a_dislocated_hip_opens_with_the_card_and_leads_to_the_stage(client: FlaskClient) -> None:
    found = page(client, "/problem/hip-dislocation")
    assert found.one("section", class_="stop").text.startswith("Call 911 now Stay still.")
    assert "Is this happening now?" in found.one("section", class_="stop").text
    now = page(client, found.link("Yes, now"))
    assert now.one("h1").text == "Call 911 now"
    assert "Is this happening now?" not in now.one("body").text
    assert now.one("input", name="stage")["value"] == "now"
    treated = page(client, found.link("No, it was already treated"))
    assert not treated.all("section", class_="stop")
    assert treated.one("h1").text == "Dislocated hip (injury)"
    assert "Call 911 now" not in treated.one("body").text
    form = {one["name"]: one["value"] for one in treated.all("input")}
    results = client.get("/specialists", query_string={**form, "zip": "23220"})
    assert Page(results.text).one("h1").text == "Specialists near 23220: Dislocated hip (injury)"
    answer = Page(
        client.get("/specialists", query_string={"zip": "23220", "condition": "hip-dislocation", "stage": "now"}).text
    )
    assert answer.one("h1").text == "Call 911 now"


def test_another_stage_is_as_good_as_none(client: FlaskClient) -> None:
    found = page(client, "/problem/hip-dislocation?stage=<script>")
    assert found.one("h1").text == "Call 911 now"
    assert not found.all("input", name="stage")


def test_the_card_stands_while_the_database_is_away(
    demo_app: OpenAPI, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = create_engine("sqlite:////nowhere/at/all.db")
    monkeypatch.setattr(directory_of(demo_app), "engine", away)
    reply = client.get("/problem/hip-dislocation")
    assert reply.status_code == 200
    assert b'href="tel:911"' in reply.data[:FIRST_BYTES]
    assert LABEL in reply.text.replace("&#39;", "'")


# ---- who treats it


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_babys_dysplasia_offers_no_surgeon_of_grown_ups(
    client: FlaskClient, catalogue: Catalogue, language: str
) -> None:
    w = wording(language)
    adult, children = (w.entry(catalogue, "taxonomy", code) for code in ("207XS0114X", "207XP3100X"))
    text = page(client, in_language("/problem/ddh-infant", language)).one("main").text
    assert children in text
    assert adult not in text
    assert adult in page(client, in_language("/problem/hip-osteoarthritis", language)).one("main").text


def test_nobody_is_named_whom_a_search_leaves_out(engine: Engine, make_app: MakeApp) -> None:
    body = shipped_body(engine, "condition", "ddh-infant")
    body["taxonomies"]["primary"] = [*body["taxonomies"]["primary"], "207XS0114X"]
    body["age_bands"] = [{"age_from": 0, "age_to": 5, "primary": ["207XP3100X", "207XS0114X", "2080S0010X"]}]
    write_hospital_row(engine, "condition", "ddh-infant", body, "Ada")
    app = make_app(engine)
    text = page(app.test_client(), "/problem/ddh-infant").one("main").text
    assert wording("en").entry(directory_of(app).index.catalogue, "taxonomy", "207XS0114X") not in text
    assert "Ages 0 to 5" in text


def test_kinds_that_only_may_help_are_called_so_and_like_kinds_are_one(catalogue: Catalogue) -> None:
    surgeons, others, *_ages = told.who_treats(catalogue.conditions["labral-tear"], catalogue, wording("en"))
    assert (surgeons.who, surgeons.may_help, len(surgeons.specialties)) == ("Surgeons", False, 2)
    assert (others.may_help, others.specialties) == (True, ("Sports medicine doctor",))


def test_the_form_leads_to_people_who_treat_it(client: FlaskClient) -> None:
    found = page(client, "/problem/ddh-infant?lang=es")
    form = found.one("form")
    asks = {one["name"]: one["value"] for one in found.within(form, "input")}
    assert asks == {"lang": "es", "condition": "ddh-infant", "zip": "", "age": ""}
    results = Page(client.get(form["action"], query_string={**asks, "zip": "23220", "age": "0"}).text)
    assert results.one("html")["lang"] == "es"
    assert "Displasia de cadera en bebés" in results.one("h1").text
    ordering = parse_qs(urlsplit(found.link("Cómo ordenamos")).query)
    assert ordering == {"lang": ["es"]}


# ---- signed or not


def test_what_no_clinician_signed_says_so_in_each_language(engine: Engine, make_app: MakeApp) -> None:
    client = make_app(engine).test_client()

    def labels(language: str) -> int:
        return page(client, f"/problem/labral-tear?lang={language}").one("main").text.count(wording(language)(LABEL))

    assert labels("en") == labels("es") == 2
    reviewer = hire(engine, "Dr. Fern")
    sign_off(engine, "condition", "labral-tear", "en", reviewer)
    assert (labels("en"), labels("es")) == (0, 2)
    late = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    sign_off(engine, "condition", "labral-tear", "es", reviewer, expires_at=late)
    assert labels("es") == 2


def test_no_such_problem_is_said_kindly(client: FlaskClient) -> None:
    for path in ("/problem/labral-taer", "/problem/%00", "/problem/<script>"):
        page(client, path, 404)
