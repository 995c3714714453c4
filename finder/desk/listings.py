"""Listings as staff know them: found by public id, with what the file in force says and what patients see instead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from finder.db.amendable import POSITION, fields_of, person_of
from finder.db.datasets import Dataset, DatasetState, Source
from finder.db.directory import Location, PractitionerRole
from finder.db.quality import same_places
from finder.errors import ListingMissing
from finder.importers.amending import section_of
from finder.importers.listings import as_cell, read
from finder.search.amended import in_force, now_called, read_written
from finder.search.positions import position_of
from finder.search.sources import PersonKey, SourceInForce, believed, sources_in_force


@dataclass(frozen=True)
class StaffListing:
    """One listing. `cells` are those of its row, `changes` what staff changed of it, as amendments keep values.

    `files_id` are the file's own ids that the row is known by, by their columns. A person's row is that of any of
    their places; `roles` are the public ids of all of them, or of all people of a place, each with what it is called.
    `vouched_on` is the day on which somebody vouched for the whole version of its source, "" where nobody did.
    `laid` is where a place is if not where its row says, as `finder.search.positions` has it.
    """

    public_id: str
    name: str
    source: SourceInForce
    files_id: Mapping[str, str]
    cells: Mapping[str, str]
    changes: Mapping[str, Any]
    roles: tuple[tuple[str, str], ...] = ()
    place_id: str = ""
    place_zip: str = ""
    vouched_on: str = ""
    is_published: bool = True
    laid: tuple[Any, ...] = ()

    @property
    def zip_code(self) -> str:
        """The ZIP code of the place by whose clock days end: its own, or that of where the person is."""
        return self.cells.get("zip_code") or self.place_zip

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of what can be changed of it that files say too, in the order of the template."""
        known = fields_of(self.public_id)
        return tuple(name for name in self.cells if name in known)

    @property
    def shown(self) -> dict[str, str]:
        """The cells that patients see it by."""
        where = dict(zip(POSITION, map(as_cell, self.laid), strict=False)) if self.laid else {}
        told = {**self.cells, **where, **{name: as_cell(value) for name, value in self.changes.items()}}
        # The latest of the days on which somebody looked at it, which are written so that they sort.
        return told | {"verified_on": max(told.get("verified_on", ""), self.vouched_on)}

    def stands(self, field: str) -> str:
        """Return what stands in a field now, whether the file or staff wrote it; "" where nothing does."""
        return self.shown.get(field, "")


def staff_listing(connection: Connection, public_id: str, now: dt.datetime | None = None) -> StaffListing:
    """Return a listing of the directory in force, hidden or not, by its public id or an old one.

    A place that is not in it may be in the newest version of its source, which is not published yet: its pin can be put
    right before it is. Raises ListingMissing where there is none.
    """
    sources = sources_in_force(connection, {})
    called = now_called(connection, sources, [public_id])[public_id]
    kind = called.partition(":")[0]
    rows = _place(connection, sources, called) if kind == "place" else _people(connection, sources, called)
    is_published = rows is not None
    if not rows and kind == "place":
        rows = _place(connection, _newest_versions(connection), called)
    if not rows:
        raise ListingMissing("listing_missing", public_id=public_id[:80])
    source, ids = rows
    told = read(connection, section_of(called), ids)
    first = told[ids[0]]
    place_id = called.partition("@")[2] if kind == "role" else called if kind == "place" else ""
    name = first.name if kind in ("role", "place") else first.name.partition(" at ")[0]
    same = same_places(connection)
    roles = _roles(called, source, {row: told[row].key["location_id"] for row in ids}, told, same)
    if kind == "place":
        roles = _at_place(connection, sources, source, first.key["location_id"])
        for other in (one for one, kept in same.items() if kept == called):
            roles += _at_other(connection, sources, other, called, {role_id for role_id, _name in roles})
    holding = in_force(connection, sources, read_written(connection), now or dt.datetime.now(dt.UTC))
    cells = {name: cell for name, cell in first.facts.items() if name in fields_of(called) or name == "verified_on"}
    at = select(Location.zip_code).where(
        Location.dataset_id == source.dataset_id, Location.key == first.key.get("location_id", "")
    )
    vouched = connection.scalar(select(Dataset.checked_on).where(Dataset.id == source.dataset_id, Dataset.active))
    changes = holding.changes.get(called, {})
    laid = position_of(connection, source.dataset_id, first.key["location_id"], changes) if kind == "place" else None
    return StaffListing(
        called, name, source, first.key, cells, changes, roles if kind != "role" else (),
        place_id, connection.scalar(at) or "", vouched.isoformat() if vouched else "", is_published, tuple(laid or ()),
    )  # fmt: skip


