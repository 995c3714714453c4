"""The patients' pages: the form, the results, a person, a place. Plain HTML; no script is needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from finder.db.catalogue import Catalogue
from finder.errors import ListingMissing, QuestionError
from finder.formats import heard as words_heard
from finder.formats.asides import asides
from finder.formats.made_once import once
from finder.formats.wording import Wording
from finder.search import PARAMETERS, Index, SearchQuery, listing, search
from finder.search.filters import Unit
from finder.search.listings import current_public_id
from finder.search.phrases import UNKNOWN, Notice, understand
from finder.search.query import LONGEST_WORDS, MAX_OFFSET
from finder.search.results import LocationView, Match, PractitionerListing
from finder.search.treats import Standing
from finder.web.context import asked_parameters, directory, host, listed_id, reading, settings, today, words

blueprint = Blueprint("patients", __name__)
_NAMES = {parameter.name for parameter in PARAMETERS}
# Asked for beneath "More choices".
_FILTERS = _NAMES - {"zip", "condition", "procedure", "q", "age", "stage", "lang", "limit", "offset"}


@blueprint.get("/")
def home() -> str:
    """Ask where and what."""
    with reading() as (index, _connection):
        return _page("home", index=index, typed={}, error=None)


@blueprint.get("/specialists")
def specialists() -> ResponseReturnValue:
    """Show the nearest people."""
    return _results("people")


@blueprint.get("/places")
def places() -> ResponseReturnValue:
    """Show the nearest places."""
    return _results("places")


@blueprint.get("/specialist/<public_id>")
def specialist(public_id: str) -> ResponseReturnValue:
    """Show one person and all their places."""
    return _listing(public_id, person=True)


@blueprint.get("/place/<public_id>")
def place(public_id: str) -> ResponseReturnValue:
    """Show one place and its people."""
    return _listing(public_id, person=False)


@blueprint.app_template_global()
def address(endpoint: str, **changed: object) -> str:
    """Return an address with this request's parameters, some changed; None drops one. Language always stays."""
    # Only our own parameters: url_for takes others, such as _scheme, for orders to itself.
    staying = _NAMES if endpoint == request.endpoint else {"lang"}
    kept = {name: value for name, value in request.args.items() if name in staying}
    values = {**kept, **{name: value for name, value in changed.items() if value is not None}}
    for name in (name for name, value in changed.items() if value is None):
        values.pop(name, None)
    if "public_id" in values:
        return url_for(endpoint, **values)  # type: ignore[arg-type]
    # Worked out by the library each time, the few paths there are would take longer than all the rest of a page.
    path = _path(request.script_root, endpoint)
    return f"{path}?{urlencode(values)}" if values else path


@lru_cache(maxsize=64)
def _path(_root: str, endpoint: str) -> str:
    return url_for(endpoint)


@dataclass(frozen=True)
class Alarm:
    """What is urgent where there is no answer: the catalogue that says so, the card, its form, and all notices."""

    catalogue: Catalogue
    card: str | None
    card_form: str | None
    notices: tuple[Notice, ...]


# Fields that are the asker's own.
_OWN = ("name", "plan", "age")


@dataclass(frozen=True)
class Card:
    """What of a match's card is the same in every answer."""

    name: str
    kind: str
    rest: str


@blueprint.app_template_global()
def card(match: Match, w: Wording, catalogue: Catalogue, today: dt.date) -> Card:
    """Return the parts of a card that follow from the listing, the language and the day."""
    made: Card = once(catalogue, match.role or match.location, _form_of(w, today), _card, match, w, catalogue, today)
    return made


def _card(_view: object, match: Match, w: Wording, catalogue: Catalogue, today: dt.date) -> Card:
    person, role, place = match.practitioner, match.role, match.location
    macros = _macros()
    return Card(
        macros.name(w, person, place), macros.kind(w, catalogue, person, role, place),
        macros.rest(w, person, role, place, len(match.other_places), today),
    )  # fmt: skip


@blueprint.app_template_global()
def why(match: Match, w: Wording, catalogue: Catalogue) -> str:
    """Return why a match is listed, "" where nothing was asked for that it could be listed for."""
    if match.standing is None:
        return ""
    made: str = once(catalogue, match.standing, w.language, _why, match.location, w, catalogue)
    return made


def _why(standing: Standing, place: LocationView, w: Wording, catalogue: Catalogue) -> str:
    made: str = _macros().why(w, catalogue, standing, place)
    return made


def _macros() -> Any:
    return current_app.jinja_env.get_template("patients/_card.html").module


