"""What the page for compliance says of answers: a planted request to others, cookie or header is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from finder.web.compliance import walk
from tests.web.conftest import MakeApp, settings_of
from tests.web.server import url_of


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ('<img src="https://elsewhere.example/x.gif">', "fetched_elsewhere"),
        ('<link rel="preconnect" href="//elsewhere.example">', "fetched_elsewhere"),
        ('<div style="background: url(https://elsewhere.example/x.png)"></div>', "fetched_elsewhere"),
        ("<style>@import 'https://elsewhere.example/x.css'</style>", "fetched_elsewhere"),
        ('<img srcset="/healthz 1x, https://elsewhere.example/x.png 2x">', "fetched_elsewhere"),
        ('<a href="https://elsewhere.example/">x</a>', "linked"),
    ],
)
def test_a_request_to_others_is_found(shared_demo: Engine, make_app: MakeApp, tmp_path: Path, planted: str, found: str) -> None:  # fmt: skip
    app = make_app(shared_demo)
    app.view_functions = {**app.view_functions, "patients.home": lambda: planted}
    # Nothing but what stands there leads on, so that the walk is short.
    seen = walk(app, settings_of(url_of(shared_demo), tmp_path), ["/"])
    assert set(getattr(seen, found)) == {"elsewhere.example"}
    other = {"fetched_elsewhere", "linked"} - {found}
    assert not getattr(seen, other.pop())


def test_a_cookie_a_header_and_a_policy_that_are_not_as_they_should_are_found(
    shared_demo: Engine, make_app: MakeApp, tmp_path: Path
) -> None:
    app = make_app(shared_demo)

    def loose(response: Any) -> Any:
        response.headers["Set-Cookie"] = "track=1"
        response.headers["Referrer-Policy"] = "unsafe-url"
        response.headers["Content-Security-Policy"] += "; connect-src 'self' https://elsewhere.example"
        return response

    # The last to be done of all.
    app.after_request_funcs[None].insert(0, loose)
    seen = walk(app, settings_of(url_of(shared_demo), tmp_path), ["/privacy"])
    assert seen.cookies["patients"] >= 1
    assert any("Referrer-Policy" in one for one in seen.differ["patients"])
    assert set(seen.allowed_elsewhere) == {"https://elsewhere.example"}
