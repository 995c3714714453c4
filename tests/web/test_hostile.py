"""Hostile input on every route of the app: a refusal that says what is wrong, or the usual answer; never a failure.

The routes are those that the app has, so that a new one is tried by itself.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from flask_openapi.openapi import OpenAPI
from werkzeug.test import TestResponse

from finder.search.query import PARAMETERS
from tests.conftest import Databases
from tests.web.server import Server, serving

SCRIPT = "<script>alert('zqx')</script>\"'><img src=x onerror=alert(1)>"
# What may be written in an address, percent-coded already.
VALUES = {
    "NUL": "%00",
    "a NUL inside": "labral%00tear",
    "5,000 characters": "x" * 5000,
    "5,000 digits": "9" * 5000,
    "not a number": "NaN",
    "more than any number": "1e309",
    "less than any number": "-1e309",
    "LIKE's percent": "%25",
    "LIKE's underscore": "_____",
    "quotes": quote("'; DROP TABLE edition; --"),
    "a script": quote(SCRIPT),
    "a template": quote("{{7*7}}{% include '/etc/passwd' %}"),
    "a header": "23220%0d%0aSet-Cookie:%20zqx=1%0d%0a%0d%0a<script>",
    "invalid UTF-8": "%ff%fe%c3%28",
    "an overlong slash": "%c0%af..%c0%af..%c0%afetc%c0%afpasswd",
    "half a surrogate": "%ed%a0%80",
    "a way up": "..%2f..%2f..%2fetc%2fpasswd",
    "right to left": quote("\u202e23220\u2066"),
    "digits of others": quote("٢٣٢٢٠"),
    "a mathematical digit": quote("𝟐𝟑𝟐𝟐𝟎²"),
    "emoji": quote("🦴" * 300),
    "combining marks": quote("a" + "\u0301" * 400),
    "half a percent code": "%",
    "a plus and spaces": "+%20%09%0b%0c",
    "nothing": "",
}
QUERIES = {
    "3,000 parameters": "&".join(f"p{n}=1" for n in range(3000)),
    "3,000 times one": "&".join("zip=23220" for _ in range(3000)),
    "names without values": "&&&zip&=&==&zip==;&",
    "a long name": "z" * 5000 + "=1",
    "NUL as a name": "%00=1",
    "what templates take": "self=1&request=2&config=3&_external=1&_scheme=javascript&_anchor=x&endpoint=y",
    "a pollution": "__proto__[x]=1&constructor.prototype.x=1&zip[]=1&zip[$gt]=",
}
HEADERS: dict[str, list[tuple[str, str]]] = {
    "a long header": [("X-Anything", "x" * 60_000)],
    "two hosts": [("Host", "localhost"), ("Host", "evil.example")],
    "a long host": [("Host", "x" * 5000)],
    "a script as host": [("Host", SCRIPT)],
    "a host with a port that is none": [("Host", "localhost:99999999")],
    "a host of another alphabet": [("Host", "xn--\x80\xff.example")],
    "languages without end": [("Accept-Language", ",".join(f"l{n};q=0.{n}" for n in range(3000)))],
    "a script as language": [("Accept-Language", SCRIPT)],
    "weights that are none": [("Accept-Language", "es;q=NaN,en;q=1e309"), ("Accept-Encoding", "br;q=NaN,gzip;q=-1")],
    "codings that are none": [("Accept-Encoding", "\xff\xfe, *;q=0, identity;q=0")],
    "an ETag without end": [("If-None-Match", '"' + "x" * 30_000)],
    "times that are none": [("If-Modified-Since", "Thu, 99 Foo 99999999 99:99:99 GMT")],
    "ranges": [("Range", "bytes=" + ",".join(f"{n}-{n}" for n in range(2000)))],
    "a backwards range": [("Range", "bytes=9-1"), ("If-Range", "\xff")],
    "cookies": [("Cookie", "session=" + "x" * 8000)],
    "an origin that is none": [("Origin", "http://[::1"), ("Sec-Fetch-Site", "\xff")],
    "proxies": [("X-Forwarded-For", SCRIPT), ("X-Forwarded-Host", SCRIPT), ("X-Forwarded-Proto", "javascript")],
    "a way around": [("X-Original-URL", "/admin"), ("X-Rewrite-URL", "/admin"), ("X-HTTP-Method-Override", "DELETE")],
    "a length that is none": [("Content-Length", "-1")],
    "a type that is none": [("Content-Type", "multipart/form-data; boundary=" + "x" * 3000)],
}
PATHS = (
    "//", "///specialists", "/./", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/%00", "/specialists%00",
    "/specialists/", "/specialists;/", "/..;/specialists", "/specialists/..;/api", "/specialists%2f", "/%2fspecialists",
    "//evil.example/%2f..", "/\\evil.example", "/%5cevil.example", "/%0d%0aSet-Cookie:zqx=1", "/%ff%fe", "/%c0%ae%c0%ae/",
    "/static/%00", "/static/../wsgi.py", "/static/..%2f..%2fwsgi.py", "/static//etc/passwd", "/static/%2e%2e/security.py",
    "/docs/%00", "/docs/..%2fconfig", "/docs/codes%00.md", "/docs/../../README", "/api/v1/listings/%00",
    "/api/v1/listings/npi:%00", "/api/v1/listings/" + "x" * 5000, "/api//v1/conditions", "/api/v1/../v1/conditions",
    "/api/v1/listings/%252e%252e", "/" + "x" * 5000, "/" + "a/" * 2000, "/API/V1/conditions", "/<script>alert('zqx')</script>",
    "/api/v1/<script>alert('zqx')</script>", "/specialist/npi:%25", "/specialist/npi:_________", "/place/place:%25:%25",
    "/problem/%00", "/problem/..%2f", "/wrong/%ff", "/" + quote("🦴"), "/?" + "?" * 3000, "/.git/config", "/.env",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
ODD_METHODS = ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "BREW", "X" * 300, "<SCRIPT>")
BODIES: dict[str, tuple[bytes, str]] = {
    "a form of bytes": (b"q=\xff\xfe%00&zip=%ff&change=%00", "application/x-www-form-urlencoded"),
    "a form of 3,000": (QUERIES["3,000 parameters"].encode(), "application/x-www-form-urlencoded"),
    "a form of 60 kB": (b"q=" + b"x" * 60_000, "application/x-www-form-urlencoded"),
    "a form of 200 kB": (b"q=" + b"x" * 200_000, "application/x-www-form-urlencoded"),
    "changes without end": (b"zip=23220&change=" + b"a%3Db%26" * 400, "application/x-www-form-urlencoded"),
    "parts without an end": (b'--x\r\nContent-Disposition: form-data; name="q"\r\n\r\nhip', "multipart/form-data; boundary=x"),
    "a part of nothing": (b"--x\r\n\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    "a file": (b'--x\r\nContent-Disposition: form-data; name="q"; filename="../x"\r\n\r\nhip\r\n--x--\r\n', "multipart/form-data; boundary=x"),
    "JSON": (b'{"q": NaN, "zip": [[[[[1e309]]]]]}', "application/json"),
    "JSON without an end": (b"[" * 60_000, "application/json"),
    "XML": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "/etc/passwd">]><a>&x;</a>', "text/xml"),
}  # fmt: skip
# What an answer may not hold of what was sent, or of how it is made.
LEAKS = (
    "<script>alert(",
    "<img src=x",
    "Traceback (most",
    'File "/',
    "sqlalchemy",
    "werkzeug",
    "root:x:0",
    "{{7*7}}</",
)


# What no database is asked is tried over one of them.
ON_ONE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True, scope="session")


def seen(reply: TestResponse, told: str) -> None:
    """See that an answer is no failure, and holds nothing that it must not."""
    with reply:
        text = b"" if reply.mimetype.startswith("font/") else reply.data
        assert reply.status_code < 500, told
        assert "Content-Security-Policy" in reply.headers, told
        assert "zqx" not in str([one for one in reply.headers if one[0] not in ("Location", "Link")]), told
        # Where the list goes on is an address that keeps the question, with all that is no letter written as %.
        assert not re.search("[<>'\"]", re.sub('<([^>]*)>; rel="[a-z]+"', r"\1", reply.headers.get("Link", ""))), told
        if " /admin/" not in told:
            assert "Set-Cookie" not in reply.headers, told
        if reply.status_code < 400:
            location = reply.headers.get("Location", "")
            assert not location.startswith(("//", "\\", "javascript")), (told, location)
            assert "evil.example" not in location.partition("/%2f")[0].partition("?")[0].replace("//localhost", ""), (
                told
            )
        is_markup = reply.mimetype in ("text/html", "image/svg+xml", "application/xml")
        if is_markup or reply.mimetype == "text/plain":
            assert not [one for one in LEAKS if one.encode() in text], told
        if reply.status_code >= 400 and text:
            names_what_is_wrong(reply, told)


def names_what_is_wrong(reply: TestResponse, told: str) -> None:
    """See that a refusal is a page or problem details, with a sentence."""
    if reply.mimetype == "application/problem+json":
        problem = json.loads(reply.data)
        assert problem["status"] == reply.status_code, told
        assert problem["code"] not in ("outage", "directory_not_ready"), told
        assert len(problem["detail"]) > 10, told
    else:
        assert reply.mimetype == "text/html", (told, reply.mimetype, reply.data[:200])
        assert b"<h1" in reply.data or b"<h2" in reply.data, told


def routes(app: OpenAPI) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each address of the app, with {} or {number} for each part that is not fixed, and its arguments."""
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for argument in rule.arguments:
            # Of a part that is one of a few, the first stands for all.
            path = re.sub(rf"<any\(\W*([\w.-]+)[^)]*\):{argument}>", r"\1", path)
            path = re.sub(rf"<int:{argument}>", "{number}", path)
            path = re.sub(rf"<(\w+:)?{argument}>", "{}", path)
        assert "<" not in path, path
        yield path, frozenset(rule.arguments)


