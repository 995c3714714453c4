"""Ways to pay in patients' words: what is said of plans, by whom and of when, under the names that patients know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from finder.db.base import Stated
from finder.formats.wording import Wording
from finder.search.plan_groups import PlanGroup, plan_group
from finder.search.results import LocationView, PlanView


class PlanLine(NamedTuple):
    """One plan: what is said of it, as of a stated fact, and who says so."""

    text: str
    value: str
    rests_on: str


class PlansOfGroup(NamedTuple):
    """The plans of one kind; none where nobody has said anything about that kind."""

    name: str
    lines: tuple[PlanLine, ...]


def by_group(plans: Sequence[PlanView], place: LocationView, w: Wording) -> tuple[PlansOfGroup, ...]:
    """Return the plans of whoever runs a place, by the kinds that patients know; kinds without any are left out."""
    found: dict[PlanGroup, list[PlanLine]] = {group: [] for group in PlanGroup}
    for one in plans:
        found[plan_group(one.plan)].append(_line(one, place, w))
    return tuple(PlansOfGroup(w.plan_group(group), tuple(lines)) for group, lines in found.items() if lines)


def groups_to_ask(plans: Sequence[PlanView], w: Wording) -> str:
    """Return the kinds of which nobody has said anything, as a list in words, "" where there are none."""
    told = {plan_group(one.plan) for one in plans}
    return w.listed(w.plan_group(group) for group in PlanGroup if group not in told and group is not PlanGroup.OTHER)


def taken(plans: Sequence[PlanView], w: Wording) -> str:
    """Return the plans that are said to be taken as a list in words, "" where there are none."""
    return w.listed(one.plan for one in plans if one.accepts is Stated.YES)


def _line(one: PlanView, place: LocationView, w: Wording) -> PlanLine:
    if one.accepts is Stated.NOT_STATED:
        return PlanLine(w("{plan}: call to ask", plan=one.plan), one.accepts.value, "")
    rests_on = w.told_by(place, "", one.as_of)
    text = w("{plan}: taken", plan=one.plan) if one.accepts is Stated.YES else w("{plan}: not taken", plan=one.plan)
    return PlanLine(text, one.accepts.value, rests_on)
