"""Outlines made ready for drawing: points that know at which coarseness they may be left out."""

from __future__ import annotations

import io
import math
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.geo.distances import DEGREE_M
from finder.geo.topojson import Arc, Topology

COAST, STATE_LINE, COUNTY_LINE = range(3)
ALWAYS = 2**16 - 1
_NATION = 0
# A chain is straight in degrees between points that are left out; on a plane that would show in longer ones.
_LONGEST_M = 150_000.0
_Point = tuple[float, float]


def compile_outlines(topojson_gz: Path) -> bytes:
    """Return what `Borders` reads (a .npz), of a TopoJSON file with counties, states and the nation.

    Lines are chains of arcs; `first` says where the points of each begin, `kind` what it parts, `state` the FIPS number
    of the state that it lies in, 0 between two. Rings are of chains, ~n for the chain n taken from its end; `ring_of`
    is the state that a ring is of, 0 for the whole country's. The same bytes every time.
    """
    topology = Topology(topojson_gz)
    chains = _Chains(topology)
    points = np.concatenate(chains.points)
    rings: list[list[int]] = []
    ring_of: list[int] = []
    for layer in ("nation", "states"):
        for fips, polygons in topology.outlines(layer):
            own = [chains.ring(ring) for polygon in polygons for ring in polygon]
            rings += own
            ring_of += [int(fips) if layer == "states" else _NATION] * len(own)
    saved = io.BytesIO()
    np.savez(
        saved,
        longitude=points[:, 0].astype("<f4"),
        latitude=points[:, 1].astype("<f4"),
        leave_out_m=np.concatenate([_leave_out_m(chain) for chain in chains.points]).astype("<u2"),
        first=np.cumsum([0, *map(len, chains.points)]).astype("<i4"),
        kind=np.array([group.kind for group in chains.groups], "u1"),
        state=np.array([group.state for group in chains.groups], "u1"),
        ring_chains=np.concatenate([np.array(ring) for ring in rings]).astype("<i4"),
        ring_first=np.cumsum([0, *map(len, rings)]).astype("<i4"),
        ring_of=np.array(ring_of, "u1"),
    )
    return saved.getvalue()


class _Group(NamedTuple):
    """Lines that may be joined: of one kind, and of one state where they lie in one."""

    kind: int
    state: int


