"""Give names that SHOUT their small letters back. Only text without any small letter is touched.

What is not proved stays as it is: a short word may be an acronym or initials, and an acronym must not be destroyed. No
letter is added or lost. Particles are capitals (Van Der Berg, De La Cruz), as most records of this country have them:
that some people write theirs small is known to them alone. MACDONALD is Macdonald, since both spellings are common;
that MCDONALD is McDonald is all but without exception.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from finder.db.reference import DATA, zip_points
from finder.db.zip_table import WORDS_FILE, ZipTable

_LONGEST = 1000  # what is longer is no name
_QUOTES = str.maketrans({
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032\u2035\u00b4\u0060\uff07", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u2036\uff02", '"'),
})  # fmt: skip
_MARKS = "'\u2018\u2019\u02bc\u02bb\u0060\u00b4\u2032"
_LETTER = r"(?:[^\W\d_][\u0300-\u036f]*)"
_NAME = re.compile(f"{_LETTER}+(?:[{_MARKS}]{_LETTER}+)*")
_PLACE_WORD = re.compile(f"(?:{_LETTER}|[0-9])+(?:[{_MARKS}]{_LETTER}+)*")
_MARK = re.compile(f"([{_MARKS}])")
_ORDINAL = re.compile("[0-9]+(?:ST|ND|RD|TH)")
_VOWEL = re.compile("[AEIOUY]|[^\x00-\x7f]")

# Georgian, Zulu and Swahili names that begin with the same two letters.
_NOT_MC = frozenset("MCHEDLISHVILI MCHEDLIDZE MCHUNU MCUNU MCHOMBO MCHARO".split())
_ROMAN = frozenset("II III IV VI VII VIII IX".split())
_BEFORE_CAPITAL = frozenset("DE LA LE DA DELL DALL SANT".split())
_TWO_LETTERS = frozenset("AI AU OU AL AN ED EK EL IM OH OK OM OS OZ UM UN UY NG ST WM".split())

# Words that are certain though they are short. The names of American towns and counties are added to them.
_SMALL = frozenset("OF THE AND AT IN ON BY FOR TO FROM WITH".split())
_SHORT = frozenset("""
ALL AREA ARTS ASSN BABY BACK BCH BEST BETH BILL BODY BONE BROS BUEN BYRD CARE CLIN CLUB CNTR CNTY COMM CONE CORE
CORP COX CTR DAHL DAWN DEAN DEPT DIV DOCS DOOR DOWN DR DRS DRUG DU EAR EASE EL EXT EYE FE FEAR FEET FOOT FRYE FT
GAIT GRP HATO HEAL HELP HIP HLTH HOAG HOSP HTS HUGH INC INST INTL JCT JOAN JOB JOBS JOHN JUDE KECK KERN KEYS
KIDS LAB LE LEG LEVI LIFE LIMB LTD LUNG MAIN MALE MED MEM MEML MEN MIND MON MORE MT MTN NATL NEUR ONE OPEN ORTH
AMY BEN DAN EVA EVE IAN IDA JAN JED JIM JOE KAY KEN KIM LEO MAX PAM RAY RON ROY SAM SUE TED TIM TOM
OUR PAIN PILA PLAN PLUS PROV RADY READ REG REGL REID REST RITE RUIZ SAME SANT SCAN SHEA SICK SKIN SPGS ST STAY
STE STEP SVC SVCS SYS TEAM TEEN TRI TWP UNIT UNIV VEIN VIA WELL WISE WORK YOUR ZONE
""".split())  # fmt: skip
_STREET = frozenset("""
AVE AV BLVD RD LN CT PL SQ PKWY PKY HWY CIR TER TRL TR PLZ EXPY FWY TPKE XING EXT APT BLDG FLR RM ROOM DEPT CTR HTS HGTS
GRV VLY VW LK MTN RTE RT BYP CMNS PK STS STA ATTN STOP MAIL CODE SLOT WALK LOOP BOX LOT EXIT SPC SPUR PIKE MALL GATE NUM
ASH ELM FIR OAK IVY FOX DOG PIN KEN DON KAY HAL AMY BEV COX GUN ROW SIR ZIA SOL FRY NUT PARC TOLL EDIF
""".split())  # fmt: skip
_NEVER = frozenset("AMA ARC CBC CHOC CORA COS CUNY DOT FAC HOP JBSA LTACH MCBH MDL MER NOS PAX PEP POS SUNY TIRR UCHEALTH".split())  # fmt: skip
_SAYABLE_ACRONYMS = frozenset("""
ACOG AHEC ARUP ASAP ASCO CHOA CHOC CHOG CHOP CUNY ECOG HIMA IMED LARC MICU NASA NICU NIRP NULL OLOL PACE PICU SICU SUNY TRIA
UMES USAF UTEP
""".split())  # fmt: skip
_MILITARY = frozenset("CBC FAC JBSA MCBH MDL".split())
# Medical centers and health systems of five letters and more; no word ends or begins like this.
_LONG_ACRONYM = re.compile("(?!SCH|MC|HLTH)[^AEIOUY]{4}|.*(?:MC|HC|HSC)$")
# Four letters that can be said in one breath are a street's name; UCLA and PCAM cannot.
_SAYABLE = re.compile(
    "(?:[B-DF-HJ-NP-TV-Z]|[BCFGP]L|[BCDFGKPTW]R|[CPSTW]H|S[CKLMNPTW]|TW|KN|QU)?[AEIOUY]{1,2}"
    "(?:[B-DF-HJ-NP-TV-Z](?:[AEIOUY]{1,2}[B-DF-HJ-NP-TV-Z]?)?"
    "|CH|CK|CT|FF|FT|GG|GH|LD|LF|LK|LL|LM|LP|LT|MB|MP|NC|ND|NG|NK|NN|NS|NT|RB|RC|RD|RG|RK|RL|RM|RN|RP|RR|RS|RT|SH|SK|SS"
    "|ST|TH|TT|TZ|WN|WL)?"
)


def straight_quotes(text: str) -> str:
    """Return a text with typographic quotes, primes and accents used as apostrophes made ' and "; dashes stay."""
    if text.isascii() and "`" not in text:
        return text
    return text.translate(_QUOTES)


