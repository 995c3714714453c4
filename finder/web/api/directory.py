"""What searches rest on, in the API: ZIP codes, organizations, the edition in force, and the description of it all."""

from __future__ import annotations

from flask import Response, current_app

from finder.errors import ListingMissing, QuestionError
from finder.formats import api_reference
from finder.search.origin import resolve_zip
from finder.search.sources import activated_at
from finder.web.api import reference_answers
from finder.web.api.described import blueprint, door
from finder.web.context import reading, words
from finder.web.replies import etag_of, reply_once

# Codes of a ZIP code that is written as it should be, and of which nobody knows where it is.
_NOWHERE = ("zip_unknown", "zip_prefix_wide", "zip_military")
_ZIP = {
    "pattern": "^[0-9]{5}(-?[0-9]{4})?$",
    "description": "Five digits; ZIP+4 is understood, and its last four digits are forgotten.",
    "examples": ["23220"],
}


@door("/zips/<zip_code>", summary="Where a ZIP code is", answer=reference_answers.ZipCode, paths={"zip_code": _ZIP})
def one_zip(zip_code: str) -> Response:
    """Say from which point a search would measure, what that is the middle of, and what the ZIP code is for."""
    try:
        origin = resolve_zip(zip_code)
    except QuestionError as refused:
        if refused.code in _NOWHERE:
            raise ListingMissing(refused.code, **refused.params) from None
        raise
    # The table of ZIP codes comes with the code, and no edition changes it.
    return reply_once(etag_of(0, words().language), lambda: api_reference.zip_code(origin, words()))


@door("/organizations", summary="Organizations of the directory", answer=reference_answers.Organizations)
def organizations() -> Response:
    """List those that have a place on the map, with the line, hours and area that they tell patients of."""
    with reading() as (index, _connection):
        return reply_once(
            etag_of(index.edition, words().language),
            lambda: {
                "edition": index.edition,
                "organizations": api_reference.organizations(index.organizations, words()),
            },
        )


@door("/editions", summary="The edition in force", answer=reference_answers.Edition)
def editions() -> Response:
    """Say its number, since when it is in force, and from which sources it comes."""
    with reading() as (index, connection):
        snapshot = index.snapshot
        return reply_once(
            etag_of(index.edition, words().language),
            lambda: {
                "edition": index.edition,
                **api_reference.edition(
                    snapshot, is_demo=index.is_demo, activated=activated_at(connection, snapshot.sources)
                ),
            },
        )


@blueprint.get("/openapi.json", doc_ui=False)
def openapi() -> Response:
    """The description of this API, OpenAPI 3.1."""
    return reply_once(etag_of(0, ""), lambda: current_app.api_doc)  # type: ignore[attr-defined]
