"""Files to a new, inactive dataset: read, check, mend, write in slices, carry the other sections over, compare.

Nothing that patients see changes here. A process killed in the middle leaves an unfinished dataset, which the
next import of the source marks abandoned and empties.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from babel import Locale
from sqlalchemy import Connection, Engine, Insert, and_, delete, exists, func, insert, literal, or_, select, update

from finder.db.catalogue import Catalogue
from finder.db.datasets import Dataset, DatasetState, ImportProblem, Outcome, Source, SourceFile
from finder.db.dialect import import_lock, refresh_statistics, writing
from finder.db.directory import (
    SECTION_TABLES,
    InDataset,
    Location,
    Organization,
    Practitioner,
    PractitionerRole,
    StatedCapability,
)
from finder.errors import FileRefused
from finder.importers.differences import differences
from finder.importers.headers import Fit, fit
from finder.importers.records import Checker, Known, Record, Vocabulary
from finder.importers.report import ImportReport, Problem, SectionCount
from finder.importers.rows import receive, tables
from finder.importers.templates import SECTIONS

SLICE_ROWS = 1000
DEMO = "demo"
_SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")

Progress = Callable[[int], None]


def import_files(
    engine: Engine,
    paths: Sequence[Path],
    source_name: str,
    *,
    dry_run: bool = False,
    ignore_unknown_columns: bool = False,
    limit_mb: int = 200,
    is_demo: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import files as the next version of a source; return what was found. The version is not yet active.

    `progress` hears how many rows were read so far. A dry run leaves nothing behind but its report. Raises
    FileRefused, with nothing changed, where a file cannot be used at all.
    """
    if not _SOURCE_NAME.fullmatch(source_name):
        raise FileRefused("source_name_malformed", value=source_name)
    if source_name == DEMO and not is_demo:
        raise FileRefused("source_name_reserved", value=source_name)
    fits = _fits(paths, ignore_unknown_columns, limit_mb)
    with import_lock(engine, source_name) as got_it:
        if not got_it:
            raise FileRefused("import_running", source=source_name)
        abandon_unfinished(engine, source_name)
        report = ImportReport(source_name, ignored_columns=[head for one in fits.values() for head in one.ignored])
        dataset_id, active_id = _open_dataset(engine, source_name, fits, is_demo, report)
        try:
            _load(engine, dataset_id, active_id, fits, report, progress)
            with engine.connect() as connection:
                report.differences = differences(connection, active_id, dataset_id)
        except BaseException:
            discard(engine, dataset_id)
            raise
        if dry_run:
            discard(engine, dataset_id)
            report.version = report.dataset_id = None
        else:
            _finish(engine, dataset_id, report)
    return report


def _fits(paths: Sequence[Path], ignore_unknown: bool, limit_mb: int) -> dict[str, Fit]:
    """Return each section's table, in the order in which sections refer to each other."""
    found: dict[str, Fit] = {}
    for path in paths:
        for table in tables(receive(path, limit_mb)):
            one = fit(table, ignore_unknown=ignore_unknown)
            if one.section.name in found:
                raise FileRefused("section_twice", name=table.label, section=one.section.name)
            found[one.section.name] = one
    return {name: found[name] for name in SECTIONS if name in found}


def _open_dataset(
    engine: Engine, source_name: str, fits: dict[str, Fit], is_demo: bool, report: ImportReport
) -> tuple[int, int | None]:
    now = dt.datetime.now(dt.UTC)
    with writing(engine) as connection:
        source_id = connection.scalar(select(Source.id).where(Source.name == source_name))
        if source_id is None:
            values = {
                "name": source_name,
                "is_demo": is_demo,
                "created_at": now,
                "priority": 0 if is_demo else 10,
            }
            source_id = _insert(connection, insert(Source).values(**values))
        newest = connection.scalar(select(func.max(Dataset.version)).where(Dataset.source_id == source_id)) or 0
        active_id = connection.scalar(select(Dataset.id).where(Dataset.source_id == source_id, Dataset.active))
        carried = [] if active_id is None else [name for name in SECTIONS if name not in fits]
        dataset_id = _insert(
            connection, insert(Dataset).values(
                source_id=source_id, version=newest + 1, state=DatasetState.LOADING, active=False,
                sections=list(fits), carried_over=carried, counts={}, created_at=now, heartbeat_at=now,
            )
        )  # fmt: skip
        for name, one in fits.items():
            table = one.table
            connection.execute(
                insert(SourceFile).values(
                    dataset_id=dataset_id, section=name, name=table.label[:255], sha256=table.file.sha256,
                    size_bytes=len(table.file.content), encoding=table.encoding, delimiter=table.delimiter,
                    header=table.header, content_zlib=table.file.kept_zlib,
                )
            )  # fmt: skip
    report.version, report.dataset_id, report.carried_over = newest + 1, dataset_id, carried
    return dataset_id, active_id


