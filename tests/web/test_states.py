"""The table of pages and states is whole, and each is what it says; no page has a builder's word in sight."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import template_rendered
from flask.testing import FlaskClient
from flask_openapi.openapi import OpenAPI

from tests.formats.messages import TEMPLATES
from tests.formats.readability import builders_words
from tests.web.conftest import LANGUAGES
from tests.web.pages import Page
from tests.web.states import STATES, State

# What a reader sees or hears of an element beside its text.
_TOLD = ("title", "alt", "aria-label", "placeholder", "content")


def told(page: Page) -> Iterator[str]:
    """Yield all that a page says: its text, and what attributes say."""
    yield page.one("html").text
    for one in page.elements:
        yield from (one[name] for name in _TOLD if one[name] and one["name"] != "viewport")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES, ids=lambda one: one.name)
def test_a_state_is_what_the_table_says(client: FlaskClient, state: State, language: str) -> None:
    reply = client.get(state.in_language(language))
    assert (reply.status_code, reply.mimetype) == (state.status, "text/html")
    page = Page(reply.text)
    assert page.one("html")["lang"] == language
    assert bool(page.all("section", class_="stop") and page.all("h1")[0].inside[-1]["class"] == "stop") is state.card
    if not state.path.startswith("/docs"):
        assert [(text[:90], builders_words(text)) for text in told(page) if builders_words(text)] == []


def test_no_state_is_twice_in_the_table() -> None:
    assert len({state.name for state in STATES}) == len({state.path for state in STATES}) == len(STATES)


def test_every_template_is_reached_by_a_state(demo_app: OpenAPI) -> None:
    """A template that this names needs a line in tests/web/states.py."""
    seen: set[str] = set()

    def note(_app: object, template: object, **_more: object) -> None:
        seen.add(template.name)  # type: ignore[attr-defined]

    with template_rendered.connected_to(note, demo_app):
        for state in STATES:
            demo_app.test_client().get(state.path)
    pages = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    # Those of the embed are seen with a site, in test_embed.py, that of the API by axe in test_chromium.py, the desk's
    # in tests/web/admin, and those for practices with a link in test_confirm.py.
    reached = {name for name in pages if "/_" not in name and not name.endswith("/base.html")}
    assert {name for name in reached if not name.startswith(("embed/", "docs/api", "admin/", "confirm/"))} == seen


def test_the_words_of_builders_are_found_where_they_stand() -> None:
    assert builders_words("Your provider of this list") == ["provider"]
    assert builders_words("El proveedor, sin taxonomía ni geodésica") == ["proveedor", "taxonom", "geod"]
    assert builders_words("Not stated: call to ask. Providence Hospital.") == []
