"""The words that cells may use: conditions and procedures, profiles, specialties, languages and plans.

Words are compared in a plain form: case, accents, punctuation and British spelling make no difference. A word that
could mean two things means neither, and is answered with the nearest that means one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from babel import Locale
from babel.core import UnknownLocaleError
from sqlalchemy import Connection

from finder.db.catalogue import Catalogue
from finder.db.directory import TargetKind
from finder.db.profiles import Profile
from finder.db.reference import DATA
from finder.importers.cells import CellError
from finder.importers.phrases import LONGEST, REMEMBERED, Nearest, meanings, plain_words

_NAME_PARTS = 3  # most parts between commas that are one name
_NUCC = re.compile(r"[0-9]{3}[0-9A-Z]{6}X")
_ABBREVIATION = re.compile(r"[A-Z]{2,6}")
_IN_BRACKETS = re.compile(r"(.+) \((.+)\)")
_LIST = re.compile(r"[;|\n]")
_LANGUAGE_LIST = re.compile(r"[;|\n,/&]|\s(?:and|y)\s", re.IGNORECASE)
# What hospitals say beside CLDR's names. Mandarin is what "zh" stands for where nothing else is said.
_LANGUAGE_WORDS = {
    "asl": "ase", "american sign": "ase", "sign language": "ase", "lenguaje de señas": "ase", "mandarin": "zh",
    "mandarin chinese": "zh", "chinese mandarin": "zh", "mandarín": "zh", "chinese cantonese": "yue", "farsi": "fa",
    "bengali": "bn", "castilian": "es", "castellano": "es", "cambodian": "km", "laotian": "lo", "ilocano": "ilo",
    "haitian": "ht", "haitian kreyol": "ht", "cape verdean": "kea", "cape verdean creole": "kea", "navaho": "nv",
    "taiwanese": "nan", "hokkien": "nan", "uighur": "ug", "spanish mexico": "es_MX", "portuguese brazil": "pt_BR",
}  # fmt: skip
_NO_LANGUAGE = ("mul", "und", "zxx")
_PLAN_KINDS = frozenset("plan plans ppo hmo epo pos hdhp insurance network networks commercial products all".split())


class Vocabulary:
    """What the words of a file mean, by the catalogue in force and the lists that we ship."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._kinds = catalogue.target_kinds
        bodies = {**catalogue.entries["condition"], **catalogue.entries["procedure"]}
        self._treatments = meanings(
            ((key, key) for key in bodies),
            ((name, key) for key, body in bodies.items() for name in _titles(body)),
        )
        phrases = meanings(((phrase, key) for key, body in bodies.items() for phrase in _phrases(body)))
        self._nearest_treatment = Nearest({**phrases, **self._treatments})
        self._profiles = meanings(
            ((key, profile) for key, profile in catalogue.profiles.items()),
            ((name, one) for one in catalogue.profiles.values() for name in _titles(one.body)),
            ((phrase, one) for one in catalogue.profiles.values() for phrase in _phrases(one.body)),
        )
        self._profile_keys = ", ".join(catalogue.profiles)
        self._nearest_profile = Nearest({phrase: one.key for phrase, one in self._profiles.items()})
        names = _specialty_names()
        in_plain_words = (
            (body[f"plain_{language}"], code)
            for code, body in catalogue.specialties.items()
            for language in ("en", "es")
        )
        self._specialties = meanings(names.items(), in_plain_words)
        # "Orthopedic surgery, sports medicine" tells what sports medicine means after any name of orthopedic surgery.
        self._within = {
            (self._specialties[plain_words(name.split(", ")[0])], plain_words(name.split(", ")[1])): code
            for name, code in names.items()
            if name.count(", ") == 1 and plain_words(name.split(", ")[0]) in self._specialties
        }
        self._nearest_specialty = Nearest({plain_words(name): name for name in names})
        self._nearest_language = Nearest({plain_words(name): name for name in Locale("en").languages.values()})
        self._nearest_plan = Nearest(_payers())
        self._specialty_codes = lru_cache(REMEMBERED)(self._read_specialties)
        self._language_codes = lru_cache(REMEMBERED)(self._read_languages)

    @classmethod
    def read(cls, connection: Connection) -> Vocabulary:
        """Read the words of the catalogue in force."""
        return cls(Catalogue.read(connection))

    def treatment(self, text: str) -> tuple[TargetKind, str]:
        """Read a condition or procedure: its id, its name in English or Spanish, or an abbreviation that it alone has.

        A patient's phrase is no claim, so that it only helps to name the nearest. Raises CellError.
        """
        key = self._treatments.get(plain_words(text))
        if key is None:
            raise CellError("treatment_unknown", nearest=self._nearest_treatment(text))
        return self._kinds[key], key

    def profile(self, text: str) -> Profile:
        """Read a profile: its id, its name in English or Spanish, or a synonym. Raises CellError."""
        profile = self._profiles.get(plain_words(text))
        if profile is None:
            raise CellError("profile_unknown", choices=self._profile_keys, nearest=self._nearest_profile(text))
        return profile

    def specialty_codes(self, text: str) -> list[str]:
        """Read a cell of specialties, codes or names; return NUCC codes in its order, each once.

        Values stand between semicolons or bars; between commas too, but a known name that has a comma is kept whole.
        A name that NUCC has within the leading specialty means that, so that sports medicine after orthopedic
        surgery is a surgeon's. Raises CellError naming the part that is unknown.
        """
        return list((self._specialty_codes if len(text) <= LONGEST else self._read_specialties)(text))

    def languages(self, text: str) -> list[str]:
        """Read a cell of languages: codes, or names in English, Spanish or the language itself; return CLDR codes.

        Raises CellError naming the part that is unknown.
        """
        return list((self._language_codes if len(text) <= LONGEST else self._read_languages)(text))

    def spoken_on_the_phone(self, text: str) -> str:
        """Read a cell of languages as `languages` does; return their codes with "; " between them."""
        return "; ".join(self.languages(text))

    def known_plan(self, text: str) -> bool:
        """Return whether a plan is that of a payer we know: it is, begins with or ends in one of its names."""
        words = _plan_words(text)
        firsts = (" ".join(words[:length]) for length in range(1, len(words) + 1))
        lasts = (" ".join(words[-length:]) for length in range(1, len(words) + 1))
        return " ".join(words) in _payers() or any(
            len(part) >= shortest and part in _payers()
            for parts, shortest in ((firsts, 3), (lasts, 5))
            for part in parts
        )

    def nearest_plan(self, text: str) -> str:
        """Return the payer that a plan's words are most like, or "" where none is."""
        return self._nearest_plan(" ".join(_plan_words(text)))

    def plan_note(self, text: str) -> tuple[str, dict[str, Any]] | None:
        """Return the code and parameters of the note on a plan, None where we know it. The plan is kept as it is."""
        return None if self.known_plan(text) else ("plan_unknown", {"nearest": self.nearest_plan(text)})

    def _read_specialties(self, text: str) -> tuple[str, ...]:
        codes: list[str] = []
        for part in self._specialty_parts(text):
            code = self._within.get((codes[0], plain_words(part))) if codes else None
            code = code or self._specialty(part)
            if code is None:
                raise CellError("specialty_unknown", part=part[:LONGEST], nearest=self._nearest_specialty(part))
            codes.append(code)
        return tuple(dict.fromkeys(codes))

    def _specialty_parts(self, text: str) -> Iterator[str]:
        """Yield the values of a cell; of what stands between commas, as much at once as is one known name."""
        for section in _LIST.split(text):
            tokens = [token.strip() for token in section.split(",") if token.strip()]
            at = 0
            while at < len(tokens):
                widest_first = (", ".join(tokens[at : at + width]) for width in range(_NAME_PARTS, 1, -1))
                part = next((part for part in widest_first if self._specialty(part) is not None), tokens[at])
                yield part
                at += part.count(", ") + 1

    def _specialty(self, text: str) -> str | None:
        if _NUCC.fullmatch(text.strip().upper()):
            return text.strip().upper()
        words = plain_words(text)
        # PECOS writes "Practitioner - ..." or "Physician/..." before the specialty, NUCC "Physician" behind it.
        forms = (words, words.removeprefix("practitioner "), words.removeprefix("physician "), words.removesuffix(" physician"))  # fmt: skip
        return next((self._specialties[form] for form in forms if form in self._specialties), None)

    def _read_languages(self, text: str) -> tuple[str, ...]:
        codes = []
        for part in filter(None, map(str.strip, _LANGUAGE_LIST.split(text))):
            code = _language(part)
            if code is None:
                raise CellError("language_unknown", part=part[:LONGEST], nearest=self._nearest_language(part))
            codes.append(code)
        return tuple(dict.fromkeys(codes))


