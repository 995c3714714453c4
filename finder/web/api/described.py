"""How operations are described, and what all of them do alike: one door for each, with its parameters and formats.

Values are read by `finder.search.query`, whose refusals name what is wrong; here they are only described, so that even
what is required may be missing. The models of answers say what formats write by hand; they check nothing at run time.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from flask import Response, request
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.schema import Schema
from flask_openapi.models.tag import Tag
from pydantic import BaseModel
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from finder.errors import QuestionError
from finder.formats import geojson
from finder.search import PARAMETERS
from finder.search.query import Parameter, values_of
from finder.web.api import answers, reference_answers
from finder.web.api.parts import COMPONENT, schemas_of
from finder.web.context import asked_parameters

ABOUT = (
    "Who treats a hip problem, nearest first, and how that is known. Every answer has an edition; nothing asked is "
    "stored. Errors are RFC 9457 problem details with a stable `code`. What this version promises, and examples: "
    "`/docs/api`."
)
View = Callable[..., Response]
JSON = "application/json"
LANGUAGE_ONLY = tuple(one for one in PARAMETERS if one.name == "lang")
_END = ".geojson"
_PROBLEM = {"application/problem+json": {"schema": {"$ref": COMPONENT.format(model="Problem")}}}
_REFUSALS: dict[str, str] = {
    "400": "The question cannot be answered as it was put; `parameter` names what is wrong.",
    "405": "The address does not take this method; `Allow` says which it takes.",
    "406": "The Accept header allows none of the formats that there are.",
    "429": "Too many requests from one client; ask again after `Retry-After` seconds.",
    "503": "Not available now; ask again after `Retry-After` seconds.",
    "default": "Any other refusal, such as 413 for a body that is too large.",
}
_MISSING = {"404": "Nothing in force has this id."}
_ETAG = {
    "ETag": {
        "description": "Of the whole answer. Sent back as If-None-Match, it is answered 304 while nothing has changed.",
        "schema": {"type": "string"},
    }
}
_LINK = {
    "Link": {
        "description": "RFC 8288: rel=next and rel=prev, each only where there is such a page.",
        "schema": {"type": "string"},
    }
}


def _refusals(told: dict[str, str]) -> Any:
    return {status: {"description": text, "content": _PROBLEM} for status, text in told.items()}


blueprint = APIBlueprint(
    "api", __name__, url_prefix="/api/v1", abp_tags=[Tag(name="v1", description="Version 1")],
    abp_responses=_refusals(_REFUSALS),
)  # fmt: skip
blueprint.components_schemas |= {
    name: Schema(**schema) for name, schema in schemas_of(answers, reference_answers).items()
}


def door(
    rule: str,
    *,
    summary: str,
    answer: type[BaseModel],
    geo: type[BaseModel] | None = None,
    accepts: tuple[Parameter, ...] = LANGUAGE_ONLY,
    paths: dict[str, dict[str, Any]] | None = None,
    has_etag: bool = True,
    has_pages: bool = False,
    by_form: bool = False,
    required: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """Open one operation at a rule, and with `geo` also at the rule with .geojson at its end.

    The view is called with what the rule holds. Before, it is refused what it does not take: a format, a parameter.
    `paths` describe what the rule holds; an operation that has them may answer 404.
    """
    parameters = [_in_path(name, told) for name, told in (paths or {}).items()]
    parameters += [] if by_form else [described(one, required=one.name in required) for one in accepts]
    headers = (_ETAG if has_etag else {}) | (_LINK if has_pages else {})
    told: Any = _refusals(_MISSING) if paths else {}
    told |= {"304": {"description": "The caller has this answer already.", "headers": _ETAG}} if has_etag else {}

    def decorate(view: View) -> View:
        def register(rule: str, name: str, content: dict[str, Any], summary: str) -> None:
            method = blueprint.post if by_form else blueprint.get
            body: Any = {"request_body": _form(accepts, required)} if by_form else {}
            method(
                rule, endpoint=name, operation_id=name, summary=summary, description=inspect.getdoc(view),
                responses={"200": {"description": answer.__doc__, "headers": headers, "content": content}, **told},
                openapi_extensions={"parameters": parameters} if parameters else {}, **body,
            )(opened)  # fmt: skip

        def opened(**held: str) -> Response:
            if not has_end():
                _negotiate(both=geo is not None)
            if accepts is not PARAMETERS:
                values_of(asked_parameters(), accepts)
            reply = view(**held)
            if geo is not None:
                reply.vary.add("Accept")
            return reply

        # The library would read the parameters itself, and refuse them in a form of its own.
        opened.__delay_validate_request__ = True  # type: ignore[attr-defined]
        content = {JSON: _of(answer)} | ({geojson.MIMETYPE: _of(geo)} if geo else {})
        register(rule, view.__name__, content, summary)
        if geo is not None:
            register(rule + _END, f"{view.__name__}_geojson", {geojson.MIMETYPE: _of(geo)}, f"{summary}, as GeoJSON")
        return view

    return decorate


def as_geojson() -> bool:
    """Return whether this request is to be answered as GeoJSON: its path or its Accept header says so."""
    return has_end() or _preferred(request.headers.get("Accept", "")) == geojson.MIMETYPE


def has_end() -> bool:
    """Return whether the path of this request ends in .geojson, and not only an id in it."""
    return request.url_rule is not None and request.url_rule.rule.endswith(_END)


def described(one: Parameter, *, required: bool = False) -> dict[str, Any]:
    """Return a parameter of a query as OpenAPI describes it."""
    return {
        "name": one.name, "in": "query", "required": required, "allowEmptyValue": not required,
        "description": one.meaning, "schema": _schema(one),
    }  # fmt: skip


def _schema(one: Parameter) -> dict[str, Any]:
    limits = {"enum": list(one.choices)} if one.choices else {} if one.shape else {"maxLength": one.longest}
    return {"type": "string", **limits, **one.shape, "examples": [_example(one)]}


def _example(one: Parameter) -> str | int:
    return int(one.example) if one.shape.get("type") == "integer" else one.example


def _in_path(name: str, told: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1} | {key: value for key, value in told.items() if key != "description"}
    return {"name": name, "in": "path", "required": True, "description": told["description"], "schema": schema}


def _form(accepts: Iterable[Parameter], required: tuple[str, ...]) -> dict[str, Any]:
    properties = {one.name: {**_schema(one), "description": one.meaning} for one in accepts}
    for one in properties.values():
        if "enum" in one:
            # In a form, what is left open is there all the same.
            one["enum"] = [*one["enum"], ""]
    schema = {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
    kinds = ("application/x-www-form-urlencoded", "multipart/form-data")
    return {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}


def _of(model: type[BaseModel]) -> dict[str, Any]:
    return {"schema": {"$ref": COMPONENT.format(model=model.__name__)}}


def _negotiate(*, both: bool) -> None:
    wanted = _preferred(request.headers.get("Accept", ""), both=both)
    if wanted is None:
        offered = (JSON, geojson.MIMETYPE) if both else (JSON,)
        raise QuestionError("format_not_offered", choices=offered)


@lru_cache(maxsize=256)
def _preferred(accepted: str, *, both: bool = True) -> str | None:
    """Return which format a caller prefers, JSON where they are all the same to them; None where none will do."""
    if not accepted.strip():
        return JSON
    offered = [JSON, geojson.MIMETYPE] if both else [JSON]
    return parse_accept_header(accepted, MIMEAccept).best_match(offered)
