"""What an answer says beside its lists: whose finder it is, who does not serve the origin, and whom to call."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from finder.geo import METRES_PER_MILE
from finder.search.facts import YES
from finder.search.filters import Wanted
from finder.search.index import Index
from finder.search.organizations import Host, Line, OutsideArea, OwnView
from finder.search.origin import Origin
from finder.search.query import SearchQuery
from finder.search.results import COUNTED_UP_TO

NOBODY = Host()
FAR_MILES = 100.0  # farther than the widest radius that can be asked for by number


def own_in_force(index: Index, host: Host) -> OwnView | None:
    """Return how the own organization is listed, None where it is like all others, or is not in the directory."""
    if host.own == "all" or host.organization not in index.organizations.names:
        return None
    return OwnView(host.own, index.organizations.view(host.organization))


def far_m(nearest_m: Sequence[float]) -> float | None:
    """Return how far the nearest of the list that opens is where that is very far, else None."""
    return nearest_m[0] if nearest_m and nearest_m[0] > FAR_MILES * METRES_PER_MILE else None


def own_reach_m(radius_m: float | None) -> float:
    """Return within how many metres the own organization comes first: nobody is better served by one that is far."""
    return min(FAR_MILES * METRES_PER_MILE, radius_m or math.inf)


def counted(fillings: Sequence[Wanted], counts: Sequence[int], own_first: str | None) -> dict[str, int | None]:
    """Return how many of a list state what was asked for or not, and are of the own organization or not."""
    if len(fillings) == 1 and fillings[0].tier is None and not own_first:
        return {}
    parts = list(zip(fillings, counts, strict=True))

    def of(kept: list[bool]) -> int:
        return min(sum(count for (_one, count), keep in zip(parts, kept, strict=True) if keep), COUNTED_UP_TO)

    told: dict[str, int | None] = {}
    if any(one.tier is not None for one in fillings):
        stated = [one.tier == YES for one in fillings]
        told |= {"stated": of(stated), "not_stated": of([not one for one in stated])}
    if own_first:
        own = [one.organization == own_first for one in fillings]
        told |= {"own": of(own), "others": of([not one for one in own])}
    return told


class Hosting:
    """Answers for one question from one origin."""

    def __init__(self, index: Index, origin: Origin, host: Host, own: OwnView | None, today: dt.date) -> None:
        self._index, self._origin, self._host, self._today = index, origin, host, today
        self.own = own

    def outside_area(self, query: SearchQuery) -> OutsideArea | None:
        """Return that the organization asked about does not serve the origin, None where it does or does not say."""
        organizations, key = self._index.organizations, self._asked_about(query)
        if not key or not organizations.has_area(key):
            return None
        here = self._origin.latitude, self._origin.longitude
        nearest = self._index.nearest(*here, Wanted("places", organization=key), 1, self._today)
        nearest_m = nearest[0].distance_m if nearest else None
        if organizations.serves(key, self._origin, nearest_m):
            return None
        return OutsideArea(organizations.view(key), nearest_m)

    def line(self, query: SearchQuery) -> Line | None:
        """Return whom to call: the organization asked about, the own one, or whoever hosts the finder.

        None where none has a line, and while an emergency happens, when 911 is the one number to call.
        """
        if query.stage == "now":
            return None
        for key in (self._asked_about(query), self._host.organization):
            one = self._index.organizations.view(key)
            if one.phone:
                return Line(one.name, one.phone, one.hours)
        return Line(self._host.name, self._host.phone, "") if self._host.phone else None

    def _asked_about(self, query: SearchQuery) -> str:
        if self.own and self.own.mode == "only":
            return self.own.organization.key
        return query.organization or ""
