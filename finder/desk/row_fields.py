"""The fields of a catalogue row as a form: those that are words, choices and ticks; all else is JSON.

A form that is sent back as it was gives the very same row, so that nothing lapses by being looked at.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Literal, NamedTuple

from finder.db.catalogue import Catalogue
from finder.errors import CatalogueRefused

Look = Literal["line", "text", "lines", "choice", "tick"]
LEVELS = ("emergency", "same-day", "soon", "routine")
FLAG_LEVELS = ("emergency", "same-day")
CARDS = ("", "call-911", "go-today", "call-your-surgeon")
CARD_FORMS = ("", "hip", "plain")
STATUSES = ("draft", "hold")
ORDERS = ("level_first", "band_first")
# The name in a form of what stands in no field of its own.
REST = "rest"
_MOST_JSON = 100_000


class Field(NamedTuple):
    """One field of a form: its path in the row, such as `urgency.level`, what it is called, and how it looks."""

    path: str
    label: str
    look: Look
    choices: tuple[str, ...] = ()
    hint: str = ""


_NAMES = (Field("name_en", "Name, English", "line"), Field("name_es", "Name, Spanish", "line"))
_STATUS = Field("status", "State of the row", "choice", STATUSES, "On hold it cannot be signed.")
_SYNONYMS = (
    Field("synonyms_en", "Phrases, English", "lines", hint="One on each line. They may be suggested to patients."),
    Field("synonyms_es", "Phrases, Spanish", "lines", hint="One on each line. They may be suggested to patients."),
)
_PHRASES = (
    *_SYNONYMS,
    Field("misspellings", "Misspellings", "lines", hint="One on each line. They lead there, and are never shown."),
    Field("match_only", "Only to match", "lines", hint="Phrases of above that lead there, but are never suggested."),
)
_OF_CARD: tuple[tuple[str, str, Look], ...] = (
    ("heading", "Heading", "line"), ("hip", "Words about a hip", "text"), ("plain", "Words for all else", "text"),
    ("button", "Button", "line"), ("text_911", "Line about texting", "line"), ("now", "Link: now", "line"),
    ("treated", "Link: treated", "line"),
)  # fmt: skip
_TREATED = Field("ask_now_or_treated", "Ask whether it is happening now or was treated", "tick")
FIELDS: Mapping[str, tuple[Field, ...]] = {
    "condition": (
        *_NAMES,
        _STATUS,
        Field("urgency.level", "How urgent", "choice", LEVELS),
        Field("urgency.card", "Emergency card", "choice", CARDS),
        Field("urgency.card_form", "Form of the card", "choice", CARD_FORMS),
        _TREATED._replace(path="urgency.ask_now_or_treated"),
        Field("urgency.message_en", "Message, English", "text"),
        Field("urgency.message_es", "Message, Spanish", "text"),
        Field("what_to_ask_en", "What to ask, English", "text"),
        Field("what_to_ask_es", "What to ask, Spanish", "text"),
        *_PHRASES,
        Field("order", "Order of the list", "choice", ORDERS, "level_first is for rare work: who says so comes first."),
        Field("review_note", "Note for reviewers", "text"),
    ),
    "procedure": (*_NAMES, _TREATED, *_PHRASES, Field("review_note", "Note for reviewers", "text")),
    "red_flag": (
        _STATUS,
        Field("level", "How urgent", "choice", FLAG_LEVELS),
        Field("card", "Emergency card", "choice", CARDS),
        Field("card_form", "Form of the card", "choice", CARD_FORMS),
        _TREATED,
        Field("message_en", "Message, English", "text"),
        Field("message_es", "Message, Spanish", "text"),
        Field("phrases_en", "Phrases, English", "lines", hint="One on each line. Each raises it by itself."),
        Field("phrases_es", "Phrases, Spanish", "lines", hint="One on each line. Each raises it by itself."),
        Field("review_note", "Note for reviewers", "text"),
    ),
    "card": tuple(
        Field(f"{part}_{language}", f"{label}, {spoken}", look)
        for part, label, look in _OF_CARD
        for language, spoken in (("en", "English"), ("es", "Spanish"))
    ),
    "context_rule": (
        Field("add_line_en", "Line that is added, English", "text"),
        Field("add_line_es", "Line that is added, Spanish", "text"),
        Field("if_any_words_en", "Words that bring it, English", "lines", hint="One on each line."),
        Field("if_any_words_es", "Words that bring it, Spanish", "lines", hint="One on each line."),
        Field("review_note", "Note for reviewers", "text"),
    ),
    "profile": (
        *_NAMES,
        _STATUS,
        Field("meaning_en", "Meaning, English", "text"),
        Field("meaning_es", "Meaning, Spanish", "text"),
        *_SYNONYMS,
        Field("review_note", "Note for reviewers", "text"),
    ),
}  # fmt: skip


def form_of(kind: str, body: Mapping[str, Any]) -> dict[str, str]:
    """Return what a form of a row is filled with, by path; fields that the row does not have are left out."""
    found: dict[str, str] = {}
    rest = deepcopy(dict(body))
    for field in FIELDS[kind]:
        is_there, value = _take(rest, field.path)
        if is_there:
            found[field.path] = _shown(value, field.look)
    return {**found, REST: json.dumps(rest, ensure_ascii=False, indent=1)}


def row_of(kind: str, body: Mapping[str, Any], sent: Mapping[str, str]) -> dict[str, Any]:
    """Return the row that a form, sent back, makes of a row. Raises CatalogueRefused (catalogue_json_malformed)."""
    made = _parsed(sent[REST]) if REST in sent else _without_fields(kind, body)
    for field in FIELDS[kind]:
        is_there, before = _take(deepcopy(dict(body)), field.path)
        if is_there and (field.path in sent or field.look == "tick"):
            _put(made, field.path, _read(sent.get(field.path, ""), field.look, before))
        elif is_there:
            _put(made, field.path, before)
    # In the order of the row as it was, for who reads it.
    return {name: made[name] for name in (*(n for n in body if n in made), *(n for n in made if n not in body))}


def faults(catalogue: Catalogue, kind: str, key: str, body: Mapping[str, Any]) -> list[str]:
    """Return what a row says that cannot be, in words; nothing where the product can go by it.

    Every value must be of the kind that this field has in the rows of the catalogue, and every id of something that
    the catalogue has. No phrase may belong to two rows.
    """
    known = [one for name, one in catalogue.entries[kind].items() if name != key]
    own = catalogue.entries[kind].get(key)
    shapes: dict[str, set[str]] = {}
    for one in (*known, *([own] if own else [])):
        _shapes(one, "", shapes)
    found = _misshapen(body, "", shapes)
    if body.get("id", key) != key:
        found.append(f"id: it is {key}, and stays so")
    if found:
        return found
    found += _unknown(catalogue, kind, body)
    for field in FIELDS[kind]:
        value = _take(deepcopy(dict(body)), field.path)[1]
        if field.look == "choice" and (value or "") not in field.choices:
            found.append(f"{field.path}: say one of {', '.join(one or '(none)' for one in field.choices)}")
        if field.path.startswith(("name_", "heading_")) or "message_" in field.path:
            found += [f"{field.path}: it may not be empty"] if value is not None and not str(value).strip() else []
    urgency = body.get("urgency", body)
    if (urgency.get("card") is None) != (urgency.get("card_form") is None) and kind in ("condition", "red_flag"):
        found.append("card_form: a card has a form, and without a card there is none")
    return found + _taken(catalogue, kind, key, body)


def _unknown(catalogue: Catalogue, kind: str, body: Mapping[str, Any]) -> list[str]:
    """Return the ids that the catalogue does not have."""
    entries = catalogue.entries
    targets = {**entries["condition"], **entries["procedure"]}
    taxonomies = body.get("taxonomies", {}) if kind == "condition" else {}
    bands = body.get("age_bands", ()) if kind == "condition" else ()
    wanted: list[tuple[str, Any, Any]] = [
        ("defining_procedure_ids", body.get("defining_procedure_ids", ()), entries["procedure"]),
        ("also_used_procedure_ids", body.get("also_used_procedure_ids", ()), entries["procedure"]),
        ("opens_first", body.get("opens_first", ()), entries["role_group"]),
        ("and_row_in", body.get("and_row_in", ()), targets),
        ("yields_to", body.get("yields_to", ()), entries["red_flag"]),
        ("taxonomies.primary", taxonomies.get("primary", ()), entries["taxonomy"]),
        ("taxonomies.secondary", taxonomies.get("secondary", ()), entries["taxonomy"]),
        ("age_bands.redirect", [one["redirect"] for one in bands if one.get("redirect")], entries["condition"]),
        ("age_bands.primary", [code for one in bands for code in one.get("primary", ())], entries["taxonomy"]),
        (
            "answers_to_condition",
            [body["answers_to_condition"]] if "answers_to_condition" in body else (),
            entries["condition"],
        ),
        ("then", [body["then"]] if body.get("then") else (), targets),
    ]
    found = [
        f"{name}: the catalogue has no {one}" for name, values, known in wanted for one in values if one not in known
    ]
    ages = [(one.get("age_from"), one.get("age_to")) for one in bands]
    found += [f"age_bands: {first} to {last} are no ages" for first, last in ages if first is None or last is None or not 0 <= first <= last <= 120]  # fmt: skip
    if kind == "condition" and not {"primary", "secondary"} <= set(taxonomies):
        found.append("taxonomies: it has primary and secondary")
    return found


def _taken(catalogue: Catalogue, kind: str, key: str, body: Mapping[str, Any]) -> list[str]:
    """Return the phrases of a condition or procedure that another one has already."""
    if kind not in ("condition", "procedure"):
        return []
    owners: dict[str, str] = {}
    for of_kind in ("condition", "procedure"):
        for name, row in catalogue.entries[of_kind].items():
            if name != key:
                owners |= dict.fromkeys(_phrases(row), name)
    mine = catalogue.entries[kind].get(key, {})
    before = set(_phrases(mine))
    return [f"{one}: this phrase leads to {owners[one]}" for one in _phrases(body) if one in owners and one not in before]  # fmt: skip


def _phrases(body: Mapping[str, Any]) -> list[str]:
    return [
        one.casefold() for name in ("synonyms_en", "synonyms_es", "misspellings") for one in body.get(name, ())
    ]  # fmt: skip


def _shapes(value: Any, path: str, found: dict[str, set[str]]) -> None:
    found.setdefault(path, set()).add(type(value).__name__)
    if isinstance(value, dict):
        for name, one in value.items():
            _shapes(one, f"{path}.{name}", found)
    elif isinstance(value, list):
        for one in value:
            _shapes(one, f"{path}[]", found)


def _misshapen(value: Any, path: str, known: Mapping[str, set[str]]) -> list[str]:
    """Return where a value is of another kind than anywhere in the catalogue; what the catalogue never has is free."""
    expected = known.get(path)
    if expected is not None and type(value).__name__ not in expected:
        words = {"str": "text", "list": "a list", "dict": "an object", "bool": "true or false", "int": "a whole number", "NoneType": "null"}  # fmt: skip
        return [f"{path.lstrip('.') or 'the row'}: it must be {' or '.join(sorted(words.get(one, one) for one in expected))}"]  # fmt: skip
    found: list[str] = []
    if isinstance(value, str) and not _can_be_shown(value):
        return [f"{path.lstrip('.')}: it has a character that cannot be shown"]
    if isinstance(value, dict):
        if not all(_can_be_shown(name) for name in value):
            return [f"{path.lstrip('.') or 'the row'}: a field has a name that cannot be shown"]
        for name, one in value.items():
            found += _misshapen(one, f"{path}.{name}", known)
    elif isinstance(value, list):
        shape = known.get(f"{path}[]", {"str"})
        for one in value:
            found += _misshapen(one, f"{path}[]", {**known, f"{path}[]": shape})
    return list(dict.fromkeys(found))


def _can_be_shown(text: str) -> bool:
    """Return whether a text has neither control characters, lines and tabs excepted, nor halves of characters."""
    return all(c in "\n\t" or unicodedata.category(c)[0] != "C" for c in text)


def _parsed(text: str) -> dict[str, Any]:
    try:
        made = json.loads(text if len(text) <= _MOST_JSON else "", parse_constant=_no_number)
    except (ValueError, RecursionError) as refusal:
        raise CatalogueRefused("catalogue_json_malformed", found=str(refusal)[:80]) from None
    if not isinstance(made, dict):
        raise CatalogueRefused("catalogue_json_malformed", found="no object in braces")
    return made


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _without_fields(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    rest = deepcopy(dict(body))
    for field in FIELDS[kind]:
        _take(rest, field.path)
    return rest


def _take(body: dict[str, Any], path: str) -> tuple[bool, Any]:
    """Take a value out of a row; return whether it was there, and it."""
    *within, name = path.split(".")
    for one in within:
        if not isinstance(body.get(one), dict):
            return False, None
        body = body[one]
    return (True, body.pop(name)) if name in body else (False, None)


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *within, name = path.split(".")
    for one in within:
        inner = body.setdefault(one, {})
        if not isinstance(inner, dict):
            raise CatalogueRefused("catalogue_json_malformed", found=f"{one} is no object in braces")
        body = inner
    body[name] = value


def _shown(value: Any, look: Look) -> str:
    if look == "tick":
        return "yes" if value else ""
    return "\n".join(value) if look == "lines" else str(value or "")


def _read(text: str, look: Look, before: Any) -> Any:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if look == "tick":
        return bool(text)
    if look == "lines":
        return list(dict.fromkeys(one.strip() for one in text.split("\n") if one.strip()))
    if text == _shown(before, look):
        return before
    text = " ".join(text.split()) if look == "line" else text.strip()
    # What can be empty is null in the catalogue; a message that is emptied is refused as such.
    return text or (None if before is None or look == "choice" else "")
