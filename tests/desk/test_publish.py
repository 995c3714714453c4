"""Publishing on both databases: one edition a deed, refusals by code, races, and the record of it all."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text, update

from finder.db.datasets import Activation, Dataset, DatasetState, Source
from finder.db.dialect import write_lock
from finder.db.edition import Snapshot, current_edition, load_snapshot
from finder.db.staff import AuditEntry
from finder.desk.audit import first_broken
from finder.desk.publish import activate, publish, republish, roll_back
from finder.errors import DirectoryRefused
from finder.importers.pipeline import import_files
from finder.search.snapshot import LAYOUT
from tests.conftest import load_index
from tests.sample_files import locations, whole_database

_numbers = itertools.count()


def imported(engine: Engine, folder: Path, source: str = "clinic", name: str = "Clinic") -> int:
    """Import a version of one place, which moves a little each time; return its number."""
    latitude = 37.5 + next(_numbers) % 1000 / 10_000
    path = locations(folder / f"{source}.csv", f"main,{name},,clinic,VA,23220,{latitude:.4f},-77.46,")
    version = import_files(engine, [path], source).version
    assert version is not None
    return version


def active(engine: Engine) -> dict[str, int]:
    """Return the version in force of each source."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(Source.name, Dataset.version).join(Dataset, Dataset.source_id == Source.id).where(Dataset.active)
        )
        return {row.name: row.version for row in rows}


def shown(engine: Engine) -> tuple[int, dict[str, int]]:
    """Return the edition in force and the versions that its snapshot was built of."""
    index = load_index(engine)
    return index.edition, {source.name: source.version for source in index.snapshot.sources}


def refused(engine: Engine, deed: Callable[[], object]) -> DirectoryRefused:
    """Do what must be refused, with every table as it was before; return the refusal."""
    before = whole_database(engine)
    with pytest.raises(DirectoryRefused) as refusal:
        deed()
    assert whole_database(engine) == before
    return refusal.value


def all_at_once(engine: Engine, threads: list[threading.Thread]) -> None:
    """Run threads that publish, none of which can flip before all have built."""
    with write_lock(engine):
        for thread in threads:
            thread.start()
        time.sleep(0.5)
    for thread in threads:
        thread.join()


def test_each_deed_raises_the_edition_by_one(engine: Engine, tmp_path: Path) -> None:
    start = load_index(engine).edition
    for _ in range(2):
        imported(engine, tmp_path)
    assert shown(engine) == (start, {})
    assert activate(engine, "clinic", 1, "test") == start + 1
    assert shown(engine) == (start + 1, {"clinic": 1})
    assert activate(engine, "clinic", None, "test") == start + 2
    assert shown(engine) == (start + 2, {"clinic": 2})
    assert roll_back(engine, "clinic", "test") == start + 3
    assert shown(engine) == (start + 3, {"clinic": 1})
    assert republish(engine, "test", "layout") == start + 4
    assert shown(engine) == (start + 4, {"clinic": 1})
    assert active(engine) == {"clinic": 1}
    with engine.connect() as connection:
        assert current_edition(connection) == start + 4
        kept = connection.scalars(select(Snapshot.edition).order_by(Snapshot.edition)).all()
    assert kept == [start + 2, start + 3, start + 4]


def test_undo_goes_back_step_by_step_to_the_beginning(engine: Engine, tmp_path: Path) -> None:
    for _ in range(3):
        imported(engine, tmp_path)
    for version in (1, 3, 2):
        activate(engine, "clinic", version, "test")
    for version in (3, 1):
        roll_back(engine, "clinic", "test")
        assert active(engine) == {"clinic": version}
    assert refused(engine, lambda: roll_back(engine, "clinic", "test")).code == "nothing_to_roll_back"
    # What was undone can be put in force again, and undone again.
    activate(engine, "clinic", 3, "test")
    roll_back(engine, "clinic", "test")
    assert active(engine) == {"clinic": 1}


