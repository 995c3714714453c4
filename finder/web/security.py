"""One table of what each audience gets: content policy, framing, cross-origin reads, caching, limits, cookies.

An audience is a blueprint; there is no other place where these headers are set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask, Request, Response, g, request
from flask_cors import CORS

from finder.web.embedding import embedding

# A script may only make a document of text by the one policy that finder.js makes, for pages of our own.
_PAGE = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types finder"
)
# A picture may have its own style; scripts are none.
_PICTURE = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
_NOTHING = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"


@dataclass(frozen=True)
class Audience:
    """One row of the table. `cache` maps an endpoint of the blueprint ("" for all others) to its Cache-Control.

    `limited`: each client may ask so often only as FINDER_API_PER_MINUTE says. `what` says what it is, to readers of
    the documentation. Only who has `cookies` may be given one.
    """

    policy: str
    cache: dict[str, str]
    what: str = ""
    cross_origin_reads: bool = False
    indexed: bool = False
    asks_location: bool = False
    limited: bool = False
    framed: bool = False
    cookies: bool = False

    def headers(self) -> dict[str, str]:
        """Return what each answer to this audience carries, whatever was asked, except Cache-Control and CORS."""
        location = "(self)" if self.asks_location else "()"
        told = {
            "Content-Security-Policy": self.policy,
            "Permissions-Policy": f"camera=(), microphone=(), geolocation={location}, browsing-topics=()",
            **_EVERYWHERE,
        }
        # A page that asks for this of all that it frames can frame us.
        told |= {"Cross-Origin-Embedder-Policy": "require-corp"} if self.framed else {}
        return told | ({"Cross-Origin-Resource-Policy": "cross-origin"} if self.cross_origin_reads else {})


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
        what="pages for patients",
        indexed=True,
        asks_location=True,
    ),
    # Searches are private and asked for again each time, with an ETag; listings and the catalogue are not secret, but
    # an answer says how often its asker may ask, which a cache of many must not tell others.
    "api": Audience(
        _NOTHING,
        {
            "": "private, no-cache",
            **dict.fromkeys(
                (
                    "one_listing",
                    "one_specialist",
                    "one_specialist_geojson",
                    "one_location",
                    "one_location_geojson",
                    "conditions",
                    "one_condition",
                    "procedures",
                    "one_procedure",
                    "organizations",
                    "openapi",
                ),
                "private, max-age=300",
            ),
        },
        what="the API, at `/api/`",
        cross_origin_reads=True,
        limited=True,
    ),
    # What a hospital's own pages look like, and what search engines ask for.
    "site": Audience(_PICTURE, {"": "public, max-age=300"}, "logo, colours, `/robots.txt`, `/sitemap.xml`"),
    # For web teams: scripts that their pages load, kept as long as their names say, and what to put where.
    "embed": Audience(
        f"{_PAGE}; frame-src 'self'",
        {"": "no-store", "script": "public, max-age=3600", "released_script": "public, max-age=31536000, immutable"},
        "what web teams need to show it in their pages, at `/embed/`",
        cross_origin_reads=True,
    ),
    "docs": Audience(_PAGE, {"": "public, max-age=300"}, "these documents, at `/docs/`"),
    "operations": Audience(_NOTHING, {"": "no-store"}, "`/healthz`, `/readyz` and `/metrics`"),
    # Staff: the one audience that has cookies. Its scripts make no markup.
    "admin": Audience(
        _PAGE.replace("trusted-types finder", "trusted-types 'none'"),
        {"": "no-store"},
        "the desk, at `/admin/`, for staff who sign in",
        cookies=True,
    ),
    # Practices that were given a link; it opens nothing else, and stands in no other address.
    "confirm": Audience(_PAGE, {"": "no-store"}, "pages by which a practice confirms its listing, at `/confirm/`"),
    # What the version in an address names never changes; a file by its name alone does.
    "static": Audience(
        _NOTHING,
        {"": "public, max-age=31536000, immutable", "named": "public, max-age=86400"},
        "scripts, styles and fonts, at `/static/`",
        cross_origin_reads=True,
    ),
    # Answers that no blueprint gave, such as an address that does not exist.
    "": Audience(_PAGE, {"": "no-store"}, "addresses that do not exist"),
}

# The patients' pages inside a web site's own, at `/embed/FACE/KEY/`; ORIGINS are the site's.
_ORIGINS = "ORIGINS"
_KEPT = AUDIENCES["patients"].cache
FACES: dict[str, Audience] = {
    "page": Audience(_PAGE, _KEPT, "pages for patients in a site's colours", asks_location=True),
    "frame": Audience(
        _PAGE.replace("frame-ancestors 'none'", f"frame-ancestors 'self' {_ORIGINS}"),
        _KEPT,
        "the same inside an iframe, which only the site's origins may show",
        cross_origin_reads=True,
        asks_location=True,
        framed=True,
    ),
    "part": Audience(
        _NOTHING,
        {"": "no-store"},
        "the same as parts of a page, which only the site's origins may read",
        cross_origin_reads=True,
        limited=True,
    ),
}

_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Behind TLS, for a year. Other names of the same domain are the hospital's, so that nothing is said of those beneath.
OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}
# Whose row an answer without an endpoint gets, such as one to an address that does not exist.
_BY_PATH = {"/api/": "api", "/static/": "static", "/embed/": "embed", "/admin/": "admin", "/confirm/": "confirm"}
EXPOSED = ("ETag", "Link", "RateLimit", "RateLimit-Policy", "Retry-After")
_EXPOSED = ", ".join(EXPOSED)
_ENVIRON = "finder.audience"


def install(app: Flask) -> None:
    """Put every answer under its audience's row."""
    CORS(
        app,
        resources={
            f"{path}*": {"origins": "*"} for path, name in _BY_PATH.items() if AUDIENCES[name].cross_origin_reads
        },
        methods=["GET", "HEAD", "OPTIONS"],
        allow_headers=["Accept", "Accept-Language", "If-None-Match"],
        expose_headers=[*EXPOSED],
        send_wildcard=True,
        max_age=86400,
    )
    app.after_request(_dress)


