"""Make the records of many rows at once where none needs a closer look; the rest is for `Records`, row by row.

Each function makes just what the method of `Records` of its name would, or, where any row would be told of, makes
nothing and returns False.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from finder.db.base import Stated
from finder.db.directory import HealthcareService, Location, Organization, PositionKind, Practitioner, PractitionerRole
from finder.importers import mends
from finder.importers.keys import organization_key
from finder.importers.records import COLUMNS, Batch, Known, Table, emergency_department

# Small enough that most parts have no odd row where two in a hundred are odd.
_PART_ROWS = 20


@dataclass(frozen=True)
class Rows:
    """Rows of a table, turned on their side: values by column, and of each row its number and a print of its cells.

    `places` says where each stands among the rows that were read with it.
    """

    columns: Mapping[str, Sequence[Any]]
    numbers: Sequence[int]
    prints: Sequence[int]
    places: Sequence[int]

    def parts(self) -> Iterator[Rows]:
        """Yield a few rows at a time, in order."""
        for start in range(0, len(self.numbers), _PART_ROWS):
            part = slice(start, start + _PART_ROWS)
            columns = {name: values[part] for name, values in self.columns.items()}
            yield Rows(columns, self.numbers[part], self.prints[part], self.places[part])

    def without(self, refused: Collection[int]) -> Rows:
        """Return the rows but for those at certain places."""
        kept = [place not in refused for place in self.places]
        columns = {name: list(compress(values, kept)) for name, values in self.columns.items()}
        return Rows(columns, *(list(compress(one, kept)) for one in (self.numbers, self.prints, self.places)))


def locations(rows: Rows, known: Known, made: Batch) -> bool:
    """Make places with good positions of their own, with organizations that are new."""
    columns, keys = rows.columns, rows.columns["location_id"]
    if not all(columns["settled"]) or not _are_current(columns) or _repeat(keys, known.locations):
        return False
    if any(source.lower().startswith("zip") for source in set(columns["position_source"])):
        return False
    fives, fours, told = zip(*map(mends.zip_code, columns["zip_code"], columns["state"]), strict=True)
    pins = list(zip(columns["latitude"], columns["longitude"], strict=True))
    streets = [f"{street} {city}".lower() for street, city in zip(columns["address"], columns["city"], strict=True)]
    street_of = dict(zip(pins, streets, strict=True))
    if any(told) or not _say_one_thing(street_of, pins, streets):
        return False
    if any(known.pins[pin][1] != street_of[pin] for pin in known.pins.keys() & street_of.keys()):
        return False
    organizations = list(map(organization_key, columns["organization"]))
    for key, name, number in zip(organizations, columns["organization"], rows.numbers, strict=True):
        if key and key not in known.organizations:
            known.organizations[key] = number
            made[Organization].append((key, name))
    for pin, number, street in zip(pins, rows.numbers, streets, strict=True):
        known.pins.setdefault(pin, (number, street))
    known.locations.update(zip(keys, zip(rows.numbers, rows.prints, strict=True), strict=True))
    made[Location] += _records(
        Location, columns, key=keys, organization_key=[key or None for key in organizations], url=columns["website"],
        zip_code=fives, zip_plus4=fours, position_kind=[PositionKind.GIVEN] * len(keys),
    )  # fmt: skip
    for key, stated, verified in zip(keys, columns["emergency_department"], columns["verified_on"], strict=True):
        if stated is not Stated.NOT_STATED:
            made[HealthcareService].append(emergency_department(key, stated, verified))
    return True


def practitioners(rows: Rows, known: Known, made: Batch) -> bool:
    """Make people, where new, and their roles at known places."""
    columns = rows.columns
    keys = [person or npi for person, npi in zip(columns["person_id"], columns["npi"], strict=True)]
    if not all(keys) or not all(columns["family_name"]) or any(columns["full_name"]) or not _are_current(columns):
        return False
    if not known.locations.keys() >= set(columns["location_id"]):
        return False
    if not _in_order(columns["youngest_age"], columns["oldest_age"]):
        return False
    roles = list(zip(keys, columns["location_id"], strict=True))
    if _repeat(roles, known.roles):
        return False
    records = _records(Practitioner, columns, key=keys)
    people = dict(zip(keys, records, strict=True))
    if not _say_one_thing(people, keys, records):
        return False
    there = known.records.keys() & people.keys()
    if any(known.records[key] != people[key] for key in there):
        return False
    by_npi = {npi: key for npi, key in zip(columns["npi"], keys, strict=True) if npi}
    if any(npi and by_npi[npi] != key for npi, key in zip(columns["npi"], keys, strict=True)):
        return False
    if any(known.npis[npi] != by_npi[npi] for npi in known.npis.keys() & by_npi.keys()):
        return False
    for key in there:
        del people[key]
    for key, number in zip(keys, rows.numbers, strict=True):
        known.people.setdefault(key, number)
    known.records.update(people)
    known.npis.update(by_npi)
    known.roles.update(zip(roles, zip(rows.numbers, rows.prints, strict=True), strict=True))
    made[Practitioner] += people.values()
    made[PractitionerRole] += _records(PractitionerRole, columns, practitioner_key=keys, location_key=columns["location_id"])  # fmt: skip
    return True


AT_ONCE: Mapping[str, Callable[[Rows, Known, Batch], bool]] = {
    "locations": locations,
    "practitioners": practitioners,
}


def _are_current(columns: Mapping[str, Sequence[Any]]) -> bool:
    """Tell whether no row is to be removed, and each is listed from a day until a later one."""
    return Stated.YES not in columns["remove"] and _in_order(columns["listed_from"], columns["listed_until"])


def _in_order(lows: Sequence[Any], highs: Sequence[Any]) -> bool:
    """Tell whether no low value is above its high one; either may be None."""
    if highs.count(None) == len(highs):
        return True
    return all(low is None or high is None or low <= high for low, high in zip(lows, highs, strict=True))


def _repeat(keys: Sequence[Any], known: Mapping[Any, Any]) -> bool:
    """Tell whether any key is there twice, or was there before."""
    return len(set(keys)) < len(keys) or not known.keys().isdisjoint(keys)


def _say_one_thing(said: Mapping[Any, Any], keys: Sequence[Any], values: Sequence[Any]) -> bool:
    """Tell whether rows of the same key have the same value; `said` is what the last of each says."""
    return len(said) == len(keys) or list(map(said.__getitem__, keys)) == values


def _records(table: Table, columns: Mapping[str, Sequence[Any]], **own: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return a table's records from the columns of the same names, but for those that are given."""
    named = (own[name] if name in own else columns[name] for name in COLUMNS[table])
    return list(zip(*named, strict=True))
