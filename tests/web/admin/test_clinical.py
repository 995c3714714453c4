"""Clinical review at the desk: the sheet, two people for a red flag, a changed letter; and nobody else who signs."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from sqlalchemy import Engine, select

from finder.db.catalogue import SignOff
from finder.db.edition import current_edition
from finder.db.staff import StaffRole
from finder.desk.review import State, review_row
from tests.sample_files import whole_database
from tests.web.admin.conftest import Desk, SignIn
from tests.web.conftest import directory_of
from tests.web.pages import Page

ROW = "/admin/clinical/condition/labral-tear"
FLAG = "/admin/clinical/red_flag/trauma-cannot-bear-weight"
UNTIL = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=365)).isoformat()
LABEL = "General information, not yet reviewed by this hospital's clinicians."
REVIEWER, EDITOR, VIEWER = StaffRole.CLINICAL_REVIEWER, StaffRole.EDITOR, StaffRole.VIEWER


def hash_on(desk: Desk, sheet: str) -> str:
    found = re.search(r'name="hash" value="([0-9a-f]{64})"', desk.get(sheet).text)
    assert found, desk.get(sheet).text
    return found[1]


def sign(desk: Desk, sheet: str, **more: str) -> Any:
    form = {"hash": hash_on(desk, sheet), "read": "yes", "until": UNTIL, **more}
    return desk.post(f"{sheet}/sign", form, page=sheet)


def patients_read(desk: Desk, language: str = "en") -> str:
    return Page(desk.get(f"/problem/labral-tear?lang={language}").text).one("main").text


def state(engine: Engine, kind: str, key: str, language: str = "en") -> State:
    with engine.connect() as connection:
        return review_row(connection, kind, key, dt.datetime.now(dt.UTC)).reviews[language].state


def test_a_reviewer_signs_patients_see_it_and_one_changed_letter_lapses(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(REVIEWER, "Dr. Quillfeather")
    sheet = f"{ROW}/en"
    assert LABEL in patients_read(desk)
    with demo_engine.connect() as connection:
        before = current_edition(connection)
    assert sign(desk, sheet).status_code == 303
    with demo_engine.connect() as connection:
        assert current_edition(connection) == before + 1
    assert "Signed by Dr. Quillfeather" in desk.get(sheet).text
    assert LABEL not in patients_read(desk)
    assert "Información general" in patients_read(desk, "es")

    edit = f"{ROW}/edit"
    page = desk.get(edit).text
    assert "Any change makes these signatures lapse" in page
    seen = hash_on(desk, edit)
    message = re.search(r'name="urgency.message_en"[^>]*>\n([^<]*)</textarea>', page)
    assert message
    change = {"hash": seen, "urgency.message_en": message[1].replace("a", "o", 1)}
    looked = desk.post(edit, {**change, "do": "look"})
    assert "1 signature would lapse" in looked.text
    assert state(demo_engine, "condition", "labral-tear") is State.SIGNED, "looking changes nothing"
    # A tick that is not sent is a tick that is not set; this row has none.
    saved = desk.post(edit, {**change, "do": "save"})
    assert saved.status_code == 303, saved.text
    assert state(demo_engine, "condition", "labral-tear") is State.LAPSED
    told = desk.get(sheet).text
    assert "changed since: urgency.message_en" in told
    assert f"<del>{message[1]}</del>" in told
    assert LABEL in patients_read(desk)
    assert "labral-tear" in desk.get("/admin/clinical?state=lapsed").text

    desk.post(f"{ROW}/shipped", {}, page=edit)
    assert state(demo_engine, "condition", "labral-tear") is State.SIGNED


def test_a_red_flag_needs_two_people(desk_of: SignIn, demo_engine: Engine) -> None:
    first, second = desk_of(REVIEWER, "Dr. Quillfeather"), desk_of(REVIEWER, "Dr. Thimblewood")
    sheet = f"{FLAG}/en"
    for said in ("You have signed it.", "You had signed it already: your signature is renewed."):
        assert sign(first, sheet).status_code == 303
        assert state(demo_engine, "red_flag", "trauma-cannot-bear-weight") is State.PARTLY
        assert f"{said} 1 more person has to sign, and not you." in first.get(sheet).text
    assert "1 more person has to sign" in second.get(sheet).text
    assert sign(second, sheet).status_code == 303
    assert state(demo_engine, "red_flag", "trauma-cannot-bear-weight") is State.SIGNED
    first.post(f"{sheet}/withdraw", {"reviewer": "Dr. Thimblewood"}, page=sheet)
    assert state(demo_engine, "red_flag", "trauma-cannot-bear-weight") is not State.SIGNED
    assert "taken back" in first.get(sheet).text


def test_what_was_shown_is_what_is_signed(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(REVIEWER)
    sheet = f"{ROW}/es"
    refused = sign(desk, sheet, hash="0" * 64)
    assert refused.status_code == 400
    assert "was changed while you read it" in refused.text
    for more, told in (
        ({"read": ""}, "Tick that you read all"), ({"until": "2020-01-01"}, "cannot end on 2020-01-01"),
        ({"until": "soon"}, "cannot end on soon"), ({"until": "2999-01-01"}, "cannot end on 2999-01-01"), ({"hash": ""}, "was changed while"),
    ):  # fmt: skip
        refused = sign(desk, sheet, **more)
        assert (refused.status_code, told in refused.text) == (400, True), told
    with demo_engine.connect() as connection:
        assert connection.scalars(select(SignOff.id)).all() == []
    assert desk.get("/admin/clinical/condition/no-such/en").status_code == 404
    assert desk.get("/admin/clinical/taxonomy/207X00000X/en").status_code == 404
    assert desk.get(f"{ROW}/fr").status_code == 404


@pytest.mark.parametrize("role", [EDITOR, VIEWER])
def test_who_may_not_sign_changes_nothing_by_any_form(desk_of: SignIn, demo_engine: Engine, role: StaffRole) -> None:
    desk, reviewer = desk_of(role), desk_of(REVIEWER, "Dr. Quillfeather")
    seen = hash_on(reviewer, f"{ROW}/en")
    sign(reviewer, f"{ROW}/en")
    before = whole_database(demo_engine)
    sheet = desk.get(f"{ROW}/en")
    assert sheet.status_code == 200
    assert "Sign as" not in sheet.text
    assert "Take back" not in sheet.text
    assert "Change this row" not in sheet.text
    form = {
        "hash": seen,
        "read": "yes",
        "until": UNTIL,
        "do": "save",
        "name_en": "Ours",
        "reviewer": "Dr. Quillfeather",
    }
    for path in (f"{ROW}/en/sign", f"{ROW}/en/withdraw", f"{ROW}/edit", f"{ROW}/shipped"):
        answer = desk.post(path, form, page="/admin/password")
        assert answer.status_code == 403, path
        assert "clinical reviewer" in answer.text
    assert desk.get(f"{ROW}/edit").status_code == 403
    assert whole_database(demo_engine) == before


def test_the_sheet_says_what_patients_see_which_words_lead_and_who_is_first(desk_of: SignIn) -> None:
    desk = desk_of(VIEWER)
    index = directory_of(desk.app).index
    for kind, keys in {kind: index.catalogue.entries[kind] for kind in ("condition", "procedure", "red_flag", "card", "context_rule", "profile")}.items():  # fmt: skip
        for key in list(keys)[:: 1 if kind in ("card", "context_rule") else 6]:
            for language in ("en", "es"):
                answer = desk.get(f"/admin/clinical/{kind}/{key}/{language}?zip=23220")
                assert answer.status_code == 200, (kind, key)
    body = index.catalogue.entries["condition"]["hip-dislocation"]
    text = Page(desk.get("/admin/clinical/condition/hip-dislocation/es?zip=23220").text).one("main").text
    assert body["urgency"]["message_es"] in text
    assert index.catalogue.entries["card"]["call-911"]["heading_es"] in text
    for phrase in (*body["synonyms_es"], *body["misspellings"]):
        assert phrase in text
    assert "From 23220" in text
    patients = Page(desk.get("/specialists?zip=23220&condition=labral-tear").text)
    first = patients.all("h3")[0].text.split(". ", 1)[1]
    assert first in Page(desk.get(f"{ROW}/en?zip=23220").text).one("main").text
    flag = index.catalogue.entries["red_flag"]["trauma-cannot-bear-weight"]
    text = Page(desk.get(f"{FLAG}/en").text).one("main").text
    for phrase in (*flag["phrases_en"], *flag["needs_context_en"], *flag["ask_first_en"], flag["message_en"]):
        assert phrase in text
    marked = next(key for key, one in index.catalogue.entries["condition"].items() if one["match_only"])
    assert "only to match" in desk.get(f"/admin/clinical/condition/{marked}/en").text + desk.get(f"/admin/clinical/condition/{marked}/es").text  # fmt: skip


def test_a_row_is_changed_with_checks_and_never_as_markup(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(REVIEWER)
    edit = f"{ROW}/edit"

    def post(**fields: str) -> Any:
        return desk.post(edit, {"hash": hash_on(desk, edit), **fields})

    evil = '<script>alert(1)</script> & "tear"'
    saved = post(name_en=evil, do="save")
    assert saved.status_code == 303
    for path in (edit, f"{ROW}/en", "/admin/clinical"):
        text = desk.get(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)" in text
    for fields, told in (
        ({"rest": "{"}, "not JSON"), ({"rest": "[]"}, "not JSON"), ({"rest": "{}"}, "lacks fields"),
        ({"rest": "[" * 20_000}, "not JSON"),
        ({"name_en": "T\0rn"}, "cannot be shown"), ({"notes": "", "rest": "{\"notes\": \"\\ud800\"}"}, "lacks fields"),
        ({"urgency.level": "whenever"}, "say one of emergency"), ({"urgency.message_en": " "}, "may not be empty"),
        ({"synonyms_en": "dislocated hip"}, "this phrase leads to hip-dislocation"),
    ):  # fmt: skip
        refused = post(**fields, do="save")
        assert (refused.status_code, told in refused.text) == (400, True), told
    moved = desk.post(edit, {"hash": "0" * 64, "name_en": "Ours", "do": "save"})
    assert (moved.status_code, "was changed while you read it" in moved.text) == (400, True)
    same = post(name_en=evil, do="save")
    assert (same.status_code, "there is nothing to save" in same.text) == (400, True)


def test_a_phrase_is_tried_and_kept_nowhere(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(VIEWER)
    before = whole_database(demo_engine)
    form = {"phrase": "zqx I fell and can't get up", "zip": "23220", "age": "71", "language": "en"}
    page = desk.post("/admin/clinical/try", form).text
    assert "Call 911 now" in page
    assert "trauma-cannot-bear-weight" in page
    assert "Who is shown first" in page
    assert whole_database(demo_engine) == before
    es = desk.post("/admin/clinical/try", {**form, "language": "es", "phrase": "me caí y no puedo caminar"}).text
    assert "Llame al 911 ahora" in es
    for wrong in ({"phrase": ""}, {"zip": "1"}, {"age": "old"}, {"phrase": "hip " * 200}):
        assert desk.post("/admin/clinical/try", {**form, **wrong}).status_code == 400
    assert "Nobody: the words are not about a hip" in desk.post("/admin/clinical/try", {**form, "phrase": "broken fridge door"}).text  # fmt: skip

    reviewer = desk_of(REVIEWER)
    edit = f"{ROW}/edit"
    words = "wobbly quince joint"
    own = {"hash": hash_on(reviewer, edit), "match_only": "", "synonyms_en": words, "do": "try", "phrase": words}
    tried = reviewer.post(edit, own)
    assert tried.status_code == 200
    assert re.search(r"People who treat: [^<]*labr", tried.text), tried.text
    assert whole_database(demo_engine)["catalogue_row"] == before["catalogue_row"]


def test_a_new_row_is_begun_like_another_and_taken_away_again(desk_of: SignIn, demo_engine: Engine) -> None:
    desk = desk_of(REVIEWER)
    begun = desk.get("/admin/clinical/new?kind=condition&like=perthes&key=Hip+Odd")
    assert begun.status_code == 303
    edit = begun.location
    assert edit.endswith("/admin/clinical/condition/hip-odd/edit?like=perthes")
    page = desk.get(edit).text
    assert "A new row: hip-odd" in page
    fields = {"hash": "", "name_en": "Odd hip", "name_es": "Rara", "synonyms_en": "odd wobbly quince", "do": "save"}
    assert desk.post(edit, {**fields, "synonyms_en": "dislocated hip"}).status_code == 400
    assert desk.post(edit, fields).status_code == 303
    assert "Odd hip" in desk.get("/admin/clinical/condition/hip-odd/en").text
    assert desk.post(edit, fields, page="/admin/clinical/condition/hip-odd/edit").status_code == 400, (
        "it is there by now"
    )
    other = "/admin/clinical/context_rule/runner-bone/edit"
    rest = re.search(r'name="rest"[^>]*>\n(.*?)</textarea>', desk.get(other).text, re.DOTALL)
    assert rest
    named = html.unescape(rest[1]).replace('"labral-tear"', '"hip-odd"')
    assert desk.post(other, {"hash": hash_on(desk, other), "rest": named, "do": "save"}).status_code == 303
    away = "/admin/clinical/condition/hip-odd"
    refused = desk.post(f"{away}/shipped", {}, page=f"{away}/edit")
    assert (refused.status_code, "runner-bone names it" in refused.text) == (400, True)
    assert desk.post("/admin/clinical/context_rule/runner-bone/shipped", {}, page=other).status_code == 303
    assert desk.post(f"{away}/shipped", {}, page=f"{away}/edit").status_code == 303
    assert desk.get(f"{away}/en").status_code == 404
    for bad in (
        "kind=card&like=call-911&key=ours",
        "kind=condition&like=perthes&key=../x",
        "kind=taxonomy&like=x&key=y",
        "kind=condition&like=no-such&key=ours",
    ):
        assert desk.get(f"/admin/clinical/new?{bad}").status_code == 404, bad
