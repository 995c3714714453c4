"""What every page for patients has: the blueprint, its frame, and addresses that keep what was asked."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for

from finder.search import PARAMETERS
from finder.web.context import settings, today, words

blueprint = Blueprint("patients", __name__)
NAMES = frozenset(parameter.name for parameter in PARAMETERS)
# Asked for beneath "More choices".
_FILTERS = NAMES - {"zip", "condition", "procedure", "q", "age", "stage", "lang", "limit", "offset"}


def page(name: str, **values: object) -> str:
    """Return a page made of its template."""
    return render_template(
        f"patients/{name}.html", w=words(), site=settings(), today=today(), filter_names=_FILTERS, **values
    )


@blueprint.app_template_global()
def address(endpoint: str, **changed: object) -> str:
    """Return an address with this request's parameters, some changed; None drops one. Language always stays."""
    # Only our own parameters: url_for takes others, such as _scheme, for orders to itself.
    staying = NAMES if endpoint == request.endpoint else {"lang"}
    kept = {name: value for name, value in request.args.items() if name in staying}
    values = {**kept, **{name: value for name, value in changed.items() if value is not None}}
    for name in (name for name, value in changed.items() if value is None):
        values.pop(name, None)
    if "public_id" in values:
        return url_for(endpoint, **values)  # type: ignore[arg-type]
    # Worked out by the library each time, the few paths there are would take longer than all the rest of a page.
    path = _path(request.script_root, endpoint)
    return f"{path}?{urlencode(values)}" if values else path


@lru_cache(maxsize=64)
def _path(_root: str, endpoint: str) -> str:
    return url_for(endpoint)
