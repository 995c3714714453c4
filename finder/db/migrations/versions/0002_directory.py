"""The directory: organizations, locations, services, people, roles, capabilities, plans.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def stated(column: str) -> sa.Enum:
    """Return the type of a three-state fact as it was at this revision."""
    return sa.Enum("yes", "no", "not_stated", name=column, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "organization",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("dataset_id", ROW_ID, nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_organization_dataset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("dataset_id", "key", name=op.f("uq_organization_dataset_id_key")),
    )
    op.create_table(
        "practitioner",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("npi", sa.String(length=10), nullable=True),
        sa.Column("given_name", sa.String(length=200), nullable=False),
        sa.Column("middle_name", sa.String(length=200), nullable=False),
        sa.Column("family_name", sa.String(length=200), nullable=False),
        sa.Column("suffix", sa.String(length=30), nullable=False),
        sa.Column("credentials", sa.String(length=60), nullable=False),
        sa.Column(
            "gender",
            sa.Enum(
                "woman",
                "man",
                "other",
                "not_stated",
                name="gender",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("specialties", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("fellowship", sa.Text(), nullable=False),
        sa.Column("board_certified", stated("board_certified"), server_default="not_stated", nullable=False),
        sa.Column("profile_url", sa.Text(), nullable=False),
        sa.Column("dataset_id", ROW_ID, nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_practitioner_dataset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practitioner")),
        sa.UniqueConstraint("dataset_id", "key", name=op.f("uq_practitioner_dataset_id_key")),
    )
    op.create_index("ix_practitioner_npi", "practitioner", ["npi"], unique=False)
    op.create_table(
        "location",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("organization_key", sa.String(length=80), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "clinic",
                "hospital",
                "critical_access",
                "rural_emergency",
                "childrens",
                "special_hospital",
                "rehabilitation",
                "long_term",
                "psychiatric",
                "veterans",
                "military",
                "therapy",
                "surgery_center",
                "not_stated",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("address_2", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("zip_code", sa.String(length=5), nullable=False),
        sa.Column("zip_plus4", sa.String(length=4), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("relay_phone", sa.String(length=30), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column(
            "position_kind",
            sa.Enum("given", "zip", "none", name="position_kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("position_source", sa.String(length=60), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("directions", sa.Text(), nullable=False),
        sa.Column("step_free", stated("step_free"), server_default="not_stated", nullable=False),
        sa.Column("lift", stated("lift"), server_default="not_stated", nullable=False),
        sa.Column(
            "adjustable_exam_table", stated("adjustable_exam_table"), server_default="not_stated", nullable=False
        ),
        sa.Column("accessible_parking", stated("accessible_parking"), server_default="not_stated", nullable=False),
        sa.Column("interpreter", stated("interpreter"), server_default="not_stated", nullable=False),
        sa.Column("listed_from", sa.Date(), nullable=True),
        sa.Column("listed_until", sa.Date(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("dataset_id", ROW_ID, nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("id", ROW_ID, nullable=False),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_location_position_whole")),
        sa.ForeignKeyConstraint(
            ["dataset_id", "organization_key"],
            ["organization.dataset_id", "organization.key"],
            name=op.f("fk_location_dataset_id_organization_key"),
        ),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_location_dataset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("dataset_id", "key", name=op.f("uq_location_dataset_id_key")),
    )
    op.create_table(
        "organization_plan",
        sa.Column("organization_key", sa.String(length=80), nullable=False),
        sa.Column("plan", sa.String(length=200), nullable=False),
        sa.Column("accepts", stated("accepts"), server_default="not_stated", nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("dataset_id", ROW_ID, nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id", "organization_key"],
            ["organization.dataset_id", "organization.key"],
            name=op.f("fk_organization_plan_dataset_id_organization_key"),
        ),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_organization_plan_dataset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_plan")),
        sa.UniqueConstraint(
            "dataset_id", "organization_key", "plan", name=op.f("uq_organization_plan_dataset_id_organization_key_plan")
        ),
    )
    op.create_table(
        "healthcare_service",
        sa.Column("location_key", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "emergency",
                "walk_in_xray",
                "imaging",
                "infant_ultrasound",
                "therapy",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("offered", stated("offered"), server_default="not_stated", nullable=False),
        sa.Column("open_24_hours", stated("open_24_hours"), server_default="not_stated", nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("dataset_id", ROW_ID, nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id", "location_key"],
            ["location.dataset_id", "location.key"],
            name=op.f("fk_healthcare_service_dataset_id_location_key"),
        ),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_healthcare_service_dataset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_healthcare_service")),
        sa.UniqueConstraint(
            "dataset_id",
            "section",
            "location_key",
            "kind",
            name=op.f("uq_healthcare_service_dataset_id_section_location_key_kind"),
        ),
    )
    op.create_table(
        "practitioner_role",
        sa.Column("practitioner_key", sa.String(length=80), nullable=False),
        sa.Column("location_key", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column(
            "accepting_new_patients", stated("accepting_new_patients"), server_default="not_stated", nullable=False
        ),
        sa.Column("referral_needed", stated("referral_needed"), server_default="not_stated", nullable=False),
        sa.Column("telehealth", stated("telehealth"), server_default="not_stated", nullable=False),
        sa.Column("telehealth_states", sa.JSON(), nullable=False),
        sa.Column("first_visit_with", sa.String(length=200), nullable=False),
        sa.Column("youngest_age", sa.Integer(), nullable=True),
        sa.Column("oldest_age", sa.Integer(), nullable=True),
        sa.Column("works_with", sa.String(length=200), nullable=False),
        sa.Column("booking_url", sa.Text(), nullable=False),
        sa.Column("listed_from", sa.Date(), nullable=True),
        sa.Column("listed_until", sa.Date(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("dataset_id", ROW_ID, nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("id", ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id", "location_key"],
            ["location.dataset_id", "location.key"],
            name=op.f("fk_practitioner_role_dataset_id_location_key"),
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id", "practitioner_key"],
            ["practitioner.dataset_id", "practitioner.key"],
            name=op.f("fk_practitioner_role_dataset_id_practitioner_key"),
        ),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_practitioner_role_dataset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practitioner_role")),
        sa.UniqueConstraint(
            "dataset_id",
            "practitioner_key",
            "location_key",
            name=op.f("uq_practitioner_role_dataset_id_practitioner_key_location_key"),
        ),
    )
    op.create_table(
        "stated_capability",
        sa.Column("practitioner_key", sa.String(length=80), nullable=True),
        sa.Column("location_key", sa.String(length=80), nullable=True),
        sa.Column(
            "target_kind",
            sa.Enum("condition", "procedure", name="target_kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "main_focus",
                "performs",
                "treats",
                "refers",
                "does_not",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("approved_by", sa.String(length=200), nullable=False),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("dataset_id", ROW_ID, nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("id", ROW_ID, nullable=False),
        sa.CheckConstraint(
            "practitioner_key IS NOT NULL OR location_key IS NOT NULL", name=op.f("ck_stated_capability_has_subject")
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id", "location_key"],
            ["location.dataset_id", "location.key"],
            name=op.f("fk_stated_capability_dataset_id_location_key"),
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id", "practitioner_key"],
            ["practitioner.dataset_id", "practitioner.key"],
            name=op.f("fk_stated_capability_dataset_id_practitioner_key"),
        ),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_stated_capability_dataset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stated_capability")),
    )
    op.create_index(
        "ix_stated_capability_person", "stated_capability", ["dataset_id", "practitioner_key"], unique=False
    )
    op.create_index("ix_stated_capability_place", "stated_capability", ["dataset_id", "location_key"], unique=False)
