"""A page as a tree that a script builds with createElement: no markup is parsed in somebody else's page.

So it draws under `require-trusted-types-for 'script'`, whatever policies a page allows to be made.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

# A node is a text, or [tag, attributes, children...]; attributes are left out where there are none.
Node = Any

_VOID = frozenset(("br", "hr", "img", "input", "link", "meta", "path", "circle", "line", "rect", "use", "polyline"))
# The landmarks of a page are those of the page that shows it.
_PLAIN = {"main": "div", "aside": "div", "header": "div", "footer": "div"}
# HTML's parser writes all names small; SVG has some that are not.
_SVG_NAMES = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio", "textlength": "textLength"}
# What a host's style sheet can name with ::part.
_PARTS = {"card": "card", "button": "button", "search": "form", "stop": "alarm", "note": "note", "number": "number", "map": "map"}  # fmt: skip
_FIELDS = ("input", "select")


class _Reader(HTMLParser):
    """Collects what stands in a page's body."""

    def __init__(self, heading: int) -> None:
        super().__init__(convert_charrefs=True)
        self._lower = heading - 1
        self.title, self.language = "", ""
        self.root: list[Node] = ["body"]
        self._open: list[list[Node]] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {_SVG_NAMES.get(name, name): value or "" for name, value in attrs}
        if tag == "html":
            self.language = told.get("lang", "")
        self._in_title = tag == "title" and not self._open
        if tag == "body":
            self._open = [self.root]
        if tag == "body" or not self._open:
            return
        node: list[Node] = [_PLAIN.get(tag, tag)]
        if told := self._told(tag, told):
            node.append(told)
        if re.fullmatch("h[1-6]", tag):
            node[0] = f"h{min(int(tag[1]) + self._lower, 6)}"
        self._open[-1].append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False
        if tag not in _VOID and len(self._open) > 1:
            self._open.pop()
        elif tag == "body":
            self._open = []

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif self._open:
            # Where a line ends there is at most a space to see.
            text = re.sub(r"[ \t\n\r]+", " ", data)
            if text != " " or "\n" not in data:
                self._open[-1].append(text)

    def _told(self, tag: str, told: dict[str, str]) -> dict[str, str]:
        classes = told.get("class", "").split()
        parts = [_PARTS[name] for name in classes if name in _PARTS]
        if re.fullmatch("h[1-6]", tag):
            classes.append(tag)
            parts.append("heading")
        if tag in _FIELDS:
            parts.append("field")
        if tag == "main":
            classes.append("main")
            told.pop("id", None)
        given = {"class": " ".join(classes)} if classes else {}
        given |= {"part": " ".join(parts)} if parts else {}
        return given | {name: value for name, value in told.items() if name != "class"}


def tree_of(page: str, heading: int) -> dict[str, Any]:
    """Return a page of ours as {title, language, nodes}; its first heading is of level `heading`, 1 to 6.

    Space that nobody sees is left out. Every element of our pages has its end tag, as scripts/proof checks.
    """
    reader = _Reader(heading)
    reader.feed(page)
    reader.close()
    return {"title": reader.title, "language": reader.language, "nodes": reader.root[1:]}
