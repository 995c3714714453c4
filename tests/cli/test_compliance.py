"""The page for compliance: what is well is told as well, and each thing that is wrong is found."""

from __future__ import annotations

import json
import os
import re
import time
from typing import Any

from sqlalchemy import text

from finder.db.dialect import open_engine
from tests.cli.run import Terminal

SECRET = "zqx-4711-a-secret-of-more-than-32-characters"


def lines(page: dict[str, Any], title: str) -> dict[str, tuple[str, str]]:
    """Return the lines of a section: what was found, and how it stands."""
    (section,) = [one for one in page["sections"] if one["title"] == title]
    return {one["what"]: (one["found"], one["standing"]) for one in section["lines"]}


def test_a_page_says_how_all_stands(over_demo: Terminal) -> None:
    file = over_demo.home / "report.html"
    over_demo.good("backup")
    over_demo.good("site", "add", "Our Hospital", "--origin", "https://www.example.org")
    done = over_demo.run(
        "check", "--report", file, "--json", FINDER_SECRET_KEY=SECRET, FINDER_HOSTS="finder.example.org"
    )
    page = json.loads(done.out)
    wrong = [line for one in page["sections"] for line in one["lines"] if line["standing"] == "wrong"]
    assert (done.code, wrong, page["wrong"]) == (0, [], 0)
    requests = lines(page, "Requests to others")
    assert requests["Requests that pages make to others"] == ("0", "well")
    assert requests["Others from which the policies allow anything"] == ("0", "well")
    assert "www.openstreetmap.org" in requests["Links that a reader may press"][0]
    assert all(one == ("holds", "well") for one in lines(page, "Searches that must hold").values())
    assert "0 of 40 signed" in lines(page, "Clinical text")["condition"][0]
    assert "invented people" in lines(page, "Where the data are from, and how old they are")["demo"][0]
    headers = lines(page, "Headers that each audience is sent")
    assert {"pages for patients", "the API, at `/api/`", "the same inside an iframe, which only the site's origins may show"} <= headers.keys()  # fmt: skip
    assert "frame-ancestors 'self' https://www.example.org" in headers["the same inside an iframe, which only the site's origins may show"][0]  # fmt: skip
    assert all("Strict-Transport-Security: max-age=31536000" in found for found, _ in headers.values())
    cookies = lines(page, "Cookies")
    assert [name for name, (found, _) in cookies.items() if found != "none"] == ["the desk, at `/admin/`, for staff who sign in"]  # fmt: skip
    assert len(lines(page, "Contrast of each look")) == 4
    assert "Screen readers" in lines(page, "What is not tested")
    assert lines(page, "Backups")["Newest backup"][1] == "well"
    assert "sqlalchemy" in lines(page, "Versions")
    html = file.read_text(encoding="utf-8")
    assert SECRET not in html + done.out
    assert not re.search(r"<(script|img|link|iframe)\b|\bsrc=|url\(", html)
    for section in page["sections"]:
        assert f"<h2>{section['title']}</h2>" in html


def test_what_is_wrong_is_found(over_demo: Terminal) -> None:
    file = over_demo.home / "report.html"
    over_demo.good("golden", "add", "23220", "--condition", "labral-tear", "--first", "Nobody At All", "--number", "1")
    over_demo.good("backup")
    (backup,) = (over_demo.home / "var" / "backups").glob("finder-*.zip")
    os.utime(backup, (time.time() - 3 * 86400, time.time() - 3 * 86400))
    engine = open_engine(f"sqlite:///{over_demo.home}/var/finder.db")
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS audit_entry_no_update"))
        triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'"))  # fmt: skip
        for name in triggers.scalars().all():
            connection.execute(text(f'DROP TRIGGER "{name}"'))
        connection.execute(text("UPDATE audit_entry SET actor = 'Somebody' WHERE id = 1"))
    engine.dispose()
    done = over_demo.run("check", "--report", file)
    assert done.code == 1
    for part in (
        "must show Nobody At All first",
        "Newest backup",
        "Log of deeds: broken from entry 1",
        "log_unguarded",
    ):
        assert part in done.out, part
    assert file.read_text(encoding="utf-8").count("<tr class=wrong>") >= 4
    refused = over_demo.run("check", "--report", file)
    assert (refused.code, "report.html" in refused.err) == (2, True)
