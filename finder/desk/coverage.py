"""Coverage: how far it is from each ZIP code of an area to the nearest who says that they do some work.

Nothing is weighted: how many people live in a ZIP code is not known here. Distances are along the geodesic from the
middle of a ZIP code, in a straight line and not by road.
"""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select

from finder.db.directory import PractitionerRole
from finder.db.edition import kept_editions, snapshot_of
from finder.db.reference import STATES, borders, zip_points
from finder.desk.versions import find_version
from finder.errors import DeskRefused, QuestionError
from finder.geo import METRES_PER_MILE, Area, Floats, SpatialTree
from finder.search import Index
from finder.search.carried import Carried
from finder.search.filters import Wanted
from finder.search.snapshot import LAYOUT, Snapshot, build
from finder.search.treats import Declared, Refusal, Rung, Standing, spoken
from finder.search.work import Work

BANDS = (10, 25, 50, 100)
# A version of so many people at places is built while a page waits; a larger one by the command line alone.
MOST_AT_ONCE = 20_000
_FARTHEST = 10
_SAYS, _SAYS_NOT = 1, 2
_LISTED = (Rung.DECLARED, Rung.CALL_FIRST)
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class FromZip:
    """One ZIP code: its town and state, its middle, and miles to the nearest; None where nobody does it."""

    zip_code: str
    town: str
    state: str
    latitude: float
    longitude: float
    miles: float | None

    @property
    def band(self) -> int:
        """The number of the first of BANDS that it is within, len(BANDS) for none of them."""
        return next((n for n, most in enumerate(BANDS) if self.miles is not None and self.miles <= most), len(BANDS))


@dataclass(frozen=True)
class Stating:
    """How many people of the area say yes, say no, or have not said; `usual` of the last are of the usual specialty."""

    says: int
    says_not: int
    not_said: int
    usual: int
    places: int


