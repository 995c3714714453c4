"""The pages of a person and of a place: what is said, by whom, what is to be asked, and the way back to the list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from finder.site import Site
from finder.site.identity import Money
from tests.web.pages import Page
from tests.web.test_patients import page

PERSON, PLACE = "/specialist/npi:2025200009", "/place/place:demo:lark-hip"
HOSPITAL = "/place/place:demo:lark-univ"
LIST = "zip=23220&condition=labral-tear"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the clock of the pages, in UTC."""

    def set_to(moment: str) -> None:
        fixed = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
        monkeypatch.setattr("finder.web.patients.listings.now", lambda: fixed)

    return set_to


def test_a_person_says_what_they_do_who_says_so_and_what_to_ask(client: FlaskClient) -> None:
    found = page(client, PERSON)
    said = [one.text for one in found.all("p", class_="why") if "maybe" not in one["class"].split()]
    assert "A main focus of their work: Hip labral tear. Larkspindle Health says so." in said
    assert any(one.endswith("Larkspindle Health Medical Staff Office says so, October 2, 2026.") for one in said)
    # Said of one of two places only.
    assert (
        "Does this work: Cutting and realigning the top of the thigh bone. Larkspindle Health says so. At Larkspindle University Hospital."
        in said
    )
    (ask,) = found.all("div", class_="maybe")
    assert ask.text.startswith("Call to ask about these: Stress fracture of the hip;")
    assert "Hip labral tear" not in ask.text
    assert "Dislocated hip" not in ask.text  # no clinic is to be called about an emergency
    refused = [one.text for one in found.all("li", class_="no")]
    assert any(one.startswith("Does not do this: Total hip replacement.") for one in refused)


def test_facts_that_differ_name_their_places_and_others_do_not(client: FlaskClient) -> None:
    found = page(client, PERSON)
    names = [one.text for one in found.all("dt")]
    assert names[:5] == ["New patients", "Referral from a doctor", "Languages", "Visits by video", "Ages"]
    values = [one.text for one in found.all("dd")]
    assert values[0] == (
        "New patients: call to ask (Larkspindle Hip Pavilion) Taking new patients (Larkspindle University Hospital)"
    )
    assert values[1] == "No referral needed"
    assert values[3] == "Visits by video, for people in Virginia and North Carolina"


def test_plans_are_said_by_whom_and_when_under_words_that_patients_know(client: FlaskClient) -> None:
    for path in (PERSON, HOSPITAL):
        text = page(client, path).one("main").text
        assert (
            "Medicaid and state plans Moonbeam Medicaid Plan: not taken Larkspindle Health says so, May 12, 2026."
            in text
        )
        assert (
            "Nobody has told us about these: Medicare, TRICARE, Veterans (VA), Injury at work, and Paying yourself."
            in text
        )
        assert text.count("Ask your plan too.") == 1


def test_a_place_nobody_told_of_plans_says_to_ask(client: FlaskClient) -> None:
    body = client.get("/api/v1/locations?zip=23220&radius=any&limit=50").json
    ids = [one["location"]["id"] for one in body["results"]]
    bare = next(one for one in ids if not client.get(f"/api/v1/listings/{one}").json["plans"])
    text = page(client, f"/place/{bare}").one("main").text
    assert "Nobody has told us which plans are taken. Call to ask, and ask your plan too." in text


def test_a_link_that_opens_only_on_a_click_leads_the_way(client: FlaskClient) -> None:
    found = page(client, PLACE)
    (way,) = (one for one in found.all("a") if one.text.startswith("Directions"))
    assert way["href"] == "https://www.openstreetmap.org/directions?to=37.57681%2C-77.52394"
    assert way["rel"] == "noreferrer"
    assert not any("openstreetmap" in address for address in found.loaded())


# 2026-11-19 is a Thursday; Virginia is five hours behind.
@pytest.mark.parametrize(
    ("moment", "said", "kept"),
    [
        ("2026-11-19T17:00", "Open until 4:30 PM.", 300),
        ("2026-11-19T21:29", "Open until 4:30 PM.", 60),
        ("2026-11-19T21:30", "Closed now. Opens tomorrow at 7:30 AM.", 300),
        ("2026-11-21T15:00", "Hours today: call to ask. The next hours that we know of begin Monday at 7:30 AM.", 300),
        ("2026-11-26T17:00", "Usually open until 4:30 PM.", 300),
    ],
)
def test_hours_are_by_the_places_own_clock(
    client: FlaskClient, at: Callable[[str], None], moment: str, said: str, kept: int
) -> None:
    at(moment)
    reply = client.get(PLACE)
    found = Page(reply.text)
    (told,) = found.all("p", class_="now")
    assert told.text == said
    # It is not kept past the moment when something else is true.
    assert reply.headers["Cache-Control"] == f"public, max-age={kept}"
    (today,) = (one for one in found.all("tr") if one["aria-current"] == "date")
    assert "(today)" in today.text
    assert len(found.all("tr")) == 7
    assert ("public holiday" in found.one("main").text) == (moment == "2026-11-26T17:00")


