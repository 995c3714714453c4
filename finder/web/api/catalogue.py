"""The catalogue in the API: conditions, procedures, and what a patient's own words may mean."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection
from typing import Any

from flask import Response
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from finder.desk.catalogue import is_signed
from finder.errors import ListingMissing, QuestionError, StorageFailed
from finder.formats import api_reference, heard
from finder.search import PARAMETERS
from finder.search.phrases import understand
from finder.search.query import values_of
from finder.web.api import answers, reference_answers
from finder.web.api.described import door
from finder.web.context import asked_parameters, reading, site, words
from finder.web.replies import etag_of, json_reply, reply_once

_WORDS = tuple(one for one in PARAMETERS if one.name in ("q", "lang"))
_ID = {"pattern": "^[a-z0-9-]{1,80}$"}


@door("/conditions", summary="Conditions that can be searched for", answer=reference_answers.Conditions)
def conditions() -> Response:
    """List ids and names of all conditions in the catalogue."""
    with reading() as (index, _connection):
        return reply_once(
            etag_of(index.edition, words().language),
            lambda: {"edition": index.edition, "conditions": api_reference.conditions(index.catalogue, words())},
        )


@door(
    "/conditions/<condition>",
    summary="One condition",
    answer=reference_answers.Condition,
    paths={"condition": {**_ID, "description": "Id of a condition.", "examples": ["labral-tear"]}},
)
def one_condition(condition: str) -> Response:
    """Say how soon to be seen, who treats it and what is done for it. It is general information, and no diagnosis."""
    with reading() as (index, connection):
        found = index.catalogue.conditions.get(condition)
        if found is None:
            raise ListingMissing("condition_unknown", **_nearest(condition, index.catalogue.conditions))
        reviewed, whose = _is_reviewed(connection, condition, words().language), site().organization_name
        return reply_once(
            etag_of(index.edition, words().language, reviewed, whose),
            lambda: {
                "edition": index.edition,
                **api_reference.condition(found, index.catalogue, words(), reviewed=reviewed, organization=whose),
            },
        )


@door("/procedures", summary="Procedures that can be searched for", answer=reference_answers.Procedures)
def procedures() -> Response:
    """List ids and names of all procedures in the catalogue, each with the condition that it answers to."""
    with reading() as (index, _connection):
        return reply_once(
            etag_of(index.edition, words().language),
            lambda: {"edition": index.edition, "procedures": api_reference.procedures(index.catalogue, words())},
        )


@door(
    "/procedures/<procedure>",
    summary="One procedure",
    answer=reference_answers.Procedure,
    paths={"procedure": {**_ID, "description": "Id of a procedure.", "examples": ["total-hip-replacement"]}},
)
def one_procedure(procedure: str) -> Response:
    """Say what else it is called, and which groups of people do it."""
    with reading() as (index, _connection):
        known = index.catalogue.entries["procedure"]
        if procedure not in known:
            raise ListingMissing("procedure_unknown", **_nearest(procedure, known))
        return reply_once(
            etag_of(index.edition, words().language),
            lambda: {"edition": index.edition, **api_reference.procedure(procedure, index.catalogue, words())},
        )


@door(
    "/suggest",
    summary="What a patient's own words may mean, and whether they sound urgent",
    answer=answers.Suggestions,
    accepts=_WORDS,
    required=("q",),
    has_etag=False,
)
def suggest() -> Response:
    """Also for words that are still being typed. Show the notices first; nothing here is a diagnosis, or kept."""
    return _suggestions()


@door(
    "/suggest",
    summary="The same as a form, so that words which are still being typed stand in no address",
    answer=answers.Suggestions,
    accepts=_WORDS,
    required=("q",),
    has_etag=False,
    by_form=True,
)
def suggest_by_form() -> Response:
    """Takes the same fields, and answers the same. Our own pages ask in this way."""
    return _suggestions()


def _suggestions() -> Response:
    typed = values_of(asked_parameters(), _WORDS).get("q")
    if not typed:
        raise QuestionError("words_missing")
    with reading() as (index, _connection):
        found = understand(index.lexicon, typed)
        return json_reply(heard.suggestions(found, typed, index.lexicon, index.catalogue, words()))


def _is_reviewed(connection: Connection, condition: str, language: str) -> bool:
    """Return whether clinicians have approved a condition's text; no, where the database cannot be asked."""
    try:
        return is_signed(connection, "condition", condition, language, dt.datetime.now(dt.UTC))
    except (SQLAlchemyError, StorageFailed):
        return False


def _nearest(asked: str, known: Collection[Any]) -> dict[str, str]:
    shown = "".join(c for c in asked if c.isprintable())[:40]
    near = difflib.get_close_matches(shown, known, n=1)
    return {"value": shown, "nearest": near[0] if near else ""}
