"""Copy sections that an import does not bring from the version in force into the new one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, insert, literal, or_, select

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

_PARENTS: dict[type[InDataset], str] = {
    Organization: "organization_key",
    Location: "location_key",
    Practitioner: "practitioner_key",
}


def carry_over(connection: Connection, section: str, old_id: int, new_id: int, known: Known) -> int:
    """Copy a section from the old version, but for rows that refer to what is gone; return how many these were.

    Whose every place is gone goes too. Only their rows at these places are counted, as in a file.
    """
    lost = 0
    for table in SECTION_TABLES:
        facts = [column for column in table.__table__.columns if column.name not in ("id", "dataset_id")]
        here = and_(table.dataset_id == old_id, table.section == section)
        whole = _rows(connection, table, here)
        if not whole:
            continue
        kept = and_(here, *(_parent_is_there(table, parent, new_id) for parent in _PARENTS if parent is not table))
        if table is Practitioner:
            kept = and_(kept, _has_a_place(old_id, new_id))
        if table is StatedCapability:
            kept = and_(kept, _role_is_there(new_id))
        connection.execute(
            insert(table).from_select(
                ["dataset_id", *(column.name for column in facts)],
                select(literal(new_id), *facts).where(kept).order_by(table.id),
            )
        )
        there = and_(table.dataset_id == new_id, table.section == section)
        if table is not Practitioner:
            lost += whole - _rows(connection, table, there)
    _remember(connection, section, new_id, known)
    return lost


def _rows(connection: Connection, table: type[InDataset], where: ColumnElement[bool]) -> int:
    """Count rows as a file has them: all that a profile stands for is one."""
    rows: Any = table
    if table is StatedCapability:
        own_words = case((rows.profile.is_(None), rows.target))
        rows = select(rows.practitioner_key, rows.location_key, rows.profile, own_words).where(where).distinct()
        return connection.scalar(select(func.count()).select_from(rows.subquery())) or 0
    return connection.scalar(select(func.count()).select_from(rows).where(where)) or 0


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


def _parent_is_there(table: type[InDataset], parent: type[Any], new_id: int) -> ColumnElement[bool]:
    column = getattr(table, _PARENTS[parent], None)
    if column is None:
        return literal(True)
    return or_(column.is_(None), _looked_up(table, parent, parent.dataset_id == new_id, parent.key == column))


def _has_a_place(old_id: int, new_id: int) -> ColumnElement[bool]:
    """Tell whether any of a person's places is in the new version."""
    role = PractitionerRole
    own = (role.dataset_id == old_id, role.practitioner_key == Practitioner.key)
    return _looked_up(Practitioner, role, *own, _parent_is_there(role, Location, new_id))


def _role_is_there(new_id: int) -> ColumnElement[bool]:
    said, role = StatedCapability, PractitionerRole
    same = (role.practitioner_key == said.practitioner_key, role.location_key == said.location_key)
    there = _looked_up(said, role, role.dataset_id == new_id, *same)
    return or_(said.practitioner_key.is_(None), said.location_key.is_(None), there)


def _looked_up(
    table: type[InDataset], other: type[InDataset], *where: ColumnElement[bool]
) -> ColumnElement[bool]:  # fmt: skip
    """Tell of a row of `table` whether there is any such row of another one, through an index for each.

    As a subquery that no planner makes a join of: one planned for the new version, which is in no statistics yet, takes
    hours.
    """
    return select(func.max(other.id)).where(*where).correlate(table).scalar_subquery().is_not(None)
