"""The doctor is given whatever somebody pasted: it never raises, and its time grows with the length alone."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.desk.doctor import examine
from finder.desk.doctor.pasted import MOST_SIGNS
from finder.desk.doctor.policies import KNOWN
from tests.desk.test_doctor_policies import FINDER

_PIECES = st.sampled_from(
    (
        *sorted(KNOWN), "'self'", "'none'", "'nonce-x'", "'sha256-x'", "'strict-dynamic'", "https:", "*", "*.", "[::1]:",
        "Content-Security-Policy:", "content-security-policy-report-only: ", "Permissions-Policy: geolocation=(", "HTTP/1.1 200",
        "\n", "\r\n ", ";", ",", " ", "\t", "<", ">", "</", "<!--", "-->", "<script>", "</script>", "<script src=", '"', "'", "=",
        "<meta http-equiv=content-security-policy content=", "<iframe src=https://x/embed/frame/abcd/", "<specialist-finder site=",
        "&#", "&#x110000;", "frame-src \x1b[2J", "&lt;specialist-finder", "9" * 5000, "\x00", "\ud800", "İ", "\u2028", "{", "}", "{0}", "%s", "//hotjar.com/",
        "/embed/v1.js", "sandbox", "< ", "> ", "add_header X \"", "feature-policy: geolocation", "https://[", "::", "\\/\\/",
    )
)  # fmt: skip


@given(st.lists(_PIECES | st.text(max_size=8), max_size=60).map("".join))
@settings(max_examples=250, deadline=None)
def test_nothing_that_is_pasted_is_an_error(text: str) -> None:
    found = examine(text, FINDER)
    json.dumps(found.as_json())
    for one in (*found.notes, *(each for variant in found.variants for each in variant.findings)):
        assert one.means
        assert len(one.read) <= 240
        assert one.read.isprintable()
    for variant in found.variants:
        assert all("\x1b" not in one.written + one.replaces for one in variant.directives)


_LONG = 1_000_000
_GROWING = {
    "spaces": "content-security-policy: " + " " * _LONG + "x",
    "spaces in a tag": "<a" + " " * _LONG + "=",
    "slashes in a tag": "<a " + "/" * _LONG,
    "tags that never end": "<a " * (_LONG // 3),
    "quotes that never end": "<a b=\"'" * (_LONG // 8),
    "attributes": "<a " + "b=c " * (_LONG // 4),
    "equals": "<a " + "=" * _LONG,
    "comments": "<!--" * (_LONG // 4),
    "closed comments": "<!---->" * (_LONG // 7),
    "scripts": "<script>" * (_LONG // 8),
    "closed scripts": "<script></script>" * (_LONG // 17),
    "signs": "<" * _LONG,
    "escaped frames": "&lt;iframe" * (_LONG // 10),
    "escaped finders": "&lt;" + " " * _LONG,
    "slashes in a script": "<script>" + "/" * _LONG,
    "addresses in a script": "<script>" + "//a.b.c.d.e.f.g.h/x " * (_LONG // 20),
    "one long address": "<img src=//" + "a." * (_LONG // 2),
    "many frames": "<iframe src=/embed/frame/abcd/></iframe>" * (_LONG // 40),
    "many finders": "<specialist-finder site=abcd>" * (_LONG // 29),
    "lines": "\n" * _LONG + "x",
    "headers": "a: b\n" * (_LONG // 5),
    "policies": "content-security-policy: default-src 'self'\n" * (_LONG // 44),
    "folded": "content-security-policy: a\n" + " b\n" * (_LONG // 3),
    "directives": "img-src *;" + "".join(f"a{number} b;" for number in range(_LONG // 9)),
    "misspelt directives": "img-src *;" + "".join(f"script-scr{number};" for number in range(_LONG // 17)),
    "sources": "img-src " + "https://a.example/ " * (_LONG // 19),
    "one long source": "img-src " + "a-" * (_LONG // 2),
    "commas": "img-src *" + "," * _LONG,
    "many policies": "img-src *" + ",frame-src 'none'" * (_LONG // 17),
    "quotes": 'content-security-policy: "' + " " * _LONG + "x",
    "configured": "add_header " + " " * _LONG,
    "locations": "permissions-policy: " + "geolocation=(" * (_LONG // 13),
    "commas of locations": "permissions-policy: " + ", " * (_LONG // 2),
    "old locations": "feature-policy: " + "geolocation " * (_LONG // 12),
    "digits": "<a b='&#" + "9" * _LONG,
    "status": "HTTP/1.1 200\n" * (_LONG // 13),
    "nothing": "\x00" * _LONG,
}


@pytest.mark.parametrize("name", _GROWING)
def test_time_grows_with_the_length_alone(name: str) -> None:
    """Ten times the length takes some ten times as long; with the square of it, it would take a hundred times."""
    whole = _GROWING[name]
    assert len(whole) >= MOST_SIGNS // 2
    tenth = _seconds(whole[: len(whole) // 10])
    assert _seconds(whole) < 40 * max(tenth, 0.02)


def _seconds(text: str) -> float:
    began = time.process_time()
    examine(text, FINDER)
    return time.process_time() - began
