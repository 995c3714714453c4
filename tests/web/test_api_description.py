"""The OpenAPI document: valid, complete, and true of what is answered, down to every field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy import Engine

from finder.desk.organizations import Wish, say_of
from finder.search import PARAMETERS
from tests.web.conftest import LANGUAGES, MakeApp
from tests.web.test_api import API, PEOPLE, PLACES, found

GEO = "application/geo+json"
JSON = "application/json"
# What is asked of both searches: all that changes which parts an answer has.
QUESTIONS: tuple[dict[str, str], ...] = (
    {},
    {"condition": "labral-tear"},
    {"condition": "labral-tear", "limit": "50", "radius": "50"},
    {"condition": "labral-tear", "offset": "20"},
    {"condition": "hip-osteoarthritis", "sort": "distance"},
    {"condition": "hip-osteoarthritis", "new_patients": "yes", "telehealth": "yes", "gender": "woman", "language": "es"},
    {"condition": "hip-dislocation"},
    {"condition": "hip-dislocation", "stage": "now"},
    {"condition": "hip-dislocation", "stage": "treated"},
    {"condition": "hip-dysplasia", "age": "0", "who": "child"},
    {"condition": "hip-stress-fracture"},
    {"condition": "ddh-infant", "age": "1", "limit": "50"},
    {"procedure": "pelvic-osteotomy", "limit": "50"},
    {"procedure": "total-hip-replacement", "plan": "Medicare", "step_free": "yes", "interpreter": "yes"},
    {"organization": "pogowillow-therapy", "group": "all"},
    {"name": "amberwhistel"},
    {"name": "Zzyzx"},
    {"specialty": "207XS0114X", "referral": "no", "walk_in": "yes", "phone_language": "es"},
    {"q": "torn labrum in my hip"},
    {"q": "PAO surgeon"},
    {"q": "my hip hurts"},
    {"q": "fell and can't get up"},
    {"q": "I want to kill myself"},
    {"q": "hip hop class"},
    {"q": "fell yesterday, hip hurts, still walking", "condition": "labral-tear"},
    {"zip": "59244", "condition": "hip-osteoarthritis"},
    {"zip": "59244", "condition": "labral-tear"},
    {"zip": "59244", "organization": "larkspindle-health", "condition": "labral-tear"},
    {"zip": "Roanoke, VA", "condition": "hip-impingement"},
    {"zip": "", "near": "37.55,-77.46", "condition": "hip-impingement"},
    {"zip": "10118"},
    {"zip": "99723", "condition": "ddh-infant", "radius": "10"},
)  # fmt: skip
REFUSED: tuple[tuple[str, int], ...] = (
    (f"{PEOPLE}?zip=1", 400),
    (f"{PLACES}?zip=Springfield", 400),
    (f"{PEOPLE}?zip=2139&q=chest+pain", 400),
    (f"{PEOPLE}.geojson?zip=23220&zip=23220", 400),
    (f"{API}/suggest", 400),
    (f"{API}/zips/1", 400),
    (f"{API}/zips/09012", 404),
    (f"{API}/conditions/labral-tea", 404),
    (f"{API}/specialists/place:demo:lark-univ", 404),
    (f"{API}/locations/nothing.geojson", 404),
    (f"{API}/editions?x=1", 400),
)

Check = Callable[[str, str, Any, str, str], None]


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    """Return the description of the API."""
    return found(client.get(f"{API}/openapi.json"))


@pytest.fixture
def check(document: dict[str, Any]) -> Check:
    """Hold a body against what the description says of an operation's answer."""

    def against(path: str, status: str, body: Any, mimetype: str = JSON, method: str = "get") -> None:
        told = document["paths"][path][method]["responses"][status]["content"][mimetype]["schema"]
        schema = {**told, "components": document["components"]}
        errors = list(Draft202012Validator(schema).iter_errors(body))
        assert not errors, [(list(one.absolute_path), one.message[:300]) for one in errors[:5]]

    return against  # type: ignore[return-value]


def test_the_description_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_parameter_of_a_search_is_described(document: dict[str, Any]) -> None:
    for path in (PEOPLE, PLACES, f"{PEOPLE}.geojson", f"{PLACES}.geojson"):
        told = {one["name"]: one for one in document["paths"][path]["get"]["parameters"]}
        assert set(told) == {one.name for one in PARAMETERS}
        for one in PARAMETERS:
            assert told[one.name]["in"] == "query"
            assert told[one.name]["required"] is False
            assert told[one.name]["description"] == one.meaning
            assert tuple(told[one.name]["schema"].get("enum", ())) == one.choices


@pytest.mark.parametrize("one", PARAMETERS, ids=lambda one: one.name)
def test_what_the_description_says_of_a_value_is_how_it_is_read(document: dict[str, Any], one: Any) -> None:
    """What the schema allows is read, and what it does not is refused, for values around all that it limits."""
    (schema,) = (p["schema"] for p in document["paths"][PEOPLE]["get"]["parameters"] if p["name"] == one.name)
    allowed = Draft202012Validator(schema)
    integer = schema["type"] == "integer"
    values = ["0", "1", "50", "51", "120", "121", "150", "151", "-1", "es", "abcd", "a b", "x" * 200, "x" * 201, "x" * 501,
              "207XS0114X", "207xs0114x", "37.5,-77", "37.555,-77", "yes", "no", "labral-tear", one.example]  # fmt: skip
    for value in values:
        number = integer and value.lstrip("-").isdigit()
        try:
            one.read(value)
            reads = len(value) <= one.longest
        except ValueError:
            reads = False
        valid = allowed.is_valid(int(value) if number else value)
        assert valid == reads, (value[:30], schema)


