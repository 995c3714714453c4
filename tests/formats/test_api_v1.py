"""The JSON of version 1: every name that was promised, what shouts first, and nothing that JSON cannot say."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, Engine

from finder.db.base import Stated
from finder.errors import DirectoryNotReady, FinderError, ListingMissing, QuestionError
from finder.formats import api_v1
from finder.formats.wording import LANGUAGES, wording
from finder.search import SearchQuery, listing, search
from finder.search.index import Index
from tests.conftest import load_index

TODAY = dt.date(2026, 11, 22)
EN, ES = wording("en"), wording("es")
ANSWER = (
    "notices query edition as_of demo origin condition procedure groups radius_miles widened within_asked "
    "name_nearly name_too_many understanding matches started_wide own_organization outside_area far line next previous count "
    "count_is_at_least begins stated not_stated own others results usual may_help call_first emergency_departments walk_in by_video"
).split()
QUERY = (
    "zip near condition procedure q age who group radius sort specialty new_patients referral telehealth gender language phone_language interpreter "
    "step_free walk_in plan organization name stage limit offset"
).split()
ORIGIN = ("kind label zip_code latitude longitude city state exactness zip_kind near county time_zone source").split()
LIST = "count count_is_at_least begins stated not_stated own others results".split()
NOTICE = "code level card heading message reason".split()
MATCH = "rank rung reason distance_m distance_miles distance_text direction where_text location freshness".split()
PERSON_MATCH = {*MATCH, "practitioner", "role", "other_locations"}
REASON = "basis target text rests_on level approved_by approved_on".split()
PRACTITIONER = (
    "id npi name given_name family_name credentials gender group specialties languages fellowship board_certified "
    "profile_url notice source"
).split()
ROLE = (
    "id phone days accepting_new_patients referral_needed telehealth telehealth_states first_visit_with youngest_age "
    "oldest_age works_with booking_url notice verified_on"
).split()
LOCATION = (
    "id name organization kind address phone relay_phone url position hours directions step_free lift "
    "adjustable_exam_table accessible_parking interpreter phone_languages services verified_on source notice"
).split()
SERVICE = "service offered open_24_hours detail hours phone".split()
CAPABILITY = "kind id name level approved_by approved_on".split()
PROBLEM = "type title status detail code parameter params".split()
STATED = {one.value for one in Stated}
THREE_STATE = (
    "board_certified accepting_new_patients referral_needed telehealth step_free lift adjustable_exam_table "
    "accessible_parking interpreter offered open_24_hours accepts"
).split()

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def index(shared_demo: Engine) -> Index:
    return load_index(shared_demo)


@pytest.fixture(scope="module")
def connection(shared_demo: Engine) -> Iterator[Connection]:
    with shared_demo.connect() as opened:
        yield opened


@pytest.fixture
def ask(index: Index, connection: Connection) -> Ask:
    """Ask by parameters as an address has them; returns the answer as a caller of the API reads it."""

    def asked(unit: Any = "people", words: Any = EN, **given: str) -> dict[str, Any]:
        query = SearchQuery.parse({name: [value] for name, value in ({"zip": "23220"} | given).items()}, unit)
        answer = orjson.loads(api_v1.search_results(search(index, connection, query, TODAY), index.catalogue, words))
        read: dict[str, Any] = orjson.loads(orjson.dumps(answer))
        assert read == answer
        assert list(read) == list(answer)
        return read

    return asked


def every(body: Any) -> Iterator[tuple[str, Any]]:
    """Yield every (name, value) of a JSON document."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield name, value
            yield from every(value)
    elif isinstance(body, list):
        for value in body:
            yield from every(value)


def matches(answer: dict[str, Any]) -> list[dict[str, Any]]:
    lists = [answer, answer["usual"], answer["may_help"], answer["call_first"]]
    return [one for found in lists if found for one in found["results"]]


def all_keys_are_promised(answer: dict[str, Any], match_keys: set[str]) -> None:
    assert list(answer) == ANSWER
    assert list(answer["query"]) == QUERY
    assert list(answer["origin"]) == ORIGIN
    assert all(list(one) == NOTICE for one in answer["notices"])
    assert all(answer[name] is None or list(answer[name]) == LIST for name in ("usual", "may_help", "call_first"))
    for one in [*matches(answer), *answer["emergency_departments"]]:
        assert set(one) in (match_keys, set(MATCH))
        assert one["reason"] is None or list(one["reason"]) == REASON
        assert list(one["freshness"]) == ["verified_on", "text"]
        a_location(one["location"])
        if "role" in one:
            assert list(one["practitioner"]) == PRACTITIONER
            assert list(one["role"]) == ROLE


