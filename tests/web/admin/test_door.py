"""The desk's door: who comes in, by what cookie, and what no form, header or copied cookie gets past."""

from __future__ import annotations

import datetime as dt
import re
import statistics
import threading
import time

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, insert, select, update

from finder.db.staff import AuditEntry, SignInTries, Staff, StaffRole
from finder.desk.accounts import MAY, add_staff, set_password, set_role, sign_in, switch
from finder.desk.sites import SiteWish, add_site
from finder.errors import DeskRefused
from finder.web.admin.door import NEEDS, blueprint
from tests.web.admin.conftest import PASSWORD, Desk, SignIn
from tests.web.conftest import MakeApp

TLS = "https://localhost"
WRONG = "not the password"


@pytest.fixture
def desk(demo_engine: Engine, make_app: MakeApp) -> Desk:
    """A browser at the door, with one account there, not signed in."""
    add_staff(demo_engine, "Ada Fern", StaffRole.EDITOR, PASSWORD, "tests")
    app = make_app(demo_engine)
    return Desk(app.test_client(), app)


def try_it(desk: Desk, name: str, password: str, **more: object) -> int:
    return desk.post("/admin/sign-in", {"name": name, "password": password}, **more).status_code


# ---- coming in and going out


def test_whoever_is_not_signed_in_is_asked_to_and_led_on(desk: Desk) -> None:
    asked = desk.get("/admin/password")
    assert (asked.status_code, asked.location) == (303, "/admin/sign-in?next=/admin/password")
    form = {"name": "Ada Fern", "password": PASSWORD}
    came = desk.post("/admin/sign-in?next=/admin/password", form)
    assert (came.status_code, came.location) == (303, "/admin/password")
    assert desk.get("/admin/password").status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "https://evil.example/admin/",
        "/admin/\\evil",
        "/specialists",
        "/admin/%0d%0ax",
        "javascript:x",
    ],
)
def test_nobody_is_led_elsewhere(desk: Desk, elsewhere: str) -> None:
    came = desk.post(
        f"/admin/sign-in?next={elsewhere}", {"name": "Ada Fern", "password": PASSWORD}, page="/admin/sign-in"
    )
    assert came.status_code == 303
    assert came.location in ("/admin/", "/admin/%250d%250ax", "/admin/%0D%0Ax")


def test_signing_out_ends_a_copied_cookie_and_every_other_device(desk: Desk) -> None:
    other = Desk(desk.app.test_client(), desk.app)
    for one in (desk, other):
        assert try_it(one, "Ada Fern", PASSWORD) == 303
    copied = desk.client.get_cookie("finder_desk", path="/admin/")
    assert copied
    thief = desk.app.test_client()
    thief.set_cookie("finder_desk", copied.value, path="/admin/")
    assert thief.get("/admin/").status_code == 200
    assert desk.post("/admin/sign-out", page="/admin/").status_code == 303
    for one in (thief, other.client, desk.client):
        assert one.get("/admin/").status_code == 303


@pytest.mark.parametrize("deed", ["password", "role", "off", "sign out by command"])
def test_a_session_ends_with_what_it_was_begun_for(desk: Desk, demo_engine: Engine, deed: str) -> None:
    assert try_it(desk, "Ada Fern", PASSWORD) == 303
    if deed == "password":
        set_password(demo_engine, "Ada Fern", "four green kettles", "tests")
    elif deed == "role":
        set_role(demo_engine, "Ada Fern", StaffRole.VIEWER, "tests")
    elif deed == "off":
        switch(demo_engine, "Ada Fern", "tests", on=False)
    else:
        with demo_engine.begin() as connection:
            connection.execute(update(Staff).values(session_epoch=Staff.session_epoch + 1))
    assert desk.get("/admin/").status_code == 303


def test_who_changes_the_password_stays_and_others_go(desk: Desk) -> None:
    other = Desk(desk.app.test_client(), desk.app)
    for one in (desk, other):
        assert try_it(one, "Ada Fern", PASSWORD) == 303
    assert desk.post("/admin/password", {"password": WRONG, "another": "four green kettles"}).status_code == 400
    assert desk.post("/admin/password", {"password": PASSWORD, "another": "short"}).status_code == 400
    assert desk.post("/admin/password", {"password": PASSWORD, "another": "four green kettles"}).status_code == 303
    assert desk.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 303
    assert try_it(other, "Ada Fern", PASSWORD) == 403
    assert try_it(other, "Ada Fern", "four green kettles") == 303


