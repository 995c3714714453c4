"""What pages know of the hospital whose finder it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from finder.site.theme import Theme


class Link(NamedTuple):
    """A link of the footer, with its label in English and Spanish."""

    label_en: str
    label_es: str
    url: str


class Money(NamedTuple):
    """Where to ask about money: prices, help to pay, bills. Each "" where nothing was written."""

    price_url: str = ""
    help_url: str = ""
    billing_url: str = ""
    phone: str = ""


NOWHERE = Money()


class Logo(NamedTuple):
    """A picture, as it is served."""

    content: bytes
    mimetype: str


@dataclass(frozen=True)
class Site:
    """Whose finder it is. Numbers are in RFC 3966 form without `tel:`, "" for none; languages are "en" and "es".

    `site_name` is the finder's own line, `organization_name` the hospital's, "" where none was written. `file` is the
    file that said so, "" where there is none.
    """

    site_name: str
    organization_name: str = ""
    home_page: str = ""
    phone: str = ""
    logo: Logo | None = None
    theme: Theme | None = None
    money: Money = NOWHERE
    line_hours: Mapping[str, str] = field(default_factory=dict)
    footer_links: tuple[Link, ...] = ()
    condition_pages: Mapping[str, str] = field(default_factory=dict)
    file: str = ""

    @property
    def title(self) -> str:
        """The name that a page's title ends with: the hospital's, else the finder's."""
        return self.organization_name or self.site_name

    def hours(self, language: str) -> str:
        """Return when somebody answers the line, "" where that was not written."""
        return self.line_hours.get(language, "")

    def links(self, language: str) -> tuple[tuple[str, str], ...]:
        """Return (label, address) of each link of the footer."""
        return tuple((one.label_es if language == "es" else one.label_en, one.url) for one in self.footer_links)

    def condition_page(self, condition: str) -> str:
        """Return the address of the hospital's own page about a condition, "" where there is none."""
        return self.condition_pages.get(condition, "")