def person(text: str) -> str:
    """Return a given, middle or family name in capitals and small letters: McDonald, O'Brien, Smith-Jones, St. Germain.

    Single letters, initials (DJ, J.R.) and III stay.
    """
    if not text.isupper() or len(text) > _LONGEST:
        return text
    if len(text) > 4 and text.isascii() and text.isalpha():
        return _capital(text)
    return _NAME.sub(_person_word, text)


def suffix(text: str) -> str:
    """Return the suffix of a name: Jr, Sr, III."""
    return text.capitalize() if text.upper().rstrip(".") in ("JR", "SR") else text


def place(text: str) -> str:
    """Return the name of a place, an organization or a town in capitals and small letters, acronyms as they are."""
    if not text.isupper() or len(text) > _LONGEST:
        return text
    return _towns().get(text) or _cased(text, street=False)


def address(text: str) -> str:
    """Return a street line in capitals and small letters: 100 NE 5th St Ste 200, PO Box 12."""
    return _cased(text, street=True) if text.isupper() and len(text) <= _LONGEST else text


def _person_word(match: re.Match[str]) -> str:
    word, text = match[0], match.string
    if len(word) == 1:
        return word
    first, dotted = match.start() == 0, text[match.end() : match.end() + 1] == "."
    if word in ("JR", "SR"):
        return word if first and not dotted else word.capitalize()
    if word == "MC":
        # MC DONALD in two words.
        return "Mc" if re.match(" [^\\W\\d_]{3}", text[match.end() :]) else word
    if len(word) == 2:
        sayable = word[1] in "AEIOUY" and word[0] not in "AEIOU"
        numeral = word in _ROMAN and text[match.start() - 1 : match.start()] == " "
        certain = word in _TWO_LETTERS or (sayable and not numeral)
        return word.capitalize() if certain or (dotted and word in ("DR", "MR", "MS")) else word
    if word in _ROMAN or (len(word) == 3 and not _VOWEL.search(word)):
        return word
    return _capital(word)


