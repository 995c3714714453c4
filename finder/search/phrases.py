"""The patient's own words: what they may be about, and whether they are urgent. Never a diagnosis.

What is meant is weighed by the shipped model and by the catalogue's phrases that stand in the text; the same for how
urgent it is. Detection of emergencies has not been tested clinically; the standing line is on every page besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from finder.search.lexicon import Found, Lexicon
from finder.search.phrase_model import LEVELS, Weighed, probabilities, shipped_model
from finder.search.phrase_words import tokens_of

Kind = Literal["clear", "choose", "hip_unknown", "not_hip"]
UNKNOWN = "hip-pain"
_MOST_READINGS = 3
# From so much on it is taken to be about something else.
_ELSEWHERE = 0.25
# From so much on one reading is enough; others are offered from the lesser share on.
_CLEAR, _WORTH_OFFERING = 0.5, 0.02
# What a phrase of the catalogue adds for each of its words, up to so many, and for being all that was typed.
_A_WORD, _MOST_WORDS, _WHOLE = 0.8, 4, 6.0
# Chosen on the tuning set so that no urgent phrase is missed; see data/phrases/SCORES.md.
_URGENT, _URGENT_WITH_PHRASE, _ASK_BELOW = 0.3, 0.1, 0.75
# What it is most likely to be should be seen today whatever else is said, such as a child who limps.
_URGENT_BY_ROW = 0.15
_STRONG_FLAG = 0.45
_BECAUSE = 3


@dataclass(frozen=True)
class Reading:
    """One thing that the words may be about: a condition or procedure by id, its probability, and the words for it."""

    target: str
    is_procedure: bool
    score: float
    because: tuple[str, ...]


@dataclass(frozen=True)
class Notice:
    """An urgent notice that is due: a red flag's or a condition's id, its level and card, and the words for it."""

    code: str
    level: str
    card: str | None
    card_form: str | None
    asks_now_or_treated: bool
    score: float
    because: tuple[str, ...]


@dataclass(frozen=True)
class Understanding:
    """What a text is taken to say; `readings` are up to three, best first, also where it is taken not to be the hip.

    `treated` where it speaks of something urgent that is over.
    """

    kind: Kind
    readings: tuple[Reading, ...]
    notices: tuple[Notice, ...]
    treated: bool = False


def understand(lexicon: Lexicon, text: str) -> Understanding:
    """Return what a text is taken to say, and which notices are due. Any text will do; it takes about a millisecond."""
    tokens = tokens_of(text)
    if not tokens:
        return Understanding("not_hip", (), ())
    weighed = shipped_model().weigh(tokens)
    names, shares = _targets(lexicon, tokens, weighed)
    order = np.argsort(-shares, kind="stable").tolist()
    if (better := lexicon.in_context(names[order[0]], tokens)) is not None:
        order.insert(0, order.pop(order.index(names.index(better))))
        shares[order[0]] = max(shares[order[0]], shares[order[1]])
    best = names[order[0]]
    is_elsewhere = weighed.places[1] >= _ELSEWHERE and not _says_hip(lexicon, tokens)
    notices = _notices(lexicon, tokens, weighed, best, is_elsewhere=is_elsewhere)
    calm_row = not notices and _urgency(lexicon, best).get("card") is not None
    ranked = [(names[n], float(shares[n])) for n in order[:_MOST_READINGS]]
    readings = tuple(
        Reading(name, name in lexicon.procedures, round(share, 3), _because(tokens, weighed, name))
        for place, (name, share) in enumerate(ranked)
        if share >= _WORTH_OFFERING or not place
    )
    if is_elsewhere:
        return Understanding("not_hip", readings, notices)
    if best == UNKNOWN:
        return Understanding("hip_unknown", readings, notices)
    clear = readings[0].score >= _CLEAR
    return Understanding("clear" if clear else "choose", readings, notices, treated=calm_row)


def _says_hip(lexicon: Lexicon, tokens: list[str]) -> bool:
    """Return whether all that was typed is a phrase of the catalogue, whatever the model thinks of it."""
    return any(found.last - found.first == len(tokens) for found in lexicon.meanings(tokens))


def _targets(lexicon: Lexicon, tokens: list[str], weighed: Weighed) -> tuple[list[str], np.ndarray]:
    """Return the ids that may be meant, and the probability of each if it is about the hip."""
    known = dict(zip(shipped_model().targets, weighed.targets.tolist(), strict=True))
    names = list(lexicon.targets)
    most, usual = float(weighed.targets.max()), float(np.median(weighed.targets))
    added = dict.fromkeys(names, 0.0)
    for found in lexicon.meanings(tokens):
        whole = _WHOLE if found.last - found.first == len(tokens) else 0.0
        added[found.owner] = max(added[found.owner], _A_WORD * min(found.words, _MOST_WORDS) + whole)
    # A hospital's own row, which the model has never seen, is judged by its phrases alone.
    logits = [known.get(name, most if added[name] else usual) + added[name] for name in names]
    return names, probabilities(np.array(logits))


def _notices(
    lexicon: Lexicon, tokens: list[str], weighed: Weighed, best: str, *, is_elsewhere: bool
) -> tuple[Notice, ...]:
    """Return the notices that are due, the most pressing first."""
    urgent = float(1 - weighed.levels[0])
    # A phrase that is denied ("no chest pain") stands in the text too; the model then has the last word.
    alarms = [one for one in lexicon.alarms(tokens) if not lexicon.is_denied(one.first, tokens)]
    row = _urgency(lexicon, best)
    own = _of_row(tokens, weighed, best, row, urgent) if row.get("level") in LEVELS[1:] else None
    if urgent < (_URGENT_WITH_PHRASE if alarms else _URGENT):
        is_due = own and own.level == "same-day" and not own.card and urgent >= _URGENT_BY_ROW and not is_elsewhere
        return (own,) if own and is_due else ()
    flags = dict(zip(shipped_model().flags, weighed.flags.tolist(), strict=True))
    said = {one.owner: one for one in alarms}
    found = [_of_flag(lexicon, code, urgent, _words(tokens, said[code])) for code in said]
    likely = max((code for code in flags if code in lexicon.flags), key=lambda code: flags[code], default=None)
    if not found and own and (likely is None or flags[likely] < _STRONG_FLAG):
        found = [own]
    if likely is not None and likely not in said and (not found or flags[likely] >= _STRONG_FLAG):
        found.append(_of_flag(lexicon, likely, urgent, ()))
    return tuple(sorted(found, key=lambda one: (-LEVELS.index(one.level), one.card != "call-911")))


def _of_row(tokens: list[str], weighed: Weighed, target: str, row: dict[str, Any], urgent: float) -> Notice:
    """Return the notice that a condition's own row asks for."""
    asks, because = bool(row["ask_now_or_treated"]), _because(tokens, weighed, target)
    return Notice(target, row["level"], row["card"], row["card_form"], asks, urgent, because)


def _of_flag(lexicon: Lexicon, code: str, urgent: float, because: tuple[str, ...]) -> Notice:
    row = lexicon.flags[code]
    asks = bool(row["ask_now_or_treated"]) or urgent < _ASK_BELOW
    return Notice(code, row["level"], row["card"], row["card_form"], asks, urgent, because)


def _urgency(lexicon: Lexicon, target: str) -> dict[str, Any]:
    row = lexicon.targets[target]
    condition = lexicon.targets.get(row["answers_to_condition"]) if "answers_to_condition" in row else row
    found: dict[str, Any] = condition["urgency"] if condition else {}
    return found


def _words(tokens: list[str], found: Found) -> tuple[str, ...]:
    return (" ".join(tokens[found.first : found.last]),)


def _because(tokens: list[str], weighed: Weighed, target: str) -> tuple[str, ...]:
    """Return the few words that spoke most for a target, in the order typed."""
    targets = shipped_model().targets
    if target not in targets:
        return ()
    spoke = weighed.by_token[:, targets.index(target)]
    best = [at for at in np.argsort(-spoke, kind="stable")[:_BECAUSE].tolist() if spoke[at] > 0]
    return tuple(tokens[at] for at in sorted(best))
