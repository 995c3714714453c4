"""Files sent to the desk: columns put right, the check read, what is wrong refused with what was typed kept."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest
from sqlalchemy import Engine, select, update

from finder.db.checks import CheckState, FileCheck, FilePiece
from finder.db.datasets import Dataset
from finder.db.staff import StaffRole
from finder.desk.audit import first_broken
from finder.desk.check_files import packed
from finder.desk.checks import WAITS_FOR, add_check
from tests.conftest import load_index
from tests.web.admin.checked_files import MESSY, checked, fields_of, settled, upload
from tests.web.admin.conftest import SignIn


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def test_a_messy_file_is_put_right_and_checked(demo_engine: Engine, desk_of: SignIn) -> None:
    before = load_index(demo_engine).edition
    desk = desk_of()
    address, page = checked(desk, ("messy.csv", MESSY))
    assert "2 columns we do not know" in page
    assert "UTF-8, columns divided by commas" in page
    assert "804.555.0131" in page
    fields = fields_of(page)
    assert set(fields) == {"location_id", "name", "organization", "State", "Zip", "Telefone", "Lat", "Long", "Fax 2", "website"}  # fmt: skip
    sent = desk.post(
        f"{address}/columns", {fields["Telefone"]: "phone", fields["Fax 2"]: "-"}, page=f"{address}/columns"
    )
    assert sent.status_code == 303
    said = text_of(settled(desk, address))
    assert "3 of 5 rows are fit to publish. We mended 1 of them. 2 need you." in said
    assert "1 fine as they were 1 mended by us 1 worth a second look 2 left out: need you" in said
    assert said.index("Left out: 2 rows need you") < said.index("Worth a second look") < said.index("What we mended")
    assert "3 zip_code 2322 Write five digits, like 02139, or ZIP+4; format the column as text. This is no ZIP code." in said  # fmt: skip
    assert "1 , as row 2 longitude 77.46 -77.46" in said
    assert "Columns left out: Fax 2." in said
    assert load_index(demo_engine).edition == before
    with demo_engine.connect() as connection:
        dataset = connection.execute(select(Dataset).where(Dataset.id == select(FileCheck.dataset_id).scalar_subquery())).one()  # fmt: skip
        assert not dataset.active
        assert first_broken(connection) is None
    # The next list of the source is read at once.
    _address, page = checked(desk, ("december.csv", MESSY.replace("West", "Far West")))
    assert "rows are fit to publish" in page


def test_the_corrected_file_and_the_problems_are_handed_out(desk_of: SignIn) -> None:
    desk = desk_of()
    address, page = checked(desk, ("list.csv", MESSY.replace("Telefone", "phone")), leave_out_others="on")
    links = dict(re.findall(r'href="([^"]+/files/\d+)">Download the (corrected|problems) file: ', page))
    found = {kind: desk.get(link) for link, kind in links.items()}
    assert found["corrected"].headers["Content-Disposition"] == "attachment; filename=list-corrected.csv"
    rows = list(csv.DictReader(io.StringIO(found["corrected"].text.removeprefix("\ufeff"))))
    assert [row["Zip"] for row in rows] == ["23220", "2322", "02111", "23220", "23220"]
    assert rows[0]["Long"] == "-77.46"
    assert rows[1]["problems"].startswith("Zip: This is no ZIP code.")
    problems = list(csv.DictReader(io.StringIO(found["problems"].text.removeprefix("\ufeff"))))
    assert ("3", "zip_code", "refused") in [(one["row"], one["column"], one["outcome"]) for one in problems]
    assert desk.get(f"{address}/files/999").status_code == 404


def test_a_file_of_which_no_row_is_good_says_so_and_hands_back_each_row(desk_of: SignIn) -> None:
    desk = desk_of()
    _address, page = checked(desk, ("bad.csv", "location_id,name,state,zip_code\na,North,VA,1\nb,South,VA,2\n"))
    said = text_of(page)
    assert "Every row of locations was refused, so nothing was imported." in said
    assert "Left out: 2 rows need you" in said
    assert "Download the corrected file" in said
    assert "Run it again" in said


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.csv", b"", "empty.csv holds nothing."),
        ("letter.pdf", b"%PDF-1.7 ...", "letter.pdf is not a table that we can read: it looks like a PDF."),
        ("page.csv", b"<!doctype html><p>", "page.csv is not a table that we can read"),
        ("large.csv", b"x" * 1_100_000, "large.csv has 1 MB; the limit is 1."),
    ],
)
def test_what_is_no_list_is_refused_on_the_page_with_what_was_typed(
    demo_engine: Engine, desk_of: SignIn, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, told: str
) -> None:
    monkeypatch.setattr("finder.config.SETTINGS", _with_limit("1"))
    desk = desk_of()
    refused = upload(desk, (name, content), source="alder-north", update_only="on")
    assert refused.status_code == 400
    assert told in html.unescape(refused.text)
    assert 'value="alder-north"' in refused.text
    assert re.search(r'name="update_only" checked', refused.text)
    with demo_engine.connect() as connection:
        assert connection.scalars(select(FileCheck.id)).all() == []


def test_more_than_is_taken_at_once_is_refused_on_the_page_too(
    desk_of: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr("finder.config.SETTINGS", _with_limit("1"))
    refused = upload(desk_of(), ("large.csv", b"x" * 3_100_000), source="alder-north", update_only="on")
    assert refused.status_code == 413
    assert "More than 2 MB came at once" in refused.text
    assert 'value="alder-north"' in refused.text
    assert re.search(r'name="update_only" checked', refused.text)


def test_whoever_forgets_the_file_or_the_source_is_told(desk_of: SignIn) -> None:
    desk = desk_of()
    assert "No file was chosen." in upload(desk).text
    assert "Say who sends the files" in upload(desk, ("a.csv", MESSY), source="").text
    assert "cannot be the name of a source" in upload(desk, ("a.csv", MESSY), source="Alder Health!").text
    assert "the invented demo" in upload(desk, ("a.csv", MESSY), source="demo").text


@pytest.mark.parametrize("role", [StaffRole.VIEWER, StaffRole.CLINICAL_REVIEWER])
def test_only_editors_send_run_and_throw_away(demo_engine: Engine, desk_of: SignIn, role: StaffRole) -> None:
    editor, other = desk_of(), desk_of(role)
    address, _page = checked(editor, ("list.csv", MESSY.replace("Telefone", "phone")), leave_out_others="on")
    assert 'type="file"' not in other.get("/admin/imports").text
    assert "Throw" not in other.get(address).text
    for path in ("/admin/imports", f"{address}/again", f"{address}/discard", f"{address}/columns"):
        assert other.post(path, {}, page=address).status_code == 403
    with demo_engine.connect() as connection:
        assert connection.scalars(select(FileCheck.state)).all() == [CheckState.READY]
    assert editor.app.test_client().get(address).status_code == 303


def test_what_was_thrown_away_is_gone_and_cannot_be_published(demo_engine: Engine, desk_of: SignIn) -> None:
    desk = desk_of()
    address, _page = checked(desk, ("list.csv", MESSY.replace("Telefone", "phone")), leave_out_others="on")
    assert desk.post(f"{address}/discard", page=address).status_code == 303
    assert "thrown away" in desk.get(address).text
    with demo_engine.connect() as connection:
        assert connection.scalars(select(FilePiece.id)).all() == []
        dataset = select(Dataset.pruned_at).where(Dataset.id == select(FileCheck.dataset_id).scalar_subquery())
        assert connection.scalar(dataset) is not None
    assert desk.post(f"{address}/again", page="/admin/imports").status_code == 404


def test_a_check_whose_worker_died_before_it_began_is_begun_by_whoever_looks(
    demo_engine: Engine, desk_of: SignIn
) -> None:  # fmt: skip
    desk = desk_of()
    with packed("list.csv", io.BytesIO(MESSY.replace("Telefone", "phone").encode()), 1) as file:
        check_id = add_check(demo_engine, [file], "alder", "tests", leave_out_others=True)
    assert "about to begin" in desk.get(f"/admin/imports/{check_id}").text
    with demo_engine.begin() as connection:
        connection.execute(update(FileCheck).values(heartbeat_at=FileCheck.__table__.c.started_at))
        began = connection.scalar(select(FileCheck.started_at))
        assert began is not None
        connection.execute(update(FileCheck).values(heartbeat_at=began - WAITS_FOR * 2))
    assert "rows are fit to publish" in settled(desk, f"/admin/imports/{check_id}")


def test_templates_are_handed_out_and_can_be_sent_back(desk_of: SignIn) -> None:
    desk = desk_of()
    book = desk.get("/admin/imports/templates/all.xlsx")
    assert book.data[:2] == b"PK"
    assert desk.get("/admin/imports/templates/locations.csv").text.startswith("\ufefflocation_id,name,")
    assert desk.get("/admin/imports/templates/all.csv").status_code == 404
    _address, page = checked(desk, ("all.xlsx", book.data))
    # Its own examples are told of.
    assert "This is an example row of the template." in page


def _with_limit(megabytes: str) -> tuple[object, ...]:
    from dataclasses import replace

    from finder.config import SETTINGS

    return tuple(replace(one, default=megabytes) if one.field == "upload_limit_mb" else one for one in SETTINGS)


def test_the_columns_of_a_check_that_never_read_them_lead_to_what_became_of_it(
    demo_engine: Engine, desk_of: SignIn
) -> None:
    desk = desk_of()
    address, _page = checked(desk, ("messy.csv", MESSY))
    with demo_engine.begin() as connection:
        connection.execute(update(FileCheck).values(preview=None, state=CheckState.ABANDONED))
    reply = desk.get(f"{address}/columns")
    assert (reply.status_code, reply.headers["Location"]) == (303, address)
    assert "Run it again" in text_of(desk.get(address).text)


def test_whoever_cannot_send_files_is_told(desk_of: SignIn) -> None:
    assert "cannot send files" in desk_of(StaffRole.VIEWER).get("/admin/imports").text
    assert "cannot send files" not in desk_of(StaffRole.EDITOR).get("/admin/imports").text
