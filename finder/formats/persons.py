"""What a person's page says, each thing once: where it is the same at all of their places, no place is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from finder.db.base import Capability, Stated
from finder.db.catalogue import Catalogue
from finder.db.reference import STATES
from finder.formats.wording import Wording
from finder.search.results import PractitionerListing, PractitionerView, RoleView
from finder.search.treats import Declared
from finder.search.usual import usual_unstated

Thing = TypeVar("Thing", Declared, tuple[str, str])
_IN_BRIEF = 4
_NAMED_AT_ONCE = 6


class Said(NamedTuple):
    """One thing that is said, as of a stated fact ("" for what is none), and at which places; "" for all of them."""

    text: str
    value: str = ""
    where: str = ""


class Line(NamedTuple):
    """One line of what someone does: the work, who says so and of when that is, and at which places; "" for all."""

    text: str
    rests_on: str
    where: str


class WorkSaid(NamedTuple):
    """What someone says they do, pass on to others and do not do; `to_ask` is usual for their kind and not stated.

    `to_ask_more` are those beyond the first few.
    """

    does: tuple[Line, ...]
    refers: tuple[Line, ...]
    does_not: tuple[Line, ...]
    to_ask: str
    to_ask_more: tuple[str, ...]


class Fact(NamedTuple):
    """One row of what to know before a call."""

    name: str
    said: tuple[Said, ...]


def work(found: PractitionerListing, catalogue: Catalogue, w: Wording) -> WorkSaid:
    """Return what a person says of their work, and what is to be asked."""
    lines: dict[str, list[Line]] = {"does": [], "refers": [], "does_not": []}
    for one, where in _gathered(found.roles, lambda role: sorted(role.declared, key=lambda d: d.level_order), w):
        level = {Capability.REFERS: "refers", Capability.DOES_NOT: "does_not"}.get(one.level, "does")
        place = next(role.location for role in found.roles if one in role.declared)
        rests_on = w.told_by(place, one.approved_by, one.approved_on)
        lines[level].append(Line(w.says(catalogue, one.kind, one.target, one.level), rests_on, where))
    asked = {key: None for role in found.roles for key in usual_unstated(catalogue, found.practitioner, role)}
    names = [w.entry(catalogue, "condition", key) for key in asked]
    first, more = (names, []) if len(names) <= _NAMED_AT_ONCE + 1 else (names[:_NAMED_AT_ONCE], names[_NAMED_AT_ONCE:])
    return WorkSaid(
        tuple(lines["does"]), tuple(lines["refers"]), tuple(lines["does_not"]), "; ".join(first), tuple(more)
    )


def before_you_call(found: PractitionerListing, w: Wording) -> tuple[Fact, ...]:
    """Return what to know before a call, in the order in which people ask. What nobody stated is something to ask."""
    person, roles = found.practitioner, found.roles

    def stated(name: str) -> tuple[Said, ...]:
        return _said(roles, lambda role: (w.fact(name, getattr(role, name)), getattr(role, name).value), w)

    facts = [
        Fact(w("New patients"), stated("accepting_new_patients")),
        Fact(w("Referral from a doctor"), stated("referral_needed")),
        Fact(w("Languages"), (_languages(person, w),)),
        Fact(w("Visits by video"), _said(roles, lambda role: _video(role, w), w)),
        Fact(w("Ages"), _said(roles, lambda role: _ages(role, w), w)),
    ]
    for name, column in ((w("First visit with"), "first_visit_with"), (w("Works with"), "works_with")):
        if any(getattr(role, column) for role in roles):
            facts.append(Fact(name, _said(roles, lambda role, column=column: (getattr(role, column), ""), w)))  # type: ignore[misc]
    board = w.fact("board_certified", person.board_certified)
    facts.append(Fact(w("Training"), (*_fellowship(person, w), Said(board, person.board_certified.value))))
    return tuple(facts)


def in_brief(role: RoleView, catalogue: Catalogue, w: Wording) -> str:
    """Return the names of the first few things that someone says they do at a place, "" where they say nothing."""
    levels = (Capability.MAIN_FOCUS, Capability.PERFORMS, Capability.TREATS)
    does = sorted((one for one in role.declared if one.level in levels), key=lambda one: one.level_order)
    names = [w.entry(catalogue, one.kind.value, one.target) for one in does]
    if len(names) <= _IN_BRIEF + 1:
        return "; ".join(names)
    more = len(names) - _IN_BRIEF
    return "; ".join([*names[:_IN_BRIEF], w("and {number} more", number=more)])


def _languages(person: PractitionerView, w: Wording) -> Said:
    if not person.languages:
        return Said(w("Languages: call to ask"), Stated.NOT_STATED.value)
    return Said(w("Speaks {languages}", languages=w.listed(map(w.language_name, person.languages))), Stated.YES.value)


def _fellowship(person: PractitionerView, w: Wording) -> tuple[Said, ...]:
    return (Said(w("Extra training, as stated: {what}", what=person.fellowship)),) if person.fellowship else ()


def _video(role: RoleView, w: Wording) -> tuple[str, str]:
    text = w.fact("telehealth", role.telehealth)
    if role.telehealth is Stated.YES and role.telehealth_states:
        names = w.listed(STATES[code][1] if code in STATES else code for code in role.telehealth_states)
        text = w("Visits by video, for people in {states}", states=names)
    return text, role.telehealth.value


def _ages(role: RoleView, w: Wording) -> tuple[str, str]:
    known = role.youngest_age is not None or role.oldest_age is not None
    return w.ages(role.youngest_age, role.oldest_age), (Stated.YES if known else Stated.NOT_STATED).value


def _said(roles: Sequence[RoleView], told: Callable[[RoleView], tuple[str, str]], w: Wording) -> tuple[Said, ...]:
    found = _gathered(roles, lambda role: [told(role)] if told(role)[0] else [], w)
    return tuple(Said(text, value, where) for (text, value), where in found)


def _gathered(
    roles: Sequence[RoleView], of_role: Callable[[RoleView], Iterable[Thing]], w: Wording
) -> list[tuple[Thing, str]]:
    """Return each thing once, with the places where it holds; "" where it holds at all."""
    places: dict[Thing, list[str]] = {}
    for role in roles:
        for one in of_role(role):
            places.setdefault(one, []).append(w.place_name(role.location))
    return [(one, "" if len(at) == len(roles) else w.listed(at)) for one, at in places.items()]
