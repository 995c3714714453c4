"""What a snapshot holds: who is in it, from which source, on which days, and who may be offered for an emergency."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, select

from finder.db.datasets import Source
from finder.errors import ListingMissing
from finder.importers.pipeline import import_files
from finder.search.answer import listing
from finder.search.index import Index
from finder.search.results import SearchResults
from finder.search.snapshot import Snapshot, build
from tests.conftest import load_index
from tests.search.made_up import write
from tests.search.small_directory import DAY, NOWHERE, Load, ask, loader, people, person, place


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
    load(locations=[place("a", **NOWHERE)], practitioners=[person("dr", "a")])
    assert places(ask(engine, unit="places", radius=None)) == []
    assert people(ask(engine, radius=None)) == []
    index = load_index(engine)
    with engine.connect() as connection:
        at = listing(index, connection, "place:ours:a", DAY)
        assert at.location.latitude is None
        assert [who.public_id for who, _role in at.people] == ["person:ours:dr"]
        assert listing(index, connection, "person:ours:dr", DAY).practitioner.public_id == "person:ours:dr"


def test_a_place_without_position_is_left_out_of_the_nearest_only(engine: Engine, load: Load) -> None:
    load(locations=[place("a"), place("b", **NOWHERE)], practitioners=[person("dr", "a"), person("dr", "b")])
    assert places(ask(engine, unit="places", radius=None)) == ["a"]
    assert people(ask(engine, radius=None)) == ["person:ours:dr"]
    with engine.connect() as connection:
        roles = listing(load_index(engine), connection, "person:ours:dr", DAY).roles
    assert {role.location.public_id for role in roles} == {"place:ours:a", "place:ours:b"}


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
