"""What a patient's own words are taken to say, on the terminal: the command `ask`, and beside a search."""

from __future__ import annotations

import json

import click

from finder.cli.context import database, load_index, say, words
from finder.db.catalogue import Catalogue
from finder.errors import QuestionError
from finder.formats import heard
from finder.formats.wording import LANGUAGES, Wording, wording
from finder.search import Index
from finder.search.phrases import understand
from finder.search.query import PARAMETERS, values_of
from finder.search.results import SearchResults

_OF_WORDS = tuple(one for one in PARAMETERS if one.name == "q")


@click.command("ask")
@click.argument("text", metavar="WORDS", nargs=-1)
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the sentences, else the terminal's.")
@click.option("--json", "as_json", is_flag=True, help="Print what the API's /api/v1/suggest answers.")
def ask_command(text: tuple[str, ...], lang: str | None, as_json: bool) -> None:
    """Say what WORDS of a patient are taken to mean, and why.

    First what sounds urgent, with the level and card that it brings. Then whether one thing is meant (clear), several
    may be (choose), only the hip is known (hip_unknown) or the words are not about the hip (not_hip); then the
    readings, best first, each with its score from 0 to 1 and the words that spoke most for it. Nothing is kept.
    """
    typed = values_of({"q": [" ".join(text)]}, _OF_WORDS).get("q")
    if not typed:
        raise QuestionError("words_missing")
    with database() as engine:
        index = load_index(engine)
    found, w = understand(index.lexicon, typed), wording(lang) if lang else words()
    if as_json:
        answer = heard.suggestions(found, typed, index.lexicon, index.catalogue, w)
        say(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    for notice in found.notices:
        marks = [notice.level, notice.code, notice.card or "", f"{notice.score:.2f}", _because(notice.because)]
        say(f"{heard.message(notice, index.catalogue, w)}\n     {'  '.join(filter(None, marks))}\n")
    say(f"{found.kind}{'  (treated)' if found.treated else ''}")
    for reading in found.readings:
        say(f"{reading.score:5.2f}  {reading.target}  {_because(reading.because)}".rstrip())
        say(f"       {heard.label(reading, index.catalogue, w)}")
    say("\n" + w.standing_line())


def tell_of_alarms(index: Index, typed: str, w: Wording) -> None:
    """Say what sounds urgent in the words of a search that gets no answer."""
    for notice in understand(index.lexicon, typed).notices if typed else ():
        say(heard.message(notice, index.catalogue, w) + "\n")


def tell_of_words(results: SearchResults, catalogue: Catalogue, w: Wording) -> None:
    """Say what the words of a search were taken to mean, and how to ask for something else."""
    found = heard.said(results, catalogue, w)
    if found.sentences:
        say(" ".join(found.sentences))
    if found.choices:
        say(found.question)
    for one in found.choices:
        option = f"--procedure {one.procedure}" if one.procedure else f"--condition {one.condition}"
        say(f"  {one.label} ({option})")


def _because(tokens: tuple[str, ...]) -> str:
    return f"[{', '.join(tokens)}]" if tokens else ""
