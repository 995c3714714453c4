"""Update-only files: what they say changes, what they do not speak of stays cell by cell as it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from finder.db.datasets import Dataset, Outcome
from finder.desk.publish import activate
from finder.errors import FileRefused
from finder.importers import updates
from finder.importers.exports import section_rows
from finder.importers.pipeline import Wishes, import_files
from finder.importers.report import Difference, ImportReport
from finder.importers.templates import SECTIONS
from finder.search import SearchQuery, search
from tests.conftest import load_index
from tests.sample_files import HIP_SURGEON, whole_database, write

Cells = dict[str, str]
PLACES, PEOPLE = 20, 30
TODAY = dt.date(2026, 11, 22)


def directory(folder: Path) -> list[Path]:
    """Write a directory whose cells are nearly all filled; every third person works at two places."""
    folder.mkdir(exist_ok=True)
    places = (
        f"place{n},Clinic {n},Quillmoor Health,clinic,{n} Oak Road,Suite {n},Richmond,VA,23220,804-555-01{n:02},"
        f"{37.5 + n / 100},{-77.4 - n / 100},by hand,Mon-Fri 8:00-17:00,By the east door,yes,2026-10-01"
        for n in range(PLACES)
    )
    people = (
        f'person{n},place{at % PLACES},,Ada,Q,Fern {n},MD,woman,{HIP_SURGEON},en; es,yes,804-555-02{n:02},"Mon, Wed",yes,no,'
        f"16,https://example.org/book/{n},2026-10-0{n % 9 + 1}"
        for n in range(PEOPLE)
        for at in ((n, n + 1) if n % 3 == 0 else (n,))
    )
    return [
        write(folder / "locations.csv", "location_id,name,organization,kind,address,address_2,city,state,zip_code,phone,"
              "latitude,longitude,position_source,hours,directions,step_free,verified_on", *places),
        write(folder / "practitioners.csv", "person_id,location_id,npi,given_name,middle_name,family_name,credentials,gender,"
              "specialties,languages,board_certified,phone,days,accepting_new_patients,referral_needed,youngest_age,"
              "booking_url,verified_on", *people),
        write(folder / "capabilities.csv", "person_id,location_id,condition_or_procedure,profile,level,approved_by",
              *(f"person{n},,labral-tear,,performs,Staff office" for n in range(PEOPLE)),
              *(f"person{n},,,therapy,," for n in range(0, PEOPLE, 5))),
        write(folder / "services.csv", "location_id,service,offered,detail,hours,verified_on",
              *(f"place{n},imaging,yes,X-ray,Mon-Fri 7:00-19:00,2026-10-01" for n in range(PLACES))),
        write(folder / "plans.csv", "organization,plan,accepts,as_of",
              *(f"Quillmoor Health,Plan {n},yes,2026-09-15" for n in range(15))),
    ]  # fmt: skip


@pytest.fixture
def in_force(engine: Engine, tmp_path: Path) -> Engine:
    """A database with the directory in force as version 1 of `clinic`."""
    assert import_files(engine, directory(tmp_path / "whole"), "clinic").version == 1
    activate(engine, "clinic", None, "test")
    return engine


def update(engine: Engine, path: Path, header: str, *rows: str, **wishes: Any) -> ImportReport:
    return import_files(engine, [write(path, header, *rows)], "clinic", Wishes(update_only=True, **wishes))


def exported(engine: Engine, dataset_id: int | None = None) -> dict[str, list[Cells]]:
    """Return the rows of each section as they are exported; of the newest version unless named."""
    with engine.connect() as connection:
        newest = dataset_id or connection.scalar(select(Dataset.id).order_by(Dataset.id.desc()))
        assert newest is not None
        return {
            name: [
                dict(zip([column.name for column in section.columns], row, strict=True))
                for row in section_rows(connection, newest, section)
            ]
            for name, section in SECTIONS.items()
        }


def of_key(section: str, rows: Iterable[Cells]) -> dict[tuple[str, ...], Cells]:
    return {tuple(row[name] for name in SECTIONS[section].key): row for row in rows}


def changes(section: str, before: list[Cells], after: list[Cells]) -> dict[tuple[str, ...], dict[str, str] | str]:
    """Return, by key, what became of rows that are not cell by cell what they were: "gone", "new", or the new cells."""
    old, new = of_key(section, before), of_key(section, after)
    found: dict[tuple[str, ...], dict[str, str] | str] = {key: "gone" for key in old if key not in new}
    for key, row in new.items():
        if key not in old:
            found[key] = "new"
        elif row != old[key]:
            found[key] = {name: cell for name, cell in row.items() if cell != old[key][name]}
    return found


@pytest.mark.parametrize(
    ("section", "header", "row", "changed"),
    [
        ("locations", "location_id,phone", "place{n},804-555-0900", {"phone": "804-555-0900"}),
        ("locations", "Facility ID,opening_hours,step_free", "place{n},Tue 9:00-12:00,no",
         {"hours": "Tue 9:00-12:00", "step_free": "no"}),
        ("practitioners", "person_id,location_id,accepting_new_patients", "person{n},place{n},no", {"accepting_new_patients": "no"}),
        ("practitioners", "location_id,days,person_id", 'place{n},"Tue, Thu",person{n}', {"days": "Tue, Thu"}),
        ("capabilities", "person_id,condition_or_procedure,level", "person{n},labral-tear,main_focus", {"level": "main_focus"}),
        ("services", "location_id,service,hours", "place{n},imaging,Sat 9:00-12:00", {"hours": "Sat 9:00-12:00"}),
        ("plans", "organization,plan,accepts", "Quillmoor Health,Plan {n},no", {"accepts": "no"}),
    ],
)  # fmt: skip
def test_twelve_rows_change_twelve_listings_and_nothing_else(
    in_force: Engine, tmp_path: Path, section: str, header: str, row: str, changed: Cells
) -> None:
    before = exported(in_force)
    report = update(in_force, tmp_path / "update.csv", header, *(row.format(n=n) for n in range(1, 13)))
    assert (report.version, report.update_only, report.clean) == (2, True, True)
    assert vars(report.sections[section]) == {"read": 12, "accepted": 12, "refused": 0, "blank": 0}
    after = exported(in_force)
    assert list(changes(section, before[section], after[section]).values()) == [changed] * 12
    # What was not spoken of is the same, and where it was; the other sections are carried over.
    assert [tuple(row[name] for name in SECTIONS[section].key) for row in after[section]] == [
        tuple(row[name] for name in SECTIONS[section].key) for row in before[section]
    ]
    assert {name: rows for name, rows in after.items() if name != section} == {
        name: rows for name, rows in before.items() if name != section
    }
    for name, found in report.differences.items():
        assert (found.new, found.gone, found.changed) == (0, 0, 12 if name == section else 0)
    with in_force.connect() as connection:
        assert connection.execute(select(Dataset.update_only).order_by(Dataset.id)).scalars().all() == [False, True]


def test_patients_see_the_change(in_force: Engine, tmp_path: Path) -> None:
    update(in_force, tmp_path / "update.csv", "location_id,name", "place3,Clinic by the River")
    activate(in_force, "clinic", None, "test")
    index = load_index(in_force)
    with in_force.connect() as connection:
        found = search(index, connection, SearchQuery("23220", unit="places", radius=None, limit=50), TODAY)
    names = {match.location.name for match in found.main.matches}
    assert names == {f"Clinic {n}" for n in range(PLACES) if n != 3} | {"Clinic by the River"}


def test_an_empty_cell_changes_nothing_and_the_word_clear_empties(in_force: Engine, tmp_path: Path) -> None:
    before = exported(in_force)
    header = "location_id,phone,hours,latitude,longitude,directions,website"
    report = update(
        in_force, tmp_path / "update.csv", header, "place4,,clear,,,clear,https://example.org/4", "place5,,,,,,"
    )
    after = exported(in_force)
    assert report.clean
    assert changes("locations", before["locations"], after["locations"]) == {
        ("place4",): {"hours": "", "directions": "", "website": "https://example.org/4"}
    }
    assert report.differences["locations"] == Difference(changed=1, unchanged=PLACES - 1)


def test_rows_are_removed_and_added(in_force: Engine, tmp_path: Path) -> None:
    before = exported(in_force)
    report = update(
        in_force, tmp_path / "update.csv", "location_id,name,state,zip_code,remove",
        "place7,,,,yes", "new,New Clinic,VA,23226,", "place8,,,,no", "nowhere,,,,yes", "place9,,,,",
    )  # fmt: skip
    after = exported(in_force)
    assert changes("locations", before["locations"], after["locations"]) == {("place7",): "gone", ("new",): "new"}
    assert report.differences["locations"] == Difference(new=1, unchanged=PLACES - 1, gone=1)
    assert [
        (one.row_number, one.column, one.value, one.outcome) for one in report.problems if one.code == "remove_unknown"
    ] == [(5, "remove", "nowhere", Outcome.NOTED)]
    # Who worked there goes with the place, and is told of.
    gone = {key for section in ("practitioners", "services") for key, what in changes(section, before[section], after[section]).items() if what == "gone"}  # fmt: skip
    assert gone == {("person7", "place7"), ("person27", "place7"), ("person6", "place7"), ("place7", "imaging")}
    told = {one.section: one.params["rows"] for one in report.problems if one.code == "carried_over_lost"}
    assert set(told) >= {"practitioners", "services"}


def test_a_file_of_nothing_but_removals_is_no_empty_file(in_force: Engine, tmp_path: Path) -> None:
    before = exported(in_force)
    report = update(
        in_force,
        tmp_path / "u.csv",
        "organization,plan,remove",
        "Quillmoor Health,Plan 3,yes",
        "quillmoor health,Plan 4,x",
    )
    assert changes("plans", before["plans"], exported(in_force)["plans"]) == {
        ("Quillmoor Health", "Plan 3"): "gone", ("Quillmoor Health", "Plan 4"): "gone",
    }  # fmt: skip
    assert report.clean
    assert vars(report.sections["plans"]) == {"read": 2, "accepted": 2, "refused": 0, "blank": 0}


def test_facts_of_a_person_change_at_all_their_places(in_force: Engine, tmp_path: Path) -> None:
    before = exported(in_force)
    header = "person_id,location_id,family_name,languages,phone"
    update(in_force, tmp_path / "update.csv", header, "person3,place3,Moss,en; fr,804-555-0999")
    assert changes("practitioners", before["practitioners"], exported(in_force)["practitioners"]) == {
        ("person3", "place3"): {"family_name": "Moss", "languages": "en; fr", "phone": "804-555-0999"},
        # A phone is of a person at a place.
        ("person3", "place4"): {"family_name": "Moss", "languages": "en; fr"},
    }


def test_someone_known_gets_another_place_with_all_their_facts(in_force: Engine, tmp_path: Path) -> None:
    before = exported(in_force)["practitioners"]
    report = update(in_force, tmp_path / "update.csv", "person_id,location_id,days", "person1,place9,Fri")
    assert report.clean
    after = exported(in_force)["practitioners"]
    assert changes("practitioners", before, after) == {("person1", "place9"): "new"}
    old, new = (of_key("practitioners", rows) for rows in (before, after))
    assert new[("person1", "place9")]["days"] == "Fri"
    for name in ("given_name", "family_name", "credentials", "specialties", "languages"):
        assert new[("person1", "place9")][name] == old[("person1", "place1")][name]


def test_a_whole_name_replaces_the_name_in_parts(in_force: Engine, tmp_path: Path) -> None:
    before = exported(in_force)
    update(in_force, tmp_path / "update.csv", "person_id,location_id,full_name", "person3,place3,Bea Moss")
    assert changes("practitioners", before["practitioners"], exported(in_force)["practitioners"]) == {
        ("person3", place): {"given_name": "Bea", "middle_name": "", "family_name": "Moss"}
        for place in ("place3", "place4")
    }


def test_profiles_and_rows_of_their_own_are_told_apart(in_force: Engine, tmp_path: Path) -> None:
    before = exported(in_force)
    report = update(
        in_force, tmp_path / "update.csv", "person_id,condition_or_procedure,profile,level,remove",
        "person5,,therapy,,yes", "person6,Labral tear,,does_not,", "person7,,fracture,,",
    )  # fmt: skip
    assert report.clean
    assert changes("capabilities", before["capabilities"], exported(in_force)["capabilities"]) == {
        ("person5", "", "", "therapy"): "gone",
        ("person6", "", "labral-tear", ""): {"level": "does_not"},
        ("person7", "", "", "fracture"): "new",
    }


def test_a_bad_cell_leaves_what_was_there(in_force: Engine, tmp_path: Path) -> None:
    before = exported(in_force)
    report = update(
        in_force, tmp_path / "update.csv", "location_id,phone,kind,hours", "place4,call us,castle,Tue 9:00-12:00"
    )
    assert sorted(((one.column, one.code, one.outcome) for one in report.problems), key=str) == [
        ("kind", "choice_unknown", Outcome.LEFT_OUT), ("phone", "phone_malformed", Outcome.LEFT_OUT),
    ]  # fmt: skip
    after = exported(in_force)
    assert changes("locations", before["locations"], after["locations"]) == {("place4",): {"hours": "Tue 9:00-12:00"}}


@pytest.mark.parametrize(
    ("header", "rows", "told"),
    [
        ("location_id,state", ["place4,Atlantis"], (2, "state_unknown")),
        ("location_id,name", ["place4,clear"], (2, "required_empty")),
        ("location_id,listed_until", ["place4,someday"], (2, "date_malformed")),
        ("location_id,remove", ["place4,perhaps"], (2, "stated_malformed")),
        ("location_id,phone", ["place4,804-555-0900,,surplus"], (2, "row_too_long")),
        (
            "location_id,phone",
            ["place5,804-555-0105", "place4,804-555-0900", "place4,804-555-0901"],
            (4, "key_repeated"),
        ),
        ("location_id,phone", ["no good,804-555-0900"], (2, "key_malformed")),
        ("location_id,phone", [",804-555-0900"], (2, "row_incomplete")),
        ("location_id,phone", ["new,804-555-0900"], (2, "row_incomplete")),
    ],
)
def test_a_refused_row_takes_no_listing_away(
    in_force: Engine, tmp_path: Path, header: str, rows: list[str], told: tuple[int, str]
) -> None:
    before = exported(in_force)
    report = update(in_force, tmp_path / "update.csv", header, *rows, "place6,")
    assert told in [(one.row_number, one.code) for one in report.problems if one.outcome is Outcome.REFUSED]
    found = changes("locations", before["locations"], exported(in_force)["locations"])
    expected = {("place4",): {"phone": "804-555-0900"}} if len(rows) > 1 else {}
    assert found == expected
    assert report.sections["locations"].refused == 1


def test_one_person_by_npi_or_by_id(engine: Engine, tmp_path: Path) -> None:
    places = write(tmp_path / "p.csv", "location_id,name,state,zip_code", "main,Main,VA,23220")
    people = write(
        tmp_path / "q.csv", "person_id,npi,location_id,given_name,family_name,specialties,phone",
        f",1234567893,main,Ada,Fern,{HIP_SURGEON},804-555-0100", f"bea,1003000126,main,Bea,Reed,{HIP_SURGEON},804-555-0101",
    )  # fmt: skip
    import_files(engine, [places, people], "clinic")
    activate(engine, "clinic", None, "test")
    before = exported(engine)
    update(
        engine,
        tmp_path / "u.csv",
        "npi,location_id,phone",
        "1234567893,main,804-555-0900",
        "1003000126.0,main,804-555-0901",
    )
    assert changes("practitioners", before["practitioners"], exported(engine)["practitioners"]) == {
        ("", "main"): {"phone": "804-555-0900"}, ("bea", "main"): {"phone": "804-555-0901"},
    }  # fmt: skip


def test_what_changes_nothing_makes_no_version_and_a_dry_run_leaves_nothing(in_force: Engine, tmp_path: Path) -> None:
    before = whole_database(in_force)
    same = update(in_force, tmp_path / "same.csv", "location_id,phone", "place4,(804) 555-0104", "place5,")
    assert (same.same_as, same.version) == (1, 1)
    dry = update(in_force, tmp_path / "dry.csv", "location_id,phone", "place4,804-555-0900", dry_run=True)
    assert (dry.version, dry.differences["locations"]) == (None, Difference(changed=1, unchanged=PLACES - 1))
    assert whole_database(in_force) == before


def test_updates_are_laid_over_what_is_in_force(in_force: Engine, tmp_path: Path) -> None:
    """Not over a version that nobody has put in force."""
    update(in_force, tmp_path / "one.csv", "location_id,phone", "place4,804-555-0900")
    before = exported(in_force, 1)
    update(in_force, tmp_path / "two.csv", "location_id,phone", "place5,804-555-0901")
    assert changes("locations", before["locations"], exported(in_force)["locations"]) == {
        ("place5",): {"phone": "804-555-0901"}
    }


def test_what_cannot_be_an_update(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusal(header: str, *rows: str) -> FileRefused:
        before = whole_database(engine)
        with pytest.raises(FileRefused) as refused:
            update(engine, tmp_path / "update.csv", header, *rows)
        assert whole_database(engine) == before
        return refused.value

    phone = ("location_id,phone", "place4,804-555-0900")
    assert refusal(*phone).code == "update_needs_active"
    import_files(engine, directory(tmp_path / "whole"), "clinic")
    # A version that is there and not in force is no ground to build upon.
    assert refusal(*phone).params == {"source": "clinic"}
    activate(engine, "clinic", None, "test")
    roster = refusal(
        "npi,full_name,specialties,address,city,state,zip_code", "1234567893,Ada Fern,x,1 Oak Road,Richmond,VA,23220"
    )
    # A roster has no row that is one listing; the people in it have no place that an update could name.
    assert (roster.code, roster.params) == ("update_of_roster", {"name": "update.csv"})
    assert refusal("phone,hours", "804-555-0900,Mon 8:00-9:00").code == "columns_missing"
    assert refusal("location_id,phone").code == "file_without_rows"
    monkeypatch.setattr(updates, "_MOST_ROWS", 2)
    many = refusal("location_id,phone", *(f"place{n},804-555-0900" for n in range(3)))
    assert (many.code, many.params) == ("update_too_large", {"name": "update.csv", "limit": "2"})


def test_clear_and_remove_in_any_letters(in_force: Engine, tmp_path: Path) -> None:
    update(
        in_force, tmp_path / "update.csv", "location_id,phone,hours,city,remove", "place4,CLEAR,Clear,Clear,",
        "place5,,,clear,", "place6,,,,Remove",
    )  # fmt: skip
    rows = {row["location_id"]: row for row in exported(in_force)["locations"]}
    # A town in Alaska is called so.
    assert [rows["place4"][name] for name in ("phone", "hours", "city")] == ["", "", "Clear"]
    assert rows["place5"]["city"] == ""
    assert "place6" not in rows


def test_rows_of_one_person_may_differ_in_small_things(in_force: Engine, tmp_path: Path) -> None:
    report = update(
        in_force, tmp_path / "update.csv", "person_id,location_id,credentials,fellowship", "person3,place3,M.D.,Hip 2015",
        "person3,place4,MD,Knee 2016",
    )  # fmt: skip
    assert [(one.row_number, one.column, one.code, one.outcome) for one in report.problems] == [
        (3, "fellowship", "person_differs", Outcome.NOTED)
    ]
    rows = [row for row in exported(in_force)["practitioners"] if row["person_id"] == "person3"]
    assert {(row["credentials"], row["fellowship"]) for row in rows} == {("M.D.", "Hip 2015")}


def test_garbled_letters_of_an_update_are_mended(in_force: Engine, tmp_path: Path) -> None:
    report = update(in_force, tmp_path / "update.csv", "location_id,directions", "place4,Por la entrada de la niÃ±ez")
    assert [(one.row_number, one.code, one.outcome) for one in report.problems] == [
        (2, "letters_mended", Outcome.MENDED)
    ]
    assert "Por la entrada de la niñez" in [row["directions"] for row in exported(in_force)["locations"]]
