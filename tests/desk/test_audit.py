"""The log: every deed in it, nothing in it changed unseen, and what was cut off found against a head kept elsewhere."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from finder.db.dialect import write_lock
from finder.desk.audit import Head, Sought, chain, entries, head, missing_head, record
from finder.desk.soundness import check
from finder.errors import DeskRefused

NOW = dt.datetime(2026, 11, 22, 17, tzinfo=dt.UTC)


@pytest.fixture
def logged(engine: Engine) -> Engine:
    """A database whose log has some entries."""
    for number in range(6):
        with write_lock(engine) as connection:
            when = NOW + dt.timedelta(days=number)
            record(connection, when, f"Ada_{number % 2}", "note", f"place:x:{number}", note="100%", count=number)
    return engine


def unguard(connection: Connection) -> None:
    """Take the triggers away, as somebody with the database's password can."""
    if connection.dialect.name == "sqlite":
        for name in ("no_update", "no_delete"):
            connection.execute(text(f"DROP TRIGGER audit_entry_{name}"))
    else:
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))


def guard_again(connection: Connection) -> None:
    """Put them back, so that nothing but the log itself tells."""
    from finder.db.append_only import append_only

    if connection.dialect.name == "sqlite":
        for statement in append_only("sqlite", "audit_entry"):
            connection.execute(text(statement))
    else:
        connection.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER ALL"))


def last(engine: Engine) -> int:
    with engine.connect() as connection:
        found = head(connection)
    assert found
    return found.id


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"])
def test_nothing_in_it_can_be_changed(logged: Engine, change: str) -> None:
    with pytest.raises((IntegrityError, DatabaseError)), logged.begin() as connection:
        connection.execute(text(change))


CHANGES = {
    "who": "UPDATE audit_entry SET actor = 'Eve' WHERE id = :id",
    "what": "UPDATE audit_entry SET action = 'sign_in' WHERE id = :id",
    "to what": "UPDATE audit_entry SET subject = 'place:x:9' WHERE id = :id",
    "details": """UPDATE audit_entry SET detail = '{"note": "99%"}' WHERE id = :id""",
    "when": "UPDATE audit_entry SET at = '2026-01-01 00:00:00+00:00' WHERE id = :id",
    "hash": "UPDATE audit_entry SET hash = replace(hash, substr(hash, 1, 8), '00000000') WHERE id = :id",
    "taken out": "DELETE FROM audit_entry WHERE id = :id",
    "beginning cut off": "DELETE FROM audit_entry WHERE id <= :id",
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_entry_that_was_edited_is_found(logged: Engine, name: str) -> None:
    assert check(logged) == []
    edited = last(logged) - 3
    with logged.begin() as connection:
        unguard(connection)
        connection.execute(text(CHANGES[name]), {"id": edited})
        guard_again(connection)
    with logged.connect() as connection:
        seen = chain(connection)
    assert not seen.whole
    assert seen.first_broken in (edited, edited + 1)
    assert [one.code for one in check(logged)] == ["log_broken"]


# PostgreSQL's own types take no such values.
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True, scope="session")
@pytest.mark.parametrize("rewritten", ["at = 'long ago'", "detail = '{'"])
def test_an_entry_that_cannot_even_be_read_is_found_and_shown(logged: Engine, rewritten: str) -> None:
    edited = last(logged) - 3
    with logged.begin() as connection:
        unguard(connection)
        connection.execute(text(f"UPDATE audit_entry SET {rewritten} WHERE id = :id"), {"id": edited})
    with logged.connect() as connection:
        assert chain(connection).first_broken == edited
        shown = {one.id: one for one in entries(connection, Sought())}
    assert shown[edited].at is None
    assert shown[edited - 1].at
    assert {one.code for one in check(logged)} == {"log_broken", "log_unguarded"}


def test_an_entry_put_in_between_is_found(logged: Engine) -> None:
    with logged.begin() as connection:
        connection.execute(text(
            "INSERT INTO audit_entry (id, at, actor, action, subject, detail, previous_hash, hash) "
            "SELECT id + 1000, at, 'Eve', action, subject, detail, previous_hash, 'feed' || substr(hash, 5) "
            "FROM audit_entry ORDER BY id DESC LIMIT 1"
        ))  # fmt: skip
    assert [one.code for one in check(logged)] == ["log_broken"]


def test_an_end_that_was_cut_off_is_found_against_a_head_kept_elsewhere(logged: Engine) -> None:
    with logged.connect() as connection:
        kept = head(connection)
    assert kept
    assert Head.read(str(kept)) == kept
    assert check(logged, kept) == []
    with write_lock(logged) as connection:
        record(connection, NOW, "Ada", "note", "more")
    assert check(logged, kept) == [], "what came after does no harm"
    with logged.begin() as connection:
        unguard(connection)
        connection.execute(text("DELETE FROM audit_entry WHERE id >= :id"), {"id": kept.id})
        guard_again(connection)
    assert check(logged) == [], "by itself the rest is whole"
    assert [one.code for one in check(logged, kept)] == ["log_cut"]
    with write_lock(logged) as connection:
        record(connection, NOW, "Eve", "note", "in its place")
        assert missing_head(connection, kept)


@pytest.mark.parametrize("written", ["", "7", "x:" + "0" * 64, "7:short", "7" * 30 + ":" + "0" * 64, "-1:" + "0" * 64])
def test_what_is_no_head_is_refused(written: str) -> None:
    with pytest.raises(DeskRefused):
        Head.read(written)


def test_triggers_that_are_gone_or_do_nothing_are_found(logged: Engine) -> None:
    with logged.begin() as connection:
        unguard(connection)
        if connection.dialect.name == "sqlite":
            for name, event in (("no_update", "UPDATE"), ("no_delete", "DELETE")):
                connection.execute(
                    text(f"CREATE TRIGGER audit_entry_{name} BEFORE {event} ON audit_entry BEGIN SELECT 1; END")
                )
    assert [one.code for one in check(logged)] == ["log_unguarded"]


def test_only_the_newest_are_looked_at_where_that_is_asked(logged: Engine) -> None:
    with logged.connect() as connection:
        seen = chain(connection, 3)
        assert (seen.looked_at, seen.whole, seen.since) == (3, True, last(logged) - 2)
        assert seen.entries > 3
    with logged.begin() as connection:
        unguard(connection)
        connection.execute(text(CHANGES["who"]), {"id": last(logged) - 1})
    with logged.connect() as connection:
        assert chain(connection, 3).first_broken == last(logged) - 1
        assert chain(connection, 1).whole


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        (Sought(actor="ada_1"), [5, 3, 1]), (Sought(actor="ada%"), []), (Sought(action="note"), [5, 4, 3, 2, 1, 0]),
        (Sought(subject="PLACE:X:4"), [4]), (Sought(since=dt.date(2026, 11, 24), until=dt.date(2026, 11, 25)), [3, 2]),
        (Sought(action="not"), []),
    ],
)  # fmt: skip
def test_entries_are_sought(logged: Engine, sought: Sought, found: list[int]) -> None:
    with logged.connect() as connection:
        details = [one.detail or {} for one in entries(connection, sought)]
        assert [one["count"] for one in details if "count" in one] == found
        assert [one.id for one in entries(connection, Sought(), most=2)] == [last(logged), last(logged) - 1]
        assert next(entries(connection, Sought(), before=last(logged))).id == last(logged) - 1
