"""Patients' words as the matcher takes them: plain tokens, and the features that it weighs.

Features are words, their kinds, pairs of words, parts of words and how words and the whole sound, so that a slip of the
finger, a missing accent and what a telephone heard ("purr theez") still share most of theirs with the right spelling.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache, lru_cache
from zlib import crc32

import numpy as np

from finder.db.reference import DATA
from finder.geo import Floats, Ints

BUCKETS = 2**16
# Of longer texts the beginning and the end are read; people say what matters first or last.
_FIRST_CHARACTERS, _LAST_CHARACTERS = 1200, 600
_FIRST_TOKENS, _LAST_TOKENS = 60, 30
_LONGEST_TOKEN = 24
_TOKENS = re.compile("[a-z]+|[0-9]+")
_APOSTROPHES, _POSSESSIVE = re.compile("['\u2019`\u00b4]"), re.compile("['\u2019`\u00b4]s\\b")
_WORD, _PAIR, _SKIP, _PART, _SOUND, _KIND = 1.0, 1.0, 0.5, 0.35, 0.3, 1.0
_YEARS = frozenset("year years yr yrs yo y month months mo week weeks ano anos anito anitos mes meses semanas".split())
_CHILD_UNDER = 18
_CALENDAR, _FEVERS = range(1950, 2040), (38, 39, 40, 41, *range(100, 106))
_SOUNDS = (
    ("ph", "f"), ("th", "t"), ("ck", "k"), ("qu", "k"), ("sh", "s"), ("ch", "k"), ("ll", "y"), ("x", "ks"), ("c", "k"),
    ("q", "k"), ("z", "s"), ("v", "b"), ("j", "y"), ("g", "k"), ("d", "t"), ("p", "b"), ("w", ""), ("h", ""),
)  # fmt: skip


def tokens_of(text: str) -> list[str]:
    """Return the words and numbers of a text: lower case, without accents and apostrophes."""
    if len(text) > _FIRST_CHARACTERS + _LAST_CHARACTERS:
        text = f"{text[:_FIRST_CHARACTERS]} {text[-_LAST_CHARACTERS:]}"
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    # Whose hip it is, is the same word; in "can't" the mark is only left out.
    plain = _APOSTROPHES.sub("", _POSSESSIVE.sub(" ", plain))
    found = [token[:_LONGEST_TOKEN] for token in _TOKENS.findall(plain)]
    if len(found) > _FIRST_TOKENS + _LAST_TOKENS:
        return found[:_FIRST_TOKENS] + found[-_LAST_TOKENS:]
    return found


def features_of(tokens: list[str]) -> tuple[Ints, Floats, list[int]]:
    """Return numbers of features, ascending, with how often each is there, weighted; and of which token each came.

    A feature of several tokens counts as the last one's; those of the sound of the whole come from none, -1.
    """
    weights: dict[int, float] = {}
    origins: dict[int, int] = {}

    def add(feature: str, weight: float, token: int) -> None:
        number = crc32(feature.encode()) % BUCKETS
        weights[number] = weights.get(number, 0.0) + weight
        origins.setdefault(number, token)

    kinds = _kinds()
    before = ""
    for at, token in enumerate(tokens):
        add(f"w:{token}", _WORD, at)
        add(f"t:{_sound(token)}", _WORD / 2, at)
        kind = _kind_of_number(tokens, at) if token.isdigit() else kinds.get(token, "")
        if kind:
            add(f"k:{kind}", _KIND, at)
            if before:
                # One kind after the other: "fell", "not", "walk".
                add(f"kk:{before} {kind}", _KIND / 2, at)
            before = kind
        if at > 0:
            add(f"b:{tokens[at - 1]} {token}", _PAIR, at)
        if at > 1:
            add(f"s:{tokens[at - 2]} {token}", _SKIP, at)
        whole = f"<{token}>"
        for length in (3, 4, 5):
            for start in range(len(whole) - length + 1):
                add(f"c:{whole[start : start + length]}", _PART, at)
    sound = _sound("".join(tokens[:_FIRST_TOKENS]))
    for start in range(len(sound) - 3):
        add(f"p:{sound[start : start + 4]}", _SOUND, -1)
    numbers = sorted(weights)
    return (
        np.array(numbers, np.int64),
        np.array([weights[one] for one in numbers], np.float32),
        [origins[one] for one in numbers],
    )


def _kind_of_number(tokens: list[str], at: int) -> str:
    """Return what a number may be: a child's age, a year, a temperature of a fever in either scale."""
    number, after = int(tokens[at]), tokens[at + 1] if at + 1 < len(tokens) else ""
    if number < _CHILD_UNDER and after in _YEARS:
        return "child"
    if number in _CALENDAR:
        return "year"
    return "fever" if number in _FEVERS else ""


@cache
def _kinds() -> dict[str, str]:
    """Return the kind of each word that has one, such as "elsewhere" for a knee."""
    kinds = json.loads((DATA / "phrases" / "word_kinds.json").read_text(encoding="utf-8"))
    return {word: kind for kind, words in kinds.items() for word in words.split()}


@lru_cache(maxsize=4096)
def _sound(letters: str) -> str:
    """Return about how letters sound: consonants of one kind alike, no vowels, nothing twice in a row."""
    for written, sounds in _SOUNDS:
        letters = letters.replace(written, sounds)
    return re.sub(r"(.)\1+", r"\1", re.sub("[aeiouy]", "", letters))
