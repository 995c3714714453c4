"""Findings about people: whom the directory may have twice, and who says they treat what their specialty does not."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping

from sqlalchemy import Connection, select

from finder.db.base import Capability
from finder.db.catalogue import Catalogue
from finder.db.dialect import Among
from finder.db.directory import StatedCapability, TargetKind
from finder.db.quick import Quick
from finder.desk.quality_findings import Finding
from finder.desk.quality_rows import Listings, PersonRow, RoleRow

_DOES = frozenset((Capability.MAIN_FOCUS, Capability.PERFORMS, Capability.TREATS))
_MOST_EACH_WITH_EACH = 8
_said = StatedCapability
_SAID = Quick(
    select(_said.dataset_id, _said.practitioner_key, _said.target_kind, _said.target, _said.level)
    .where(Among(_said.dataset_id.expression, "datasets"), _said.practitioner_key.is_not(None))
    .order_by(_said.id)
)
# How NUCC begins the codes of physician assistants and advanced practice nurses.
_ADVANCED = "363"
_LETTERS = re.compile(r"[^\W_]+")


def twice(listings: Listings) -> list[Finding]:
    """Return the pairs of people who may be one, and numbers (NPI) by which sources mean two.

    Pairs have the same name, and the same telephone number or place. Only those in one block are compared.
    """
    blocks: dict[Hashable, list[RoleRow]] = defaultdict(list)
    for role in listings.roles:
        name = _name(role.person)
        if name:
            blocks[name, role.place.public_id].append(role)
            phone = role.phone or role.place.phone
            if phone:
                blocks[name, "phone", phone].append(role)
    pairs: dict[tuple[str, str], tuple[RoleRow, RoleRow, set[str]]] = {}
    for key, block in blocks.items():
        people = list({role.person.public_id: role for role in block}.values())
        if len(people) < 2:
            continue
        reason = "phone" if len(key) == 3 else "place"  # type: ignore[arg-type]
        for one, other in _each_with_each(people):
            first, second = sorted((one, other), key=lambda role: role.person.public_id)
            ids = first.person.public_id, second.person.public_id
            pairs.setdefault(ids, (first, second, set()))[2].add(reason)
    found = [
        Finding(
            " ".join(ids), one.person.name, one.place.name, "people_twice",
            {"other": other.person.name, "other_where": other.place.name, "reasons": sorted(reasons)},
            one.place.practice,
        )
        for ids, (one, other, reasons) in sorted(pairs.items())
    ]  # fmt: skip
    return found + _numbers_of_two(listings)


def _numbers_of_two(listings: Listings) -> list[Finding]:
    by_npi: dict[str, list[PersonRow]] = defaultdict(list)
    for person in listings.people:
        if person.npi:
            by_npi[person.npi].append(person)
    names = {one.dataset_id: one.name for one in listings.sources}
    at = {role.person.public_id: role.place for role in reversed(listings.roles)}
    found = []
    for npi, people in sorted(by_npi.items()):
        if len({_surname(one) for one in people}) > 1 and f"npi:{npi}" in at:
            told = [f"{one.name} ({names[one.dataset_id]})" for one in people]
            place = at[f"npi:{npi}"]
            found.append(
                Finding(f"npi:{npi}", people[0].name, place.name, "npi_of_two", {"names": told}, place.practice)
            )
    return found


def unbacked(connection: Connection, catalogue: Catalogue, listings: Listings) -> list[Finding]:
    """Return who says they treat or do something that none of their specialties is right for.

    Physician assistants and nurse practitioners have no such specialty; that they say so is what lists them.
    """
    backing = _backing(catalogue)
    at: dict[tuple[int, str], RoleRow] = {}
    for role in listings.roles:
        at.setdefault((role.person.dataset_id, role.person.key), role)
    told: dict[tuple[int, str], dict[str, Capability]] = defaultdict(dict)
    datasets = [one.dataset_id for one in listings.sources]
    for dataset_id, key, kind, target, level in zip(*_SAID.columns(connection, datasets=datasets), strict=True):
        one = at.get((dataset_id, key))
        if one is None or level not in _DOES or (kind, target) not in backing:
            continue
        if backing[kind, target].isdisjoint(one.person.specialties):
            told[dataset_id, key].setdefault(target, level)
    found = []
    for who, targets in told.items():
        role, codes = at[who], at[who].person.specialties
        if catalogue.group_of(codes) == "advanced_practice" or any(code.startswith(_ADVANCED) for code in codes):
            continue
        params = {"targets": sorted(targets), "specialties": list(codes)}
        found.append(
            Finding(role.person.public_id, role.person.name, role.place.name, "unbacked", params, role.place.practice)
        )
    return found


def _backing(catalogue: Catalogue) -> Mapping[tuple[TargetKind, str], frozenset[str]]:
    """Return the specialties that are primary or secondary, at any age, for each condition and for each procedure."""
    found: dict[tuple[TargetKind, str], frozenset[str]] = {}
    for condition in catalogue.conditions.values():
        codes: frozenset[str] = frozenset().union(
            *(rules.primary | rules.secondary | rules.only_if_ages_stated for rules in condition.variants)
        )
        found[TargetKind.CONDITION, condition.id] = codes
        for procedure in condition.defining | condition.also_used:
            key = TargetKind.PROCEDURE, procedure
            found[key] = found.get(key, frozenset()) | codes
    return found


def _each_with_each(people: list[RoleRow]) -> Iterable[tuple[RoleRow, RoleRow]]:
    return itertools.combinations(people, 2) if len(people) <= _MOST_EACH_WITH_EACH else itertools.pairwise(people)


def _name(person: PersonRow) -> str:
    """Return a name as it is compared: the first given name and the family name, without signs."""
    given = _LETTERS.findall(person.given_name.casefold())[:1]
    family = _LETTERS.findall(person.family_name.casefold())
    return " ".join([*given, *family]) if given and family else ""


def _surname(person: PersonRow) -> str:
    return " ".join(_LETTERS.findall(person.family_name.casefold()))
