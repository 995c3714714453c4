"""Beginnings that differ from a typed word by a slip of one letter: wrong, missing, too many, or two swapped."""

from __future__ import annotations

import string

SHORTEST = 5
# A slip in the first letters is looked for letter by letter, a later one among all that begins with them.
HEAD = 2


def slips_in_head(word: str) -> list[str]:
    """Return what may be meant where the slip is in the first HEAD letters of a word of at least SHORTEST letters.

    As many for each word, some of them twice. In other alphabets than a to z nothing: there only later slips are found.
    """
    if not _is_latin(word):
        return []
    found = []
    for at in range(HEAD):
        before, after = word[:at], word[at + 1 :]
        found += [before + letter + after for letter in string.ascii_lowercase]
        found += [before + letter + word[at:] for letter in string.ascii_lowercase]
        found += [before + after, before + word[at + 1] + word[at] + word[at + 2 :]]
    return found


def head(word: str) -> str:
    """Return how all begins in which a slip after the head is looked for."""
    return word[:HEAD] if _is_latin(word) else word[:1]


def begins_nearly(token: str, word: str) -> bool:
    """Return whether a token begins with a word (of SHORTEST letters or more) but for a slip before its last letter."""
    at = next((n for n, (ours, theirs) in enumerate(zip(word, token, strict=False)) if ours != theirs), len(token))
    rest, there = word[at:], token[at:]
    if not rest:
        return True
    if there[1:].startswith(rest):  # a letter is missing
        return True
    if len(rest) == 1:
        return False
    wrong = bool(there) and there[1:].startswith(rest[1:])
    too_many = there.startswith(rest[1:])
    swapped = there.startswith(rest[1] + rest[0] + rest[2:])
    return wrong or too_many or swapped


def _is_latin(word: str) -> bool:
    return word.isascii() and word.isalpha()
