"""Reports of mistakes: taken from our own page only, without a cookie, a script or anything about who sends them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from flask_openapi.openapi import OpenAPI
from sqlalchemy import Engine, select

from finder.db.reports import Mistake, MistakeReport
from finder.desk.publish import republish
from finder.desk.reports import MOST_OF_A_LISTING, open_reports
from finder.formats.wording import wording
from finder.web.posting import _BURST, Allowances
from tests.sample_files import whole_database
from tests.web.conftest import LANGUAGES, TODAY, MakeApp
from tests.web.pages import Page

PERSON, PLACE = "npi:2025200009", "place:demo:lark-hip"
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def app(demo_engine: Engine, make_app: MakeApp) -> OpenAPI:
    """An app over a demo of its own."""
    return make_app(demo_engine)


@pytest.fixture
def asker(app: OpenAPI) -> Iterator[FlaskClient]:
    """A browser that asks it."""
    with app.test_client() as client:
        yield client


def kept(engine: Engine) -> list[tuple[str, list[str]]]:
    with engine.connect() as connection:
        rows = connection.execute(select(MistakeReport.public_id, MistakeReport.kinds).order_by(MistakeReport.id))
        return [(row.public_id, row.kinds) for row in rows]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("public_id", [PERSON, PLACE])
def test_ticked_sent_thanked_and_kept(asker: FlaskClient, demo_engine: Engine, public_id: str, language: str) -> None:
    page = "specialist" if public_id == PERSON else "place"
    listing = Page(asker.get(f"/{page}/{public_id}?lang={language}").text)
    form = Page(asker.get(listing.link(wording(language)("Something is wrong here"))).text)
    assert form.one("form")["method"] == "post"
    boxes = [one["value"] for one in form.all("input", type="checkbox")]
    assert set(boxes) < {kind.value for kind in Mistake}
    assert ("not_here" in boxes, "closed" in boxes) == ((True, False) if public_id == PERSON else (False, True))
    # Nothing can be written, and nothing is asked of who sends it.
    assert {one["type"] for one in form.all("input")} == {"checkbox"}
    assert not form.all("textarea")
    before = whole_database(demo_engine)
    reply = asker.post(form.one("form")["action"], data={"kind": ["plan", "phone"]}, headers=OURS)
    assert reply.status_code == 303
    assert "Set-Cookie" not in reply.headers
    thanks = Page(asker.get(reply.headers["Location"]).text)
    assert thanks.one("html")["lang"] == language
    assert thanks.one("h1").text == wording(language)("Thank you")
    assert kept(demo_engine) == [(public_id, ["phone", "plan"])]
    after = whole_database(demo_engine)
    assert [name for name in after if after[name] != before[name]] == ["mistake_report"]
    with demo_engine.connect() as connection:
        row = connection.execute(select(MistakeReport)).mappings().one()
    assert row["reported_on"] == TODAY
    assert row["edition"] > 0
    assert (row["handled_at"], row["handled_by"]) == (None, None)


@pytest.mark.parametrize("data", [{}, {"kind": []}, {"other": "phone"}])
def test_nothing_ticked_is_told_at_the_boxes(asker: FlaskClient, demo_engine: Engine, data: dict[str, str]) -> None:
    reply = asker.post(f"/wrong/{PERSON}", data=data, headers=OURS)
    found = Page(reply.text)
    assert reply.status_code == 400
    assert found.one("title").text.startswith("Error: ")
    assert found.one("p", id="kind-wrong").text == "Tick what is wrong, then send it."
    (alert,) = (one for one in found.elements if one["role"] == "alert")
    assert found.within(alert)[0]["href"] == "#kind-phone"
    assert kept(demo_engine) == []


@pytest.mark.parametrize("kind", ["x", "PHONE", "phone\x00", "<b>", "é" * 500, "phone,plan"])
def test_an_unknown_box_is_answered_kindly_and_the_others_stay_ticked(
    asker: FlaskClient, demo_engine: Engine, kind: str
) -> None:
    reply = asker.post(f"/wrong/{PERSON}", data={"kind": ["plan", kind]}, headers=OURS)
    found = Page(reply.text)
    assert reply.status_code == 400
    assert "Tick one of the boxes on the page." in found.one("main").text
    assert [one["value"] for one in found.all("input") if "checked" in one.attributes] == ["plan"]
    assert kept(demo_engine) == []


@pytest.mark.parametrize("public_id", ["npi:1", "place:demo:nowhere", "x", "%00", "'; DROP TABLE", "npi:2025200009%0A"])
def test_an_unknown_listing_is_answered_kindly(asker: FlaskClient, demo_engine: Engine, public_id: str) -> None:
    for reply in (
        asker.get(f"/wrong/{public_id}"), asker.post(f"/wrong/{public_id}", data={"kind": "phone"}, headers=OURS),
        asker.get(f"/wrong/{public_id}/thanks"),
    ):  # fmt: skip
        assert reply.status_code == 404
        assert "We don't have this listing." in Page(reply.text).one("main").text
    assert kept(demo_engine) == []


def test_an_id_of_a_file_goes_on_to_the_one_of_the_npi(asker: FlaskClient, demo_engine: Engine) -> None:
    old = "person:demo:isaura-amberwhistle"
    reply = asker.post(f"/wrong/{old}", data={"kind": "phone"}, headers=OURS)
    assert (reply.status_code, reply.headers["Location"]) == (308, f"/wrong/{PERSON}")
    assert asker.post(f"/wrong/{old}", data={"kind": "phone"}, headers=OURS, follow_redirects=True).status_code == 200
    assert kept(demo_engine) == [(PERSON, ["phone"])]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303), ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403), ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403), ({"Sec-Fetch-Site": ""}, 403),
        # Browsers of before 2023 say only where the form was, or null where the page sends no referrer.
        ({"Origin": "http://localhost"}, 303), ({"Origin": "null"}, 303), ({}, 303),
        ({"Origin": "https://evil.example"}, 403), ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "http://[::1"}, 403), ({"Origin": "localhost"}, 403),
    ],
)  # fmt: skip
def test_only_a_page_of_ours_may_send(
    asker: FlaskClient, demo_engine: Engine, headers: dict[str, str], status: int
) -> None:
    reply = asker.post(f"/wrong/{PERSON}", data={"kind": "phone"}, headers=headers)
    assert reply.status_code == status
    assert len(kept(demo_engine)) == (status == 303)
    if status == 403:
        assert "This was sent from another site" in reply.text


def test_a_body_that_is_too_long_is_not_read(asker: FlaskClient, demo_engine: Engine) -> None:
    reply = asker.post(f"/wrong/{PERSON}", data={"kind": ["phone", "x" * 5000]}, headers=OURS)
    assert reply.status_code == 413
    assert "more than we can take" in reply.text
    assert kept(demo_engine) == []


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data", ""])
def test_another_kind_of_body_is_nothing_ticked(asker: FlaskClient, kind: str) -> None:
    body = json.dumps({"kind": ["phone"]})
    assert asker.post(f"/wrong/{PERSON}", data=body, content_type=kind, headers=OURS).status_code == 400


def test_one_address_may_send_so_many_whatever_it_says_of_itself(asker: FlaskClient, demo_engine: Engine) -> None:
    """Each time another forwarded-for header, and another listing, so that no other limit is met."""
    ids = [one["practitioner"]["id"] for one in asker.get("/api/v1/specialists?zip=23220&radius=any&limit=50").json["results"]]  # fmt: skip
    said: list[int] = []
    for number in range(_BURST + 3):
        forwarded = {"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}", "X-Real-IP": f"192.0.2.{number}"}  # fmt: skip
        data = {"kind": "phone"}
        said.append(asker.post(f"/wrong/{ids[number % len(ids)]}", data=data, headers=OURS | forwarded).status_code)
    assert said == [303] * _BURST + [429] * 3
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    reply = asker.post(f"/wrong/{ids[0]}", data={"kind": "phone"}, headers=OURS, environ_overrides=elsewhere)
    assert reply.status_code == 303
    assert len(kept(demo_engine)) == _BURST + 1


def test_of_one_listing_a_day_brings_only_so_many(asker: FlaskClient, demo_engine: Engine) -> None:
    for number in range(MOST_OF_A_LISTING + 2):
        where = {"REMOTE_ADDR": f"192.0.2.{number}"}
        reply = asker.post(f"/wrong/{PLACE}", data={"kind": "phone"}, headers=OURS, environ_overrides=where)
        assert reply.status_code == (303 if number < MOST_OF_A_LISTING else 429)
    assert "staff will look" in reply.text
    assert len(kept(demo_engine)) == MOST_OF_A_LISTING


def test_a_publication_loses_no_report(asker: FlaskClient, demo_engine: Engine) -> None:
    asker.post(f"/wrong/{PERSON}", data={"kind": "phone"}, headers=OURS)
    republish(demo_engine, "test", "again")
    (found,) = open_reports(demo_engine)
    assert (found.public_id, found.kinds) == (PERSON, {Mistake.PHONE: 1})


def test_allowances_fill_again_with_time() -> None:
    now = 0.0
    allowances = Allowances(2, 30.0, clock=lambda: now)
    assert [allowances.take("192.0.2.1") for _ in range(3)] == [True, True, False]
    now = 29.0
    assert not allowances.take("192.0.2.1")
    now = 31.0
    assert [allowances.take("192.0.2.1") for _ in range(2)] == [True, False]
    now = 10_000.0
    assert [allowances.take("192.0.2.1") for _ in range(3)] == [True, True, False]


def test_one_network_is_one_address_and_many_addresses_fill_no_memory() -> None:
    allowances = Allowances(1, 30.0, clock=lambda: 0.0)
    assert allowances.take("2001:db8:1:2::1")
    assert not allowances.take("2001:db8:1:2:ffff::9")
    assert allowances.take("2001:db8:1:3::1")
    let_through = sum(allowances.take(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}") for n in range(6000))
    assert let_through < 4200
    assert len(allowances._left) <= 4200


def test_no_address_can_be_had_from_what_is_kept() -> None:
    first, second = Allowances(1, 30.0), Allowances(1, 30.0)
    first.take("192.0.2.1")
    second.take("192.0.2.1")
    assert list(first._left) != list(second._left)
    assert "192.0.2.1" not in repr(first._left)
