"""Whether an installation is sound: each thing that can be wrong is found, and what is right is left alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from finder.db.dialect import open_engine
from finder.db.directory import Location, PractitionerRole
from finder.db.edition import Snapshot
from finder.db.migrations import head_revision
from finder.db.staff import PublicIdAlias
from finder.desk.imports import import_as
from finder.desk.publish import activate
from finder.desk.soundness import check
from finder.importers.pipeline import Wishes
from tests.conftest import Databases
from tests.sample_files import locations, template_files, whole_database

NOW = dt.datetime(2026, 11, 22, 17, tzinfo=dt.UTC)


@contextmanager
def without_references(engine: Engine) -> Iterator[Connection]:
    """Open a transaction in which no reference is checked, as somebody with the database's password can."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            raw = connection.connection.dbapi_connection
            assert raw
            raw.execute("PRAGMA foreign_keys = OFF")
        else:
            connection.execute(text("SET session_replication_role = replica"))
        yield connection
        connection.commit()
        connection.invalidate()


def codes(engine: Engine) -> set[str]:
    return {one.code for one in check(engine)}


def test_all_is_well_and_nothing_is_changed(demo_engine: Engine, tmp_path: Path) -> None:
    before = whole_database(demo_engine)
    assert check(demo_engine) == []
    assert whole_database(demo_engine) == before
    import_as(demo_engine, template_files(tmp_path / "files"), "clinic", Wishes(), "Ada")
    activate(demo_engine, "clinic", None, "Ada")
    assert check(demo_engine) == []


def test_without_tables_it_says_so(databases: Databases) -> None:
    engine = open_engine(databases.empty())
    (found,) = check(engine)
    engine.dispose()
    assert (found.code, found.params["found"]) == ("check_migrations", "none")


def test_an_older_revision_is_found(demo_engine: Engine) -> None:
    with demo_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0010'"))
    (found,) = check(demo_engine)
    assert (found.code, found.params["found"], found.params["expected"]) == (
        "check_migrations",
        "0010",
        head_revision(),
    )


def test_references_to_nothing_are_found(demo_engine: Engine) -> None:
    with without_references(demo_engine) as connection:
        connection.execute(
            text(
                "INSERT INTO activation (source_id, dataset_id, edition, at, actor, rolled_back) VALUES (4711, NULL, 1, '2026-01-01 00:00:00+00:00', 'x', false)"
            )
        )
    found = check(demo_engine)
    assert [(one.code, one.params["name"], one.params["other"], one.params["rows"]) for one in found] == [
        ("check_references", "activation", "source", 1)
    ]  # fmt: skip


def test_a_snapshot_that_is_damaged_or_gone_is_found(demo_engine: Engine) -> None:
    with demo_engine.begin() as connection:
        blob = connection.scalar(select(Snapshot.blob)) or b""
        connection.execute(update(Snapshot).values(blob=blob[:-9] + b"\x00damaged\x00"))
    assert codes(demo_engine) == {"check_snapshot"}
    with demo_engine.begin() as connection:
        connection.execute(delete(Snapshot))
    assert codes(demo_engine) == {"check_edition"}


def test_rows_that_went_missing_are_found(demo_engine: Engine) -> None:
    with demo_engine.begin() as connection:
        role = connection.scalar(select(PractitionerRole.id).limit(1))
        connection.execute(delete(PractitionerRole).where(PractitionerRole.id == role))
    found = check(demo_engine)
    assert [(one.code, one.params["section"], one.params["listed"] - one.params["rows"]) for one in found] == [
        ("check_counts", "practitioners", 1)
    ]  # fmt: skip


def test_a_row_that_stood_twice_is_kept_once_and_that_is_right(demo_engine: Engine, tmp_path: Path) -> None:
    place = "l1,Clinic,Clinics,clinic,VA,23220,37.5,-77.4,"
    import_as(demo_engine, [locations(tmp_path / "locations.csv", place, place)], "clinic", Wishes(), "Ada")
    activate(demo_engine, "clinic", None, "Ada")
    assert check(demo_engine) == []


def test_an_alias_that_leads_nowhere_is_found(demo_engine: Engine) -> None:
    with demo_engine.begin() as connection:
        for old, new in (("place:x:1", "place:demo:lark-hip"), ("place:x:2", "place:gone:1"), ("person:x:2", "npi:1")):
            connection.execute(insert(PublicIdAlias).values(old_id=old, new_id=new, since=NOW))
        assert connection.scalar(select(Location.id).where(Location.key == "lark-hip"))
    assert sorted(one.params["public_id"] for one in check(demo_engine)) == ["person:x:2", "place:x:2"]
