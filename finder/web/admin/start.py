"""The start of the desk: what is in force, and what waits."""

from __future__ import annotations

from finder.desk.accounts import Deed
from finder.web.admin.door import blueprint, needs, page
from finder.web.context import directory


@blueprint.get("/")
@needs(Deed.SEE)
def start() -> str:
    """Show what is in force, and what waits for someone."""
    return page("start", edition=directory().index.edition)
