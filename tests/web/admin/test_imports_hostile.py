"""Nothing that a file holds is ever markup, a path or a formula, on any page and in any download."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from python_calamine import CalamineWorkbook
from sqlalchemy import Engine, select
from xlsxwriter import Workbook

from finder.db.checks import CheckedFile
from tests.web.admin.checked_files import checked, settled
from tests.web.admin.conftest import Desk, SignIn

SCRIPT, IMAGE = "<script>alert(1)</script>", "<img src=x onerror=alert(2)>"
EVIL = (
    SCRIPT, IMAGE, "{{7*7}}", "{% raw %}", "'\"><b>x", "=cmd|'/c calc'!A1", "@SUM(1+1)", "-2+3", "\u202eevil", "a\x00b",
    "${jndi:x}", "%s%n{0}", "\u2028<svg/onload=alert(3)>", "&lt;i&gt;", "javascript:alert(4)",
)  # fmt: skip
NAMES = ("list.csv", *EVIL, "../../etc/passwd", "..\\..\\x.csv", "x" * 400 + ".csv", "...", "..", "\U0001f9b4" * 90)
_UNSEEN = re.compile("[\x00\u202e\u2028]")


def assert_harmless(page: str) -> None:
    """See that nothing of it is markup, evaluated, or unseen."""
    for text in ("<script>alert", "<img src=x", "<svg/onload", "<b>x", "<i>", 'href="javascript'):
        assert text not in page, text
    assert not re.search(r"(?<![\w.:/-])49(?![\w.:%])", re.sub(r"<dd>[0-9a-f ]+ \(SHA", "", page))
    assert not _UNSEEN.search(page)


def evil_csv() -> bytes:
    rows = io.StringIO()
    write = csv.writer(rows)
    write.writerow(["location_id", "name", "state", "zip_code", "phone", "website", "hours", *EVIL])
    for number, text in enumerate(EVIL):
        write.writerow([f"p{number}", text, "VA", "23220", text, text, text, *EVIL])
        write.writerow([text, text, text, text, text, text, text, *EVIL])
    return rows.getvalue().encode()


def pages_and_files(desk: Desk, address: str, page: str) -> list[bytes]:
    assert_harmless(page)
    links = set(re.findall(r'href="([^"]+/files/\d+)"', page))
    for path in ("/admin/imports", f"{address}/columns", address):
        assert_harmless(desk.get(path).text)
    found = []
    for link in links:
        reply = desk.get(link)
        assert reply.headers["Content-Disposition"].startswith("attachment;")
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "script-src" in reply.headers["Content-Security-Policy"]
        assert "\n" not in reply.headers["Content-Disposition"]
        found.append(reply.data)
    return found


def test_the_names_of_files_are_only_names(demo_engine: Engine, desk_of: SignIn) -> None:
    desk = desk_of()
    rows = "location_id,name,state,zip_code,phone\na,North,VA,23220,1\n"
    address, page = checked(desk, *((name, rows) for name in NAMES))
    # All are of one section, so that the import is refused; each page names them all.
    assert "is a second file for locations" in page
    assert "alert(2)" in page
    pages_and_files(desk, address, page)
    with demo_engine.connect() as connection:
        stored = connection.scalars(select(CheckedFile.name)).all()
    assert len(stored) == len(NAMES)
    for name in stored:
        assert len(name.encode()) <= 200
        assert not set("/\\\x00\n") & set(name)
        assert name.strip(". ")


def test_a_name_is_in_what_is_handed_out_as_text(desk_of: SignIn) -> None:
    desk = desk_of()
    name = "<img src=x onerror=alert(2)>;'\u202e.csv"
    address, page = checked(desk, (name, "location_id,name,state,zip_code,phone\na,North,VA,23220,1\n"))
    assert len(pages_and_files(desk, address, page)) == 2


def test_headers_and_cells_are_only_text(desk_of: SignIn) -> None:
    desk = desk_of()
    address, page = checked(desk, ("list.csv", evil_csv()))
    assert_harmless(page)
    assert "alert(1)" in page  # it is shown, as text
    sent = desk.post(f"{address}/columns", {"leave_out_others": "on"}, page=f"{address}/columns")
    assert sent.status_code == 303
    files = pages_and_files(desk, address, settled(desk, address))
    assert len(files) == 2
    for data in files:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        assert len(rows) > len(EVIL)
        for cell in (cell for row in rows for cell in row):
            assert cell[:1] not in ("=", "@", "+") or cell == "", cell
            assert not (cell.startswith("-") and not re.fullmatch(r"-[0-9.]+", cell)), cell


def test_sheets_of_a_workbook_are_only_text(desk_of: SignIn, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet("<b>x{{7-7}}")
        sheet.write_row(0, 0, ["location_id", "name", "state", "zip_code", "phone", SCRIPT])
        for number, text in enumerate(EVIL):
            for place, cell in enumerate([f"p{number}", text, "VA", "23220", text, text]):
                sheet.write_string(number + 1, place, cell.replace("\x00", ""))
        book.add_worksheet("<i>notes").write_string(0, 0, IMAGE)
    desk = desk_of()
    address, page = checked(desk, ("book.xlsx", path.read_bytes()), leave_out_others="on")
    files = pages_and_files(desk, address, page)
    books = [data for data in files if data[:2] == b"PK"]
    assert len(books) == 1
    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(books[0])).sheet_names
    assert sheet == "locations"
