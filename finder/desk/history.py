"""The history of what was put in force and undone: who, when, of which files, what that changed.

It is read from the audit log, which nobody can alter unseen, with what is still known of each version.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from finder.db.datasets import Activation, Dataset, DatasetState, Source, SourceFile
from finder.db.staff import AuditEntry
from finder.importers.report import Difference

ACTIVATE, ROLL_BACK = "activate", "roll_back"


@dataclass(frozen=True)
class FileReceived:
    """A file of a version: its section, name, SHA-256 in hexadecimal, and size."""

    section: str
    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Publication:
    """One entry of the history. `version` is what came into force (None: the source left), `replaced` what it replaced.

    `changed` is by section, None where nobody wrote it down; `golden_failed` what of the golden searches failed, and
    `golden_reason` why it was shown all the same. `active` says whether its version is in force, `is_in_force` that
    this entry brought it, `kept` that it can still be put in force, `is_last` that an undoing of its source undoes it.
    """

    id: int
    at: dt.datetime
    actor: str
    source: str
    is_undoing: bool
    version: int | None
    replaced: int | None
    edition: int
    changed: Mapping[str, Difference] | None
    golden_failed: Sequence[str]
    golden_reason: str
    checked_on: str
    checked_by: str
    files: Sequence[FileReceived]
    active: bool
    is_in_force: bool
    kept: bool
    is_last: bool

    @property
    def totals(self) -> Difference | None:
        """What changed, over all sections."""
        if self.changed is None:
            return None
        some = list(self.changed.values())
        names = ("new", "changed", "unchanged", "gone")
        return Difference(*(sum(getattr(one, name) for one in some) for name in names))


def history(connection: Connection, source: str | None = None, *, most: int = 50, offset: int = 0) -> list[Publication]:
    """Return what was put in force and undone, newest first; of one source, or of all."""
    entry = AuditEntry
    wanted = select(entry).where(_is_of(source)).order_by(entry.id.desc()).limit(most).offset(offset)
    rows = connection.execute(wanted).mappings().all()
    ids = {row["detail"].get(name) for row in rows for name in ("dataset", "replaced")} - {None}
    known = _versions(connection, ids)
    files = _files(connection, ids)
    last, newest = _undoable(connection), _newest(connection)
    return [_publication(dict(row), known, files, last, newest) for row in rows]


def count_history(connection: Connection, source: str | None = None) -> int:
    """Return how many entries the history has."""
    return connection.scalar(select(func.count()).select_from(AuditEntry).where(_is_of(source))) or 0


def kept_versions(connection: Connection) -> dict[str, list[int]]:
    """Return the versions that are still there, newest first, by source; a demo that left is not in it."""
    rows = connection.execute(
        select(Source.name, Dataset.version)
        .join(Dataset, Dataset.source_id == Source.id)
        .where(Dataset.pruned_at.is_(None), Dataset.state == DatasetState.READY, Source.retired_at.is_(None))
        .order_by(Source.name, Dataset.version.desc())
    )
    found: dict[str, list[int]] = {}
    for name, version in rows:
        found.setdefault(name, []).append(version)
    return found


def files_of(connection: Connection, dataset_id: int) -> Sequence[FileReceived]:
    """Return the files that a version was made of."""
    return _files(connection, {dataset_id}).get(dataset_id, [])


def _is_of(source: str | None) -> Any:
    is_one = AuditEntry.action.in_((ACTIVATE, ROLL_BACK))
    return is_one if source is None else is_one & (AuditEntry.subject == source)


def _versions(connection: Connection, ids: set[int]) -> dict[int, Any]:
    rows = connection.execute(
        select(Dataset.id, Dataset.version, Dataset.active, Dataset.pruned_at, Source.retired_at)
        .join(Source, Source.id == Dataset.source_id)
        .where(Dataset.id.in_(ids))
    )
    return {row.id: row for row in rows}


def _files(connection: Connection, ids: set[int]) -> dict[int, list[FileReceived]]:
    file = SourceFile
    found: dict[int, list[FileReceived]] = {}
    rows = connection.execute(
        select(file.dataset_id, file.section, file.name, file.sha256, file.size_bytes)
        .where(file.dataset_id.in_(ids))
        .order_by(file.id)
    )
    for row in rows:
        found.setdefault(row.dataset_id, []).append(FileReceived(row.section, row.name, row.sha256, row.size_bytes))
    return found


def _newest(connection: Connection) -> set[int]:
    """Return the ids of the newest entry of each source: what these brought is in force."""
    return set(connection.scalars(select(func.max(AuditEntry.id)).where(_is_of(None)).group_by(AuditEntry.subject)))


def _undoable(connection: Connection) -> set[int]:
    """Return the editions of what an undoing would undo, one a source at most."""
    one = Activation
    last = select(func.max(one.id)).where(~one.rolled_back).group_by(one.source_id)
    wanted = (
        select(one.edition)
        .join(Source, Source.id == one.source_id)
        .outerjoin(Dataset, Dataset.id == one.replaced_id)
        .where(one.id.in_(last), Source.retired_at.is_(None), Dataset.pruned_at.is_(None))
    )
    shown = select(func.count()).select_from(Dataset).join(Source, Source.id == Dataset.source_id)
    if connection.scalar(shown.where(Dataset.active, ~Source.is_demo)) == 1:
        # The last source is not taken off.
        wanted = wanted.where(one.replaced_id.is_not(None))
    return set(connection.scalars(wanted))


def _publication(
    row: Mapping[str, Any],
    known: Mapping[int, Any],
    files: Mapping[int, list[FileReceived]],
    last: set[int],
    newest: set[int],
) -> Publication:
    detail = row["detail"]
    dataset, replaced = known.get(detail.get("dataset")), known.get(detail.get("replaced"))
    changed = detail.get("changed")
    return Publication(
        id=row["id"], at=row["at"], actor=row["actor"], source=row["subject"],
        is_undoing=row["action"] == ROLL_BACK, version=dataset.version if dataset else None,
        replaced=replaced.version if replaced else None, edition=detail["edition"],
        changed={name: Difference(**one) for name, one in changed.items()} if changed is not None else None,
        golden_failed=detail.get("golden_failed", ()), golden_reason=detail.get("golden_reason", ""),
        checked_on=detail.get("checked_on", ""), checked_by=detail.get("checked_by", ""),
        files=files.get(dataset.id, []) if dataset else [], active=bool(dataset and dataset.active),
        is_in_force=bool(dataset and dataset.active) and row["id"] in newest,
        kept=bool(dataset and dataset.pruned_at is None and dataset.retired_at is None),
        is_last=row["action"] == ACTIVATE and detail["edition"] in last,
    )  # fmt: skip
