"""What staff note of a listing for whoever answers the telephone; patients never see it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base


class StaffNote(Base):
    """What staff on the telephone read of one listing; "" for what nobody noted.

    It hangs on the public id, so that it outlives every import. `scheduling_phone` is in RFC 3966 form without `tel:`.
    """

    __tablename__ = "staff_note"

    public_id: Mapped[str] = mapped_column(String(250), primary_key=True)
    note: Mapped[str] = mapped_column(Text)
    scheduling_phone: Mapped[str] = mapped_column(String(30))
    referral_rules: Mapped[str] = mapped_column(Text)
    records_rules: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[dt.datetime]
