"""What staff do and decide: accounts, amendments, aliases of public ids, and the audit log."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base, Numbered, choice


class StaffRole(enum.Enum):
    """What an account may do, least to most."""

    VIEWER = "viewer"
    EDITOR = "editor"
    CLINICAL_REVIEWER = "clinical_reviewer"
    ADMINISTRATOR = "administrator"


class Staff(Numbered, Base):
    """An account. Raising `session_epoch` ends all its sessions."""

    __tablename__ = "staff"

    name: Mapped[str] = mapped_column(String(100), unique=True)
    role: Mapped[StaffRole] = mapped_column(choice(StaffRole, "role"))
    password_hash: Mapped[str] = mapped_column(Text)
    session_epoch: Mapped[int] = mapped_column(default=0)
    # Both are from before there was a count for each name; SignInTries is what is used.
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    disabled_at: Mapped[dt.datetime | None]
    last_sign_in_at: Mapped[dt.datetime | None]


class SignInTries(Base):
    """How often a sign-in failed of late, of a name that may exist or not: the hash of a name, or of a name and device.

    That of names nobody has is kept too, so that waiting tells nothing; what is old is cleared away.
    """

    __tablename__ = "sign_in_tries"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    failed: Mapped[int]
    locked_until: Mapped[dt.datetime | None]
    last_at: Mapped[dt.datetime] = mapped_column(index=True)


class Amendment(Numbered, Base):
    """A staff change to one field of one listing, with the imported value it replaced; laid over every version."""

    __tablename__ = "amendment"
    __table_args__ = (Index("ix_amendment_public_id", "public_id"),)

    public_id: Mapped[str] = mapped_column(String(250))
    field: Mapped[str] = mapped_column(String(40))
    value: Mapped[Any] = mapped_column(JSON)
    imported_value: Mapped[Any] = mapped_column(JSON)
    made_by: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]


class AmendmentChoice(Numbered, Base):
    """What staff chose for an amendment that a version's file disagrees with: keep it, take the file's, write another.

    `file_value` is what the file says. Once the version is in force, `former` is what the amendment had replaced
    before and `written_id` the amendment written instead, so that it can be undone with the version.
    """

    __tablename__ = "amendment_choice"
    __table_args__ = (UniqueConstraint("dataset_id", "amendment_id"),)

    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    amendment_id: Mapped[int] = mapped_column(ForeignKey("amendment.id"))
    choice: Mapped[str] = mapped_column(String(10))
    value: Mapped[Any] = mapped_column(JSON)
    file_value: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[dt.datetime]
    applied_at: Mapped[dt.datetime | None]
    former: Mapped[str | None] = mapped_column(Text)
    written_id: Mapped[int | None]


class PublicIdAlias(Base):
    """An old public id that redirects to the one in use, as when a person gains an NPI."""

    __tablename__ = "public_id_alias"

    old_id: Mapped[str] = mapped_column(String(250), primary_key=True)
    new_id: Mapped[str] = mapped_column(String(250))
    since: Mapped[dt.datetime]


class AuditEntry(Numbered, Base):
    """One thing that was done. Append-only by trigger; each entry's hash covers the one before."""

    __tablename__ = "audit_entry"

    at: Mapped[dt.datetime]
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(250))
    detail: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
