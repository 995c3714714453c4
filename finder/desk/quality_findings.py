"""What may be wrong with listings, as a finding says it: what it is about, and the facts that it rests on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any, NamedTuple

STALE_DAYS, OLD_DAYS = 90, 180


class Finding(NamedTuple):
    """One line of a work list.

    `subject` is the public id that it is about, or two with a space between; `name` what it is called and `where` its
    place. `code` with `params` says what was found; together they are the facts that it rests on. `practice` is the
    organization as `source:key`, "" for none; `age_days` how long it is so, where that is known.
    """

    subject: str
    name: str
    where: str
    code: str
    params: dict[str, Any]
    practice: str = ""
    age_days: int | None = None

    @property
    def public_ids(self) -> list[str]:
        """The listings that it is about."""
        return self.subject.split(" ")

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the facts: it stays while nothing of them changes, however the days pass."""
        facts = {name: str(value) for name, value in self.params.items() if name not in _PASSING}
        return hashlib.sha256(json.dumps([self.code, facts], sort_keys=True).encode()).hexdigest()


# What changes with each day, or with each look, without anything having changed.
_PASSING = frozenset(("days",))


def days_since(day: dt.date | None, today: dt.date) -> int | None:
    """Return how many days ago a day was, None where there is none."""
    return None if day is None else (today - day).days
