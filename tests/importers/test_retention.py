"""What is kept of old versions, what is removed, and that neither readers nor writers nor an undoing suffer by it."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, insert, select, update

from finder.db.datasets import Activation, Dataset, DatasetState, ImportProblem, Outcome, Source, SourceFile
from finder.db.directory import SECTION_TABLES, Location, LocationKind, PositionKind
from finder.desk.publish import activate, roll_back
from finder.errors import DirectoryRefused
from finder.importers.pipeline import import_files
from finder.importers.retention import SLICE_ROWS, prune
from finder.importers.templates import SECTIONS
from tests.desk.test_publish import active, refused
from tests.importers.plain_versions import NOW
from tests.sample_files import template_files, whole_database

Files = Callable[[], list[Path]]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
READY, LOADING = DatasetState.READY, DatasetState.LOADING


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """The five templates as files, with another street number each time they are asked for."""
    numbers = itertools.count(100)

    def written() -> list[Path]:
        paths = template_files(tmp_path / "files")
        paths[0].write_text(paths[0].read_text().replace("100 Example", f"{next(numbers)} Example"))
        return paths

    return written


def made(engine: Engine, *ages: float, state: DatasetState = READY, places: int = 1) -> None:
    """Write versions of these ages in days, each with places, a problem and a file."""
    with engine.begin() as connection:
        if connection.scalar(select(Source.id).where(Source.name == "clinic")) is None:
            connection.execute(insert(Source).values(name="clinic", priority=10, is_demo=False, created_at=NOW))
        source_id = connection.scalar(select(Source.id).where(Source.name == "clinic"))
        newest = connection.scalar(select(func.max(Dataset.version)).where(Dataset.source_id == source_id)) or 0
        for version, age in enumerate(ages, newest + 1):
            at = NOW - age * DAY
            written = connection.execute(
                insert(Dataset).values(
                    source_id=source_id, version=version, state=state, active=False, sections=["locations"],
                    carried_over=[], counts={}, created_at=at, heartbeat_at=at,
                )
            )  # fmt: skip
            (number,) = written.inserted_primary_key
            connection.execute(
                insert(SourceFile).values(
                    dataset_id=number, section="locations", name="l.csv", sha256="0" * 64, size_bytes=1,
                    encoding="utf-8", delimiter=",", header=[], content_zlib=b"x",
                )
            )  # fmt: skip
            connection.execute(
                insert(ImportProblem).values(
                    dataset_id=number, section="locations", row_number=2, column_name="", value="",
                    code="required_empty", params={}, outcome=Outcome.REFUSED,
                )
            )  # fmt: skip
            row = dict.fromkeys(
                ("name", "address", "address_2", "city", "zip_plus4", "phone", "relay_phone", "url", "position_source",
                 "hours", "directions"), "",
            ) | {"state": "VA", "zip_code": "23220", "kind": LocationKind.CLINIC, "position_kind": PositionKind.NONE}  # fmt: skip
            connection.execute(
                insert(Location),
                [{"dataset_id": number, "section": "locations", "key": f"l{n}", **row} for n in range(places)],
            )


def put_in_force(engine: Engine, version: int, replaced: int | None, ago: dt.timedelta) -> None:
    """Write down that a version came into force, a while ago."""
    with engine.begin() as connection:
        connection.execute(update(Dataset).values(active=False))
        connection.execute(update(Dataset).where(Dataset.id == version).values(active=True))
        connection.execute(
            insert(Activation).values(
                source_id=1, dataset_id=version, replaced_id=replaced, edition=1, at=NOW - ago, actor="test"
            )
        )


def there(engine: Engine) -> dict[int, tuple[int, int, int]]:
    """Return (rows, problems, files with content) of each version of which anything is left."""
    found = {}
    with engine.connect() as connection:
        for dataset_id, version, pruned_at in connection.execute(
            select(Dataset.id, Dataset.version, Dataset.pruned_at).order_by(Dataset.version)
        ):
            rows = sum(
                connection.scalar(select(func.count()).select_from(table).where(table.dataset_id == dataset_id)) or 0
                for table in SECTION_TABLES
            )
            problems = connection.scalar(select(func.count()).where(ImportProblem.dataset_id == dataset_id)) or 0
            kept = connection.scalar(
                select(func.count()).where(SourceFile.dataset_id == dataset_id, SourceFile.content_zlib.is_not(None))
            )
            counts = (rows, problems, kept or 0)
            if any(counts):
                found[version] = counts
            assert (pruned_at is None) == any(counts), version
            assert connection.scalar(select(func.count()).where(SourceFile.dataset_id == dataset_id))
    return found


@contextmanager
def commits(engine: Engine) -> Iterator[list[int]]:
    """Count transactions that end well."""
    seen: list[int] = []
    event.listen(engine, "commit", lambda _connection: seen.append(1))
    yield seen


def test_ten_of_the_last_thirty_days_are_kept(engine: Engine) -> None:
    made(engine, 40, 31, *[20] * 5, *[3] * 8)
    assert prune(engine, "clinic", NOW) == [1, 2, 3, 4, 5]
    assert there(engine) == dict.fromkeys(range(6, 16), (1, 1, 1))
    assert prune(engine, "clinic", NOW) == []
    assert prune(engine, "clinic", NOW + 11 * DAY) == [6, 7]
    assert prune(engine, "nobody", NOW) == []


def test_the_active_version_and_its_predecessor_are_kept_however_old(engine: Engine) -> None:
    made(engine, *[90] * 4)
    put_in_force(engine, 1, None, 80 * DAY)
    put_in_force(engine, 2, 1, 70 * DAY)
    put_in_force(engine, 4, 2, 60 * DAY)
    assert prune(engine, "clinic", NOW) == [1, 3]
    assert set(there(engine)) == {2, 4}


def test_after_an_undoing_the_predecessor_is_that_of_what_is_active(engine: Engine) -> None:
    made(engine, *[90] * 3)
    for version in (1, 2, 3):
        put_in_force(engine, version, version - 1 or None, 80 * DAY)
    with engine.begin() as connection:
        # As an undoing long ago left it.
        connection.execute(update(Activation).where(Activation.dataset_id == 3).values(rolled_back=True))
        connection.execute(update(Dataset).values(active=False))
        connection.execute(update(Dataset).where(Dataset.version == 2).values(active=True))
    assert prune(engine, "clinic", NOW) == [3]
    assert set(there(engine)) == {1, 2}


def test_what_was_in_force_within_the_hour_is_still_read(engine: Engine) -> None:
    made(engine, *[90] * 4)
    put_in_force(engine, 1, None, 80 * DAY)
    for version, minutes in ((2, 61), (3, 59), (4, 30)):
        put_in_force(engine, version, version - 1, dt.timedelta(minutes=minutes))
    assert prune(engine, "clinic", NOW) == [1]
    assert set(there(engine)) == {2, 3, 4}
    assert prune(engine, "clinic", NOW + HOUR) == [2]


def test_what_was_undone_within_the_hour_is_still_read(engine: Engine, files: Files) -> None:
    for _ in range(2):
        import_files(engine, files(), "clinic")
        activate(engine, "clinic", None, "test")
    roll_back(engine, "clinic", "test")
    now = dt.datetime.now(dt.UTC)
    with engine.begin() as connection:
        connection.execute(update(Dataset).values(created_at=now - 90 * DAY))
        connection.execute(update(Activation).values(at=now - 80 * DAY))
    assert prune(engine, "clinic", now) == []
    assert prune(engine, "clinic", now + HOUR) == [2]


def test_what_was_never_complete(engine: Engine) -> None:
    """Such a version is kept as long as others, so that its problems can be read, but never instead of them."""
    made(engine, 90, 2)
    made(engine, 90, *[1] * 11, state=DatasetState.ABANDONED)
    made(engine, 80, state=DatasetState.REFUSED)
    made(engine, 90, 3, state=LOADING)
    assert prune(engine, "clinic", NOW) == [1, 3, 4, 5, 15]
    assert set(there(engine)) == {2, *range(6, 15), 16, 17}


def test_only_the_source_named_is_pruned(engine: Engine, files: Files) -> None:
    import_files(engine, files(), "county")
    made(engine, 90, 90)
    before = whole_database(engine, "dataset")
    assert prune(engine, "county", NOW) == []
    assert whole_database(engine, "dataset") == before


def test_history_stays(engine: Engine, files: Files) -> None:
    for _ in range(3):
        import_files(engine, files(), "clinic")
        activate(engine, "clinic", None, "test")
    with engine.begin() as connection:
        connection.execute(update(Dataset).values(created_at=NOW - 90 * DAY))
    before = whole_database(engine)
    later = dt.datetime.now(dt.UTC) + 2 * HOUR
    assert prune(engine, "clinic", later) == [1]
    after = whole_database(engine)
    for name in ("source", "activation", "audit_entry", "edition", "snapshot"):
        assert after[name] == before[name]
    assert [len(after[name]) for name in ("dataset", "source_file")] == [3, 15]
    with engine.connect() as connection:
        (first,) = connection.execute(select(Dataset).where(Dataset.version == 1))
        digests = connection.scalars(select(SourceFile.sha256).where(SourceFile.dataset_id == first.id)).all()
    assert first.pruned_at == later
    assert set(first.counts) >= set(SECTIONS)
    assert len(set(digests)) == 5
    assert list(there(engine)) == [2, 3]


def test_undoing_past_what_was_removed_is_refused_by_name(engine: Engine, files: Files) -> None:
    for _ in range(3):
        import_files(engine, files(), "clinic")
        activate(engine, "clinic", None, "test")
    with engine.begin() as connection:
        connection.execute(update(Dataset).values(created_at=NOW - 90 * DAY))
    assert prune(engine, "clinic", dt.datetime.now(dt.UTC) + 2 * HOUR) == [1]
    roll_back(engine, "clinic", "test")
    assert active(engine) == {"clinic": 2}
    assert refused(engine, lambda: roll_back(engine, "clinic", "test")).code == "nothing_to_roll_back"
    assert refused(engine, lambda: activate(engine, "clinic", 1, "test")).code == "dataset_pruned"


def test_rows_go_a_few_at_a_time(engine: Engine) -> None:
    made(engine, 90, places=2 * SLICE_ROWS + 1)
    with commits(engine) as seen:
        assert prune(engine, "clinic", NOW) == [1]
    assert there(engine) == {}
    # One marks, three remove the places, one each of the other tables looks, and one empties the files.
    assert len(seen) >= 1 + 3 + len(SECTION_TABLES) + 1


def test_what_a_killed_process_left_is_removed_the_next_time(engine: Engine) -> None:
    made(engine, 90, 1, places=3)
    with engine.begin() as connection:
        connection.execute(update(Dataset).where(Dataset.version == 1).values(pruned_at=NOW - DAY))
    assert prune(engine, "clinic", NOW) == [1]
    assert set(there(engine)) == {2}
    with engine.connect() as connection:
        assert connection.scalar(select(Dataset.pruned_at).where(Dataset.version == 1)) == NOW - DAY
    assert prune(engine, "clinic", NOW) == []


def test_several_at_once_do_not_hinder_each_other(engine: Engine) -> None:
    made(engine, *[90] * 6, places=300)
    found: list[list[int]] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            found.append(prune(engine, "clinic", NOW))
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [1, 2, 3, 4, 5, 6] in found
    assert there(engine) == {}


def test_what_is_marked_cannot_come_into_force_and_what_came_is_not_marked(engine: Engine, files: Files) -> None:
    """An activation and the removal of what it activates, at one moment: either, and never half of both."""
    import_files(engine, files(), "clinic")
    activate(engine, "clinic", None, "test")
    for version in range(2, 8):
        import_files(engine, files(), "clinic")
        with engine.begin() as connection:
            connection.execute(update(Dataset).values(created_at=NOW - 90 * DAY))
        told: list[str] = []

        def work(version: int = version, told: list[str] = told) -> None:
            try:
                activate(engine, "clinic", version, "test")
            except DirectoryRefused as refusal:
                told.append(refusal.code)

        thread = threading.Thread(target=work)
        thread.start()
        gone = prune(engine, "clinic", NOW)
        thread.join()
        assert told == (["dataset_pruned"] if version in gone else [])
        assert active(engine)["clinic"] in there(engine)


def test_what_is_removed_while_it_is_being_activated_is_refused(engine: Engine, files: Files) -> None:
    """Before whichever of the statements that read its rows."""
    import_files(engine, files(), "clinic")
    activate(engine, "clinic", None, "test")
    before = active(engine)
    reads, told = Counter[int](), ""
    for stop in itertools.count(1):
        import_files(engine, files(), "clinic")
        with engine.begin() as connection:
            connection.execute(update(Dataset).values(created_at=NOW - 90 * DAY))

        def remove(_connection: object, _cursor: object, statement: str, *_rest: object, stop: int = stop) -> None:
            if statement.startswith("SELECT") and "FROM practitioner" in statement:
                reads[stop] += 1
                if reads[stop] == stop:
                    prune(engine, "clinic", NOW)

        event.listen(engine, "before_cursor_execute", remove)
        try:
            activate(engine, "clinic", None, "test")
        except DirectoryRefused as refusal:
            told = refusal.code
        finally:
            event.remove(engine, "before_cursor_execute", remove)
        if reads[stop] < stop:
            break
        assert (told, active(engine)) == ("dataset_pruned", before)
    assert stop > 3
