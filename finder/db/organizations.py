"""What an organization says of itself to patients: its line, whom it serves, and where else to ask."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Connection, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base
from finder.db.directory import KEY


class OrganizationWord(Base):
    """The word of one organization, by its short name as in `organization=`; it survives every import.

    It serves patients of `states`, within `radius_miles` of its nearest place, and inside `area` (GeoJSON): any one
    will do, and where none is given nothing is known. `links` are {label_en, label_es, url}.
    """

    __tablename__ = "organization_word"

    key: Mapped[str] = mapped_column(KEY, primary_key=True)
    phone: Mapped[str] = mapped_column(String(30))
    hours: Mapped[str] = mapped_column(Text)
    states: Mapped[list[str]]
    radius_miles: Mapped[float | None]
    area: Mapped[dict[str, Any] | None]
    links: Mapped[list[Any]]
    changed_at: Mapped[dt.datetime]


# What of a row patients see, and the snapshot holds.
SAID = ("phone", "hours", "states", "radius_miles", "area", "links")
Words = dict[str, dict[str, Any]]


def organization_words(connection: Connection) -> Words:
    """Return what organizations say of themselves, by their short names."""
    word = OrganizationWord
    rows = connection.execute(select(word.key, *(getattr(word, name) for name in SAID)).order_by(word.key))
    return {row.key: dict(zip(SAID, row[1:], strict=True)) for row in rows}
