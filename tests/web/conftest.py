"""An app over a database of its own on each backend, ended in order: its thread stopped, its connections closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi.openapi import OpenAPI
from sqlalchemy import Engine

from finder.config import Settings, read_settings
from finder.web import create_app
from finder.web.context import Directory
from tests.conftest import Databases

TODAY = dt.date(2026, 11, 22)
LANGUAGES = ("en", "es")
MakeApp = Callable[..., OpenAPI]


def directory_of(app: OpenAPI) -> Directory:
    """Return the directory that an app follows."""
    found: Directory = app.extensions["finder"].directory
    return found


def settings_of(database_url: str, home: Path, **more: str) -> Settings:
    """Return settings for a database, with others by their variable; unless said, without a limit of requests."""
    given = {"FINDER_DATABASE_URL": database_url, "FINDER_HOME": str(home), "FINDER_API_PER_MINUTE": "0"}
    return read_settings(given | more)


@pytest.fixture
def make_app(tmp_path: Path) -> Iterator[MakeApp]:
    """Make apps over the database of an engine; all are ended with the test."""
    made: list[OpenAPI] = []

    def make(engine: Engine, **more: str) -> OpenAPI:
        url = engine.url.render_as_string(hide_password=False)
        made.append(create_app(settings_of(url, tmp_path, **more), today=TODAY))
        return made[-1]

    yield make
    for app in made:
        directory_of(app).stop()


@pytest.fixture(scope="session")
def demo_app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAPI]:
    """An app over the demo, for tests that only read."""
    url = databases.fresh(demo=True)
    app = create_app(settings_of(url, tmp_path_factory.mktemp("home"), FINDER_PHONE="+18045550199"), today=TODAY)
    yield app
    directory_of(app).stop()


@pytest.fixture
def client(demo_app: OpenAPI) -> FlaskClient:
    """A browser or program that asks the demo's app."""
    return demo_app.test_client()
