"""Private search: what is asked travels in forms, and no address of ours ever holds a ZIP code or a word."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from finder.web.context import CHANGE
from tests.conftest import Databases
from tests.web.conftest import LANGUAGES, TODAY, directory_of, settings_of
from tests.web.pages import Element, Page

ASKED = {"zip": "23220", "q": "", "condition": "labral-tear"}
OURS = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
PATHS = ("/specialists", "/places")


@pytest.fixture(scope="module")
def private(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    from finder.web import create_app

    home = tmp_path_factory.mktemp("private")
    app = create_app(settings_of(databases.fresh(demo=True), home, FINDER_PRIVATE_SEARCH="post"), today=TODAY)
    yield app.test_client()
    directory_of(app).stop()


def asked(private: FlaskClient, path: str = "/specialists", **fields: str) -> Page:
    reply = private.post(path, data=fields or ASKED, headers=OURS)
    assert reply.status_code == 200
    assert reply.headers["Cache-Control"] == "no-store"
    return Page(reply.text)


def pressed(private: FlaskClient, page: Page, button: Element) -> TestResponse:
    """Send the form of a button as a browser does: its hidden fields and the button's own."""
    form = page.one("form", id=button["form"]) if button["form"] else next(o for o in button.inside if o.tag == "form")
    fields = [(one["name"], one["value"]) for one in page.within(form, "input")]
    return private.post(button["formaction"] or form["action"], data=dict([*fields, (button["name"], button["value"])]), headers=OURS)  # fmt: skip


def assert_no_address_tells(page: Page) -> None:
    told = [one[name] for one in page.elements for name in ("href", "action", "formaction", "src") if one[name]]
    assert told
    for address in told:
        _path, _, query = address.partition("?")
        assert {name for name, _ in parse_qsl(query)} <= {"lang"}, address
        assert "23220" not in address
        assert "labral" not in address
    assert {form["method"] for form in page.all("form")} == {"post"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "fields",
    [ASKED, {**ASKED, "q": "my hip hurts"}, {"zip": "23220", "q": "fell and can't get up"}, {"zip": "23220", "q": "hip hop class"},
     {"near": "37.55,-77.46", "condition": "labral-tear"}, {**ASKED, "lang": "es", "offset": "3", "limit": "3"}],
)  # fmt: skip
def test_no_address_of_an_answer_tells_what_was_asked(private: FlaskClient, path: str, fields: dict[str, str]) -> None:
    page = asked(private, path, **fields)
    assert_no_address_tells(page)
    kept = {one["name"]: one["value"] for one in page.within(page.one("form", id="again"), "input")}
    assert kept == fields


@pytest.mark.parametrize("fields", [ASKED, {"zip": "23220", "q": "PAO surgeon"}])
def test_a_form_is_answered_as_the_address_would_be(
    private: FlaskClient, client: FlaskClient, fields: dict[str, str]
) -> None:
    def names(page: Page) -> list[str]:
        return [one.text for one in page.all("h3")]

    assert names(asked(private, **fields)) == names(Page(client.get("/specialists", query_string=fields).text)) != []


def test_buttons_change_one_thing_and_keep_the_rest(private: FlaskClient) -> None:
    page = asked(private, **ASKED, limit="3")
    (places,) = [one for one in page.all("button", class_="link") if one.text == "Places"]
    shown = Page(pressed(private, page, places).text)
    assert [one.text for one in shown.all("button", class_="link") if one["aria-current"]] == ["Places"]
    (onward,) = page.all("button", rel="next")
    further = Page(pressed(private, page, onward).text)
    assert further.one("ol")["start"] == "4"
    (back,) = further.all("button", rel="prev")
    assert Page(pressed(private, further, back).text).one("ol")["start"] == "1"
    (spanish,) = page.all("button", lang="es")
    assert Page(pressed(private, page, spanish).text).one("html")["lang"] == "es"


def test_another_meaning_takes_the_words_away(private: FlaskClient) -> None:
    page = asked(private, zip="23220", q="hip hurts at night and clicks")
    (choice, *_) = [
        one for one in page.all("button", class_="link") if "condition=" in one["value"] and "q=" in one["value"]
    ]
    shown = Page(pressed(private, page, choice).text)
    kept = {one["name"] for one in shown.within(shown.one("form", id="again"), "input")}
    assert "q" not in kept
    assert kept & {"condition", "procedure"}


def test_an_emergency_asks_by_buttons(private: FlaskClient) -> None:
    page = asked(private, zip="23220", condition="hip-dislocation")
    (treated,) = [one for one in page.all("button") if "stage=treated" in one["value"]]
    assert "Call 911" not in Page(pressed(private, page, treated).text).one("title").text


def test_a_slip_is_told_beside_the_field_and_a_choice_of_towns_is_a_button(private: FlaskClient) -> None:
    reply = private.post("/specialists", data={"zip": "Springfield", "condition": "labral-tear"}, headers=OURS)
    page = Page(reply.text)
    assert reply.status_code == 400
    assert_no_address_tells(page)
    (town, *_) = [one for one in page.all("button") if one.text.startswith("Springfield ")]
    assert pressed(private, page, town).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_forms_of_other_sites_are_refused(private: FlaskClient, path: str) -> None:
    for headers in (
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ):  # fmt: skip
        reply = private.post(path, data=ASKED, headers=headers)
        assert reply.status_code == 403
        assert (
            Page(reply.text).one("h1").text == "That form came from another site. Please use the form on our own page."
        )
    for headers in ({"Origin": "http://localhost"}, {"Origin": "null"}, {}):
        assert private.post(path, data=ASKED, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [({}, 400), ({"zip": ""}, 400), ({"zip": "23220", "radius": "1e309"}, 400), ({"zip": "23220", "utm": "x"}, 200),
     ({"zip": "23220", "q": "x" * 20_000}, 413), ({**ASKED, CHANGE: "&".join(["q=1"] * 100)}, 400),
     ({**ASKED, CHANGE: "zip=&near=37.55%2C-77.46"}, 200), ({**ASKED, CHANGE: "radius=1"}, 400)],
)  # fmt: skip
def test_a_form_is_read_with_the_same_care(private: FlaskClient, fields: dict[str, str], status: int) -> None:
    reply = private.post("/specialists", data=fields, headers=OURS)
    assert reply.status_code == status
    assert reply.headers["Cache-Control"] == "no-store"
    page = Page(reply.text)
    assert len(page.all("h1")) == 1


def test_a_field_given_twice_is_refused_by_name(private: FlaskClient) -> None:
    reply = private.post("/specialists", data={"zip": ["23220", "23221"]}, headers=OURS)
    assert reply.status_code == 400
    assert "The parameter zip was given twice." in reply.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_search_that_is_gone_says_so(private: FlaskClient, language: str) -> None:
    reply = private.get("/specialists", headers={"Accept-Language": language})
    assert reply.status_code == 400
    told = {"en": "We keep no searches, so this one is gone.", "es": "No guardamos búsquedas"}[language]
    assert told in Page(reply.text).one("div", class_="error").text


def test_a_link_with_a_question_is_still_answered(private: FlaskClient) -> None:
    reply = private.get("/specialists", query_string=ASKED)
    assert reply.status_code == 200
    assert_no_address_tells(Page(reply.text))


def test_by_default_forms_go_by_address_and_none_is_taken(client: FlaskClient) -> None:
    page = Page(client.get("/specialists", query_string=ASKED).text)
    assert {form["method"] for form in page.all("form")} == {"get"}
    assert page.all("button", name=CHANGE) == []
    assert client.post("/specialists", data=ASKED, headers=OURS).status_code == 405
