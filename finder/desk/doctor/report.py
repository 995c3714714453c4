"""What the doctor answers: frozen, with its sentences, ready for a terminal or a page."""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass
from typing import Any

from finder.desk.doctor.sentences import SENTENCES
from finder.desk.doctor.watchers import Seen

# In the order in which they are offered.
VARIANTS = ("link", "iframe", "wordpress", "element")
# Longest piece of what was pasted that is told again.
_LONGEST_READ = 240


class Weight(enum.StrEnum):
    """How much a finding matters: without it nothing works, with it all works better, or it is good to know."""

    MUST = "must"
    SHOULD = "should"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing that was noticed: what was read ("" where nothing was), what it means, what to write ("" for nothing).

    `code` names it for programs; the sentences are English.
    """

    code: str
    weight: Weight
    read: str
    means: str
    write: str

    @classmethod
    def of(cls, code: str, read: str = "", **params: Any) -> Finding:
        """Return the finding of a code, its sentences filled with `params`."""
        weight, means, write = SENTENCES[code]
        return cls(code, Weight(weight), shown(read), means.format(**params), write.format(**params))


@dataclass(frozen=True)
class Directive:
    """A directive to write into policy number `policy`, whole, in place of `replaces` ("" where it is new).

    `required` is false where the finder works without it, only less well.
    """

    policy: int
    name: str
    written: str
    replaces: str
    required: bool
    why: str


@dataclass(frozen=True)
class ReadPolicy:
    """A Content-Security-Policy as it was found; `number` counts from 1, `place` says where in words."""

    number: int
    place: str
    enforced: bool
    directives: tuple[str, ...]


@dataclass(frozen=True)
class VariantReport:
    """What one way to show the finder needs in this page; `directives` are to be written as well as `findings`."""

    variant: str
    directives: tuple[Directive, ...]
    findings: tuple[Finding, ...]

    @property
    def works(self) -> bool:
        """True where nothing must change first."""
        return not any(one.required for one in self.directives) and not any(
            one.weight is Weight.MUST for one in self.findings
        )


@dataclass(frozen=True)
class Diagnosis:
    """All that was found. `what` is what was read, in words; `recommended` is a variant and `because` says why.

    `notes` are about the page whatever the variant; `site_keys` are those of finders that are in it already.
    """

    finder: str
    what: str
    policies: tuple[ReadPolicy, ...]
    variants: tuple[VariantReport, ...]
    notes: tuple[Finding, ...]
    watchers: tuple[Seen, ...]
    site_keys: tuple[str, ...]
    recommended: str
    because: str

    @property
    def works(self) -> bool:
        """True where nothing must change for any of the variants that were looked at."""
        return all(one.works for one in self.variants) and not any(one.weight is Weight.MUST for one in self.notes)

    def as_json(self) -> dict[str, Any]:
        """Return all of it in plain values."""
        told = dataclasses.asdict(self)
        for one, variant in zip(told["variants"], self.variants, strict=True):
            one["works"] = variant.works
        return {**told, "works": self.works}


def shown(text: str) -> str:
    """Return a piece of what was pasted, on one line, without what a terminal would obey, and not too long."""
    line = " ".join(text[: 4 * _LONGEST_READ].split())
    line = "".join(sign if sign.isprintable() else "?" for sign in line)
    return line if len(line) <= _LONGEST_READ else line[: _LONGEST_READ - 3] + "..."
