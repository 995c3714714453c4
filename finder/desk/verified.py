"""“Verified today”: somebody looked at a listing, or a whole place with its people, and all of it was right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import Connection, Engine, insert, select, update

from finder.db.amendable import moved
from finder.db.quality import same_places
from finder.db.staff import Amendment
from finder.desk.audit import record
from finder.desk.publish import publish
from finder.desk.quality_rows import Listings, PlaceRow, RoleRow, read_listings
from finder.errors import DeskRefused
from finder.search.amended import Written

_FIELD = "verified_on"
_AT_ONCE = 500


def verified_today(engine: Engine, public_ids: Iterable[str], actor: str, today: dt.date) -> int:
    """Say that listings were right on a day, in one edition; return how many that were.

    The id of a place stands for it with all its people, that of a person for them wherever they are, that of a role
    for one person at one place. Raises DeskRefused (listing_unlisted).
    """
    wanted = list(dict.fromkeys(public_ids))
    now = dt.datetime.now(dt.UTC)
    with engine.connect() as connection:
        listings, kept = read_listings(connection, now), same_places(connection)
    now_called = [moved(public_id, lambda one: kept.get(one, one)) for public_id in wanted]
    listed = dict.fromkeys(one for public_id in now_called for one in covered(listings, public_id))

    def laid(written: Iterable[Written]) -> list[Written]:
        standing = [one for one in written if one.public_id not in listed or one.field != _FIELD]
        last = max([dt.datetime.now(dt.UTC), *(one.made_at for one in standing)])
        return standing + [Written(public_id, _FIELD, today.isoformat(), last) for public_id in listed]

    def flip(connection: Connection, at: dt.datetime, edition: int) -> None:
        one = Amendment
        known = connection.execute(
            select(one.id, one.public_id).where(one.field == _FIELD, one.withdrawn_at.is_(None))
        ).all()
        replaced = [row.id for row in known if row.public_id in listed]
        for first in range(0, len(replaced), _AT_ONCE):
            some = replaced[first : first + _AT_ONCE]
            connection.execute(update(one).where(one.id.in_(some)).values(withdrawn_at=at))
        values = {
            "field": _FIELD,
            "value": today.isoformat(),
            "imported_value": "",
            "made_by": actor[:200],
            "made_at": at,
        }
        connection.execute(insert(one), [{"public_id": public_id, **values} for public_id in listed])
        for public_id in wanted:
            record(connection, at, actor, "verify", public_id, day=today.isoformat(), edition=edition)

    publish(engine, {}, flip, amend=laid)
    return len(listed)


def covered(listings: Listings, public_id: str) -> list[str]:
    """Return the ids of what a public id stands for: a place with its people, a person everywhere, or one role.

    Raises DeskRefused (listing_unlisted).
    """
    place, roles = parts(listings, public_id)
    found = [*([place.public_id] if place else []), *(role.public_id for role in roles)]
    if not found:
        raise DeskRefused("listing_unlisted", value=public_id[:250])
    return found


def parts(listings: Listings, public_id: str) -> tuple[PlaceRow | None, list[RoleRow]]:
    """Return the place and the roles that a public id stands for."""
    if public_id.startswith("place:"):
        place = listings.place(public_id)
        return place, [role for role in listings.roles if role.place.public_id == public_id]
    return None, [role for role in listings.roles if public_id in (role.public_id, role.person.public_id)]
