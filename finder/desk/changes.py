"""What a version changes against the one in force, or against any other, and what must be confirmed to publish it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from finder.db.datasets import Activation, Dataset
from finder.desk.guards import example_rows, much_is_lost, outdated
from finder.desk.versions import active_dataset, compared_with, find_version
from finder.errors import DirectoryRefused
from finder.importers.amendments import AmendmentMet, amendments_met
from finder.importers.differences import differences
from finder.importers.moved import PlacesMoved, places_moved
from finder.importers.report import Difference
from finder.search.kept import Kept

# Versions never change, so what lies between two is counted once.
_KEPT = 64
_counted: Kept[tuple[str, dt.datetime, dt.datetime | None, int, int | None], dict[str, Difference]] = Kept(_KEPT)


@dataclass(frozen=True)
class Changes:
    """A version beside another one (None: nothing is in force, and all of it is new).

    `active` is the number of the version of its source in force, 0 for none. `sections` are the counts; `lost` says
    that so much disappears that its number must be confirmed, `outdated` which version it was made from and which one's
    changes it would undo, `examples` its rows that are examples of the templates.
    """

    source: str
    new: Row[Any]
    old: Row[Any] | None
    active: int
    active_since: dt.datetime | None
    sections: Mapping[str, Difference]
    lost: bool
    outdated: tuple[int, int] | None
    examples: list[str]

    @property
    def totals(self) -> Difference:
        """The counts of all sections together."""
        some = list(self.sections.values())
        return Difference(
            *(sum(getattr(one, name) for one in some) for name in ("new", "changed", "unchanged", "gone"))
        )

    @property
    def can_publish(self) -> bool:
        """Whether it is not in force, and is seen against what is."""
        return not self.new.active and (self.old.version if self.old else 0) == self.active

    def met(self, connection: Connection) -> list[AmendmentMet]:
        """Return the amendments whose imported value the version gives otherwise."""
        return amendments_met(connection, self.source, self.new.id)

    def places(self, connection: Connection) -> PlacesMoved | None:
        """Return the places that are new, gone or moved, None where all are new."""
        return places_moved(connection, self.old.id, self.new.id) if self.old else None


def changes_of(connection: Connection, source: str, version: int, against: int | None = None) -> Changes:
    """Return what a version of a source changes: against the one in force, or, of that one, against what it replaced.

    Raises DirectoryRefused where there is no such source or version, or its rows are there no longer.
    """
    new = find_version(connection, source, version)
    active_id = active_dataset(connection, new.source_id)
    active = connection.execute(select(Dataset.version).where(Dataset.id == active_id)).scalar() or 0
    old = _other(connection, source, new, active, against)
    sections = _differences(connection, old, new)
    is_next = not new.active and (old.version if old else 0) == active
    return Changes(
        source, new, old, active, _since(connection, active_id), sections,
        lost=is_next and old is not None and much_is_lost(sections),
        outdated=outdated(connection, new, active_id) if is_next else None,
        examples=example_rows(connection, new.id) if is_next else [],
    )  # fmt: skip


def _other(connection: Connection, source: str, new: Row[Any], active: int, against: int | None) -> Row[Any] | None:
    if against:
        return find_version(connection, source, against)
    if not new.active:
        return find_version(connection, source, active) if active else None
    try:
        return compared_with(connection, source, new)
    except DirectoryRefused:
        return None


def _since(connection: Connection, active_id: int | None) -> dt.datetime | None:
    last = select(func.max(Activation.id)).where(Activation.dataset_id == active_id)
    return connection.scalar(select(Activation.at).where(Activation.id == last.scalar_subquery()))


def _differences(connection: Connection, old: Row[Any] | None, new: Row[Any]) -> dict[str, Difference]:
    # Another database at the same address, as after going back to a backup, has other moments.
    key = str(connection.engine.url), new.created_at, old.created_at if old else None, new.id, old.id if old else None
    if (known := _counted.get(key)) is None:
        known = differences(connection, old.id if old else None, new.id)
        _counted.put(key, known)
    return known
