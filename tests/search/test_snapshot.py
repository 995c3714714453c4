"""What a snapshot holds: who is in it, from which source, on which days, and who may be offered for an emergency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, select, update

from finder.db.datasets import Source
from finder.desk.publish import activate
from finder.errors import ListingMissing
from finder.importers.pipeline import import_files
from finder.search.answer import listing, search
from finder.search.index import Index
from finder.search.query import SearchQuery
from finder.search.results import SearchResults
from finder.search.snapshot import Snapshot, build
from tests.conftest import load_index
from tests.search.made_up import npi, write

DAY = dt.date(2026, 11, 23)
RICHMOND = {"city": "Richmond", "state": "VA", "zip_code": "23220", "latitude": 37.55, "longitude": -77.46}
SURGEON = {"given_name": "Test", "family_name": "Person", "specialties": "207XX0005X"}

Load = Callable[..., None]


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Load:
    """Import rows as sections of a source and put them in force."""
    return loader(engine, tmp_path)


def loader(engine: Engine, folder: Path) -> Load:
    def load(source: str = "ours", priority: int | None = None, **sections: list[dict[str, object]]) -> None:
        paths = [write(folder / f"{source}-{name}.csv", whole(rows)) for name, rows in sections.items()]
        report = import_files(engine, paths, source)
        assert not any(count.refused for count in report.sections.values()), report.problems
        if priority is not None:
            with engine.begin() as connection:
                connection.execute(update(Source).where(Source.name == source).values(priority=priority))
        activate(engine, source, None, "test")

    return load


def whole(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name, "") for name in names} for row in rows]


def place(key: str, **facts: object) -> dict[str, object]:
    return {"location_id": key, "name": f"Place {key}", **RICHMOND, **facts}


def person(key: str, at: str, **facts: object) -> dict[str, object]:
    return {"person_id": key, "location_id": at, **SURGEON, **facts}


def ask(engine: Engine, today: dt.date = DAY, **question: object) -> SearchResults:
    with engine.connect() as connection:
        return search(load_index(engine), connection, SearchQuery(**{"zip": "23220", **question}), today)


def people(results: SearchResults) -> list[str]:
    return [match.practitioner.public_id for match in results.main.matches]


def places(results: SearchResults) -> list[str]:
    return [match.location.public_id.removeprefix("place:ours:") for match in results.main.matches]


def test_a_blob_reads_back_equal(shared_demo: Engine) -> None:
    with shared_demo.connect() as connection:
        built = build(connection, {}, dt.datetime(2026, 11, 23, 12, 30, tzinfo=dt.UTC))
    read = Snapshot.from_bytes(built.to_bytes())
    assert read.columns.keys() == built.columns.keys()
    for name, column in built.columns.items():
        assert read.columns[name].dtype == column.dtype, name
        np.testing.assert_array_equal(read.columns[name], column, name)
    assert read.catalogue.entries == built.catalogue.entries
    assert list(read.catalogue.conditions) == list(built.catalogue.conditions)
    assert (read.sources, read.built_at) == (built.sources, built.built_at)
    assert len(built.columns["role_row"]) > 200


def test_both_databases_and_every_build_give_the_same_blob(shared_demo: Engine) -> None:
    """Nothing in a snapshot hangs on the order in which a database happens to return rows."""
    with shared_demo.connect() as connection:
        now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
        blobs = {build(connection, {}, now).to_bytes() for _ in range(2)}
    assert len(blobs) == 1


def test_an_empty_directory_answers(engine: Engine) -> None:
    for question in ({}, {"condition": "hip-dislocation"}, {"unit": "places", "condition": "labral-tear"}):
        results = ask(engine, **question)
        assert [one.total for one in results.lists] == [0] * len(results.lists)
        assert results.radius_miles is None
        assert results.emergency_departments == ()


def test_a_directory_of_one_place_and_no_one(engine: Engine, load: Load) -> None:
    load(locations=[place("only")])
    assert places(ask(engine, unit="places")) == ["only"]
    assert people(ask(engine)) == []


def test_a_directory_without_any_position(engine: Engine, load: Load) -> None:
    """Nobody can be listed by distance, and everybody has a page."""
    nowhere = {"zip_code": "09012", "state": "VA", "latitude": "", "longitude": ""}
    load(locations=[place("a", **nowhere)], practitioners=[person("dr", "a")])
    assert places(ask(engine, unit="places", radius=None)) == []
    assert people(ask(engine, radius=None)) == []
    index = load_index(engine)
    with engine.connect() as connection:
        at = listing(index, connection, "place:ours:a", DAY)
        assert at.location.latitude is None
        assert [who.public_id for who, _role in at.people] == ["person:ours:dr"]
        assert listing(index, connection, "person:ours:dr", DAY).practitioner.public_id == "person:ours:dr"


def test_a_place_without_position_is_left_out_of_the_nearest_only(engine: Engine, load: Load) -> None:
    nowhere = place("b", zip_code="09012", state="VA", latitude="", longitude="")
    load(locations=[place("a"), nowhere], practitioners=[person("dr", "a"), person("dr", "b")])
    assert places(ask(engine, unit="places", radius=None)) == ["a"]
    assert people(ask(engine, radius=None)) == ["person:ours:dr"]
    with engine.connect() as connection:
        roles = listing(load_index(engine), connection, "person:ours:dr", DAY).roles
    assert {role.location.public_id for role in roles} == {"place:ours:a", "place:ours:b"}


def test_a_person_of_two_sources_comes_whole_from_the_one_believed_more(engine: Engine, load: Load) -> None:
    mine, theirs = place("a"), place("b", latitude=37.56)
    who = npi(7)
    load("low", 5, locations=[mine], practitioners=[person("x", "a", npi=who, given_name="Low"), person("y", "a")])
    load("high", 9, locations=[theirs], practitioners=[person("z", "b", npi=who, given_name="High")])
    results = ask(engine)
    found = {match.practitioner.public_id: match for match in results.main.matches}
    assert set(found) == {f"npi:{who}", "person:low:y"}
    assert found[f"npi:{who}"].practitioner.given_name == "High"
    assert found[f"npi:{who}"].location.public_id == "place:high:b"
    assert found[f"npi:{who}"].other_places == ()
    with engine.connect() as connection:
        page = listing(load_index(engine), connection, f"npi:{who}", DAY)
        here = listing(load_index(engine), connection, "place:low:a", DAY)
        there = listing(load_index(engine), connection, "place:high:b", DAY)
    assert [role.location.public_id for role in page.roles] == ["place:high:b"]
    assert [who.public_id for who, _role in here.people] == ["person:low:y"]
    assert [who.public_id for who, _role in there.people] == [f"npi:{npi(7)}"]


def test_the_demo_leaves_when_a_real_source_is_in_force(databases: object, demo_engine: Engine, tmp_path: Path) -> None:
    before = load_index(demo_engine)
    assert before.is_demo
    loader(demo_engine, tmp_path)(locations=[place("a")], practitioners=[person("dr", "a")])
    after = load_index(demo_engine)
    assert not after.is_demo
    assert [source.name for source in after.snapshot.sources] == ["ours"]
    assert after.edition == before.edition + 1
    assert people(ask(demo_engine, radius=None)) == ["person:ours:dr"]
    with demo_engine.connect() as connection, pytest.raises(ListingMissing):
        listing(after, connection, "place:demo:lark-hip", DAY)


def test_the_demo_is_left_out_of_an_edition_with_a_real_source(demo_engine: Engine, tmp_path: Path) -> None:
    """Already while that edition is built, though the demo is still in force."""
    path = write(tmp_path / "locations.csv", [place("a")])
    dataset = import_files(demo_engine, [path], "ours").dataset_id
    with demo_engine.connect() as connection:
        ours = connection.scalar(select(Source.id).where(Source.name == "ours"))
        now = dt.datetime.now(dt.UTC)
        assert [one.name for one in build(connection, {}, now).sources] == ["demo"]
        next_one = build(connection, {ours: dataset}, now)
    assert [one.name for one in next_one.sources] == ["ours"]
    assert len(next_one.columns["place_row"]) == 1


@pytest.mark.parametrize("of", ["place", "role"])
def test_listed_days_count_from_the_first_to_the_last(engine: Engine, load: Load, of: str) -> None:
    days = {"listed_from": "2026-11-20", "listed_until": "2026-11-23"}
    at, who = (days, {}) if of == "place" else ({}, days)
    load(locations=[place("a", **at)], practitioners=[person("dr", "a", **who)])
    for day, listed in ((19, False), (20, True), (22, True), (23, True), (24, False)):
        today = dt.date(2026, 11, day)
        assert bool(people(ask(engine, today))) == listed, day
        assert bool(places(ask(engine, today, unit="places"))) == (listed or of == "role"), day
        with engine.connect() as connection:
            index = load_index(engine)
            assert shown(index, connection, "person:ours:dr", today) == listed, day
            assert shown(index, connection, "place:ours:a", today) == (listed or of == "role"), day


def shown(index: Index, connection: object, public_id: str, today: dt.date) -> bool:
    try:
        listing(index, connection, public_id, today)
    except ListingMissing:
        return False
    return True


def departments(engine: Engine) -> set[str]:
    results = ask(engine, condition="hip-dislocation")
    assert results.card == "call-911"
    return {match.location.public_id.removeprefix("place:ours:") for match in results.emergency_departments}


@pytest.mark.parametrize(
    ("kind", "emergency", "offered"),
    [
        *((kind, "yes", True) for kind in ("hospital", "critical_access", "rural_emergency", "childrens")),
        *((kind, "yes", False) for kind in ("psychiatric", "veterans", "military", "clinic", "rehabilitation", "long_term", "surgery_center", "therapy", "")),
        ("hospital", "no", False),
        ("hospital", "", False),
    ],
)  # fmt: skip
def test_who_may_be_offered_for_an_emergency(
    engine: Engine, load: Load, kind: str, emergency: str, offered: bool
) -> None:
    load(locations=[place("a", kind=kind, emergency_department=emergency)])
    assert departments(engine) == ({"a"} if offered else set())


def test_an_emergency_department_by_the_services_has_the_last_word(engine: Engine, load: Load) -> None:
    def service(at: str, offered: str, always: str = "", kind: str = "emergency") -> dict[str, object]:
        return {"location_id": at, "service": kind, "offered": offered, "open_24_hours": always}

    given = {"no-yes": "no", "none-yes": "", "yes-no": "yes", "yes-none": "yes", "yes-day": "yes", "other": ""}
    load(
        locations=[place(key, kind="hospital", emergency_department=said) for key, said in given.items()],
        services=[
            service("no-yes", "yes", "yes"),
            service("none-yes", "yes"),
            service("yes-no", "no"),
            service("yes-none", ""),
            service("yes-day", "yes", "no"),
            service("other", "yes", "yes", "imaging"),
        ],
    )
    assert departments(engine) == {"no-yes", "none-yes"}


def test_no_card_offers_no_emergency_department(engine: Engine, load: Load) -> None:
    load(locations=[place("a", kind="hospital", emergency_department="yes")])
    assert ask(engine, condition="labral-tear").emergency_departments == ()
    assert ask(engine, condition="hip-dislocation", stage="treated").emergency_departments == ()
    assert len(ask(engine, condition="hip-dislocation", stage="now").emergency_departments) == 1
