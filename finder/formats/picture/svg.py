"""SVG of whole pixels: paths in relative steps, and how wide words are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from finder.geo import Pixels

# Widths of Atkinson Hyperlegible Next in hundredths of its size, measured in a browser; other fonts are much the same.
_WIDTHS = {
    char: width
    for width, chars in {
        16: "'\u2019", 21: ".,", 25: "ijlíI", 31: "ftr ", 36: "-\u2013\u00b7", 47: "csvxyzkJ", 52: "aeéá", 57: "bdghnopqu1óñúüLFTESY",
        62: "0123456789ABKPRVXZ", 70: "CDGHNOQUwÑ", 85: "mMW",
    }.items() for char in chars
}  # fmt: skip
_OTHER = 70


def path(lines: Iterable[Pixels], closed: bool = False) -> str:
    """Return path data of lines, or of rings."""
    parts = []
    for line in lines:
        x, y = line[0]
        steps = [f"M{x} {y}l"]
        separate = ""
        for next_x, next_y in line[1:]:
            across, down = next_x - x, next_y - y
            # A minus parts two numbers as well as a space does.
            steps.append(f"{separate if across >= 0 else ''}{across}{' ' if down >= 0 else ''}{down}")
            x, y, separate = next_x, next_y, " "
        parts.append("".join(steps))
    end = "z" if closed else ""
    return "".join(one + end for one in parts)


def joined(lines: list[Pixels]) -> list[Pixels]:
    """Return the same lines in fewer: each goes on where another begins or ends."""
    at: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        at[line[0]].append(number)
        at[line[-1]].append(number)
    used: set[int] = set()
    found = []
    for number, line in enumerate(lines):
        if number in used:
            continue
        used.add(number)
        whole = list(line)
        for _way in range(2):
            while (following := next((one for one in at[whole[-1]] if one not in used), None)) is not None:
                used.add(following)
                going = lines[following]
                whole += going[1:] if going[0] == whole[-1] else going[-2::-1]
            whole.reverse()
        found.append(whole)
    return found


def width(text: str, size: int) -> float:
    """Return about how wide a text is, and rather more."""
    return sum(_WIDTHS.get(char, _OTHER) for char in text) * size * 0.0105
