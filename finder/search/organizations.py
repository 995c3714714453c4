"""The organizations of an edition: what they are called, whom they serve, and what they tell patients.

All of it is in the snapshot, so that no search asks the database for it.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from finder.geo import METRES_PER_MILE, Area
from finder.search.origin import Origin
from finder.search.snapshot import Snapshot

Own = Literal["all", "first", "only"]


class Host(NamedTuple):
    """Whose finder it is, as its settings say.

    `organization` is the short name of the own one, `own` how it is listed: like all, before all others, or alone.
    `phone` is the line that is offered where no organization has one of its own, and `name` whose that is.
    """

    organization: str = ""
    own: Own = "all"
    phone: str = ""
    name: str = ""


class Link(NamedTuple):
    """Where else to ask; the label in English and Spanish."""

    label_en: str
    label_es: str
    url: str


class OrganizationView(NamedTuple):
    """An organization as it is shown. `phone` is in RFC 3966 form without `tel:`, "" for none."""

    key: str
    name: str
    phone: str = ""
    hours: str = ""
    links: tuple[Link, ...] = ()


class OwnView(NamedTuple):
    """How the own organization is listed, where it is not like all others."""

    mode: Own
    organization: OrganizationView


class OutsideArea(NamedTuple):
    """The organization does not serve the origin; `nearest_m` is how far the nearest of its places is, if any."""

    organization: OrganizationView
    nearest_m: float | None


class Line(NamedTuple):
    """A phone line with its hours, and whose it is."""

    name: str
    phone: str
    hours: str


class Organizations:
    """Those of one snapshot, by their short names."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._columns, self._words, self._said = snapshot.columns, snapshot.words, snapshot.organizations
        self._areas: dict[str, Area] = {}

    @cached_property
    def names(self) -> dict[str, str]:
        """The names of all that have a place on the map."""
        numbers, firsts = np.unique(self._columns["place_organization"], return_index=True)
        keys = [self._words["place_organization"][number].partition(":")[2] for number in numbers.tolist()]
        if "organization_name" not in self._columns:
            return {key: key for key in keys if key}
        shown = [self._words["organization_name"][n] for n in self._columns["organization_name"][firsts].tolist()]
        # Of two sources with the same one the first names it.
        return {key: name for key, name in reversed(list(zip(keys, shown, strict=True))) if key}

    def view(self, key: str) -> OrganizationView:
        """Return an organization; of one that nobody knows there is but its short name."""
        said = self._said.get(key, {})
        links = tuple(Link(**link) for link in said.get("links", ()))
        return OrganizationView(key, self.names.get(key, key), said.get("phone", ""), said.get("hours", ""), links)

    def has_area(self, key: str) -> bool:
        """Return whether an organization says whom it serves."""
        return self.area_said(key) is not None

    def area_said(self, key: str) -> dict[str, Any] | None:
        """Return whom an organization says it serves (states, radius_miles, area as GeoJSON), None if it does not."""
        said = {name: self._said.get(key, {}).get(name) for name in ("states", "radius_miles", "area")}
        return said if any(said.values()) else None

    def serves(self, key: str, origin: Origin, nearest_m: float | None) -> bool:
        """Return whether an organization that has an area serves an origin, this far from the nearest of its places."""
        said = self._said[key]
        radius = said["radius_miles"]
        if origin.state in said["states"]:
            return True
        if radius and nearest_m is not None and nearest_m <= radius * METRES_PER_MILE:
            return True
        return bool(said["area"]) and self._area(key).covers(*origin.point)

    def _area(self, key: str) -> Area:
        if key not in self._areas:
            self._areas[key] = Area(self._said[key]["area"])
        return self._areas[key]
