"""Pages of people and places, by public id."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from finder.db.directory import Location, OrganizationPlan, Practitioner, PractitionerRole
from finder.db.staff import PublicIdAlias
from finder.errors import ListingMissing
from finder.geo import geodesics_from
from finder.search.details import RowDetails
from finder.search.origin import Origin
from finder.search.results import LocationListing, LocationView, PlanView, PractitionerListing
from finder.search.sources import PersonKey, believed

# The dataset, and the key of an organization in it; None where nobody says who runs a place.
OrganizationKey = tuple[int, str | None]
_PERSON_OF_ROLE = (Practitioner.dataset_id == PractitionerRole.dataset_id) & (
    Practitioner.key == PractitionerRole.practitioner_key
)
_PLACE_OF_ROLE = (Location.dataset_id == PractitionerRole.dataset_id) & (Location.key == PractitionerRole.location_key)


class Details(RowDetails):
    """Reads details of one edition by row ids, for answers, and by public id, for pages."""

    def practitioner(self, public_id: str, today: dt.date) -> PractitionerListing:
        """Return a person's listing. Raises ListingMissing where nobody with this id is listed today.

        The id of a file leads to all that its NPI does, though another source may be believed more.
        """
        role, rows = PractitionerRole, dict[int, OrganizationKey]()
        if known := self._person(public_id):
            theirs = role.dataset_id == known[0], role.practitioner_key == known[1]
            today_only = *_listed(role, today), *_listed(Location, today)
            found = (
                select(role.id, Location.organization_key)
                .join(Location, _PLACE_OF_ROLE)
                .where(*theirs, *today_only)
                .order_by(role.id)
            )
            for row in self._connection.execute(found):
                rows[row.id] = known[0], row.organization_key
        if not rows:
            raise ListingMissing("listing_missing", public_id=public_id[:80])
        details = self.roles(list(rows))
        plans = self._plans(set(rows.values()))
        return PractitionerListing(
            next(iter(details.values()))[0], tuple(role for _person, role in details.values()), self._index.edition,
            self._index.is_demo, tuple(plans.get(rows[row], ()) for row in details),
        )  # fmt: skip

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
            select(role.id, Practitioner.npi)
            .join(Practitioner, _PERSON_OF_ROLE)
            .where(*here, *_listed(role, today))
            .order_by(Practitioner.family_name, Practitioner.given_name)
        ).all()
        # Whoever is listed by a source that is believed more is shown there.
        sources, npis = self._index.snapshot.sources, {one.npi for one in people if one.npi}
        shown = believed(self._connection, sources, npis) if source is not sources[0] else {}
        mine = [one.id for one in people if one.npi not in shown or shown[one.npi][0] == source.dataset_id]
        run_by = source.dataset_id, row.organization_key
        return LocationListing(
            self.locations([row.id])[row.id], tuple(self.roles(mine).values()),
            self._plans({run_by}).get(run_by, ()), self._index.edition, self._index.is_demo,
            self.place_declared([row.id])[row.id],
        )  # fmt: skip

    def _plans(self, organizations: Collection[OrganizationKey]) -> dict[OrganizationKey, tuple[PlanView, ...]]:
        """Return what organizations say of plans, in the order of their files."""
        plan, found = OrganizationPlan, defaultdict[OrganizationKey, list[PlanView]](list)
        for dataset_id in {dataset_id for dataset_id, _key in organizations}:
            keys = [key for of, key in organizations if of == dataset_id and key is not None]
            rows = select(plan.organization_key, plan.plan, plan.accepts, plan.as_of).where(
                plan.dataset_id == dataset_id, plan.organization_key.in_(keys)
            )
            for row in self._connection.execute(rows.order_by(plan.id)):
                found[dataset_id, row.organization_key].append(PlanView(row.plan, row.accepts, row.as_of))
        return {organization: tuple(plans) for organization, plans in found.items()}


def distance_m(origin: Origin, place: LocationView) -> float | None:
    """Return how far a place is from an origin, in metres along the geodesic; None where nobody knows where it is."""
    if place.latitude is None or place.longitude is None:
        return None
    return geodesics_from(*origin.point)(place.latitude, place.longitude)[0]


def current_public_id(connection: Connection, public_id: str) -> str | None:
    """Return the id that an old public id was replaced by, or None."""
    return connection.scalar(select(PublicIdAlias.new_id).where(PublicIdAlias.old_id == public_id))


def _listed(table: type[Location] | type[PractitionerRole], today: dt.date) -> tuple[Any, ...]:
    return (
        (table.listed_from.is_(None)) | (table.listed_from <= today),
        (table.listed_until.is_(None)) | (table.listed_until >= today),
    )