def a_location(location: dict[str, Any]) -> None:
    assert set(location) == set(LOCATION)
    assert list(location["address"]) == ["line_1", "line_2", "city", "state", "zip_code"]
    assert location["position"] is None or list(location["position"]) == ["latitude", "longitude", "from"]
    assert all(list(service) == SERVICE for service in location["services"])


@pytest.mark.parametrize("condition", ["", "labral-tear", "ddh-infant", "hip-dislocation"])
def test_an_answer_has_the_names_that_were_promised(ask: Ask, condition: str) -> None:
    people, places = ask(condition=condition, limit="50"), ask("places", condition=condition, limit="50")
    assert matches(people)
    assert matches(places)
    all_keys_are_promised(people, PERSON_MATCH)
    all_keys_are_promised(places, set(MATCH))
    assert (people["condition"] is None) == (condition == "")
    assert (people["may_help"] is None) == (condition == "")
    assert people["demo"] is True
    assert people["edition"] == places["edition"]


def test_every_three_state_fact_is_one_of_three_words(ask: Ask) -> None:
    seen = set()
    for unit in ("people", "places"):
        answer = ask(unit, condition="hip-osteoarthritis", radius="any", limit="50") | {"query": None}
        for name, value in every(answer):
            if name in THREE_STATE:
                assert value in STATED, name
                seen.add(value)
    assert seen == STATED


@pytest.mark.parametrize("unit", ["people", "places"])
def test_nearest_come_first(ask: Ask, unit: str) -> None:
    for condition, radius in itertools.product(("hip-osteoarthritis", "labral-tear"), ("10", "50", "any")):
        answer = ask(unit, condition=condition, radius=radius, limit="50")
        assert (answer["usual"] is None) == (condition == "hip-osteoarthritis")
        for found in (answer, answer["usual"] or answer, answer["may_help"], answer["call_first"]):
            distances = [one["distance_m"] for one in found["results"]]
            assert distances == sorted(distances)
            assert [one["rank"] for one in found["results"]] == [
                found["begins"] + n for n in range(1, len(distances) + 1)
            ]
            assert found["count"] >= len(distances)
        assert all(
            one["distance_miles"] == pytest.approx(one["distance_m"] / 1609.344, abs=0.005) for one in matches(answer)
        )
        if answer["radius_miles"] is not None:
            assert all(one["distance_miles"] <= answer["radius_miles"] for one in matches(answer))


def test_pages_go_on_where_the_last_ended(ask: Ask) -> None:
    whole = ask(condition="hip-osteoarthritis", limit="4")
    second = ask(condition="hip-osteoarthritis", limit="2", offset="2")
    assert second["results"] == whole["results"][2:4]
    assert second["query"] == {**whole["query"], "limit": 2, "offset": 2}


@pytest.mark.parametrize("words", [EN, ES], ids=LANGUAGES)
def test_an_emergency_comes_before_any_list(ask: Ask, words: Any) -> None:
    answer = ask(words=words, condition="hip-dislocation")
    assert next(iter(answer)) == "notices"
    card, standing = answer["notices"]
    assert (card["code"], card["card"], card["level"]) == ("call-911", "call-911", "emergency")
    assert "911" in card["heading"]
    assert card["message"]
    assert not card["message"].startswith(card["heading"])
    assert standing == {
        "code": "standing_line", "level": "always", "card": None, "heading": "", "message": words.standing_line(),
            "reason": None,
    }  # fmt: skip
    assert 0 < len(answer["emergency_departments"]) <= 3
    for one in answer["emergency_departments"]:
        offered = {service["service"]: service["offered"] for service in one["location"]["services"]}
        assert offered["emergency"] == "yes"


def test_once_treated_or_without_an_emergency_there_is_no_card(ask: Ask) -> None:
    for given in ({"condition": "hip-dislocation", "stage": "treated"}, {"condition": "labral-tear"}, {}):
        answer = ask(**given)
        assert [one["code"] for one in answer["notices"]] == ["standing_line"]
        assert answer["emergency_departments"] == []


def test_every_card_has_a_level(index: Index, ask: Ask) -> None:
    cards = set()
    for key in index.catalogue.conditions:
        notices = ask(condition=key, limit="1")["notices"]
        assert notices[-1]["level"] == "always"
        cards |= {(one["card"], one["level"]) for one in notices[:-1]}
    assert cards == set(api_v1._LEVELS.items())


