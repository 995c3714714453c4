"""Write names, stored and typed, as words that can be compared: no case, accents, apostrophes, titles or degrees."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from finder.db.names import TOKEN_LENGTH, NameKind

# What is read of a typed text; names are shorter.
LONGEST_TEXT = 200
MOST_WORDS = 12
# O'Brien, O\u2019Brien, Hawai\u02bbi and O`Brien are one word each.
_APOSTROPHES = dict.fromkeys(map(ord, "'`\u00b4\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u02c8\u2032\uff07"))
# Letters of their own, which have no accent that could be taken away.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_VARIATION_SELECTORS = frozenset((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
# Short and long for the same, whichever is stored or typed.
_ALSO = {
    "saint": "st", "st": "saint", "sainte": "ste", "ste": "sainte", "mount": "mt", "mt": "mount", "fort": "ft",
    "ft": "fort", "center": "ctr", "ctr": "center", "centre": "center",
}  # fmt: skip
_JOINING = frozenset("the of and at for in a an".split())
_TITLES = frozenset("dr doctor mr mrs ms miss prof professor dra".split())
_SUFFIXES = frozenset("jr sr ii iii iv 2nd 3rd 4th".split())
_CREDENTIALS = frozenset("""
md dpm dc dds dmd nd phd psyd edd dsc mbbs mbbch mbchb mdcm dnp dpt otd dhsc dmsc pharmd rph pt mpt mspt lpt pta ot otr
otrl cota atc cscs ocs scs faaompt comt cmpt cht slp cccslp pac mpas mms npc np fnp fnpc fnpbc agnp agnpc agacnpbc acnp
acnpbc anp anpbc cnp cns cnm crna cpnp pnp gnp whnp aprn arnp apn apnp crnp rn bsn msn lpn lcsw rd rdn facs faaos facr
facp faap faafp facep facog frcs frcsc mph mba mha mha rmsk
""".split())  # fmt: skip
# Degrees that are names as well: "John Tran Do" is not told from "John Tran, DO".
_ALSO_NAMES = frozenset("do pa ma ba at lat od".split())


def normalised(text: str) -> str:
    """Return a text as words with one space between: letters and digits, casefolded, without accents.

    Apostrophes vanish, all else that is no letter or digit parts words. Scripts without case stay as they are, but for
    accents and vowel points; done twice it is the same as done once. Never raises.
    """
    if text.isascii():
        plain = re.sub(r"[^a-z0-9]+", " ", text.lower().replace("'", "").replace("`", "")).strip()
    else:
        plain = text
        # Folding case may bring forth what has an accent again.
        for _ in range(2):
            bare = unicodedata.normalize("NFKD", plain.translate(_APOSTROPHES)).translate(_APOSTROPHES)
            plain = "".join(c for c in bare if not unicodedata.combining(c)).casefold().translate(_LETTERS)
        plain = " ".join("".join(map(_kept, plain)).split())
    return plain.replace("paed", "ped")


def _kept(c: str) -> str:
    kind = unicodedata.category(c)
    # Signs that join or part letters without being seen, such as the soft hyphen, and those on letters.
    if kind in ("Cf", "Me") or ord(c) in _VARIATION_SELECTORS:
        return ""
    # Vowel signs of Indic scripts are marks, but no accents.
    return c if kind[0] in "LNM" else " "


@lru_cache(maxsize=50_000)
def tokens_of(name: str) -> tuple[str, ...]:
    """Return the words under which a name, or a part of it such as the family name, is stored; TOKEN_LENGTH at most.

    Each word has all after it attached, so that "de la cruz", "dela cruz" and "delacruz" are all beginnings of one.
    """
    words, found = normalised(name).split(), set[str]()
    for number, word in enumerate(words):
        if word not in _JOINING or len(words) == 1:
            rest = "".join(words[number + 1 :])
            found.update((f"{one}{rest}"[:TOKEN_LENGTH]) for one in (word, _ALSO.get(word, word)))
    return tuple(sorted(found))


def readings(text: str, kind: NameKind) -> list[tuple[str, ...]]:
    """Return the words of a typed name, in each of the ways it can be read, the likeliest first; none for no words.

    Of a person's name titles, degrees and suffixes are left out, unless nothing else is there. A degree that is a name
    too counts as a name first.
    """
    words = tuple(dict.fromkeys(normalised(text[:LONGEST_TEXT])[:LONGEST_TEXT].split()))[:MOST_WORDS]
    if not words:
        return []
    if kind is NameKind.PLACE:
        return [tuple(word for word in words if word not in _JOINING) or words]
    with_degrees, without = _of_person(text[:LONGEST_TEXT])
    return list(dict.fromkeys(one for one in (with_degrees, without) if one)) or [words]


def _of_person(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of a person's name with what may be a degree, and without it where two others are left."""
    kept: list[str] = []
    unsure: list[str] = []
    for part, chunks in enumerate(map(str.split, re.split(r"[,;]", text))):
        for chunk in chunks:
            bare = normalised(re.sub(r"[./-]", "", chunk))
            if bare in _TITLES | _SUFFIXES | _CREDENTIALS:
                continue
            if bare in _ALSO_NAMES and len(kept) > 1:
                # Written as only degrees are.
                if part or "." in chunk.strip(".") or (chunk.isupper() and not text.isupper()):
                    continue
                unsure.append(bare)
            kept += normalised(chunk).split()
    words = tuple(dict.fromkeys(kept))[:MOST_WORDS]
    surely = tuple(word for word in words if word not in unsure)
    return words, surely if len(surely) > 1 else ()


def joined(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return words as they are, then with two neighbours as one, then all as one: "de luca" may be listed as Deluca."""
    pairs = [(*words[:n], words[n] + words[n + 1], *words[n + 2 :]) for n in range(len(words) - 1)]
    return list(dict.fromkeys((words, *pairs, ("".join(words),))))
