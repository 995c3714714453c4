"""Where data come from: sources, their immutable numbered versions, files, and the rows that were no good."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base, Numbered, choice


class DatasetState(enum.Enum):
    """How far a dataset is: only a ready one can be activated."""

    LOADING = "loading"
    READY = "ready"
    REFUSED = "refused"
    ABANDONED = "abandoned"


class Outcome(enum.Enum):
    """What became of the cell or row that a problem is about: the row refused, only the cell left out..."""

    REFUSED = "refused"
    LEFT_OUT = "left_out"
    MENDED = "mended"
    NOTED = "noted"


class Source(Numbered, Base):
    """Who sends files: a hospital, a public register, the demo. Of two the higher priority is believed."""

    __tablename__ = "source"

    name: Mapped[str] = mapped_column(String(64), unique=True)
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    is_demo: Mapped[bool] = mapped_column(default=False)
    header_mapping: Mapped[dict[str, Any] | None]
    created_at: Mapped[dt.datetime]
    retired_at: Mapped[dt.datetime | None]


# In `Dataset.counts`: the version that was active when this one took rows over from it.
MADE_FROM = "made_from"


class Dataset(Numbered, Base):
    """One immutable version of all that a source says.

    `checked_on` and `checked_by` are what whoever published it attested: that all its listings were right on that day.
    """

    __tablename__ = "dataset"
    __table_args__ = (
        UniqueConstraint("source_id", "version"),
        Index(
            "uq_dataset_one_active",
            "source_id",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
    )

    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    version: Mapped[int]
    state: Mapped[DatasetState] = mapped_column(choice(DatasetState, "state"))
    active: Mapped[bool] = mapped_column(default=False)
    sections: Mapped[list[str]]
    carried_over: Mapped[list[str]]
    counts: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    heartbeat_at: Mapped[dt.datetime]
    rows_done: Mapped[int] = mapped_column(default=0)
    update_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    pruned_at: Mapped[dt.datetime | None]
    checked_on: Mapped[dt.date | None] = mapped_column(Date)
    checked_by: Mapped[str | None] = mapped_column(String(200))


class Activation(Numbered, Base):
    """One publication: which version of a source came into force, when, and what it replaced."""

    __tablename__ = "activation"

    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey("dataset.id"))
    replaced_id: Mapped[int | None] = mapped_column(ForeignKey("dataset.id"))
    edition: Mapped[int]
    at: Mapped[dt.datetime]
    actor: Mapped[str] = mapped_column(String(200))
    rolled_back: Mapped[bool] = mapped_column(default=False)


class SourceFile(Numbered, Base):
    """A file as it was received: compressed, hashed, with how it was read.

    `columns` says for each cell of `header` which column of ours it was read as, "" for none.
    """

    __tablename__ = "source_file"

    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"), index=True)
    section: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    encoding: Mapped[str] = mapped_column(String(20))
    delimiter: Mapped[str] = mapped_column(String(4))
    header: Mapped[list[str]]
    columns: Mapped[list[str] | None]
    content_zlib: Mapped[bytes | None] = mapped_column(LargeBinary)


class ImportProblem(Numbered, Base):
    """A cell or row of a file that was refused, mended or noted. `row_number` is what a spreadsheet shows."""

    __tablename__ = "import_problem"

    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"), index=True)
    section: Mapped[str] = mapped_column(String(20))
    row_number: Mapped[int]
    column_name: Mapped[str] = mapped_column(String(64))
    value: Mapped[str] = mapped_column(String(400))
    code: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, Any]]
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome, "outcome"))
