"""The work of a check: read the heads, import as the command line does, keep the report and what can be downloaded.

It is the work of a process of its own. Killed at any moment it leaves a check that can be run again: the files are
there until the check is thrown away, and a version that was finished is found again as one that says the same.
"""

from __future__ import annotations

import datetime as dt
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, exists, select, update
from sqlalchemy.exc import SQLAlchemyError

from finder.db.checks import CheckState, FileCheck, FileRole
from finder.db.datasets import Dataset
from finder.db.dialect import import_lock, write_lock, writing
from finder.desk.audit import record
from finder.desk.check_files import packed, store, write_out
from finder.desk.check_outputs import CorrectedFiles, problems_file
from finder.desk.check_preview import OF_COLUMNS, preview
from finder.desk.check_report import RowCount, refused_report, report_of
from finder.desk.checks import Check, find_check, remove_old_files
from finder.desk.quality_places import approximate, pins
from finder.desk.quality_rows import read_places
from finder.desk.versions import find_version
from finder.errors import FileRefused, FinderError, StorageFailed
from finder.importers.pipeline import Wishes, abandon_unfinished, import_files
from finder.importers.report import ImportReport
from finder.importers.retention import prune
from finder.importers.rows import Limits
from finder.logs import log
from finder.search.sources import SourceInForce

_BEAT_SECONDS = 0.5
# A database that a killed process was at work on may keep its lock for a moment.
_PATIENCE_SECONDS, _PAUSE_SECONDS = 30.0, 0.5
# Of pins that somebody should look at, a page shows so many; the others are in the quality lists once it is published.
PINS_SHOWN = 50
# The outcome of a check whose process was asked to end.
STOPPED = "check_stopped"
# Set by whoever gets the signal that asks this process to end.
asked_to_end = threading.Event()


class _Lost(Exception):
    """The check is another process's now, or was thrown away."""


def run_check(engine: Engine, check_id: int, limits: Limits, claim: str = "") -> CheckState | None:
    """Do the work of a check that waits; return how it ended, None where it is not this process's (any more).

    Of one that was thrown away it removes what is left. Raises DeskRefused (check_missing).
    """
    with engine.connect() as connection:
        found = find_check(connection, check_id)
    if found.state is CheckState.WITHDRAWN:
        _tidy(engine, found.source)
        return found.state
    given = claim
    claim = claim or secrets.token_hex(16)
    if not _claim(engine, check_id, claim, given):
        return None
    with _beating(engine, check_id, claim) as beat:
        work = _Work(engine, found, limits, claim, beat)
        try:
            return work.do()
        except _Lost:
            _tidy(engine, found.source)
            return None
        except FinderError as failed:
            if asked_to_end.is_set():
                # What a driver says that was interrupted at work is no failure of the database.
                work.end(CheckState.ABANDONED, code=STOPPED)
            else:
                work.end(CheckState.ABANDONED, refusal=failed)
            return CheckState.ABANDONED
        except Exception as failed:
            if asked_to_end.is_set():
                work.end(CheckState.ABANDONED, code=STOPPED)
                return CheckState.ABANDONED
            # The kind of failure and where in the code it was, without its message: that may hold what a file says.
            log.error("check_failed", check=check_id, exc_info=failed)
            work.end(CheckState.ABANDONED, code="check_failed")
            return CheckState.ABANDONED
        except BaseException:
            work.end(CheckState.ABANDONED, code=STOPPED)
            raise


class _Beat:
    """Tells, in a thread of its own, that the process lives and how many rows it has read."""

    def __init__(self, engine: Engine, check_id: int, claim: str) -> None:
        self._engine, self._check_id, self._claim = engine, check_id, claim
        self.done, self.at_most, self.is_lost = 0, 0, False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._go, name="finder-check", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._stopped.set()
        self._thread.join()

    def progress(self, done: int, at_most: int) -> None:
        """Hear from the import. Raises _Lost where the check is no more this process's."""
        self.done, self.at_most = done, max(done, at_most)
        if self.is_lost:
            raise _Lost

    def _go(self) -> None:
        while not self._stopped.wait(_BEAT_SECONDS):
            values = {"heartbeat_at": dt.datetime.now(dt.UTC), "rows_done": self.done, "rows_at_most": self.at_most}
            own = update(FileCheck).where(FileCheck.id == self._check_id, FileCheck.claim == self._claim)
            # A database that is busy or away for a moment hears of the next beat.
            with suppress(SQLAlchemyError, StorageFailed), writing(self._engine) as connection:
                self.is_lost = connection.execute(own.values(**values)).rowcount != 1


