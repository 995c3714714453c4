"""Checks of uploaded files: asked for, run again, thrown away, and found to have fallen silent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, exists, func, insert, or_, select, update

from finder.db.checks import CheckedFile as StoredFile
from finder.db.checks import CheckState, FileCheck, FilePiece, FileRole
from finder.db.datasets import Activation, Dataset
from finder.db.dialect import write_lock, writing
from finder.desk.audit import record
from finder.desk.check_files import PackedFile, remove_contents, store
from finder.errors import DeskRefused
from finder.importers.headers import check_mapping
from finder.importers.remembered import check_name, inserted

# A process at work beats twice a second; one that is silent for so long is dead, or its machine is.
SILENT_AFTER = dt.timedelta(seconds=30)
# A check that waits is begun by whoever asked for it, at once; after so long somebody else begins it.
WAITS_FOR = dt.timedelta(seconds=10)
# Of so many, and for so long, the files are kept.
KEPT, KEPT_FOR = 20, dt.timedelta(days=30)
AT_WORK = (CheckState.WAITING, CheckState.READING, CheckState.RUNNING)
_MADE = (FileRole.CORRECTED, FileRole.PROBLEMS)


@dataclass(frozen=True)
class Check:
    """A check as it stands. `version` is the one it made, `is_active` whether patients see that."""

    id: int
    source: str
    state: CheckState
    wishes: Mapping[str, Any]
    preview: Sequence[Mapping[str, Any]] | None
    refusal: Mapping[str, Any] | None
    report: Mapping[str, Any] | None
    rows_done: int
    rows_at_most: int
    runs: int
    heartbeat_at: dt.datetime
    started_by: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    dataset_id: int | None
    version: int | None
    is_active: bool
    names: tuple[str, ...]

    @property
    def is_at_work(self) -> bool:
        """Return whether a process works on it, or is about to."""
        return self.state in AT_WORK


def add_check(
    engine: Engine, files: Sequence[PackedFile], source: str, actor: str, *, update_only: bool = False,
    leave_out_others: bool = False,
) -> int:  # fmt: skip
    """Store files whole, to be checked for a source; return the check's number. Somebody must then begin it.

    Raises FileRefused where the source cannot have this name, DeskRefused (check_without_file) where no file is given.
    """
    check_name(source)
    if not files:
        raise DeskRefused("check_without_file")
    now = dt.datetime.now(dt.UTC)
    wishes = {"update_only": update_only, "ignore_unknown_columns": leave_out_others, "mapping": {}, "looked": False}
    with write_lock(engine) as connection:
        check_id = inserted(
            connection,
            insert(FileCheck).values(
                source=source, state=CheckState.WAITING, wishes=wishes, heartbeat_at=now, started_by=actor,
                started_at=now,
            ),
        )  # fmt: skip
        for file in files:
            store(connection, check_id, FileRole.RECEIVED, file)
        told = [{"name": file.name, "sha256": file.sha256} for file in files]
        record(connection, now, actor, "check_files", source, check=check_id, files=told, update_only=update_only)
    return check_id


def checks(connection: Connection, most: int = 50) -> list[Check]:
    """Return the newest checks, newest first."""
    return [_check(connection, row) for row in connection.execute(_asked().order_by(FileCheck.id.desc()).limit(most))]


def find_check(connection: Connection, check_id: int) -> Check:
    """Return a check. Raises DeskRefused (check_missing)."""
    row = connection.execute(_asked().where(FileCheck.id == check_id)).first()
    if row is None:
        raise DeskRefused("check_missing", value=check_id)
    return _check(connection, row)


def run_again(
    engine: Engine, check_id: int, actor: str, *, mapping: Mapping[str, str] | None = None,
    update_only: bool | None = None, leave_out_others: bool | None = None,
) -> None:  # fmt: skip
    """Let a check be run again, from the files as they came; what is not named stays as it was wished.

    `mapping` is column by header, "" to leave it out; with one given, even an empty one, the columns count as looked
    at. A version that the check made before makes way. Raises FileRefused (mapping_column_unknown); DeskRefused:
    check_missing, check_at_work, check_published, check_file_gone.
    """
    check_mapping(mapping or {})
    now = dt.datetime.now(dt.UTC)
    with write_lock(engine) as connection:
        found = _idle(connection, check_id)
        if found.state is CheckState.WITHDRAWN or not _is_kept(connection, check_id):
            raise DeskRefused("check_file_gone")
        _take_away(connection, found, now)
        remove_contents(connection, check_id, *_MADE)
        wishes = dict(found.wishes)
        if mapping is not None:
            wishes |= {"mapping": {**wishes["mapping"], **mapping}, "looked": True}
        if update_only is not None:
            wishes["update_only"] = update_only
        if leave_out_others is not None:
            wishes["ignore_unknown_columns"] = leave_out_others
        values = {"state": CheckState.WAITING, "wishes": wishes, "claim": "", "heartbeat_at": now, "rows_done": 0,
                  "refusal": None, "report": None, "dataset_id": None, "ended_at": None}  # fmt: skip
        connection.execute(update(FileCheck).where(FileCheck.id == check_id).values(**values))
        record(connection, now, actor, "check_again", found.source, check=check_id, mapping=wishes["mapping"])


def throw_away(engine: Engine, check_id: int, actor: str) -> None:
    """Throw a check's files away, and the version that it made, unless that was ever in force.

    A process that is at work on it ends by itself. The version's rows are removed by the next process of the source.
    Raises DeskRefused: check_missing, check_published.
    """
    now = dt.datetime.now(dt.UTC)
    with write_lock(engine) as connection:
        found = find_check(connection, check_id)
        _take_away(connection, found, now)
        remove_contents(connection, check_id, FileRole.RECEIVED, *_MADE)
        values = {"state": CheckState.WITHDRAWN, "claim": "", "ended_at": now, "heartbeat_at": now}
        connection.execute(update(FileCheck).where(FileCheck.id == check_id).values(**values))
        record(connection, now, actor, "check_withdrawn", found.source, check=check_id, version=found.version)


def mark_silent(engine: Engine, now: dt.datetime) -> int:
    """Mark the checks as abandoned whose process has not been heard of for long; return how many there were."""
    # A beat from the future is of before a clock was set back: whoever lives beats by the clock of now.
    beat = FileCheck.heartbeat_at
    silent = (
        FileCheck.state.in_((CheckState.READING, CheckState.RUNNING)),
        or_(beat < now - SILENT_AFTER, beat > now + SILENT_AFTER),
    )
    with engine.connect() as connection:
        # Mostly there is none, and then nothing is written.
        if not connection.scalar(select(exists().where(*silent))):
            return 0
    return _abandon(engine, now, *silent)


def give_to(engine: Engine, check_id: int, claim: str) -> bool:
    """Give a check that waits to the process that goes by this claim; return whether it waits."""
    values = {"claim": claim, "heartbeat_at": dt.datetime.now(dt.UTC)}
    waiting = update(FileCheck).where(FileCheck.id == check_id, FileCheck.state == CheckState.WAITING)
    with writing(engine) as connection:
        return connection.execute(waiting.values(**values)).rowcount == 1


def tell_alive(engine: Engine, check_id: int, claim: str) -> bool:
    """Tell that the process a check was given to still starts, so that nobody else begins it; False once it has."""
    own = (FileCheck.id == check_id, FileCheck.claim == claim, FileCheck.state == CheckState.WAITING)
    with writing(engine) as connection:
        return (
            connection.execute(update(FileCheck).where(*own).values(heartbeat_at=dt.datetime.now(dt.UTC))).rowcount == 1
        )


def mark_dead(engine: Engine, check_id: int, claim: str) -> int:
    """Mark a check as abandoned whose process has ended without a word; return 0 where it is no more that one's."""
    own = (FileCheck.id == check_id, FileCheck.claim == claim, FileCheck.state.in_(AT_WORK))
    return _abandon(engine, dt.datetime.now(dt.UTC), *own)


