"""Amendments that a new version meets: what staff replaced, what they wrote, what the file says now."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from finder.db.datasets import Source
from finder.db.staff import Amendment
from finder.desk.publish import activate
from finder.importers.amendments import amendments_met
from finder.importers.pipeline import import_files
from tests.sample_files import HIP_SURGEON, write

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
NPI = "1234567893"
PLACES = "location_id,name,organization,state,zip_code,phone,emergency_department"
PEOPLE = "person_id,location_id,npi,given_name,family_name,specialties,languages,days,youngest_age"
MAIN = "main,Main,Quillmoor,VA,23220,804-555-0100,yes"
NORTH = "north,North,Quillmoor,VA,23226,804-555-0101,"
ADA = f"ada,main,,Ada,Fern,{HIP_SURGEON},en; es,Mon,14"
BEA = f"bea,north,{NPI},Bea,Reed,{HIP_SURGEON},en,Tue,"


def imported(engine: Engine, folder: Path, places: str, people: str, source: str = "clinic") -> int:
    """Import the next version; return its dataset's id."""
    files = [write(folder / "l.csv", PLACES, *places.split("\n")), write(folder / "p.csv", PEOPLE, *people.split("\n"))]
    dataset_id = import_files(engine, files, source).dataset_id
    assert dataset_id is not None
    return dataset_id


def amend(engine: Engine, public_id: str, field: str, imported_value: Any, value: Any, **more: Any) -> None:
    """Write down that staff changed a field."""
    with engine.begin() as connection:
        connection.execute(
            insert(Amendment).values(
                public_id=public_id, field=field, imported_value=imported_value, value=value, made_by="Rosa",
                made_at=NOW, **more,
            )
        )  # fmt: skip


def met(engine: Engine, dataset_id: int, source: str = "clinic") -> list[tuple[str, str, str, str, str | None]]:
    """Return (public id, field, replaced, written, now) of the amendments that a dataset meets."""
    with engine.connect() as connection:
        found = amendments_met(connection, source, dataset_id, NOW)
    assert {(one.made_by, one.made_at) for one in found} <= {("Rosa", NOW)}
    return [(one.public_id, one.field, one.replaced, one.written, one.now) for one in found]


@pytest.fixture
def in_force(engine: Engine, tmp_path: Path) -> int:
    """The id of the active dataset: two places, and at each a person, the second one with an NPI."""
    dataset_id = imported(engine, tmp_path, f"{MAIN}\n{NORTH}", f"{ADA}\n{BEA}")
    activate(engine, "clinic", None, "test")
    return dataset_id


def test_every_kind_of_listing_and_of_value(engine: Engine, tmp_path: Path, in_force: int) -> None:
    for public_id, field, before, written in (
        ("place:clinic:main", "phone", "+18045550100", "+18045550199"),
        ("place:clinic:main", "emergency_department", "yes", "no"),
        ("place:clinic:main", "organization", "Quillmoor", "Quillmoor Health"),
        ("person:clinic:ada", "languages", ["en", "es"], ["en"]),
        ("role:person:clinic:ada@place:clinic:main", "youngest_age", 14, 16),
        (f"npi:{NPI}", "family_name", "Reed", "Reed-Moss"),
        (f"role:npi:{NPI}@place:clinic:north", "days", "Tue", ""),
    ):
        amend(engine, public_id, field, before, written)
    assert met(engine, in_force) == []
    new_id = imported(
        engine, tmp_path, f"{MAIN.replace('0100', '0111').replace('yes', '').replace('Quillmoor', 'Fern')}\n{NORTH}",
        f"{ADA.replace('es', 'fr').replace('14', '12')}\n{BEA.replace('Reed', 'Moss').replace('Tue', 'Wed')}",
    )  # fmt: skip
    assert met(engine, new_id) == [
        (f"npi:{NPI}", "family_name", "Reed", "Reed-Moss", "Moss"),
        ("person:clinic:ada", "languages", "en; es", "en", "en; fr"),
        ("place:clinic:main", "emergency_department", "yes", "no", ""),
        ("place:clinic:main", "organization", "Quillmoor", "Quillmoor Health", "Fern"),
        ("place:clinic:main", "phone", "+18045550100", "+18045550199", "+18045550111"),
        (f"role:npi:{NPI}@place:clinic:north", "days", "Tue", "", "Wed"),
        ("role:person:clinic:ada@place:clinic:main", "youngest_age", "14", "16", "12"),
    ]


