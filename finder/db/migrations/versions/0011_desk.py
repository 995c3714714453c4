"""What the admin's desk keeps.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables and columns of each part of the desk."""
    _accounts()
    _checks()
    _publication()
    _amendments()
    _quality()
    _clinical()
    _phone_and_sites()


def _accounts() -> None:
    op.add_column("staff", sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "sign_in_tries",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name="pk_sign_in_tries"),
    )
    op.create_index("ix_sign_in_tries_last_at", "sign_in_tries", ["last_at"])


def _checks() -> None:
    """Files that were uploaded, and how far their checks are."""
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    states = ("waiting", "reading", "needs_mapping", "running", "ready", "refused", "abandoned", "withdrawn")
    roles = ("received", "corrected", "problems")
    state = sa.Enum(*states, name="state", native_enum=False, create_constraint=True, length=20)
    role = sa.Enum(*roles, name="role", native_enum=False, create_constraint=True, length=20)
    op.create_table(
        "file_check",
        sa.Column("id", row_id, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("wishes", sa.JSON(), nullable=False),
        sa.Column("preview", sa.JSON(), nullable=True),
        sa.Column("refusal", sa.JSON(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("rows_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_at_most", sa.Integer(), server_default="0", nullable=False),
        sa.Column("runs", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claim", sa.String(length=32), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dataset_id", row_id, nullable=True),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name="fk_file_check_dataset_id"),
        sa.PrimaryKeyConstraint("id", name="pk_file_check"),
    )
    op.create_index("ix_file_check_state", "file_check", ["state"])
    op.create_table(
        "checked_file",
        sa.Column("id", row_id, nullable=False),
        sa.Column("check_id", row_id, nullable=False),
        sa.Column("role", role, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["file_check.id"], name="fk_checked_file_check_id"),
        sa.PrimaryKeyConstraint("id", name="pk_checked_file"),
    )
    op.create_index("ix_checked_file_check_id", "checked_file", ["check_id"])
    op.create_table(
        "file_piece",
        sa.Column("id", row_id, nullable=False),
        sa.Column("file_id", row_id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["checked_file.id"], name="fk_file_piece_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_file_piece"),
        sa.UniqueConstraint("file_id", "number", name="uq_file_piece_file_id_number"),
    )


def _publication() -> None:
    """Who attested a version; searches that must hold before one is published."""
    for column in (
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("checked_by", sa.String(length=200), nullable=True),
    ):
        op.add_column("dataset", column)
    op.create_table(
        "golden_search",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("expects", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(length=250), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("because", sa.String(length=400), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("expects IN ('first', 'never', 'at_least', 'card', 'no_card')", name="expects"),
        sa.PrimaryKeyConstraint("id", name="pk_golden_search"),
    )
    op.create_table(
        "publication_order",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("confirmed", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.CheckConstraint("state IN ('working', 'done', 'refused', 'abandoned')", name="state"),
        sa.PrimaryKeyConstraint("id", name="pk_publication_order"),
    )


def _amendments() -> None:
    """What amendments need beyond their table, which is older."""
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "amendment_choice",
        sa.Column("id", row_id, nullable=False),
        sa.Column("dataset_id", row_id, nullable=False),
        sa.Column("amendment_id", row_id, nullable=False),
        sa.Column("choice", sa.String(length=10), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("file_value", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("former", sa.Text(), nullable=True),
        sa.Column("written_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_amendment_choice"),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name="fk_amendment_choice_dataset_id"),
        sa.ForeignKeyConstraint(["amendment_id"], ["amendment.id"], name="fk_amendment_choice_amendment_id"),
        sa.UniqueConstraint("dataset_id", "amendment_id", name="uq_amendment_choice_dataset_id_amendment_id"),
    )


def _quality() -> None:
    """Findings that were set aside, places that are one, links by which practices confirm; how reports were handled."""
    op.add_column("mistake_report", sa.Column("handled_how", sa.String(length=400), nullable=True))
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "finding_set_aside",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("list_name", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=520), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_finding_set_aside"),
        sa.UniqueConstraint("list_name", "subject", name="uq_finding_set_aside_list_name_subject"),
    )
    op.create_table(
        "same_place",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("other_id", sa.String(length=250), nullable=False),
        sa.Column("kept_id", sa.String(length=250), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_same_place"),
        sa.UniqueConstraint("other_id", name="uq_same_place_other_id"),
    )
    op.create_index("ix_same_place_kept_id", "same_place", ["kept_id"])
    op.create_table(
        "confirmation_link",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("public_id", sa.String(length=250), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("used_at", moment, nullable=True),
        sa.Column("withdrawn_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_confirmation_link"),
        sa.UniqueConstraint("token_hash", name="uq_confirmation_link_token_hash"),
    )
    op.create_index("ix_confirmation_link_public_id", "confirmation_link", ["public_id"])
    op.create_table(
        "confirmed_fact",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("link_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=250), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("said_at", moment, nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("answered_at", moment, nullable=True),
        sa.Column("answered_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint("answer IN ('open', 'accepted', 'declined')", name=op.f("ck_confirmed_fact_answer")),
        sa.ForeignKeyConstraint(["link_id"], ["confirmation_link.id"], name="fk_confirmed_fact_link_id"),
        sa.PrimaryKeyConstraint("id", name="pk_confirmed_fact"),
    )
    op.create_index("ix_confirmed_fact_link_id", "confirmed_fact", ["link_id"])
    op.create_index("ix_confirmed_fact_said_at", "confirmed_fact", ["said_at"])


def _clinical() -> None:
    """What clinical review needs beyond its tables, which are older."""


def _phone_and_sites() -> None:
    """What staff on the telephone read of a listing."""
    op.create_table(
        "staff_note",
        sa.Column("public_id", sa.String(length=250), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("scheduling_phone", sa.String(length=30), nullable=False),
        sa.Column("referral_rules", sa.Text(), nullable=False),
        sa.Column("records_rules", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("public_id", name="pk_staff_note"),
    )