def test_refusals_have_codes(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path)
    for deed in (lambda: activate(engine, "clinick", None, "test"), lambda: roll_back(engine, "clinick", "test")):
        unknown = refused(engine, deed)
        assert (unknown.code, unknown.params) == ("source_unknown", {"source": "clinick", "known": ["clinic"]})
    assert refused(engine, lambda: activate(engine, "clinic", 7, "test")).code == "dataset_unknown"
    assert refused(engine, lambda: roll_back(engine, "clinic", "test")).code == "nothing_to_roll_back"
    activate(engine, "clinic", 1, "test")
    for version in (1, None):
        again = refused(engine, lambda version=version: activate(engine, "clinic", version, "test"))
        assert (again.code, again.params) == ("dataset_already_active", {"source": "clinic", "version": 1})


@pytest.mark.parametrize("state", [DatasetState.LOADING, DatasetState.ABANDONED, DatasetState.REFUSED])
def test_only_a_complete_version_can_be_activated(engine: Engine, tmp_path: Path, state: DatasetState) -> None:
    imported(engine, tmp_path)
    with engine.begin() as connection:
        connection.execute(update(Dataset).values(state=state))
    unready = refused(engine, lambda: activate(engine, "clinic", 1, "test"))
    assert (unready.code, unready.params["state"]) == ("dataset_not_ready", state.value)
    assert refused(engine, lambda: activate(engine, "clinic", None, "test")).code == "dataset_unknown"


def test_two_sources_published_at_once_both_land(engine: Engine, tmp_path: Path) -> None:
    start = load_index(engine).edition
    names = ("clinic", "county")
    for name in names:
        imported(engine, tmp_path, name)
    editions = []

    def work(name: str) -> None:
        editions.append(activate(engine, name, None, "test"))

    all_at_once(engine, [threading.Thread(target=work, args=(name,)) for name in names])
    assert sorted(editions) == [start + 1, start + 2]
    assert shown(engine) == (start + 2, {"clinic": 1, "county": 1})
    with engine.connect() as connection:
        assert first_broken(connection) is None


@pytest.mark.parametrize("deed", ["activate", "roll_back"])
def test_one_deed_wanted_twice_at_once_is_done_once(engine: Engine, tmp_path: Path, deed: str) -> None:
    """Two clicks on one button: the second is told that it came too late."""
    for version in (1, 2, 3):
        imported(engine, tmp_path)
        activate(engine, "clinic", version, "test")
    if deed == "activate":
        roll_back(engine, "clinic", "test")
    start = load_index(engine).edition
    editions, codes = [], []

    def work() -> None:
        try:
            editions.append(
                activate(engine, "clinic", 3, "test") if deed == "activate" else roll_back(engine, "clinic", "test")
            )
        except DirectoryRefused as refusal:
            codes.append(refusal.code)

    all_at_once(engine, [threading.Thread(target=work) for _ in range(2)])
    assert (editions, codes) == ([start + 1], ["dataset_already_active"])
    assert active(engine) == {"clinic": 3 if deed == "activate" else 2}
    with engine.connect() as connection:
        undone = connection.scalars(select(Activation.rolled_back).order_by(Activation.id)).all()
    assert undone == ([False, False, True, False] if deed == "activate" else [False, False, True])


def test_a_publication_that_is_always_overtaken_gives_up(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path)
    start, flips, overtaken = load_index(engine).edition, [], []

    def overtake() -> None:
        overtaken.append(republish(engine, "other", "first"))

    with pytest.raises(DirectoryRefused, match="edition_moving"):
        publish(engine, {}, lambda *_: flips.append(1), before_flip=overtake)
    assert flips == []
    assert overtaken == [start + n for n in range(1, 6)]


def test_a_publication_overtaken_once_is_built_anew(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path)
    start, calls = load_index(engine).edition, []

    def overtake_once() -> None:
        calls.append(1)
        if len(calls) == 1:
            activate(engine, "clinic", None, "other")

    edition = publish(engine, {}, lambda *_: None, before_flip=overtake_once)
    assert edition == start + 2
    assert shown(engine) == (start + 2, {"clinic": 1})


