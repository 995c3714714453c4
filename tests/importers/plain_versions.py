"""Made-up versions of a directory, written straight into its tables, and their comparison row by row in Python."""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections import defaultdict
from typing import Any

from sqlalchemy import JSON, Connection, Date, Enum, Float, Integer, func, insert, select

from finder.db.base import Stated
from finder.db.datasets import Dataset, DatasetState, Source
from finder.db.directory import (
    SECTION_TABLES,
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

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
EMERGENCY = ServiceKind.EMERGENCY_DEPARTMENT
# What identifies a row within a version.
KEYS: dict[type[InDataset], tuple[str, ...]] = {
    Organization: ("key",),
    Location: ("key",),
    HealthcareService: ("section", "location_key", "kind"),
    Practitioner: ("key",),
    PractitionerRole: ("practitioner_key", "location_key"),
    StatedCapability: ("practitioner_key", "location_key", "target"),
    OrganizationPlan: ("organization_key", "plan"),
}
SECTION_OF = {
    Organization: "locations", Location: "locations", Practitioner: "practitioners",
    PractitionerRole: "practitioners", StatedCapability: "capabilities", OrganizationPlan: "plans",
}  # fmt: skip

Key = tuple[Any, ...]
Row = dict[str, Any]
# Rows by table and key; what a key is made of is not among the row's facts.
Version = dict[type[InDataset], dict[Key, Row]]


def fact_columns(table: type[InDataset]) -> list[Any]:
    """Return the columns of a table that hold facts."""
    return [c for c in table.__table__.columns if c.name not in ("id", "dataset_id", "section", *KEYS[table])]


def made_up(draw: random.Random, size: int) -> Version:
    """Return a version of some `size` rows a table, whose keys come from few, so that two versions share many."""

    def keys(of: str) -> list[str]:
        return draw.sample([f"{of}{n}" for n in range(size * 2)], size)

    def pairs(some: list[Any], others: list[Any]) -> list[tuple[Any, Any]]:
        every = [(one, other) for one in some for other in others if one or other]
        return draw.sample(every, min(size * 2, len(every)))

    organizations, places, people = keys("o"), keys("l"), keys("p")
    wanted: dict[type[InDataset], list[Key]] = {
        Organization: [(key,) for key in organizations],
        Location: [(key,) for key in places],
        HealthcareService: [
            *(("locations", key, EMERGENCY) for key in draw.sample(places, size // 2)),
            *(("services", key, kind) for key, kind in pairs(places, list(ServiceKind))),
        ],
        Practitioner: [(key,) for key in people],
        PractitionerRole: pairs(people, places),
        StatedCapability: [(*pair, target) for pair in pairs([*people, None], [*places, None]) for target in "xy"],
        OrganizationPlan: pairs(organizations, ["Medicare", "Medicaid"]),
    }
    version: Version = {
        table: {key: {column.name: value(draw, column) for column in fact_columns(table)} for key in of_table}
        for table, of_table in wanted.items()
    }
    for row in version[Location].values():
        row["organization_key"] = draw.choice([*organizations, None])
    return _whole(version)


def value(draw: random.Random, column: Any) -> Any:
    """Return one of the few values that a column has here."""
    if isinstance(column.type, Enum):
        return draw.choice(list(column.type.enum_class))
    if isinstance(column.type, JSON):
        return draw.choice([[], ["en"], ["en", "es"]])
    if column.name in ("latitude", "longitude"):
        return draw.choice([37.5, -77.25])
    if column.table.name == "organization":
        return draw.choice(["Quillmoor Health", "Quillmoor-Health"])
    nothing = None if column.nullable else ""
    if isinstance(column.type, Date):
        return draw.choice([None, dt.date(2026, 11, 1)])
    if isinstance(column.type, Integer | Float):
        return draw.choice([None, 14])
    return draw.choice([nothing, "1"])


def changed(draw: random.Random, version: Version, size: int) -> Version:
    """Return a later version: most rows as they were, some with one other fact, some gone, some new."""
    later, fresh = copy.deepcopy(version), made_up(draw, size)
    for table, rows in later.items():
        for key in list(rows):
            if draw.random() < 0.1:
                del rows[key]
            elif draw.random() < 0.2:
                column = draw.choice(fact_columns(table))
                of_organizations = [*(one[0] for one in version[Organization]), None]
                choices = of_organizations if column.name == "organization_key" else [value(draw, column)]
                rows[key][column.name] = draw.choice(choices)
        for key in draw.sample(list(fresh[table]), min(2, len(fresh[table]))):
            rows.setdefault(key, fresh[table][key])
    return _whole(later)


def _whole(version: Version) -> Version:
    """Return a version without what no import writes: rows that refer to none, and emergency departments not stated."""
    services = version[HealthcareService]
    for key in [key for key, row in services.items() if key[0] == "locations"]:
        if services[key]["offered"] is Stated.NOT_STATED:
            del services[key]
    organizations, places, people = (
        {key[0] for key in version[table]} | {None} for table in (Organization, Location, Practitioner)
    )
    for row in version[Location].values():
        if row["organization_key"] not in organizations:
            row["organization_key"] = None
    known: dict[str, set[Any]] = {
        "organization_key": organizations, "location_key": places, "practitioner_key": people,
    }  # fmt: skip
    for table, rows in version.items():
        for key in list(rows):
            named = dict(zip(KEYS[table], key, strict=True))
            if any(name in known and part not in known[name] for name, part in named.items()):
                del rows[key]
    return version


def store(connection: Connection, version: Version, source: str = "clinic") -> int:
    """Write a version as the next complete one of a source; return its dataset's id."""
    source_id = connection.scalar(select(Source.id).where(Source.name == source))
    if source_id is None:
        connection.execute(insert(Source).values(name=source, priority=10, is_demo=False, created_at=NOW))
        source_id = connection.scalar(select(Source.id).where(Source.name == source))
    number = (connection.scalar(select(func.max(Dataset.version)).where(Dataset.source_id == source_id)) or 0) + 1
    connection.execute(
        insert(Dataset).values(
            source_id=source_id, version=number, state=DatasetState.READY, active=False, sections=[], carried_over=[],
            counts={}, created_at=NOW, heartbeat_at=NOW,
        )
    )  # fmt: skip
    dataset_id = connection.scalar(select(Dataset.id).where(Dataset.source_id == source_id, Dataset.version == number))
    assert dataset_id is not None
    for table in SECTION_TABLES:
        rows = [
            {"dataset_id": dataset_id, "section": SECTION_OF.get(table), **dict(zip(KEYS[table], key, strict=True)), **row}
            for key, row in version[table].items()
        ]  # fmt: skip
        if rows:
            connection.execute(insert(table), rows)
    return dataset_id


def listings(version: Version) -> dict[str, dict[Key, dict[str, str]]]:
    """Return the cells of every listing by section and key, as a file would have them."""
    found: dict[str, dict[Key, dict[str, str]]] = defaultdict(dict)
    names = {key[0]: row["name"] for key, row in version[Organization].items()} | {None: ""}
    for key, row in version[Location].items():
        own = dict(row)
        emergency = version[HealthcareService].get(("locations", key[0], EMERGENCY))
        four = own.pop("zip_plus4")
        own["zip_code"] += f"-{four}" if four else ""
        own["website"] = own.pop("url")
        own["organization"] = names[own.pop("organization_key")]
        own["emergency_department"] = emergency["offered"] if emergency else None
        found["locations"][key] = cells(own)
    for key, row in version[PractitionerRole].items():
        found["practitioners"][key] = cells(row | version[Practitioner][key[:1]])
    for key, row in version[StatedCapability].items():
        found["capabilities"][key] = cells(row)
    for key, row in version[HealthcareService].items():
        if key[0] == "services":
            found["services"][key[1:]] = cells(row)
    for key, row in version[OrganizationPlan].items():
        found["plans"][key] = cells(row | {"organization": names[key[0]]})
    return found


def cells(row: Row) -> dict[str, str]:
    """Return facts as cells."""
    plain = {name: getattr(fact, "value", fact) for name, fact in row.items()}
    return {
        name: "; ".join(fact) if isinstance(fact, list) else "" if fact in (None, "not_stated") else str(fact)
        for name, fact in plain.items()
    }
