"""The trial of an edition before patients see it: every golden search is asked of the snapshot that they would get."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from finder.db.staff import AuditEntry
from finder.desk.audit import record
from finder.desk.golden import golden_searches
from finder.errors import StorageFailed
from finder.formats.golden import failure
from finder.logs import log
from finder.search.golden import Outcome, outcomes
from finder.search.index import Index
from finder.search.organizations import Host
from finder.search.snapshot import Snapshot

_ACTION, _ACTOR = "golden_searches", "finder"


@dataclass(frozen=True)
class Trial:
    """How the golden searches went, in their order; `broken` is the kind of fault where they could not be asked."""

    outcomes: list[Outcome] = field(default_factory=list)
    broken: str = ""

    @property
    def failed(self) -> list[Outcome]:
        """Those that do not hold."""
        return [one for one in self.outcomes if not one.holds]

    @property
    def holds(self) -> bool:
        """Whether all were asked and hold."""
        return not self.broken and not self.failed

    @property
    def told(self) -> list[str]:
        """A line for each that does not hold: what must be, and what came instead."""
        return [f"not asked: {self.broken}"] if self.broken else [failure(one) for one in self.failed]


def trial_of(connection: Connection, snapshot: Snapshot, edition: int, now: dt.datetime, host: Host) -> Trial:
    """Return how the golden searches go on a snapshot. Where they cannot even be asked, that is told and not raised.

    An undoing, and hiding somebody, must go on whatever is wrong with a search.
    """
    try:
        index = Index(snapshot, edition)
        return Trial(outcomes(index, connection, golden_searches(connection), now.date(), host))
    except StorageFailed:
        raise
    except Exception as fault:
        log.error("golden_not_asked", edition=edition, exc_info=True)
        return Trial(broken=type(fault).__name__)


def record_trial(connection: Connection, now: dt.datetime, edition: int, trial: Trial) -> None:
    """Put on record which golden searches fail, where these are others than at the last publication."""
    last = connection.scalar(
        select(AuditEntry.detail).where(AuditEntry.action == _ACTION).order_by(AuditEntry.id.desc()).limit(1)
    )
    if trial.told != (last["failed"] if last else []):
        record(connection, now, _ACTOR, _ACTION, f"edition {edition}", failed=trial.told)


def failing_now(connection: Connection) -> list[str]:
    """Return a line for each golden search that failed at the last publication."""
    last = connection.scalar(
        select(AuditEntry.detail).where(AuditEntry.action == _ACTION).order_by(AuditEntry.id.desc()).limit(1)
    )
    return list(last["failed"]) if last else []
