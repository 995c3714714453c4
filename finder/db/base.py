"""What every table shares: names of constraints, UTC times, row ids, and the two kinds of stated fact."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment in UTC. SQLite forgets the zone, so it is checked going in and put back coming out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, _dialect: Dialect) -> dt.datetime | None:
        """Refuse a time without a zone; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, _dialect: Dialect) -> dt.datetime | None:
        """Return the time with its zone, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Base(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dt.datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[Any]: JSON,
    }


# SQLite numbers rows by itself only for a column of exactly INTEGER.
ROW_ID = BigInteger().with_variant(Integer, "sqlite")


class Numbered:
    """A table whose rows have a number of their own."""

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)


class Stated(enum.Enum):
    """A three-state fact. `NOT_STATED` is never shown or filtered as no."""

    YES = "yes"
    NO = "no"
    NOT_STATED = "not_stated"


class Capability(enum.Enum):
    """What someone says of their work on a condition or with a procedure, most to least."""

    MAIN_FOCUS = "main_focus"
    PERFORMS = "performs"
    TREATS = "treats"
    REFERS = "refers"
    DOES_NOT = "does_not"


def choice(values: type[enum.Enum], column: str) -> Enum:
    """Return the type of a column holding one of `values` as short text, guarded by a CHECK named after the column."""
    return Enum(
        values,
        name=column,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


def stated(column: str) -> Mapped[Stated]:
    """Declare a three-state fact, not stated until someone says."""
    return mapped_column(choice(Stated, column), default=Stated.NOT_STATED, server_default=Stated.NOT_STATED.value)
