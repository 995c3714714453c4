"""Who treats what: where a person or a place stands on a condition, and what that rests on (design, decision 5).

Specialties and stated capabilities in, one standing out. No database, no distance.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass

from finder.db.base import Capability
from finder.db.catalogue import Condition
from finder.db.directory import TargetKind

_ADULT_FROM = 16  # the catalogue's minimum_age_stated.patient_age_under
_DOES_CONDITION = (Capability.MAIN_FOCUS, Capability.PERFORMS, Capability.TREATS)
_DOES_PROCEDURE = (Capability.MAIN_FOCUS, Capability.PERFORMS)


class Rung(enum.IntEnum):
    """How well someone is known to treat a condition, best first."""

    DECLARED = 1
    USUAL = 2
    MAY_HELP = 3
    CALL_FIRST = 4


class Basis(enum.Enum):
    """What a rung rests on."""

    CONDITION = "condition"
    PROCEDURE = "procedure"
    SPECIALTY = "specialty"
    REFERS = "refers"
    PEOPLE = "people"
    KIND_OF_PLACE = "kind_of_place"


@dataclass(frozen=True)
class Declared:
    """One stated capability: of a condition or procedure, at a level, approved by someone on a day."""

    kind: TargetKind
    target: str
    level: Capability
    approved_by: str = ""
    approved_on: dt.date | None = None

    @property
    def level_order(self) -> int:
        """Place of the level from most (main focus) to least (does not)."""
        return list(Capability).index(self.level)


@dataclass(frozen=True)
class Profile:
    """What is known of one role that bears on who treats what."""

    specialties: tuple[str, ...]
    group: str | None
    declared: tuple[Declared, ...] = ()
    youngest_age: int | None = None
    oldest_age: int | None = None
    has_doctor: bool = False


@dataclass(frozen=True)
class Standing:
    """A rung and its reason. `target` is the condition, procedure or NUCC code that it rests on."""

    rung: Rung
    basis: Basis
    target: str
    declared: Declared | None = None


def standing(condition: Condition, profile: Profile) -> Standing | None:
    """Return where a role stands on a condition, or None where it is not to be listed for it."""
    found = _spoken(condition, profile.declared)
    if isinstance(found, _Refusal):
        return None
    if found is None or found.rung is not Rung.DECLARED:
        if profile.group == "advanced_practice":
            return None
        found = found if found and found.basis is Basis.REFERS else _by_specialty(condition, profile, found)
    elif profile.group == "advanced_practice" and not profile.has_doctor:
        return None
    return _for_children(condition, profile, found) if condition.for_children else found


def place_standing(
    condition: Condition, declared: tuple[Declared, ...], people: Iterable[Standing], taxonomy: str | None
) -> Standing | None:
    """Return where a place stands: by its own word, else its people's best rung, else its kind, which may help.

    The kind of a place never makes it an emergency department.
    """
    found = _spoken(condition, declared)
    if isinstance(found, _Refusal):
        return None
    if found is not None and (found.rung is Rung.DECLARED or found.basis is Basis.REFERS):
        return found
    best = min(people, key=lambda one: one.rung, default=None)
    # What a place uses besides (a therapy room, imaging) takes nothing from what its people do.
    if best is not None and (found is None or best.rung < found.rung):
        return Standing(best.rung, Basis.PEOPLE, best.target, best.declared)
    if found is not None:
        return found
    if taxonomy is not None and taxonomy in condition.organization_taxonomies:
        return Standing(Rung.MAY_HELP, Basis.KIND_OF_PLACE, taxonomy)
    return None


class _Refusal:
    """Said: does not treat it."""


def _spoken(condition: Condition, declared: tuple[Declared, ...]) -> Standing | _Refusal | None:
    """Return what follows from stated capabilities alone."""
    performed: Declared | None = None
    used: Declared | None = None
    for one in declared:
        if one.kind is TargetKind.CONDITION and one.target == condition.id:
            if one.level is Capability.DOES_NOT:
                return _Refusal()
            if one.level in _DOES_CONDITION:
                return Standing(Rung.DECLARED, Basis.CONDITION, one.target, one)
            return Standing(Rung.MAY_HELP, Basis.REFERS, one.target, one)
        if one.kind is TargetKind.PROCEDURE and one.level in _DOES_PROCEDURE:
            if one.target in condition.defining:
                performed = performed or one
            elif one.target in condition.also_used:
                used = used or one
    if performed is not None:
        return Standing(Rung.DECLARED, Basis.PROCEDURE, performed.target, performed)
    return Standing(Rung.MAY_HELP, Basis.PROCEDURE, used.target, used) if used is not None else None


def _by_specialty(condition: Condition, profile: Profile, otherwise: Standing | None) -> Standing | None:
    for code in profile.specialties:
        if code in condition.primary:
            return Standing(Rung.USUAL, Basis.SPECIALTY, code)
    if otherwise is not None:
        return otherwise
    for code in profile.specialties:
        if code in condition.secondary:
            return Standing(Rung.MAY_HELP, Basis.SPECIALTY, code)
    return None


def _for_children(condition: Condition, profile: Profile, found: Standing | None) -> Standing | None:
    """Apply a child's row: stated ages must include children; with none stated, only children's specialties."""
    if found is None:
        return None
    trusted = any(code in condition.trusted_with_children for code in profile.specialties)
    if not trusted and any(code in condition.excluded_for_children for code in profile.specialties):
        return None
    if profile.youngest_age is not None and profile.youngest_age >= _ADULT_FROM:
        return None
    stated = profile.youngest_age is not None or profile.oldest_age is not None
    if stated or trusted:
        return found
    return Standing(Rung.CALL_FIRST, found.basis, found.target, found.declared)
