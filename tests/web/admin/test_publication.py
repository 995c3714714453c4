"""Changes, publishing, undoing and history at the desk, as staff of each role meet them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from finder.db.datasets import Dataset
from finder.db.golden import Expects
from finder.db.staff import Amendment, AuditEntry, StaffRole
from finder.desk.golden import add_golden
from finder.desk.publish import activate
from finder.importers.pipeline import Wishes, import_files
from finder.search.golden import Golden
from tests.desk.test_publish import active
from tests.sample_files import HIP_SURGEON, locations, practitioners, template_files, whole_database
from tests.web.admin.conftest import Desk, SignIn
from tests.web.pages import Page

PLACES = [f"place{n},Clinic {n},Clinics,clinic,VA,23220,37.5{n},-77.4{n}," for n in range(10, 20)]
NASTY = "<script>alert(1)</script> \"x\" & 'y' <img src=x onerror=alert(2)>"
STAFF = (StaffRole.VIEWER, StaffRole.CLINICAL_REVIEWER)


def imported(engine: Engine, folder: Path, *rows: str) -> int:
    """Import a version of the source clinic, with a surgeon at its first place."""
    first = rows[0].split(",")[0]
    files = [
        locations(folder / "places.csv", *rows),
        practitioners(folder / "people.csv", f"ada,{first},Ada,Fern,{HIP_SURGEON}"),
    ]
    version = import_files(engine, files, "clinic").version
    assert version is not None
    return version


def form_of(desk: Desk, path: str) -> dict[str, str]:
    """Return the fields of the form that publishes, as the page has them."""
    page = Page(desk.get(path).text)
    (form,) = [one for one in page.all("form") if one["action"].endswith("/publish")]
    boxes = ("checkbox",)
    return {
        one["name"]: one["value"] for one in page.within(form, "input")
        if one["type"] not in boxes and one["name"] != "csrf_token"
    }  # fmt: skip


def publish(desk: Desk, version: int, **more: str) -> str:
    """Press the button on the page of changes; return the page that comes of it."""
    page = f"/admin/versions/clinic/{version}/changes"
    reply = desk.post(
        f"/admin/versions/clinic/{version}/publish", form_of(desk, page) | more, page=page, follow_redirects=True
    )
    return reply.text


def test_see_publish_undo_and_see_it_gone(desk_of: SignIn, demo_engine: Engine, tmp_path: Path) -> None:
    desk = desk_of()
    imported(demo_engine, tmp_path, *PLACES)
    page = Page(desk.get("/admin/versions/clinic/1/changes").text)
    assert page.one("h1").text == "What will change: clinic"
    assert "Patients see nothing of clinic yet" in page.one("p", class_="lead").text
    assert [one.text for one in page.within(page.one("ul", class_="sums"), "li")] == [
        "0will disappear", "0changed", "11new", "0the same",
    ]  # fmt: skip
    told = publish(desk, 1)
    assert "Version 1 of clinic is in force: edition 2." in told
    assert active(demo_engine) == {"clinic": 1}

    imported(
        demo_engine,
        tmp_path,
        PLACES[0].replace("Clinic 10", "Clinic Ten"),
        *PLACES[1:9],
        PLACES[9].replace("37.519", "37.819"),
    )
    page = Page(desk.get("/admin/versions/clinic/2/changes").text)
    assert "Patients now see version 1" in page.one("p", class_="lead").text
    assert [(one.text) for one in page.all("del")] == ["Clinic 10", "37.519"]
    assert [(one.text) for one in page.all("ins")] == ["Clinic Ten", "37.819"]
    caption = page.one("figcaption").text
    assert "1 place will move (a ring, with a line from where it was): Clinic 19" in caption
    assert "by 21 miles" in caption
    publish(desk, 2)
    assert active(demo_engine) == {"clinic": 2}
    history = Page(desk.get("/admin/history").text)
    assert [one.text for one in history.all("h2")][:2] == [
        "Published: version 2 of clinic in force", "Published: version 1 of clinic",
    ]  # fmt: skip
    assert "0 listings gone, 2 changed, 0 new, 9 the same." in history.one("main").text
    reply = desk.post("/admin/sources/clinic/undo", {"seen": "2"}, page="/admin/history", follow_redirects=True)
    assert "Undone: of clinic, version 1 is in force again. Edition 4." in reply.text
    assert active(demo_engine) == {"clinic": 1}
    history = Page(desk.get("/admin/history?source=clinic").text)
    assert history.all("h2")[0].text == "Undone: clinic, back to version 1 in force"
    # What was undone can be looked at and put back.
    assert history.link("Restore version 2 of clinic, edition 3") == "/admin/versions/clinic/2/changes"
    assert "/admin/versions/clinic/2/changes?against=1" in desk.get("/admin/history").text
    publish(desk, 2)
    assert active(demo_engine) == {"clinic": 2}


def test_history_names_files_with_their_hashes(desk_of: SignIn, demo_engine: Engine, tmp_path: Path) -> None:
    import hashlib

    desk = desk_of()
    imported(demo_engine, tmp_path, *PLACES)
    publish(desk, 1)
    page = desk.get("/admin/history").text
    for name in ("places.csv", "people.csv"):
        content = (tmp_path / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() in page
        assert f"{len(content):,}" in page
        assert name in page


@pytest.mark.parametrize("role", list(StaffRole))
def test_only_who_may_publish_does_by_any_form(
    desk_of: SignIn, demo_engine: Engine, tmp_path: Path, role: StaffRole
) -> None:
    imported(demo_engine, tmp_path, *PLACES)
    imported(demo_engine, tmp_path, *PLACES[:9])
    for version in (1, 2):
        activate(demo_engine, "clinic", version, "test")
    imported(demo_engine, tmp_path, *PLACES[:8])
    number = add_golden(demo_engine, Golden(None, {"zip": "23220"}, "people", Expects.FIRST, "Ada Fern", 3), "test").id
    desk = desk_of(role)
    posts = {
        "/admin/versions/clinic/3/publish": {"seen": "2"}, "/admin/sources/clinic/undo": {"seen": "2"},
        "/admin/versions/clinic/3/golden": {},
        "/admin/golden": {"zip": "23220", "expects": "at_least", "number": "1", "unit": "people"},
        f"/admin/golden/{number}/remove": {},
    }  # fmt: skip
    for path in ("/admin/versions/clinic/3/changes", "/admin/history", "/admin/golden"):
        page = desk.get(path)
        assert page.status_code == 200
        actions = {one["action"].partition("#")[0] for one in Page(page.text).all("form")}
        assert bool(actions & posts.keys()) == (role not in STAFF), path
    if role in STAFF:
        before = whole_database(demo_engine)
        for path, fields in posts.items():
            # The token is that of the form that signs out: none of these has a form of its own.
            reply = desk.post(path, fields, page="/admin/history")
            assert reply.status_code == 403, path
            assert "Your account is a" in reply.text
        assert whole_database(demo_engine) == before
    else:
        assert desk.post("/admin/versions/clinic/3/publish", {"seen": "2"}, page="/admin/history").status_code == 303
        assert active(demo_engine) == {"clinic": 3}


def test_nothing_goes_without_a_token_or_an_account(desk_of: SignIn, demo_engine: Engine, tmp_path: Path) -> None:
    imported(demo_engine, tmp_path, *PLACES)
    desk = desk_of()
    paths = (
        "/admin/versions/clinic/1/publish", "/admin/versions/clinic/1/golden", "/admin/sources/clinic/undo",
        "/admin/golden", "/admin/golden/1/remove",
    )  # fmt: skip
    stranger = desk.app.test_client()
    for path in paths:
        assert desk.client.post(path, data={"seen": "0"}).status_code == 400
        assert "/admin/sign-in" in stranger.post(path, data={"seen": "0"}).headers["Location"]
    assert active(demo_engine) == {"demo": 1}


def test_much_that_disappears_needs_its_number_typed(desk_of: SignIn, demo_engine: Engine, tmp_path: Path) -> None:
    desk = desk_of()
    imported(demo_engine, tmp_path, *PLACES)
    activate(demo_engine, "clinic", 1, "test")
    imported(demo_engine, tmp_path, *PLACES[:6])
    page = Page(desk.get("/admin/versions/clinic/2/changes").text)
    assert "This would drop 36 in 100 listings" in page.one("main").text
    (label,) = [one for one in page.all("label") if one["for"] == "gone"]
    assert label.text == "To go on, type the number of listings that will disappear"
    for typed in ("", "3", "4x"):
        assert "Nothing was published: much would disappear." in publish(desk, 2, gone=typed)
    assert active(demo_engine) == {"clinic": 1}
    publish(desk, 2, gone="4")
    assert active(demo_engine) == {"clinic": 2}


def test_example_rows_need_a_tick(desk_of: SignIn, demo_engine: Engine, tmp_path: Path) -> None:
    desk = desk_of()
    import_files(demo_engine, template_files(tmp_path / "t"), "clinic", Wishes(note_examples=True))
    told = publish(desk, 1)
    assert "Nothing was published: it has example rows" in told
    assert active(demo_engine) == {"demo": 1}
    publish(desk, 1, examples="yes")
    assert active(demo_engine) == {"clinic": 1}


def test_what_somebody_else_published_in_between_is_told(desk_of: SignIn, demo_engine: Engine, tmp_path: Path) -> None:
    desk = desk_of()
    for rows in (PLACES, PLACES[:9], PLACES[:8]):
        imported(demo_engine, tmp_path, *rows)
    activate(demo_engine, "clinic", 1, "test")
    page = "/admin/versions/clinic/3/changes"
    seen = form_of(desk, page)
    activate(demo_engine, "clinic", 2, "other")
    reply = desk.post("/admin/versions/clinic/3/publish", seen, page=page)
    assert reply.status_code == 409
    assert "Somebody published in between: version 2 of clinic is in force now" in reply.text
    assert active(demo_engine) == {"clinic": 2}
    # The page that comes of it is of what is in force now, and goes through.
    publish(desk, 3)
    assert active(demo_engine) == {"clinic": 3}
    again = desk.post("/admin/versions/clinic/3/publish", {"seen": "2"}, page="/admin/history")
    assert again.status_code == 409
    assert "is active already" in again.text
    # An undoing that came too late undoes nothing else.
    late = desk.post("/admin/sources/clinic/undo", {"seen": "2"}, page="/admin/history")
    assert late.status_code == 409
    assert "Somebody was quicker" in late.text
    assert active(demo_engine) == {"clinic": 3}


def test_a_search_that_must_hold_stops_it_and_a_reason_does_not(
    desk_of: SignIn, demo_engine: Engine, tmp_path: Path
) -> None:
    desk = desk_of()
    imported(demo_engine, tmp_path, *PLACES)
    activate(demo_engine, "clinic", 1, "test")
    kept = desk.post(
        "/admin/golden",
        {"zip": "23220", "expects": "first", "what": "place:clinic:place19", "number": "3", "unit": "places", "because": "The main clinic"},
    )  # fmt: skip
    assert kept.status_code == 303
    page = desk.get("/admin/golden").text
    assert "place:clinic:place19" in page
    imported(demo_engine, tmp_path, *PLACES[:9])
    tried = desk.post("/admin/versions/clinic/2/golden", {}, page="/admin/versions/clinic/2/changes").text
    assert "must show place:clinic:place19 in the first 3" in tried
    assert "Why publish although searches fail?" in tried
    assert active(demo_engine) == {"clinic": 1}
    told = publish(desk, 2)
    assert "Nothing was published: searches that must hold would not." in told
    assert "places near 23220: must show place:clinic:place19 in the first 3, and what came is: Clinic" in told
    assert active(demo_engine) == {"clinic": 1}
    publish(desk, 2, reason="The clinic has closed.")
    assert active(demo_engine) == {"clinic": 2}
    history = desk.get("/admin/history").text
    assert "Shown although searches that must hold fail" in history
    assert "The clinic has closed." in history
    # It is failing until somebody removes it.
    assert "1 search that must hold fails in what patients see now" in history
    number = Page(desk.get("/admin/golden").text)
    (remove,) = {one["action"] for one in number.all("form") if one["action"].endswith("/remove")}
    assert desk.post(remove, {}, page="/admin/golden").status_code == 303
    assert desk.post(remove, {}, page="/admin/golden").status_code == 404


def test_checked_on_and_by_are_kept_with_the_version(desk_of: SignIn, demo_engine: Engine, tmp_path: Path) -> None:
    desk = desk_of()
    imported(demo_engine, tmp_path, *PLACES)
    for day, who, told in (
        ("2999-01-01", "Rosa", "not still to come"),
        ("soon", "Rosa", "a day like"),
        ("2026-11-01", "  ", "the name of"),
    ):
        assert told in publish(desk, 1, checked="yes", checked_on=day, checked_by=who)
    assert active(demo_engine) == {"demo": 1}
    publish(desk, 1, checked="yes", checked_on="2026-11-01", checked_by="Rosa Fennimore")
    with demo_engine.connect() as connection:
        row = connection.execute(select(Dataset.checked_on, Dataset.checked_by).where(Dataset.active)).one()
    assert row == (dt.date(2026, 11, 1), "Rosa Fennimore")
    assert "Checked on 2026-11-01 by Rosa Fennimore." in desk.get("/admin/history").text
    # Without the tick nothing is attested, whatever stands in the fields.
    imported(demo_engine, tmp_path, *PLACES[:9])
    publish(desk, 2)
    with demo_engine.connect() as connection:
        assert connection.scalar(select(Dataset.checked_on).where(Dataset.active)) is None


def test_nothing_of_a_file_is_markup(desk_of: SignIn, demo_engine: Engine, tmp_path: Path) -> None:
    desk = desk_of()
    quoted = '"' + NASTY.replace('"', '""') + '"'
    imported(demo_engine, tmp_path, *PLACES)
    activate(demo_engine, "clinic", 1, "test")
    rows = [PLACES[0].replace("Clinic 10", quoted), *PLACES[1:9], f"new,{quoted},{quoted},clinic,VA,23220,38.9,-77.4,"]
    imported(demo_engine, tmp_path, *rows)
    add_golden(demo_engine, Golden(None, {"zip": "23220", "q": NASTY}, "people", Expects.FIRST, NASTY, 1, NASTY), "<b>x</b>")  # fmt: skip
    paths = (
        "/admin/versions/clinic/2/changes", "/admin/versions/clinic/2/changes?section=locations&kind=new",
        "/admin/versions/clinic/2/changes?section=locations&kind=changed", "/admin/golden",
    )  # fmt: skip
    for path in paths:
        text = desk.get(path).text
        assert "alert(1)" in text, path
        page = Page(text)
        assert page.all("script") == [], path
        assert page.all("img") == [], path
        assert page.all("b", class_="x") == []
    failed = publish(desk, 2)
    assert "alert(1)" in failed
    told = publish(desk, 2, reason=NASTY)
    assert Page(told).all("script") == []
    assert Page(failed).all("script") == []
    assert "onerror=alert" in told


def test_lists_are_paged_and_name_where_they_are(desk_of: SignIn, demo_engine: Engine, tmp_path: Path) -> None:
    desk = desk_of()
    many = [f"place{n},Clinic {n},,clinic,VA,23220,37.5,-77.4," for n in range(250)]
    imported(demo_engine, tmp_path, *many)
    first = Page(desk.get("/admin/versions/clinic/1/changes").text)
    assert first.link("Show all 250 locations, new").endswith("changes?section=locations&kind=new")
    names = []
    path: str | None = "/admin/versions/clinic/1/changes?section=locations&kind=new"
    while path:
        page = Page(desk.get(path).text)
        names += [one.text for one in page.all("ins")]
        following = page.all("a", rel="next")
        path = f"/admin/versions/clinic/1/changes{following[0]['href']}" if following else None
    assert names == [f"Clinic {n}" for n in range(250)]
    assert "Numbers 201 to 250." in page.one("p", class_="lead").text
    # Beyond the end is the last page, and nonsense is the first or none.
    for query in ("page=99", "page=-1", "page=x"):
        assert desk.get(f"/admin/versions/clinic/1/changes?section=locations&kind=new&{query}").status_code == 200
    assert desk.get("/admin/versions/clinic/1/changes?section=x&kind=y").status_code == 200


def test_any_two_versions_are_compared(desk_of: SignIn, demo_engine: Engine, tmp_path: Path) -> None:
    desk = desk_of(StaffRole.VIEWER)
    for rows in (PLACES, PLACES[:9], PLACES[:8]):
        imported(demo_engine, tmp_path, *rows)
    activate(demo_engine, "clinic", 2, "test")
    reply = desk.get("/admin/history/compare?source=clinic&version=3&against=1")
    assert reply.headers["Location"].endswith("/admin/versions/clinic/3/changes?against=1")
    page = Page(desk.get(reply.headers["Location"]).text)
    assert "Version 3 beside version 1." in page.one("p", class_="lead").text
    assert [one.text for one in page.all("del")] == ["Clinic 18", "Clinic 19"]
    assert [one["action"] for one in page.all("form") if "publish" in one["action"]] == []
    for query, status in (
        ("source=clinic&version=3&against=3", 409), ("source=nobody&version=1&against=2", 404),
        ("source=clinic&version=9&against=1", 404), ("source=clinic&version=x&against=1", 404),
    ):  # fmt: skip
        assert desk.get(f"/admin/history/compare?{query}").status_code == status, query
    for path in ("/admin/versions/clinic/9/changes", "/admin/versions/none/1/changes", "/admin/publications/9"):
        assert desk.get(path).status_code == 404


def test_who_did_it_is_on_record(desk_of: SignIn, demo_engine: Engine, tmp_path: Path) -> None:
    desk = desk_of(StaffRole.ADMINISTRATOR, "Rosa Fennimore")
    imported(demo_engine, tmp_path, *PLACES)
    publish(desk, 1)
    with demo_engine.connect() as connection:
        last = connection.execute(
            select(AuditEntry.actor, AuditEntry.action, AuditEntry.subject).order_by(AuditEntry.id.desc()).limit(1)
        ).one()
    assert last == ("Rosa Fennimore", "activate", "clinic")


def test_changes_by_hand_that_the_file_meets_are_listed(desk_of: SignIn, demo_engine: Engine, tmp_path: Path) -> None:
    desk = desk_of()
    imported(demo_engine, tmp_path, *PLACES)
    activate(demo_engine, "clinic", 1, "test")
    with demo_engine.begin() as connection:
        connection.execute(
            insert(Amendment).values(
                public_id="place:clinic:place10", field="name", value="Clinic <i>X</i>", imported_value="Clinic 10",
                made_by="Rosa", made_at=dt.datetime(2026, 11, 3, tzinfo=dt.UTC),
            )
        )  # fmt: skip
    imported(demo_engine, tmp_path, PLACES[0].replace("Clinic 10", "Clinic Ten"), *PLACES[1:])
    page = Page(desk.get("/admin/versions/clinic/2/changes").text)
    (heading,) = page.all("h2", id="met")
    assert heading.text == "Changed by hand, and the file says otherwise: 1"
    (region,) = page.all("div", **{"aria-label": "Changes by hand that the file meets"})
    assert [one.text for one in page.within(region, "td")] == ["name", "Clinic 10", "Clinic <i>X</i>", "Clinic Ten"]
