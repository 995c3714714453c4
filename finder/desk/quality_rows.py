"""The listings in force as the quality board looks at them: plain rows of all people and places, read column by column.

As patients see them: whoever several sources list comes from the highest, places that are one are one, amendments lie
over what was imported, and what is hidden or no longer listed is left out.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from finder.db.datasets import Dataset
from finder.db.dialect import Among
from finder.db.directory import Location, Organization, PositionKind, Practitioner, PractitionerRole
from finder.db.quality import same_places
from finder.db.quick import Quick
from finder.db.removals import removed_npis
from finder.search.amended import Amended, in_force, read_written
from finder.search.positions import with_positions
from finder.search.removed import Removed
from finder.search.sources import SourceInForce, sources_in_force

_at, _who, _role, _org = Location, Practitioner, PractitionerRole, Organization
_PLACES = Quick(
    select(
        _at.dataset_id, _at.key, _at.organization_key, _at.name, _at.address, _at.city, _at.state, _at.zip_code,
        _at.phone, _at.latitude, _at.longitude, _at.position_kind, _at.verified_on, _at.listed_until,
    )
    .where(Among(_at.dataset_id.expression, "datasets"))
    .order_by(_at.id)
)  # fmt: skip
_PEOPLE = Quick(
    select(_who.dataset_id, _who.key, _who.npi, _who.given_name, _who.family_name, _who.suffix, _who.specialties)
    .where(Among(_who.dataset_id.expression, "datasets"))
    .order_by(_who.id)
)
_ROLES = Quick(
    select(
        _role.dataset_id, _role.practitioner_key, _role.location_key, _role.phone, _role.verified_on,
        _role.listed_until,
    )
    .where(Among(_role.dataset_id.expression, "datasets"))
    .order_by(_role.id)
)  # fmt: skip
_ORGANIZATIONS = Quick(
    select(_org.dataset_id, _org.key, _org.name).where(Among(_org.dataset_id.expression, "datasets"))
)


class PlaceRow(NamedTuple):
    """A place. `practice` is its organization as `source:key`, "" where nobody says who runs it."""

    public_id: str
    dataset_id: int
    key: str
    name: str
    address: str
    city: str
    state: str
    zip_code: str
    phone: str
    latitude: float | None
    longitude: float | None
    position_kind: PositionKind
    verified_on: dt.date | None
    practice: str


class PersonRow(NamedTuple):
    """A person, as the source says who is believed; `specialties` are NUCC codes."""

    public_id: str
    dataset_id: int
    key: str
    npi: str | None
    given_name: str
    family_name: str
    name: str
    specialties: tuple[str, ...]


class RoleRow(NamedTuple):
    """A person at a place."""

    public_id: str
    person: PersonRow
    place: PlaceRow
    phone: str
    verified_on: dt.date | None


@dataclass(frozen=True)
class Listings:
    """All that is listed. `practices` are names of organizations by `source:key`; `people` all rows of all sources."""

    sources: tuple[SourceInForce, ...]
    places: list[PlaceRow]
    roles: list[RoleRow]
    practices: Mapping[str, str]
    people: list[PersonRow]

    def every(self) -> list[RoleRow | PlaceRow]:
        """Return all that can be checked: people at places, then places."""
        return [*self.roles, *self.places]

    def place(self, public_id: str) -> PlaceRow | None:
        """Return the place of a public id, None where it is not listed."""
        return next((one for one in self.places if one.public_id == public_id), None)


def read_listings(connection: Connection, now: dt.datetime) -> Listings:
    """Return what is listed at a moment, or will be."""
    sources = sources_in_force(connection, {})
    names = {one.dataset_id: one.name for one in sources}
    amended, kept_of, today = _amended(connection, sources, now), same_places(connection), now.date()
    rows = zip(*_ORGANIZATIONS.columns(connection, datasets=list(names)), strict=True)
    practices = {f"{names[dataset_id]}:{key}": name for dataset_id, key, name in rows}
    by_key = _places(connection, names, amended, today)
    place_of = _joined(by_key, kept_of)
    people = {
        (dataset_id, key): PersonRow(
            f"npi:{npi}" if npi else f"person:{names[dataset_id]}:{key}", dataset_id, key, npi, given, family,
            " ".join(part for part in (given, family, suffix) if part), specialties,
        )
        for dataset_id, key, npi, given, family, suffix, specialties in zip(
            *_PEOPLE.columns(connection, datasets=list(names)), strict=True
        )
    }  # fmt: skip
    listed = dict.fromkeys(place_of.values())
    roles = _roles(connection, names, people, place_of, amended, today)
    return Listings(sources, list(listed), roles, practices, list(people.values()))


def read_places(connection: Connection, source: SourceInForce, now: dt.datetime) -> list[PlaceRow]:
    """Return the places of one version of a source, as they would be listed at a moment."""
    names = {source.dataset_id: source.name}
    return list(_places(connection, names, _amended(connection, (source,), now), now.date()).values())


def _amended(connection: Connection, sources: Sequence[SourceInForce], now: dt.datetime) -> Amended:
    """Return what staff changed, and on which days somebody vouched for the whole of a source."""
    names = {one.dataset_id: one.name for one in sources}
    asked = select(Dataset.id, Dataset.checked_on).where(Dataset.id.in_(names), Dataset.checked_on.is_not(None))
    checked = {names[row.id]: row.checked_on for row in connection.execute(asked)}
    holding = in_force(connection, sources, read_written(connection), now)
    changes = with_positions(connection, sources, holding.changes)
    return Amended(changes, checked, Removed(removed_npis(connection)))


def _places(
    connection: Connection, names: Mapping[int, str], amended: Amended, today: dt.date
) -> dict[tuple[int, str], PlaceRow]:
    found: dict[tuple[int, str], PlaceRow] = {}
    order = {dataset_id: number for number, dataset_id in enumerate(names)}
    rows = zip(*_PLACES.columns(connection, datasets=list(names)), strict=True)
    for dataset_id, key, organization, *facts, verified_on, until in sorted(rows, key=lambda row: order[row[0]]):
        source = names[dataset_id]
        public_id = f"place:{source}:{key}"
        if (until is not None and until < today) or amended.is_hidden(public_id):
            continue
        verified = amended.verified_on(verified_on, source, public_id)
        practice = f"{source}:{organization}" if organization else ""
        one = PlaceRow._make((public_id, dataset_id, key, *facts, verified, practice))
        if own := {**amended.of(public_id), **amended.position(public_id, one.position_kind)}:
            one = PlaceRow(**{**one._asdict(), **{name: own[name] for name in own if name in PlaceRow._fields}})
        found[dataset_id, key] = one
    return found


def _joined(by_key: Mapping[tuple[int, str], PlaceRow], kept_of: Mapping[str, str]) -> dict[tuple[int, str], PlaceRow]:
    """Return which place each is listed as; what the kept one does not state it has from the other."""
    if not kept_of:
        return dict(by_key)
    by_id = {one.public_id: one for one in by_key.values()}
    joined: dict[str, PlaceRow] = {}
    for other_id, kept_id in kept_of.items():
        other, kept = by_id.get(other_id), joined.get(kept_id) or by_id.get(kept_id)
        if other is None or kept is None:
            continue
        more: dict[str, Any] = {} if kept.phone else {"phone": other.phone}
        if kept.position_kind is PositionKind.NONE and other.position_kind is not PositionKind.NONE:
            more |= {name: getattr(other, name) for name in ("latitude", "longitude", "position_kind")}
        joined[kept_id] = kept._replace(**more)
    found = {}
    for key, one in by_key.items():
        kept_id = kept_of.get(one.public_id, one.public_id)
        found[key] = joined.get(kept_id) or by_id.get(kept_id) or one
    return found


def _roles(
    connection: Connection,
    names: Mapping[int, str],
    people: Mapping[tuple[int, str], PersonRow],
    place_of: Mapping[tuple[int, str], PlaceRow],
    amended: Amended,
    today: dt.date,
) -> list[RoleRow]:
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in zip(*_ROLES.columns(connection, datasets=list(names)), strict=True):
        rows[row[0]].append(row)
    found: dict[str, RoleRow] = {}
    believed: dict[str, int] = {}
    for dataset_id, source in names.items():
        for _dataset, who, where, phone, verified_on, until in rows[dataset_id]:
            person, place = people[dataset_id, who], place_of.get((dataset_id, where))
            # Whom a source above lists, however long, has come whole from there.
            if believed.setdefault(person.public_id, dataset_id) != dataset_id:
                continue
            if place is None or (until is not None and until < today):
                continue
            role_id = f"role:{person.public_id}@{place.public_id}"
            if role_id in found:
                continue
            if amended.is_empty:
                found[role_id] = RoleRow(role_id, person, place, phone, verified_on)
                continue
            if amended.is_hidden(role_id):
                continue
            verified = amended.verified_on(verified_on, source, person.public_id, role_id)
            found[role_id] = RoleRow(role_id, person, place, amended.of(role_id).get("phone", phone), verified)
    return list(found.values())
