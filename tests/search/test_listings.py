"""Pages of one person or place: every public id that an answer shows leads to one, and what it says holds there."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine

from finder.db.reference import DATA
from finder.errors import ListingMissing
from finder.search.answer import listing, search
from finder.search.index import Index
from finder.search.query import SearchQuery
from finder.search.results import LocationListing, PractitionerListing
from tests.conftest import load_index

DAY = dt.date(2026, 11, 23)


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / "demo" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def listed(row: dict[str, str]) -> bool:
    return row["listed_from"] <= DAY.isoformat() <= (row["listed_until"] or "9999")


@pytest.fixture(scope="module")
def index(shared_demo: Engine) -> Index:
    return load_index(shared_demo)


@pytest.fixture(scope="module")
def connection(shared_demo: Engine) -> Iterator[Connection]:
    with shared_demo.connect() as opened:
        yield opened


def person(index: Index, connection: Connection, public_id: str) -> PractitionerListing:
    found = listing(index, connection, public_id, DAY)
    assert isinstance(found, PractitionerListing)
    return found


def place(index: Index, connection: Connection, public_id: str) -> LocationListing:
    found = listing(index, connection, public_id, DAY)
    assert isinstance(found, LocationListing)
    return found


def test_every_place_of_the_demo_has_a_page(index: Index, connection: Connection) -> None:
    """With its own facts, services, plans and the people who are listed there today."""
    services, people = defaultdict(dict), defaultdict(set)
    for row in rows("services"):
        services[row["location_id"]][row["service"]] = row["offered"] or "not_stated"
    for row in rows("practitioners"):
        if listed(row):
            people[row["location_id"]].add(f"npi:{row['npi']}" if row["npi"] else f"person:demo:{row['person_id']}")
    plans = defaultdict(set)
    for row in rows("plans"):
        plans[row["organization"]].add((row["plan"], row["accepts"] or "not_stated", row["as_of"]))
    shown = 0
    for row in rows("locations"):
        key = row["location_id"]
        if not listed(row):
            with pytest.raises(ListingMissing):
                listing(index, connection, f"place:demo:{key}", DAY)
            continue
        found = place(index, connection, f"place:demo:{key}")
        assert (found.location.public_id, found.location.name) == (f"place:demo:{key}", row["name"])
        assert {who.public_id for who, _role in found.people} == people[key]
        assert {role.location for _who, role in found.people} <= {found.location}
        offered = {one.kind.value: one.offered.value for one in found.location.services}
        if "emergency" not in services[key] and row["emergency_department"]:
            services[key]["emergency"] = row["emergency_department"]
        assert offered == services[key]
        assert {(one.plan, one.accepts.value, str(one.as_of or "")) for one in found.plans} == plans[
            row["organization"]
        ]
        shown += 1
    assert shown > 55


def test_every_person_of_the_demo_has_a_page(index: Index, connection: Connection) -> None:
    """By NPI where there is one, and by the file's own id; with each place where they are listed today."""
    where, ids = defaultdict(set), defaultdict(set)
    places = {row["location_id"] for row in rows("locations") if listed(row)}
    for row in rows("practitioners"):
        public_id = f"npi:{row['npi']}" if row["npi"] else f"person:demo:{row['person_id']}"
        ids[row["person_id"]] = {public_id, f"person:demo:{row['person_id']}"}
        if listed(row) and row["location_id"] in places:
            where[row["person_id"]].add(f"place:demo:{row['location_id']}")
    for key, public_ids in ids.items():
        for public_id in public_ids:
            if not where[key]:
                with pytest.raises(ListingMissing):
                    listing(index, connection, public_id, DAY)
                continue
            found = person(index, connection, public_id)
            assert found.practitioner.public_id in public_ids
            assert {role.location.public_id for role in found.roles} == where[key]
            assert {role.public_id for role in found.roles} == {
                f"role:{found.practitioner.public_id}@{at}" for at in where[key]
            }
    assert sum(len(at) > 1 for at in where.values()) > 20
    assert any(len(public_ids) == 2 for public_ids in ids.values())


