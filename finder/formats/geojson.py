"""The same answers as GeoJSON (RFC 7946): what API version 1 says of a listing, as properties of its point.

Positions are [longitude, latitude] in WGS84 degrees. A listing of which nobody knows where it is has no geometry, and
one that is measured from its ZIP code says so in `location.position.from`. Whatever else an answer says stands beside
the features, by the same names as in JSON; what is urgent comes first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from finder.db.catalogue import Catalogue
from finder.formats import api_v1
from finder.formats.wording import Wording
from finder.search.results import LocationListing, LocationView, PractitionerListing, SearchResults

MIMETYPE = "application/geo+json"


def search_results(
    results: SearchResults, catalogue: Catalogue, words: Wording, pages: api_v1.Pages = api_v1.ALONE
) -> bytes:
    """Return a whole answer as one collection; each feature says in `list` which of the answer's lists it stands in."""
    answer: dict[str, Any] = api_v1.about(results, catalogue, words, pages)
    lists = [{"name": one.name, **api_v1.listed_in(one)} for one in results.lists]
    answer |= {"type": "FeatureCollection", "lists": lists, "features": list(_features(results, catalogue, words))}
    return orjson.dumps(answer)


def listing(found: PractitionerListing | LocationListing, catalogue: Catalogue, words: Wording) -> dict[str, Any]:
    """Return a place as one feature, or a person as a collection of the places where they are."""
    told = api_v1.listing(found, catalogue, words)
    if isinstance(found, LocationListing):
        about = {name: told.pop(name) for name in ("edition", "demo")}
        return {**about, **_feature(found.location.public_id, found.location), "properties": told}
    roles = zip(found.roles, told.pop("roles"), strict=True)
    features = [{**_feature(view.public_id, view.location), "properties": role} for view, role in roles]
    return {**told, "type": "FeatureCollection", "features": features}


def _features(results: SearchResults, catalogue: Catalogue, words: Wording) -> Iterator[orjson.Fragment]:
    beside = ("emergency_departments", "walk_in", "by_video")
    lists = [*((one.name, one.matches) for one in results.lists), *((name, getattr(results, name)) for name in beside)]
    for name, some in lists:
        for match, said in zip(some, api_v1.matches(some, results, catalogue, words), strict=True):
            feature = _feature(match.role.public_id if match.role else match.location.public_id, match.location)
            # What is said of a match is written already: the name of its list goes before it.
            properties = b'{"list":%b,%b' % (orjson.dumps(name), said[1:])
            yield orjson.Fragment(orjson.dumps({**feature, "properties": orjson.Fragment(properties)}))


def _feature(public_id: str, place: LocationView) -> dict[str, Any]:
    known = place.latitude is not None and place.longitude is not None
    point = {"type": "Point", "coordinates": [place.longitude, place.latitude]} if known else None
    return {"type": "Feature", "id": public_id, "geometry": point}
