"""What the doctor says of policies as hospitals have them, and how it reads what was pasted."""

from __future__ import annotations

from typing import Any

import pytest

from finder.desk.doctor import Diagnosis, Finding, Weight, examine

FINDER = "https://finder.example.org"


def report(found: Diagnosis, variant: str) -> Any:
    (one,) = (one for one in found.variants if one.variant == variant)
    return one


def written(found: Diagnosis, variant: str) -> list[str]:
    return [one.written for one in report(found, variant).directives]


def codes(findings: tuple[Finding, ...]) -> set[str]:
    return {one.code for one in findings}


F = FINDER
# A policy, and the directives to write for the link, the iframe and the element.
TABLE: list[tuple[str, list[str], list[str], list[str]]] = [
    # Nothing is in the way.
    ("upgrade-insecure-requests", [], [], []),
    ("default-src *", [], [], []),
    ("default-src https:; form-action https:", [], [], []),
    ("default-src 'self' https:", [], [], []),
    ("default-src HTTPS:", [], [], []),
    ("img-src 'self'; style-src 'none'; font-src data:; frame-ancestors 'none'; base-uri 'self'", [], [], []),
    (f"default-src {F}; form-action {F}", [], [], []),
    (f"default-src {F}:443", [], [], []),
    ("default-src http://finder.example.org:80", [], [], []),
    ("default-src HTTPS://Finder.Example.ORG", [], [], []),
    ("default-src finder.example.org", [], [], []),
    ("default-src http://finder.example.org", [], [], []),
    ("default-src *.example.org", [], [], []),
    ("default-src https://*.example.org:*", [], [], []),
    (f"default-src {F}/embed/ {F}/static/; form-action {F}/embed/page/", [], [], []),
    (f"connect-src {F}/embed/", [], [], [f"connect-src {F}/embed/ {F}"]),
    (f"form-action {F}/specialists", [f"form-action {F}/specialists {F}"], [], [f"form-action {F}/specialists {F}"]),
    (f"script-src {F}/embed/v1.js {F}/embed/frame-v1.js", [], [], []),
    # A narrow one alone.
    ("form-action 'self'", [f"form-action 'self' {F}"], [], [f"form-action 'self' {F}"]),
    ("form-action 'none'", [f"form-action {F}"], [], [f"form-action {F}"]),
    ("form-action", [f"form-action {F}"], [], [f"form-action {F}"]),
    ("frame-src 'self'", [], [f"frame-src 'self' {F}"], []),
    ("frame-src", [], [f"frame-src {F}"], []),
    ("child-src 'self' blob:", [], [f"frame-src 'self' blob: {F}"], []),
    ("child-src 'self'; frame-src https:", [], [], []),
    ("connect-src 'self' wss://chat.example.com", [], [], [f"connect-src 'self' wss://chat.example.com {F}"]),
    ("script-src 'self'", [], [f"script-src 'self' {F}"], [f"script-src 'self' {F}"]),
    ("script-src-elem 'self'", [], [f"script-src-elem 'self' {F}"], [f"script-src-elem 'self' {F}"]),
    ("script-src-elem https:; script-src 'none'", [], [], []),
    ("script-src https:; script-src-elem 'none'", [], [f"script-src-elem {F}"], [f"script-src-elem {F}"]),
    ("script-src-attr 'none'", [], [], []),
    # The wide one decides, and what it allows is kept; what is only for scripts is not copied elsewhere.
    (
        "default-src 'self'", [],
        [f"frame-src 'self' {F}", f"script-src 'self' {F}"], [f"script-src 'self' {F}", f"connect-src 'self' {F}"],
    ),
    ("default-src 'none'", [], [f"frame-src {F}", f"script-src {F}"], [f"script-src {F}", f"connect-src {F}"]),
    (
        "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: https://*.hospital.org", [],
        [
            f"frame-src 'self' data: https://*.hospital.org {F}",
            f"script-src 'self' 'unsafe-inline' 'unsafe-eval' data: https://*.hospital.org {F}",
        ],
        [
            f"script-src 'self' 'unsafe-inline' 'unsafe-eval' data: https://*.hospital.org {F}",
            f"connect-src 'self' data: https://*.hospital.org {F}",
        ],
    ),
    (
        "default-src 'self'; script-src 'self' https://www.googletagmanager.com; connect-src 'self' "
        "https://www.google-analytics.com; frame-src https://www.youtube.com; form-action 'self' https://pay.example.com",
        [f"form-action 'self' https://pay.example.com {F}"],
        [f"frame-src https://www.youtube.com {F}", f"script-src 'self' https://www.googletagmanager.com {F}"],
        [
            f"script-src 'self' https://www.googletagmanager.com {F}",
            f"connect-src 'self' https://www.google-analytics.com {F}", f"form-action 'self' https://pay.example.com {F}",
        ],
    ),
    # Nearly right.
    ("frame-src https://example.org", [], [f"frame-src https://example.org {F}"], []),
    ("frame-src *.finder.example.org", [], [f"frame-src *.finder.example.org {F}"], []),
    ("frame-src https://*.org.example.org", [], [f"frame-src https://*.org.example.org {F}"], []),
    ("frame-src *.ample.org", [], [f"frame-src *.ample.org {F}"], []),
    ("frame-src xfinder.example.org", [], [f"frame-src xfinder.example.org {F}"], []),
    (f"frame-src {F}:8443", [], [f"frame-src {F}:8443 {F}"], []),
    (f"frame-src {F}/embed", [], [f"frame-src {F}/embed {F}"], []),
    (f"frame-src {F}/Embed/", [], [f"frame-src {F}/Embed/ {F}"], []),
    (f"frame-src {F}/embed/frame/", [], [], []),
    ("frame-src wss:", [], [f"frame-src wss: {F}"], []),
    ("frame-src http:", [], [], []),
    ("frame-src data: blob:", [], [f"frame-src data: blob: {F}"], []),
    ("frame-src 'none' https://finder.example.org", [], [], []),
    ("FRAME-SRC 'SELF'", [], [f"frame-src 'SELF' {F}"], []),
    ("frame-src 'self'; frame-src *", [], [f"frame-src 'self' {F}"], []),
    # Several policies: each must allow it.
    ("frame-src 'self', frame-src *", [], [f"frame-src 'self' {F}"], []),
    ("frame-src 'self', frame-src 'none'", [], [f"frame-src 'self' {F}", f"frame-src {F}"], []),
    # By nonce or hash, where addresses count too.
    ("script-src 'nonce-a1' 'self'", [], [f"script-src 'nonce-a1' 'self' {F}"], [f"script-src 'nonce-a1' 'self' {F}"]),
    ("script-src 'sha256-abc='", [], [f"script-src 'sha256-abc=' {F}"], [f"script-src 'sha256-abc=' {F}"]),
    # With 'strict-dynamic' they do not.
    ("script-src 'strict-dynamic' 'nonce-a1' https: 'unsafe-inline'", [], [], []),
    (
        "script-src 'strict-dynamic' 'sha256-abc='", [],
        ["script-src 'strict-dynamic' 'sha256-abc=' 'sha384-frame'"], ["script-src 'strict-dynamic' 'sha256-abc=' 'sha384-element'"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "link", "iframe", "element"), TABLE)
def test_the_directives_to_write(policy: str, link: list[str], iframe: list[str], element: list[str]) -> None:
    pinned = {"element": ("v1.0.0.js", "sha384-element"), "iframe": ("frame-v1.0.0.js", "sha384-frame")}
    wanted = {"link": link, "iframe": iframe, "wordpress": iframe, "element": element}
    found = examine(policy, FINDER, pinned=pinned)
    assert {one.variant: [each.written for each in one.directives] for one in found.variants} == wanted
    # The same as a header, and where the policy is one and no comma is in it, in a page.
    found = examine(f"HTTP/1.1 200 OK\nContent-Security-Policy: {policy}\n", FINDER, pinned=pinned)
    assert {one.variant: [each.written for each in one.directives] for one in found.variants} == wanted
    if "," not in policy:
        meta = f'<!doctype html><head><meta http-equiv="Content-Security-Policy" content="{policy}"></head>'
        found = examine(meta, FINDER, pinned=pinned)
        assert {one.variant: [each.written for each in one.directives] for one in found.variants} == wanted


@pytest.mark.parametrize("policy", [row[0] for row in TABLE])
def test_advice_that_was_followed_is_enough(policy: str) -> None:
    """A policy in which all directives were written as told needs nothing more."""
    for variant in ("link", "iframe", "element"):
        parts = [[part.strip() for part in one.split(";")] for one in policy.split(",")]
        for one in report(examine(policy, FINDER), variant).directives:
            there = parts[one.policy - 1]
            kept = [part for part in there if part.lower().split()[:1] != [one.name]]
            parts[one.policy - 1] = [one.written, *kept]
        mended = report(examine(", ".join("; ".join(one) for one in parts), FINDER), variant)
        strict = "strict-dynamic" in policy
        assert strict or (mended.directives == () and mended.works)


def test_what_only_scripts_of_less_need_is_no_must() -> None:
    found = report(examine("script-src 'self'", FINDER), "iframe")
    assert [(one.required, one.why[:14]) for one in found.directives] == [(False, "for the script")]
    assert found.works
    found = report(examine("script-src 'self'", FINDER), "element")
    assert not found.works
    assert found.directives[0].replaces == "script-src 'self'"
    assert report(examine("default-src 'self'", FINDER), "element").directives[0].replaces == ""


@pytest.mark.parametrize(
    ("policy", "code", "written_part"),
    [
        ("script-src 'strict-dynamic' 'nonce-a1'", "script_needs_nonce", ' nonce="'),
        ("default-src 'nonce-a1' 'strict-dynamic'; connect-src *", "script_needs_nonce", ' nonce="'),
        ("script-src 'strict-dynamic' 'sha256-abc='", "script_needs_hash", ' integrity="sha384-...'),
    ],
)
def test_a_policy_by_nonces_or_hashes_needs_a_mark_on_the_tag(policy: str, code: str, written_part: str) -> None:
    element = report(examine(policy, FINDER), "element")
    (finding,) = (one for one in element.findings if one.code == code)
    assert finding.weight is Weight.MUST
    assert finding.write.startswith(f'<script src="{FINDER}/embed/v1.js"{written_part}')
    assert not element.works
    iframe = report(examine(policy, FINDER), "iframe")
    told = codes(report(examine(policy, FINDER), "wordpress").findings)
    assert ("wordpress_nonce" in told) == ("nonce" in policy)
    assert code.replace("script", "height") in codes(iframe.findings)
    # A page whose tag carries one already is in order.
    page = f'<meta http-equiv=content-security-policy content="{policy}"><specialist-finder site="abcd"></specialist-finder>'
    mark = 'nonce="a1"' if "nonce" in policy else 'integrity="sha256-abc="'
    tag = f'<script src="{FINDER}/embed/v1.js" {mark} async></script>'
    assert codes(report(examine(page + tag, FINDER), "element").findings) == {"embed_seen"}


@pytest.mark.parametrize(
    ("pasted", "wanted"),
    [
        # One after the other, as a policy of each.
        ("content-security-policy: form-action 'self'\nContent-Security-Policy: form-action 'none'", ["'self' {}", "{}"]),
        # Folded, in capitals, with a line's end of Windows.
        ("HTTP/2 200\r\nCONTENT-SECURITY-POLICY: default-src *;\r\n  form-action 'self';\r\n\tframe-src *\r\nserver: x\r\n", ["'self' {}"]),
        # As curl -v prints it.
        ("* Connected\n> GET / HTTP/1.1\n> Accept: */*\n< HTTP/1.1 200 OK\n< content-security-policy: form-action 'self'\n< \n{ [5 bytes data]", ["'self' {}"]),
        # The answers before the last are redirects.
        ("HTTP/1.1 301\ncontent-security-policy: form-action 'none'\n\nHTTP/1.1 200\ncontent-security-policy: form-action 'self'", ["'self' {}"]),
        # As browsers' tools copy it.
        ("content-security-policy:\nform-action 'self'\nx-frame-options:\nDENY", ["'self' {}"]),
        ("content-security-policy\tform-action 'self'", ["'self' {}"]),
        (":status: 200\n    content-type: text/html\n    content-security-policy: form-action 'self'", ["'self' {}"]),
        # As servers are told to send it.
        ("add_header Content-Security-Policy \"form-action 'self'\" always;", ["'self' {}"]),
        ("Header always set Content-Security-Policy \"form-action 'self';\"", ["'self' {}"]),
        ("<add name=\"Content-Security-Policy\" value=\"form-action 'self'\" />", ["'self' {}"]),
        # A policy alone, over several lines and in quotes.
        ("\"default-src *;\n form-action 'self';\"", ["'self' {}"]),
        # Headers with their page: both must allow it.
        ("HTTP/1.1 200 OK\ncontent-security-policy: form-action 'self'\n\n<!doctype html><meta http-equiv='Content-Security-Policy' content='form-action *'>", ["'self' {}"]),
        ("<META CONTENT=\"form-action &#39;self&#39;\" HTTP-EQUIV=\"Content-Security-Policy\">", ["'self' {}"]),
        # What browsers do not heed.
        ("<!-- <meta http-equiv=Content-Security-Policy content=\"form-action 'none'\"> -->", []),
        ("<body><meta http-equiv=Content-Security-Policy content=\"form-action 'none'\">", []),
        ("<script>'<meta http-equiv=Content-Security-Policy content=\"form-action none\">'</script>", []),
        ("x-content-security-policy: form-action 'none'", []),
        ("", []),
        ("what is this", []),
    ],
)  # fmt: skip
def test_what_is_pasted_is_understood(pasted: str, wanted: list[str]) -> None:
    found = examine(pasted, FINDER)
    assert written(found, "link") == [f"form-action {one.format(FINDER)}" for one in wanted]


def test_a_policy_that_reports_is_told_as_such() -> None:
    found = examine("content-security-policy-report-only: default-src 'none'; form-action 'none'", FINDER)
    assert found.works
    assert "report_only" in codes(found.notes)
    assert [one.enforced for one in found.policies] == [False]
    assert written(found, "link") == [f"form-action {FINDER}"]
    assert not report(found, "link").directives[0].required


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("", "nothing_read"),
        ("https://www.example.org/hip", "nothing_read"),
        ("HTTP/1.1 302\nlocation: /x", "answer_redirects"),
        ("HTTP/1.1 404\ncontent-security-policy: img-src *", "answer_failed"),
        ("HTTP/1.1 301\n\nHTTP/1.1 200\nserver: x", "redirects_skipped"),
        ("server: nginx", "no_policy"),
        ("img-src *, font-src *", "several_policies"),
        ("X-WebKit-CSP: default-src 'self'", "legacy_header"),
        ("img-src *; img-src 'self'", "directive_again"),
        ("img-src *; script-scr 'self'", "directive_misspelt"),
        ("img-src *; zzz yyy", "directive_unknown"),
        ("default-src 'self', https://cdn.example.com", "comma_before"),
        ("<meta http-equiv=content-security-policy content=\"img-src 'self', https://a.example\">", "comma_in_meta"),
        ("img-src self", "source_unquoted"),
        ("img-src \u2018self\u2019", "quotes_wrong"),
        ("img-src 'self' script-src *", "semicolon_lacks"),
        ("img-src 'none' https:", "none_with_others"),
        ("cross-origin-embedder-policy: require-corp", "coep_fine"),
        ("x-frame-options: DENY", "frame_options_fine"),
        ("<meta http-equiv=content-security-policy-report-only content=x>", "report_only_meta"),
        ("<p><meta http-equiv=content-security-policy content='img-src *'>", "meta_outside_head"),
        ("<p>" + "x" * 1_000_001, "text_cut"),
        ("<p>hello", "headers_unseen"),
        ("server: x", "page_unseen"),
    ],
)
def test_what_is_noticed_beside(pasted: str, code: str) -> None:
    (found,) = (one for one in examine(pasted, FINDER).notes if one.code == code)
    assert found.means.endswith(".")
    assert "{" not in found.means + found.write


