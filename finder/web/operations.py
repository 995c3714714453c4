"""For those who run it: is the process alive, can it answer, and how does it stand."""

from __future__ import annotations

from flask import Blueprint, Response

from finder.errors import ListingMissing
from finder.web.context import directory
from finder.web.metrics import exposition, may_read

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


@blueprint.get("/metrics")
def metrics() -> Response:
    """Tell those who may know how all workers of this machine stand, in Prometheus's text format."""
    if not may_read():
        raise ListingMissing("page_missing")
    body, kind = exposition()
    return Response(body, content_type=kind)
