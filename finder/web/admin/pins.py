"""Put a pin right: by pasted coordinates or a map link, by steps, or by a press on the map; without scripts."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from finder.db.reference import zip_points
from finder.desk.accounts import Deed
from finder.desk.amendments import amend
from finder.desk.listings import StaffListing, staff_listing
from finder.desk.pins import Position, inside, look_at, parse_pin
from finder.errors import DeskRefused, FinderError, ListingMissing
from finder.formats.picture.pin_map import ACROSS, pin_map, view_of
from finder.geo import View
from finder.web.admin.door import back, blueprint, me, needs, page, told
from finder.web.context import directory, listed_id

STEPS_M = (10, 100, 1_000, 10_000)
_TOWARDS = {"north": (0, -1), "south": (0, 1), "east": (1, 0), "west": (-1, 0)}
# Seven digits are a centimetre.
_DIGITS = 6


@blueprint.route("/listings/<public_id>/pin", methods=["GET", "POST"])
@needs(Deed.EDIT)
def pin(public_id: str) -> str | Response | tuple[str, int]:
    """Show where a pin is and would be; put it there."""
    found = _place(public_id)
    here, refusal = _asked(found)
    if request.method == "POST" and refusal is None and here is not None:
        changes = {"latitude": here[0], "longitude": here[1]}
        try:
            amend(directory().engine, found.public_id, changes, me().name)
        except DeskRefused as refused:
            refusal = refused
        else:
            if not found.is_published:
                said = "The pin is put right. It is kept, and shown as soon as the version is published."
                return back("admin.pin", said, public_id=found.public_id)
            return back("admin.listing", "The pin is put right. Patients see it from now on.", public_id=found.public_id)  # fmt: skip
    shown = _page(found, here, refusal)
    return (shown, 400) if refusal else shown


@blueprint.get("/listings/<public_id>/pin/map.svg")
@needs(Deed.EDIT)
def pin_drawn(public_id: str) -> Response:
    """Draw the map around a pin."""
    found = _place(public_id)
    here = _position(request.args.get("lat", ""), request.args.get("lon", ""))
    if here is None:
        raise ListingMissing("page_missing")
    svg = pin_map(view_of(*here, _across()), here, _old(found), _middle(found))
    return Response(svg, mimetype="image/svg+xml")


def _place(public_id: str) -> StaffListing:
    with directory().engine.connect() as connection:
        found = staff_listing(connection, listed_id(public_id))
    if not found.public_id.startswith("place:"):
        raise ListingMissing("listing_missing", public_id=public_id[:80])
    return found


def _asked(found: StaffListing) -> tuple[Position | None, FinderError | None]:
    """Return where the pin would be, and why not where what was asked is refused; at first where it is."""
    given = request.form if request.method == "POST" else request.args
    start = _position(given.get("lat", ""), given.get("lon", "")) or _old(found) or _middle(found)
    try:
        if text := given.get("paste", ""):
            return parse_pin(text), None
        # The map pressed by keyboard says 0, 0: there the buttons are what moves the pin.
        x, y = given.get("at.x", 0, int), given.get("at.y", 0, int)
        if start and (x or y):
            return inside(*_rounded(view_of(*start, _across()).point(x, y))), None
        if start and (towards := _TOWARDS.get(given.get("move", ""))):
            east, south = (step * _step() for step in towards)
            return inside(*_rounded(View(*start, 1.0, 0, 0, 1, 1).point(east, south))), None
        if start and given.get("lat"):
            return inside(*start), None
    except DeskRefused as refusal:
        return start, refusal
    return start, None


def _page(found: StaffListing, here: Position | None, refusal: FinderError | None) -> str:
    old, more = _old(found), dict[str, Any]()
    if here is not None:
        more["look"] = look_at(here, old, found.shown.get("zip_code", ""), found.shown.get("state", ""))
        more["map"] = url_for("admin.pin_drawn", public_id=found.public_id, lat=here[0], lon=here[1], across=_across())
    return page(
        "pin", found=found, here=here, old=old, refusal=_why(refusal) if refusal else "", across=_across(), step=_step(),
        all_across=ACROSS, steps=STEPS_M, towards=_TOWARDS, moved=here is not None and here != old,
        pasted=request.values.get("paste", "") if refusal else "", **more,
    )  # fmt: skip


def _why(refusal: FinderError) -> str:
    return " ".join((told(refusal), *(told(DeskRefused(one.code, **one.params)) for one in refusal.problems)))


def _old(found: StaffListing) -> Position | None:
    return _position(found.shown.get("latitude", ""), found.shown.get("longitude", ""))


def _middle(found: StaffListing) -> Position | None:
    point = zip_points().get(found.shown.get("zip_code", "")[:5])
    return (point.latitude, point.longitude) if point and point.latitude is not None and point.longitude is not None else None  # fmt: skip


def _position(latitude: str, longitude: str) -> Position | None:
    try:
        pair = float(latitude), float(longitude)
    except ValueError:
        return None
    return pair if abs(pair[0]) <= 90 and abs(pair[1]) <= 180 else None


def _rounded(position: Position) -> Position:
    return round(position[0], _DIGITS), round(position[1], _DIGITS)


def _across() -> int:
    asked = request.values.get("across", ACROSS[1], int)
    return asked if asked in ACROSS else ACROSS[1]


def _step() -> int:
    asked = request.values.get("step", STEPS_M[1], int)
    return asked if asked in STEPS_M else STEPS_M[1]
