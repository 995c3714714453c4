"""The audit log: every deed, each entry's hash covering the one before; read, searched and checked."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from finder.db.staff import AuditEntry
from finder.errors import DeskRefused, StorageFailed

_BEFORE_THE_FIRST = "0" * 64
_ROWS_AT_ONCE = 1000
# Of the log as a table.
COLUMNS = ("id", "at", "actor", "action", "subject", "detail")


@dataclass(frozen=True)
class Entry:
    """One thing that was done; of one that somebody damaged so that it cannot be read, the number alone."""

    id: int
    at: dt.datetime | None = None
    actor: str = ""
    action: str = ""
    subject: str = ""
    detail: dict[str, Any] | None = None
    hash: str = ""

    @property
    def row(self) -> list[str]:
        """The entry as texts of a table with COLUMNS."""
        return [str(self.id), self.at.isoformat() if self.at else "", self.actor, self.action, self.subject, self.told]

    @property
    def told(self) -> str:
        """Return the details as one text: "name value" with semicolons between."""
        return "; ".join(f"{name} {_plain(value)}" for name, value in (self.detail or {}).items())


@dataclass(frozen=True)
class Sought:
    """What of the log is wanted; "" and None for all. Days are whole days, UTC, both included."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True)
class Head:
    """The newest entry: whoever keeps its number and hash elsewhere can tell that the log was cut off since."""

    id: int
    hash: str

    @classmethod
    def read(cls, text: str) -> Head:
        """Read what `finder log head` prints. Raises DeskRefused (log_head_malformed)."""
        number, _, digest = text.strip().partition(":")
        if not (number.isascii() and number.isdecimal() and len(number) < 19 and len(digest) == 64):
            raise DeskRefused("log_head_malformed", value=text[:80])
        return cls(int(number), digest)

    def __str__(self) -> str:
        return f"{self.id}:{self.hash}"


@dataclass(frozen=True)
class Chain:
    """What a look through the log found. `first_broken` is the number of the first entry that does not fit, if any.

    `looked_at` are the entries that were looked at, the newest; `since` is the first of them, None where there is none.
    """

    entries: int
    looked_at: int
    since: int | None
    first_broken: int | None
    head: Head | None

    @property
    def whole(self) -> bool:
        """Return whether all that was looked at fits together."""
        return self.first_broken is None


def record(connection: Connection, now: dt.datetime, actor: str, action: str, subject: str, **detail: Any) -> None:
    """Append an entry, in the transaction of the deed itself; for use inside `dialect.write_lock` only."""
    previous = connection.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)) or _BEFORE_THE_FIRST
    entry: dict[str, Any] = {"at": now, "actor": actor, "action": action, "subject": subject, "detail": detail}
    digest = entry_hash(previous, **entry)
    connection.execute(insert(AuditEntry).values(**entry, previous_hash=previous, hash=digest))


