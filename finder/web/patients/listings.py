"""The pages of one person and of one place."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from finder.errors import ListingMissing
from finder.search import listing
from finder.search.listings import current_public_id
from finder.search.results import PractitionerListing
from finder.web.context import listed_id, reading, today
from finder.web.patients.page import address, blueprint, page


@blueprint.get("/specialist/<public_id>")
def specialist(public_id: str) -> ResponseReturnValue:
    """Show one person and all their places."""
    return _listing(public_id, person=True)


@blueprint.get("/place/<public_id>")
def place(public_id: str) -> ResponseReturnValue:
    """Show one place and its people."""
    return _listing(public_id, person=False)


def _listing(public_id: str, *, person: bool) -> ResponseReturnValue:
    public_id = listed_id(public_id)
    with reading() as (index, connection):
        try:
            found = listing(index, connection, public_id, today())
        except ListingMissing:
            moved = current_public_id(connection, public_id)
            if moved is None:
                raise
            return redirect(address(request.endpoint or "", public_id=moved), 301)
        if isinstance(found, PractitionerListing) is not person:
            raise ListingMissing("listing_missing", public_id=public_id[:80])
        if isinstance(found, PractitionerListing) and found.practitioner.public_id != public_id:
            # The id of a person's file goes on to the one made of their NPI.
            return redirect(address(request.endpoint or "", public_id=found.practitioner.public_id), 301)
        return page("specialist" if person else "place", index=index, found=found)
