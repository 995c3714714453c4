"""The pages of one person and of one place, and the way back from them to the list."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import g, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection
from werkzeug.utils import redirect

from finder.db.hours import days_open
from finder.errors import ListingMissing, QuestionError
from finder.formats import hours, notices, persons, places, plans
from finder.formats.picture import places_picture
from finder.search import Index, SearchQuery, SearchResults, listing
from finder.search.listings import current_public_id, distance_m
from finder.search.opening import Opening, opening, service_days, service_opening
from finder.search.origin import Origin, resolve_origin
from finder.search.results import LocationListing, LocationView, PractitionerListing, RoleView, ServiceView
from finder.web.context import listed_id, now, private, reading, today, words
from finder.web.patients.page import LIST, NAMES, address, blueprint, page, typed
from finder.web.security import keep_no_longer

# Of the question, what the page of a listing carries along: never the patient's words.
_CARRIED = NAMES - {"q", "lang", "limit", "offset"}

blueprint.add_app_template_global(hours.weekdays, "weekdays_named")
blueprint.add_app_template_global(hours.holiday, "holiday_line")
blueprint.add_app_template_global(hours.now, "open_line")
blueprint.add_app_template_global(notices.said, "notice_said")
blueprint.add_app_template_global(places.directions, "directions_to")
blueprint.add_app_template_global(persons.in_brief, "work_in_brief")
blueprint.add_app_template_global(plans.by_group, "plans_by_group")
blueprint.add_app_template_global(plans.groups_to_ask, "plan_groups_to_ask")


@dataclass(frozen=True)
class Hours:
    """What is said of a place's or service's hours: a table or words, and what its clock says now, "" if nothing."""

    week: tuple[hours.HoursRow, ...]
    words: str
    now: str
    holiday: str
    is_open: bool


@blueprint.get("/specialist/<public_id>")
def specialist(public_id: str) -> ResponseReturnValue:
    """Show one person and all their places."""
    return _listing(public_id, person=True)


@blueprint.get("/place/<public_id>")
def place(public_id: str) -> ResponseReturnValue:
    """Show one place and its people."""
    return _listing(public_id, person=False)


def found_listing(index: Index, connection: Connection, public_id: str) -> PractitionerListing | LocationListing | str:
    """Return the listing of a public id, or the id that it has now. Raises ListingMissing."""
    try:
        found = listing(index, connection, public_id, today())
    except ListingMissing:
        moved = current_public_id(connection, public_id)
        if moved is None or index.snapshot.amended.removed.has(moved):
            raise
        return moved
    # The id of a person's file goes on to the one made of their NPI.
    if isinstance(found, PractitionerListing) and found.practitioner.public_id != public_id:
        return found.practitioner.public_id
    # So does that of a place which is one with another.
    if isinstance(found, LocationListing) and found.location.public_id != public_id:
        return found.location.public_id
    return found


def _listing(public_id: str, *, person: bool) -> ResponseReturnValue:
    public_id = listed_id(public_id)
    with reading() as (index, connection):
        found = found_listing(index, connection, public_id)
        if isinstance(found, str):
            return redirect(address(request.endpoint or "", public_id=found), 301)
        if isinstance(found, PractitionerListing) is not person:
            raise ListingMissing("listing_missing", public_id=public_id[:80])
        origin = _asked_from()
        if carried():
            # It says where someone asked from.
            keep_no_longer(0)
        if isinstance(found, PractitionerListing):
            roles = _nearest_first(found.roles, origin)
            found = PractitionerListing(
                found.practitioner, tuple(found.roles[n] for n in roles), found.edition, found.is_demo,
                tuple(found.plans[n] for n in roles),
            )  # fmt: skip
            w, at = words(), [role.location for role in found.roles]
            return page(
                "specialist", index=index, found=found, origin=origin, work=persons.work(found, index.catalogue, w),
                facts=persons.before_you_call(found, w), drawn=places_picture(found.practitioner.name, at, w),
                back=_back("specialists"),
            )  # fmt: skip
        return page(
            "place", index=index, found=found, origin=origin, back=_back("specialists"), groups=_by_group(found, index)
        )


def _by_group(found: LocationListing, index: Index) -> list[tuple[str, list[object]]]:
    """Return the people of a place by what kind of help they give; those of no kind that we know come last."""
    w = words()
    people: dict[str | None, list[object]] = {group: [] for group in (*index.catalogue.role_groups, None)}
    for one in found.people:
        people[one[0].group if one[0].group in people else None].append(one)
    named = (
        (w.entry(index.catalogue, "role_group", group) if group else w("Others"), of) for group, of in people.items()
    )
    return [(name, of) for name, of in named if of]


def _nearest_first(roles: tuple[RoleView, ...], origin: Origin | None) -> list[int]:
    """Return the numbers of a person's places: nearest first where it is known from where, else as they are."""
    if origin is None:
        return list(range(len(roles)))
    far = [distance_m(origin, role.location) for role in roles]
    return sorted(range(len(roles)), key=lambda n: (far[n] is None, far[n] or 0.0))


