"""Tables of reference that an installation took since its release, kept in the database so that all hosts have them."""

from __future__ import annotations

import datetime as dt
import gzip
from typing import NamedTuple

from sqlalchemy import Connection, LargeBinary, String, select
from sqlalchemy.orm import Mapped, mapped_column

from finder.db import reference
from finder.db.base import Base, Numbered
from finder.db.reference_files import read_reference
from finder.db.zip_table import ZipTable, compile_table, unpacked

ZIP_POINTS = "zip_points"


class ReferenceTable(Numbered, Base):
    """A table that was taken: `content` is the file as `scripts/build_zip_points` makes it, gzipped.

    `compiled` is the same as this release loads it.
    """

    __tablename__ = "reference_table"

    name: Mapped[str] = mapped_column(String(40))
    made_on: Mapped[dt.date]
    sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    compiled: Mapped[bytes] = mapped_column(LargeBinary)
    taken_at: Mapped[dt.datetime]
    taken_by: Mapped[str] = mapped_column(String(200))
    withdrawn_at: Mapped[dt.datetime | None]


class Taken(NamedTuple):
    """A table that was taken, without what is in it."""

    id: int
    made_on: dt.date
    sha256: str
    rows: int
    taken_at: dt.datetime
    taken_by: str


def taken(connection: Connection) -> list[Taken]:
    """Return the tables of ZIP points that were taken and not given back, the newest first, in force or not."""
    one = ReferenceTable
    columns = (getattr(one, name) for name in Taken._fields)
    wanted = select(*columns).where(one.name == ZIP_POINTS, one.withdrawn_at.is_(None)).order_by(one.id.desc())
    return [Taken(*row) for row in connection.execute(wanted)]


def in_force(connection: Connection) -> Taken | None:
    """Return the table of ZIP points that counts, None where it is the shipped one.

    It is the last one taken, unless this release ships one that is as new or newer.
    """
    last = next(iter(taken(connection)), None)
    return last if last and last.made_on > reference.shipped_zip_points().made_on else None


def follow(connection: Connection) -> None:
    """Have this process use the table of ZIP points that is in force; quick where it does already."""
    last = in_force(connection)
    number = last.id if last else 0
    if reference.is_tried() or reference.zip_points().number == number:
        return
    reference.use_zip_points(load(connection, number) if number else None)


def load(connection: Connection, number: int) -> ZipTable:
    """Return a table that was taken, by the number of its row."""
    one = ReferenceTable
    row = connection.execute(select(one.content, one.compiled, one.made_on).where(one.id == number)).one()
    made = unpacked(row.compiled) or compile_table(read_reference(gzip.decompress(row.content)).rows)
    return ZipTable(made, number, row.made_on)
