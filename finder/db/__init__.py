"""What is stored: tables, the database they live in, and the edition that patients see."""

from finder.db import catalogue, datasets, directory, edition, names, organizations, reports, sites, staff
from finder.db.base import Base

TABLES = Base.metadata

__all__ = [
    "TABLES",
    "catalogue",
    "datasets",
    "directory",
    "edition",
    "names",
    "organizations",
    "reports",
    "sites",
    "staff",
]
