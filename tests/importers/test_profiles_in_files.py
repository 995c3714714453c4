"""One word for a whole kind of work: a profile fills the rows that it stands for, and a row of its own wins over it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from finder.db.base import Capability
from finder.db.catalogue import Catalogue
from finder.db.datasets import Outcome
from finder.db.directory import StatedCapability
from finder.db.profiles import Profile
from finder.desk.publish import activate
from finder.importers.exports import section_rows
from finder.importers.pipeline import import_files
from finder.importers.report import Difference, ImportReport
from finder.importers.templates import CAPABILITIES
from finder.search import SearchQuery, search
from tests.conftest import load_index
from tests.sample_files import locations, practitioners, write

HEADER = "person_id,location_id,condition_or_procedure,profile,level,approved_by,approved_on"
Said = list[tuple[str, str, str, str, str]]


def take(engine: Engine, folder: Path, *rows: str) -> ImportReport:
    """Import two surgeons and a therapist, the first at two places, and what is said of them."""
    places = locations(
        folder / "places.csv", "main,Main,,clinic,VA,23220,37.55,-77.46,", "north,North,,clinic,VA,23226,37.58,-77.52,"
    )
    people = practitioners(
        folder / "people.csv", "ada,main,Ada,Fern,207X00000X", "ada,north,Ada,Fern,207X00000X", "bea,main,Bea,Moss,207X00000X",
        "cyd,north,Cyd,Reed,225100000X",
    )  # fmt: skip
    return import_files(engine, [places, people, write(folder / "said.csv", HEADER, *rows)], "clinic")


def said(engine: Engine, report: ImportReport) -> Said:
    """Return what is stored: person, place, condition or procedure, level, profile."""
    one = StatedCapability
    with engine.connect() as connection:
        rows = connection.execute(select(one).where(one.dataset_id == report.dataset_id).order_by(one.id)).all()
    return [
        (row.practitioner_key or "", row.location_key or "", row.target, row.level.value, row.profile or "")
        for row in rows
    ]


def profile(engine: Engine, key: str) -> Profile:
    with engine.connect() as connection:
        return Catalogue.read(connection).profiles[key]


def lines(engine: Engine, key: str, person: str = "", place: str = "") -> Said:
    """Return what a profile stands for, as it is stored."""
    return [(person, place, target, level.value, key) for _kind, target, level in profile(engine, key).lines]


@pytest.mark.parametrize(
    ("word", "key"),
    [("therapy", "therapy"), ("Hip and knee replacement", "hip-and-knee-replacement"), ("TOTAL JOINTS", "hip-and-knee-replacement"),
     ("fisioterapia", "therapy"), ("children", "childrens"), ("trauma", "fracture")],
)  # fmt: skip
def test_one_word_stands_for_many_rows(engine: Engine, tmp_path: Path, word: str, key: str) -> None:
    report = take(engine, tmp_path, f"ada,,,{word},,Staff office,2026-10-01")
    assert report.clean
    assert sorted(said(engine, report)) == sorted(lines(engine, key, "ada"))
    assert len(lines(engine, key)) >= 2
    with engine.connect() as connection:
        approved = connection.execute(select(StatedCapability.approved_by, StatedCapability.approved_on)).all()
    assert set(map(tuple, approved)) == {("Staff office", dt.date(2026, 10, 1))}
    assert vars(report.sections["capabilities"]) == {"read": 1, "accepted": 1, "refused": 0, "blank": 0}
    assert report.differences["capabilities"] == Difference(new=len(lines(engine, key)))


def test_all_seven_are_there_for_people_and_places(engine: Engine, tmp_path: Path) -> None:
    with engine.connect() as connection:
        keys = list(Catalogue.read(connection).profiles)
    assert len(keys) == 7
    report = take(engine, tmp_path, *(f",main,,{key},,," for key in keys), *(f"ada,north,,{key},,," for key in keys))
    assert report.clean
    stored = said(engine, report)
    # What two profiles of one speak of is stored once, with the stronger word.
    ranks = [level.value for level in Capability]
    for person, place in (("", "main"), ("ada", "north")):
        best: dict[str, str] = {}
        for key in keys:
            for _person, _place, target, level, _key in lines(engine, key):
                if target not in best or ranks.index(level) < ranks.index(best[target]):
                    best[target] = level
        assert {target: level for who, where, target, level, _key in stored if (who, where) == (person, place)} == best
    assert len(stored) == len({row[:3] for row in stored})


@pytest.mark.parametrize("order", [1, -1])
def test_a_row_of_its_own_wins_wherever_it_stands(engine: Engine, tmp_path: Path, order: int) -> None:
    rows = [
        "ada,,,fracture,,,",
        "ada,,hip-fracture,,does_not,,",
        "bea,main,,fracture,,,",
        "bea,,hip-fracture,,refers,,",
    ]
    stored = said(engine, take(engine, tmp_path, *rows[::order]))
    rest = [target for _kind, target, _level in profile(engine, "fracture").lines if target != "hip-fracture"]
    assert rest
    assert {(who, where, target, level) for who, where, target, level, _key in stored} == {
        ("ada", "", "hip-fracture", "does_not"), ("bea", "", "hip-fracture", "refers"),
        *(("ada", "", target, "performs") for target in rest), *(("bea", "main", target, "performs") for target in rest),
    }  # fmt: skip
    # A row of its own has no profile.
    assert {key for *_rest, target, _level, key in stored if target == "hip-fracture"} == {""}


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("ada,,,thrapy,,,", "profile", "profile_unknown"),
        ("ada,,hip-fracture,fracture,treats,,", "condition_or_procedure", "capability_of_what"),
        ("ada,,,,treats,,", "condition_or_procedure", "capability_of_what"),
        ("ada,,hip-fracture,,,,", "level", "level_missing"),
        ("nobody,,,fracture,,,", "person_id", "person_unknown"),
        (",nowhere,,fracture,,,", "location_id", "location_unknown"),
        ("bea,north,,fracture,,,", "location_id", "role_unknown"),
        (",,,fracture,,,", "person_id", "capability_without_listing"),
    ],
)
def test_what_cannot_be_said_is_refused(engine: Engine, tmp_path: Path, row: str, column: str, code: str) -> None:
    report = take(engine, tmp_path, "cyd,,,therapy,,,", row)
    (told,) = report.problems
    assert (told.section, told.row_number, told.column, told.code, told.outcome) == (
        "capabilities", 3, column, code, Outcome.REFUSED,
    )  # fmt: skip
    if code == "profile_unknown":
        assert told.params["nearest"] == "therapy"
        assert "childrens" in told.params["choices"]
    assert sorted(said(engine, report)) == sorted(lines(engine, "therapy", "cyd"))


def test_a_level_beside_a_profile_is_told(engine: Engine, tmp_path: Path) -> None:
    """Someone who writes "does_not" beside a profile must not be listed as performing it without a word."""
    report = take(engine, tmp_path, "cyd,,,therapy,,,", "ada,,,therapy,does_not,,")
    assert [(one.row_number, one.column) for one in report.problems] == [(3, "level")]


def test_a_profile_said_twice(engine: Engine, tmp_path: Path) -> None:
    report = take(
        engine,
        tmp_path,
        "ada,,,therapy,,,",
        "ada,,,PT,,,",
        "ada,,,therapy,,,",
        "ada,,,fracture,,A,",
        "ada,,,fracture,,B,",
    )
    assert [(one.row_number, one.code, one.params) for one in report.problems] == [
        # In another word it is another row.
        (3, "key_repeated", {"first_row": 2}),
        (4, "row_repeated", {"first_row": 2}),
        (6, "key_repeated", {"first_row": 5}),
    ]
    assert {key for *_rest, key in said(engine, report)} == {"therapy", "fracture"}


def test_it_comes_out_as_the_one_row_that_it_was(engine: Engine, tmp_path: Path) -> None:
    rows = [
        "ada,,,fracture,,Staff office,2026-10-01",
        "ada,,labral-tear,,treats,,",
        "cyd,north,,therapy,,,",
        ",main,,childrens,,,",
    ]
    report = take(engine, tmp_path, *rows)
    assert report.dataset_id is not None
    with engine.connect() as connection:
        out = [list(row) for row in section_rows(connection, report.dataset_id, CAPABILITIES)]
    assert sorted(",".join(row[:-1]) for row in out) == sorted(rows)
    (tmp_path / "again").mkdir()
    again = take(engine, tmp_path / "again", *(",".join(row[:-1]) for row in out))
    assert again.same_as == 1


def test_patients_find_whom_a_profile_speaks_of(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, "bea,,,fracture,,,", "ada,,hip-fracture,,does_not,,")
    activate(engine, "clinic", None, "test")
    with engine.connect() as connection:
        found = search(
            load_index(engine),
            connection,
            SearchQuery("23220", condition="hip-fracture", radius=None),
            dt.date(2026, 11, 22),
        )
    assert [match.practitioner.public_id for match in found.main.matches if match.practitioner] == ["person:clinic:bea"]
