"""Examine what was pasted: what each way to show the finder needs in that page. Fetches nothing, keeps nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from finder.desk.doctor.embedded import SCRIPTS, of_element, of_frame, script_tag
from finder.desk.doctor.pasted import CSP, LEGACY, REPORT_ONLY, Pasted, take_apart
from finder.desk.doctor.policies import Policy, parse_policies, remarks
from finder.desk.doctor.report import VARIANTS, Diagnosis, Directive, Finding, VariantReport
from finder.desk.doctor.sentences import BECAUSE, WHY
from finder.desk.doctor.sources import Address, is_about_addresses
from finder.desk.doctor.surroundings import harmless, located, sandboxed, unsafe, unstyled
from finder.desk.doctor.watchers import KINDS, Seen, find_watchers

_SCRIPT = "script-src-elem"
_UNKNOWN_HASH = "sha384-..."
_READING = ("recorder", "tracker", "tag_manager", "ads", "chat")
_MOST_NAMED = 12


class Need(NamedTuple):
    """One thing that a policy must allow, and why; without one that is not required the finder works less well."""

    need: str
    paths: tuple[str, ...]
    why: str
    required: bool = True


@dataclass(frozen=True)
class _Case:
    """All that is the same for every variant."""

    finder: Address
    base: str
    page: Address | None
    pasted: Pasted
    policies: tuple[Policy, ...]
    pinned: Mapping[str, tuple[str, str]]
    readers: tuple[Seen, ...]
    key: str


def address_of_finder(text: str) -> str:
    """Return a finder's address, such as https://finder.example.org, as it is written. Raises ValueError."""
    origin, path = Address.read_base(text)
    return f"{origin}{path}"


def examine(
    text: str,
    finder: str,
    *,
    page: str = "",
    pinned: Mapping[str, tuple[str, str]] | None = None,
    variants: Sequence[str] = VARIANTS,
) -> Diagnosis:
    """Say what a page needs before it can show the finder.

    `text` is what was pasted; nothing in it is an error. `finder` is the finder's address, maybe with a path, and
    `page` that of the page, "" where the text may say. `pinned` are the scripts that never change, by variant: the
    file's name and its integrity, as in {"iframe": ("frame-v1.0.0.js", "sha384-..."), "element": ...}. Raises
    ValueError where `finder` or `page` is no http or https address.
    """
    ours, path = Address.read_base(finder)
    pasted = take_apart(text)
    where = Address.read(page) if page else pasted.page.origin if pasted.page else None
    policies = parse_policies(list(_policies(pasted)))
    seen = _watchers(pasted, policies)
    readers = tuple(one for one in seen if one.kind in _READING and not one.in_policy)
    keys = tuple(dict.fromkeys(one.key for one in (pasted.page.embedded if pasted.page else ()) if one.key))
    case = _Case(ours, f"{ours}{path}", where, pasted, policies, pinned or {}, readers, keys[0] if keys else "key")
    reports = {one: _report(one, case) for one in VARIANTS}
    recommended, because = _recommended(reports, case)
    return Diagnosis(
        case.base, pasted.what, tuple(one.told() for one in policies), tuple(reports[one] for one in variants),
        tuple(_notes(case, seen)), seen, keys, recommended, because,
    )  # fmt: skip


def _policies(pasted: Pasted) -> Iterator[tuple[str, str, bool, bool]]:
    if pasted.policy:
        yield pasted.policy, "the policy that was pasted", True, False
    for name, value in pasted.all_of(CSP, REPORT_ONLY):
        yield value, f"the header {name}", name == CSP, False
    for text, in_head in pasted.page.policies if pasted.page else ():
        if in_head:
            yield text, "a meta element of the page", True, True


def _watchers(pasted: Pasted, policies: Sequence[Policy]) -> tuple[Seen, ...]:
    allowed = [
        one for policy in policies for given in policy.directives.values() for one in given if is_about_addresses(one)
    ]
    page = pasted.page
    return find_watchers(page.addresses if page else (), page.inline if page else (), allowed)


