"""Pack places and people at places into the compact columns of a snapshot.

Places and roles are sorted by point, so that those at one point lie side by side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finder.db.base import Stated
from finder.db.catalogue import Catalogue
from finder.db.directory import Gender, LocationKind
from finder.search.facts import ROLE_BITS, packed, packed_role, telehealth_states
from finder.search.treats import Basis, Declared, Profile, Refusal, Rung, Standing, judge_by, spoken
from finder.search.work import Work, works

NO_GROUP = 255
NO_OLDEST = 255
ALWAYS = (0, 2**31 - 1)
# What a place says of itself: that it treats it, is right for the condition a procedure answers to, sends people on,
# does something used besides, or does not treat it.
OWN_TREATS, OWN_USUAL, OWN_REFERS, OWN_BESIDES, OWN_NOT = range(1, 6)
KIND_NUMBERS = {kind: number for number, kind in enumerate(LocationKind)}

# A place of another kind is none, whatever it says.
EMERGENCY_KINDS = frozenset(
    (LocationKind.HOSPITAL, LocationKind.CRITICAL_ACCESS, LocationKind.RURAL_EMERGENCY, LocationKind.CHILDRENS)
)

Columns = dict[str, NDArray[Any]]
Days = tuple[int, int]


@dataclass
class Place:
    """What is packed of a place. `listed` are ordinals of the first and last day.

    `says_emergency` is whether it says that it has an emergency department open at night, None where it does not say.
    """

    row: int
    public_id: str
    point: tuple[float, float] | None
    kind: LocationKind
    state: str
    emergency: bool
    listed: Days
    declared: tuple[Declared, ...]
    facts: tuple[Stated, ...]
    organization: str = ""
    phone_languages: tuple[str, ...] = ()
    says_emergency: bool | None = None


@dataclass
class Role:
    """What is packed of a person at a place; `is_from_other` where the row is of another place that is one with it."""

    row: int
    person_id: str
    place: Place
    listed: Days
    profile: Profile
    facts: tuple[Stated, ...] = (Stated.NOT_STATED,) * len(ROLE_BITS)
    gender: Gender = Gender.NOT_STATED
    languages: tuple[str, ...] = ()
    telehealth: Stated = Stated.NOT_STATED
    telehealth_states: tuple[str, ...] = ()
    is_from_other: bool = False


@dataclass
class Packed:
    """The columns, and the words that some of their numbers stand for, by the column's name."""

    columns: Columns
    words: dict[str, list[Any]] = field(default_factory=dict)


def ticket(public_id: str) -> int:
    """Return the number that a public id draws for the weekly rotation of equal distances: 64 bits of BLAKE2b."""
    return int.from_bytes(hashlib.blake2b(public_id.encode(), digest_size=8).digest(), "big")


def pack(
    catalogue: Catalogue, places: list[Place], roles: list[Role], plans: Mapping[str, Mapping[str, Stated]]
) -> Packed:
    """Return the columns of a directory. `plans` says by organization which are taken.

    Places without a position cannot be reached by distance; they are found by name and by public id.
    """
    points = sorted({place.point for place in places if place.point is not None})
    number_of = {point: number for number, point in enumerate(points)}
    placed = [(number_of[place.point], place) for place in places if place.point is not None]
    placed.sort(key=lambda pair: (pair[0], pair[1].public_id))
    place_number = {place.row: number for number, (_point, place) in enumerate(placed)}
    kept = [role for role in roles if role.place.row in place_number]
    kept.sort(key=lambda role: (place_number[role.place.row], role.person_id, role.row))
    made = Packed(
        {
            "point_lat": np.array([point[0] for point in points], np.float64),
            "point_lon": np.array([point[1] for point in points], np.float64),
        }
    )
    _pack_places(made, placed, catalogue, plans)
    _pack_roles(made, kept, place_number, catalogue)
    return made


def _pack_places(
    made: Packed, placed: list[tuple[int, Place]], catalogue: Catalogue, plans: Mapping[str, Mapping[str, Stated]]
) -> None:
    columns, places = made.columns, [place for _point, place in placed]
    columns["place_row"] = smallest([place.row for place in places])
    columns["place_point"] = np.array([point for point, _place in placed], np.int32)
    columns["place_ticket"] = np.array([ticket(place.public_id) for place in places], np.uint64)
    columns["place_kind"] = np.array([KIND_NUMBERS[place.kind] for place in places], np.uint8)
    columns["place_emergency"] = np.array([place.emergency for place in places], np.bool_)
    columns["place_facts"] = np.array([packed(place.facts) for place in places], np.uint16)
    _pack_days(columns, "place", [place.listed for place in places])
    columns["place_organization"], made.words["place_organization"] = numbered(place.organization for place in places)
    columns["place_phone"], made.words["place_phone"] = numbered(place.phone_languages for place in places)
    made.words["plans"] = [
        {plan: accepts.value for plan, accepts in plans.get(organization, {}).items()}
        for organization in made.words["place_organization"]
    ]
    # Most places say nothing of their work.
    speaking = [(number, place.declared) for number, place in enumerate(places) if place.declared]
    for n, work in enumerate(works(catalogue).values()):
        own = [(number, own_word(work, declared)) for number, declared in speaking]
        own = [(number, word) for number, word in own if word]
        if own:
            columns[f"own_{n}"] = np.array([number for number, _word in own], np.int32)
            columns[f"own_words_{n}"] = np.array([word for _number, word in own], np.uint8)


