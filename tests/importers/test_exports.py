"""Out and in again: every accepted text survives, the second export has the bytes of the first, nothing is half."""

from __future__ import annotations

import csv
import io
import itertools
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select, text, update

from finder.db.base import Capability
from finder.db.directory import Location, StatedCapability, TargetKind
from finder.importers import cells
from finder.importers.exports import export_sections, section_rows
from finder.importers.outputs import opened
from finder.importers.pipeline import import_files
from finder.importers.templates import CAPABILITIES, SECTIONS, Column, Section
from tests.sample_files import HIP_SURGEON, locations, practitioners, template_files, write

_numbers = itertools.count()


def brought(engine: Engine, *paths: Path) -> int:
    """Import files as a source of their own; return the row number of its version."""
    dataset_id = import_files(engine, paths, f"source-{next(_numbers)}").dataset_id
    assert dataset_id is not None
    return dataset_id


def taken(engine: Engine, dataset_id: int, path: Path, sections: dict[str, Section] = SECTIONS) -> dict[str, bytes]:
    """Export to a folder or a workbook; return the bytes of each file."""
    with engine.connect() as connection, opened(path, in_folder=not path.suffix) as begin:
        export_sections(connection, dataset_id, sections.values(), begin)
    return {one.name: one.read_bytes() for one in (sorted(path.iterdir()) if path.is_dir() else [path])}


def rows_of(engine: Engine, dataset_id: int, folder: Path, section: Section) -> list[dict[str, str]]:
    """Export one section; return its rows by the names of the columns."""
    content = taken(engine, dataset_id, folder / f"rows-{next(_numbers)}", {section.name: section})
    return list(csv.DictReader(io.StringIO(content[f"{section.name}.csv"].decode(), newline="")))


def test_out_in_out_gives_the_same_bytes(engine: Engine, tmp_path: Path) -> None:
    first_id = brought(engine, *template_files(tmp_path / "templates"))
    first = taken(engine, first_id, tmp_path / "first")
    book = taken(engine, first_id, tmp_path / "first.xlsx")
    assert list(first) == sorted(f"{name}.csv" for name in SECTIONS)
    from_folder = brought(engine, *(tmp_path / "first").iterdir())
    from_book = brought(engine, tmp_path / "first.xlsx")
    for number, dataset_id in enumerate((from_folder, from_book)):
        assert taken(engine, dataset_id, tmp_path / f"second-{number}") == first
        (tmp_path / "first.xlsx").unlink()
        assert taken(engine, dataset_id, tmp_path / "first.xlsx") == book


# What CSV, XML, Excel or our own reading could stumble over, most of all where a cell begins.
ODD = "=+-@'\"\t\r\n ,;|<r>/&_x0041;\u00a0\u200b\ufeff\u3000\uff1d\uff0d\uff0b\uff20\u2212\u2028\u0301\u201c\u2019#Aab1"
START = st.text(alphabet="=+-@'\"\t\r\n \u00a0\u200b\u3000\uff1d\uff20", max_size=3)
REST = st.text(
    alphabet=st.one_of(st.sampled_from(ODD), st.characters(codec="utf-8", exclude_characters="\ufffe\uffff\0")),
    max_size=9,
)
TEXT = st.builds(str.__add__, START, REST)


@settings(max_examples=8, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.tuples(TEXT, TEXT, TEXT, TEXT), min_size=10, max_size=40))
def test_any_accepted_text_survives(engine: Engine, tmp_path: Path, texts: list[tuple[str, str, str, str]]) -> None:
    run = tmp_path / f"run-{next(_numbers)}"
    run.mkdir()
    places = [("good", "VA", "23220", "Good", "", "", "", "")]
    places += [(f"p{number}", "VA", "23220", *row, row[0]) for number, row in enumerate(texts)]
    people = [("ada", "good", HIP_SURGEON, "Ada", "Fern", "", "")]
    people += [(f"p{number}", "good", HIP_SURGEON, *row) for number, row in enumerate(texts)]
    files = {
        "places": ("location_id,state,zip_code,name,address,hours,directions,organization", places),
        "people": ("person_id,location_id,specialties,given_name,family_name,credentials,fellowship", people),
    }
    for name, (header, rows) in files.items():
        with open(run / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([header.split(","), *rows])
    texts_of = (Location.name, Location.address, Location.hours, Location.directions)
    first_id = brought(engine, run / "places.csv", run / "people.csv")
    first = taken(engine, first_id, run / "first")
    (book,) = taken(engine, first_id, run / "first.xlsx").values()
    for number, paths in enumerate(((run / "first").iterdir(), [run / "first.xlsx"])):
        again = brought(engine, *paths)
        assert stored(engine, again, *texts_of) == stored(engine, first_id, *texts_of)
        assert taken(engine, again, run / f"again-{number}") == first
        assert list(taken(engine, again, run / f"again-{number}.xlsx").values()) == [book]


def stored(engine: Engine, dataset_id: int, *columns: Any) -> list[tuple[Any, ...]]:
    """Return the locations of a version, in their order: the key and some columns."""
    asked = select(Location.key, *columns).where(Location.dataset_id == dataset_id).order_by(Location.id)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(asked)]


