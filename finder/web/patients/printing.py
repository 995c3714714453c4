"""The list on paper: whom to call, in what order, what to ask and what to bring, with room to write."""

from __future__ import annotations

from dataclasses import replace

from flask import request
from flask.typing import ResponseReturnValue

from finder.db.hours import days_open
from finder.desk.catalogue import is_signed
from finder.errors import QuestionError
from finder.formats import hours
from finder.formats.wording import Wording
from finder.search import Index, SearchResults, search
from finder.search.filters import Unit
from finder.search.results import LocationView
from finder.web.context import host, now, reading, today, words
from finder.web.patients.page import NAMES, address, blueprint, page
from finder.web.patients.results import asked

_MOST = 10


@blueprint.get("/specialists/print")
def print_specialists() -> ResponseReturnValue:
    """Show the nearest people for paper."""
    return _print("people")


@blueprint.get("/places/print")
def print_places() -> ResponseReturnValue:
    """Show the nearest places for paper."""
    return _print("places")


@blueprint.app_template_global()
def print_address(unit: Unit) -> str:
    """Return the address of this request's list for paper."""
    kept = {name: value for name, value in request.args.items() if name in NAMES - {"limit"}}
    return address("patients.print_places" if unit == "places" else "patients.print_specialists", **kept)


@blueprint.app_template_global()
def hours_in_words(place: LocationView, w: Wording) -> str:
    """Return the hours of a place in a line, as words where they are stored so, "" where nobody stated them."""
    days = days_open(place.hours)
    return hours.in_words(days, w) if days else place.hours


def _print(unit: Unit) -> ResponseReturnValue:
    with reading() as (index, connection):
        try:
            query = asked(unit)
            results = search(index, connection, replace(query, limit=min(query.limit, _MOST)), today(), host())
        except QuestionError as error:
            return page("home", index=index, typed=request.args, error=error), 400
        w = words()
        about = _asks(results, index, w.language)
        signed = bool(about) and is_signed(connection, "condition", results.condition or "", w.language, now())
        kept = {name: value for name, value in request.args.items() if name in NAMES}
        back = address(f"patients.{'places' if unit == 'places' else 'specialists'}", **kept)
        matches = [match for one in results.lists for match in one.matches]
        return page(
            "print", index=index, results=results, unit=unit, matches=matches, asks=about, signed=signed, back=back
        )


def _asks(results: SearchResults, index: Index, language: str) -> str:
    """Return what the catalogue says to ask about the problem, "" where it says nothing of it."""
    condition = index.catalogue.conditions.get(results.condition or "")
    return str(condition.body.get(f"what_to_ask_{language}") or "") if condition else ""