def test_a_session_has_an_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert try_it(desk, "Ada Fern", PASSWORD) == 303
    with desk.client.session_transaction("/admin/") as session:
        session["since"] = (dt.datetime.now(dt.UTC) - dt.timedelta(hours=13)).isoformat()
    assert desk.get("/admin/").status_code == 303


# ---- cookies


def test_the_cookie_is_strict_and_of_the_desk_alone(desk: Desk) -> None:
    reply = desk.post("/admin/sign-in", {"name": "Ada Fern", "password": PASSWORD})
    for cookie in reply.headers.getlist("Set-Cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert "Path=/admin/" in cookie
        assert PASSWORD not in cookie
    for path in ("/", "/specialists?zip=23220", "/api/v1/conditions", "/docs/", "/nothing", "/static/style.css"):
        with desk.get(path) as page:
            assert "Set-Cookie" not in page.headers
            assert "Cookie" not in page.headers.get("Vary", "")


def test_over_tls_the_cookie_comes_from_tls_alone(desk: Desk) -> None:
    token = re.search(r'csrf_token" value="([^"]+)"', desk.client.get("/admin/sign-in", base_url=TLS).text)
    assert token
    form = {"csrf_token": token[1], "name": "Ada Fern", "password": PASSWORD}
    reply = desk.client.post("/admin/sign-in", data=form, base_url=TLS)
    assert reply.status_code == 303
    kept = reply.headers.getlist("Set-Cookie")
    assert [one for one in kept if one.startswith("__Secure-finder_desk=")]
    assert all("; Secure" in one for one in kept)
    assert desk.client.get("/admin/", base_url=TLS).status_code == 200


def test_a_session_from_before_is_not_the_one_after(desk: Desk) -> None:
    """Who planted a cookie in a browser does not know that of whoever signs in with it."""
    desk.get("/admin/sign-in")
    planted = desk.client.get_cookie("finder_desk", path="/admin/")
    assert planted
    with desk.client.session_transaction("/admin/") as session:
        session["planted"] = True
        before = session["csrf_token"]
    assert try_it(desk, "Ada Fern", PASSWORD) == 303
    desk.get("/admin/password")
    with desk.client.session_transaction("/admin/") as session:
        assert "planted" not in session
        assert session["csrf_token"] != before
    thief = desk.app.test_client()
    thief.set_cookie("finder_desk", planted.value, path="/admin/")
    assert thief.get("/admin/").status_code == 303


@pytest.mark.parametrize("made_up", ["", "x", "eyJfdXNlcl9pZCI6IjEuMCJ9.aaaa.bbbb", '"', "a" * 3000])
def test_a_cookie_that_we_did_not_sign_opens_nothing(desk: Desk, made_up: str) -> None:
    desk.client.set_cookie("finder_desk", made_up, path="/admin/")
    desk.client.set_cookie("finder_device", made_up, path="/admin/")
    assert desk.get("/admin/").status_code == 303
    assert try_it(desk, "Ada Fern", WRONG) == 403


# ---- forms from elsewhere


def forms(client: FlaskClient) -> list[str]:
    """Return every address of the desk that takes a form, gaps filled with something."""
    rules = client.application.url_map.iter_rules()
    found = [one.rule for one in rules if one.endpoint.startswith("admin.") and "POST" in (one.methods or ())]
    return [re.sub(r"<int:[^>]+>", "1", re.sub(r"<(?!int:)[^>]+>", "x", rule)) for rule in found]


@pytest.mark.parametrize("role", [StaffRole.ADMINISTRATOR])
def test_no_form_is_taken_without_its_token_or_from_elsewhere(desk_of: SignIn, role: StaffRole) -> None:
    desk = desk_of(role)
    addresses = forms(desk.client)
    assert len(addresses) >= 3
    token = re.search(r'csrf_token" value="([^"]+)"', desk.get("/admin/").text)
    assert token
    with desk.app.extensions["finder"].directory.engine.connect() as connection:
        before = connection.scalar(select(func.count()).select_from(AuditEntry))
        for address in addresses:
            for form, headers in (
                ({}, {}),
                ({"csrf_token": "x"}, {}),
                ({"csrf_token": token[1]}, {"Sec-Fetch-Site": "cross-site"}),
                ({"csrf_token": token[1]}, {"Sec-Fetch-Site": "same-site"}),
                ({"csrf_token": token[1]}, {"Origin": "https://evil.example"}),
            ):
                reply = desk.client.post(address, data=form, headers=headers)
                assert reply.status_code == 400, (address, form, headers, reply.status_code)
                assert "nothing was changed" in reply.text
        assert connection.scalar(select(func.count()).select_from(AuditEntry)) == before


def test_anothers_token_is_no_use(desk_of: SignIn) -> None:
    mine, theirs = desk_of(StaffRole.EDITOR), desk_of(StaffRole.VIEWER)
    token = re.search(r'csrf_token" value="([^"]+)"', theirs.get("/admin/").text)
    assert token
    assert mine.client.post("/admin/sign-out", data={"csrf_token": token[1]}).status_code == 400
    assert mine.get("/admin/").status_code == 200


# ---- roles


def test_every_view_of_the_desk_says_what_it_needs(desk: Desk) -> None:
    views = desk.app.view_functions
    assert {name for name in views if name.startswith("admin.") and views[name] not in NEEDS} == set()
    assert {one.__name__ for one, needed in NEEDS.items() if needed[0] is None} == {"sign_in"}
    assert blueprint.url_prefix == "/admin"


@pytest.mark.parametrize("role", list(StaffRole))
def test_nobody_does_by_any_route_what_the_role_may_not(desk_of: SignIn, role: StaffRole) -> None:
    """Every address, seen and sent to: refused where its row says so, and let in where it does not."""
    desk = desk_of(role)
    token = re.search(r'csrf_token" value="([^"]+)"', desk.get("/admin/").text)
    assert token
    for rule in sorted(desk.app.url_map.iter_rules(), key=lambda one: one.rule):
        if not rule.endpoint.startswith("admin.") or rule.endpoint in ("admin.sign_out", "admin.sign_in"):
            continue
        sees, sends, _largest = NEEDS[desk.app.view_functions[rule.endpoint]]
        address = re.sub(r"<int:[^>]+>", "1", re.sub(r"<(?!int:)[^>]+>", "x", rule.rule))
        for method, deed in (("GET", sees), ("POST", sends)):
            if method not in (rule.methods or ()) or deed is None:
                continue
            if role in MAY[deed]:
                # Whether it is let in is tried where the page is; a form here would do what it says.
                continue
            reply = desk.client.open(
                address, method=method, data={"csrf_token": token[1]} if method == "POST" else None
            )
            assert reply.status_code == 403, (method, address)
            assert "may not do this" in reply.text


@pytest.mark.parametrize("face", ["page", "frame", "part"])
def test_the_desk_is_in_no_page_of_others(desk: Desk, demo_engine: Engine, face: str) -> None:
    key = add_site(demo_engine, SiteWish("Host", ("https://host.example",)), "tests").key
    directory = desk.app.extensions["finder"].directory
    deadline = time.monotonic() + 10
    while key not in directory.sites and time.monotonic() < deadline:
        time.sleep(0.05)
    assert key in directory.sites
    reply = desk.get(f"/embed/{face}/{key}/admin/sign-in")
    assert reply.status_code == 404
    assert "Set-Cookie" not in reply.headers
    assert "frame-ancestors 'none'" in desk.get("/admin/sign-in").headers["Content-Security-Policy"]


# ---- guessing


def test_guessing_waits_longer_each_time_and_no_header_helps(desk: Desk) -> None:
    seen = [try_it(desk, "Ada Fern", WRONG) for _ in range(5)]
    assert seen == [403] * 5
    headers = [{"X-Forwarded-For": f"203.0.113.{n}"} for n in range(3)] + [
        {"Forwarded": "for=198.51.100.7"},
        {"X-Real-IP": "198.51.100.9"},
    ]
    for one in headers:
        reply = desk.post("/admin/sign-in", {"name": "Ada Fern", "password": PASSWORD}, headers=one)
        assert reply.status_code == 429
        assert 0 < int(reply.headers["Retry-After"]) <= 5
    # Others of the name, and other spellings of it, wait as well; another name does not.
    assert try_it(desk, " ADA FERN ", WRONG) == 429
    assert try_it(desk, "Bo Fern", WRONG) == 403


def wait_over(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(SignInTries).values(locked_until=dt.datetime.now(dt.UTC)))


def refused(engine: Engine, password: str) -> dict[str, int]:
    """Return what a sign-in is refused with: nothing, or how many seconds to wait."""
    with pytest.raises(DeskRefused) as refusal:
        sign_in(engine, "Ada Fern", password)
    return refusal.value.params


def test_the_wait_doubles_up_to_a_quarter_of_an_hour_and_ends_with_the_right_password(
    desk: Desk, demo_engine: Engine
) -> None:
    waits = []
    for _ in range(4):
        assert refused(demo_engine, WRONG) == {}
    for _ in range(10):
        assert refused(demo_engine, WRONG) == {}
        # Even the right password is not looked at while it lasts.
        assert 0 < refused(demo_engine, PASSWORD)["seconds"] <= 900
        with demo_engine.connect() as connection:
            since, until = connection.execute(select(SignInTries.last_at, SignInTries.locked_until)).one()
        waits.append(round((until - since).total_seconds()))
        wait_over(demo_engine)
    assert waits[:4] == [5, 10, 20, 40]
    assert max(waits) == 900
    wait_over(demo_engine)
    assert sign_in(demo_engine, "Ada Fern", PASSWORD).name == "Ada Fern"
    with demo_engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(SignInTries)) == 0