def test_an_amendment_is_named_with_its_section_and_listing(engine: Engine, tmp_path: Path, in_force: int) -> None:
    amend(engine, "place:clinic:north", "phone", "other", "")
    amend(engine, "person:clinic:ada", "gender", "woman", "man")
    with engine.connect() as connection:
        found = [(one.section, one.name) for one in amendments_met(connection, "clinic", in_force, NOW)]
    assert found == [("practitioners", "Ada Fern at Main"), ("locations", "North")]


def test_not_stated_is_nothing_however_it_is_written(engine: Engine, in_force: int) -> None:
    for nothing in (None, "", "not_stated"):
        amend(engine, "place:clinic:north", "emergency_department", nothing, "yes")
        # What no file can say, such as that a listing is hidden, no file can change.
        amend(engine, "place:clinic:north", "hidden", nothing, "yes")
    assert met(engine, in_force) == []


def test_what_is_withdrawn_or_over_is_not_met(engine: Engine, in_force: int) -> None:
    amend(engine, "place:clinic:main", "phone", "old", "new", withdrawn_at=NOW - dt.timedelta(days=1))
    amend(engine, "place:clinic:main", "phone", "old", "new", ends_at=NOW)
    assert met(engine, in_force) == []
    amend(engine, "place:clinic:main", "phone", "old", "new", ends_at=NOW + dt.timedelta(days=1))
    assert len(met(engine, in_force)) == 1


def test_a_listing_that_is_gone(engine: Engine, tmp_path: Path, in_force: int) -> None:
    for public_id in (
        "place:clinic:north", f"npi:{NPI}", f"role:npi:{NPI}@place:clinic:north", "place:clinic:never", "npi:1999999984",
    ):  # fmt: skip
        amend(engine, public_id, "phone", "a", "b")
    new_id = imported(engine, tmp_path, MAIN, ADA)
    gone = [f"npi:{NPI}", "place:clinic:north", f"role:npi:{NPI}@place:clinic:north"]
    assert met(engine, new_id) == [(public_id, "phone", "a", "b", None) for public_id in gone]
    activate(engine, "clinic", None, "test", confirmed_gone=2)
    assert met(engine, new_id) == []


def test_an_id_from_before_the_npi_still_finds_its_person(engine: Engine, in_force: int) -> None:
    amend(engine, "person:clinic:bea", "family_name", "Rede", "Reed")
    amend(engine, "role:person:clinic:bea@place:clinic:north", "days", "Mon", "Fri")
    assert [one[-1] for one in met(engine, in_force)] == ["Reed", "Tue"]


def test_a_person_is_left_to_the_source_that_is_believed_more(engine: Engine, tmp_path: Path, in_force: int) -> None:
    amend(engine, f"npi:{NPI}", "family_name", "Reed", "Reed-Moss")
    register = imported(engine, tmp_path, NORTH, BEA.replace("Reed", "Reade"), "register")
    assert [one[-1] for one in met(engine, register, "register")] == []
    with engine.begin() as connection:
        connection.execute(update(Source).where(Source.name == "register").values(priority=20))
    assert [one[-1] for one in met(engine, register, "register")] == ["Reade"]
    # It is only believed more once it is in force.
    changed = imported(engine, tmp_path, f"{MAIN}\n{NORTH}", f"{ADA}\n{BEA.replace('Reed', 'Moss')}")
    assert [one[-1] for one in met(engine, changed)] == ["Moss"]
    activate(engine, "register", None, "test")
    assert met(engine, changed) == []
    # Places and people without an NPI are of one source alone.
    amend(engine, "place:clinic:north", "phone", "a", "b")
    assert [one[0] for one in met(engine, changed)] == ["place:clinic:north"]
    assert [one[0] for one in met(engine, register, "register")] == [f"npi:{NPI}"]
