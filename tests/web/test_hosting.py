"""What pages and API say of organizations: the own one, whom one serves, and whose line to call."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from finder.desk.organizations import Wish, say_of
from tests.web.conftest import LANGUAGES, MakeApp
from tests.web.pages import Page

LARK = "larkspindle-health"
OUTSIDE = f"zip=59244&condition=labral-tear&organization={LARK}"
SAID = {
    "en": ("Larkspindle Health says that it does not serve 59244 (Larslan, MT).", "Elsewhere"),
    "es": ("Larkspindle Health dice que no atiende a personas de 59244 (Larslan, MT).", "Otra parte"),
}


@pytest.fixture
def serving(demo_engine: Engine) -> Engine:
    """The demo, where one organization serves Virginia."""
    links = ("Elsewhere|Otra parte|https://example.org/else",)
    say_of(demo_engine, LARK, Wish("804-555-0142", "Mon-Fri 8-5", "VA", links=links), "test")
    return demo_engine


def page(client: FlaskClient, path: str) -> Page:
    return Page(client.get(path).text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_outside_its_area_a_page_says_so_and_where_to_ask(
    serving: Engine, make_app: MakeApp, language: str
) -> None:
    found = page(make_app(serving).test_client(), f"/specialists?{OUTSIDE}&lang={language}")
    sentence, label = SAID[language]
    (note,) = [one for one in found.all("div", class_="note") if one.text.startswith(sentence)]
    assert found.link(label) == "https://example.org/else"
    assert "(804) 555-0142" in note.text
    assert "Mon-Fri 8:00-17:00" in note.text
    assert found.all("li", class_="card")  # however far
    # Its line stands there once.
    assert len(found.all("a", href="tel:+18045550142")) == 1


def test_inside_it_nothing_is_said(serving: Engine, make_app: MakeApp) -> None:
    client = make_app(serving).test_client()
    assert not page(client, f"/specialists?{OUTSIDE.replace('59244', '23220')}").all("div", class_="note")
    assert client.get(f"/api/v1/specialists?{OUTSIDE.replace('59244', '23220')}").json["outside_area"] is None


def test_the_api_says_the_same(serving: Engine, make_app: MakeApp) -> None:
    client = make_app(serving).test_client()
    body = client.get(f"/api/v1/locations?{OUTSIDE}&lang=es").json
    outside = body["outside_area"]
    assert outside["message"].startswith(SAID["es"][0])
    assert outside["organization"] == {"id": LARK, "name": "Larkspindle Health"}
    assert (outside["phone"], outside["hours"]) == ("+18045550142", "Mon-Fri 8:00-17:00")
    assert outside["links"] == [{"label": "Otra parte", "url": "https://example.org/else"}]
    assert outside["nearest_miles"] == pytest.approx(body["results"][0]["distance_miles"], abs=5)
    assert body["far"]["nearest_miles"] == body["results"][0]["distance_miles"] > 1500
    assert body["line"]["phone"] == "+18045550142"
    assert body["started_wide"] is True


def test_the_own_organization_is_first_or_alone_and_said(serving: Engine, make_app: MakeApp) -> None:
    question = "zip=23220&condition=hip-osteoarthritis&radius=50"
    first = make_app(serving, FINDER_ORGANIZATION="pogowillow-therapy", FINDER_OWN="first").test_client()
    found = page(first, f"/places?{question}")
    said = [one.text for one in found.all("p", class_="said")]
    assert "People and places of Pogowillow Therapy come first, then all others." in said
    body = first.get(f"/api/v1/locations?{question}").json
    assert f"{body['own']} of them are of Pogowillow Therapy. After them come {body['others']} of others." in said
    own = [one["location"]["organization"] == "Pogowillow Therapy" for one in body["results"]]
    assert own == sorted(own, reverse=True)
    assert set(own) == {True, False}
    only = make_app(serving, FINDER_ORGANIZATION=LARK, FINDER_OWN="only").test_client()
    body = only.get(f"/api/v1/locations?{question}").json
    assert {one["location"]["organization"] for one in body["results"]} == {"Larkspindle Health"}
    assert body["own_organization"]["mode"] == "only"
    # An emergency room is not left out for being somebody else's.
    urgent = only.get("/api/v1/specialists?zip=23220&condition=hip-dislocation").json["emergency_departments"]
    assert {one["location"]["organization"] for one in urgent} - {"Larkspindle Health"}


def test_the_line_comes_after_an_emergency_s_card(serving: Engine, make_app: MakeApp) -> None:
    client = make_app(serving, FINDER_ORGANIZATION=LARK).test_client()
    shown = client.get("/specialists?zip=59244&condition=hip-dislocation").text
    assert 0 < shown.index('class="stop"') < shown.index("tel:+18045550142")
    assert "tel:+18045550142" not in client.get("/specialists?zip=59244&condition=hip-dislocation&stage=now").text


def test_an_own_organization_that_is_not_there_is_logged(
    serving: Engine, make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_app(serving, FINDER_ORGANIZATION="larkspindle", FINDER_OWN="only").test_client()
    assert "organization_missing" in caplog.text
    assert client.get("/api/v1/specialists?zip=23220").json["count"] > 20
