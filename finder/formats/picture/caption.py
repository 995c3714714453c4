"""A picture in words: how many are how near, and where the others lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from finder.db.directory import PositionKind
from finder.formats.wording import Wording
from finder.geo import METRES_PER_MILE
from finder.search.results import LocationView, Match, SearchResults

_WITHIN = (2, 3, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000, 3000, 4000, 5000, 7500, 10000, 12500)  # fmt: skip
# So much farther than the last one that counts as near is far.
_GAP = 1.5
_MOST_FAR, _FEW = 3, 3


def title(results: SearchResults, matches: Sequence[Match], w: Wording) -> str:
    """Return what a picture of an answer is of."""
    at = len({match.location.public_id for match in matches})
    places = w.plural("{number} place", "{number} places", at)
    if matches and matches[0].practitioner is None:
        return w("Map: {places} around {zip}. The numbers match the list.", places=places, zip=results.origin.name)
    # A person may stand for two rows of different kinds of help, but is listed once.
    people = w.plural("{number} specialist", "{number} specialists", len(matches))
    return w("Map: {people} at {places} around {zip}. The numbers match the list.", people=people, places=places, zip=results.origin.name)  # fmt: skip


def caption(matches: Sequence[Match], circle_miles: float | None, w: Wording, beyond_miles: float | None = None) -> str:
    """Return sentences that say the same as the numbers on a picture.

    `circle_miles` are those of the circle drawn, `beyond_miles` of one so large that it lies outside.
    """
    by_distance = sorted(matches, key=lambda match: (match.distance_m, match.rank))
    near = by_distance[: len(by_distance) - _far(by_distance)]
    sentences = []
    if circle_miles is not None and by_distance[-1].distance_m > circle_miles * METRES_PER_MILE:
        sentences.append(w.plural("The circle is {number} mile.", "The circle is {number} miles.", round(circle_miles)))
    if len(by_distance) < _FEW:
        near = []
    else:
        sentences += _near(near, len(by_distance), w)
    sentences += _each(sorted(by_distance[len(near) :], key=lambda match: match.rank), w)
    if beyond_miles is not None:
        sentences.append(w("All of this map is inside the {miles} miles we searched.", miles=round(beyond_miles)))
    if any(match.location.position_kind is PositionKind.ZIP for match in matches):
        sentences.append(w("An open dot is a place whose ZIP code alone we know."))
    return " ".join(sentences)


def _far(by_distance: Sequence[Match]) -> int:
    """Return how many at the end lie so far behind the others that each is named."""
    count = len(by_distance)
    for far in range(min(_MOST_FAR, count // 3), 0, -1):
        last_near = max(by_distance[count - far - 1].distance_m, METRES_PER_MILE)
        if by_distance[count - far].distance_m > _GAP * last_near:
            return far
    return 0


def _near(near: Sequence[Match], of: int, w: Wording) -> list[str]:
    """Return how near the near ones are, and in which town or direction where most of them are in one."""
    farthest = near[-1].distance_m / METRES_PER_MILE
    miles = next((f"{nice:,}" for nice in _WITHIN if farthest <= nice), "")
    town, there = Counter(match.location.city for match in near).most_common(1)[0]
    told = {"near": w.in_words(len(near)), "all": w.in_words(of), "miles": miles, "town": town}
    if not town or there * 2 < len(near):
        whole, part = w("All {all} are within {miles} miles.", **told), w("{near} of the {all} are within {miles} miles.", **told)  # fmt: skip
    elif there == len(near):
        whole, part = w("All {all} are within {miles} miles, in {town}.", **told), w("{near} of the {all} are within {miles} miles, in {town}.", **told)  # fmt: skip
    else:
        whole, part = w("All {all} are within {miles} miles, in and around {town}.", **told), w("{near} of the {all} are within {miles} miles, in and around {town}.", **told)  # fmt: skip
    said = [whole if len(near) == of else part]
    direction, towards = Counter(match.direction for match in near).most_common(1)[0]
    if (not town or there * 2 < len(near)) and direction and 1 < towards < len(near) <= towards * 2:
        said.append(w("{some} of them are to the {direction}.", some=w.in_words(towards), direction=w.direction(direction)))  # fmt: skip
    elif direction and towards == len(near):
        said.append(w("All are to the {direction}.", direction=w.direction(direction)))
    return [one[:1].upper() + one[1:] for one in said]


def _each(matches: Sequence[Match], w: Wording) -> list[str]:
    """Return where each one lies; those at one place are named together."""
    at: dict[str, list[Match]] = {}
    for match in matches:
        at.setdefault(match.location.public_id, []).append(match)
    return [_one([match.rank for match in there], there[0], w) for there in at.values()]


def _one(ranks: Sequence[int], match: Match, w: Wording) -> str:
    numbers, town = w.listed(str(rank) for rank in ranks), match.location.city
    told = {"numbers": numbers, "town": town, "direction": w.direction(match.direction)}
    if match.direction and town:
        return w("Number {numbers} is to the {direction}, in {town}.", **told) if len(ranks) == 1 else w("Numbers {numbers} are to the {direction}, in {town}.", **told)  # fmt: skip
    if match.direction:
        return w("Number {numbers} is to the {direction}.", **told) if len(ranks) == 1 else w("Numbers {numbers} are to the {direction}.", **told)  # fmt: skip
    if town:
        return w("Number {numbers} is close by, in {town}.", **told) if len(ranks) == 1 else w("Numbers {numbers} are close by, in {town}.", **told)  # fmt: skip
    return w("Number {numbers} is close by.", **told) if len(ranks) == 1 else w("Numbers {numbers} are close by.", **told)  # fmt: skip


def of_places(places: Sequence[LocationView], w: Wording) -> str:
    """Return which number is which place."""
    told = [(number, w.place_name(place), place.city) for number, place in enumerate(places, 1)]
    sentences = [
        w("{number}: {place}, in {town}.", number=number, place=name, town=town) if town else w("{number}: {place}.", number=number, place=name)
        for number, name, town in told
    ]  # fmt: skip
    if any(place.position_kind is PositionKind.ZIP for place in places):
        sentences.append(w("An open dot is a place whose ZIP code alone we know."))
    return " ".join(sentences)
