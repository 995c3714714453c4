"""Programs that were written for the released description of the API go on working.

tests/web/released/openapi-v1.json is the description as it was promised last. What may come may be added at any time;
to have it promised too, write the copy anew, and look at what `git diff` says of it:

    FINDER_RELEASE_API=1 .venv/bin/python -m pytest -n 0 tests/web/test_api_compatibility.py -k released

A change that breaks is refused then as well: it needs a version 2 beside version 1.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.api_compatibility import breaking_changes
from tests.web.test_api import API, PEOPLE, found

RELEASED = Path(__file__).with_name("released") / "openapi-v1.json"
Document = dict[str, Any]
SUGGEST, TEAR = f"{API}/suggest", f"{API}/conditions/{{condition}}"


def released() -> Document:
    """Return the description as it was released."""
    document: Document = json.loads(RELEASED.read_text(encoding="utf-8"))
    return document


def test_nothing_that_was_released_is_broken(client: FlaskClient) -> None:
    today = found(client.get(f"{API}/openapi.json"))
    assert breaking_changes(released(), today) == []
    if os.environ.get("FINDER_RELEASE_API") == "1":
        RELEASED.write_text(json.dumps(today, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert released()["paths"].keys() == today["paths"].keys(), "an operation that is not yet promised: see above"


def parameter(document: Document, name: str) -> Document:
    """Return one parameter of the search for people."""
    (one,) = (one for one in document["paths"][PEOPLE]["get"]["parameters"] if one["name"] == name)
    found: Document = one
    return found


def schema(document: Document, name: str) -> Document:
    """Return the schema of a name."""
    found: Document = document["components"]["schemas"][name]
    return found


def without(where: Any, *path: str) -> None:
    """Take something out of a document."""
    for name in path[:-1]:
        where = where[name]
    if isinstance(where, list):
        where.remove(path[-1])
    else:
        del where[path[-1]]


def put(where: Any, *path: Any) -> None:
    """Put the last into a document at the path before it."""
    for name in path[:-2]:
        where = where[name]
    where[path[-2]] = path[-1]


Change = Callable[[Document], object]
BREAKING: dict[str, Change] = {
    "the operation is gone": lambda d: without(d, "paths", SUGGEST, "post"),
    "GET /api/v1/zips/{zip_code}: the operation is gone": lambda d: without(d, "paths", f"{API}/zips/{{zip_code}}"),
    "operationId was specialists": lambda d: put(d, "paths", PEOPLE, "get", "operationId", "people"),
    "the parameter age is gone": lambda d: d["paths"][PEOPLE]["get"]["parameters"].remove(parameter(d, "age")),
    "the parameter age became required": lambda d: put(parameter(d, "age"), "required", True),
    "the parameter age may be empty no longer": lambda d: put(parameter(d, "age"), "allowEmptyValue", False),
    "a new parameter key is required": lambda d: d["paths"][PEOPLE]["get"]["parameters"].append(
        {"name": "key", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
    "age: was integer and is string": lambda d: put(parameter(d, "age"), "schema", "type", "string"),
    "age: maximum became 100": lambda d: put(parameter(d, "age"), "schema", "maximum", 100),
    "offset: minimum became 1": lambda d: put(parameter(d, "offset"), "schema", "minimum", 1),
    "q: maxLength became 100": lambda d: put(parameter(d, "q"), "schema", "maxLength", 100),
    "condition: the pattern became": lambda d: put(parameter(d, "condition"), "schema", "pattern", "^[a-z]+$"),
    "radius: the values ['25'] are gone": lambda d: without(parameter(d, "radius"), "schema", "enum", "25"),
    "zip: only ['23220'] are taken now": lambda d: put(parameter(d, "zip"), "schema", "enum", ["23220"]),
    "bodies of multipart/form-data are taken no longer": lambda d: without(
        d, "paths", SUGGEST, "post", "requestBody", "content", "multipart/form-data"
    ),
    "body.lang: the field became required": lambda d: d["paths"][SUGGEST]["post"]["requestBody"]["content"][
        "multipart/form-data"
    ]["schema"]["required"].append("lang"),
    "the status 404 is gone": lambda d: without(d, "paths", TEAR, "get", "responses", "404"),
    "200 has the header Link no longer": lambda d: without(
        d, "paths", PEOPLE, "get", "responses", "200", "headers", "Link"
    ),
    "200 is application/geo+json no longer": lambda d: without(
        d, "paths", PEOPLE, "get", "responses", "200", "content", "application/geo+json"
    ),
    "location.name: the field is gone": lambda d: without(schema(d, "Location"), "properties", "name"),
    "location.address.city: the field became optional": lambda d: without(schema(d, "Address"), "required", "city"),
    "rank: was integer and is string": lambda d: put(schema(d, "PersonMatch"), "properties", "rank", "type", "string"),
    "rank: was integer and is integer or null": lambda d: put(
        schema(d, "PersonMatch"), "properties", "rank", {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    ),
    "specialties[].code: the field is gone": lambda d: without(schema(d, "Code"), "properties", "code"),
    "telehealth_states: was array and is string": lambda d: put(
        schema(d, "Role"), "properties", "telehealth_states", {"type": "string"}
    ),
    ": the values ['no'] are gone": lambda d: without(schema(d, "Stated"), "enum", "no"),
    "400.code: the field is gone": lambda d: without(schema(d, "Problem"), "properties", "code"),
    "coordinates[0]: was number and is string": lambda d: put(
        schema(d, "Point"), "properties", "coordinates", "prefixItems", [{"type": "string"}, {"type": "number"}]
    ),
}
HARMLESS: dict[str, Change] = {
    "nothing": lambda d: None,
    "an operation": lambda d: put(d, "paths", f"{API}/new", d["paths"][SUGGEST]),
    "a method": lambda d: put(d, "paths", PEOPLE, "post", d["paths"][SUGGEST]["post"]),
    "a parameter": lambda d: d["paths"][PEOPLE]["get"]["parameters"].append(
        {"name": "key", "in": "query", "required": False, "schema": {"type": "string"}}
    ),
    "a value that is asked": lambda d: parameter(d, "radius")["schema"]["enum"].append("5"),
    "a value that is answered": lambda d: schema(d, "LocationKind")["enum"].append("ship"),
    "a wider limit": lambda d: put(parameter(d, "age"), "schema", "maximum", 130),
    "a limit that is gone": lambda d: without(parameter(d, "condition"), "schema", "pattern"),
    "a status": lambda d: put(d, "paths", PEOPLE, "get", "responses", "429", {"description": "Too many"}),
    "a field": lambda d: put(schema(d, "Location"), "properties", "fax", {"type": "string"}),
    "a field that is always there": lambda d: schema(d, "Problem")["required"].append("notices"),
    "a field that is never null any more": lambda d: put(
        schema(d, "Practitioner"), "properties", "npi", {"type": "string"}
    ),
    "another description": lambda d: put(schema(d, "Location"), "description", "Somewhere."),
}  # fmt: skip


@pytest.mark.parametrize("told", BREAKING)
def test_what_breaks_is_told(told: str) -> None:
    changed = copy.deepcopy(released())
    BREAKING[told](changed)
    found = breaking_changes(released(), changed)
    assert any(told in one for one in found), found
    assert all(one.startswith(("GET ", "POST ")) for one in found)


@pytest.mark.parametrize("what", HARMLESS)
def test_what_comes_is_no_harm(what: str) -> None:
    changed = copy.deepcopy(released())
    HARMLESS[what](changed)
    assert breaking_changes(released(), changed) == []
