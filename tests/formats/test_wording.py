"""Every sentence in both languages: whole, filled in, and plain enough to be read in pain."""

from __future__ import annotations

import ast
import datetime as dt
import re
from string import Formatter
from typing import Any

import pytest
from babel.messages.catalog import Catalog as Translations
from babel.messages.pofile import read_po
from jinja2 import nodes

from finder.db.base import Capability, Stated
from finder.db.catalogue import KINDS as ENTRY_KINDS
from finder.db.catalogue import Catalogue, shipped_entries
from finder.db.directory import LocationKind, PositionKind, ServiceKind, TargetKind
from finder.db.zip_table import Exactness, ZipKind
from finder.desk.setup import DATA
from finder.errors import CODES, QuestionError
from finder.formats import wording as made
from finder.formats.sentences import SENTENCES
from finder.formats.wording import FACTS, KINDS, LANGUAGES, Wording, wording
from finder.geo import METRES_PER_MILE
from finder.search.origin import Origin
from finder.search.results import LocationView, Match
from finder.search.treats import Basis, Declared, Rung, Standing
from tests.formats import messages

EN, ES = wording("en"), wording("es")
TODAY = dt.date(2026, 11, 22)
SPANISH = made._LOCALE / "es" / "LC_MESSAGES" / "finder.po"
# One value for each name that a code's parameters have; lists are as their raisers make them.
SAMPLES: dict[str, Any] = {
    "value": "2322", "prefix": "773", "digits": 4, "suggestion": "02322", "nearest": "labral-tear", "name": "radius", "expected": "yes or no",
    "longest": 200, "public_id": "place:x:y", "method": "PUT", "found": "a PDF", "size_mb": 300, "limit_mb": 200,
    "first_row": "3", "columns": ["phone", "zip_code"], "section": "locations", "sections": ["locations", "services"],
    "problem": "required_empty", "row": 7, "source": "main-hospital", "choices": "clinic, hospital", "youngest": 70,
    "oldest": 7, "first": "2026-11-22", "last": "2026-11-01", "person": "p1", "place": "l1", "cells": 9,
    "mended": "02322", "zip_code": "23220", "miles": 31, "rows": 4, "state": "VA", "zip_state": "MD",
    "known": ["demo", "main-hospital"], "version": 3, "host": "0.0.0.0", "revision": "0009",
    "kind": "condition", "key": "labral-tear", "fields": ["name_en"], "reviewer": "Dr. Fern",
}  # fmt: skip
UNREADABLE = re.compile(r"taxonom|geod|dataset|\bnull\b|\bnulo\b|not_stated|\bNone\b", re.IGNORECASE)


def spanish() -> Translations:
    with SPANISH.open("rb") as file:
        return read_po(file, locale="es")


def fields(text: str) -> list[tuple[str, str]]:
    return sorted((name, conversion or "") for _, name, _, conversion in Formatter().parse(text) if name is not None)


def a_place(**changed: Any) -> LocationView:
    whole: dict[str, Any] = {
        "public_id": "place:demo:x", "name": "Fern Clinic", "organization": "Fern Health", "kind": LocationKind.CLINIC,
        "address": "1 Fern Road", "address_2": "", "city": "Richmond", "state": "VA", "zip_code": "23220", "phone": "",
        "relay_phone": "", "url": "", "latitude": 37.5, "longitude": -77.4, "position_kind": PositionKind.GIVEN, "hours": "",
        "directions": "", "step_free": Stated.YES, "lift": Stated.NO, "adjustable_exam_table": Stated.NOT_STATED,
        "accessible_parking": Stated.YES, "interpreter": Stated.YES, "verified_on": None, "source": "demo",
    }  # fmt: skip
    return LocationView(**whole | changed)


def match(miles: float, **changed: Any) -> Match:
    return Match(1, miles * METRES_PER_MILE, a_place(**changed))


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
    assert {name: text for name, text in bare.items() if text} == {}


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
                assert told == set(CODES[code].params), f"{path}:{raised.lineno}"


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
    columns = {"name": "a.csv", "columns": [["fone", "phone"], ["colour"]]}
    assert "fone (did you mean phone?), colour." in EN.code("columns_unknown", columns)
    assert "fone (¿quiso decir phone?), colour." in ES.code("columns_unknown", columns)
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


# ---- what is said of one listing


