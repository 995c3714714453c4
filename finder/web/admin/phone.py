"""For whoever answers the telephone: what patients would be shown, with notes for staff and what to say.

The caller's words come in a form and stay in this one answer: in no address, session, log or table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from finder.db.catalogue import Catalogue
from finder.desk.accounts import Deed
from finder.desk.catalogue import is_signed
from finder.desk.notes import Note, notes_of
from finder.errors import ListingMissing, QuestionError
from finder.formats import callers, hours, persons, plans
from finder.formats import heard as words_heard
from finder.formats.asides import asides
from finder.formats.callers import Script
from finder.formats.wording import LANGUAGES, Wording, wording
from finder.search import PARAMETERS, Index, SearchQuery, SearchResults, listing
from finder.search.opening import opening
from finder.search.phrases import understand
from finder.search.query import LONGEST_WORDS, MAX_OFFSET
from finder.search.results import Match, PractitionerListing
from finder.web.admin.door import blueprint, needs, page
from finder.web.asked import search
from finder.web.context import as_picked, asked_parameters, given, host, now, reading, today

NAMES = frozenset(parameter.name for parameter in PARAMETERS)
# Of the form alone: which list, and whether the keys are off.
_OURS = ("unit", "keys")


@dataclass(frozen=True)
class Line:
    """One line of a list: what patients see of it, and what staff know."""

    match: Match
    who: str
    person_note: Note | None
    place_note: Note | None
    open_now: str
    holiday: str
    work: persons.WorkSaid | None
    facts: tuple[persons.Fact, ...]
    plans: tuple[plans.PlansOfGroup, ...]


@blueprint.app_template_global()
def lines_of(lines: Mapping[int, Line], match: Match) -> Line:
    """Return the line of a match."""
    return lines[id(match)]


@blueprint.app_template_filter()
def caller_language(code: str, w: Wording) -> str:
    """Return a language's name."""
    return w.language_name(code)


@blueprint.app_template_filter()
def caller_choice(code: str, w: Wording) -> tuple[str, str]:
    """Return a language's code and name."""
    return code, w.language_name(code)


@blueprint.app_template_filter()
def caller_group(key: str, catalogue: Catalogue, w: Wording) -> tuple[str, str]:
    """Return a role group and its name."""
    return key, w.entry(catalogue, "role_group", key)


@blueprint.app_template_filter()
def caller_twice(text: str) -> tuple[str, str]:
    """Return a plan as value and as text."""
    return text, text


@blueprint.route("/phone", methods=["GET", "POST"])
@needs(Deed.SEE)
def phone() -> ResponseReturnValue:
    """Ask what a caller says, and show the answer to read from."""
    # What stands in an address is not looked at, so that nobody makes a habit of it.
    is_sent = request.method == "POST"
    asked = given().to_dict() if is_sent else {}
    g.words = w = wording("es" if asked.get("lang") == "es" else "en")
    typed = {name: asked[name] for name in (*NAMES, *_OURS) if asked.get(name)}
    with reading() as (index, connection):
        shown: dict[str, Any] = {
            "index": index, "typed": typed, "first": callers.before_anything(), "said_in": w, "today": today(),
            "cards": callers.cards(index.catalogue),
        }  # fmt: skip
        if not is_sent:
            return page("phone", results=None, urgent=(), refusal=None, **shown)
        try:
            results = search(index, connection, _question(typed), today(), host())
        except QuestionError as error:
            found = _urgent_words(typed, index)
            return page("phone", results=None, urgent=found, refusal=error, **shown), 400
        asks = results.asks_now_or_treated and results.query.stage != "now"
        urgent = callers.urgent(results.card, results.card_form, results.notices, index.catalogue, asks=asks)
        more = results.query.offset + results.query.limit
        has_more = any(more < one.begins + one.total for one in results.lists) and more <= MAX_OFFSET
        return page(
            "phone", results=results, urgent=urgent, refusal=None, unsigned=_unsigned(connection, urgent),
            heard=words_heard.said(results, index.catalogue, w), asides=asides(results, w), asks=asks,
            lines=_lines(index, connection, results, w), next_offset=more if has_more else None, **shown,
        )  # fmt: skip


def _question(typed: Mapping[str, str]) -> SearchQuery:
    """Return the question of the form, read as the patients' form is."""
    unit = typed.get("unit", "people")
    asked = {name: values for name, values in asked_parameters().items() if name in NAMES}
    return as_picked(SearchQuery.parse(asked, "places" if unit == "places" else "people"))


def _urgent_words(typed: Mapping[str, str], index: Index) -> tuple[Script, ...]:
    """Return what is urgent in words that get no list, as after a slip in the ZIP code."""
    words_typed = typed.get("q", "")[:LONGEST_WORDS].strip()
    notices = understand(index.lexicon, words_typed).notices if words_typed else ()
    first = next((one for one in notices if one.card), None)
    card, form = (first.card, first.card_form) if first else (None, None)
    return callers.urgent(card, form, notices, index.catalogue)


def _unsigned(connection: Connection, scripts: tuple[Script, ...]) -> bool:
    """Return whether clinicians have not approved all that is to be said."""
    moment = dt.datetime.now(dt.UTC)
    rows = {(kind, key, language) for one in scripts for kind, key in one.rows for language in LANGUAGES}
    return not all(is_signed(connection, kind, key, language, moment) for kind, key, language in rows)


def _lines(index: Index, connection: Connection, results: SearchResults, w: Wording) -> dict[int, Line]:
    """Return each line of an answer by the id of its match."""
    some = (
        *(match for one in results.lists for match in one.matches),
        *results.emergency_departments, *results.walk_in, *results.by_video,
    )  # fmt: skip
    places = [match.location.public_id for match in some]
    people = [match.practitioner.public_id for match in some if match.practitioner]
    notes = notes_of(connection, [*places, *people])
    return {id(match): _line(index, connection, match, notes, w) for match in some}


def _line(index: Index, connection: Connection, match: Match, notes: Mapping[str, Note], w: Wording) -> Line:
    person, place = match.practitioner, match.location
    who = w.place_name(place)
    if person:
        who = f"{person.name}, {person.credentials}" if person.credentials else person.name
    found = opening(place, now())
    work: persons.WorkSaid | None = None
    facts: tuple[persons.Fact, ...] = ()
    paid: tuple[plans.PlansOfGroup, ...] = ()
    try:
        whole = listing(index, connection, (person or place).public_id, today())
    except ListingMissing:
        # The database is an edition further than this worker.
        whole = None
    if isinstance(whole, PractitionerListing):
        work, facts = persons.work(whole, index.catalogue, w), persons.before_you_call(whole, w)
        here = next((n for n, role in enumerate(whole.roles) if role.location.public_id == place.public_id), None)
        paid = plans.by_group(whole.plans[here], place, w) if here is not None and whole.plans else ()
    elif whole is not None:
        paid = plans.by_group(whole.plans, place, w)
    return Line(
        match, who, notes.get(person.public_id) if person else None, notes.get(place.public_id),
        hours.now(found, w) if found else "", hours.holiday(found, w) if found else "", work, facts, paid,
    )  # fmt: skip
