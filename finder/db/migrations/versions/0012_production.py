"""What the finder keeps to be run at scale: people who asked to be left out, positions that were looked up.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

from finder.db.geography import has_postgis, make_search_tables

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
# It only adds: a version of 0011 that runs goes on meanwhile.
oldest_reader = "0011"


def upgrade() -> None:
    """Make the tables and columns of each part."""
    _geography()
    _removals()
    _geocodes()
    _reference()


def _geography() -> None:
    op.add_column("snapshot", sa.Column("searched", sa.String(40), nullable=True))
    # Where PostGIS comes later, so do the tables: with the first edition that is to be searched there.
    if has_postgis(op.get_bind()):
        make_search_tables(op.get_bind())


def _removals() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "removal_request",
        sa.Column("id", row_id, nullable=False),
        sa.Column("npi", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("recorded_by", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_removal_request"),
        sa.UniqueConstraint("npi", name="uq_removal_request_npi"),
    )


def _geocodes() -> None:
    """What geocoders answered for addresses."""
    outcomes = ("found", "doubtful", "missed", "dropped")
    outcome = sa.Enum(*outcomes, name="outcome", native_enum=False, create_constraint=True, length=20)
    op.create_table(
        "geocode",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("outcome", outcome, nullable=False),
        sa.Column("match", sa.String(length=20), nullable=False),
        sa.Column("doubt", sa.String(length=40), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("asked_of", sa.String(length=250), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name="pk_geocode"),
    )
    op.create_index("ix_geocode_outcome", "geocode", ["outcome"])


def _reference() -> None:
    """Tables of reference that were taken since the release."""
    op.create_table(
        "reference_table",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("compiled", sa.LargeBinary(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_reference_table"),
    )
