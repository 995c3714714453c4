"""The log, the export and the start as pages: what was done, that it is whole, and that nothing in it is run."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine, text

from finder.db.dialect import write_lock
from finder.db.reports import Mistake
from finder.db.staff import StaffRole
from finder.desk.audit import head, record
from finder.desk.exporting import export_version
from finder.desk.imports import import_as
from finder.desk.reports import file_report
from finder.importers.pipeline import Wishes
from tests.desk.test_audit import unguard
from tests.sample_files import locations
from tests.web.admin.conftest import SignIn
from tests.web.pages import Page

NOW = dt.datetime(2026, 11, 22, 17, tzinfo=dt.UTC)
FORMULA, MARKUP = '=HYPERLINK("https://evil.example")', "<img src=x onerror=alert(1)>"


def log(engine: Engine, number: int = 1, actor: str = "Ada", subject: str = "place:x", **detail: object) -> None:
    for _ in range(number):
        with write_lock(engine) as connection:
            record(connection, NOW, actor, "note", subject, **detail)


def test_it_is_shown_newest_first_a_page_at_a_time(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(StaffRole.ADMINISTRATOR)
    log(demo_engine, 120)
    page = Page(desk.get("/admin/log").text)
    assert "The log is whole" in page.one("p", class_="done").text
    seen = []
    path = "/admin/log"
    while path:
        page = Page(desk.get(path).text)
        numbers = [int(one.text) for one in page.all("th", scope="row")]
        assert numbers == sorted(numbers, reverse=True)
        seen += numbers
        path = next((one["href"] for one in page.all("a") if one.text == "Older ones"), "")
    with demo_engine.connect() as connection:
        newest = head(connection)
        assert newest
        assert str(newest) in desk.get("/admin/log").text
    assert seen == list(range(newest.id, 0, -1))
    found = Page(desk.get("/admin/log?actor=setup&action=activate&since=2020-01-01").text)
    assert len(found.all("th", scope="row")) == 1
    assert "Nothing in the log is like that" in desk.get("/admin/log?subject=100%25&actor=%00_").text
    assert "That is no day" in desk.get("/admin/log?since=yesterday").text
    assert desk.get("/admin/log?before=x&until=9999-12-31").status_code == 200


def test_an_edited_entry_is_shown(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(StaffRole.ADMINISTRATOR)
    log(demo_engine, 3)
    with demo_engine.begin() as connection:
        unguard(connection)
        newest = head(connection)
        assert newest
        connection.execute(text("UPDATE audit_entry SET subject = 'place:y' WHERE id = :id"), {"id": newest.id - 1})
    told = Page(desk.get("/admin/log").text).one("p", role="alert").text
    assert f"Entry {newest.id - 1} is not as it was written" in told


def test_nothing_in_it_is_run_or_shown_as_markup(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(StaffRole.ADMINISTRATOR)
    log(demo_engine, actor=FORMULA, subject=MARKUP, note=MARKUP, other="+1+1", lines="a\r\n=2+2")
    page = desk.get("/admin/log").text
    assert "<img" not in page
    assert MARKUP in Page(page).one("main").text
    assert "<img" not in desk.get(f"/admin/log?actor={MARKUP}&subject={MARKUP}&action={MARKUP}").text
    reply = desk.get("/admin/log.csv")
    assert (reply.mimetype, reply.headers["Cache-Control"]) == ("text/csv", "no-store")
    assert reply.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(reply.data.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["id", "at", "actor", "action", "subject", "detail"]
    assert rows[1][2] == f"'{FORMULA}"
    assert all(cell[:1] not in "=+-@\t\r" for row in rows for cell in row if cell)
    wanted = csv.reader(io.StringIO(desk.get("/admin/log.csv?action=activate").data.decode("utf-8-sig")))
    assert [row[3] for row in wanted][1:] == ["activate"]


def test_a_long_log_goes_out_in_pieces(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(StaffRole.ADMINISTRATOR)
    log(demo_engine, 300, note="x" * 500)
    pieces = list(desk.get("/admin/log.csv").iter_encoded())
    assert len(pieces) > 1
    rows = list(csv.reader(io.StringIO(b"".join(pieces).decode("utf-8-sig"))))
    assert len([row for row in rows if row[3] == "note"]) == 300


@pytest.fixture
def versions(demo_engine: Engine, tmp_path: Path) -> Engine:
    """A database with a version whose names a spreadsheet would run."""
    path = locations(tmp_path / "locations.csv", f'l1,"=1+1 Clinic",{MARKUP},clinic,VA,23220,37.5,-77.4,')
    import_as(demo_engine, [path], "hostile", Wishes(), "Ada")
    return demo_engine


def test_a_version_is_handed_out_and_that_is_recorded(desk_of: SignIn, versions: Engine, tmp_path: Path) -> None:
    desk = desk_of(StaffRole.EDITOR)
    listed = desk.get("/admin/export").text
    assert "hostile" in listed
    zipped = desk.post("/admin/export", {"source": "hostile", "version": "1", "form": "zip"})
    assert (zipped.status_code, zipped.mimetype) == (200, "application/zip")
    assert "filename=hostile-1.zip" in zipped.headers["Content-Disposition"].replace('"', "")
    with zipped, zipfile.ZipFile(io.BytesIO(zipped.data)) as packed:
        assert packed.namelist() == ["locations.csv"]
        (row,) = csv.DictReader(io.TextIOWrapper(packed.open("locations.csv"), "utf-8-sig", newline=""))
    assert row["name"] == "'=1+1 Clinic"
    assert row["organization"] == MARKUP
    book = desk.post("/admin/export", {"source": "hostile", "version": "1", "form": "xlsx"})
    with book:
        book.get_data()
    opened = CalamineWorkbook.from_filelike(io.BytesIO(book.data))
    assert "=1+1 Clinic" in opened.get_sheet_by_name("locations").to_python()[1]
    with zipfile.ZipFile(io.BytesIO(book.data)) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist()), "text, and no formula"
    # What comes out goes in again as the same.
    again = tmp_path / "again"
    again.mkdir()
    report = import_as(
        versions, [export_version(versions, "hostile", 1, "xlsx", again, "Ada")], "hostile", Wishes(), "Ada"
    )
    assert report.same_as == 1
    deeds = Page(desk_of(StaffRole.ADMINISTRATOR).get("/admin/log?action=export").text).one("tbody").text
    assert deeds.count("hostile") == 3
    assert "form zip" in deeds
    imported = Page(desk_of(StaffRole.ADMINISTRATOR, "Bea").get("/admin/log?action=import").text).one("tbody").text
    assert "locations.csv" in imported


@pytest.mark.parametrize(
    "form", [{"source": "nobody", "version": "1", "form": "zip"}, {"source": "demo", "version": "99", "form": "zip"},
             {"source": "demo", "version": "../1", "form": "zip"}, {"source": "demo", "version": "1", "form": "exe"},
             {"source": "../../etc", "version": "1", "form": "zip"}, {"source": "\x00", "version": "1", "form": "zip"}, {}],
)  # fmt: skip
def test_what_is_not_there_is_not_handed_out(desk_of: SignIn, form: dict[str, str]) -> None:
    reply = desk_of(StaffRole.EDITOR).post("/admin/export", form)
    assert reply.status_code == 400
    assert Page(reply.text).one("p", role="alert").text.endswith(".")


def test_the_start_says_what_waits(desk_of: SignIn, versions: Engine, tmp_path: Path) -> None:
    desk = desk_of(StaffRole.EDITOR)
    page = Page(desk.get("/admin/").text)
    assert "Versions that are not shown yet." in page.one("ul", class_="board").text
    file_report(versions, "npi:2025200009", [Mistake.PHONE], 1, dt.datetime.now(dt.UTC).date() - dt.timedelta(days=3))
    told = Page(desk.get("/admin/").text)
    assert [one.text for one in told.all("b", class_="count")] == ["1", "1"]
    assert "The oldest has waited 3 days." in told.one("ul", class_="board").text
    assert "demo (invented demo)" in told.one("tbody").text
    links = {one.text for one in told.within(told.one("main"), "a")}
    assert "Answer a caller" in links
    assert "Export a version" in links
    assert "Log" not in links, "of administrators alone"


def test_the_start_of_a_desk_where_nothing_waits(desk_of: SignIn) -> None:
    assert "Nothing. All that was reported" in desk_of(StaffRole.VIEWER).get("/admin/").text
