"""The searchable form of one edition: compact columns, stored once as a blob and loaded by every worker.

Building reads the database; loading does not.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from finder.db.base import Stated
from finder.db.catalogue import Catalogue
from finder.db.datasets import Dataset
from finder.db.directory import (
    HealthcareService,
    Location,
    OrganizationPlan,
    Practitioner,
    PractitionerRole,
    ServiceKind,
    StatedCapability,
)
from finder.db.organizations import Words, organization_words
from finder.db.quality import same_places as stored_same_places
from finder.db.reference import zip_points
from finder.db.reference_tables import follow
from finder.db.removals import removed_npis
from finder.search.amended import Amended, Written, in_force, read_written
from finder.search.blob import packed, unpacked
from finder.search.carry import pack_carried
from finder.search.columns import ALWAYS, EMERGENCY_KINDS, Days, Place, Role, pack
from finder.search.declared import Spoken, read_declared, said_by
from finder.search.facts import PLACE_BITS, SERVICE_BITS
from finder.search.positions import with_positions
from finder.search.removed import Removed
from finder.search.same_places import Pairs, SamePlaces, join_places, join_roles
from finder.search.sources import Filled, PersonKey, SourceInForce, fillings, sources_in_force
from finder.search.treats import Profile

LAYOUT = 9

Plans = dict[str, dict[str, Stated]]


@dataclass(frozen=True)
class Snapshot:
    """One edition, ready to be indexed.

    `columns`: point_lat, point_lon; place_row (id of the location), place_point, place_ticket, place_kind,
    place_emergency, place_facts, place_organization, place_phone; role_row, role_place, role_person, role_facts,
    role_languages, role_telehealth, role_class; person_ticket; class_rungs, class_group, class_youngest, class_oldest
    and class_specialties; for each work n that places speak of own_n and own_words_n, the places and what they say
    (`OWN_TREATS` and so on); place_dated and role_dated with _from and _until, those that are not always listed.
    `words` are what numbers stand for: place_organization, plans (of each of these organizations), place_phone (the
    languages in which the phone is answered), role_languages, role_telehealth and class_specialties. `organizations`
    are what these say of themselves. `changes` are what staff changed, as it holds until `changes_until`, when the
    first of it ends; `checked_on` are the days on which somebody vouched for a source's whole dataset. `removed` are
    the NPIs of those who asked not to be listed, `zip_points` is the day of the table of ZIP points it was built with.
    """

    columns: Mapping[str, NDArray[Any]]
    words: Mapping[str, list[Any]]
    catalogue: Catalogue
    sources: tuple[SourceInForce, ...]
    built_at: dt.datetime
    catalogue_hash: str = ""
    organizations: Words = field(default_factory=dict)
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    changes_until: dt.datetime | None = None
    checked_on: Mapping[str, dt.date] = field(default_factory=dict)
    removed: Collection[str] = ()
    zip_points: str = ""

    @cached_property
    def amended(self) -> Amended:
        """What staff changed, ready to be laid over rows."""
        return Amended(self.changes, self.checked_on, Removed(self.removed))

    @cached_property
    def same_places(self) -> SamePlaces:
        """Which places are listed as another, which staff say is the same."""
        return SamePlaces(self.words)

    def to_bytes(self) -> bytes:
        """Return the blob."""
        about = {
            "sources": [vars(source) for source in self.sources],
            "built_at": self.built_at.isoformat(),
            "words": self.words,
            "organizations": self.organizations,
            "changes": self.changes,
            "changes_until": self.changes_until.isoformat() if self.changes_until else None,
            "checked_on": {name: day.isoformat() for name, day in self.checked_on.items()},
            "removed": sorted(self.removed),
            "zip_points": self.zip_points,
        }
        return packed({"about": _as_bytes(about), "catalogue": _as_bytes(self.catalogue.entries), **self.columns})

    @classmethod
    def from_bytes(cls, blob: bytes, before: Snapshot | None = None) -> Snapshot:
        """Read a blob of this LAYOUT. A catalogue that is the same as `before` is not read anew.

        Reading it holds up all other threads for some milliseconds, and it seldom changes. The columns are the blob
        itself, and cannot be written to. Raises StorageFailed where the blob is not as it was stored.
        """
        columns = unpacked(blob)
        about = json.loads(columns.pop("about").tobytes())
        entries = columns.pop("catalogue").tobytes()
        catalogue_hash = hashlib.sha256(entries).hexdigest()
        same = before is not None and before.catalogue_hash == catalogue_hash
        catalogue = before.catalogue if before is not None and same else Catalogue(json.loads(entries))
        return cls(
            columns,
            about["words"],
            catalogue,
            tuple(SourceInForce(**source) for source in about["sources"]),
            dt.datetime.fromisoformat(about["built_at"]),
            catalogue_hash,
            about["organizations"],
            about["changes"],
            dt.datetime.fromisoformat(about["changes_until"]) if about["changes_until"] else None,
            {name: dt.date.fromisoformat(day) for name, day in about["checked_on"].items()},
            # A blob that was stored before anybody could ask says nothing of it.
            tuple(about.get("removed", ())),
            about.get("zip_points", ""),
        )


def _as_bytes(body: object) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(body, ensure_ascii=False).encode(), dtype=np.uint8)


def build(
    connection: Connection,
    instead: Mapping[int, int | None],
    now: dt.datetime,
    catalogue: Catalogue | None = None,
    organizations: Words | None = None,
    written: Sequence[Written] | None = None,
    checked_on: Mapping[int, dt.date] | None = None,
    same_places: Pairs | None = None,
    removed: Collection[str] | None = None,
) -> Snapshot:
    """Build the snapshot of the directory as it would be with `instead`, and another catalogue, in force.

    `organizations` are what these will say of themselves, and `written` the changes that staff will have made; None
    for what is stored. `checked_on` are days on which somebody vouches for a dataset, beside those that are stored.
    `same_places` are the places that staff will say are one, and `removed` the NPIs of those who will have asked not to
    be listed; None for what is stored.
    """
    follow(connection)
    sources = sources_in_force(connection, instead)
    same = stored_same_places(connection) if same_places is None else same_places
    holding = in_force(connection, sources, read_written(connection) if written is None else written, now, same)
    left_out = removed_npis(connection) if removed is None else removed
    changes = with_positions(connection, sources, holding.changes)
    amended = Amended(changes, removed=Removed(left_out))
    catalogue = catalogue or Catalogue.read(connection)
    places: list[Place] = []
    roles: list[Role] = []
    plans: Plans = defaultdict(dict)
    filled = fillings(connection, sources)
    taken: set[str] = set()
    spoken = {
        source.name: read_declared(connection, StatedCapability.dataset_id == source.dataset_id) for source in sources
    }
    own = {source.name: dict(_places(connection, source, spoken[source.name], amended)) for source in sources}
    joined = join_places(own, same)
    gone = joined.gone
    for source in sources:
        declared, by_key = spoken.pop(source.name), joined.by_source[source.name]
        listed = (one for one in own[source.name].values() if one.row not in gone)
        places.extend(one for one in listed if not amended.is_hidden(one.public_id))
        # A person whom a source above lists has come whole from there, even where nothing of them is shown.
        all_here = _roles(connection, catalogue, source, declared, by_key, filled, amended)
        here = [one for one in all_here if one.person_id not in taken]
        roles.extend(one for one in here if not amended.is_hidden(_role_id(one)))
        if source is not sources[-1]:
            taken.update(role.person_id for role in here)
        for organization, plan, accepts in _plans(connection, source):
            plans[organization][plan] = accepts
    roles, same_roles = join_roles(roles, joined.listed_as)
    packed = pack(catalogue, places, roles, plans)
    said_here, said_by_places = (
        {one.row: one.profile.declared for one in roles},
        {one.row: one.declared for one in places},
    )
    carried = pack_carried(connection, packed.columns, said_here, said_by_places, filled)
    columns, words = {**packed.columns, **carried.columns}, {**packed.words, **carried.words}
    words |= {"same_places": joined.listed_as, "same_roles": same_roles} if joined.listed_as else {}
    said = organization_words(connection) if organizations is None else organizations
    return Snapshot(
        columns, words, catalogue, sources, now, "", said, changes, holding.until,
        _checked_on(connection, sources, checked_on or {}), left_out, zip_points().day,
    )  # fmt: skip


def _checked_on(
    connection: Connection, sources: Sequence[SourceInForce], more: Mapping[int, dt.date]
) -> dict[str, dt.date]:
    names = {source.dataset_id: source.name for source in sources}
    rows = connection.execute(
        select(Dataset.id, Dataset.checked_on).where(Dataset.id.in_(names), Dataset.checked_on.is_not(None))
    )
    days = {row.id: row.checked_on for row in rows} | dict(more)
    return {names[dataset_id]: day for dataset_id, day in days.items() if dataset_id in names}


def _plans(connection: Connection, source: SourceInForce) -> Iterator[tuple[str, str, Stated]]:
    plan = OrganizationPlan
    for row in connection.execute(
        select(plan.organization_key, plan.plan, plan.accepts)
        .where(plan.dataset_id == source.dataset_id)
        .order_by(plan.id)
    ):
        yield f"{source.name}:{row.organization_key}", row.plan, row.accepts


def _places(
    connection: Connection, source: SourceInForce, declared: Spoken, amended: Amended
) -> Iterator[tuple[str, Place]]:
    service = HealthcareService
    offered: dict[tuple[str, ServiceKind], Stated] = {}
    emergency: dict[str, bool | None] = {}
    for one in connection.execute(
        select(service.location_key, service.kind, service.offered, service.open_24_hours)
        .where(service.dataset_id == source.dataset_id)
        # "services" comes after "locations": the section made for it has the last word.
        .order_by(service.section, service.id)
    ):
        offered[one.location_key, one.kind] = one.offered
        if one.kind is ServiceKind.EMERGENCY_DEPARTMENT:
            # One that says it closes at night is not where to send someone without asking the clock.
            says = one.offered is Stated.YES and one.open_24_hours is not Stated.NO
            emergency[one.location_key] = None if one.offered is Stated.NOT_STATED else says
    at = Location
    for row in connection.execute(
        select(
            at.id, at.key, at.kind, at.state, at.latitude, at.longitude, at.listed_from, at.listed_until,
            at.organization_key, at.phone_languages, at.position_kind, *(getattr(at, name) for name in PLACE_BITS.values()),
        )
        .where(at.dataset_id == source.dataset_id)
        .order_by(at.id)
    ):  # fmt: skip
        services = [offered.get((row.key, kind), Stated.NOT_STATED) for kind in SERVICE_BITS.values()]
        public_id = f"place:{source.name}:{row.key}"
        own = amended.of(public_id)
        if amended.changes:
            own = {**own, **amended.position(public_id, row.position_kind)}
        latitude, languages = own.get("latitude", row.latitude), own.get("phone_languages", row.phone_languages)
        yield row.key, Place(
            row=row.id, public_id=public_id,
            point=None if latitude is None else (latitude, own.get("longitude", row.longitude)), kind=row.kind,
            state=own.get("state", row.state),
            emergency=bool(emergency.get(row.key)) and row.kind in EMERGENCY_KINDS,
            listed=_days(row.listed_from, row.listed_until),
            declared=said_by(declared, source.dataset_id, None, row.key),
            facts=(*(own.get(name, getattr(row, name)) for name in PLACE_BITS.values()), *services),
            organization=f"{source.name}:{row.organization_key}" if row.organization_key else "",
            phone_languages=tuple(sorted(filter(None, languages.split("; ")))),
            says_emergency=emergency.get(row.key),
        )  # fmt: skip


def _roles(
    connection: Connection,
    catalogue: Catalogue,
    source: SourceInForce,
    declared: Spoken,
    places: Mapping[str, Place],
    filled: Mapping[PersonKey, Mapping[str, Filled]],
    amended: Amended,
) -> Iterator[Role]:
    person, role = Practitioner, PractitionerRole
    rows = connection.execute(
        select(
            role.id, person.npi, role.practitioner_key, role.location_key, person.specialties, role.youngest_age,
            role.oldest_age, role.works_with, role.listed_from, role.listed_until, role.accepting_new_patients,
            role.referral_needed, role.telehealth, role.telehealth_states, person.languages, person.gender,
            person.board_certified,
        )
        .join(person, (person.dataset_id == role.dataset_id) & (person.key == role.practitioner_key))
        .where(role.dataset_id == source.dataset_id)
        .order_by(role.id)
    )  # fmt: skip
    for row in rows:
        place, key = places[row.location_key], row.practitioner_key
        listed = _days(row.listed_from, row.listed_until)
        specialties = tuple(row.specialties)
        person_id = f"npi:{row.npi}" if row.npi else f"person:{source.name}:{key}"
        # Staff have the last word, then the person's own source, then those below it.
        more = {name: one.value for name, one in filled.get((source.dataset_id, key), {}).items()}
        if amended.changes:
            more |= {**amended.of(person_id), **amended.of(f"role:{person_id}@{place.public_id}")}
        has = {**row._mapping, **more} if more else row._mapping
        yield Role(
            row=row.id, person_id=person_id, place=place,
            listed=(max(listed[0], place.listed[0]), min(listed[1], place.listed[1])),
            profile=Profile(
                specialties, catalogue.group_of(specialties),
                said_by(declared, source.dataset_id, key, row.location_key), has["youngest_age"], has["oldest_age"],
                bool(has["works_with"]),
            ),
            facts=(has["accepting_new_patients"], has["referral_needed"], has["board_certified"]),
            gender=has["gender"], languages=tuple(sorted(has["languages"])),
            telehealth=has["telehealth"], telehealth_states=tuple(has["telehealth_states"]),
            is_from_other=place.public_id != f"place:{source.name}:{row.location_key}",
        )  # fmt: skip


def _role_id(role: Role) -> str:
    return f"role:{role.person_id}@{role.place.public_id}"


def _days(first: dt.date | None, last: dt.date | None) -> Days:
    return (first.toordinal() if first else ALWAYS[0], last.toordinal() if last else ALWAYS[1])
