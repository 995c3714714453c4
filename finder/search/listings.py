"""Pages of people and places, by public id."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Connection, select

from finder.db.directory import Location, OrganizationPlan, Practitioner, PractitionerRole
from finder.db.staff import PublicIdAlias
from finder.errors import ListingMissing
from finder.search.details import RowDetails
from finder.search.results import LocationListing, PractitionerListing
from finder.search.sources import PersonKey, believed

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
        role, rows = PractitionerRole, list[int]()
        if known := self._person(public_id):
            theirs = role.dataset_id == known[0], role.practitioner_key == known[1]
            today_only = *_listed(role, today), *_listed(Location, today)
            found = select(role.id).join(Location, _PLACE_OF_ROLE).where(*theirs, *today_only).order_by(role.id)
            rows.extend(self._connection.scalars(found))
        if not rows:
            raise ListingMissing("listing_missing", public_id=public_id[:80])
        details = list(self.roles(rows).values())
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
            select(role.id, Practitioner.npi)
            .join(Practitioner, _PERSON_OF_ROLE)
            .where(*here, *_listed(role, today))
            .order_by(Practitioner.family_name, Practitioner.given_name)
        ).all()
        # Whoever is listed by a source that is believed more is shown there.
        sources, npis = self._index.snapshot.sources, {one.npi for one in people if one.npi}
        shown = believed(self._connection, sources, npis) if source is not sources[0] else {}
        mine = [one.id for one in people if one.npi not in shown or shown[one.npi][0] == source.dataset_id]
        plan = OrganizationPlan
        plans = self._connection.execute(
            select(plan.plan, plan.accepts)
            .where(plan.dataset_id == source.dataset_id, plan.organization_key == row.organization_key)
            .order_by(plan.id)
        )
        return LocationListing(
            self.locations([row.id])[row.id], tuple(self.roles(mine).values()),
            tuple((name, accepts) for name, accepts in plans), self._index.edition, self._index.is_demo,
            self.place_declared([row.id])[row.id],
        )  # fmt: skip


def current_public_id(connection: Connection, public_id: str) -> str | None:
    """Return the id that an old public id was replaced by, or None."""
    return connection.scalar(select(PublicIdAlias.new_id).where(PublicIdAlias.old_id == public_id))


def _listed(table: type[Location] | type[PractitionerRole], today: dt.date) -> tuple[Any, ...]:
    return (
        (table.listed_from.is_(None)) | (table.listed_from <= today),
        (table.listed_until.is_(None)) | (table.listed_until >= today),
    )
