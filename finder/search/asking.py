"""From a question to the lists that answer it: which work is meant, who may be listed, in which order."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace

from finder.db.catalogue import Catalogue
from finder.db.conditions import Condition
from finder.errors import QuestionError
from finder.search.facts import NOT_STATED, YES, Fact, Tier
from finder.search.filters import Unit, Wanted
from finder.search.organizations import OwnView
from finder.search.query import GROUPS, SearchQuery
from finder.search.treats import Rung
from finder.search.work import Work, works

_TIERS: tuple[Tier, Tier] = (YES, NOT_STATED)
_OPENING = (Rung.DECLARED, Rung.USUAL)


@dataclass(frozen=True)
class Asked:
    """What a question asks for.

    `work` is the condition or procedure, `typed` the condition as it was put where another is meant at the patient's
    age. `opening` and `others` are the lists in their order, by name, each with the ways to fill it one after the
    other: those who state all that is asked for, then those who do not deny it; in each, those of `own_first` before
    everyone.
    """

    work: Work | None
    typed: str | None
    groups: tuple[str, ...]
    everyone: Wanted
    opening: dict[str, tuple[Wanted, ...]]
    others: dict[str, tuple[Wanted, ...]]
    own_first: str | None = None

    @property
    def condition(self) -> Condition | None:
        """The condition, or the one that the procedure answers to."""
        return self.work.condition if self.work else None


@dataclass(frozen=True)
class Asking:
    """What of a question decides who may be listed: all but where from, how far and which page."""

    unit: Unit
    condition: str | None
    procedure: str | None
    age: int | None
    group: str
    by_distance: bool
    facts: tuple[Fact, ...]
    specialty: str | None
    organization: str | None
    only: tuple[int, ...] | None = None
    own_first: str | None = None


def asking_of(
    query: SearchQuery, state: str, only: tuple[int, ...] | None = None, own: OwnView | None = None
) -> Asking:
    """Return what a question from an origin in a state asks for.

    `only` are the rows that a name stands for: whoever types a name wants those, whatever they treat. `own` is the
    organization that the finder lists alone, whichever is asked for, or before all others.
    """
    named = only is not None
    alone = own.organization.key if own and own.mode == "only" else None
    # Of one organization there are no others to come after it.
    first = own.organization.key if own and own.mode == "first" and not query.organization else None
    return Asking(
        query.unit, None if named else query.condition, None if named else query.procedure, query.age, query.group, query.sort == "distance",
        query.facts(state), query.specialty, alone or query.organization, only, first,
    )  # fmt: skip


def asked(catalogue: Catalogue, asking: Asking) -> Asked:
    """Return the lists that answer a question. Raises QuestionError (condition_unknown, procedure_unknown)."""
    work, typed = _work(catalogue, asking)
    groups = _groups(asking, work)
    bare = Wanted(
        asking.unit, work.id if work else None, groups=groups, age=asking.age, facts=asking.facts,
        specialty=asking.specialty, organization=asking.organization, only=asking.only,
    )  # fmt: skip
    tiers: tuple[Tier | None, ...] = _TIERS if bare.facts and not asking.by_distance else (None,)
    opening, others = _lists(work, by_distance=asking.by_distance)

    own = asking.own_first if not asking.by_distance else None
    # Whoever states what is asked for comes before who does not, and in either the own organization before others.
    turns = (replace(bare, organization=own), bare) if own else (bare,)

    def filled(lists: dict[str, tuple[Rung, ...]]) -> dict[str, tuple[Wanted, ...]]:
        return {
            name: tuple(replace(turn, rungs=rungs, tier=tier) for tier in tiers for turn in turns)
            for name, rungs in lists.items()
        }

    everyone = replace(bare, rungs=_OPENING) if work else bare
    return Asked(work, typed, groups, everyone, filled(opening), filled(others), own)


def meant(catalogue: Catalogue, key: str, age: int | None) -> Condition:
    """Return the condition that is meant at an age: some are another one in small children or in teens.

    Raises QuestionError (condition_unknown).
    """
    known = catalogue.conditions
    if key not in known:
        raise QuestionError("condition_unknown", value=key, nearest=_nearest(key, known))
    other = known[key].redirect(age)
    return known[other] if other else known[key]


def _work(catalogue: Catalogue, query: Asking) -> tuple[Work | None, str | None]:
    if query.procedure:
        known = {name: work for name, work in works(catalogue).items() if work.procedure}
        if query.procedure not in known:
            raise QuestionError("procedure_unknown", value=query.procedure, nearest=_nearest(query.procedure, known))
        return known[query.procedure], None
    if not query.condition:
        return None, None
    condition = meant(catalogue, query.condition, query.age)
    return Work(condition.id, condition), query.condition if query.condition != condition.id else None


def _nearest(key: str, known: object) -> str:
    near = difflib.get_close_matches(key, list(known), n=1)  # type: ignore[call-overload]
    return str(near[0]) if near else ""


def _groups(query: Asking, work: Work | None) -> tuple[str, ...]:
    if query.unit == "places" or query.group == "all":
        return ()
    if query.group in GROUPS:
        return (query.group,)
    return work.opens_first(query.age) if work else ()


def _lists(work: Work | None, *, by_distance: bool) -> tuple[dict[str, tuple[Rung, ...]], dict[str, tuple[Rung, ...]]]:
    """Return the lists that open the answer and those after them, each with its rungs (design, decision 6).

    Who says so and whose specialty it is are one list; only for rare work are they two, so that those who do it come
    first and each list still ascends by distance.
    """
    if work is None:
        return {"all": ()}, {}
    opening: dict[str, tuple[Rung, ...]] = {"main": _OPENING}
    if work.level_first and not by_distance:
        opening = {"declared": (Rung.DECLARED,), "usual": (Rung.USUAL,)}
    return opening, {"may_help": (Rung.MAY_HELP,), "call_first": (Rung.CALL_FIRST,)}