def _report(variant: str, case: _Case) -> VariantReport:
    # The plugin writes a frame unless told otherwise.
    way = "iframe" if variant == "wordpress" else variant
    directives: list[Directive] = []
    findings: list[Finding] = []
    for need in _needs(way, case.key):
        wanted = [case.finder.at(case.base.removeprefix(str(case.finder)) + path) for path in need.paths]
        for policy in case.policies:
            if all(policy.allows(need.need, one, case.page) for one in wanted):
                continue
            if need.need == _SCRIPT and (policy.is_strict() or policy.script_nonces() or policy.script_hashes()):
                _script(way, need, policy, case, directives, findings)
            else:
                directives.append(_with_finder(policy, need, case.finder))
    if variant == "wordpress":
        findings += [
            Finding.of("wordpress_nonce", policy.written(policy.deciding(_SCRIPT)), number=policy.number)
            for policy in case.policies
            if policy.enforced and policy.script_nonces() and policy.is_strict()
        ]
    findings += sandboxed(way, case.policies)
    findings += unsafe(way, case.finder, case.page, case.policies)
    findings += located(way, case.pasted, case.finder, case.page)
    if way == "iframe":
        findings += unstyled(case.policies)
    if variant != "wordpress":
        findings += _of_what_is_there(variant, case)
    findings += _read_by_others(way, case)
    if way == "element" and any("require-trusted-types-for" in policy.directives for policy in case.policies):
        findings.append(Finding.of("trusted_types_fine", "require-trusted-types-for 'script'"))
    return VariantReport(variant, tuple(directives), tuple(dict.fromkeys(findings)))


def _needs(way: str, key: str) -> tuple[Need, ...]:
    form = (f"/embed/page/{key}/specialists",)
    if way == "link":
        return (Need("form-action", form, "form"),)
    script = (f"/embed/{SCRIPTS[way]}",)
    if way == "iframe":
        return (Need("frame-src", (f"/embed/frame/{key}/",), "frame"), Need(_SCRIPT, script, "height", required=False))
    return (
        Need(_SCRIPT, script, "script"),
        # Parts of pages, and the style sheets for them.
        Need("connect-src", (f"/embed/part/{key}/", "/static/embed.css"), "connect"),
        Need("form-action", form, "plain form"),
    )


def _with_finder(policy: Policy, need: Need, finder: Address) -> Directive:
    required = need.required and policy.enforced
    return policy.with_source(need.need, str(finder), WHY[need.why], required=required)


def _script(
    way: str, need: Need, policy: Policy, case: _Case, directives: list[Directive], findings: list[Finding]
) -> None:
    """Say how a script is let in where the policy knows scripts by nonces or hashes."""
    tags = [one.element for one in (case.pasted.page.of(_KINDS[way]) if case.pasted.page else ())]
    nonces, strict = policy.script_nonces(), policy.is_strict()
    if nonces and any(one.get("nonce") for one in tags):
        return
    if any(one.get("integrity") and set(one.get("integrity").split()) <= set(policy.script_hashes()) for one in tags):
        return
    read = policy.written(policy.deciding(_SCRIPT))
    with_nonce = script_tag(way, case.base, ' nonce="(the nonce of this answer)"')
    if not strict:
        directives.append(_with_finder(policy, need, case.finder))
        if nonces:
            findings.append(Finding.of("nonce_would_do", read, number=policy.number, tag=with_nonce))
        return
    prefix = "script_needs" if need.required else "height_needs"
    if nonces:
        found = Finding.of(f"{prefix}_nonce", read, number=policy.number, tag=with_nonce)
    else:
        file, known = case.pinned.get(way, ("", _UNKNOWN_HASH))
        tag = script_tag(way, case.base, f' integrity="{known}" crossorigin="anonymous"', file)
        found = Finding.of(f"{prefix}_hash", read, number=policy.number, tag=tag)
        required = need.required and policy.enforced
        directives.append(policy.with_source(_SCRIPT, f"'{known}'", WHY[need.why], required=required))
    if policy.enforced:
        findings.append(found)


_KINDS = {"element": "element script", "iframe": "frame script"}