def test_cells_that_would_run_are_held_and_numbers_are_not(engine: Engine, tmp_path: Path) -> None:
    path = locations(tmp_path / "places.csv", "main,'=1+1,\uff20home,clinic,VA,23220,37.55,-77.4603,")
    (row,) = rows_of(engine, brought(engine, path), tmp_path, SECTIONS["locations"])
    assert (row["name"], row["organization"], row["longitude"]) == ("'=1+1", "'\uff20home", "-77.4603")


def test_positions_come_out_as_they_came_in(engine: Engine, tmp_path: Path) -> None:
    header = "location_id,name,state,zip_code,latitude,longitude,position_source"
    path = write(
        tmp_path / "places.csv", header,
        "given,A,VA,23220,37.55,-77.46,entrance", "zip,B,VA,23220,,,", "said,C,VA,23220,,,entrance",
        "own,D,VA,23220,37.5,-77.5,ZIP centroid",
    )  # fmt: skip
    dataset_id = brought(engine, path)
    with engine.begin() as connection:
        tiny = {"latitude": 0.00001, "longitude": -1.5e-07}
        connection.execute(update(Location).where(Location.key == "given").values(**tiny))
    found = {
        row["location_id"]: (row["latitude"], row["longitude"], row["position_source"])
        for row in rows_of(engine, dataset_id, tmp_path, SECTIONS["locations"])
    }
    # Never 1e-05, which no import takes for a number.
    assert found["given"] == ("0.00001", "-0.00000015", "entrance")
    assert found["zip"] == ("", "", "")
    # Exported with the ZIP code's point, it would come back as a position that someone gave.
    assert found["said"] == ("", "", "entrance")
    assert found["own"] == ("37.5", "-77.5", "ZIP centroid")


def test_people_come_out_as_they_came_in(engine: Engine, tmp_path: Path) -> None:
    header = (
        "person_id,npi,location_id,given_name,family_name,specialties,languages,phone,telehealth_states,youngest_age"
    )
    people = write(
        tmp_path / "people.csv", header,
        f"ada,,main,Ada,Fern,{HIP_SURGEON};207X00000X,English; en; es,8045550110 x12,VA; Virginia; NC,0",
        f",1234567893,main,Bea,Reed,{HIP_SURGEON},,+44 20 7183 8750,,",
    )  # fmt: skip
    places = locations(tmp_path / "places.csv", "main,Main,,clinic,VA,23220,,,")
    first, second = rows_of(engine, brought(engine, places, people), tmp_path, SECTIONS["practitioners"])
    assert (first["person_id"], second["person_id"], second["npi"]) == ("ada", "", "1234567893")
    assert first["specialties"] == f"{HIP_SURGEON}; 207X00000X"
    # Two words for one language are one language.
    assert (first["languages"], first["telehealth_states"]) == ("en; es", "VA; NC")
    assert (first["phone"], second["phone"]) == ("804-555-0110 x12", "'+442071838750")
    assert (first["youngest_age"], second["youngest_age"]) == ("0", "")


PHONE = st.from_regex(r"\A(\+?1[ .-]?)?\(?[1-9][0-9]{2}\)?[ .-]?[0-9]{3}-?[0-9]{4}( ?x ?[0-9]{1,5})?\Z")
FOREIGN_PHONE = st.from_regex(r"\A\+(44|49|52|34) ?[2-9][0-9]{2} ?[0-9]{6,7}\Z")


