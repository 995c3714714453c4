"""What staff tell patients of a listing for a while, in the language that there is."""

from __future__ import annotations

from typing import NamedTuple

from finder.formats.wording import Wording
from finder.search.results import PublicNotice


class SaidNotice(NamedTuple):
    """A notice as it is read, and its language."""

    text: str
    language: str


def said(notice: PublicNotice, w: Wording) -> SaidNotice:
    """Return a notice in the reader's language, in English where nobody has put it into that."""
    if w.language == "es" and notice.spanish:
        return SaidNotice(notice.spanish, "es")
    return SaidNotice(notice.english, "en")
