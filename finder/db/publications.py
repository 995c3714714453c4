"""Publications that take long: asked for on a page, done by a process of their own."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base, Numbered, choice


class OrderState(enum.Enum):
    """How far an order is. One whose process falls silent is abandoned."""

    WORKING = "working"
    DONE = "done"
    REFUSED = "refused"
    ABANDONED = "abandoned"


class PublicationOrder(Numbered, Base):
    """A version that somebody wants in force, with all that they confirmed, and what came of it.

    `code` and `params` are those of a refusal.
    """

    __tablename__ = "publication_order"

    source: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    actor: Mapped[str] = mapped_column(String(200))
    confirmed: Mapped[dict[str, Any]]
    state: Mapped[OrderState] = mapped_column(choice(OrderState, "state"))
    asked_at: Mapped[dt.datetime]
    heartbeat_at: Mapped[dt.datetime]
    edition: Mapped[int | None]
    code: Mapped[str | None] = mapped_column(String(40))
    params: Mapped[dict[str, Any]]
