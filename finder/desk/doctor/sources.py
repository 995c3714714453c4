"""Whether a source of a Content-Security-Policy allows an address (CSP Level 3, 6.7.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_LONGEST = 2000
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):")
_HOST = re.compile(
    r"(?:([a-z][a-z0-9+.-]*)://)?(\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::([0-9]{1,5}|\*))?(/[^?#]*)?",
    re.IGNORECASE,
)
_NUMERIC = re.compile(r"[0-9]+(?:\.[0-9]+){3}|\[.*\]")
_ADDRESS = re.compile(r"(https?)://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?", re.IGNORECASE)
# Words that people forget to quote; without quotes they are names of computers.
UNQUOTED = frozenset(("self", "none", "unsafe-inline", "unsafe-eval", "strict-dynamic", "report-sample"))


@dataclass(frozen=True)
class Address:
    """Scheme, host and port of an address, and a path that may be empty."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @classmethod
    def read(cls, text: str) -> Address:
        """Read the origin that an http or https address begins with. Raises ValueError."""
        found = _ADDRESS.match(text.strip()[:_LONGEST])
        if not found or not re.fullmatch(r"(?:[/?#].*)?", text.strip()[found.end() :], re.DOTALL):
            raise ValueError(text)
        scheme, host = found[1].lower(), found[2].lower()
        port = int(found[3]) if found[3] else _DEFAULT_PORTS[scheme]
        if not 0 < port < 65536:
            raise ValueError(text)
        return cls(scheme, host, port)

    @classmethod
    def read_base(cls, text: str) -> tuple[Address, str]:
        """Read an origin, and the path beneath which all of a finder lies ("" for none). Raises ValueError."""
        origin = cls.read(text)
        path = re.sub(r"^[^/]*//[^/?#]*", "", text.strip()).rstrip("/")
        if not re.fullmatch(r"(?:/[A-Za-z0-9._~-]{1,80}){0,8}", path):
            raise ValueError(text)
        return origin, path

    def at(self, path: str) -> Address:
        """Return an address of the same origin."""
        return Address(self.scheme, self.host, self.port, path)

    def __str__(self) -> str:
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def is_about_addresses(source: str) -> bool:
    """Return whether a source names addresses; the others are nonces, hashes and keywords."""
    return not source.startswith("'") or source.lower() == "'self'"


def allows(source: str, wanted: Address, page: Address | None) -> bool:
    """Return whether a source allows an address, in a page whose origin may be unknown (then it is another one's)."""
    text = source[:_LONGEST].lower()
    if text == "'self'":
        return page is not None and _same_but_safer(page, wanted)
    if text == "*":
        return True
    if whole := _SCHEME.fullmatch(text):
        return _scheme_allows(whole[1], wanted.scheme)
    found = _HOST.fullmatch(source) if len(source) <= _LONGEST else None
    if not found:
        return False
    given_scheme, host, port, path = found.groups()
    scheme = given_scheme.lower() if given_scheme else page.scheme if page else "https"
    return (
        _scheme_allows(scheme, wanted.scheme)
        and _host_allows(host.lower(), wanted.host)
        and _port_allows(port, wanted)
        and _path_allows(path or "", wanted.path)
    )


def _same_but_safer(page: Address, wanted: Address) -> bool:
    if page.host != wanted.host:
        return False
    if (page.scheme, page.port) == (wanted.scheme, wanted.port):
        return True
    usual = page.port == _DEFAULT_PORTS[page.scheme] and wanted.port == _DEFAULT_PORTS[wanted.scheme]
    return usual and _scheme_allows(page.scheme, wanted.scheme)


def _scheme_allows(given: str, wanted: str) -> bool:
    # The standard lets ws: and wss: stand for https: as well, which not every browser does.
    return given == wanted or (given, wanted) == ("http", "https")


def _host_allows(given: str, wanted: str) -> bool:
    if given == "*":
        return True
    if given.startswith("*."):
        return wanted.endswith(given[1:])
    # Numbers in place of a name match nothing but 127.0.0.1 (6.7.2.10).
    return given == wanted and (not _NUMERIC.fullmatch(given) or given == "127.0.0.1")


def _port_allows(given: str | None, wanted: Address) -> bool:
    if given is None:
        return wanted.port == _DEFAULT_PORTS[wanted.scheme]
    return (
        given == "*" or int(given) == wanted.port or (given == "80" and wanted.port == 443 and wanted.scheme == "https")
    )


def _path_allows(given: str, wanted: str) -> bool:
    if not given or (given == "/" and not wanted):
        return True
    ours, theirs = given.split("/"), wanted.split("/")
    if given.endswith("/"):
        ours = ours[:-1]
    elif len(ours) != len(theirs):
        return False
    return len(ours) <= len(theirs) and all(
        unquote(one) == unquote(other) for one, other in zip(ours, theirs, strict=False)
    )
