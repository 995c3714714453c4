"""Links by which a practice confirms a listing, or a whole place, without signing in: made, shown, used once."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, select, update

from finder.db.amendable import moved
from finder.db.dialect import write_lock, writing
from finder.db.quality import Answer, ConfirmationLink, ConfirmedFact, same_places
from finder.desk.audit import record
from finder.desk.quality_rows import read_listings
from finder.desk.verified import covered
from finder.errors import DeskRefused

USUAL_DAYS, LEAST_DAYS, MOST_DAYS = 30, 1, 90
# What fits into a field, and all that one practice can bring: nobody corrects more by hand.
LONGEST_WORDS, MOST_CORRECTIONS = 300, 100
_TOKEN_BYTES = 32


class LinkState(enum.Enum):
    """Whether a link still works, and why it does not."""

    LIVE = "live"
    USED = "used"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Link:
    """A confirmation link, without its token, which nobody keeps."""

    id: int
    public_id: str
    made_by: str
    made_at: dt.datetime
    expires_at: dt.datetime
    used_at: dt.datetime | None
    withdrawn_at: dt.datetime | None

    def state(self, now: dt.datetime) -> LinkState:
        """Return whether it works at a moment."""
        if self.used_at is not None:
            return LinkState.USED
        if self.withdrawn_at is not None:
            return LinkState.WITHDRAWN
        return LinkState.LIVE if now < self.expires_at else LinkState.EXPIRED


@dataclass(frozen=True)
class Correction:
    """What a practice says is wrong: of which listing, which field, what the page showed, and what they wrote."""

    public_id: str
    field: str
    shown: str
    said: str


@dataclass(frozen=True)
class Confirmation:
    """One thing that a practice said and nobody has answered yet; `field` is "" where it is that all is right."""

    id: int
    link_id: int
    public_id: str
    field: str
    shown: str
    said: str
    said_at: dt.datetime


_LINK = tuple(getattr(ConfirmationLink, name) for name in Link.__dataclass_fields__)
_FACT = tuple(getattr(ConfirmedFact, name) for name in Confirmation.__dataclass_fields__)


def make_link(engine: Engine, public_id: str, actor: str, now: dt.datetime, days: int = USUAL_DAYS) -> tuple[int, str]:
    """Make a link for a place with its people, for a person, or for one person at a place; return its number and token.

    The token is told here and never again. Raises DeskRefused: listing_unlisted, link_days_wrong.
    """
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise DeskRefused("link_days_wrong", least=LEAST_DAYS, most=MOST_DAYS)
    with engine.connect() as connection:
        kept = same_places(connection)
        public_id = moved(public_id, lambda one: kept.get(one, one))
        covered(read_listings(connection, now), public_id)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with write_lock(engine) as connection:
        values = {"token_hash": _hash(token), "public_id": public_id, "made_by": actor[:200], "made_at": now}
        expires = now + dt.timedelta(days=days)
        made = connection.execute(
            insert(ConfirmationLink).values(**values, expires_at=expires).returning(ConfirmationLink.id)
        )
        link_id = int(made.scalar_one())
        record(connection, now, actor, "make_confirmation_link", public_id, link=link_id, days=days)
    return link_id, token


def find_link(connection: Connection, token: str) -> Link | None:
    """Return the link of a token, whether it works or not; None where there is none. Nothing is spent by looking."""
    row = connection.execute(select(*_LINK).where(ConfirmationLink.token_hash == _hash(token))).first()
    return Link(*row) if row else None


def links(connection: Connection, most: int = 200) -> list[Link]:
    """Return the links that were made, the latest first."""
    return [Link(*row) for row in connection.execute(select(*_LINK).order_by(ConfirmationLink.id.desc()).limit(most))]


def withdraw_link(engine: Engine, link_id: int, actor: str, now: dt.datetime) -> None:
    """Take a link back that was not used. Raises DeskRefused: link_missing, link_over."""
    one = ConfirmationLink
    with write_lock(engine) as connection:
        row = connection.execute(select(*_LINK).where(one.id == link_id)).first()
        if row is None:
            raise DeskRefused("link_missing")
        if Link(*row).state(now) is not LinkState.LIVE:
            raise DeskRefused("link_over")
        connection.execute(update(one).where(one.id == link_id).values(withdrawn_at=now))
        record(connection, now, actor, "withdraw_confirmation_link", row.public_id, link=link_id)


def use_link(
    engine: Engine, token: str, corrections: Sequence[Correction], now: dt.datetime, *, all_right: bool
) -> None:
    """Take what a practice says, and spend the link; of two at once one is taken.

    Corrections go before a word that all is right. Raises DeskRefused: confirmation_empty, link_missing, or link_over.
    """
    told = [one for one in corrections if one.said.strip()][:MOST_CORRECTIONS]
    if not told and not all_right:
        raise DeskRefused("confirmation_empty")
    link = ConfirmationLink
    with writing(engine) as connection:
        row = connection.execute(select(link.id, link.public_id).where(link.token_hash == _hash(token))).first()
        if row is None:
            raise DeskRefused("link_missing")
        # One statement looks and spends, so that nobody comes between.
        spent = connection.execute(
            update(link)
            .where(link.id == row.id, link.used_at.is_(None), link.withdrawn_at.is_(None), link.expires_at > now)
            .values(used_at=now)
        )
        if spent.rowcount != 1:
            raise DeskRefused("link_over")
        said = [
            {
                "link_id": row.id, "public_id": one.public_id[:250], "field": one.field[:40], "shown": one.shown[:2000],
                "said": " ".join(one.said.split())[:LONGEST_WORDS], "said_at": now, "answer": Answer.OPEN,
            }
            for one in told
        ] or [
            {
                "link_id": row.id, "public_id": row.public_id, "field": "", "shown": "", "said": "", "said_at": now,
                "answer": Answer.OPEN,
            }
        ]  # fmt: skip
        connection.execute(insert(ConfirmedFact), said)


def waiting(connection: Connection, link_id: int | None = None) -> list[Confirmation]:
    """Return what nobody has answered yet, of one link or of all, the oldest first."""
    asked = select(*_FACT).where(ConfirmedFact.answer == Answer.OPEN).order_by(ConfirmedFact.id)
    if link_id is not None:
        asked = asked.where(ConfirmedFact.link_id == link_id)
    return [Confirmation(*row) for row in connection.execute(asked)]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
