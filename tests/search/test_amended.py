"""The oracle of amendments: a directory in which staff wrote a value answers like one whose file had it."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from finder.db.addresses import address_hash
from finder.db.dialect import open_engine
from finder.desk.amendments import amend
from finder.errors import DeskRefused
from finder.formats import api_v1, geojson
from finder.formats.wording import wording
from finder.search.answer import listing, search
from finder.search.index import Index
from finder.search.query import SearchQuery
from finder.search.results import SearchResults
from tests.conftest import Databases, load_index
from tests.search.small_directory import DAY, loader, person, place

NPI = "1234567893"
_numbers = itertools.count()
LOCATIONS = [
    place("a", phone="804-555-0100", hours="Mon-Fri 8:00-17:00", step_free="yes", phone_languages="en"),
    place("b", latitude=37.60, zip_code="23227", lift="no", address="2 Oak Street"),
    # Known by its ZIP code alone, and one of which nobody knows where it is.
    place("c", latitude="", longitude="", zip_code="23226", state="VA"),
    place("d", latitude="", longitude="", zip_code="09012", state="VA", city="Camp"),
]
PEOPLE = [
    person("ada", "a", given_name="Ada", accepting_new_patients="yes", languages="en; es", youngest_age=14),
    person("ada", "b", given_name="Ada", accepting_new_patients="no", languages="en; es"),
    person("bea", "b", given_name="Bea", npi=NPI, gender="woman", telehealth="yes", telehealth_states="VA; NC"),
    person("cam", "c", given_name="Cam", specialties="2251X0800X", referral_needed="no"),
    person("dee", "d", given_name="Dee", board_certified="yes"),
    person("eve", "a", given_name="Eve", specialties="207X00000X", works_with="", oldest_age=80),
]
CAPABILITIES = [
    {"person_id": "ada", "condition_or_procedure": "labral-tear", "level": "main_focus"},
    {"person_id": "bea", "condition_or_procedure": "hip-dysplasia", "level": "treats"},
]
STATED = st.sampled_from(("yes", "no", ""))
PLACE_CELLS = {
    "phone": st.sampled_from(("(804) 555-0155", "804.555.0156", "")), "relay_phone": st.just("804-555-0157"),
    "hours": st.sampled_from(("Mon 8-12", "Sa 9:00-12:00", "by appointment", "")), "website": st.just("www.example.org/a"),
    "directions": st.just("East door"), "address": st.sampled_from(("7 ELM STREET", "8 Elm Street")), "address_2": st.just("Suite 2"),
    "city": st.just("Ashland"), "step_free": STATED, "lift": STATED, "adjustable_exam_table": STATED,
    "accessible_parking": STATED, "interpreter": STATED, "phone_languages": st.sampled_from(("Spanish", "en; fr", "")),
    "zip_code": st.sampled_from(("23226", "23005-1234", "23220")), "verified_on": st.just("2026-11-01"),
    "latitude": st.sampled_from(("37.70", "37.5538")),
}  # fmt: skip
PERSON_CELLS = {
    "credentials": st.sampled_from(("MD", "")), "gender": st.sampled_from(("woman", "man", "")),
    "languages": st.sampled_from(("Spanish; French", "en", "")), "fellowship": st.just("Hip, 2015"),
    "board_certified": STATED, "profile_url": st.just("https://example.org/p"),
}  # fmt: skip
ROLE_CELLS = {
    "phone": st.just("804-555-0166"), "days": st.sampled_from(("Mon, Wed", "Mondays")), "accepting_new_patients": STATED,
    "referral_needed": STATED, "telehealth": STATED, "telehealth_states": st.sampled_from(("MD", "Virginia; NC", "")),
    "first_visit_with": st.just("a nurse"), "youngest_age": st.sampled_from(("0", "17", "")),
    "oldest_age": st.sampled_from(("70", "")), "works_with": st.just("Ada Fern"), "booking_url": st.just("https://example.org/b"),
    "verified_on": st.just("2026-11-02"),
}  # fmt: skip


def address_of(place: dict[str, Any]) -> str:
    """Return what stands for an address, "" where no street is known."""
    if not place.get("address"):
        return ""
    return address_hash(place["address"], place.get("city", ""), place["state"], place["zip_code"])


def some(cells: dict[str, st.SearchStrategy[str]]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({}, optional=cells)


CHANGES = st.tuples(
    st.fixed_dictionaries({}, optional={key["location_id"]: some(PLACE_CELLS) for key in LOCATIONS}),
    st.fixed_dictionaries({}, optional={key: some(PERSON_CELLS) for key in ("ada", "bea", "cam", "dee", "eve")}),
    st.fixed_dictionaries({}, optional={(one["person_id"], one["location_id"]): some(ROLE_CELLS) for one in PEOPLE}),
)
QUESTIONS: tuple[dict[str, Any], ...] = (
    {}, {"unit": "places"}, {"condition": "labral-tear"}, {"condition": "hip-dysplasia", "age": 16}, {"radius": None},
    {"new_patients": "yes", "radius": 50.0}, {"referral": "no", "radius": 50.0}, {"language": "es", "radius": 50.0},
    {"gender": "woman"}, {"telehealth": "NC", "radius": None}, {"step_free": "yes", "unit": "places", "radius": None},
    {"interpreter": "yes"}, {"interpreter": "yes", "unit": "places", "radius": None},
    {"phone_language": "fr", "unit": "places", "radius": None}, {"age": 75, "radius": None}, {"age": 3, "radius": None},
    {"name": "ada"}, {"name": "dee", "radius": None}, {"condition": "labral-tear", "unit": "places", "radius": None},
)  # fmt: skip


def answers(engine: Engine) -> list[Any]:
    """Return everything that patients are told: each answer, each listing, as objects and as JSON."""
    index = load_index(engine)
    w = wording("en")
    found: list[Any] = []
    with engine.connect() as connection:
        for question in QUESTIONS:
            told = search(
                index, connection, SearchQuery(**{"zip": "23220", "radius": 25.0, **question}), DAY, with_choices=True
            )
            plain = replace(told, edition=0, built_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
            found += [plain, *as_written(plain, index, w)]
        people = [f"npi:{NPI}" if one["person_id"] == "bea" else f"person:ours:{one['person_id']}" for one in PEOPLE]
        for public_id in (*(f"place:ours:{one['location_id']}" for one in LOCATIONS), *people):
            page = replace(listing(index, connection, public_id, DAY), edition=0)
            found += [page, api_v1.listing(page, index.catalogue, w), geojson.listing(page, index.catalogue, w)]
    return found


def as_written(told: SearchResults, index: Index, w: Any) -> list[Any]:
    return [json.loads(geojson.search_results(told, index.catalogue, w))]


# To make a failing example smaller would take minutes.
@settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(CHANGES)
def test_written_by_staff_answers_as_imported(databases: Databases, tmp_path: Path, changes: Any) -> None:
    of_places, of_people, of_roles = changes
    folders = [tmp_path / str(next(_numbers)) for _ in range(2)]
    engines = [open_engine(databases.fresh(demo=False)) for _ in range(2)]
    for folder in folders:
        folder.mkdir()
    amended, imported = engines
    locations = [{**one, **of_places.get(one["location_id"], {})} for one in LOCATIONS]
    for one in locations:
        # A pin is two numbers.
        if one["latitude"]:
            one["longitude"] = one["longitude"] or "-77.46"
        # One that came with another address counts no more, unless staff put it there.
        filed = next(row for row in LOCATIONS if row["location_id"] == one["location_id"])
        if address_of(one) != address_of(filed) and "latitude" not in of_places.get(one["location_id"], {}):
            one["latitude"] = one["longitude"] = ""
    people = [
        {**one, **of_people.get(one["person_id"], {}), **of_roles.get((one["person_id"], one["location_id"]), {})}
        for one in PEOPLE
    ]
    try:
        loader(imported, folders[0])(locations=locations, practitioners=people, capabilities=CAPABILITIES)
        loader(amended, folders[1])(locations=LOCATIONS, practitioners=PEOPLE, capabilities=CAPABILITIES)
        for key, cells in of_places.items():
            written(amended, f"place:ours:{key}", cells | ({"longitude": "-77.46"} if "latitude" in cells else {}))
        for key, cells in of_people.items():
            written(amended, f"npi:{NPI}" if key == "bea" else f"person:ours:{key}", cells)
        for (key, at), cells in of_roles.items():
            who = f"npi:{NPI}" if key == "bea" else f"person:ours:{key}"
            written(amended, f"role:{who}@place:ours:{at}", cells)
        for theirs, ours in zip(answers(imported), answers(amended), strict=True):
            assert ours == theirs
    finally:
        for engine in engines:
            engine.dispose()


def written(engine: Engine, public_id: str, cells: dict[str, str]) -> None:
    """Let staff write cells over a listing, unless that is what its file says."""
    try:
        amend(engine, public_id, cells, "Rosa")
    except DeskRefused as refused:
        if cells and refused.code != "amendment_nothing":
            raise
