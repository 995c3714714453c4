"""Answers as the JSON of API version 1. Names here are a promise: fields are added, never renamed or removed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from finder.db.catalogue import Catalogue
from finder.db.zip_table import Exactness
from finder.errors import FinderError
from finder.formats import asides, heard
from finder.formats.made_once import pieces_of
from finder.formats.notices import said as notice_said
from finder.formats.wording import Wording
from finder.geo import METRES_PER_MILE
from finder.search.origin import Origin
from finder.search.query import PARAMETERS
from finder.search.results import (
    LocationListing,
    LocationView,
    Match,
    PractitionerListing,
    PractitionerView,
    ResultList,
    RoleView,
    SearchResults,
    ServiceView,
)
from finder.search.treats import Declared, Standing

_ASKED = tuple(one.name for one in PARAMETERS if one.name != "lang")
# Left open they are as good as not asked.
_CHOICES = tuple(one.name for one in PARAMETERS if one.default == "" and one.name not in ("zip", "lang"))
_NO_REASON = b'"rung":null,"reason":null'
_LEVELS = {"call-911": "emergency", "go-today": "emergency", "call-your-surgeon": "same-day"}


class Pages(NamedTuple):
    """The addresses of the pages after and before this one, None where there is none."""

    next: str | None = None
    previous: str | None = None


ALONE = Pages()


def search_results(results: SearchResults, catalogue: Catalogue, words: Wording, pages: Pages = ALONE) -> bytes:
    """Return a whole answer as JSON; what to do in an emergency comes before any list."""

    def written(some: Sequence[Match]) -> list[orjson.Fragment]:
        return [orjson.Fragment(one) for one in matches(some, results, catalogue, words)]

    main, others = results.main, {one.name: one for one in results.lists[1:]}
    answer = about(results, catalogue, words, pages) | listed_in(main)
    answer["results"] = written(main.matches)
    for name in ("usual", "may_help", "call_first"):
        found = others.get(name)
        answer[name] = found and {**listed_in(found), "results": written(found.matches)}
    for name in ("emergency_departments", "walk_in", "by_video"):
        answer[name] = written(getattr(results, name))
    return orjson.dumps(answer)


def about(results: SearchResults, catalogue: Catalogue, words: Wording, pages: Pages) -> dict[str, Any]:
    """Return all that an answer says beside its lists, what is urgent first."""
    return {
        "notices": notices(results, catalogue, words),
        "query": {name: getattr(results.query, name) for name in _ASKED}
        | {name: None for name in _CHOICES if not getattr(results.query, name)},
        "edition": results.edition,
        "as_of": results.built_at.isoformat(),
        "demo": results.is_demo,
        "origin": origin(results.origin, words),
        "condition": None if results.condition is None else {
            "id": results.condition, "name": words.entry(catalogue, "condition", results.condition),
            "redirected_from": results.redirected_from,
        },
        "procedure": None if results.procedure is None else {
            "id": results.procedure, "name": words.entry(catalogue, "procedure", results.procedure),
        },
        "groups": list(results.groups),
        "radius_miles": results.radius_miles,
        "widened": results.widened,
        "within_asked": results.within_asked,
        "name_nearly": results.name_nearly,
        "name_too_many": results.name_too_many,
        **_understood(results, catalogue, words),
        **asides.as_json(results, words),
        "next": pages.next,
        "previous": pages.previous,
    }  # fmt: skip


def origin(found: Origin, words: Wording) -> dict[str, Any]:
    """Return from where distances are measured, and how exactly that is known."""
    return {
        "kind": "zip" if found.kind else "point" if found.exactness is Exactness.POINT else "town",
        "label": words.origin(found), "zip_code": found.zip_code or None,
        "latitude": found.latitude, "longitude": found.longitude, "city": found.city, "state": found.state,
        "exactness": found.exactness.value, "zip_kind": found.kind.value if found.kind else None,
        "near": found.near or None, "county": found.county or None, "time_zone": found.time_zone or None,
        "source": found.source or None,
    }  # fmt: skip


def notices(results: SearchResults, catalogue: Catalogue, words: Wording) -> list[dict[str, Any]]:
    """Return the emergency card, where there is one, what else is urgent, and the line that always stands."""
    found: list[dict[str, Any]] = []
    if results.card:
        heading, text = words.card(catalogue, results.card, results.card_form)
        # Words that sound urgent have a notice with a code of its own; else the condition's row brought the card.
        said = next((one for one in results.notices if one.card == results.card), None)
        found.append(
            {
                "code": said.code if said else results.card,
                "level": said.level if said else _LEVELS[results.card],
                "card": results.card,
                "heading": heading,
                "message": text,
                "reason": heard.why_card(results.card, results.notices, catalogue, words) or None,
            }
        )
    for one in heard.beside_card(results.card, results.notices):
        text = heard.message(one, catalogue, words)
        found.append(
            {"code": one.code, "level": one.level, "card": one.card, "heading": "", "message": text, "reason": None}
        )
    found.append(
        {
            "code": "standing_line",
            "level": "always",
            "card": None,
            "heading": "",
            "message": words.standing_line(),
            "reason": None,
        }
    )
    return found


def listing(found: PractitionerListing | LocationListing, catalogue: Catalogue, words: Wording) -> dict[str, Any]:
    """Return one person with all their places, or one place with its people."""
    about = {"edition": found.edition, "demo": found.is_demo}
    if isinstance(found, PractitionerListing):
        roles = [
            {
                **_role(role, words),
                "capabilities": _capabilities(role, catalogue, words),
                "location": _location(role.location, words),
            }
            for role in found.roles
        ]
        return {**about, "practitioner": _practitioner(found.practitioner, catalogue, words), "roles": roles}
    people = [
        {
            "practitioner": _practitioner(person, catalogue, words),
            **_role(role, words),
            "capabilities": _capabilities(role, catalogue, words),
        }
        for person, role in found.people
    ]
    return {
        **about, "location": _location(found.location, words), "people": people,
        "plans": [
            {"plan": one.plan, "accepts": one.accepts.value, "as_of": _day(one.as_of)} for one in found.plans
        ],
        "capabilities": [_declared(one, catalogue, words) for one in found.declared],
    }  # fmt: skip


def problem(error: FinderError, status: int, words: Wording, *, title: str) -> dict[str, Any]:
    """Return a refusal as RFC 9457 problem details, with its stable code and parameters."""
    parameter = error.params.get("name") if error.code.startswith("parameter_") else None
    if error.code.startswith(("zip_", "town_")):
        parameter = "zip"
    elif error.code == "near_outside":
        parameter = "near"
    elif error.code == "words_missing":
        parameter = "q"
    elif error.code == "age_missing":
        parameter = "age"
    elif error.code in ("condition_unknown", "procedure_unknown"):
        parameter = error.code.partition("_")[0]
    return {
        "type": "about:blank", "title": title, "status": status, "detail": words.error(error), "code": error.code,
        "parameter": parameter, "params": {
            name: list(map(str, value)) if isinstance(value, list | tuple) else str(value)
            for name, value in error.params.items()
        },
    }  # fmt: skip


def _understood(results: SearchResults, catalogue: Catalogue, words: Wording) -> dict[str, Any]:
    if results.understanding is None:
        return {"understanding": None, "matches": []}
    return heard.understood(results.understanding, catalogue, words)


def listed_in(found: ResultList) -> dict[str, Any]:
    """Return how much one of the answer's lists holds."""
    return {
        "count": found.total,
        "count_is_at_least": found.total_is_at_least,
        "begins": found.begins,
        "stated": found.stated,
        "not_stated": found.not_stated,
        "own": found.own,
        "others": found.others,
    }


