"""Read one cell: text in, value out, or a CellError naming the code. Nothing here knows the row around it."""

from __future__ import annotations

import datetime as dt
import enum
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from finder.db.base import Stated
from finder.db.reference import STATES
from finder.importers import dates, full_names, letter_case
from finder.importers import hours as opening
from finder.importers.formulas import as_meant

Reader = Callable[[str], Any]

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,20})?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]{1,3},[0-9]{2,20}")
_WHOLE = re.compile(r"([0-9]{1,3})(\.0+)?\s*(\+|y|yrs?\.?|years?( and (older|up|over))?)?", re.IGNORECASE)
_EXPONENT = re.compile(r"[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+")
# How most people write a number; what is exported is among them.
_USUAL_PHONE = re.compile(
    r"(?:\+?1[ .-]?)?\(?([2-9][0-9]{2})\)?[ .-]?([2-9][0-9]{2})[ .-]?([0-9]{4})(?: x([0-9]{1,7}))?"
)
_OTHER_PHONE = re.compile(r"\D*1?\D*([2-9][0-9]{2})\D*([2-9][0-9]{2})\D*([0-9]{4})(?:\.0)?\D*")
_URL = re.compile(r"https?://[A-Za-z0-9.-]+\.[A-Za-z]{2,}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/%&=?#+-]*)?")
_AMERICAN = re.compile(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}")
_PHONE_LONGEST = 30
_EARLIEST_TODAY = dt.timezone(dt.timedelta(hours=10))  # Guam
URL_LONGEST = 1000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_EDGES = "".join(chr(n) for n in range(0x3001) if chr(n).isspace())
# Marks that nobody sees and no name has: zero-width spaces, byte-order marks, soft hyphens. Hard spaces become soft.
_UNSEEN = {ord(one): "" for one in "\u200b\u2060\ufeff\u00ad\u200e\u200f"} | {0xA0: " "}

_YES = frozenset(("yes", "y", "true", "t", "1", "x", "sí", "si", "✓", "✔"))
_NO = frozenset(("no", "n", "false", "f", "0"))
_UNKNOWN = frozenset(("", "unknown", "not stated", "not_stated", "n/a", "na", "?", "-", "none"))
_STATE_BY_NAME = {name.lower(): code for code, (_fips, name) in STATES.items()}


class CellError(Exception):
    """A cell that cannot be read: `code` of `finder.errors.CODES` and its parameters."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Mended:
    """A value that was read although it was not written as it should be; `code` says what was mended, or noted."""

    __slots__ = ("code", "shown", "value")

    def __init__(self, value: Any, code: str, shown: str | None = None) -> None:
        self.value, self.code = value, code
        self.shown = str(value) if shown is None else shown


def clean(text: str) -> str:
    """Strip the spaces that spreadsheets leave, hard ones and byte-order marks among them; compose accents."""
    # Most cells are plain, and plain cells are quick.
    plainly = text.isascii()
    bare = text.strip() if plainly else unicodedata.normalize("NFC", text.translate(_UNSEEN)).strip(_EDGES)
    return as_meant(bare).strip(_EDGES) if bare[:1] == "'" else bare


def plain(text: str, longest: int) -> str:
    """Read running text of at most `longest` characters, without control characters."""
    if not (text.isascii() and text.isprintable()) and _CONTROL.search(text):
        raise CellError("text_unprintable")
    if len(text) > longest:
        raise CellError("text_too_long", longest=longest)
    return text


def _line(text: str, longest: int) -> str | Mended:
    """Read one line: no line breaks, single spaces, plain quotes."""
    whole = plain(" ".join(text.split()), longest)
    straight = whole if whole.isascii() else letter_case.straight_quotes(whole)
    return whole if straight == whole else Mended(straight, "quotes_mended")


def _in_case(read: Callable[[str], str]) -> Reader:
    def cased(text: str) -> str | Mended:
        line = _line(text, 200)
        whole = line.value if isinstance(line, Mended) else line
        mended = read(whole) if whole.isupper() else whole
        return line if mended == whole else Mended(mended, "capitals_mended")

    return cased


person_name = _in_case(letter_case.person)
place_name = _in_case(letter_case.place)
address = _in_case(letter_case.address)


def name(text: str) -> str | Mended:
    """Read a name or title of up to 200 characters, in whatever case it is."""
    return _line(text, 200)


def full_name(text: str) -> Mended | None:
    """Read a whole name in one cell; the value is (given, middle, family, suffix, credentials)."""
    if not text:
        return None
    line = _line(text, 200)
    whole = line.value if isinstance(line, Mended) else line
    parts = full_names.full_name(whole)
    if parts is None:
        raise CellError("full_name_malformed")
    given, middle, family = (letter_case.person(part) if part.isupper() else part for part in parts[:3])
    read = (given, middle, family, *parts[3:])
    return Mended(read, "name_split", " | ".join(part for part in read if part))


def short(text: str) -> str | Mended:
    """Read a short text such as a suffix: up to 30 characters."""
    return _line(text, 30)


def suffix(text: str) -> str | Mended:
    """Read what follows a name, such as Jr.: up to 30 characters."""
    line = _line(text, 30)
    if isinstance(line, Mended) or not line.isupper() or letter_case.suffix(line) == line:
        return line
    return Mended(letter_case.suffix(line), "capitals_mended")


def label(text: str) -> str | Mended:
    """Read a label such as credentials: up to 60 characters."""
    return _line(text, 60)


def note(text: str) -> str | Mended:
    """Read free text of up to 1,000 characters; line breaks stay."""
    whole = plain(text.replace("\r\n", "\n").replace("\r", "\n"), 1000)
    straight = whole if whole.isascii() else letter_case.straight_quotes(whole)
    return whole if straight == whole else Mended(straight, "quotes_mended")


def _timetable(text: str, read: Callable[[str], str | None]) -> str | Mended:
    line = note(text)
    whole = str(line.value) if isinstance(line, Mended) else line
    known = read(whole) if whole else None
    return line if known is None or known == whole else Mended(known, "hours_mended")


def days(text: str) -> str | Mended:
    """Read days of the week; what cannot be read is kept as words."""
    return _timetable(text, opening.days)


def hours(text: str) -> str | Mended:
    """Read opening hours; what cannot be read is kept as words."""
    read = _timetable(text, opening.hours)
    return Mended(text, "hours_in_words") if text and read == text and opening.week(text) is None else read


def key(text: str) -> str:
    """Read an id of the file's own: letters, digits, dot, dash and underscore, at most 80."""
    if not text:
        return ""
    if not _KEY.fullmatch(text):
        raise CellError("key_malformed")
    return text