def _insert(connection: Connection, statement: Insert) -> int:
    key = connection.execute(statement).inserted_primary_key
    return int(key[0]) if key else 0


def _load(
    engine: Engine,
    dataset_id: int,
    active_id: int | None,
    fits: dict[str, Fit],
    report: ImportReport,
    progress: Progress | None,
) -> None:
    """Write every section: from its file, else carried over from the active version."""
    known, problems, first_refused = Known(), list[Problem](), dict[str, Problem]()

    def tell(problem: Problem) -> None:
        report.add(problem)
        problems.append(problem)
        if problem.outcome is Outcome.REFUSED:
            first_refused.setdefault(problem.section, problem)

    with engine.connect() as connection:
        checker = Checker(_vocabulary(connection), known, tell)
    done = 0
    for name in SECTIONS:
        if name not in fits:
            if active_id is not None:
                with writing(engine) as connection:
                    lost = _carry_over(connection, name, active_id, dataset_id, known)
                    if lost:
                        tell(Problem(name, 0, "", "", "carried_over_lost", {"rows": lost}))
                    _write_problems(connection, dataset_id, problems)
            continue
        count = report.sections[name] = SectionCount()
        waiting: dict[type[InDataset], list[dict[str, Any]]] = defaultdict(list)
        for made in _then_flush(checker.records(fits[name], count)):
            for table, values in made or ():
                waiting[table].append({"dataset_id": dataset_id, "section": name, **values})
            if made is None or count.accepted % SLICE_ROWS == 0:
                with engine.begin() as connection:
                    _write(connection, waiting)
                    _write_problems(connection, dataset_id, problems)
                    beat = {"heartbeat_at": dt.datetime.now(dt.UTC), "rows_done": done + count.read}
                    connection.execute(update(Dataset).where(Dataset.id == dataset_id).values(**beat))
                if progress:
                    progress(done + count.read)
        done += count.read
        if not count.read - count.blank:
            raise FileRefused("file_without_rows", name=fits[name].table.label)
        if not count.accepted:
            first = first_refused[name]
            refusal = FileRefused("import_without_rows", section=name, problem=first.code, row=first.row_number)
            refusal.problems = report.problems
            raise refusal


def _then_flush(records: Iterable[list[Record]]) -> Iterable[list[Record] | None]:
    yield from records
    yield None


def _write(connection: Connection, waiting: dict[type[InDataset], list[dict[str, Any]]]) -> None:
    for table in SECTION_TABLES:
        if waiting.get(table):
            connection.execute(insert(table), waiting.pop(table))


def _write_problems(connection: Connection, dataset_id: int, problems: list[Problem]) -> None:
    if problems:
        connection.execute(
            insert(ImportProblem),
            [
                {
                    "dataset_id": dataset_id, "section": p.section, "row_number": p.row_number,
                    "column_name": p.column, "value": p.value, "code": p.code, "params": p.params, "outcome": p.outcome,
                }
                for p in problems
            ],
        )  # fmt: skip
        problems.clear()


