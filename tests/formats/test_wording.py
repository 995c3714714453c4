"""Every sentence in both languages: whole, filled in, and plain enough to be read in pain."""

from __future__ import annotations

import ast
import re
from string import Formatter
from typing import Any

import pytest
from babel.messages.catalog import Catalog as Translations
from babel.messages.pofile import read_po
from jinja2 import nodes

from finder.config import SETTINGS
from finder.db.catalogue import KINDS as ENTRY_KINDS
from finder.db.catalogue import Catalogue, shipped_entries
from finder.desk.setup import DATA
from finder.errors import CODES, QuestionError
from finder.formats.sentences import SENTENCES, USUAL_NAME
from finder.formats.wording import LANGUAGES, wording
from tests.formats import messages
from tests.formats.readability import builders_words

EN, ES = wording("en"), wording("es")
# One value for each name that a code's parameters have; lists are as their raisers make them.
SAMPLES: dict[str, Any] = {
    "value": "2322", "reason": "No such file", "user": "finder", "prefix": "773", "digits": 4, "suggestion": "02322", "nearest": "labral-tear", "name": "radius", "expected": "yes or no",
    "longest": 200, "public_id": "place:x:y", "method": "PUT", "found": "a PDF", "size_mb": 300, "limit_mb": 200,
    "first_row": "3", "columns": ["phone", "zip_code"], "section": "locations", "sections": ["locations", "services"],
    "problem": "required_empty", "row": 7, "source": "main-hospital", "choices": "clinic, hospital", "youngest": 70,
    "oldest": 7, "first": "2026-11-22", "last": "2026-11-01", "person": "p1", "place": "l1", "cells": 9,
    "mended": "02322", "zip_code": "23220", "miles": 31, "rows": 4, "state": "VA", "zip_state": "MD",
    "known": ["demo", "main-hospital"], "version": 3, "host": "0.0.0.0", "revision": "0009",
    "part": "Ortopedics", "lines": ["treats: labral-taer"],
    "limit": "3,000,000", "cell": "XFD1048576", "column": "fone",
    "kind": "condition", "key": "labral-tear", "fields": ["name_en"], "reviewer": "Dr. Fern", "port": 8000,
    "database": "var/finder.db", "lowest": 0, "highest": 1000,
    # of the desk
    "least": 12, "most": 90, "seconds": 40, "role": "viewer", "roles": ["editor", "administrator"],
    "faults": ["urgency.level: say one of emergency, soon"],
    "failed": ["people near 23220, labral-tear: must show Larkmoor first, and what came is: Quillmoor"],
    "gone": 247, "listed": 612, "made_from": 1, "active": 2, "header": "Provder Name",
    "status": 429, "tries": 3, "day": "2026-11-22", "examples": "23220 a duplicate",
    "field": "hours", "until": "2026-11-01 05:00 UTC", "latitude": 48.85, "longitude": 2.35,
    "origin": "https://www.example.org", "site": "example-4711aa", "other": "colours.paper (#fdfaf4)", "ratio": "3.21", "headings": ['"Tel" and "Phone" (phone)'],
}  # fmt: skip


def spanish() -> Translations:
    with messages.SPANISH.open("rb") as file:
        return read_po(file, locale="es")


def fields(text: str) -> list[tuple[str, str]]:
    return sorted((name, conversion or "") for _, name, _, conversion in Formatter().parse(text) if name is not None)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    entries: dict[str, dict[str, Any]] = {kind: {} for kind in ENTRY_KINDS}
    for kind, key, body in shipped_entries(DATA / "catalogue.json"):
        entries[kind][key] = body
    return Catalogue(entries)


# ---- the catalogue of Spanish


def test_every_message_has_its_spanish_and_none_is_left_over() -> None:
    known = messages.all_messages()
    assert messages.indirect() == []
    translated = {
        (entry.id[0], entry.id[1]) if isinstance(entry.id, tuple) else (entry.id, None)
        for entry in spanish()
        if entry.id and not entry.fuzzy and all(entry.string if isinstance(entry.string, tuple) else [entry.string])
    }
    wanted = {(one.one, one.many) for one in known.values()}
    assert wanted - translated == set()
    assert translated - wanted == set()


def test_spanish_keeps_every_placeholder_and_the_spaces_at_both_ends() -> None:
    for entry in spanish():
        if not entry.id:
            continue
        pairs = zip(entry.id, entry.string, strict=True) if isinstance(entry.id, tuple) else [(entry.id, entry.string)]
        for english, text in pairs:
            assert fields(english) == fields(text), english
            for spaces in (r"^\s*", r"\s*$"):
                assert re.search(spaces, english)[0] == re.search(spaces, text)[0], english  # type: ignore[index]


def test_spanish_plurals_are_those_of_the_language() -> None:
    assert spanish().num_plurals == 2
    one, many = "Also at {number} other place", "Also at {number} other places"
    assert [ES.plural(one, many, n) for n in (1, 2)] == ["También en 1 lugar más", "También en 2 lugares más"]
    assert [EN.plural(one, many, n) for n in (1, 2)] == ["Also at 1 other place", "Also at 2 other places"]


def test_the_collector_reads_calls_wherever_they_stand() -> None:
    template = (
        '{% set a = w("one") if b else w("two", n=w("three")) %}<p title="{{ w(\'four\') }}">'
        '{{ w("five" if b else "six") }}{% if w.plural("seven", "sevens", 2) %}{{ w(b) }}{% endif %}</p>'
    )
    found = {one.one: one for one in messages.in_template(template)}
    assert set(found) == {"one", "two", "three", "four", "five", "six", "seven", ""}
    assert found["seven"].many == "sevens"
    assert found[""].indirect
    python = 'say(w("one") + words()("two" if x else "three"), wording("es")("four"), w(x), words().plural("five", "fives", 2))'
    assert {one.one for one in messages.in_python(python)} == {"one", "two", "three", "four", "five", ""}


