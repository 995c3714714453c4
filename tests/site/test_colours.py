"""Contrast as WCAG counts it, and that no theme is taken on which something could not be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import finder
from finder.errors import SettingError
from finder.site.colours import ENOUGH, GOOD, Colour, contrast, nearest_readable
from finder.site.theme import OURS, theme_of

SHEET = Path(finder.__file__).parent / "web" / "static" / "style.css"
colours = st.builds(Colour, *(st.integers(0, 255) for _ in range(3)))


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000", "#ffffff", 21.0), ("#767676", "#fff", 4.54), ("#777777", "#fff", 4.48), ("#0000ff", "#fff", 8.59), ("#f00", "#fff", 4.0)],
)  # fmt: skip
def test_contrast_is_that_of_known_pairs(one: str, other: str, ratio: float) -> None:
    assert contrast(Colour.read(one), Colour.read(other)) == pytest.approx(ratio, abs=0.005)
    assert contrast(Colour.read(other), Colour.read(one)) == contrast(Colour.read(one), Colour.read(other))


@pytest.mark.parametrize("text", ["red", "#12", "#12345", "#gggggg", "1f4d2b", "#1f4d2b;", "", "rgb(1,2,3)"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        Colour.read(text)


@given(colours, colours)
def test_the_nearest_that_can_be_read_can_be_read_and_is_itself_where_it_can(one: Colour, other: Colour) -> None:
    found = nearest_readable(one, other)
    assert contrast(found, other) >= ENOUGH
    assert (found == one) is (contrast(one, other) >= ENOUGH)


def blocks(css: str) -> dict[str, dict[str, str]]:
    """Return the tokens that a sheet sets, by its media query ("" for none)."""
    found: dict[str, dict[str, str]] = {}
    for query, body in re.findall(
        r"(?:@media ([^{]*)\{\s*)?:root(?::not\(\.light\)|:where\(:not\(\.light\)\))?\s*\{([^}]*)\}", css
    ):
        tokens = {name: text.strip() for name, text in re.findall(r"--([\w-]+):\s*([^;]+);", body)}
        found.setdefault(query.strip(), {}).update(tokens)
    return found


def test_our_own_tokens_are_those_of_the_style_sheet() -> None:
    sheet = blocks(SHEET.read_text(encoding="utf-8"))
    for night, query in (("", ""), ("_night", "(prefers-color-scheme: dark)")):
        assert {name: sheet[query][name] for name in OURS[night]} == OURS[night]


@given(st.dictionaries(st.sampled_from(["brand", "on_brand", "paper", "band"]), colours, min_size=1), st.booleans())
def test_whatever_is_taken_can_be_read(chosen: dict[str, Colour], at_night: bool) -> None:
    night = "_night" if at_night else ""
    written = {f"{key}{night}": colour for key, colour in chosen.items()}
    for _ in range(12):
        try:
            theme = theme_of("site.toml", written)
            break
        except SettingError as refused:
            # Whoever follows what is suggested comes to an end.
            written[refused.params["key"].removeprefix("colours.")] = Colour.read(refused.params["suggestion"])
    else:
        # Two or more of one's own may pull each other back and forth, one alone may not.
        assert len(written) > 1
        return
    (tokens,) = blocks(theme.css).values()
    shown = {name: Colour.read(text) for name, text in tokens.items()}
    for one, other in (("accent", "paper"), ("accent", "sand"), ("on-accent", "accent")):
        assert contrast(shown[one], shown[other]) >= ENOUGH
    for ground in ("paper", "sand"):
        for word in ("ink", "soft", "stop-text", "ok-text"):
            assert contrast(Colour.read(OURS[night][word]), shown[ground]) >= ENOUGH
    doubtful = {(one.key, one.other) for one in theme.doubts}
    low = sum(contrast(shown[a], shown[b]) < GOOD for a, b in (("accent", "paper"), ("accent", "sand"), ("on-accent", "accent")))  # fmt: skip
    assert len(doubtful) <= low


def test_a_link_on_a_tinted_ground_can_be_read_wherever_it_can_on_paper() -> None:
    theme = theme_of("site.toml", {"brand": Colour.read("#767676"), "paper": Colour.read("#fff"), "band": Colour.read("#fff")})  # fmt: skip
    (tokens,) = blocks(theme.css).values()
    assert contrast(Colour.read(tokens["accent"]), Colour.read(tokens["tint"])) >= ENOUGH