def usual(path: str) -> str:
    """Return an address with something that is there, or not, in place of each gap."""
    known = {"/specialist/{}": "npi:2025200009", "/place/{}": "place:demo:lark-hip", "/problem/{}": "labral-tear"}
    # What is no number reaches nothing that asks for one.
    return path.replace("{}", known.get(path, "npi:2025200009")).replace("{number}", "1")


def test_every_route_is_tried(demo_app: OpenAPI) -> None:
    found = [path for path, _ in routes(demo_app)]
    assert len(found) >= 30
    assert len([path for path in found if "{}" in path]) >= 6


@pytest.mark.parametrize("name", VALUES)
def test_no_value_breaks_a_route(demo_app: OpenAPI, client: FlaskClient, name: str) -> None:
    """In each gap of a path, and in the parameters, of every route."""
    value = VALUES[name]
    for path, arguments in routes(demo_app):
        for method in METHODS:
            seen(client.open(f"{usual(path)}?zip={value}&q={value}&lang={value}", method=method), f"{method} {path}")
            if arguments:
                seen(
                    client.open(path.replace("{}", value).replace("{number}", value), method=method), f"{method} {path}"
                )


@pytest.mark.parametrize("name", VALUES)
def test_no_value_breaks_a_parameter(client: FlaskClient, name: str) -> None:
    for path in ("/specialists", "/places", "/specialists/print", "/api/v1/specialists", "/api/v1/locations"):
        for one in PARAMETERS:
            start = "" if one.name == "zip" else "zip=23220&"
            seen(client.get(f"{path}?{start}{one.name}={VALUES[name]}"), f"{path} {one.name}")