@contextmanager
def _beating(engine: Engine, check_id: int, claim: str) -> Iterator[_Beat]:
    beat = _Beat(engine, check_id, claim)
    beat.begin()
    try:
        yield beat
    finally:
        beat.end()


class _Work:
    """One check at work."""

    def __init__(self, engine: Engine, check: Check, limits: Limits, claim: str, beat: _Beat) -> None:
        self._engine, self._check, self._limits, self._claim, self._beat = engine, check, limits, claim, beat

    def do(self) -> CheckState:
        with tempfile.TemporaryDirectory(prefix="finder-check-") as name:
            folder = Path(name)
            try:
                paths = write_out(self._engine, self._check.id, _made(folder / "in"))
                state = self._read(paths)
                if state is None:
                    state = self._import(paths, _made(folder / "out"))
            except FileRefused as refusal:
                state = CheckState.NEEDS_MAPPING if refusal.code in OF_COLUMNS else CheckState.REFUSED
                self.end(state, refusal=refusal)
        remove_old_files(self._engine, dt.datetime.now(dt.UTC))
        return state

    def _read(self, paths: list[Path]) -> CheckState | None:
        """Read the heads; return NEEDS_MAPPING where somebody has to look at them first."""
        check = self._check
        seen = preview(self._engine, paths, check.source, check.wishes, self._limits)
        self._beat.at_most = seen.rows_at_most
        asks = seen.wants_a_look and not check.wishes.get("looked")
        state = CheckState.NEEDS_MAPPING if asks else CheckState.RUNNING
        values: dict[str, Any] = {"preview": seen.tables, "state": state, "rows_at_most": seen.rows_at_most}
        if asks:
            values |= {"ended_at": dt.datetime.now(dt.UTC), "claim": ""}
        self._write(values)
        return state if asks else None

    def _import(self, paths: list[Path], out: Path) -> CheckState:
        """Import the files; keep what was found, the corrected files and the problems."""
        check, rows = self._check, RowCount()
        with ExitStack() as stack:
            corrected = stack.enter_context(CorrectedFiles(out / "corrected", paths, rows))
            wishes = Wishes(
                update_only=bool(check.wishes.get("update_only")),
                ignore_unknown_columns=bool(check.wishes.get("ignore_unknown_columns")),
                mapping=check.wishes.get("mapping") or {}, limits=self._limits, note_examples=True,
                progress=self._beat.progress, watch=corrected.watch,
            )  # fmt: skip
            try:
                report = self._patiently(paths, wishes)
            except FileRefused as refusal:
                if refusal.code != "import_without_rows":
                    raise
                # Every row was read, and whoever mends them needs them; after other refusals some are missing.
                stack.close()
                problems_file(out / "problems.csv", refusal.problems)
                told = refused_report(refusal.problems, rows)
                self.end(CheckState.REFUSED, refusal=refusal, report=told, files=self._files(corrected.paths(), out))
                return CheckState.REFUSED
        dataset_id = report.dataset_id or self._made_before(report)
        if report.problems:
            problems_file(out / "problems.csv", report.problems, self._engine, dataset_id)
        files = self._files(corrected.paths(), out) if report.problems else []
        told = report_of(report, rows) | {"pins": self._pins(dataset_id)}
        if not self.end(CheckState.READY, report=told, dataset_id=dataset_id, files=files):
            self._take_back(report)
            raise _Lost
        return CheckState.READY

    def _pins(self, dataset_id: int | None) -> list[dict[str, Any]]:
        """Return the first places whose pin somebody should look at before they are published."""
        if dataset_id is None:
            return []
        now = dt.datetime.now(dt.UTC)
        with self._engine.connect() as connection:
            version = connection.scalar(select(Dataset.version).where(Dataset.id == dataset_id)) or 0
            source = SourceInForce(self._check.source, dataset_id, version, is_demo=False)
            places = read_places(connection, source, now)
        found = [*pins(places), *approximate(places)]
        return [
            {"public_id": one.subject, "name": one.name, "code": one.code, "params": dict(one.params)}
            for one in found[:PINS_SHOWN]
        ]

    def _patiently(self, paths: list[Path], wishes: Wishes) -> ImportReport:
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return import_files(self._engine, paths, self._check.source, wishes)
            except FileRefused as refusal:
                # Nothing was read yet.
                if refusal.code != "import_running" or time.monotonic() > until or self._beat.is_lost:
                    raise
            time.sleep(_PAUSE_SECONDS)

    def _made_before(self, report: ImportReport) -> int | None:
        """Return the version that an earlier run of this very check had finished before its process was killed."""
        if report.same_as is None or report.in_force:
            return None
        with self._engine.connect() as connection:
            found = find_version(connection, self._check.source, report.same_as)
            others = exists().where(FileCheck.dataset_id == found.id, FileCheck.id != self._check.id)
            is_ours = found.created_at >= self._check.started_at and not connection.scalar(select(others))
        return int(found.id) if is_ours else None

    def _take_back(self, report: ImportReport) -> None:
        """Mark the version as removed that was finished after the check had been thrown away."""
        with write_lock(self._engine) as connection:
            if find_check(connection, self._check.id).state is CheckState.WITHDRAWN:
                made = update(Dataset).where(Dataset.id == report.dataset_id, ~Dataset.active)
                connection.execute(made.values(pruned_at=dt.datetime.now(dt.UTC)))

    def _files(self, corrected: list[tuple[str, Path]], out: Path) -> list[tuple[FileRole, str, Path]]:
        problems = (FileRole.PROBLEMS, f"{self._check.source}-problems.csv", out / "problems.csv")
        return [*((FileRole.CORRECTED, name, path) for name, path in corrected), problems]

    def end(
        self, state: CheckState, *, refusal: FinderError | None = None, code: str = "",
        report: dict[str, Any] | None = None, dataset_id: int | None = None,
        files: list[tuple[FileRole, str, Path]] | None = None,
    ) -> bool:  # fmt: skip
        """Write how the check ended, with its files, in one transaction; return False where it is another's by now."""
        told = {"code": refusal.code, "params": refusal.params} if refusal else {"code": code, "params": {}}
        now = dt.datetime.now(dt.UTC)
        values: dict[str, Any] = {
            "state": state, "refusal": told if told["code"] else None, "report": report, "dataset_id": dataset_id,
            "rows_done": self._beat.done, "ended_at": now, "heartbeat_at": now, "claim": "",
        }  # fmt: skip
        with ExitStack() as stack:
            made = []
            for role, name, path in files or []:
                made.append((role, stack.enter_context(packed(name, stack.enter_context(open(path, "rb"))))))
            with suppress(_Lost):
                self._write(values, made, now if state is CheckState.READY else None)
                return True
        return False

    def _write(self, values: dict[str, Any], files: Any = (), recorded_at: dt.datetime | None = None) -> None:
        check = self._check
        with write_lock(self._engine) as connection:
            own = update(FileCheck).where(FileCheck.id == check.id, FileCheck.claim == self._claim)
            if connection.execute(own.values(**values)).rowcount != 1:
                raise _Lost
            for role, file in files:
                store(connection, check.id, role, file)
            if recorded_at is not None:
                rows: Mapping[str, Any] = values["report"]["rows"]
                record(connection, recorded_at, check.started_by, "checked_files", check.source, check=check.id, rows=rows)  # fmt: skip


def _claim(engine: Engine, check_id: int, claim: str, given: str) -> bool:
    """Make a check that waits this process's; one that was started for it takes it only while it is still its own."""
    now = dt.datetime.now(dt.UTC)
    values = {"state": CheckState.READING, "claim": claim, "heartbeat_at": now, "runs": FileCheck.runs + 1}
    waiting = update(FileCheck).where(FileCheck.id == check_id, FileCheck.state == CheckState.WAITING)
    if given:
        waiting = waiting.where(FileCheck.claim == given)
    with writing(engine) as connection:
        return connection.execute(waiting.values(**values)).rowcount == 1


def _tidy(engine: Engine, source: str) -> None:
    """Remove what a check of a source that was thrown away has left: rows of an unfinished version, or a whole one."""
    with import_lock(engine, source) as got_it:
        if got_it:
            abandon_unfinished(engine, source)
    prune(engine, source, dt.datetime.now(dt.UTC))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