def _asked_from() -> Origin | None:
    """Return the ZIP code or town that the list was asked from, None where none was or it cannot be used."""
    typed, near = request.args.get("zip", "")[:60], request.args.get("near", "")
    try:
        # A point is read as in a question, so that none is more exact here.
        point = SearchQuery.parse({"near": [near]}, "people").near
        return resolve_origin(typed, point) if typed or point else None
    except QuestionError:
        return None


@blueprint.app_template_global()
def far_from(origin: Origin | None, place: LocationView, *, brief: bool = False) -> str:
    """Return how far a place is from where the list was asked from, "" where that is not known.

    `brief` where the page has said before from what it was measured.
    """
    metres = distance_m(origin, place) if origin else None
    if origin is None or metres is None:
        return ""
    return words().miles(metres) if brief else places.far(origin, metres, place, words())


@blueprint.app_template_global()
def hours_of(place: LocationView, service: ServiceView | None = None) -> Hours | None:
    """Return what is said of the hours of a place, or of a service there; None where nothing is.

    The page that says so may be kept only for as long as it is true.
    """
    stored = service.hours if service else place.hours
    days = service_days(service) if service else days_open(stored)
    found: Opening | None = service_opening(service, place, now()) if service else opening(place, now())
    if days is None:
        return Hours((), stored, "", "", is_open=False) if stored else None
    w = words()
    if found is None:
        return Hours(hours.table(days, None, w), hours.in_words(days, w), "", "", is_open=False)
    keep_no_longer(found.seconds_left)
    return Hours(
        hours.table(days, found, w), hours.in_words(days, w), hours.now(found, w), hours.holiday(found, w),
        is_open=found.door.value == "open",
    )  # fmt: skip


@blueprint.app_template_global()
def carried() -> str:
    """Return what links between pages of listings carry of the question, as the end of an address; "" for nothing.

    It begins with ? or, where the address has the language already, with &.
    """
    if "carried" not in g:
        given = {name: text for name, text in typed().items() if text and (name in _CARRIED or name == LIST)}
        g.carried = _query(given) if (given.get("zip") or given.get("near")) and not private() else ""
    found: str = g.carried
    return found


@blueprint.app_template_global()
def carry(results: SearchResults, unit: str) -> str:
    """Do the same for the list itself, and return it: what the patient's words were taken to say goes along for them.

    Where the question came in no address, nothing of it goes into one.
    """
    g.carried = ""
    if not private():
        given = {name: text for name, text in typed().items() if name in _CARRIED and text}
        if results.query.q_decides:
            given |= (
                {"condition": results.condition or ""} if not results.procedure else {"procedure": results.procedure}
            )
        g.carried = _query(
            {name: text for name, text in given.items() if text} | ({LIST: unit} if unit == "places" else {})
        )
    made: str = g.carried
    return made


def _query(given: dict[str, str]) -> str:
    return ("&" if request.args.get("lang") else "?") + urlencode(given)


def _back(unit: str) -> str:
    """Return the address of the list that was left, "" where no list was."""
    if not carried():
        return ""
    given = {name: text for name, text in typed().items() if name in _CARRIED and text}
    return address(f"patients.{'places' if request.args.get(LIST) == 'places' else unit}", **given)
