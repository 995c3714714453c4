"""One person of several sources, as pages and API show them: one listing, the facts of all, by whoever is believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from finder.desk.sources import set_priority
from tests.search.made_up import npi
from tests.search.small_directory import loader, person, place
from tests.web.conftest import MakeApp
from tests.web.pages import Page

ID = f"npi:{npi(7)}"
HIGH = {"npi": npi(7), "languages": "German"}
LOW = {"npi": npi(7), "languages": "Spanish", "fellowship": "Hips, Low", "gender": "woman", "board_certified": "yes"}


@pytest.fixture
def two_sources(engine: Engine, tmp_path: Path) -> Engine:
    """A database in which a high and a low source list the same person."""
    load = loader(engine, tmp_path)
    load("low", 5, locations=[place("a")], practitioners=[person("x", "a", **LOW), person("y", "a")])
    load("high", 9, locations=[place("b")], practitioners=[person("z", "b", **HIGH)])
    return engine


def body(client: FlaskClient, path: str) -> dict[str, Any]:
    reply = client.get(f"/api/v1/{path}")
    assert reply.status_code == 200, reply.json
    return dict(reply.json or {})


def facts(person: dict[str, Any]) -> tuple[str, list[str], str, str, str]:
    languages = [one["code"] for one in person["languages"]]
    return person["source"], languages, person["fellowship"], person["gender"], person["board_certified"]


@pytest.mark.parametrize(
    ("priority", "source", "languages", "named"), [(5, "high", ["de"], "German"), (10, "low", ["es"], "Spanish")]
)
def test_one_listing_in_every_face(
    two_sources: Engine, make_app: MakeApp, priority: int, source: str, languages: list[str], named: str
) -> None:
    set_priority(two_sources, "low", priority, "test")
    client = make_app(two_sources).test_client()
    expected = (source, languages, "Hips, Low", "woman", "yes")
    at = {"high": "place:high:b", "low": "place:low:a"}
    found = body(client, "specialists?zip=23220")["results"]
    assert sorted(one["practitioner"]["id"] for one in found) == [ID, "person:low:y"]
    (match,) = [one for one in found if one["practitioner"]["id"] == ID]
    assert (facts(match["practitioner"]), match["location"]["id"]) == (expected, at[source])
    one = body(client, f"listings/{ID}")
    assert (facts(one["practitioner"]), [role["location"]["id"] for role in one["roles"]]) == (expected, [at[source]])
    for place_id in at.values():
        here = {one["practitioner"]["id"] for one in body(client, f"listings/{place_id}")["people"]}
        assert here - {"person:low:y"} == ({ID} if place_id == at[source] else set())
    page = Page(client.get(f"/specialist/{ID}").text)
    shown = {term.text: told.text for term, told in zip(page.all("dt"), page.all("dd"), strict=True)}
    assert shown["Languages"] == f"Speaks {named}"
    assert shown["Training"].startswith("Extra training, as stated: Hips, Low")
    assert f"Listed by: {source}" in [one.text for one in page.all("p")]
    cards = [one.text for one in Page(client.get("/specialists?zip=23220").text).all("li", class_="card")]
    assert sum(f"Speaks {named}" in card for card in cards) == 1


def test_the_id_of_either_file_leads_to_the_one_page(two_sources: Engine, make_app: MakeApp) -> None:
    client = make_app(two_sources).test_client()
    for old in ("person:low:x", "person:high:z"):
        reply = client.get(f"/specialist/{old}")
        assert (reply.status_code, reply.headers["Location"]) == (301, f"/specialist/{ID}")
        assert body(client, f"listings/{old}") == body(client, f"listings/{ID}")
