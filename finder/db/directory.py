"""Who works where and what they say of their work. Terms are those of FHIR Plan-Net.

Rows belong to one dataset and are never changed. Inside it they refer to each other by the file's own keys, so
that a section can be carried over to the next version by copying it.
"""

from __future__ import annotations

import datetime as dt
import enum

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base, Capability, Numbered, Stated, choice, stated

KEY = String(80)
NAME = String(200)


class PositionKind(enum.Enum):
    """Where a location's position comes from."""

    GIVEN = "given"
    ZIP = "zip"
    NONE = "none"


class LocationKind(enum.Enum):
    """What kind of place it is. It never says whether there is an emergency department."""

    CLINIC = "clinic"
    HOSPITAL = "hospital"
    CRITICAL_ACCESS = "critical_access"
    RURAL_EMERGENCY = "rural_emergency"
    CHILDRENS = "childrens"
    SPECIAL = "special_hospital"
    REHABILITATION = "rehabilitation"
    LONG_TERM = "long_term"
    PSYCHIATRIC = "psychiatric"
    VETERANS = "veterans"
    MILITARY = "military"
    THERAPY = "therapy"
    SURGERY_CENTER = "surgery_center"
    NOT_STATED = "not_stated"


class ServiceKind(enum.Enum):
    """What a place can offer besides its people."""

    EMERGENCY_DEPARTMENT = "emergency"
    WALK_IN_XRAY = "walk_in_xray"
    IMAGING = "imaging"
    INFANT_HIP_ULTRASOUND = "infant_ultrasound"
    THERAPY = "therapy"


class Gender(enum.Enum):
    """Gender as the practitioner states it."""

    WOMAN = "woman"
    MAN = "man"
    OTHER = "other"
    NOT_STATED = "not_stated"


class TargetKind(enum.Enum):
    """Whether a capability is about a condition or a procedure."""

    CONDITION = "condition"
    PROCEDURE = "procedure"


class InDataset(Numbered, Base):
    """A row of one dataset, from one section of its files."""

    __abstract__ = True

    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    section: Mapped[str] = mapped_column(String(20))


class Organization(InDataset):
    """A hospital, network or practice that runs locations."""

    __tablename__ = "organization"
    __table_args__ = (UniqueConstraint("dataset_id", "key"),)

    key: Mapped[str] = mapped_column(KEY)
    name: Mapped[str] = mapped_column(NAME)


class Location(InDataset):
    """A place where patients are seen."""

    __tablename__ = "location"
    __table_args__ = (
        UniqueConstraint("dataset_id", "key"),
        ForeignKeyConstraint(["dataset_id", "organization_key"], ["organization.dataset_id", "organization.key"]),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="position_whole"),
    )

    key: Mapped[str] = mapped_column(KEY)
    organization_key: Mapped[str | None] = mapped_column(KEY)
    name: Mapped[str] = mapped_column(NAME)
    kind: Mapped[LocationKind] = mapped_column(choice(LocationKind, "kind"))
    address: Mapped[str] = mapped_column(NAME)
    address_2: Mapped[str] = mapped_column(NAME)
    city: Mapped[str] = mapped_column(NAME)
    state: Mapped[str] = mapped_column(String(2))
    zip_code: Mapped[str] = mapped_column(String(5))
    zip_plus4: Mapped[str] = mapped_column(String(4))
    phone: Mapped[str] = mapped_column(String(30))
    relay_phone: Mapped[str] = mapped_column(String(30))
    url: Mapped[str] = mapped_column(Text)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    position_kind: Mapped[PositionKind] = mapped_column(choice(PositionKind, "position_kind"))
    position_source: Mapped[str] = mapped_column(String(60))
    hours: Mapped[str] = mapped_column(Text)
    directions: Mapped[str] = mapped_column(Text)
    step_free: Mapped[Stated] = stated("step_free")
    lift: Mapped[Stated] = stated("lift")
    adjustable_exam_table: Mapped[Stated] = stated("adjustable_exam_table")
    accessible_parking: Mapped[Stated] = stated("accessible_parking")
    interpreter: Mapped[Stated] = stated("interpreter")
    # Codes with "; " between them, as files have them; empty where nobody has said.
    phone_languages: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    listed_from: Mapped[dt.date | None] = mapped_column(Date)
    listed_until: Mapped[dt.date | None] = mapped_column(Date)
    verified_on: Mapped[dt.date | None] = mapped_column(Date)


class HealthcareService(InDataset):
    """Something a location says it offers, or does not: an emergency department, imaging..."""

    __tablename__ = "healthcare_service"
    __table_args__ = (
        UniqueConstraint("dataset_id", "section", "location_key", "kind"),
        ForeignKeyConstraint(["dataset_id", "location_key"], ["location.dataset_id", "location.key"]),
        # For each place that it deletes, PostgreSQL looks for what refers to it. With the dataset first, SQLite would
        # read roles by it in the order of their places where another order is wanted.
        Index("ix_healthcare_service_place", "location_key", "dataset_id"),
    )

    location_key: Mapped[str] = mapped_column(KEY)
    kind: Mapped[ServiceKind] = mapped_column(choice(ServiceKind, "kind"))
    offered: Mapped[Stated] = stated("offered")
    open_24_hours: Mapped[Stated] = stated("open_24_hours")
    detail: Mapped[str] = mapped_column(NAME)
    hours: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(String(30))
    verified_on: Mapped[dt.date | None] = mapped_column(Date)


