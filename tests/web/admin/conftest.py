"""Staff at the desk of an app of their own, signed in through the page as anyone would be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi.openapi import OpenAPI
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from finder.db.staff import StaffRole
from finder.desk.accounts import add_staff
from tests.web.conftest import MakeApp

PASSWORD = "three brown teapots"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Desk:
    """A browser at the desk; a form is sent as the page has it, token included."""

    client: FlaskClient
    app: OpenAPI

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, page: str | None = None, **more: Any
    ) -> TestResponse:
        """Send a form that stands on `page` (the path itself, unless said)."""
        found = _TOKEN.search(self.client.get(page or path).text)
        assert found, f"no form on {page or path}"
        return self.client.post(path, data={"csrf_token": found[1], **(data or {})}, **more)


SignIn = Callable[..., Desk]


@pytest.fixture
def desk_of(demo_engine: Engine, make_app: MakeApp) -> SignIn:
    """Sign someone of a role in, over a demo directory of its own."""
    apps: list[OpenAPI] = []

    def sign_in(role: StaffRole = StaffRole.EDITOR, name: str = "") -> Desk:
        name = name or f"A {role.value}".replace("_", " ")
        if not apps:
            apps.append(make_app(demo_engine))
        add_staff(demo_engine, name, role, PASSWORD, "tests")
        desk = Desk(apps[0].test_client(), apps[0])
        assert desk.post("/admin/sign-in", {"name": name, "password": PASSWORD}).status_code == 303
        return desk

    return sign_in
