"""Compare two versions of a source, listing by listing."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, select

from finder.db.directory import (
    HealthcareService,
    InDataset,
    Location,
    OrganizationPlan,
    Practitioner,
    PractitionerRole,
    StatedCapability,
)
from finder.importers.report import Difference

# What identifies a row of a section inside one dataset; the other columns are its facts.
LISTINGS: dict[str, tuple[type[InDataset], tuple[str, ...]]] = {
    "locations": (Location, ("key",)),
    "practitioners": (PractitionerRole, ("practitioner_key", "location_key")),
    "capabilities": (StatedCapability, ("practitioner_key", "location_key", "target")),
    "services": (HealthcareService, ("location_key", "kind")),
    "plans": (OrganizationPlan, ("organization_key", "plan")),
}
# Facts of a listing that are stored in another table, under the first column of the listing's key.
_ELSEWHERE: dict[str, tuple[type[InDataset], str]] = {
    "locations": (HealthcareService, "location_key"),
    "practitioners": (Practitioner, "key"),
}

_Key = tuple[Any, ...]


def differences(connection: Connection, old_id: int | None, new_id: int) -> dict[str, Difference]:
    """Return, for each section, how many listings are new, changed, unchanged and gone against the old version."""
    found: dict[str, Difference] = {}
    for section in LISTINGS:
        old = _prints(connection, section, old_id) if old_id is not None else {}
        new = _prints(connection, section, new_id)
        if not old and not new:
            continue
        both = old.keys() & new.keys()
        changed = sum(old[key] != new[key] for key in both)
        found[section] = Difference(len(new) - len(both), changed, len(both) - changed, len(old) - len(both))
    return found


def _prints(connection: Connection, section: str, dataset_id: int) -> dict[_Key, bytes]:
    """Return a short hash of each listing's facts by its key, so that a million listings fit in memory."""
    table, keys = LISTINGS[section]
    own = _rows(connection, section, table, keys, dataset_id)
    if section not in _ELSEWHERE:
        return own
    other, key = _ELSEWHERE[section]
    more = _rows(connection, section, other, (key,), dataset_id)
    return {listing: facts + more.get(listing[:1], b"") for listing, facts in own.items()}


def _rows(
    connection: Connection, section: str, table: type[InDataset], keys: tuple[str, ...], dataset_id: int
) -> dict[_Key, bytes]:
    columns = [
        column for column in table.__table__.columns if column.name not in ("id", "dataset_id", "section", *keys)
    ]
    rows = connection.execute(
        select(*(getattr(table, key) for key in keys), *columns).where(
            table.dataset_id == dataset_id, table.section == section
        )
    )
    width = len(keys)
    return {
        tuple(row[:width]): hashlib.blake2b(repr(tuple(row[width:])).encode(), digest_size=8).digest() for row in rows
    }
