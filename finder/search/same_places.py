"""Places that staff say are one, joined while the snapshot is built and when details are read; dataset rows stay.

People of the other place stand at the kept one, each once: as the kept place's own row says, and what that leaves open
from the other's. So it is with what the places say of themselves, and with their services.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from finder.db.base import Stated
from finder.db.directory import LocationKind
from finder.search.columns import EMERGENCY_KINDS, Place, Role
from finder.search.treats import Declared

# Public ids of places: which is listed as which.
Pairs = Mapping[str, str]


class Joined(NamedTuple):
    """Places by source and key with those that are one joined, and which row is listed as which."""

    by_source: Mapping[str, Mapping[str, Place]]
    listed_as: list[list[Any]]

    @property
    def gone(self) -> set[int]:
        """The rows of places that are listed as another."""
        return {other_row for _other_id, other_row, _kept_id, _kept_row in self.listed_as}


def join_places(by_source: Mapping[str, Mapping[str, Place]], pairs: Pairs) -> Joined:
    """Join places of an edition; a pair of which one is not in force is left as it is.

    The first source's word counts most among the others of one place.
    """
    if not pairs:
        return Joined(by_source, [])
    found = {one.public_id: one for of in by_source.values() for one in of.values()}
    joined = {name: dict(of) for name, of in by_source.items()}
    listed_as: list[list[Any]] = []
    for name, of in by_source.items():
        for key, other in of.items():
            kept = found.get(pairs.get(other.public_id, ""))
            if kept is None:
                continue
            _fill_place(kept, other)
            joined[name][key] = kept
            listed_as.append([other.public_id, other.row, kept.public_id, kept.row])
    return Joined(joined, listed_as)


def _fill_place(kept: Place, other: Place) -> None:
    kept.facts = _stated(kept.facts, other.facts)
    kept.declared = united(kept.declared, other.declared)
    kept.point = kept.point or other.point
    kept.kind = other.kind if kept.kind is LocationKind.NOT_STATED else kept.kind
    kept.says_emergency = other.says_emergency if kept.says_emergency is None else kept.says_emergency
    kept.emergency = bool(kept.says_emergency) and kept.kind in EMERGENCY_KINDS
    kept.state = kept.state or other.state
    kept.organization = kept.organization or other.organization
    kept.phone_languages = kept.phone_languages or other.phone_languages


def join_roles(roles: Iterable[Role], listed_as: Sequence[Sequence[Any]]) -> tuple[list[Role], list[list[int]]]:
    """Return roles with each person once at each place, and which row is listed as which."""
    if not listed_as:
        return list(roles), []
    kept_rows = {one[3] for one in listed_as}
    found: dict[tuple[str, int], list[Role]] = defaultdict(list)
    for role in roles:
        # Elsewhere one person may have no two rows at one place.
        at = role.place.row if role.place.row in kept_rows else -role.row
        found[role.person_id, at].append(role)
    once, dropped = [], list[list[int]]()
    for same in found.values():
        first, *others = sorted(same, key=lambda role: (role.is_from_other, role.row))
        for other in others:
            first = _filled_role(first, other)
            dropped.append([other.row, first.row])
        once.append(first)
    return sorted(once, key=lambda role: role.row), dropped


def _filled_role(first: Role, other: Role) -> Role:
    mine, theirs = first.profile, other.profile
    return replace(
        first,
        profile=replace(
            mine, declared=united(mine.declared, theirs.declared),
            youngest_age=theirs.youngest_age if mine.youngest_age is None else mine.youngest_age,
            oldest_age=theirs.oldest_age if mine.oldest_age is None else mine.oldest_age,
            has_doctor=mine.has_doctor or theirs.has_doctor,
        ),
        facts=_stated(first.facts, other.facts),
        telehealth=other.telehealth if first.telehealth is Stated.NOT_STATED else first.telehealth,
        telehealth_states=first.telehealth_states or other.telehealth_states,
    )  # fmt: skip


def united(mine: Sequence[Declared], theirs: Sequence[Declared]) -> tuple[Declared, ...]:
    """Return what both say; of one condition or procedure the first has the word."""
    known = {one.target for one in mine}
    return (*mine, *(one for one in theirs if one.target not in known))


class SamePlaces:
    """Tells which row is listed as which, made of what a snapshot carries."""

    def __init__(self, words: Mapping[str, list[Any]]) -> None:
        self.kept_ids: dict[str, str] = {}
        self.kept_rows: dict[int, int] = {}
        self.others: dict[int, list[int]] = defaultdict(list)
        for other_id, other_row, kept_id, kept_row in words.get("same_places", ()):
            self.kept_ids[other_id] = kept_id
            self.kept_rows[other_row] = kept_row
            self.others[kept_row].append(other_row)
        self.roles: dict[int, list[int]] = defaultdict(list)
        self.dropped_roles: set[int] = set()
        for dropped, row in words.get("same_roles", ()):
            self.roles[row].append(dropped)
            self.dropped_roles.add(dropped)
        self.is_empty = not self.kept_rows


def _stated(mine: tuple[Stated, ...], theirs: tuple[Stated, ...]) -> tuple[Stated, ...]:
    return tuple(other if one is Stated.NOT_STATED else one for one, other in zip(mine, theirs, strict=True))
