"""Patients' words as the matcher takes them: plain tokens, and the features that it weighs.

Features are words, their kinds, pairs of either, parts of words and how words and the whole sound, so that a slip of
the finger, a missing accent and what a telephone heard ("purr theez") still share most of theirs with the right
spelling, and a word that no phrase had before still says that it is an animal, another part of the body or a fall.
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
_WORD, _PAIR, _SKIP, _PART, _SOUND = 1.0, 1.0, 0.5, 0.35, 0.3
# A kind, one kind after the other, and two that are said anywhere.
_KIND, _KINDS_IN_TURN, _KINDS_TOGETHER = 1.0, 0.7, 0.5
_YEARS = frozenset("year years yr yrs yo y month months mo week weeks ano anos anito anitos mes meses semanas".split())
_CHILD_UNDER = 18
# Before a number that is somebody's age, with no word for years after it: "im 9", "she just turned 6".
_AGED = frozenset("im hes shes theyre is am age aged turned turning edad tengo tiene cumplio".split())
# "Is 9 out of 10", "tengo 3 dias": no age.
_SPANS = frozenset("out of over day days dia dias hour hours hora horas min mins minutes minutos times veces".split())
_ELDERS, _CALENDAR, _FEVERS = range(65, 100), range(1950, 2040), (38, 39, 40, 41, *range(100, 106))
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

    before: tuple[str, ...] = ()
    said: dict[str, int] = {}
    for at, (token, kinds) in enumerate(zip(tokens, kinds_of(tokens), strict=True)):
        add(f"w:{token}", _WORD, at)
        add(f"t:{_sound(token)}", _WORD / 2, at)
        for kind in kinds:
            add(f"k:{kind}", _KIND, at)
            said.setdefault(kind, at)
            for one in before:
                # One kind after the other: "fell", "negate", "bear".
                add(f"kk:{one} {kind}", _KINDS_IN_TURN, at)
        before = kinds or before
        if at > 0:
            add(f"b:{tokens[at - 1]} {token}", _PAIR, at)
        if at > 1:
            add(f"s:{tokens[at - 2]} {token}", _SKIP, at)
        whole = f"<{token}>"
        for length in (3, 4, 5):
            for start in range(len(whole) - length + 1):
                add(f"c:{whole[start : start + length]}", _PART, at)
    # What is said beside what, wherever it stands; that no word is of the hip says much, too.
    together = [*sorted(said.items()), *([] if "hip" in said else [("no hip", -1)])]
    for n, (kind, at) in enumerate(together):
        add(f"ka:{kind}", _KINDS_TOGETHER, at)
        for other, where in together[n + 1 :]:
            add(f"ka:{kind} {other}", _KINDS_TOGETHER, max(at, where))
    sound = _sound("".join(tokens[:_FIRST_TOKENS]))
    for start in range(len(sound) - 3):
        add(f"p:{sound[start : start + 4]}", _SOUND, -1)
    numbers = sorted(weights)
    return (
        np.array(numbers, np.int64),
        np.array([weights[one] for one in numbers], np.float32),
        [origins[one] for one in numbers],
    )


def kinds_of(tokens: list[str]) -> list[tuple[str, ...]]:
    """Return the kinds of each token, such as "elsewhere" for a knee or "child" for an age; mostly none or one."""
    kinds = _kinds()
    return [_kinds_of_number(tokens, at) if one.isdigit() else kinds.get(one, ()) for at, one in enumerate(tokens)]


def _kinds_of_number(tokens: list[str], at: int) -> tuple[str, ...]:
    """Return what a number may be: an age of the young or old, a year, a temperature of a fever in either scale."""
    number, after = int(tokens[at]), tokens[at + 1] if at + 1 < len(tokens) else ""
    is_age = after in _YEARS or (at > 0 and tokens[at - 1] in _AGED and after not in _SPANS and not after.isdigit())
    if number < _CHILD_UNDER and is_age:
        return ("child",)
    if number in _CALENDAR:
        return ("year",)
    if number in _ELDERS:
        return ("elder",)
    return ("fever",) if number in _FEVERS else ()


@cache
def _kinds() -> dict[str, tuple[str, ...]]:
    """Return the kinds of each word that has any."""
    kinds: dict[str, tuple[str, ...]] = {}
    for kind, words in json.loads((DATA / "phrases" / "word_kinds.json").read_text(encoding="utf-8")).items():
        for word in words.split():
            kinds[word] = (*kinds.get(word, ()), kind)
    return kinds


@lru_cache(maxsize=4096)
def _sound(letters: str) -> str:
    """Return about how letters sound: consonants of one kind alike, no vowels, nothing twice in a row."""
    for written, sounds in _SOUNDS:
        letters = letters.replace(written, sounds)
    return re.sub(r"(.)\1+", r"\1", re.sub("[aeiouy]", "", letters))
