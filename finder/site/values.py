"""The values of a site's file, each read from its text. All raise ValueError for what cannot be used."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_LONGEST_TEXT, _LONGEST_ADDRESS, _MOST_FONTS = 120, 500, 8
_GENERIC_FONTS = frozenset(("serif", "sans-serif", "monospace", "system-ui", "ui-serif", "ui-sans-serif", "ui-rounded"))
_LARGEST_RADIUS = {"px": 40.0, "em": 2.5, "rem": 2.5}


def text(given: str) -> str:
    """Read a line of words."""
    words = " ".join(given.split())
    if not words or len(words) > _LONGEST_TEXT or not words.isprintable():
        raise ValueError(given)
    return words


def web_address(given: str) -> str:
    """Read an https address; what patients are sent to is never read or changed on the way."""
    parts = urlsplit(given)
    fine = parts.scheme == "https" and "." in (parts.hostname or "") and "@" not in parts.netloc
    if not fine or len(given) > _LONGEST_ADDRESS or not re.fullmatch(r"[^\s<>\"\\^`{|}]+", given):
        raise ValueError(given)
    _port = parts.port
    return given


def phone(given: str) -> str:
    """Read a number as RFC 3966 has it: + and digits; ten digits are of the United States."""
    digits = re.sub(r"[ ().-]", "", given)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}|1?[2-9][0-9]{9}", digits):
        raise ValueError(given)
    return digits if digits.startswith("+") else "+1" + digits[-10:]


def radius(given: str) -> str:
    """Read how round corners are."""
    found = re.fullmatch(r"0|([0-9]{1,2}(?:\.[0-9]{1,3})?)(px|em|rem)", given)
    if not found or (found[2] and float(found[1]) > _LARGEST_RADIUS[found[2]]):
        raise ValueError(given)
    return "0px" if given == "0" else given


def fonts(given: str) -> str:
    """Read names of fonts that a device has, as CSS lists them; nothing is loaded from elsewhere."""
    names = [name.strip().strip("\"'").strip() for name in given.split(",")]
    if len(names) > _MOST_FONTS or not all(re.fullmatch(r"[A-Za-z][A-Za-z0-9 -]{0,59}", name) for name in names):
        raise ValueError(given)
    return ", ".join(name if name in _GENERIC_FONTS else f'"{name}"' for name in names)