class Practitioner(InDataset):
    """A person who treats patients. `specialties` are NUCC codes, the first one leads."""

    __tablename__ = "practitioner"
    __table_args__ = (UniqueConstraint("dataset_id", "key"), Index("ix_practitioner_npi", "npi"))

    key: Mapped[str] = mapped_column(KEY)
    npi: Mapped[str | None] = mapped_column(String(10))
    given_name: Mapped[str] = mapped_column(NAME)
    middle_name: Mapped[str] = mapped_column(NAME)
    family_name: Mapped[str] = mapped_column(NAME)
    suffix: Mapped[str] = mapped_column(String(30))
    credentials: Mapped[str] = mapped_column(String(60))
    gender: Mapped[Gender] = mapped_column(choice(Gender, "gender"))
    specialties: Mapped[list[str]]
    languages: Mapped[list[str]]
    fellowship: Mapped[str] = mapped_column(Text)
    board_certified: Mapped[Stated] = stated("board_certified")
    profile_url: Mapped[str] = mapped_column(Text)


class PractitionerRole(InDataset):
    """One person at one place."""

    __tablename__ = "practitioner_role"
    __table_args__ = (
        UniqueConstraint("dataset_id", "practitioner_key", "location_key"),
        ForeignKeyConstraint(["dataset_id", "practitioner_key"], ["practitioner.dataset_id", "practitioner.key"]),
        ForeignKeyConstraint(["dataset_id", "location_key"], ["location.dataset_id", "location.key"]),
        Index("ix_practitioner_role_place", "location_key", "dataset_id"),
    )

    practitioner_key: Mapped[str] = mapped_column(KEY)
    location_key: Mapped[str] = mapped_column(KEY)
    phone: Mapped[str] = mapped_column(String(30))
    days: Mapped[str] = mapped_column(Text)
    accepting_new_patients: Mapped[Stated] = stated("accepting_new_patients")
    referral_needed: Mapped[Stated] = stated("referral_needed")
    telehealth: Mapped[Stated] = stated("telehealth")
    telehealth_states: Mapped[list[str]]
    first_visit_with: Mapped[str] = mapped_column(NAME)
    youngest_age: Mapped[int | None]
    oldest_age: Mapped[int | None]
    works_with: Mapped[str] = mapped_column(NAME)
    booking_url: Mapped[str] = mapped_column(Text)
    listed_from: Mapped[dt.date | None] = mapped_column(Date)
    listed_until: Mapped[dt.date | None] = mapped_column(Date)
    verified_on: Mapped[dt.date | None] = mapped_column(Date)


class StatedCapability(InDataset):
    """What a person (everywhere, or at one place) or a place says of its work on a condition or with a procedure.

    `profile` names the profile that the row came from, None where the file said it in so many words.
    """

    __tablename__ = "stated_capability"
    __table_args__ = (
        ForeignKeyConstraint(["dataset_id", "practitioner_key"], ["practitioner.dataset_id", "practitioner.key"]),
        ForeignKeyConstraint(["dataset_id", "location_key"], ["location.dataset_id", "location.key"]),
        CheckConstraint("practitioner_key IS NOT NULL OR location_key IS NOT NULL", name="has_subject"),
        Index("ix_stated_capability_person", "dataset_id", "practitioner_key"),
        Index("ix_stated_capability_place", "dataset_id", "location_key"),
    )

    practitioner_key: Mapped[str | None] = mapped_column(KEY)
    location_key: Mapped[str | None] = mapped_column(KEY)
    target_kind: Mapped[TargetKind] = mapped_column(choice(TargetKind, "target_kind"))
    target: Mapped[str] = mapped_column(KEY)
    level: Mapped[Capability] = mapped_column(choice(Capability, "level"))
    profile: Mapped[str | None] = mapped_column(KEY)
    approved_by: Mapped[str] = mapped_column(NAME)
    approved_on: Mapped[dt.date | None] = mapped_column(Date)


class OrganizationPlan(InDataset):
    """Whether an organization says it takes an insurance plan."""

    __tablename__ = "organization_plan"
    __table_args__ = (
        UniqueConstraint("dataset_id", "organization_key", "plan"),
        ForeignKeyConstraint(["dataset_id", "organization_key"], ["organization.dataset_id", "organization.key"]),
    )

    organization_key: Mapped[str] = mapped_column(KEY)
    plan: Mapped[str] = mapped_column(NAME)
    accepts: Mapped[Stated] = stated("accepts")
    as_of: Mapped[dt.date | None] = mapped_column(Date)


# Parents first: the order in which rows are copied; the reverse is the order in which they are pruned.
SECTION_TABLES: tuple[type[InDataset], ...] = (
    Organization, Location, HealthcareService, Practitioner, PractitionerRole, StatedCapability, OrganizationPlan,
)  # fmt: skip
