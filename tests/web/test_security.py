"""Every answer under its audience's row of the one table: content policy, framing, caching, no cookies."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from flask_openapi.openapi import OpenAPI
from sqlalchemy import Engine

from finder.web import static_files
from finder.web.security import AUDIENCES
from tests.web.conftest import MakeApp

PAGES_MAY = {
    "default-src": "'none'", "script-src": "'self'", "connect-src": "'self'", "require-trusted-types-for": "'script'",
    "trusted-types": "finder", "style-src": "'self'", "font-src": "'self'", "img-src": "'self'", "form-action": "'self'",
    "base-uri": "'none'", "frame-ancestors": "'none'",
}  # fmt: skip
NOTHING = {
    "default-src": "'none'", "form-action": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'", "sandbox": "",
}  # fmt: skip
PICTURE = NOTHING | {"style-src": "'unsafe-inline'"}
# What each answer carries beside what it is about, and which header of CORS goes to whom may be read from elsewhere.
ALWAYS = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
}  # fmt: skip
ELSEWHERE = {
    "Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, RateLimit, RateLimit-Policy, Retry-After",
}  # fmt: skip
OF_THE_ANSWER = {"Content-Type", "Content-Length", "Content-Disposition", "Date", "ETag", "Link", "Vary"}
YEAR_OF_TLS = "max-age=31536000"
MINUTES, HOUR, DAY, NEVER = "public, max-age=300", "public, max-age=3600", "public, max-age=86400", "no-store"
WEB_TEAM = {**PAGES_MAY, "frame-src": "'self'"}
OWN_MINUTES = "private, max-age=300"
YEAR = "public, max-age=31536000, immutable"
VERSION = static_files.files().version
ROWS = [
    ("/healthz", 200, NOTHING, NEVER, False),
    ("/readyz", 200, NOTHING, NEVER, False),
    ("HEAD /metrics", 200, NOTHING, NEVER, False),
    ("/static/style.css", 200, NOTHING, DAY, True),
    ("/static/0123456789ab/style.css", 200, NOTHING, DAY, True),
    (f"/static/{VERSION}/style.css", 200, NOTHING, YEAR, True),
    ("/static/nothing.css", 404, NOTHING, NEVER, True),
    ("/api/v1/specialists?zip=23220", 200, NOTHING, "private, no-cache", True),
    ("/api/v1/locations?zip=23220", 200, NOTHING, "private, no-cache", True),
    ("/api/v1/specialists?zip=1", 400, NOTHING, NEVER, True),
    ("/api/v1/listings/npi:2025200009", 200, NOTHING, OWN_MINUTES, True),
    ("/api/v1/listings/npi:1", 404, NOTHING, NEVER, True),
    ("/api/v1/specialists.geojson?zip=23220", 200, NOTHING, "private, no-cache", True),
    ("/api/v1/locations.geojson?zip=23220", 200, NOTHING, "private, no-cache", True),
    ("/api/v1/specialists/npi:2025200009", 200, NOTHING, OWN_MINUTES, True),
    ("/api/v1/specialists/npi:2025200009.geojson", 200, NOTHING, OWN_MINUTES, True),
    ("/api/v1/locations/place:demo:lark-hip", 200, NOTHING, OWN_MINUTES, True),
    ("/api/v1/locations/place:demo:lark-hip.geojson", 200, NOTHING, OWN_MINUTES, True),
    ("/api/v1/conditions", 200, NOTHING, OWN_MINUTES, True),
    ("/api/v1/conditions/labral-tear", 200, NOTHING, OWN_MINUTES, True),
    ("/api/v1/conditions/nothing", 404, NOTHING, NEVER, True),
    ("/api/v1/procedures", 200, NOTHING, OWN_MINUTES, True),
    ("/api/v1/procedures/pelvic-osteotomy", 200, NOTHING, OWN_MINUTES, True),
    ("/api/v1/zips/23220", 200, NOTHING, "private, no-cache", True),
    ("/api/v1/organizations", 200, NOTHING, OWN_MINUTES, True),
    ("/api/v1/editions", 200, NOTHING, "private, no-cache", True),
    ("/api/v1/suggest?q=torn+labrum", 200, NOTHING, "private, no-cache", True),
    ("/api/v1/suggest", 400, NOTHING, NEVER, True),
    ("POST /api/v1/suggest", 400, NOTHING, NEVER, True),
    ("/api/v1/openapi.json", 200, NOTHING, OWN_MINUTES, True),
    ("/api/v1/nothing", 404, NOTHING, NEVER, True),
    ("DELETE /api/v1/conditions", 405, NOTHING, NEVER, True),
    ("/", 200, PAGES_MAY, MINUTES, False),
    ("/specialists?zip=23220&condition=labral-tear", 200, PAGES_MAY, NEVER, False),
    ("/places?zip=23220", 200, PAGES_MAY, NEVER, False),
    ("/specialists?zip=1", 400, PAGES_MAY, NEVER, False),
    ("/specialist/npi:2025200009", 200, PAGES_MAY, MINUTES, False),
    ("/place/place:demo:lark-hip", 200, PAGES_MAY, MINUTES, False),
    ("/specialist/npi:2025200009?zip=23220", 200, PAGES_MAY, NEVER, False),
    ("/wrong/npi:2025200009", 200, PAGES_MAY, MINUTES, False),
    ("/wrong/npi:2025200009/thanks", 200, PAGES_MAY, MINUTES, False),
    ("/specialists/print?zip=23220&condition=labral-tear", 200, PAGES_MAY, NEVER, False),
    ("/places/print?zip=23220", 200, PAGES_MAY, NEVER, False),
    ("/place/place:demo:nowhere", 404, PAGES_MAY, NEVER, False),
    ("/problems", 200, PAGES_MAY, MINUTES, False),
    ("/problem/labral-tear", 200, PAGES_MAY, MINUTES, False),
    ("/problem/nothing", 404, PAGES_MAY, NEVER, False),
    ("/how-we-order", 200, PAGES_MAY, MINUTES, False),
    ("/about-the-data", 200, PAGES_MAY, MINUTES, False),
    ("/privacy", 200, PAGES_MAY, MINUTES, False),
    ("/accessibility", 200, PAGES_MAY, MINUTES, False),
    ("/robots.txt", 200, PICTURE, MINUTES, False),
    ("/sitemap.xml", 404, PICTURE, NEVER, False),
    ("/theme.css", 404, PICTURE, NEVER, False),
    ("/logo", 404, PICTURE, NEVER, False),
    ("/embed/v1.js", 200, WEB_TEAM, HOUR, True),
    ("/embed/v1.0.0.js", 200, WEB_TEAM, YEAR, True),
    ("/embed/snippets/nobody", 404, WEB_TEAM, NEVER, True),
    ("/embed/page/nobody", 404, WEB_TEAM, NEVER, True),
    ("/embed/doctor", 200, WEB_TEAM, NEVER, True),
    ("/embed/wordpress.zip", 200, WEB_TEAM, NEVER, True),
    ("/docs/", 200, PAGES_MAY, MINUTES, False),
    ("/docs/api", 200, PAGES_MAY, MINUTES, False),
    ("/docs/codes", 200, PAGES_MAY, MINUTES, False),
    ("/docs/deploy/nginx.conf", 200, PAGES_MAY, MINUTES, False),
    ("/confirm/no-such-token", 404, PAGES_MAY, NEVER, False),
    ("/nothing", 404, PAGES_MAY, NEVER, False),
]


def asked_by(row: str) -> tuple[str, str]:
    """Return the method and the path of a row."""
    method, _, path = row.rpartition(" ")
    return method or "GET", path


@pytest.mark.parametrize(("path", "status", "policy", "cache", "cross_origin"), ROWS)
def test_each_audience_gets_its_row(
    client: FlaskClient, path: str, status: int, policy: dict[str, str], cache: str, cross_origin: bool
) -> None:
    method, path = asked_by(path)
    reply = client.open(path, method=method, headers={"Origin": "https://hospital.example", "Cookie": "session=x"})
    reply.close()
    assert reply.status_code == status
    headers = dict(reply.headers)
    assert len(headers) == len(reply.headers)
    told = dict(f"{part.strip()} ".split(" ", 1) for part in headers.pop("Content-Security-Policy").split(";"))
    assert {name: value.strip() for name, value in told.items()} == policy
    patients = policy is PAGES_MAY and not path.startswith(("/docs", "/nothing", "/confirm/"))
    may = f"camera=(), microphone=(), geolocation={'(self)' if patients else '()'}, browsing-topics=()"
    fixed = {"Cache-Control": cache, "Permissions-Policy": may, **ALWAYS, **(ELSEWHERE if cross_origin else {})}
    allowed = OF_THE_ANSWER | ({"Allow"} if status == 405 else set())
    assert {name: value for name, value in headers.items() if name not in allowed} == fixed
    assert headers["Content-Type"].count("charset") <= 1
    if method == "GET":
        # What `curl -I` shows is the same.
        with client.head(path, headers={"Origin": "https://hospital.example", "Cookie": "session=x"}) as head:
            assert {**head.headers, "Date": ""} == {**reply.headers, "Date": ""}
            assert head.data == b""
    if reply.mimetype in ("text/html", "application/json", "application/problem+json"):
        assert "Accept-Language" in headers["Vary"]


@pytest.mark.parametrize("path", ["/", "/api/v1/conditions", "/static/style.css", "/healthz", "/nothing"])
def test_over_tls_browsers_are_told_to_stay_there(client: FlaskClient, path: str) -> None:
    with client.get(path, base_url="https://localhost") as reply:
        assert reply.headers["Strict-Transport-Security"] == YEAR_OF_TLS
    with client.get(path) as reply:
        assert "Strict-Transport-Security" not in reply.headers


def test_each_audience_whose_row_says_so_is_limited_and_no_other(demo_engine: Engine, make_app: MakeApp) -> None:
    client = make_app(demo_engine, FINDER_API_PER_MINUTE="1000").test_client()
    limited = set()
    for row in ROWS:
        method, path = asked_by(row[0])
        with client.open(path, method=method) as reply:
            if "RateLimit" in reply.headers:
                limited.add(reply.headers["RateLimit"].split('"')[1])
                assert (
                    reply.headers["RateLimit-Policy"] == f'"{reply.headers["RateLimit"].split(chr(34))[1]}";q=1000;w=60'
                )
    assert limited == {name for name, row in AUDIENCES.items() if row.limited}


def test_the_table_and_the_app_name_the_same(demo_app: OpenAPI) -> None:
    endpoints = {rule.endpoint for rule in demo_app.url_map.iter_rules()}
    audiences = {endpoint.partition(".")[0] for endpoint in endpoints}
    assert audiences == set(AUDIENCES) - {""}
    assert set(demo_app.blueprints) == audiences - {"static"}
    for audience, row in AUDIENCES.items():
        assert "" in row.cache
        assert row.what
        for name in set(row.cache) - {""}:
            assert f"{audience}.{name}" in endpoints


def test_rows_of_this_test_are_those_of_the_table(demo_app: OpenAPI) -> None:
    """Each endpoint of the app has a row above, so that a new one is not left out; the desk has tests/web/admin."""
    asked = set()
    with demo_app.test_request_context():
        adapter = demo_app.url_map.bind("localhost")
        for path, status, *_ in ROWS:
            if status != 405 and not path.endswith("/nothing"):
                method, path = asked_by(path)
                asked.add(adapter.match(path.partition("?")[0], method)[0])
    endpoints = {rule.endpoint for rule in demo_app.url_map.iter_rules()}
    assert asked == {name for name in endpoints if not name.startswith("admin.")}


def test_even_a_cookie_set_by_mistake_does_not_leave(demo_app: OpenAPI, client: FlaskClient) -> None:
    home = demo_app.view_functions["patients.home"]

    def with_cookie() -> object:
        reply = demo_app.make_response(home())
        reply.set_cookie("session", "x")
        return reply

    demo_app.view_functions["patients.home"] = with_cookie
    try:
        assert "Set-Cookie" not in client.get("/").headers
    finally:
        demo_app.view_functions["patients.home"] = home
