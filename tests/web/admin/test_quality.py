"""The quality board and its work lists, as staff use them."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from finder.db.reports import Mistake
from finder.db.staff import Amendment, StaffRole
from finder.desk.confirmations import Correction, make_link, use_link
from finder.desk.quality import LISTS
from finder.desk.reports import file_report
from tests.desk.test_quality import CAPABILITIES, PEOPLE, PLACES, PLANTED
from tests.search.small_directory import loader
from tests.web.admin.conftest import SignIn
from tests.web.pages import Page


@pytest.mark.parametrize("name", list(LISTS))
def test_every_list_has_a_page_and_a_file(desk_of: SignIn, name: str) -> None:
    desk = desk_of(StaffRole.VIEWER)
    board = desk.get("/admin/quality")
    assert board.status_code == 200
    assert "When listings were last checked" in board.text
    page = desk.get(f"/admin/quality/{name}")
    assert page.status_code == 200
    # Who only looks is shown nothing that would be refused.
    assert not re.search(r"/(fine|verified|handled|again)\"", page.text)
    number = int(re.search(r"<h1>[^<]*: ([\d,]+)</h1>", page.text)[1].replace(",", ""))  # type: ignore[index]
    file = desk.get(f"/admin/quality/{name}.csv")
    assert file.headers["Content-Disposition"] == f'attachment; filename="{name}.csv"'
    rows = list(csv.DictReader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert len(rows) == number
    assert desk.get("/admin/quality/nothing").status_code == 404


def test_a_report_is_answered_with_what_was_done(desk_of: SignIn, demo_engine: Engine) -> None:
    day = dt.date(2026, 11, 13)
    file_report(demo_engine, "place:demo:lark-hip", [Mistake.PHONE], 1, day)
    file_report(demo_engine, "npi:2025200009", [Mistake.NOT_HERE], 1, day + dt.timedelta(days=8))
    desk = desk_of()
    board = desk.get("/admin/quality").text
    assert "The oldest has waited 9 days." in board
    page = desk.get("/admin/quality/reports").text
    assert page.index("Larkspindle Hip Pavilion") < page.index(
        "npi%3A2025200009" if "npi%3A" in page else "npi:2025200009"
    )
    refused = desk.post(
        "/admin/quality/reports/handled",
        {"public_id": "place:demo:lark-hip", "how": " "},
        page="/admin/quality/reports",
    )
    assert refused.status_code == 400
    done = desk.post(
        "/admin/quality/reports/handled",
        {"public_id": "place:demo:lark-hip", "how": "<b>called</b> them", "row": "0"},
        page="/admin/quality/reports",
    )
    assert (done.status_code, done.location) == (303, "/admin/quality/reports#row-0")
    assert "1 report answered." in desk.get("/admin/quality/reports").text
    answered = desk.get("/admin/quality/reports?state=answered").text
    assert "&lt;b&gt;called&lt;/b&gt; them" in answered
    assert "By A editor" in answered


def test_checked_today_takes_a_row_off_and_puts_the_next_in_focus(desk_of: SignIn) -> None:
    desk = desk_of()
    before = Page(desk.get("/admin/quality/never-checked").text)
    rows = [one["value"] for one in before.all("input", name="public_id")]
    done = desk.post(
        "/admin/quality/never-checked/verified", {"public_id": rows[0], "row": "0"}, page="/admin/quality/never-checked"
    )
    assert done.location == "/admin/quality/never-checked#row-0"
    page = desk.get("/admin/quality/never-checked").text
    assert "1 listing verified today." in page
    assert rows[0] not in [one["value"] for one in Page(page).all("input", name="public_id")]


def test_a_finding_is_set_aside_with_a_reason_and_brought_back(desk_of: SignIn) -> None:
    desk = desk_of()
    address = "/admin/quality/approximate"
    page = Page(desk.get(address).text)
    subject = page.all("input", name="subject")[0]["value"]
    seen = page.all("input", name="fingerprint")[0]["value"]
    stale = desk.post(f"{address}/fine", {"subject": subject, "fingerprint": "0" * 64, "reason": "x"}, page=address)
    assert stale.status_code == 400
    assert "changed while you looked" in stale.text
    assert desk.post(f"{address}/fine", {"subject": subject, "fingerprint": seen}, page=address).status_code == 400
    form = {"subject": subject, "fingerprint": seen, "reason": "a <i>big</i> campus", "row": "0"}
    assert desk.post(f"{address}/fine", form, page=address).status_code == 303
    after = desk.get(address).text
    assert subject not in [one["value"] for one in Page(after).all("input", name="subject")][:-1]
    assert "a &lt;i&gt;big&lt;/i&gt; campus. By A editor" in after
    assert desk.post(f"{address}/again", {"subject": subject}, page=address).status_code == 303
    assert "Set aside</h2>" not in desk.get(address).text


def test_single_keys_are_told_and_can_be_switched_off(desk_of: SignIn) -> None:
    desk = desk_of()
    page = desk.get("/admin/quality/never-checked").text
    assert "desk-keys.js" in page
    assert "<kbd>j</kbd> next row" in page
    off = desk.post(
        "/admin/quality-keys", {"keys": "off", "name": "never-checked"}, page="/admin/quality/never-checked"
    )
    assert off.status_code == 303
    page = desk.get("/admin/quality/never-checked").text
    assert "desk-keys.js" not in page
    assert "<kbd>" not in page


HOSTILE = '<script>alert(4711)</script>{{ 7*191 }}"><img src=x onerror=alert(4711)>'
FORMULA = "=HYPERLINK(1)"


def test_hostile_text_is_text_on_every_list_and_in_every_file(
    desk_of: SignIn, demo_engine: Engine, tmp_path: Path
) -> None:
    """Names, streets and reasons that try to be markup, a template or a formula, on each list with what it finds."""
    places = [one | {"name": f"{one['name']} {HOSTILE}", "organization": f"{FORMULA} {HOSTILE}"} for one in PLACES]
    people = [one | {"family_name": f"{one['family_name']} {HOSTILE}"} for one in PEOPLE]
    people = [one | {"given_name": "=Ada"} for one in people]
    loader(demo_engine, tmp_path)("ours", locations=places, practitioners=people, capabilities=CAPABILITIES)
    now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    file_report(demo_engine, "place:ours:ash", [Mistake.PHONE], 1, now.date())
    _link, token = make_link(demo_engine, "place:ours:ash", HOSTILE, now)
    use_link(demo_engine, token, [Correction("place:ours:ash", "phone", HOSTILE, HOSTILE)], now, all_right=False)
    with demo_engine.begin() as connection:
        values = {"field": HOSTILE[:40], "value": "x", "imported_value": "", "made_by": HOSTILE, "made_at": now}
        ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
        connection.execute(insert(Amendment).values(public_id="place:ours:ash", **values, ends_at=ends))
    desk = desk_of()
    pages = ["/admin/quality", "/admin/confirmation-links", "/admin/confirmations/1", "/admin/same-places"]
    pages += ["/admin/same-place?one=place:ours:lap&other=place:ours:low"]
    pages += [f"/admin/quality/{name}" for name in LISTS]
    address = "/admin/quality/no-phone"
    form = Page(desk.get(address).text)
    seen = {"subject": "place:ours:gum", "fingerprint": form.all("input", name="fingerprint")[0]["value"]}
    assert desk.post(f"{address}/fine", {**seen, "reason": HOSTILE}, page=address).status_code == 303
    for path in pages:
        reply = desk.get(path)
        assert reply.status_code == 200, path
        assert "<script>alert" not in reply.text, path
        assert "<img" not in reply.text, path
        assert "1337" not in reply.text, path
        if path.endswith(("places-twice", "people-twice", "pins-in-doubt", "no-phone", "reports", "confirmations/1")):
            assert "&lt;script&gt;alert(4711)" in reply.text, path
    for name in LISTS:
        file = desk.get(f"/admin/quality/{name}.csv")
        for row in csv.reader(io.StringIO(file.data.decode("utf-8-sig"))):
            assert not any(cell.startswith(("=", "+", "@")) for cell in row), (name, row)
        assert file.mimetype == "text/csv"
    for name in ("pins-in-doubt", "no-phone", "people-twice", "places-twice", "unbacked", "approximate", "nobody"):
        rows = list(csv.DictReader(io.StringIO(desk.get(f"/admin/quality/{name}.csv").data.decode("utf-8-sig"))))
        # Names that have so much in common are like each other.
        assert len(rows) == len(PLANTED[name]) - (name == "no-phone") or name == "places-twice"


def test_a_comparison_of_no_places_leads_to_those_that_are_one(desk_of: SignIn) -> None:
    reply = desk_of(StaffRole.VIEWER).get("/admin/same-place?one=place:demo:lark-hip")
    assert (reply.status_code, reply.headers["Location"]) == (303, "/admin/same-places")
