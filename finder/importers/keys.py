"""Keys made of names, for what a file gives no id of its own: the same words give the same key in the next file."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import Any

from finder.importers import mends
from finder.importers.cells import CellError


@lru_cache(maxsize=10_000)
def organization_key(name: str) -> str:
    """Return the key of an organization by its name, "" for none; names in other scripts get a number."""
    if not name:
        return ""
    return _slug(name) or "o-" + hashlib.blake2b(name.encode(), digest_size=6).hexdigest()


def place_key(v: Any) -> str:
    """Return a place's key made of its name and address, so that the next file's is the same."""
    words = " ".join(part for part in (v.place_name, v.organization, v.address, v.address_2, v.city) if part)
    read = mends.zip_code(v.zip_code, v.state).five if _is_zip(v) else ""
    slug = _slug(words, 200)
    if len(slug) > 60 or not slug:
        slug = f"{slug[:50]}-{hashlib.blake2b(words.lower().encode(), digest_size=4).hexdigest()}".strip("-")
    return f"{slug}-{read}".strip("-")


def _is_zip(v: Any) -> bool:
    try:
        mends.zip_code(v.zip_code, v.state)
    except CellError:
        return False
    return True


def _slug(name: str, longest: int = 80) -> str:
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:longest]
