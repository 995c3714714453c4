"""The form and the results. Plain HTML; no script is needed.

Where searches are private, forms are sent by POST to the same addresses and read alike.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed

from finder.errors import QuestionError
from finder.formats import heard as words_heard
from finder.formats import problems
from finder.formats.asides import asides
from finder.formats.picture import directory_picture, picture
from finder.search import Index, SearchQuery, SearchResults
from finder.search.filters import Unit
from finder.search.opening import walk_in_opening
from finder.search.query import GROUPS, MAX_OFFSET, STAGES
from finder.web.asked import search
from finder.web.context import as_picked, asked_parameters, given, host, now, private, reading, today, words
from finder.web.embedding import embedding, own_page
from finder.web.patients.page import NAMES, blueprint, page, this_request, typed
from finder.web.patients.urgent import all_signed
from finder.web.posting import is_ours
from finder.web.replies import quoted

blueprint.add_app_template_global(directory_picture, "directory_picture")
blueprint.add_app_template_global(walk_in_opening, "walk_in_opening")


@blueprint.get("/")
def home() -> str:
    """Ask where and what; a link, or the web site that shows the finder, may say beforehand what is wrong."""
    shown = embedding()
    with reading() as (index, _connection):
        condition = request.args.get("condition") or (shown.site.condition if shown else "")
        stage = request.args.get("stage") or (shown.site.stage if shown else "")
        preset = {"condition": condition} if condition in index.catalogue.conditions else {}
        preset |= {"stage": stage} if stage in STAGES else {}
        return page("home", index=index, typed=preset, error=None, groups=problems.groups(index.catalogue, words()))


@blueprint.route("/specialists", methods=["GET", "POST"])
def specialists() -> ResponseReturnValue:
    """Show the nearest people."""
    return _results("people")


@blueprint.route("/places", methods=["GET", "POST"])
def places() -> ResponseReturnValue:
    """Show the nearest places."""
    return _results("places")


def _results(unit: Unit) -> ResponseReturnValue:
    guard()
    with reading() as (index, connection):
        try:
            query = asked(unit)
            results = search(index, connection, query, today(), host(), with_choices=True)
        except QuestionError as error:
            return page("home", index=index, typed=typed(), error=error), 400
        w, more = words(), query.offset + query.limit
        return page(
            "results", is_signed=all_signed(connection, index.catalogue, results, w.language), index=index, typed=typed(), results=results, unit=unit, said=asides(results, w),
            now=now(), drawn=None if results.refused else picture(results, w), share=_shared(results),
            heard=words_heard.said(results, index.catalogue, w), tabs=_tabs(results, index),
            kept={name: value for name, value in typed().items() if name in NAMES - {"offset", "lang"}},
            max_offset=MAX_OFFSET, next_offset=more if any(more < one.begins + one.total for one in results.lists) and more <= MAX_OFFSET else None,
        )  # fmt: skip


def _tabs(results: SearchResults, index: Index) -> list[tuple[str, str | None, bool]]:
    """Return the groups of people that can be listed as (name, value of `group`, whether it is the one shown)."""
    if results.query.unit != "people" or not results.condition:
        return []
    w, chosen = words(), results.query.group
    opening = index.works[results.procedure or results.condition].opens_first(results.query.age)
    names = {key: w.entry(index.catalogue, "role_group", key) for key in GROUPS}
    # Amid a sentence their names begin small.
    told = [names[key] if not n else names[key][:1].lower() + names[key][1:] for n, key in enumerate(opening)]
    first = [(w.listed(told), None, chosen == "first")] if opening else []
    # Those that open are one tab; one of them alone can be asked for among more choices.
    others = [(names[key], key, chosen == key) for key in GROUPS if key not in opening or key == chosen]
    return [*first, *others, (w("Everyone"), "all", chosen == "all" or not (first or chosen in GROUPS))]


def guard() -> None:
    """Refuse a form where questions are asked by address, and one that another site has sent.

    A web site that shows the finder may have a form of either method in its pages, and may hide its origin: a search
    changes nothing, so that nobody is harmed by one.
    """
    shown = embedding()
    if request.method == "POST":
        if not private() and not shown:
            raise MethodNotAllowed(["GET", "HEAD", "OPTIONS"])
        if not is_ours() and not (shown and request.headers.get("Origin", "null") in ("null", *shown.site.origins)):
            raise QuestionError("form_from_elsewhere")


def asked(unit: Unit) -> SearchQuery:
    """Return the question of this request. Raises QuestionError where it cannot be read."""
    if private() and not given():
        # As after a reload: what was asked stood in no address.
        raise QuestionError("search_not_kept")
    return as_picked(SearchQuery.parse(_ours(asked_parameters()), unit))


def _shared(results: SearchResults) -> str:
    """Return the address of this list for others: without the words, with what they were taken to mean instead.

    Nothing where searches are private, or where there is no list. One's own point goes as the ZIP code next to it.
    """
    if private() or results.refused:
        return ""
    query = results.query
    here = this_request()
    kept = {name: text for name, text in here.texts.items() if here.typed[name]}
    for name in ("q", "near", "offset", "lang"):
        kept.pop(name, None)
    kept["zip"] = f"zip={quoted(_asked_zip(results))}"
    if query.q_decides:
        name, meant = ("procedure", results.procedure) if results.procedure else ("condition", results.condition)
        kept[name] = f"{name}={quoted(str(meant))}"
        kept |= {"stage": f"stage={quoted(results.stage)}"} if results.stage else {}
    return own_page(f"{here.path}?{'&'.join(kept.values())}")


def _asked_zip(results: SearchResults) -> str:
    """Return what to ask with for the same origin: a ZIP code in five digits, a town as typed, or the next ZIP code."""
    return results.origin.zip_code or results.query.zip or results.origin.near


def _ours(given: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the parameters that are ours; newsletters and other sites hang their own on links to a page."""
    return {name: values for name, values in given.items() if name in NAMES}
