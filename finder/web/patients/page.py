"""What every page for patients has: the blueprint, its frame, and the ways on that keep what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlencode

from flask import Blueprint, g, render_template, request, url_for
from markupsafe import Markup, escape

from finder.formats.wording import LANGUAGES
from finder.search import PARAMETERS
from finder.web.context import CHANGE, PAGES_OF_QUESTIONS, given, private, site, today, words

blueprint = Blueprint("patients", __name__)
NAMES = frozenset(parameter.name for parameter in PARAMETERS)
# Parts of a path, not of a question.
_IN_PATH = frozenset(("public_id", "problem"))
# Asked for beneath "More choices".
_FILTERS = NAMES - {"zip", "near", "condition", "procedure", "q", "age", "stage", "lang", "limit", "offset"}
# The form that holds what was asked, for the buttons that stand in for links.
_FORM = "again"

blueprint.add_app_template_global(given, "given")
blueprint.add_app_template_global(private, "private")


def page(name: str, **values: object) -> str:
    """Return a page made of its template."""
    return render_template(
        f"patients/{name}.html", w=words(), site=site(), today=today(), filter_names=_FILTERS, **values
    )


@blueprint.app_template_global()
def address(endpoint: str, **changed: object) -> str:
    """Return an address with this request's parameters, some changed; None drops one. Language always stays.

    On the page of one person, place or problem, the page's own path stays too. Where searches are private nothing but
    the language stands in an address: `way` leads on from a question.
    """
    same = endpoint == request.endpoint
    if _IN_PATH & changed.keys() or (same and request.view_args):
        # Only our own parameters: url_for takes others, such as _scheme, for orders to itself.
        staying = NAMES if same and not private() else ("lang",)
        kept_too = {name: given()[name] for name in staying if name in given()}
        told = {**kept_too, **((request.view_args or {}) if same else {}), **changed}
        return url_for(endpoint, **{name: value for name, value in told.items() if value is not None})
    kept = _changed(endpoint, changed)
    if private():
        kept = {name: value for name, value in kept.items() if name == "lang"}
    # Worked out by the library each time, the few paths there are would take longer than all the rest of a page.
    path = _path(request.script_root, endpoint)
    return f"{path}?{'&'.join(kept.values())}" if kept else path


def _changed(endpoint: str, changed: Mapping[str, object]) -> dict[str, str]:
    """Return the parameters that lead to a page, each by its name and as it stands in an address."""
    asked = _asked()
    kept = dict(asked) if endpoint == request.endpoint else {name: asked[name] for name in ("lang",) if name in asked}
    for name, value in changed.items():
        kept.pop(name, None)
        if value is not None:
            kept[name] = urlencode({name: value})
    return kept


def _asked() -> dict[str, str]:
    """Return this request's own parameters as they stand in an address, each by its name."""
    if "asked" not in g:
        g.asked = {name: urlencode({name: value}) for name, value in given().items() if name in NAMES}
    asked: dict[str, str] = g.asked
    return asked


@blueprint.app_template_global()
def way(endpoint: str, label: str, changed: Mapping[str, object], **attributes: str) -> Markup:
    """Return a link to a page with this request's parameters, some changed as in `address`.

    Where searches are private and something was asked it is a button, which sends the form of `asked_again` with the
    change. In the names of attributes _ stands for a dash; empty ones are left out.
    """
    told = "".join(f' {name.replace("_", "-")}="{escape(value)}"' for name, value in attributes.items() if value)
    if not private() or endpoint not in PAGES_OF_QUESTIONS or request.endpoint not in PAGES_OF_QUESTIONS:
        return Markup(f'<a href="{escape(address(endpoint, **changed))}"{told}>{escape(label)}</a>')  # noqa: S704
    before, after = _asked(), _changed(endpoint, changed)
    change = "&".join(
        after.get(name, f"{name}=") for name in {**before, **after} if after.get(name) != before.get(name)
    )
    path = _path(request.script_root, endpoint)
    return Markup(  # noqa: S704
        f'<button class="link" form="{_FORM}" formaction="{path}" name="{CHANGE}" value="{escape(change)}"{told}>'
        f"{escape(label)}</button>"
    )


@blueprint.app_template_global()
def asked_again() -> Markup:
    """Return the form that holds what was asked, once on each page that has a `way`; nothing where addresses do."""
    if not private() or request.endpoint not in PAGES_OF_QUESTIONS:
        return Markup()
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in given().items()
        if name in NAMES
    )
    path = _path(request.script_root, request.endpoint)
    return Markup(f'<form id="{_FORM}" method="post" action="{path}" hidden>{fields}</form>')  # noqa: S704


@blueprint.app_template_global()
def alternates() -> list[tuple[str, str]]:
    """Return (language, whole address) of this page in each language, and in the reader's own ("x-default")."""
    endpoint, parts = request.endpoint or "", request.view_args or {}
    told = [(one, url_for(endpoint, lang=one, _external=True, **parts)) for one in LANGUAGES]
    return [*told, ("x-default", url_for(endpoint, _external=True, **parts))]


@lru_cache(maxsize=64)
def _path(_root: str, endpoint: str) -> str:
    return url_for(endpoint)
