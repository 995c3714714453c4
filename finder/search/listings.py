"""Read what is shown of people and places: by row for an answer, by public id for a page. No ORM entities."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, or_, select

from finder.db.directory import (
    HealthcareService,
    Location,
    Organization,
    OrganizationPlan,
    Practitioner,
    PractitionerRole,
    StatedCapability,
)
from finder.db.staff import PublicIdAlias
from finder.errors import ListingMissing
from finder.search.declared import Spoken, read_declared, said_by
from finder.search.index import Index
from finder.search.results import (
    LocationListing,
    LocationView,
    PractitionerListing,
    PractitionerView,
    RoleView,
    ServiceView,
)
from finder.search.sources import Filled, PersonKey, believed, fillings
from finder.search.treats import Declared

_PERSON_SHOWN = ("given_name", "middle_name", "family_name", "suffix", "credentials", "gender", "languages", "fellowship", "board_certified", "profile_url", "npi")  # fmt: skip
_ROLE_SHOWN = ("phone", "days", "accepting_new_patients", "referral_needed", "telehealth", "first_visit_with", "youngest_age", "oldest_age", "works_with", "booking_url", "verified_on")  # fmt: skip
_PLACE_SHOWN = (
    "name", "kind", "address", "address_2", "city", "state", "zip_code", "phone", "relay_phone", "url", "latitude",
    "longitude", "position_kind", "hours", "directions", "step_free", "lift", "adjustable_exam_table",
    "accessible_parking", "interpreter", "verified_on",
)  # fmt: skip

RoleDetails = tuple[PractitionerView, RoleView]


class Details:
    """Reads details of one edition; a connection and the index that was asked go together."""

    def __init__(self, connection: Connection, index: Index) -> None:
        self._connection = connection
        self._index = index
        self._sources = {source.dataset_id: source for source in index.snapshot.sources}

    def locations(self, rows: Sequence[int]) -> dict[int, LocationView]:
        """Return places with their services, by the row ids of their table."""
        if not rows:
            return {}
        found = self._connection.execute(_places().where(Location.id.in_(rows))).all()
        keys = [(row.dataset_id, row.key) for row in found]
        services: dict[tuple[int, str], dict[Any, ServiceView]] = defaultdict(dict)
        s = HealthcareService
        for one in self._connection.execute(
            select(s.dataset_id, s.location_key, s.kind, s.offered, s.open_24_hours, s.detail, s.hours, s.phone)
            .where(_either(s.dataset_id, s.location_key, keys))
            .order_by(s.section, s.id)
        ):
            services[one[0], one[1]][one.kind] = ServiceView(*one[2:])
        return {
            row.id: LocationView(
                public_id=f"place:{self._sources[row.dataset_id].name}:{row.key}",
                organization=row.organization or "",
                source=self._sources[row.dataset_id].name,
                services=tuple(services[row.dataset_id, row.key].values()),
                **{name: getattr(row, name) for name in _PLACE_SHOWN},
            )
            for row in found
        }

    def roles(self, rows: Sequence[int]) -> dict[int, RoleDetails]:
        """Return people at places with what they say of their work, by the row ids of the roles."""
        if not rows:
            return {}
        found = self._connection.execute(_roles().where(PractitionerRole.id.in_(rows))).all()
        return self._with_details(found)

    def place_declared(self, rows: Sequence[int]) -> dict[int, tuple[Declared, ...]]:
        """Return what places say of themselves, by the row ids of the places."""
        if not rows:
            return {}
        at, c = Location, StatedCapability
        found = self._connection.execute(select(at.id, at.dataset_id, at.key).where(at.id.in_(rows))).all()
        mine = _either(c.dataset_id, c.location_key, [(row.dataset_id, row.key) for row in found])
        spoken = read_declared(self._connection, c.practitioner_key.is_(None), mine)
        return {row.id: said_by(spoken, row.dataset_id, None, row.key) for row in found}

    def practitioner(self, public_id: str, today: dt.date) -> PractitionerListing:
        """Return a person's listing. Raises ListingMissing where nobody with this id is listed today.

        The id of a file leads to all that its NPI does, though another source may be believed more.
        """
        role, found = PractitionerRole, list[Row[Any]]()
        if known := self._person(public_id):
            theirs = role.dataset_id == known[0], role.practitioner_key == known[1]
            today_only = *_listed(role, today), *_listed(Location, today)
            found.extend(self._connection.execute(_roles().where(*theirs, *today_only).order_by(role.id)))
        if not found:
            raise ListingMissing("listing_missing", public_id=public_id[:80])
        details = list(self._with_details(found).values())
        roles = tuple(role for _person, role in details)
        return PractitionerListing(details[0][0], roles, self._index.edition, self._index.is_demo)

    def _person(self, public_id: str) -> PersonKey | None:
        """Return from which dataset a person comes, and their key there."""
        sources, person = self._index.snapshot.sources, Practitioner
        kind, _, rest = public_id.partition(":")
        npi = rest if kind == "npi" else None
        name, _, key = rest.partition(":")
        named = next((source.dataset_id for source in sources if kind == "person" and source.name == name), None)
        if named is not None:
            by_key = select(person.npi).where(person.dataset_id == named, person.key == key)
            npi = self._connection.scalar(by_key)
            if not npi:
                return named, key
        return believed(self._connection, sources, [npi]).get(npi) if npi else None

    def location(self, public_id: str, today: dt.date) -> LocationListing:
        """Return a place's listing with its people. Raises ListingMissing where no place in force has this id."""
        _kind, _, rest = public_id.partition(":")
        source_name, _, key = rest.partition(":")
        source = next((s for s in self._index.snapshot.sources if s.name == source_name), None)
        at, role = Location, PractitionerRole
        row = (
            source
            and self._connection.execute(
                select(at.id, at.organization_key).where(
                    at.dataset_id == source.dataset_id, at.key == key, *_listed(at, today)
                )
            ).first()
        )
        if not source or not row:
            raise ListingMissing("listing_missing", public_id=public_id[:80])
        here = role.dataset_id == source.dataset_id, role.location_key == key
        people = self._connection.execute(
            _roles().where(*here, *_listed(role, today)).order_by(Practitioner.family_name, Practitioner.given_name)
        ).all()
        # Whoever is listed by a source that is believed more is shown there.
        sources, npis = self._index.snapshot.sources, {one.npi for one in people if one.npi}
        shown = believed(self._connection, sources, npis) if source is not sources[0] else {}
        mine = [one for one in people if one.npi not in shown or shown[one.npi][0] == source.dataset_id]
        plan = OrganizationPlan
        plans = self._connection.execute(
            select(plan.plan, plan.accepts)
            .where(plan.dataset_id == source.dataset_id, plan.organization_key == row.organization_key)
            .order_by(plan.id)
        )
        return LocationListing(
            self.locations([row.id])[row.id], tuple(self._with_details(mine).values()),
            tuple((name, accepts) for name, accepts in plans), self._index.edition, self._index.is_demo,
            self.place_declared([row.id])[row.id],
        )  # fmt: skip

    def _with_details(self, found: Iterable[Row[Any]]) -> dict[int, RoleDetails]:
        rows = list(found)
        places = self.locations(sorted({row.location_row for row in rows}))
        c = StatedCapability
        people = {(row.dataset_id, row.practitioner_key) for row in rows}
        spoken = read_declared(self._connection, _either(c.dataset_id, c.practitioner_key, people))
        npis = {row.npi for row in rows if row.npi}
        filled = fillings(self._connection, self._index.snapshot.sources, Practitioner.npi.in_(npis))
        return {
            row.role_row: self._role(
                row, places[row.location_row], spoken, filled.get((row.dataset_id, row.practitioner_key), {})
            )
            for row in rows
        }

    def _role(self, row: Row[Any], place: LocationView, spoken: Spoken, filled: Mapping[str, Filled]) -> RoleDetails:
        source = self._sources[row.dataset_id]
        specialties = tuple(row.specialties)
        facts = {name: getattr(row, name) for name in _PERSON_SHOWN}
        facts.update((name, one.value) for name, one in filled.items())
        facts["languages"] = tuple(facts["languages"])
        person_id = f"npi:{row.npi}" if row.npi else f"person:{source.name}:{row.practitioner_key}"
        person = PractitionerView(
            public_id=person_id, specialties=specialties, group=self._index.catalogue.group_of(specialties),
            source=source.name, **facts,
        )  # fmt: skip
        role = RoleView(
            public_id=f"role:{person_id}@{place.public_id}", location=place,
            telehealth_states=tuple(row.telehealth_states),
            declared=said_by(spoken, row.dataset_id, row.practitioner_key, row.location_key),
            **{name: getattr(row, name) for name in _ROLE_SHOWN},
        )  # fmt: skip
        return person, role