@ON_ONE
@pytest.mark.parametrize("name", QUERIES)
def test_no_set_of_parameters_breaks_a_route(demo_app: OpenAPI, client: FlaskClient, name: str) -> None:
    for path, _ in routes(demo_app):
        for method in METHODS:
            seen(client.open(f"{usual(path)}?{QUERIES[name]}", method=method), f"{method} {path}")


@ON_ONE
@pytest.mark.parametrize("name", HEADERS)
def test_no_header_breaks_a_route(demo_app: OpenAPI, client: FlaskClient, name: str) -> None:
    for path, _ in routes(demo_app):
        for method in METHODS:
            seen(client.open(usual(path), method=method, headers=HEADERS[name]), f"{method} {path}")


@ON_ONE
@pytest.mark.parametrize("name", BODIES)
def test_no_body_breaks_a_route(demo_app: OpenAPI, client: FlaskClient, name: str) -> None:
    body, kind = BODIES[name]
    for path, _ in routes(demo_app):
        for method in ("GET", "POST"):
            seen(client.open(usual(path), method=method, data=body, content_type=kind), f"{method} {path}")


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_astray(client: FlaskClient, path: str) -> None:
    for method in METHODS:
        seen(client.open(path, method=method), f"{method} {path}")


@ON_ONE
@pytest.mark.parametrize("method", ODD_METHODS)
def test_no_odd_method_breaks_a_route(demo_app: OpenAPI, client: FlaskClient, method: str) -> None:
    for path, _ in routes(demo_app):
        reply = client.open(usual(path), method=method)
        assert reply.status_code in (400, 405), (method, path)
        seen(reply, f"{method} {path}")


# ---- on the wire, where no library has put a request in order