def matches(some: Sequence[Match], results: SearchResults, catalogue: Catalogue, words: Wording) -> list[bytes]:
    """Return each line of a list as JSON."""
    # What follows from listing, language and day is the same in every answer, and written but once.
    once, day, language = pieces_of(catalogue).once, f"{words.language} {results.today}", words.language
    found = []
    for match in some:
        distance_text, where_text = words.reach(match)
        here = {
            "rank": match.rank,
            "distance_m": round(match.distance_m, 1),
            "distance_miles": round(match.distance_m / METRES_PER_MILE, 2),
            "distance_text": distance_text,
            "direction": match.direction or None,
            "where_text": where_text,
        }
        why: bytes = _NO_REASON
        if match.standing:
            why = once(match.standing, language, _why, match.location, catalogue, words)
        listed = once(match.role or match.location, day, _listed, match, catalogue, words, results.today)
        found.append(b"%b,%b,%b" % (orjson.dumps(here)[:-1], why, listed))
    return found


def _listed(_view: object, match: Match, catalogue: Catalogue, words: Wording, today: dt.date) -> bytes:
    role, person = match.role, match.practitioner
    verified_on = role.verified_on if role else match.location.verified_on
    made: dict[str, Any] = {}
    if person and role:
        made["practitioner"] = _practitioner(person, catalogue, words)
        # All that someone says of their work is many times the rest: it is in their listing.
        made["role"] = _role(role, words)
    made["location"] = _location(match.location, words)
    if person:
        made["other_locations"] = [
            {"id": one.public_id, "name": one.name, "city": one.city, "state": one.state} for one in match.other_places
        ]
    made["freshness"] = {"verified_on": _day(verified_on), "text": words.checked(verified_on, today)}
    return orjson.dumps(made)[1:]