def test_a_flip_that_fails_leaves_all_as_it_was(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path)
    before = whole_database(engine)

    def flip(connection: object, *_: object) -> None:
        connection.execute(update(Dataset).values(active=True))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish(engine, {}, flip)
    assert whole_database(engine) == before


def test_every_deed_is_on_record(engine: Engine, tmp_path: Path) -> None:
    for version in (1, 2):
        imported(engine, tmp_path)
        activate(engine, "clinic", version, "Rosa")
    roll_back(engine, "clinic", "Tom")
    with engine.connect() as connection:
        entries = connection.execute(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(3)).all()
        assert first_broken(connection) is None
    assert [(entry.actor, entry.action, entry.subject) for entry in entries] == [
        ("Tom", "roll_back", "clinic"),
        ("Rosa", "activate", "clinic"),
        ("Rosa", "activate", "clinic"),
    ]
    changed = {"locations": {"new": 0, "changed": 1, "unchanged": 0, "gone": 0}}
    assert entries[0].detail == {
        "dataset": 1, "replaced": 2, "edition": load_index(engine).edition, "changed": changed,
    }  # fmt: skip
    assert entries[0].previous_hash == entries[1].hash


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET actor = 'Nobody' WHERE id = :id",
        "UPDATE audit_entry SET detail = '{\"edition\": 1}' WHERE id = :id",
        "UPDATE audit_entry SET previous_hash = hash WHERE id = :id",
        "DELETE FROM audit_entry WHERE id = :id - 1",
    ],
)
def test_an_entry_altered_behind_the_trigger_is_found(engine: Engine, tmp_path: Path, change: str) -> None:
    for version in (1, 2, 3):
        imported(engine, tmp_path)
        activate(engine, "clinic", version, "Rosa")
    sqlite = engine.dialect.name == "sqlite"
    names = ("no_update", "no_delete") if sqlite else ("append_only", "no_truncate")
    with engine.begin() as connection:
        altered = connection.scalar(select(AuditEntry.id).order_by(AuditEntry.id.desc()).offset(1).limit(1))
        for name in names:
            connection.execute(text(f"DROP TRIGGER audit_entry_{name}{'' if sqlite else ' ON audit_entry'}"))
        connection.execute(text(change), {"id": altered})
        assert first_broken(connection) == altered


def test_the_demo_leaves_for_good(demo_engine: Engine, tmp_path: Path) -> None:
    assert shown(demo_engine)[1] == {"demo": 1}
    imported(demo_engine, tmp_path)
    activate(demo_engine, "clinic", None, "test")
    assert shown(demo_engine)[1] == active(demo_engine) == {"clinic": 1}
    for deed in (
        lambda: activate(demo_engine, "demo", 1, "test"),
        lambda: activate(demo_engine, "demo", None, "test"),
    ):
        assert refused(demo_engine, deed).code == "demo_retired"
    assert refused(demo_engine, lambda: roll_back(demo_engine, "clinic", "test")).code == "nothing_to_roll_back"
    assert load_snapshot(demo_engine, LAYOUT) is not None


def test_undoing_the_first_takes_a_source_out_but_never_empties_the_directory(engine: Engine, tmp_path: Path) -> None:
    """A source whose name was mistyped can be taken back."""
    for name in ("clinic", "clinik"):
        imported(engine, tmp_path, name)
        activate(engine, name, None, "Ada")
    edition = roll_back(engine, "clinik", "Ada")
    assert active(engine) == {"clinic": 1}
    assert shown(engine) == (edition, {"clinic": 1})
    assert refused(engine, lambda: roll_back(engine, "clinik", "Ada")).code == "nothing_to_roll_back"
    assert refused(engine, lambda: roll_back(engine, "clinic", "Ada")).code == "nothing_to_roll_back"
    activate(engine, "clinik", 1, "Ada")
    assert active(engine) == {"clinic": 1, "clinik": 1}