def test_a_reason_says_who_said_so(ask: Ask) -> None:
    answer = ask(condition="labral-tear", limit="50")
    declared = [one for one in answer["results"] if one["reason"]["basis"] in ("condition", "procedure")]
    assert declared
    assert {one["rung"] for one in answer["usual"]["results"]} == {"usual"}
    for one in answer["results"]:
        assert one["rung"] == "declared"
        assert one["reason"]["text"]
    for one in declared:
        assert one["reason"]["level"] in ("main_focus", "performs", "treats")
        assert one["reason"]["rests_on"].endswith(".")
    assert {one["rung"] for one in answer["may_help"]["results"]} <= {"may_help"}


def test_only_sentences_and_names_change_with_the_language(ask: Ask) -> None:
    def bones(body: Any) -> Any:
        if isinstance(body, dict):
            told = ("heading", "message", "label", "text", "rests_on", "distance_text", "where_text")
            return {
                k: bones(v)
                for k, v in body.items()
                if k not in told and not (k == "name" and ("code" in body or "id" in body))
            }
        return [bones(one) for one in body] if isinstance(body, list) else body

    english, spanish = ask(condition="labral-tear"), ask(words=ES, condition="labral-tear")
    assert bones(english) == bones(spanish)
    assert english != spanish
    assert spanish["condition"]["name"] != english["condition"]["name"]
    assert spanish["origin"]["label"].startswith("Las millas son en línea recta")


def test_a_listing_of_a_person_and_of_a_place(index: Index, connection: Connection, ask: Ask) -> None:
    match = ask(condition="labral-tear")["results"][0]
    person = api_v1.listing(listing(index, connection, match["practitioner"]["id"], TODAY), index.catalogue, EN)
    assert list(person) == ["edition", "demo", "practitioner", "roles"]
    assert person["practitioner"] == match["practitioner"]
    for role in person["roles"]:
        assert set(role) == {*ROLE, "capabilities", "location"}
        assert all(list(said) == CAPABILITY for said in role["capabilities"])
        a_location(role["location"])
    assert match["location"]["id"] in [role["location"]["id"] for role in person["roles"]]

    place = api_v1.listing(listing(index, connection, match["location"]["id"], TODAY), index.catalogue, EN)
    assert list(place) == ["edition", "demo", "location", "people", "plans", "capabilities"]
    a_location(place["location"])
    assert match["practitioner"]["id"] in [one["practitioner"]["id"] for one in place["people"]]
    assert all(set(one) == {*ROLE, "practitioner", "capabilities"} for one in place["people"])
    assert any(one["capabilities"] for one in place["people"])
    assert all(list(plan) == ["plan", "accepts", "as_of"] and plan["accepts"] in STATED for plan in place["plans"])
    assert all(list(said) == CAPABILITY for said in place["capabilities"])
    for body in (person, place):
        assert orjson.loads(orjson.dumps(body)) == body


@pytest.mark.parametrize(
    ("error", "status", "parameter", "params"),
    [
        (QuestionError("zip_missing"), 400, "zip", {}),
        (
            QuestionError("zip_zero_lost", value="2139", suggestion="02139"),
            400,
            "zip",
            {"value": "2139", "suggestion": "02139"},
        ),
        (QuestionError("condition_unknown", value="x", nearest=""), 400, "condition", {"value": "x", "nearest": ""}),
        (QuestionError("parameter_unknown", name="zap", nearest="zip"), 400, "zap", {"name": "zap", "nearest": "zip"}),
        (QuestionError("parameter_too_long", name="zip", longest=200), 400, "zip", {"name": "zip", "longest": "200"}),
        (QuestionError("method_refused", method="PUT"), 405, None, {"method": "PUT"}),
        (ListingMissing("listing_missing", public_id="npi:1"), 404, None, {"public_id": "npi:1"}),
        (DirectoryNotReady("directory_not_ready"), 503, None, {}),
    ],
    ids=lambda value: value.code if isinstance(value, FinderError) else None,
)
def test_a_problem_has_a_code_and_a_sentence(
    error: FinderError, status: int, parameter: str | None, params: Any
) -> None:
    for words in (EN, ES):
        found = api_v1.problem(error, status, words, title="Bad request")
        assert list(found) == PROBLEM
        assert orjson.loads(orjson.dumps(found)) == {
            "type": "about:blank", "title": "Bad request", "status": status, "detail": words.error(error),
            "code": error.code, "parameter": parameter, "params": params,
        }  # fmt: skip
    assert EN.error(error) != ES.error(error)
