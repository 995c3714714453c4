"""Many lists from one origin by brute force: all rows measured and sorted once, then what each list keeps of them."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pyproj import Geod

from finder.search.filters import Unit, Wanted
from finder.search.index import Index
from finder.search.results import COUNTED_UP_TO
from finder.search.snapshot import Snapshot
from tests.search.made_up import DAY_ONE
from tests.search.oracle import Oracle

# So many of the nearest rows are looked through before all are.
_NEAR = 4_000
# Origins asked in one go, how many of these are asked for whole lists, and how many differences are told.
_AT_ONCE, _EACH_WHOLE, _TOLD = 100, 20, 20


@dataclass(frozen=True)
class Lines:
    """The lines of a list, in order: what the subject and the place draw in rotation, rung, metres."""

    tickets: np.ndarray
    places: np.ndarray
    rungs: np.ndarray
    metres: np.ndarray

    def equal(self, other: Lines) -> bool:
        """Return whether both are the same to the last bit."""
        return all(np.array_equal(mine, vars(other)[name]) for name, mine in vars(self).items())

    def __str__(self) -> str:
        first = zip(self.tickets[:4], self.places[:4], self.rungs[:4], self.metres[:4], strict=True)
        return f"{len(self.tickets)} lines, {[tuple(map(str, line)) for line in first]}"


class Bulk:
    """The lists of one unit. It holds plain arrays, so that another process can be given it."""

    def __init__(self, oracle: Oracle, lists: Sequence[Wanted], today: dt.date) -> None:
        (unit,) = {one.unit for one in lists}
        table = oracle.tables[unit]
        positions = np.stack((oracle.latitudes, oracle.longitudes), axis=1)
        self._points, at = np.unique(positions, axis=0, return_inverse=True)
        self._at = at.reshape(-1)[table.places]
        self._tickets, self._places = table.tickets, oracle.tables["places"].tickets[table.places]
        self._subjects = table.subjects
        self._rungs = np.array(
            [oracle.rungs(unit, str(one.work), one.groups, tuple(map(int, one.rungs)), today) for one in lists]
        )
        self._counts = np.count_nonzero(self._rungs, axis=1)
        # Rows as they come at one distance: in the week's rotation, then as they are numbered.
        self._rotated = np.lexsort((np.arange(len(self._at)), oracle.rotation(unit, today)))

    def answers(self, latitude: float, longitude: float, k: int) -> Iterator[Lines]:
        """Give the first k lines of each list."""
        size = len(self._points)
        here = np.full(size, longitude), np.full(size, latitude)
        metres = np.asarray(Geod(ellps="WGS84").inv(*here, self._points[:, 1], self._points[:, 0])[2])[self._at]
        order = self._rotated[np.argsort(metres[self._rotated], kind="stable")]
        for rungs, count in zip(self._rungs, self._counts, strict=True):
            rows = self._first(order[:_NEAR], rungs, k)
            if len(rows) < k and np.count_nonzero(rungs[order[:_NEAR]]) < count:
                rows = self._first(order, rungs, k)
            yield Lines(self._tickets[rows], self._places[rows], rungs[rows], metres[rows])

    def _first(self, order: np.ndarray, rungs: np.ndarray, k: int) -> np.ndarray:
        """Return the first k rows of a list, each subject once, where it is nearest."""
        rows = order[rungs[order] > 0]
        _subjects, nearest = np.unique(self._subjects[rows], return_index=True)
        return rows[np.sort(nearest)[:k]]


class Found:
    """What the index answers, as the same lines."""

    def __init__(self, index: Index) -> None:
        self._index = index
        c = index.snapshot.columns
        self._tickets = {"people": c["person_ticket"][c["role_person"]], "places": c["place_ticket"]}
        self._places = {"people": c["place_ticket"][c["role_place"]], "places": c["place_ticket"]}

    def answer(self, latitude: float, longitude: float, wanted: Wanted, k: int, today: dt.date) -> Lines:
        """Return the first k lines of a list."""
        found = self._index.nearest(latitude, longitude, wanted, k, today)
        numbers = np.array([one.number for one in found], np.int64)
        return Lines(
            self._tickets[wanted.unit][numbers],
            self._places[wanted.unit][numbers],
            np.array([int(one.rung or 0) for one in found], np.uint8),
            np.array([one.distance_m for one in found], float),
        )


@dataclass(frozen=True)
class Trial:
    """What one process compares: each list from each origin to a depth, and from every twentieth as far as counted.

    It `ends` at a time of the clock. `lists` and `bulks` are by unit; an origin is a ZIP code with its point.
    """

    blob: bytes
    lists: Mapping[Unit, Sequence[Wanted]]
    bulks: Mapping[Unit, Bulk]
    origins: Sequence[tuple[str, float, float]]
    depth: int
    ends: float

    def run(self) -> Counter[str]:
        """Return the counts of what was compared, and of differences; print the first of these."""
        counts = Counter[str]()
        found = Found(Index(Snapshot.from_bytes(self.blob), 1))
        for first in range(0, len(self.origins), _AT_ONCE):
            if first and time.time() > self.ends:
                break
            some = self.origins[first : first + _AT_ONCE]
            for unit in self.lists:
                self._compare(unit, some, found, counts)
            counts["zips"] += len(some)
        return counts

    def _compare(
        self, unit: Unit, origins: Sequence[tuple[str, float, float]], found: Found, counts: Counter[str]
    ) -> None:
        depths = [COUNTED_UP_TO if n % _EACH_WHOLE == 0 else self.depth for n in range(len(origins))]
        expected = [
            list(self.bulks[unit].answers(latitude, longitude, depth))
            for (_zip_code, latitude, longitude), depth in zip(origins, depths, strict=True)
        ]
        # A list at a time: the index keeps what it worked out for the last few hundred of them.
        for number, wanted in enumerate(self.lists[unit]):
            for (zip_code, latitude, longitude), depth, lines in zip(origins, depths, expected, strict=True):
                answer = found.answer(latitude, longitude, wanted, depth, DAY_ONE)
                counts["lists"] += 1
                counts["lines"] += len(answer.metres)
                counts["ties"] += int(np.count_nonzero(np.diff(answer.metres) == 0))
                if not answer.equal(lines[number]):
                    counts["differences"] += 1
                    if counts["differences"] <= _TOLD:
                        print(f"differs: ZIP {zip_code}, {wanted}: {answer} for {lines[number]}", flush=True)
