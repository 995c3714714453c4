"""One list of people with the address of the place on each row: it fills the places and the people."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from finder.db.datasets import Dataset, ImportProblem, Outcome, SourceFile
from finder.db.directory import Location, Organization, Practitioner, PractitionerRole
from finder.desk.publish import activate
from finder.errors import FileRefused
from finder.importers.exports import export_sections
from finder.importers.outputs import opened
from finder.importers.pipeline import Wishes, import_files
from finder.importers.report import Difference, ImportReport
from finder.importers.templates import SECTIONS
from finder.search import SearchQuery, search
from tests.conftest import load_index
from tests.sample_files import HIP_SURGEON, write

HEADER = "NPI,Provider Name,Primary Specialty,Address,Suite,City,State,ZIP"
ADA = f"1234567893,ADA Q FERN,{HIP_SURGEON},1 OAK ROAD,,RICHMOND,VA,232209137"
BEA = f'1003000126,"MOSS, BEA, MD",{HIP_SURGEON},1 OAK ROAD,,RICHMOND,VA,23220'
ADA_TOO = f"1234567893,ADA Q FERN,{HIP_SURGEON},9 Elm Street,Suite 2,Norfolk,VA,23510"
TODAY = dt.date(2026, 11, 22)


def take(engine: Engine, path: Path, *rows: str, header: str = HEADER, **wishes: Any) -> ImportReport:
    return import_files(engine, [write(path, header, *rows)], "register", Wishes(**wishes))


def places(engine: Engine, report: ImportReport) -> dict[str, Any]:
    with engine.connect() as connection:
        mine = select(Location).where(Location.dataset_id == report.dataset_id).order_by(Location.id)
        return {row.key: row for row in connection.execute(mine)}


def people(engine: Engine, report: ImportReport) -> list[tuple[str, str]]:
    role = PractitionerRole
    with engine.connect() as connection:
        mine = select(role.practitioner_key, role.location_key).where(role.dataset_id == report.dataset_id)
        return [tuple(row) for row in connection.execute(mine.order_by(role.id))]


def test_a_roster_fills_places_and_people(engine: Engine, tmp_path: Path) -> None:
    report = take(engine, tmp_path / "list.csv", ADA, BEA, ADA_TOO)
    assert [file.section for file in report.files] == ["roster"]
    assert vars(report.sections["roster"]) == {"read": 3, "accepted": 3, "refused": 0, "blank": 0}
    assert report.differences == {"locations": Difference(new=2), "practitioners": Difference(new=3)}
    found = places(engine, report)
    oak, elm = found
    assert (oak, elm) == ("1-oak-road-richmond-23220", "9-elm-street-suite-2-norfolk-23510")
    assert [(one.name, one.address, one.address_2, one.city, one.zip_code) for one in found.values()] == [
        ("1 Oak Road", "1 Oak Road", "", "Richmond", "23220"), ("9 Elm Street", "9 Elm Street", "Suite 2", "Norfolk", "23510"),
    ]  # fmt: skip
    assert people(engine, report) == [("1234567893", oak), ("1003000126", oak), ("1234567893", elm)]
    with engine.connect() as connection:
        persons = connection.execute(select(Practitioner).order_by(Practitioner.id)).all()
        assert connection.scalar(select(Dataset.sections)) == ["locations", "practitioners"]
        assert connection.scalar(select(SourceFile.columns)) == [
            "npi", "full_name", "specialties", "address", "address_2", "city", "state", "zip_code",
        ]  # fmt: skip
    assert [(one.given_name, one.middle_name, one.family_name, one.credentials) for one in persons] == [
        ("Ada", "Q", "Fern", ""), ("Bea", "", "Moss", "MD"),
    ]  # fmt: skip


def test_patients_find_them(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path / "list.csv", ADA, BEA, ADA_TOO)
    activate(engine, "register", None, "test")
    with engine.connect() as connection:
        found = search(
            load_index(engine), connection, SearchQuery("23510", condition="labral-tear", radius=None), TODAY
        )
    first = found.main.matches[0]
    assert first.practitioner is not None
    assert (first.practitioner.public_id, first.location.city) == ("npi:1234567893", "Norfolk")
    assert {match.practitioner.public_id for match in found.main.matches if match.practitioner} == {
        "npi:1234567893", "npi:1003000126",
    }  # fmt: skip


def test_the_next_list_has_the_same_places(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path / "list.csv", ADA, BEA, ADA_TOO)
    activate(engine, "register", None, "test")
    report = take(
        engine,
        tmp_path / "next.csv",
        ADA_TOO.upper(),
        BEA,
        ADA.replace("1 OAK ROAD", "1 Oak  Road").title().replace("Va", "VA"),
    )
    assert {name: (one.new, one.gone) for name, one in report.differences.items()} == {
        "locations": (0, 0),
        "practitioners": (0, 0),
    }


def test_what_comes_out_as_two_sections_is_the_same(engine: Engine, tmp_path: Path) -> None:
    first = take(engine, tmp_path / "list.csv", ADA, BEA, ADA_TOO)
    assert first.dataset_id is not None
    paths = []
    with engine.connect() as connection:
        for name in ("locations", "practitioners"):
            paths.append(tmp_path / f"{name}.csv")
            with opened(paths[-1]) as begin:
                export_sections(connection, first.dataset_id, [SECTIONS[name]], begin)
    assert import_files(engine, paths, "register").same_as == 1


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("place_name,organization,address,city", "Fern Clinic,Quillmoor,1 Oak Road,Richmond", "Fern Clinic"),
        ("place_name,organization,address,city", ",Quillmoor,1 Oak Road,Richmond", "Quillmoor"),
        ("place_name,organization,address,city", ",,1 Oak Road,Richmond", "1 Oak Road"),
        ("place_name,organization,address,city", ",,,Richmond", "Richmond"),
    ],
)
def test_a_place_is_called_by_the_best_name_there_is(
    engine: Engine, tmp_path: Path, header: str, row: str, name: str
) -> None:
    person = ("npi,full_name,specialties,state,zip_code", f"1234567893,Ada Fern,{HIP_SURGEON},VA,23220")
    report = take(engine, tmp_path / "list.csv", f"{person[1]},{row}", header=f"{person[0]},{header}")
    (place,) = places(engine, report).values()
    assert place.name == name


def test_a_place_without_any_name_is_refused(engine: Engine, tmp_path: Path) -> None:
    header = "npi,full_name,specialties,state,zip_code,address"
    report = take(
        engine, tmp_path / "list.csv", f"1234567893,Ada Fern,{HIP_SURGEON},VA,23220,1 Oak Road",
        f"1003000126,Bea Moss,{HIP_SURGEON},VA,23220,", header=header,
    )  # fmt: skip
    assert [(one.row_number, one.column, one.code) for one in report.problems if one.outcome is Outcome.REFUSED] == [
        (3, "place_name", "required_empty")
    ]


def test_an_id_of_the_place_is_its_key(engine: Engine, tmp_path: Path) -> None:
    header = HEADER + ",facility id,place name,main phone,phone"
    report = take(engine, tmp_path / "list.csv", f"{ADA},oak,Oak Clinic,804-555-0100,804-555-0110", header=header)
    (place,) = places(engine, report).values()
    assert (place.key, place.name, place.phone) == ("oak", "Oak Clinic", "+18045550100")
    with engine.connect() as connection:
        assert connection.scalar(select(PractitionerRole.phone)) == "+18045550110"


def test_a_place_of_refused_people_only_is_not_there(engine: Engine, tmp_path: Path) -> None:
    """Nor is its organization; the next good person there makes it."""
    header = HEADER + ",organization,youngest_age,oldest_age"
    bad = f"1003000126,Bea Moss,{HIP_SURGEON},9 Elm Street,,Norfolk,VA,23510,Elm Health,80,18"
    contrary = f"1234567893,ADA Q MOSS,{HIP_SURGEON},9 Elm Street,,Norfolk,VA,23510,Elm Health,,"
    report = take(engine, tmp_path / "list.csv", f"{ADA},Oak Health,,", bad, contrary, header=header)
    assert [(one.row_number, one.code) for one in report.problems if one.outcome is Outcome.REFUSED] == [
        (3, "ages_reversed"), (4, "person_differs"),
    ]  # fmt: skip
    assert [one.city for one in places(engine, report).values()] == ["Richmond"]
    with engine.connect() as connection:
        assert connection.scalars(select(Organization.name)).all() == ["Oak Health"]
    report = take(
        engine, tmp_path / "more.csv", f"{ADA},Oak Health,,", bad, bad.replace("80,18", "18,80"), header=header
    )
    assert [one.city for one in places(engine, report).values()] == ["Richmond", "Norfolk"]
    with engine.connect() as connection:
        mine = Organization.dataset_id == report.dataset_id
        assert connection.scalars(select(Organization.name).where(mine).order_by(Organization.id)).all() == [
            "Oak Health",
            "Elm Health",
        ]


def test_the_days_of_a_person_are_not_those_of_the_place(engine: Engine, tmp_path: Path) -> None:
    header = HEADER + ",listed_from,listed_until,verified_on"
    report = take(engine, tmp_path / "list.csv", f"{ADA},2026-01-01,2026-02-01,2026-01-15", BEA + ",,,", header=header)
    (place,) = places(engine, report).values()
    assert (place.listed_from, place.listed_until, place.verified_on) == (None, None, None)
    with engine.connect() as connection:
        until = connection.scalars(select(PractitionerRole.listed_until).order_by(PractitionerRole.id)).all()
    assert until == [dt.date(2026, 2, 1), None]


def test_the_same_row_again_is_a_note_and_another_with_its_ids_is_refused(engine: Engine, tmp_path: Path) -> None:
    header = HEADER + ",days"
    report = take(engine, tmp_path / "list.csv", f"{ADA},Mon", BEA + ",", f"{ADA},Mon", f"{ADA},Tue", header=header)
    told = [
        (one.row_number, one.code, one.params)
        for one in report.problems
        if one.code in ("row_repeated", "key_repeated")
    ]
    assert told == [(4, "row_repeated", {"first_row": 2}), (5, "key_repeated", {"first_row": 2})]
    assert vars(report.sections["roster"]) == {"read": 4, "accepted": 3, "refused": 1, "blank": 0}
    assert len(people(engine, report)) == 2


@pytest.mark.parametrize("name", ["Fern", "Quillmoor Hip Clinic", "", "ADA"])
def test_who_has_no_whole_name_is_refused(engine: Engine, tmp_path: Path, name: str) -> None:
    bad = f"1003000126,{name},{HIP_SURGEON},9 Elm Street,,Norfolk,VA,23510"
    report = take(engine, tmp_path / "list.csv", ADA, bad)
    assert report.sections["roster"].refused == 1
    told = {
        (one.row_number, one.column) for one in report.problems if one.outcome in (Outcome.REFUSED, Outcome.LEFT_OUT)
    }
    assert told == {(3, "full_name")}
    assert len(places(engine, report)) == 1


def test_several_columns_of_specialties_are_one_list(engine: Engine, tmp_path: Path) -> None:
    header = HEADER.replace("Primary Specialty", "taxonomy code") + ",specialty,language,languages"
    report = take(engine, tmp_path / "list.csv", f"{ADA},207X00000X,en,es", f"{BEA},,,", header=header)
    assert report.clean
    with engine.connect() as connection:
        told = connection.execute(
            select(Practitioner.specialties, Practitioner.languages).order_by(Practitioner.id)
        ).all()
    assert [tuple(row) for row in told] == [([HIP_SURGEON, "207X00000X"], ["en", "es"]), ([HIP_SURGEON], [])]


def test_a_roster_stands_for_two_sections(engine: Engine, tmp_path: Path) -> None:
    roster = write(tmp_path / "list.csv", HEADER, ADA, BEA)
    own = write(tmp_path / "places.csv", "location_id,name,state,zip_code", "main,Main,VA,23220")
    with pytest.raises(FileRefused) as refusal:
        import_files(engine, [own, roster], "register")
    assert (refusal.value.code, refusal.value.params) == ("section_twice", {"name": "list.csv", "section": "locations"})
    said = write(
        tmp_path / "said.csv",
        "person_id,condition,level",
        "1234567893,labral-tear,performs",
        "nobody,labral-tear,performs",
    )
    report = import_files(engine, [said, roster], "register")
    assert [(one.section, one.row_number, one.code) for one in report.problems if one.outcome is Outcome.REFUSED] == [
        ("capabilities", 3, "person_unknown")
    ]
    with engine.connect() as connection:
        assert set(connection.scalars(select(ImportProblem.section))) == {"roster", "capabilities"}
