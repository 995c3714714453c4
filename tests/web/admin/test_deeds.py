"""Who may do what on the pages of the telephone, notes, web sites, log, accounts and export: each role, each route."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from finder.db.staff import StaffRole
from finder.desk.accounts import MAY, Deed, add_staff
from finder.desk.sites import SiteWish, add_site
from finder.web.admin.door import NEEDS, blueprint
from tests.sample_files import whole_database
from tests.web.admin.conftest import PASSWORD, Desk, SignIn

NOTE, ACCOUNT = "/admin/note/npi:2025200009", "/admin/staff/Other"
# Path, what it takes to see it, what to send a form, and a form that would change something.
ROUTES: list[tuple[str, Deed, Deed, dict[str, Any]]] = [
    ("/admin/phone", Deed.SEE, Deed.SEE, {"zip": "23220"}),
    (NOTE, Deed.SEE, Deed.EDIT, {"note": "x"}),
    ("/admin/sites/new", Deed.MANAGE, Deed.MANAGE, {"name": "New", "origins": "https://new.example"}),
    ("/admin/sites/KEY", Deed.SEE, Deed.MANAGE, {"do": "off"}),
    ("/admin/sites/KEY", Deed.SEE, Deed.MANAGE, {"do": "remove", "named": "Quillmoor"}),
    ("/admin/sites/KEY/look", Deed.SEE, Deed.MANAGE, {"do": "keep", "brand": "#6a1b4d"}),
    ("/admin/staff", Deed.MANAGE, Deed.MANAGE, {"name": "Another", "role": "administrator", "password": PASSWORD, "again": PASSWORD}),
    (ACCOUNT, Deed.MANAGE, Deed.MANAGE, {"do": "role", "role": "administrator"}),
    (ACCOUNT, Deed.MANAGE, Deed.MANAGE, {"do": "password", "password": "five blue kettles", "again": "five blue kettles"}),
    (ACCOUNT, Deed.MANAGE, Deed.MANAGE, {"do": "off"}),
    (ACCOUNT, Deed.MANAGE, Deed.MANAGE, {"do": "sign-out"}),
    ("/admin/removals", Deed.EDIT, Deed.EDIT, {"npi": "2025200009", "reason": "x"}),
    ("/admin/export", Deed.EDIT, Deed.EDIT, {"source": "demo", "version": "1", "form": "zip"}),
]  # fmt: skip
SEEN = [("/admin/", Deed.SEE), ("/admin/sites", Deed.SEE), ("/admin/log", Deed.MANAGE), ("/admin/log.csv", Deed.MANAGE)]


@pytest.fixture
def key(demo_engine: Engine) -> str:
    """The key of a web site; beside it stands an account."""
    add_staff(demo_engine, "Other", StaffRole.VIEWER, PASSWORD, "tests")
    return add_site(demo_engine, SiteWish("Quillmoor", ["https://www.quillmoor.example"]), "tests").key


@pytest.mark.parametrize("role", list(StaffRole))
def test_each_role_sees_and_changes_what_it_may_and_nothing_else(
    desk_of: SignIn, demo_engine: Engine, key: str, role: StaffRole
) -> None:
    desk = desk_of(role)
    for path, deed in SEEN:
        assert desk.get(path).status_code == (200 if role in MAY[deed] else 403), path
    for path, sees, sends, form in ROUTES:
        at = path.replace("KEY", key)
        assert desk.get(at).status_code == (200 if role in MAY[sees] else 403), path
        if role in MAY[sends]:
            continue
        before = whole_database(demo_engine)
        # A token of the form that everyone has, so that nothing but the role stands in the way.
        assert desk.post(at, form, page="/admin/").status_code == 403, (path, form)
        assert whole_database(demo_engine) == before, path


def test_whoever_may_does(desk_of: SignIn, demo_engine: Engine, key: str) -> None:
    """The forms above would change something, so that the refusals tell something."""
    desk = desk_of(StaffRole.ADMINISTRATOR)
    for path, _sees, _sends, form in sorted(ROUTES, key=lambda one: one[3].get("do") == "remove"):
        reply = desk.post(path.replace("KEY", key), form)
        with reply:
            assert reply.status_code in (200, 303), (path, reply.text)


@pytest.mark.parametrize("role", list(StaffRole))
def test_pages_leave_out_what_would_be_refused(desk_of: SignIn, demo_engine: Engine, key: str, role: StaffRole) -> None:
    desk = desk_of(role)
    for path in (NOTE, f"/admin/sites/{key}", f"/admin/sites/{key}/look"):
        sends = next(one[2] for one in ROUTES if one[0].replace("KEY", key) == path)
        assert ('method="post" class="fields"' in desk.get(path).text or 'do" value="keep"' in desk.get(path).text) is (role in MAY[sends])  # fmt: skip


def test_nothing_goes_without_a_token_or_from_elsewhere(desk_of: SignIn, demo_engine: Engine, key: str) -> None:
    desk = desk_of(StaffRole.ADMINISTRATOR)
    before = whole_database(demo_engine)
    for path, _sees, _sends, form in ROUTES:
        at = path.replace("KEY", key)
        assert desk.client.post(at, data=form).status_code == 400
        assert desk.post(at, form, page="/admin/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    assert whole_database(demo_engine) == before


def test_every_route_of_these_pages_is_tried_here(desk_of: SignIn) -> None:
    desk: Desk = desk_of(StaffRole.VIEWER)
    ours = ("phone", "note", "sites", "new_site", "site", "look", "log", "log_csv", "staff", "account", "export")
    sending = {
        rule.endpoint.partition(".")[2] for rule in desk.app.url_map.iter_rules()
        if rule.endpoint.startswith(f"{blueprint.name}.") and "POST" in (rule.methods or ())
    }  # fmt: skip
    tried = {"phone", "note", "new_site", "site", "look", "staff", "account", "export"}
    assert sending & set(ours) == tried
    assert all(desk.app.view_functions[f"admin.{one}"] in NEEDS for one in ours)
