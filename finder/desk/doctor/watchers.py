"""Trackers, recorders and the like, by the addresses they load from and the calls that pages make to them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from finder.db.reference import DATA

KINDS = ("recorder", "tracker", "tag_manager", "ads", "chat", "consent")
_FILE = DATA / "embed" / "watchers.json"
_IN_TEXT = re.compile(r"//([A-Za-z0-9._-]{4,253})(/[^\s\"'<>\\)]{0,120})?")
_ANY_ADDRESS = re.compile(r"(?:https?:|wss?:)?//([^/?#:\s]{1,253})(?::[0-9*]{1,5})?(/.*)?", re.IGNORECASE | re.DOTALL)
_MOST_LABELS = 8


@dataclass(frozen=True)
class Watcher:
    """What is known of one: addresses are a host, which stands for all beneath it, and the beginning of a path.

    A mark is a piece of a script by which a page calls it.
    """

    name: str
    kind: str
    addresses: tuple[str, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """A watcher that was found, by `sign`. `in_policy` means that only a policy allows it, and no page was seen."""

    name: str
    kind: str
    sign: str
    in_policy: bool = False


@cache
def watchers() -> tuple[Watcher, ...]:
    """Return all that are known, by name."""
    listed = json.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(Watcher(one["name"], one["kind"], tuple(one["addresses"]), tuple(one["marks"])) for one in listed)


def find_watchers(
    addresses: Iterable[tuple[str, str]], inline: Iterable[str], allowed: Iterable[str]
) -> tuple[Seen, ...]:
    """Find watchers in a page's addresses and inline scripts, and in the sources that its policies allow.

    Each is told once, recorders first. A link that a visitor may follow loads nothing and is passed over.
    """
    found: dict[str, Seen] = {}
    loaded = {address for element, address in addresses if element not in ("a", "area", "form", "base")}
    for address in loaded:
        for one in _by_address(address):
            found.setdefault(one.name, Seen(one.name, one.kind, address[:120]))
    scripts = "\n".join(inline).replace("\\/", "/")
    for host, path in set(_IN_TEXT.findall(scripts)):
        for one in _by_host(host.lower(), path):
            found.setdefault(one.name, Seen(one.name, one.kind, f"{host}{path}"[:120]))
    names = "\n".join(sorted(loaded))
    for one in watchers():
        mark = next((mark for mark in one.marks if mark in scripts or mark in names), "")
        if mark and one.name not in found:
            found[one.name] = Seen(one.name, one.kind, mark)
    for source in set(allowed):
        bare = source.removeprefix("*.")
        for one in _by_address(source if "//" in source else f"//{bare}"):
            found.setdefault(one.name, Seen(one.name, one.kind, source[:120], in_policy=True))
    return tuple(sorted(found.values(), key=lambda one: (one.in_policy, KINDS.index(one.kind), one.name.lower())))


def _by_address(address: str) -> Iterator[Watcher]:
    if known := _ANY_ADDRESS.match(address.strip()[:2000]):
        yield from _by_host(known[1].lower().removeprefix("*."), known[2] or "")


def _by_host(host: str, path: str) -> Iterator[Watcher]:
    """Yield the watchers of a host; of several whose paths begin so, those who say most of it."""
    labels = host.rstrip(".").split(".")
    for first in range(max(0, len(labels) - _MOST_LABELS), len(labels) - 1):
        fitting = [(start, one) for start, one in _hosts().get(".".join(labels[first:]), ()) if path.startswith(start)]
        longest = max((len(start) for start, _one in fitting), default=0)
        yield from (one for start, one in fitting if len(start) == longest)


@cache
def _hosts() -> dict[str, list[tuple[str, Watcher]]]:
    """Return the watchers by host, each with how its paths begin."""
    found: dict[str, list[tuple[str, Watcher]]] = {}
    for one in watchers():
        for address in one.addresses:
            host, slash, path = address.partition("/")
            found.setdefault(host, []).append((slash + path, one))
    return found