def _carry_over(connection: Connection, section: str, old_id: int, new_id: int, known: Known) -> int:
    """Copy a section from the old version, but for rows that refer to what is gone; return how many these were."""
    lost = 0
    for table in SECTION_TABLES:
        facts = [column for column in table.__table__.columns if column.name not in ("id", "dataset_id")]
        here = and_(table.dataset_id == old_id, table.section == section)
        whole = connection.scalar(select(func.count()).select_from(table).where(here)) or 0
        if not whole:
            continue
        kept = and_(here, *(_parent_exists(table, parent, new_id) for parent in _PARENTS if parent is not table))
        if table is StatedCapability:
            kept = and_(kept, _role_exists(new_id))
        connection.execute(
            insert(table).from_select(
                ["dataset_id", *(column.name for column in facts)],
                select(literal(new_id), *facts).where(kept).order_by(table.id),
            )
        )
        there = and_(table.dataset_id == new_id, table.section == section)
        lost += whole - (connection.scalar(select(func.count()).select_from(table).where(there)) or 0)
    rows: dict[Any, dict[str, int]] = {
        Organization: known.organizations,
        Location: known.locations,
        Practitioner: known.people,
    }
    for table, keys in rows.items():
        found = connection.scalars(select(table.key).where(table.dataset_id == new_id, table.section == section))
        keys.update(dict.fromkeys(found, 0))
    role = PractitionerRole
    pairs = select(role.practitioner_key, role.location_key).where(role.dataset_id == new_id, role.section == section)
    known.roles.update(dict.fromkeys(connection.execute(pairs), 0))
    return lost


_PARENTS: dict[Any, str] = {
    Organization: "organization_key",
    Location: "location_key",
    Practitioner: "practitioner_key",
}


def _parent_exists(table: type[InDataset], parent: Any, new_id: int) -> Any:
    column = getattr(table, _PARENTS[parent], None)
    if column is None:
        return literal(True)
    return or_(column.is_(None), exists().where(parent.dataset_id == new_id, parent.key == column))


def _role_exists(new_id: int) -> Any:
    said, role = StatedCapability, PractitionerRole
    same = and_(role.practitioner_key == said.practitioner_key, role.location_key == said.location_key)
    return or_(
        said.practitioner_key.is_(None), said.location_key.is_(None), exists().where(role.dataset_id == new_id, same)
    )


def _vocabulary(connection: Connection) -> Vocabulary:
    catalogue = Catalogue.read(connection)
    specialties = {code.lower(): code for code in catalogue.specialties}
    specialties |= {body["plain_en"].lower(): code for code, body in catalogue.specialties.items()}
    names = Locale("en").languages
    languages = {str(code).lower(): str(code) for code in names} | {
        str(name).lower(): str(code) for code, name in names.items()
    }
    return Vocabulary(
        frozenset(catalogue.conditions), frozenset(catalogue.entries["procedure"]), specialties, languages
    )


def _finish(engine: Engine, dataset_id: int, report: ImportReport) -> None:
    with engine.begin() as connection:
        refresh_statistics(connection)
    counts = {name: vars(count) for name, count in report.sections.items()}
    with engine.begin() as connection:
        connection.execute(
            update(Dataset)
            .where(Dataset.id == dataset_id)
            .values(state=DatasetState.READY, counts=counts, heartbeat_at=dt.datetime.now(dt.UTC))
        )


def discard(engine: Engine, dataset_id: int) -> None:
    """Remove an inactive dataset whole, children first, and its source where that was made for it."""
    with writing(engine) as connection:
        _empty(connection, dataset_id)
        for table in (ImportProblem, SourceFile):
            connection.execute(delete(table).where(table.dataset_id == dataset_id))
        source_id = connection.scalar(select(Dataset.source_id).where(Dataset.id == dataset_id))
        connection.execute(delete(Dataset).where(Dataset.id == dataset_id, ~Dataset.active))
        has_others = exists().where(Dataset.source_id == Source.id)
        connection.execute(delete(Source).where(Source.id == source_id, ~has_others))


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
            _empty(connection, dataset_id)
            connection.execute(update(Dataset).where(Dataset.id == dataset_id).values(state=DatasetState.ABANDONED))
    return len(unfinished)


def _empty(connection: Connection, dataset_id: int) -> None:
    for table in reversed(SECTION_TABLES):
        connection.execute(delete(table).where(table.dataset_id == dataset_id))
