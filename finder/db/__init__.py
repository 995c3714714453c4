"""What is stored: tables, the database they live in, and the edition that patients see."""

from finder.db import (
    catalogue,
    checks,
    datasets,
    directory,
    edition,
    geocodes,
    golden,
    names,
    notes,
    organizations,
    publications,
    quality,
    reference_tables,
    removals,
    reports,
    sites,
    staff,
)
from finder.db.base import Base

TABLES = Base.metadata

__all__ = [
    "TABLES",
    "catalogue",
    "checks",
    "datasets",
    "directory",
    "edition",
    "geocodes",
    "golden",
    "names",
    "notes",
    "organizations",
    "publications",
    "quality",
    "reference_tables",
    "removals",
    "reports",
    "sites",
    "staff",
]
