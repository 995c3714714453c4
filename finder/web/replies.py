"""JSON answers, with an ETag that lets a caller ask again without the search being run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response, request

from finder import __version__


def json_reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer."""
    reply = Response(orjson.dumps(body), status=status, mimetype="application/json")
    reply.headers.update(headers or {})
    return reply


def etag_of(edition: int, language: str, day: str) -> str:
    """Return the ETag of this request's answer: edition, version of the code, language, day and question."""
    asked = f"{edition}\n{__version__}\n{language}\n{day}\n{request.path}\n".encode() + request.query_string
    return hashlib.blake2b(asked, digest_size=16).hexdigest()


def not_modified(etag: str) -> Response | None:
    """Return a 304 where the caller has this answer already, else None."""
    # Packed answers have weak ETags.
    if not request.if_none_match.contains_weak(etag):
        return None
    reply = Response(status=304)
    reply.set_etag(etag)
    return reply
