"""Searches that must hold in every edition that puts another version in force."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base, Numbered, choice


class Expects(enum.Enum):
    """What a golden search must find: someone among the first, someone never, so many, a card, or no card."""

    FIRST = "first"
    NEVER = "never"
    AT_LEAST = "at_least"
    CARD = "card"
    NO_CARD = "no_card"


class GoldenSearch(Numbered, Base):
    """A question and what must come of it.

    `question` has public parameters as they are typed. `what` is a public id or a name, or of a card its id or that
    of a red flag; `number` says among how many first, or how many there must be at least.
    """

    __tablename__ = "golden_search"

    question: Mapped[dict[str, Any]]
    unit: Mapped[str] = mapped_column(String(10))
    expects: Mapped[Expects] = mapped_column(choice(Expects, "expects"))
    what: Mapped[str] = mapped_column(String(250))
    number: Mapped[int]
    because: Mapped[str] = mapped_column(String(400))
    made_by: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[dt.datetime]
