"""What staff decide of the quality of listings: findings set aside, places that are one, confirmation links."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import Connection, ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base, Numbered, choice

PUBLIC_ID = String(250)
ACTOR = String(200)


class FindingSetAside(Numbered, Base):
    """A finding that somebody has looked at and found to be fine.

    `fingerprint` is of the facts that it rested on: once these change, it is found again. `subject` is the public id
    that it is about, or two with a space between.
    """

    __tablename__ = "finding_set_aside"
    __table_args__ = (UniqueConstraint("list_name", "subject"),)

    list_name: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(520))
    fingerprint: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(400))
    made_by: Mapped[str] = mapped_column(ACTOR)
    made_at: Mapped[dt.datetime]


class SamePlace(Numbered, Base):
    """That two places are one, as staff say: `other_id` is listed as `kept_id`, both public ids. Undone, it is gone."""

    __tablename__ = "same_place"

    other_id: Mapped[str] = mapped_column(PUBLIC_ID, unique=True)
    kept_id: Mapped[str] = mapped_column(PUBLIC_ID, index=True)
    made_by: Mapped[str] = mapped_column(ACTOR)
    made_at: Mapped[dt.datetime]


def same_places(connection: Connection) -> dict[str, str]:
    """Return which places staff say are one: as which public id the other one is listed."""
    rows = connection.execute(select(SamePlace.other_id, SamePlace.kept_id))
    return {row.other_id: row.kept_id for row in rows}


class ConfirmationLink(Numbered, Base):
    """A link by which a practice confirms a listing, or a whole place, without signing in: once, until it expires.

    Of the token in its address only a hash is kept.
    """

    __tablename__ = "confirmation_link"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    public_id: Mapped[str] = mapped_column(PUBLIC_ID, index=True)
    made_by: Mapped[str] = mapped_column(ACTOR)
    made_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]


class Answer(enum.Enum):
    """What staff made of what a practice said."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class ConfirmedFact(Numbered, Base):
    """One thing that a practice said by a link: that all of a listing is right (`field` is empty), or what is instead.

    `shown` is what the page showed, `said` the practice's words, which are for staff alone.
    """

    __tablename__ = "confirmed_fact"

    link_id: Mapped[int] = mapped_column(ForeignKey("confirmation_link.id"), index=True)
    public_id: Mapped[str] = mapped_column(PUBLIC_ID)
    field: Mapped[str] = mapped_column(String(40))
    shown: Mapped[str] = mapped_column(Text)
    said: Mapped[str] = mapped_column(Text)
    said_at: Mapped[dt.datetime] = mapped_column(index=True)
    answer: Mapped[Answer] = mapped_column(choice(Answer, "answer"), default=Answer.OPEN)
    answered_at: Mapped[dt.datetime | None]
    answered_by: Mapped[str | None] = mapped_column(ACTOR)
