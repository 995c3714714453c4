"""Removal requests: a person asks not to be listed, and is left out of every edition until they want to come back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, insert, select

from finder.db.datasets import Dataset, Source
from finder.db.directory import Practitioner
from finder.db.removals import RemovalRequest
from finder.desk.audit import record
from finder.desk.publish import publish
from finder.desk.trial import Trial
from finder.errors import DeskRefused
from finder.importers.cells import CellError, clean, npi
from finder.search.hosting import NOBODY
from finder.search.organizations import Host

LONGEST_REASON = 400


@dataclass(frozen=True)
class RemovalTold:
    """A request: whose, why (for staff alone), who recorded it and when, and which sources in force have rows."""

    npi: str
    reason: str
    recorded_by: str
    recorded_at: dt.datetime
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Done:
    """The new edition, which sources in force bring the person, and a line for each golden search that fails in it."""

    npi: str
    edition: int
    sources: tuple[str, ...]
    failing: tuple[str, ...]


def removals(connection: Connection) -> list[RemovalTold]:
    """Return the requests that hold, the latest first."""
    one = RemovalRequest
    rows = connection.execute(
        select(one.npi, one.reason, one.recorded_by, one.recorded_at).order_by(one.recorded_at.desc(), one.id.desc())
    ).all()
    return [RemovalTold(*row, sources=_brought_by(connection, row.npi)) for row in rows]


def add_removal(engine: Engine, number: str, reason: str, actor: str, host: Host = NOBODY) -> Done:
    """Leave a person out of all that patients see, from the edition on that this makes.

    Nobody need be listed by the number yet. The reason is kept with the request alone, not in the log, which nothing is
    ever taken out of. Raises DeskRefused: removal_npi_malformed, removal_repeated, reason_malformed.
    """
    one, why = _number(number), " ".join(reason.split())
    if len(why) > LONGEST_REASON or not why.isprintable():
        raise DeskRefused("reason_malformed", longest=LONGEST_REASON)
    with engine.connect() as connection:
        _refuse_unless(connection, one, there=False)

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        _refuse_unless(connection, one, there=False)
        request = insert(RemovalRequest)
        connection.execute(request.values(npi=one, reason=why, recorded_by=actor[:200], recorded_at=now))
        record(connection, now, actor, "add_removal", f"npi:{one}", edition=edition)

    trials: list[Trial] = []
    edition = publish(engine, {}, flip, leave_out=lambda npis: npis | {one}, judge=trials.append, host=host)
    return _done(engine, one, edition, trials)


def withdraw_removal(engine: Engine, number: str, actor: str, host: Host = NOBODY) -> Done:
    """Let a person be listed again, and forget that they asked and why. Raises DeskRefused (removal_missing)."""
    one = clean(number)
    with engine.connect() as connection:
        _refuse_unless(connection, one, there=True)

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        _refuse_unless(connection, one, there=True)
        connection.execute(delete(RemovalRequest).where(RemovalRequest.npi == one))
        record(connection, now, actor, "withdraw_removal", f"npi:{one}", edition=edition)

    trials: list[Trial] = []
    edition = publish(engine, {}, flip, leave_out=lambda npis: npis - {one}, judge=trials.append, host=host)
    return _done(engine, one, edition, trials)


def _done(engine: Engine, one: str, edition: int, trials: list[Trial]) -> Done:
    with engine.connect() as connection:
        # The last trial is of what came into force.
        return Done(one, edition, _brought_by(connection, one), tuple(trials[-1].told) if trials else ())


def _number(text: str) -> str:
    try:
        found = npi(clean(text.strip().removeprefix("npi:")))
    except CellError:
        found = None
    if found is None:
        raise DeskRefused("removal_npi_malformed", value=text[:40])
    return found


def _refuse_unless(connection: Connection, one: str, *, there: bool) -> None:
    known = connection.scalar(select(RemovalRequest.id).where(RemovalRequest.npi == one)) is not None
    if known != there:
        raise DeskRefused("removal_missing" if there else "removal_repeated", value=one[:40])


def _brought_by(connection: Connection, one: str) -> tuple[str, ...]:
    """Return the sources whose version in force has rows of a person."""
    rows = (
        select(Source.name)
        .join(Dataset, Dataset.source_id == Source.id)
        .join(Practitioner, Practitioner.dataset_id == Dataset.id)
        .where(Dataset.active, Practitioner.npi == one)
        .distinct()
        .order_by(Source.name)
    )
    return tuple(connection.scalars(rows))
