"""The page about the API: what its OpenAPI document says, laid out for people. No script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

Document = dict[str, Any]
# Words of a kind, and the name of the part that it links to, "" for none.
Words = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of an answer: its kind in words, what it means, what it may be, and an example."""

    name: str
    kind: Words
    meaning: Markup
    values: tuple[str, ...] = ()
    example: str = ""
    required: bool = False


@dataclass(frozen=True)
class Part:
    """Something that answers are made of: an object with its fields, or a list of values."""

    name: str
    meaning: Markup
    fields: tuple[Field, ...]
    values: tuple[str, ...]
    is_one_of: Words = ()


@dataclass(frozen=True)
class Status:
    """One status that an operation answers with; `formats` are media types, each with the part that it is."""

    status: str
    meaning: Markup
    formats: tuple[tuple[str, Words], ...]
    headers: tuple[Field, ...]


@dataclass(frozen=True)
class Operation:
    """One operation. `bodies` are the media types of a form that is sent to it, whose fields are the parameters."""

    name: str
    method: str
    path: str
    summary: str
    meaning: Markup
    parameters: tuple[Field, ...]
    bodies: tuple[str, ...]
    good: tuple[Status, ...]
    refusals: tuple[Status, ...]


def operations_of(document: Document) -> tuple[Operation, ...]:
    """Return all operations of a description, in its order."""
    return tuple(
        _operation(path, method, told) for path, item in document["paths"].items() for method, told in item.items()
    )


def parts_of(document: Document) -> tuple[Part, ...]:
    """Return all that answers are made of, by name."""
    return tuple(_part(name, schema) for name, schema in sorted(document["components"]["schemas"].items()))


@lru_cache(maxsize=4)
def prose(page: Path) -> Markup:
    """Return a page of ours that is written in Markdown as HTML; marks of HTML in it are text."""
    return Markup(_markdown().render(page.read_text(encoding="utf-8")))  # noqa: S704 - no HTML passes it


@lru_cache(maxsize=1024)
def line(text: str) -> Markup:
    """Return one line of a description, with its `code` marked."""
    return Markup(_markdown().renderInline(text))  # noqa: S704 - no HTML passes it


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    # It takes a twentieth of a second to load, which only the reader of this page needs.
    from markdown_it import MarkdownIt

    return MarkdownIt("js-default")


def _operation(path: str, method: str, told: Document) -> Operation:
    content = (told.get("requestBody") or {}).get("content", {})
    form: Document = next((media["schema"] for media in content.values()), {})
    parameters = [_field(one["name"], one["schema"], one) for one in told.get("parameters", ())]
    statuses = [_status(status, one) for status, one in sorted(told["responses"].items())]
    return Operation(
        told["operationId"], method.upper(), path, told["summary"], line(told["description"]),
        (*parameters, *_fields(form)), tuple(content),
        tuple(one for one in statuses if one.status < "4"), tuple(one for one in statuses if one.status >= "4"),
    )  # fmt: skip


def _status(status: str, told: Document) -> Status:
    return Status(
        status, line(told["description"]),
        tuple((mimetype, _kind(media["schema"])) for mimetype, media in told.get("content", {}).items()),
        tuple(_field(name, one["schema"], one) for name, one in told.get("headers", {}).items()),
    )  # fmt: skip


def _part(name: str, schema: Document) -> Part:
    is_one_of = _kind(schema) if "anyOf" in schema else ()
    return Part(name, line(schema.get("description", "")), tuple(_fields(schema)), _values(schema), is_one_of)


def _fields(schema: Document) -> Iterable[Field]:
    required = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        yield _field(name, one, {"required": name in required})


def _field(name: str, schema: Document, told: Document) -> Field:
    meaning = line(told.get("description") or schema.get("description", ""))
    example = next((str(one) for one in schema.get("examples", ())), "")
    return Field(name, _kind(schema), meaning, _values(schema), example, bool(told.get("required")))


def _values(schema: Document) -> tuple[str, ...]:
    several = [value for one in schema.get("anyOf", ()) for value in one.get("enum", ())]
    return tuple(str(one) for one in (schema.get("enum") or several) if one != "")


def _kind(schema: Document) -> Words:
    """Return of what kind a value is: "list of Location", "string or null"."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return ((name, name),)
    if several := schema.get("anyOf"):
        first, *rest = map(_kind, several)
        return sum((((" or ", ""), *one) for one in rest), first)
    if schema.get("type") == "array":
        return (("list of ", ""), *_kind(schema["items"])) if "items" in schema else (("list", ""),)
    kind = {"date": "date", "date-time": "time"}.get(schema.get("format", ""), schema.get("type", "anything"))
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return ((f"{kind} from {low:g} to {high:g}", ""),)
    if "maxLength" in schema:
        return ((f"{kind} of at most {schema['maxLength']} characters", ""),)
    return ((str(kind), ""),)
