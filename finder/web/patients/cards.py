"""Parts of pages that many answers have in common, made once: what is said of a listing, and most of the form."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import current_app, request
from markupsafe import Markup, escape

from finder.db.catalogue import Catalogue
from finder.errors import FinderError
from finder.formats.made_once import pieces_of
from finder.formats.wording import LANGUAGES, Wording
from finder.search import Index
from finder.search.results import LocationView, Match, SearchResults
from finder.search.treats import Standing
from finder.web.context import site, words
from finder.web.patients.page import NAMES, blueprint, this_request
from finder.web.patients.page import typed as given

# What is the asker's own in a form, in the order in which it stands there, as far as it is shown; and what else
# people write themselves.
_OWN, _WRITTEN = (("zip", 60), ("near", 40), ("q", 500)), ("name", "plan", "age")
# Asked for beneath "More choices".
_FILTERS = NAMES - {"zip", "near", "condition", "procedure", "q", "age", "stage", "lang", "limit", "offset"}
_CHOSEN = NAMES - {"zip", "near", "q", "lang", "offset"}
# Stands for what differs from answer to answer, as in a card its rank, the query of its link, how far, and why.
_HOLE = "\0"
_FRAMES = "finder.frames"


@blueprint.app_template_global()
def match_list(matches: Sequence[Match], w: Wording, catalogue: Catalogue, today: dt.date, trail: str) -> Markup:
    """Return a list of listings as cards; `trail` is what their links keep of the question, "?" included."""
    # What the static parts of a card depend on: language, whether links carry it, the day, and inside whose page.
    kept_as, end = f"{w.language} {given().get('lang')} {today} {request.script_root}", escape(trail)
    once = pieces_of(catalogue).once
    lines = [f'<ol class="bare" start="{matches[0].rank}">\n']
    for match in matches:
        before, link, far, reason, rest = once(
            match.role or match.location, kept_as, _card, match, w, catalogue, today
        )  # fmt: skip
        lines += (
            before, str(match.rank), link, end, far, escape(w.where(match)), reason, why(match, w, catalogue), rest, "\n",
        )  # fmt: skip
    lines.append("</ol>")
    return Markup("".join(lines))  # noqa: S704 - each part is escaped


def _card(_view: object, match: Match, w: Wording, catalogue: Catalogue, today: dt.date) -> list[str]:
    made = macros("card").card(
        w, catalogue, match.practitioner, match.role, match.location, len(match.other_places), today, _HOLE
    )
    return str(made).split(_HOLE)


@blueprint.app_template_global()
def why(match: Match, w: Wording, catalogue: Catalogue) -> str:
    """Return why a match is listed, "" where nothing was asked for that it could be listed for."""
    if match.standing is None:
        return ""
    made: str = pieces_of(catalogue).once(match.standing, w.language, _why, match.location, w, catalogue)
    return made


def _why(standing: Standing, place: LocationView, w: Wording, catalogue: Catalogue) -> str:
    made: str = macros("card").why(w, catalogue, standing, place)
    return made


@blueprint.app_template_global()
def macros(name: str) -> Any:
    """Return the macros of a file of parts; for a page, an import costs what a dozen cards do."""
    return current_app.jinja_env.get_template(f"patients/_{name}.html").module


@blueprint.app_template_global()
def frame(part: str) -> Markup:
    """Return a part of what frames every page, made once for each page and language."""
    w, asked = words(), this_request()
    here, lang = asked.endpoint, asked.typed.get("lang")
    made: dict[object, Markup] = current_app.extensions.setdefault(_FRAMES, {})
    key = part, w.language, lang, here, asked.root
    if key in made:
        return made[key]
    found: Markup = getattr(macros("frame"), part)(w, site(), here)
    # Of what anyone may write into an address nothing is kept.
    if lang in (None, *LANGUAGES):
        made[key] = found
    return found


@blueprint.app_template_global()
def narrow(
    make: Callable[..., str], w: Wording, catalogue: Catalogue, results: SearchResults, kept: Mapping[str, str]
) -> Markup:
    """Return the form that asks again with further choices, and how many say each; made once but for the numbers."""
    if not results.choices:
        return Markup()
    shown = [(name, value, count) for name, value, count in results.choices if count or kept.get(name) == value]
    names = [*(name for name, _value, _count in results.choices), "sort", "radius"]
    chosen = {name: kept[name] for name in names if name in kept}
    before = {"lang": w.language} if given().get("lang") else {}
    before |= {name: value for name, value in kept.items() if name not in names}
    fields = "\n".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in before.items())
    form = [name_and_value[:2] for name_and_value in shown], chosen, request.endpoint, results.main.total_is_at_least
    parts: list[str] = pieces_of(catalogue).once(
        catalogue, f"{w.language} {request.script_root} {form}", _narrow, make, w, *form
    )  # fmt: skip
    return _filled(parts, [fields, *(str(count) for _name, _value, count in shown)])


def _narrow(_catalogue: Catalogue, make: Callable[..., str], w: Wording, *form: object) -> list[str]:
    return str(make(w, *form, _HOLE, _HOLE)).split(_HOLE)


@blueprint.app_template_global()
def form(
    make: Callable[..., str], w: Wording, index: Index, typed: Mapping[str, str], error: FinderError | None
) -> Markup:
    """Return the form for a search, filled in as it was; made once for those who chose alike, but for their own words.

    Where somebody wrote more than where and what, or something is wrong, it is made anew and not kept.
    """
    # How far an emergency has come is asked anew, but for where a page is about one.
    typed = {name: text for name, text in typed.items() if name != "stage" or request.endpoint == "patients.home"}
    if error or any(typed.get(name) for name in _WRITTEN):
        return Markup(make(w, index, typed, error))  # noqa: S704 - a template has escaped it
    own = [(name, typed[name][:longest]) for name, longest in _OWN if typed.get(name)]
    chosen = {name: typed[name] for name in sorted(_CHOSEN) if typed.get(name)} | {name: _HOLE for name, _text in own}
    key = f"{index.edition} {w.language} {given().get('lang')} {request.script_root} {chosen}"
    parts: list[str] = pieces_of(index.catalogue).once(index.catalogue, key, _form, make, w, index, chosen)
    return _filled(parts, [str(escape(text)) for _name, text in own])


def _form(
    _catalogue: Catalogue, make: Callable[..., str], w: Wording, index: Index, chosen: Mapping[str, str]
) -> list[str]:
    return str(make(w, index, chosen, None)).split(_HOLE)


def _filled(parts: list[str], holes: list[str]) -> Markup:
    """Return what was made with something in each of its holes, all of it markup."""
    return Markup("".join(itertools.chain(*zip(parts, (*holes, ""), strict=True))))  # noqa: S704


@blueprint.app_template_filter()
def has_filters(typed: Mapping[str, str]) -> bool:
    """Return whether anything beneath "More choices" was asked for."""
    return not _FILTERS.isdisjoint(typed)


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
