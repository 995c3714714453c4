"""Copy sections that an import does not bring from the version in force into the new one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, and_, exists, func, insert, literal, or_, select

from finder.db.directory import (
    SECTION_TABLES,
    InDataset,
    Location,
    Organization,
    Practitioner,
    PractitionerRole,
    StatedCapability,
)
from finder.importers.records import Known

_PARENTS: dict[Any, str] = {
    Organization: "organization_key",
    Location: "location_key",
    Practitioner: "practitioner_key",
}


def carry_over(connection: Connection, section: str, old_id: int, new_id: int, known: Known) -> int:
    """Copy a section from the old version, but for rows that refer to what is gone; return how many these were."""
    lost = 0
    for table in SECTION_TABLES:
        facts = [column for column in table.__table__.columns if column.name not in ("id", "dataset_id")]
        here = and_(table.dataset_id == old_id, table.section == section)
        whole = connection.scalar(select(func.count()).select_from(table).where(here)) or 0
        if not whole:
            continue
        kept = and_(here, *(_parent_exists(table, parent, new_id) for parent in _PARENTS if parent is not table))
        if table is StatedCapability:
            kept = and_(kept, _role_exists(new_id))
        connection.execute(
            insert(table).from_select(
                ["dataset_id", *(column.name for column in facts)],
                select(literal(new_id), *facts).where(kept).order_by(table.id),
            )
        )
        there = and_(table.dataset_id == new_id, table.section == section)
        lost += whole - (connection.scalar(select(func.count()).select_from(table).where(there)) or 0)
    _remember(connection, section, new_id, known)
    return lost


def _remember(connection: Connection, section: str, new_id: int, known: Known) -> None:
    """Note the keys that rows of later sections may refer to."""

    def keys(table: type[Organization | Location | Practitioner]) -> Iterable[str]:
        return connection.scalars(select(table.key).where(table.dataset_id == new_id, table.section == section))

    known.organizations.update(dict.fromkeys(keys(Organization), 0))
    known.locations.update(dict.fromkeys(keys(Location), (0, 0)))
    known.people.update(dict.fromkeys(keys(Practitioner), 0))
    role = PractitionerRole
    pairs = select(role.practitioner_key, role.location_key).where(role.dataset_id == new_id, role.section == section)
    known.roles.update(dict.fromkeys(connection.execute(pairs), (0, 0)))


def _parent_exists(table: type[InDataset], parent: Any, new_id: int) -> Any:
    column = getattr(table, _PARENTS[parent], None)
    if column is None:
        return literal(True)
    return or_(column.is_(None), exists().where(parent.dataset_id == new_id, parent.key == column))


def _role_exists(new_id: int) -> Any:
    said, role = StatedCapability, PractitionerRole
    same = and_(role.practitioner_key == said.practitioner_key, role.location_key == said.location_key)
    return or_(
        said.practitioner_key.is_(None), said.location_key.is_(None), exists().where(role.dataset_id == new_id, same)
    )
