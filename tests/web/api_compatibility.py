"""What in a newer description of the API breaks programs that were written for an older one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Kinds of schemas that are read as one of several; null is one of them.
_SEVERAL = ("anyOf", "oneOf")


def breaking_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return what callers of the old description would fall over, in its order; nothing where all is well.

    Operations, statuses, formats, parameters, fields and enum values may come; none may go, and no type may change.
    What is asked for may not become required, nor what is answered optional. Words of descriptions do not matter.
    """
    return list(_paths(old, new))


def _paths(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    documents = _Documents(old, new)
    for path, operations in old["paths"].items():
        for method, told in operations.items():
            where = f"{method.upper()} {path}"
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{where}: the operation is gone"
                continue
            if told["operationId"] != now["operationId"]:
                yield f"{where}: operationId was {told['operationId']}"
            yield from _parameters(where, told, now, documents)
            yield from _body(where, told, now, documents)
            yield from _answers(where, told, now, documents)


def _parameters(where: str, old: dict[str, Any], new: dict[str, Any], documents: _Documents) -> Iterator[str]:
    before, after = ({(one["in"], one["name"]): one for one in each.get("parameters", ())} for each in (old, new))
    for key, told in before.items():
        if key not in after:
            yield f"{where}: the parameter {key[1]} is gone"
            continue
        if after[key].get("required") and not told.get("required"):
            yield f"{where}: the parameter {key[1]} became required"
        if told.get("allowEmptyValue") and not after[key].get("allowEmptyValue"):
            yield f"{where}: the parameter {key[1]} may be empty no longer"
        yield from documents.asked(f"{where}: {key[1]}", told["schema"], after[key]["schema"])
    for key, one in after.items():
        if key not in before and one.get("required"):
            yield f"{where}: a new parameter {key[1]} is required"


def _body(where: str, old: dict[str, Any], new: dict[str, Any], documents: _Documents) -> Iterator[str]:
    before, after = (each.get("requestBody") or {} for each in (old, new))
    if after.get("required") and not before.get("required"):
        yield f"{where}: a body became required"
    for mimetype, told in before.get("content", {}).items():
        now = after.get("content", {}).get(mimetype)
        if now is None:
            yield f"{where}: bodies of {mimetype} are taken no longer"
        else:
            yield from documents.asked(f"{where}: body", told["schema"], now["schema"])


def _answers(where: str, old: dict[str, Any], new: dict[str, Any], documents: _Documents) -> Iterator[str]:
    for status, told in old["responses"].items():
        now = new["responses"].get(status)
        if now is None:
            yield f"{where}: the status {status} is gone"
            continue
        for header in told.get("headers", {}):
            if header not in now.get("headers", {}):
                yield f"{where}: {status} has the header {header} no longer"
        for mimetype, media in told.get("content", {}).items():
            if mimetype not in now.get("content", {}):
                yield f"{where}: {status} is {mimetype} no longer"
            else:
                yield from documents.told(f"{where}: {status}", media["schema"], now["content"][mimetype]["schema"])


class _Documents:
    """Compares schemas of an old and a new document, each pair of named ones once."""

    def __init__(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[str, str, bool]] = set()

    def asked(self, where: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
        """Compare what callers send: all that was taken must be taken still."""
        yield from self._compare(where, old, new, answered=False)

    def told(self, where: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
        """Compare what callers are sent: all that they relied on must be there still."""
        yield from self._compare(where, old, new, answered=True)

    def _compare(self, where: str, old: dict[str, Any], new: dict[str, Any], *, answered: bool) -> Iterator[str]:
        pair = (old.get("$ref", ""), new.get("$ref", ""), answered)
        if all(pair[:2]):
            if pair in self._seen:
                return
            self._seen.add(pair)
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        yield from self._kinds(where, old, new, answered=answered)
        if "enum" in old and "enum" in new and (gone := [one for one in old["enum"] if one not in new["enum"]]):
            yield f"{where}: the values {gone} are gone"
        if not answered:
            yield from _narrowed(where, old, new)
        before, after = old.get("properties", {}), new.get("properties", {})
        required = set(old.get("required", ())), set(new.get("required", ()))
        for name, told in before.items():
            if name not in after:
                yield f"{where}.{name}: the field is gone"
                continue
            if answered and name in required[0] - required[1]:
                yield f"{where}.{name}: the field became optional"
            yield from self._compare(f"{where}.{name}", told, after[name], answered=answered)
        if not answered:
            for name in sorted(required[1] - required[0]):
                yield f"{where}.{name}: the field became required"
        if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
            yield from self._compare(f"{where}[]", old["items"], new["items"], answered=answered)
        parts = zip(old.get("prefixItems", ()), new.get("prefixItems", ()), strict=False)
        for number, (told, now) in enumerate(parts):
            yield from self._compare(f"{where}[{number}]", told, now, answered=answered)

    def _kinds(self, where: str, old: dict[str, Any], new: dict[str, Any], *, answered: bool) -> Iterator[str]:
        """Compare what kinds a value may be of, and each kind with the one that has its place."""
        before, after = (self._by_kind(each, document) for each, document in ((old, self._old), (new, self._new)))
        gone, came = before.keys() - after.keys(), after.keys() - before.keys()
        # A kind that is answered no longer harms nobody who could read it, unless it was all there was.
        if (gone and not answered) or (came and answered) or not before.keys() & after.keys():
            yield f"{where}: was {_named(before)} and is {_named(after)}"
        if any(name in each for name in _SEVERAL for each in (old, new)):
            for kind in before.keys() & after.keys():
                yield from self._compare(where, before[kind], after[kind], answered=answered)

    def _by_kind(self, schema: dict[str, Any], document: dict[str, Any]) -> dict[str, dict[str, Any]]:
        several = next((schema[name] for name in _SEVERAL if name in schema), None)
        if several is None:
            # What is said of a field beside the reference is not the schema's own.
            return {_kind(schema): schema}
        found: dict[str, dict[str, Any]] = {}
        for one in several:
            found |= {_kind(_resolved(one, document), one.get("$ref", "")): one}
        return found


def _narrowed(where: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Tell of limits on what is asked for that became tighter, or came."""
    if "enum" in new and "enum" not in old:
        yield f"{where}: only {new['enum']} are taken now"
    for name, tighter in (("maxLength", min), ("maximum", min), ("minLength", max), ("minimum", max)):
        if name in new and (name not in old or tighter(old[name], new[name]) != old[name]):
            yield f"{where}: {name} became {new[name]}"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{where}: the pattern became {new['pattern']}"


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _kind(schema: dict[str, Any], name: str = "") -> str:
    """Return of what kind a schema is; objects among several are told apart by their names."""
    kind = str(schema.get("type", "any")) + (f" ({schema['format']})" if "format" in schema else "")
    return f"{kind} {name.rpartition('/')[2]}" if kind == "object" and name else kind


def _named(kinds: dict[str, Any]) -> str:
    return " or ".join(sorted(kinds))
