"""What the admin's desk keeps.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


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


def _publication() -> None:
    """Who attested a version; searches that must hold before one is published."""
    for column in (
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("checked_by", sa.String(length=200), nullable=True),
    ):
        op.add_column("dataset", column)


def _amendments() -> None:
    """What amendments need beyond their table, which is older."""


def _quality() -> None:
    """Places that are one, and links by which practices confirm."""


def _clinical() -> None:
    """What clinical review needs beyond its tables, which are older."""


def _phone_and_sites() -> None:
    """What staff on the telephone read of a listing."""
