"""A running server ends a change of staff at its moment, without anybody at a desk."""

from __future__ import annotations

import datetime as dt
import time

from sqlalchemy import Engine

from finder.desk.amendments import amend
from tests.web.conftest import MakeApp, directory_of


def test_a_server_makes_the_edition_in_which_a_change_has_ended(demo_engine: Engine, make_app: MakeApp) -> None:
    place = "place:demo:lark-hip"
    ends_at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=6)
    amend(demo_engine, place, {"notice_en": "Closed today."}, "Rosa", ends_at=ends_at)
    # Two workers notice it at once.
    apps = [make_app(demo_engine) for _ in range(2)]
    clients = [app.test_client() for app in apps]
    edition = directory_of(apps[0]).index.edition
    assert all("Closed today." in client.get(f"/place/{place}").text for client in clients)
    until = time.monotonic() + 90
    while any("Closed today." in client.get(f"/place/{place}").text for client in clients):
        assert time.monotonic() < until
        time.sleep(0.25)
    assert dt.datetime.now(dt.UTC) >= ends_at
    assert {directory_of(app).index.edition for app in apps} == {edition + 1}
    assert directory_of(apps[0]).index.snapshot.changes_until is None
