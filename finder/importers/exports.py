"""A dataset out again, in the template's columns, so that what is exported can be imported as it is."""

from __future__ import annotations

import datetime as dt
import enum
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

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
from finder.importers.outputs import Begin
from finder.importers.templates import Column, Section
from finder.importers.workbooks import sheet_of

_ROWS_AT_ONCE = 1000
# A stored number of ten digits, which may be written in the usual way and is read the same.
_USUAL_PHONE = re.compile(r"\+1([2-9][0-9]{2})([2-9][0-9]{2})([0-9]{4})")

Values = dict[str, Any]


def export_sections(
    connection: Connection,
    dataset_id: int,
    sections: Iterable[Section],
    begin: Begin,
    keep_empty: Callable[[Section], bool] = lambda _section: False,
) -> dict[str, int]:
    """Write sections of a dataset, each in the order it came in; return how many rows each has.

    A section without rows is left out, since an import would refuse it, but where `keep_empty` says otherwise.
    """
    counts = {}
    for section in sections:
        rows = section_rows(connection, dataset_id, section)
        first = list(itertools.islice(rows, 1))
        counts[section.name] = 0
        if first or keep_empty(section):
            write = begin(sheet_of(section))
            for row in itertools.chain(first, rows):
                write(row)
                counts[section.name] += 1
    return counts


def section_rows(connection: Connection, dataset_id: int, section: Section) -> Iterator[Sequence[str]]:
    """Yield the rows of one section of a dataset as texts in its template's columns, in the order they came in."""
    rows = _ROWS[section.name]
    if rows is _capabilities and any(column.name == "profile" for column in section.columns):
        rows = _capabilities_by_profile
    for values in rows(connection, dataset_id):
        yield [_cell(column, values.get(column.name)) for column in section.columns]


def _locations(connection: Connection, dataset_id: int) -> Iterator[Values]:
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
        # A ZIP code's own point is given only where the file gave it; otherwise it is found again.
        from_zip = values["position_source"].lower().startswith("zip")
        given = values["position_kind"] is PositionKind.GIVEN or from_zip
        yield values | {
            "location_id": values["key"], "website": values["url"],
            "zip_code": "-".join(part for part in (values["zip_code"], values["zip_plus4"]) if part),
            "latitude": values["latitude"] if given else None, "longitude": values["longitude"] if given else None,
        }  # fmt: skip


def _practitioners(connection: Connection, dataset_id: int) -> Iterator[Values]:
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


def _capabilities(connection: Connection, dataset_id: int) -> Iterator[Values]:
    c = StatedCapability
    for values in _mappings(connection, select(c).where(c.dataset_id == dataset_id).order_by(c.id)):
        yield _subject(values) | {"condition_or_procedure": values["target"]}


def _capabilities_by_profile(connection: Connection, dataset_id: int) -> Iterator[Values]:
    """Yield capabilities as their files said them: those that a profile stands for as one row, where its first is."""
    c = StatedCapability
    first = func.min(c.id).over(partition_by=(c.practitioner_key, c.location_key, c.profile)).label("first_id")
    rows = select(c, first).where(c.dataset_id == dataset_id).subquery().c
    told = select(*rows).where(or_(rows.profile.is_(None), rows.id == rows.first_id)).order_by(rows.id)
    for values in _mappings(connection, told):
        if values["profile"] is None:
            yield _subject(values) | {"condition_or_procedure": values["target"]}
        else:
            yield _subject(values) | {"level": None}


def _subject(values: Values) -> Values:
    return values | {"person_id": values["practitioner_key"], "location_id": values["location_key"]}


def _services(connection: Connection, dataset_id: int) -> Iterator[Values]:
    s = HealthcareService
    rows = select(s).where(s.dataset_id == dataset_id, s.section == "services").order_by(s.id)
    for values in _mappings(connection, rows):
        yield values | {"location_id": values["location_key"], "service": values["kind"]}


def _plans(connection: Connection, dataset_id: int) -> Iterator[Values]:
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


_ROWS: dict[str, Callable[[Connection, int], Iterator[Values]]] = {
    "locations": _locations,
    "practitioners": _practitioners,
    "capabilities": _capabilities,
    "services": _services,
    "plans": _plans,
}


def _mappings(connection: Connection, rows: Any) -> Iterator[Values]:
    """Read rows as plain dictionaries, a slice at a time; a name that two tables share is the later table's."""
    columns = {column.name: column for column in rows.selected_columns}
    asked = rows.with_only_columns(*columns.values())
    for row in connection.execute(asked, execution_options={"yield_per": _ROWS_AT_ONCE}).mappings():
        yield dict(row)


def _cell(column: Column, value: Any) -> str:
    if value is None or value is Stated.NOT_STATED:
        return ""
    if isinstance(value, enum.Enum):
        return "" if value.value == "not_stated" else str(value.value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list):
        # A word and its synonym are one value.
        return "; ".join(dict.fromkeys(value))
    if isinstance(value, float):
        # Never 1e-05, which no import takes.
        return f"{Decimal(repr(value)):f}"
    if column.name.endswith("phone"):
        return _phone(value)
    return str(value)


def _phone(number: str) -> str:
    dialled, mark, extension = number.partition(";ext=")
    usual = _USUAL_PHONE.fullmatch(dialled)
    if not usual:
        return number
    return "-".join(usual.groups()) + (f" x{extension}" if mark else "")
