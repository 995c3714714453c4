"""The documentation that ships with the product, at /docs: settings, columns, parameters, codes, commands."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app, render_template

from finder.errors import ListingMissing
from finder.web.context import site, words
from finder.web.reference import operations_of, parts_of, prose

blueprint = Blueprint("docs", __name__, url_prefix="/docs")

_FOLDER = Path(__file__).resolve().parents[1] / "docs"


@blueprint.get("/")
def contents() -> str:
    """List the pages."""
    names = sorted(page.stem for page in _FOLDER.glob("*.md"))
    examples = sorted(example.name for example in (_FOLDER / "deploy").iterdir())
    return render_template("docs/contents.html", w=words(), site=site(), names=names, examples=examples)


@blueprint.get("/api")
def api() -> str:
    """Show what the API promises, with examples, and all that its description says."""
    document = current_app.api_doc  # type: ignore[attr-defined]
    return render_template(
        "docs/api.html", w=words(), site=site(), prose=prose(_FOLDER / "api.md"), operations=operations_of(document),
        parts=parts_of(document),
    )  # fmt: skip


@blueprint.get("/<name>")
def page(name: str) -> Response:
    """Show one page, as the plain text that it is."""
    known = {page.stem: page for page in _FOLDER.glob("*.md")}
    if name not in known:
        raise ListingMissing("page_missing")
    return Response(known[name].read_text(encoding="utf-8"), mimetype="text/plain")


@blueprint.get("/deploy/<name>")
def example(name: str) -> Response:
    """Show one example of what stands around the finder: nginx, Caddy, systemd, Docker."""
    known = {example.name: example for example in (_FOLDER / "deploy").iterdir()}
    if name not in known:
        raise ListingMissing("page_missing")
    return Response(known[name].read_text(encoding="utf-8"), mimetype="text/plain")
