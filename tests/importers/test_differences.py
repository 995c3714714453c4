"""Comparing versions in the database: against a plain comparison, column by column, in words, and at what cost."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from finder.db.directory import Location, Organization, Practitioner, PractitionerRole, StatedCapability
from finder.importers.differences import Change, Kind, changes, differences
from finder.importers.listings import LISTINGS
from finder.importers.pipeline import import_files
from finder.importers.report import Difference
from tests.importers.plain_versions import (
    KEYS,
    SECTION_OF,
    Version,
    changed,
    fact_columns,
    listings,
    made_up,
    store,
    value,
)
from tests.sample_files import HIP_SURGEON, locations, practitioners, write

ROUNDS, SIZE = 60, 5


@contextmanager
def statements(connection: Connection) -> Iterator[list[str]]:
    """Collect the statements that are sent."""
    sent: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    event.listen(connection, "before_cursor_execute", listen)
    yield sent
    event.remove(connection, "before_cursor_execute", listen)


def plain_comparison(old: Version | None, new: Version) -> tuple[dict[str, Difference], dict[str, list[Any]]]:
    """Compare two versions listing by listing in Python: the counts, and (kind, changed cells) of all that differ."""
    counts, found = {}, {}
    after, before = listings(new), listings(old) if old else {}
    for section in LISTINGS:
        mine, theirs = after.get(section, {}), before.get(section, {})
        both = mine.keys() & theirs.keys()
        cells = [
            {name: (theirs[key][name], cell) for name, cell in mine[key].items() if theirs[key][name] != cell}
            for key in both
        ]
        differing = [(Kind.CHANGED, fields) for fields in cells if fields]
        gone, fresh = theirs.keys() - mine.keys(), mine.keys() - theirs.keys()
        if mine or theirs:
            counts[section] = Difference(len(fresh), len(differing), len(both) - len(differing), len(gone))
        found[section] = [*differing, *[(Kind.GONE, {})] * len(gone), *[(Kind.NEW, {})] * len(fresh)]
    return counts, found


def in_order(found: list[Any]) -> list[Any]:
    return sorted(found, key=lambda one: (one[0].value, sorted(one[1].items())))


def test_it_finds_what_a_plain_comparison_finds(engine: Engine) -> None:
    draw, seen = random.Random(20261122), Difference()
    with engine.connect() as connection:
        for _ in range(ROUNDS):
            old = made_up(draw, SIZE)
            new = changed(draw, old, SIZE)
            old_id, new_id = store(connection, old), store(connection, new)
            counts, found = plain_comparison(old, new)
            assert differences(connection, old_id, new_id) == counts
            for section in LISTINGS:
                told = [(one.kind, one.fields) for one in changes(connection, old_id, new_id, section)]
                assert in_order(told) == in_order(found[section])
            assert differences(connection, None, new_id) == plain_comparison(None, new)[0]
            for one in counts.values():
                seen.new, seen.changed, seen.gone = seen.new + one.new, seen.changed + one.changed, seen.gone + one.gone
    assert min(seen.new, seen.changed, seen.gone) > ROUNDS


def test_every_column_counts(engine: Engine) -> None:
    """One other cell, whichever, is a change of the listings that show it, and of no others."""
    draw = random.Random(1)
    old = made_up(draw, 4)
    with engine.connect() as connection:
        old_id = store(connection, old)
        for table in KEYS:
            for column in fact_columns(table):
                new = copy.deepcopy(old)
                # Of an emergency department the locations say only whether there is one; the services say it all.
                keys = [
                    key for key in new[table] if key[0] == ("locations" if column.name == "offered" else "services")
                ]
                key = (keys or list(new[table]))[0]
                if table is Practitioner:
                    key = next(iter(new[PractitionerRole]))[:1]
                row = new[table][key]
                while row[column.name] == old[table][key][column.name]:
                    row[column.name] = None if column.name == "organization_key" else value(draw, column)
                new_id = store(connection, new)
                counts, found = plain_comparison(old, new)
                assert sum(one.changed for one in counts.values()) > 0, column
                assert differences(connection, old_id, new_id) == counts, column
                for section in LISTINGS:
                    told = [(one.kind, one.fields) for one in changes(connection, old_id, new_id, section)]
                    assert in_order(told) == in_order(found[section]), column


def test_an_organization_is_its_name(engine: Engine) -> None:
    """A key that comes out otherwise, as it may in another release, is no change of the places that it runs."""
    old = made_up(random.Random(5), SIZE)
    for number, row in enumerate(old[Organization].values()):
        row["name"] = "Quillmoor" if number < 2 else "Fern"
    one, another, fern = (key[0] for key in list(old[Organization])[:3])
    for row in old[Location].values():
        row["organization_key"] = one
    moved, renamed = copy.deepcopy(old), copy.deepcopy(old)
    for row in moved[Location].values():
        row["organization_key"] = another
    for row in renamed[Location].values():
        row["organization_key"] = fern
    with engine.connect() as connection:
        old_id, moved_id, renamed_id = (store(connection, version) for version in (old, moved, renamed))
        assert differences(connection, old_id, moved_id)["locations"] == Difference(unchanged=SIZE)
        assert differences(connection, old_id, renamed_id)["locations"] == Difference(changed=SIZE)
        told = list(changes(connection, old_id, renamed_id, "locations"))
    assert [one.fields for one in told] == [{"organization": ("Quillmoor", "Fern")}] * SIZE


def test_a_first_version_costs_only_counting(engine: Engine) -> None:
    with engine.connect() as connection:
        new_id = store(connection, made_up(random.Random(2), SIZE))
        with statements(connection) as sent:
            found = differences(connection, None, new_id)
    assert set(found) == set(LISTINGS)
    assert len(sent) == len(LISTINGS)
    assert all(one.startswith("SELECT count(*)") for one in sent)


def test_a_section_that_is_new_or_gone_is_not_compared(engine: Engine) -> None:
    whole, places = made_up(random.Random(3), SIZE), made_up(random.Random(3), SIZE)
    for table in set(KEYS) - {Location, *[t for t in KEYS if SECTION_OF.get(t) == "locations"]}:
        places[table] = {}
    with engine.connect() as connection:
        old_id, new_id = store(connection, places), store(connection, whole)
        there, back = differences(connection, old_id, new_id), differences(connection, new_id, old_id)
    roles = len(whole[PractitionerRole])
    assert (there["practitioners"], back["practitioners"]) == (Difference(new=roles), Difference(gone=roles))


def test_what_differs_is_handed_out_a_little_at_a_time(engine: Engine) -> None:
    """However much differs, only some listings are in memory; whoever wants a few asks for a few."""
    draw = random.Random(4)
    version = made_up(draw, 2)
    row = next(iter(version[StatedCapability].values()))
    person = next(iter(version[Practitioner]))[0]
    version[StatedCapability] = {(person, None, f"t{n}"): row for n in range(1800)}
    with engine.connect() as connection:
        new_id = store(connection, version)
        with statements(connection) as sent:
            first = next(changes(connection, None, new_id, "capabilities"))
            assert (first.kind, first.key["condition_or_procedure"]) == (Kind.NEW, "t0")
            assert len(sent) == 2
        found = list(changes(connection, None, new_id, "capabilities"))
        assert [one.key["condition_or_procedure"] for one in found] == [f"t{n}" for n in range(1800)]
        few = list(changes(connection, None, new_id, "capabilities", most=3))
        assert [one.key["condition_or_procedure"] for one in few] == ["t0", "t1", "t2"]
        assert list(changes(connection, None, new_id, "capabilities", kinds=[Kind.GONE, Kind.CHANGED])) == []


@pytest.fixture
def two_versions(engine: Engine, tmp_path: Path) -> tuple[int, int]:
    """Ids of two versions that came from files: something changed, something gone, something new in each section."""
    clinic = "{},Quillmoor {},Quillmoor{}Health,clinic,VA,23220,37.55,-77.46,{}"
    said = "person_id,location_id,condition_or_procedure,level"
    first = [
        locations(
            tmp_path / "l1.csv", clinic.format("main", "Main", " ", "yes"), clinic.format("north", "North", " ", "")
        ),
        practitioners(tmp_path / "p1.csv", f"ada,main,Ada,Fern,{HIP_SURGEON}", f"bea,north,Bea,Reed,{HIP_SURGEON}"),
        write(
            tmp_path / "c1.csv",
            said,
            "ada,,labral-tear,treats",
            ",main,hip-fracture,treats",
            "bea,north,perthes,treats",
        ),
        write(tmp_path / "s1.csv", "location_id,service,offered", "main,imaging,yes", "north,imaging,yes"),
        write(
            tmp_path / "a1.csv",
            "organization,plan,accepts",
            "Quillmoor Health,Medicare,yes",
            "Quillmoor Health,Medicaid,no",
        ),
    ]
    second = [
        locations(tmp_path / "l2.csv", clinic.format("south", "South", "-", ""), clinic.format("main", "Hospital", "-", "no")),
        practitioners(
            tmp_path / "p2.csv", f"cy,south,Cy,Moss,{HIP_SURGEON}", f"ada,main,Ada,Fern-Lee,{HIP_SURGEON}; 207X00000X"
        ),
        write(tmp_path / "c2.csv", said, "ada,,labral-tear,performs", ",main,hip-fracture,refers", "cy,south,perthes,treats"),
        write(tmp_path / "s2.csv", "location_id,service,offered,detail", "main,imaging,yes,MRI", "south,imaging,yes,"),
        write(tmp_path / "a2.csv", "organization,plan,accepts", "Quillmoor-Health,Medicare,yes", "Quillmoor-Health,Juniper,no"),
    ]  # fmt: skip
    ids = [import_files(engine, paths, "clinic").dataset_id for paths in (first, second)]
    assert ids[0] is not None
    assert ids[1] is not None
    return ids[0], ids[1]


def test_changes_are_told_in_the_words_of_the_template(engine: Engine, two_versions: tuple[int, int]) -> None:
    with engine.connect() as connection:
        found = {section: list(changes(connection, *two_versions, section)) for section in LISTINGS}
    renamed = ("Quillmoor Health", "Quillmoor-Health")
    assert found["locations"] == [
        Change("locations", Kind.CHANGED, {"location_id": "main"}, "Quillmoor Hospital", {
            "name": ("Quillmoor Main", "Quillmoor Hospital"), "organization": renamed,
            "emergency_department": ("yes", "no"),
        }),
        Change("locations", Kind.GONE, {"location_id": "north"}, "Quillmoor North", {}),
        Change("locations", Kind.NEW, {"location_id": "south"}, "Quillmoor South", {}),
    ]  # fmt: skip
    assert found["practitioners"] == [
        Change(
            "practitioners", Kind.CHANGED, {"person_id": "ada", "location_id": "main"},
            "Ada Fern-Lee at Quillmoor Hospital",
            {"family_name": ("Fern", "Fern-Lee"), "specialties": (HIP_SURGEON, f"{HIP_SURGEON}; 207X00000X")},
        ),
        Change("practitioners", Kind.GONE, {"person_id": "bea", "location_id": "north"}, "Bea Reed at Quillmoor North", {}),
        Change("practitioners", Kind.NEW, {"person_id": "cy", "location_id": "south"}, "Cy Moss at Quillmoor South", {}),
    ]  # fmt: skip
    assert [(one.kind.value, [*one.key.values()], one.name, one.fields) for one in found["capabilities"]] == [
        ("changed", ["ada", "", "labral-tear"], "Ada Fern-Lee", {"level": ("treats", "performs")}),
        ("changed", ["", "main", "hip-fracture"], "Quillmoor Hospital", {"level": ("treats", "refers")}),
        ("gone", ["bea", "north", "perthes"], "Bea Reed at Quillmoor North", {}),
        ("new", ["cy", "south", "perthes"], "Cy Moss at Quillmoor South", {}),
    ]
    assert [(one.kind.value, one.key, one.fields) for one in found["services"]] == [
        ("changed", {"location_id": "main", "service": "imaging"}, {"detail": ("", "MRI")}),
        ("gone", {"location_id": "north", "service": "imaging"}, {}),
        ("new", {"location_id": "south", "service": "imaging"}, {}),
    ]
    assert [(one.kind.value, one.key, one.fields) for one in found["plans"]] == [
        ("changed", {"organization": renamed[1], "plan": "Medicare"}, {"organization": renamed}),
        ("gone", {"organization": renamed[0], "plan": "Medicaid"}, {}),
        ("new", {"organization": renamed[1], "plan": "Juniper"}, {}),
    ]
