"""Count how many of the phrases that nobody fitted anything to are understood, with Wilson's 95 % bounds."""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from finder.db.catalogue import Catalogue, shipped_entries
from finder.search.lexicon import Lexicon
from finder.search.phrases import UNKNOWN, Understanding, understand

_ROOT = Path(__file__).resolve().parents[1]
_SETS = _ROOT / "tests" / "search" / "phrases"
_SCORES = _ROOT / "data" / "phrases" / "SCORES.md"
_Z = 1.96
_URGENT = ("emergency", "same-day")
_HEAD = """# How well patients' words are understood

Made by `scripts/phrase_scores`. Phrases and what counts as understood were written by us, blind to the catalogue's phrases
and to those the weights were fitted to, and judged by no clinician: detection of emergencies is untested clinically.
*First*: the first answer is one of those accepted. *Three*: one of the first three is. Bounds are Wilson's, 95 %.
"""


class Scored(NamedTuple):
    """One phrase of a set and what was made of it."""

    one: dict[str, Any]
    answers: list[str]
    accepted: set[str]
    understanding: Understanding

    @property
    def first(self) -> bool:
        """Whether the first answer is accepted."""
        return bool(self.answers) and self.answers[0] in self.accepted

    @property
    def three(self) -> bool:
        """Whether one of the first three is."""
        return bool(self.accepted & set(self.answers[:3]))


def score(name: str) -> list[Scored]:
    """Return every phrase of a set with what is made of it."""
    entries: dict[str, dict[str, Any]] = defaultdict(dict)
    for kind, key, body in shipped_entries(_ROOT / "data" / "catalogue.json"):
        entries[kind][key] = body
    lexicon = Lexicon(Catalogue(entries))
    found = []
    for line in (_SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        understood = understand(lexicon, one["phrase"])
        answers = ["not_hip"] * (understood.kind == "not_hip") + [reading.target for reading in understood.readings]
        accepted = {UNKNOWN if key == "hip_unknown" else key for key in one["accept"]}
        found.append(Scored(one, answers, accepted, understood))
    return found


def wilson(good: int, all_: int) -> str:
    """Return a share with its bounds."""
    if not all_:
        return "-"
    share, z2 = good / all_, _Z**2
    middle = (share + z2 / (2 * all_)) / (1 + z2 / all_)
    half = _Z / (1 + z2 / all_) * math.sqrt(share * (1 - share) / all_ + z2 / (4 * all_**2))
    return f"{good} of {all_}, {share:.1%} ({middle - half:.1%} to {middle + half:.1%})"


def told(name: str, scored: list[Scored]) -> list[str]:
    """Return the scores of a set as lines of Markdown."""
    digest = hashlib.sha256((_SETS / f"{name}.jsonl").read_bytes()).hexdigest()
    kinds = list(dict.fromkeys(one.one["kind"] for one in scored))
    lines = [f"\n## {name}.jsonl\n", f"{len(scored)} phrases, sha256 `{digest}`.\n", "| kind | first | three |", "|---|---|---|"]  # fmt: skip
    for kind in (*kinds, "all"):
        some = [one for one in scored if kind in (one.one["kind"], "all")]
        lines.append(f"| {kind} | {wilson(sum(one.first for one in some), len(some))} | {wilson(sum(one.three for one in some), len(some))} |")  # fmt: skip
    refusable = [one for one in scored if one.accepted == {"not_hip"} and one.one["notice"] == "none"]
    lines += ["", "| | |", "|---|---|", f"| not the hip, refused | {wilson(sum(one.understanding.kind == 'not_hip' for one in refusable), len(refusable))} |"]  # fmt: skip
    for level in _URGENT:
        due = [one for one in scored if one.one["notice"] == level]
        lines.append(f"| {level}, notice raised | {wilson(sum(bool(one.understanding.notices) for one in due), len(due))} |")  # fmt: skip
    calm = [one for one in scored if one.one["notice"] == "none"]
    lines.append(f"| calm, notice raised needlessly | {wilson(sum(bool(one.understanding.notices) for one in calm), len(calm))} |")  # fmt: skip
    return lines


def main() -> None:
    """Print the tuning set with what it lacks, or write the scores of both."""
    tuning = score("tuning")
    if sys.argv[1:] == ["--tuning"]:
        print("\n".join(told("tuning", tuning)))
        for one in tuning:
            if one.one["notice"] in _URGENT and not one.understanding.notices:
                print("missed:", one.one["notice"], "|", one.one["phrase"])
            if one.one["notice"] == "none" and one.understanding.notices:
                print("needless:", one.understanding.notices[0].code, "|", one.one["phrase"])
            if not one.first:
                print("not first:", one.answers, "for", one.one["accept"], "|", one.one["phrase"])
        return
    _SCORES.write_text(
        "\n".join([_HEAD, *told("blind", score("blind")), *told("tuning", tuning), ""]), encoding="utf-8"
    )
    print(_SCORES.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
