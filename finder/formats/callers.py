"""What is read to a caller word for word, in both languages side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from finder.db.catalogue import Catalogue
from finder.formats import heard
from finder.formats.wording import LANGUAGES, Wording, wording
from finder.search.phrases import Notice

# As they are read out: the card, and its form where it has more than one.
_CARDS = (("call-911", "hip"), ("call-911", "plain"), ("go-today", "hip"), ("call-your-surgeon", "plain"))
_NAMES = {
    ("call-911", "hip"): "Call 911: the hip", ("call-911", "plain"): "Call 911: something else",
    ("go-today", "hip"): "Emergency room today", ("call-your-surgeon", "plain"): "After surgery: help today",
}  # fmt: skip


class Said(NamedTuple):
    """What is said in one language: the first sentence, the rest, and why; each "" where there is none."""

    language: str
    heading: str
    text: str = ""
    because: str = ""


class Script(NamedTuple):
    """One thing to say, in each language. `name` is what staff know it by; `rows` are what clinicians sign of it."""

    name: str
    level: str
    said: tuple[Said, ...]
    rows: tuple[tuple[str, str], ...] = ()


def before_anything() -> Script:
    """Return what every caller is asked first, and what to say where the answer is yes."""
    return Script("", "always", tuple(_first(wording(language)) for language in LANGUAGES))


def urgent(
    card: str | None, form: str | None, notices: Iterable[Notice], catalogue: Catalogue, *, asks: bool = False
) -> tuple[Script, ...]:
    """Return what is to be said at once: the card, then what else is urgent in the caller's words.

    `asks` where it is to be asked whether it is happening now.
    """
    found, all_notices = [], tuple(notices)
    if card:
        row = (("card", card),)
        found.append(Script("", "emergency", tuple(_card(w, card, form, all_notices, catalogue) for w in _both()), row))
        if asks:
            ask = "ask-now-or-treated"
            said = tuple(Said(w.language, w.card_line(catalogue, ask, "plain")) for w in _both())
            found.append(Script("", "ask", said, (("card", ask),)))
    for one in heard.beside_card(card, all_notices):
        kind = "red_flag" if one.code in catalogue.entries["red_flag"] else "condition"
        said = tuple(
            Said(w.language, heard.message(one, catalogue, w), (heard.line_of(one, catalogue, w) or ("", ""))[1])
            for w in _both()
        )
        found.append(Script("", one.level, said, ((kind, one.code),)))
    return tuple(found)


def cards(catalogue: Catalogue) -> tuple[Script, ...]:
    """Return every card, for words that no matcher knows but whoever listens does."""
    return tuple(
        Script(_NAMES[key, form], "emergency", tuple(_card(w, key, form, (), catalogue) for w in _both()), (("card", key),))
        for key, form in _CARDS
        if key in catalogue.entries["card"]
    )  # fmt: skip


def _first(w: Wording) -> Said:
    asked = w(
        "Before anything else: did you fall or have a crash, and now you can't stand or walk? "
        "Is the hip out of its socket? Does your hip hurt and you have a fever?"
    )
    return Said(w.language, asked, w.standing_line())


def _card(w: Wording, card: str, form: str | None, notices: Iterable[Notice], catalogue: Catalogue) -> Said:
    heading, text = w.card(catalogue, card, form)
    return Said(w.language, f"{heading}.", text, heard.why_card(card, notices, catalogue, w))


def _both() -> tuple[Wording, ...]:
    return tuple(wording(language) for language in LANGUAGES)
