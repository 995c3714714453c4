"""The documentation that ships with the product, at /docs: settings, columns, parameters, codes, commands."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, render_template

from finder.errors import ListingMissing
from finder.web.context import site, words

blueprint = Blueprint("docs", __name__, url_prefix="/docs")

_FOLDER = Path(__file__).resolve().parents[1] / "docs"


@blueprint.get("/")
def contents() -> str:
    """List the pages."""
    names = sorted(page.stem for page in _FOLDER.glob("*.md"))
    return render_template("docs/contents.html", w=words(), site=site(), names=names)


@blueprint.get("/<name>")
def page(name: str) -> Response:
    """Show one page, as the plain text that it is."""
    known = {page.stem: page for page in _FOLDER.glob("*.md")}
    if name not in known:
        raise ListingMissing("page_missing")
    return Response(known[name].read_text(encoding="utf-8"), mimetype="text/plain")