@pytest.mark.parametrize(
    ("miles", "english", "spanish"),
    [
        (0, "Less than 0.1 mile", "A menos de 0.1 milla"),
        (0.04, "Less than 0.1 mile", "A menos de 0.1 milla"),
        (0.1, "About 0.1 miles", "A unas 0.1 millas"),
        (0.8, "About 0.8 miles", "A unas 0.8 millas"),
        (0.96, "About 1 mile", "A cerca de 1 milla"),
        (1, "About 1 mile", "A cerca de 1 milla"),
        (1.04, "About 1 mile", "A cerca de 1 milla"),
        (2, "About 2 miles", "A unas 2 millas"),
        (9.94, "About 9.9 miles", "A unas 9.9 millas"),
        (9.96, "About 10 miles", "A unas 10 millas"),
        (10.4, "About 10 miles", "A unas 10 millas"),
        (24.9, "About 25 miles", "A unas 25 millas"),
        (1234.4, "About 1,234 miles", "A unas 1,234 millas"),
    ],
)
def test_miles(miles: float, english: str, spanish: str) -> None:
    assert EN.miles(miles * METRES_PER_MILE) == english
    assert ES.miles(miles * METRES_PER_MILE) == spanish


def test_distance_says_what_is_rough_about_it() -> None:
    assert EN.distance(match(24.9)) == "About 25 miles"
    assert EN.distance(match(26)) == "About 26 miles; by road it is longer"
    assert ES.distance(match(26)) == "A unas 26 millas; por carretera es más lejos"
    by_zip = match(26, position_kind=PositionKind.ZIP)
    assert EN.distance(by_zip) == "About 26 miles, measured to the middle of its ZIP code"
    assert ES.distance(by_zip) == "A unas 26 millas, medido hasta el centro de su código ZIP"


def test_origin_says_where_miles_begin() -> None:
    town = Origin("23220", 37.55, -77.46, "Richmond", "VA", ZipKind.AREA, Exactness.POPULATION)
    assert EN.origin(town) == "Miles are in a straight line from the middle of ZIP 23220 (Richmond, VA)."
    assert ES.origin(town) == "Las millas son en línea recta desde el centro del código ZIP 23220 (Richmond, VA)."
    boxes = Origin("23218", 37.55, -77.46, "Richmond", "VA", ZipKind.PO_BOX, Exactness.PLACE)
    assert EN.origin(boxes).startswith("23218 (Richmond, VA) is for PO boxes.")
    assert "oficina de correos" in ES.origin(boxes)


def test_checked_gets_old_after_180_days() -> None:
    day = TODAY - dt.timedelta(days=180)
    assert EN.checked(day, TODAY) == "Checked May 26, 2026"
    assert ES.checked(day, TODAY) == "Revisado el 26 de mayo de 2026"
    old = day - dt.timedelta(days=1)
    assert EN.checked(old, TODAY) == "Last checked May 25, 2026. May be out of date."
    assert ES.checked(old, TODAY) == "Revisado por última vez el 25 de mayo de 2026. Puede no estar al día."
    assert EN.checked(None, TODAY) == "Never checked. Call before you go."
    assert ES.checked(None, TODAY) == "Nunca revisado. Llame antes de ir."


@pytest.mark.parametrize(
    ("youngest", "oldest", "english", "spanish"),
    [
        (0, 17, "Sees ages 0 to 17", "Atiende de 0 a 17 años"),
        (16, None, "Sees ages 16 and up", "Atiende desde los 16 años"),
        (0, None, "Sees ages 0 and up", "Atiende desde los 0 años"),
        (None, 21, "Sees ages up to 21", "Atiende hasta los 21 años"),
        (None, None, "Ages: call to ask", "Edades: llame para preguntar"),
    ],
)
def test_ages(youngest: int | None, oldest: int | None, english: str, spanish: str) -> None:
    assert EN.ages(youngest, oldest) == english
    assert ES.ages(youngest, oldest) == spanish


def test_phone_is_as_people_read_it() -> None:
    assert EN.phone("+18045550112") == "(804) 555-0112"
    assert ES.phone("+18045550112;ext=42") == "(804) 555-0112 ext. 42"
    assert EN.phone("+442079460000") == "+442079460000"
    assert EN.phone("") == ""


@pytest.mark.parametrize("words", [EN, ES], ids=LANGUAGES)
def test_every_fact_and_kind_has_words(words: Wording) -> None:
    assert {kind.value for kind in LocationKind} == set(KINDS)
    assert {service.value for service in ServiceKind} < set(FACTS)
    ask = ": call to ask" if words is EN else ": llame para preguntar"
    for name in FACTS:
        said = [words.fact(name, value) for value in Stated]
        assert len(set(said)) == len(Stated)
        assert words.fact(name, Stated.NOT_STATED).endswith(ask)
        # What was not stated is never said as a no.
        assert not words.fact(name, Stated.NOT_STATED).startswith(("No ", "Not ", "Sin "))
    assert len({words.kind(a_place(kind=kind)) for kind in LocationKind}) == len(LocationKind)


