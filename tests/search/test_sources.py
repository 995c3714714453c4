"""Several sources, one person: who is believed, what the others fill in, and what stays as one source says."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Connection, Engine, delete, event, select

from finder.db.base import Stated
from finder.db.datasets import Dataset, Source
from finder.db.directory import Gender, Practitioner, PractitionerRole
from finder.desk.publish import republish
from finder.desk.sources import set_priority
from finder.errors import ListingMissing
from finder.search.answer import explain, listing
from finder.search.results import LocationListing, PractitionerListing, PractitionerView
from finder.search.sources import Filled, fillings, sources_in_force
from tests.conftest import load_index
from tests.search.made_up import npi
from tests.search.small_directory import DAY, NOWHERE, Load, ask, people, person, place

WHO = npi(7)
ID = f"npi:{WHO}"
# Two sources of one person, who is x here and z there.
LOW = {"npi": WHO, "gender": "woman", "languages": "Spanish; French", "fellowship": "Hips, Low", "credentials": "MD"}
HIGH = {"npi": WHO, "languages": "German", "board_certified": "no"}


def two_sources(load: Load) -> None:
    """Put in force a high and a low source that both list WHO, at places a few miles from each other."""
    x, y = person("x", "a", **LOW, board_certified="yes", youngest_age=18), person("y", "a", gender="man")
    load("low", 5, locations=[place("a")], practitioners=[x, y])
    load("high", 9, locations=[place("b", latitude=37.6)], practitioners=[person("z", "b", **HIGH)])


def page(engine: Engine, public_id: str = ID, today: dt.date = DAY) -> PractitionerListing:
    with engine.connect() as connection:
        found = listing(load_index(engine), connection, public_id, today)
    assert isinstance(found, PractitionerListing)
    return found


def people_at(engine: Engine, public_id: str) -> dict[str, PractitionerView]:
    with engine.connect() as connection:
        found = listing(load_index(engine), connection, public_id, DAY)
    assert isinstance(found, LocationListing)
    return {one.public_id: one for one, _role in found.people}


def nowhere(engine: Engine, *public_ids: str) -> bool:
    """Return whether WHO is in no list, and none of these ids has a page."""
    for public_id in public_ids:
        with pytest.raises(ListingMissing):
            page(engine, public_id)
    return ID not in people(ask(engine, radius=None))


def test_a_person_comes_whole_from_the_higher_source_and_the_lower_fills_in(engine: Engine, load: Load) -> None:
    two_sources(load)
    results = ask(engine)
    assert set(people(results)) == {ID, "person:low:y"}
    (match,) = [match for match in results.main.matches if match.practitioner.public_id == ID]
    shown = match.practitioner
    assert (shown.source, shown.languages, shown.board_certified) == ("high", ("de",), Stated.NO)
    assert (shown.gender, shown.fellowship, shown.credentials) == (Gender.WOMAN, "Hips, Low", "MD")
    assert (match.location.public_id, match.other_places, match.role.youngest_age) == ("place:high:b", (), None)
    for public_id in (ID, "person:high:z", "person:low:x"):
        found = page(engine, public_id)
        assert found.practitioner == shown
        assert [role.public_id for role in found.roles] == [f"role:{ID}@place:high:b"]
    assert people_at(engine, "place:high:b") == {ID: shown}
    assert people_at(engine, "place:low:a").keys() == {"person:low:y"}
    with engine.connect() as connection:
        told = explain(load_index(engine), connection, "person:low:x", "labral-tear", None, DAY)
    assert [(role.location.public_id, who) for role, who, _standing in told] == [("place:high:b", shown)]


def test_with_the_priorities_swapped_the_other_source_is_believed(engine: Engine, load: Load) -> None:
    two_sources(load)
    set_priority(engine, "low", 10, "test")
    found = page(engine)
    shown = found.practitioner
    assert (shown.source, shown.languages, shown.board_certified) == ("low", ("es", "fr"), Stated.YES)
    assert [(role.location.public_id, role.youngest_age) for role in found.roles] == [("place:low:a", 18)]
    assert page(engine, "person:high:z") == found
    assert people_at(engine, "place:high:b") == {}
    assert set(people(ask(engine))) == {ID, "person:low:y"}


def test_each_fact_comes_from_the_next_source_that_states_it(engine: Engine, load: Load) -> None:
    def source(name: str, priority: int, **facts: str) -> None:
        load(name, priority, locations=[place("a")], practitioners=[person("x", "a", npi=WHO, **facts)])

    source("third", 1, gender="man", languages="French", fellowship="Three", suffix="Jr.", profile_url="https://three.example")  # fmt: skip
    source("second", 2, languages="Spanish", fellowship="Two", board_certified="yes")
    source("first", 3, fellowship="One")
    shown = page(engine).practitioner
    assert (shown.source, shown.fellowship, shown.languages) == ("first", "One", ("es",))
    assert (shown.board_certified, shown.gender) == (Stated.YES, Gender.MAN)
    assert (shown.name, shown.profile_url, shown.credentials) == ("Test Person Jr.", "https://three.example", "")
    with engine.connect() as connection:
        sources = sources_in_force(connection, {})
        found = fillings(connection, sources)
    first, second = sources[0].dataset_id, sources[1].dataset_id
    assert found[first, "x"] == {
        "languages": Filled(["es"], "second"), "board_certified": Filled(Stated.YES, "second"),
        "gender": Filled(Gender.MAN, "third"), "suffix": Filled("Jr.", "third"),
        "profile_url": Filled("https://three.example", "third"),
    }  # fmt: skip
    assert found.keys() == {(first, "x"), (second, "x")}


@pytest.mark.parametrize(
    ("above", "below", "name"),
    [
        ({}, {"middle_name": "Ann", "suffix": "II"}, "Test Ann Person II"),
        ({"given_name": "TEst"}, {"middle_name": "Ann"}, "TEst Ann Person"),
        ({"suffix": "Jr."}, {"middle_name": "Ann", "suffix": "II"}, "Test Ann Person Jr."),
        ({"given_name": "Test Ann"}, {"middle_name": "Ann"}, "Test Ann Person"),
        ({"family_name": "Person Jr."}, {"suffix": "Jr."}, "Test Person Jr."),
    ],
)
def test_a_name_is_filled_in_only_by_who_writes_the_rest_alike(
    engine: Engine, load: Load, above: dict[str, str], below: dict[str, str], name: str
) -> None:
    load("low", 5, locations=[place("a")], practitioners=[person("x", "a", npi=WHO, gender="woman", **below)])
    load("high", 9, locations=[place("b")], practitioners=[person("z", "b", **{"npi": WHO, **above})])
    assert page(engine).practitioner.name == name
    assert page(engine).practitioner.gender is Gender.WOMAN


def test_people_without_an_npi_are_never_joined(engine: Engine, load: Load) -> None:
    for source, gender in (("low", "woman"), ("high", "")):
        load(source, locations=[place("a")], practitioners=[person("x", "a", gender=gender)])
    assert set(people(ask(engine))) == {"person:low:x", "person:high:x"}
    assert page(engine, "person:high:x").practitioner.gender is Gender.NOT_STATED


def test_only_what_is_in_force_fills_in(engine: Engine, load: Load) -> None:
    """Neither an earlier version of the lower source nor one of the higher."""
    two_sources(load)
    x, y = person("x", "a", npi=WHO, credentials="DO"), person("y", "a")
    load("low", locations=[place("a")], practitioners=[x, y])
    load("high", locations=[place("b")], practitioners=[person("z", "b", npi=WHO)])
    shown = page(engine).practitioner
    assert (shown.credentials, shown.languages, shown.fellowship) == ("DO", (), "")
    assert (shown.gender, shown.board_certified) == (Gender.NOT_STATED, Stated.NOT_STATED)


@pytest.mark.parametrize("of", ["place", "role"])
@pytest.mark.parametrize("days", [{"listed_until": "2026-11-22"}, {"listed_from": "2026-11-24"}], ids=["until", "from"])
def test_whom_the_higher_source_hides_no_lower_one_brings_back(
    engine: Engine, load: Load, of: str, days: dict[str, str]
) -> None:
    at, who = (days, {}) if of == "place" else ({}, days)
    load("low", 5, locations=[place("a")], practitioners=[person("x", "a", npi=WHO), person("y", "a")])
    load("high", 9, locations=[place("b", **at)], practitioners=[person("z", "b", npi=WHO, **who)])
    assert nowhere(engine, ID, "person:low:x", "person:high:z")
    assert people_at(engine, "place:low:a").keys() == {"person:low:y"}
    listed = dt.date.fromisoformat(*days.values())
    assert page(engine, ID, listed).practitioner.source == "high"
    assert [match.location.public_id for match in ask(engine, listed).main.matches if match.practitioner.npi] == ["place:high:b"]  # fmt: skip


def test_a_place_without_position_is_the_higher_source_s_word_too(engine: Engine, load: Load) -> None:
    """Such a person has a page and stands on that of the place; no list sends patients to an address of another."""
    load("low", 5, locations=[place("a")], practitioners=[person("x", "a", npi=WHO), person("y", "a")])
    load("high", 9, locations=[place("b", **NOWHERE)], practitioners=[person("z", "b", npi=WHO)])
    assert nowhere(engine)
    assert [role.location.public_id for role in page(engine, "person:low:x").roles] == ["place:high:b"]
    assert people_at(engine, "place:high:b").keys() == {ID}
    assert people_at(engine, "place:low:a").keys() == {"person:low:y"}


def test_a_source_that_names_no_place_for_a_person_does_not_list_them(engine: Engine, load: Load) -> None:
    """As when the places of a carried-over person are gone; the next source that lists them is believed, wholly."""
    two_sources(load)
    with engine.begin() as connection:
        high = connection.scalar(select(Dataset.id).join(Source).where(Source.name == "high", Dataset.active))
        connection.execute(delete(PractitionerRole).where(PractitionerRole.dataset_id == high))
    republish(engine, "test", "roles_gone")
    shown = page(engine).practitioner
    assert (shown.source, shown.languages) == ("low", ("es", "fr"))
    assert set(people(ask(engine))) == {ID, "person:low:y"}
    assert people_at(engine, "place:low:a").keys() == {ID, "person:low:y"}


def test_one_source_in_force_asks_for_no_fillings(engine: Engine, load: Load) -> None:
    load("low", locations=[place("a")], practitioners=[person("x", "a", npi=WHO)])
    asked: list[str] = []
    with engine.connect() as connection:
        sources = sources_in_force(connection, {})
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2]))
        assert fillings(connection, sources) == {}
        assert asked == []


def test_dataset_rows_stay_as_received(engine: Engine, load: Load) -> None:
    def received(connection: Connection) -> list[tuple[object, ...]]:
        rows = connection.execute(select(*Practitioner.__table__.columns).order_by(Practitioner.id))
        return [tuple(row) for row in rows]

    load("low", 5, locations=[place("a")], practitioners=[person("x", "a", **LOW)])
    with engine.connect() as connection:
        before = received(connection)
    load("high", 9, locations=[place("b")], practitioners=[person("z", "b", **HIGH)])
    with engine.connect() as connection:
        assert received(connection)[: len(before)] == before
        (high,) = connection.scalars(select(Practitioner.gender).where(Practitioner.key == "z"))
    assert high is Gender.NOT_STATED
