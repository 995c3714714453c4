"""Golden searches in words, for staff: what is asked, what must come of it, and what came instead."""

from __future__ import annotations

from finder.db.golden import Expects
from finder.formats.wording import wording
from finder.search.golden import Golden, Outcome


def asked(golden: Golden) -> str:
    """Return the question in one line: people near 23220, labral-tear, radius 25."""
    where = golden.question.get("zip") or golden.question.get("near", "")
    bare = [golden.question[name] for name in ("condition", "procedure") if golden.question.get(name)]
    words = [f"\u201c{golden.question['q']}\u201d"] if golden.question.get("q") else []
    rest = [
        f"{name.replace('_', ' ')} {value}"
        for name, value in golden.question.items()
        if name not in ("zip", "condition", "procedure", "q") and value and not (name == "near" and value == where)
    ]
    return ", ".join([f"{golden.unit} near {where}", *bare, *words, *rest])


def expected(golden: Golden) -> str:
    """Return what must come of it, as it goes on after the question."""
    if golden.expects is Expects.FIRST:
        return (
            f"must show {golden.what} first"
            if golden.number == 1
            else f"must show {golden.what} in the first {golden.number}"
        )
    if golden.expects is Expects.NEVER:
        return f"must never list {golden.what}"
    if golden.expects is Expects.AT_LEAST:
        return f"must find at least {golden.number}"
    if golden.expects is Expects.CARD:
        return f"must raise {golden.what}"
    return "must raise no emergency card"


def told(golden: Golden) -> str:
    """Return question and expectation in one line."""
    return f"{asked(golden)}: {expected(golden)}"


def came(outcome: Outcome) -> str:
    """Return what came of a golden search."""
    if outcome.refusal is not None:
        return wording("en").error(outcome.refusal)
    if outcome.golden.expects is Expects.AT_LEAST:
        return f"{outcome.came[0]} found"
    if not outcome.came:
        return "no card" if outcome.golden.expects in (Expects.CARD, Expects.NO_CARD) else "nobody"
    return "; ".join(outcome.came)


def failure(outcome: Outcome) -> str:
    """Return a line for one that does not hold."""
    return f"{told(outcome.golden)}, and what came is: {came(outcome)}"
