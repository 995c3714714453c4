"""What is taken of a picture: a grid of cells in one number, so that a whole label is tried in one step."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

CELL = 4
# Rows are longer than any picture is wide, so that what is left of one row never is the end of the row above.
_STRIDE = 160
_ACROSS, _DOWN = _STRIDE // 2, 80
_DISTANCES = (20, 26, 34, 44, 58, 76, 100, 130)
_DIRECTIONS = 16


class Cells(NamedTuple):
    """The cells of a box: a block that all boxes of its size share, and by how many bits it is moved."""

    block: int
    moved: int

    @property
    def mask(self) -> int:
        """Them, in one number."""
        return self.block << self.moved


def cells(left: float, top: float, right: float, bottom: float) -> Cells:
    """Return the cells that a box touches."""
    column, row = max(0, int(left // CELL)), max(0, int(top // CELL))
    columns, rows = max(0, math.ceil(right / CELL) - column), max(0, math.ceil(bottom / CELL) - row)
    return Cells(_block(columns, rows), row * _STRIDE + column)


def box(column: int, row: int, columns: int, rows: int) -> int:
    """Return the cells of a label at a cell."""
    return _block(columns, rows) << (row * _STRIDE + column)


@lru_cache(maxsize=1024)
def _block(columns: int, rows: int) -> int:
    return sum(((1 << columns) - 1) << (down * _STRIDE) for down in range(rows))


@lru_cache(maxsize=2048)
def places(columns: int, rows: int, towards: int) -> tuple[tuple[int, int, int, int], ...]:
    """Return where a label of so many cells may stand beside a dot, best first.

    Each as columns and rows from the dot's cell, the cells of the label, and those with its leader besides; both
    belong to `put`. `towards` is the direction to begin with, one of 16, clockwise from north.
    """
    found, seen = [], set()
    turns = [turn * side for turn in range(_DIRECTIONS // 2 + 1) for side in ((1, -1) if turn else (1,))]
    for distance in _DISTANCES:
        for turn in turns:
            angle = (towards + turn) * 2 * math.pi / _DIRECTIONS
            # A label that is wider than high has to stand farther off to its sides.
            x = math.sin(angle) * (distance + (columns - 7) * CELL / 2)
            y = -math.cos(angle) * (distance + (rows - 7) * CELL / 2)
            column, row = round(x / CELL + 0.5 - columns / 2), round(y / CELL + 0.5 - rows / 2)
            if (column, row) in seen:
                continue
            seen.add((column, row))
            label = box(column + _ACROSS, row + _DOWN, columns, rows)
            leader = _leader(column + columns / 2, row + rows / 2)
            found.append((column, row, label, label | leader))
    return tuple(found)


def _leader(column: float, row: float) -> int:
    """Return the cells of the line from a dot to the middle of its label, without those beside the dot."""
    far = math.hypot(column, row)
    found = 0
    for step in range(4, int(far * 2)):
        share = step / 2 / far
        across, down = int(_ACROSS + 0.5 + column * share), int(_DOWN + 0.5 + row * share)
        found |= 1 << (down * _STRIDE + across)
    return found


def put(mask: int, column: int, row: int) -> int:
    """Return cells of `places` moved to the dot's own cell."""
    return seen_from(mask, 2 * _ACROSS - column, 2 * _DOWN - row)


def seen_from(cells_taken: int, column: int, row: int) -> int:
    """Return cells moved so that those of `places` can be held against them, for a dot in a cell."""
    by = (row - _DOWN) * _STRIDE + column - _ACROSS
    return cells_taken >> by if by >= 0 else cells_taken << -by