def _pack_roles(made: Packed, roles: list[Role], place_number: Mapping[int, int], catalogue: Catalogue) -> None:
    columns = made.columns
    columns["role_row"] = smallest([role.row for role in roles])
    columns["role_place"] = np.array([place_number[role.place.row] for role in roles], np.int32)
    people: dict[str, int] = {}
    columns["role_person"] = np.array([people.setdefault(role.person_id, len(people)) for role in roles], np.int32)
    columns["person_ticket"] = np.array([ticket(person_id) for person_id in people], np.uint64)
    columns["role_facts"] = np.array([packed_role(role.facts, role.gender) for role in roles], np.uint8)
    columns["role_languages"], made.words["role_languages"] = numbered(role.languages for role in roles)
    columns["role_telehealth"], made.words["role_telehealth"] = numbered(
        telehealth_states(role.telehealth, role.telehealth_states, role.place.state) for role in roles
    )
    _pack_days(columns, "role", [role.listed for role in roles])
    _pack_classes(made, roles, catalogue)


def _pack_classes(made: Packed, roles: list[Role], catalogue: Catalogue) -> None:
    """Pack what bears on who treats what: roles alike in all of it are of one class, and there are few classes.

    `class_rungs` has a row for each work and variant of its rules, in their order, and a column for each class.
    """
    profiles: dict[Profile, int] = {}
    which = np.array([profiles.setdefault(role.profile, len(profiles)) for role in roles], np.int64)
    rungs = np.zeros((sum(len(work.variants) for work in works(catalogue).values()), len(profiles)), np.uint8)
    line = 0
    for work in works(catalogue).values():
        for rules in work.variants:
            for column, profile in enumerate(profiles):
                judged = judge_by(work.condition, rules, profile, work.procedure)
                rungs[line, column] = judged.rung if isinstance(judged, Standing) else 0
            line += 1
    groups = {name: number for number, name in enumerate(catalogue.role_groups)}
    specialties, made.words["class_specialties"] = numbered(one.specialties for one in profiles)
    # By bytes: a matrix of all profiles to be sorted would take several times the memory of all else.
    classes: dict[tuple[bytes, int, int, int, int], int] = {}
    of_profile, firsts = np.empty(len(profiles), np.int64), list[int]()
    for number, (one, specialty) in enumerate(zip(profiles, specialties.tolist(), strict=True)):
        about = groups.get(one.group or "", NO_GROUP), one.youngest_age or 0, _or(one.oldest_age, NO_OLDEST)
        which_class = classes.setdefault((rungs[:, number].tobytes(), *about, specialty), len(classes))
        of_profile[number] = which_class
        if which_class == len(firsts):
            firsts.append(number)
    made.columns["class_rungs"] = np.ascontiguousarray(rungs[:, firsts])
    keys = list(classes)
    for place, name in enumerate(("group", "youngest", "oldest"), 1):
        made.columns[f"class_{name}"] = np.array([key[place] for key in keys], np.uint8)
    made.columns["class_specialties"] = smallest([key[4] for key in keys])
    made.columns["role_class"] = smallest(of_profile[which])


def own_word(work: Work, declared: tuple[Declared, ...]) -> int:
    """Return what a place says of itself on some work (`OWN_TREATS` and so on), 0 for nothing."""
    found = spoken(work.condition, declared, work.procedure)
    if found is None:
        return 0
    if isinstance(found, Refusal):
        return OWN_NOT
    if found.rung is Rung.DECLARED:
        return OWN_TREATS
    if found.rung is Rung.USUAL:
        return OWN_USUAL
    return OWN_REFERS if found.basis is Basis.REFERS else OWN_BESIDES


def numbered(values: Iterable[Hashable]) -> tuple[NDArray[Any], list[Any]]:
    """Return values as numbers, in as few bytes as these take, with the list that they are numbers of."""
    numbers: dict[Hashable, int] = {}
    column = smallest([numbers.setdefault(value, len(numbers)) for value in values])
    return column, [list(value) if isinstance(value, tuple) else value for value in numbers]


def smallest(numbers: Sequence[int] | NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers from 0 up in as few bytes as the largest takes."""
    column = np.asarray(numbers, np.int64)
    most = int(column.max(initial=0))
    kind = next(kind for kind in (np.uint8, np.uint16, np.int32, np.int64) if most <= np.iinfo(kind).max)
    return column.astype(kind)


def _pack_days(columns: Columns, kind: str, listed: list[Days]) -> None:
    """Pack the days between which some are listed; most are always."""
    dated = [(number, *days) for number, days in enumerate(listed) if days != ALWAYS]
    table = np.array(dated, np.int32).reshape(len(dated), 3)
    columns[f"{kind}_dated"], columns[f"{kind}_from"], columns[f"{kind}_until"] = table.T.copy()


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value
