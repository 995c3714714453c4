"""Colours as people write them, and how well words of one can be read on another (WCAG 2.2, contrast ratio)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

ENOUGH = 4.5  # WCAG 2.2, 1.4.3
GOOD = 7.0  # WCAG 2.2, 1.4.6
_STEPS = 100


@dataclass(frozen=True)
class Colour:
    """A colour of sRGB, each part from 0 to 255."""

    red: int
    green: int
    blue: int

    @classmethod
    def read(cls, text: str) -> Colour:
        """Read #1f4d2b or #fff. Raises ValueError."""
        if not re.fullmatch(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", text):
            raise ValueError(text)
        digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
        return cls(*(int(digits[at : at + 2], 16) for at in (0, 2, 4)))

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def luminance(self) -> float:
        """Relative luminance, 0 for black to 1 for white."""
        red, green, blue = (_linear(part / 255) for part in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def mixed(self, other: Colour, share: float) -> Colour:
        """Return this colour with a share, 0 to 1, of another in it."""
        parts = zip((self.red, self.green, self.blue), (other.red, other.green, other.blue), strict=True)
        return Colour(*(round(mine + (theirs - mine) * share) for mine, theirs in parts))


WHITE, BLACK = Colour(255, 255, 255), Colour(0, 0, 0)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio, 1 to 21, the same both ways."""
    dark, light = sorted((one.luminance, other.luminance))
    return (light + 0.05) / (dark + 0.05)


def nearest_where(colour: Colour, fits: Callable[[Colour], bool]) -> Colour:
    """Return the colour nearest to `colour`, darkened or lightened, that fits; white where none does."""
    steps = ((end, step / _STEPS) for step in range(_STEPS + 1) for end in (BLACK, WHITE))
    tried = (colour.mixed(end, share) for end, share in steps)
    return next((one for one in tried if fits(one)), WHITE)


def nearest_readable(colour: Colour, other: Colour) -> Colour:
    """Return the colour nearest to `colour` that can be read on the other, or the other on it.

    There always is one: each colour has a contrast of at least 4.58 with black or with white.
    """
    return nearest_where(colour, lambda one: contrast(one, other) >= ENOUGH)
