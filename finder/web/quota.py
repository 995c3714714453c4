"""The arithmetic of a limit: so many requests a minute, spent all at once or one by one, and what is left told truly.

It is the generic cell rate algorithm, which needs one number for each client: the moment from which all of the quota is
there again. Whoever asks no more often than the quota says, in whatever rhythm, is never refused.
"""

from __future__ import annotations

from dataclasses import dataclass

_NS = 1_000_000_000


@dataclass(frozen=True)
class Standing:
    """What came of one request.

    `left` is how many more would be granted at once, `whole_after` in how many seconds all are there again, and
    `retry_after` in how many the next will be granted, 0 where this one was. Both are rounded up.
    """

    quota: Quota
    left: int
    whole_after: int
    retry_after: int


@dataclass(frozen=True)
class Quota:
    """So many requests in so many seconds."""

    most: int
    seconds: int = 60

    def ask(self, whole_at: int, now: int) -> tuple[int, Standing]:
        """Return the moment from which all is there again after one more request, and what came of it.

        Moments are in nanoseconds, whole numbers, since sums of fractions would in time be off by one request. A
        `whole_at` that cannot be, such as one further away than the quota takes to fill, means a clock that was put
        back or a damaged file, and counts as a quota of which nothing is spent.
        """
        each = max(1, self.seconds * _NS // self.most)
        full = each * self.most
        spent = whole_at - now
        if not 0 < spent <= full:
            spent = 0
        wait = spent + each - full
        if wait <= 0:
            spent += each
        left, whole_after = (full - spent) // each, -(-spent // _NS)
        return now + spent, Standing(self, left, whole_after, -(-wait // _NS) if wait > 0 else 0)
