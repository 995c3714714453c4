"""One table of what each audience gets: content policy, framing, cross-origin reads, caching, cookies.

An audience is a blueprint; there is no other place where these headers are set.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, g, request
from flask_cors import CORS

# A script may only make a document of text by the one policy that finder.js makes, for pages of our own.
_PAGE = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types finder"
)
# A picture may have its own style; scripts are none.
_PICTURE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
_NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Audience:
    """One row of the table. `cache` maps an endpoint of the blueprint ("" for all others) to its Cache-Control."""

    policy: str
    cache: dict[str, str]
    cross_origin_reads: bool = False
    indexed: bool = False
    asks_location: bool = False


AUDIENCES: dict[str, Audience] = {
    # Pages: results are never stored; people, places and the start page may be kept for a few minutes.
    "patients": Audience(
        _PAGE,
        {
            "": "no-store",
            "home": "public, max-age=300",
            "specialist": "public, max-age=300",
            "place": "public, max-age=300",
            "problems": "public, max-age=300",
            "problem": "public, max-age=300",
            "how_we_order": "public, max-age=300",
            "about_the_data": "public, max-age=300",
            "privacy": "public, max-age=300",
            "accessibility": "public, max-age=300",
            "wrong": "public, max-age=300",
            "thanks": "public, max-age=300",
        },
        indexed=True,
        asks_location=True,
    ),
    # Searches are private and asked for again each time, with an ETag; listings and the catalogue are not secret.
    "api": Audience(
        _NOTHING,
        {
            "": "private, no-cache",
            "one_listing": "public, max-age=300",
            "conditions": "public, max-age=300",
            "openapi": "public, max-age=300",
        },
        cross_origin_reads=True,
    ),
    # What a hospital's own pages look like, and what search engines ask for.
    "site": Audience(_PICTURE, {"": "public, max-age=300"}),
    "docs": Audience(_PAGE, {"": "public, max-age=300"}),
    "operations": Audience(_NOTHING, {"": "no-store"}),
    # What the version in an address names never changes; a file by its name alone does.
    "static": Audience(
        _NOTHING,
        {"": "public, max-age=31536000, immutable", "named": "public, max-age=86400"},
        cross_origin_reads=True,
    ),
    # Answers that no blueprint gave, such as an address that does not exist.
    "": Audience(_PAGE, {"": "no-store"}),
}

_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def install(app: Flask) -> None:
    """Put every answer under its audience's row."""
    open_to_all = [f"/{path}" for path in ("api/*", "static/*")]
    CORS(
        app,
        resources={path: {"origins": "*"} for path in open_to_all},
        methods=["GET", "HEAD", "OPTIONS"],
        allow_headers=["Accept", "Accept-Language", "If-None-Match"],
        expose_headers=["ETag"],
        send_wildcard=True,
        max_age=86400,
    )
    app.after_request(_dress)


def audience_of(endpoint: str | None) -> Audience:
    """Return the row of an endpoint such as "patients.home"."""
    name = (endpoint or "").partition(".")[0]
    return AUDIENCES.get(name, AUDIENCES[""])


def keep_no_longer(seconds: int) -> None:
    """Let the answer to this request be kept for at most so long, since it says what will change; 0 for not at all."""
    g.true_for = min(seconds, g.get("true_for", seconds))


def _no_longer(kept: str, seconds: int | None) -> str:
    if seconds is None or "max-age=" not in kept:
        return kept
    before, _, longest = kept.partition("max-age=")
    return f"{before}max-age={min(seconds, int(longest))}" if seconds else "no-store"


def _dress(response: Response) -> Response:
    audience = audience_of(request.endpoint)
    name = (request.endpoint or "").partition(".")[2]
    response.headers["Content-Security-Policy"] = audience.policy
    fine = response.status_code < 400
    kept = audience.cache.get(name, audience.cache[""]) if fine else "no-store"
    response.headers["Cache-Control"] = _no_longer(kept, g.get("true_for"))
    location = "(self)" if audience.asks_location else "()"
    response.headers["Permissions-Policy"] = f"camera=(), microphone=(), geolocation={location}, browsing-topics=()"
    for header, value in _EVERYWHERE.items():
        response.headers[header] = value
    if audience.cross_origin_reads:
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if "Set-Cookie" in response.headers:
        # No audience of today has a row that allows one; the admin's will.
        del response.headers["Set-Cookie"]
    if response.mimetype in ("text/html", "application/json", "application/problem+json"):
        response.vary.add("Accept-Language")
    return response
