"""Every key that a site's file may have: how it is read, what is expected, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from finder.site import values
from finder.site.colours import Colour

_COLOUR = "a colour such as #1f4d2b"
_ADDRESS = "an address that begins with https://"
_WORDS = "words on one line, 120 letters at most"
_PHONE = "a phone number"
_FONTS = "names of fonts that devices have, with commas between them"


@dataclass(frozen=True)
class Key:
    """One key of a table. `read` gets the text; `together` names the keys that must stand beside it."""

    table: str
    name: str
    read: Callable[[str], Any]
    expected: str
    meaning: str
    together: tuple[str, ...] = ()


KEYS: tuple[Key, ...] = (
    Key("site", "name", values.text, _WORDS, "The finder's own name, at the top of each page. Unset: `FINDER_SITE_NAME`, else `Hip specialist finder`."),
    Key("site", "organization", values.text, _WORDS, "Name of your hospital or network: the second line at the top, and the end of each page's title."),
    Key("site", "home_page", values.web_address, _ADDRESS, "Your own site. A link back to it stands at the foot of each page."),
    Key("site", "logo", str, "the name of an SVG or PNG picture of at most 100 kB, in the folder of this file, without scripts", "Your logo, at the top of each page in place of our mark."),
    Key("line", "phone", values.phone, _PHONE, "Your line for questions. Unset: `FINDER_PHONE`."),
    Key("line", "hours_en", values.text, _WORDS, "When somebody answers it, in English.", ("hours_es",)),
    Key("line", "hours_es", values.text, _WORDS, "The same in Spanish.", ("hours_en",)),
    Key("links", "label_en", values.text, _WORDS, "What a link at the foot says, in English.", ("label_es", "url")),
    Key("links", "label_es", values.text, _WORDS, "The same in Spanish.", ("label_en", "url")),
    Key("links", "url", values.web_address, _ADDRESS, "Where it leads.", ("label_en", "label_es")),
    Key("money", "price_url", values.web_address, _ADDRESS, "Your page about prices."),
    Key("money", "help_url", values.web_address, _ADDRESS, "Your page about help to pay."),
    Key("money", "billing_url", values.web_address, _ADDRESS, "Your page about bills."),
    Key("money", "phone", values.phone, _PHONE, "Whom to call about prices, help and bills."),
    Key("colours", "brand", Colour.read, _COLOUR, "All that can be pressed: buttons, links, numbers of a list."),
    Key("colours", "on_brand", Colour.read, _COLOUR, "Words on `brand`."),
    Key("colours", "brand_night", Colour.read, _COLOUR, "The same as `brand`, where the reader's device is dark."),
    Key("colours", "on_brand_night", Colour.read, _COLOUR, "Words on `brand_night`."),
    Key("colours", "paper", Colour.read, _COLOUR, "The ground of the page."),
    Key("colours", "paper_night", Colour.read, _COLOUR, "The same, where the device is dark."),
    Key("colours", "band", Colour.read, _COLOUR, "The ground of bands, such as the foot. Unset: a shade of `paper`."),
    Key("colours", "band_night", Colour.read, _COLOUR, "The same, where the device is dark."),
    Key("colours", "radius", values.radius, "0, or a length such as 0.45em or 8px", "How round corners are."),
    Key("colours", "font", values.fonts, _FONTS, "The font of all words. It must be on the reader's device, since nothing is loaded from elsewhere."),
    Key("colours", "heading_font", values.fonts, _FONTS, "The font of headings. Unset: `font`."),
)  # fmt: skip
# A table whose keys are ids of the catalogue.
CONDITION_PAGES = Key("condition_pages", "", values.web_address, _ADDRESS, "Your own page about a hip problem. The key is the id of the problem, as at `/api/v1/conditions`.")  # fmt: skip
# Tables that may stand several times, as [[links]].
REPEATED = ("links",)
MOST_LINKS = 12


def tables() -> Mapping[str, Mapping[str, Key]]:
    """Return the keys by table and name; the table of condition pages has none of its own."""
    found: dict[str, dict[str, Key]] = {}
    for key in KEYS:
        found.setdefault(key.table, {})[key.name] = key
    return {**found, CONDITION_PAGES.table: {}}
