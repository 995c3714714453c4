"""Coverage at the desk: of an edition or a version, as a page, a picture and a file."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import Engine

from finder.db.staff import StaffRole
from finder.desk import coverage as covering
from finder.desk.organizations import Wish, say_of
from tests.sample_files import whole_database
from tests.web.admin.conftest import SignIn
from tests.web.conftest import directory_of
from tests.web.pages import Page

VA = "/admin/coverage?work=total-hip-replacement&area=VA"


def test_a_page_and_a_file_say_the_same(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(StaffRole.VIEWER)
    before = whole_database(demo_engine)
    assert desk.get("/admin/coverage").status_code == 200
    found = Page(desk.get(VA).text)
    text = found.one("main").text
    assert "Total hip replacement in Virginia" in text
    assert "people there say they do it" in text
    assert "we do not know how many people live in each" in text
    sent = desk.get(f"{VA}&as=csv")
    assert sent.mimetype == "text/csv"
    assert 'filename="coverage-total-hip-replacement-VA.csv"' in sent.headers["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(sent.text)))
    for line in lines[:50]:
        assert f"{line['zip_code']}{line['town']}, VA{line['miles_to_nearest']}" in text
    assert f"50 of {len(lines)} ZIP codes" in text
    whole = Page(desk.get(f"{VA}&all=yes").text).one("main").text
    assert all(line["zip_code"] in whole for line in lines)
    assert whole_database(demo_engine) == before


def test_of_any_edition_or_version_that_is_kept(
    desk_of: SignIn, demo_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_of(StaffRole.VIEWER)
    number = directory_of(desk.app).index.edition
    first = desk.get(f"{VA}&as=csv").text.replace(f"edition {number}, in force", "*")
    # Another edition comes into force in the database; the page in memory may not have it yet.
    key = next(iter(directory_of(desk.app).index.organizations.names))
    say_of(demo_engine, key, Wish(states="VA"), "tests")
    for of in (f"edition {number + 1}", "version 1 of demo"):
        page = desk.get(f"{VA}&of={of}")
        assert (page.status_code, of in page.text) == (200, True)
        again = desk.get(f"{VA}&of={of}&as=csv").text
        assert [line.split(",")[:4] for line in again.splitlines()] == [line.split(",")[:4] for line in first.splitlines()]  # fmt: skip
    for of in (
        "edition 99",
        "version 9 of demo",
        "version 1 of other",
        "edition x",
        "all",
        "version 99999999999 of demo",
    ):
        assert desk.get(f"{VA}&of={of}").status_code == 400, of
    monkeypatch.setattr(covering, "MOST_AT_ONCE", 10)
    refused = desk.get(f"{VA}&of=version 1 of demo")
    assert (refused.status_code, "--source demo --version 1" in refused.text) == (400, True)


@pytest.mark.parametrize("query", ["work=no-such&area=VA", "work=labral-tear&area=ZZ", "work=labral-tear&area=<b>"])
def test_what_cannot_be_measured_says_so(desk_of: SignIn, query: str) -> None:
    page = desk_of(StaffRole.VIEWER).get(f"/admin/coverage?{query}")
    assert page.status_code == 400
    assert 'role="alert"' in page.text
    assert "<b>." not in page.text
