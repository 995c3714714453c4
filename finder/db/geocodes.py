"""What geocoders answered: one row an address that was asked, found or not, so that none is asked twice."""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import Double, String
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base, choice


class GeocodeOutcome(enum.Enum):
    """What came of asking for an address. Only what was FOUND is a pin; DROPPED was one, until staff took it off."""

    FOUND = "found"
    DOUBTFUL = "doubtful"
    MISSED = "missed"
    DROPPED = "dropped"


class Geocode(Base):
    """The answer for one address, by `finder.db.addresses.address_hash`; the address itself is not kept.

    `match` says what the point is of (house, interpolated, street, other; "" for a miss), `doubt` the code of why it
    was not taken. `asked_of` is the kind of the geocoder and where it is.
    """

    __tablename__ = "geocode"

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    outcome: Mapped[GeocodeOutcome] = mapped_column(choice(GeocodeOutcome, "outcome"), index=True)
    match: Mapped[str] = mapped_column(String(20))
    doubt: Mapped[str] = mapped_column(String(40))
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    asked_of: Mapped[str] = mapped_column(String(250))
    asked_at: Mapped[dt.datetime]
    asked_by: Mapped[str] = mapped_column(String(200))
