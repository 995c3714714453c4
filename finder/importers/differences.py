"""Compare two versions of a source, listing by listing.

The database does the comparing, and hands out only what differs, so a million listings need no more memory than
ten. Partners are looked up one by one through an index, in subqueries that no planner turns into a join: the rows
of a new version are in no statistics yet, and a join planned for an empty table takes hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from finder.db.directory import HealthcareService, InDataset, Organization, Practitioner, StatedCapability
from finder.importers.listings import LISTINGS, Facts, beside, in_section, own_facts, read
from finder.importers.report import Difference

_SAME, _DIFFERENT = 0, 1
_AT_ONCE = 500
# The ids of the two datasets. Statements are made once, since making one takes longer than running it on few rows.
_OLD, _NEW = bindparam("old", type_=BigInteger), bindparam("new", type_=BigInteger)

_Version = BindParameter[int]


class Kind(Enum):
    """What became of a listing from one version to the next."""

    CHANGED = "changed"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True)
class Change:
    """A listing that differs. `key` are its cells that identify it; `fields` its changed cells, old and new."""

    section: str
    kind: Kind
    key: dict[str, str]
    name: str
    fields: dict[str, tuple[str, str]]


def differences(connection: Connection, old_id: int | None, new_id: int) -> dict[str, Difference]:
    """Return, for each section, how many listings are new, changed, unchanged and gone against the old version.

    Ids are those of datasets; sections that both lack are left out. Without an old version everything is new.
    """
    found: dict[str, Difference] = {}
    versions = {"old": old_id, "new": new_id}
    for section in LISTINGS:
        old = connection.scalar(_counted(section, _OLD), versions) if old_id is not None else 0
        new = connection.scalar(_counted(section, _NEW), versions)
        both = changed = 0
        if old and new:
            both, changed = connection.execute(_counted_in_both(section), versions).one()
        if old or new:
            found[section] = Difference(new - both, changed, both - changed, old - both)
    return found


def changes(
    connection: Connection,
    old_id: int | None,
    new_id: int,
    section: str,
    *,
    kinds: Sequence[Kind] = tuple(Kind),
    most: int | None = None,
    offset: int = 0,
) -> Iterator[Change]:
    """Yield the listings of a section that differ: first all changed ones, then those gone, then the new.

    Each kind comes in the order of its file (gone ones of the old file), at most `most` of it after the first
    `offset`. `kinds` says which are wanted, and in which order.
    """
    # Without an old version no listing has a partner, and nothing can be gone.
    for kind in kinds if old_id is not None else [kind for kind in kinds if kind is Kind.NEW]:
        wanted, versions = _differing_rows(section, kind).limit(most).offset(offset), {"old": old_id, "new": new_id}
        with connection.execute(wanted, versions, execution_options={"yield_per": _AT_ONCE}) as found:
            for some in found.partitions():
                yield from _told(connection, section, kind, some)


def _told(connection: Connection, section: str, kind: Kind, pairs: Sequence[Row[int, int | None]]) -> Iterator[Change]:
    """Yield the changes of rows and their old selves, which are None but for changed ones."""
    rows = read(connection, section, [row for row, _old in pairs])
    old_rows = read(connection, section, [old for _row, old in pairs if old is not None])
    for row, old in pairs:
        mine, was = rows.get(row), old_rows.get(old) if old is not None else rows.get(row)
        # A version that is being removed may lose rows on the way; whoever asked must look whether it is still there.
        if mine and was:
            fields = {name: (was.facts[name], cell) for name, cell in mine.facts.items() if was.facts[name] != cell}
            yield Change(section, kind, mine.key, mine.name, fields)


@cache
def _counted(section: str, version: _Version) -> Select[Any]:
    row: Any = aliased(LISTINGS[section][0])
    return select(func.count()).select_from(row).where(*in_section(section, row, version))


@cache
def _counted_in_both(section: str) -> Select[Any]:
    """Return the statement that gives the number of listings in both versions, and how many of these changed."""
    row: Any = aliased(LISTINGS[section][0])
    compared = select(_compared(section, row).label("state")).where(*in_section(section, row, _NEW))
    # The offset keeps planners from merging this into the query around it, which would compare everything twice.
    states = compared.offset(0).subquery().c.state
    return select(func.count(states), func.coalesce(func.sum(states), 0))


@cache
def _differing_rows(section: str, kind: Kind) -> Select[int, int | None]:
    """Return the statement that gives the ids of what differs, each with that of its old self where it changed."""
    row: Any = aliased(LISTINGS[section][0])
    here, elsewhere = (_OLD, _NEW) if kind is Kind.GONE else (_NEW, _OLD)
    other: Any = aliased(LISTINGS[section][0])
    partner = _looked_up(section, row, other, elsewhere, other.id)
    differs = _compared(section, row) == _DIFFERENT if kind is Kind.CHANGED else partner.is_(None)
    return select(row.id, partner).where(*in_section(section, row, here), differs).order_by(row.id)


def _compared(section: str, row: Any) -> ColumnElement[Any]:
    """Return whether the facts of a new row differ from those of the old one with its key: 0, 1, or NULL for none."""
    other: Any = aliased(LISTINGS[section][0])
    differs = [_differs(own_facts(section, row), own_facts(section, other))]
    if section == "practitioners":
        differs.append(row.practitioner_key.in_(_differing(Practitioner, "key", _NEW, _OLD)))
    if section in ("locations", "plans"):
        differs.append(row.organization_key.in_(_differing(Organization, "key", _NEW, _OLD)))
    if section == "locations":
        differs.append(row.key.in_(_differing(HealthcareService, "location_key", _NEW, _OLD)))
        differs.append(row.key.in_(_differing(HealthcareService, "location_key", _OLD, _NEW)))
        # An organization is its name. The key made of it may come out otherwise in another release.
        another = row.organization_key.is_distinct_from(other.organization_key)
        differs.append(and_(another, _organization(row).is_distinct_from(_organization(other))))
    return _looked_up(section, row, other, _OLD, case((or_(*differs), _DIFFERENT), else_=_SAME))


def _differing(table: type[InDataset], key: str, here: _Version, elsewhere: _Version) -> Select[Any]:
    """Return the keys of the rows beside the listings whose facts differ in the other version or are not in it."""
    one, other = aliased(table), aliased(table)
    (mine, is_here), (theirs, is_there) = beside(table, one, here), beside(table, other, elsewhere)
    differs = case((_differs(mine, theirs), _DIFFERENT), else_=_SAME)
    compared = _one(differs, one, *is_there, getattr(other, key) == getattr(one, key))
    return select(getattr(one, key)).where(*is_here, compared.is_distinct_from(_SAME))


def _organization(location: Any) -> ColumnElement[Any]:
    one = aliased(Organization)
    facts, here = beside(Organization, one, location.dataset_id)
    return _one(facts["organization"], location, *here, one.key == location.organization_key)


def _looked_up(section: str, row: Any, other: Any, elsewhere: _Version, value: Any) -> ColumnElement[Any]:
    """Return `value` of the other version's row with the key of `row`, NULL where it has none."""
    table, keys = LISTINGS[section]
    there = in_section(section, other, elsewhere)
    if table is not StatedCapability:
        return _one(value, row, *there, *(getattr(other, key) == getattr(row, key) for key in keys))
    # Either key may be NULL; both ways go through the index that the key at hand has. A key is never empty.
    place, person = func.coalesce(other.location_key, ""), func.coalesce(other.practitioner_key, "")
    of_person = and_(other.practitioner_key == row.practitioner_key, place == func.coalesce(row.location_key, ""))
    of_place = and_(other.location_key == row.location_key, person == "")
    return case(
        (row.practitioner_key.is_not(None), _one(value, row, *there, of_person, other.target == row.target)),
        else_=_one(value, row, *there, of_place, other.target == row.target),
    )


def _one(value: Any, row: Any, *where: ColumnElement[bool]) -> ColumnElement[Any]:
    return select(func.max(value)).where(*where).correlate(row).scalar_subquery()


def _differs(some: Facts, others: Facts) -> ColumnElement[bool]:
    return or_(*(_comparable(some[name]).is_distinct_from(_comparable(others[name])) for name in some))


def _comparable(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column that can be compared: PostgreSQL keeps JSON as the text that it is, and compares only that."""
    return cast(column, Text) if isinstance(column.type, JSON) else column