class _Chains:
    """Arcs joined end to end where the line goes on alone, so that it can be made coarse beyond the next county."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._groups = _groups(topology)
        self.points: list[Arc] = []
        self.groups: list[_Group] = []
        # Of each arc: its chain, ~n where it runs the other way, and its place in it.
        self._place: dict[int, tuple[int, int]] = {}
        self._lengths: list[int] = []
        ends: dict[tuple[_Group, _Point], list[int]] = defaultdict(list)
        for arc, (group, points) in enumerate(zip(self._groups, topology.arcs, strict=True)):
            ends[group, _end(points, 0)].append(arc)
            ends[group, _end(points, -1)].append(~arc)
        # Where a coast meets the line between two states, both end: rings of states turn there.
        stops = {point for group, point in ends if group.kind == STATE_LINE}
        self._ends = {key: arcs for key, arcs in ends.items() if key[0].kind != COAST or key[1] not in stops}
        for arc in range(len(topology.arcs)):
            if arc not in self._place:
                self._join(arc)

    def _join(self, arc: int) -> None:
        """Make a chain of an arc and of what goes on from either end of it."""
        group, limit = self._groups[arc], _LONGEST_M - self._length_m(arc)
        after, limit = self._going_on(arc, group, {arc}, limit)
        before, limit = self._going_on(~arc, group, {arc, *(max(n, ~n) for n in after)}, limit)
        chain = [*(~one for one in reversed(before)), arc, *after]
        number = len(self.points)
        for place, one in enumerate(chain):
            self._place[max(one, ~one)] = (number if one >= 0 else ~number), place
        parts = [self._points(one) for one in chain]
        self.points.append(np.concatenate([parts[0], *(part[1:] for part in parts[1:])]))
        self.groups.append(group)
        self._lengths.append(len(chain))

    def _going_on(self, arc: int, group: _Group, taken: set[int], limit: float) -> tuple[list[int], float]:
        found: list[int] = []
        while True:
            at = self._ends.get((group, _end(self._points(arc), -1)), [])
            # Two ends meet here, that of this one and that of the next; where more meet, all of them end.
            going = [one for one in at if max(one, ~one) not in taken] if len(at) == 2 else []
            if len(going) != 1 or max(going[0], ~going[0]) in self._place:
                return found, limit
            if (length := self._length_m(going[0])) > limit:
                return found, limit
            arc, limit = going[0], limit - length
            taken = taken | {max(arc, ~arc)}
            found.append(arc)

    def _points(self, arc: int) -> Arc:
        return self._topology.arcs[arc] if arc >= 0 else self._topology.arcs[~arc][::-1]

    def _length_m(self, arc: int) -> float:
        steps = np.diff(_flat(self._points(arc)), axis=0)
        return float(np.hypot(*steps.T).sum())

    def ring(self, arcs: list[int]) -> list[int]:
        """Return the chains of a ring of arcs, in its order."""
        found: list[int] = []
        for arc in arcs:
            chain, _place = self._place[max(arc, ~arc)]
            way = chain if arc >= 0 else ~chain
            if not found or found[-1] != way:
                found.append(way)
        # A ring may begin in the middle of a chain.
        if len(found) > 1 and found[0] == found[-1]:
            found.pop()
        whole = sum(self._lengths[max(one, ~one)] for one in found)
        if whole != len(arcs):
            raise ValueError(f"a ring of {len(arcs)} arcs takes chains of {whole}")
        return found


def _end(points: Arc, at: int) -> _Point:
    return float(points[at, 0]), float(points[at, 1])


def _groups(topology: Topology) -> list[_Group]:
    """Return what each arc parts: land from what is beyond, two states, or two counties of one."""
    sides: dict[int, set[str]] = defaultdict(set)
    for fips, polygons in topology.outlines("counties"):
        for number in (number for polygon in polygons for ring in polygon for number in ring):
            sides[max(number, ~number)].add(fips)
    # Some arcs are slits, with one county on both sides: what the layers say goes before what can be counted.
    coast, of_states = _arcs_of(topology, "nation"), _arcs_of(topology, "states")
    found = []
    for number in range(len(topology.arcs)):
        kind = COAST if number in coast else STATE_LINE if number in of_states else COUNTY_LINE
        states = {int(county[:2]) for county in sides[number]}
        found.append(_Group(kind, states.pop() if len(states) == 1 else 0))
    return found


def _arcs_of(topology: Topology, layer: str) -> set[int]:
    outlines = topology.outlines(layer)
    return {max(n, ~n) for _id, polygons in outlines for polygon in polygons for ring in polygon for n in ring}


def _leave_out_m(arc: Arc) -> NDArray[np.float64]:
    """Return for each point the metres up to which the arc without it strays no further than that from the arc.

    Those are the tolerances of Douglas and Peucker's simplification, made to fall from each point to those that it
    parts. Ends always stay.
    """
    flat = _flat(arc)
    kept = np.full(len(arc), float(ALWAYS))
    spans = [(0, len(arc) - 1, float(ALWAYS - 1))]
    while spans:
        start, end, most = spans.pop()
        if end - start < 2:
            continue
        away = _away_from(flat[start], flat[end], flat[start + 1 : end])
        at = start + 1 + int(away.argmax())
        kept[at] = min(math.ceil(float(away.max())), most)
        spans += [(start, at, kept[at]), (at, end, kept[at])]
    return kept


def _flat(arc: Arc) -> Arc:
    """Return points in metres from the first of them, well enough for lines of this length."""
    shrink = math.cos(math.radians(float(arc[:, 1].mean())))
    return np.asarray((arc - arc[0]) * (shrink * DEGREE_M, DEGREE_M))


def _away_from(here: Arc, there: Arc, points: Arc) -> Arc:
    """Return how far points lie from the straight line between two, which may be the same."""
    along, from_here = there - here, points - here
    length_2 = float(along @ along)
    share = np.clip(from_here @ along / length_2, 0, 1) if length_2 else np.zeros(len(points))
    return np.asarray(np.hypot(*(from_here - share[:, None] * along).T))
