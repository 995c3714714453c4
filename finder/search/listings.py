"""Read what is shown of people and places: by row for an answer, by public id for a page. No ORM entities."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, select, true, tuple_
from sqlalchemy.orm import aliased

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
from finder.search.snapshot import SourceInForce
from finder.search.treats import Declared

_PERSON_SHOWN = ("given_name", "middle_name", "family_name", "suffix", "credentials", "gender", "fellowship", "board_certified", "profile_url", "npi")  # fmt: skip
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
            .where(tuple_(s.dataset_id, s.location_key).in_(keys))
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
        mine = tuple_(c.dataset_id, c.location_key).in_([(row.dataset_id, row.key) for row in found])
        spoken = read_declared(self._connection, c.practitioner_key.is_(None), mine)
        return {row.id: said_by(spoken, row.dataset_id, None, row.key) for row in found}

    def practitioner(self, public_id: str, today: dt.date) -> PractitionerListing:
        """Return a person's listing. Raises ListingMissing where nobody in force has this id."""
        for source in self._index.snapshot.sources:
            kind, _, rest = public_id.partition(":")
            person, role = Practitioner, PractitionerRole
            named = rest.partition(":")
            if kind == "npi":
                by_id = person.npi == rest
            elif kind == "person" and named[0] == source.name:
                by_id = person.key == named[2]
            else:
                continue
            found = self._connection.execute(
                _roles()
                .where(role.dataset_id == source.dataset_id, by_id, *_listed(role, today), *_listed(Location, today))
                .order_by(role.id)
            ).all()
            if found:
                details = list(self._with_details(found).values())
                return PractitionerListing(
                    details[0][0],
                    tuple(role for _person, role in details),
                    self._index.edition,
                    self._index.is_demo,
                )
        raise ListingMissing("listing_missing", public_id=public_id[:80])

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
        here = role.dataset_id == source.dataset_id, role.location_key == key, self._comes_from(source)
        people = self._connection.execute(
            _roles().where(*here, *_listed(role, today)).order_by(Practitioner.family_name, Practitioner.given_name)
        ).all()
        plan = OrganizationPlan
        plans = self._connection.execute(
            select(plan.plan, plan.accepts)
            .where(plan.dataset_id == source.dataset_id, plan.organization_key == row.organization_key)
            .order_by(plan.id)
        )
        return LocationListing(
            self.locations([row.id])[row.id], tuple(self._with_details(people).values()),
            tuple((name, accepts) for name, accepts in plans), self._index.edition, self._index.is_demo,
            self.place_declared([row.id])[row.id],
        )  # fmt: skip

    def _comes_from(self, source: SourceInForce) -> ColumnElement[bool]:
        """Return the condition that a person is shown from this source: no source believed more lists them."""
        sources, person = self._index.snapshot.sources, aliased(Practitioner)
        higher = [one.dataset_id for one in sources[: sources.index(source)]]
        taken = exists().where(person.dataset_id.in_(higher), person.npi == Practitioner.npi)
        return ~taken if higher else true()

    def _with_details(self, found: Iterable[Row[Any]]) -> dict[int, RoleDetails]:
        rows = list(found)
        places = self.locations(sorted({row.location_row for row in rows}))
        c = StatedCapability
        people = sorted({(row.dataset_id, row.practitioner_key) for row in rows})
        spoken = read_declared(self._connection, tuple_(c.dataset_id, c.practitioner_key).in_(people))
        return {row.role_row: self._role(row, places[row.location_row], spoken) for row in rows}

    def _role(self, row: Row[Any], place: LocationView, spoken: Spoken) -> RoleDetails:
        source = self._sources[row.dataset_id]
        specialties = tuple(row.specialties)
        person_id = f"npi:{row.npi}" if row.npi else f"person:{source.name}:{row.practitioner_key}"
        person = PractitionerView(
            public_id=person_id, specialties=specialties, group=self._index.catalogue.group_of(specialties),
            languages=tuple(row.languages), source=source.name, **{n: getattr(row, n) for n in _PERSON_SHOWN},
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
            role.location_key, person.specialties, person.languages, role.telehealth_states,
            *(getattr(person, name) for name in _PERSON_SHOWN), *(getattr(role, name) for name in _ROLE_SHOWN),
        )
        .join(person, (person.dataset_id == role.dataset_id) & (person.key == role.practitioner_key))
        .join(at, (at.dataset_id == role.dataset_id) & (at.key == role.location_key))
    )  # fmt: skip


def _listed(table: type[Location] | type[PractitionerRole], today: dt.date) -> tuple[Any, ...]:
    return (
        (table.listed_from.is_(None)) | (table.listed_from <= today),
        (table.listed_until.is_(None)) | (table.listed_until >= today),
    )
