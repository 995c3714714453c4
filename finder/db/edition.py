"""The edition: one number for all that patients see, and the snapshot that belongs to it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Connection, Engine, LargeBinary, String, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import ROW_ID, Base

_SNAPSHOTS_KEPT = 3


class Edition(Base):
    """One row: the number of the edition that is in force."""

    __tablename__ = "edition"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]


class Snapshot(Base):
    """The searchable form of one edition, built once and loaded by every worker.

    `searched` names the rows that PostGIS searches for it, None where it does not.
    """

    __tablename__ = "snapshot"

    edition: Mapped[int] = mapped_column(ROW_ID, primary_key=True, autoincrement=False)
    layout: Mapped[int]
    created_at: Mapped[dt.datetime]
    blob: Mapped[bytes] = mapped_column(LargeBinary)
    searched: Mapped[str | None] = mapped_column(String(40))


def current_edition(connection: Connection) -> int:
    """Return the number of the edition in force, 0 before the first."""
    return connection.execute(select(Edition.number)).scalar() or 0


def load_snapshot(engine: Engine, layout: int) -> tuple[int, bytes] | None:
    """Return (edition, blob) of the edition in force, or None where it has no snapshot of this layout."""
    with engine.connect() as connection:
        row = connection.execute(
            select(Snapshot.edition, Snapshot.blob)
            .join(Edition, Edition.number == Snapshot.edition)
            .where(Snapshot.layout == layout)
        ).first()
    return (row.edition, row.blob) if row else None


def kept_editions(connection: Connection, layout: int) -> list[int]:
    """Return the editions whose snapshots are kept, of a layout, ascending."""
    kept = select(Snapshot.edition).where(Snapshot.layout == layout).order_by(Snapshot.edition)
    return list(connection.scalars(kept))


def snapshot_of(connection: Connection, edition: int, layout: int) -> bytes | None:
    """Return the snapshot of an edition that is kept, None where it is not."""
    return connection.scalar(select(Snapshot.blob).where(Snapshot.edition == edition, Snapshot.layout == layout))


def searched_rows(connection: Connection, layout: int) -> tuple[int, str | None] | None:
    """Return the edition in force and the name of the rows that PostGIS searches for it; None without a snapshot."""
    row = connection.execute(
        select(Snapshot.edition, Snapshot.searched)
        .join(Edition, Edition.number == Snapshot.edition)
        .where(Snapshot.layout == layout)
    ).first()
    return (row.edition, row.searched) if row else None


def raise_edition(
    connection: Connection, blob: bytes, layout: int, now: dt.datetime, searched: str | None = None
) -> int:
    """Store the snapshot of the next edition and put it in force; return its number.

    For use inside `dialect.write_lock` only, so that flip, snapshot and number are one.
    """
    number = current_edition(connection) + 1
    if number == 1:
        connection.execute(insert(Edition).values(id=1, number=1))
    else:
        connection.execute(update(Edition).values(number=number))
    connection.execute(
        insert(Snapshot).values(edition=number, layout=layout, created_at=now, blob=blob, searched=searched)
    )
    connection.execute(delete(Snapshot).where(Snapshot.edition <= number - _SNAPSHOTS_KEPT))
    return number
