"""The two read doors: `search` for a question, `listing` for one person or place."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Connection

from finder.db.conditions import Condition
from finder.db.reference import PLACE_TAXONOMY
from finder.errors import QuestionError
from finder.geo import METRES_PER_MILE
from finder.search.index import Candidate, Index, Unit, Wanted
from finder.search.listings import Details
from finder.search.origin import resolve_origin
from finder.search.query import GROUPS, RADII, SearchQuery
from finder.search.results import (
    COUNTED_UP_TO,
    LocationListing,
    Match,
    PractitionerListing,
    PractitionerView,
    ResultList,
    RoleView,
    SearchResults,
)
from finder.search.treats import Profile, Refusal, Rung, Standing, judge, place_standing, standing

_ENOUGH = 3
_EMERGENCY_DEPARTMENTS = 3
_EMERGENCY_MILES = 100.0  # farther ones are no help, and would only keep someone from calling


def search(index: Index, connection: Connection, query: SearchQuery, today: dt.date) -> SearchResults:
    """Answer one question over one edition.

    Distances are metres along the geodesic from the point of the ZIP code or town. Where fewer than three people or
    places lie within the radius, the next larger radius is taken, at last any distance. Raises QuestionError for a
    ZIP code, town or condition that cannot be used.
    """
    origin = resolve_origin(query.zip)
    typed = _condition(index, query.condition) if query.condition else None
    condition = _meant(index, typed, query.age) if typed else None
    groups = _groups(query, condition)
    ask = Wanted(query.unit, condition.id if condition else None, (), groups, age=query.age)
    opening, others = _rules(condition)
    here = origin.latitude, origin.longitude
    nearest = [index.nearest(*here, replace(ask, rungs=rungs), COUNTED_UP_TO, today) for rungs in opening.values()]
    # One person may stand on two rungs at two places; they count once, at the nearer.
    counted = _once(index, query.unit, sorted((one for found in nearest for one in found), key=_distance))
    radius = _radius(query.radius, counted)
    seen: set[int] = set()
    lists: list[ResultList] = []
    for name, rungs in (opening | others).items():
        found = index.nearest(*here, replace(ask, rungs=rungs), COUNTED_UP_TO + len(seen), today)
        near = _once(index, query.unit, _within(found, radius), seen)[:COUNTED_UP_TO]
        seen.update(_subject(index, query.unit, one) for one in near)
        # A list that opens and is empty gives way to the next that opens.
        if near or name not in opening or (name == list(opening)[-1] and not lists):
            lists.append(_result_list(index, connection, query, condition, name, near, today))
    card = condition.urgency["card"] if condition and query.stage != "treated" else None
    departments = index.nearest(*here, Wanted("places", emergency=True), _EMERGENCY_DEPARTMENTS, today) if card else []
    departments = _within(departments, _EMERGENCY_MILES)
    return SearchResults(
        query=query, edition=index.edition, built_at=index.snapshot.built_at, is_demo=index.is_demo, today=today,
        origin=origin, condition=condition.id if condition else None,
        redirected_from=typed.id if typed and condition is not typed else None, groups=groups, radius_miles=radius,
        widened=radius != query.radius,
        within_asked=min(len(_within(counted, query.radius)), COUNTED_UP_TO), lists=tuple(lists), card=card,
        card_form=condition.urgency["card_form"] if condition and card else None,
        asks_now_or_treated=bool(condition and condition.urgency["ask_now_or_treated"]),
        emergency_departments=_place_matches(index, connection, replace(query, offset=0), None, departments, today),
    )  # fmt: skip


def listing(
    index: Index, connection: Connection, public_id: str, today: dt.date
) -> PractitionerListing | LocationListing:
    """Return the listing of a person (`npi:`, `person:`) or a place (`place:`). Raises ListingMissing."""
    details = Details(connection, index)
    if public_id.startswith("place:"):
        return details.location(public_id, today)
    return details.practitioner(public_id, today)


def explain(
    index: Index, connection: Connection, public_id: str, condition: str, age: int | None, today: dt.date
) -> list[tuple[RoleView, PractitionerView, Standing | Refusal]]:
    """Return, for each place a person is listed at, where they stand on a condition at an age, or why they do not.

    Raises ListingMissing for an unknown person, QuestionError for an unknown condition.
    """
    meant = _meant(index, _condition(index, condition), age)
    found = Details(connection, index).practitioner(public_id, today)
    person = found.practitioner
    return [(role, person, judge(meant, profile_of(person, role), age)) for role in found.roles]


def _condition(index: Index, key: str) -> Condition:
    known = index.catalogue.conditions
    if key not in known:
        near = difflib.get_close_matches(key, known, n=1)
        raise QuestionError("condition_unknown", value=key, nearest=near[0] if near else "")
    return known[key]


def _meant(index: Index, typed: Condition, age: int | None) -> Condition:
    """Return the condition that is meant at an age: some are another one in small children or in teens."""
    other = typed.redirect(age)
    return _condition(index, other) if other else typed


def _groups(query: SearchQuery, condition: Condition | None) -> tuple[str, ...]:
    if query.unit == "places" or query.group == "all":
        return ()
    if query.group in GROUPS:
        return (query.group,)
    return condition.opens_first(query.age) if condition else ()


def _rules(condition: Condition | None) -> tuple[dict[str, tuple[Rung, ...]], dict[str, tuple[Rung, ...]]]:
    """Return the lists that open the answer and those after them, each with its rungs (design, decision 6).

    Who says so and whose specialty it is are one list; only for rare work are they two, so that those who do it come
    first and each list still ascends by distance.
    """
    if condition is None:
        return {"all": ()}, {}
    opening: dict[str, tuple[Rung, ...]] = {"main": (Rung.DECLARED, Rung.USUAL)}
    if condition.level_first:
        opening = {"declared": (Rung.DECLARED,), "usual": (Rung.USUAL,)}
    return opening, {"may_help": (Rung.MAY_HELP,), "call_first": (Rung.CALL_FIRST,)}


def _once(index: Index, unit: Unit, candidates: list[Candidate], seen: Collection[int] = ()) -> list[Candidate]:
    """Return the first candidate of each person or place that is not in `seen`."""
    first: dict[int, Candidate] = {}
    for one in candidates:
        subject = _subject(index, unit, one)
        if subject not in seen:
            first.setdefault(subject, one)
    return list(first.values())


def _subject(index: Index, unit: Unit, candidate: Candidate) -> int:
    return int(index.column(unit, "subject")[candidate.number])


def _distance(candidate: Candidate) -> float:
    return candidate.distance_m


def _radius(asked: float | None, candidates: list[Candidate]) -> float | None:
    """Return the smallest radius from the one asked for upwards that holds enough, None where none does."""
    if asked is None:
        return None
    wider = [asked, *(float(miles) for miles in RADII if miles > asked)]
    return next((miles for miles in wider if len(_within(candidates, miles)) >= _ENOUGH), None)


def _within(candidates: list[Candidate], radius_miles: float | None) -> list[Candidate]:
    if radius_miles is None:
        return candidates
    return [one for one in candidates if one.distance_m <= radius_miles * METRES_PER_MILE]


def _result_list(
    index: Index,
    connection: Connection,
    query: SearchQuery,
    condition: Condition | None,
    name: str,
    candidates: list[Candidate],
    today: dt.date,
) -> ResultList:
    page = candidates[query.offset : query.offset + query.limit]
    if query.unit == "people":
        matches = _people_matches(index, connection, query, condition, page, today)
    else:
        matches = _place_matches(index, connection, query, condition, page, today)
    return ResultList(name, len(candidates), matches)


def _people_matches(
    index: Index,
    connection: Connection,
    query: SearchQuery,
    condition: Condition | None,
    page: list[Candidate],
    today: dt.date,
) -> tuple[Match, ...]:
    elsewhere = {one.number: index.other_roles(one.number, today) for one in page}
    row = index.snapshot.columns["role_row"]
    numbers = [*elsewhere, *(n for others in elsewhere.values() for n in others)]
    details = Details(connection, index).roles([int(row[n]) for n in numbers])
    matches = []
    for rank, one in enumerate(page, query.offset + 1):
        person, role = details[int(row[one.number])]
        others = tuple(details[int(row[n])][1].location for n in elsewhere[one.number])
        reason = _standing(condition, person, role, query.age) if condition else None
        matches.append(Match(rank, one.distance_m, role.location, reason, person, role, others))
    return tuple(matches)


def _place_matches(
    index: Index,
    connection: Connection,
    query: SearchQuery,
    condition: Condition | None,
    page: list[Candidate],
    today: dt.date,
) -> tuple[Match, ...]:
    rows = [int(index.snapshot.columns["place_row"][one.number]) for one in page]
    details = Details(connection, index)
    places = details.locations(rows)
    reasons: list[Standing | None] = [None] * len(page)
    if condition is not None:
        role_row = index.snapshot.columns["role_row"]
        at_place = [[int(role_row[n]) for n in index.roles_at(one.number, today)] for one in page]
        roles = details.roles([row for at in at_place for row in at])
        declared = details.place_declared(rows)
        for i, at in enumerate(at_place):
            known = [found for r in at if (found := _standing(condition, *roles[r], query.age)) is not None]
            taxonomy = PLACE_TAXONOMY.get(places[rows[i]].kind)
            reasons[i] = place_standing(condition, declared[rows[i]], known, taxonomy)
    ranked = zip(range(query.offset + 1, query.offset + 1 + len(page)), page, rows, reasons, strict=True)
    return tuple(Match(rank, one.distance_m, places[row], reason) for rank, one, row, reason in ranked)


def profile_of(person: PractitionerView, role: RoleView) -> Profile:
    """Return what of a person at a place bears on who treats what."""
    return Profile(
        person.specialties, person.group, role.declared, role.youngest_age, role.oldest_age, bool(role.works_with)
    )


def _standing(condition: Condition, person: PractitionerView, role: RoleView, age: int | None) -> Standing | None:
    return standing(condition, profile_of(person, role), age)
