"""The start tags and scripts of a page, read in one pass whose time grows with its length and no faster.

The standard library's parser takes the square of the length for some broken pages, and this one is given whatever
somebody pasted. It reads what browsers would, nearly: no tree, no end tags.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_TAG_NAME = re.compile(r"[A-Za-z][^\s/>]{0,100}")
# Each alternative begins with another sign, so that nothing is tried twice.
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>"'][^\s>]*)))?"""
)
_GAP = re.compile(r"[\s/]*")
# What stands in these is text to a browser.
_TEXT_ONLY = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))
_MOST_ATTRIBUTES = 200
# Lowers without a change of length, which str.lower() does not promise.
_LOWER = {sign: sign + 32 for sign in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True)
class Element:
    """A start tag: its name and attributes in small letters, and the text within where it holds only text."""

    name: str
    attributes: Mapping[str, str]
    text: str = ""

    def get(self, name: str) -> str:
        """Return an attribute, "" where it is not there."""
        return self.attributes.get(name, "")


def elements(text: str) -> Iterator[Element]:
    """Read the start tags of a page or a piece of one; comments are passed over."""
    lowered = text.translate(_LOWER)
    at = 0
    while (at := text.find("<", at)) >= 0:
        if text.startswith("<!--", at):
            # `<!-->` is a comment that is over at once.
            after = text.find("-->", at + 2)
            if after < 0:
                return
            at = after + 3
            continue
        named = _TAG_NAME.match(text, at + 1)
        if not named:
            at += 1
            continue
        attributes, at = _attributes(text, named.end())
        name = named[0].translate(_LOWER)
        within = ""
        if name in _TEXT_ONLY:
            end = lowered.find(f"</{name}", at)
            within = text[at : end if end >= 0 else len(text)]
            at = end if end >= 0 else len(text)
        yield Element(name, attributes, within)


def decoded(text: str) -> str:
    """Return text with its character references read."""
    try:
        return html.unescape(text)
    except ValueError:
        # The standard library refuses a number of thousands of digits.
        return text


def _attributes(text: str, at: int) -> tuple[dict[str, str], int]:
    """Read attributes up to the end of the tag; return them, and where the tag is over."""
    found: dict[str, str] = {}
    while True:
        at = _GAP.match(text, at).end()  # type: ignore[union-attr]
        if text.startswith(">", at):
            return found, at + 1
        one = _ATTRIBUTE.match(text, at)
        if not one:
            # A stray sign, behind which browsers go on, or the end of the text.
            if at >= len(text):
                return found, at
            at += 1
            continue
        at = one.end()
        name = one["name"][:100].translate(_LOWER)
        if name not in found and len(found) < _MOST_ATTRIBUTES:
            value = next((one[kind] for kind in ("double", "single", "bare") if one[kind] is not None), "")
            found[name] = decoded(value)
