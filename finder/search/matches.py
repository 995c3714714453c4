"""From the candidates of a page to matches: who they are, where else they are, and the reason for each."""

from __future__ import annotations

import datetime as dt
from functools import partial

from finder.db.directory import PositionKind
from finder.geo import METRES_PER_MILE, direction
from finder.search.candidates import Candidate
from finder.search.index import Index
from finder.search.listings import Details
from finder.search.query import SearchQuery
from finder.search.results import LocationView, Match
from finder.search.treats import Standing
from finder.search.work import Work

# The point of a ZIP code may be a few miles from who lives there, or from a place that is known by it alone.
_CLOSE_BY_M, _ROUGH_M = 1.0 * METRES_PER_MILE, 5.0 * METRES_PER_MILE


def matches(
    index: Index,
    details: Details,
    query: SearchQuery,
    work: Work | None,
    page: list[Candidate],
    first_rank: int,
    today: dt.date,
) -> tuple[Match, ...]:
    """Return the lines of a page, in the order of its candidates, ranked from `first_rank` on."""
    if not page:
        return ()
    make = _of_people if query.unit == "people" else _of_places
    return make(index, details, query, work, page, first_rank, today)


def _direction(one: Candidate, place: LocationView) -> str:
    """Return in which direction a place lies. One known by its ZIP code, or close by, lies in none."""
    least_m = _ROUGH_M if place.position_kind is PositionKind.ZIP else _CLOSE_BY_M
    return direction(one.azimuth) if one.distance_m >= least_m else ""


def _of_people(
    index: Index,
    details: Details,
    query: SearchQuery,
    work: Work | None,
    page: list[Candidate],
    first_rank: int,
    today: dt.date,
) -> tuple[Match, ...]:
    numbers = [one.number for one in page]
    elsewhere = index.other_roles(numbers, today)
    rows = index.rows.ids("people", numbers)
    known = details.roles(rows)
    there = index.rows.place_ids([number for some in elsewhere for number in some])
    places, at = details.locations(there), iter(there)
    found = []
    for rank, (one, row, some) in enumerate(zip(page, rows, elsewhere, strict=True), first_rank):
        person, role = known[row]
        others = tuple([places[next(at)] for _number in some])
        reason = details.standing(row, work, query.age) if work else None
        towards = _direction(one, role.location)
        found.append(Match(rank, one.distance_m, role.location, reason, person, role, others, towards, one.azimuth))
    return tuple(found)


def _best_rows(index: Index, work: Work, age: int | None, today: dt.date, numbers: list[int]) -> list[int | None]:
    """Return the row of the one at each place who speaks for all: the first on its best rung."""
    best = index.best_roles_at(numbers, work.id, age, today)
    ids = iter(index.rows.ids("people", [number for number in best if number is not None]))
    return [None if number is None else next(ids) for number in best]


def _of_places(
    index: Index,
    details: Details,
    query: SearchQuery,
    work: Work | None,
    page: list[Candidate],
    first_rank: int,
    today: dt.date,
) -> tuple[Match, ...]:
    rows = index.rows.ids("places", [one.number for one in page])
    places = details.locations(rows)
    reasons: list[Standing | None] = [None] * len(page)
    if work is not None:
        best = partial(_best_rows, index, work, query.age, today)
        reasons = details.place_standings([one.number for one in page], rows, work, query.age, today, best)
    ranked = zip(range(first_rank, first_rank + len(page)), page, [places[row] for row in rows], reasons, strict=True)
    return tuple(
        [
            Match(rank, one.distance_m, place, reason, direction=_direction(one, place), azimuth=one.azimuth)
            for rank, one, place, reason in ranked
        ]
    )
