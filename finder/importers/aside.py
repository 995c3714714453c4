"""Rows about people who asked not to be listed: counted, and nobody is told of what is wrong with them.

Those that are good are stored as they came, like all others, and no edition shows them: so a request that is withdrawn
brings the person back. Those that are no good are as if they had not been there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from finder.db.datasets import Outcome
from finder.importers.report import Problem, SectionCount
from finder.importers.rows import Row


class Aside:
    """Finds them, batch by batch. `removed` are NPIs; `ids` takes the file's own ids that go with these.

    `rows` counts those of the file; rows numbered 0 are an earlier version's.
    """

    def __init__(self, removed: Collection[str], ids: set[str]) -> None:
        self._removed, self._ids = removed, ids
        self.rows = 0

    def among(self, columns: Mapping[str, Sequence[Any]]) -> set[int]:
        """Return the places of such rows in a batch, by the NPI or by an id that came with it."""
        if not self._removed:
            return set()
        found = set[int]()
        npis, keys = columns.get("npi", ()), columns.get("person_id", ())
        for at, number in enumerate(npis):
            if number in self._removed:
                found.add(at)
                self._ids.update(key for key in keys[at : at + 1] if key)
        found.update(at for at, key in enumerate(keys) if key in self._ids or key in self._removed)
        return found

    def drop(self, row: Row, told: list[Problem], count: SectionCount) -> None:
        """Forget what was told of such a row; one that is refused is not counted either."""
        if row[0]:
            self.rows += 1
            if any(problem.outcome is Outcome.REFUSED for problem in told):
                count.read -= 1
                count.accepted -= 1
        told.clear()
