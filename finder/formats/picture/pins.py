"""Numbers beside dots: who shares a pill, and where it stands so that nothing touches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from finder.formats.picture import room
from finder.formats.picture.room import CELL
from finder.formats.picture.svg import width

NUMBER_SIZE, _LINE = 16, 20
_PILL, _SIDES = 26, 15
_A_LINE = 3  # numbers, or runs of them
_DOT = 4


class Spot(NamedTuple):
    """A place to be numbered: pixel, the numbers of those who are there, whether it is only roughly known."""

    x: float
    y: float
    ranks: tuple[int, ...]
    rough: bool


class Pin(NamedTuple):
    """A numbered place: the dot, the box of its pill (left, top, width, height), and the lines of text in it."""

    x: int
    y: int
    left: int
    top: int
    width: int
    height: int
    lines: tuple[str, ...]
    rough: bool


def numbers(ranks: Sequence[int]) -> tuple[str, ...]:
    """Return numbers as lines of a pill; of three or more in a row only the ends are said."""
    runs: list[list[int]] = []
    for rank in ranks:
        if runs and runs[-1][-1] == rank - 1:
            runs[-1].append(rank)
        else:
            runs.append([rank])
    said = []
    for run in runs:
        said += [f"{run[0]}\u2013{run[-1]}"] if len(run) > 2 else [str(rank) for rank in run]
    return tuple("\u00b7".join(said[at : at + _A_LINE]) for at in range(0, len(said), _A_LINE))


@lru_cache(maxsize=4096)
def _pill(ranks: tuple[int, ...]) -> tuple[tuple[str, ...], int, int]:
    """Return the lines of a pill, and how wide and high it is."""
    lines = numbers(ranks)
    wide = max(_PILL, math.ceil(max(width(line, NUMBER_SIZE) for line in lines)) + _SIDES)
    return lines, wide, _PILL + _LINE * (len(lines) - 1)


def dots(spots: Iterable[Spot]) -> int:
    """Return the cells that dots take."""
    found = 0
    for spot in spots:
        found |= room.cells(spot.x - _DOT, spot.y - _DOT, spot.x + _DOT, spot.y + _DOT).mask
    return found


def placed(
    spots: Sequence[Spot], words: int, origin: tuple[float, float] | None, size: tuple[int, int]
) -> tuple[list[Pin], int]:
    """Return a pin for each spot, and all that is taken then. `words` are cells that must stay free.

    Where there is no room beside a dot, a number stands over lines and dots, or farther off; never over another.
    """
    columns, rows = size[0] // CELL, size[1] // CELL
    taken, labels = words | dots(spots), words
    found = []
    for spot in spots:
        lines, wide, high = _pill(spot.ranks)
        # A pixel on each side is left in its cells.
        across, down = -(-(wide + 2) // CELL), -(-(high + 2) // CELL)
        at = int(spot.x // CELL), int(spot.y // CELL)
        column, row, with_leader = _place(spots, spot, origin, at, (across, down), (columns, rows), taken, labels)
        label = room.box(column, row, across, down)
        labels |= label
        taken |= label | with_leader
        left, top = column * CELL + (across * CELL - wide) // 2, row * CELL + (down * CELL - high) // 2
        found.append(Pin(round(spot.x), round(spot.y), left, top, wide, high, lines, spot.rough))
    return found, taken


def _place(
    spots: Sequence[Spot],
    spot: Spot,
    origin: tuple[float, float] | None,
    at: tuple[int, int],
    size: tuple[int, int],
    within: tuple[int, int],
    taken: int,
    labels: int,
) -> tuple[int, int, int]:
    """Return the cell of a label, and the cells that it takes with its leader."""
    last_column, last_row = within[0] - size[0], within[1] - size[1]
    beside = room.places(*size, _away(spots, spot, origin))
    # First with a free way for the line to it, then over other lines, then over dots too.
    for leads, anything in ((True, taken), (False, taken), (False, labels)):
        in_the_way = room.seen_from(anything, *at)
        for across, down, label, with_leader in beside:
            if (with_leader if leads else label) & in_the_way:
                continue
            column, row = at[0] + across, at[1] + down
            if 0 <= column <= last_column and 0 <= row <= last_row:
                return column, row, room.put(with_leader, *at)
    everywhere = ((column, row) for row in range(last_row + 1) for column in range(last_column + 1))
    middle = at[0] - size[0] / 2, at[1] - size[1] / 2
    nearest = sorted(everywhere, key=lambda one: (math.hypot(one[0] - middle[0], one[1] - middle[1]), one))
    column, row = next(one for one in nearest if not room.box(*one, *size) & labels)
    return column, row, room.box(column, row, *size)


def _away(spots: Sequence[Spot], spot: Spot, origin: tuple[float, float] | None) -> int:
    """Return in which of 16 directions there is the most room: away from all other dots, near ones first."""
    x = y = 0.0
    others = [(one.x, one.y) for one in spots if one is not spot]
    for other_x, other_y in (*others, origin) if origin else others:
        across, down = spot.x - other_x, spot.y - other_y
        weight = 1 / (across * across + down * down + 9)
        x, y = x + across * weight, y + down * weight
    return round(math.atan2(x, -y) / math.pi * 8) % 16
