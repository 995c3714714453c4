"""The list for paper: up to ten to call, what to ask and bring; what no clinician has signed is marked."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert

from finder.db.staff import Staff, StaffRole
from finder.desk.catalogue import sign_off
from finder.formats.wording import wording
from tests.web.conftest import LANGUAGES, MakeApp
from tests.web.test_patients import page, people, ranks

LIST = "/specialists/print?zip=23220&condition=hip-dysplasia"
UNSIGNED = "General information, not yet reviewed by a clinician."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", ["specialists", "places"])
def test_it_shows_what_the_list_shows_in_the_same_order(client: FlaskClient, unit: str, language: str) -> None:
    asked = f"zip=23220&condition=hip-osteoarthritis&lang={language}&radius=25"
    results = page(client, f"/{unit}?{asked}")
    paper = page(client, results.link(wording(language)("A list to print and take along")))
    assert ranks(paper) == list(range(1, 11))
    names = [one.text for one in results.all("h3") if one.inside[-1]["class"] == "card"][:10]
    assert [one.text for one in paper.all("h2", class_="name")] == names
    phones = [one["href"] for one in paper.within(paper.all("ol")[0]) if one["href"].startswith("tel:")]
    cards = [one for one in results.all("a", class_="button") if any(outer["class"] == "card" for outer in one.inside)]
    wanted = [one["href"] for one in cards if one["href"].startswith("tel:")][:10]
    assert phones == wanted
    assert paper.one("html")["lang"] == language
    back = paper.link(wording(language)("Back to the list"))
    assert page(client, back).one("h1").text == results.one("h1").text


def test_at_most_ten_whatever_is_asked(client: FlaskClient) -> None:
    assert len(page(client, "/specialists/print?zip=23220&limit=50").all("li", class_="card")) == 10
    assert len(page(client, "/specialists/print?zip=23220&limit=3").all("li", class_="card")) == 3


def test_what_to_ask_and_bring(client: FlaskClient) -> None:
    found = page(client, LIST)
    ask, bring = found.all("ul", class_="boxes")
    assert ask.text.startswith("Do you treat this: Hip dysplasia (teens and adults)? How often?")
    assert "Do you do PAO (moving the hip socket)?" in ask.text
    assert "interpreter" in bring.text
    assert len(found.all("p", class_="write")) == 10
    assert "no-store" in client.get(LIST).headers["Cache-Control"]
    assert found.one("meta", name="robots")["content"] == "noindex"


def test_nothing_clinical_stands_unmarked_before_a_reviewer_signed_it(demo_engine: Engine, make_app: MakeApp) -> None:
    client = make_app(demo_engine).test_client()
    assert UNSIGNED in page(client, LIST).one("main").text
    with demo_engine.begin() as connection:
        reviewer = {"name": "Dr. Fern", "role": StaffRole.CLINICAL_REVIEWER, "password_hash": "x", "created_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}  # fmt: skip
        connection.execute(insert(Staff).values(**reviewer))
    sign_off(demo_engine, "condition", "hip-dysplasia", "en", "Dr. Fern")
    assert UNSIGNED not in page(client, LIST).one("main").text
    spanish = page(client, f"{LIST}&lang=es").one("main").text
    assert "aún no revisada por personal clínico" in spanish
    # Of a problem of which the catalogue has nothing to ask there is nothing to mark.
    assert UNSIGNED not in page(client, "/specialists/print?zip=23220&condition=labral-tear").one("main").text


def test_an_emergency_comes_first_on_paper_too(client: FlaskClient) -> None:
    html = client.get("/specialists/print?zip=23220&condition=hip-dislocation").text
    assert html.index("tel:911") < html.index("<header")
    assert not re.search(r"\bcost\b", html)


@pytest.mark.parametrize("asked", ["zip=1", "zip=23220&radius=x", "", "zip=23220&condition=nothing"])
def test_a_slip_is_asked_about_as_ever(client: FlaskClient, asked: str) -> None:
    found = page(client, f"/specialists/print?{asked}", 400)
    assert found.one("form")["action"] == "/specialists"


def test_words_that_are_not_about_the_hip_get_no_list(client: FlaskClient) -> None:
    found = page(client, "/specialists/print?zip=23220&q=hip+hop+class")
    assert not found.all("li", class_="card")
    assert "This finder is for hips only." in found.one("main").text


def test_who_takes_no_new_patients_says_so_before_the_call(client: FlaskClient) -> None:
    full = next(one for one in people(client, "group=all") if one["role"]["accepting_new_patients"] == "no")
    who = full["practitioner"]["name"].split(",")[0]
    query = f"zip=23220&condition=labral-tear&name={who.replace(' ', '+')}"
    for path in (f"/specialists?{query}", f"/specialists/print?{query}"):
        found = page(client, path)
        (card,) = [one for one in found.all("li", class_="card") if who in one.text][:1]
        assert card.text.index("Not taking new patients now") < card.text.index("Call"), path
