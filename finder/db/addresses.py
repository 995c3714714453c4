"""Addresses as they are compared: written alike, without the suite, and as a hash that stands for one address."""

from __future__ import annotations

import hashlib
import re

# As the Postal Service shortens them (Publication 28), the most frequent.
_SHORTENED = {
    "street": "st", "avenue": "ave", "av": "ave", "road": "rd", "boulevard": "blvd", "drive": "dr", "lane": "ln",
    "court": "ct", "place": "pl", "square": "sq", "highway": "hwy", "parkway": "pkwy", "circle": "cir",
    "terrace": "ter", "trail": "trl", "turnpike": "tpke", "north": "n", "south": "s", "east": "e", "west": "w",
    "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw", "saint": "st", "mount": "mt",
    "fort": "ft", "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th",
}  # fmt: skip
WORD = re.compile(r"[a-z0-9]+")
_SUITE = re.compile(r"\b(suite|ste|unit|floor|fl|room|rm|apt|building|bldg)\b.*$|#.*$|,.*$")
# What an address is asked by may have commas; a suite has a number or letter behind its name.
_ASKED_SUITE = re.compile(r"[\s,;-]*(?:\b(?:suite|ste|unit|floor|room|rm|apt)\b\.?\s*#?\s*[a-z0-9-]+|#\s*[a-z0-9-]+).*$", re.IGNORECASE)  # fmt: skip
_HOUSE = re.compile(r"\s*([0-9]{1,6}(?:-[0-9]{1,4})?[A-Za-z]?)\b(?!\s*(?:st|nd|rd|th)\b)", re.IGNORECASE)
_BOX = re.compile(r"\s*(?:p\.?\s*o\.?\s*)?box\b|\s*(?:rr|hc|psc|cmr)\s+[0-9]", re.IGNORECASE)


def street(address: str) -> str:
    """Return a street address as it is compared: small letters, shortened as mail is, without the suite."""
    without = _SUITE.sub("", address.casefold())
    return " ".join(_SHORTENED.get(word, word) for word in WORD.findall(without))


def address_hash(address: str, city: str, state: str, zip_code: str) -> str:
    """Return what stands for an address, however it is written, with its five-digit ZIP code."""
    town = " ".join(_SHORTENED.get(word, word) for word in WORD.findall(city.casefold()))
    whole = "\n".join((street(address), town, state.upper(), zip_code[:5]))
    return hashlib.sha256(whole.encode()).hexdigest()


def without_suite(address: str) -> str:
    """Return an address as geocoders know it: the house and its street."""
    return _ASKED_SUITE.sub("", address).strip(" ,;")


def house_number(address: str) -> str:
    """Return the number of the house that an address begins with, "" where it has none, as a box of the post office."""
    found = None if _BOX.match(address) else _HOUSE.match(address)
    return found[1].casefold() if found else ""
