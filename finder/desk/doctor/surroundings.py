"""What else than addresses in a policy can be in the way: sandbox, http, the place of the visitor, embedder policy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from finder.desk.doctor.pasted import Pasted
from finder.desk.doctor.policies import Policy
from finder.desk.doctor.report import Finding
from finder.desk.doctor.sources import Address, allows

# What must stand in a sandbox. A page without an origin of its own may show no frame of ours and reads no answer.
_SANDBOX = {
    "link": (("allow-forms",), ("allow-forms",)),
    "iframe": (
        ("allow-forms", "allow-same-origin"),
        ("allow-forms", "allow-scripts", "allow-same-origin", "allow-popups"),
    ),
    "element": (("allow-forms", "allow-scripts", "allow-same-origin"),) * 2,
}
_GEOLOCATION = re.compile(r"(?:^|,)[ \t]{0,99}geolocation[ \t]{0,99}=[ \t]{0,99}(\([^)]*\)|\*|[^,;\s]+)", re.IGNORECASE)
_OLD_GEOLOCATION = re.compile(r"(?:^|[;,])[ \t]{0,99}geolocation((?:\s[^;,]*)?)", re.IGNORECASE)


def sandboxed(variant: str, policies: Sequence[Policy]) -> Iterator[Finding]:
    """Find sandboxes that lack a word that a variant needs."""
    must, whole = _SANDBOX[variant]
    for policy in policies:
        given = policy.directives.get("sandbox")
        if given is None or not policy.enforced or set(must) <= {one.lower() for one in given}:
            continue
        more = [one for one in whole if one not in given]
        yield Finding.of(f"sandbox_{variant}", policy.written("sandbox"), written=" ".join(("sandbox", *given, *more)))


def unsafe(variant: str, finder: Address, page: Address | None, policies: Sequence[Policy]) -> Iterator[Finding]:
    """Find that a page on https would show a finder on http. A page of unknown address is taken to be on https."""
    at_home = finder.host in ("localhost", "127.0.0.1", "[::1]")
    if finder.scheme == "https" or at_home or (page is not None and page.scheme == "http"):
        return
    upgrading = next((one for one in policies if one.enforced and "upgrade-insecure-requests" in one.directives), None)
    if variant == "link":
        yield Finding.of("link_not_https", str(finder))
    elif upgrading:
        yield Finding.of("finder_upgraded", "upgrade-insecure-requests", finder=finder)
    else:
        yield Finding.of("finder_not_https", str(finder))


def unstyled(policies: Sequence[Policy]) -> Iterator[Finding]:
    """Find policies that do not heed the style attribute of the frame."""
    for policy in policies:
        name = next((one for one in ("style-src-attr", "style-src", "default-src") if one in policy.directives), "")
        sources = [one.lower() for one in policy.directives.get(name, ())]
        # Beside a nonce or a hash browsers overlook 'unsafe-inline'.
        marked = any(one.startswith(("'nonce-", "'sha256-", "'sha384-", "'sha512-")) for one in sources)
        if name and policy.enforced and ("'unsafe-inline'" not in sources or marked):
            yield Finding.of("frame_style", policy.written(name), number=policy.number)


def located(variant: str, pasted: Pasted, finder: Address, page: Address | None) -> Iterator[Finding]:
    """Find that the page's headers forbid to ask for the visitor's place."""
    given = _who_may_locate(pasted)
    if given is None or variant == "link":
        return
    read, words, is_old = given
    open_to_all = any(one == "*" for one in words)
    own = any(one.strip("'\"").lower() == "self" for one in words)
    if variant == "element":
        if not (open_to_all or own or (page is not None and _names(words, page))):
            yield Finding.of("geolocation_element", read, written=_permission(["self", *words], is_old))
    elif not (open_to_all or _names(words, finder) or (own and page == finder)):
        origin = str(finder)
        more = [*words, origin if is_old else f'"{origin}"']
        written = _permission(more if own else ["self", *more], is_old)
        yield Finding.of("geolocation_frame", read, finder=finder, written=written)


def harmless(pasted: Pasted) -> Iterator[Finding]:
    """Tell of headers that look as if they were in the way, and are not."""
    for name, value in pasted.all_of("cross-origin-embedder-policy")[:1]:
        if value.lower().startswith(("require-corp", "credentialless")):
            yield Finding.of("coep_fine", f"{name}: {value}")
    for name, value in pasted.all_of("x-frame-options")[:1]:
        yield Finding.of("frame_options_fine", f"{name}: {value}")


def _who_may_locate(pasted: Pasted) -> tuple[str, list[str], bool] | None:
    """Return what was read, whom it allows, and whether in the old way; None where nothing is said."""
    value = ", ".join(value for _name, value in pasted.all_of("permissions-policy"))
    if found := _GEOLOCATION.findall(value):
        # The last one counts.
        return f"permissions-policy: geolocation={found[-1]}", found[-1].strip("()").split()[:50], False
    if value:
        return None
    value = ", ".join(value for _name, value in pasted.all_of("feature-policy"))
    if found := _OLD_GEOLOCATION.findall(value):
        return f"feature-policy: geolocation{found[0]}", found[0].split()[:50] or ["'self'"], True
    return None


def _names(words: Sequence[str], origin: Address) -> bool:
    return any(
        allows(one.strip("\"'"), origin, None)
        for one in words
        if one.strip("\"'").lower() not in ("self", "none", "src")
    )


def _permission(words: Sequence[str], is_old: bool) -> str:
    kept = [one for one in dict.fromkeys(words) if one.strip("'").lower() != "none"]
    if is_old:
        kept = ["'self'" if one == "self" else one for one in kept]
        return f"Feature-Policy: geolocation {' '.join(dict.fromkeys(kept))}"
    return f"Permissions-Policy: geolocation=({' '.join(kept)})"
