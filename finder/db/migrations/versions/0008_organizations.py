"""What organizations say of themselves, and in which languages a place answers the phone.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and add the column."""
    op.create_table(
        "organization_word",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("states", sa.JSON(), nullable=False),
        sa.Column("radius_miles", sa.Double(), nullable=True),
        sa.Column("area", sa.JSON(), nullable=True),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_organization_word")),
    )
    op.add_column("location", sa.Column("phone_languages", sa.Text(), server_default=sa.text("''"), nullable=False))
