"""Findings that are fine: set aside with a reason, so that they do not come back until their facts change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, insert, select

from finder.db.dialect import write_lock
from finder.db.quality import FindingSetAside
from finder.desk.audit import record
from finder.desk.quality import ANSWERED, look_at, work_list
from finder.errors import DeskRefused

_LONGEST_REASON = 400


@dataclass(frozen=True)
class SetAside:
    """A finding that was set aside."""

    id: int
    list_name: str
    subject: str
    fingerprint: str
    reason: str
    made_by: str
    made_at: dt.datetime


_COLUMNS = tuple(getattr(FindingSetAside, name) for name in SetAside.__dataclass_fields__)


def set_aside(
    engine: Engine, list_name: str, subject: str, reason: str, actor: str, now: dt.datetime, fingerprint: str = ""
) -> None:
    """Set a finding aside as fine; `fingerprint` is of the facts that somebody looked at, "" for those of now.

    Raises DeskRefused: list_unknown, finding_unknown where it is not on the list, finding_changed where its facts are
    others by now, reason_missing, or finding_answered for a list whose entries are answered.
    """
    reason = " ".join(reason.split())[:_LONGEST_REASON]
    if not reason:
        raise DeskRefused("reason_missing")
    with engine.connect() as connection:
        found = next((one for one in work_list(look_at(connection, now), list_name) if one.subject == subject), None)
    if list_name in ANSWERED:
        raise DeskRefused("finding_answered", name=list_name)
    if found is None:
        raise DeskRefused("finding_unknown", value=subject[:250], name=list_name)
    if fingerprint not in ("", found.fingerprint):
        raise DeskRefused("finding_changed", value=found.name)
    aside = FindingSetAside
    with write_lock(engine) as connection:
        connection.execute(delete(aside).where(aside.list_name == list_name, aside.subject == subject))
        values = {"list_name": list_name, "subject": subject, "fingerprint": found.fingerprint, "reason": reason}
        connection.execute(insert(aside).values(**values, made_by=actor[:200], made_at=now))
        record(connection, now, actor, "set_finding_aside", subject[:250], list=list_name, reason=reason)


def bring_back(engine: Engine, list_name: str, subject: str, actor: str, now: dt.datetime) -> None:
    """Let a finding that was set aside stand on its list again. Raises DeskRefused (finding_unknown)."""
    aside = FindingSetAside
    with write_lock(engine) as connection:
        gone = connection.execute(
            delete(aside).where(aside.list_name == list_name, aside.subject == subject).returning(aside.id)
        ).all()
        if not gone:
            raise DeskRefused("finding_unknown", value=subject[:250], name=list_name)
        record(connection, now, actor, "bring_finding_back", subject[:250], list=list_name)


def all_set_aside(connection: Connection, list_name: str) -> list[SetAside]:
    """Return what was set aside from a list, the latest first."""
    aside = FindingSetAside
    rows = connection.execute(select(*_COLUMNS).where(aside.list_name == list_name).order_by(aside.id.desc()))
    return [SetAside(*row) for row in rows]
