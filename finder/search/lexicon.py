"""The catalogue's phrases, to be found in a text: a hospital's own rows count from the next edition on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from finder.db.catalogue import Catalogue
from finder.search.phrase_words import tokens_of

_PHRASES = ("synonyms_en", "synonyms_es", "misspellings", "match_only")
_SHOWN = {"en": ("synonyms_en",), "es": ("synonyms_es",)}
_FLAG_PHRASES = ("phrases_en", "phrases_es")
_LONGEST = 14
_DENIED_FROM = 3
# Words that are in nearly everything, so that a phrase of them alone says little.
_COMMON = frozenset(
    "a an the my his her their our your of in on at to for and or is it i am with from after"
    " el la los las un una mi su de del en a al y o que se me le con por para es".split()
)


class Found(NamedTuple):
    """A phrase of the catalogue in a text: whose it is, the tokens from `first` to before `last`, how much it says."""

    owner: str
    first: int
    last: int
    words: int


class Lexicon:
    """Every phrase of a catalogue by its tokens. Owners are ids of conditions and procedures, and of red flags."""

    def __init__(self, catalogue: Catalogue) -> None:
        rows = catalogue.entries
        self.procedures = frozenset(rows["procedure"])
        self.targets = {**rows["condition"], **rows["procedure"]}
        self.flags: Mapping[str, Any] = rows["red_flag"]
        self._meanings = _by_tokens(self.targets, (*_PHRASES, "name_en", "name_es"))
        self._alarms = _by_tokens(self.flags, _FLAG_PHRASES)
        self._groups = _by_tokens(rows["word_group"], ("en", "es"))
        self._denials = _by_tokens({"no": rows["words"]["negations"]}, ("en", "es"))
        self._no_denials = _by_tokens({"no": rows["words"]["not_a_negation"]}, ("en", "es"))
        self._rules = list(rows["context_rule"].values())

    def meanings(self, tokens: list[str]) -> list[Found]:
        """Return the phrases of conditions and procedures in a text."""
        return list(_find(self._meanings, tokens))

    def alarms(self, tokens: list[str]) -> list[Found]:
        """Return the phrases of red flags in a text."""
        return list(_find(self._alarms, tokens))

    def is_denied(self, first: int, tokens: list[str]) -> bool:
        """Return whether one of the three words before a phrase denies it, as the catalogue's negations have it."""
        before = tokens[max(0, first - _DENIED_FROM) : first]
        return any(_find(self._denials, before)) and not any(_find(self._no_denials, before))

    def in_context(self, target: str, tokens: list[str]) -> str | None:
        """Return what is meant instead of a target beside other words: a baby's hip that is out is no accident.

        None where nothing else is. These are the catalogue's context rules.
        """
        here: set[str] | None = None
        for rule in self._rules:
            if target not in rule["and_row_in"] or rule["then"] not in self.targets:
                continue
            if here is None:
                here = {f"@{found.owner}" for found in _find(self._groups, tokens)}
            words = [*rule.get("if_any_words_en", ()), *rule.get("if_any_words_es", ())]
            if not (here & set(rule.get("if_any", ())) or any(_is_in(word, tokens) for word in words)):
                continue
            unless = rule["unless_any"]
            if not (here & set(unless) or any(_is_in(word, tokens) for word in unless if word[0] != "@")):
                return str(rule["then"])
        return None

    def beginning_with(self, typed: str, language: str, most: int) -> list[tuple[str, str]]:
        """Return (owner, phrase) of phrases that may be shown and begin with what is typed, a word cut short or not."""
        begun = " ".join(tokens_of(typed))
        if not begun:
            return []
        some = (one for one in self._shown[language] if one[0].startswith(begun) or f" {begun}" in one[0])
        best = sorted(some, key=lambda one: (not one[0].startswith(begun), len(one[0]), one[0]))
        owners: dict[str, str] = {}
        for _plain, phrase, owner in best:
            owners.setdefault(owner, phrase)
        return list(owners.items())[:most]

    @cached_property
    def _shown(self) -> dict[str, list[tuple[str, str, str]]]:
        """Phrases that may be shown: plain, as written, whose."""
        return {
            language: [
                (" ".join(tokens_of(phrase)), phrase, owner)
                for owner, row in self.targets.items()
                for field in fields
                for phrase in row.get(field) or ()
                if phrase not in (row.get("match_only") or ())
            ]
            for language, fields in _SHOWN.items()
        }


def _is_in(phrase: str, tokens: list[str]) -> bool:
    words = tokens_of(phrase)
    return any(tokens[first : first + len(words)] == words for first in range(len(tokens) - len(words) + 1))


def _by_tokens(rows: Mapping[str, Any], fields: Iterable[str]) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for owner, row in rows.items():
        for field in fields:
            value = row.get(field) or ()
            for phrase in (value,) if isinstance(value, str) else value:
                tokens = tuple(tokens_of(phrase)[:_LONGEST])
                if tokens and owner not in found.setdefault(tokens, []):
                    found[tokens].append(owner)
    return found


def _find(phrases: Mapping[tuple[str, ...], list[str]], tokens: list[str]) -> Iterator[Found]:
    """Yield the longest phrases that begin at each token."""
    for first in range(len(tokens)):
        for last in range(min(len(tokens), first + _LONGEST), first, -1):
            if owners := phrases.get(tuple(tokens[first:last])):
                words = sum(token not in _COMMON for token in tokens[first:last])
                for owner in owners:
                    yield Found(owner, first, last, words)
                break
