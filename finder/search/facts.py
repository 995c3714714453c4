"""The facts that a search can ask for, each stated, denied or not stated; and how a snapshot packs them.

A question names a fact and what it should be, such as ("new_patients", "yes") or ("language", "es"). Of everyone and
every place the answer is YES, NOT_STATED or NO; of several facts together it is the least.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from finder.db.base import Stated
from finder.db.directory import Gender, ServiceKind

NO: Literal[0] = 0
NOT_STATED: Literal[1] = 1
YES: Literal[2] = 2
# A fact and what it should be.
Fact = tuple[str, str]
Bytes = NDArray[np.uint8]

# What is packed two bits each, by the column of the snapshot: name of the filter, and of the field it is read from.
ROLE_BITS = {
    "new_patients": "accepting_new_patients",
    "referral": "referral_needed",
    "board_certified": "board_certified",
}
PLACE_BITS = {
    "step_free": "step_free", "interpreter": "interpreter", "parking": "accessible_parking", "lift": "lift",
    "exam_table": "adjustable_exam_table",
}  # fmt: skip
SERVICE_BITS = {
    "walk_in": ServiceKind.WALK_IN_XRAY, "imaging": ServiceKind.IMAGING,
    "infant_ultrasound": ServiceKind.INFANT_HIP_ULTRASOUND,
}  # fmt: skip
GENDER_SHIFT = 2 * len(ROLE_BITS)
_GENDERS = (Gender.NOT_STATED, Gender.WOMAN, Gender.MAN, Gender.OTHER)
OF_PLACES = (*PLACE_BITS, *SERVICE_BITS)
# Beside those in bits: sets of languages, states of telehealth, and plans through the organization.
FACTS = (*ROLE_BITS, "gender", "language", "telehealth", "phone_language", *OF_PLACES, "plan")
# What is offered beside a list, with how many say so.
ASKABLE: tuple[Fact, ...] = (
    ("new_patients", "yes"), ("step_free", "yes"), ("referral", "no"), ("interpreter", "yes"), ("walk_in", "yes"),
    ("gender", "woman"), ("gender", "man"), ("language", "es"),
)  # fmt: skip
_STATED = {Stated.NO: NO, Stated.NOT_STATED: NOT_STATED, Stated.YES: YES}
# In a set of states: telehealth is offered, and nobody says where else than at home.
ELSEWHERE_NOT_STATED = "?"
TELEHEALTH_NOT_STATED = "not stated"


def packed(facts: Sequence[Stated]) -> int:
    """Return facts in two bits each, the first lowest."""
    return sum(_STATED[fact] << 2 * place for place, fact in enumerate(facts))


def packed_role(facts: Sequence[Stated], gender: Gender) -> int:
    """Return the facts of ROLE_BITS with the gender above them."""
    return packed(facts) | _GENDERS.index(gender) << GENDER_SHIFT


def telehealth_states(offered: Stated, states: Sequence[str], home: str) -> tuple[str, ...]:
    """Return in which states someone can be seen from afar, as a set for `telehealth_in`.

    Whoever offers it and names no states may do so where they work; of others nothing is known.
    """
    if offered is Stated.NOT_STATED:
        return (TELEHEALTH_NOT_STATED,)
    if offered is Stated.NO:
        return ()
    return tuple(sorted(states)) if states else (home, ELSEWHERE_NOT_STATED)


def telehealth_in(states: Sequence[str], wanted: str) -> int:
    """Return whether a set of `telehealth_states` has a state."""
    if wanted in states:
        return YES
    return NOT_STATED if ELSEWHERE_NOT_STATED in states or TELEHEALTH_NOT_STATED in states else NO


def speaks(languages: Sequence[str], wanted: str) -> int:
    """Return whether languages have one; a list says which are spoken and so which are not."""
    if not languages:
        return NOT_STATED
    return YES if wanted in languages else NO


def role_table(facts: Sequence[Fact], size: int) -> Bytes | None:
    """Return, for each value of the packed column, the least of the facts that are in it; None for none of them."""
    values = np.arange(size)
    found = [
        _as_wanted(values >> 2 * list(ROLE_BITS).index(name) & 3, value) for name, value in facts if name in ROLE_BITS
    ]
    for name, value in facts:
        if name == "gender":
            genders = values >> GENDER_SHIFT & 3
            is_it = genders == _GENDERS.index(Gender(value))
            found.append(np.where(is_it, YES, np.where(genders == 0, NOT_STATED, NO)))
    return _least(found)


def place_table(facts: Sequence[Fact], size: int) -> Bytes | None:
    """Return the same for the packed column of places."""
    values = np.arange(size)
    return _least(
        [_as_wanted(values >> 2 * OF_PLACES.index(name) & 3, value) for name, value in facts if name in OF_PLACES]
    )


def _as_wanted(stated: NDArray[Any], value: str) -> NDArray[Any]:
    return stated if value == "yes" else np.where(stated == NOT_STATED, NOT_STATED, YES - stated)


def _least(found: list[NDArray[Any]]) -> Bytes | None:
    return np.minimum.reduce(found).astype(np.uint8) if found else None


Tier = Literal[1, 2]
