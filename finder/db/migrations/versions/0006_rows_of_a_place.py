"""Roles and services are found by their place, as PostgreSQL must for each place that is deleted.

Revision 0006, after 0005.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    op.create_index("ix_healthcare_service_place", "healthcare_service", ["location_key", "dataset_id"])
    op.create_index("ix_practitioner_role_place", "practitioner_role", ["location_key", "dataset_id"])
