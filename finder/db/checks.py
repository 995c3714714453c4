"""Files that were uploaded to be checked, in pieces, and how far each check is."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base, Numbered, choice


class CheckState(enum.Enum):
    """How far a check is. Work goes on in the first four; an abandoned one ended in the middle and can be run again."""

    WAITING = "waiting"
    READING = "reading"
    NEEDS_MAPPING = "needs_mapping"
    RUNNING = "running"
    READY = "ready"
    REFUSED = "refused"
    ABANDONED = "abandoned"
    WITHDRAWN = "withdrawn"


class FileRole(enum.Enum):
    """What a file of a check is: received, or made by the check to be downloaded."""

    RECEIVED = "received"
    CORRECTED = "corrected"
    PROBLEMS = "problems"


class FileCheck(Numbered, Base):
    """The check of one or more files for a source.

    `wishes` is how they are to be read; `preview` how their heads were read; `refusal` a code and its parameters;
    `report` what was found. `claim` is of the process at work, which beats every few seconds; no other writes here.
    `dataset_id` is the version that it made, None where none was made or it was thrown away.
    """

    __tablename__ = "file_check"

    source: Mapped[str] = mapped_column(String(64))
    state: Mapped[CheckState] = mapped_column(choice(CheckState, "state"), index=True)
    wishes: Mapped[dict[str, Any]]
    preview: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    rows_done: Mapped[int] = mapped_column(default=0, server_default="0")
    rows_at_most: Mapped[int] = mapped_column(default=0, server_default="0")
    runs: Mapped[int] = mapped_column(default=0, server_default="0")
    claim: Mapped[str] = mapped_column(String(32), default="")
    heartbeat_at: Mapped[dt.datetime]
    started_by: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey("dataset.id"))


class CheckedFile(Numbered, Base):
    """A file of a check; its content is in pieces, none of them where it was removed to save space."""

    __tablename__ = "checked_file"

    check_id: Mapped[int] = mapped_column(ForeignKey("file_check.id"), index=True)
    role: Mapped[FileRole] = mapped_column(choice(FileRole, "role"))
    name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]


class FilePiece(Numbered, Base):
    """A piece of a file: all of them in their order are one zlib stream. No process holds more than one at a time."""

    __tablename__ = "file_piece"
    __table_args__ = (UniqueConstraint("file_id", "number"),)

    file_id: Mapped[int] = mapped_column(ForeignKey("checked_file.id"))
    number: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
