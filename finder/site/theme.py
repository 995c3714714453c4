"""A hospital's colours, corners and fonts as a style sheet that sets our tokens, checked to be readable."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from finder.errors import SettingError
from finder.site.colours import ENOUGH, GOOD, Colour, contrast, nearest_readable, nearest_where

# As in the style sheet of the pages (static/style.css), which a test compares. Words, emergencies and focus stay ours.
OURS: Mapping[str, Mapping[str, str]] = {
    "": {
        "accent": "#0b4f63", "on-accent": "#fff", "paper": "#fdfaf4", "sand": "#f5eee0", "ink": "#17211f",
        "soft": "#424c49", "stop-text": "#8f1a12", "ok-text": "#17512b", "edge": "#6f6a5e",
    },
    "_night": {
        "accent": "#8ed0e3", "on-accent": "#06222b", "paper": "#131a1b", "sand": "#1b2425", "ink": "#f3efe6",
        "soft": "#c9cbc3", "stop-text": "#ffb4aa", "ok-text": "#a5e0b7", "edge": "#98a39f",
    },
}  # fmt: skip
# What a hospital calls it, and the token that it sets.
SET = {"brand": "accent", "on_brand": "on-accent", "paper": "paper", "band": "sand"}
PAIRS = (("brand", "paper"), ("brand", "band"), ("on_brand", "brand"))
# The contrast that our own colours need with a ground: words, and what bounds a field (WCAG 2.2, 1.4.11).
NEEDED = {"ink": ENOUGH, "soft": ENOUGH, "stop-text": ENOUGH, "ok-text": ENOUGH, "edge": 3.0}
_BAND_SHARE = 0.05
SHAPES = ("radius", "font", "heading_font")


class Doubt(NamedTuple):
    """A pair of colours that can be read, but not by everybody."""

    key: str
    other: str
    ratio: float


@dataclass(frozen=True)
class Theme:
    """The style sheet, its fingerprint, whether it brings a font for all words, and what is doubtful in it."""

    css: str
    fingerprint: str
    has_font: bool
    doubts: tuple[Doubt, ...]


def theme_of(file: str, values: Mapping[str, Any]) -> Theme:
    """Return the theme of a file's values by key: colours (brand, paper_night...), radius, font and heading_font.

    Raises SettingError where words could not be read: a contrast under 4.5 to 1.
    """
    shapes = {key: value for key, value in values.items() if key in SHAPES}
    colours: dict[str, Colour] = {key: value for key, value in values.items() if key not in SHAPES}
    lights: dict[str, dict[str, Colour]] = {}
    doubts: list[Doubt] = []
    for night in OURS:
        given = {key: colours[f"{key}{night}"] for key in SET if f"{key}{night}" in colours}
        if given:
            lights[night] = tokens_of(given, night)
            _check_ground(file, given, lights[night], night)
            doubts += _check_pairs(file, given, lights[night], night)
    css = _css(lights, shapes)
    return Theme(css, hashlib.sha256(css.encode()).hexdigest()[:16], "font" in shapes, tuple(doubts))


def tokens_of(given: Mapping[str, Colour], night: str) -> dict[str, Colour]:
    """Return our tokens with the given colours in place, and those that are mixed from them."""
    found = {name: Colour.read(text) for name, text in OURS[night].items()}
    found |= {SET[key]: colour for key, colour in given.items()}
    paper, ink, accent = found["paper"], found["ink"], found["accent"]
    if "paper" in given:
        found["line"] = paper.mixed(ink, 0.16)
        found |= {"field": paper.mixed(ink, 0.04)} if night else {}
        if "band" not in given:
            found["sand"] = paper.mixed(ink, _BAND_SHARE)
    # A link on a tinted ground must be read as well as on paper.
    shares = (0.13, 0.09, 0.06, 0.03, 0.0)
    found["tint"] = next(
        (tint for tint in (paper.mixed(accent, share) for share in shares) if contrast(accent, tint) >= ENOUGH), paper
    )
    return found


def _check_ground(file: str, given: Mapping[str, Colour], tokens: Mapping[str, Colour], night: str) -> None:
    for key in ("paper", "band"):
        ground = tokens[SET[key]]
        # A band that nobody chose follows the paper.
        named = key if key in given else "paper"
        if named not in given:
            continue
        worst = min((_share(tokens, name, ground), name) for name in NEEDED)
        if worst[0] < 1:
            better = nearest_where(given[named], _fits_below(tokens, 0.0 if key in given else _BAND_SHARE))
            raise SettingError(
                "site_ground_unreadable", name=file, key=f"colours.{named}{night}", value=str(given[named]),
                ratio=shown(contrast(tokens[worst[1]], ground)), suggestion=str(better),
            )  # fmt: skip


def _fits_below(tokens: Mapping[str, Colour], share: float) -> Callable[[Colour], bool]:
    """Return whether our own colours can be read on a paper, or on the band that a share of ink makes of it."""

    def fits(paper: Colour) -> bool:
        ground = paper.mixed(tokens["ink"], share)
        return all(_share(tokens, name, ground) >= 1 for name in NEEDED)

    return fits


def _share(tokens: Mapping[str, Colour], name: str, ground: Colour) -> float:
    """Return how much of the contrast that it needs a token has on a ground; 1 is enough."""
    return contrast(tokens[name], ground) / NEEDED[name]


def _check_pairs(file: str, given: Mapping[str, Colour], tokens: Mapping[str, Colour], night: str) -> list[Doubt]:
    doubts = []
    for key, other in PAIRS:
        if key not in given and other not in given:
            continue
        one, two = tokens[SET[key]], tokens[SET[other]]
        ratio = contrast(one, two)
        # What was written is what can be changed.
        named, against = (key, other) if key in given else (other, key)
        if ratio < ENOUGH:
            better = nearest_readable(tokens[SET[named]], tokens[SET[against]])
            raise SettingError(
                "site_contrast_low", name=file, key=f"colours.{named}{night}", value=str(given[named]),
                other=f"colours.{against}{night} ({tokens[SET[against]]})", ratio=shown(ratio),
                suggestion=str(better),
            )  # fmt: skip
        if ratio < GOOD:
            doubts.append(Doubt(f"colours.{named}{night}", f"colours.{against}{night}", ratio))
    return doubts


def shown(ratio: float) -> str:
    """Return a ratio cut off, not rounded: 4.498 is not enough and must not be told as 4.5."""
    return f"{int(ratio * 100) / 100:.2f}"


def _css(lights: Mapping[str, Mapping[str, Colour]], shapes: Mapping[str, str]) -> str:
    stack = "Hyperlegible, sans-serif"
    rules = []
    for night, tokens in lights.items():
        said = "".join(f"--{name}:{colour};" for name, colour in tokens.items() if name not in NEEDED)
        # On paper all stays black on white. Inside a page that is light, so are we, whatever the device is.
        if night:
            rules.append(f"@media screen and (prefers-color-scheme:dark){{:root:not(.light){{{said}}}}}")
        else:
            rules.append(f"@media screen and (prefers-color-scheme:light){{:root{{{said}}}}}")
            rules.append(f"@media screen{{:root.light{{{said}}}}}")
    said = f"--radius:{shapes['radius']};" if "radius" in shapes else ""
    said += f"--font:{shapes['font']}, {stack};" if "font" in shapes else ""
    said += f"--heading-font:{shapes['heading_font']}, {stack};" if "heading_font" in shapes else ""
    if said:
        rules.append(f":root{{{said}}}")
    return "\n".join(rules) + "\n"
