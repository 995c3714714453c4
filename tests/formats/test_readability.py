"""What patients read is plain: English of grade 8 or easier, Spanish of 55 or more on the INFLESZ scale.

Both are formulas for running text, and say nothing of three words. A message of twelve words or more is scored by
itself; shorter ones, such as labels, are scored together, file by file. What the catalogue says is scored one by one.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from finder.desk.setup import DATA
from tests.formats import messages
from tests.formats.readability import (
    english_syllables,
    filled,
    grade,
    inflesz,
    sentences_of,
    spanish_syllables,
    words_of,
)

HARDEST_GRADE, LOWEST_INFLESZ = 8.0, 55.0
_ALONE, _FEWEST_TOGETHER = 12, 40
# Texts of the catalogue that score harder. Clinicians word them, so that they are named here with the score they have
# instead of being reworded; one that gets easier, or harder, must be told here too.
HARDER = {
    # "hospital emergency room": the thing to go to, by the name on its door; seven words give no room for others.
    "cards/go-today/heading_en": 9.1,
    # Three words, for which the formula was not made: "¿Está pasando ahora?"
    "cards/ask-now-or-treated/plain_es": 37.7,
    # Four words, one of them the name of the operation that is asked for.
    "conditions/hip-dysplasia/what_to_ask_es": -46.4,
}


def score(language: str, text: str) -> float:
    """Return the score of a text in a language."""
    return grade(text) if language == "en" else inflesz(text)


def is_plain(language: str, scored: float) -> bool:
    """Return whether a score is one that patients should meet."""
    return scored <= HARDEST_GRADE if language == "en" else scored >= LOWEST_INFLESZ


def interface() -> Iterator[tuple[str, str, str]]:
    """Yield (language, where, text) of all messages for patients, their gaps filled."""
    spanish = messages.translated(messages.SPANISH)
    for text, where in messages.places_of_messages().items():
        yield "en", where, filled(text)
        yield "es", where, filled(spanish[text])


def catalogue() -> Iterator[tuple[str, str, str]]:
    """Yield (language, where, text) of what the catalogue says that patients are shown. Names are no sentences."""
    body = json.loads((DATA / "catalogue.json").read_text(encoding="utf-8"))
    shown = {kind: body[kind] for kind in ("cards", "red_flags", "context_rules", "conditions")}
    for where, text in _texts(shown):
        name, _, language = where.rpartition("/")[2].rpartition("_")
        is_sentence = where.startswith("cards/") or name in ("message", "ask_question", "what_to_ask", "add_line")
        if language in ("en", "es") and is_sentence:
            yield language, where, text


def _texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where.lstrip("/"), value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{where}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{where}/{inner.get('id', number) if isinstance(inner, dict) else number}")


def pools(language: str) -> dict[str, str]:
    """Return the short messages of each file as one text; files with few words are taken together."""
    words: dict[str, list[str]] = defaultdict(list)
    for spoken, where, text in interface():
        if spoken == language and 0 < len(words_of(text)) < _ALONE:
            # A label is a sentence of its own, whether or not it ends with a stop.
            words[where].append(re.sub(r"[\s,:;]+$", "", text) + ("" if re.search(r"[.?!]$", text) else "."))
    texts = {where: " ".join(some) for where, some in words.items()}
    few = [where for where, text in texts.items() if len(words_of(text)) < _FEWEST_TOGETHER]
    together = " ".join(texts.pop(where) for where in few)
    return texts | ({"files with few words": together} if together else {})


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_message_of_some_length_is_plain(language: str) -> None:
    found = {
        (where, text): round(score(language, text), 1)
        for spoken, where, text in interface()
        if spoken == language and len(words_of(text)) >= _ALONE
    }
    assert len(found) >= 50
    assert {one: scored for one, scored in found.items() if not is_plain(language, scored)} == {}


@pytest.mark.parametrize("language", ["en", "es"])
def test_short_messages_are_plain_together(language: str) -> None:
    found = {where: round(score(language, text), 1) for where, text in pools(language).items()}
    assert len(found) > 5
    assert {where: scored for where, scored in found.items() if not is_plain(language, scored)} == {}


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_the_catalogue_says_is_plain(language: str) -> None:
    found = {where: round(score(language, text), 1) for spoken, where, text in catalogue() if spoken == language}
    assert len(found) > 70
    hard = {where: scored for where, scored in found.items() if not is_plain(language, scored)}
    assert hard == {where: scored for where, scored in HARDER.items() if where.endswith(language)}


def test_the_scores_are_those_of_known_texts() -> None:
    counted = {"the": 1, "make": 1, "table": 2, "doctor": 2, "checked": 1, "places": 2, "emergency": 4, "area": 3}
    assert {word: english_syllables(word) for word in counted} == counted
    # Not in the dictionary, so by rule; and figures, one syllable each.
    assert [english_syllables(word) for word in ("labral", "labrum", "osteotomy", "patient\u2019s", "23220")] == [
        2, 2, 4, 2, 1,
    ]  # fmt: skip
    spanish = {
        "línea": 3,
        "guiones": 2,
        "médico": 3,
        "caída": 3,
        "que": 1,
        "oeste": 3,
        "hay": 1,
        "ayuda": 3,
        "mayor": 2,
    }
    assert {word: spanish_syllables(word) for word in spanish} == spanish
    assert grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    assert grade("Comprehensive musculoskeletal evaluation necessitates interdisciplinary consideration.") > 20
    assert inflesz("La cadera duele.") == pytest.approx(206.835 - 62.3 * 6 / 3 - 3)
    assert len(sentences_of('Call 911 now. Is it "happening"? Dr: no; then go!')) == 3
