"""Searches in the API: people and places, nearest first, page by page."""

from __future__ import annotations

from flask import Response, request

from finder.formats import api_v1, geojson
from finder.search import PARAMETERS, SearchQuery, SearchResults
from finder.search.filters import Unit
from finder.search.query import MAX_OFFSET
from finder.web.api import answers
from finder.web.api.described import JSON, as_geojson, door
from finder.web.asked import search
from finder.web.context import asked_parameters, host, reading, today, words
from finder.web.replies import etag_of, quoted, reply_once


@door(
    "/specialists",
    summary="People who treat a condition, nearest first",
    answer=answers.Specialists,
    geo=answers.SpecialistFeatures,
    accepts=PARAMETERS,
    has_pages=True,
)
def specialists() -> Response:
    """List one match a person, at the nearest place that qualifies. Show the notices before any list."""
    return _search("people")


@door(
    "/locations",
    summary="Places that treat a condition, nearest first",
    answer=answers.Locations,
    geo=answers.LocationFeatures,
    accepts=PARAMETERS,
    has_pages=True,
)
def locations() -> Response:
    """List one match a place. Show the notices before any list."""
    return _search("places")


def _search(unit: Unit) -> Response:
    query = SearchQuery.parse(asked_parameters(), unit)
    w, day, as_geo, whose = words(), today(), as_geojson(), host()
    written = geojson if as_geo else api_v1
    links: list[str] = []
    with reading() as (index, connection):

        def answered() -> bytes:
            results = search(index, connection, query, day, whose)
            pages = pages_of(results)
            links.extend(
                f'<{url}>; rel="{rel}"' for rel, url in (("next", pages.next), ("prev", pages.previous)) if url
            )
            return written.search_results(results, index.catalogue, w, pages)

        etag = etag_of(index.edition, w.language, day.isoformat(), written.__name__, whose)
        reply = reply_once(etag, answered, geojson.MIMETYPE if as_geo else JSON)
    if links:
        reply.headers["Link"] = ", ".join(links)
    return reply


def pages_of(results: SearchResults) -> api_v1.Pages:
    """Return the addresses of the pages around an answer: the same question, from the root of this server.

    Further than may be passed over there is no page, however many are listed.
    """
    query = results.query
    after, before = query.offset + query.limit, max(0, query.offset - query.limit)
    has_more = after <= MAX_OFFSET and any(after < one.begins + one.total for one in results.lists)
    return api_v1.Pages(_page(after) if has_more else None, _page(before) if query.offset else None)


def _page(offset: int) -> str:
    asked = [f"{quoted(name)}={quoted(value)}" for name, value in request.args.items(multi=True) if name != "offset"]
    return f"{request.script_root}{request.path}?{'&'.join([*asked, f'offset={offset}'])}"