def _why(standing: Standing, place: LocationView, catalogue: Catalogue, words: Wording) -> bytes:
    why, rests_on = words.reason(catalogue, standing, place)
    told = standing.declared
    reason = {
        "basis": standing.basis.value, "target": standing.target, "text": why, "rests_on": rests_on,
        "level": told.level.value if told else None, "approved_by": told.approved_by or None if told else None,
        "approved_on": _day(told.approved_on) if told else None,
    }  # fmt: skip
    return orjson.dumps({"rung": standing.rung.name.lower(), "reason": reason})[1:-1]


def _practitioner(person: PractitionerView, catalogue: Catalogue, words: Wording) -> dict[str, Any]:
    return {
        "id": person.public_id, "npi": person.npi, "name": person.name, "given_name": person.given_name,
        "family_name": person.family_name, "credentials": person.credentials, "gender": person.gender.value,
        "group": person.group,
        "specialties": [{"code": c, "name": words.entry(catalogue, "taxonomy", c)} for c in person.specialties],
        "languages": [{"code": c, "name": words.language_name(c)} for c in person.languages],
        "fellowship": person.fellowship, "board_certified": person.board_certified.value,
        "profile_url": person.profile_url or None, "notice": _notice(person, words), "source": person.source,
    }  # fmt: skip


def _role(role: RoleView, words: Wording) -> dict[str, Any]:
    return {
        "id": role.public_id, "phone": role.phone or role.location.phone or None, "days": role.days,
        "accepting_new_patients": role.accepting_new_patients.value, "referral_needed": role.referral_needed.value,
        "telehealth": role.telehealth.value, "telehealth_states": list(role.telehealth_states),
        "first_visit_with": role.first_visit_with, "youngest_age": role.youngest_age, "oldest_age": role.oldest_age,
        "works_with": role.works_with or None, "booking_url": role.booking_url or None,
        "notice": _notice(role, words), "verified_on": _day(role.verified_on),
    }  # fmt: skip


def _capabilities(role: RoleView, catalogue: Catalogue, words: Wording) -> list[dict[str, Any]]:
    return [_declared(one, catalogue, words) for one in role.declared]


def _location(place: LocationView, words: Wording) -> dict[str, Any]:
    return {
        "id": place.public_id, "name": place.name, "organization": place.organization or None,
        "kind": place.kind.value,
        "address": {
            "line_1": place.address, "line_2": place.address_2, "city": place.city, "state": place.state,
            "zip_code": place.zip_code,
        },
        "phone": place.phone or None, "relay_phone": place.relay_phone or None, "url": place.url or None,
        "position": None if place.latitude is None else {
            "latitude": place.latitude, "longitude": place.longitude, "from": place.position_kind.value,
        },
        "hours": place.hours, "directions": place.directions,
        **{name: getattr(place, name).value for name in (
            "step_free", "lift", "adjustable_exam_table", "accessible_parking", "interpreter",
        )},
        "phone_languages": list(place.answers_phone_in),
        "services": [_service(one) for one in place.services], "notice": _notice(place, words),
        "verified_on": _day(place.verified_on), "source": place.source,
    }  # fmt: skip


def _notice(view: PractitionerView | RoleView | LocationView, words: Wording) -> dict[str, str] | None:
    if view.notice is None:
        return None
    return notice_said(view.notice, words)._asdict()


def _service(service: ServiceView) -> dict[str, Any]:
    return {
        "service": service.kind.value, "offered": service.offered.value, "open_24_hours": service.open_24_hours.value,
        "detail": service.detail, "hours": service.hours, "phone": service.phone or None,
    }  # fmt: skip


def _declared(one: Declared, catalogue: Catalogue, words: Wording) -> dict[str, Any]:
    return {
        "kind": one.kind.value, "id": one.target, "name": words.entry(catalogue, one.kind.value, one.target),
        "level": one.level.value, "approved_by": one.approved_by or None, "approved_on": _day(one.approved_on),
    }  # fmt: skip


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None