def _capital(word: str) -> str:
    """Return a word with a capital at its beginning, and where a name begins anew in it."""
    if not (word.isascii() and word.isalpha()) and _MARK.search(word):
        parts = _MARK.split(word)
        # O'Brien, Dell'Orto, De'Andre; but Joseph's, Te'o, Ka'ahumanu.
        for at in range(0, len(parts), 2):
            before = parts[at - 2].upper() if at else "O"
            anew = len(parts[at]) > 1 and (len(before) == 1 or before in _BEFORE_CAPITAL)
            parts[at] = _capital(parts[at]) if anew or not at else parts[at].lower()
        return "".join(parts)
    if word.startswith("MC") and len(word) > 4 and word not in _NOT_MC:
        return "Mc" + word[2:].capitalize()
    if "\u0130" in word:
        # Only Turkish has a dotted capital I, and its I without a dot stays without.
        return word[0] + word[1:].replace("I", "\u0131").replace("\u0130", "i").lower()
    return word.capitalize()


def _cased(text: str, *, street: bool) -> str:
    cased, end = [], 0
    for match in _PLACE_WORD.finditer(text):
        gap = text[end : match.start()]
        begins = end == 0 or " -" in gap or any(mark in gap for mark in "(/:;\u2013\u2014")
        cased += [gap, _place_word(match[0], text, match.start(), begins, street=street)]
        end = match.end()
    return "".join(cased) + text[end:]


def _place_word(word: str, text: str, at: int, begins: bool, *, street: bool) -> str:
    if any("0" <= letter <= "9" for letter in word):
        return word.lower() if _ORDINAL.fullmatch(word) else word
    before, after = text[:at], text[at + len(word) :]
    if len(word) == 1 or word in _NEVER or (len(word) == 2 and _is_state(before, after)):
        return word
    goes_on = re.match(r" [^\W\d_]", after)
    if word in _SMALL:
        # A name may end in THE, and a line in IN for Indiana.
        if begins or (word == "THE" and not goes_on):
            return word.capitalize()
        return word if word == "IN" and not goes_on else word.lower()
    if word in ("JR", "SR"):
        return word if begins else word.capitalize()
    if word in ("LA", "DE", "MC"):
        # La Crosse and Mc Kinney; but Louisiana and Delaware, and a medical center's MC.
        return word.capitalize() if goes_on and (begins or word != "MC") else word
    if word == "FL" and street:
        is_floor = re.match(" [0-9]{1,3}(?![0-9])", after) or re.search("[0-9](?:ST|ND|RD|TH) $", before)
        return "Fl" if is_floor else word
    if word in _SHORT or (street and word in _STREET) or _MARK.search(word):
        return _capital(word)
    if len(word) > 4:
        return _capital(word) if _VOWEL.search(word) and not _LONG_ACRONYM.match(word) else word
    sayable = len(word) == 4 and _SAYABLE.fullmatch(word)
    known = word in _town_words() or (sayable and (street or word not in _SAYABLE_ACRONYMS))
    return _capital(word) if known else word


def _is_state(before: str, after: str) -> bool:
    """Return whether two letters stand where an address has its state: before a ZIP code, or last after a comma."""
    return bool(re.match(",? [0-9]{5}(?![0-9])", after)) or (not after and before.endswith(", "))


@cache
def _town_words() -> frozenset[str]:
    """Return the words of three and four letters in the names of American towns and counties, as capitals."""
    words = re.findall(r"[^\W\d_]+", (DATA / WORDS_FILE).read_text(encoding="utf-8"))
    return frozenset(word.upper() for word in words if 3 <= len(word) <= 4 and word.istitle())


def _towns() -> dict[str, str]:
    """Return by its capitals the spelling of every town whose words are not certain alone: Santa Fe, Des Arc."""
    return _towns_of(zip_points())


@lru_cache(maxsize=1)
def _towns_of(table: ZipTable) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in table.places:
        words = name.upper().split()
        doubtful = "'" in name or any(len(word) == 2 or word in _NEVER for word in words)
        if doubtful and len(words) > 1 and not _MILITARY.intersection(words):
            found[name.upper()] = re.sub(
                r"(?<= )(?:Of|The|And|At|In|On|By|Or)(?= )", lambda word: word[0].lower(), name
            )
    return found
