"""The words of names, from which a search by name finds people and places.

Revision 0007, after 0006. The tables are filled when a dataset is next published.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Compared byte by byte on both, so that all that begins alike is one range of the primary key.
TOKEN = sa.String(length=60).with_variant(sa.String(length=60, collation="C"), "postgresql")


def _kind() -> sa.Column[str]:
    kinds = sa.Enum("person", "place", name="kind", native_enum=False, create_constraint=True, length=20)
    return sa.Column("kind", kinds, nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "name_progress",
        sa.Column("dataset_id", ROW_ID, nullable=False),
        _kind(),
        sa.Column("through", ROW_ID, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_name_progress_dataset_id")),
        sa.PrimaryKeyConstraint("dataset_id", "kind", name=op.f("pk_name_progress")),
    )
    op.create_table(
        "name_token",
        sa.Column("dataset_id", ROW_ID, nullable=False),
        _kind(),
        sa.Column("token", TOKEN, nullable=False),
        sa.Column("slice_end", ROW_ID, nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_name_token_dataset_id")),
        sa.PrimaryKeyConstraint("dataset_id", "kind", "token", "slice_end", name=op.f("pk_name_token")),
        sqlite_with_rowid=False,
    )