@pytest.mark.parametrize(
    "public_id",
    [
        "", ":", "npi:", "npi:0000000000", "npi:1%", "person:", "person:demo:", "person:demo:nobody", "person:other:isaura-amberwhistle",
        "place:", "place:demo", "place:demo:", "place:demo:nowhere", "place:other:lark-hip", "role:npi:1@place:demo:x",
        "lark-hip", "place:DEMO:lark-hip", "place:demo:lark-hip:x", "place:demo:lark-hip ", "npi:2025200009 ",
        "place:demo:' OR 1=1 --", "place:demo:\u00e9", "x" * 10_000,
    ],
    ids=lambda value: ascii(value)[:30],
)  # fmt: skip
def test_unknown_ids_are_missing(index: Index, connection: Connection, public_id: str) -> None:
    with pytest.raises(ListingMissing) as missing:
        listing(index, connection, public_id, DAY)
    assert (missing.value.code, missing.value.params) == ("listing_missing", {"public_id": public_id[:80]})


def test_every_answer_leads_to_pages(index: Index, connection: Connection) -> None:
    """Every person, place and other place of an answer has a page, which shows the same."""
    for condition in index.catalogue.conditions:
        results = search(index, connection, SearchQuery("23220", condition, radius=None, group="all"), DAY)
        assert results.main.matches, condition
        for match in results.main.matches:
            page = person(index, connection, match.practitioner.public_id)
            assert page.practitioner == match.practitioner
            assert {role.public_id: role for role in page.roles}[match.role.public_id] == match.role
            assert {match.location, *match.other_places} <= {role.location for role in page.roles}


def test_other_places_are_all_the_other_places(index: Index, connection: Connection) -> None:
    """Of a person with several, the nearest is shown and the rest named, whichever ZIP code asks."""
    seen = 0
    for zip_code in ("23220", "29201", "43215", "40202"):
        matches = search(index, connection, SearchQuery(zip_code, group="all", radius=None, limit=50), DAY).main.matches
        for match in matches:
            page = person(index, connection, match.practitioner.public_id)
            assert match.location not in match.other_places
            located = {role.location for role in page.roles if role.location.latitude is not None}
            assert {match.location, *match.other_places} == located
            seen += len(match.other_places)
    assert seen > 50


def test_what_is_said_of_one_place_holds_there_only(index: Index, connection: Connection) -> None:
    """Each role shows what the person says everywhere, with the place's own rows laid over it."""
    everywhere, here = defaultdict(dict), defaultdict(dict)
    for row in rows("capabilities"):
        if row["person_id"]:
            said = here[row["person_id"], row["location_id"]] if row["location_id"] else everywhere[row["person_id"]]
            said[row["condition_or_procedure"]] = row["level"]
    npis = {row["npi"]: row["person_id"] for row in rows("practitioners") if row["npi"]}
    own = 0
    for key in {key for key, _place in here}:
        page = person(index, connection, f"person:demo:{key}")
        assert npis.get(page.practitioner.npi, key) == key
        for role in page.roles:
            at = role.location.public_id.removeprefix("place:demo:")
            expected = {**everywhere[key], **here[key, at]}
            assert {one.target: one.level.value for one in role.declared} == expected
            own += any(everywhere[key].get(target) != level for target, level in here[key, at].items())
    assert own > 20


def test_what_places_say_of_themselves(index: Index, connection: Connection) -> None:
    said = defaultdict(dict)
    for row in rows("capabilities"):
        if not row["person_id"]:
            said[row["location_id"]][row["condition_or_procedure"]] = row["level"]
    for key, expected in said.items():
        found = place(index, connection, f"place:demo:{key}")
        assert {one.target: one.level.value for one in found.declared} == expected
    assert len(said) > 5