def current_public_id(connection: Connection, public_id: str) -> str | None:
    """Return the id that an old public id was replaced by, or None."""
    return connection.scalar(select(PublicIdAlias.new_id).where(PublicIdAlias.old_id == public_id))


def _places() -> Select[Any]:
    return select(
        Location.id, Location.dataset_id, Location.key, Organization.name.label("organization"),
        *(getattr(Location, name) for name in _PLACE_SHOWN),
    ).outerjoin(
        Organization,
        (Organization.dataset_id == Location.dataset_id) & (Organization.key == Location.organization_key),
    )  # fmt: skip


def _roles() -> Select[Any]:
    role, person, at = PractitionerRole, Practitioner, Location
    return (
        select(
            role.id.label("role_row"), at.id.label("location_row"), role.dataset_id, role.practitioner_key,
            role.location_key, person.specialties, role.telehealth_states,
            *(getattr(person, name) for name in _PERSON_SHOWN), *(getattr(role, name) for name in _ROLE_SHOWN),
        )
        .join(person, (person.dataset_id == role.dataset_id) & (person.key == role.practitioner_key))
        .join(at, (at.dataset_id == role.dataset_id) & (at.key == role.location_key))
    )  # fmt: skip


def _either(dataset: Any, key: Any, pairs: Iterable[tuple[int, str]]) -> ColumnElement[bool]:
    """Return the condition that a row has one of these pairs. SQLite uses no index for a list of pairs."""
    keys = defaultdict(set)
    for dataset_id, one in pairs:
        keys[dataset_id].add(one)
    return or_(false(), *(and_(dataset == dataset_id, key.in_(sorted(some))) for dataset_id, some in keys.items()))


def _listed(table: type[Location] | type[PractitionerRole], today: dt.date) -> tuple[Any, ...]:
    return (
        (table.listed_from.is_(None)) | (table.listed_from <= today),
        (table.listed_until.is_(None)) | (table.listed_until >= today),
    )
