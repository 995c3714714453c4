"""A style sheet that shows a look in two boxes of one page, light and dark, whatever the reader's device is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from finder.site import looks

_LIGHT = re.compile(r"(?m)^:root \{([^}]*)\}")
_DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{\s*:root:where\(:not\(\.light\)\) \{([^}]*)\}")


def look_sheet(sheet: str, look: Mapping[str, Any]) -> str:
    """Return the sheet: the tokens of our own one for a box of each kind, and over them those of the look.

    Every value of the look was read as a colour, a length or names of fonts, so that none can be anything else.
    """
    light, dark = (" ".join(pattern.findall(sheet)) for pattern in (_LIGHT, _DARK))
    day, night = (_rules(tokens) for tokens in looks(look))
    # Our font goes after the one that is given, as in the sheet of a site.
    ground = "background: var(--paper); color: var(--ink); font-family: var(--font);"
    return (
        f".look.day {{ {light} {day} color-scheme: light; {ground} }}\n"
        f".look.night {{ {light} {dark} {night} color-scheme: dark; {ground} }}\n"
    )


def _rules(tokens: Mapping[str, str]) -> str:
    told = []
    for name, value in tokens.items():
        told.append(f"--{name}: {value}{', Hyperlegible, sans-serif' if name.endswith('font') else ''};")
    return " ".join(told)
