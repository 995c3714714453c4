"""Take apart what somebody pasted: headers of any shape, a policy alone, a page, or headers with their page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from finder.desk.doctor.markup import elements
from finder.desk.doctor.page import Page, read_page
from finder.desk.doctor.policies import KNOWN

# The rest of a longer text is left out, and that is told.
MOST_SIGNS = 1_000_000
_MOST_HEADERS, _LONGEST_HEADER = 500, 100_000
CSP, REPORT_ONLY = "content-security-policy", "content-security-policy-report-only"
LEGACY = ("x-content-security-policy", "x-webkit-csp", "x-content-security-policy-report-only")
_ASKED_ABOUT = (
    CSP, REPORT_ONLY, *LEGACY, "permissions-policy", "feature-policy", "cross-origin-embedder-policy",
    "cross-origin-embedder-policy-report-only", "cross-origin-opener-policy", "x-frame-options",
    "strict-transport-security",
)  # fmt: skip
_STATUS = re.compile(r"HTTP/[0-9.]{1,3}\s+([0-9]{3})\b", re.IGNORECASE)
_HEADER = re.compile(r":?([A-Za-z][A-Za-z0-9-]{0,80})[ \t]*:(?!//)[ \t]*(.*)")
# As browsers' tools copy them: a name, a tab or a line's end, a value.
_TABBED = re.compile(rf"({'|'.join(_ASKED_ABOUT)})(?:[ \t]+(.*))?$", re.IGNORECASE)
# As nginx, Apache and the like are told to send them.
_CONFIGURED = re.compile(
    r"(?:add_header|more_set_headers|header(?:\s+always)?\s+(?:set|append|add|merge|setifempty)|set\s+resp\.http\.|http-response\s+(?:set|add)-header)"
    r"\s*[\"']?([A-Za-z][A-Za-z0-9-]{0,80})[\"']?\s*[:=]?\s*(.*)",
    re.IGNORECASE,
)
# What may stand behind a value there; and what begins a line of a folded policy, but is not the name of a header.
_AROUND = frozenset((";", "always", "always;", "env=HTTPS"))
_SCHEMES = frozenset(("data", "blob", "http", "https", "ws", "wss", "about", "filesystem", "mediastream"))
# What a terminal would obey, and what nobody sees: it is told as "?", and no browser takes it for a source either.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
# A name, and not just any letter after a sign: bytes of all kinds hold that.
_MARKUP = re.compile(r"<(?:!doctype|!--|\?xml|/?[A-Za-z][A-Za-z0-9-]{0,30}(?=[\s>/]))", re.IGNORECASE)


@dataclass(frozen=True)
class Pasted:
    """What was pasted, taken apart. `status` is 0 where no status line was there; `cut` says that it was too long."""

    headers: tuple[tuple[str, str], ...] = ()
    policy: str = ""
    page: Page | None = None
    status: int = 0
    earlier: int = 0
    cut: bool = False

    def all_of(self, *names: str) -> list[tuple[str, str]]:
        """Return the headers of these names, in order."""
        return [(name, value) for name, value in self.headers if name in names]

    @property
    def what(self) -> str:
        """Say what it was taken for."""
        parts = []
        if self.headers:
            parts.append("1 response header" if len(self.headers) == 1 else f"{len(self.headers)} response headers")
        if self.policy:
            parts.append("a policy")
        if self.page is not None:
            parts.append("the HTML of a page")
        return " and ".join(parts)


def take_apart(text: str) -> Pasted:
    """Take apart what was pasted. Nothing in it is an error; what is not understood is passed over."""
    cut = len(text) > MOST_SIGNS
    text = text[:MOST_SIGNS].lstrip("\ufeff \t\r\n").replace("\r\n", "\n").replace("\r", "\n")
    text = _UNSEEN.sub("?", text)
    policy = _policy_alone(text)
    if policy:
        return Pasted(policy=policy, cut=cut)
    reader = _HeaderReader()
    body = reader.read(text)
    page = read_page(list(elements(body)), body) if _MARKUP.search(body) else None
    return Pasted(
        (*reader.headers(), *(page.configured if page else ())), "", page, reader.status, reader.earlier, cut
    )  # fmt: skip


def _policy_alone(text: str) -> str:
    """Return the text as one policy where it begins with the name of a directive, "" where it does not."""
    bare = text.strip('"` \n\t;')
    first = "".join(bare[:60].split(maxsplit=1)[:1]).rstrip(";").lower()
    return " ".join(bare.replace("\n", " ").split(" ")) if first in KNOWN and "<" not in bare[:4000] else ""


@dataclass
class _HeaderReader:
    """Reads lines until a page begins."""

    status: int = 0
    earlier: int = 0
    found: list[list[str]] = field(default_factory=list)
    _open: bool = False

    def headers(self) -> list[tuple[str, str]]:
        return [(name.lower(), _unquoted(value.strip())) for name, value in self.found]

    def read(self, text: str) -> str:
        """Read the headers; return what follows them."""
        at = 0
        while at < len(text):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            line = text[at : min(end, at + _LONGEST_HEADER)]
            # `curl -v` marks what came with "< ", what was sent with "> ", and its own words with "* ".
            if line.startswith("< "):
                line = line[2:]
            if _MARKUP.match(line.lstrip()):
                return text[at:]
            if not line.startswith(("> ", "* ", "} ", "{ ")):
                self._take(line)
            at = end + 1
        return "" if self.found or self.status else text

    def _take(self, line: str) -> None:
        if status := _STATUS.match(line.strip()):
            # Only the last answer is the page; those before it are redirects.
            self.earlier += bool(self.status)
            self.status, self.found, self._open = int(status[1]), [], False
            return
        plain = line.strip()
        named = _CONFIGURED.match(plain) or _TABBED.match(plain) or _HEADER.match(plain)
        if named and named[1].lower() in _SCHEMES:
            named = None
        if not named and self._open and plain and (line[0] in " \t" or not self.found[-1][1]):
            before = self.found[-1]
            if len(before[1]) < _LONGEST_HEADER:
                before[1] += f" {plain}"
            return
        self._open = bool(named)
        if named and len(self.found) < _MOST_HEADERS:
            self.found.append([named[1], named[2] or ""])


def _unquoted(value: str) -> str:
    """Return a value without the quotes and the end that a server's configuration has around it."""
    found = re.fullmatch(r"\"([^\"]*)\"([^\"]*)", value)
    return found[1] if found and set(found[2].split()) <= _AROUND else value