def test_every_operation_says_how_it_refuses(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for one in operations.values():
            refusals = {status: told for status, told in one["responses"].items() if status not in ("200", "304")}
            by_id = {"404"} if "{" in path else set()
            assert set(refusals) == {"400", "405", "406", "429", "503", "default", *by_id}
            assert all(set(told["content"]) == {"application/problem+json"} for told in refusals.values())
            assert one["summary"]
            assert one["description"]
    names = Counter(one["operationId"] for operations in document["paths"].values() for one in operations.values())
    assert set(names.values()) == {1}


def test_every_object_that_is_described_is_closed(document: dict[str, Any]) -> None:
    """Else a field that nobody has described would pass."""
    schemas = document["components"]["schemas"]
    opened = {
        name for name, one in schemas.items() if one.get("type") == "object" and "additionalProperties" not in one
    }
    assert opened == set()
    assert len(schemas) > 60


@pytest.mark.parametrize("path", [PEOPLE, PLACES])
@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_to_searches_are_as_described(client: FlaskClient, check: Check, path: str, language: str) -> None:
    parts: Counter[str] = Counter()
    for question in QUESTIONS:
        asked = {"zip": "23220", **question, "lang": language}
        body = found(client.get(path, query_string=asked))
        check(path, "200", body)
        parts.update(name for name, value in body.items() if value is not None and value != [] and value is not False)
        reply = client.get(f"{path}.geojson", query_string=asked)
        assert (reply.status_code, reply.mimetype) == (200, GEO), reply.text[:300]
        check(f"{path}.geojson", "200", reply.json, GEO)
        check(path, "200", reply.json, GEO)
    # The questions bring every part that an answer may have, so that each was checked with something in it.
    never = set(body) - set(parts)
    only_people = {"by_video", "groups", "name_nearly"} if path == PLACES else set()
    # These need an organization of one's own, one that says whom it serves, or more people than the demo has.
    assert never <= {
        "own_organization",
        "outside_area",
        "name_too_many",
        "own",
        "others",
        "count_is_at_least",
        *only_people,
    }


def test_what_hosting_adds_is_as_described(demo_engine: Engine, make_app: MakeApp, check: Check) -> None:
    links = ("Elsewhere|Otra parte|https://example.org/else",)
    say_of(demo_engine, "larkspindle-health", Wish("804-555-0142", "Mon-Fri 8-5", "VA", links=links), "test")
    own_first = {"FINDER_ORGANIZATION": "larkspindle-health", "FINDER_OWN": "first"}
    client = make_app(demo_engine, **own_first).test_client()
    asked = {"zip": "59244", "condition": "labral-tear", "organization": "larkspindle-health"}
    outside = found(client.get(PEOPLE, query_string=asked))
    check(PEOPLE, "200", outside)
    assert outside["outside_area"]["links"]
    own = found(client.get(PLACES, query_string={"zip": "23220"}))
    check(PLACES, "200", own)
    assert own["own_organization"]["mode"] == "first"
    listed = found(client.get(f"{API}/organizations"))
    check(f"{API}/organizations", "200", listed)
    assert any(one["serves"] and one["links"] for one in listed["organizations"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_about_everybody_are_as_described(client: FlaskClient, check: Check, language: str) -> None:
    people = {one["practitioner"]["id"] for path in (PEOPLE,) for one in everybody(client, path)}
    places = {one["location"]["id"] for one in everybody(client, PLACES)}
    assert len(people) > 50
    assert len(places) > 20
    for ids, door, name in ((sorted(people)[:60], PEOPLE, "specialists"), (sorted(places), PLACES, "locations")):
        for public_id in ids:
            body = found(client.get(f"{door}/{public_id}?lang={language}"))
            check(f"{API}/{name}/{{public_id}}", "200", body)
            check(f"{API}/listings/{{public_id}}", "200", body)
            geo = client.get(f"{door}/{public_id}.geojson?lang={language}")
            assert geo.mimetype == GEO
            check(f"{API}/{name}/{{public_id}}.geojson", "200", geo.json, GEO)


def everybody(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    """Return all that are listed without a condition, as far as pages go."""
    listed = []
    for offset in (0, 50, 100, 150):
        asked = {"zip": "23220", "radius": "any", "limit": "50", "offset": str(offset)}
        listed += found(client.get(f"{path}?{urlencode(asked)}"))["results"]
    return listed


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_about_the_rest_are_as_described(client: FlaskClient, check: Check, language: str) -> None:
    def ask(path: str, **held: str) -> Any:
        body = found(client.get(f"{API}{path.format(**held)}?lang={language}"))
        check(f"{API}{path}", "200", body)
        return body

    for name, key in (("conditions", "condition"), ("procedures", "procedure")):
        for one in ask(f"/{name}")[name]:
            ask(f"/{name}/{{{key}}}", **{key: one["id"]})
    for zip_code in ("23220", "10118", "00501", "99723", "96799", "23218", "23220-9137", "23399"):
        ask("/zips/{zip_code}", zip_code=zip_code)
    ask("/organizations")
    ask("/editions")
    for words in ("torn labrum in my hip", "PAO surgeon", "dysp", "fell and can't get up", "hip hop class", "displa"):
        for method in ("get", "post"):
            asked = {"q": words, "lang": language}
            reply = client.get(f"{API}/suggest", query_string=asked) if method == "get" else client.post(f"{API}/suggest", data=asked)  # fmt: skip
            check(f"{API}/suggest", "200", found(reply), JSON, method)


@pytest.mark.parametrize(("path", "status"), REFUSED)
def test_refusals_are_as_described(client: FlaskClient, document: dict[str, Any], path: str, status: int) -> None:
    reply = client.get(path)
    assert (reply.status_code, reply.mimetype) == (status, "application/problem+json")
    schema = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    Draft202012Validator(schema).validate(reply.json)
