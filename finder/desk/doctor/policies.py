"""Content-Security-Policies: what they hold, which directive decides, and what it should be instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from finder.desk.doctor.report import Directive, Finding, ReadPolicy, shown
from finder.desk.doctor.sources import UNQUOTED, Address, allows, is_about_addresses

# Which directives decide, the first that is there (CSP Level 3, 6.8). A form has no other to fall back on.
FALLBACKS: Mapping[str, tuple[str, ...]] = {
    "script-src-elem": ("script-src-elem", "script-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
    "frame-src": ("frame-src", "child-src", "default-src"),
    "form-action": ("form-action",),
}
# Which name is written where only a wider directive is there.
_WRITTEN = {"script-src-elem": "script-src"}
KNOWN = frozenset(
    (
        "default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr",
        "connect-src", "frame-src", "child-src", "form-action", "img-src", "font-src", "media-src", "object-src",
        "worker-src", "manifest-src", "prefetch-src", "fenced-frame-src", "base-uri", "frame-ancestors", "navigate-to",
        "plugin-types", "sandbox", "report-uri", "report-to", "upgrade-insecure-requests", "block-all-mixed-content",
        "require-trusted-types-for", "trusted-types", "require-sri-for", "referrer", "reflected-xss", "webrtc",
    )
)  # fmt: skip
# Browsers heed these in headers only.
_NOT_IN_META = ("sandbox", "frame-ancestors", "report-uri", "report-to")
_MOST_POLICIES, _MOST_SOURCES = 40, 500
_MOST_REMARKS = 8


@dataclass(frozen=True)
class Policy:
    """One policy: sources by the names of directives, in order. `place` says in words where it stood."""

    number: int
    place: str
    enforced: bool
    in_meta: bool
    directives: Mapping[str, tuple[str, ...]]
    again: tuple[str, ...] = ()

    def deciding(self, need: str) -> str:
        """Return the directive that decides about a need, "" where none does and all is allowed."""
        return next((name for name in FALLBACKS[need] if name in self.directives), "")

    def written(self, name: str) -> str:
        """Return a directive as it stands."""
        return " ".join((name, *self.directives[name]))

    def allows(self, need: str, wanted: Address, page: Address | None) -> bool:
        """Return whether an address is allowed; a script that only a nonce could allow is not."""
        name = self.deciding(need)
        if not name:
            return True
        if need == "script-src-elem" and self.is_strict():
            return False
        return any(allows(source, wanted, page) for source in self.directives[name])

    def is_strict(self) -> bool:
        """Return whether 'strict-dynamic' makes browsers overlook the addresses of scripts."""
        name = self.deciding("script-src-elem")
        return bool(name) and "'strict-dynamic'" in (source.lower() for source in self.directives[name])

    def script_nonces(self) -> list[str]:
        """Return the nonces of scripts."""
        return [one[7:-1] for one in self._script_sources() if one.lower().startswith("'nonce-") and one.endswith("'")]

    def script_hashes(self) -> list[str]:
        """Return the hashes of scripts, without their quotes."""
        return [one.strip("'") for one in self._script_sources() if one.lower().startswith(("'sha256-", "'sha384-", "'sha512-"))]  # fmt: skip

    def _script_sources(self) -> tuple[str, ...]:
        name = self.deciding("script-src-elem")
        return self.directives[name] if name else ()

    def with_source(self, need: str, source: str, why: str, *, required: bool) -> Directive:
        """Return the directive that allows one source more, whole.

        A directive is made longer where it is the one for this need, so that nothing else is allowed more. Where a
        wider one decides, a new one is made of it, because a new directive puts the wider one out of force.
        """
        name = self.deciding(need)
        own = name in (need, _WRITTEN.get(need))
        given = self.directives[name]
        if not own and need != "script-src-elem":
            given = tuple(one for one in given if is_about_addresses(one))
        kept = tuple(one for one in given if one.lower() != "'none'")
        written = name if own else _WRITTEN.get(need, need)
        whole = " ".join((written, *kept, source))
        return Directive(self.number, written, whole, self.written(name) if own else "", required, why)

    def told(self) -> ReadPolicy:
        """Return it for the answer."""
        whole = tuple(shown(self.written(name)) for name in self.directives)
        return ReadPolicy(self.number, self.place, self.enforced, whole)


def parse_policies(given: list[tuple[str, str, bool, bool]]) -> tuple[Policy, ...]:
    """Parse (text, place, enforced, in_meta) of each header or meta element.

    In a header a comma begins another policy; in a meta element it is a part of the source before it. Of what is
    there twice in a policy the first holds. Only the first 40 policies are read.
    """
    found: list[Policy] = []
    for text, place, enforced, in_meta in given:
        for one in [text] if in_meta else text.split(","):
            if one.strip() and len(found) < _MOST_POLICIES:
                found.append(_parsed(one, len(found) + 1, place, enforced=enforced, in_meta=in_meta))
    return tuple(found)


def _parsed(text: str, number: int, place: str, *, enforced: bool, in_meta: bool) -> Policy:
    directives: dict[str, tuple[str, ...]] = {}
    again = []
    for part in text.split(";"):
        name, *sources = part.split()[: _MOST_SOURCES + 1] or [""]
        name = name.lower()
        if name in directives:
            again.append(name)
        elif name and not (in_meta and name in _NOT_IN_META):
            directives[name] = tuple(sources)
    return Policy(number, place, enforced, in_meta, directives, tuple(dict.fromkeys(again)))


def remarks(policy: Policy) -> Iterator[Finding]:
    """Find what is written wrongly in a policy, whatever the finder needs; at most eight of a kind."""
    for name in policy.again[:_MOST_REMARKS]:
        yield Finding.of("directive_again", name, name=name, number=policy.number)
    unknown = [name for name in policy.directives if name not in KNOWN]
    for name in unknown[:_MOST_REMARKS]:
        if name[0] in "'*" or ":" in name or "." in name:
            yield Finding.of("comma_before", policy.written(name), word=shown(name), number=policy.number)
            continue
        near = difflib.get_close_matches(name[:40], sorted(KNOWN), n=1)
        code = "directive_misspelt" if near else "directive_unknown"
        yield Finding.of(code, policy.written(name), name=shown(name), near="".join(near), number=policy.number)
    for name, sources in list(policy.directives.items())[:_MOST_SOURCES]:
        if name not in KNOWN or name in ("sandbox", "trusted-types", "require-trusted-types-for", "report-to"):
            continue
        bare = [one for one in sources if one.lower() in UNQUOTED]
        curly = [one for one in sources if one[0] in '\u2018\u2019\u201c\u201d"`']
        swallowed = [one for one in sources if one.lower() in KNOWN]
        comma = [one for one in sources if "," in one]
        others = len(sources) > 1 and any(one.lower() == "'none'" for one in sources)
        read = policy.written(name)
        if bare:
            yield Finding.of("source_unquoted", read, word=bare[0], number=policy.number)
        if curly:
            yield Finding.of("quotes_wrong", read, word=shown(curly[0]), number=policy.number)
        if comma:
            yield Finding.of("comma_in_meta", read, word=shown(comma[0]), number=policy.number)
        if swallowed:
            yield Finding.of("semicolon_lacks", read, name=swallowed[0], number=policy.number)
        if others:
            yield Finding.of("none_with_others", read, name=name, number=policy.number)
