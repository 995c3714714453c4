"""Rows at points and what a walk over them must give, by measuring every row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from finder.geo import SpatialTree, geodesic_m
from finder.search.nearest import Course, Keep, Layer, Near, Walk, layer_of, rotated

WEEK = 202647


@dataclass
class Rows:
    """Rows of subjects at points of a tree; a row's number is its place here."""

    tree: SpatialTree
    points: np.ndarray
    subjects: np.ndarray

    @property
    def drawn(self) -> np.ndarray:
        """What every row's subject draws this week."""
        return rotated(self.subjects.astype(np.uint64) * np.uint64(7919), WEEK)

    def layer(self) -> Layer:
        """Return the layer of all rows."""
        order = np.lexsort((np.arange(len(self.points)), self.drawn, self.points))
        return layer_of(self.tree, order, self.subjects[order], self.points[order])

    def walk(self, here: tuple[float, float], keep: Keep | None = None, share: float = 1.0) -> Walk:
        """Return a walk from a point."""
        draw = dict(zip(self.subjects.tolist(), self.drawn.tolist(), strict=True))
        return Walk(Course(self.layer(), draw.__getitem__, keep, share), *here)

    def brute(self, here: tuple[float, float], among: np.ndarray | None = None) -> list[tuple[int, int, float]]:
        """Return every subject once, by distance, rotation and number, with the row and the metres."""
        rows = np.arange(len(self.points)) if among is None else among
        metres = geodesic_m(*here, *self.tree.at(self.points[rows]))
        found: dict[int, tuple[int, int, float]] = {}
        for place in np.lexsort((rows, self.drawn[rows], metres)).tolist():
            subject = int(self.subjects[rows[place]])
            found.setdefault(subject, (int(rows[place]), subject, float(metres[place])))
        return list(found.values())


def bare(found: list[Near]) -> list[tuple[int, int, float]]:
    """Return what a walk found without the directions, which its metres were measured with."""
    return [one[:3] for one in found]


def rows_at(lat: np.ndarray, lon: np.ndarray, draw: np.random.Generator, rows_a_point: float) -> Rows:
    """Return rows at distinct points, each with one at least, and some subjects at several of them."""
    more = draw.integers(0, len(lat), int(len(lat) * (rows_a_point - 1)))
    points = np.sort(np.concatenate((np.arange(len(lat)), more)))
    subjects = draw.integers(0, max(1, int(len(points) / 1.5)), len(points))
    return Rows(SpatialTree(lat, lon), points, subjects)
