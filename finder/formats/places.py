"""How far a place is and how to get there, for its own page and for those of its people."""

from __future__ import annotations

from urllib.parse import urlencode

from finder.db.directory import PositionKind
from finder.db.zip_table import Exactness
from finder.formats.wording import Wording
from finder.search.origin import Origin
from finder.search.results import LocationView

# A map that asks for no account and shows no advertising. Nothing is loaded from it before someone follows the link,
# and it is told where to go, not from where.
_DIRECTIONS = "https://www.openstreetmap.org/directions"
_MIDDLES = (Exactness.POPULATION, Exactness.AREA, Exactness.TOWN)


def far(origin: Origin, distance_m: float, place: LocationView, w: Wording) -> str:
    """Return how far a place is from what was measured from, in a straight line."""
    if place.position_kind is PositionKind.ZIP and distance_m < 1:
        return w("In the same ZIP code, {zip}", zip=origin.name)
    distance = w.miles(distance_m)
    if origin.exactness in _MIDDLES and not origin.near:
        return w("{distance} from the middle of {place}, in a straight line", distance=distance, place=origin.name)
    return w("{distance} from {place}, in a straight line", distance=distance, place=origin.name)


def directions(place: LocationView) -> str:
    """Return the address of a map with the way to a place, "" where too little is known of where it is."""
    if place.position_kind is PositionKind.GIVEN and place.latitude is not None and place.longitude is not None:
        return f"{_DIRECTIONS}?{urlencode({'to': f'{place.latitude:.5f},{place.longitude:.5f}'})}"
    if place.address and place.city:
        return f"{_DIRECTIONS}?{urlencode({'to': f'{place.address}, {place.city}, {place.state} {place.zip_code}'})}"
    return ""
