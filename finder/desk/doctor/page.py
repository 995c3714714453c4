"""What the HTML of a page says: its policies, scripts and addresses, WordPress, and finders that are in it already."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from finder.desk.doctor.markup import Element
from finder.desk.doctor.sources import Address

_IN_HEAD = frozenset(("html", "head", "meta", "link", "title", "script", "style", "base", "noscript", "template"))
_SITE_KEY = re.compile(r"[a-z0-9-]{4,40}")
_FRAME = re.compile(r"/embed/frame(?:-auto)?/([a-z0-9-]{4,40})(?:[/?#]|$)")
_SCRIPTS = re.compile(r"/embed/(frame-)?v1(?:\.[0-9]{1,4}\.[0-9]{1,4})?\.js(?:[?#]|$)")
_ESCAPED = re.compile(r"&(?:lt|#60|#x3c);\s{0,4}(?:specialist-finder|iframe[^&]{0,400}/embed/frame)", re.IGNORECASE)
_WORDPRESS = re.compile(r"/wp-(?:content|includes|json)\b")
# Attributes that hold an address; those after the first two are how scripts put off loading.
_ADDRESSES = ("src", "href", "data-src", "data-lazy-src", "data-rocket-src", "action", "data")
_MOST = 20_000
_JAVASCRIPT = ("", "module", "text/javascript", "application/javascript", "application/x-javascript", "text/ecmascript")


@dataclass(frozen=True)
class Embedded:
    """A piece of a finder in a page: kind is element, frame, element script or frame script."""

    kind: str
    key: str
    element: Element
    address: str = ""


@dataclass
class Page:
    """What was read of a page. Addresses are (name of the element, address)."""

    policies: list[tuple[str, bool]] = field(default_factory=list)
    configured: tuple[tuple[str, str], ...] = ()
    addresses: list[tuple[str, str]] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    embedded: list[Embedded] = field(default_factory=list)
    nonce: str = ""
    origin: Address | None = None
    is_wordpress: bool = False
    has_escaped_embed: bool = False
    has_report_only_meta: bool = False

    def of(self, kind: str) -> list[Embedded]:
        """Return the pieces of a kind."""
        return [one for one in self.embedded if one.kind == kind]


def read_page(found: list[Element], text: str) -> Page:
    """Read a page of which these are the start tags."""
    page = Page(has_escaped_embed=bool(_ESCAPED.search(text)), is_wordpress=bool(_WORDPRESS.search(text)))
    configured = []
    in_head = True
    for one in found:
        in_head = in_head and one.name in _IN_HEAD
        if one.name == "meta":
            _read_meta(page, one, in_head=in_head)
        elif one.name == "add" and "value" in one.attributes:
            # As IIS is told to send headers, in web.config.
            configured.append((one.get("name").lower(), one.get("value")))
        elif one.name in ("link", "base") and (one.name == "base" or "canonical" in one.get("rel").lower()):
            page.origin = page.origin or _origin(one.get("href"))
        if one.name == "script":
            page.nonce = page.nonce or one.get("nonce")
            if one.text.strip() and not one.get("src"):
                page.inline.append(one.text)
        for name in _ADDRESSES:
            if one.get(name) and len(page.addresses) < _MOST:
                page.addresses.append((one.name, one.get(name)[:2000]))
        _read_embedded(page, one)
    page.configured = tuple(configured)
    return page


def runs(script: Element) -> bool:
    """Return whether browsers run a script now; managers of consent put them off by another type."""
    return script.get("type").strip().lower() in _JAVASCRIPT and bool(script.get("src"))


def _read_meta(page: Page, one: Element, *, in_head: bool) -> None:
    says = one.get("http-equiv").strip().lower()
    if says == "content-security-policy":
        page.policies.append((one.get("content"), in_head))
    elif says == "content-security-policy-report-only":
        page.has_report_only_meta = True
    elif one.get("name").lower() == "generator" and "wordpress" in one.get("content").lower():
        page.is_wordpress = True
    elif one.get("property").lower() == "og:url":
        page.origin = page.origin or _origin(one.get("content"))


def _read_embedded(page: Page, one: Element) -> None:
    if len(page.embedded) >= _MOST:
        return
    address = next(
        (one.get(name) for name in ("src", "data-src", "data-lazy-src", "data-rocket-src") if one.get(name)), ""
    )
    if one.name == "specialist-finder":
        key = one.get("site")
        page.embedded.append(Embedded("element", key if _SITE_KEY.fullmatch(key) else "", one))
    elif one.name == "iframe" and (frame := _FRAME.search(address[:2000])):
        page.embedded.append(Embedded("frame", frame[1], one, address))
    elif one.name == "script" and (script := _SCRIPTS.search(address[:2000])):
        kind = "frame script" if script[1] else "element script"
        page.embedded.append(Embedded(kind, "", one, address))


def _origin(address: str) -> Address | None:
    try:
        return Address.read(address)
    except ValueError:
        return None
