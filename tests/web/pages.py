"""A page as a browser without scripts sees it: its elements in order, with their attributes and texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = {"meta", "link", "input", "br", "img", "hr"}


@dataclass
class Element:
    """One element: its tag, its attributes, the elements around it, and all text within."""

    tag: str
    attributes: dict[str, str]
    inside: tuple[Element, ...]
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text within, with single spaces."""
        return " ".join("".join(self.texts).split())

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")


class Page(HTMLParser):
    """A parsed page. An element that is not closed, or is closed twice, is an error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        assert not self._open, f"never closed: {[one.tag for one in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice: {tag} {attrs}"
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        self.elements.append(element)
        if tag not in _EMPTY:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close the element last opened."""
        assert self._open, f"closed and never opened: {tag}"
        assert self._open.pop().tag == tag, f"closed in the wrong order: {tag}"

    def handle_data(self, data: str) -> None:
        """Give a text to all elements around it."""
        for element in self._open:
            element.texts.append(data)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements of a tag that have these attributes; `class_` is one of several classes.

        A title is the page's own, not that of a picture.
        """
        wanted = attributes.pop("class_", "")
        return [
            one
            for one in self.elements
            if one.tag == tag
            and (tag != "title" or all(around.tag != "svg" for around in one.inside))
            and all(one[name] == value for name, value in attributes.items())
            and (not wanted or wanted in one["class"].split())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        """Return the only element of its kind."""
        (found,) = self.all(tag, **attributes)
        return found

    def within(self, around: Element, tag: str = "a") -> list[Element]:
        """Return the elements of a tag inside another element."""
        return [one for one in self.all(tag) if any(outer is around for outer in one.inside)]

    def link(self, text: str) -> str:
        """Return where the only link with this text leads."""
        (found,) = {one["href"] for one in self.all("a") if one.text == text}
        return found

    def loaded(self) -> Iterator[str]:
        """Yield every address that a browser loads by itself."""
        for one in self.elements:
            if one.tag == "link" and one["rel"] not in ("canonical", "alternate"):
                yield one["href"]
            if one.tag in ("script", "img", "iframe", "source", "video", "audio", "embed", "input"):
                yield from (one[name] for name in ("src", "srcset", "poster") if one[name])
