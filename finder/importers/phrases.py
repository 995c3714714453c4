"""Phrases as they are compared: their plain words, what they mean, and which known one is nearest."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

Meaning = TypeVar("Meaning")

LONGEST = 200  # longer than any phrase that we know, in characters
REMEMBERED = 10_000
# Looking for the nearest is dear, and nobody reads the thousandth hint of one file.
_HINTS = 500
_ALIKE = 0.65
_BRITISH = (("paed", "ped"), ("haem", "hem"), ("anaes", "anes"), ("gynaec", "gynec"))


def plain_words(text: str) -> str:
    """Return text as it is compared: small letters without accents, words one space apart; "" where it is too long."""
    return _plain_words(text) if len(text) <= LONGEST else ""


@lru_cache(REMEMBERED)
def _plain_words(text: str) -> str:
    # Folding can compose what was apart, and some letters are capitals only once decomposed.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = "".join(letter for letter in decomposed if unicodedata.category(letter)[0] != "M")
    words = re.sub(r"[\W_]+", " ", re.sub(r"['\u2018\u2019]", "", letters).replace("&", " and ")).strip()
    for british, american in _BRITISH:
        words = words.replace(british, american)
    return words


def meanings(*ranks: Iterable[tuple[str, Meaning]]) -> dict[str, Meaning]:
    """Return what each phrase means, an earlier rank before a later; one with two meanings in its rank has none."""
    found: dict[str, Meaning] = {}
    taken: set[str] = set()
    for rank in ranks:
        here: dict[str, list[Meaning]] = defaultdict(list)
        for phrase, meaning in rank:
            words = plain_words(phrase)
            if words and words not in taken and meaning not in here[words]:
                here[words].append(meaning)
        found |= {words: meant[0] for words, meant in here.items() if len(meant) == 1}
        taken |= here.keys()
    return found


class Nearest:
    """Names what a known phrase like an unknown one stands for; looks each text up once, and only so many."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = answers
        self._told: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """Return the answer of the known phrase nearest to a text, or "" where none is near."""
        words = plain_words(text[:LONGEST])
        if words not in self._told:
            if len(self._told) >= _HINTS:
                return ""
            self._told[words] = self._look(words)
        return self._told[words]

    def _look(self, words: str) -> str:
        if words in self._answers:
            return self._answers[words]
        longer = {answer for phrase, answer in self._answers.items() if phrase.startswith(f"{words} ")}
        if len(longer) == 1:
            return longer.pop()
        near = difflib.get_close_matches(words, self._answers, 1, _ALIKE)
        return self._answers[near[0]] if near else ""
