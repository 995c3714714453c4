"""Files to a new, inactive dataset: read, check, mend, write in slices, carry the other sections over, compare.

Nothing that patients see changes here. A process killed in the middle leaves an unfinished dataset, which the
next import of the source marks abandoned and empties.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from finder.db.datasets import MADE_FROM, Dataset, DatasetState, Outcome, Source, SourceFile
from finder.db.dialect import import_lock, refresh_statistics, writing
from finder.db.removals import removed_npis
from finder.errors import FileRefused, FinderError
from finder.importers.carrying import carry_over
from finder.importers.checker import Checker, Watch, collector_paused
from finder.importers.differences import differences
from finder.importers.examples import example_rows
from finder.importers.headers import Fit, check_mapping, fit, refuse_headers_missing
from finder.importers.layouts import Opened, OpenedTable
from finder.importers.records import Known, Records
from finder.importers.remembered import check_name, inserted, remember_mapping, remembered_mapping, source_of
from finder.importers.report import KEPT_OF_A_KIND, FileRead, ImportReport, Problem
from finder.importers.retention import prune
from finder.importers.rows import Limits
from finder.importers.storing import discard, empty, in_slices, write, write_problems
from finder.importers.templates import FILLS, SECTIONS, SHAPES
from finder.importers.updates import overlaid
from finder.importers.vocabulary import Vocabulary

# Hears how many rows were read so far, and of how many at most.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Wishes:
    """How an import is wanted.

    `mapping` is column by header, added to what the source remembers. `update_only` files change and add rows and
    remove those marked so. `note_examples` looks for example rows of the templates. `watch` is asked for each table
    and sees its rows with what was told of them.
    """

    dry_run: bool = False
    update_only: bool = False
    ignore_unknown_columns: bool = False
    mapping: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    is_demo: bool = False
    note_examples: bool = False
    progress: Progress | None = None
    watch: Callable[[Fit], Watch | None] = lambda _fit: None


def import_files(engine: Engine, paths: Sequence[Path], source_name: str, wishes: Wishes = Wishes()) -> ImportReport:
    """Import files as the next version of a source; return what was found. The version is not yet active.

    A dry run leaves nothing behind but its report; so does an import that says what the newest version says already.
    Raises FileRefused, with nothing changed, where a file cannot be used at all.
    """
    check_name(source_name, is_demo=wishes.is_demo)
    check_mapping(wishes.mapping)
    report = ImportReport(source_name, update_only=wishes.update_only)
    fits = _fits(engine, paths, source_name, wishes, report)
    with import_lock(engine, source_name) as got_it:
        if not got_it:
            raise FileRefused("import_running", source=source_name)
        abandon_unfinished(engine, source_name)
        job = _Job(engine, report, fits, wishes)
        try:
            with collector_paused():
                job.load()
            with engine.connect() as connection:
                report.differences = differences(connection, job.active_id, job.dataset_id)
                report.same_as = job.same_as(connection)
                report.in_force = job.newest_is_active
        except BaseException:
            with suppress(FinderError):
                # Where the ground gave way (a full disk, a database that left) what went wrong first is what matters,
                # and the next import clears away what is left.
                discard(engine, job.dataset_id)
            raise
        if wishes.dry_run or report.same_as is not None:
            job.see_that_it_is_whole()
            discard(engine, job.dataset_id)
            report.version, report.dataset_id = report.same_as if not wishes.dry_run else None, None
            if not wishes.dry_run:
                job.renew_same()
        else:
            job.finish()
            with suppress(FinderError):
                # The import is whole; what could not be cleared away now is the next one's to clear.
                prune(engine, source_name, dt.datetime.now(dt.UTC))
        if wishes.mapping and not wishes.dry_run:
            remember_mapping(engine, source_name, wishes.mapping)
    return report


def _fits(
    engine: Engine, paths: Sequence[Path], source_name: str, wishes: Wishes, report: ImportReport
) -> dict[str, Fit]:
    """Return the tables by section, in the order in which sections refer to each other."""
    with engine.connect() as connection:
        mapping = remembered_mapping(connection, source_name) | dict(wishes.mapping)
    # Whoever says by hand what columns are has a file of their own.
    opened = Opened(engine, paths, wishes.limits, public=not wishes.mapping and not wishes.update_only)
    found: dict[str, Fit] = {}
    filled: dict[str, str] = {}
    heads: set[str] = set()
    for file in opened.files():
        fitting: list[tuple[Fit, OpenedTable]] = []
        strange: list[tuple[str, FileRefused]] = []
        for came in file:
            table = came.table
            if came.beside:
                report.files.append(FileRead.of(came, "roster"))
                continue
            heads.update(cell.strip() for _number, cells in table.head for cell in cells)
            try:
                ignore, update_only = wishes.ignore_unknown_columns, wishes.update_only
                shapes = tuple(SECTIONS if update_only else SHAPES)
                one = fit(table, mapping, ignore_unknown=ignore, update_only=update_only, wanted=shapes)
                if table.is_hidden:
                    # Last year's list, behind this year's: nobody would see what it brings.
                    raise FileRefused("sheet_hidden", name=table.label)
                fitting.append((one, came))
            except FileRefused as refusal:
                # A workbook may have a sheet of notes; what is not ours is left out, and said so.
                if not table.is_hidden and (refusal.code != "file_without_header" or not table.sheet):
                    if refusal.code in ("columns_missing", "file_without_header"):
                        # More often it comes of a header that was mistyped in the mapping than of the file.
                        refuse_headers_missing(wishes.mapping, heads, sure=False)
                    raise
                strange.append((table.label, refusal))
                report.hidden_sheets += [table.label] * table.is_hidden
        if strange and not fitting:
            raise next((told for _label, told in strange if told.code == "sheet_hidden"), strange[-1][1])
        report.sheets_left_out += [label for label, _refusal in strange]
        for one, came in fitting:
            table = one.table
            for section in FILLS[one.section.name]:
                if section in filled:
                    raise FileRefused("section_twice", name=table.label, section=section)
                filled[section] = table.label
            found[one.section.name] = one
            report.files.append(FileRead.of(came, one.section.name))
            report.unknown_columns += one.unknown
            report.ignored_columns += one.left_out
    refuse_headers_missing(wishes.mapping, {head.strip() for one in found.values() for head in one.header})
    return {name: found[name] for name in FILLS if name in found}


class _Job:
    """One import at work: the dataset that it fills, and what it knows so far."""

    def __init__(self, engine: Engine, report: ImportReport, fits: dict[str, Fit], wishes: Wishes) -> None:
        self._engine, self._report, self._fits, self._wishes = engine, report, fits, wishes
        self._known = Known()
        self._waiting: list[Problem] = []
        self._first_refused: dict[str, Problem] = {}
        self._rows_at_most = sum(one.table.rows_at_most for one in fits.values())
        self._filled = [name for shape in fits for name in FILLS[shape]]
        self._made_from: int | None = None
        self.dataset_id, self.active_id, self._newest = self._open()
        with engine.connect() as connection:
            self._vocabulary, self._removed = Vocabulary.read(connection), removed_npis(connection)
        self._records = Records(self._vocabulary, self._known)

    def _open(self) -> tuple[int, int | None, tuple[int, int] | None]:
        """Make the dataset; return its row number, that of the active one, and (row number, version) of the newest."""
        now, report, is_demo = dt.datetime.now(dt.UTC), self._report, self._wishes.is_demo
        with writing(self._engine) as connection:
            source_id = source_of(connection, report.source, is_demo=is_demo)
            last = connection.scalar(select(func.max(Dataset.version)).where(Dataset.source_id == source_id)) or 0
            usable = connection.execute(
                select(Dataset.id, Dataset.version, Dataset.active, Dataset.sections)
                .where(Dataset.source_id == source_id, Dataset.state == DatasetState.READY, Dataset.pruned_at.is_(None))
                .order_by(Dataset.version.desc())
            ).all()
            newest, active = next(iter(usable), None), next((one for one in usable if one.active), None)
            active_id = active.id if active else None
            if self._wishes.update_only and active_id is None:
                raise FileRefused("update_needs_active", source=report.source)
            carried = [] if active_id is None else [name for name in SECTIONS if name not in self._filled]
            if active and (report.update_only or carried):
                self._made_from = active.version
                report.waiting = sorted(
                    one.version for one in usable
                    if one.version > active.version and (report.update_only or set(carried) & set(one.sections))
                )  # fmt: skip
            dataset_id = inserted(
                connection, insert(Dataset).values(
                    source_id=source_id, version=last + 1, state=DatasetState.LOADING, active=False,
                    sections=self._filled, carried_over=carried, counts={}, created_at=now, heartbeat_at=now,
                    update_only=report.update_only,
                )
            )  # fmt: skip
            for name, one in self._fits.items():
                table = one.table
                connection.execute(
                    insert(SourceFile).values(
                        dataset_id=dataset_id, section=name, name=table.label[:255], sha256=table.file.sha256,
                        size_bytes=table.file.size_bytes, encoding=table.encoding, delimiter=table.delimiter,
                        header=one.header, content_zlib=table.file.kept_zlib(),
                        columns=[column.name if column else "" for column in one.columns],
                    )
                )  # fmt: skip
        report.version, report.dataset_id, report.carried_over = last + 1, dataset_id, carried
        return dataset_id, active_id, (newest.id, newest.version) if newest else None

    @property
    def newest_is_active(self) -> bool:
        """Whether the source's newest version before this one is in force."""
        return self._newest is not None and self._newest[0] == self.active_id

    def load(self) -> None:
        """Write every section: from its file, else carried over from the active version."""
        done = 0
        for name in FILLS:
            if name in self._fits:
                try:
                    done += self._load(name, done)
                except FileRefused as refusal:
                    if refusal.code == "import_without_rows":
                        self._show_unread(name)
                    raise
            elif name in SECTIONS and name not in self._filled and self.active_id is not None:
                with writing(self._engine) as connection:
                    self._mark(connection)
                    lost = carry_over(connection, name, self.active_id, self.dataset_id, self._known)
                    self._lost(name, lost)
                    write_problems(connection, self.dataset_id, self._waiting)
        if self._wishes.note_examples:
            self._note_examples()

    def _note_examples(self) -> None:
        """Note the rows that somebody forgot to delete from a template."""
        with self._engine.connect() as connection:
            for problem in example_rows(connection, self.dataset_id, self._filled):
                self._tell(problem)
        with self._engine.begin() as connection:
            self._mark(connection)
            write_problems(connection, self.dataset_id, self._waiting)

    def _load(self, name: str, done: int) -> int:
        """Write one table's rows, a slice at a time; return how many were read."""
        one, wishes = self._fits[name], self._wishes
        watch, laid, tell = wishes.watch(one), None, self._tell
        if wishes.update_only and self.active_id is not None:
            one, laid = overlaid(one, self.active_id, self._engine, self._vocabulary, self._tell, watch)
            # What is laid over the old rows is none of the file's own; it shows these itself.
            watch, tell = None, laid.tell
        checker = Checker(one, self._vocabulary, self._records, tell, self._removed)
        count = self._report.sections[name] = checker.count
        for slice_ in in_slices(checker.batches(watch)):
            with self._engine.begin() as connection:
                # First, so that nobody clears the dataset away until the slice is written.
                self._mark(connection, rows_done=done + count.read)
                write(connection, self.dataset_id, slice_)
                write_problems(connection, self.dataset_id, self._waiting)
            if wishes.progress:
                wishes.progress(done + count.read, self._rows_at_most)
        if laid is not None:
            laid.count_into(count)
            laid.show_rows()
        self._report.set_aside += checker.aside.rows
        self._lost(name, checker.lost)
        if not count.read - count.blank and not self._was_filled(name):
            raise FileRefused("file_without_rows", name=one.table.label)
        if not count.accepted and count.refused:
            first = self._first_refused[name]
            told = {"problem": first.code, "row": first.row_number}
            columns = first.params.get("columns") if first.code == "row_incomplete" else None
            told["column"] = ", ".join(columns or [first.column or "-"])
            refusal = FileRefused("import_without_rows", section=name, **told)
            refusal.problems = self._report.problems
            raise refusal
        return count.read

    def _show_unread(self, last: str) -> None:
        """Show whoever watches the tables after the last one read, as they came, so that a corrected file has them."""
        for name in list(FILLS)[list(FILLS).index(last) + 1 :]:
            watch = self._wishes.watch(self._fits[name]) if name in self._fits else None
            if watch is not None:
                for _number, cells in self._fits[name].rows:
                    watch(cells, [])

    def _was_filled(self, shape: str) -> bool:
        """Tell whether the active version has rows where this file has none: then that may be meant."""
        if self.active_id is None or self._wishes.update_only:
            return False
        with self._engine.connect() as connection:
            found = differences(connection, None, self.active_id)
        return any(found[name].new for name in FILLS[shape] if name in found)

    def _lost(self, section: str, rows: int) -> None:
        if rows:
            self._tell(Problem(section, 0, "", "", "carried_over_lost", {"rows": rows}, Outcome.NOTED))

    def _tell(self, problem: Problem) -> None:
        self._report.add(problem)
        if problem.outcome in (Outcome.MENDED, Outcome.NOTED):
            # All are counted, and all stand in the corrected file.
            if self._report.problem_counts[problem.code] > KEPT_OF_A_KIND:
                return
        elif problem.outcome is Outcome.REFUSED:
            self._first_refused.setdefault(problem.section, problem)
        self._waiting.append(problem)

    def same_as(self, connection: Connection) -> int | None:
        """Return the source's newest version where it says the same as this one."""
        if self._newest is None:
            return None
        found = differences(connection, self._newest[0], self.dataset_id)
        same = all(not (one.new or one.changed or one.gone) for one in found.values())
        return self._newest[1] if same else None

    def finish(self) -> None:
        """Make the dataset ready."""
        with self._engine.begin() as connection:
            refresh_statistics(connection)
        counts: dict[str, Any] = {name: vars(count) for name, count in self._report.sections.items()}
        counts["problems"] = dict(self._report.problem_counts)
        if self._report.set_aside:
            counts["set_aside"] = self._report.set_aside
        if self._made_from is not None:
            counts[MADE_FROM] = self._made_from
        with self._engine.begin() as connection:
            self._mark(connection, state=DatasetState.READY, counts=counts)

    def renew_same(self) -> None:
        """Note of the newest version, which says the same as this import, that it is up to date with the active one."""
        if self._newest is None or self._made_from is None or self.newest_is_active:
            return
        with writing(self._engine) as connection:
            same = Dataset.id == self._newest[0]
            counts = connection.scalar(select(Dataset.counts).where(same)) or {}
            if MADE_FROM in counts:
                connection.execute(update(Dataset).where(same).values(counts=counts | {MADE_FROM: self._made_from}))

    def see_that_it_is_whole(self) -> None:
        """Raise FileRefused (import_running) where another import has taken this one for dead and emptied it."""
        with self._engine.begin() as connection:
            self._mark(connection)

    def _mark(self, connection: Connection, **values: Any) -> None:
        """Write on the dataset's row that it is being worked on; refuse where another import has abandoned it.

        That comes of a lock that was lost, as where the server ended the session that held it.
        """
        loading = update(Dataset).where(Dataset.id == self.dataset_id, Dataset.state == DatasetState.LOADING)
        if connection.execute(loading.values(heartbeat_at=dt.datetime.now(dt.UTC), **values)).rowcount != 1:
            raise FileRefused("import_running", source=self._report.source)


def abandon_unfinished(engine: Engine, source_name: str) -> int:
    """Mark datasets that a killed process left unfinished, and drop their rows; return how many there were.

    Call it under the source's import lock only: then nobody can still be at work on them.
    """
    with writing(engine) as connection:
        unfinished = connection.scalars(
            select(Dataset.id)
            .join(Source, Source.id == Dataset.source_id)
            .where(Source.name == source_name, Dataset.state == DatasetState.LOADING)
        ).all()
        for dataset_id in unfinished:
            # The mark first: one that lost its lock may still be at work, and writes nothing once it stands.
            connection.execute(update(Dataset).where(Dataset.id == dataset_id).values(state=DatasetState.ABANDONED))
            empty(connection, dataset_id)
    return len(unfinished)
