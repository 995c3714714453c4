"""Views of places that are one, and of people there: what the kept row leaves open is as the other row says."""

from __future__ import annotations

from typing import Any

from finder.db.base import Stated
from finder.db.directory import LocationKind, PositionKind
from finder.search.results import LocationView, RoleView
from finder.search.same_places import united

_OPEN: tuple[object, ...] = ("", None, (), Stated.NOT_STATED, LocationKind.NOT_STATED)
_POSITION = ("latitude", "longitude", "position_kind")
_APART = frozenset(("public_id", "source", "services", "location", "declared", *_POSITION))


def filled_place(view: LocationView, other: LocationView) -> LocationView:
    """Return the view of a place with what it leaves open, as the other says it."""
    more = _left_open(view, other)
    if view.position_kind is PositionKind.NONE:
        more |= {name: getattr(other, name) for name in _POSITION}
    known = {one.kind for one in view.services if one.offered is not Stated.NOT_STATED}
    added = [one for one in other.services if one.kind not in known]
    kinds = {one.kind for one in added}
    services = (*(one for one in view.services if one.kind not in kinds), *added)
    return view._replace(**more, services=services)


def filled_role(view: RoleView, other: RoleView) -> RoleView:
    """Return the view of a person at a place with what it leaves open, as another row of the same says it."""
    return view._replace(**_left_open(view, other), declared=united(view.declared, other.declared))


def _left_open(view: LocationView | RoleView, other: LocationView | RoleView) -> dict[str, Any]:
    return {
        name: getattr(other, name)
        for name in view._fields
        if name not in _APART and getattr(view, name) in _OPEN and getattr(other, name) not in _OPEN
    }
