"""Publications that take long are done by a process of their own, and the page tells how far they are."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from finder.db.golden import Expects
from finder.db.publications import OrderState, PublicationOrder
from finder.desk import orders
from finder.desk.golden import add_golden
from finder.desk.history import history
from finder.desk.orders import carry_out, find_order, place_order
from finder.errors import DeskRefused, DirectoryRefused
from finder.search.golden import Golden
from finder.web.admin import publication_starts
from tests.desk.test_publish import active
from tests.web.admin.conftest import Desk, SignIn
from tests.web.admin.test_publication import PLACES, form_of, imported
from tests.web.pages import Page

PATIENCE_SECONDS = 60


@pytest.fixture
def all_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every directory for a large one."""
    monkeypatch.setattr(orders, "MOST_AT_ONCE", 0)


def order(desk: Desk, version: int, **more: str) -> str:
    """Press the button; return the address of the page that tells how far it is."""
    page = f"/admin/versions/clinic/{version}/changes"
    reply = desk.post(f"/admin/versions/clinic/{version}/publish", form_of(desk, page) | more, page=page)
    assert reply.status_code == 303, reply.text
    return reply.headers["Location"]


def end_of(desk: Desk, path: str) -> str:
    """Look at the page as it reloads itself, until it goes on; return where to."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        reply = desk.get(path)
        if reply.status_code == 303:
            return reply.headers["Location"]
        if "was not published" in reply.text:
            return ""
        assert '<meta http-equiv="refresh" content="2">' in reply.text
        assert "is being published" in reply.text
        time.sleep(0.1)
    raise AssertionError("it never ended")


def test_a_process_of_its_own_publishes_what_is_large(
    desk_of: SignIn, demo_engine: Engine, tmp_path: Path, all_long: None
) -> None:
    desk = desk_of(name="Rosa Fennimore")
    imported(demo_engine, tmp_path, *PLACES)
    watched = order(desk, 1, checked="yes", checked_on="2026-11-02", checked_by="Rosa")
    assert end_of(desk, watched) == "/admin/history"
    assert "Version 1 of clinic is in force: edition 2." in desk.get("/admin/history").text
    assert active(demo_engine) == {"clinic": 1}
    with demo_engine.connect() as connection:
        last = history(connection)[0]
    assert (last.actor, last.version, last.checked_on, last.checked_by) == ("Rosa Fennimore", 1, "2026-11-02", "Rosa")


def test_what_it_is_refused_for_is_told_on_the_page_of_changes(
    desk_of: SignIn, demo_engine: Engine, tmp_path: Path, all_long: None
) -> None:
    desk = desk_of()
    imported(demo_engine, tmp_path, *PLACES)
    add_golden(demo_engine, Golden(None, {"zip": "23220"}, "places", Expects.FIRST, "Larkmoor", 3), "test")
    back = end_of(desk, order(desk, 1, checked="yes", checked_on="2026-11-02", checked_by="Rosa"))
    page = Page(desk.get(back).text)
    assert page.one("p", class_="refusal").text.startswith("Nothing was published: searches that must hold would not.")
    assert "places near 23220: must show Larkmoor in the first 3, and what came is: Clinic" in page.one("main").text
    # What was typed is still there.
    assert form_of(desk, back)["checked_by"] == "Rosa"
    assert active(demo_engine) == {"demo": 1}
    # An order is shown only on the page of its own version.
    imported(demo_engine, tmp_path, *PLACES[:9])
    other = desk.get(back.replace("/1/", "/2/")).text
    assert "Nothing was published" not in other


def test_a_large_directory_is_not_tried_while_somebody_waits(
    desk_of: SignIn, demo_engine: Engine, tmp_path: Path, all_long: None
) -> None:
    desk = desk_of()
    imported(demo_engine, tmp_path, *PLACES)
    assert "<code>finder golden run clinic 1</code>" in desk.get("/admin/versions/clinic/1/changes").text
    reply = desk.post("/admin/versions/clinic/1/golden", {}, page="/admin/versions/clinic/1/changes")
    assert (reply.status_code, "finder golden run clinic 1" in reply.text) == (400, True)


def test_one_whose_process_dies_says_so_and_can_be_ordered_again(
    desk_of: SignIn, demo_engine: Engine, tmp_path: Path, all_long: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of()
    imported(demo_engine, tmp_path, *PLACES)
    started: list[publication_starts.subprocess.Popen[bytes]] = []
    popen = publication_starts.subprocess.Popen

    def kept(*arguments: object, **words: object) -> object:
        started.append(popen(*arguments, **words))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(publication_starts.subprocess, "Popen", kept)
    watched = order(desk, 1)
    started[0].kill()
    assert end_of(desk, watched) == ""
    assert "Nothing was changed: patients see what they saw before." in desk.get(watched).text
    assert active(demo_engine) == {"demo": 1}
    assert end_of(desk, order(desk, 1)) == "/admin/history"
    assert active(demo_engine) == {"clinic": 1}


def test_one_that_cannot_be_started_says_so(
    desk_of: SignIn, demo_engine: Engine, tmp_path: Path, all_long: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of()
    imported(demo_engine, tmp_path, *PLACES)

    def nothing(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(publication_starts.subprocess, "Popen", nothing)
    assert end_of(desk, order(desk, 1)) == ""


def test_one_that_fell_silent_is_given_up(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES)
    number = place_order(engine, "clinic", 1, "Rosa", {})
    assert find_order(engine, number).state is OrderState.WORKING
    with engine.begin() as connection:
        long_ago = dt.datetime.now(dt.UTC) - orders.SILENT - dt.timedelta(seconds=1)
        connection.execute(update(PublicationOrder).values(heartbeat_at=long_ago))
    assert find_order(engine, number).state is OrderState.ABANDONED
    with pytest.raises(DeskRefused, match="order_done"):
        carry_out(engine, number)
    with pytest.raises(DeskRefused, match="order_missing"):
        carry_out(engine, number + 1)
    assert active(engine) == {}


def test_two_orders_of_one_version_are_carried_out_once(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES)
    first, second = (place_order(engine, "clinic", 1, who, {"seen": 0}) for who in ("Rosa", "Tom"))
    edition = carry_out(engine, first)
    assert (find_order(engine, first).state, find_order(engine, first).edition) == (OrderState.DONE, edition)
    with pytest.raises(DirectoryRefused, match="dataset_already_active"):
        carry_out(engine, second)
    assert (find_order(engine, second).state, find_order(engine, second).code) == (
        OrderState.REFUSED, "dataset_already_active",
    )  # fmt: skip


def test_small_directories_are_published_at_once(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(engine, tmp_path, *PLACES)
    with engine.connect() as connection:
        assert not orders.takes_long(connection, "clinic", 1)
        for most, is_long in ((11, False), (10, True)):
            monkeypatch.setattr(orders, "MOST_AT_ONCE", most)
            assert orders.takes_long(connection, "clinic", 1) == is_long
