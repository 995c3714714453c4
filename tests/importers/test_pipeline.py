"""Whole imports on both databases: what is stored, told, refused, and left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from finder.db.base import Stated
from finder.db.datasets import Dataset, DatasetState, ImportProblem, Outcome, SourceFile
from finder.db.dialect import import_lock
from finder.db.directory import SECTION_TABLES, HealthcareService, InDataset, Location, LocationKind, PositionKind
from finder.desk.publish import activate
from finder.errors import DirectoryRefused, FileRefused
from finder.importers.pipeline import Wishes, import_files
from finder.importers.report import Difference
from finder.importers.rows import Limits
from tests.conftest import load_index
from tests.sample_files import (
    HIP_SURGEON,
    LOCATIONS_HEADER,
    locations,
    practitioners,
    template_files,
    whole_database,
    write,
)

MAIN = "main,Quillmoor Hospital,Quillmoor,hospital,VA,23220,37.55,-77.46,yes"
NORTH = "north,Quillmoor North,Quillmoor,clinic,VA,23226,37.58,-77.52,"


def count(engine: Engine, table: type[InDataset], dataset_id: int | None) -> int:
    with engine.connect() as connection:
        found = select(func.count()).select_from(table).where(table.dataset_id == dataset_id)
        return connection.scalar(found) or 0


def refusal(engine: Engine, *paths: Path, source: str = "clinic", **wishes: Any) -> FileRefused:
    """Import files that must be refused, with every table as it was before; return the refusal."""
    before = whole_database(engine)
    with pytest.raises(FileRefused) as refused:
        import_files(engine, paths, source, Wishes(**wishes))
    assert whole_database(engine) == before
    return refused.value


def test_a_good_file_becomes_an_inactive_version(engine: Engine, tmp_path: Path) -> None:
    path = locations(tmp_path / "places.csv", MAIN, NORTH)
    heard: list[tuple[int, int]] = []
    report = import_files(engine, [path], "clinic", Wishes(progress=lambda done, of: heard.append((done, of))))
    assert report.clean
    assert (report.version, report.same_as) == (1, None)
    assert (report.sections["locations"].read, report.sections["locations"].accepted) == (2, 2)
    assert report.differences == {"locations": Difference(new=2)}
    assert heard == [(2, 2)]
    with engine.connect() as connection:
        dataset = connection.execute(select(Dataset)).one()
        file = connection.execute(select(SourceFile)).one()
        place = connection.execute(select(Location).where(Location.key == "main")).one()
        service = connection.execute(select(HealthcareService)).one()
    assert (dataset.state, dataset.active, dataset.sections, dataset.update_only) == (
        DatasetState.READY, False, ["locations"], False,
    )  # fmt: skip
    assert dataset.counts["locations"] == {"read": 2, "accepted": 2, "refused": 0, "blank": 0}
    assert (file.name, file.size_bytes, file.encoding, file.delimiter) == (
        "places.csv", path.stat().st_size, "utf-8", ",",
    )  # fmt: skip
    assert file.header == file.columns == LOCATIONS_HEADER.split(",")
    assert (place.kind, place.zip_code, place.latitude, place.organization_key) == (
        LocationKind.HOSPITAL, "23220", 37.55, "quillmoor",
    )  # fmt: skip
    assert (service.location_key, service.offered) == ("main", Stated.YES)
    assert not load_index(engine).snapshot.sources


def test_a_bad_row_is_told_and_the_rest_goes_on(engine: Engine, tmp_path: Path) -> None:
    rows = (
        MAIN,
        "bad,Bad State,,clinic,Virginja,23220,37.5,,",
        "",
        "main,Twice,,clinic,VA,23220,,,",
        "long,Long,,clinic,VA,23220,,,,,surplus",
        NORTH,
        MAIN,
    )
    report = import_files(engine, [locations(tmp_path / "places.csv", *rows)], "clinic")
    refused = [one for one in report.problems if one.outcome is Outcome.REFUSED]
    assert {one.row_number: (one.column, one.value, one.code) for one in refused} == {
        3: ("state", "Virginja", "state_unknown"),
        5: ("location_id", "main", "key_repeated"),
        6: ("", "surplus", "row_too_long"),
    }
    # The very same row again is no contradiction.
    assert [(one.row_number, one.code, one.outcome) for one in report.problems if one not in refused] == [
        (3, "position_half", Outcome.LEFT_OUT),
        (8, "row_repeated", Outcome.NOTED),
    ]
    assert vars(report.sections["locations"]) == {"read": 7, "accepted": 3, "refused": 3, "blank": 1}
    assert not report.clean
    with engine.connect() as connection:
        stored = connection.execute(select(ImportProblem).order_by(ImportProblem.id)).all()
        keys = connection.scalars(select(Location.key).order_by(Location.id)).all()
    assert keys == ["main", "north"]
    assert [(row.row_number, row.column_name, row.code, row.outcome) for row in stored] == [
        (3, "state", "state_unknown", Outcome.REFUSED),
        (3, "longitude", "position_half", Outcome.LEFT_OUT),
        (5, "location_id", "key_repeated", Outcome.REFUSED),
        (6, "", "row_too_long", Outcome.REFUSED),
        (8, "location_id", "row_repeated", Outcome.NOTED),
    ]
    assert stored[2].params == {"first_row": 2}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf", "file_empty"),
        (b"\x89PNG\r\n\x1a\n....", "file_not_a_table"),
        (b"alpha,beta\n1,2\n", "file_without_header"),
        (b"location_id,name,state\nmain,Main,VA\n", "columns_missing"),
        (b"location_id,id,name,state,zip_code\nmain,main,Main,VA,23220\n", "column_twice"),
        (b"location_id,name,state,zip_code\nmain,Main,Atlantis,23220\n", "import_without_rows"),
        (b'location_id,name,state,zip_code\nnew,New,VA,23220\nmain,"Main,VA,23220\n', "file_quote_open"),
    ],
)
def test_a_refused_file_changes_nothing(engine: Engine, tmp_path: Path, content: bytes, code: str) -> None:
    import_files(engine, [locations(tmp_path / "good.csv", MAIN)], "clinic")
    activate(engine, "clinic", None, "test")
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert refusal(engine, path).code == code
    assert refusal(engine, path, dry_run=True).code == code
    # Nor does it leave the name of a source that has never had any data.
    assert refusal(engine, path, source="another").code == code


def test_refusals_before_any_row(engine: Engine, tmp_path: Path) -> None:
    one, two = locations(tmp_path / "one.csv", MAIN), locations(tmp_path / "two.csv", NORTH)
    assert refusal(engine, one, two).code == "section_twice"
    assert refusal(engine, tmp_path / "none.csv").code == "file_missing"
    assert refusal(engine, one, source="St. Mary's").code == "source_name_malformed"
    assert refusal(engine, one, source="demo").code == "source_name_reserved"
    assert refusal(engine, one, limits=Limits(file_mb=0)).code == "file_too_large"


def test_a_section_without_a_good_row_names_its_first_refused_row(engine: Engine, tmp_path: Path) -> None:
    places = locations(tmp_path / "places.csv", MAIN, "far,Far,,clinic,VA,23226,,,")
    people = practitioners(tmp_path / "people.csv", f"ada,moon,Ada,Fern,{HIP_SURGEON}")
    refused = refusal(engine, places, people)
    told = {"problem": "location_unknown", "row": 2, "column": "location_id"}
    assert refused.params == {"section": "practitioners", **told}
    assert [(one.section, one.code) for one in refused.problems] == [
        ("locations", "position_from_zip"), ("practitioners", "location_unknown"),
    ]  # fmt: skip


@pytest.mark.parametrize("beneath", ["", "\n", ",,,\n,,,\n"])
def test_a_header_alone_empties_only_what_was_there(engine: Engine, tmp_path: Path, beneath: str) -> None:
    """That somebody wants a section emptied is for the guard at activation to ask; a new one is a mistake."""
    import_files(engine, template_files(tmp_path), "clinic")
    path = tmp_path / "plans.csv"
    path.write_text(f"organization,plan,accepts,as_of\n{beneath}")
    # A version that is not in force has nothing to lose.
    assert refusal(engine, path).code == "file_without_rows"
    activate(engine, "clinic", None, "test")
    assert refusal(engine, path, source="another").code == "file_without_rows"
    report = import_files(engine, [path], "clinic")
    assert report.differences["plans"] == Difference(gone=3)
    with pytest.raises(DirectoryRefused, match="loss_unconfirmed"):
        activate(engine, "clinic", None, "test")
    activate(engine, "clinic", None, "test", confirmed_gone=3)
    # Now it is empty, and there is nothing more to be emptied.
    assert refusal(engine, path).code == "file_without_rows"


def test_a_dry_run_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    path = locations(tmp_path / "places.csv", MAIN, NORTH, "bad,Bad,,clinic,Atlantis,23220,,,")
    before = whole_database(engine)
    report = import_files(engine, [path], "clinic", Wishes(dry_run=True, mapping={"emergency_department": ""}))
    assert whole_database(engine) == before
    assert (report.version, report.dataset_id, report.same_as) == (None, None, None)
    assert report.differences == {"locations": Difference(new=2)}
    assert [one.code for one in report.problems] == ["state_unknown"]


def test_a_dry_run_keeps_a_source_that_was_there(engine: Engine, tmp_path: Path) -> None:
    path = locations(tmp_path / "places.csv", MAIN, NORTH)
    import_files(engine, [path], "clinic")
    before = whole_database(engine)
    import_files(engine, [locations(tmp_path / "other.csv", MAIN)], "clinic", Wishes(dry_run=True))
    import_files(engine, [path], "clinic", Wishes(dry_run=True))
    assert whole_database(engine) == before


def test_what_says_the_same_makes_no_new_version(engine: Engine, tmp_path: Path) -> None:
    files = template_files(tmp_path)
    assert import_files(engine, files, "clinic").version == 1
    before = whole_database(engine, "import_problem")
    # In other words and another order, but nothing else.
    text = files[0].read_text().splitlines()
    other = write(tmp_path / "other.csv", text[0], *(line.replace(",VA,", ",Virginia,") for line in reversed(text[1:])))
    for again in (files, [other, *files[1:]]):
        report = import_files(engine, again, "clinic")
        assert (report.version, report.same_as, report.dataset_id) == (1, 1, None)
    assert whole_database(engine, "import_problem") == before
    # It is the newest version that counts, not one before.
    changed = import_files(engine, [write(tmp_path / "fewer.csv", *text[:-1]), *files[1:2]], "clinic")
    assert (changed.version, changed.same_as) == (2, None)
    assert import_files(engine, files, "clinic").version == 3


def test_an_unknown_column_is_told_and_left_out(engine: Engine, tmp_path: Path) -> None:
    header = "location_id,name,state,zip_code,adress,,moon phase"
    path = write(tmp_path / "places.csv", header, "main,Main,VA,23220,1 Oak Road,,full", "b,B,VA,23220,,stray,")
    report = import_files(engine, [path], "clinic")
    assert report.unknown_columns == ["adress", "moon phase"]
    told = [one for one in report.problems if one.code == "column_unknown"]
    assert [(one.row_number, one.column, one.value, one.params, one.outcome) for one in told] == [
        (1, "adress", "adress", {"nearest": "address"}, Outcome.LEFT_OUT),
        (1, "moon phase", "moon phase", {"nearest": ""}, Outcome.LEFT_OUT),
        # Cells that nothing stands over are called by the spreadsheet's letter.
        (3, "F", "stray", {"nearest": ""}, Outcome.LEFT_OUT),
    ]
    assert (report.sections["locations"].accepted, report.clean) == (2, False)
    with engine.connect() as connection:
        assert set(connection.scalars(select(Location.address))) == {""}
        assert connection.scalar(select(SourceFile.columns)) == [*header.split(",")[:4], "", "", ""]


def test_unknown_columns_are_left_out_on_request(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", "location_id,name,state,zip_code,moon phase", "main,Main,VA,23220,full")
    report = import_files(engine, [path], "clinic", Wishes(ignore_unknown_columns=True))
    assert (report.unknown_columns, report.ignored_columns, report.clean) == ([], ["moon phase"], True)


def test_five_sections_together(engine: Engine, tmp_path: Path) -> None:
    # Whatever the order in which they are given, places are read before what refers to them.
    report = import_files(engine, list(reversed(template_files(tmp_path))), "clinic")
    assert report.clean
    assert list(report.sections) == ["locations", "practitioners", "capabilities", "services", "plans"]
    counts = {table.__tablename__: count(engine, table, report.dataset_id) for table in SECTION_TABLES}
    capabilities = counts.pop("stated_capability")
    assert counts == {
        "organization": 1, "location": 3, "healthcare_service": 5, "practitioner": 2, "practitioner_role": 3,
        "organization_plan": 3,
    }  # fmt: skip
    # One of the three rows is a profile, which stands for many.
    assert capabilities > 3


def test_rows_that_refer_to_nothing_are_refused(engine: Engine, tmp_path: Path) -> None:
    places = locations(tmp_path / "places.csv", MAIN, NORTH)
    people = practitioners(
        tmp_path / "people.csv",
        f"ada,main,Ada,Fern,{HIP_SURGEON}",
        f"ada,moon,Ada,Fern,{HIP_SURGEON}",
        f"ada,north,Ada,Moss,{HIP_SURGEON}",
        f"ada,main,Ada,Reed,{HIP_SURGEON}",
        ",main,No,One,207XX0005X",
        "bea,main,Bea,Reed,wizard",
    )
    said = write(
        tmp_path / "said.csv",
        "person_id,location_id,condition_or_procedure,level",
        "ada,,labral-tear,treats",
        "ada,,labral-tear,performs",
        "cyd,,labral-tear,treats",
        "ada,north,labral-tear,treats",
        ",,labral-tear,treats",
        "ada,,labral-tears,treats",
        "ada,,hip-fracture,",
        "ada,,hip-fracture,sometimes",
    )
    services = write(tmp_path / "services.csv", "location_id,service,offered", "main,imaging,yes", "moon,imaging,yes")
    plans = write(
        tmp_path / "plans.csv", "organization,plan,accepts", "quillmoor,Medicare,yes", "Elsewhere,Medicare,yes"
    )
    report = import_files(engine, [places, people, said, services, plans], "clinic")
    assert [(problem.section, problem.row_number, problem.code) for problem in report.problems] == [
        ("practitioners", 3, "location_unknown"),
        ("practitioners", 4, "person_differs"),
        ("practitioners", 5, "key_repeated"),
        ("practitioners", 6, "person_without_id"),
        ("practitioners", 7, "specialty_unknown"),
        ("capabilities", 3, "key_repeated"),
        ("capabilities", 4, "person_unknown"),
        ("capabilities", 5, "role_unknown"),
        ("capabilities", 6, "capability_without_listing"),
        ("capabilities", 7, "treatment_unknown"),
        ("capabilities", 8, "level_missing"),
        ("capabilities", 9, "choice_unknown"),
        ("services", 3, "location_unknown"),
        ("plans", 3, "organization_unknown"),
    ]
    assert {one.outcome for one in report.problems} == {Outcome.REFUSED}
    assert next(one for one in report.problems if one.code == "treatment_unknown").params == {"nearest": "labral-tear"}


def test_two_people_of_one_source_never_share_an_npi(engine: Engine, tmp_path: Path) -> None:
    people = write(
        tmp_path / "people.csv",
        "person_id,location_id,npi,given_name,family_name,specialties",
        f"ada,main,1234567893,Ada,Fern,{HIP_SURGEON}",
        f"bea,main,1234567893,Bea,Reed,{HIP_SURGEON}",
        f"ada,north,1234567893,Ada,Fern,{HIP_SURGEON}",
    )
    report = import_files(engine, [locations(tmp_path / "places.csv", MAIN, NORTH), people], "clinic")
    assert [(one.row_number, one.column, one.code, one.params) for one in report.problems] == [
        (3, "npi", "key_repeated", {"first_row": 2})
    ]


@pytest.mark.parametrize(
    ("state", "zip_code", "position", "outcome", "kind"),
    [
        ("ME", "55110", ",", Outcome.REFUSED, None),
        ("ME", "55110", "0,0", Outcome.REFUSED, None),
        ("ME", "55110", "43.66,-70.26", Outcome.NOTED, PositionKind.GIVEN),
        ("TN", "24201", ",", Outcome.NOTED, PositionKind.ZIP),
    ],
    ids=["far", "zero", "own position", "across the street"],
)
def test_a_zip_of_another_state(
    engine: Engine,
    tmp_path: Path,
    state: str,
    zip_code: str,
    position: str,
    outcome: Outcome,
    kind: PositionKind | None,
) -> None:
    """A place that could only be measured from a ZIP far away would be shown to the wrong patients."""
    path = locations(tmp_path / "places.csv", MAIN, f"odd,Odd,,clinic,{state},{zip_code},{position},")
    report = import_files(engine, [path], "clinic")
    (told,) = (one for one in report.problems if one.code == "zip_other_state")
    assert (told.row_number, told.value, told.outcome) == (3, zip_code, outcome)
    with engine.connect() as connection:
        assert connection.scalar(select(Location.position_kind).where(Location.key == "odd")) == kind


@pytest.mark.parametrize(
    "text", ["\x00", "4\x005.5", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")]
)
def test_odd_characters_are_told_and_stored(engine: Engine, tmp_path: Path, text: str) -> None:
    path = tmp_path / "places.csv"
    lines = (LOCATIONS_HEADER, MAIN, f"odd,Odd,,clinic,VA,{text},{text},,")
    path.write_bytes("\n".join(lines).encode("utf-16"))
    report = import_files(engine, [path], "clinic")
    assert report.sections["locations"].refused == 1
    with engine.connect() as connection:
        assert set(connection.scalars(select(ImportProblem.row_number))) == {3}


def test_a_file_name_of_any_bytes_is_taken(engine: Engine, tmp_path: Path) -> None:
    path = Path(str(tmp_path) + "/caf\udce9.csv")
    locations(path, MAIN)
    import_files(engine, [path], "clinic")
    with engine.connect() as connection:
        assert connection.scalar(select(SourceFile.name)) == "caf\ufffd.csv"


def test_an_import_at_work_refuses_another_of_its_source(engine: Engine, tmp_path: Path) -> None:
    path = locations(tmp_path / "places.csv", MAIN)
    with import_lock(engine, "clinic") as got_it:
        assert got_it
        assert refusal(engine, path).code == "import_running"
        assert import_files(engine, [path], "another").version == 1
    assert import_files(engine, [path], "clinic").version == 1
