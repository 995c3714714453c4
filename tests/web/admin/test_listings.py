"""The directory at the desk: found, shown, changed; and patients see it, in every face."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, update

from finder.db.datasets import Dataset
from finder.db.staff import StaffRole
from finder.desk.amendment_choices import choices_of
from finder.desk.amendments import amend, amendments_of, end_of, last_day_of
from finder.desk.listings import staff_listing
from finder.desk.publish import activate
from finder.desk.sites import SiteWish, add_site
from finder.importers.pipeline import import_files
from tests.conftest import load_index
from tests.web.admin.conftest import Desk, SignIn
from tests.web.conftest import directory_of

PLACE = "place:demo:lark-hip"
PERSON = "npi:2025200009"


@pytest.fixture
def desk(desk_of: SignIn) -> Desk:
    return desk_of(StaffRole.EDITOR, "Rosa Fennimore")


def rows_of(page: str) -> list[str]:
    return [re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", row)) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)]


def caught_up(desk: Desk) -> Any:
    """Let the app load the edition in force, as its thread does; return a browser of a patient."""
    directory_of(desk.app)._refresh()
    return desk.app.test_client()


def role_of(desk: Desk) -> str:
    found = re.findall(r"/admin/listings/(role:[^\"/]+)", desk.get(f"/admin/listings/{PERSON}").text)
    return html.unescape(found[0])


def test_people_and_places_are_found_by_name_place_phone_and_id(desk: Desk) -> None:
    def names(**asked: str) -> list[str]:
        page = desk.get("/admin/listings", query_string=asked).text
        return re.findall(r'href="/admin/listings/([^"]+)">', page)

    everyone = desk.get("/admin/listings").text
    assert re.search(r"<caption>\d+ people, page 1 of \d", everyone)
    second = desk.get("/admin/listings?page=2").text
    assert not set(re.findall(r"listings/(npi:\d+)", everyone)) & set(re.findall(r"listings/(npi:\d+)", second))
    assert PLACE in names(kind="places", q="lark hip")
    assert names(kind="places", q=PLACE) == [PLACE]
    assert names(q=PERSON) == [PERSON] == names(q=PERSON.removeprefix("npi:"))
    assert names(q="amberwhistle")[0] == names(q="Isaura amberw")[0]
    with directory_of(desk.app).engine.connect() as connection:
        phone = staff_listing(connection, PLACE).cells["phone"]
    assert PLACE in names(kind="places", q=f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}")
    assert names(q="nobody of this name at all") == []
    for odd in ("'; DROP TABLE location", "%", "_", "\0", "<b>", "x" * 500, "place:::", "()", "\u0661\u0662"):
        reply = desk.get("/admin/listings", query_string={"q": odd, "page": "99999999999999"})
        assert reply.status_code == 200
        assert "<b>" not in reply.text.replace("<b><a", "")


def test_a_change_is_seen_on_page_card_api_print_embed_and_json_ld(desk: Desk) -> None:
    patient = caught_up(desk)
    before = desk.get(f"/admin/listings/{PLACE}").text
    assert "Patients see" in before
    typed = {"phone": "(804) 555-0142", "hours": "Mon 8:00-12:00", "step_free": "no"}
    was = dict(re.findall(r'name="(was\.[a-z_]+)" value="([^"]*)"', before))
    form = {name: html.unescape(text) for name, text in was.items() if name[4:] in typed} | typed
    reply = desk.post(f"/admin/listings/{PLACE}/change", form, page=f"/admin/listings/{PLACE}")
    assert reply.status_code == 303
    after = desk.get(f"/admin/listings/{PLACE}").text
    row = next(row for row in rows_of(after) if row.strip().startswith("Phone"))
    assert "(804) 555-0142" in row
    assert "Rosa Fennimore" in row
    patient = caught_up(desk)
    page = patient.get(f"/place/{PLACE}").text
    assert "(804) 555-0142" in page
    assert "Steps at the way in" in page
    told = patient.get(f"/api/v1/locations/{PLACE}").json["location"]
    assert (told["phone"], told["hours"], told["step_free"]) == ("+18045550142", "Mon 8:00-12:00", "no")
    listed = patient.get("/api/v1/locations?zip=23220&limit=50").json
    phones = {one["location"]["id"]: one["location"]["phone"] for one in listed["results"]}
    assert phones[PLACE] == "+18045550142"
    assert "+18045550142" in json.dumps(patient.get(f"/api/v1/locations/{PLACE}.geojson").json)
    assert "tel:+18045550142" in patient.get("/places?zip=23220").text
    assert "(804) 555-0142" in patient.get("/places/print?zip=23220").text
    key = add_site(directory_of(desk.app).engine, SiteWish("Host", ("https://example.org",)), "test").key
    assert "tel:+18045550142" in caught_up(desk).get(f"/embed/page/{key}/places?zip=23220").text


def test_only_what_was_changed_in_the_form_is_changed(desk: Desk) -> None:
    page = desk.get(f"/admin/listings/{PLACE}").text
    form = page[page.index("Change what patients see") :]
    given = {
        html.unescape(name): html.unescape(value)
        for name, value in re.findall(r'name="(was\.[^"]+)" value="([^"]*)"', form)
    }
    sent = {**given, **{name.removeprefix("was."): value for name, value in given.items()}}
    assert len(given) > 12
    reply = desk.post(f"/admin/listings/{PLACE}/change", sent, page=f"/admin/listings/{PLACE}")
    assert reply.status_code == 400
    assert "what you wrote is what patients see already" in reply.text
    # Of another's change that came between, nothing is taken back.
    amend(directory_of(desk.app).engine, PLACE, {"directions": "By the east door"}, "Ben")
    desk.post(f"/admin/listings/{PLACE}/change", sent | {"lift": "no"}, page=f"/admin/listings/{PLACE}")
    with directory_of(desk.app).engine.connect() as connection:
        assert {(one.field, one.made_by) for one in amendments_of(connection, PLACE)} == {
            ("directions", "Ben"), ("lift", "Rosa Fennimore"),
        }  # fmt: skip


def test_what_is_no_good_is_refused_at_its_field_with_the_words_of_an_import(desk: Desk) -> None:
    edition = load_index(directory_of(desk.app).engine).edition
    form = {
        "was.phone": "",
        "phone": "<script>alert(1)</script>",
        "was.website": "",
        "website": "javascript:x",
        "until": "",
    }
    reply = desk.post(f"/admin/listings/{PLACE}/change", form, page=f"/admin/listings/{PLACE}")
    assert reply.status_code == 400
    assert "This is no telephone number. Write ten digits, like (804) 555-0100." in reply.text
    assert "A web address begins with https:// or http://." in reply.text
    assert "<script>alert" not in reply.text
    assert 'value="javascript:x"' in reply.text
    assert "<title>Error: " in reply.text
    for until, said in (("2020-01-01", "The last day has passed"), ("soon", "soon is no day")):
        reply = desk.post(
            f"/admin/listings/{PLACE}/change",
            {"was.lift": "x", "lift": "no", "until": until},
            page=f"/admin/listings/{PLACE}",
        )
        assert reply.status_code == 400
        assert said in reply.text
    assert load_index(directory_of(desk.app).engine).edition == edition


def test_each_press_does_one_thing(desk: Desk) -> None:
    role, at = role_of(desk), f"/admin/listings/{PERSON}"
    for what, listing, seen in (
        ("closed", role, "Not taking new patients now"), ("verified", PERSON, "Checked November 22, 2026"),
    ):  # fmt: skip
        reply = desk.post(f"/admin/listings/{listing}/press", {"press": what, "from": PERSON}, page=at)
        assert reply.status_code == 303
        assert seen in caught_up(desk).get(f"/specialist/{PERSON}").text
    desk.post(f"/admin/listings/{PERSON}/press", {"press": "hide"}, page=at)
    patient = caught_up(desk)
    gone = patient.get(f"/specialist/{PERSON}")
    assert gone.status_code == 404
    assert "We are not showing this listing right now." in gone.text
    assert "Por ahora no mostramos esta ficha." in patient.get(f"/specialist/{PERSON}?lang=es").text
    api = patient.get(f"/api/v1/specialists/{PERSON}")
    assert (api.status_code, api.json["code"]) == (404, "listing_hidden")
    assert PERSON not in patient.get("/specialists?zip=23220&limit=50").text
    assert PERSON not in desk.get("/admin/listings?only=notice").text
    assert "Hidden from patients" in desk.get(f"/admin/listings?q={PERSON}").text
    assert PERSON in desk.get("/admin/listings?only=hidden").text
    desk.post(f"/admin/listings/{PERSON}/press", {"press": "show"}, page=at)
    assert caught_up(desk).get(f"/specialist/{PERSON}").status_code == 200
    reply = desk.post(f"/admin/listings/{PERSON}/press", {"press": "explode"}, page=at)
    assert reply.status_code == 400


def test_a_notice_stands_on_page_and_card_in_the_readers_language(desk: Desk) -> None:
    at = f"/admin/listings/{PLACE}"
    form = {
        "was.notice_en": "",
        "notice_en": "Closed until <b>January 5</b>.",
        "was.notice_es": "",
        "notice_es": "",
        "until": "2199-01-05",
    }
    assert desk.post(f"{at}/change", form, page=at).status_code == 303
    patient = caught_up(desk)
    for path in (f"/place/{PLACE}", "/places?zip=23220", "/places/print?zip=23220"):
        assert '<p class="note soon">Closed until &lt;b&gt;January 5&lt;/b&gt;.</p>' in patient.get(path).text
        assert (
            '<p class="note soon" lang="en">Closed until'
            in patient.get(f"{path}{'&' if '?' in path else '?'}lang=es").text
        )
    told = patient.get(f"/api/v1/locations/{PLACE}?lang=es").json["location"]["notice"]
    assert told == {"text": "Closed until <b>January 5</b>.", "language": "en"}
    desk.post(f"{at}/change", {"was.notice_es": "", "notice_es": "Cerrado."}, page=at)
    patient = caught_up(desk)
    assert '<p class="note soon">Cerrado.</p>' in patient.get(f"/place/{PLACE}?lang=es").text
    assert "2199-01-06 05:00 UTC" in desk.get(at).text
    assert desk.post(f"{at}/withdraw", {"field": "notice_en"}, page=at).status_code == 303
    assert "note soon" not in caught_up(desk).get(f"/place/{PLACE}").text


def test_a_viewer_sees_and_changes_nothing(desk_of: SignIn) -> None:
    viewer, editor = desk_of(StaffRole.VIEWER), desk_of(StaffRole.EDITOR)
    page = viewer.get(f"/admin/listings/{PLACE}")
    assert page.status_code == 200
    assert "Hide from patients" not in page.text
    assert viewer.get(f"/admin/listings/{PLACE}/pin").status_code == 403
    edition = load_index(directory_of(editor.app).engine).edition
    for path, form in (
        ("press", {"press": "hide"}), ("change", {"was.lift": "", "lift": "no"}), ("withdraw", {"field": "phone"}),
        ("pin", {"lat": "37.5", "lon": "-77.4"}),
    ):  # fmt: skip
        assert viewer.post(f"/admin/listings/{PLACE}/{path}", form, page="/admin/password").status_code == 403
    assert load_index(directory_of(editor.app).engine).edition == edition
    for nobody in ("place:demo:nowhere", "npi:1", "x", "role:npi:1@place:demo:lark-hip"):
        assert viewer.get(f"/admin/listings/{quote(nobody)}").status_code == 404


def test_a_pin_is_put_right_without_scripts(desk: Desk) -> None:
    at = f"/admin/listings/{PLACE}/pin"

    def here(page: str) -> tuple[float, float]:
        found = re.search(r'<p class="lead"(?: role="status")?>(-?[0-9.]+), (-?[0-9.]+)', page)
        assert found
        return float(found[1]), float(found[2])

    start = here(desk.get(at).text)
    pasted = desk.get(at, query_string={"paste": "https://www.google.com/maps/@37.5600000,-77.4700000,17z"}).text
    assert here(pasted) == (37.56, -77.47)
    assert "Put the pin here" in pasted
    north = desk.get(at, query_string={"lat": start[0], "lon": start[1], "move": "north", "step": 1000}).text
    assert here(north)[0] - start[0] == pytest.approx(0.009, abs=0.0002)
    pressed = desk.get(at, query_string={"lat": start[0], "lon": start[1], "across": 10, "at.x": 320, "at.y": 310}).text
    # 100 of 640 pixels of 10 miles, southwards.
    assert start[0] - here(pressed)[0] == pytest.approx(100 / 640 * 16093.44 / 111_000, rel=0.01)
    # By keyboard the map says 0, 0, which moves nothing.
    assert here(desk.get(at, query_string={"lat": start[0], "lon": start[1], "at.x": 0, "at.y": 0}).text) == start
    drawn = desk.get(f"{at}/map.svg?lat=37.56&lon=-77.47&across=10")
    assert (drawn.mimetype, drawn.text[:4]) == ("image/svg+xml", "<svg")
    for text in ("48.85, 2.35", "<script>", "https://maps.app.goo.gl/x"):
        refused = desk.get(at, query_string={"paste": text})
        assert refused.status_code == 400
        assert 'role="alert"' in refused.text
        assert "<script>" not in refused.text
    far = desk.get(at, query_string={"paste": "36.7, -76.2"}).text
    assert "more than 25 miles from its ZIP code" in far
    assert "outside VA" in desk.get(at, query_string={"paste": "39.95, -75.16"}).text
    assert desk.post(at, {"lat": "39.95", "lon": "-75.16"}, page=f"{at}?paste=39.95,-75.16").status_code == 400
    reply = desk.post(at, {"lat": "37.56", "lon": "-77.47"}, page=f"{at}?paste=37.56,-77.47")
    assert reply.status_code == 303
    position = caught_up(desk).get(f"/api/v1/locations/{PLACE}").json["location"]["position"]
    assert position == {"latitude": 37.56, "longitude": -77.47, "from": "given"}
    assert desk.get(f"/admin/listings/{PERSON}/pin").status_code == 404


def test_a_pin_of_the_address_before_is_told_of_and_not_used(desk: Desk, demo_engine: Engine) -> None:
    before = desk.get(f"/admin/listings/{PLACE}").text
    assert "is of the address before" not in before
    amend(demo_engine, PLACE, {"address": "99 Elsewhere Avenue"}, "Rosa Fennimore")
    after = desk.get(f"/admin/listings/{PLACE}").text
    assert "is of the address before, so patients are measured from the middle of the ZIP code" in after
    place = caught_up(desk).get(f"/api/v1/locations/{PLACE}").json["location"]
    assert place["position"]["from"] == "zip"


def test_staff_choose_where_a_file_disagrees(desk: Desk, tmp_path: Path) -> None:
    engine: Engine = directory_of(desk.app).engine
    rows = "location_id,name,state,zip_code,phone,hours\nmain,Main,VA,23220,804-555-0{},{}\n"
    (tmp_path / "l.csv").write_text(rows.format("100", "Mon 8:00-12:00"))
    import_files(engine, [tmp_path / "l.csv"], "ours")
    activate(engine, "ours", 1, "test")
    amend(engine, "place:ours:main", {"phone": "804-555-0199", "hours": "Tue 8:00-12:00"}, "Ben <b>")
    (tmp_path / "l.csv").write_text(rows.format("111", "Wed 8:00-12:00"))
    import_files(engine, [tmp_path / "l.csv"], "ours")
    at = "/admin/choices/ours/2"
    page = desk.get(at).text
    assert "Ben &lt;b&gt;" in page
    with engine.connect() as connection:
        numbers = {one.met.field: one.met.amendment_id for one in choices_of(connection, "ours", 2)}
    bad = {f"choice.{numbers['phone']}": "write", f"value.{numbers['phone']}": "none"}
    refused = desk.post(at, bad)
    assert refused.status_code == 400
    assert "This is no telephone number." in refused.text
    good = {
        f"choice.{numbers['phone']}": "write",
        f"value.{numbers['phone']}": "804-555-0122",
        f"choice.{numbers['hours']}": "take",
    }
    assert desk.post(at, good).status_code == 303
    assert "2 chosen. Patients see it once version 2 is published." in desk.get(at).text
    assert caught_up(desk).get("/api/v1/locations/place:ours:main").json["location"]["phone"] == "+18045550199"
    activate(engine, "ours", 2, "test")
    told = caught_up(desk).get("/api/v1/locations/place:ours:main").json["location"]
    assert (told["phone"], told["hours"]) == ("+18045550122", "Wed 8:00-12:00")
    assert '"telephone": "+18045550122"' in caught_up(desk).get("/place/place:ours:main").text
    assert "Nothing is to be chosen" in desk.get(at).text


def test_a_corrected_notice_keeps_its_last_day_in_both_languages(desk_of: SignIn) -> None:
    desk = desk_of()
    page = "/admin/listings/place:demo:lark-hip"
    form = {
        "was.notice_en": "",
        "was.notice_es": "",
        "notice_en": "Closed.",
        "notice_es": "Cerrado.",
        "until": "2027-01-05",
    }
    assert desk.post(f"{page}/change", form, page=page).status_code == 303
    shown = desk.get(page).text
    assert 'id="notice-until" name="until" type="date" value="2027-01-05"' in shown
    again = {
        "was.notice_en": "Closed.",
        "was.notice_es": "Cerrado.",
        "notice_en": "Closed now.",
        "notice_es": "Cerrado.",
        "until": "2027-01-05",
    }
    assert desk.post(f"{page}/change", again, page=page).status_code == 303
    with desk.app.extensions["finder"].directory.engine.connect() as connection:
        held = [one for one in amendments_of(connection, "place:demo:lark-hip") if one.field.startswith("notice")]
    assert {one.field for one in held} == {"notice_en", "notice_es"}
    assert len({one.ends_at for one in held}) == 1
    assert held[0].ends_at is not None


def test_the_last_day_of_a_person_is_by_the_clock_of_their_place(demo_engine: Engine) -> None:
    with demo_engine.connect() as connection:
        person, place = (staff_listing(connection, one) for one in ("npi:2025200009", "place:demo:lark-hip"))
    assert person.zip_code
    day = dt.date(2026, 12, 20)
    assert end_of(day, person.zip_code) == end_of(day, place.zip_code) == dt.datetime(2026, 12, 21, 5, tzinfo=dt.UTC)
    assert last_day_of(end_of(day, person.zip_code), person.zip_code) == day


def test_what_another_changed_meanwhile_is_told_and_not_overwritten_unseen(desk: Desk, demo_engine: Engine) -> None:
    address = f"/admin/listings/{PLACE}"
    with demo_engine.connect() as connection:
        stood = staff_listing(connection, PLACE).stands("hours")
    amend(demo_engine, PLACE, {"hours": "Mon-Fri 7-4"}, "Ada Fern")
    sent = {"was.hours": stood, "hours": "Mon-Fri 9-6"}
    reply = desk.post(f"{address}/change", sent, page=address)
    assert reply.status_code == 409
    said = html.unescape(reply.text)
    assert "While you had this open, hours was changed to: " in said
    assert "(by Ada Fern)" in said
    assert "Mon-Fri 9-6</textarea>" in said
    with demo_engine.connect() as connection:
        now = staff_listing(connection, PLACE).stands("hours")
    assert now != stood
    assert f'name="was.hours" value="{now}"' in said
    # Sent again, with what stands there before one's eyes, it holds.
    assert desk.post(f"{address}/change", sent | {"was.hours": now}, page=address).status_code == 303
    with demo_engine.connect() as connection:
        assert "9" in staff_listing(connection, PLACE).stands("hours")


def test_a_version_that_somebody_vouched_for_shows_its_day(desk: Desk, demo_engine: Engine) -> None:
    with demo_engine.begin() as connection:
        connection.execute(update(Dataset).values(checked_on=dt.date(2099, 11, 5)))
    row = next(one for one in rows_of(desk.get(f"/admin/listings/{PLACE}").text) if "Checked on" in one)
    assert "2099-11-05 (the whole version)" in row
