"""What every page for patients has: the blueprint, its frame, and the ways on that keep what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from flask import Blueprint, g, render_template, request, url_for
from markupsafe import Markup, escape

from finder.errors import FinderError
from finder.formats.wording import LANGUAGES
from finder.search import PARAMETERS
from finder.web.context import CHANGE, PAGES_OF_QUESTIONS, given, private, site, today, words
from finder.web.embedding import embedding, own_page
from finder.web.replies import quoted

blueprint = Blueprint("patients", __name__)
NAMES = frozenset(parameter.name for parameter in PARAMETERS)
# Parts of a path, not of a question.
_IN_PATH = frozenset(("public_id", "problem"))
# Which list to go back to from a listing; no parameter of any question.
LIST = "list"
# The form that holds what was asked, for the buttons that stand in for links.
_FORM = "again"

blueprint.add_app_template_global(private, "private")
blueprint.add_app_template_global(embedding, "embedding")
blueprint.add_app_template_global(own_page, "own_page")


class ThisRequest(NamedTuple):
    """What links and forms of a page need of its request, looked up once."""

    endpoint: str
    root: str
    typed: Mapping[str, str]
    # Our own parameters as they stand in an address, each by its name.
    texts: Mapping[str, str]
    is_private: bool

    @property
    def path(self) -> str:
        """The path of this page, of one without parts of its own."""
        return _path(self.root, self.endpoint)


def this_request() -> ThisRequest:
    """Return what links and forms need of this request."""
    found: ThisRequest | None = g.get("patients_request")
    if found is None:
        typed = given().to_dict()
        texts = {name: f"{name}={quoted(value)}" for name, value in typed.items() if name in NAMES}
        found = g.patients_request = ThisRequest(request.endpoint or "", request.script_root, typed, texts, private())
    return found


@blueprint.app_template_global("given")
def typed() -> Mapping[str, str]:
    """Return what was asked, each parameter by its first value: asked for what is not there, it raises nothing."""
    return this_request().typed


def page(name: str, **values: object) -> str:
    """Return a page made of its template."""
    if isinstance(error := values.get("error"), FinderError):
        g.setdefault("outcome", error.code)
    return render_template(f"patients/{name}.html", w=words(), site=site(), today=today(), **values)


@blueprint.app_template_global()
def door(endpoint: str) -> str:
    """Return the address of a page of its own, with nothing of what was asked but the language."""
    here = this_request()
    path, lang = _path(here.root, endpoint), here.texts.get("lang")
    return f"{path}?{lang}" if lang else path


@blueprint.app_template_global()
def address(endpoint: str, **changed: object) -> str:
    """Return an address with this request's parameters, some changed; None drops one. Language always stays.

    On the page of one person, place or problem, the page's own path stays too. Where searches are private nothing but
    the language stands in an address: `way` leads on from a question.
    """
    return _address(this_request(), endpoint, changed)


def _address(here: ThisRequest, endpoint: str, changed: Mapping[str, object]) -> str:
    if not _IN_PATH.isdisjoint(changed) or (endpoint == here.endpoint and request.view_args):
        return _address_in_path(here, endpoint, changed)
    kept = _changed(here, endpoint, changed)
    if here.is_private:
        kept = {name: value for name, value in kept.items() if name == "lang"}
    # Worked out by the library each time, the few paths there are would take longer than all the rest of a page.
    path = _path(here.root, endpoint)
    return f"{path}?{'&'.join(kept.values())}" if kept else path


def _address_in_path(here: ThisRequest, endpoint: str, changed: Mapping[str, object]) -> str:
    same = endpoint == here.endpoint
    # Only our own parameters: url_for takes others, such as _scheme, for orders to itself.
    staying = (*NAMES, LIST) if same and not here.is_private else ("lang",)
    kept = {name: here.typed[name] for name in staying if name in here.typed}
    told = {**kept, **((request.view_args or {}) if same else {}), **changed}
    return url_for(endpoint, **{name: value for name, value in told.items() if value is not None})


def _changed(here: ThisRequest, endpoint: str, changed: Mapping[str, object]) -> dict[str, str]:
    """Return the parameters that lead to a page, each by its name and as it stands in an address."""
    asked = here.texts
    kept = dict(asked) if endpoint == here.endpoint else {"lang": asked["lang"]} if "lang" in asked else {}
    for name, value in changed.items():
        kept.pop(name, None)
        if value is not None:
            kept[name] = f"{name}={quoted(str(value))}"
    return kept


@blueprint.app_template_global()
def way(endpoint: str, label: str, changed: Mapping[str, object], **attributes: str) -> Markup:
    """Return a link to a page with this request's parameters, some changed as in `address`.

    Where searches are private and something was asked it is a button, which sends the form of `asked_again` with the
    change. In the names of attributes _ stands for a dash; empty ones are left out.
    """
    here = this_request()
    told = "".join([f' {name.replace("_", "-")}="{escape(value)}"' for name, value in attributes.items() if value])
    if not here.is_private or endpoint not in PAGES_OF_QUESTIONS or here.endpoint not in PAGES_OF_QUESTIONS:
        return Markup(f'<a href="{escape(_address(here, endpoint, changed))}"{told}>{escape(label)}</a>')  # noqa: S704
    before, after = here.texts, _changed(here, endpoint, changed)
    change = "&".join(
        after.get(name, f"{name}=") for name in {**before, **after} if after.get(name) != before.get(name)
    )
    path = _path(here.root, endpoint)
    return Markup(  # noqa: S704
        f'<button class="link" form="{_FORM}" formaction="{path}" name="{CHANGE}" value="{escape(change)}"{told}>'
        f"{escape(label)}</button>"
    )


@blueprint.app_template_global()
def asked_again() -> Markup:
    """Return the form that holds what was asked, once on each page that has a `way`; nothing where addresses do."""
    here = this_request()
    if not here.is_private or here.endpoint not in PAGES_OF_QUESTIONS:
        return Markup()
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in here.typed.items()
        if name in NAMES
    )
    path = _path(here.root, here.endpoint)
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