@settings(max_examples=3, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(phones=st.lists(PHONE | FOREIGN_PHONE, min_size=100, max_size=100))
def test_any_phone_survives(engine: Engine, tmp_path: Path, phones: list[str]) -> None:
    header = "location_id,name,state,zip_code,phone"
    rows = [f"p{number},Place,VA,23220,{phone}" for number, phone in enumerate(["804-555-0100", *phones])]
    run = tmp_path / f"run-{next(_numbers)}"
    first_id = brought(engine, write(tmp_path / "places.csv", header, *rows))
    first = taken(engine, first_id, run)
    again = brought(engine, run / "locations.csv")
    assert stored(engine, again, Location.phone) == stored(engine, first_id, Location.phone)
    assert taken(engine, again, tmp_path / f"{run.name}-again") == first


def test_a_profile_is_one_row_where_the_template_has_a_column_for_it(engine: Engine, tmp_path: Path) -> None:
    places = locations(tmp_path / "places.csv", "main,Main,,clinic,VA,23220,,,")
    people = practitioners(
        tmp_path / "people.csv", f"ada,main,Ada,Fern,{HIP_SURGEON}", f"bea,main,Bea,Reed,{HIP_SURGEON}"
    )
    dataset_id = brought(engine, places, people)
    said = [
        ("ada", None, "therapy", "hip-fracture"), ("ada", None, None, "perthes"), ("ada", None, "therapy", "labral-tear"),
        ("ada", "main", "therapy", "labral-tear"), ("bea", None, "fracture", "hip-fracture"), (None, "main", "therapy", "perthes"),
        ("bea", None, "therapy", "perthes"), ("bea", None, "fracture", "perthes"),
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(StatedCapability), [
            {"dataset_id": dataset_id, "section": "capabilities", "practitioner_key": person, "location_key": place,
             "target_kind": TargetKind.CONDITION, "target": target, "level": Capability.TREATS, "profile": profile,
             "approved_by": "Office", "approved_on": None}
            for person, place, profile, target in said
        ])  # fmt: skip
    plain = tuple(column for column in CAPABILITIES.columns if column.name != "profile")
    names = ("person_id", "location_id", "profile", "condition_or_procedure", "level", "approved_by")

    def rows(*columns: Column) -> list[tuple[str, ...]]:
        section = Section("capabilities", "", columns)
        return [tuple(row.get(name, "") for name in names) for row in rows_of(engine, dataset_id, tmp_path, section)]

    assert rows(*plain, Column("profile", cells.name, "")) == [
        ("ada", "", "therapy", "", "", "Office"), ("ada", "", "", "perthes", "treats", "Office"),
        ("ada", "main", "therapy", "", "", "Office"), ("bea", "", "fracture", "", "", "Office"),
        ("", "main", "therapy", "", "", "Office"), ("bea", "", "therapy", "", "", "Office"),
    ]  # fmt: skip
    assert rows(*plain) == [
        (person or "", place or "", "", target, "treats", "Office") for person, place, _profile, target in said
    ]


def test_a_section_without_rows_is_left_out(engine: Engine, tmp_path: Path) -> None:
    dataset_id = brought(engine, locations(tmp_path / "places.csv", "main,Main,,clinic,VA,23220,,,"))
    assert list(taken(engine, dataset_id, tmp_path / "out")) == ["locations.csv"]
    with engine.connect() as connection, opened(tmp_path / "all", in_folder=True) as begin:
        counts = export_sections(connection, dataset_id, SECTIONS.values(), begin, lambda one: one.name == "plans")
    assert counts == {"locations": 1, "practitioners": 0, "capabilities": 0, "services": 0, "plans": 0}
    assert (tmp_path / "all" / "plans.csv").read_text().count("\n") == 1
    assert len(list((tmp_path / "all").iterdir())) == 2


@pytest.mark.parametrize("name", ["out", "out.xlsx"])
def test_memory_stays_small(engine: Engine, tmp_path: Path, name: str) -> None:
    number = 8_000
    dataset_id = brought(engine, locations(tmp_path / "places.csv", "main,Main,,clinic,VA,23220,,,"))
    with engine.begin() as connection:
        one = {
            "dataset_id": dataset_id, "section": "capabilities", "location_key": "main", "level": Capability.TREATS,
            "target_kind": TargetKind.CONDITION, "approved_by": "x" * 150,
        }  # fmt: skip
        connection.execute(insert(StatedCapability), [one | {"target": f"t{n}"} for n in range(number)])
    tracemalloc.start()
    try:
        content = taken(engine, dataset_id, tmp_path / name, {"capabilities": CAPABILITIES})
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(map(len, content.values())) > number * (5 if name.endswith("x") else 150)
    # All rows at once would take more than 12 MB.
    assert peak < 6e6


def test_a_server_hands_rows_over_a_slice_at_a_time(engine: Engine, tmp_path: Path) -> None:
    """Otherwise all of them would be in memory at once, where Python cannot see it."""
    path = locations(tmp_path / "places.csv", *(f"p{n},Place,,clinic,VA,23220,,," for n in range(3)))
    dataset_id = brought(engine, path)
    with engine.connect() as connection:
        rows = section_rows(connection, dataset_id, SECTIONS["locations"])
        assert next(rows)[0] == "p0"
        if engine.dialect.name == "postgresql":
            assert connection.scalar(text("SELECT count(*) FROM pg_cursors")) == 1
        assert [row[0] for row in rows] == ["p1", "p2"]
