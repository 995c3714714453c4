"""Who may show the finder: only pages of a site's own origins; and what an answer needs to be shown there."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import orjson
from flask import Flask, Response, g, request, url_for

from finder.errors import ListingMissing, QuestionError
from finder.web.context import site
from finder.web.embed.blueprint import blueprint
from finder.web.embed.tree import tree_of
from finder.web.embedding import FACES, Embedding, embedding

# What pages of patients need beneath a key; all else is found where it always is.
_SHOWN = ("patients", "site", "static", "api")
_OF_API = ("api.suggest", "api.suggest_by_form")
# The level of the first heading of a part.
HEADING = "heading"
_USUAL_HEADING = 2


@blueprint.route(f"/<any({','.join(repr(face) for face in FACES)}):face>/<key>", methods=["GET", "POST"])
@blueprint.route(f"/<any({','.join(repr(face) for face in FACES)}):face>/<key>/<path:_rest>", methods=["GET", "POST"])
def nobodys(face: str, key: str, _rest: str = "") -> Response:
    """Say that no site has a key; what is beneath a known one is the pages for patients."""
    g.is_told_anywhere = face.startswith("frame")
    raise ListingMissing("site_unknown", value=key[:40])


def install(app: Flask) -> None:
    """Admit requests beneath a key, and give answers the form of their face."""
    app.before_request(_admit)
    app.after_request(_in_its_form)


def _admit() -> None:
    """Let a request through. Raises ListingMissing, and QuestionError (site_origin_refused) for another's page."""
    shown = embedding()
    if shown is None:
        return
    endpoint = request.endpoint or ""
    blueprint = endpoint.partition(".")[0]
    if blueprint not in _SHOWN or (blueprint == "api" and endpoint not in _OF_API):
        raise ListingMissing("page_missing")
    if blueprint != "patients" or shown.face == "page":
        return
    origin = _asking_origin(shown)
    if origin and origin not in (*shown.site.origins, request.host_url.rstrip("/")):
        g.is_told_anywhere = True
        if origin == "null":
            raise QuestionError("site_origin_hidden")
        raise QuestionError("site_origin_refused", origin=origin[:80], site=shown.site.key)


def _asking_origin(shown: Embedding) -> str:
    """Return the origin of the page that shows us, "" where its browser does not say.

    Then the browser itself refuses: it lets a page of another origin neither frame us nor read a part.
    """
    if shown.face == "part":
        return request.headers.get("Origin", "")
    if request.headers.get("Sec-Fetch-Dest", "iframe") not in ("iframe", "frame", "embed", "object"):
        return ""
    try:
        parts = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _in_its_form(response: Response) -> Response:
    shown = embedding()
    if shown is None or response.mimetype != "text/html" or not response.is_sequence:
        return response
    if response.location:
        if shown.face == "part" and HEADING in request.args:
            response.location += f"{'&' if '?' in response.location else '?'}{HEADING}={_heading()}"
        return response
    if shown.is_framed:
        # Few sites let themselves be framed, and none should have to be read in a small window.
        response.set_data(
            response.get_data(as_text=True).replace(' rel="noreferrer"', ' rel="noreferrer" target="_blank"')
        )
    elif shown.face == "part":
        return _part(response)
    return response


def _part(response: Response) -> Response:
    found = tree_of(response.get_data(as_text=True), _heading())
    theme = site().theme
    told = {**found, "sheet": url_for("static", filename="embed.css"), "look": theme.css if theme else ""}
    # Links lead to the same in a page of its own, for whoever opens them there.
    body = orjson.dumps(told).replace(b"/embed/part/", b"/embed/page/")
    reply = Response(body, status=response.status_code, mimetype="application/json")
    for name in ("Retry-After", "Vary"):
        if name in response.headers:
            reply.headers[name] = response.headers[name]
    return reply


def _heading() -> int:
    asked = request.args.get(HEADING, "")
    return int(asked) if re.fullmatch("[1-6]", asked) else _USUAL_HEADING
