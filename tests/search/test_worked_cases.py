"""Whole answers to the cases that must never go wrong, on both databases: files in, search out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from finder.desk.publish import activate
from finder.importers.pipeline import import_files
from finder.search import SearchQuery, explain, search
from finder.search.results import SearchResults
from finder.search.treats import Refusal, Rung, Standing
from tests.conftest import load_index

DAY = dt.date(2026, 11, 22)
PLACES = """location_id,name,kind,state,zip_code,latitude,longitude,emergency_department
near,Therapy by the Corner,therapy,VA,23220,37.5500,-77.4600,
far,Trauma Center,hospital,VA,23226,37.5850,-77.5200,
yes,Hospital with Emergencies,hospital,VA,23230,37.5900,-77.4900,yes
mind,Hospital for the Mind,psychiatric,VA,23220,37.5505,-77.4601,yes
"""
PEOPLE = """person_id,location_id,given_name,family_name,specialties,youngest_age,oldest_age
therapist,near,Thea,Pist,225100000X,,
fracture,far,Frank,Breaks,207XX0801X,,
joints,near,Joan,Ts,207XS0114X,,
general,near,Gene,Ral,207X00000X,,
children,far,Kit,Child,207XP3100X,,
grown,near,Greta,Rown,207X00000X,18,
small,far,Sam,All,207X00000X,0,17
"""
WORK = """person_id,location_id,condition_or_procedure,level
therapist,,physical-therapy,performs
therapist,,hip-fracture,does_not
fracture,,hip-fracture-fixation,performs
joints,,ddh-infant,treats
joints,,hip-osteoarthritis,does_not
small,,ddh-infant,treats
grown,,ddh-infant,treats
"""

Ask = Callable[..., SearchResults]


@pytest.fixture
def ask(engine: Engine, tmp_path: Path) -> Ask:
    return asker(engine, tmp_path, WORK)


def asker(engine: Engine, folder: Path, work: str) -> Ask:
    files = {"places": PLACES, "people": PEOPLE, "work": work}
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    report = import_files(engine, [folder / f"{name}.csv" for name in files], "cases")
    assert report.clean, report.problems
    activate(engine, "cases", None, "test")

    def ask(**question: object) -> SearchResults:
        with engine.connect() as connection:
            return search(load_index(engine), connection, SearchQuery("23220", **question), DAY)

    return ask


def names(results: SearchResults) -> dict[str, list[str]]:
    """Return the family names in each list."""
    return {
        one.name: [match.practitioner.family_name for match in one.matches if match.practitioner]
        for one in results.lists
    }


def test_a_therapist_never_stands_above_a_fracture_surgeon(engine: Engine, tmp_path: Path) -> None:
    """Though she is nearer, and therapy is part of getting well."""
    found = names(
        asker(engine, tmp_path, WORK.replace("therapist,,hip-fracture,does_not\n", ""))(
            condition="hip-fracture", group="all"
        )
    )
    assert "Breaks" in found["main"]
    assert "Pist" not in found["main"]
    assert "Pist" in found["may_help"]


def test_a_declared_does_not_removes(ask: Ask) -> None:
    assert all("Pist" not in listed for listed in names(ask(condition="hip-fracture", group="all")).values())
    assert all("Ts" not in listed for listed in names(ask(condition="hip-osteoarthritis", group="all")).values())
    places = ask(condition="hip-fracture", unit="places")
    assert places.main.matches[0].location.name == "Therapy by the Corner"


@pytest.mark.parametrize("age", [None, 0, 1])
def test_an_infants_hip_is_no_work_for_those_who_have_not_said_so(ask: Ask, age: int | None) -> None:
    found = names(ask(condition="ddh-infant", group="all", age=age))
    offered = found["declared"] + found.get("usual", [])
    assert set(offered) == {"All", "Child"}
    everyone = {name for listed in found.values() for name in listed}
    assert "Ts" not in everyone, "a joint-replacement surgeon is never listed for an infant"
    assert "Rown" not in everyone, "the ages she states leave children out"
    assert found["call_first"] == ["Ral"]


def test_a_grown_up_is_not_sent_to_those_who_see_children_only(ask: Ask) -> None:
    everyone = {
        name for listed in names(ask(condition="hip-osteoarthritis", group="all", age=70)).values() for name in listed
    }
    assert "All" not in everyone
    assert {"Ral", "Rown"} <= everyone


def test_only_a_stated_emergency_department_is_offered(ask: Ask) -> None:
    results = ask(condition="hip-dislocation")
    assert results.card == "call-911"
    assert [match.location.name for match in results.emergency_departments] == ["Hospital with Emergencies"]


def test_explain_gives_the_rung_or_the_reason(ask: Ask, engine: Engine) -> None:
    assert ask

    def why(person: str, condition: str, age: int | None = None) -> object:
        with engine.connect() as connection:
            (_role, _person, found), *_ = explain(
                load_index(engine), connection, f"person:cases:{person}", condition, age, DAY
            )
        return found.rung if isinstance(found, Standing) else found

    assert why("fracture", "hip-fracture") is Rung.DECLARED
    assert why("general", "hip-fracture") is Rung.USUAL
    assert why("general", "ddh-infant") is Rung.CALL_FIRST
    assert why("joints", "ddh-infant", 1) is Refusal.NOT_FOR_CHILDREN
    assert why("grown", "hip-fracture", 9) is Refusal.OTHER_AGES
    assert why("therapist", "hip-fracture") is Refusal.SAYS_NOT
    assert why("small", "hip-dysplasia", 2) is Rung.DECLARED, "at two, dysplasia is the infant's"