LINE = b"GET / HTTP/1.1"
WIRE: dict[str, bytes] = {
    "a NUL in the path": b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "bytes in the path": b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
    "coded bytes in the path": b"GET /specialist/%ff%00%c0%af HTTP/1.1\r\nHost: a\r\n\r\n",
    "a half percent code": b"GET /specialists?zip=%&q=%f HTTP/1.1\r\nHost: a\r\n\r\n",
    "a path of 60 kB": b"GET /" + b"x" * 60_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "two slashes": b"GET //evil.example/%2f.. HTTP/1.1\r\nHost: a\r\n\r\n",
    "ways up": b"GET /static/../../../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
    "coded ways up": b"GET /static/..%2f..%2f%2e%2e/etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
    "a semicolon": b"GET /docs/..;/..;/etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
    "a whole address": b"GET http://evil.example/specialists HTTP/1.1\r\nHost: a\r\n\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "no slash": b"GET specialists HTTP/1.1\r\nHost: a\r\n\r\n",
    "no host": LINE + b"\r\n\r\n",
    "two hosts": LINE + b"\r\nHost: a\r\nHost: b\r\n\r\n",
    "a host of bytes": LINE + b"\r\nHost: \xff\xfe<script>\r\n\r\n",
    "a long host": LINE + b"\r\nHost: " + b"x" * 5000 + b"\r\n\r\n",
    "an old version": b"GET / HTTP/1.0\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "a version that is none": b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
    "a method of our own": b"BREW /api/v1/conditions HTTP/1.1\r\nHost: a\r\n\r\n",
    "a method in small letters": b"get / HTTP/1.1\r\nHost: a\r\n\r\n",
    "a tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a header in the path": b"GET /specialists?zip=%0d%0aSet-Cookie:zqx HTTP/1.1\r\nHost: a\r\n\r\n",
    "a header of 60 kB": LINE + b"\r\nHost: a\r\nX: " + b"x" * 60_000 + b"\r\n\r\n",
    "a header of 600 kB": LINE + b"\r\nHost: a\r\nX: " + b"x" * 600_000 + b"\r\n\r\n",
    "1,000 headers": LINE + b"\r\nHost: a\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(1000)) + b"\r\n",
    "one header 90 times": LINE + b"\r\nHost: a\r\n" + b"Accept-Language: es\r\n" * 90 + b"\r\n",
    "a NUL in a header": LINE + b"\r\nHost: a\r\nAccept-Language: e\x00s\r\n\r\n",
    "a header without a name": LINE + b"\r\nHost: a\r\n: x\r\n\r\n",
    "a folded header": LINE + b"\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    "an underscore": LINE + b"\r\nHost: a\r\nContent_Length: 5\r\nX_Forwarded_For: 1.1.1.1\r\n\r\n",
    "two lengths": b"POST /api/v1/suggest HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nq=hip",
    "a length and chunks": b"POST /api/v1/suggest HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length that is none": b"POST /api/v1/suggest HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nq=hip",
    "a length without end": b"POST /api/v1/suggest HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "a chunk that is none": b"POST /api/v1/suggest HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhip\r\n",
    "a promise": b"POST /specialists HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n",
    "a type with bytes": b"POST /api/v1/suggest HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Type: \xff;charset=\xff\r\n\r\nq=x",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 500,
    "nothing but lines": b"\r\n" * 500,
}  # fmt: skip


@pytest.fixture(scope="module")
def server(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("hostile") / "home"
    with serving(home, FINDER_DATABASE_URL=databases.fresh(demo=True), FINDER_WORKERS="1") as running:
        yield running


@ON_ONE
@pytest.mark.parametrize("name", WIRE)
def test_nothing_on_the_wire_breaks_the_server(server: Server, name: str) -> None:
    """It is answered with a refusal or as usual, or the connection is closed; and the next one is answered."""
    host, _, port = server.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=3) as wire:
        answer = b""
        with suppress(OSError):
            wire.sendall(WIRE[name])
            wire.shutdown(socket.SHUT_WR)
            while len(answer) < 200_000 and (more := wire.recv(65_536)):
                answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/"):
        status = int(head.split(b" ")[1])
        assert status < 500, head
        assert b"zqx" not in head
        assert not [one for one in LEAKS if one.encode() in body]
        # What reached the app is dressed; what the server itself refuses has no body.
        assert b"content-security-policy" in head.lower() or not body.strip(b"0\r\n"), answer[:500]
    assert server.get("/healthz").status == 200
    assert "Traceback" not in server.output.read_text()