def test_self_is_the_finder_where_both_share_an_origin() -> None:
    policy = "default-src 'self'; form-action 'self'"
    assert not examine(policy, FINDER).works
    assert examine(policy, FINDER, page=f"{FINDER}/hip").works
    assert not examine(policy, FINDER, page="https://example.org").works
    assert examine(f'<link rel="canonical" href="{FINDER}/hip"><meta http-equiv=Content-Security-Policy content="{policy}">', FINDER).works  # fmt: skip


def test_a_finder_on_another_port_and_on_http() -> None:
    assert written(examine("frame-src https://finder.example.org", "https://finder.example.org:8443"), "iframe") == [
        "frame-src https://finder.example.org https://finder.example.org:8443"
    ]
    plain = "http://finder.example.org"
    assert "finder_not_https" in codes(report(examine("img-src *", plain), "iframe").findings)
    assert "finder_upgraded" in codes(report(examine("upgrade-insecure-requests", plain), "element").findings)
    assert "link_not_https" in codes(report(examine("img-src *", plain), "link").findings)
    assert examine("img-src *", plain, page="http://www.example.org").works
    assert examine("img-src *", "http://127.0.0.1:8000").works


@pytest.mark.parametrize(
    ("sandbox", "link", "iframe", "element"),
    [
        ("sandbox", "allow-forms", "allow-forms allow-scripts allow-same-origin allow-popups", "allow-forms allow-scripts allow-same-origin"),
        ("sandbox allow-scripts allow-same-origin", "allow-scripts allow-same-origin allow-forms", "allow-scripts allow-same-origin allow-forms allow-popups", "allow-scripts allow-same-origin allow-forms"),
        ("sandbox allow-scripts allow-same-origin allow-forms", "", "", ""),
    ],
)  # fmt: skip
def test_a_sandbox(sandbox: str, link: str, iframe: str, element: str) -> None:
    found = examine(sandbox, FINDER)
    for variant, wanted in (("link", link), ("iframe", iframe), ("element", element)):
        one = report(found, variant)
        told = [each.write.partition(" (")[0] for each in one.findings if each.code == f"sandbox_{variant}"]
        assert told == ([f"sandbox {wanted}"] if wanted else [])
        assert one.works == (not wanted)
    # In a meta element it has no effect.
    assert examine(f'<meta http-equiv=Content-Security-Policy content="{sandbox}">', FINDER).works


