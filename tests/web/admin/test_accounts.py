"""Accounts at the desk: made, changed, switched off, and nobody shuts themselves out by a slip."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from finder.db.staff import StaffRole
from finder.desk.accounts import Account, accounts, add_staff, sign_in, switch
from finder.errors import DeskRefused
from tests.web.admin.conftest import PASSWORD, Desk, SignIn
from tests.web.pages import Page

OTHER = "five blue kettles"
NEW = {"name": "Bea Moss", "role": "editor", "password": OTHER, "again": OTHER}


def account(engine: Engine, name: str) -> Account:
    with engine.connect() as connection:
        return next(one for one in accounts(connection) if one.name == name)


def test_an_account_is_made_and_changed(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(StaffRole.ADMINISTRATOR)
    assert desk.post("/admin/staff", NEW).status_code == 303
    assert "Bea Moss can sign in now, as editor." in desk.get("/admin/staff").text
    assert account(demo_engine, "Bea Moss").role is StaffRole.EDITOR
    hers = Desk(desk.app.test_client(), desk.app)
    assert hers.post("/admin/sign-in", {"name": "Bea Moss", "password": OTHER}).status_code == 303
    path = "/admin/staff/Bea%20Moss"
    assert desk.post(path, {"do": "role", "role": "viewer"}).status_code == 303
    assert account(demo_engine, "Bea Moss").role is StaffRole.VIEWER
    assert hers.get("/admin/").status_code == 303, "another role ends the sessions"
    assert hers.post("/admin/sign-in", {"name": "Bea Moss", "password": OTHER}).status_code == 303
    assert desk.post(path, {"do": "sign-out"}).status_code == 303
    assert hers.get("/admin/").status_code == 303
    assert desk.post(path, {"do": "password", "password": PASSWORD, "again": PASSWORD}).status_code == 303
    assert sign_in(demo_engine, "Bea Moss", PASSWORD).name == "Bea Moss"
    assert desk.post(path, {"do": "off"}).status_code == 303
    assert account(demo_engine, "Bea Moss").disabled_at
    assert desk.post(path, {"do": "on"}).status_code == 303
    assert account(demo_engine, "Bea Moss").disabled_at is None
    assert desk.get("/admin/staff/Nobody").status_code == 404


def test_what_cannot_be_is_refused_and_no_password_is_shown(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(StaffRole.ADMINISTRATOR, "Ada")
    for wrong, told in (
        ({"again": "another thing"}, "not the same"), ({"password": "short", "again": "short"}, "too easy"),
        ({"name": "<b>x</b>"}, "cannot be called"), ({"name": "ada"}, "already"),
    ):  # fmt: skip
        reply = desk.post("/admin/staff", {**NEW, **wrong})
        assert reply.status_code == 400
        page = Page(reply.text)
        assert told in page.one("p", role="alert").text
        assert "<b>x" not in reply.text
        assert OTHER not in reply.text
        assert all(not one["value"] for one in page.all("input", type="password"))
    with demo_engine.connect() as connection:
        assert [one.name for one in accounts(connection)] == ["Ada"]


def test_an_administrator_cannot_shut_themselves_out(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(StaffRole.ADMINISTRATOR, "Ada")
    add_staff(demo_engine, "Bea", StaffRole.ADMINISTRATOR, PASSWORD, "tests")
    own = desk.get("/admin/staff/Ada").text
    assert 'value="off"' not in own
    assert 'value="role"' not in own
    for form in ({"do": "off"}, {"do": "role", "role": "viewer"}):
        refused = desk.post("/admin/staff/Ada", form, page="/admin/staff")
        assert refused.status_code == 400
        assert "no slip shuts you out" in refused.text
    assert (account(demo_engine, "Ada").role, account(demo_engine, "Ada").disabled_at) == (
        StaffRole.ADMINISTRATOR,
        None,
    )


def test_the_last_administrator_stays(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(StaffRole.ADMINISTRATOR, "Ada")
    with pytest.raises(DeskRefused) as refusal:
        switch(demo_engine, "Ada", "root (command line)", on=False)
    assert refusal.value.code == "staff_last_administrator"
    assert desk.get("/admin/staff").status_code == 200
