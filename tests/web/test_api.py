"""API version 1 over the demo: order and rungs, every refusal as problem+json, ETags, cross-origin reads, language."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

API = "/api/v1"
PEOPLE, PLACES = f"{API}/specialists", f"{API}/locations"
TEAR = f"{PEOPLE}?zip=23220&condition=labral-tear"
RUNGS = ("declared", "usual")


def found(reply: TestResponse) -> dict[str, Any]:
    """Return the body of a good answer."""
    assert (reply.status_code, reply.mimetype) == (200, "application/json"), reply.text[:300]
    body: dict[str, Any] = reply.json
    return body


def refused(reply: TestResponse, status: int = 400) -> tuple[str, str | None]:
    """Return code and parameter of a refusal, which is problem+json with a sentence and without any list."""
    assert (reply.status_code, reply.mimetype) == (status, "application/problem+json"), reply.text[:300]
    body: dict[str, Any] = reply.json
    assert set(body) == {"type", "title", "status", "detail", "code", "parameter", "params"}
    assert body["status"] == status
    assert body["detail"].endswith((".", "?"))
    assert reply.headers["Cache-Control"] == "no-store"
    return body["code"], body["parameter"]


def distances(matches: list[dict[str, Any]]) -> list[float]:
    """Return the distances in the order of a list."""
    return [one["distance_m"] for one in matches]


def test_people_for_a_tear_come_ascending_each_with_its_rung(client: FlaskClient) -> None:
    body = found(client.get(f"{TEAR}&limit=50&radius=50"))
    # The work is rare (the catalogue's level_first): those who say they do it, then those who usually do.
    lists = {"declared": body, "usual": body["usual"]}
    for rung, part in lists.items():
        matches = part["results"]
        assert len(matches) == part["count"] > 5
        assert [one["rank"] for one in matches] == [part["begins"] + n for n in range(1, len(matches) + 1)]
        assert {one["rung"] for one in matches} == {rung}
        metres = distances(matches)
        assert metres == sorted(metres)
        assert metres[0] < metres[-1] < 50 * 1609.344
        for one in matches:
            assert one["reason"]["text"]
            assert one["distance_miles"] == pytest.approx(one["distance_m"] / 1609.344, abs=0.01)
    ids = [one["practitioner"]["id"] for part in lists.values() for one in part["results"]]
    assert len(set(ids)) == len(ids)


def test_two_rungs_are_one_list_where_the_work_is_common(client: FlaskClient) -> None:
    matches = found(client.get(f"{PEOPLE}?zip=23220&condition=hip-osteoarthritis&limit=50"))["results"]
    metres, rungs = distances(matches), [one["rung"] for one in matches]
    assert metres == sorted(metres)
    assert set(rungs) == set(RUNGS)
    assert rungs != sorted(rungs, key=RUNGS.index)


def test_may_help_is_a_list_of_its_own(client: FlaskClient) -> None:
    body = found(client.get(f"{TEAR}&limit=50"))
    may_help = found(client.get(f"{TEAR}&limit=50&offset={body['may_help']['begins']}"))["may_help"]["results"]
    assert {one["rung"] for one in may_help} == {"may_help"}
    assert distances(may_help) == sorted(distances(may_help))
    named = {one["practitioner"]["id"] for one in (*body["results"], *body["usual"]["results"])}
    assert not named & {one["practitioner"]["id"] for one in may_help}
    everyone = found(client.get(f"{PEOPLE}?zip=23220"))
    assert everyone["may_help"] is everyone["usual"] is everyone["condition"] is None


def test_locations_come_ascending_once_each(client: FlaskClient) -> None:
    body = found(client.get(f"{PLACES}?zip=23220&limit=50&radius=100"))
    metres = distances(body["results"])
    assert metres == sorted(metres)
    assert len(metres) > 5
    ids = [one["location"]["id"] for one in body["results"]]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("place:demo:") for one in ids)
    assert "practitioner" not in body["results"][0]
    treating = found(client.get(f"{PLACES}?zip=23220&condition=labral-tear"))["results"]
    assert {one["rung"] for one in treating} <= set(RUNGS)


def test_pages_of_a_list_fit_together(client: FlaskClient) -> None:
    common = f"{PEOPLE}?zip=23220&condition=hip-osteoarthritis"
    whole = found(client.get(f"{common}&limit=20"))["results"]
    parts = [found(client.get(f"{common}&limit=7&offset={offset}"))["results"] for offset in (0, 7, 14)]
    assert len(whole) == 20
    assert [one for part in parts for one in part][:20] == whole


def test_an_emergency_stands_before_any_list(client: FlaskClient) -> None:
    reply = client.get(f"{PEOPLE}?zip=23220&condition=hip-dislocation")
    body = found(reply)
    assert next(iter(body)) == "notices"
    assert [(one["code"], one["level"]) for one in body["notices"]] == [
        ("call-911", "emergency"),
        ("standing_line", "always"),
    ]
    assert body["emergency_departments"]
    assert all("emergency" in {s["service"] for s in one["location"]["services"]} for one in body["emergency_departments"])  # fmt: skip
    treated = found(client.get(f"{PEOPLE}?zip=23220&condition=hip-dislocation&stage=treated"))
    assert [one["code"] for one in treated["notices"]] == ["standing_line"]
    assert treated["emergency_departments"] == []


@pytest.mark.parametrize("path", [PEOPLE, PLACES])
@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("", "zip_missing", "zip"),
        ("condition=labral-tear", "zip_missing", "zip"),
        ("zip=", "zip_missing", "zip"),
        ("zip=99999", "zip_unknown", "zip"),
        ("zip=232", "zip_malformed", "zip"),
        ("zip=232201", "zip_malformed", "zip"),
        ("zip=-23220", "zip_malformed", "zip"),
        ("zip=%D9%A2%D9%A3%D9%A2%D9%A2%D9%A0", "zip_other_digits", "zip"),
        ("zip=%3Cscript%3E", "zip_not_digits", "zip"),
        ("zip=23220%00", "zip_malformed", "zip"),
        ("zip=09001", "zip_military", "zip"),
        ("zip=2139", "zip_zero_lost", "zip"),
        ("zip=23220&zip=23220", "parameter_repeated", "zip"),
        ("zip=23220&limit=5&limit=5", "parameter_repeated", "limit"),
        ("zip=23220&radios=50", "parameter_unknown", "radios"),
        ("zip=23220&radius=NaN", "parameter_malformed", "radius"),
        ("zip=23220&radius=-1", "parameter_malformed", "radius"),
        ("zip=23220&limit=1e309", "parameter_malformed", "limit"),
        ("zip=23220&limit=0", "parameter_malformed", "limit"),
        ("zip=23220&limit=51", "parameter_malformed", "limit"),
        ("zip=23220&offset=151", "parameter_malformed", "offset"),
        ("zip=23220&offset=%D9%A3", "parameter_malformed", "offset"),
        ("zip=23220&group=nobody", "parameter_malformed", "group"),
        ("zip=23220&stage=later", "parameter_malformed", "stage"),
        ("zip=23220&lang=fr", "parameter_malformed", "lang"),
        ("zip=23220&condition=a%00b", "parameter_malformed", "condition"),
        ("zip=23220&condition=labral-tears", "condition_unknown", "condition"),
        ("zip=23220&condition=" + "x" * 5000, "parameter_too_long", "condition"),
        ("zip=" + "2" * 5000, "parameter_too_long", "zip"),
        ("zip=23220&" + "&".join(f"p{n}=1" for n in range(3000)), "parameter_unknown", "p0"),
        ("zip=23220&" + "&".join(["radius=50"] * 3000), "parameter_repeated", "radius"),
        ("zip=23220&__proto__=1", "parameter_unknown", "__proto__"),
        ("zip=23220&%01=1", "parameter_unknown", ""),
        ("zip=23220&endpoint=x&_scheme=javascript", "parameter_unknown", "endpoint"),
        ("zip=%FF%FE", "zip_not_digits", "zip"),
    ],
    ids=lambda value: None if value is None else value[:30].replace("%", "_"),
)
def test_what_cannot_be_answered_is_named(
    client: FlaskClient, path: str, query: str, code: str, parameter: str
) -> None:
    assert refused(client.get(f"{path}?{query}")) == (code, parameter)


def test_a_refusal_offers_what_was_probably_meant(client: FlaskClient) -> None:
    assert client.get(f"{PEOPLE}?zip=2139").json["params"]["suggestion"] == "02139"
    assert "labral-tear" in client.get(f"{PEOPLE}?zip=23220&condition=labral-tears").json["detail"]
    assert "radius" in client.get(f"{PEOPLE}?zip=23220&radios=50").json["detail"]


@pytest.mark.parametrize("path", [f"{API}/nothing", "/api/v2/specialists", "/api/", f"{API}/listings/"])
def test_what_is_not_there_is_a_problem_too(client: FlaskClient, path: str) -> None:
    assert refused(client.get(path), 404) == ("page_missing", None)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_a_problem_too(client: FlaskClient, method: str) -> None:
    reply = client.open(PEOPLE, method=method)
    assert refused(reply, 405) == ("method_refused", None)
    assert set(reply.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("name", ["zip", "limit", "condition"])
def test_a_body_changes_nothing(client: FlaskClient, name: str) -> None:
    assert found(client.get(TEAR, data={name: "x"}))["count"] == found(client.get(TEAR))["count"]


@pytest.mark.parametrize("path", [TEAR, f"{PLACES}?zip=23220", f"{API}/listings/place:demo:lark-univ"])
def test_who_has_the_answer_is_told_so(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_the_etag_is_of_question_and_language(client: FlaskClient) -> None:
    asked = (TEAR, f"{TEAR}&limit=9", f"{TEAR}&lang=es", f"{PEOPLE}?zip=23221&condition=labral-tear", f"{PLACES}?zip=23220&condition=labral-tear")  # fmt: skip
    etags = [client.get(path).headers["ETag"] for path in asked]
    etags.append(client.get(TEAR, headers={"Accept-Language": "es-MX,es;q=0.9"}).headers["ETag"])
    assert len(set(etags)) == len(etags)
    assert client.get(TEAR).headers["ETag"] == etags[0]
    # A wrong question is never answered 304, whatever its caller says to have.
    wrong = client.get(f"{PEOPLE}?zip=00000", headers={"If-None-Match": ", ".join(etags)})
    assert refused(wrong) == ("zip_unknown", "zip")


@pytest.mark.parametrize("path", [TEAR, f"{PEOPLE}?zip=1", f"{API}/nothing", f"{API}/conditions"])
def test_any_page_may_read(client: FlaskClient, path: str) -> None:
    reply = client.get(path, headers={"Origin": "https://hospital.example"})
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in reply.headers


def test_a_preflight_is_answered(client: FlaskClient) -> None:
    ask = {"Origin": "https://hospital.example", "Access-Control-Request-Method": "GET"}
    headers = client.options(PEOPLE, headers={**ask, "Access-Control-Request-Headers": "if-none-match"}).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in headers["Access-Control-Allow-Methods"]
    assert "POST" not in headers["Access-Control-Allow-Methods"]
    assert "if-none-match" in headers["Access-Control-Allow-Headers"].lower()
    exposed = client.get(TEAR, headers={"Origin": "https://hospital.example"}).headers
    assert {"ETag", "Link"} <= set(exposed["Access-Control-Expose-Headers"].split(", "))


@pytest.mark.parametrize(
    ("path", "accepts", "language"),
    [
        (TEAR, "", "en"),
        (TEAR, "es", "es"),
        (TEAR, "fr, es;q=0.5, en;q=0.1", "es"),
        (TEAR, "fr", "en"),
        (f"{TEAR}&lang=es", "en", "es"),
        (f"{TEAR}&lang=en", "es", "en"),
    ],
)
def test_the_language_is_asked_for(client: FlaskClient, path: str, accepts: str, language: str) -> None:
    reply = client.get(path, headers={"Accept-Language": accepts} if accepts else {})
    body = found(reply)
    assert body["condition"]["name"] == {"en": "Hip labral tear", "es": "Desgarro del labrum de la cadera"}[language]
    assert body["results"][0]["distance_text"].startswith("About ") is (language == "en")
    assert "Accept-Language" in reply.headers["Vary"]


def test_listings_by_public_id(client: FlaskClient) -> None:
    person = found(client.get(f"{API}/listings/npi:2025200009"))
    assert person["practitioner"]["family_name"] == "Amberwhistle"
    assert [one["location"]["id"] for one in person["roles"]] == ["place:demo:lark-hip", "place:demo:lark-univ"]
    without = found(client.get(f"{API}/listings/person:demo:leocadia-umbertassel"))
    assert without["practitioner"]["npi"] is None
    place = found(client.get(f"{API}/listings/place:demo:lark-univ"))
    assert "npi:2025200009" in {one["practitioner"]["id"] for one in place["people"]}
    assert place["location"]["services"]


@pytest.mark.parametrize(
    "public_id",
    ["npi:1999999999", "npi:", "person:demo:nobody", "place:demo:nowhere", "place:x:lark-hip", "x", "place:demo:%00", "npi:%00", "person:demo:%00", "role:x", "x" * 5000, "npi:%F0%9F%A6%B4"],
    ids=lambda value: value[:20].replace("%", "_"),
)  # fmt: skip
def test_unknown_listings_are_missing(client: FlaskClient, public_id: str) -> None:
    assert refused(client.get(f"{API}/listings/{public_id}"), 404) == ("listing_missing", None)
    kind = "place" if public_id.startswith("place") else "specialist"
    assert client.get(f"/{kind}/{public_id}").status_code == 404


def test_no_answer_sets_a_cookie(client: FlaskClient) -> None:
    for path in (TEAR, f"{PEOPLE}?zip=1", f"{API}/nothing", f"{API}/listings/npi:2025200009", f"{API}/openapi.json", "/"):  # fmt: skip
        reply = client.get(path)
        assert "Set-Cookie" not in reply.headers, path
        assert not client._cookies
