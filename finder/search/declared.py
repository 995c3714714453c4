"""Read what people and places say of their work, for the snapshot and for pages alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from finder.db.directory import StatedCapability
from finder.search.treats import Declared

# (dataset, person or None, place or None): what was said there, by condition or procedure.
Spoken = Mapping[tuple[int, str | None, str | None], Mapping[str, Declared]]


def read_declared(connection: Connection, *where: ColumnElement[bool]) -> Spoken:
    """Return the stated capabilities that `where` selects. A person without a place speaks for all their places."""
    c = StatedCapability
    found: dict[tuple[int, str | None, str | None], dict[str, Declared]] = defaultdict(dict)
    for row in connection.execute(
        select(
            c.dataset_id, c.practitioner_key, c.location_key, c.target_kind, c.target, c.level, c.approved_by,
            c.approved_on,
        )
        .where(*where)
        .order_by(c.id)
    ):  # fmt: skip
        found[row.dataset_id, row.practitioner_key, row.location_key][row.target] = Declared(
            row.target_kind, row.target, row.level, row.approved_by, row.approved_on
        )
    return found


def said_by(spoken: Spoken, dataset_id: int, person: str | None, place: str) -> tuple[Declared, ...]:
    """Return what holds for a person at a place (or for the place itself): the place's own rows before the general."""
    here: Mapping[str, Declared] = spoken.get((dataset_id, person, place), {})
    everywhere: Mapping[str, Declared] = spoken.get((dataset_id, person, None), {}) if person else {}
    merged: dict[str, Any] = {**everywhere, **here}
    return tuple(merged.values())
