"""What is behind "More choices", and the languages in which a place answers the phone: from the file to the page."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from finder.importers.pipeline import import_files
from tests.search.made_up import write
from tests.search.small_directory import loader, person, place
from tests.web.conftest import LANGUAGES, MakeApp
from tests.web.pages import Page

PLACES = {"viet": "Vietnamese; English", "said-no": "English", "unsaid": "", "coded": "vi, es"}


@pytest.fixture
def four(engine: Engine, tmp_path: Path, make_app: MakeApp) -> FlaskClient:
    """Four places with a surgeon each, and what they say of their phone."""
    rows = [place(key, phone_languages=said) for key, said in PLACES.items()]
    loader(engine, tmp_path)("ours", locations=rows, practitioners=[person(f"x-{key}", key) for key in PLACES])
    return make_app(engine).test_client()


def found(client: FlaskClient, what: str, **asked: str) -> list[str]:
    body = client.get(f"/api/v1/{what}?{urlencode({'zip': '23220', **asked})}").json
    return [one["location"]["id"].rpartition(":")[2] for one in body["results"]]


@pytest.mark.parametrize("what", ["locations", "specialists"])
def test_who_answers_in_a_language_comes_before_who_does_not_say(four: FlaskClient, what: str) -> None:
    asked = found(four, what, phone_language="vi")
    assert (set(asked[:2]), asked[2:]) == ({"viet", "coded"}, ["unsaid"])
    assert set(found(four, what)) == set(PLACES)
    body = four.get(f"/api/v1/{what}?zip=23220&phone_language=vi").json
    assert (body["stated"], body["not_stated"]) == (2, 1)
    assert four.get(f"/api/v1/{what}?zip=23220&phone_language=Viet").status_code == 400


def test_a_place_says_it_on_its_page_and_in_the_api(four: FlaskClient) -> None:
    listed = {key: four.get(f"/api/v1/listings/place:ours:{key}").json["location"]["phone_languages"] for key in PLACES}
    assert listed == {"viet": ["vi", "en"], "said-no": ["en"], "unsaid": [], "coded": ["vi", "es"]}
    shown = Page(four.get("/place/place:ours:viet?lang=es").text)
    assert "Contestan el teléfono en: vietnamita e inglés" in shown.one("main").text
    assert "Languages on the phone: call to ask" in four.get("/place/place:ours:unsaid").text
    assert "Answers the phone in Vietnamese and English" in four.get("/places?zip=23220").text


def test_a_language_that_nobody_knows_is_left_out_and_told(engine: Engine, tmp_path: Path) -> None:
    report = import_files(engine, [write(tmp_path / "a.csv", [place("a", phone_languages="Vietnamish")])], "ours")
    (problem,) = [one for one in report.problems if one.column == "phone_languages"]
    assert problem.code == "language_unknown"
    assert report.sections["locations"].refused == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_more_choices_offer_what_is_there_and_keep_what_was_chosen(
    four: FlaskClient, client: FlaskClient, language: str
) -> None:
    shown = Page(four.get(f"/?lang={language}").text)

    def offered(page: Page, name: str) -> list[str]:
        return [one["value"] for one in page.within(page.one("select", name=name), "option")]

    assert sorted(offered(shown, "phone_language")) == ["", "en", "es", "vi"]
    assert offered(shown, "specialty") == ["", "207XX0005X"]
    assert offered(shown, "group") == ["", "all", "surgeon", "non_surgical_doctor", "therapist", "advanced_practice"]
    assert offered(shown, "radius") == ["", "10", "25", "50", "100", "any"]
    chosen = {"specialty": "225100000X", "group": "therapist", "phone_language": "es"}
    page = Page(client.get(f"/specialists?{urlencode({'zip': '23220', 'condition': 'hip-osteoarthritis', 'lang': language, **chosen})}").text)  # fmt: skip
    for name, value in chosen.items():
        (one,) = [o for o in page.within(page.one("select", name=name), "option") if "selected" in o.attributes]
        assert one["value"] == value
        assert one.text != value
    assert page.one("details", class_="more").attributes.keys() >= {"open"}
    asked = json.loads(client.get(f"/api/v1/specialists?{urlencode({'zip': '23220', **chosen})}").text)
    assert asked["results"]
    for match in asked["results"]:
        assert "225100000X" in [one["code"] for one in match["practitioner"]["specialties"]]
