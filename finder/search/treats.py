"""Who treats what: where a person or a place stands on a condition, and what that rests on (design, decision 5).

Specialties and stated capabilities in, one standing out. No database, no distance.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass

from finder.db.base import Capability
from finder.db.conditions import Condition, Rules
from finder.db.directory import TargetKind

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

    @property
    def ages_stated(self) -> bool:
        """True where they say which ages they see."""
        return self.youngest_age is not None or self.oldest_age is not None

    def sees(self, age: int) -> bool:
        """Return whether their stated ages leave room for a patient of this age."""
        young_enough = self.oldest_age is None or age <= self.oldest_age
        return young_enough and (self.youngest_age is None or age >= self.youngest_age)


@dataclass(frozen=True)
class Standing:
    """A rung and its reason. `target` is the condition, procedure or NUCC code that it rests on."""

    rung: Rung
    basis: Basis
    target: str
    declared: Declared | None = None


class Refusal(enum.Enum):
    """Why a role is not listed for a condition."""

    SAYS_NOT = "says_not"
    NOTHING_FITS = "nothing_fits"
    ASSISTANT_NOT_DECLARED = "assistant_not_declared"
    ASSISTANT_WITHOUT_DOCTOR = "assistant_without_doctor"
    NOT_FOR_CHILDREN = "not_for_children"
    OTHER_AGES = "other_ages"


def standing(
    condition: Condition, profile: Profile, age: int | None = None, procedure: str | None = None
) -> Standing | None:
    """Return where a role stands for a patient of an age, or None where it is not to be listed."""
    found = judge(condition, profile, age, procedure)
    return found if isinstance(found, Standing) else None


def judge(
    condition: Condition, profile: Profile, age: int | None = None, procedure: str | None = None
) -> Standing | Refusal:
    """Return where a role stands for a patient of an age (None: not known), or why it is not listed.

    Asked for a procedure, those who say they do it are declared; those who are right for the condition that it
    answers to come after, as usual.
    """
    if age is not None and not profile.sees(age):
        return Refusal.OTHER_AGES
    return judge_by(condition, condition.rules(age), profile, procedure)


def judge_by(condition: Condition, rules: Rules, profile: Profile, procedure: str | None = None) -> Standing | Refusal:
    """Return where a role stands under given rules; stated ages are compared with an age by the caller."""
    found = spoken(condition, profile.declared, procedure)
    if isinstance(found, Refusal):
        return found
    if found is None or found.rung is not Rung.DECLARED:
        if profile.group == "advanced_practice":
            return Refusal.ASSISTANT_NOT_DECLARED
        found = found if found and found.basis is Basis.REFERS else _by_specialty(rules, profile, found)
    elif profile.group == "advanced_practice" and not profile.has_doctor:
        return Refusal.ASSISTANT_WITHOUT_DOCTOR
    if found is None:
        return Refusal.NOTHING_FITS
    return _for_children(rules, profile, found)


def place_standing(
    condition: Condition,
    declared: tuple[Declared, ...],
    people: Iterable[Standing],
    taxonomy: str | None,
    procedure: str | None = None,
) -> Standing | None:
    """Return where a place stands: by its own word, else its people's best rung, else its kind, which may help.

    The kind of a place never makes it an emergency department.
    """
    found = spoken(condition, declared, procedure)
    if isinstance(found, Refusal):
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


def spoken(
    condition: Condition, declared: tuple[Declared, ...], procedure: str | None = None
) -> Standing | Refusal | None:
    """Return what follows from stated capabilities alone."""
    if procedure is not None:
        return _spoken_of(procedure, declared) or _second(spoken(condition, declared))
    performed: Declared | None = None
    used: Declared | None = None
    for one in declared:
        if one.kind is TargetKind.CONDITION and one.target == condition.id:
            if one.level is Capability.DOES_NOT:
                return Refusal.SAYS_NOT
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


def _spoken_of(procedure: str, declared: tuple[Declared, ...]) -> Standing | Refusal | None:
    one = next((one for one in declared if one.kind is TargetKind.PROCEDURE and one.target == procedure), None)
    if one is None:
        return None
    if one.level is Capability.DOES_NOT:
        return Refusal.SAYS_NOT
    if one.level in _DOES_PROCEDURE:
        return Standing(Rung.DECLARED, Basis.PROCEDURE, procedure, one)
    return Standing(Rung.MAY_HELP, Basis.REFERS, procedure, one)


def _second(found: Standing | Refusal | None) -> Standing | Refusal | None:
    """Who says they treat the condition does not say they do the procedure."""
    if isinstance(found, Standing) and found.rung is Rung.DECLARED:
        return Standing(Rung.USUAL, found.basis, found.target, found.declared)
    return found


def _by_specialty(rules: Rules, profile: Profile, otherwise: Standing | None) -> Standing | None:
    primary = rules.primary | rules.only_if_ages_stated if profile.ages_stated else rules.primary
    for code in profile.specialties:
        if code in primary:
            return Standing(Rung.USUAL, Basis.SPECIALTY, code)
    if otherwise is not None:
        return otherwise
    for code in profile.specialties:
        if code in rules.secondary:
            return Standing(Rung.MAY_HELP, Basis.SPECIALTY, code)
    return None


def _for_children(rules: Rules, profile: Profile, found: Standing) -> Standing | Refusal:
    """Apply the rules for a child: stated ages must include children; with none stated, only children's specialties."""
    trusted = any(code in rules.trusted for code in profile.specialties)
    if not trusted and any(code in rules.excluded for code in profile.specialties):
        return Refusal.NOT_FOR_CHILDREN
    if not rules.child:
        return found
    if profile.youngest_age is not None and profile.youngest_age >= rules.child_under:
        return Refusal.OTHER_AGES
    if profile.ages_stated or trusted:
        return found
    return Standing(Rung.CALL_FIRST, found.basis, found.target, found.declared)