def test_no_template_has_words_outside_the_wording() -> None:
    kept = {"openapi.json"}
    bare = {name: re.sub(r"[\W\d_]+", "", " ".join(set(t.split()) - kept)) for name, t in messages.bare_text().items()}
    # What web teams and developers read is English, as all that staff read.
    assert {
        name: text for name, text in bare.items() if text and not name.startswith(("embed/", "docs/", "admin/"))
    } == {}


# ---- codes


def test_every_code_has_a_sentence_of_its_own_parameters() -> None:
    assert set(SENTENCES) == set(CODES)
    for key, sentence in SENTENCES.items():
        assert {name for name, _ in fields(sentence)} <= set(CODES[key].params), key


def test_whoever_gives_a_code_gives_its_parameters() -> None:
    """A parameter that is left out would fail only when the sentence is shown."""
    for path in sorted(messages.ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            raised = node.exc if isinstance(node, ast.Raise) else node
            if not isinstance(raised, ast.Call) or not raised.args or not isinstance(raised.args[0], ast.Constant):
                continue
            code, told = raised.args[0].value, {keyword.arg for keyword in raised.keywords}
            gives = isinstance(node, ast.Raise) or getattr(raised.func, "id", "") == "tell"
            if gives and code in CODES and None not in told:
                assert told - {"outcome"} == set(CODES[code].params), f"{path}:{raised.lineno}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", CODES)
def test_every_code_fills_in(key: str, language: str) -> None:
    params = {name: SAMPLES[name] for name in CODES[key].params}
    said = wording(language).code(key, params)
    assert "{" not in said
    assert "  " not in said
    assert said[-1] in ".?"
    for name, _ in fields(SENTENCES[key]):
        if name not in ("expected", "found"):
            shown = params[name] if isinstance(params[name], list) else [params[name]]
            assert all(str(part) in said for part in shown), name


def test_the_nearest_is_named_once_and_only_where_there_is_one() -> None:
    asked = {"value": "labral-taer", "nearest": "labral-tear"}
    assert EN.code("condition_unknown", asked).endswith("Pick one from the list. Did you mean labral-tear?")
    assert ES.code("condition_unknown", asked).endswith("Elija uno de la lista. ¿Quiso decir labral-tear?")
    assert "Did you mean" not in EN.code("condition_unknown", asked | {"nearest": ""})
    assert EN.code("treatment_unknown", {"nearest": ""}) == "This is no condition or procedure of the catalogue."


def test_lists_and_words_of_ours_are_in_the_language_asked_for() -> None:
    assert EN.code("row_incomplete", {"columns": ["state", "zip_code"]}).endswith("filled: state, zip_code.")
    assert ES.code("row_incomplete", {"columns": ["state", "zip_code"]}).endswith("celdas: state, zip_code.")
    error = QuestionError("parameter_malformed", name="limit", value="Place", expected="a whole number from 1 to 50")
    assert ES.error(error) == "limit no puede ser Place. Debe ser un número entero de 1 a 50."


def test_an_empty_parameter_leaves_no_hole() -> None:
    said = EN.code("dataset_unknown", {"source": "demo", "version": ""})
    assert said == "demo has no version that can be used."


def test_what_a_stranger_typed_is_never_a_placeholder() -> None:
    """Braces in a value are shown as they are."""
    assert EN.code("zip_malformed", {"value": "{0}{nearest}", "digits": 0}).startswith(
        "{0}{nearest} is not a ZIP code."
    )


# ---- plain words


def patients_read() -> list[tuple[str, str]]:
    """Return (language, text) of all that patients can read."""
    own, translated = messages.for_patients(), messages.translated(messages.SPANISH)
    return [("en", text) for text in own] + [("es", translated[text]) for text in own]


def test_patients_never_read_the_words_of_builders() -> None:
    texts = [
        *patients_read(),
        *((name, text) for name, text in messages.bare_text().items() if name.startswith("patients")),
    ]
    assert len(texts) > 300
    assert [(where, text) for where, text in texts if builders_words(re.sub(r"\{[^}]*\}", "", text))] == []


def test_templates_show_no_fact_by_its_code() -> None:
    """A three-state value goes through `fact`; its code may only be a class."""
    for path in sorted((messages.TEMPLATES / "patients").glob("*.html")):
        for output in messages._parse(path.read_text(encoding="utf-8")).find_all(nodes.Output):
            before = ""
            for node in output.nodes:
                if isinstance(node, nodes.TemplateData):
                    before = node.data
                elif isinstance(node, nodes.Getattr) and node.attr == "value":
                    assert before.endswith('class="'), f"{path.name}:{node.lineno}"


def test_spanish_lists_end_with_e_before_the_sound_of_i() -> None:
    assert ES.listed(["español", "inglés"]) == "español e inglés"
    assert ES.listed(["a", "b", "hindi"]) == "a, b e hindi"
    assert ES.listed(["agua", "hielo"]) == "agua y hielo"
    assert ES.listed(["inglés", "español"]) == "inglés y español"
    assert ES.listed(["inglés"]) == "inglés"
    assert EN.listed(["Spanish", "Italian"]) == "Spanish and Italian"


def test_the_name_that_the_finder_comes_with_is_in_the_readers_language() -> None:
    (name,) = [one.default for one in SETTINGS if one.variable == "FINDER_SITE_NAME"]
    assert name == USUAL_NAME
    assert wording("es").finder_name(name) == "Buscador de especialistas de cadera"
    assert wording("es").finder_name("Juniper Hips") == "Juniper Hips"