def test_the_places_of_a_person_are_drawn_and_numbered_as_they_are_listed(client: FlaskClient) -> None:
    """The nearest comes first where it is known from where."""
    for asked, first in ((PERSON, "Hip Pavilion"), (f"{PERSON}?zip=23298", "University Hospital")):
        found = page(client, asked)
        headings = [one.text for one in found.all("h3") if one.inside[-1]["class"] == "stop-over"]
        assert headings[0] == f"1. Larkspindle {first}"
        assert found.one("figcaption").text.startswith(f"1: Larkspindle {first}")


def test_services_have_hours_of_their_own(client: FlaskClient, at: Callable[[str], None]) -> None:
    at("2026-11-20T17:30")
    text = page(client, HOSPITAL).one("main").text
    assert "Emergency room Open day and night." in text
    assert "Closed now." in text  # the ultrasound of babies' hips, on a Friday after noon
    assert "Hours: Monday to Thursday: 8 AM to 6 PM; Friday: 8 AM to noon" in text
    assert "Walk-in clinic with X-ray Hours: call to ask" in page(client, PLACE).one("main").text


def test_people_of_a_place_stand_by_kind_of_help_with_what_each_does(client: FlaskClient) -> None:
    found = page(client, PLACE)
    assert [one.text for one in found.all("h3")][:2] == ["Surgeons", "Doctors who do not operate"]
    first = found.all("ul", class_="people")[0]
    assert "They say they do: Hip labral tear; Hip impingement (FAI)" in first.text
    assert "Here on Monday, Tuesday, and Thursday" in first.text
    assert "Call 711 first." in found.one("main").text


def test_the_way_back_keeps_the_question_and_says_how_far(client: FlaskClient) -> None:
    results = page(client, f"/specialists?{LIST}&radius=25&group=all")
    first = next(one for one in results.all("a") if one.inside[-1].tag == "h3")
    asked = {"zip": ["23220"], "condition": ["labral-tear"], "radius": ["25"], "group": ["all"]}
    assert parse_qs(urlsplit(first["href"]).query) == asked
    person = page(client, first["href"])
    assert "from the middle of 23220, in a straight line" in person.all("p", class_="far")[0].text
    back = urlsplit(person.link("Back to the list"))
    assert (back.path, parse_qs(back.query)) == ("/specialists", asked)
    place = page(client, next(one["href"] for one in person.all("a") if one["href"].startswith("/place/")))
    assert parse_qs(urlsplit(place.link("Back to the list")).query) == asked
    # Nobody else is to find that page, or keep it.
    assert person.one("meta", name="robots")["content"] == "noindex"
    assert client.get(first["href"]).headers["Cache-Control"] == "no-store"


def test_from_the_list_of_places_the_way_back_is_to_it(client: FlaskClient) -> None:
    results = page(client, f"/places?{LIST}&lang=es")
    first = next(one for one in results.all("a") if one.inside[-1].tag == "h3")
    listing = page(client, first["href"])
    in_english = page(client, listing.link("English"))
    for found, label, language in ((listing, "Volver a la lista", "es"), (in_english, "Back to the list", "en")):
        back = urlsplit(found.link(label))
        assert back.path == "/places"
        assert parse_qs(back.query) == {"zip": ["23220"], "condition": ["labral-tear"], "lang": [language]}


def test_the_patients_words_never_go_along(client: FlaskClient) -> None:
    results = page(client, "/specialists?zip=23220&q=torn+labrum+zqx")
    links = [one["href"] for one in results.all("a") if one["href"].startswith(("/specialist/", "/place/"))]
    assert links
    assert not [one for one in links if "zqx" in one or "q=" in one]
    # What they were taken to say does.
    assert any("condition=labral-tear" in one for one in links)


@pytest.mark.parametrize(
    "more", ["zip=1", "zip=", "zip=00000", "zip=%00", "zip=Springfield", "list=places", "zip=" + "9" * 999]
)
def test_a_zip_that_cannot_be_used_takes_nothing_away(client: FlaskClient, more: str) -> None:
    found = page(client, f"{PERSON}?{more}")
    assert not found.all("p", class_="far")
    assert found.one("h1").text == "Isaura Marmalade Amberwhistle, MD"


def test_without_a_list_there_is_no_way_back_to_it(client: FlaskClient) -> None:
    assert not [one for one in page(client, PERSON).all("a") if one.text == "Back to the list"]


@pytest.mark.parametrize("written", [{"price_url": "https://h.example/prices"}, {"phone": "+18045550177"}])
def test_what_it_costs_is_on_the_hospitals_own_pages(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, written: dict[str, str]
) -> None:
    assert "What it will cost" not in page(client, PERSON).one("main").text
    money = Money(**written)
    monkeypatch.setattr("finder.web.patients.page.site", lambda: Site("Hip specialist finder", money=money))
    for path in (PERSON, PLACE):
        found = page(client, path)
        assert "What it will cost" in found.one("main").text
        assert bool(found.all("a", href="https://h.example/prices")) == bool(money.price_url)
        assert bool(found.all("a", href="tel:+18045550177")) == bool(money.phone)
        assert "Questions about a bill" not in found.one("main").text
        assert all(found.within(one, "li") for one in found.all("ul"))