def state(text: str) -> str | Mended:
    """Read a state or territory, by its two letters or its name; returns the two letters."""
    if text in STATES:
        return text
    code = text.upper().replace(".", "").replace(" ", "")
    if code in STATES:
        return code
    named = _STATE_BY_NAME.get(" ".join(text.lower().split()))
    if named is None:
        raise CellError("state_unknown")
    return Mended(named, "state_mended")


def degrees(text: str) -> float | Mended | None:
    """Read decimal degrees; empty is None. Only ASCII digits: Python's own float() takes `4_0`, `1e400` and more."""
    if not text:
        return None
    if not text.isascii():
        text = text.replace("\u2212", "-")
    if _NUMBER.fullmatch(text):
        return float(text)
    if not _DECIMAL_COMMA.fullmatch(text):
        raise CellError("number_malformed")
    plainly = text.replace(",", ".")
    return Mended(float(plainly), "comma_mended", plainly)


def phone(text: str) -> str | Mended:
    """Read a telephone number; returns +1 and ten digits, an extension after `;ext=` (RFC 3966), or "" ."""
    if not text:
        return ""
    usual = _USUAL_PHONE.fullmatch(text)
    if usual:
        area, office, line, extension = usual.groups()
        return f"+1{area}{office}{line}" + (f";ext={extension}" if extension else "")
    if _EXPONENT.fullmatch(text):
        raise CellError("phone_rounded")
    other = _OTHER_PHONE.fullmatch(text) if text.isascii() and not re.match(r"\D*\+(?!1)", text) else None
    if other:
        return Mended("+1" + "".join(other.groups()), "phone_mended", "-".join(other.groups()))
    if re.fullmatch(r"[0-9]+\.[0-9]+", text):
        raise CellError("phone_malformed")
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException as unreadable:
        raise CellError("phone_malformed") from unreadable
    # A number without its area code is possible only to neighbours.
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    dialled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    whole = f"{dialled};ext={number.extension}" if number.extension else dialled
    american = number.country_code == 1
    # Area codes and exchanges of the American plan begin with 2 to 9; elsewhere a number must read the same again.
    stable = (
        _AMERICAN.fullmatch(dialled) if american else phonenumbers.parse(dialled, "US") == _without_extension(number)
    )
    if (
        not possible
        or not stable
        or len(number.extension or "") > 7
        or len(whole) > _PHONE_LONGEST
        or re.search(r"[eE]\+?\d|\d\.\d+[eE]", text)
    ):
        raise CellError("phone_malformed")
    if text.replace(" ", "") in (dialled, whole):
        return whole
    usual_way = f"{dialled[2:5]}-{dialled[5:8]}-{dialled[8:]}" + (f" x{number.extension}" if number.extension else "")
    return Mended(whole, "phone_mended", usual_way if american else whole)


