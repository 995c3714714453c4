"""Make a database ready to serve: tables, the shipped catalogue, and into an empty one the demo."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from finder.db.catalogue import Catalogue, shipped_differs, shipped_entries, write_shipped
from finder.db.datasets import Activation, Dataset, Source
from finder.db.dialect import write_lock
from finder.db.edition import load_snapshot, searched_rows
from finder.db.geography import has_postgis
from finder.db.migrations import is_ahead, migrate
from finder.db.reference import DATA, zip_points
from finder.db.reference_tables import follow
from finder.db.staff import AuditEntry
from finder.desk.audit import record
from finder.desk.publish import activate, republish
from finder.errors import DirectoryRefused, FileRefused, StorageFailed
from finder.importers.pipeline import Wishes, import_files
from finder.importers.remembered import DEMO
from finder.importers.templates import SECTIONS
from finder.search.postgis_rows import is_wanted, refuse_without_postgis
from finder.search.snapshot import LAYOUT, Snapshot

_ACTOR = "finder setup"


# In the audit log: whether the demo is wanted, as somebody has said. The last word holds.
_DECISIONS = {True: "want_demo", False: "decline_demo"}


def set_up(engine: Engine, backups: Path, *, demo: bool, decided_by: str | None = None) -> list[str]:
    """Bring a database up to this version; return the names of what was done, none where all was ready.

    Steps: migrated, catalogue_loaded, demo_loaded, edition_raised. Safe to run at every start and while others
    serve. A database that a newer version has migrated is used as it is, where this one may. Where somebody has decided
    about the demo (`decided_by`), that is remembered: once declined, it is not loaded until somebody wants it. Raises
    DirectoryRefused where the database is of a newer version and cannot be used, SettingError where PostGIS is to
    search and cannot.
    """
    done = []
    if is_ahead(engine):
        # What a newer version has set up is its own, the catalogue too: two versions would undo it in turn.
        if load_snapshot(engine, LAYOUT) is None:
            republish(engine, _ACTOR, "set_up")
            done.append("edition_raised")
        return done
    if migrate(engine, backups):
        done.append("migrated")
    refuse_without_postgis(engine)
    if decided_by is not None:
        _decide_on_demo(engine, decided_by, wanted=demo)
    if _load_catalogue(engine):
        done.append("catalogue_loaded")
    if demo and _wants_demo(engine) and _load_demo(engine):
        done.append("demo_loaded")
    elif "catalogue_loaded" in done or not _snapshot_is_whole(engine):
        republish(engine, _ACTOR, "set_up")
        done.append("edition_raised")
    return done


def serves_only_demo(engine: Engine) -> bool:
    """Return whether all that patients would see is the fictional demo."""
    with engine.connect() as connection:
        active = connection.scalars(
            select(Source.is_demo).join(Dataset, Dataset.source_id == Source.id).where(Dataset.active)
        ).all()
    return bool(active) and all(active)


def refuse_demo_off_loopback(engine: Engine, host: str, *, on_loopback: bool) -> None:
    """Raise DirectoryRefused where invented doctors alone would be shown to other machines."""
    if not on_loopback and serves_only_demo(engine):
        raise DirectoryRefused("demo_off_loopback", host=host)


def _load_catalogue(engine: Engine) -> int:
    now, shipped = dt.datetime.now(dt.UTC), shipped_entries(DATA / "catalogue.json")
    with engine.connect() as connection:
        # Every command comes by here, and must not wait for those who write.
        if not shipped_differs(connection, shipped):
            return 0
    with write_lock(engine) as connection:
        changed = write_shipped(connection, shipped, now)
        if changed:
            record(connection, now, _ACTOR, "load_catalogue", "shipped", changed=changed)
    return changed


def _snapshot_is_whole(engine: Engine) -> bool:
    """Return whether the edition's snapshot is of this layout, catalogue and ZIP points, and PostGIS has its rows.

    A process killed after it loaded the catalogue leaves an edition without it; a release may ship newer ZIP points
    than those that were taken. A damaged one is made anew from the tables, which hold all that was in it.
    """
    stored = load_snapshot(engine, LAYOUT)
    if stored is None:
        return False
    with engine.connect() as connection:
        in_force, known = Catalogue.read(connection), searched_rows(connection, LAYOUT)
        has_rows = known is None or known[1] is not None
        can_have = has_postgis(connection)
        follow(connection)
    try:
        snapshot = Snapshot.from_bytes(stored[1])
    except StorageFailed:
        return False
    if not has_rows and can_have and is_wanted(engine, snapshot):
        return False
    same = json.dumps(in_force.entries) == json.dumps(snapshot.catalogue.entries)
    return same and snapshot.zip_points == zip_points().day


def _wants_demo(engine: Engine) -> bool:
    """Return whether nothing was ever put in force, nobody has begun to import data of their own, or declined it."""
    with engine.connect() as connection:
        if _demo_is_declined(connection):
            return False
        real = connection.scalar(select(Source.id).where(~Source.is_demo).limit(1))
        return real is None and connection.scalar(select(Activation.id).limit(1)) is None


def _demo_is_declined(connection: Connection) -> bool:
    said = select(AuditEntry.action).where(AuditEntry.action.in_(_DECISIONS.values()))
    return connection.scalar(said.order_by(AuditEntry.id.desc()).limit(1)) == _DECISIONS[False]


def _decide_on_demo(engine: Engine, actor: str, *, wanted: bool) -> None:
    with engine.connect() as connection:
        if wanted is not _demo_is_declined(connection):
            return
    with write_lock(engine) as connection:
        record(connection, dt.datetime.now(dt.UTC), actor, _DECISIONS[wanted], DEMO)


def _load_demo(engine: Engine) -> bool:
    try:
        import_files(engine, [DATA / "demo" / f"{name}.csv" for name in SECTIONS], DEMO, Wishes(is_demo=True))
        activate(engine, DEMO, None, _ACTOR)
    except (FileRefused, DirectoryRefused) as refusal:
        # Another process that starts at the same moment is loading it.
        if refusal.code not in ("import_running", "dataset_already_active"):
            raise
        return False
    return True
