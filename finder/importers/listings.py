"""The listings of a dataset: what identifies each, what its facts are, and both in the words of its template."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, select
from sqlalchemy.orm import aliased

from finder.db.directory import (
    HealthcareService,
    InDataset,
    Location,
    Organization,
    OrganizationPlan,
    Practitioner,
    PractitionerRole,
    ServiceKind,
    StatedCapability,
)
from finder.importers.templates import SECTIONS

# What identifies a row of a section inside one dataset, in the words of its template; the other columns are its facts.
LISTINGS: dict[str, tuple[type[InDataset], dict[str, str]]] = {
    "locations": (Location, {"key": "location_id"}),
    "practitioners": (PractitionerRole, {"practitioner_key": "person_id", "location_key": "location_id"}),
    "capabilities": (
        StatedCapability,
        {"practitioner_key": "person_id", "location_key": "location_id", "target": "condition_or_procedure"},
    ),
    "services": (HealthcareService, {"location_key": "location_id", "kind": "service"}),
    "plans": (OrganizationPlan, {"organization_key": "organization", "plan": "plan"}),
}
# An organization is known by its name, of which its key is made.
_NO_FACTS = frozenset(("id", "dataset_id", "section", "organization_key"))
_AT_ONCE = 500

Facts = dict[str, ColumnElement[Any]]
Conditions = tuple[ColumnElement[bool], ...]


@dataclass(frozen=True)
class Listing:
    """One listing as its file would have it: the cells that identify it, what it is called, and the other cells."""

    key: dict[str, str]
    name: str
    facts: dict[str, str]


def in_section(section: str, row: Any, dataset_id: Any) -> Conditions:
    """Return the conditions that a row of the section's table is one of its listings in a dataset.

    `row` is the table or an alias of it here and below; an id may be a number or an expression.
    """
    # Only services share their table with facts of another section.
    of_section = (row.section == section,) if section == "services" else ()
    return row.dataset_id == dataset_id, *of_section


def own_facts(section: str, row: Any) -> Facts:
    """Return the facts of a listing that stand in its own table, by the names of the template's columns."""
    table, keys = LISTINGS[section]
    found = _columns(table, row, {*_NO_FACTS, *keys})
    if section == "locations":
        four = found.pop("zip_plus4")
        found["zip_code"] = case((four == "", row.zip_code), else_=row.zip_code + "-" + four)
        found["website"] = found.pop("url")
    return found


def beside(table: type[InDataset], row: Any, dataset_id: Any) -> tuple[Facts, Conditions]:
    """Return the facts of listings that stand in a table beside theirs, and the conditions that a row holds them.

    The tables are Practitioner, Organization and HealthcareService (the emergency department of a location, whose
    row is one of the services only where the services say so).
    """
    here = row.dataset_id == dataset_id
    if table is Organization:
        return {"organization": row.name}, (here,)
    if table is HealthcareService:
        emergency = row.kind == ServiceKind.EMERGENCY_DEPARTMENT
        return {"emergency_department": row.offered}, (here, row.section == "locations", emergency)
    return _columns(table, row, {*_NO_FACTS, "key"}), (here,)


def read(connection: Connection, section: str, ids: Sequence[int]) -> dict[int, Listing]:
    """Return listings by the row ids of their table."""
    found: dict[int, Listing] = {}
    for start in range(0, len(ids), _AT_ONCE):
        found |= _read(connection, section, ids[start : start + _AT_ONCE])
    return found


def as_cell(value: Any) -> str:
    """Return a value as a cell would show it; "" for what is not stated."""
    if isinstance(value, enum.Enum):
        value = value.value
    if value is None or value == "not_stated":
        return ""
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _columns(table: type[InDataset], row: Any, without: set[str]) -> Facts:
    names = (column.name for column in table.__table__.columns)
    return {name: getattr(row, name) for name in names if name not in without}


def _read(connection: Connection, section: str, ids: Sequence[int]) -> dict[int, Listing]:
    table, keys = LISTINGS[section]
    row: Any = aliased(table)
    person, place, emergency, organization = (
        aliased(Practitioner), aliased(Location), aliased(HealthcareService), aliased(Organization)
    )  # fmt: skip
    identity = {shown_as: getattr(row, name) for name, shown_as in keys.items()}
    shown, called = own_facts(section, row), [row.name] if section == "locations" else []
    wanted = select(row.id).where(row.id.in_(ids))
    if "practitioner_key" in keys:
        facts, here = beside(Practitioner, person, row.dataset_id)
        wanted = wanted.outerjoin(person, and_(*here, person.key == row.practitioner_key))
        called += [person.given_name, person.family_name]
        shown |= facts if section == "practitioners" else {}
    if "location_key" in keys:
        wanted = wanted.outerjoin(place, and_(place.dataset_id == row.dataset_id, place.key == row.location_key))
        called.append(place.name)
    if section in ("locations", "plans"):
        facts, here = beside(Organization, organization, row.dataset_id)
        wanted = wanted.outerjoin(organization, and_(*here, organization.key == row.organization_key))
        shown |= facts
        identity |= facts if section == "plans" else {}
    if section == "locations":
        facts, here = beside(HealthcareService, emergency, row.dataset_id)
        wanted = wanted.outerjoin(emergency, and_(*here, emergency.location_key == row.key))
        shown |= facts
    # In the order of the template, and after them what no template has, such as where a position comes from.
    order = [column.name for column in SECTIONS[section].columns]
    names = sorted(shown, key=lambda name: order.index(name) if name in order else len(order))
    columns = [*identity.values(), *(shown[name] for name in names), *called]
    found = {}
    for one in connection.execute(wanted.add_columns(*columns)):
        cells = [as_cell(value) for value in one[1:]]
        key, facts_of = cells[: len(identity)], cells[len(identity) :]
        found[one[0]] = Listing(
            dict(zip(identity, key, strict=True)),
            _name(cells[len(identity) + len(names) :]),
            dict(zip(names, facts_of, strict=False)),
        )
    return found


def _name(called: list[str]) -> str:
    """Return "Ada Fern at Quillmoor Hospital", either of the two, or "" for what has no name beside its key."""
    person, place = " ".join(filter(None, called[:-1])), "".join(called[-1:])
    return " at ".join(filter(None, (person, place)))
