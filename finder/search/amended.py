"""What staff changed, to be laid over the rows of datasets while a snapshot is built and when details are read.

The snapshot carries the changes in force, by public ids that are in use, and says when the first of them ends. Then
the next edition is due: so an end holds for filters, counts, order and pages alike, from one moment on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from finder.db.amendable import POSITION, as_held, fields_of, moved, person_of
from finder.db.directory import PositionKind, Practitioner
from finder.db.quality import same_places as stored_same_places
from finder.db.reference import zip_points
from finder.db.staff import Amendment, PublicIdAlias
from finder.search.positions import LAID
from finder.search.removed import NOBODY, Removed
from finder.search.sources import SourceInForce

_AT_ONCE = 500
# Fields as JSON keeps them, by public id.
Changes = Mapping[str, Mapping[str, Any]]


class Written(NamedTuple):
    """One change as staff wrote it: of which listing and field, the value, and from when until when it holds.

    `id` is that of its row, 0 for one that is still to be written.
    """

    public_id: str
    field: str
    value: Any
    made_at: dt.datetime
    ends_at: dt.datetime | None = None
    id: int = 0


class InForce(NamedTuple):
    """The changes that hold at a moment, and when the first of them ends."""

    changes: Changes
    until: dt.datetime | None


def read_written(connection: Connection) -> list[Written]:
    """Return all changes that were not withdrawn, first written first."""
    a = Amendment
    rows = connection.execute(
        select(a.public_id, a.field, a.value, a.made_at, a.ends_at, a.id)
        .where(a.withdrawn_at.is_(None))
        .order_by(a.made_at, a.id)
    )
    return [Written(*row) for row in rows]


def in_force(
    connection: Connection,
    sources: Sequence[SourceInForce],
    written: Iterable[Written],
    now: dt.datetime,
    same_places: Mapping[str, str] | None = None,
) -> InForce:
    """Return what holds at a moment, by the public ids in use: old ids of aliases and of files lead to them.

    `same_places` says which places are listed as another, None for what is stored.
    """
    holding = [one for one in written if one.ends_at is None or one.ends_at > now]
    called = now_called(connection, sources, {one.public_id for one in holding}, same_places)
    found: dict[str, dict[str, Any]] = {}
    # Of two changes of one field, as where two ids became one, the later counts.
    for one in holding:
        found.setdefault(called[one.public_id], {})[one.field] = one.value
    ends = [one.ends_at for one in holding if one.ends_at is not None]
    return InForce(found, min(ends, default=None))


def now_called(
    connection: Connection,
    sources: Sequence[SourceInForce],
    public_ids: Collection[str],
    same_places: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the public id in use of each: an alias is followed, and who has an NPI is called by it.

    A place that staff say is one with another is called as that; `same_places` are as for `in_force`.
    """
    if not public_ids:
        return {}
    parts = {part for one in public_ids for part in (person_of(one), *one.partition("@")[2:]) if part} | set(public_ids)
    aliases = dict(stored_same_places(connection) if same_places is None else same_places)
    datasets = {source.name: source.dataset_id for source in sources}
    people, person = dict[str, str](), Practitioner
    listed = sorted(parts)
    for some in (listed[first : first + _AT_ONCE] for first in range(0, len(listed), _AT_ONCE)):
        rows = select(PublicIdAlias.old_id, PublicIdAlias.new_id).where(PublicIdAlias.old_id.in_(some))
        aliases.update((row.old_id, row.new_id) for row in connection.execute(rows))
        by_dataset: dict[int, dict[str, str]] = {}
        for one in some:
            kind, _, rest = one.partition(":")
            name, _, key = rest.partition(":")
            if kind == "person" and name in datasets:
                by_dataset.setdefault(datasets[name], {})[key] = one
        for dataset_id, keys in by_dataset.items():
            named = select(person.key, person.npi).where(
                person.dataset_id == dataset_id, person.key.in_(keys), person.npi.is_not(None)
            )
            people.update((keys[row.key], f"npi:{row.npi}") for row in connection.execute(named))

    def called(one: str) -> str:
        return people.get(one) or aliases.get(one) or one

    return {one: aliases.get(one) or moved(one, called) for one in public_ids}


class Amended:
    """Tells what holds in the place of rows: made of changes, days of attestation and removals in a snapshot."""

    def __init__(
        self, changes: Changes, checked_on: Mapping[str, dt.date] | None = None, removed: Removed = NOBODY
    ) -> None:
        self.changes = changes
        self.removed = removed
        self._checked_on = checked_on or {}
        self._held = {
            public_id: {name: as_held(name, value) for name, value in fields.items()}
            for public_id, fields in changes.items()
        }
        self._laid = {public_id: fields[LAID] for public_id, fields in changes.items() if LAID in fields}
        self.is_empty = not changes and not self._checked_on and removed.is_empty

    def is_hidden(self, public_id: str) -> bool:
        """Return whether patients see nothing of a listing: hidden itself, or as a role of someone or at a place.

        Nor do they of people who asked not to be listed.
        """
        if self.removed.has(public_id):
            return True
        if not self._held:
            return False
        own = self._held.get(public_id)
        if own is not None and own.get("hidden"):
            return True
        if not public_id.startswith("role:"):
            return False
        person, _, place = public_id.removeprefix("role:").partition("@")
        return self.is_hidden(person) or self.is_hidden(place)

    def of(self, public_id: str) -> Mapping[str, Any]:
        """Return what holds of a listing in the place of its row, by the names of our columns."""
        own = self._held.get(public_id)
        if own is None:
            return {}
        ours = fields_of(public_id)
        return {ours[name]: value for name, value in own.items() if name in ours}

    def position(self, public_id: str, kind: PositionKind) -> Mapping[str, Any]:
        """Return where a place is, if not where its row says: by a pin of staff, looked up, or by another ZIP code."""
        own = self.of(public_id)
        if all(own.get(name) is not None for name in POSITION):
            return {"latitude": own["latitude"], "longitude": own["longitude"], "position_kind": PositionKind.GIVEN}
        if laid := self._laid.get(public_id):
            return {"latitude": laid[0], "longitude": laid[1], "position_kind": PositionKind(laid[2])}
        if "zip_code" not in own or kind is PositionKind.GIVEN:
            return {}
        point = zip_points().get(own["zip_code"])
        if point is None or point.latitude is None or point.longitude is None:
            return {"latitude": None, "longitude": None, "position_kind": PositionKind.NONE}
        return {"latitude": point.latitude, "longitude": point.longitude, "position_kind": PositionKind.ZIP}

    def verified_on(self, verified_on: dt.date | None, source: str, *public_ids: str) -> dt.date | None:
        """Return the last day on which something was checked: by its row, its source's attestation, or staff."""
        days = [verified_on, self._checked_on.get(source)]
        days += [self._held.get(public_id, {}).get("verified_on") for public_id in public_ids]
        return max((day for day in days if day is not None), default=None)

    def notice(self, public_id: str) -> tuple[str, str] | None:
        """Return what patients are told of a listing, in English and in Spanish, "" where nobody wrote it; or None."""
        own = self._held.get(public_id, {})
        english: str = own.get("notice_en", "")
        return (english, own.get("notice_es", "")) if english else None
