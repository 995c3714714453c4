"""Parts of pages that many answers have in common, made once: what is said of a listing, and most of the form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app, g
from markupsafe import Markup, escape

from finder.db.catalogue import Catalogue
from finder.formats.made_once import once
from finder.formats.wording import Wording
from finder.search import Index
from finder.search.results import LocationView, Match
from finder.search.treats import Standing
from finder.web.context import given
from finder.web.patients.page import NAMES, blueprint

# Fields that are the asker's own.
_OWN = ("name", "plan", "age")


# Stands in a card for what differs from answer to answer: its rank, the query of its link, how far, and why.
_HOLE = "\0"


@blueprint.app_template_global()
def card(match: Match, w: Wording, catalogue: Catalogue, today: dt.date, trail: str) -> Markup:
    """Return a listing as a card; `trail` is what its link keeps of the question, "?" included."""
    kept: list[str] = once(
        catalogue, match.role or match.location, _form_of(w, today), _card, match, w, catalogue, today
    )  # fmt: skip
    before, link, far, reason, rest = kept
    said = str(match.rank), escape(trail), escape(w.where(match)), why(match, w, catalogue)
    return Markup(  # noqa: S704 - each part is escaped
        "".join((before, said[0], link, said[1], far, said[2], reason, said[3], rest))
    )


def _card(_view: object, match: Match, w: Wording, catalogue: Catalogue, today: dt.date) -> list[str]:
    made = _macros().card(
        w, catalogue, match.practitioner, match.role, match.location, len(match.other_places), today, _HOLE
    )
    return str(made).split(_HOLE)


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
    chosen = sorted(
        (name, text) for name, text in typed.items() if name in NAMES - {"zip", "near", "q", "lang", "offset"}
    )
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
        g.form = f"{w.language} {given().get('lang')} {today}"
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