def test_many_at_once_gain_nothing(demo_engine: Engine) -> None:
    add_staff(demo_engine, "Ada Fern", StaffRole.EDITOR, PASSWORD, "tests")
    codes: list[str] = []

    def guess() -> None:
        try:
            sign_in(demo_engine, "Ada Fern", WRONG)
        except DeskRefused as refusal:
            codes.append(refusal.code)

    threads = [threading.Thread(target=guess) for _ in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert codes.count("sign_in_refused") == 5
    assert codes.count("sign_in_wait") == 11


def test_strangers_do_not_lock_out_the_device_that_was_signed_in_before(desk: Desk) -> None:
    assert try_it(desk, "Ada Fern", PASSWORD) == 303
    assert desk.post("/admin/sign-out", page="/admin/").status_code == 303
    stranger = Desk(desk.app.test_client(), desk.app)
    for _ in range(7):
        try_it(stranger, "Ada Fern", WRONG)
    assert try_it(stranger, "Ada Fern", PASSWORD) == 429
    assert try_it(desk, "Ada Fern", PASSWORD) == 303
    # The device is no way to guess either, nor one for another name.
    assert desk.post("/admin/sign-out", page="/admin/").status_code == 303
    for _ in range(5):
        try_it(desk, "Ada Fern", WRONG)
    assert try_it(desk, "Ada Fern", PASSWORD) == 429


def test_nothing_tells_whether_a_name_exists(desk: Desk, demo_engine: Engine) -> None:
    """The same words, the same status, the same wait, and the same work for the password."""
    pages = {}
    for name in ("Ada Fern", "Nobody Here"):
        told = []
        for _ in range(7):
            reply = desk.post("/admin/sign-in", {"name": name, "password": WRONG})
            text = re.sub(r'value="[^"]*"', "", reply.text)
            told.append((reply.status_code, re.sub(r"\d+ seconds", "N seconds", text)))
        pages[name] = told
    assert pages["Ada Fern"] == pages["Nobody Here"]
    switch(demo_engine, "Ada Fern", "tests", on=False)
    times: dict[str, list[float]] = {}
    for round_ in range(3):
        for name in ("Ada Fern", f"Nobody {round_}", "Eve Oak"):
            wait_over(demo_engine)
            began = time.process_time()
            with pytest.raises(DeskRefused):
                sign_in(demo_engine, name, WRONG)
            times.setdefault("there" if name == "Ada Fern" else "not", []).append(time.process_time() - began)
    # Argon2 is some 50 ms of work; without it an answer takes one.
    assert statistics.median(times["not"]) > statistics.median(times["there"]) / 3


def test_what_was_tried_is_not_kept_in_words(desk: Desk, demo_engine: Engine) -> None:
    try_it(desk, "zqx hip 4711", "zqx secret 4711")
    with demo_engine.connect() as connection:
        kept = [str(row) for row in connection.execute(select(SignInTries.__table__))]
        assert kept
        assert not any("zqx" in row for row in kept)
        connection.rollback()
    old = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    with demo_engine.begin() as connection:
        connection.execute(insert(SignInTries).values(key_hash="a" * 64, failed=3, last_at=old, locked_until=None))
    try_it(desk, "Ada Fern", PASSWORD)
    with demo_engine.connect() as connection:
        assert connection.scalar(select(func.count()).where(SignInTries.key_hash == "a" * 64)) == 0
