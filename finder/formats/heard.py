"""What a patient's own words were taken to say, in sentences and as JSON. Never a diagnosis: "people who treat ..."."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from finder.db.catalogue import Catalogue
from finder.formats.wording import Wording
from finder.search.lexicon import Lexicon
from finder.search.phrases import UNKNOWN, Notice, Reading, Understanding
from finder.search.results import SearchResults

_COMPLETIONS = 5


class Choice(NamedTuple):
    """A reading that is offered: what it is called, and the condition and procedure to ask for, one of them None."""

    label: str
    condition: str | None
    procedure: str | None


class Said(NamedTuple):
    """What is said of the words: sentences, a question or "" before the choices, and the choices.

    `picked` where something was picked beside the words, and goes before them.
    """

    sentences: tuple[str, ...]
    question: str
    choices: tuple[Choice, ...]
    picked: bool = False


def said(results: SearchResults, catalogue: Catalogue, w: Wording) -> Said:
    """Return what is said of an answer's words, nothing where there were none."""
    found, query = results.understanding, results.query
    if found is None:
        return Said((), "", ())
    wrote = w("You wrote “{words}”.", words=query.q)
    if results.refused:
        call = w.card_line(catalogue, "not-hip", "plain")
        return Said((wrote, w("This finder is for hips only."), call), "", ())
    if query.name:
        return Said((wrote, w("You also typed a name, so the list goes by the name.")), "", ())
    shown = _shown(results, catalogue, w)
    if not query.q_decides:
        return Said(
            (wrote, w("You also picked this, so the list goes by it: {problem}.", problem=shown)), "", (), picked=True
        )
    searched = {results.condition if not results.procedure else results.procedure, results.redirected_from}
    others = [one for one in found.readings if one.target not in searched]
    if found.kind == "choose":
        unsure = Choice(w("I am not sure"), UNKNOWN, None)
        listed = [one for one in found.readings if one.target != UNKNOWN]
        looked = w("Until you choose, these are people who find out why a hip hurts.")
        return Said((wrote, looked), w("Which comes closest?"), (*_choices(listed, catalogue, w), unsure))
    if found.kind == "hip_unknown":
        told = w("These people find out why a hip hurts.")
    elif results.procedure:
        told = w("These people do this: {work}.", work=shown)
    else:
        told = w("These people treat: {problem}.", problem=shown)
    # Beside what cannot wait, no other guess is of any help.
    pressing = any(one.level == "emergency" for one in results.notices)
    choices = _choices([] if pressing else others[:2], catalogue, w)
    return Said((wrote, told), w("Or did you mean:") if choices else "", choices)


def message(notice: Notice, catalogue: Catalogue, w: Wording) -> str:
    """Return what an urgent notice says by itself: the message of its red flag, or of the condition's row."""
    flag = catalogue.entries["red_flag"].get(notice.code)
    row = flag if flag is not None else _urgency(notice.code, catalogue)
    return str(row[f"message_{w.language}"])


def beside_card(card: str | None, notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Return the notices whose message is to be shown, beside a card that speaks for the others."""
    return tuple(one for one in notices if one.card is None or one.card != card)


def why_card(card: str | None, notices: Iterable[Notice], catalogue: Catalogue, w: Wording) -> str:
    """Return what in the words a card is about, so that readers see whether it is about them; "" where no words are."""
    said = next((one for one in notices if card and one.card == card), None)
    return message(said, catalogue, w) if said else ""


def urgent(notices: Iterable[Notice], catalogue: Catalogue, w: Wording) -> list[dict[str, Any]]:
    """Return urgent notices by themselves, as JSON, for a question that gets no answer."""
    return [
        {"code": one.code, "level": one.level, "card": one.card, "message": message(one, catalogue, w)}
        for one in notices
    ]


def line_of(notice: Notice, catalogue: Catalogue, w: Wording) -> tuple[str, str] | None:
    """Return (number, label) of a line to call that a notice names, such as 988."""
    flag = catalogue.entries["red_flag"].get(notice.code, {})
    return (str(flag["phone"]), str(flag[f"button_{w.language}"])) if flag.get("phone") else None


def label(reading: Reading, catalogue: Catalogue, w: Wording) -> str:
    """Return a reading as what is offered."""
    if reading.is_procedure:
        return w("People who do this: {work}", work=w.entry(catalogue, "procedure", reading.target))
    return w("People who treat: {problem}", problem=w.entry(catalogue, "condition", reading.target))


def understood(found: Understanding, catalogue: Catalogue, w: Wording) -> dict[str, Any]:
    """Return what words are taken to say, as JSON; where they are not about the hip nothing is offered."""
    readings = () if found.kind == "not_hip" else found.readings
    return {
        "understanding": found.kind,
        "matches": [
            _match(one.target, label(one, catalogue, w), one.score, one.because, catalogue) for one in readings
        ],
    }


def suggestions(found: Understanding, typed: str, lexicon: Lexicon, catalogue: Catalogue, w: Wording) -> dict[str, Any]:
    """Return the answer to words being typed: what they may mean, phrases that begin so, and what is urgent.

    A match's `text` is what to put in place of the words, so that they are understood as just that.
    """
    answer = understood(found, catalogue, w)
    for one in answer["matches"]:
        kind = "procedure" if one["procedure"] else "condition"
        one["text"] = w.entry(catalogue, kind, one[kind])
    meant = {one["procedure"] or one["condition"] for one in answer["matches"]}
    for target, phrase in lexicon.beginning_with(typed, w.language, _COMPLETIONS):
        if target not in meant:
            answer["matches"].append(_match(target, phrase, 0.0, (), catalogue) | {"text": phrase})
    answer["notices"] = [_notice(one, catalogue, w) for one in found.notices]
    return answer


def _notice(notice: Notice, catalogue: Catalogue, w: Wording) -> dict[str, Any]:
    """Return an urgent notice as JSON, with whom to call, where it says so."""
    call = line_of(notice, catalogue, w)
    if notice.card == "call-911":
        call = "911", w.card_line(catalogue, "call-911", "button")
    return {
        "code": notice.code, "level": notice.level, "card": notice.card,
        "message": message(notice, catalogue, w), "phone": call[0] if call else None, "call": call[1] if call else None,
    }  # fmt: skip


def _match(target: str, text: str, score: float, because: tuple[str, ...], catalogue: Catalogue) -> dict[str, Any]:
    procedure = catalogue.entries["procedure"].get(target)
    return {
        "condition": procedure["answers_to_condition"] if procedure else target,
        "procedure": target if procedure else None, "label": text, "score": score, "because": list(because),
    }  # fmt: skip


def _choices(readings: list[Reading], catalogue: Catalogue, w: Wording) -> tuple[Choice, ...]:
    return tuple(
        Choice(label(one, catalogue, w), None if one.is_procedure else one.target, one.target if one.is_procedure else None)
        for one in readings
    )  # fmt: skip


def _shown(results: SearchResults, catalogue: Catalogue, w: Wording) -> str:
    if results.procedure:
        return w.entry(catalogue, "procedure", results.procedure)
    return w.entry(catalogue, "condition", results.condition) if results.condition else w("a hip problem")


def _urgency(target: str, catalogue: Catalogue) -> dict[str, Any]:
    procedure = catalogue.entries["procedure"].get(target)
    condition = catalogue.conditions[procedure["answers_to_condition"] if procedure else target]
    return dict(condition.urgency)
