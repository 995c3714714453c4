"""Answer "the nearest k" over one snapshot, exactly, with the lists that the rules of order ask for."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from finder.geo import Ints, SpatialTree, geodesic_m
from finder.search.asking import Asked, Asking, asked
from finder.search.candidates import Answers, Candidate
from finder.search.facts import Fact
from finder.search.filters import Filters, Unit, Wanted
from finder.search.kept import Kept
from finder.search.lexicon import Lexicon
from finder.search.nearest import Course, Keep, Layer, Walk, joined, layer_of, rotated
from finder.search.organizations import Organizations
from finder.search.phrases import understand
from finder.search.rows import Rows, SnapshotRows
from finder.search.snapshot import Snapshot
from finder.search.work import works

# Layers kept of lists that were asked for: 64 MB a worker.
_KEPT_BYTES = 2**26
# Up to so many rows a list gets a layer of its own at once; larger ones are walked among all others, and get theirs
# in the background once they were asked for a few times.
_AT_ONCE = 50_000
_OFTEN = 4
_KEPT_PLANS, _KEPT_COUNTS = 4096, 1024


@dataclass(frozen=True)
class _Plan:
    """How a list is answered; without a course it holds nobody."""

    course: Course | None
    rungs: Callable[[list[int] | Ints], list[int]] | None = None


class Index:
    """The snapshot's columns in memory and a spatial tree over its distinct points."""

    def __init__(self, snapshot: Snapshot, edition: int) -> None:
        self._begin(snapshot, edition)
        c = snapshot.columns
        self.tree = SpatialTree(c["point_lat"], c["point_lon"])
        self.rows: Rows = SnapshotRows(c)
        self._plans: OrderedDict[tuple[Wanted, dt.date], _Plan] = OrderedDict()
        self._layers: OrderedDict[tuple[Wanted, dt.date], Layer] = OrderedDict()
        self._asked: Counter[tuple[Wanted, dt.date]] = Counter()
        self._everyone: dict[tuple[Unit, int], Layer] = {}
        self._lock = threading.Lock()
        self.kept_bytes = 0  # what lists that were asked for take in memory

    def _begin(self, snapshot: Snapshot, edition: int) -> None:
        """Take over what every engine needs of a snapshot, however large the directory is."""
        self.snapshot = snapshot
        self.edition = edition
        self.loaded_bytes = 0  # of the blob that it was read from
        self.catalogue = snapshot.catalogue
        self.works = works(snapshot.catalogue)
        self.filters = Filters(snapshot)
        # Who is counted of a list at any distance, and who of them stands in lists before it; the same from everywhere.
        self.anywhere: Kept[tuple[Wanted, tuple[Wanted, ...], dt.date], tuple[list[int], set[int]]] = Kept(_KEPT_COUNTS)
        self.choices_anywhere: Kept[tuple[Wanted, str, dt.date], tuple[tuple[str, str, int], ...]] = Kept(_KEPT_COUNTS)
        self._asked_for = lru_cache(maxsize=_KEPT_PLANS)(partial(asked, snapshot.catalogue))

    @property
    def bytes(self) -> int:
        """What the columns, the tree and the order of the week take in memory; kept lists come on top."""
        columns = sum(column.nbytes for column in self.snapshot.columns.values())
        own = self._everyone.values()
        by_person = sum(one.nbytes for one in self.__dict__.get("_roles_by_person", ()))
        layers = sum(one.starts.nbytes + one.packed.nbytes for one in own)
        return int(columns + by_person + self.tree.own_bytes + layers)

    def close(self) -> None:
        """Let go of what is held outside of memory."""

    @property
    def whole(self) -> Index:
        """The same edition with all its columns in memory, for what looks at everybody at once."""
        return self

    @property
    def is_demo(self) -> bool:
        """True where all that is shown is the fictional demo."""
        return any(source.is_demo for source in self.snapshot.sources)

    @cached_property
    def organizations(self) -> Organizations:
        """The organizations of the snapshot, and what they say of themselves."""
        return Organizations(self.snapshot)

    @cached_property
    def lexicon(self) -> Lexicon:
        """The phrases of the catalogue, by which a patient's own words are understood."""
        return Lexicon(self.catalogue)

    @cached_property
    def _roles_by_person(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        people = self.snapshot.columns["role_person"]
        order = np.argsort(people, kind="stable").astype(np.int32)
        return order, np.searchsorted(people[order], np.arange(people.max(initial=-1) + 2)).astype(np.int32)

    @cached_property
    def _varied(self) -> NDArray[np.bool_]:
        """Of each person, whether their roles are of more than one class."""
        by_person, starts = self._roles_by_person
        people, classes = (
            self.snapshot.columns["role_person"][by_person],
            self.snapshot.columns["role_class"][by_person],
        )
        varied = np.zeros(len(starts) - 1, np.bool_)
        varied[people[1:][(people[1:] == people[:-1]) & (classes[1:] != classes[:-1])]] = True
        return varied

    def other_roles(self, numbers: list[int], today: dt.date) -> list[list[int]]:
        """Return of each role the numbers of the other roles of the same person, those listed today."""
        by_person, starts = self._roles_by_person
        people = self.snapshot.columns["role_person"][numbers]
        spans = zip(numbers, starts[people].tolist(), starts[people + 1].tolist(), strict=True)
        return [
            [n for n in self.filters.listed("role", by_person[first:last], today).tolist() if n != number]
            if last - first > 1
            else []
            for number, first, last in spans
        ]

    def asked(self, asking: Asking) -> Asked:
        """Return the lists that answer a question. Raises QuestionError (condition_unknown, procedure_unknown)."""
        return self._asked_for(asking) if asking.only is None else asked(self.catalogue, asking)

    def count_stated(self, facts: Sequence[Fact], unit: Unit, rows: Ints) -> list[int]:
        """Return of each fact how many of the people or places in some rows state it."""
        return self.filters.count_stated(facts, unit, rows)

    def best_roles_at(self, places: list[int], work: str, age: int | None, today: dt.date) -> list[int | None]:
        """Return of each place the first of its roles that stand on its best rung for some work, None for none."""
        wanted = Wanted("people", work, age=age)
        column = self.snapshot.columns["role_place"]
        # Of the same type: else the whole column would be made into another.
        wanted_places = np.array(places, column.dtype)
        firsts, lasts = column.searchsorted(wanted_places), column.searchsorted(wanted_places, side="right")
        rows, at = joined(firsts, lasts - firsts), np.repeat(np.arange(len(places)), lasts - firsts)
        kept = self.filters.keep(wanted, today)(rows)
        rows, at = rows[kept], at[kept]
        best: list[int | None] = [None] * len(places)
        rungs = self.filters.rungs(wanted, today)
        if rungs and len(rows):
            order = np.lexsort((np.asarray(rungs(rows)), at))
            there, first = np.unique(at[order], return_index=True)
            for place, row in zip(there.tolist(), rows[order[first]].tolist(), strict=True):
                best[place] = row
        return best

    def answers(self, latitude: float, longitude: float, wanted: Wanted, today: dt.date) -> Answers:
        """Return the list that is wanted, from an origin, as it is today."""
        plan = self._plans.get((wanted, today)) or self._plan(wanted, today)
        return Answers(Walk(plan.course, latitude, longitude) if plan.course else None, plan.rungs)

    def standing(
        self,
        subjects: list[int],
        lists: Sequence[Wanted],
        origin: tuple[float, float],
        radius_m: float | None,
        today: dt.date,
    ) -> set[int]:
        """Return which of some people stand in one of some lists, at any place within a radius (None: any)."""
        if not lists or not subjects or lists[0].unit == "places":
            return set()
        c, (by_person, starts) = self.snapshot.columns, self._roles_by_person
        people = np.array(subjects)
        firsts = starts[people].astype(np.int64)
        counts = starts[people + 1] - firsts
        several = counts > 1
        if all(one.is_by_class for one in lists):
            several &= self._varied[people]
        firsts, counts = firsts[several], counts[several]
        if not len(firsts):
            return set()
        rows = by_person[joined(firsts, counts)].astype(np.int64)
        stand = np.zeros(len(rows), np.bool_)
        for wanted in lists:
            stand |= self.filters.keep(wanted, today)(rows)
        rows = rows[stand]
        if radius_m is not None and len(rows):
            points = c["place_point"][c["role_place"][rows]]
            rows = rows[geodesic_m(*origin, *self.tree.at(points)) <= radius_m]
        return set(c["role_person"][rows].tolist())

    def nearest(self, latitude: float, longitude: float, wanted: Wanted, k: int, today: dt.date) -> list[Candidate]:
        """Return the k nearest: each person or place once, ascending by geodesic distance, ties in rotation."""
        return self.answers(latitude, longitude, wanted, today).first(k)

    def _plan(self, wanted: Wanted, today: dt.date) -> _Plan:
        """Work out how to answer a list. What was worked out is kept, unless a better way is on its way."""
        key = wanted, today
        chosen = self._layer(wanted, today)
        if chosen is None:
            return _Plan(None) if wanted.only is not None else self._keep_plan(key, _Plan(None))
        layer, keep, share = chosen
        columns, week = self.snapshot.columns, week_number(today)
        tickets = columns["person_ticket" if wanted.unit == "people" else "place_ticket"]
        course = Course(layer, lambda subject: int(rotated(tickets[subject : subject + 1], week)[0]), keep, share)
        plan = _Plan(course, self.filters.rungs(wanted, today))
        waiting = keep is not None and self._asked[self._bare(wanted), today] < _OFTEN
        return plan if waiting or wanted.only is not None else self._keep_plan(key, plan)

    def _keep_plan(self, key: tuple[Wanted, dt.date], plan: _Plan) -> _Plan:
        with self._lock:
            # Its layer may have been forgotten meanwhile, and would stay in memory with the plan.
            kept = (*self._layers.values(), *self._everyone.values())
            if plan.course is None or any(plan.course.layer is one for one in kept):
                self._plans[key] = plan
            if len(self._plans) > _KEPT_PLANS:
                self._plans.popitem(last=False)
        return plan

    def _layer(self, wanted: Wanted, today: dt.date) -> tuple[Layer, Keep | None, float] | None:
        """Return the layer to walk for a list, what to leave out of it, and the share that stays; None for nobody.

        A list is walked in a layer of its own where that is small or often asked for; else in the layer of the same
        work without other filters; else among all.
        """
        key = wanted, today
        if self.filters.is_everyone(wanted, today):
            everyone = self._everyone_of(wanted.unit, today)
            return (everyone, None, 1.0) if len(everyone.packed) else None
        with self._lock:
            kept = self._layers.get(key)
            if kept is not None:
                self._layers.move_to_end(key)
        if kept is None and wanted.only is not None:
            # Those of a name are few, and nobody else asks for just them.
            kept = self._make_layer(wanted.unit, self.filters.rows(wanted, today), today)
        if kept is not None:
            return (kept, None, 1.0) if len(kept.packed) else None
        about = self.filters.about(wanted)
        if about <= _AT_ONCE or wanted.unit == "places":
            made = self._make(wanted, today)
            return (made, None, 1.0) if len(made.packed) else None
        bare = self._bare(wanted)
        if bare == wanted:
            self._ask_for(wanted, today)
            layer = self._everyone_of(wanted.unit, today)
        else:
            chosen = self._layer(bare, today)
            if chosen is None:
                return None
            layer = chosen[0]
        return layer, self.filters.keep(wanted, today), min(1.0, max(about / len(layer.packed), 1e-6))

    @staticmethod
    def _bare(wanted: Wanted) -> Wanted:
        return replace(wanted, tier=None, facts=(), organization=None, specialty=None)

    def warm(self, today: dt.date, like: Index | None = None) -> None:
        """Work out what the first questions need, and what those to another edition's index have needed of late."""
        for unit in get_args(Unit):
            self._everyone_of(unit, today)
        understand(self.lexicon, "hip")
        self.lexicon.beginning_with("hip", "en", 1)
        for wanted, day in list(like._layers) if like else ():
            # Numbers of another edition are not ours, and its catalogue may have had other work.
            if day == today and wanted.only is None and (wanted.work is None or wanted.work in self.works):
                self._make(wanted, today)

    def _everyone_of(self, unit: Unit, today: dt.date) -> Layer:
        week = week_number(today)
        layer = self._everyone.get((unit, week))
        if layer is None:
            layer = self._make_layer(unit, self._numbers(unit), today)
            with self._lock:
                self._everyone = {key: one for key, one in self._everyone.items() if key[1] == week}
                self._everyone[unit, week] = layer
        return layer

    def _numbers(self, unit: Unit) -> NDArray[np.int32]:
        return np.arange(len(self.snapshot.columns["role_row" if unit == "people" else "place_row"]), dtype=np.int32)

    def _ask_for(self, wanted: Wanted, today: dt.date) -> None:
        """Have a layer made in the background once it was asked for a few times."""
        with self._lock:
            self._asked[wanted, today] += 1
            if self._asked[wanted, today] != _OFTEN:
                return
        threading.Thread(target=self._make_better, args=(wanted, today), name="finder-layer", daemon=True).start()

    def _make_better(self, wanted: Wanted, today: dt.date) -> None:
        """Make the layer of a list that was walked among others until now, and forget the plans that did so."""
        self._make(wanted, today)
        with self._lock:
            for key in [key for key in self._plans if self._bare(key[0]) == wanted]:
                del self._plans[key]

    def _make(self, wanted: Wanted, today: dt.date) -> Layer:
        layer = self._make_layer(wanted.unit, self.filters.rows(wanted, today), today)
        with self._lock:
            before = self._layers.pop((wanted, today), None)
            self._layers[wanted, today] = layer
            self.kept_bytes += layer.bytes - (before.bytes if before else 0)
            while len(self._layers) > 1 and self.kept_bytes > _KEPT_BYTES:
                gone, old = self._layers.popitem(last=False)
                self.kept_bytes -= old.bytes
                del self._asked[gone]
                # A plan would keep its layer in memory.
                for key in [key for key, plan in self._plans.items() if plan.course and plan.course.layer is old]:
                    del self._plans[key]
        return layer

    def _make_layer(self, unit: Unit, rows: NDArray[Any], today: dt.date) -> Layer:
        columns = self.snapshot.columns
        people = unit == "people"
        points = columns["place_point"][columns["role_place"][rows] if people else rows]
        tickets = columns["person_ticket"][columns["role_person"][rows]] if people else columns["place_ticket"][rows]
        # Rows ascend by point and number. Only those who share a point need an order among each other.
        same = np.diff(points) == 0
        some = np.flatnonzero(np.append(same, False) | np.append(False, same))
        drawn = rotated(tickets[some], week_number(today))
        order = np.argsort(points[some].astype(np.uint64) << np.uint64(32) | drawn, kind="stable")
        rows = rows.copy()
        rows[some] = rows[some][order]
        return layer_of(self.tree, rows, columns["role_person"][rows] if people else rows, points)


def week_number(today: dt.date) -> int:
    """Return the ISO year and week as one number, such as 202647."""
    iso = today.isocalendar()
    return iso.year * 100 + iso.week