def _without_extension(number: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber:
    return phonenumbers.PhoneNumber(
        country_code=number.country_code, national_number=number.national_number,
        italian_leading_zero=number.italian_leading_zero, number_of_leading_zeros=number.number_of_leading_zeros,
    )  # fmt: skip


def stated(text: str) -> Stated:
    """Read yes, no, or nothing stated."""
    word = text.lower()
    if word in _YES:
        return Stated.YES
    if word in _NO:
        return Stated.NO
    if word in _UNKNOWN:
        return Stated.NOT_STATED
    raise CellError("stated_malformed")


def removal(text: str) -> Stated:
    """Read whether a row is to be taken out: yes, or the word itself."""
    return Stated.YES if text.lower() == "remove" else stated(text)


def url(text: str) -> str | Mended:
    """Read a web address; only http and https, with a host, no spaces. One that begins with www. gets its https://."""
    if not text or (_URL.fullmatch(text) and len(text) <= URL_LONGEST):
        return text
    whole = f"https://{text}"
    if text[:4].lower() == "www." and _URL.fullmatch(whole) and len(whole) <= URL_LONGEST:
        return Mended(whole, "url_mended")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise CellError("url_malformed") from None
    # A name and a password before the host would be sent to whoever reads the page.
    if (
        parts.scheme.lower() not in ("http", "https")
        or not parts.hostname
        or "@" in parts.netloc
        or re.search(r"[\s<>\"\\]", text)
    ):
        raise CellError("url_malformed")
    return plain(text, URL_LONGEST)


def date(text: str) -> dt.date | Mended | None:
    """Read 2026-11-22, 11/22/2026, 22 Nov 2026 and other spellings that mean one day; empty is None."""
    if not text:
        return None
    try:
        day, is_odd = dates.day(text)
    except dates.NoDay as unread:
        if not unread.choices:
            raise CellError("date_malformed") from None
        raise CellError("date_ambiguous", choices=" or ".join(map(str, unread.choices))) from None
    return Mended(day, "date_mended") if is_odd else day


def past_date(text: str) -> dt.date | Mended | None:
    """Read the day of something that was done: it cannot be after today, wherever in the country that is."""
    read = date(text)
    day = read.value if isinstance(read, Mended) else read
    if day is not None and day > dt.datetime.now(_EARLIEST_TODAY).date():
        raise CellError("date_in_future")
    return read


def age(text: str) -> int | None:
    """Read an age in whole years, 0 to 120; empty is None."""
    if not text:
        return None
    whole = _WHOLE.fullmatch(text)
    if not whole or int(whole[1]) > 120:
        raise CellError("age_malformed")
    return int(whole[1])


# What a digit counts in every second place: doubled, its digits added (Luhn).
_DOUBLED = {digit: 2 * int(digit) - 9 * (int(digit) > 4) for digit in "0123456789"}
LUHN_OF_80840 = 24


def npi(text: str) -> str | None:
    """Read a National Provider Identifier; its check digit is Luhn over 80840 and the number (CMS, 45 CFR 162.406)."""
    if not text:
        return None
    digits = text.removesuffix(".0")
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()):
        raise CellError("npi_rounded" if _EXPONENT.fullmatch(text) else "npi_malformed")
    total = LUHN_OF_80840 + sum(map(int, digits[1::2])) + sum(map(_DOUBLED.__getitem__, digits[::2]))
    if total % 10:
        raise CellError("npi_check_digit")
    return digits


def several(text: str) -> list[str]:
    """Split a cell of several values at semicolons, commas or bars; empty parts are dropped, order is kept."""
    parts = (part.strip() for part in re.split(r"[;,|\n]", text))
    return list(dict.fromkeys(part for part in parts if part))


def states(text: str) -> list[str]:
    """Read several states."""
    found = [state(part) for part in several(text)]
    return [one.value if isinstance(one, Mended) else one for one in found]


def one_of(values: type[enum.Enum], synonyms: Mapping[str, enum.Enum], empty: enum.Enum | None = None) -> Reader:
    """Return a reader of one of an enumeration's values; `synonyms` are lower-case."""
    known = {member.value.replace("_", " "): member for member in values} | dict(synonyms)
    choices = ", ".join(member.value for member in values)

    def read(text: str) -> enum.Enum | None:
        word = " ".join(text.lower().replace("_", " ").split())
        if not word:
            return empty
        if word not in known:
            raise CellError("choice_unknown", choices=choices)
        return known[word]

    return read
