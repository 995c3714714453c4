"""The style sheet of the pages, as it is inside a shadow root: the same rules, made from the one sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Important, since rules of the page around would win otherwise; inside a shadow root ours then go before.
_HOST = """\
:host {
  all: initial !important; display: block !important; container-type: inline-size !important;
  /* What is measured for its container has no width of its own: it takes all there is, and 20rem where nobody says. */
  width: 100% !important; max-width: 100% !important; min-width: 0 !important; contain-intrinsic-inline-size: 20rem !important;
  direction: ltr !important; unicode-bidi: isolate !important;
}
:host([hidden]) { display: none !important; }
"""
# What a page may set, by the token that it goes before.
_SET = {
    "accent": "brand", "on-accent": "on-brand", "paper": "paper", "sand": "band", "radius": "radius", "font": "font",
    "heading-font": "heading-font",
}  # fmt: skip
_COLOURS = ("accent", "on-accent", "paper", "sand")
_BODY = """
.body, .body :is(.h1, .h2, .error, .card) { scroll-margin-top: 1.5rem; }
.body {
  --unit: max(18px, 1.125rem); border-radius: var(--radius); text-align: start;
  --own-font: "Atkinson Hyperlegible", "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
.body .wide { padding-inline: clamp(.6rem, 3vw, 1.6rem); }
"""


def embed_sheet(sheet: str) -> str:
    """Return the sheet for a shadow root, whose outermost element is of class `body`.

    Its headings may be of any level, so they go by class; how wide the window is does not matter, but how wide we are.
    Fonts cannot be loaded there, so they are those of the device.
    """
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    sheet = re.sub(r"@font-face \{[^}]*\}", "", sheet)
    sheet = re.sub(r"(?m)^html \{[^}]*\}$", "", sheet)
    sheet = sheet.replace(".inside body", ".body").replace(".inside ", ".body ")
    sheet = re.sub(r"(?<![\w.#-])body(?= \{)", ".body", sheet).replace(":root", ".body")
    sheet = re.sub(r"(?<![\w.#-])main(?=[\s,{>\[])", ".main", sheet)
    sheet = re.sub(r"(?<![\w.#-])h([1-6])(?![\w-])", r":is(h1,h2,h3,h4,h5,h6):where(.h\1)", sheet)
    sheet = re.sub(rf"--({'|'.join(_SET)}):", r"--own-\1:", sheet)
    # An em is the reader's own in both: what is measured is the host element, whose letters are as they chose.
    sheet = sheet.replace("@media (min-width:", "@container (min-width:")
    return re.sub(r"\n\s*\n+", "\n", _HOST + sheet + _BODY + _by_page())


def _by_page() -> str:
    """Return what lets the page around set our tokens, by custom properties that reach into a shadow root."""

    def of(tokens: Iterable[str], night: str) -> str:
        return " ".join(f"--{token}: var(--sf-{_SET[token]}{night}, var(--own-{token}));" for token in tokens)

    dark = f"@media screen and (prefers-color-scheme: dark) {{ .body:not(.light) {{ {of(_COLOURS, '-night')} }} }}"
    return f".body {{ {of(_SET, '')} }}\n{dark}\n"
