"""What the API says beside searches: by id, ZIP codes, the catalogue, organizations, the edition; formats and pages."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from finder.desk.organizations import Wish, say_of
from finder.formats import geojson
from tests.web.conftest import LANGUAGES, MakeApp
from tests.web.test_api import API, PEOPLE, PLACES, TEAR, found, refused

GEO = "application/geo+json"
PERSON, PLACE = "npi:2025200009", "place:demo:lark-univ"
OPERATIONS = (
    TEAR, f"{PLACES}?zip=23220", f"{PEOPLE}/{PERSON}", f"{PLACES}/{PLACE}", f"{API}/listings/{PLACE}",
    f"{API}/conditions", f"{API}/conditions/labral-tear", f"{API}/procedures", f"{API}/procedures/pelvic-osteotomy",
    f"{API}/zips/23220", f"{API}/organizations", f"{API}/editions", f"{API}/openapi.json",
)  # fmt: skip
WITH_FEATURES = (TEAR, f"{PLACES}?zip=23220", f"{PEOPLE}/{PERSON}", f"{PLACES}/{PLACE}")


def with_end(path: str) -> str:
    """Return the address of the same as GeoJSON."""
    path, mark, question = path.partition("?")
    return f"{path}.geojson{mark}{question}"


def test_people_and_places_by_id_are_their_listings(client: FlaskClient) -> None:
    for door, public_id in ((PEOPLE, PERSON), (PLACES, PLACE)):
        assert found(client.get(f"{door}/{public_id}")) == found(client.get(f"{API}/listings/{public_id}"))


@pytest.mark.parametrize(
    "path",
    [
        f"{PLACES}/{PERSON}", f"{PEOPLE}/{PLACE}", f"{PLACES}/{PERSON}.geojson", f"{PEOPLE}/{PLACE}.geojson",
        f"{PEOPLE}/npi:1999999999", f"{PLACES}/place:demo:nowhere", f"{PLACES}/place:demo:%00", f"{PEOPLE}/{'x' * 5000}",
    ],
    ids=lambda path: path[-40:].replace("%", "_"),
)  # fmt: skip
def test_an_id_of_another_kind_is_missing(client: FlaskClient, path: str) -> None:
    assert refused(client.get(path), 404) == ("listing_missing", None)


@pytest.mark.parametrize("kind", ["condition", "procedure"])
def test_what_the_catalogue_lists_can_be_asked_for_by_its_id(client: FlaskClient, kind: str) -> None:
    for one in found(client.get(f"{API}/{kind}s"))[f"{kind}s"]:
        told = found(client.get(f"{API}/{kind}s/{one['id']}"))
        assert (told["id"], told["name"]) == (one["id"], one["name"])
        assert told["name"] not in told["other_names"]
        searched = found(client.get(f"{PEOPLE}?zip=23220&limit=1&{kind}={one['id']}"))
        assert searched[kind]["name"] == one["name"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_condition_says_how_soon_who_and_that_nobody_has_approved_it(client: FlaskClient, language: str) -> None:
    told = found(client.get(f"{API}/conditions/hip-dislocation?lang={language}"))
    assert (told["urgency"]["level"], told["urgency"]["card"]) == ("emergency", "call-911")
    assert told["urgency"]["asks_now_or_treated"] is True
    assert "911" in told["urgency"]["message"]
    assert told["reviewed"] is False
    assert told["review_note"].startswith("General information" if language == "en" else "Información general")
    tear = found(client.get(f"{API}/conditions/labral-tear?lang={language}"))
    assert tear["rare_work"] is True
    assert [one["id"] for one in tear["procedures"] if one["defining"]] == ["hip-arthroscopy-fai-labrum"]
    assert tear["groups"] == ["surgeon", "non_surgical_doctor"]
    assert tear["who_treats"][0]["specialties"]


@pytest.mark.parametrize("kind", ["condition", "procedure"])
@pytest.mark.parametrize("asked", ["nothing", "%00", "x" * 5000, "..%2f", "NaN", "%F0%9F%A6%B4"])
def test_what_the_catalogue_lacks_is_missing_and_named(client: FlaskClient, kind: str, asked: str) -> None:
    reply = client.get(f"{API}/{kind}s/{asked}")
    # A slash is one wherever it stands: there is no such address at all.
    code = "page_missing" if "%2f" in asked else f"{kind}_unknown"
    assert refused(reply, 404) == (code, kind if code != "page_missing" else None)
    assert len(reply.text) < 500


def test_a_slip_in_an_id_is_offered_the_nearest(client: FlaskClient) -> None:
    assert client.get(f"{API}/conditions/labral-tea").json["params"]["nearest"] == "labral-tear"
    assert "labral-tear" in client.get(f"{API}/conditions/labral-tea").json["detail"]


def test_a_zip_code_is_where_a_search_measures_from(client: FlaskClient) -> None:
    for zip_code in ("23220", "10118", "00501", "99723", "23399"):
        told = found(client.get(f"{API}/zips/{zip_code}"))
        searched = found(client.get(f"{PEOPLE}?zip={zip_code}&limit=1"))["origin"]
        assert {name: told[name] for name in searched} == searched
    told = found(client.get(f"{API}/zips/23220-9137"))
    assert (told["zip_code"], told["state"], told["state_name"]) == ("23220", "VA", "Virginia")
    assert "9137" not in client.get(f"{API}/zips/23220-9137").text
    assert {one["name"]: one["text"] for one in told["facts"]}["County"] == "City of Richmond"


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("99999", 404, "zip_unknown"),
        ("00000", 404, "zip_unknown"),
        ("09012", 404, "zip_military"),
        ("2139", 400, "zip_zero_lost"),
        ("232", 400, "zip_malformed"),
        ("232201", 400, "zip_malformed"),
        ("K1A%200B1", 400, "zip_canadian"),
        ("Richmond", 400, "zip_not_digits"),
        ("NaN", 400, "zip_not_digits"),
        ("1e309", 400, "zip_not_digits"),
        ("23220%00", 400, "zip_malformed"),
        ("2" * 5000, 400, "zip_malformed"),
        ("%D9%A2%D9%A3%D9%A2%D9%A2%D9%A0", 400, "zip_other_digits"),
    ],
)  # fmt: skip
def test_a_zip_code_that_is_none_is_named(client: FlaskClient, asked: str, status: int, code: str) -> None:
    reply = client.get(f"{API}/zips/{asked}")
    assert refused(reply, status) == (code, "zip")
    assert len(reply.text) < 500


def test_organizations_say_what_they_tell_patients(demo_engine: Engine, make_app: MakeApp) -> None:
    links = ("Elsewhere|Otra parte|https://example.org/else",)
    say_of(demo_engine, "larkspindle-health", Wish("804-555-0142", "Mon-Fri 8-5", "VA,NC", 60, links=links), "test")
    client = make_app(demo_engine).test_client()
    listed = {one["id"]: one for one in found(client.get(f"{API}/organizations?lang=es"))["organizations"]}
    assert listed["larkspindle-health"] == {
        "id": "larkspindle-health", "name": "Larkspindle Health", "phone": "+18045550142",
        "hours": "Mon-Fri 8:00-17:00", "links": [{"label": "Otra parte", "url": "https://example.org/else"}],
        "serves": {"states": ["NC", "VA"], "radius_miles": 60.0, "drawn_area": None},
    }  # fmt: skip
    assert listed["pogowillow-therapy"]["serves"] is listed["pogowillow-therapy"]["phone"] is None
    assert found(client.get(f"{PEOPLE}?zip=23220&organization=pogowillow-therapy"))["results"]


def test_the_edition_says_what_it_is_made_of(client: FlaskClient) -> None:
    told = found(client.get(f"{API}/editions"))
    searched = found(client.get(TEAR))
    assert (told["edition"], told["since"], told["demo"]) == (searched["edition"], searched["as_of"], True)
    (source,) = told["sources"]
    assert (source["name"], source["version"], source["demo"]) == ("demo", 1, True)
    assert dt.datetime.fromisoformat(source["activated_at"]) <= dt.datetime.now(dt.UTC)


@pytest.mark.parametrize("path", [*OPERATIONS, *map(with_end, WITH_FEATURES)])
def test_every_answer_has_an_etag_by_which_it_is_not_made_again(
    client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get(path)
    for module in ("searches", "listings"):
        for name in ("search", "listing"):
            monkeypatch.setattr(f"finder.web.api.{module}.{name}", None, raising=False)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert set(again.headers["Vary"].split(", ")) >= set(first.headers["Vary"].split(", ")) - {"Accept-Encoding"}


@pytest.mark.parametrize("path", [one for one in OPERATIONS if "openapi" not in one])
def test_etags_tell_languages_apart(client: FlaskClient, path: str) -> None:
    etags = {client.get(path, headers={"Accept-Language": language}).headers["ETag"] for language in LANGUAGES}
    assert len(etags) == len(LANGUAGES)


def test_the_etag_of_a_search_is_of_whose_finder_it_is(demo_engine: Engine, make_app: MakeApp) -> None:
    own = {"FINDER_ORGANIZATION": "larkspindle-health", "FINDER_OWN": "first"}
    etags = {make_app(demo_engine, **more).test_client().get(TEAR).headers["ETag"] for more in ({}, own)}
    assert len(etags) == 2


@pytest.mark.parametrize("path", WITH_FEATURES)
def test_geojson_is_asked_for_by_path_or_by_header(client: FlaskClient, path: str) -> None:
    plain = client.get(path)
    ended = client.get(with_end(path))
    asked = client.get(path, headers={"Accept": GEO})
    assert plain.mimetype == "application/json"
    assert ended.mimetype == asked.mimetype == GEO
    assert "features" in ended.json or ended.json["type"] == "Feature"

    def apart(body: Any) -> Any:
        return {name: value for name, value in body.items() if name not in ("next", "previous")}

    assert apart(ended.json) == apart(asked.json)
    assert len({one.headers["ETag"] for one in (plain, ended, asked)}) == 3
    for one in (plain, asked):
        assert "Accept" in one.headers["Vary"].split(", ")
    # Who has the one does not have the other.
    crossed = client.get(path, headers={"Accept": GEO, "If-None-Match": plain.headers["ETag"]})
    assert (crossed.status_code, crossed.mimetype) == (200, GEO)


@pytest.mark.parametrize(
    ("accepts", "mimetype"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json, application/geo+json", "application/json"),
        ("application/json;q=0.5, application/geo+json", GEO),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("APPLICATION/GEO+JSON", GEO),
        (" ", "application/json"),
    ],
)  # fmt: skip
def test_the_format_that_is_preferred_is_answered(client: FlaskClient, accepts: str, mimetype: str) -> None:
    assert client.get(TEAR, headers={"Accept": accepts}).mimetype == mimetype


@pytest.mark.parametrize(
    ("path", "accepts"),
    [
        (TEAR, "text/html"), (TEAR, "application/json;q=0"), (TEAR, "nonsense"), (TEAR, "image/*"),
        (f"{API}/conditions", GEO), (f"{API}/editions", "text/csv"), (f"{API}/listings/{PLACE}", GEO),
        (f"{API}/suggest?q=hip", GEO),
    ],
)  # fmt: skip
def test_a_format_that_there_is_not_is_a_406(client: FlaskClient, path: str, accepts: str) -> None:
    reply = client.get(path, headers={"Accept": accepts})
    assert refused(reply, 406) == ("format_not_offered", None)
    assert reply.json["params"]["choices"][0] == "application/json"
    assert reply.json["params"]["choices"][1:] == ([GEO] if path == TEAR else [])


def test_an_end_in_an_id_is_not_taken_for_a_format(client: FlaskClient) -> None:
    assert refused(client.get(f"{PLACES}/{PLACE}.json"), 404) == ("listing_missing", None)
    assert client.get(f"{PLACES}/{PLACE}.geojson", headers={"Accept": "text/html"}).mimetype == GEO


def test_features_say_the_same_as_matches_at_their_points(client: FlaskClient) -> None:
    question = "?zip=23220&condition=hip-dislocation&limit=50"
    body, geo = found(client.get(PEOPLE + question)), client.get(f"{PEOPLE}.geojson{question}").json
    assert next(iter(geo)) == "notices"
    assert geo["type"] == "FeatureCollection"
    for name in ("notices", "query", "edition", "origin", "condition", "radius_miles", "matches"):
        assert geo[name] == body[name], name
    expected = [("main", one) for one in body["results"]]
    for name in ("usual", "may_help", "call_first"):
        expected += [(name, one) for one in (body[name] or {"results": []})["results"]]
    for name in ("emergency_departments", "walk_in", "by_video"):
        expected += [(name, one) for one in body[name]]
    assert len(geo["features"]) == len(expected) > 10
    opening = geo["lists"][0]["name"]
    for feature, (name, match) in zip(geo["features"], expected, strict=True):
        told = dict(feature["properties"])
        assert told.pop("list") == (opening if name == "main" else name)
        assert told == match
        position = match["location"]["position"]
        assert feature["geometry"] == {"type": "Point", "coordinates": [position["longitude"], position["latitude"]]}
        assert feature["id"] == (match["role"]["id"] if "role" in match else match["location"]["id"])


def test_longitude_comes_first(client: FlaskClient) -> None:
    place = client.get(f"{PLACES}/{PLACE}.geojson").json
    longitude, latitude = place["geometry"]["coordinates"]
    assert (place["type"], place["id"]) == ("Feature", PLACE)
    assert longitude == pytest.approx(-77.4, abs=0.2)
    assert latitude == pytest.approx(37.5, abs=0.2)
    person = client.get(f"{PEOPLE}/{PERSON}.geojson").json
    assert person["type"] == "FeatureCollection"
    assert person["practitioner"]["id"] == PERSON
    assert [one["id"] for one in person["features"]] == [f"role:{PERSON}@{place}" for place in ("place:demo:lark-hip", PLACE)]  # fmt: skip


def test_a_listing_of_which_nobody_knows_where_it_is_has_no_geometry() -> None:
    class Nowhere:
        latitude = longitude = None

    assert geojson._feature("place:x:y", Nowhere()) == {"type": "Feature", "id": "place:x:y", "geometry": None}  # type: ignore[arg-type]


def links_of(header: str | None) -> dict[str, str]:
    """Return the addresses of a Link header by their relation."""
    return {rel: url for url, rel in re.findall(r'<([^>]*)>; rel="([a-z]+)"', header or "")}


@pytest.mark.parametrize("path", [PEOPLE, f"{PLACES}.geojson"])
def test_pages_are_linked_from_the_first_to_the_last_and_back(client: FlaskClient, path: str) -> None:
    question = "zip=23220&condition=hip-osteoarthritis&limit=7&q=" + "my%20hip%20%26%20knee"
    forth, url = [], f"{path}?{question}"
    while url:
        reply = client.get(url)
        forth.append(url)
        links = links_of(reply.headers.get("Link"))
        assert (reply.json["next"], reply.json["previous"]) == (links.get("next"), links.get("prev"))
        assert ("prev" in links) == (len(forth) > 1)
        assert parse_qs(urlsplit(url).query)["q"] == ["my hip & knee"]
        url = links.get("next", "")
    assert len(forth) >= 3
    assert [parse_qs(urlsplit(one).query).get("offset") for one in forth[1:]] == [[str(7 * n)] for n in range(1, len(forth))]  # fmt: skip
    back, url = [], forth[-1]
    while url:
        back.append(parse_qs(urlsplit(url).query).get("offset", ["0"]))
        url = links_of(client.get(url).headers.get("Link")).get("prev", "")
    assert back == [parse_qs(urlsplit(one).query).get("offset", ["0"]) for one in reversed(forth)]


def test_the_last_page_says_nothing_of_a_next_and_the_cap_ends_them(client: FlaskClient) -> None:
    few = client.get(f"{PEOPLE}?zip=23220&name=amberwhistle")
    assert "Link" not in few.headers
    assert few.json["next"] is few.json["previous"] is None
    capped = client.get(f"{PEOPLE}?zip=23220&radius=any&limit=50&offset=150")
    assert set(links_of(capped.headers["Link"])) == {"prev"}
    assert refused(client.get(f"{PEOPLE}?zip=23220&offset=200")) == ("parameter_malformed", "offset")


def test_links_stand_under_the_path_that_the_server_is_at(client: FlaskClient) -> None:
    reply = client.get(f"{PEOPLE}?zip=23220&limit=2", base_url="http://localhost/finder")
    assert reply.json["next"] == "/finder/api/v1/specialists?zip=23220&limit=2&offset=2"


def test_where_searches_are_private_the_api_still_answers(demo_engine: Engine, make_app: MakeApp) -> None:
    client = make_app(demo_engine, FINDER_PRIVATE_SEARCH="post").test_client()
    assert found(client.get(TEAR))["results"]


@pytest.mark.parametrize("path", [one for one in OPERATIONS if "openapi" not in one])
@pytest.mark.parametrize(
    ("more", "code", "parameter"),
    [
        ("lang=en&lang=en", "parameter_repeated", "lang"),
        ("lang=fr", "parameter_malformed", "lang"),
        ("lang=%00", "parameter_malformed", "lang"),
        ("lang=NaN", "parameter_malformed", "lang"),
        ("lang=1e309", "parameter_malformed", "lang"),
        ("lang=" + "x" * 5000, "parameter_too_long", "lang"),
        ("no=1", "parameter_unknown", "no"),
    ],
    ids=lambda value: value[:20].replace("%", "_"),
)  # fmt: skip
def test_every_operation_names_what_it_does_not_take(
    client: FlaskClient, path: str, more: str, code: str, parameter: str
) -> None:
    assert refused(client.get(f"{path}{'&' if '?' in path else '?'}{more}")) == (code, parameter)


@pytest.mark.parametrize("path", [*OPERATIONS, *map(with_end, WITH_FEATURES)])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_every_operation_refuses_other_methods(client: FlaskClient, path: str, method: str) -> None:
    assert refused(client.open(path, method=method), 405) == ("method_refused", None)


@pytest.mark.parametrize("path", OPERATIONS)
def test_head_answers_as_get_does_without_a_body(client: FlaskClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Cache-Control", "Link"):
        assert head.headers.get(name) == got.headers.get(name), name
