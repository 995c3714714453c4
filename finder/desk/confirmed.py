"""What staff make of what a practice said by a link: accepted, it is verified or amended; declined, nothing changes."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, Engine, select, update

from finder.db.amendable import fields_of
from finder.db.dialect import write_lock
from finder.db.quality import Answer, ConfirmedFact
from finder.desk.amendments import amend
from finder.desk.audit import record
from finder.desk.confirmations import Confirmation
from finder.desk.verified import verified_today
from finder.errors import DeskRefused


def accept(engine: Engine, number: int, actor: str, now: dt.datetime, instead: str | None = None) -> None:
    """Take over one thing that a practice said; `instead` is what staff made of their words.

    That all is right sets the day when they said so as the day when the listing, or the place with its people, was
    verified; a correction becomes an amendment, where the field can be amended; else staff have changed it by hand.
    Raises DeskRefused: confirmation_missing where it was answered already, listing_unlisted, and as `amend` does.
    """
    with engine.connect() as connection:
        one = _open(connection, number)
    # Claimed first, so that of two presses at once one does it; where the deed is refused it waits again.
    _answer(engine, one, actor, now, Answer.ACCEPTED)
    try:
        if one.field:
            # What cannot be amended, such as a name, staff have put right by hand.
            if may_be_amended(one.public_id, one.field):
                amend(engine, one.public_id, {one.field: (one.said if instead is None else instead).strip()}, actor)
        else:
            verified_today(engine, [one.public_id], actor, one.said_at.date())
    except BaseException:
        _reopen(engine, one)
        raise


def may_be_amended(public_id: str, field: str) -> bool:
    """Return whether a correction of this field can be taken over as an amendment."""
    return field in fields_of(public_id)


def decline(engine: Engine, number: int, actor: str, now: dt.datetime) -> None:
    """Answer one thing that a practice said without changing anything. Raises DeskRefused (confirmation_missing)."""
    with engine.connect() as connection:
        one = _open(connection, number)
    _answer(engine, one, actor, now, Answer.DECLINED)


def _open(connection: Connection, number: int) -> Confirmation:
    fact = ConfirmedFact
    columns = [getattr(fact, name) for name in Confirmation.__dataclass_fields__]
    row = connection.execute(select(*columns).where(fact.id == number, fact.answer == Answer.OPEN)).first()
    if row is None:
        raise DeskRefused("confirmation_missing", value=number)
    return Confirmation(*row)


def _answer(engine: Engine, one: Confirmation, actor: str, now: dt.datetime, answer: Answer) -> None:
    fact = ConfirmedFact
    with write_lock(engine) as connection:
        done = connection.execute(
            update(fact)
            .where(fact.id == one.id, fact.answer == Answer.OPEN)
            .values(answer=answer, answered_at=now, answered_by=actor[:200])
        )
        if done.rowcount != 1:
            raise DeskRefused("confirmation_missing", value=one.id)
        action = "accept_confirmation" if answer is Answer.ACCEPTED else "decline_confirmation"
        record(connection, now, actor, action, one.public_id, confirmation=one.id, link=one.link_id, field=one.field)


def _reopen(engine: Engine, one: Confirmation) -> None:
    fact, now = ConfirmedFact, dt.datetime.now(dt.UTC)
    with write_lock(engine) as connection:
        connection.execute(
            update(fact).where(fact.id == one.id).values(answer=Answer.OPEN, answered_at=None, answered_by=None)
        )
        record(connection, now, "finder", "reopen_confirmation", one.public_id, confirmation=one.id)