def _titles(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of an entry, whole and without what stands in brackets, and its abbreviations."""
    for name in (body["name_en"], body["name_es"]):
        yield name
        bracketed = _IN_BRACKETS.fullmatch(name)
        if bracketed:
            yield bracketed[1]
            yield from filter(_ABBREVIATION.fullmatch, [bracketed[2]])
    yield from filter(_ABBREVIATION.fullmatch, _phrases(body))


def _phrases(body: Mapping[str, Any]) -> Iterator[str]:
    for field in ("synonyms_en", "synonyms_es", "misspellings"):
        yield from body.get(field, ())


@cache
def _specialty_names() -> dict[str, str]:
    """Return the NUCC code of each name in the shipped list, in its order."""
    with (DATA / "specialty_names.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row["code"] for row in csv.DictReader(file)}


@cache
def _payers() -> dict[str, str]:
    """Return the payer of each name and synonym in the shipped list, by its plain words."""
    found: dict[str, str] = {}
    with (DATA / "payers.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for name in (row["name"], *row["synonyms"].split(";")):
                found.setdefault(" ".join(_plan_words(name)), row["name"])
    return found


def _plan_words(text: str) -> list[str]:
    """Return the words of a plan without those at its end that say only what kind of plan it is."""
    words = plain_words(text).split()
    while len(words) > 1 and words[-1] in _PLAN_KINDS:
        words.pop()
    return words


def _language(text: str) -> str | None:
    words = plain_words(text)
    if not words:
        return None
    return _language_names().get(words) or _own_language_names().get(words)


@cache
def _language_names() -> dict[str, str]:
    """Return CLDR's code of each language by its code, its English and its Spanish name, in plain words."""
    english, spanish = ({str(code): str(name) for code, name in Locale(one).languages.items()} for one in ("en", "es"))
    return meanings(
        ((code, code) for code in english if code not in _NO_LANGUAGE),
        _LANGUAGE_WORDS.items(),
        *(((name, code) for code, name in names.items() if code not in _NO_LANGUAGE) for names in (english, spanish)),
    )


@cache
def _own_language_names() -> dict[str, str]:
    """Return CLDR's code of each language by what it is called in itself. It takes most of a second, once."""
    found = {}
    for code in map(str, Locale("en").languages):
        try:
            own = Locale.parse(code).languages.get(code)
        except (UnknownLocaleError, ValueError):
            continue
        if own and code not in _NO_LANGUAGE:
            found[str(own)] = code
    return meanings(found.items())
