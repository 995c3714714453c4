"""All that is wrong with a row is told at once; nothing is noted of a refused one, and small matters refuse none."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from finder.db.datasets import Outcome
from finder.importers.pipeline import import_files
from finder.importers.report import Problem
from finder.importers.vocabulary import Vocabulary
from tests.importers.checked import check
from tests.sample_files import HIP_SURGEON, write

PLACES = "location_id,name,state,zip_code,latitude,longitude"
MAIN, NORTH = "main,Main,VA,23220,37.5538,-77.4603", "north,North,VA,23226,37.58,-77.52"
PEOPLE = "person_id,location_id,npi,given_name,family_name,specialties,credentials,fellowship,gender"
ADA = f"ada,main,1234567893,Ada,Fern,{HIP_SURGEON},MD,Hip 2015,woman"
ROSTER = "npi,full_name,specialties,place_name,address,city,state,zip_code"


def told(problems: list[Problem]) -> list[tuple[int, str, str]]:
    return [(one.row_number, one.column, one.code) for one in problems]


def people(vocabulary: Vocabulary, folder: Path, *rows: str, header: str = PEOPLE) -> tuple[int, list[Problem]]:
    places = write(folder / "places.csv", PLACES, MAIN, NORTH)
    _found, problems, counts = check(vocabulary, places, write(folder / "people.csv", header, *rows))
    return counts["practitioners"].accepted, problems


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("a,,VA,ABCDE,,", {("name", "required_empty"), ("zip_code", "zip_cell_malformed")}),
        ("a,A,XX,23220,0,0", {("state", "state_unknown"), ("latitude", "position_zero")}),
        ("a,,XX,ABCDE,99,", {("name", "required_empty"), ("state", "state_unknown"), ("zip_code", "zip_cell_malformed"), ("longitude", "position_half")}),
        ("a,A,XX,2115,,", {("state", "state_unknown")}),
        ("a,,VA,23220,north,-77.5", {("name", "required_empty"), ("latitude", "number_malformed")}),
        ("a,,VA,23220,61.2,-149.9", {("name", "required_empty"), ("latitude", "position_wrong")}),
        ("a,,VA,90001,,", {("name", "required_empty"), ("zip_code", "zip_other_state")}),
        ("a,A,VA,ABCDE,0,0", {("zip_code", "zip_cell_malformed"), ("latitude", "position_zero")}),
    ],
)  # fmt: skip
def test_all_that_is_wrong_with_a_place(
    vocabulary: Vocabulary, tmp_path: Path, row: str, wrong: set[tuple[str, str]]
) -> None:
    found, problems, counts = check(vocabulary, write(tmp_path / "places.csv", PLACES, MAIN, row))
    assert {(one.column, one.code) for one in problems} == wrong
    assert len(problems) == len(wrong)
    assert (counts["locations"].accepted, counts["locations"].refused, len(found["location"])) == (1, 1, 1)


def test_all_that_is_wrong_with_a_person(vocabulary: Vocabulary, tmp_path: Path) -> None:
    header = f"{PEOPLE},youngest_age,oldest_age,listed_from,listed_until"
    bad = f"bea,moon,12,,Reed,{HIP_SURGEON},,,,80,18,2026-05-01,2026-04-01"
    also = f"cyd,moon,,Cyd,Moss,{HIP_SURGEON},,,,80,18,,"
    _accepted, problems = people(vocabulary, tmp_path, bad, also, header=header)
    assert set(told(problems)) == {
        (2, "npi", "npi_malformed"), (2, "given_name", "required_empty"), (2, "location_id", "location_unknown"),
        (2, "youngest_age", "ages_reversed"), (2, "listed_from", "dates_reversed"),
        (3, "location_id", "location_unknown"), (3, "youngest_age", "ages_reversed"),
    }  # fmt: skip


def test_all_that_is_wrong_with_what_is_said_of_work(vocabulary: Vocabulary, tmp_path: Path) -> None:
    said = write(
        tmp_path / "said.csv", "person_id,location_id,condition_or_procedure,level",
        "nobody,moon,labral-tears,sometimes", "nobody,,labral-tears,treats",
    )  # fmt: skip
    _found, problems, _counts = check(vocabulary, said)
    unknown = {("person_id", "person_unknown"), ("condition_or_procedure", "treatment_unknown")}
    rows = [{(one.column, one.code) for one in problems if one.row_number == number} for number in (2, 3)]
    assert rows == [unknown | {("location_id", "location_unknown"), ("level", "choice_unknown")}, unknown]


def test_nothing_is_noted_of_a_row_that_is_refused(vocabulary: Vocabulary, tmp_path: Path) -> None:
    rows = (f"1234567893,Ada Fern,{HIP_SURGEON},Oak,1 Oak Road,Richmond,VA,23220", f",Bea Moss,{HIP_SURGEON},Elm,9 Elm Street,Norfolk,VA,23510")  # fmt: skip
    _found, problems, _counts = check(vocabulary, write(tmp_path / "list.csv", ROSTER, *rows))
    assert told([one for one in problems if one.outcome is not Outcome.MENDED]) == [
        (2, "latitude", "position_from_zip"), (3, "npi", "person_without_id"),
    ]  # fmt: skip


def test_a_zip_code_of_another_state_refuses_a_place_without_a_position(vocabulary: Vocabulary, tmp_path: Path) -> None:
    rows = ("far,Far,VA,90001,,", "pinned,Pinned,VA,90001,37.55,-77.46", "near,Near,VA,20001,,")
    _found, problems, _counts = check(vocabulary, write(tmp_path / "places.csv", PLACES, *rows))
    assert [(one.row_number, one.outcome) for one in problems if one.code == "zip_other_state"] == [
        (2, Outcome.REFUSED), (3, Outcome.NOTED), (4, Outcome.NOTED),
    ]  # fmt: skip


def test_degrees_in_other_letters_are_the_same(vocabulary: Vocabulary, tmp_path: Path) -> None:
    north = ADA.replace("main", "north").replace("MD", "m.d.").replace("Hip 2015", "hip  2015.")
    assert people(vocabulary, tmp_path, ADA, north) == (2, [])


def test_small_facts_that_differ_are_noted_and_the_first_counts(vocabulary: Vocabulary, tmp_path: Path) -> None:
    north = ADA.replace("main", "north").replace("MD", "DO").replace("woman", "man")
    accepted, problems = people(vocabulary, tmp_path, ADA, north)
    assert accepted == 2
    assert [(*one, two.outcome, two.params, two.value) for one, two in zip(told(problems), problems, strict=True)] == [
        (3, "credentials", "person_differs", Outcome.NOTED, {"first_row": 2}, "DO"),
        (3, "gender", "person_differs", Outcome.NOTED, {"first_row": 2}, "man"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [("Fern", "Moss", "family_name"), ("Ada", "Bea", "given_name"), ("1234567893", "1003000126", "npi"),
     (HIP_SURGEON, "207X00000X", "specialties")],
)  # fmt: skip
def test_who_may_be_somebody_else_is_refused(
    vocabulary: Vocabulary, tmp_path: Path, old: str, new: str, column: str
) -> None:
    accepted, problems = people(vocabulary, tmp_path, ADA, ADA.replace("main", "north").replace(old, new))
    assert (accepted, told(problems)) == (1, [(3, column, "person_differs")])
    assert problems[0].outcome is Outcome.REFUSED


def test_who_has_neither_an_id_nor_an_npi_is_told_to_give_one(vocabulary: Vocabulary, tmp_path: Path) -> None:
    header = PEOPLE.removeprefix("person_id,")
    row = ADA.removeprefix("ada,").replace("1234567893", "1.23E+09")
    _accepted, problems = people(vocabulary, tmp_path, row, header=header)
    assert told(problems) == [(2, "npi", "npi_rounded"), (2, "npi", "person_without_id")]
    assert problems[1].value == "1.23E+09"
    # Of a list without NPIs the id is named, which it has.
    row, header = ADA.replace("1234567893,", "").replace("ada", "", 1), PEOPLE.replace("npi,", "")
    assert told(people(vocabulary, tmp_path, row, header=header)[1]) == [(2, "person_id", "person_without_id")]


def test_a_whole_name_that_is_none_is_told_once(vocabulary: Vocabulary, tmp_path: Path) -> None:
    row = f"1234567893,Prince,{HIP_SURGEON},Oak,1 Oak Road,Richmond,VA,23220"
    _found, problems, _counts = check(vocabulary, write(tmp_path / "list.csv", ROSTER, row))
    assert [(*one, problem.outcome) for one, problem in zip(told(problems), problems, strict=True)] == [
        (2, "full_name", "full_name_malformed", Outcome.REFUSED)
    ]


def test_a_file_without_a_good_row_names_the_column(engine: Engine, tmp_path: Path) -> None:
    for row, columns in (("a,,VA,23220,,", "name"), ("a,,,23220,,", "name, state"), ("a,A,VA,23220,,,,x", "-")):
        with pytest.raises(Exception, match="import_without_rows") as refused:
            import_files(engine, [write(tmp_path / "places.csv", PLACES, row)], "clinic")
        assert refused.value.params["column"] == columns  # type: ignore[attr-defined]


def test_garbled_letters_are_mended_cell_by_cell(vocabulary: Vocabulary, tmp_path: Path) -> None:
    row = ADA.replace("Ada", "JosÃ©").replace("Fern", "PEÃ\u2018A")
    found = check(vocabulary, write(tmp_path / "places.csv", PLACES, MAIN), write(tmp_path / "people.csv", PEOPLE, row))
    (person,) = found[0]["practitioner"]
    names = [value for value in (person if isinstance(person, tuple) else person.values()) if value in ("José", "Peña")]
    assert names == ["José", "Peña"]
    assert [(one.column, one.code, one.value, one.params) for one in found[1]] == [
        ("given_name", "letters_mended", "JosÃ©", {"mended": "José"}),
        ("family_name", "letters_mended", "PEÃ\u2018A", {"mended": "Peña"}),
    ]
