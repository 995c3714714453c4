"""For those who run it: is the process alive, and can it answer."""

from __future__ import annotations

from flask import Blueprint, Response

from finder.web.context import directory

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process lives; touches nothing."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    """Say whether an edition is loaded and the database answers."""
    if directory().answers():
        return Response("ready\n", mimetype="text/plain")
    return Response("not ready\n", status=503, mimetype="text/plain", headers={"Retry-After": "5"})