@blueprint.app_template_global()
def kept_rest(form_rest: Callable[..., str], w: Wording, index: Index, typed: Mapping[str, str]) -> str:
    """Return the form but for the ZIP code and the patient's words: what many have in common, and may be kept.

    With what someone wrote or what is theirs alone in it, it is made anew and not kept.
    """
    if any(typed.get(name) for name in _OWN):
        return form_rest(w, index, typed, None)
    chosen = sorted((name, text) for name, text in typed.items() if name in _NAMES - {"zip", "q", "lang", "offset"})
    made: str = once(
        index.catalogue, index.catalogue, f"{index.edition} {w.language} {chosen}", _rest, form_rest, w, index, typed
    )
    return made


def _rest(
    _catalogue: Catalogue, form_rest: Callable[..., str], w: Wording, index: Index, typed: Mapping[str, str]
) -> str:
    return form_rest(w, index, typed, None)


def _form_of(w: Wording, today: dt.date) -> str:
    """Return what the static parts of a page depend on: language, whether links carry it, and the day."""
    if "form" not in g:
        g.form = f"{w.language} {request.args.get('lang')} {today}"
    form: str = g.form
    return form


@blueprint.app_template_filter()
def as_choice(code: str, w: Wording) -> tuple[str, str]:
    """Return a language's code and name."""
    return code, w.language_name(code)


@blueprint.app_template_filter()
def as_group(key: str, index: Index, w: Wording) -> tuple[str, str]:
    """Return a role group and its name."""
    return key, w.entry(index.catalogue, "role_group", key)


@blueprint.app_template_filter()
def as_specialty(code: str, index: Index, w: Wording) -> tuple[str, str]:
    """Return a specialty's code and name."""
    return code, w.entry(index.catalogue, "taxonomy", code)


@blueprint.app_template_filter()
def twice(text: str) -> tuple[str, str]:
    """Return a text as value and label of a choice."""
    return text, text


@blueprint.app_template_filter()
def language_name(code: str, w: Wording) -> str:
    """Return a language's name in the page's language."""
    return w.language_name(code)


blueprint.add_app_template_global(words_heard.beside_card, "beside_card")
blueprint.add_app_template_global(words_heard.message, "message_of")
blueprint.add_app_template_global(words_heard.line_of, "line_of")


def _results(unit: Unit) -> ResponseReturnValue:
    with reading() as (index, connection):
        try:
            query = _as_picked(SearchQuery.parse(_ours(asked_parameters()), unit))
            results = search(index, connection, query, today(), host())
        except QuestionError as error:
            return _page("home", index=index, typed=request.args, error=error), 400
        more = query.offset + query.limit
        return _page(
            "results", index=index, typed=request.args, results=results, unit=unit, said=asides(results, words()),
            heard=words_heard.said(results, index.catalogue, words()),
            kept={name: value for name, value in request.args.items() if name in _NAMES - {"offset", "lang"}},
            group_names=[words().entry(index.catalogue, "role_group", group) for group in results.groups],
            max_offset=MAX_OFFSET, next_offset=more if any(more < one.begins + one.total for one in results.lists) and more <= MAX_OFFSET else None,
        )  # fmt: skip


def _as_picked(query: SearchQuery) -> SearchQuery:
    """Return the question of a form in which nothing was picked or typed: hip pain whose cause is open."""
    if "condition" not in request.args or query.condition or query.procedure or query.q or query.name:
        return query
    return replace(query, condition=UNKNOWN)


@blueprint.app_template_global()
def alarm() -> Alarm | None:
    """Return what is urgent in the words of a question without an answer: a slip in the ZIP code, or an outage."""
    typed = request.args.get("q", "")[:LONGEST_WORDS].strip()
    if not typed:
        return None
    try:
        index = directory().index
        found = understand(index.lexicon, typed).notices
    except Exception:
        # Whatever has failed, the page that says so goes out.
        return None
    first = next((one for one in found if one.card), None)
    card, form = (first.card, first.card_form) if first else (None, None)
    return Alarm(index.catalogue, card, form, found) if found else None


def _ours(given: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the parameters that are ours; newsletters and other sites hang their own on links to a page."""
    return {name: values for name, values in given.items() if name in _NAMES}


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
        return _page("specialist" if person else "place", index=index, found=found)


def _page(name: str, **values: object) -> str:
    return render_template(
        f"patients/{name}.html", w=words(), site=settings(), today=today(), filter_names=_FILTERS, **values
    )
