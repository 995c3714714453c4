"""One version after another: sections carried over, what they lose, and differences from the version in force."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, update

from finder.db.datasets import Dataset, DatasetState, ImportProblem, Outcome, Source
from finder.db.directory import SECTION_TABLES, Location, Practitioner, PractitionerRole, StatedCapability
from finder.desk.publish import activate
from finder.importers.pipeline import import_files
from finder.importers.report import Difference, ImportReport
from tests.sample_files import HIP_SURGEON, locations, practitioners, template_files, whole_database, write

MAIN = "main,Quillmoor Hospital,Quillmoor,hospital,VA,23220,37.55,-77.46,yes"
NORTH = "north,Quillmoor North,Quillmoor,clinic,VA,23226,37.58,-77.52,"
ADA = f"ada,main,Ada,Fern,{HIP_SURGEON}"
BEA = f"bea,north,Bea,Reed,{HIP_SURGEON}"
SAID = "person_id,location_id,condition_or_procedure,level"


def in_force(engine: Engine, *paths: Path) -> ImportReport:
    report = import_files(engine, paths, "clinic")
    activate(engine, "clinic", None, "test")
    return report


def facts(engine: Engine, dataset_id: int | None) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of a dataset without their own numbers, table by table."""
    with engine.connect() as connection:
        return {
            table.__tablename__: [
                tuple(row)
                for row in connection.execute(
                    select(*(c for c in table.__table__.columns if c.name not in ("id", "dataset_id")))
                    .where(table.dataset_id == dataset_id)
                    .order_by(table.id)
                )
            ]
            for table in SECTION_TABLES
        }


