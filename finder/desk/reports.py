"""Reports of mistakes at the desk: take one in, list what is open, mark as done."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, insert, select, update

from finder.db.dialect import write_lock, writing
from finder.db.reports import Mistake, MistakeReport
from finder.desk.audit import record
from finder.errors import DirectoryRefused, ReportRefused

# Twenty people who tick the same boxes on one day tell staff no more than the first few did.
MOST_OF_A_LISTING = 20
# Of all listings together on one day: some 150 kB in the database, whatever anybody sends.
MOST_OF_A_DAY = 1000


@dataclass(frozen=True)
class Reported:
    """What is open of one listing: how often each kind was ticked, in how many reports, from when to when."""

    public_id: str
    kinds: dict[Mistake, int]
    reports: int
    first_on: dt.date
    last_on: dt.date


def file_report(engine: Engine, public_id: str, kinds: Iterable[Mistake], edition: int, today: dt.date) -> None:
    """Keep a report of a listing that was shown in an edition.

    Raises ReportRefused: report_nothing where nothing is wrong, report_enough where a day has brought enough.
    """
    wrong = set(kinds)
    if not wrong:
        raise ReportRefused("report_nothing")
    one = MistakeReport
    of_today = select(func.count()).select_from(one).where(one.reported_on == today)
    with writing(engine) as connection:
        of_listing = connection.scalar(of_today.where(one.public_id == public_id)) or 0
        if of_listing >= MOST_OF_A_LISTING or (connection.scalar(of_today) or 0) >= MOST_OF_A_DAY:
            raise ReportRefused("report_enough")
        told = [kind.value for kind in Mistake if kind in wrong]
        row = {"public_id": public_id, "kinds": told, "edition": edition, "reported_on": today}
        connection.execute(insert(one).values(row))


def open_reports(engine: Engine) -> list[Reported]:
    """Return what nobody has handled yet, by listing; what most people told of comes first, then what is oldest."""
    with engine.connect() as connection:
        return open_reports_of(connection)


def open_reports_of(connection: Connection) -> list[Reported]:
    """Do the same, of a connection."""
    one = MistakeReport
    found: dict[str, list[tuple[list[str], dt.date]]] = {}
    for row in connection.execute(
        select(one.public_id, one.kinds, one.reported_on).where(one.handled_at.is_(None)).order_by(one.id)
    ):
        found.setdefault(row.public_id, []).append((row.kinds, row.reported_on))
    reported = [_together(public_id, reports) for public_id, reports in found.items()]
    return sorted(reported, key=lambda of: (-of.reports, of.first_on, of.public_id))


@dataclass(frozen=True)
class Handled:
    """Reports of one listing that were handled at once: by whom, when, and what was done."""

    public_id: str
    kinds: dict[Mistake, int]
    handled_at: dt.datetime
    handled_by: str
    handled_how: str


def handled_reports(connection: Connection, most: int = 200) -> list[Handled]:
    """Return what was handled, the latest first."""
    one = MistakeReport
    found: dict[tuple[str, dt.datetime], tuple[Counter[str], str, str]] = {}
    for row in connection.execute(
        select(one.public_id, one.kinds, one.handled_at, one.handled_by, one.handled_how)
        .where(one.handled_at.is_not(None))
        .order_by(one.handled_at.desc(), one.id)
        .limit(most)
    ):
        counted = found.setdefault(
            (row.public_id, row.handled_at), (Counter(), row.handled_by or "", row.handled_how or "")
        )
        counted[0].update(row.kinds)
    return [
        Handled(public_id, {kind: kinds[kind.value] for kind in Mistake if kinds[kind.value]}, at, by, how)
        for (public_id, at), (kinds, by, how) in found.items()
    ]


def mark_done(engine: Engine, public_id: str, actor: str, now: dt.datetime, how: str = "") -> int:
    """Mark all that is open of a listing as handled, and record who did and `how`; return how many reports that were.

    Raises DirectoryRefused (report_unknown) where nothing is open of it.
    """
    one = MistakeReport
    with write_lock(engine) as connection:
        rows = connection.execute(
            select(one.id, one.kinds).where(one.public_id == public_id, one.handled_at.is_(None)).order_by(one.id)
        ).all()
        if not rows:
            raise DirectoryRefused("report_unknown", public_id=public_id[:250], known=_known(connection))
        done = update(one).where(one.id.in_([row.id for row in rows]))
        how = " ".join(how.split())[:400]
        connection.execute(done.values(handled_at=now, handled_by=actor[:200], handled_how=how or None))
        kinds = dict(Counter(kind for row in rows for kind in row.kinds))
        record(
            connection,
            now,
            actor,
            "handle_reports",
            public_id,
            reports=len(rows),
            kinds=kinds,
            **({"how": how} if how else {}),
        )
    return len(rows)


def _known(connection: Connection) -> list[str]:
    one = MistakeReport
    ids = select(one.public_id).where(one.handled_at.is_(None)).distinct().order_by(one.public_id).limit(5)
    return list(connection.scalars(ids))


def _together(public_id: str, reports: list[tuple[list[str], dt.date]]) -> Reported:
    ticked = Counter(kind for kinds, _day in reports for kind in kinds)
    days = [day for _kinds, day in reports]
    counted = {kind: ticked[kind.value] for kind in Mistake if ticked[kind.value]}
    return Reported(public_id, counted, len(reports), min(days), max(days))
