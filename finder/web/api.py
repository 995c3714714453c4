"""API version 1: the same answers as the pages, as JSON, described by OpenAPI."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, current_app
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import BaseModel, ConfigDict, Field, create_model

from finder.errors import QuestionError
from finder.formats import api_v1, heard
from finder.search import PARAMETERS, SearchQuery, listing, search
from finder.search.filters import Unit
from finder.search.phrases import understand
from finder.search.query import values_of
from finder.web.context import asked_parameters, host, listed_id, reading, today, words
from finder.web.replies import etag_of, json_reply, not_modified

ABOUT = (
    "Who treats a hip problem, nearest first, and how that is known. Every answer has an edition; nothing asked is "
    "stored. Errors are RFC 9457 problem details with a stable `code`."
)
# Values are read by SearchQuery.parse, whose refusals name what is wrong; here they are only described, so that even
# what is required may be missing.
_FIELDS: dict[str, Any] = {
    one.name: (
        str | None,
        Field(
            None,
            description=one.meaning,
            examples=[one.example],
            json_schema_extra={"enum": list(one.choices)} if one.choices else {"x-expected": one.expected},
        ),
    )
    for one in PARAMETERS
}


class Problem(BaseModel):
    """What was wrong, as RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str = Field(description="A sentence for people, in the language asked for.")
    code: str = Field(description="Stable code; see /docs/codes.")
    parameter: str | None = Field(description="The parameter at fault, where there is one.")
    notices: list[UrgentNotice] | None = Field(
        None, description="What sounds urgent in the words asked with, to be shown before anything else."
    )
    params: dict[str, str | list[str]] = Field(description="What the sentence is filled with; lists are choices.")


_SEARCH: Any = create_model("SearchParameters", **_FIELDS)
_OF_WORDS = tuple(one for one in PARAMETERS if one.name in ("q", "lang"))
_WORDS: Any = create_model(
    "WordsParameters",
    __config__=ConfigDict(json_schema_extra={"required": ["q"]}),
    **{one.name: _FIELDS[one.name] for one in _OF_WORDS},
)


class Suggestion(BaseModel):
    """Something that words may mean, or a phrase of ours that begins with them (its score is 0)."""

    condition: str = Field(description="Id of the condition, or of the one that the procedure answers to.")
    procedure: str | None = Field(description="Id of the procedure, where one is meant.")
    label: str = Field(description="What to show, in the language asked for; never a diagnosis.")
    score: float = Field(description="How likely it is meant, from 0 to 1.")
    because: list[str] = Field(description="The words that spoke most for it.")
    text: str = Field(description="Words to ask with in place of those typed; they are understood as just this.")


class UrgentNotice(BaseModel):
    """Something urgent in the words, to be shown before anything else."""

    code: str = Field(description="Id of the catalogue's red flag or condition.")
    level: str = Field(description="How urgent it is.", json_schema_extra={"enum": ["emergency", "same-day"]})
    card: str | None = Field(description="Id of the emergency card, where there is one.")
    message: str = Field(description="What to do, in the language asked for.")
    phone: str | None = Field(description="A number to call, such as 911 or 988, where the notice has one.")
    call: str | None = Field(description="What to write on the button that calls it.")


class Suggestions(BaseModel):
    """What a patient's own words may mean."""

    understanding: str = Field(
        description="Whether one thing is meant, several may be, only the hip is known, or it is not about the hip.",
        json_schema_extra={"enum": ["clear", "choose", "hip_unknown", "not_hip"]},
    )
    matches: list[Suggestion] = Field(description="Best first.")
    notices: list[UrgentNotice] = Field(description="The most pressing first.")


_TAG = Tag(name="v1", description="Version 1")
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_REFUSALS: Any = {
    status: {"description": text, "content": _PROBLEM}
    for status, text in (("400", "The question cannot be answered"), ("503", "Not available now"))
}
_MISSING: Any = {"404": {"description": "No person or place in force has this id", "content": _PROBLEM}}
blueprint = APIBlueprint("api", __name__, url_prefix="/api/v1", abp_tags=[_TAG], abp_responses=_REFUSALS)


class PublicId(BaseModel):
    """A public id in the address."""

    public_id: str = Field(description="npi:..., person:... or place:...", examples=["npi:2000000002"])


def _described(view: Callable[..., Response]) -> Callable[..., Response]:
    """Have the parameters of a view described but not read: SearchQuery.parse reads them, better and sooner."""
    view.__delay_validate_request__ = True  # type: ignore[attr-defined]
    return view


@blueprint.get("/specialists", summary="People who treat a condition, nearest first")
@_described
def specialists(query: _SEARCH = None) -> Response:  # noqa: ARG001
    """Lists one match a person, at the nearest place that qualifies."""
    return _search("people")


@blueprint.get("/locations", summary="Places that treat a condition, nearest first")
@_described
def locations(query: _SEARCH = None) -> Response:  # noqa: ARG001
    """Lists one match a place."""
    return _search("places")


@blueprint.get("/listings/<public_id>", summary="One person or place", responses=_MISSING)
def one_listing(path: PublicId) -> Response:
    """A person with all their places, or a place with its people."""
    with reading() as (index, connection):
        etag = etag_of(index.edition, words().language, today().isoformat())
        if reply := not_modified(etag):
            return reply
        found = listing(index, connection, listed_id(path.public_id), today())
        reply = json_reply(api_v1.listing(found, index.catalogue, words()))
    reply.set_etag(etag)
    return reply


@blueprint.get("/conditions", summary="Conditions that can be searched for")
def conditions() -> Response:
    """Ids and names of all conditions in the catalogue."""
    with reading() as (index, _connection):
        names = [{"id": key, "name": one.name(words().language)} for key, one in index.catalogue.conditions.items()]
        return json_reply({"edition": index.edition, "conditions": names})


@blueprint.get(
    "/suggest",
    summary="What a patient's own words may mean, and whether they sound urgent",
    responses={"200": Suggestions},
)
@_described
def suggest(query: _WORDS = None) -> Response:  # noqa: ARG001
    """Also for words that are still being typed. Show the notices first; nothing here is a diagnosis, or kept."""
    return _suggestions()


@blueprint.post(
    "/suggest",
    summary="The same as a form, so that words which are still being typed stand in no address",
    responses={"200": Suggestions},
)
@_described
def suggest_by_form(form: _WORDS = None) -> Response:  # noqa: ARG001
    """Takes the same fields, and answers the same. Our own pages ask in this way."""
    return _suggestions()


def _suggestions() -> Response:
    typed = values_of(asked_parameters(), _OF_WORDS).get("q")
    if not typed:
        raise QuestionError("words_missing")
    with reading() as (index, _connection):
        found = understand(index.lexicon, typed)
        return json_reply(heard.suggestions(found, typed, index.lexicon, index.catalogue, words()))


@blueprint.get("/openapi.json", doc_ui=False)
def openapi() -> Response:
    """The description of this API, OpenAPI 3.1."""
    return json_reply(current_app.api_doc)  # type: ignore[attr-defined]


def _search(unit: Unit) -> Response:
    query = SearchQuery.parse(asked_parameters(), unit)
    w, day = words(), today()
    with reading() as (index, connection):
        etag = etag_of(index.edition, w.language, day.isoformat())
        if reply := not_modified(etag):
            return reply
        results = search(index, connection, query, day, host())
    reply = Response(api_v1.search_results(results, index.catalogue, w), mimetype="application/json")
    reply.set_etag(etag)
    return reply
