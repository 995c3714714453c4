"""Imports remember how their columns were read, cells left out, what came of a profile, and update-only files.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _outcome(*values: str) -> sa.Enum:
    return sa.Enum(*values, name="outcome", native_enum=False, create_constraint=False, length=20)


def upgrade() -> None:
    """Add the columns, and one more outcome that a problem may have."""
    op.add_column("dataset", sa.Column("update_only", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("source_file", sa.Column("columns", sa.JSON(), nullable=True))
    op.add_column("stated_capability", sa.Column("profile", sa.String(length=80), nullable=True))
    with op.batch_alter_table("import_problem") as batch:
        batch.drop_constraint(op.f("ck_import_problem_outcome"), type_="check")
        batch.create_check_constraint(
            op.f("ck_import_problem_outcome"), "outcome IN ('refused', 'left_out', 'mended', 'noted')"
        )
