"""A page as a screen reader is told it: Chromium's own accessibility tree, as lines in reading order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from playwright.sync_api import Page

# Chromium's names of roles, as the standard and readers have them; what is in no line is left out.
_ROLES = {
    "RootWebArea": "document", "banner": "banner", "main": "main", "contentinfo": "contentinfo",
    "navigation": "navigation", "region": "region", "form": "form", "search": "search", "heading": "heading",
    "list": "list", "listitem": "listitem", "link": "link", "button": "button", "textbox": "textbox",
    "searchbox": "textbox", "combobox": "combobox", "checkbox": "checkbox", "radio": "radio", "spinbutton": "spinbutton",
    "DisclosureTriangle": "summary", "DisclosureTriangleGrouped": "summary", "group": "group", "alert": "alert",
    "status": "status", "image": "image", "figure": "figure", "table": "table", "MenuListPopup": "", "option": "",
    "paragraph": "paragraph", "term": "term", "definition": "definition", "dialog": "dialog",
}  # fmt: skip
LANDMARKS = ("banner", "main", "contentinfo", "navigation", "region", "form", "search")
CONTROLS = ("link", "button", "textbox", "combobox", "checkbox", "radio", "spinbutton", "summary")
# Long texts are read, but say nothing of the order.
_UNNAMED = ("list", "listitem", "paragraph", "definition", "term")


@dataclass(eq=False)
class Heard:
    """One thing that is told: its role, its name, what goes with it, what it is in. It equals only itself."""

    role: str
    name: str
    properties: dict[str, Any]
    description: str
    inside: tuple[Heard, ...]
    text: str = ""
    items: int = 0
    href: str = ""

    def __str__(self) -> str:
        """Return it as one line, such as `heading 1 "Call 911 now"` or `list of 10`."""
        said = self.role
        if self.role == "heading":
            said += f" {self.properties.get('level')}"
        if self.role == "list":
            said += f" of {self.items}"
        if self.name and self.role not in _UNNAMED:
            said += f' "{self.name}"'
        for name, word in (("required", "required"), ("invalid", "wrong")):
            if self.properties.get(name) not in (None, False, "false"):
                said += f" {word}"
        return said + (f" ({self.description})" if self.description and self.role in CONTROLS else "")


def heard(page: Page) -> list[Heard]:
    """Return all that is told of a page, in reading order. The first is the document."""
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {node["nodeId"]: node for node in nodes}
    root = next(node for node in nodes if node["role"]["value"] == "RootWebArea")
    return list(_walk(root, by_id, ()))


def _walk(node: dict[str, Any], by_id: dict[str, Any], inside: tuple[Heard, ...]) -> Iterator[Heard]:
    role = "" if node.get("ignored") else node["role"]["value"]
    name = " ".join(str(node.get("name", {}).get("value", "")).split())
    if role == "StaticText" and inside:
        for around in inside:
            around.text = f"{around.text} {name}".strip()
    told = _ROLES.get(role, "")
    if told == "form" and not name:
        told = ""  # a form is a landmark only with a name
    if told:
        properties = {one["name"]: one["value"].get("value") for one in node.get("properties", ())}
        description = " ".join(str(node.get("description", {}).get("value", "")).split())
        one = Heard(told, name, properties, description, inside, href=str(properties.get("url", "")))
        if told == "listitem" and inside:
            next(around for around in reversed(inside) if around.role == "list").items += 1
        # What it holds is counted before it is told.
        below = [*_below(node, by_id, (*inside, one))]
        yield one
        yield from below
    else:
        yield from _below(node, by_id, inside)


def _below(node: dict[str, Any], by_id: dict[str, Any], inside: tuple[Heard, ...]) -> Iterator[Heard]:
    for child in node.get("childIds", ()):
        if child in by_id:
            yield from _walk(by_id[child], by_id, inside)


def missing(outline: str, lines: list[str]) -> str | None:
    """Return the first line of an expected outline that is not told after the one before it; None where all are.

    A line may hold `*` for any words; indentation is for the reader. Between two lines others may be told.
    """
    at = 0
    for wanted in filter(None, map(str.strip, outline.splitlines())):
        # In a pattern only the star has a meaning.
        pattern = "".join({"[": "[[]", "?": "[?]"}.get(sign, sign) for sign in wanted)
        found = next((number for number in range(at, len(lines)) if fnmatchcase(lines[number], pattern)), None)
        if found is None:
            return wanted
        at = found + 1
    return None
