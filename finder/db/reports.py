"""Reports of mistakes in a listing, as patients tick them: no word of theirs, and nothing about who they are."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base, Numbered


class Mistake(enum.Enum):
    """What can be ticked."""

    PHONE = "phone"
    ADDRESS = "address"
    HOURS = "hours"
    NAME = "name"
    NOT_HERE = "not_here"
    NOT_TREATED = "not_treated"
    NO_NEW_PATIENTS = "no_new_patients"
    PLAN = "plan"
    CLOSED = "closed"
    OTHER = "other"


class MistakeReport(Numbered, Base):
    """One report. It hangs on the public id, so that it outlives every import; of the time only the day is kept.

    `kinds` are values of Mistake, in its order; `edition` is what the patient saw.
    """

    __tablename__ = "mistake_report"
    __table_args__ = (Index("ix_mistake_report_public_id", "public_id"), Index("ix_mistake_report_day", "reported_on"))

    public_id: Mapped[str] = mapped_column(String(250))
    kinds: Mapped[list[str]]
    edition: Mapped[int]
    reported_on: Mapped[dt.date] = mapped_column(Date)
    handled_at: Mapped[dt.datetime | None]
    handled_by: Mapped[str | None] = mapped_column(String(200))
    # What was done about it, in the words of whoever handled it.
    handled_how: Mapped[str | None] = mapped_column(String(400))
