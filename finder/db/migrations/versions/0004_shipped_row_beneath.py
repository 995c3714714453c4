"""A hospital's catalogue row remembers the shipped row that it was written from.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("catalogue_row", sa.Column("based_on_hash", sa.String(length=64), nullable=True))
