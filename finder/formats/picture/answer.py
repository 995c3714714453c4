"""Pictures of an answer's matches and of one person's places."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from finder.db.directory import PositionKind
from finder.formats.picture import caption, frame
from finder.formats.picture.drawing import Picture, drawing
from finder.formats.picture.ground import Grounds
from finder.formats.picture.pins import Spot
from finder.formats.wording import Wording
from finder.geo import METRES_PER_MILE, View
from finder.search.results import LocationView, Match, SearchResults

_grounds = Grounds()
_ONE_PLACE_REACH_MILES = 5


def picture(results: SearchResults, w: Wording) -> Picture | None:
    """Return the picture of all that an answer lists, None where it lists nobody.

    Emergency departments and visits by video are not on it.
    """
    matches = [match for one in results.lists for match in one.matches if match.location.latitude is not None]
    if not matches:
        return None
    latitude, longitude = results.origin.point
    points = [_away(match) for match in matches]
    # Where the search went on without end, the circle is the one that was asked for.
    circle = results.radius_miles if results.radius_miles is not None else results.query.radius
    shown = frame.around(latitude, longitude, circle, points)
    spots = _spots(shown.view, [(match.rank, match.location, point) for match, point in zip(matches, points, strict=True)])  # fmt: skip
    rings = [(ring, w.plural("{number} mile", "{number} miles", ring.miles)) for ring in shown.rings]
    title = caption.title(results, matches, w)
    svg = drawing(
        shown.view, _grounds.of(shown.view), rings, spots, title, (shown.view.x, shown.view.y), shown.all_inside
    )
    drawn = circle if any(ring.searched for ring in shown.rings) else None
    beyond = circle if shown.all_inside else None
    return Picture(svg, title, caption.caption(matches, drawn, w, beyond))


def places_picture(name: str, places: Sequence[LocationView], w: Wording) -> Picture | None:
    """Return the picture of someone's places, numbered in their order, None where no place has a position."""
    known = [(number, place) for number, place in enumerate(places, 1) if place.latitude is not None]
    if not known:
        return None
    latitude, longitude = _middle([place for _number, place in known])
    points = _points(latitude, longitude, [place for _number, place in known])
    metres = _ONE_PLACE_REACH_MILES * METRES_PER_MILE
    corners = [(x * metres, y * metres) for x in (-1, 1) for y in (-1, 1)]
    view = frame.fitted(latitude, longitude, [*points, *corners])
    spots = _spots(view, [(number, place, point) for (number, place), point in zip(known, points, strict=True)])
    title = w.plural("Map: {number} place of {name}", "Map: {number} places of {name}", len(known), name=name)
    svg = drawing(view, _grounds.of(view), (), spots, title, None, True)
    return Picture(svg, title, caption.of_places(places, w))


def _away(match: Match) -> tuple[float, float]:
    """Return where a match lies, in metres east and north of the origin along the geodesic."""
    towards = math.radians(match.azimuth)
    return match.distance_m * math.sin(towards), match.distance_m * math.cos(towards)


def _points(latitude: float, longitude: float, places: Sequence[LocationView]) -> list[tuple[float, float]]:
    """Return where places lie, in metres east and north of a point along the geodesic."""
    flat = View(latitude, longitude, 1.0, 0.0, 0.0, 0, 0).pixels(
        np.array([place.latitude for place in places]), np.array([place.longitude for place in places])
    )
    return [(x, -y) for x, y in flat.tolist()]


def _middle(places: Sequence[LocationView]) -> tuple[float, float]:
    """Return the middle of places, on whichever side of 180 degrees, in whole hundredths: grounds are shared."""
    lats = [place.latitude or 0.0 for place in places]
    first = places[0].longitude or 0.0
    lons = [((place.longitude or 0.0) - first + 180) % 360 - 180 for place in places]
    longitude = first + (max(lons) + min(lons)) / 2
    return round((max(lats) + min(lats)) / 2, 2), round((longitude + 180) % 360 - 180, 2)


def _spots(view: View, ranked: Sequence[tuple[int, LocationView, tuple[float, float]]]) -> list[Spot]:
    """Return a spot for each point: who is at one point shares it, and it is rough where nobody there is sure."""
    at: dict[tuple[float | None, float | None], list[tuple[int, LocationView, tuple[float, float]]]] = {}
    for one in ranked:
        at.setdefault((one[1].latitude, one[1].longitude), []).append(one)
    found = []
    for there in at.values():
        east, north = there[0][2]
        rough = all(place.position_kind is PositionKind.ZIP for _rank, place, _point in there)
        ranks = tuple(sorted(rank for rank, _place, _point in there))
        found.append(Spot(view.x + east / view.metres, view.y - north / view.metres, ranks, rough))
    return found
