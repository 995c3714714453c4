"""The audit log: every deed, each entry's hash covering the one before."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from sqlalchemy import Connection, insert, select

from finder.db.staff import AuditEntry

_BEFORE_THE_FIRST = "0" * 64


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
    previous = _BEFORE_THE_FIRST
    for row in connection.execute(select(AuditEntry).order_by(AuditEntry.id)).mappings():
        fields = {name: row[name] for name in ("at", "actor", "action", "subject", "detail")}
        if row["previous_hash"] != previous or row["hash"] != entry_hash(previous, **fields):
            return int(row["id"])
        previous = row["hash"]
    return None