def _of_what_is_there(variant: str, case: _Case) -> Iterator[Finding]:
    if case.pasted.page and variant == "element":
        yield from of_element(case.pasted.page, case.finder, case.base)
    elif case.pasted.page and variant == "iframe":
        yield from of_frame(case.pasted.page, case.finder, case.base)


def _read_by_others(way: str, case: _Case) -> Iterator[Finding]:
    if not case.readers:
        return
    names = _names(case.readers)
    if way == "element":
        yield Finding.of("element_read", "", names=names)
    elif way == "link":
        yield Finding.of("form_read", "", names=names)
    elif case.page == case.finder:
        yield Finding.of("frame_read", "", names=names)


def _names(seen: Sequence[Seen]) -> str:
    more = f" and {len(seen) - _MOST_NAMED} more" if len(seen) > _MOST_NAMED else ""
    return ", ".join(one.name for one in seen[:_MOST_NAMED]) + more


def _notes(case: _Case, seen: Sequence[Seen]) -> Iterator[Finding]:
    pasted, page = case.pasted, case.pasted.page
    if not pasted.what:
        yield Finding.of("nothing_read")
        return
    if pasted.cut:
        yield Finding.of("text_cut")
    if pasted.earlier:
        yield Finding.of("redirects_skipped")
    if 300 <= pasted.status < 400 and pasted.status != 304:
        yield Finding.of("answer_redirects", str(pasted.status))
    elif pasted.status >= 400:
        yield Finding.of("answer_failed", str(pasted.status), status=pasted.status)
    in_force = [one for one in case.policies if one.enforced]
    if not case.policies:
        yield Finding.of("no_policy")
    if len(in_force) > 1:
        yield Finding.of("several_policies", count=len(in_force))
    if page is not None and not pasted.headers:
        yield Finding.of("headers_unseen")
    for policy in case.policies:
        if not policy.enforced:
            yield Finding.of("report_only", "; ".join(policy.told().directives), number=policy.number)
        yield from remarks(policy)
    for name, value in pasted.all_of(*LEGACY)[:3]:
        yield Finding.of("legacy_header", f"{name}: {value}", name=name)
    yield from harmless(pasted)
    if page is not None:
        for text, in_head in page.policies:
            if not in_head:
                yield Finding.of("meta_outside_head", text)
        if page.has_report_only_meta:
            yield Finding.of("report_only_meta", "<meta http-equiv=Content-Security-Policy-Report-Only>")
        if page.has_escaped_embed:
            yield Finding.of("embed_escaped", "&lt;specialist-finder")
    if _is_wordpress(pasted):
        yield Finding.of("wordpress_seen")
    yield from _of_watchers(seen, has_page=page is not None)


def _of_watchers(seen: Sequence[Seen], *, has_page: bool) -> Iterator[Finding]:
    for kind in KINDS:
        here = [one for one in seen if one.kind == kind and not one.in_policy]
        if here:
            yield Finding.of(f"{kind}_seen", ", ".join(one.sign for one in here), names=_names(here))
    allowed = [one for one in seen if one.in_policy]
    if allowed and not has_page:
        yield Finding.of("watchers_allowed", ", ".join(one.sign for one in allowed), names=_names(allowed))
    elif not has_page:
        yield Finding.of("page_unseen")


def _is_wordpress(pasted: Pasted) -> bool:
    told = any("wp-json" in value or "api.w.org" in value for _name, value in pasted.all_of("link"))
    return told or bool(pasted.all_of("x-pingback")) or bool(pasted.page and pasted.page.is_wordpress)


def _recommended(reports: Mapping[str, VariantReport], case: _Case) -> tuple[str, str]:
    if case.readers and case.page == case.finder:
        return "link", BECAUSE["link_watched"]
    if _is_wordpress(case.pasted):
        return "wordpress", BECAUSE["wordpress"]
    if case.readers:
        return "iframe", BECAUSE["iframe_watched"]
    if reports["iframe"].works:
        return "iframe", BECAUSE["iframe"]
    return ("link", BECAUSE["link"]) if reports["link"].works else ("iframe", BECAUSE["iframe_changed"])
