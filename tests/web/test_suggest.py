"""The patient's own words in the API: suggestions while typing, and what is urgent before any list."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from finder.formats.wording import wording
from tests.web.conftest import LANGUAGES
from tests.web.test_api import API, PEOPLE, PLACES, found, refused

SUGGEST = f"{API}/suggest"
FELL = "fell and can't get up"


def suggested(client: FlaskClient, words: str, **more: str) -> dict[str, Any]:
    """Return the answer to words, which is as the description says."""
    body = found(client.get(SUGGEST, query_string={"q": words, **more}))
    document = client.get(f"{API}/openapi.json").json
    told = document["paths"][SUGGEST]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert told == {"$ref": "#/components/schemas/Suggestions"}
    Draft202012Validator({**told, "components": document["components"]}).validate(body)
    return body


@pytest.mark.parametrize(
    ("words", "kind", "condition", "procedure"),
    [
        ("torn labrum in my hip", "clear", "labral-tear", None),
        ("PAO surgeon", "clear", "hip-dysplasia", "pelvic-osteotomy"),
        ("my hip hurts", "hip_unknown", "hip-pain", None),
    ],
)
def test_what_words_may_mean_comes_best_first_with_why(
    client: FlaskClient, words: str, kind: str, condition: str, procedure: str | None
) -> None:
    body = suggested(client, words)
    best = body["matches"][0]
    assert body["understanding"] == kind
    assert (best["condition"], best["procedure"]) == (condition, procedure)
    assert set(best["because"]) <= set(words.lower().split()) != set()
    scores = [one["score"] for one in body["matches"]]
    assert scores == sorted(scores, reverse=True)
    assert body["notices"] == []


def test_labels_offer_people_and_are_no_diagnosis(client: FlaskClient) -> None:
    for words in ("torn labrum in my hip", "PAO surgeon", FELL):
        for one in suggested(client, words)["matches"]:
            assert one["score"] == 0 or one["label"].startswith(("People who treat: ", "People who do this: "))
    assert suggested(client, "torn labrum in my hip", lang="es")["matches"][0]["label"].startswith(
        "Personas que tratan: "
    )


def test_a_word_begun_gets_phrases_that_go_on_without_doubles(client: FlaskClient) -> None:
    body = suggested(client, "dysp")
    begun = [one for one in body["matches"] if one["score"] == 0]
    assert begun
    assert all("dysp" in one["label"].lower() and one["because"] == [] for one in begun)
    meant = [one["procedure"] or one["condition"] for one in body["matches"]]
    assert len(set(meant)) == len(meant)
    assert any("displa" in one["label"] for one in suggested(client, "displa", lang="es")["matches"])


def test_what_is_not_the_hip_is_offered_nothing(client: FlaskClient) -> None:
    assert suggested(client, "hip hop class") == {"understanding": "not_hip", "matches": [], "notices": []}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_urgent_says_what_to_do(client: FlaskClient, language: str) -> None:
    (fell,) = suggested(client, FELL, lang=language)["notices"]
    assert (fell["level"], fell["card"]) == ("emergency", "call-911")
    assert "911" in fell["message"]
    (sad,) = suggested(client, "I want to kill myself", lang=language)["notices"]
    assert (sad["code"], sad["level"], sad["card"]) == ("suicidal-words", "emergency", None)
    assert "988" in sad["message"]
    (walks,) = suggested(client, "fell yesterday, hip hurts, still walking", lang=language)["notices"]
    assert (walks["code"], walks["level"]) == ("fell-but-can-walk", "same-day")
    assert fell["message"].startswith("Esto puede" if language == "es" else "This can be")


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("", "words_missing", "q"),
        ("q=", "words_missing", "q"),
        ("q=%20%0a", "words_missing", "q"),
        ("q=%00%01", "words_missing", "q"),
        ("q=" + "x" * 501, "parameter_too_long", "q"),
        ("q=hip&q=hip", "parameter_repeated", "q"),
        ("q=hip&zip=23220", "parameter_unknown", "zip"),
        ("q=hip&lang=fr", "parameter_malformed", "lang"),
    ],
)
def test_what_cannot_be_suggested_for_is_named(client: FlaskClient, query: str, code: str, parameter: str) -> None:
    reply = client.get(f"{SUGGEST}?{query}")
    assert refused(reply) == (code, parameter)
    assert "%" not in reply.json["detail"]


@pytest.mark.parametrize(
    "words", ["x" * 500, "🦴 hip", "hip\u0000pain", "cadera\n\nduele", "<b>hip</b>", "(((((((a*)*)*)*"]
)
def test_any_words_are_taken(client: FlaskClient, words: str) -> None:
    assert client.get(SUGGEST, query_string={"q": words}).status_code == 200
    answer = found(client.get(PEOPLE, query_string={"zip": "23220", "q": words}))
    assert answer["query"]["q"] == " ".join("".join(c if c.isprintable() else " " * c.isspace() for c in words).split())


def test_suggestions_are_kept_by_nobody_on_the_way(client: FlaskClient) -> None:
    reply = client.get(SUGGEST, query_string={"q": "zqx hip 4711"})
    assert reply.headers["Cache-Control"] == "private, no-cache"
    assert "ETag" not in reply.headers
    assert "zqx" not in str(reply.headers)


@pytest.mark.parametrize("path", [PEOPLE, PLACES])
@pytest.mark.parametrize("language", LANGUAGES)
def test_in_a_search_what_is_urgent_stands_before_any_list(client: FlaskClient, path: str, language: str) -> None:
    reply = client.get(path, query_string={"zip": "23220", "q": FELL, "lang": language})
    body = found(reply)
    assert next(iter(body)) == "notices"
    first, last = body["notices"]
    assert (first["code"], first["level"], first["card"]) == ("trauma-cannot-bear-weight", "emergency", "call-911")
    assert first["heading"]
    assert first["message"]
    assert last["message"] == wording(language).standing_line()
    assert body["emergency_departments"]
    assert body["results"]
    sad = found(client.get(path, query_string={"zip": "23220", "q": "I want to kill myself", "lang": language}))
    assert [one["code"] for one in sad["notices"]] == ["suicidal-words", "standing_line"]
    assert "988" in sad["notices"][0]["message"]


def test_a_search_by_words_answers_as_one_by_what_they_mean(client: FlaskClient) -> None:
    for words, name, meant in (
        ("torn labrum in my hip", "condition", "labral-tear"),
        ("PAO surgeon", "procedure", "pelvic-osteotomy"),
    ):
        by_words = found(client.get(PEOPLE, query_string={"zip": "23220", "q": words}))
        by_id = found(client.get(PEOPLE, query_string={"zip": "23220", name: meant}))
        assert by_words["results"] == by_id["results"] != []
        assert by_words[name]["id"] == meant
        assert by_words["matches"][0][name] == meant
        assert by_words["query"][name] is None, "what was asked, not what was made of it"
        assert (by_id["understanding"], by_id["matches"]) == (None, [])


def test_what_is_not_the_hip_gets_no_list_and_the_line_that_stands(client: FlaskClient) -> None:
    body = found(client.get(PEOPLE, query_string={"zip": "23220", "q": "hip hop class"}))
    assert (body["understanding"], body["matches"]) == ("not_hip", [])
    assert (body["count"], body["results"], body["by_video"], body["line"]) == (0, [], [], None)
    assert [one["code"] for one in body["notices"]] == ["standing_line"]
    chest = found(client.get(PEOPLE, query_string={"zip": "23220", "q": "chest pain"}))
    assert chest["notices"][0]["card"] == "call-911"
    assert chest["emergency_departments"]
    assert chest["results"] == []
