"""The list on paper: whom to call, in what order, what to ask and what to bring, with room to write."""

from __future__ import annotations

from dataclasses import replace

from flask.typing import ResponseReturnValue
from markupsafe import Markup

from finder.db.hours import days_open
from finder.desk.catalogue import is_signed
from finder.errors import QuestionError
from finder.formats import hours
from finder.formats.wording import Wording
from finder.search import Index, SearchResults
from finder.search.filters import Unit
from finder.search.results import LocationView
from finder.web.asked import search
from finder.web.context import given, host, now, private, reading, today, words
from finder.web.embedding import face, own_page
from finder.web.patients.page import NAMES, blueprint, page, way
from finder.web.patients.results import asked, guard

_MOST = 10


@blueprint.route("/specialists/print", methods=["GET", "POST"])
def print_specialists() -> ResponseReturnValue:
    """Show the nearest people for paper."""
    return _print("people")


@blueprint.route("/places/print", methods=["GET", "POST"])
def print_places() -> ResponseReturnValue:
    """Show the nearest places for paper."""
    return _print("places")


@blueprint.app_template_global()
def print_way(unit: Unit, label: str) -> Markup:
    """Return a link to this request's list for paper; from inside another page it leads to one of its own."""
    endpoint = "patients.print_places" if unit == "places" else "patients.print_specialists"
    if face() in ("", "page"):
        return way(endpoint, label, _all_but("limit"))
    made = way(endpoint, label, _all_but("limit"), **{"formtarget" if private() else "target": "_blank"})
    return Markup(own_page(made))  # noqa: S704 - a link of ours, to another face


def _all_but(*names: str) -> dict[str, str]:
    return {name: value for name, value in given().items() if name in NAMES.difference(names)}


@blueprint.app_template_global()
def hours_in_words(place: LocationView, w: Wording) -> str:
    """Return the hours of a place in a line, as words where they are stored so, "" where nobody stated them."""
    days = days_open(place.hours)
    return hours.in_words(days, w) if days else place.hours


def _print(unit: Unit) -> ResponseReturnValue:
    guard()
    with reading() as (index, connection):
        try:
            query = asked(unit)
            results = search(index, connection, replace(query, limit=min(query.limit, _MOST)), today(), host())
        except QuestionError as error:
            return page("home", index=index, typed=given(), error=error), 400
        w = words()
        about = _asks(results, index, w.language)
        signed = bool(about) and is_signed(connection, "condition", results.condition or "", w.language, now())
        back = f"patients.{'places' if unit == 'places' else 'specialists'}", _all_but()
        matches = [match for one in results.lists for match in one.matches]
        return page(
            "print", index=index, results=results, unit=unit, matches=matches, asks=about, signed=signed, back=back
        )


def _asks(results: SearchResults, index: Index, language: str) -> str:
    """Return what the catalogue says to ask about the problem, "" where it says nothing of it."""
    condition = index.catalogue.conditions.get(results.condition or "")
    return str(condition.body.get(f"what_to_ask_{language}") or "") if condition else ""
