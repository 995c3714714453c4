"""A practice confirms by a link: opened as often as anybody likes, used once; nothing changes before staff say so."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update

from finder.db.quality import Answer, ConfirmationLink, ConfirmedFact
from finder.db.staff import Amendment, StaffRole
from finder.desk.confirmations import Correction, make_link, use_link, waiting, withdraw_link
from finder.desk.confirmed import accept, decline
from finder.errors import DeskRefused
from tests.conftest import load_index
from tests.web.admin.conftest import Desk, SignIn, desk_of  # noqa: F401
from tests.web.conftest import MakeApp
from tests.web.pages import Page

HIP = "place:demo:lark-hip"
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
# How mail is scanned: by several programs, some of which follow what they find.
SCANNERS = (
    {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) SafeLinks"}, {"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch"},
    {"User-Agent": "Slackbot-LinkExpanding 1.0"}, {"X-Moz": "prefetch"},
)  # fmt: skip
Link = Callable[..., str]


@pytest.fixture
def client(demo_engine: Engine, make_app: MakeApp) -> FlaskClient:
    return make_app(demo_engine, FINDER_PHONE="+18045550199").test_client()


@pytest.fixture
def link(demo_engine: Engine) -> Link:
    def made(public_id: str = HIP, **more: Any) -> str:
        return f"/confirm/{make_link(demo_engine, public_id, 'tests', dt.datetime.now(dt.UTC), **more)[1]}"

    return made


def form_of(client: FlaskClient, address: str) -> dict[str, str]:
    return {"seen": Page(client.get(address).text).one("input", name="seen")["value"]}


def send(client: FlaskClient, address: str, **form: str) -> Any:
    return client.post(address, data=form_of(client, address) | form, headers={"Sec-Fetch-Site": "same-origin"})


def test_a_link_opened_ten_times_by_a_scanner_still_works_once(
    client: FlaskClient, link: Link, demo_engine: Engine
) -> None:
    address = link()
    for number in range(10):
        headers = SCANNERS[number % len(SCANNERS)]
        for method in ("GET", "HEAD", "OPTIONS"):
            assert client.open(address, method=method, headers=headers).status_code in (200, 204)
    with demo_engine.connect() as connection:
        assert waiting(connection) == []
        assert connection.scalar(select(ConfirmationLink.used_at)) is None
    sent = send(client, address, all="right")
    assert sent.status_code == 200
    assert "Thank you" in sent.text
    with demo_engine.connect() as connection:
        (told,) = waiting(connection)
    assert (told.public_id, told.field, told.said) == (HIP, "", "")
    again = client.post(address, data={"seen": "x", "all": "right"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert again.status_code == 410
    for reply in (again, client.get(address)):
        assert "This link was used already" in reply.text
        assert "(804) 555-0199" in reply.text
    with demo_engine.connect() as connection:
        assert len(waiting(connection)) == 1


def test_of_two_at_once_one_wins(demo_engine: Engine) -> None:
    _number, token = make_link(demo_engine, HIP, "tests", dt.datetime.now(dt.UTC))
    begin, results = threading.Barrier(6), list[str]()

    def use() -> None:
        begin.wait()
        try:
            use_link(demo_engine, token, [], dt.datetime.now(dt.UTC), all_right=True)
            results.append("taken")
        except DeskRefused as refusal:
            results.append(refusal.code)

    threads = [threading.Thread(target=use) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(results) == ["link_over"] * 5 + ["taken"]
    with demo_engine.connect() as connection:
        assert len(waiting(connection)) == 1


def test_it_shows_what_patients_see_in_both_languages(client: FlaskClient, link: Link) -> None:
    address = link()
    english, spanish = client.get(address), client.get(f"{address}?lang=es")
    assert english.status_code == spanish.status_code == 200
    for text in (english.text, spanish.text):
        assert "Larkspindle Hip Pavilion" in text
        assert "New patients: call to ask" in text or "Taking new patients" in text
        assert "Acepta pacientes nuevos" in text or "Pacientes nuevos: llame para preguntar" in text
    assert 'lang="es"' in english.text
    assert '<html lang="es"' in spanish.text
    assert Page(spanish.text).one("html")["lang"] == "es"
    # The way to the other language stays on this page.
    assert f"{address}?lang=es" in english.text


def test_what_it_carries(client: FlaskClient, link: Link) -> None:
    address = link()
    for reply in (client.get(address), client.get("/confirm/nothing"), send(client, address, all="right")):
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in reply.headers
        assert '<meta name="robots" content="noindex">' in reply.text
        assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]


def test_no_page_and_no_table_holds_the_token(
    link: Link, client: FlaskClient, demo_engine: Engine, caplog: Any
) -> None:
    from tests.sample_files import whole_database

    address = link()
    client.get(address)
    send(client, address, all="right")
    token = address.removeprefix("/confirm/")
    assert len(token) >= 40
    assert token not in str(whole_database(demo_engine))
    assert token not in caplog.text


@pytest.mark.parametrize("state", ["expired", "withdrawn", "unknown", "gone"])
def test_links_that_are_over_say_so_kindly(client: FlaskClient, link: Link, demo_engine: Engine, state: str) -> None:
    address = link()
    with demo_engine.begin() as connection:
        if state == "expired":
            connection.execute(update(ConfirmationLink).values(expires_at=dt.datetime.now(dt.UTC)))
        if state == "gone":
            connection.execute(update(ConfirmationLink).values(public_id="place:demo:no-such"))
    if state == "withdrawn":
        withdraw_link(demo_engine, 1, "tests", dt.datetime.now(dt.UTC))
    if state == "unknown":
        address = "/confirm/" + "x" * 43
    for language in ("en", "es"):
        reply = client.get(f"{address}?lang={language}")
        assert reply.status_code == (404 if state == "unknown" else 410)
        assert "(804) 555-0199" in reply.text
        assert Page(reply.text).one("html")["lang"] == language
    posted = client.post(address, data={"all": "right"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert posted.status_code in (404, 410)
    with demo_engine.connect() as connection:
        assert waiting(connection) == []


@pytest.mark.parametrize("token", ["", "%00", "a" * 5000, "%F0%9F%98%80", "..%2f..%2fetc", "'%20OR%201=1--"])
def test_hostile_tokens_are_no_fault_of_ours(client: FlaskClient, token: str) -> None:
    assert client.get(f"/confirm/{token}").status_code in (404, 414)


def test_a_form_from_elsewhere_or_empty_or_too_large_spends_nothing(
    client: FlaskClient, link: Link, demo_engine: Engine
) -> None:
    address = link()
    form = form_of(client, address)
    elsewhere = client.post(address, data=form | {"all": "right"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    assert send(client, address).status_code == 400
    assert send(client, address, f0="  ").status_code == 400
    assert send(client, address, f0="x" * 60_000).status_code == 413
    changed = client.post(address, data={"seen": "0" * 32, "all": "right"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert changed.status_code == 400
    assert "The page has changed" in changed.text
    with demo_engine.connect() as connection:
        assert waiting(connection) == []
        assert connection.scalar(select(ConfirmationLink.used_at)) is None
    assert send(client, address, all="right").status_code == 200


HOSTILE = '<script>alert(1)</script> {{ 7*7 }} =HYPERLINK("x") "\'><img src=x onerror=alert(1)>'


def number_of(client: FlaskClient, address: str, label: str) -> str:
    """Return the name of the field beside the first fact of this name."""
    page = Page(client.get(address).text)
    terms = [one for one in page.all("dt") if one["id"].startswith("l")]
    return next(f"f{one['id'][1:]}" for one in terms if one.text.strip() == label)


def test_corrections_wait_beside_what_was_shown_and_become_amendments(
    desk_of: SignIn,  # noqa: F811
    link: Link,
    demo_engine: Engine,
) -> None:
    desk = desk_of(StaffRole.EDITOR)
    client = desk.app.test_client()
    address = link()
    phone, name = number_of(client, address, "Phone"), number_of(client, address, "Name")
    assert send(client, address, **{phone: "804-555-0177", name: HOSTILE}).status_code == 200
    board = desk.get("/admin/quality/confirmations").text
    assert "2 of what patients see is wrong" in board
    page = desk.get("/admin/confirmations/1").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "{{ 7*7 }}" in page
    with demo_engine.connect() as connection:
        by_field = {one.field: one for one in waiting(connection)}
    assert by_field["name"].shown == "Larkspindle Hip Pavilion"
    told = desk.post(
        "/admin/confirmations/1/accept",
        {"number": str(by_field["phone"].id), "instead": by_field["phone"].said, "row": "0"},
        page="/admin/confirmations/1",
    )
    assert told.status_code == 303
    with demo_engine.connect() as connection:
        a = Amendment
        made = connection.execute(select(a.public_id, a.field, a.value, a.made_by)).all()
        assert [tuple(one) for one in made] == [(HIP, "phone", "+18045550177", "A editor")]
    declined = desk.post(
        "/admin/confirmations/1/decline", {"number": str(by_field["name"].id)}, page="/admin/confirmations/1"
    )
    assert declined.location == "/admin/quality/confirmations#row-0"
    with demo_engine.connect() as connection:
        assert waiting(connection) == []
        rows = connection.execute(select(ConfirmedFact.field, ConfirmedFact.answer))
        answers = {row.field: row.answer for row in rows}
    assert answers == {"name": Answer.DECLINED, "phone": Answer.ACCEPTED}


def test_all_right_counts_as_checked_on_the_day_it_was_said_once_accepted(demo_engine: Engine) -> None:
    from finder.search import listing

    _number, token = make_link(demo_engine, HIP, "tests", dt.datetime.now(dt.UTC))
    said_at = dt.datetime.now(dt.UTC)
    use_link(demo_engine, token, [], said_at, all_right=True)

    def days() -> set[dt.date | None]:
        with demo_engine.connect() as connection:
            found = listing(load_index(demo_engine), connection, HIP, said_at.date())
        return {found.location.verified_on, *(role.verified_on for _person, role in found.people)}  # type: ignore[union-attr]

    assert days() != {said_at.date()}
    with demo_engine.connect() as connection:
        (told,) = waiting(connection)
    accept(demo_engine, told.id, "tests", said_at)
    assert days() == {said_at.date()}
    for again in (accept, decline):
        with pytest.raises(DeskRefused) as refused:
            again(demo_engine, told.id, "tests", said_at)
        assert refused.value.code == "confirmation_missing"


def test_a_correction_that_is_refused_waits_on(demo_engine: Engine) -> None:
    now = dt.datetime.now(dt.UTC)
    _number, token = make_link(demo_engine, HIP, "tests", now)
    use_link(demo_engine, token, [Correction(HIP, "phone", "x", "call the front desk")], now, all_right=False)
    with demo_engine.connect() as connection:
        (told,) = waiting(connection)
    with pytest.raises(DeskRefused) as refused:
        accept(demo_engine, told.id, "tests", now)
    assert refused.value.code == "amendment_refused"
    with demo_engine.connect() as connection:
        assert [one.id for one in waiting(connection)] == [told.id]
    accept(demo_engine, told.id, "tests", now, instead="804-555-0177")
    with demo_engine.connect() as connection:
        assert waiting(connection) == []


@pytest.mark.parametrize(
    ("public_id", "days", "code"),
    [("place:demo:none", 30, "listing_unlisted"), (HIP, 0, "link_days_wrong"), (HIP, 91, "link_days_wrong")],
)
def test_a_link_that_makes_no_sense_is_refused(demo_engine: Engine, public_id: str, days: int, code: str) -> None:
    with pytest.raises(DeskRefused) as refused:
        make_link(demo_engine, public_id, "tests", NOW, days)
    assert refused.value.code == code


def test_a_link_is_made_at_the_desk_shown_once_and_taken_back(desk_of: SignIn) -> None:  # noqa: F811
    desk: Desk = desk_of(StaffRole.EDITOR)
    made = desk.post("/admin/confirmation-links", {"public_id": "npi:2025200009", "days": "7"})
    assert made.status_code == 200
    address = re.search(r'value="http://localhost(/confirm/[^"]+)"', made.text)
    assert address
    client = desk.app.test_client()
    assert client.get(address[1]).status_code == 200
    page = desk.get("/admin/confirmation-links").text
    assert address[1] not in page
    assert "Works" in page
    taken = desk.post("/admin/confirmation-links/1/take-back", page="/admin/confirmation-links")
    assert taken.status_code == 303
    assert client.get(address[1]).status_code == 410
    viewer = desk_of(StaffRole.VIEWER)
    assert viewer.post("/admin/confirmation-links", {"public_id": HIP, "days": "7"}, page="/admin/").status_code == 403
