"""Findings about places: where they are, whether they can be called, who is there, and which may be one."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
from sqlalchemy import Connection, select

from finder.db.addresses import WORD, street
from finder.db.base import Stated
from finder.db.directory import HealthcareService, PositionKind
from finder.db.reference import STATES, state_outlines, zip_points
from finder.desk.quality_findings import Finding
from finder.desk.quality_rows import Listings, PlaceRow
from finder.geo import METRES_PER_MILE, geodesic_m, pairs_within

FAR_MILES, OUTSIDE_MILES, NEAR_M = 25.0, 5.0, 150.0
# Of more at one spot each is compared with the first alone: a building of practices is no hundred findings a practice.
_MOST_EACH_WITH_EACH = 8


def approximate(places: Iterable[PlaceRow]) -> list[Finding]:
    """Return the places whose position is that of their ZIP code, or that have none."""
    return [
        _of(one, "position_none" if one.position_kind is PositionKind.NONE else "position_zip", zip_code=one.zip_code)
        for one in places
        if one.position_kind is not PositionKind.GIVEN
    ]


def pins(places: Iterable[PlaceRow]) -> list[Finding]:
    """Return the places whose pin is doubtful, each once.

    A pin is where nobody would put it: outside of its state, far from the middle of its ZIP code, or the very same as
    that of another address.
    """
    given = [one for one in places if one.position_kind is PositionKind.GIVEN and one.latitude is not None]
    if not given:
        return []
    lats, lons = (np.array([getattr(one, name) for one in given], np.float64) for name in ("latitude", "longitude"))
    found: dict[int, Finding] = {}
    outlines = state_outlines()
    fips = [STATES[one.state][0] if one.state in STATES else "" for one in given]
    inside = outlines.contain(fips, lats, lons, 0.0)
    for number in np.flatnonzero(~inside).tolist():
        one = given[number]
        outside_m = outlines.outside_m(fips[number], float(lats[number]), float(lons[number]))
        if outside_m > OUTSIDE_MILES * METRES_PER_MILE:
            miles = round(outside_m / METRES_PER_MILE)
            found[number] = _of(one, "pin_outside_state", miles=miles, state=one.state, **_pin(one))
    points = [_zip_point(one.zip_code) for one in given]
    for number, point in enumerate(points):
        # A degree of latitude is 69 miles, and one of longitude no more: most need no closer look.
        if (
            number in found
            or point is None
            or np.hypot(lats[number] - point[0], lons[number] - point[1]) < FAR_MILES / 70
        ):
            continue
        metres = float(geodesic_m(*point, lats[number : number + 1], lons[number : number + 1])[0])
        if metres > FAR_MILES * METRES_PER_MILE:
            one, miles = given[number], round(metres / METRES_PER_MILE)
            found[number] = _of(one, "pin_far_from_zip", miles=miles, zip_code=one.zip_code, **_pin(one))
    stacks: dict[tuple[float, float], list[int]] = defaultdict(list)
    for number, one in enumerate(given):
        stacks[one.latitude or 0.0, one.longitude or 0.0].append(number)
    for stack in stacks.values():
        streets = {(street(given[number].address), given[number].zip_code) for number in stack}
        if len(streets) < 2:
            continue
        for number in stack:
            others = [given[other].name for other in stack if other != number]
            found.setdefault(
                number, _of(given[number], "pin_stacked", others=others[:3], number=len(others), **_pin(given[number]))
            )
    return [found[number] for number in sorted(found)]


def without_phone(listings: Listings) -> list[Finding]:
    """Return the places that patients cannot call: no number of their own, and none of some who are there."""
    called: dict[str, bool] = {}
    for role in listings.roles:
        called[role.place.public_id] = called.get(role.place.public_id, True) and bool(role.phone)
    return [_of(one, "no_phone") for one in listings.places if not one.phone and not called.get(one.public_id, False)]


def with_nobody(connection: Connection, listings: Listings) -> list[Finding]:
    """Return the places where nobody is listed and that offer no service either."""
    service = HealthcareService
    datasets = [one.dataset_id for one in listings.sources]
    offered = {
        (row.dataset_id, row.location_key)
        for row in connection.execute(
            select(service.dataset_id, service.location_key)
            .where(service.dataset_id.in_(datasets), service.offered == Stated.YES)
            .distinct()
        )
    }
    there = {role.place.public_id for role in listings.roles}
    return [
        _of(one, "nobody")
        for one in listings.places
        if one.public_id not in there and (one.dataset_id, one.key) not in offered
    ]


def twice(listings: Listings) -> list[Finding]:
    """Return the pairs of places that may be one: near each other, or at one street address.

    Whether their number is the same as well is said with each; alone it says nothing, since many share a line.
    """
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    by_id = {one.public_id: one for one in listings.places}
    # A list of people has the numbers with them.
    phones = {one.public_id: {one.phone} - {""} for one in listings.places}
    for role in listings.roles:
        if role.phone and not role.place.phone:
            phones[role.place.public_id].add(role.phone)

    def found(some: Iterable[tuple[PlaceRow, PlaceRow]], code: str) -> None:
        for one, other in some:
            # Of one building two practices with other names and other numbers are two.
            share = not phones[one.public_id].isdisjoint(phones[other.public_id])
            if one.public_id != other.public_id and (share or _have_like_names(one, other)):
                first, second = sorted((one.public_id, other.public_id))
                if code not in pairs[first, second]:
                    pairs[first, second].append(code)

    addresses: dict[tuple[str, str], list[PlaceRow]] = defaultdict(list)
    for one in listings.places:
        if one.address:
            addresses[street(one.address), one.zip_code].append(one)
    for same in addresses.values():
        found(_each_with_each(same), "address")
    found(_near(listings.places), "near")
    return [
        Finding(
            f"{first} {second}", by_id[first].name, _where(by_id[first]), "places_twice",
            {
                "other": by_id[second].name, "other_where": _where(by_id[second]), "reasons": sorted(reasons),
                "phone": sorted(phones[first] & phones[second]),
            },
            by_id[first].practice,
        )
        for (first, second), reasons in sorted(pairs.items())
    ]  # fmt: skip


def _near(places: list[PlaceRow]) -> Iterator[tuple[PlaceRow, PlaceRow]]:
    at: dict[tuple[float, float], list[PlaceRow]] = defaultdict(list)
    for one in places:
        if one.position_kind is PositionKind.GIVEN and one.latitude is not None and one.longitude is not None:
            at[one.latitude, one.longitude].append(one)
    points = list(at)
    for same in at.values():
        yield from _each_with_each(same)
    lats, lons = (np.array([point[n] for point in points], np.float64) for n in (0, 1))
    for one, other in pairs_within(NEAR_M, lats, lons).tolist():
        here, there = at[points[one]], at[points[other]]
        few = len(here) * len(there) <= _MOST_EACH_WITH_EACH**2
        yield from itertools.product(here, there) if few else zip(here, there, strict=False)


def _each_with_each(same: list[PlaceRow]) -> Iterable[tuple[PlaceRow, PlaceRow]]:
    if len(same) <= _MOST_EACH_WITH_EACH:
        return itertools.combinations(same, 2)
    by_name = sorted(same, key=lambda one: (_plain(one.name), one.phone, one.public_id))
    return itertools.pairwise(by_name)


def _have_like_names(one: PlaceRow, other: PlaceRow) -> bool:
    """Return whether the names of two places share most of the words of the shorter."""
    words, others = set(_plain(one.name).split()), set(_plain(other.name).split())
    return bool(words and others) and len(words & others) * 2 > min(len(words), len(others))


def _plain(name: str) -> str:
    return " ".join(WORD.findall(name.casefold()))


def _zip_point(zip_code: str) -> tuple[float, float] | None:
    point = zip_points().get(zip_code)
    return (
        None
        if point is None or point.latitude is None or point.longitude is None
        else (point.latitude, point.longitude)
    )


def _pin(one: PlaceRow) -> dict[str, str]:
    return {"pin": f"{one.latitude}, {one.longitude}"}


def _where(one: PlaceRow) -> str:
    return ", ".join(part for part in (one.address, one.city, one.state, one.zip_code) if part)


def _of(one: PlaceRow, code: str, **params: object) -> Finding:
    return Finding(one.public_id, one.name, _where(one), code, params, one.practice)
