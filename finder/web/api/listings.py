"""People and places by their public ids."""

from __future__ import annotations

from typing import Any

from flask import Response

from finder.errors import ListingMissing
from finder.formats import api_v1, geojson
from finder.search import listing
from finder.search.results import LocationListing, PractitionerListing
from finder.web.api import answers
from finder.web.api.described import JSON, as_geojson, door
from finder.web.context import listed_id, reading, today, words
from finder.web.replies import etag_of, reply_once

_PERSON = {"description": "Public id of a person.", "examples": ["npi:2025200009", "person:demo:leocadia-umbertassel"]}
_PLACE = {"description": "Public id of a place.", "examples": ["place:demo:lark-univ"]}
_EITHER = {"description": "Public id of a person or a place.", "examples": ["npi:2025200009", "place:demo:lark-univ"]}


@door(
    "/specialists/<public_id>",
    summary="One person with all their places",
    answer=answers.Specialist,
    geo=answers.SpecialistPlaces,
    paths={"public_id": _PERSON},
)
def one_specialist(public_id: str) -> Response:
    """Say all that is known of a person. As GeoJSON, each place where they are is a feature."""
    return _listing(public_id, PractitionerListing)


@door(
    "/locations/<public_id>",
    summary="One place with its people",
    answer=answers.Place,
    geo=answers.PlaceFeature,
    paths={"public_id": _PLACE},
)
def one_location(public_id: str) -> Response:
    """Say all that is known of a place. As GeoJSON, it is one feature."""
    return _listing(public_id, LocationListing)


@door(
    "/listings/<public_id>",
    summary="One person or place",
    answer=answers.Listing,
    paths={"public_id": _EITHER},
)
def one_listing(public_id: str) -> Response:
    """Answer as `/specialists/{public_id}` or as `/locations/{public_id}`, whichever the id is of."""
    return _listing(public_id, PractitionerListing | LocationListing)


def _listing(public_id: str, wanted: Any) -> Response:
    as_geo = wanted in (PractitionerListing, LocationListing) and as_geojson()
    written = geojson if as_geo else api_v1
    with reading() as (index, connection):

        def answered() -> dict[str, Any]:
            found = listing(index, connection, listed_id(public_id), today())
            if not isinstance(found, wanted):
                raise ListingMissing("listing_missing", public_id=public_id[:80])
            return written.listing(found, index.catalogue, words())

        etag = etag_of(index.edition, words().language, today().isoformat(), written.__name__)
        return reply_once(etag, answered, geojson.MIMETYPE if as_geo else JSON)
