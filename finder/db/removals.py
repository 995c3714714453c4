"""People who asked not to be listed, by their NPI: kept for as long as they ask so, and no more of them than that."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, String, select
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base, Numbered


class RemovalRequest(Numbered, Base):
    """That a person is not to be listed, whichever source brings them. Withdrawn, it is gone.

    `reason` is for staff alone, and may be empty.
    """

    __tablename__ = "removal_request"

    npi: Mapped[str] = mapped_column(String(10), unique=True)
    reason: Mapped[str] = mapped_column(String(400))
    recorded_by: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[dt.datetime]


def removed_npis(connection: Connection) -> frozenset[str]:
    """Return the NPIs of those who asked not to be listed."""
    return frozenset(connection.scalars(select(RemovalRequest.npi)))