def name_of_audience(asked: Request) -> str:
    """Return whom a request is for, as the table has it: by its endpoint, else by how its path begins.

    Of a page beneath a site's key it is the face. It is asked for by whatever surrounds an answer, and worked out once.
    """
    endpoint, found = asked.environ.get(_ENVIRON, (None, ""))
    if endpoint is None or endpoint != asked.endpoint:
        # Before it is known where a request leads nothing is kept.
        found = _name_of_audience(asked)
        asked.environ[_ENVIRON] = asked.endpoint, found
    return str(found)


def _name_of_audience(asked: Request) -> str:
    name = (asked.endpoint or "").partition(".")[0]
    shown = embedding()
    if shown and name in ("patients", ""):
        return "frame" if shown.is_framed else shown.face
    if asked.endpoint is None:
        return next((name for path, name in _BY_PATH.items() if asked.path.startswith(path)), "")
    return name if name in AUDIENCES else ""


def row_of(asked: Request) -> Audience:
    """Return the row of a request."""
    name = name_of_audience(asked)
    return FACES.get(name) or AUDIENCES[name]


def _policy(row: Audience) -> str:
    shown = embedding()
    if g.get("is_told_anywhere"):
        # What says that a page may not show the finder, and nothing else, is shown there.
        return re.sub("frame-ancestors [^;]+", "frame-ancestors *", row.policy)
    return row.policy.replace(_ORIGINS, " ".join(shown.site.origins)) if shown else row.policy


def _let_read(response: Response) -> None:
    """Let a page of the site's origins read a part; what says why another may not, it may read."""
    origin, shown = request.headers.get("Origin"), embedding()
    response.vary.add("Origin")
    if g.get("is_told_anywhere"):
        response.headers["Access-Control-Allow-Origin"] = "*"
    elif shown and origin in shown.site.origins:
        response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED


def keep_no_longer(seconds: int) -> None:
    """Let the answer to this request be kept for at most so long, since it says what will change; 0 for not at all."""
    g.true_for = min(seconds, g.get("true_for", seconds))


def _no_longer(kept: str, seconds: int | None) -> str:
    if seconds is None or "max-age=" not in kept:
        return kept
    before, _, longest = kept.partition("max-age=")
    return f"{before}max-age={min(seconds, int(longest))}" if seconds else "no-store"


def _dress(response: Response) -> Response:
    audience = row_of(request)
    name = (request.endpoint or "").partition(".")[2]
    for header, value in (audience.headers() | (OVER_TLS if request.is_secure else {})).items():
        response.headers[header] = value
    response.headers["Content-Security-Policy"] = _policy(audience)
    if audience is FACES["part"]:
        _let_read(response)
    elif audience is AUDIENCES["api"] and request.method != "OPTIONS":
        # What CORS() would add, which leaves alone what has it: to find that out for each answer takes it longer.
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    fine = response.status_code < 400
    kept = audience.cache.get(name, audience.cache[""]) if fine else "no-store"
    response.headers["Cache-Control"] = _no_longer(kept, g.get("true_for"))
    if "Set-Cookie" in response.headers and not audience.cookies:
        del response.headers["Set-Cookie"]
    if response.mimetype in ("text/html", "application/json", "application/problem+json"):
        response.vary.add("Accept-Language")
    return response
