"""What a look comes to before it is kept: each pair of colours with its contrast, and the tokens of light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from finder.errors import SettingError
from finder.site.colours import ENOUGH, GOOD, Colour, contrast
from finder.site.keys import tables
from finder.site.theme import NEEDED, OURS, PAIRS, SET, SHAPES, shown, tokens_of

# In words for staff.
_NAMES = {"ink": "words", "soft": "small words", "stop-text": "red words", "ok-text": "green words", "edge": "edges of fields"}  # fmt: skip


class Figure(NamedTuple):
    """How well one colour is seen on another. `verdict` is good, mind (below 7 to 1) or bad (refused)."""

    night: bool
    one: str
    other: str
    ratio: str
    verdict: str


def read_look(typed: Mapping[str, str]) -> dict[str, Any]:
    """Read a look as it was typed, by the keys of the table [colours]; what is empty or unknown is left out.

    Raises SettingError (site_value_malformed) naming the key.
    """
    keys, found = tables()["colours"], {}
    for name, key in keys.items():
        text = typed.get(name, "").strip()
        if not text:
            continue
        try:
            found[name] = key.read(text)
        except ValueError:
            raise SettingError(
                "site_value_malformed", name="The look", key=name, value=text[:80], expected=key.expected
            ) from None
    return found


def figures(look: Mapping[str, Any]) -> list[Figure]:
    """Return every pair that the look decides, light first, those that are refused included."""
    found = []
    for night in OURS:
        given = _given(look, night)
        tokens = tokens_of(given, night)
        for key, other in PAIRS if given else ():
            ratio = contrast(tokens[SET[key]], tokens[SET[other]])
            found.append(Figure(bool(night), f"{key}{night}", f"{other}{night}", shown(ratio), _verdict(ratio, ENOUGH)))
        for key in ("paper", "band") if "paper" in given or "band" in given else ():
            for name, least in NEEDED.items():
                ratio = contrast(tokens[name], tokens[SET[key]])
                verdict = _verdict(ratio, least) if least == ENOUGH else ("good" if ratio >= least else "bad")
                found.append(Figure(bool(night), _NAMES[name], f"{key}{night}", shown(ratio), verdict))
    return found


def looks(look: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the tokens that the look sets, by their names without the dashes, light and dark."""
    shapes = {key.replace("_", "-"): str(look[key]) for key in SHAPES if key in look}
    both = []
    for night in OURS:
        given = _given(look, night)
        tokens = tokens_of(given, night).items() if given else ()
        both.append({name: str(colour) for name, colour in tokens if name not in NEEDED} | shapes)
    return both[0], both[1]


def _given(look: Mapping[str, Any], night: str) -> dict[str, Colour]:
    return {key: look[f"{key}{night}"] for key in SET if f"{key}{night}" in look}


def _verdict(ratio: float, least: float) -> str:
    return "bad" if ratio < least else "mind" if ratio < GOOD else "good"
