"""The pages about the finder itself: how it orders, where its data are from, privacy, accessibility."""

from __future__ import annotations

from finder.db.reference import zip_points
from finder.search.hosting import own_in_force
from finder.web.context import directory, host
from finder.web.patients.page import blueprint, page


@blueprint.get("/how-we-order")
def how_we_order() -> str:
    """Say who is listed, and in which order."""
    index = directory().index
    return page("how_we_order", index=index, own=own_in_force(index, host()))


@blueprint.get("/about-the-data")
def about_the_data() -> str:
    """Say where all that is shown comes from, and how old it is."""
    index = directory().index
    people, places, _roles = index.rows.counts
    return page("about_the_data", index=index, people=people, places=places, renewed=zip_points().made_on)


@blueprint.get("/privacy")
def privacy() -> str:
    """Say what is kept of a visit: nothing."""
    return page("privacy", index=directory().index)


@blueprint.get("/accessibility")
def accessibility() -> str:
    """Say what was done so that everybody can use it, and what was not tested."""
    return page("accessibility", index=directory().index)