@pytest.mark.parametrize(
    ("header", "iframe", "element"),
    [
        ("permissions-policy: camera=()", "", ""),
        ("permissions-policy: geolocation=*", "", ""),
        ("permissions-policy: geolocation=()", '(self "https://finder.example.org")', "(self)"),
        ("permissions-policy: camera=(), geolocation=(self)", '(self "https://finder.example.org")', ""),
        ("permissions-policy: geolocation=self, camera=()", '(self "https://finder.example.org")', ""),
        ('permissions-policy: geolocation=(self "https://finder.example.org")', "", ""),
        ('permissions-policy: geolocation=(self "https://maps.example.com")', '(self "https://maps.example.com" "https://finder.example.org")', ""),
        ("feature-policy: camera 'none'; geolocation 'none'", "'self' https://finder.example.org", "'self'"),
        ("feature-policy: geolocation 'self' https://finder.example.org", "", ""),
    ],
)  # fmt: skip
def test_the_place_of_the_visitor(header: str, iframe: str, element: str) -> None:
    found = examine(header, FINDER)
    for variant, code, wanted in (("iframe", "frame", iframe), ("element", "element", element)):
        told = [one.write for one in report(found, variant).findings if one.code == f"geolocation_{code}"]
        assert [one.partition("geolocation")[2].lstrip("= ") for one in told] == ([wanted] if wanted else [])
    assert found.works


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("img-src *", False),
        ("style-src 'self'", True),
        ("style-src 'self' 'unsafe-inline'", False),
        ("style-src 'unsafe-inline' 'nonce-a1'", True),
        ("style-src 'none'; style-src-attr 'unsafe-inline'", False),
        ("default-src *", True),
    ],
)
def test_the_style_of_the_frame(policy: str, told: bool) -> None:
    found = examine(policy, FINDER)
    assert ("frame_style" in codes(report(found, "iframe").findings)) == told
    assert found.works


def test_trusted_types_are_no_hindrance() -> None:
    found = examine("require-trusted-types-for 'script'; trusted-types none", FINDER)
    assert found.works
    assert codes(report(found, "element").findings) == {"trusted_types_fine"}


@pytest.mark.parametrize("address", ["", "finder.example.org", "ftp://x", "https://", "https://a b", "https://x:99999"])
def test_a_finder_without_an_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        examine("img-src *", address)


def test_a_finder_beneath_a_path() -> None:
    base = f"{FINDER}/hip"
    found = examine("frame-src https://finder.example.org/hip/; script-src 'self'", base + "/")
    assert found.finder == base
    assert written(found, "iframe") == [f"script-src 'self' {FINDER}"]
    assert written(examine(f"frame-src {FINDER}/embed/", base), "iframe") == [f"frame-src {FINDER}/embed/ {FINDER}"]
    strict = examine("script-src 'strict-dynamic' 'nonce-a1'", base)
    assert any(f'src="{base}/embed/v1.js"' in one.write for one in report(strict, "element").findings)
    with pytest.raises(ValueError, match="<"):
        examine("", f"{FINDER}/<script>")