def test_facts_and_kinds_in_spanish() -> None:
    assert ES.fact("step_free", Stated.NO) == "Escalones en la entrada"
    assert ES.fact("emergency", Stated.YES) == "Sala de emergencias"
    assert ES.kind(a_place(kind=LocationKind.CHILDRENS)) == "Hospital infantil"
    assert EN.kind(a_place(kind=LocationKind.NOT_STATED)) == "Place"


@pytest.mark.parametrize("words", [EN, ES], ids=LANGUAGES)
def test_a_card_does_not_say_its_heading_twice(words: Wording, catalogue: Catalogue) -> None:
    for card in ("call-911", "go-today", "call-your-surgeon"):
        for form in (None, "plain", "hip"):
            heading, text = words.card(catalogue, card, form)
            assert heading
            assert not text.startswith(f"{heading}.")
            assert text.endswith(".")


def test_cards_name_the_number_and_the_place_to_go(catalogue: Catalogue) -> None:
    assert EN.card(catalogue, "call-911", "hip")[0] == "Call 911 now"
    assert ES.card(catalogue, "call-911", "hip")[1].startswith("No se mueva.")
    # A card without the form asked for falls back to its plain one.
    assert EN.card(catalogue, "call-your-surgeon", "hip") == EN.card(catalogue, "call-your-surgeon", None)
    assert "sala de emergencias de un hospital" in ES.card(catalogue, "go-today", None)[1]
    assert ES.card_line(catalogue, "call-911", "button") == "Llamar al 911"
    assert "911" in EN.standing_line()
    assert "911" in ES.standing_line()


def test_names_of_entries_and_languages(catalogue: Catalogue) -> None:
    assert ES.entry(catalogue, "taxonomy", "225100000X") == "Fisioterapeuta"
    assert EN.entry(catalogue, "role_group", "surgeon") == "Surgeons"
    assert EN.entry(catalogue, "condition", "no-such") == "no-such"
    assert (EN.language_name("es"), ES.language_name("es"), EN.language_name("zz")) == ("Spanish", "español", "zz")
    assert (EN.language_name("ase"), ES.language_name("ase")) == (
        "American Sign Language",
        "lengua de señas americana (ASL)",
    )
    assert ES.language_name("arz") == "Egyptian Arabic"  # CLDR has no Spanish; better than a code
    assert (EN.listed(["a", "b", "c"]), ES.listed(["a", "b", "c"])) == ("a, b, and c", "a, b y c")


@pytest.mark.parametrize("words", [EN, ES], ids=LANGUAGES)
@pytest.mark.parametrize("level", Capability)
def test_every_level_is_said_of_conditions_and_procedures(
    words: Wording, level: Capability, catalogue: Catalogue
) -> None:
    for kind, key in ((TargetKind.CONDITION, "labral-tear"), (TargetKind.PROCEDURE, "hip-arthroscopy-fai-labrum")):
        said = words.says(catalogue, kind, key, level)
        assert words.entry(catalogue, kind.value, key) in said
        assert said.endswith(".")


def test_reasons_say_what_they_rest_on(catalogue: Catalogue) -> None:
    told = Declared(TargetKind.CONDITION, "labral-tear", Capability.TREATS, "Fern Staff Office", dt.date(2026, 10, 2))
    declared = Standing(Rung.DECLARED, Basis.CONDITION, "labral-tear", told)
    why, rests_on = EN.reason(catalogue, declared, match(2).location)
    assert why.startswith("Treats this: ")
    assert rests_on == "Fern Staff Office says so, October 2, 2026."
    assert ES.reason(catalogue, declared, match(2).location)[1] == "Lo dijo Fern Staff Office el 2 de octubre de 2026."
    unsigned = Standing(Rung.DECLARED, Basis.CONDITION, "labral-tear", Declared(told.kind, told.target, told.level))
    assert EN.reason(catalogue, unsigned, match(2).location)[1] == "Fern Health says so."
    assert EN.reason(catalogue, unsigned, match(2, organization="").location)[1] == "Fern Clinic says so."
    usual = EN.reason(catalogue, Standing(Rung.USUAL, Basis.SPECIALTY, "207XX0005X"), match(2).location)
    assert usual[1] == "They have not said so themselves. Ask when you call."
    may_help = ES.reason(catalogue, Standing(Rung.MAY_HELP, Basis.SPECIALTY, "225100000X"), match(2).location)
    assert may_help == (
        "Quizá pueda ayudar. Figura como: Fisioterapeuta.",
        "No sabemos si tratan esto. Pregunte al llamar.",
    )
    children = EN.reason(catalogue, Standing(Rung.CALL_FIRST, Basis.SPECIALTY, "207X00000X"), match(2).location)
    assert children[1] == "Ages not stated. Call first and ask if they see children."
    assert (
        EN.reason(catalogue, Standing(Rung.MAY_HELP, Basis.KIND_OF_PLACE, "282N00000X"), match(2).location)[0]
        == "May help: Clinic."
    )
    for rung in Rung:
        for words in (EN, ES):
            assert words.reason(catalogue, Standing(rung, Basis.PEOPLE, "207X00000X"), match(2).location)[0].endswith(
                "."
            )