@dataclass(frozen=True)
class Coverage:
    """How an area is covered for some work. `zips` are the farthest first; `at` is where those are who say so."""

    work: str
    is_procedure: bool
    area: str
    states: tuple[str, ...]
    edition: str
    zips: tuple[FromZip, ...]
    stating: Stating
    at: tuple[Floats, Floats]

    @property
    def median(self) -> FromZip | None:
        """The ZIP code that as many are nearer as are farther; None where nobody does it."""
        return self.zips[len(self.zips) // 2] if self.zips[0].miles is not None else None

    def within(self, miles: int) -> int:
        """Return how many ZIP codes are within so many miles."""
        return sum(one.miles is not None and one.miles <= miles for one in self.zips)

    @property
    def farthest(self) -> tuple[FromZip, ...]:
        """The ZIP codes from which it is farthest."""
        return self.zips[:_FARTHEST]


def coverage(index: Index, work: str, area: str, today: dt.date, edition: str = "") -> Coverage:
    """Return how an area, a state like VA or an organization's short name, is covered in an edition.

    Raises QuestionError for work that the catalogue does not have, DeskRefused for an area that there is not.
    """
    wanted = index.works.get(work)
    if wanted is None:
        near = difflib.get_close_matches(work, index.works, n=1)
        raise QuestionError("condition_unknown", value=work[:80], nearest=near[0] if near else "")
    belongs, called = _area(index, area.strip())
    homes = zip_points().homes
    here = np.flatnonzero(belongs.covers(homes.states, homes.latitudes, homes.longitudes))
    if not len(here):
        raise DeskRefused("coverage_empty", value=called)
    roles, places = _who_say(index, wanted, today)
    points = np.unique(np.concatenate((_points_of(index, roles), index.snapshot.columns["place_point"][places])))
    at = index.tree.at(points)
    far = (
        SpatialTree(*at).nearest_of_each(homes.latitudes[here], homes.longitudes[here])[1]
        if len(points)
        else np.full(len(here), np.inf)
    )
    order = np.lexsort((homes.zip_codes[here], -far))
    codes, metres, towns = homes.zip_codes[here][order].tolist(), far[order].tolist(), zip_points()
    zips = tuple(
        FromZip(
            code, towns[code].city, towns[code].state, towns[code].latitude or 0.0, towns[code].longitude or 0.0,
            None if one == np.inf else one / METRES_PER_MILE,
        )
        for code, one in zip(codes, metres, strict=True)
    )  # fmt: skip
    return Coverage(
        work, wanted.procedure is not None, called, tuple(np.unique(homes.states[here]).tolist()),
        edition or f"edition {index.edition}", zips, _stating(index, wanted, belongs, roles, places, today), at,
    )  # fmt: skip


def index_of(
    engine: Engine, *, edition: int | None = None, source: str = "", version: int | None = None, at_once: bool = False
) -> tuple[Index, str]:
    """Return an edition that is kept, or one as if a version of a source were in force, and what it is called.

    Raises DeskRefused (edition_unknown, and coverage_too_large where it has to be there `at_once`), DirectoryRefused
    for a version that there is not.
    """
    with engine.connect() as connection:
        if source:
            wanted = find_version(connection, source, version)
            role = PractitionerRole
            if at_once and (connection.scalar(select(func.count()).select_from(role).where(role.dataset_id == wanted.id)) or 0) > MOST_AT_ONCE:  # fmt: skip
                raise DeskRefused("coverage_too_large", source=source, version=wanted.version)
            snapshot = build(connection, {wanted.source_id: wanted.id}, dt.datetime.now(dt.UTC))
            return Index(snapshot, 0), f"version {wanted.version} of {source}, as if it were in force"
        known = kept_editions(connection, LAYOUT)
        chosen = edition if edition is not None else max(known, default=0)
        blob = snapshot_of(connection, chosen, LAYOUT) if chosen in known else None
    if blob is None:
        raise DeskRefused("edition_unknown", value=chosen, known=known)
    return Index(Snapshot.from_bytes(blob), chosen), f"edition {chosen}"


def areas_of(index: Index) -> list[tuple[str, str]]:
    """Return the organizations that say whom they serve, as (short name, name)."""
    return [(key, name) for key, name in index.organizations.names.items() if index.organizations.has_area(key)]


@dataclass(frozen=True)
class _Belongs:
    """Tells which points lie in an area: of these states, or this near to an organization's places, or drawn."""

    states: frozenset[str]
    radius_m: float
    tree: SpatialTree | None
    drawn: Area | None

    def covers(self, states: NDArray[Any], latitudes: Floats, longitudes: Floats) -> Mask:
        """Return of each point whether it lies in the area."""
        found = np.isin(states, list(self.states))
        rest = np.flatnonzero(~found)
        if self.tree is not None and self.tree.size and self.radius_m and len(rest):
            near = self.tree.nearest_of_each(latitudes[rest], longitudes[rest])[1] <= self.radius_m
            found[rest[near]] = True
        if self.drawn is not None:
            for n in np.flatnonzero(~found).tolist():
                found[n] = self.drawn.covers(float(latitudes[n]), float(longitudes[n]))
        return np.asarray(found, np.bool_)


def _area(index: Index, area: str) -> tuple[_Belongs, str]:
    if area.upper() in STATES:
        return _Belongs(frozenset((area.upper(),)), 0.0, None, None), STATES[area.upper()][1]
    said = index.organizations.area_said(area)
    if said is None:
        raise DeskRefused("coverage_area_unknown", value=area[:80])
    c, words = index.snapshot.columns, index.snapshot.words["place_organization"]
    own = [n for n, key in enumerate(words) if key.partition(":")[2] == area]
    points = np.unique(c["place_point"][np.isin(c["place_organization"], own)])
    belongs = _Belongs(
        frozenset(said["states"] or ()), (said["radius_miles"] or 0.0) * METRES_PER_MILE, index.tree.part(points),
        Area(said["area"]) if said["area"] else None,
    )  # fmt: skip
    return belongs, f"the area of {index.organizations.view(area).name}"


def _points_of(index: Index, roles: NDArray[Any]) -> NDArray[Any]:
    c = index.snapshot.columns
    points: NDArray[Any] = c["place_point"][c["role_place"][roles]]
    return points


def _who_say(index: Index, work: Work, today: dt.date) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the roles and the places that are listed and say themselves that they do it."""
    roles = index.filters.rows(Wanted("people", work.id, rungs=_LISTED), today)
    places = index.filters.rows(Wanted("places", work.id, rungs=_LISTED), today)
    said = _said(index, work)
    return roles[said[0][roles] == _SAYS], places[said[1][places] == _SAYS]


def _said(index: Index, work: Work) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return of every role and of every place what it says of some work: yes, no, or nothing."""
    carried, columns = Carried(index.snapshot.columns, index.snapshot.words), index.snapshot.columns

    def answer(declared: tuple[Declared, ...]) -> int:
        found = spoken(work.condition, declared, work.procedure)
        yes = isinstance(found, Standing) and found.rung is Rung.DECLARED
        return _SAYS if yes else _SAYS_NOT if isinstance(found, Refusal) else 0

    def answers(name: str, sets: Any) -> NDArray[np.int8]:
        # Many say the same, so that each set of statements is judged once.
        _distinct, first, which = np.unique(columns[name], return_index=True, return_inverse=True)
        return (
            np.array([answer(one) for one in sets.at(first)], np.int8)[which] if len(which) else which.astype(np.int8)
        )

    return answers("role_said", carried.role_said), answers("place_said", carried.place_said)


def _states_of(latitudes: Floats, longitudes: Floats, wanted: frozenset[str]) -> NDArray[np.str_]:
    """Return of each point in which of the states that are wanted it lies, "" for none of them."""
    numbers = {int(STATES[one][0]): one for one in wanted}
    found = np.full(len(latitudes), "", "U2")
    corners = borders().corners(list(numbers))
    if not corners[0].size or not len(latitudes):
        return found
    # To try all the outlines takes long: most points lie far from all that are wanted.
    lats, lons = corners
    near = np.flatnonzero(
        (latitudes >= lats.min()) & (latitudes <= lats.max()) & (longitudes >= lons.min()) & (longitudes <= lons.max())
    )
    found[near] = [numbers.get(one, "") for one in borders().states_at(latitudes[near], longitudes[near]).tolist()]
    return found


def _stating(
    index: Index, work: Work, belongs: _Belongs, roles: NDArray[Any], places: NDArray[Any], today: dt.date
) -> Stating:
    c = index.snapshot.columns
    everyone = index.filters.listed("role", np.arange(len(c["role_row"])), today)
    latitudes, longitudes = index.tree.at(c["place_point"])
    inside = belongs.covers(_states_of(latitudes, longitudes, belongs.states), latitudes, longitudes)
    here = everyone[inside[c["role_place"][everyone]]]
    people, said = c["role_person"][here], _said(index, work)[0][here]
    usual = index.filters.rows(Wanted("people", work.id, rungs=(Rung.USUAL,)), today)
    says = set(c["role_person"][roles[inside[c["role_place"][roles]]]].tolist())
    says_not = set(people[said == _SAYS_NOT].tolist()) - says
    silent = set(people.tolist()) - says - says_not
    by_kind = set(c["role_person"][usual[inside[c["role_place"][usual]]]].tolist())
    return Stating(len(says), len(says_not), len(silent), len(silent & by_kind), int(inside[places].sum()))
