"""Read one cell: text in, value out, or a CellError naming the code. Nothing here knows the row around it."""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from finder.db.base import Stated
from finder.db.reference import STATES

Reader = Callable[[str], Any]

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,20})?")
_WHOLE = re.compile(r"([0-9]{1,3})(\.0+)?")
_TEN_DIGITS = re.compile(r"\D*1?\D*([2-9][0-9]{2})\D*([2-9][0-9]{2})\D*([0-9]{4})\D*")
_US_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00)?)?")
_PHONE_LONGEST = 30
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

_YES = frozenset(("yes", "y", "true", "1", "x", "sí", "si"))
_NO = frozenset(("no", "n", "false", "0"))
_UNKNOWN = frozenset(("", "unknown", "not stated", "not_stated", "n/a", "na", "?", "-"))
_STATE_BY_NAME = {name.lower(): code for code, (_fips, name) in STATES.items()}


class CellError(Exception):
    """A cell that cannot be read: `code` of `finder.errors.CODES` and its parameters."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def plain(text: str, longest: int) -> str:
    """Read running text of at most `longest` characters, without control characters."""
    if _CONTROL.search(text):
        raise CellError("text_unprintable")
    value = " ".join(text.split(" ")).strip()
    if len(value) > longest:
        raise CellError("text_too_long", longest=longest)
    return value


def name(text: str) -> str:
    """Read a name or one line of an address: up to 200 characters, no line breaks."""
    return plain(" ".join(text.split()), 200)


def short(text: str) -> str:
    """Read a short text such as a suffix: up to 30 characters."""
    return plain(" ".join(text.split()), 30)


def label(text: str) -> str:
    """Read a label such as credentials: up to 60 characters."""
    return plain(" ".join(text.split()), 60)


def note(text: str) -> str:
    """Read free text of up to 1,000 characters."""
    return plain(text, 1000)


def key(text: str) -> str:
    """Read an id of the file's own: letters, digits, dot, dash and underscore, at most 80."""
    if not text:
        return ""
    if not _KEY.fullmatch(text):
        raise CellError("key_malformed")
    return text


def state(text: str) -> str:
    """Read a state or territory, by its two letters or its name; returns the two letters."""
    code = text.upper().replace(".", "")
    if code in STATES:
        return code
    if text.lower() in _STATE_BY_NAME:
        return _STATE_BY_NAME[text.lower()]
    raise CellError("state_unknown")


def degrees(text: str) -> float | None:
    """Read decimal degrees; empty is None. Only ASCII digits: Python's own float() takes `4_0`, `1e400` and more."""
    if not text:
        return None
    if not _NUMBER.fullmatch(text.replace("\u2212", "-")):
        raise CellError("number_malformed")
    return float(text.replace("\u2212", "-"))


def phone(text: str) -> str:
    """Read a telephone number; returns +1 and ten digits, an extension after `;ext=` (RFC 3966), or "" ."""
    if not text:
        return ""
    usual = _TEN_DIGITS.fullmatch(text) if text.isascii() else None
    if usual:
        return "+1" + "".join(usual.groups())
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException as unreadable:
        raise CellError("phone_malformed") from unreadable
    # A number without its area code is possible only to neighbours.
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not possible or re.search(r"[eE]\+?\d|\d\.\d+[eE]", text):
        raise CellError("phone_malformed")
    dialled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    whole = f"{dialled};ext={number.extension}" if number.extension else dialled
    if len(whole) > _PHONE_LONGEST:
        raise CellError("phone_malformed")
    return whole


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


def url(text: str) -> str:
    """Read a web address; only http and https, with a host, no spaces."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        raise CellError("url_malformed") from None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or re.search(r"[\s<>\"\\]", text):
        raise CellError("url_malformed")
    return plain(text, 1000)


def date(text: str) -> dt.date | None:
    """Read 2026-11-22 or 11/22/2026; empty is None."""
    if not text:
        return None
    iso, american = _ISO_DATE.fullmatch(text), _US_DATE.fullmatch(text)
    try:
        if iso:
            return dt.date(int(iso[1]), int(iso[2]), int(iso[3]))
        if american:
            return dt.date(int(american[3]), int(american[1]), int(american[2]))
    except ValueError:
        raise CellError("date_malformed") from None
    raise CellError("date_malformed")


def age(text: str) -> int | None:
    """Read an age in whole years, 0 to 120; empty is None."""
    if not text:
        return None
    whole = _WHOLE.fullmatch(text)
    if not whole or int(whole[1]) > 120:
        raise CellError("age_malformed")
    return int(whole[1])


def npi(text: str) -> str | None:
    """Read a National Provider Identifier; its check digit is Luhn over 80840 and the number (CMS, 45 CFR 162.406)."""
    if not text:
        return None
    digits = text.removesuffix(".0")
    if not re.fullmatch("[0-9]{10}", digits):
        raise CellError("npi_malformed")
    total = 0
    for place, digit in enumerate(reversed("80840" + digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    if total % 10:
        raise CellError("npi_check_digit")
    return digits


def several(text: str) -> list[str]:
    """Split a cell of several values at semicolons, commas or bars; empty parts are dropped, order is kept."""
    parts = (part.strip() for part in re.split(r"[;,|]", text))
    return list(dict.fromkeys(part for part in parts if part))


def states(text: str) -> list[str]:
    """Read several states."""
    return [state(part) for part in several(text)]


def one_of(values: type[enum.Enum], synonyms: dict[str, enum.Enum], empty: enum.Enum | None = None) -> Reader:
    """Return a reader of one of an enumeration's values; `synonyms` are lower-case."""

    def read(text: str) -> enum.Enum:
        word = " ".join(text.lower().replace("_", " ").split())
        known = {member.value.replace("_", " "): member for member in values} | synonyms
        if not word and empty is not None:
            return empty
        if word not in known:
            raise CellError("choice_unknown", choices=", ".join(member.value for member in values))
        return known[word]

    return read
