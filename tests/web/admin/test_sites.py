"""Web sites and their colours at the desk: as by command, a preview that keeps nothing, and no markup."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine

from finder.db.edition import current_edition
from finder.db.sites import embed_sites
from finder.db.staff import StaffRole
from finder.desk.sites import SiteWish, add_site
from finder.web.look_sheet import look_sheet
from finder.web.static_files import page_sheet
from tests.web.admin.conftest import Desk, SignIn
from tests.web.pages import Page

GOOD = "https://www.quillmoor.example"
HOSTILE = "<script>alert(1)</script> \"'{{ 7*7 }}"
FORM = {"name": "Quillmoor Health", "origins": f"{GOOD}\nhttps://hips.example", "phone": "804-555-0177", "own": "", "stage": "treated", "do": "keep"}  # fmt: skip


@pytest.fixture
def desk(desk_of: SignIn) -> Desk:
    """An administrator at the desk."""
    return desk_of(StaffRole.ADMINISTRATOR)


def only_site(engine: Engine) -> dict[str, object]:
    with engine.connect() as connection:
        (one,) = embed_sites(connection).values()
    return one


def edition(engine: Engine) -> int:
    with engine.connect() as connection:
        return current_edition(connection)


def test_a_site_is_added_changed_switched_off_and_removed(desk: Desk, demo_engine: Engine) -> None:
    added = desk.post("/admin/sites/new", FORM)
    assert added.status_code == 303
    one = only_site(demo_engine)
    path = f"/admin/sites/{one['public_key']}"
    assert added.location == path
    assert (one["origins"], one["phone"], one["default_stage"]) == (
        [GOOD, "https://hips.example"],
        "+18045550177",
        "treated",
    )
    page = desk.get(path).text
    assert f"/embed/snippets/{one['public_key']}" in page
    assert "The site may show the finder now." in page
    # What is emptied is cleared, what stays stays.
    assert desk.post(path, {**FORM, "stage": "", "phone": "(804) 555-0177", "origins": GOOD}).status_code == 303
    one = only_site(demo_engine)
    assert (one["origins"], one["phone"], one["default_stage"]) == ([GOOD], "+18045550177", None)
    assert desk.post(path, {"do": "off"}).status_code == 303
    assert only_site(demo_engine)["enabled"] is False
    assert "switched off" in desk.get("/admin/sites").text
    assert desk.post(path, {"do": "on"}).status_code == 303
    assert only_site(demo_engine)["enabled"] is True
    # Not by one press alone.
    refused = desk.post(path, {"do": "remove", "named": "quillmoor"})
    assert refused.status_code == 400
    assert "type its name: Quillmoor Health" in refused.text
    assert desk.post(path, {"do": "remove", "named": " Quillmoor  Health"}).status_code == 303
    with demo_engine.connect() as connection:
        assert embed_sites(connection) == {}
    assert desk.get(path).status_code == 404
    assert edition(demo_engine) == 6


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"origins": ""}, "An origin cannot be empty"), ({"origins": "http://x.example"}, "An origin cannot be http://x.example"),
     ({"name": " "}, "The name cannot be empty"), ({"phone": "nonsense"}, "The phone cannot be nonsense"),
     ({"back": "https://elsewhere.example/x"}, "The way back cannot be"), ({"condition": "labral-taer"}, "labral-tear"),
     ({"organization": "nobody"}, "nobody")],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_what_was_typed_kept(desk: Desk, demo_engine: Engine, wrong: dict[str, str], told: str) -> None:  # fmt: skip
    refused = desk.post("/admin/sites/new", {**FORM, **wrong})
    assert refused.status_code == 400
    page = Page(refused.text)
    assert told in page.one("p", role="alert").text
    assert page.one("title").text.startswith("Error:")
    assert page.one("input", id="phone")["value"] == {**FORM, **wrong}["phone"]
    with demo_engine.connect() as connection:
        assert embed_sites(connection) == {}


def test_a_look_is_seen_before_it_is_kept(desk: Desk, demo_engine: Engine) -> None:
    key = add_site(demo_engine, SiteWish("Quillmoor", [GOOD]), "tests").key
    before, path = edition(demo_engine), f"/admin/sites/{key}/look"
    shown = desk.post(path, {"do": "preview", "brand": "#6a1b4d", "radius": "1.6em", "heading_font": "Georgia, serif"})
    assert shown.status_code == 200
    assert edition(demo_engine) == before
    assert only_site(demo_engine)["theme"] is None
    assert re.findall(r"\sstyle=", shown.text) == []
    assert "10.74" in shown.text
    sheet = next(one["href"] for one in Page(shown.text).all("link", rel="stylesheet") if "/look/" in one["href"])
    css = desk.get(sheet)
    assert (css.mimetype, css.headers["Cache-Control"]) == ("text/css", "no-store")
    assert "--accent: #6a1b4d;" in css.text
    assert '--heading-font: "Georgia", serif, Hyperlegible' in css.text
    assert css.headers["Content-Security-Policy"] == desk.get("/admin/").headers["Content-Security-Policy"]
    assert "unsafe-inline" not in css.headers["Content-Security-Policy"]
    assert desk.post(path, {"do": "keep", "brand": "#6a1b4d", "radius": "0"}).status_code == 303
    assert only_site(demo_engine)["theme"] == {"brand": "#6a1b4d", "radius": "0px"}
    assert edition(demo_engine) == before + 1
    # Its own page shows it again, and what was kept can be kept again.
    again = {one["name"]: one["value"] for one in Page(desk.get(path).text).all("input") if one["value"]}
    again.pop("csrf_token")
    assert desk.post(path, {"do": "keep", **again}).status_code == 303
    assert only_site(demo_engine)["theme"] == {"brand": "#6a1b4d", "radius": "0px"}
    assert desk.post(path, {"do": "keep"}).status_code == 303
    assert only_site(demo_engine)["theme"] is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [({"brand": "#c9b458"}, "#c9b458"), ({"paper": "#777777"}, "#777777"), ({"brand": "red;}body{display:none"}, "brand"),
     ({"font": "x}*{color:red"}, "font"), ({"radius": "99em"}, "radius"), ({"brand": "url(https://evil.example)"}, "brand")],
)  # fmt: skip
def test_a_look_that_cannot_be_read_is_refused_and_shown_why(desk: Desk, demo_engine: Engine, typed: dict[str, str], told: str) -> None:  # fmt: skip
    key = add_site(demo_engine, SiteWish("Quillmoor", [GOOD]), "tests").key
    for do in ("preview", "keep"):
        reply = desk.post(f"/admin/sites/{key}/look", {"do": do, **typed})
        assert reply.status_code == (200 if do == "preview" else 400)
        page = Page(reply.text)
        assert told in page.one("p", role="alert").text
        if told.startswith("#"):
            assert "refused" in [one.text for one in page.all("span", class_="bad")]
    assert only_site(demo_engine)["theme"] is None


def test_only_colours_that_we_signed_become_a_sheet(desk: Desk) -> None:
    for address in ("x", '{"brand":"#000"}.x', "e30.AAAA", "WzFd.x"):
        assert desk.get(f"/admin/sites/look/{address}.css").status_code == 404


def test_the_sheet_of_a_preview_has_every_token_of_ours() -> None:
    sheet = page_sheet()
    made = look_sheet(sheet, {})
    tokens = {one for one in re.findall(r"(--[a-z-]+):", sheet) if not one.startswith(("--m", "--side"))}
    for kind in ("day", "night"):
        block = made.split(f".look.{kind} {{")[1].split("}")[0]
        assert tokens - set(re.findall(r"(--[a-z-]+):", block)) == set()
    assert "--paper: #131a1b" in made.split(".look.night")[1]


def test_names_are_never_markup(desk: Desk, demo_engine: Engine) -> None:
    key = add_site(demo_engine, SiteWish(HOSTILE, [GOOD]), "tests").key
    for path in (
        "/admin/sites",
        f"/admin/sites/{key}",
        f"/admin/sites/{key}/look",
        "/admin/log",
        f"/embed/snippets/{key}",
    ):
        text = desk.get(path).text
        assert "<script>alert" not in text, path
        assert "49" not in Page(text).one("h1").text
    assert HOSTILE in Page(desk.get(f"/admin/sites/{key}").text).one("main").text
