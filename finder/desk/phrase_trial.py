"""Try a phrase and see what patients get: what was understood and why, the card, the first people. Nothing is kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection

from finder.db.catalogue import Catalogue
from finder.errors import QuestionError
from finder.formats import heard
from finder.formats.wording import Wording
from finder.search import Index, SearchQuery, SearchResults, search
from finder.search.lexicon import Lexicon
from finder.search.organizations import Host
from finder.search.phrases import Understanding, understand
from finder.search.query import LONGEST_WORDS

KINDS = {
    "clear": "Taken to mean the first of these.",
    "choose": "Not clear: the patient is asked which comes closest.",
    "hip_unknown": "About a hip, but not which problem: people who find out why a hip hurts.",
    "not_hip": "Not about a hip: no list, and the line about emergencies.",
}


@dataclass(frozen=True)
class Because:
    """A reading or an alarm: what it is called, how sure, and the words that spoke for it."""

    name: str
    share: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class PhraseTrial:
    """What a phrase brings. `card` is (heading, text); `messages` are those of alarms; `results` where a ZIP was given.

    `stage` is "treated" where the words speak of something urgent that is over.
    """

    understanding: Understanding
    meaning: str
    readings: tuple[Because, ...]
    alarms: tuple[Because, ...]
    card: tuple[str, str] | None
    messages: tuple[str, ...]
    treated: bool
    results: SearchResults | None


def try_phrase(
    index: Index,
    connection: Connection,
    phrase: str,
    zip_code: str,
    age: str,
    w: Wording,
    today: dt.date,
    host: Host,
    draft: Catalogue | None = None,
) -> PhraseTrial:
    """Return what patients get for a phrase, and why.

    With a `draft` the words are understood as if it were in force, and nobody is listed: who is listed is worked out
    when a row is saved. Raises QuestionError for a phrase that is too long, a ZIP code or an age that cannot be used.
    """
    typed = " ".join(phrase.split())
    if not typed:
        raise QuestionError("words_missing")
    if len(typed) > LONGEST_WORDS:
        raise QuestionError("parameter_too_long", name="q", longest=LONGEST_WORDS)
    catalogue = draft or index.catalogue
    results = None
    if draft is None and zip_code.strip():
        asked = {"zip": [zip_code], "q": [typed], "age": [age], "limit": ["5"], "lang": [w.language]}
        results = search(index, connection, SearchQuery.parse(asked, "people"), today, host)
    found = understand(Lexicon(draft) if draft else index.lexicon, typed)
    if results is not None and results.understanding is not None:
        found = results.understanding
    first = next((one for one in found.notices if one.card), None)
    key, form = (results.card, results.card_form) if results else (None, None)
    if first and not results:
        key, form = first.card, first.card_form
    return PhraseTrial(
        found, KINDS[found.kind],
        tuple(Because(heard.label(one, catalogue, w), one.score, one.because) for one in found.readings),
        tuple(Because(f"{one.code}: {one.level}", one.score, one.because) for one in found.notices),
        w.card(catalogue, key, form) if key else None,
        tuple(heard.message(one, catalogue, w) for one in found.notices), found.treated, results,
    )  # fmt: skip
