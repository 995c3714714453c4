"""Same place: staff say that two places are one, and which of them stays; undone, both are listed again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, insert, select, update

from finder.db.quality import SamePlace, same_places
from finder.db.staff import Amendment
from finder.desk.audit import record
from finder.desk.publish import publish
from finder.desk.quality_rows import read_listings
from finder.errors import DeskRefused
from finder.search.amended import Written


@dataclass(frozen=True)
class SamePlaceTold:
    """That a place is listed as another, and who said so."""

    other_id: str
    kept_id: str
    made_by: str
    made_at: dt.datetime


def all_same_places(connection: Connection) -> list[SamePlaceTold]:
    """Return the places that are listed as another, the latest first."""
    same = SamePlace
    rows = connection.execute(
        select(same.other_id, same.kept_id, same.made_by, same.made_at).order_by(same.made_at.desc(), same.id.desc())
    )
    return [SamePlaceTold(*row) for row in rows]


def add_same_place(engine: Engine, other_id: str, kept_id: str, actor: str) -> int:
    """Say that two places are one and listed as `kept_id`; return the new edition.

    What was listed as the other one moves along. That the other was hidden by staff ends with it, since else the kept
    one would be. Raises DeskRefused: place_itself, place_no_place, place_is_same.
    """
    if other_id == kept_id:
        raise DeskRefused("place_itself", value=other_id[:250])
    with engine.connect() as connection:
        before = same_places(connection)
        _refuse(connection, before, other_id, kept_id)
    after = {one: kept_id if kept == other_id else kept for one, kept in before.items()} | {other_id: kept_id}

    def laid(written: list[Written]) -> list[Written]:
        return [one for one in written if (one.public_id, one.field) != (other_id, "hidden")]

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        if same_places(connection) != before:
            raise DeskRefused("place_is_same", value=other_id, name=same_places(connection).get(other_id, kept_id))
        hidden, same = Amendment, SamePlace
        connection.execute(update(same).where(same.kept_id == other_id).values(kept_id=kept_id))
        connection.execute(insert(same).values(other_id=other_id, kept_id=kept_id, made_by=actor[:200], made_at=now))
        connection.execute(
            update(hidden)
            .where(hidden.public_id == other_id, hidden.field == "hidden", hidden.withdrawn_at.is_(None))
            .values(withdrawn_at=now)
        )
        record(connection, now, actor, "add_same_place", other_id, kept=kept_id, edition=edition)

    return publish(engine, {}, flip, amend=laid, same=after)


def remove_same_place(engine: Engine, other_id: str, actor: str) -> int:
    """Let a place be listed by itself again; return the new edition. Raises DeskRefused (place_not_same)."""
    with engine.connect() as connection:
        before = same_places(connection)
    if other_id not in before:
        raise DeskRefused("place_not_same", value=other_id[:250])
    after = {one: kept for one, kept in before.items() if one != other_id}

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        if same_places(connection) != before:
            raise DeskRefused("place_not_same", value=other_id)
        connection.execute(delete(SamePlace).where(SamePlace.other_id == other_id))
        record(connection, now, actor, "remove_same_place", other_id, kept=before[other_id], edition=edition)

    return publish(engine, {}, flip, same=after)


def _refuse(connection: Connection, before: dict[str, str], other_id: str, kept_id: str) -> None:
    """Raise DeskRefused where the two cannot be joined."""
    for one in (other_id, kept_id):
        if one in before:
            raise DeskRefused("place_is_same", value=one, name=before[one])
    listed = {one.public_id for one in read_listings(connection, dt.datetime.now(dt.UTC)).places}
    hidden = select(Amendment.id).where(Amendment.public_id == other_id, Amendment.field == "hidden")
    for one in (other_id, kept_id):
        is_hidden = one == other_id and connection.scalar(hidden.where(Amendment.withdrawn_at.is_(None))) is not None
        if one not in listed and not is_hidden:
            raise DeskRefused("place_no_place", value=one[:250])
