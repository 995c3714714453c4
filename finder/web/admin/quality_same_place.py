"""Same place: two places side by side, and which of them stays."""

from __future__ import annotations

import datetime as dt

from flask import Response, request

from finder.db.directory import PositionKind
from finder.desk.accounts import Deed
from finder.desk.quality import by_place
from finder.desk.quality_rows import Listings, PlaceRow, read_listings
from finder.desk.same_place import add_same_place, all_same_places, remove_same_place
from finder.errors import DeskRefused
from finder.formats.findings import day
from finder.formats.wording import wording
from finder.web.admin.door import back, blueprint, me, needs, page
from finder.web.context import directory, now

_PINS = {PositionKind.GIVEN: "", PositionKind.ZIP: " (middle of the ZIP code)", PositionKind.NONE: "None"}
_MOST_PEOPLE = 40


@blueprint.get("/same-places")
@needs(Deed.SEE)
def same_places() -> str:
    """List the places that are listed as another."""
    with directory().engine.connect() as connection:
        found = all_same_places(connection)
    return page("same_places", found=found, day=lambda at: day(at.date(), wording("en")))


@blueprint.get("/same-place")
@needs(Deed.SEE)
def same_place() -> Response | str:
    """Show two places side by side; where two are not named, those that are one already."""
    ids = [request.args.get(name, "").strip() for name in ("one", "other")]
    if not all(ids):
        return back("admin.same_places")
    with directory().engine.connect() as connection:
        listings = read_listings(connection, now())
    found = [_place(listings, public_id) for public_id in ids]
    people = by_place(listings)
    facts = [_facts(one, [role.person.name for role in people.get(one.public_id, [])], listings) for one in found]
    # What differs stands out by a word beside it, not by its colour alone.
    rows = [(name, facts[0][name], facts[1][name], facts[0][name] != facts[1][name]) for name in facts[0]]
    return page("same_place", found=found, rows=rows)


@blueprint.post("/same-place")
@needs(Deed.EDIT)
def same_place_add() -> Response:
    """Say that two places are one, and which of them stays."""
    kept, other = request.form.get("kept", ""), request.form.get("other", "")
    add_same_place(directory().engine, other, kept, me().name)
    return back("admin.same_places", "They are one now. Links to the other lead to the one that stays.")


@blueprint.post("/same-place/undo")
@needs(Deed.EDIT)
def same_place_undo() -> Response:
    """Let a place be listed by itself again."""
    remove_same_place(directory().engine, request.form.get("other", ""), me().name)
    return back("admin.same_places", "They are two places again.")


def _place(listings: Listings, public_id: str) -> PlaceRow:
    found = listings.place(public_id)
    if found is None:
        raise DeskRefused("place_no_place", value=public_id[:250])
    return found


def _facts(one: PlaceRow, people: list[str], listings: Listings) -> dict[str, str]:
    w = wording("en")
    pin = "" if one.latitude is None else f"{one.latitude}, {one.longitude}"
    more = f" and {len(people) - _MOST_PEOPLE} more" if len(people) > _MOST_PEOPLE else ""
    checked: dt.date | None = one.verified_on
    return {
        "Name": one.name,
        "Address": ", ".join(filter(None, (one.address, one.city, f"{one.state} {one.zip_code}".strip()))),
        "Phone": w.phone(one.phone) if one.phone else "None",
        "Pin": pin + _PINS[one.position_kind],
        "Practice": listings.practices.get(one.practice, "Nobody says"),
        "Last checked": day(checked, w) if checked else "Never",
        "People": "; ".join(people[:_MOST_PEOPLE]) + more or "Nobody",
    }
