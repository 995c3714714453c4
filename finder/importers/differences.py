"""Compare two versions of a source, listing by listing."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, select

from finder.db.directory import InDataset, Location, OrganizationPlan, PractitionerRole, StatedCapability
from finder.importers.report import Difference

# What identifies a row of a section inside one dataset; the other columns are its facts.
LISTINGS: dict[str, tuple[type[InDataset], tuple[str, ...]]] = {
    "locations": (Location, ("key",)),
    "practitioners": (PractitionerRole, ("practitioner_key", "location_key")),
    "capabilities": (StatedCapability, ("practitioner_key", "location_key", "target")),
    "plans": (OrganizationPlan, ("organization_key", "plan")),
}


def differences(connection: Connection, old_id: int | None, new_id: int) -> dict[str, Difference]:
    """Return, for each section, how many listings are new, changed, unchanged and gone against the old version."""
    found: dict[str, Difference] = {}
    for section, (table, keys) in LISTINGS.items():
        old = _prints(connection, table, keys, old_id) if old_id is not None else {}
        new = _prints(connection, table, keys, new_id)
        if not old and not new:
            continue
        both = old.keys() & new.keys()
        changed = sum(old[key] != new[key] for key in both)
        found[section] = Difference(len(new) - len(both), changed, len(both) - changed, len(old) - len(both))
    return found


def _prints(
    connection: Connection, table: type[InDataset], keys: tuple[str, ...], dataset_id: int
) -> dict[tuple[Any, ...], bytes]:
    """Return a short hash of each row's facts by its key, so that a million rows fit in memory."""
    columns = [
        column for column in table.__table__.columns if column.name not in ("id", "dataset_id", "section", *keys)
    ]
    rows = connection.execute(
        select(*(getattr(table, key) for key in keys), *columns).where(table.dataset_id == dataset_id)
    )
    width = len(keys)
    return {
        tuple(row[:width]): hashlib.blake2b(repr(tuple(row[width:])).encode(), digest_size=8).digest() for row in rows
    }
