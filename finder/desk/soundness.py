"""Whether the installation is sound: tables, references, log, edition, counts and aliases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, exists, func, select

from finder.db import TABLES
from finder.db.append_only import is_append_only
from finder.db.catalogue import Catalogue
from finder.db.datasets import Dataset, ImportProblem, Source
from finder.db.directory import HealthcareService, Location, OrganizationPlan, PractitionerRole
from finder.db.edition import current_edition, load_snapshot
from finder.db.migrations import head_revision, is_ahead, revision
from finder.db.staff import AuditEntry, PublicIdAlias
from finder.db.stored import damage
from finder.desk.audit import Head, chain, missing_head
from finder.desk.notes import find_listing
from finder.errors import DeskRefused, ListingMissing, StorageFailed
from finder.importers.report import KEPT_OF_A_KIND
from finder.search import Index
from finder.search.snapshot import LAYOUT, Snapshot

# What of each section has as many rows as were accepted of its file; a profile stands for several capabilities.
_COUNTED = {
    "locations": Location, "practitioners": PractitionerRole, "services": HealthcareService, "plans": OrganizationPlan,
}  # fmt: skip

_REPEATED = "row_repeated"


def check(engine: Engine, kept: Head | None = None) -> list[DeskRefused]:
    """Return all that is wrong, as codes with parameters; nothing where the installation is sound.

    It changes nothing and migrates nothing. `kept` is the newest entry of the log as it was kept elsewhere. It reads
    all of the log and of every table with references, which takes a minute for some million rows.
    """
    try:
        return _check(engine, kept)
    except StorageFailed as failure:
        if failure.code != "storage_damaged":
            raise
        return [DeskRefused("check_damaged", first=str(failure.params["database"]))]


def _check(engine: Engine, kept: Head | None) -> list[DeskRefused]:
    with engine.connect() as connection:
        at, head = revision(connection), head_revision()
        if at != head and not is_ahead(engine):
            # Nothing else can be told of tables of another version.
            return [DeskRefused("check_migrations", found=at or "none", expected=head)]
    found: list[DeskRefused] = []
    with engine.connect() as connection:
        if lines := damage(connection):
            # What damaged pages hold cannot be told; the rest is looked at once a backup is in their place.
            return [DeskRefused("check_damaged", first=lines[0][:200])]
        found += _log(connection, kept)
        found += _references(connection)
        found += _catalogue(connection)
        index = _edition(engine, connection, found)
        found += _counts(connection)
        found += _aliases(connection, index) if index else ()
    return found


def _log(connection: Connection, kept: Head | None) -> Iterator[DeskRefused]:
    seen = chain(connection)
    if not seen.whole:
        yield DeskRefused("log_broken", row=seen.first_broken)
    if kept and missing_head(connection, kept):
        yield DeskRefused("log_cut", row=kept.id)
    if not is_append_only(connection, AuditEntry.__tablename__):
        yield DeskRefused("log_unguarded")


def _references(connection: Connection) -> Iterator[DeskRefused]:
    for table in TABLES.sorted_tables:
        for key in table.foreign_key_constraints:
            parent = key.referred_table.alias()
            pairs = [(one.parent, parent.c[one.column.name]) for one in key.elements]
            whole = and_(*(column.is_not(None) for column, _ in pairs))
            there = exists().where(and_(*(column == other for column, other in pairs)))
            rows = connection.scalar(select(func.count()).select_from(table).where(whole, ~there))
            if rows:
                yield DeskRefused("check_references", rows=rows, name=table.name, other=key.referred_table.name)


def _catalogue(connection: Connection) -> Iterator[DeskRefused]:
    try:
        Catalogue.read(connection)
    except StorageFailed as damaged:
        yield DeskRefused("check_catalogue", name=damaged.params["database"])


def _edition(engine: Engine, connection: Connection, found: list[DeskRefused]) -> Index | None:
    number = current_edition(connection)
    stored = load_snapshot(engine, LAYOUT)
    if number == 0 or stored is None:
        found.append(DeskRefused("check_edition", version=number))
        return None
    try:
        return Index(Snapshot.from_bytes(stored[1]), stored[0])
    except Exception:
        # Whatever a damaged snapshot makes fail, that it cannot be read is what must be told.
        found.append(DeskRefused("check_snapshot", version=number))
        return None


def _counts(connection: Connection) -> Iterator[DeskRefused]:
    active = select(Dataset.id, Dataset.version, Dataset.counts, Dataset.carried_over, Dataset.update_only, Source.name)
    for row in connection.execute(active.join(Source, Source.id == Dataset.source_id).where(Dataset.active)):
        for section, table in _COUNTED.items():
            told = (row.counts.get(section) or {}).get("accepted")
            if told is None or row.update_only or section in row.carried_over:
                # Rows that were carried over were counted where they came from.
                continue
            rows = select(func.count()).select_from(table).where(table.dataset_id == row.id)
            if section == "services":
                rows = rows.where(HealthcareService.section == "services")
            there = connection.scalar(rows) or 0
            # A row that is the same as an earlier one was accepted, and is kept once.
            if not told - _repeated(connection, row, section) <= there <= told:
                yield DeskRefused(
                    "check_counts", source=row.name, version=row.version, section=section, rows=there, listed=told
                )


def _repeated(connection: Connection, dataset: Row[Any], section: str) -> int:
    """Return how many rows of a section were the same as an earlier one; of all sections, where not all are told of."""
    total = int((dataset.counts.get("problems") or {}).get(_REPEATED, 0))
    if not 0 < total <= KEPT_OF_A_KIND:
        return total
    one = ImportProblem
    told = select(func.count()).select_from(one).where(one.dataset_id == dataset.id, one.code == _REPEATED)
    return connection.scalar(told.where(one.section == section)) or 0


def _aliases(connection: Connection, index: Index) -> Iterator[DeskRefused]:
    today = dt.datetime.now(dt.UTC).date()
    aliases = select(PublicIdAlias.old_id, PublicIdAlias.new_id).order_by(PublicIdAlias.old_id)
    for old, new in connection.execute(aliases).all():
        if index.snapshot.amended.removed.has(new):
            # Who asked not to be listed is meant to be gone.
            continue
        try:
            find_listing(index, connection, old, today)
        except ListingMissing:
            yield DeskRefused("check_alias", public_id=old)