def take_over(engine: Engine, check_id: int, now: dt.datetime) -> bool:
    """Return whether the caller is the one that should begin a check that has waited for too long."""
    late = (FileCheck.id == check_id, FileCheck.state == CheckState.WAITING, _waits_too_long(now))
    with engine.connect() as connection:
        if not connection.scalar(select(exists().where(*late))):
            return False
    with write_lock(engine) as connection:
        return connection.execute(update(FileCheck).where(*late).values(heartbeat_at=now)).rowcount == 1


def at_work(connection: Connection, now: dt.datetime) -> int:
    """Return how many checks wait or run; those whose process fell silent do not."""
    working = FileCheck.state.in_(AT_WORK) & (FileCheck.heartbeat_at >= now - SILENT_AFTER)
    return connection.scalar(select(func.count()).select_from(FileCheck).where(working)) or 0


def waiting_for_long(connection: Connection, now: dt.datetime) -> list[int]:
    """Return the numbers of checks that wait for somebody to begin them, as after their worker was killed."""
    late = (FileCheck.state == CheckState.WAITING, _waits_too_long(now))
    return list(connection.scalars(select(FileCheck.id).where(*late)))


def remove_old_files(engine: Engine, now: dt.datetime) -> list[int]:
    """Remove the files of checks that are neither new nor at work; return their numbers. What they found stays."""
    newest = select(FileCheck.id).order_by(FileCheck.id.desc()).limit(KEPT)
    has_pieces = exists().where(StoredFile.check_id == FileCheck.id, FilePiece.file_id == StoredFile.id)
    old = or_(FileCheck.id.not_in(newest), FileCheck.started_at < now - KEPT_FOR)
    idle = select(FileCheck.id).where(has_pieces, old, FileCheck.state.not_in(AT_WORK))
    with engine.connect() as connection:
        going = list(connection.scalars(idle))
    for check_id in going:
        with write_lock(engine) as connection:
            if connection.scalar(select(FileCheck.state).where(FileCheck.id == check_id)) not in AT_WORK:
                remove_contents(connection, check_id, FileRole.RECEIVED, *_MADE)
    return going


