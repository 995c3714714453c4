"""Whole imports on both databases: what is stored, told, carried over, refused, and left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from finder.db.base import Stated
from finder.db.datasets import Dataset, DatasetState, ImportProblem, Outcome, SourceFile
from finder.db.dialect import import_lock
from finder.db.directory import (
    SECTION_TABLES,
    HealthcareService,
    InDataset,
    Location,
    LocationKind,
)
from finder.desk.publish import activate
from finder.errors import FileRefused
from finder.importers.pipeline import import_files
from finder.importers.report import Difference
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


def refusal(engine: Engine, *paths: Path, source: str = "clinic", **options: bool) -> FileRefused:
    """Import files that must be refused, with every table as it was before; return the refusal."""
    before = whole_database(engine)
    with pytest.raises(FileRefused) as refused:
        import_files(engine, paths, source, **options)
    assert whole_database(engine) == before
    return refused.value


def test_a_good_file_becomes_an_inactive_version(engine: Engine, tmp_path: Path) -> None:
    path = locations(tmp_path / "places.csv", MAIN, NORTH)
    heard: list[int] = []
    report = import_files(engine, [path], "clinic", progress=heard.append)
    assert report.clean
    assert report.version == 1
    assert (report.sections["locations"].read, report.sections["locations"].accepted) == (2, 2)
    assert report.differences == {"locations": Difference(new=2)}
    assert heard == [2]
    with engine.connect() as connection:
        dataset = connection.execute(select(Dataset)).one()
        file = connection.execute(select(SourceFile)).one()
        place = connection.execute(select(Location).where(Location.key == "main")).one()
        service = connection.execute(select(HealthcareService)).one()
    assert (dataset.state, dataset.active, dataset.sections) == (DatasetState.READY, False, ["locations"])
    assert (file.name, file.size_bytes, file.encoding, file.delimiter) == (
        "places.csv", path.stat().st_size, "utf-8", ",",
    )  # fmt: skip
    assert (place.kind, place.zip_code, place.latitude, place.organization_key) == (
        LocationKind.HOSPITAL, "23220", 37.55, "quillmoor",
    )  # fmt: skip
    assert (service.location_key, service.offered) == ("main", Stated.YES)
    assert not load_index(engine).snapshot.sources


def test_a_bad_row_is_told_and_the_rest_goes_on(engine: Engine, tmp_path: Path) -> None:
    rows = (
        MAIN,
        "bad,Bad Phone,,clinic,Virginja,23220,37.5,,",
        "",
        "main,Twice,,clinic,VA,23220,,,",
        "long,Long,,clinic,VA,23220,,,,,surplus",
        NORTH,
    )
    report = import_files(engine, [locations(tmp_path / "places.csv", *rows)], "clinic")
    assert {row.row_number: (row.column, row.value, row.code) for row in report.problems} == {
        3: ("state", "Virginja", "state_unknown"),
        5: ("location_id", "main", "key_repeated"),
        6: ("", "surplus", "row_too_long"),
    }
    assert vars(report.sections["locations"]) == {"read": 6, "accepted": 2, "refused": 3, "blank": 1}
    assert not report.clean
    with engine.connect() as connection:
        stored = connection.execute(select(ImportProblem).order_by(ImportProblem.id)).all()
        keys = connection.scalars(select(Location.key).order_by(Location.id)).all()
    assert keys == ["main", "north"]
    assert [(row.row_number, row.column_name, row.code, row.outcome) for row in stored] == [
        (3, "state", "state_unknown", Outcome.REFUSED),
        (5, "location_id", "key_repeated", Outcome.REFUSED),
        (6, "", "row_too_long", Outcome.REFUSED),
    ]
    assert stored[1].params == {"first_row": 2}


def test_every_bad_cell_of_a_row_is_told(engine: Engine, tmp_path: Path) -> None:
    path = locations(tmp_path / "places.csv", MAIN, "bad id,,,castle,ZZ,23220,4_0.75,1e400,perhaps")
    report = import_files(engine, [path], "clinic")
    assert [(problem.column, problem.code) for problem in report.problems] == [
        ("location_id", "key_malformed"),
        ("name", "required_empty"),
        ("kind", "choice_unknown"),
        ("state", "state_unknown"),
        ("latitude", "number_malformed"),
        ("longitude", "number_malformed"),
        ("emergency_department", "stated_malformed"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf", "file_empty"),
        (b"\x89PNG\r\n\x1a\n....", "file_not_a_table"),
        (b"alpha,beta\n1,2\n", "file_without_header"),
        (b"location_id,name,state\nmain,Main,VA\n", "columns_missing"),
        (b"location_id,name,state,zip_code\n", "file_without_rows"),
        (b"location_id,name,state,zip_code\n,,,\n,,,\n", "file_without_rows"),
        (b"location_id,name,state,zip_code,moon phase\nmain,Main,VA,23220,full\n", "columns_unknown"),
        (b"location_id,id,name,state,zip_code\nmain,main,Main,VA,23220\n", "column_twice"),
        (b"location_id,name,state,zip_code\nmain,Main,Atlantis,23220\n", "import_without_rows"),
    ],
)
def test_a_refused_file_changes_nothing(engine: Engine, tmp_path: Path, content: bytes, code: str) -> None:
    import_files(engine, [locations(tmp_path / "good.csv", MAIN)], "clinic")
    activate(engine, "clinic", None, "test")
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert refusal(engine, path).code == code
    # Nor does it leave the name of a source that has never had any data.
    assert refusal(engine, path, source="another").code == code


def test_refusals_before_any_row(engine: Engine, tmp_path: Path) -> None:
    one, two = locations(tmp_path / "one.csv", MAIN), locations(tmp_path / "two.csv", NORTH)
    assert refusal(engine, one, two).code == "section_twice"
    assert refusal(engine, tmp_path / "none.csv").code == "file_missing"
    assert refusal(engine, one, source="St. Mary's").code == "source_name_malformed"
    before = whole_database(engine)
    with pytest.raises(FileRefused, match="file_too_large"):
        import_files(engine, [one], "clinic", limit_mb=0)
    assert whole_database(engine) == before


def test_a_section_without_a_good_row_names_its_first_refused_row(engine: Engine, tmp_path: Path) -> None:
    places = locations(tmp_path / "places.csv", MAIN, "far,Far,,clinic,VA,23226,,,")
    people = practitioners(tmp_path / "people.csv", f"ada,moon,Ada,Fern,{HIP_SURGEON}")
    refused = refusal(engine, places, people)
    assert refused.params == {"section": "practitioners", "problem": "location_unknown", "row": 2}


def test_a_dry_run_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    before = whole_database(engine)
    report = import_files(engine, [locations(tmp_path / "places.csv", MAIN, NORTH)], "clinic", dry_run=True)
    assert whole_database(engine) == before
    assert (report.version, report.dataset_id) == (None, None)
    assert report.differences == {"locations": Difference(new=2)}


def test_a_dry_run_keeps_a_source_that_was_there(engine: Engine, tmp_path: Path) -> None:
    path = locations(tmp_path / "places.csv", MAIN, NORTH)
    import_files(engine, [path], "clinic")
    before = whole_database(engine)
    import_files(engine, [path], "clinic", dry_run=True)
    assert whole_database(engine) == before


def test_unknown_columns_are_left_out_on_request(engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path / "places.csv", "location_id,name,state,zip_code,moon phase", "main,Main,VA,23220,full")
    refused = refusal(engine, path)
    assert refused.params["columns"] == [["moon phase"]]
    report = import_files(engine, [path], "clinic", ignore_unknown_columns=True)
    assert report.ignored_columns == ["moon phase"]
    assert report.clean


def test_five_sections_together(engine: Engine, tmp_path: Path) -> None:
    # Whatever the order in which they are given, places are read before what refers to them.
    report = import_files(engine, list(reversed(template_files(tmp_path))), "clinic")
    assert report.clean
    assert list(report.sections) == ["locations", "practitioners", "capabilities", "services", "plans"]
    counts = {table.__tablename__: count(engine, table, report.dataset_id) for table in SECTION_TABLES}
    assert counts == {
        "organization": 1, "location": 3, "healthcare_service": 5, "practitioner": 2, "practitioner_role": 3,
        "stated_capability": 3, "organization_plan": 3,
    }  # fmt: skip


def test_rows_that_refer_to_nothing_are_refused(engine: Engine, tmp_path: Path) -> None:
    places = locations(tmp_path / "places.csv", MAIN, NORTH)
    people = practitioners(
        tmp_path / "people.csv",
        f"ada,main,Ada,Fern,{HIP_SURGEON}",
        f"ada,moon,Ada,Fern,{HIP_SURGEON}",
        f"ada,north,Ada,Moss,{HIP_SURGEON}",
        f"ada,main,Ada,Fern,{HIP_SURGEON}",
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
    )
    services = write(tmp_path / "services.csv", "location_id,service,offered", "main,imaging,yes", "moon,imaging,yes")
    plans = write(tmp_path / "plans.csv", "organization,plan,accepts", "quillmoor,A,yes", "Elsewhere,A,yes")
    report = import_files(engine, [places, people, said, services, plans], "clinic")
    assert [(problem.section, problem.row_number, problem.code) for problem in report.problems] == [
        ("practitioners", 3, "location_unknown"),
        ("practitioners", 4, "person_differs"),
        ("practitioners", 5, "key_repeated"),
        ("practitioners", 6, "required_empty"),
        ("practitioners", 7, "specialty_unknown"),
        ("capabilities", 3, "key_repeated"),
        ("capabilities", 4, "person_unknown"),
        ("capabilities", 5, "role_unknown"),
        ("capabilities", 6, "capability_without_listing"),
        ("capabilities", 7, "treatment_unknown"),
        ("services", 3, "location_unknown"),
        ("plans", 3, "organization_unknown"),
    ]
    assert report.problems[-3].params == {"nearest": "labral-tear"}


def test_two_people_of_one_source_never_share_an_npi(engine: Engine, tmp_path: Path) -> None:
    places = locations(tmp_path / "places.csv", MAIN, NORTH)
    people = write(
        tmp_path / "people.csv",
        "person_id,location_id,npi,given_name,family_name,specialties",
        f"ada,main,1234567893,Ada,Fern,{HIP_SURGEON}",
        f"bea,main,1234567893,Bea,Reed,{HIP_SURGEON}",
        f"ada,north,1234567893,Ada,Fern,{HIP_SURGEON}",
    )
    report = import_files(engine, [places, people], "clinic")
    assert [(problem.row_number, problem.column, problem.code) for problem in report.problems] == [
        (3, "npi", "key_repeated")
    ]


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
