"""Rows of an update that are no good: told as in a whole file, no listing lost for them, all in a corrected file."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from finder.db.datasets import Outcome
from finder.desk.publish import activate
from finder.importers.pipeline import Wishes, import_files
from finder.importers.report import ImportReport, Problem
from tests.importers.test_updates import changes, directory, exported, update
from tests.sample_files import write

Told = list[tuple[int, str, str, Outcome]]


@pytest.fixture
def in_force(engine: Engine, tmp_path: Path) -> Engine:
    """A database with the directory in force as version 1 of `clinic`."""
    import_files(engine, directory(tmp_path / "whole"), "clinic")
    activate(engine, "clinic", None, "test")
    return engine


def told(report: ImportReport) -> Told:
    return [(one.row_number, one.column, one.code, one.outcome) for one in report.problems]


@pytest.mark.parametrize(
    ("header", "row", "code", "stays"),
    [
        # What is wrong with a fact of a person is wrong at both places.
        ("person_id,location_id,specialties", "person3,place3,wizardry", "specialty_unknown", True),
        ("person_id,location_id,family_name", "person3,place3,clear", "required_empty", True),
        ("person_id,location_id,npi,family_name", "person3,place3,1234567893,Moss", "key_repeated", True),
        # What is wrong at one place takes nothing away at the other.
        ("person_id,location_id,family_name,listed_until", "person3,place3,Moss,someday", "date_malformed", True),
        ("person_id,location_id,family_name,youngest_age,oldest_age", "person3,place3,Moss,90,5", "ages_reversed", False),
    ],
)  # fmt: skip
def test_a_refused_row_of_somebody_at_two_places_takes_neither_away(
    in_force: Engine, tmp_path: Path, header: str, row: str, code: str, stays: bool
) -> None:
    numbered = write(tmp_path / "npi.csv", "person_id,location_id,npi", "person1,place1,1234567893")
    import_files(in_force, [numbered], "clinic", Wishes(update_only=True))
    activate(in_force, "clinic", None, "test")
    before = exported(in_force)["practitioners"]
    report = update(in_force, tmp_path / "u.csv", header, row, "person2,place2,,,")
    assert [(one.row_number, one.code) for one in report.problems if one.outcome is Outcome.REFUSED] == [(2, code)]
    assert (report.sections["practitioners"].refused, report.differences["practitioners"].gone) == (1, 0)
    found = changes("practitioners", before, exported(in_force)["practitioners"])
    # Who somebody is holds everywhere, so it is as the file says, or everywhere as it was.
    assert found == ({} if stays else {("person3", place): {"family_name": "Moss"} for place in ("place3", "place4")})


def test_two_rows_that_differ_about_a_person(in_force: Engine, tmp_path: Path) -> None:
    before = exported(in_force)["practitioners"]
    report = update(
        in_force, tmp_path / "u.csv", "person_id,location_id,family_name,languages,phone",
        "person3,place3,Moss,english,", "person3,place4,Reed,,804-555-0900", "person6,place6,Hale,en,", "person6,place7,Hale,English,",
    )  # fmt: skip
    assert told(report) == [(3, "family_name", "person_differs", Outcome.REFUSED)]
    assert report.problems[0].params == {"first_row": 2}
    both = {"family_name": "Moss", "languages": "en"}, {"family_name": "Hale", "languages": "en"}
    assert changes("practitioners", before, exported(in_force)["practitioners"]) == {
        ("person3", "place3"): both[0], ("person3", "place4"): both[0],
        ("person6", "place6"): both[1], ("person6", "place7"): both[1],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("section", "header", "rows", "expected"),
    [
        ("locations", "location_id,phone", ["place4,804-555-0900", "place4,804-555-0901"], ("location_id", "place4")),
        ("practitioners", "person_id,location_id,days", ["person1,place1,Fri", "person1,place1,Mon"], ("person_id", "person1")),
        ("capabilities", "person_id,condition_or_procedure,level", ["person1,labral-tear,treats", "person1,Labral tear,performs"],
         ("condition_or_procedure", "Labral tear")),
        ("services", "location_id,service,hours", ["place1,imaging,Mon 8:00-9:00", "place1,Imaging,Tue 8:00-9:00"], ("service", "Imaging")),
        ("plans", "organization,plan,accepts", ["Quillmoor Health,Plan 1,no", "quillmoor  health,Plan 1,yes"], ("plan", "Plan 1")),
    ],
)  # fmt: skip
def test_a_row_that_is_there_twice_is_told_as_in_a_whole_file(
    in_force: Engine, tmp_path: Path, section: str, header: str, rows: list[str], expected: tuple[str, str]
) -> None:
    report = update(in_force, tmp_path / "u.csv", header, *rows, rows[0])
    other, same = (one for one in report.problems if one.code in ("key_repeated", "row_repeated"))
    assert (other.row_number, other.code, other.outcome) == (3, "key_repeated", Outcome.REFUSED)
    assert (other.column, other.value, other.params) == (*expected, {"first_row": 2})
    assert (same.row_number, same.code, same.outcome) == (4, "row_repeated", Outcome.NOTED)
    assert vars(report.sections[section]) == {"read": 3, "accepted": 2, "refused": 1, "blank": 0}


def test_rows_without_a_key_are_told_for_that_and_blank_ones_counted(in_force: Engine, tmp_path: Path) -> None:
    rows = (",804-555-0900", "", ",804-555-0901", " ,", "place4,804-555-0902")
    report = update(in_force, tmp_path / "u.csv", "location_id,phone", *rows)
    assert [(row, code) for row, _column, code, _outcome in told(report)] == [
        (2, "row_incomplete"),
        (4, "row_incomplete"),
    ]
    assert vars(report.sections["locations"]) == {"read": 5, "accepted": 1, "refused": 2, "blank": 2}


def test_keys_are_the_same_however_they_are_written(in_force: Engine, tmp_path: Path) -> None:
    before = exported(in_force)["plans"]
    rows = ("QUILLMOOR HEALTH,Plan  1,no", "Quillmoor   Health,\u200bPlan 2,no")
    report = update(in_force, tmp_path / "u.csv", "organization,plan,accepts", *rows)
    assert not [one for one in report.problems if one.outcome is Outcome.REFUSED]
    found = changes("plans", before, exported(in_force)["plans"])
    assert {key: what["accepts"] for key, what in found.items() if isinstance(what, dict)} == {
        ("Quillmoor Health", "Plan 1"): "no", ("Quillmoor Health", "Plan 2"): "no",
    }  # fmt: skip


def test_what_no_database_takes_is_told_all_the_same(in_force: Engine, tmp_path: Path) -> None:
    rows = (f"place{n % 20},804-555-0100" for n in range(20))
    report = update(in_force, tmp_path / "u.csv", "location_id,phone", "new,call\0us", *rows)
    assert (report.problems[0].code, report.problems[0].value) == ("phone_malformed", "call\ufffdus")


def test_the_files_own_rows_are_shown_in_their_order(in_force: Engine, tmp_path: Path) -> None:
    """Whatever became of them: changed, new, removed, there twice, refused, blank."""
    rows = [
        "place9,804/555/0900,M-F 8-5,", "place2,call us,,", "", "new,804-555-0901,,", "place5,,,yes", "nowhere,,,yes",
        "place2,804-555-0902,,", "place1,,,,surplus", '"place7,,,\nplace8,,,",', "place3,,,",
    ]  # fmt: skip
    seen: list[tuple[list[str], list[Problem]]] = []
    wishes = {"watch": lambda _fit: lambda cells, problems: seen.append((list(cells), list(problems)))}
    report = update(in_force, tmp_path / "u.csv", "location_id,phone,hours,remove", *rows, **wishes)
    shown = [",".join(cells) for cells, _problems in seen]
    assert shown == [*rows[:8], "place7,,,\nplace8,,,,", rows[9]]
    assert [[one.code for one in problems] for _cells, problems in seen] == [
        ["phone_mended", "hours_mended"], ["phone_malformed"], [], ["row_incomplete"], [], ["remove_unknown"],
        ["key_repeated"], ["row_too_long"], ["quote_misplaced"], [],
    ]  # fmt: skip
    assert vars(report.sections["locations"]) == {"read": 10, "accepted": 5, "refused": 4, "blank": 1}