def _waits_too_long(now: dt.datetime) -> ColumnElement[bool]:
    # Or since before a clock was set back; between machines clocks differ by less.
    return or_(FileCheck.heartbeat_at < now - WAITS_FOR, FileCheck.heartbeat_at > now + SILENT_AFTER)


def _abandon(engine: Engine, now: dt.datetime, *which: Any) -> int:
    values = {"state": CheckState.ABANDONED, "claim": "", "ended_at": now}
    with write_lock(engine) as connection:
        return connection.execute(update(FileCheck).where(*which).values(**values)).rowcount


def _idle(connection: Connection, check_id: int) -> Check:
    found = find_check(connection, check_id)
    if found.is_at_work:
        raise DeskRefused("check_at_work")
    return found


def _take_away(connection: Connection, found: Check, now: dt.datetime) -> None:
    """Mark the version that a check made as removed, so that it can never come into force."""
    if found.dataset_id is None:
        return
    one = Activation
    if found.is_active or connection.scalar(
        select(exists().where(or_(one.dataset_id == found.dataset_id, one.replaced_id == found.dataset_id)))
    ):
        raise DeskRefused("check_published", source=found.source, version=found.version)
    gone = update(Dataset).where(Dataset.id == found.dataset_id, Dataset.pruned_at.is_(None))
    connection.execute(gone.values(pruned_at=now))


def _is_kept(connection: Connection, check_id: int) -> bool:
    received = (StoredFile.check_id == check_id, StoredFile.role == FileRole.RECEIVED)
    whole = select(exists().where(*received, ~exists().where(FilePiece.file_id == StoredFile.id)))
    return not connection.scalar(whole)


def _asked() -> Select[Any]:
    own = [getattr(FileCheck, name) for name in Check.__dataclass_fields__ if hasattr(FileCheck, name)]
    return select(*own, Dataset.version, Dataset.active).outerjoin(Dataset, Dataset.id == FileCheck.dataset_id)


def _check(connection: Connection, row: Any) -> Check:
    files = select(StoredFile.name).where(StoredFile.check_id == row.id, StoredFile.role == FileRole.RECEIVED)
    names = tuple(connection.scalars(files.order_by(StoredFile.id)))
    own = {name: value for name, value in row._mapping.items() if name != "active"}
    return Check(**own, is_active=bool(row.active), names=names)
