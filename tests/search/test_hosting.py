"""Whose finder it is, whom an organization serves, and whom to call: what an answer says beside its lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from finder.desk.organizations import Wish, say_of
from finder.search import SearchQuery, SearchResults, search
from finder.search.organizations import Host
from tests.conftest import load_index
from tests.search.small_directory import DAY, loader, people, person, place

# Miles from ZIP 23220: alder's places are in Richmond, Ashland is some 15 miles north, Roanoke some 150 west.
ASHLAND = {"city": "Ashland", "zip_code": "23005", "latitude": 37.759, "longitude": -77.479}
ROANOKE = {"city": "Roanoke", "zip_code": "24014", "latitude": 37.23, "longitude": -79.94}
LINE = Host(phone="+18045550199", name="Our finder")


@pytest.fixture
def directory(engine: Engine, tmp_path: Path) -> Engine:
    """Alder in Richmond and Roanoke, birch in Richmond and Ashland; a person of both, four of each alone."""
    load = loader(engine, tmp_path)
    load(
        "ours",
        locations=[
            place("alder", organization="Alder Health"),
            place("far", organization="Alder Health", **ROANOKE),
            place("birch", organization="Birch Health"),
            place("north", organization="Birch Health", **ASHLAND),
        ],
        practitioners=[
            *(person(f"a{n}", "alder", accepting_new_patients="yes" if n < 2 else "") for n in range(3)),
            *(person(f"b{n}", "birch", accepting_new_patients="yes" if n < 1 else "") for n in range(3)),
            person("both", "north"), person("both", "alder"), person("f", "far"),
        ],
    )  # fmt: skip
    return engine


def ask(engine: Engine, host: Host = LINE, **question: Any) -> SearchResults:
    with engine.connect() as connection:
        query = SearchQuery(**{"zip": "23220", "limit": 50, **question})
        return search(load_index(engine), connection, query, DAY, host)


def area(tmp_path: Path, *ring: tuple[float, float]) -> Path:
    path = tmp_path / "area.geojson"
    path.write_text(json.dumps({"type": "Polygon", "coordinates": [[list(at) for at in (*ring, ring[0])]]}))
    return path


@pytest.mark.parametrize(
    ("zip_code", "wish", "served"),
    [
        ("59244", Wish(states="VA"), False),
        ("59244", Wish(states="VA,MT"), True),
        ("24014", Wish(radius_miles=10.0), True),  # by its place in Roanoke
        ("22901", Wish(radius_miles=10.0), False),  # Charlottesville
        ("22901", Wish(radius_miles=10.0, states="VA"), True),
    ],
)
def test_an_organization_serves_by_state_or_radius(
    directory: Engine, zip_code: str, wish: Wish, *, served: bool
) -> None:
    say_of(directory, "alder-health", wish, "test")
    found = ask(directory, zip=zip_code, organization="alder-health")
    assert (found.outside_area is None) == served
    # However far, its people are listed; and of another organization nothing is said.
    assert found.main.matches
    assert ask(directory, zip=zip_code, organization="birch-health").outside_area is None
    assert ask(directory, zip=zip_code).outside_area is None


def test_an_organization_serves_inside_a_drawn_area(directory: Engine, tmp_path: Path) -> None:
    corners = ((-78.0, 37.0), (-77.0, 37.0), (-77.0, 38.0), (-78.0, 38.0))
    say_of(directory, "alder-health", Wish(area=area(tmp_path, *corners)), "test")
    assert ask(directory, organization="alder-health").outside_area is None
    assert ask(directory, zip="22901", organization="alder-health").outside_area is not None
    # The Aleutians, on both sides of 180 degrees.
    corners = ((172.0, 50.0), (-160.0, 50.0), (-160.0, 56.0), (172.0, 56.0))
    assert say_of(directory, "alder-health", Wish(area=area(tmp_path, *corners)), "test").notes == (
        "area_mended", "area_without_places",
    )  # fmt: skip
    for inside in ("99546", "99547", "99685"):  # Adak, Atka, Unalaska
        assert ask(directory, zip=inside, organization="alder-health").outside_area is None, inside
    for outside in ("23220", "99501", "96799"):
        assert ask(directory, zip=outside, organization="alder-health").outside_area is not None, outside


def test_outside_it_names_its_line_its_links_and_how_far_it_is(directory: Engine) -> None:
    wish = Wish("8045550100", "Mon-Fri 8-5", "VA", links=("Else|Otros|https://example.org/else",))
    say_of(directory, "alder-health", wish, "test")
    found = ask(directory, zip="59244", organization="alder-health", limit=3)
    assert found.outside_area
    one = found.outside_area.organization
    assert (one.name, one.phone, one.hours) == ("Alder Health", "+18045550100", "Mon-Fri 8:00-17:00")
    assert one.links[0].url == "https://example.org/else"
    assert found.outside_area.nearest_m == pytest.approx(found.main.matches[0].distance_m)
    assert found.far_m == found.main.matches[0].distance_m > 1500 * 1609.344
    assert found.radius_miles is None
    # Where only the own one is listed, it is asked about all the same.
    assert ask(directory, Host("alder-health", "only"), zip="59244").outside_area == found.outside_area


def test_far_is_said_from_a_hundred_miles_on(directory: Engine) -> None:
    assert ask(directory).far_m is None
    assert ask(directory, zip="22901", organization="alder-health").far_m is None  # some 65 miles
    assert ask(directory, zip="59244").far_m is not None


def test_all_first_and_only(directory: Engine) -> None:
    everyone = {f"person:ours:{key}" for key in ("a0", "a1", "a2", "b0", "b1", "b2", "both")}
    own = {f"person:ours:{key}" for key in ("a0", "a1", "a2", "both")}
    plain = ask(directory, Host("alder-health", "all"))
    assert (set(people(plain)), plain.own, plain.main.own) == (everyone, None, None)
    first = ask(directory, Host("alder-health", "first"))
    assert set(people(first)[:4]) == own
    assert set(people(first)[4:]) == everyone - own
    assert (first.main.total, first.main.own, first.main.others) == (7, 4, 3)
    assert first.own
    assert (first.own.mode, first.own.organization.name) == ("first", "Alder Health")
    # Whoever works for both stands there with the own place.
    both = next(one for one in first.main.matches if one.practitioner.public_id == "person:ours:both")
    assert both.location.organization == "Alder Health"
    only = ask(directory, Host("alder-health", "only"))
    assert set(people(only)) == own
    # Another one that is asked for makes no empty page.
    assert set(people(ask(directory, Host("alder-health", "only"), organization="birch-health"))) == own
    assert ask(directory, Host("alder-health", "first"), organization="birch-health").main.own is None


def test_the_own_organization_comes_first_no_farther_than_a_hundred_miles(directory: Engine) -> None:
    """However far the search goes, one that is far does not stand before one that is near."""
    found = ask(directory, Host("alder-health", "first"), unit="places", zip="24014", radius=None)
    names = [one.location.name for one in found.main.matches]
    assert (names[0], set(names[1:]), found.main.own, found.main.others) == (
        "Place far", {"Place alder", "Place birch", "Place north"}, 1, 3,
    )  # fmt: skip
    metres = [one.distance_m for one in found.main.matches]
    assert metres == sorted(metres)
    # The one who works for both stands once, with the nearest of all places.
    found = ask(directory, Host("alder-health", "first"), zip="59244", radius=None)
    assert (found.main.total, found.main.own, found.main.others) == (8, 0, 8)
    assert sorted(people(found)) == sorted(set(people(found)))
    metres = [one.distance_m for one in found.main.matches]
    assert metres == sorted(metres)


def test_own_first_of_places_and_of_facts(directory: Engine) -> None:
    host = Host("birch-health", "first")
    places = ask(directory, host, unit="places")
    assert [one.location.organization for one in places.main.matches] == [
        "Birch Health",
        "Birch Health",
        "Alder Health",
    ]
    assert (places.main.own, places.main.others) == (2, 1)
    stated = ask(directory, host, new_patients="yes").main
    told = [(one.role.accepting_new_patients.value, one.location.organization[:5]) for one in stated.matches]
    yes, not_said = ("yes", "not_stated")
    assert told == [(yes, "Birch"), (yes, "Alder"), (yes, "Alder")] + [(not_said, "Birch")] * 3 + [(not_said, "Alder")]
    assert (stated.stated, stated.not_stated, stated.own, stated.others) == (3, 4, 4, 3)
    # Pages go on where the one before ended.
    paged = [one for n in range(4) for one in people(ask(directory, host, limit=2, offset=2 * n))]
    assert paged == people(ask(directory, host))
    # Whoever asks for bare distance gets it.
    assert ask(directory, host, sort="distance").main.own is None


@pytest.mark.parametrize("own", ["first", "only"])
def test_an_own_organization_that_is_not_there_empties_nothing(directory: Engine, own: Any) -> None:
    found = ask(directory, Host("alder", own))
    assert (found.own, found.main.total) == (None, 7)


def test_where_few_are_found_there_is_a_line(directory: Engine) -> None:
    assert ask(directory).line is None
    few = {"zip": "24014", "radius": 10.0}
    assert tuple(ask(directory, **few).line or ()) == ("Our finder", "+18045550199", "")
    assert ask(directory, Host(), **few).line is None
    say_of(directory, "alder-health", Wish("8045550100", "Mon-Fri 8-5"), "test")
    alder = ("Alder Health", "+18045550100", "Mon-Fri 8:00-17:00")
    assert tuple(ask(directory, Host("alder-health", phone="+18045550199"), **few).line or ()) == alder
    assert tuple(ask(directory, **few, organization="alder-health").line or ()) == alder
    assert tuple(ask(directory, **few, organization="birch-health").line or ())[:1] == ("Our finder",)
    # Not while it happens, and not for whoever found the one that was named.
    assert ask(directory, **few, condition="hip-dislocation", stage="now").line is None
    assert ask(directory, **few, name="Person").line is None
    assert ask(directory, **few, name="Zzyzx").line is not None


def test_rare_work_starts_wide_unless_a_radius_was_chosen(directory: Engine) -> None:
    rare = {"condition": "labral-tear", "radius_given": False}
    wide = ask(directory, **rare)
    assert (wide.started_wide, wide.radius_miles, wide.widened, wide.query.radius) == (True, None, False, None)
    assert sum(one.total for one in wide.lists[:1]) == 8  # Roanoke too
    chosen = ask(directory, condition="labral-tear")
    assert (chosen.started_wide, chosen.radius_miles, chosen.main.total) == (False, 50.0, 7)
    usual = ask(directory, radius_given=False)
    assert (usual.started_wide, usual.radius_miles) == (False, 50.0)
    # Far away is no reason to keep the line from someone.
    assert ask(directory, zip="59244", **rare).line is not None
    assert ask(directory, **rare).line is None


def test_a_question_without_a_radius_is_known_as_such() -> None:
    assert not SearchQuery.parse({"zip": ["23220"], "radius": [""]}, "people").radius_given
    assert SearchQuery.parse({"zip": ["23220"], "radius": ["50"]}, "people").radius_given


def test_organizations_cost_a_search_no_statement(directory: Engine) -> None:
    def statements() -> int:
        seen: list[str] = []

        def count(_connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
            seen.append(statement)

        event.listen(directory, "before_cursor_execute", count)
        with directory.connect() as connection:
            search(index, connection, SearchQuery("59244", organization="alder-health"), DAY, LINE)
        event.remove(directory, "before_cursor_execute", count)
        return len(seen)

    index = load_index(directory)
    before = statements()
    say_of(directory, "alder-health", Wish("8045550100", states="VA"), "test")
    index = load_index(directory)
    assert statements() == before
