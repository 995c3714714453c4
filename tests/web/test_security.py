"""Every answer under its audience's row of the one table: content policy, framing, caching, no cookies."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from flask_openapi.openapi import OpenAPI

from finder.web import static_files
from finder.web.security import AUDIENCES

PAGES_MAY = {
    "default-src": "'none'", "script-src": "'self'", "connect-src": "'self'", "require-trusted-types-for": "'script'",
    "trusted-types": "finder", "style-src": "'self'", "font-src": "'self'", "img-src": "'self'", "form-action": "'self'",
    "base-uri": "'none'", "frame-ancestors": "'none'",
}  # fmt: skip
PICTURE = {"default-src": "'none'", "style-src": "'unsafe-inline'", "base-uri": "'none'", "frame-ancestors": "'none'"}
NOTHING = {"default-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'"}
MINUTES, DAY, NEVER = "public, max-age=300", "public, max-age=86400", "no-store"
YEAR = "public, max-age=31536000, immutable"
VERSION = static_files.StaticFiles(static_files._FOLDER).version
ROWS = [
    ("/healthz", 200, NOTHING, NEVER, False),
    ("/readyz", 200, NOTHING, NEVER, False),
    ("/static/style.css", 200, NOTHING, DAY, True),
    ("/static/0123456789ab/style.css", 200, NOTHING, DAY, True),
    (f"/static/{VERSION}/style.css", 200, NOTHING, YEAR, True),
    ("/static/nothing.css", 404, NOTHING, NEVER, True),
    ("/api/v1/specialists?zip=23220", 200, NOTHING, "private, no-cache", True),
    ("/api/v1/locations?zip=23220", 200, NOTHING, "private, no-cache", True),
    ("/api/v1/specialists?zip=1", 400, NOTHING, NEVER, True),
    ("/api/v1/listings/npi:2025200009", 200, NOTHING, MINUTES, True),
    ("/api/v1/listings/npi:1", 404, NOTHING, NEVER, True),
    ("/api/v1/conditions", 200, NOTHING, MINUTES, True),
    ("/api/v1/suggest?q=torn+labrum", 200, NOTHING, "private, no-cache", True),
    ("/api/v1/suggest", 400, NOTHING, NEVER, True),
    ("POST /api/v1/suggest", 400, NOTHING, NEVER, True),
    ("/api/v1/openapi.json", 200, NOTHING, MINUTES, True),
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
    ("/docs/", 200, PAGES_MAY, MINUTES, False),
    ("/docs/codes", 200, PAGES_MAY, MINUTES, False),
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
    headers = reply.headers
    told = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert told == policy
    assert headers.getlist("Cache-Control") == [cache]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    patients = policy is PAGES_MAY and not path.startswith(("/docs", "/nothing"))
    for barred in ("camera=()", "microphone=()", f"geolocation={'(self)' if patients else '()'}"):
        assert barred in headers["Permissions-Policy"]
    assert ("Access-Control-Allow-Origin" in headers) is cross_origin
    assert (headers.get("Cross-Origin-Resource-Policy") == "cross-origin") is cross_origin
    assert "Set-Cookie" not in headers
    assert headers["Content-Type"].count("charset") <= 1
    if reply.mimetype in ("text/html", "application/json", "application/problem+json"):
        assert "Accept-Language" in headers["Vary"]


def test_the_table_and_the_app_name_the_same(demo_app: OpenAPI) -> None:
    endpoints = {rule.endpoint for rule in demo_app.url_map.iter_rules()}
    audiences = {endpoint.partition(".")[0] for endpoint in endpoints}
    assert audiences == set(AUDIENCES) - {""}
    assert set(demo_app.blueprints) == audiences - {"static"}
    for audience, row in AUDIENCES.items():
        assert "" in row.cache
        for name in set(row.cache) - {""}:
            assert f"{audience}.{name}" in endpoints


def test_rows_of_this_test_are_those_of_the_table(demo_app: OpenAPI) -> None:
    """Each endpoint of the app has a row above, so that a new one is not left out."""
    asked = set()
    with demo_app.test_request_context():
        adapter = demo_app.url_map.bind("localhost")
        for path, *_ in ROWS:
            if path != "/nothing":
                method, path = asked_by(path)
                asked.add(adapter.match(path.partition("?")[0], method)[0])
    assert asked == {rule.endpoint for rule in demo_app.url_map.iter_rules()}


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
