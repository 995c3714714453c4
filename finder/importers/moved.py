"""Places that one version puts on the map, takes off it, or moves, against another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, func, or_, select
from sqlalchemy.orm import aliased

from finder.db.directory import Location
from finder.geo import geodesics_between


class PlaceThere(NamedTuple):
    """A place with its position."""

    name: str
    city: str
    latitude: float
    longitude: float


class Move(NamedTuple):
    """A place that another version has elsewhere, and how far that is in metres."""

    place: PlaceThere
    old_latitude: float
    old_longitude: float
    metres: float


@dataclass(frozen=True)
class PlacesMoved:
    """Places that are new, gone, or moved (the farthest first); those that never had a position are in none of them.

    `unplaced` counts new and gone places without a position, and those that gain or lose one.
    """

    new: list[PlaceThere]
    gone: list[PlaceThere]
    moved: list[Move]
    unplaced: int


def places_moved(connection: Connection, old_id: int, new_id: int) -> PlacesMoved:
    """Compare the positions of the places of two datasets, by their ids; the database does the comparing."""
    unplaced = 0
    lone: list[list[PlaceThere]] = []
    for here, elsewhere in ((new_id, old_id), (old_id, new_id)):
        rows = connection.execute(_without_partner(here, elsewhere)).all()
        placed = [PlaceThere(*row) for row in rows if row.latitude is not None and row.longitude is not None]
        unplaced += len(rows) - len(placed)
        lone.append(placed)
    both = connection.execute(_elsewhere(new_id, old_id)).all()
    moved = [row for row in both if row.latitude is not None and row.old_latitude is not None]
    moves = [
        Move(PlaceThere(row.name, row.city, row.latitude, row.longitude), row.old_latitude, row.old_longitude, far)
        for row, far in zip(moved, _metres(moved), strict=True)
    ]
    moves.sort(key=lambda one: -one.metres)
    return PlacesMoved(lone[0], lone[1], moves, unplaced + len(both) - len(moved))


def _without_partner(here: int, elsewhere: int) -> Any:
    one, other = aliased(Location), aliased(Location)
    # A subquery that no planner turns into a join, as in `differences`.
    partner = select(func.max(other.id)).where(other.dataset_id == elsewhere, other.key == one.key)
    return (
        select(one.name, one.city, one.latitude, one.longitude)
        .where(one.dataset_id == here, partner.correlate(one).scalar_subquery().is_(None))
        .order_by(one.id)
    )


def _elsewhere(here: int, elsewhere: int) -> Any:
    one, other = aliased(Location), aliased(Location)

    def old(column: Any) -> Any:
        found = select(func.max(column)).where(other.dataset_id == elsewhere, other.key == one.key)
        return found.correlate(one).scalar_subquery()

    latitude, longitude = old(other.latitude), old(other.longitude)
    return (
        select(
            one.name, one.city, one.latitude, one.longitude,
            latitude.label("old_latitude"), longitude.label("old_longitude"),
        )
        .where(
            one.dataset_id == here, old(other.id).is_not(None),
            or_(one.latitude.is_distinct_from(latitude), one.longitude.is_distinct_from(longitude)),
        )
        .order_by(one.id)
    )  # fmt: skip


def _metres(rows: list[Any]) -> list[float]:
    if not rows:
        return []
    sides = np.array([(one.old_latitude, one.old_longitude, one.latitude, one.longitude) for one in rows])
    return [float(one) for one in geodesics_between(*sides.T)]
