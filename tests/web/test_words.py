"""The patient's own words on the pages: urgent ones first, what was understood, and nothing kept or diagnosed."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from finder.formats import made_once
from finder.formats.wording import wording
from finder.search.phrases import Reading, Understanding
from tests.web.conftest import LANGUAGES
from tests.web.pages import Page
from tests.web.test_faults import BAD, harmless
from tests.web.test_patients import page

FELL, SAD, TEAR = "fell and can't get up", "I want to kill myself", "torn labrum in my hip"
FIRST_BYTES = 2000


def asked(client: FlaskClient, words: str, path: str = "/specialists", **more: str) -> Page:
    """Return the page that answers words typed into the form, where nothing was picked."""
    reply = client.get(path, query_string={"zip": "23220", "q": words, "condition": "", "age": "", **more})
    assert (reply.status_code, reply.mimetype) == (200, "text/html")
    return Page(reply.text)


def heard(found: Page) -> str:
    """Return what the page says of the words."""
    return found.one("div", class_="heard").text


def choices(found: Page) -> dict[str, dict[str, list[str]]]:
    """Return the readings that are offered, each with what its link asks."""
    links = found.within(found.one("div", class_="heard"))
    return {one.text: parse_qs(urlsplit(one["href"]).query) for one in links}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/specialists", "/places"])
@pytest.mark.parametrize(
    ("words", "number"), [(FELL, "911"), ("chest pain", "911"), ("my hip popped out", "911"), (SAD, "988")]
)
def test_what_is_urgent_is_whole_in_the_first_bytes(
    client: FlaskClient, words: str, number: str, path: str, language: str
) -> None:
    asks = {"zip": "23220", "q": words, "lang": language}
    first = client.get(path, query_string=asks).data[:FIRST_BYTES].decode(errors="ignore")
    section = first[first.index("<section") : first.index("</section>")]
    assert 'class="stop"' in section
    assert f'href="tel:{number}"' in section
    assert number in re.sub("<[^>]+>", "", section)
    assert ("h1" in section) is (number == "911")
    assert not re.search("<(ol|ul|form|table)\\b", first[: first.index("</section>")])
    # A module waits until the whole page is there, so it keeps nothing back.
    assert re.findall("<script[^>]*>", first) == re.findall('<script type="module" src="[^"]+">', first)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("asks", [{"zip": "2322"}, {"zip": "00000"}, {"zip": "23220", "age": "many"}, {}])
def test_a_slip_elsewhere_keeps_nothing_urgent_back(client: FlaskClient, asks: dict[str, str], language: str) -> None:
    reply = client.get("/specialists", query_string={**asks, "q": FELL, "lang": language})
    assert reply.status_code == 400
    assert b'href="tel:911"' in reply.data[:FIRST_BYTES]
    found = Page(reply.text)
    assert found.one("h1").inside[-1]["class"] == "stop"
    assert found.one("input", id="q")["value"] == FELL
    calm = client.get("/specialists", query_string={**asks, "q": TEAR})
    assert not Page(calm.text).all("section", class_="stop")
    # Programs are told as well.
    told = client.get("/api/v1/specialists", query_string={**asks, "q": FELL, "lang": language})
    assert told.status_code == 400
    first = told.json["notices"][0]
    assert (first["level"], first["card"]) == ("emergency", "call-911")
    assert "911" in first["message"]
    assert "notices" not in client.get("/api/v1/specialists", query_string={**asks, "q": TEAR}).json


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_outage_keeps_nothing_urgent_back(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    def fails(*_given: object, **_more: object) -> None:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr("finder.web.patients.results.search", fails)
    reply = client.get("/specialists", query_string={"zip": "23220", "q": FELL, "lang": language})
    assert reply.status_code == 503
    assert b'href="tel:911"' in reply.data[:FIRST_BYTES]
    assert [one.inside[-1]["class"] for one in Page(reply.text).all("h1")] == ["stop"]
    calm = Page(client.get("/specialists", query_string={"zip": "23220", "q": TEAR, "lang": language}).text)
    assert not calm.all("section", class_="stop")
    assert len(calm.all("h1")) == 1


def test_one_clear_thing_is_searched_for_and_never_called_the_patients(client: FlaskClient) -> None:
    found = asked(client, TEAR)
    assert heard(found).startswith(f"You wrote “{TEAR}”. These people treat: Hip labral tear.")
    assert found.one("h1").text == "Specialists near 23220: Hip labral tear"
    picked = page(client, "/specialists?zip=23220&condition=labral-tear")
    names = [[one.text for one in shown.all("h3")] for shown in (found, picked)]
    assert names[0] == names[1] != []
    assert "you have" not in heard(found).lower()
    assert found.one("input", id="q")["value"] == TEAR
    spanish = asked(client, TEAR, lang="es")
    assert heard(spanish).startswith(f"Usted escribió «{TEAR}». Estas personas tratan: Desgarro del labrum")


def test_a_procedure_is_found_by_its_short_name(client: FlaskClient) -> None:
    found = asked(client, "PAO surgeon")
    assert "These people do this: Cutting and moving the hip socket (pelvic osteotomy)." in heard(found)
    picked = page(client, "/specialists?zip=23220&procedure=pelvic-osteotomy")
    assert [one.text for one in found.all("h3")] == [one.text for one in picked.all("h3")] != []


def test_where_several_may_be_meant_each_is_offered_and_the_words_are_left_out(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Which words are unclear changes with the model; what is done about it does not.
    meant = [("labral-tear", False), ("total-hip-replacement", True), ("hip-pain", False)]
    unclear = Understanding("choose", tuple(Reading(key, is_done, 0.3, ()) for key, is_done in meant), ())
    monkeypatch.setattr("finder.search.heard.understand", lambda _lexicon, _text: unclear)
    found = asked(client, "it catches", radius="25")
    assert found.one("h1").text.endswith("Hip or groin pain, cause unknown")
    offered = choices(found)
    assert "Which comes closest?" in heard(found)
    assert [label.startswith("People who ") for label in offered] == [True] * (len(offered) - 1) + [False]
    assert offered["I am not sure"]["condition"] == ["hip-pain"]
    assert len(offered) == 3
    for asks in offered.values():
        assert "q" not in asks
        assert (asks["zip"], asks["radius"]) == (["23220"], ["25"])
        assert len({"condition", "procedure"} & set(asks)) == 1
    for one in found.within(found.one("div", class_="heard")):
        assert page(client, one["href"]).all("h3")


def test_other_readings_are_a_link_away(client: FlaskClient) -> None:
    found = asked(client, "dislocated my hip last year, follow up")
    assert not found.all("section", class_="stop")
    assert "These people treat: Dislocated hip (injury)." in heard(found)
    assert "Or did you mean:" in heard(found)
    assert 1 <= len(choices(found)) <= 2
    # What was treated stays treated: the next page brings no card for what is over.
    assert all(asks["stage"] == ["treated"] for asks in choices(found).values())


def test_beside_what_cannot_wait_nothing_else_is_guessed(client: FlaskClient) -> None:
    assert choices(asked(client, SAD)) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_the_hip_is_refused_kindly(client: FlaskClient, language: str) -> None:
    w = wording(language)
    found = asked(client, "hip hop class", lang=language)
    said = "Si cree que es una emergencia, llame al 911." if language == "es" else "If this feels like an emergency, call 911."  # fmt: skip
    assert found.one("h1").text == w("That does not sound like a hip.")
    assert heard(found).endswith(f"{w('This finder is for hips only.')} {said}")
    assert not found.all("h3")
    assert not found.all("ol")
    # It may have been somebody's name.
    named = urlsplit(found.link(w("Is it a name? Look for a person or place called this")))
    assert parse_qs(named.query)["name"] == ["hip hop class"]
    assert "q" not in parse_qs(named.query)
    assert w.standing_line() in found.one("main").text
    # The form stands open after what is said, the words still in it.
    field = found.one("input", id="q")
    assert field["value"] == "hip hop class"
    assert any(one.tag == "form" for one in field.inside)
    assert "details" not in [one.tag for one in field.inside]
    assert found.elements.index(field) > found.elements.index(found.one("div", class_="heard"))


def test_an_emergency_elsewhere_in_the_body_is_answered_and_gets_no_clinics(client: FlaskClient) -> None:
    found = asked(client, "chest pain")
    assert found.one("h1").text == "Call 911 now"
    assert [one.text for one in found.all("h2")] == ["Hospitals near 23220 that say they have an emergency room"]
    assert "This finder is for hips only." in heard(found)


def test_happening_now_or_treated_is_asked_where_words_cannot_tell(client: FlaskClient) -> None:
    found = asked(client, "my hip popped out")
    now = page(client, found.link("Yes, now"))
    assert now.one("a", href="tel:911")
    assert "Is this happening now?" not in now.one("body").text
    treated = page(client, found.link("No, it was already treated"))
    assert not treated.all("section", class_="stop")
    assert treated.all("h3")
    # Words that need no asking stay urgent, whatever else was treated.
    assert asked(client, FELL, stage="treated").one("h1").text == "Call 911 now"


def test_what_is_due_today_without_a_card_is_said_first_and_not_in_red(client: FlaskClient) -> None:
    found = asked(client, "fell yesterday, hip hurts, still walking")
    first = found.all("section")[0]
    assert first.text.startswith("If it still hurts to walk after a fall, get an X-ray today")
    assert "stop" not in first["class"]
    assert found.all("h3")


@pytest.mark.parametrize(
    ("more", "goes_by"),
    [
        ({"condition": "hip-osteoarthritis"}, "Hip arthritis (osteoarthritis)"),
        ({"procedure": "total-hip-replacement"}, "Total hip replacement"),
    ],
)
def test_what_is_picked_goes_before_the_words_but_never_before_an_emergency(
    client: FlaskClient, more: dict[str, str], goes_by: str
) -> None:
    found = asked(client, TEAR, **more)
    assert f"so the list goes by it: {goes_by}." in heard(found)
    by_words = page(client, found.link("Go by my words instead"))
    assert "These people treat: Hip labral tear." in heard(by_words)
    urgent = asked(client, FELL, **more)
    assert urgent.one("h1").text == "Call 911 now"


def test_a_form_with_nothing_typed_or_picked_asks_for_hip_pain(client: FlaskClient) -> None:
    found = asked(client, "")
    assert found.one("h1").text == "Specialists near 23220: Hip or groin pain, cause unknown"
    assert not found.all("div", class_="heard")
    assert asked(client, " \t ").one("h1").text == found.one("h1").text
    # An address that never asked is another matter: everyone is listed.
    assert page(client, "/specialists?zip=23220").one("h1").text == "Specialists near 23220: a hip problem"
    named = asked(client, "", name="amberwhistle")
    assert {one.text for one in named.all("h3")} == {"1. Isaura Marmalade Amberwhistle, MD"}


@pytest.mark.parametrize("path", ["/", "/specialists?zip=23220&q=zqx%20hip%204711"])
def test_the_field_is_in_the_form_and_not_remembered_by_the_browser(client: FlaskClient, path: str) -> None:
    found = page(client, path)
    field = found.one("input", id="q")
    assert (field["maxlength"], field["autocomplete"]) == ("500", "off")
    assert found.one("label", **{"for": field["id"]}).text == "What is wrong, in your own words"
    assert field["value"] == ("zqx hip 4711" if "q=" in path else "")
    # The form that others get is not the one in which this was typed.
    assert page(client, "/").one("input", id="q")["value"] == ""


@pytest.mark.parametrize("words", [BAD, "\x00hip\u202e pain\u200b", "🦴" * 100, "{words}{0}", "%s"])
def test_any_words_are_shown_as_text_and_break_nothing(client: FlaskClient, words: str) -> None:
    for more in ({}, {"condition": "labral-tear"}, {"zip": "1"}):
        reply = client.get("/specialists", query_string={"zip": "23220", "q": words, **more})
        assert reply.status_code == (400 if "zip" in more else 200)
        found = harmless(reply.text)
        if "zip" not in more:
            shown = "".join(c for c in words if c.isprintable())
            assert f"“{shown}”" in found.one("div", class_="heard").text


def test_the_views_and_pages_of_an_answer_keep_the_words(client: FlaskClient) -> None:
    found = asked(client, "PAO surgeon")
    views = [parse_qs(urlsplit(one["href"]).query) for one in found.within(found.one("ul", class_="views"))]
    assert [one["q"] for one in views] == [["PAO surgeon"]] * 2
    second = page(client, found.one("a", rel="next")["href"])
    assert second.one("h1").text == found.one("h1").text


def test_a_fault_in_our_code_is_logged_without_the_words(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_lexicon: object, text: str) -> None:
        raise ValueError(f"cannot read {text}")

    monkeypatch.setattr("finder.search.heard.understand", fails)
    reply = client.get("/specialists?zip=23220&q=zqx%20hip%204711")
    assert reply.status_code == 500
    (fault,) = [one.msg for one in caplog.records if isinstance(one.msg, dict) and one.msg["event"] == "fault"]
    assert (fault["kind"], fault["endpoint"]) == ("ValueError", "patients.specialists")
    assert " heard" in fault["where"], "where in the code it was is told"
    assert "zqx" not in caplog.text
    assert all("zqx" not in str(vars(record)) for record in caplog.records)


def test_no_worker_keeps_the_words_in_memory(client: FlaskClient) -> None:
    for words in ("zqx hip 4711", "zqx 4711 chest pain"):
        asked(client, words)
        client.get("/api/v1/suggest", query_string={"q": words})
        for name in ("name", "plan"):
            client.get("/specialists", query_string={"zip": "23220", name: words})
    kept = [made.kept.all() for made in made_once._made.values()]
    assert any(kept)
    texts = [f"{form} {value}" for made in kept for (_id, form, _make), value in made.items()]
    assert not [one for one in texts if "zqx hip" in one or "zqx 4711" in one]


def test_a_name_in_the_words_box_is_a_link_away(client: FlaskClient) -> None:
    found = asked(client, "Amberwhistle")
    assert found.one("h1").text == "That does not sound like a hip."
    named = page(client, found.link("Is it a name? Look for a person or place called this"))
    assert any("Amberwhistle" in one.text for one in named.all("h3"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_says_what_in_the_words_it_is_about(client: FlaskClient, language: str) -> None:
    found = asked(client, "sudden pain in my testicle", lang=language)
    card = found.one("section", class_="stop")
    because = next(one for one in found.within(card, "p") if one["class"] == "because")
    assert "test" in because.text
    answer = client.get("/api/v1/specialists", query_string={"zip": "23220", "q": "sudden pain in my testicle"})
    assert answer.json["notices"][0]["reason"].startswith("Sudden pain or swelling of a testicle")


def test_what_no_clinician_has_signed_says_so_beside_a_card(client: FlaskClient) -> None:
    label = "General information, not yet reviewed by this hospital's clinicians."
    for path in ("/specialists?zip=23220&condition=hip-dislocation", "/specialists?zip=23220&q=fell+but+can+walk"):
        assert any(one.text == label for one in page(client, path).all("p", class_="small")), path
    calm = page(client, "/specialists?zip=23220&condition=labral-tear")
    assert not any(one.text == label for one in calm.all("p", class_="small"))