# ---- plain words


def patients_read() -> list[tuple[str, str]]:
    """Return (language, text) of all that patients can read."""
    own = messages.for_patients()
    translated = {}
    for entry in spanish():
        if entry.id:
            pairs = (
                zip(entry.id, entry.string, strict=True) if isinstance(entry.id, tuple) else [(entry.id, entry.string)]
            )
            translated |= dict(pairs)
    return [("en", text) for text in own] + [("es", translated[text]) for text in own]


def test_patients_never_read_the_words_of_builders() -> None:
    texts = [
        *patients_read(),
        *((name, text) for name, text in messages.bare_text().items() if name.startswith("patients")),
    ]
    assert len(texts) > 300
    assert [(where, text) for where, text in texts if UNREADABLE.search(re.sub(r"\{[^}]*\}", "", text))] == []


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


def filled(text: str) -> str:
    """Return a sentence with plain words in its gaps."""
    return re.sub(r"\{[^}]*\}", "this", text)


def sentences_of(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.?!:;])\s+", text) if re.search(r"\w", part)]


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['\u2019][^\W_]+)?", text)


def english_syllables(word: str) -> int:
    word = re.sub(r"[^a-z]", "", word.lower())
    quiet = re.sub(r"(?:[^laeiouycgsxz]es|[^aeioutd]ed|[^laeiou]e)$", lambda end: end[0][0], word)
    return max(1, len(re.findall(r"[aeiouy]+", quiet)))


def grade(text: str) -> float:
    """Return the Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59."""
    found = words_of(text)
    return 0.39 * len(found) / len(sentences_of(text)) + 11.8 * sum(map(english_syllables, found)) / len(found) - 15.59


def spanish_syllables(word: str) -> int:
    vowels = re.findall(r"[aeiouyáéíóúü]+", re.sub(r"([qg])u(?=[eiéí])", r"\1", word.lower()))
    hiatus = r"(?<=[aeoáéó])(?=[aeoáéóíú])|(?<=[íú])(?=[aeoáéó])"
    return max(1, sum(1 + len(re.findall(hiatus, group)) for group in vowels))


def inflesz(text: str) -> float:
    """Return the Szigriszt-Pazos score, read on the INFLESZ scale: 55 and up is normal, 65 and up quite easy."""
    found = words_of(text)
    syllables = sum(map(spanish_syllables, found)) / len(found)
    return 206.835 - 62.3 * syllables - len(found) / len(sentences_of(text))


def test_the_scores_are_those_of_known_texts() -> None:
    counted = {"the": 1, "make": 1, "table": 2, "doctor": 2, "checked": 1, "needed": 2, "places": 2, "emergency": 4}
    assert {word: english_syllables(word) for word in counted} == counted
    assert [spanish_syllables(w) for w in ("línea", "guiones", "médico", "caída", "que", "oeste", "hay")] == [
        3,
        2,
        3,
        3,
        1,
        3,
        1,
    ]
    assert grade("The cat sat on the mat.") < 0
    assert grade("Comprehensive musculoskeletal evaluation necessitates interdisciplinary consideration.") > 20


def test_english_for_patients_is_grade_8_or_easier() -> None:
    scored = {text: grade(filled(text)) for text in messages.for_patients() if len(words_of(text)) >= 10}
    assert len(scored) > 20
    assert {text: round(found, 1) for text, found in scored.items() if found > 8} == {}


def test_spanish_for_patients_is_normal_or_easier() -> None:
    scored = {t: inflesz(filled(t)) for language, t in patients_read() if language == "es" and len(words_of(t)) >= 10}
    assert len(scored) > 20
    assert {text: round(found) for text, found in scored.items() if found < 55} == {}
