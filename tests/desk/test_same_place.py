"""Two places that staff say are one answer as a directory in which they were imported as one; undone, as before."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from finder.db.dialect import open_engine
from finder.db.quality import SamePlace
from finder.db.reports import Mistake
from finder.desk.amendments import amend
from finder.desk.audit import first_broken
from finder.desk.confirmations import make_link, use_link, waiting
from finder.desk.confirmed import accept
from finder.desk.quality import look_at, work_list
from finder.desk.reports import file_report
from finder.desk.same_place import add_same_place, all_same_places, remove_same_place
from finder.desk.verified import verified_today
from finder.errors import DeskRefused, ListingMissing
from finder.search import SearchQuery, listing, search
from tests.conftest import Databases, load_index
from tests.search.made_up import npi
from tests.search.small_directory import DAY, loader, person, place

ONE, TWO = "place:ours:one", "place:ours:two"
KEPT = {
    "phone": "804-555-0101", "step_free": "yes", "interpreter": "", "hours": "", "organization": "Alder Health",
    "kind": "hospital", "phone_languages": "",
}  # fmt: skip
OTHER = {
    "phone": "804-555-0102", "step_free": "no", "interpreter": "yes", "hours": "Mon-Fri 8-5", "organization": "",
    "kind": "clinic", "phone_languages": "English; Spanish", "name": "The other name", "latitude": 37.5512,
    "longitude": -77.4611,
}  # fmt: skip


def roles() -> dict[str, list[dict[str, object]]]:
    """Return who is at the kept place, at the other, and what a row is of those at both."""
    mine = [person(f"k{n}", "one", family_name=f"Keeps{n}", npi=npi(n)) for n in range(3)]
    theirs = [person(f"o{n}", "two", family_name=f"Other{n}", npi=npi(10 + n)) for n in range(3)]
    both = [
        person(
            "b",
            "one",
            family_name="Both",
            npi=npi(20),
            accepting_new_patients="",
            phone="",
            telehealth="no",
            youngest_age=14,
        ),
        person(
            "b",
            "two",
            family_name="Both",
            npi=npi(20),
            accepting_new_patients="yes",
            phone="804-555-0109",
            telehealth="yes",
            days="Mon",
        ),
    ]
    return {"kept": mine, "other": theirs, "both": both}


def said(who: str, where: str, target: str, level: str) -> dict[str, object]:
    return {"person_id": who, "location_id": where, "condition_or_procedure": target, "level": level}


CAPABILITIES = [
    said("b", "one", "labral-tear", "treats"), said("b", "two", "labral-tear", "does_not"),
    said("b", "two", "hip-osteoarthritis", "main_focus"), said("", "one", "hip-pain", "treats"),
    said("", "two", "hip-pain", "does_not"), said("", "two", "hip-osteoarthritis", "treats"),
]  # fmt: skip
SERVICES = [
    {"location_id": "one", "service": "walk_in_xray", "offered": "yes", "open_24_hours": ""},
    {"location_id": "two", "service": "walk_in_xray", "offered": "no", "open_24_hours": ""},
    {"location_id": "two", "service": "imaging", "offered": "yes", "open_24_hours": ""},
    {"location_id": "two", "service": "emergency", "offered": "yes", "open_24_hours": "yes"},
]  # fmt: skip
FAR = place("far", latitude=38.2, longitude=-78.2, zip_code="22901", city="Charlottesville")


@pytest.fixture
def apart(engine: Engine, tmp_path: Path) -> Engine:
    """A directory with the place twice."""
    who = roles()
    loader(engine, tmp_path)(
        "ours", locations=[place("one", **KEPT), place("two", **OTHER), FAR],
        practitioners=[*who["kept"], *who["other"], *who["both"], person("f", "far", npi=npi(30))],
        capabilities=CAPABILITIES, services=SERVICES,
    )  # fmt: skip
    return engine


@pytest.fixture
def as_one(databases: Databases, tmp_path: Path) -> Iterator[Engine]:
    """The oracle: a directory into which the place was imported as one, whole."""
    made = open_engine(databases.fresh(demo=False))
    who, folder = roles(), tmp_path / "one"
    folder.mkdir()
    both = who["both"][1] | {name: value for name, value in who["both"][0].items() if value != ""}
    here = [one | {"location_id": "one"} for one in who["other"]]
    kept = OTHER | {name: value for name, value in KEPT.items() if value != ""} | {"name": "Place one"}
    position = {"latitude": place("one")["latitude"], "longitude": place("one")["longitude"]}
    capabilities, services = dict[Any, Any](), dict[Any, Any]()
    for one in CAPABILITIES:
        capabilities.setdefault((one["person_id"], one["condition_or_procedure"]), one | {"location_id": "one"})
    for one in SERVICES:
        services.setdefault(one["service"], one | {"location_id": "one"})
    loader(made, folder)(
        "ours", locations=[place("one", **kept) | position, FAR],
        practitioners=[*who["kept"], *here, both, person("f", "far", npi=npi(30))],
        capabilities=list(capabilities.values()), services=list(services.values()),
    )  # fmt: skip
    yield made
    made.dispose()


QUESTIONS: list[dict[str, object]] = [
    {}, {"condition": "labral-tear"}, {"condition": "hip-osteoarthritis"}, {"condition": "hip-pain"},
    {"condition": "hip-dislocation", "stage": "now"}, {"new_patients": "yes"}, {"step_free": "yes"},
    {"interpreter": "yes"}, {"telehealth": "yes"}, {"walk_in": "yes"}, {"imaging": "yes"}, {"organization": "alder-health"},
    {"name": "Both"}, {"name": "Other1"}, {"name": "Place one"}, {"age": 12}, {"phone_language": "es"}, {"zip": "22901"},
]  # fmt: skip


def answers(engine: Engine) -> list[Any]:
    """Return everything that is answered: lists of people and places, and pages."""
    index, told = load_index(engine), list[Any]()
    with engine.connect() as connection:
        for asked in QUESTIONS:
            for unit in ("people", "places"):
                given = {"zip": "23220", "unit": unit, **asked}
                try:
                    query = SearchQuery.parse(
                        {name: [str(value)] for name, value in given.items() if name != "unit"}, unit
                    )
                except Exception as refused:  # a parameter that one unit has not
                    told.append((asked, unit, type(refused).__name__))
                    continue
                found = search(index, connection, query, DAY)
                told.append(
                    (
                        asked,
                        unit,
                        [(one.name, one.total, one.matches) for one in found.lists],
                        found.emergency_departments,
                        found.walk_in,
                    )
                )
        for public_id in (ONE, "place:ours:far", *(f"npi:{npi(n)}" for n in (0, 1, 2, 10, 11, 12, 20, 30))):
            found_here = listing(index, connection, public_id, DAY)
            told.append(vars(found_here) | {"edition": 0})
    return told


def test_answers_are_those_of_a_directory_with_the_place_once(apart: Engine, as_one: Engine) -> None:
    before = answers(apart)
    add_same_place(apart, TWO, ONE, "tests")
    after, oracle = answers(apart), answers(as_one)
    assert len(after) == len(oracle)
    for mine, theirs in zip(after, oracle, strict=True):
        assert mine == theirs
    remove_same_place(apart, TWO, "tests")
    assert answers(apart) == before
    with apart.connect() as connection:
        assert first_broken(connection) is None


@pytest.mark.parametrize("seed", range(3))
def test_and_so_with_rows_drawn_at_random(engine: Engine, databases: Databases, tmp_path: Path, seed: int) -> None:
    """Many places of which some pairs are one, with people who are at both or at one: each stands once, at the kept."""
    draw = random.Random(seed)
    keys = [f"l{n}" for n in range(12)]
    pairs = {"l1": "l0", "l3": "l2", "l5": "l2", "l7": "l6"}
    places = [
        place(key, latitude=37.4 + n / 50, longitude=-77.4, step_free=draw.choice(("yes", "no", "")))
        for n, key in enumerate(keys)
    ]
    rows = [
        person(f"d{n}", at, family_name=f"Of{n}", npi=npi(n), accepting_new_patients=draw.choice(("yes", "no", "")))
        for n in range(40)
        for at in draw.sample(keys, draw.choice((1, 2, 3)))
    ]
    loader(engine, tmp_path)("ours", locations=places, practitioners=rows)
    for other, kept in pairs.items():
        add_same_place(engine, f"place:ours:{other}", f"place:ours:{kept}", "tests")
    oracle = open_engine(databases.fresh(demo=False))
    once: dict[tuple[str, str], dict[str, object]] = {}
    # Of one person the kept place's own row comes first, then the others' in their order.
    for row in sorted(rows, key=lambda row: row["location_id"] in pairs):
        at = pairs.get(str(row["location_id"]), str(row["location_id"]))
        known = once.setdefault((str(row["person_id"]), at), row | {"location_id": at})
        known["accepting_new_patients"] = known["accepting_new_patients"] or row["accepting_new_patients"]
    by_key = {str(one["location_id"]): one for one in places}
    for other, kept in pairs.items():
        by_key[kept]["step_free"] = by_key[kept]["step_free"] or by_key[other]["step_free"]
    folder = tmp_path / "one"
    folder.mkdir()
    kept_places = [one for key, one in by_key.items() if key not in pairs]
    order = {(row["person_id"], row["location_id"]): n for n, row in enumerate(rows)}
    loader(oracle, folder)(
        "ours", locations=kept_places,
        practitioners=sorted(once.values(), key=lambda row: order.get((row["person_id"], row["location_id"]), 999)),
    )  # fmt: skip
    for unit in ("people", "places"):
        for asked in ({}, {"new_patients": ["yes"]}, {"step_free": ["yes"]}, {"condition": ["labral-tear"]}):
            query = SearchQuery.parse({"zip": ["23220"], "limit": ["50"], **asked}, unit)
            told = []
            for one in (engine, oracle):
                with one.connect() as connection:
                    found = search(load_index(one), connection, query, DAY)
                told.append([
                    (match.location.public_id, match.practitioner and match.practitioner.public_id, match.role and match.role.accepting_new_patients, match.distance_m, match.location.step_free)
                    for listed in found.lists for match in listed.matches
                ])  # fmt: skip
            assert told[0] == told[1], (unit, asked)
    oracle.dispose()


def test_the_others_id_leads_to_the_one_that_stays(apart: Engine) -> None:
    add_same_place(apart, TWO, ONE, "tests")
    with apart.connect() as connection:
        found = listing(load_index(apart), connection, TWO, DAY)
    assert found.location.public_id == ONE  # type: ignore[union-attr]


def test_what_hangs_on_the_other_hangs_on_the_one_that_stays(apart: Engine) -> None:
    person_id = f"npi:{npi(11)}"
    amend(apart, f"role:{person_id}@{TWO}", {"phone": "804-555-0177"}, "tests")
    amend(apart, TWO, {"directions": "Behind the mill"}, "tests")
    file_report(apart, TWO, [Mistake.PHONE], 1, DAY)
    add_same_place(apart, TWO, ONE, "tests")
    with apart.connect() as connection:
        found = listing(load_index(apart), connection, ONE, DAY)
        assert found.location.directions == "Behind the mill"  # type: ignore[union-attr]
        phones = {who.public_id: role.phone for who, role in found.people}  # type: ignore[union-attr]
        assert phones[person_id] == "+18045550177"
        (report,) = work_list(look_at(connection, dt.datetime.now(dt.UTC)), "reports")
        assert (report.subject, report.name) == (TWO, "Place one")
    # What is changed and verified from now on is of the joined listing, and outlives its parting.
    verified_today(apart, [TWO], "tests", DAY)
    amend(apart, f"role:{person_id}@{ONE}", {"phone": "804-555-0178"}, "tests")
    with apart.connect() as connection:
        found = listing(load_index(apart), connection, person_id, DAY)
    (role,) = found.roles  # type: ignore[union-attr]
    assert (role.phone, role.verified_on, role.location.public_id) == ("+18045550178", DAY, ONE)


def test_what_was_said_by_a_link_to_the_other_is_accepted_of_the_one_that_stays(apart: Engine) -> None:
    role, now = f"role:npi:{npi(11)}@{TWO}", dt.datetime.now(dt.UTC)
    _number, token = make_link(apart, role, "tests", now)
    use_link(apart, token, [], now, all_right=True)
    add_same_place(apart, TWO, ONE, "tests")
    with apart.connect() as connection:
        (told,) = waiting(connection)
    accept(apart, told.id, "tests", now)
    with apart.connect() as connection:
        found = listing(load_index(apart), connection, f"npi:{npi(11)}", DAY)
    assert [one.verified_on for one in found.roles] == [now.date()]  # type: ignore[union-attr]


def test_a_place_that_was_hidden_as_a_double_hides_nothing_once_it_is_joined(apart: Engine) -> None:
    amend(apart, TWO, {"hidden": True}, "tests")
    with apart.connect() as connection, pytest.raises(ListingMissing):
        listing(load_index(apart), connection, TWO, DAY)
    add_same_place(apart, TWO, ONE, "tests")
    with apart.connect() as connection:
        found = listing(load_index(apart), connection, TWO, DAY)
    assert len(found.people) == 7  # type: ignore[union-attr]


def test_places_of_two_sources(engine: Engine, tmp_path: Path) -> None:
    """Whom the higher source lists comes whole from it; the others of the lower stand at the place that stays."""
    load = loader(engine, tmp_path)
    load("ours", locations=[place("one")], practitioners=[person("a", "one", npi=npi(1))], priority=10)
    load(
        "register",
        locations=[place("r", latitude=37.56)],
        practitioners=[person("a2", "r", npi=npi(1), credentials="MD"), person("c", "r", npi=npi(2))],
        priority=0,
    )
    add_same_place(engine, "place:register:r", ONE, "tests")
    with engine.connect() as connection:
        index = load_index(engine)
        found = listing(index, connection, ONE, DAY)
        assert [(who.public_id, who.credentials) for who, _role in found.people] == [
            (f"npi:{npi(1)}", "MD"),
            (f"npi:{npi(2)}", ""),
        ]  # type: ignore[union-attr]
        results = search(index, connection, SearchQuery(zip="23220"), DAY)
        assert [match.location.public_id for match in results.main.matches] == [ONE, ONE]
    remove_same_place(engine, "place:register:r", "tests")
    # The other way round the register's place stays, and the hospital's person stands there.
    add_same_place(engine, ONE, "place:register:r", "tests")
    with engine.connect() as connection:
        found = listing(load_index(engine), connection, f"npi:{npi(1)}", DAY)
    assert [role.location.public_id for role in found.roles] == ["place:register:r"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("other", "kept", "code"),
    [
        (ONE, ONE, "place_itself"), (TWO, "place:ours:none", "place_no_place"), ("npi:1", ONE, "place_no_place"),
        ("place:ours:gone", "place:ours:far", "place_is_same"),
    ],
)  # fmt: skip
def test_what_cannot_be_joined(apart: Engine, other: str, kept: str, code: str) -> None:
    if code == "place_is_same":
        add_same_place(apart, TWO, ONE, "tests")
        other = TWO
    with pytest.raises(DeskRefused) as refused:
        add_same_place(apart, other, kept, "tests")
    assert refused.value.code == code
    with pytest.raises(DeskRefused) as refused:
        remove_same_place(apart, "place:ours:far", "tests")
    assert refused.value.code == "place_not_same"


def test_a_chain_leads_to_its_end(apart: Engine) -> None:
    add_same_place(apart, TWO, ONE, "tests")
    add_same_place(apart, ONE, "place:ours:far", "tests")
    with apart.connect() as connection:
        rows = {row.other_id: row.kept_id for row in connection.execute(select(SamePlace.other_id, SamePlace.kept_id))}
        assert rows == {TWO: "place:ours:far", ONE: "place:ours:far"}
        assert [one.other_id for one in all_same_places(connection)] == [ONE, TWO]
        found = listing(load_index(apart), connection, TWO, DAY)
    assert found.location.public_id == "place:ours:far"  # type: ignore[union-attr]
    assert len(found.people) == 8  # type: ignore[union-attr]
