"""Pages of people and places, by public id."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select

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
            found = (
                select(role.id, Location.id.label("place"), Location.dataset_id, Location.organization_key)
                .join(Location, _PLACE_OF_ROLE)
                .where(*theirs, *_listed(role, today))
                .order_by(role.id)
            )
            at = {row.id: row for row in self._connection.execute(found) if row.id not in self._same.dropped_roles}
            open_today = self._places_today([row.place for row in at.values()], today)
            rows = {
                row_id: open_today[self._same.kept_rows.get(row.place, row.place)]
                for row_id, row in at.items()
                if self._same.kept_rows.get(row.place, row.place) in open_today
            }
        if not rows:
            raise ListingMissing("listing_missing", public_id=public_id[:80])
        every = self.roles(list(rows))
        details = {row: one for row, one in every.items() if not self._is_hidden(one[1].public_id)}
        if not details:
            # Of who asked not to be listed a page says what it says of who never was.
            removed = any(self._amended.removed.has(role.public_id) for _person, role in every.values())
            raise ListingMissing("listing_missing" if removed else "listing_hidden", public_id=public_id[:80])
        plans = self._plans(set(rows.values()))
        return PractitionerListing(
            next(iter(details.values()))[0], tuple(role for _person, role in details.values()), self._index.edition,
            self._index.is_demo, tuple(plans.get(rows[row], ()) for row in details),
        )  # fmt: skip

    def _places_today(self, places: list[int], today: dt.date) -> dict[int, OrganizationKey]:
        """Return which places, as they are listed, are so today, and who runs them."""
        at = Location
        wanted = {self._same.kept_rows.get(row, row) for row in places}
        with_others = wanted | {other for row in wanted for other in self._same.others.get(row, ())}
        found = {
            row.id: row
            for row in self._connection.execute(
                select(at.id, at.dataset_id, at.organization_key, and_(*_listed(at, today)).label("today")).where(
                    at.id.in_(with_others)
                )
            )
        }
        return {row: self._run_by(row, found) for row in wanted if row in found and found[row].today}

    def _run_by(self, row: int, found: Mapping[int, Any]) -> OrganizationKey:
        """Return who runs a place: its own word, else that of another which is one with it."""
        same = (found[one] for one in (row, *self._same.others.get(row, ())) if one in found)
        one = next((one for one in same if one.organization_key is not None), found[row])
        return one.dataset_id, one.organization_key

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
        public_id = self._same.kept_ids.get(public_id, public_id)
        _kind, _, rest = public_id.partition(":")
        source_name, _, key = rest.partition(":")
        source = next((s for s in self._index.snapshot.sources if s.name == source_name), None)
        at, role = Location, PractitionerRole
        row = (
            source
            and self._connection.execute(
                select(at.id).where(at.dataset_id == source.dataset_id, at.key == key, *_listed(at, today))
            ).first()
        )
        if not source or not row:
            raise ListingMissing("listing_missing", public_id=public_id[:80])
        if self._is_hidden(public_id):
            raise ListingMissing("listing_hidden", public_id=public_id[:80])
        here: ColumnElement[bool] = (role.dataset_id == source.dataset_id) & (role.location_key == key)
        if others := self._same.others.get(row.id, []):
            same = select(at.dataset_id, at.key).where(at.id.in_(others))
            here = or_(
                here,
                *(
                    and_(role.dataset_id == one[0], role.location_key == one[1])
                    for one in self._connection.execute(same)
                ),
            )
        people = [
            one
            for one in self._connection.execute(
                select(role.id, role.dataset_id, Practitioner.npi)
                .join(Practitioner, _PERSON_OF_ROLE)
                .where(here, *_listed(role, today))
                .order_by(Practitioner.family_name, Practitioner.given_name)
            )
            if one.id not in self._same.dropped_roles
        ]
        # Whoever is listed by a source that is believed more is shown there.
        sources, npis = self._index.snapshot.sources, {one.npi for one in people if one.npi}
        shown = believed(self._connection, sources, npis) if source is not sources[0] or others else {}
        mine = [one.id for one in people if one.npi not in shown or shown[one.npi][0] == one.dataset_id]
        run_by = self._places_today([row.id], today)[row.id]
        people_here = tuple(one for one in self.roles(mine).values() if not self._is_hidden(one[1].public_id))
        return LocationListing(
            self.locations([row.id])[row.id], people_here,
            self._plans({run_by}).get(run_by, ()), self._index.edition, self._index.is_demo,
            self.place_declared([row.id])[row.id],
        )  # fmt: skip

    def _is_hidden(self, public_id: str) -> bool:
        return self._amended.is_hidden(public_id)

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
