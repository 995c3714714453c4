"""JSON answers, with an ETag that lets a caller ask again without the search being run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

import orjson
from flask import Response, request

from finder import __version__


def json_reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer."""
    reply = Response(orjson.dumps(body), status=status, mimetype="application/json")
    reply.headers.update(headers or {})
    return reply


def quoted(text: str) -> str:
    """Return a text as it stands in the query of an address, as quote_plus does; most are told at once."""
    return text if text.isascii() and text.replace("-", "").isalnum() else quote_plus(text)


def etag_of(edition: int, language: str, *more: object) -> str:
    """Return the ETag of this request's answer: edition, version of the code, language, address, and more.

    That is the day for what changes with it, the format where there are several, and settings that an answer shows.
    """
    asked = "\n".join(map(str, (edition, __version__, language, *more, request.path, ""))).encode()
    return hashlib.blake2b(asked + request.query_string, digest_size=16).hexdigest()


def reply_once(etag: str, make: Callable[[], Any], mimetype: str = "application/json") -> Response:
    """Return an answer with its ETag, or a 304 where the caller has it already; only then is it not made.

    `make` returns JSON as bytes that are written already, or what is to be written.
    """
    reply = not_modified(etag)
    if reply is None:
        body = make()
        reply = Response(body if isinstance(body, bytes) else orjson.dumps(body), mimetype=mimetype)
        reply.set_etag(etag)
    return reply


def not_modified(etag: str) -> Response | None:
    """Return a 304 where the caller has this answer already, else None."""
    # Packed answers have weak ETags.
    if not request.if_none_match.contains_weak(etag):
        return None
    reply = Response(status=304)
    reply.set_etag(etag)
    return reply
