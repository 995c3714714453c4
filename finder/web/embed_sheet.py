"""The style sheet of the pages, as it is inside a shadow root: the same rules, made from the one sheet."""

from __future__ import annotations

import re

# Important, since rules of the page around would win otherwise; inside a shadow root ours then go before.
_HOST = """\
:host {
  all: initial !important; display: block !important; container-type: inline-size !important;
  direction: ltr !important; unicode-bidi: isolate !important;
}
:host([hidden]) { display: none !important; }
"""
_BODY = """
.body {
  --unit: max(18px, 1.125rem); border-radius: var(--radius); text-align: start;
  --font: "Atkinson Hyperlegible", "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
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
    # An em is the reader's own in both: what is measured is the host element, whose letters are as they chose.
    sheet = sheet.replace("@media (min-width:", "@container (min-width:")
    return re.sub(r"\n\s*\n+", "\n", _HOST + sheet + _BODY)
