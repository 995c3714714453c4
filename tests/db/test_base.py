"""What every table shares, on both databases: moments in UTC, words guarded by checks, and facts not stated."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from finder.db import TABLES
from finder.db.base import Capability, Stated
from finder.db.datasets import Dataset, DatasetState, Source
from finder.db.directory import Location, LocationKind, PositionKind
from finder.db.staff import PublicIdAlias

NOON = dt.datetime(2026, 11, 22, 12, 30, 15, 987654, tzinfo=dt.UTC)


def store(engine: Engine, moment: dt.datetime) -> dt.datetime | None:
    with engine.begin() as connection:
        connection.execute(insert(PublicIdAlias).values(old_id="a", new_id="b", since=moment))
        return connection.scalar(select(PublicIdAlias.since))


@pytest.mark.parametrize(
    "moment",
    [
        NOON,
        NOON.astimezone(ZoneInfo("America/New_York")),
        dt.datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"), fold=1),
        dt.datetime(1999, 12, 31, 23, 59, 59, tzinfo=dt.timezone(dt.timedelta(hours=-10))),
    ],
)
def test_a_moment_comes_back_as_the_same_moment_in_utc(engine: Engine, moment: dt.datetime) -> None:
    stored = store(engine, moment)
    assert stored is not None
    assert stored.tzinfo is dt.UTC
    assert stored == moment.astimezone(dt.UTC)


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="a time without a zone"):
        store(engine, NOON.replace(tzinfo=None))


def test_moments_order_the_same_in_both_databases(engine: Engine) -> None:
    moments = [NOON + dt.timedelta(microseconds=step) for step in (0, 1, 12346, 10**6)]
    with engine.begin() as connection:
        for number, moment in enumerate(reversed(moments)):
            connection.execute(insert(PublicIdAlias).values(old_id=str(number), new_id="b", since=moment))
        assert list(connection.scalars(select(PublicIdAlias.since).order_by(PublicIdAlias.since))) == moments
        later = select(PublicIdAlias.since).where(PublicIdAlias.since > moments[1])
        assert set(connection.scalars(later)) == set(moments[2:])


def place(engine: Engine) -> None:
    """Store a place of which nothing optional is stated."""
    with engine.begin() as connection:
        source = connection.execute(insert(Source).values(name="clinic", created_at=NOON)).inserted_primary_key
        dataset = connection.execute(
            insert(Dataset).values(
                source_id=source[0], version=1, state=DatasetState.READY, sections=[], carried_over=[], counts={},
                created_at=NOON, heartbeat_at=NOON,
            )
        ).inserted_primary_key  # fmt: skip
        words = dict.fromkeys(
            ("name", "address", "address_2", "city", "zip_plus4", "phone", "relay_phone", "url", "position_source",
             "hours", "directions"),
            "",
        )  # fmt: skip
        connection.execute(
            insert(Location).values(
                dataset_id=dataset[0], section="locations", key="main", kind=LocationKind.CLINIC, state="VA",
                zip_code="23220", position_kind=PositionKind.NONE, **words,
            )
        )  # fmt: skip


def test_what_nobody_states_is_not_stated(engine: Engine) -> None:
    place(engine)
    with engine.connect() as connection:
        row = connection.execute(select(Location.step_free, Location.lift)).one()
        raw = connection.scalar(text("SELECT step_free FROM location"))
    assert tuple(row) == (Stated.NOT_STATED, Stated.NOT_STATED)
    assert raw == "not_stated"


@pytest.mark.parametrize(
    ("column", "word"),
    [("step_free", "maybe"), ("step_free", "YES"), ("step_free", ""), ("kind", "castle"), ("latitude", "37.5")],
)
def test_the_database_itself_refuses_other_words(engine: Engine, column: str, word: str) -> None:
    """A latitude alone is half a position, which is refused too."""
    place(engine)
    with pytest.raises(IntegrityError, match=r"(?i)check"), engine.begin() as connection:
        connection.execute(text(f"UPDATE location SET {column} = '{word}'"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE location SET step_free = 'yes', latitude = 37.5, longitude = -77.4"))


def test_every_three_state_column_has_its_check(engine: Engine) -> None:
    found = 0
    for table in TABLES.sorted_tables:
        checks = {check["name"] for check in inspect(engine).get_check_constraints(table.name)}
        for column in table.columns:
            words = getattr(column.type, "enum_class", None)
            if words in (Stated, Capability):
                found += 1
                assert f"ck_{table.name}_{column.name}" in checks
            if words is Stated:
                assert not column.nullable
                assert column.server_default is not None
    assert found == 13