def rewritten(path: Path, old: str, new: str) -> Path:
    """Change a file; return its path."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def test_sections_without_a_file_are_carried_over(engine: Engine, tmp_path: Path) -> None:
    files = template_files(tmp_path)
    old = in_force(engine, *files)
    report = import_files(engine, [rewritten(files[1], "Mon, Wed", "Mon, Tue")], "clinic")
    assert report.carried_over == ["locations", "capabilities", "services", "plans"]
    assert report.problems == []
    before, after = facts(engine, old.dataset_id), facts(engine, report.dataset_id)
    assert [name for name in before if before[name] != after[name]] == ["practitioner_role"]
    carried = {name: found for name, found in report.differences.items() if name != "practitioners"}
    assert set(carried) == set(report.carried_over)
    assert all(found == Difference(unchanged=found.unchanged) for found in carried.values())
    assert report.differences["practitioners"] == Difference(changed=1, unchanged=2)
    with engine.connect() as connection:
        stored = connection.execute(select(Dataset).where(Dataset.version == 2)).one()
    assert (stored.sections, stored.carried_over) == (["practitioners"], report.carried_over)


def test_only_the_version_in_force_is_carried_over(engine: Engine, tmp_path: Path) -> None:
    import_files(engine, [locations(tmp_path / "places.csv", MAIN, NORTH)], "clinic")
    said = write(tmp_path / "services.csv", "location_id,service,offered", "main,imaging,yes")
    with pytest.raises(Exception, match="import_without_rows"):
        import_files(engine, [said], "clinic")


def test_a_dropped_place_takes_its_roles_along(engine: Engine, tmp_path: Path) -> None:
    in_force(
        engine,
        locations(tmp_path / "places.csv", MAIN, NORTH),
        practitioners(tmp_path / "people.csv", ADA, BEA, ADA.replace("main", "north")),
        write(tmp_path / "said.csv", SAID, "ada,,labral-tear,treats", "bea,north,labral-tear,treats"),
    )
    report = import_files(engine, [locations(tmp_path / "fewer.csv", MAIN)], "clinic")
    assert [(problem.section, problem.code, problem.params) for problem in report.problems] == [
        ("practitioners", "carried_over_lost", {"rows": 2}),
        ("capabilities", "carried_over_lost", {"rows": 1}),
    ]
    left = facts(engine, report.dataset_id)
    assert [len(left[table.__tablename__]) for table in (Location, PractitionerRole, StatedCapability)] == [1, 1, 1]
    assert report.differences["locations"] == Difference(unchanged=1, gone=1)
    assert report.differences["practitioners"] == Difference(unchanged=1, gone=2)
    with engine.connect() as connection:
        noted = connection.execute(select(ImportProblem)).all()
    assert {(row.code, row.outcome, row.row_number) for row in noted} == {("carried_over_lost", Outcome.NOTED, 0)}


def test_what_was_said_of_a_dropped_role_goes_with_it(engine: Engine, tmp_path: Path) -> None:
    """Ada stays and the northern place stays, but she no longer works there."""
    in_force(
        engine,
        locations(tmp_path / "places.csv", MAIN, NORTH),
        practitioners(tmp_path / "people.csv", ADA, ADA.replace("main", "north")),
        write(tmp_path / "said.csv", SAID, "ada,north,labral-tear,treats", "ada,,hip-fracture,treats"),
    )
    report = import_files(engine, [practitioners(tmp_path / "fewer.csv", ADA)], "clinic")
    assert [(p.section, p.code, p.params) for p in report.problems] == [
        ("capabilities", "carried_over_lost", {"rows": 1})
    ]
    assert len(facts(engine, report.dataset_id)["stated_capability"]) == 1


def test_rows_may_refer_to_what_was_carried_over(engine: Engine, tmp_path: Path) -> None:
    in_force(
        engine,
        locations(tmp_path / "places.csv", MAIN, NORTH),
        practitioners(tmp_path / "people.csv", ADA, BEA),
    )
    said = write(tmp_path / "said.csv", SAID, "ada,main,labral-tear,treats", "bea,main,labral-tear,treats")
    plans = write(tmp_path / "plans.csv", "organization,plan,accepts", "Quillmoor,Medicare,yes")
    report = import_files(engine, [said, plans], "clinic")
    assert [(problem.row_number, problem.code) for problem in report.problems] == [(3, "role_unknown")]
    assert report.sections["plans"].accepted == 1


def test_differences_count_listings(engine: Engine, tmp_path: Path) -> None:
    west = "west,Quillmoor West,Quillmoor,clinic,VA,23233,37.65,-77.61,"
    south = "south,Quillmoor South,Quillmoor,clinic,VA,23224,37.49,-77.47,"
    in_force(engine, locations(tmp_path / "places.csv", MAIN, NORTH, west))
    changed = NORTH.replace("37.58", "37.59")
    # An emergency department is a fact of the place's listing, though it is stored in a table of its own.
    report = import_files(
        engine, [locations(tmp_path / "new.csv", MAIN.replace("yes", "no"), changed, south, west)], "clinic"
    )
    assert report.differences == {"locations": Difference(new=1, changed=2, unchanged=1, gone=0)}


def test_a_change_of_the_person_changes_each_of_their_listings(engine: Engine, tmp_path: Path) -> None:
    places = locations(tmp_path / "places.csv", MAIN, NORTH)
    in_force(engine, places, practitioners(tmp_path / "people.csv", ADA, ADA.replace("main", "north"), BEA))
    renamed = ADA.replace("Fern", "Fern-Moss")
    people = practitioners(tmp_path / "renamed.csv", renamed, renamed.replace("main", "north"), BEA)
    report = import_files(engine, [people], "clinic")
    assert report.differences["practitioners"] == Difference(changed=2, unchanged=1)
    with engine.connect() as connection:
        names = connection.scalars(select(Practitioner.family_name).where(Practitioner.key == "ada")).all()
    assert sorted(names) == ["Fern", "Fern-Moss"]


def test_what_a_killed_import_left_is_abandoned_and_emptied(engine: Engine, tmp_path: Path) -> None:
    path = locations(tmp_path / "places.csv", MAIN, NORTH)
    dead = import_files(engine, [path], "clinic")
    with engine.begin() as connection:
        # As it stands when the process is killed after its last slice.
        connection.execute(update(Dataset).values(state=DatasetState.LOADING))
    assert import_files(engine, [path], "clinic").version == 2
    with engine.connect() as connection:
        states = connection.execute(select(Dataset.version, Dataset.state).order_by(Dataset.version)).all()
        assert connection.scalar(select(func.count()).select_from(Source)) == 1
    assert [tuple(row) for row in states] == [(1, DatasetState.ABANDONED), (2, DatasetState.READY)]
    assert not any(facts(engine, dead.dataset_id).values())


def test_sources_are_imported_side_by_side(engine: Engine, tmp_path: Path) -> None:
    """Imports of different sources hinder each other no more than a short wait."""
    failures: list[BaseException] = []

    def work(source: str) -> None:
        files = template_files(tmp_path / source)
        try:
            for number in range(4):
                rewritten(files[0], f"{100 + number} Example", f"{101 + number} Example")
                import_files(engine, files, source)
                activate(engine, source, None, "test")
                rewritten(files[1], "Mon, Wed" + number * "!", "Mon, Wed" + (number + 1) * "!")
                import_files(engine, files[1:2], source)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(f"clinic-{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    counts = {name: len(rows) for name, rows in whole_database(engine).items()}
    assert (counts["source"], counts["dataset"], counts["location"]) == (3, 24, 72)
