"""The reference by which a fault can be found again: on the page that tells of it, in the log, in a proxy's log."""

from __future__ import annotations

import re
import secrets

from flask import g, request

from finder.web.context import settings

# As proxies make them: hexadecimal digits, or a UUID. Nothing that a patient types looks so.
_OF_A_PROXY = re.compile(r"[0-9a-f]{16,64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def request_id() -> str:
    """Return the reference of this request: what a trusted proxy gave it (X-Request-ID), else one of our own."""
    if "request_id" not in g:
        told = request.headers.get("X-Request-ID", "") if settings().trusted_proxies else ""
        g.request_id = told if _OF_A_PROXY.fullmatch(told) else secrets.token_hex(8)
    found: str = g.request_id
    return found
