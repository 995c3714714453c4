"""The form and the results. Plain HTML; no script is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import request
from flask.typing import ResponseReturnValue

from finder.errors import QuestionError
from finder.formats import heard as words_heard
from finder.formats.asides import asides
from finder.formats.picture import directory_picture, picture
from finder.search import SearchQuery, search
from finder.search.filters import Unit
from finder.search.phrases import UNKNOWN
from finder.search.query import MAX_OFFSET
from finder.web.context import asked_parameters, host, reading, today, words
from finder.web.patients.page import NAMES, blueprint, page

blueprint.add_app_template_global(directory_picture, "directory_picture")


@blueprint.get("/")
def home() -> str:
    """Ask where and what."""
    with reading() as (index, _connection):
        return page("home", index=index, typed={}, error=None)


@blueprint.get("/specialists")
def specialists() -> ResponseReturnValue:
    """Show the nearest people."""
    return _results("people")


@blueprint.get("/places")
def places() -> ResponseReturnValue:
    """Show the nearest places."""
    return _results("places")


def _results(unit: Unit) -> ResponseReturnValue:
    with reading() as (index, connection):
        try:
            query = _as_picked(SearchQuery.parse(_ours(asked_parameters()), unit))
            results = search(index, connection, query, today(), host())
        except QuestionError as error:
            return page("home", index=index, typed=request.args, error=error), 400
        more = query.offset + query.limit
        return page(
            "results", index=index, typed=request.args, results=results, unit=unit, said=asides(results, words()),
            drawn=None if results.refused else picture(results, words()), heard=words_heard.said(results, index.catalogue, words()),
            kept={name: value for name, value in request.args.items() if name in NAMES - {"offset", "lang"}},
            group_names=[words().entry(index.catalogue, "role_group", group) for group in results.groups],
            max_offset=MAX_OFFSET, next_offset=more if any(more < one.begins + one.total for one in results.lists) and more <= MAX_OFFSET else None,
        )  # fmt: skip


def _as_picked(query: SearchQuery) -> SearchQuery:
    """Return the question of a form in which nothing was picked or typed: hip pain whose cause is open."""
    if "condition" not in request.args or query.condition or query.procedure or query.q or query.name:
        return query
    return replace(query, condition=UNKNOWN)


def _ours(given: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the parameters that are ours; newsletters and other sites hang their own on links to a page."""
    return {name: values for name, values in given.items() if name in NAMES}
