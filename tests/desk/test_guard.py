"""What takes much of a directory away needs its number confirmed, whoever activates it and whatever else happens."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from finder.db.datasets import Dataset
from finder.db.dialect import write_lock
from finder.desk.publish import activate, roll_back
from finder.errors import DirectoryRefused
from finder.importers.pipeline import import_files
from tests.desk.test_publish import active, refused
from tests.sample_files import HIP_SURGEON, locations, practitioners, write

PLACES = [f"place{n},Clinic {n},Clinics,clinic,VA,23220,37.5{n},-77.4{n}," for n in range(10)]


def imported(engine: Engine, folder: Path, *rows: str, source: str = "clinic", also: tuple[Path, ...] = ()) -> None:
    """Import a version with these places and other files."""
    import_files(engine, [locations(folder / "places.csv", *rows), *also], source)


def people(folder: Path, *numbers: int) -> Path:
    """Write a file of a person at each of these places."""
    return practitioners(folder / "people.csv", *(f"ada{n},place{n},Ada,Fern,{HIP_SURGEON}" for n in numbers))


def test_more_than_a_fifth_needs_its_number(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES)
    activate(engine, "clinic", None, "test")
    imported(engine, tmp_path, *PLACES[:7])
    for number in (None, 0, 2, 4, 7, 10):
        refusal = refused(engine, lambda number=number: activate(engine, "clinic", 2, "test", confirmed_gone=number))
        assert (refusal.code, refusal.params) == (
            "loss_unconfirmed", {"source": "clinic", "version": 2, "gone": 3, "listed": 10},
        )  # fmt: skip
    activate(engine, "clinic", 2, "test", confirmed_gone=3)
    assert active(engine) == {"clinic": 2}


def test_a_fifth_and_less_does_not(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES)
    activate(engine, "clinic", None, "test")
    imported(engine, tmp_path, *PLACES[:8], "other,Other,,clinic,VA,23220,37.5,-77.4,")
    activate(engine, "clinic", None, "test")
    # A number given where none is asked for does no harm.
    imported(engine, tmp_path, *PLACES[:8])
    activate(engine, "clinic", None, "test", confirmed_gone=99)
    assert active(engine) == {"clinic": 3}


def test_listings_under_new_ids_are_gone_however_many_come_instead(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES)
    activate(engine, "clinic", None, "test")
    imported(engine, tmp_path, *(row.replace("place", "site") for row in PLACES))
    assert refused(engine, lambda: activate(engine, "clinic", 2, "test")).params["gone"] == 10


def test_one_section_is_enough_and_the_number_is_that_of_all(engine: Engine, tmp_path: Path) -> None:
    said = write(
        tmp_path / "said.csv", "person_id,location_id,condition_or_procedure,level",
        "ada0,place0,labral-tear,treats", "ada1,place1,labral-tear,treats",
    )  # fmt: skip
    imported(engine, tmp_path, *PLACES, also=(people(tmp_path, 0, 1, 2), said))
    activate(engine, "clinic", None, "test")
    # The tenth of the places takes along a third of the people, and half of what they said.
    imported(engine, tmp_path, *PLACES[1:])
    refusal = refused(engine, lambda: activate(engine, "clinic", 2, "test"))
    assert refusal.params == {"source": "clinic", "version": 2, "gone": 3, "listed": 15}
    activate(engine, "clinic", 2, "test", confirmed_gone=3)


def test_a_section_that_is_emptied(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES, also=(people(tmp_path, 0),))
    activate(engine, "clinic", None, "test")
    imported(engine, tmp_path, *PLACES[1:])
    assert refused(engine, lambda: activate(engine, "clinic", None, "test")).params["gone"] == 2


def test_going_back_by_number_is_guarded_and_undoing_never(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES[:2])
    activate(engine, "clinic", None, "test")
    imported(engine, tmp_path, *PLACES)
    activate(engine, "clinic", None, "test")
    assert refused(engine, lambda: activate(engine, "clinic", 1, "test")).params["gone"] == 8
    roll_back(engine, "clinic", "test")
    assert active(engine) == {"clinic": 1}
    # Nor is a source that leaves whole, by the undoing of its first version.
    imported(engine, tmp_path, *PLACES, source="county")
    activate(engine, "county", None, "test")
    roll_back(engine, "county", "test")
    assert active(engine) == {"clinic": 1}


def test_neither_the_first_version_nor_the_leaving_of_the_demo_is_guarded(demo_engine: Engine, tmp_path: Path) -> None:
    imported(demo_engine, tmp_path, PLACES[0])
    activate(demo_engine, "clinic", None, "test")
    assert active(demo_engine) == {"clinic": 1}


@pytest.mark.parametrize("confirmed", [None, 1])
def test_what_is_active_by_then_counts(engine: Engine, tmp_path: Path, confirmed: int | None) -> None:
    """Between the question and the flip another version comes into force, of which more would be lost."""
    imported(engine, tmp_path, *PLACES[:3])
    activate(engine, "clinic", None, "test")
    imported(engine, tmp_path, *PLACES)
    imported(engine, tmp_path, *(PLACES[:2] if confirmed else PLACES[:3]))
    told: list[DirectoryRefused] = []

    def work() -> None:
        try:
            activate(engine, "clinic", 3, "test", confirmed_gone=confirmed)
        except DirectoryRefused as refusal:
            told.append(refusal)

    thread = threading.Thread(target=work)
    with write_lock(engine) as connection:
        thread.start()
        # It has looked, and built, and waits to flip.
        time.sleep(0.7)
        for version in (1, 2):
            connection.execute(update(Dataset).where(Dataset.version == version).values(active=version == 2))
    thread.join()
    assert [(one.code, one.params["gone"], one.params["listed"]) for one in told] == [
        ("loss_unconfirmed", 8 if confirmed else 7, 10)
    ]
    assert active(engine) == {"clinic": 2}


def test_a_version_that_was_removed_in_the_meantime_does_not_come_into_force(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES)
    activate(engine, "clinic", None, "test")
    imported(engine, tmp_path, *PLACES[:9])
    told: list[DirectoryRefused] = []

    def work() -> None:
        try:
            activate(engine, "clinic", 2, "test")
        except DirectoryRefused as refusal:
            told.append(refusal)

    thread = threading.Thread(target=work)
    with write_lock(engine) as connection:
        created = connection.scalar(select(Dataset.created_at).where(Dataset.version == 2))
        thread.start()
        time.sleep(0.7)
        connection.execute(update(Dataset).where(Dataset.version == 2).values(pruned_at=created))
    thread.join()
    assert [(one.code, one.params) for one in told] == [("dataset_pruned", {"source": "clinic", "version": 2})]
    assert active(engine) == {"clinic": 1}
    assert refused(engine, lambda: activate(engine, "clinic", 2, "test")).code == "dataset_pruned"
    assert refused(engine, lambda: activate(engine, "clinic", None, "test")).code == "dataset_already_active"
