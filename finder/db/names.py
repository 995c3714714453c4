"""The words of names, from which a search by name finds people and places.

Derived from the rows of a dataset when it is first published, and removed with them; `finder.search.name_words` says
how words are written here.
"""

from __future__ import annotations

import enum

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import ROW_ID, Base, choice
from finder.db.dialect import in_byte_order

TOKEN_LENGTH = 60


class NameKind(enum.Enum):
    """Whose name it is."""

    PERSON = "person"
    PLACE = "place"


class NameToken(Base):
    """A word, and everyone (or every place) of a slice of a dataset in whose name it is.

    `rows` are ids, 64 bits each, the lowest byte first: of roles for a person's name, of locations for a place's. One
    row for each word, and not for each bearer of it, since "j" begins the names of a quarter of all people.
    """

    __tablename__ = "name_token"
    # Words that begin alike lie side by side, and their rows with them.
    __table_args__ = ({"sqlite_with_rowid": False},)

    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"), primary_key=True)
    kind: Mapped[NameKind] = mapped_column(choice(NameKind, "kind"), primary_key=True)
    token: Mapped[str] = mapped_column(in_byte_order(TOKEN_LENGTH), primary_key=True)
    # The highest id that the slice may hold.
    slice_end: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    rows: Mapped[bytes] = mapped_column(LargeBinary)


class NameProgress(Base):
    """How far the words of a dataset are written: of all rows up to an id; `whole` where there are no more."""

    __tablename__ = "name_progress"

    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"), primary_key=True)
    kind: Mapped[NameKind] = mapped_column(choice(NameKind, "kind"), primary_key=True)
    through: Mapped[int] = mapped_column(ROW_ID)
    whole: Mapped[bool]


NAME_TABLES: tuple[type[NameToken | NameProgress], ...] = (NameToken, NameProgress)