def _newest_versions(connection: Connection) -> tuple[SourceInForce, ...]:
    """Return each source with its newest version that is ready."""
    rows = connection.execute(
        select(Source.name, Dataset.id, Dataset.version, Source.is_demo)
        .join(Source, Source.id == Dataset.source_id)
        .where(Dataset.state == DatasetState.READY, Dataset.pruned_at.is_(None))
        .order_by(Dataset.version)
    )
    return tuple({row.name: SourceInForce(*row) for row in rows}.values())


def _place(
    connection: Connection, sources: tuple[SourceInForce, ...], public_id: str
) -> tuple[SourceInForce, list[int]] | None:
    _kind, _, rest = public_id.partition(":")
    name, _, key = rest.partition(":")
    source = next((one for one in sources if one.name == name), None)
    if source is None:
        return None
    row = connection.scalar(select(Location.id).where(Location.dataset_id == source.dataset_id, Location.key == key))
    return (source, [row]) if row is not None else None


def _people(
    connection: Connection, sources: tuple[SourceInForce, ...], public_id: str
) -> tuple[SourceInForce, list[int]] | None:
    """Return the rows of a person at all their places, or at the one of a role."""
    known, role = _person(connection, sources, person_of(public_id)), PractitionerRole
    if known is None:
        return None
    source = next(one for one in sources if one.dataset_id == known[0])
    wanted = select(role.id).where(role.dataset_id == known[0], role.practitioner_key == known[1]).order_by(role.id)
    if public_id.startswith("role:"):
        prefix, place = f"place:{source.name}:", public_id.partition("@")[2]
        # Places that are one with it, after it.
        ids = [place, *(other for other, kept in same_places(connection).items() if kept == place)]
        keys = [one.removeprefix(prefix) for one in ids if one.startswith(prefix)]
        found = {
            key: row for row, key in connection.execute(
                wanted.with_only_columns(role.id, role.location_key).where(role.location_key.in_(keys))
            )
        }  # fmt: skip
        rows = [found[key] for key in keys if key in found]
    else:
        rows = list(connection.scalars(wanted))
    return (source, rows) if rows else None


def _person(connection: Connection, sources: tuple[SourceInForce, ...], public_id: str) -> PersonKey | None:
    kind, _, rest = public_id.partition(":")
    if kind == "npi":
        return believed(connection, sources, [rest]).get(rest)
    name, _, key = rest.partition(":")
    found = next((one for one in sources if kind == "person" and one.name == name), None)
    return (found.dataset_id, key) if found else None


def _roles(
    called: str, source: SourceInForce, places: Mapping[int, str], told: Any, same: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for row, key in places.items():
        place = f"place:{source.name}:{key}"
        found.setdefault(
            f"role:{person_of(called)}@{same.get(place, place)}", told[row].name.partition(" at ")[2] or key
        )
    return tuple(found.items())


def _at_other(
    connection: Connection, sources: tuple[SourceInForce, ...], other: str, kept: str, known: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Return the roles of people who are at a place that is listed as another, and not at that too."""
    row = _place(connection, sources, other)
    if row is None:
        return ()
    there = _at_place(connection, sources, row[0], other.partition(":")[2].partition(":")[2])
    moved = ((f"{role_id.partition('@')[0]}@{kept}", name) for role_id, name in there)
    return tuple((role_id, name) for role_id, name in moved if role_id not in known)


def _at_place(
    connection: Connection, sources: tuple[SourceInForce, ...], source: SourceInForce, key: str
) -> tuple[tuple[str, str], ...]:
    """Return the roles of the people at a place, as far as they are shown from its source."""
    role = PractitionerRole
    ids = list(
        connection.scalars(
            select(role.id)
            .where(role.dataset_id == source.dataset_id, role.location_key == key)
            .order_by(role.practitioner_key)
        )
    )
    told = read(connection, "practitioners", ids)
    npis = {one.facts["npi"] for one in told.values() if one.facts["npi"]}
    shown = believed(connection, sources, npis) if npis else {}
    found = []
    for one in (told[row] for row in ids):
        npi = one.facts["npi"]
        if npi in shown and shown[npi][0] != source.dataset_id:
            continue
        person = f"npi:{npi}" if npi else f"person:{source.name}:{one.key['person_id']}"
        found.append((f"role:{person}@place:{source.name}:{key}", one.name.partition(" at ")[0]))
    return tuple(found)