def entry_hash(previous: str, *, at: dt.datetime, actor: str, action: str, subject: str, detail: dict[str, Any]) -> str:
    """Return the SHA-256 of an entry and the hash before it."""
    text = json.dumps([previous, at.isoformat(), actor, action, subject, detail], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def first_broken(connection: Connection) -> int | None:
    """Return the id of the first entry that was altered, or None where the chain is whole."""
    return chain(connection).first_broken


def chain(connection: Connection, newest: int | None = None) -> Chain:
    """Look whether each entry is as it was written and follows the one before, of all entries or of the newest ones.

    An entry that was altered, put in, taken out or moved is found. That the end was cut off is not: compare `head`
    with one that was kept elsewhere (`missing_head`).
    """
    entries = connection.scalar(select(func.count()).select_from(AuditEntry)) or 0
    looked_at = entries if newest is None else min(newest, entries)
    previous: str | None = _BEFORE_THE_FIRST
    rows = select(AuditEntry.id).order_by(AuditEntry.id)
    if looked_at < entries:
        # What lies before is believed here; the first one that is looked at says what it follows.
        previous = None
        rows = rows.where(AuditEntry.id >= _first_of_newest(connection, looked_at))
    since, broken, newest_head = None, None, None
    for number, row in _read(connection, rows):
        since = number if since is None else since
        follows = row["previous_hash"] if previous is None and row else previous
        if broken is None and not (row and _fits(row, str(follows))):
            broken = number
        newest_head = Head(number, str(row["hash"])) if row else newest_head
        previous = str(row["hash"]) if row else ""
    return Chain(entries, looked_at, since, broken, newest_head)


def missing_head(connection: Connection, kept: Head) -> bool:
    """Return whether an entry that was the newest once is not there any more, or is another one."""
    return connection.scalar(select(AuditEntry.hash).where(AuditEntry.id == kept.id)) != kept.hash


def entries(
    connection: Connection, sought: Sought, *, before: int | None = None, most: int | None = None
) -> Iterator[Entry]:
    """Yield entries, the newest first; those before an entry's number, and so many at most."""
    rows = _sought(sought).order_by(AuditEntry.id.desc())
    if before is not None:
        rows = rows.where(AuditEntry.id < before)
    rows = rows.limit(most) if most is not None else rows
    for number, row in _read(connection, rows):
        yield Entry(**{name: row[name] for name in Entry.__dataclass_fields__}) if row else Entry(number)


def actions(connection: Connection) -> list[str]:
    """Return the kinds of deeds that the log has, by name."""
    return list(connection.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))


def head(connection: Connection) -> Head | None:
    """Return the newest entry's number and hash, None where the log is empty."""
    row = connection.execute(
        select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    ).one_or_none()
    return Head(*row) if row else None


def _sought(sought: Sought) -> Select[Any]:
    one = AuditEntry
    rows = select(one.id)
    if sought.actor:
        rows = rows.where(func.lower(one.actor).contains(sought.actor.lower(), autoescape=True))
    if sought.action:
        rows = rows.where(one.action == sought.action)
    if sought.subject:
        rows = rows.where(func.lower(one.subject).contains(sought.subject.lower(), autoescape=True))
    if sought.since:
        rows = rows.where(one.at >= dt.datetime.combine(sought.since, dt.time.min, dt.UTC))
    if sought.until and sought.until < dt.date.max:
        rows = rows.where(one.at < dt.datetime.combine(sought.until + dt.timedelta(days=1), dt.time.min, dt.UTC))
    return rows


def _read(connection: Connection, ids: Select[Any]) -> Iterator[tuple[int, Any]]:
    """Yield the entries of a query for numbers, in its order; None for one that cannot be read any more."""
    numbers = connection.scalars(ids).all()
    table = AuditEntry.__table__
    for at in range(0, len(numbers), _ROWS_AT_ONCE):
        some = numbers[at : at + _ROWS_AT_ONCE]
        found = _rows(connection, table, some)
        if len(found) < len(some):
            # What somebody wrote into a row by hand may be no time or no JSON, and took the others with it.
            found = {number: row for one in some for number, row in _rows(connection, table, [one]).items()}
        yield from ((number, found.get(number)) for number in some)


def _rows(connection: Connection, table: Any, numbers: Sequence[int]) -> dict[int, Any]:
    try:
        return {row["id"]: row for row in connection.execute(select(table).where(table.c.id.in_(numbers))).mappings()}
    except (ValueError, TypeError):
        return {}
    except StorageFailed as failure:
        if failure.code != "storage_damaged":
            raise
        return {}


def _first_of_newest(connection: Connection, number: int) -> int:
    first = select(AuditEntry.id).order_by(AuditEntry.id.desc()).offset(number - 1).limit(1)
    return connection.scalar(first) or 0


def _fits(row: Any, follows: str) -> bool:
    fields = {name: row[name] for name in ("at", "actor", "action", "subject", "detail")}
    try:
        return bool(row["previous_hash"] == follows and row["hash"] == entry_hash(follows, **fields))
    except (TypeError, ValueError, AttributeError):
        # What somebody wrote into it is no time or no text at all.
        return False


def _plain(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
