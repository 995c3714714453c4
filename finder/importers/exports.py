"""A dataset out again, in the template's columns, so that what is exported can be imported as it is."""

from __future__ import annotations

import csv
import datetime as dt
import enum
import re
from collections.abc import Iterator
from typing import Any, TextIO

from sqlalchemy import Connection, Select, and_, select

from finder.db.base import Stated
from finder.db.directory import (
    HealthcareService,
    Location,
    Organization,
    OrganizationPlan,
    PositionKind,
    Practitioner,
    PractitionerRole,
    ServiceKind,
    StatedCapability,
)
from finder.importers.templates import Section

# Spreadsheets run cells that begin so. A leading apostrophe stops them; the import takes it off again.
_RUNS = re.compile(r"'?[=+\-@\t\r]")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def export_section(connection: Connection, dataset_id: int, section: Section, out: TextIO) -> int:
    """Write one section of a dataset as CSV, in the order it came in; return how many rows."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(column.name for column in section.columns)
    count = 0
    for row in _ROWS[section.name](connection, dataset_id):
        writer.writerow(_cell(row.get(column.name)) for column in section.columns)
        count += 1
    return count


def _locations(connection: Connection, dataset_id: int) -> Iterator[dict[str, Any]]:
    at, service = Location, HealthcareService
    emergency = and_(
        service.dataset_id == at.dataset_id, service.location_key == at.key, service.section == "locations",
        service.kind == ServiceKind.EMERGENCY_DEPARTMENT,
    )  # fmt: skip
    rows = (
        select(at, Organization.name.label("organization"), service.offered.label("emergency_department"))
        .outerjoin(
            Organization, and_(Organization.dataset_id == at.dataset_id, Organization.key == at.organization_key)
        )
        .outerjoin(service, emergency)
        .where(at.dataset_id == dataset_id)
    )
    for values in _mappings(connection, rows.order_by(at.id)):
        given = values["position_kind"] is PositionKind.GIVEN or values["position_source"]
        yield values | {
            "location_id": values["key"], "website": values["url"],
            "zip_code": "-".join(part for part in (values["zip_code"], values["zip_plus4"]) if part),
            "latitude": values["latitude"] if given else None, "longitude": values["longitude"] if given else None,
        }  # fmt: skip


def _practitioners(connection: Connection, dataset_id: int) -> Iterator[dict[str, Any]]:
    person, role = Practitioner, PractitionerRole
    rows = (
        select(person, role)
        .join(person, and_(person.dataset_id == role.dataset_id, person.key == role.practitioner_key))
        .where(role.dataset_id == dataset_id)
    )
    for values in _mappings(connection, rows.order_by(role.id)):
        # A person who came without an id of the file's own is known by the NPI.
        own = "" if values["practitioner_key"] == values["npi"] else values["practitioner_key"]
        yield values | {"person_id": own, "location_id": values["location_key"]}


def _capabilities(connection: Connection, dataset_id: int) -> Iterator[dict[str, Any]]:
    c = StatedCapability
    for values in _mappings(connection, select(c).where(c.dataset_id == dataset_id).order_by(c.id)):
        yield values | {
            "person_id": values["practitioner_key"], "location_id": values["location_key"],
            "condition_or_procedure": values["target"],
        }  # fmt: skip


def _services(connection: Connection, dataset_id: int) -> Iterator[dict[str, Any]]:
    s = HealthcareService
    rows = select(s).where(s.dataset_id == dataset_id, s.section == "services").order_by(s.id)
    for values in _mappings(connection, rows):
        yield values | {"location_id": values["location_key"], "service": values["kind"]}


def _plans(connection: Connection, dataset_id: int) -> Iterator[dict[str, Any]]:
    plan = OrganizationPlan
    rows = (
        select(plan, Organization.name.label("organization"))
        .join(
            Organization,
            and_(Organization.dataset_id == plan.dataset_id, Organization.key == plan.organization_key),
        )
        .where(plan.dataset_id == dataset_id)
    )
    yield from _mappings(connection, rows.order_by(plan.id))


_ROWS = {
    "locations": _locations,
    "practitioners": _practitioners,
    "capabilities": _capabilities,
    "services": _services,
    "plans": _plans,
}


def _mappings(connection: Connection, rows: Any) -> Iterator[dict[str, Any]]:
    """Read rows of whole tables as plain dictionaries, a table's columns before those of the next."""
    for row in connection.execute(rows.with_only_columns(*_columns(rows))).mappings():
        yield dict(row)


def _columns(rows: Select[Any]) -> list[Any]:
    """Return the selected columns, a name that two tables share only once (the later table's)."""
    return list({column.name: column for column in rows.selected_columns}.values())


def _cell(value: Any) -> str:
    if value is None or value is Stated.NOT_STATED:
        return ""
    if isinstance(value, enum.Enum):
        return "" if value.value == "not_stated" else str(value.value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list):
        return "; ".join(value)
    text = repr(value) if isinstance(value, float) else str(value)
    phone = re.fullmatch(r"\+1([0-9]{3})([0-9]{3})([0-9]{4})(?:;ext=([0-9]+))?", text)
    if phone:
        return "-".join(phone.groups()[:3]) + (f" x{phone[4]}" if phone[4] else "")
    return f"'{text}" if _RUNS.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text
