"""A hospital's own catalogue rows, sign-offs by hash, and an upgrade that changes what lies beneath them."""

from __future__ import annotations

import copy
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select

from finder.db.catalogue import Catalogue, CatalogueRow, Origin, content_hash, shipped_entries, write_shipped
from finder.db.dialect import write_lock
from finder.db.reference import DATA
from finder.db.staff import Staff, StaffRole
from finder.desk.accounts import switch
from finder.desk.catalogue import (
    changed_beneath,
    is_signed,
    sign_off,
    withdraw_hospital_row,
    withdraw_sign_off,
    write_hospital_row,
)
from finder.desk.own_rows import back_to_shipped, save_own_row
from finder.desk.review import REVIEWED, lapsed_sign_offs, sign_sheet
from finder.desk.row_fields import FIELDS, faults, form_of, row_of
from finder.desk.setup import set_up
from finder.errors import CatalogueRefused
from finder.importers.cells import CellError
from finder.importers.vocabulary import Vocabulary
from tests.conftest import load_index
from tests.sample_files import whole_database

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def shipped_body(engine: Engine, kind: str, key: str) -> dict[str, Any]:
    with engine.connect() as connection:
        row = CatalogueRow
        body = connection.scalar(
            select(row.body).where(row.kind == kind, row.key == key, row.superseded_at.is_(None)).limit(1)
        )
    assert body is not None
    return copy.deepcopy(dict(body))


def hire(engine: Engine, name: str, role: StaffRole = StaffRole.CLINICAL_REVIEWER) -> str:
    with engine.begin() as connection:
        connection.execute(insert(Staff).values(name=name, role=role, password_hash="-", created_at=NOW))
    return name


def signed(engine: Engine, kind: str, key: str, language: str = "en") -> bool:
    with engine.connect() as connection:
        return is_signed(connection, kind, key, language, NOW)


def test_a_hospitals_row_is_in_force_and_in_the_edition_until_withdrawn(engine: Engine) -> None:
    before = load_index(engine)
    body = shipped_body(engine, "condition", "labral-tear")
    shipped_name, body["name_en"] = body["name_en"], "Torn rim of the hip socket"
    edition = write_hospital_row(engine, "condition", "labral-tear", body, "Ada")
    after = load_index(engine)
    assert edition == after.edition == before.edition + 1
    assert after.catalogue.conditions["labral-tear"].name("en") == "Torn rim of the hip socket"
    with engine.connect() as connection:
        assert Catalogue.read(connection).conditions["labral-tear"].name("en") == "Torn rim of the hip socket"
    assert list(after.catalogue.conditions) == list(before.catalogue.conditions)

    withdraw_hospital_row(engine, "condition", "labral-tear", "Ada")
    assert load_index(engine).catalogue.conditions["labral-tear"].name("en") == shipped_name
    with pytest.raises(CatalogueRefused) as refusal:
        withdraw_hospital_row(engine, "condition", "labral-tear", "Ada")
    assert refusal.value.code == "catalogue_row_unknown"


def test_a_row_without_its_fields_or_of_no_kind_is_refused(engine: Engine) -> None:
    body = shipped_body(engine, "condition", "labral-tear")
    del body["urgency"], body["taxonomies"]
    with pytest.raises(CatalogueRefused) as refusal:
        write_hospital_row(engine, "condition", "labral-tear", body, "Ada")
    assert refusal.value.params == {"key": "labral-tear", "fields": ["taxonomies", "urgency"]}
    with pytest.raises(CatalogueRefused) as refusal:
        write_hospital_row(engine, "illness", "labral-tear", body, "Ada")
    assert refusal.value.code == "catalogue_kind_unknown"


def words_of(engine: Engine) -> Vocabulary:
    """Return the words that an import would go by now."""
    with engine.connect() as connection:
        return Vocabulary.read(connection)


def test_a_hospital_changes_a_profile_and_adds_its_own(engine: Engine) -> None:
    body = shipped_body(engine, "profile", "hip-preservation")
    body["lines"]["performs"].append("pelvic-osteotomy")
    write_hospital_row(engine, "profile", "hip-preservation", body, "Ada")
    own = dict.fromkeys(("name_en", "name_es", "meaning_en", "meaning_es"), "Night clinic")
    own |= {"synonyms_en": ["late hours"], "synonyms_es": [], "lines": {"refers": ["hip-pain"]}}
    edition = write_hospital_row(engine, "profile", "night-clinic", own, "Ada")
    words = words_of(engine)
    assert "pelvic-osteotomy" in [line[1] for line in words.profile("hip preservation").lines]
    assert [line[1] for line in words.profile("Late hours").lines] == ["hip-pain"]
    assert load_index(engine).edition == edition

    withdraw_hospital_row(engine, "profile", "hip-preservation", "Ada")
    withdraw_hospital_row(engine, "profile", "night-clinic", "Ada")
    words = words_of(engine)
    assert "pelvic-osteotomy" not in [line[1] for line in words.profile("hip preservation").lines]
    with pytest.raises(CellError):
        words.profile("late hours")


def test_a_profile_that_an_import_could_not_take_at_its_word_is_refused(engine: Engine) -> None:
    body = shipped_body(engine, "profile", "therapy")
    faulty = body | {"lines": {"treats": ["labral-taer", "hip-rehab"], "performs": ["hip-rehab"], "loves": ["perthes"]}}
    with pytest.raises(CatalogueRefused) as refusal:
        write_hospital_row(engine, "profile", "ours", faulty, "Ada")
    faults = ["loves: perthes", "treats: labral-taer", "treats: hip-rehab"]
    assert (refusal.value.code, refusal.value.params) == ("profile_lines_unknown", {"key": "ours", "lines": faults})
    del body["lines"], body["synonyms_es"]
    with pytest.raises(CatalogueRefused) as refusal:
        write_hospital_row(engine, "profile", "ours", body, "Ada")
    assert refusal.value.params == {"key": "ours", "fields": ["lines", "synonyms_es"]}
    with pytest.raises(CellError):
        words_of(engine).profile("ours")


def test_an_older_database_gains_the_shipped_profiles(engine: Engine, tmp_path: Path) -> None:
    shipped = shipped_entries(DATA / "catalogue.json")
    own = shipped_body(engine, "profile", "therapy") | {"name_en": "Our gym"}
    with engine.begin() as connection:
        connection.execute(delete(CatalogueRow).where(CatalogueRow.kind == "profile"))
    assert set_up(engine, tmp_path, demo=False) == ["catalogue_loaded", "edition_raised"]
    assert words_of(engine).profile("PT").key == "therapy"
    assert load_index(engine).catalogue.profiles.keys() == {key for kind, key, _ in shipped if kind == "profile"}
    row = CatalogueRow
    with engine.connect() as connection:
        others = connection.execute(select(row.version, row.superseded_at).where(row.kind != "profile")).all()
    assert {tuple(one) for one in others} == {(1, None)}, "what was signed stays signed"

    write_hospital_row(engine, "profile", "therapy", own, "Ada")
    assert set_up(engine, tmp_path, demo=False) == []
    assert words_of(engine).profile("our gym").key == "therapy"


def test_one_changed_letter_voids_a_sign_off(engine: Engine) -> None:
    reviewer = hire(engine, "Dr. Quillfeather")
    sign_off(engine, "condition", "labral-tear", "en", reviewer)
    assert signed(engine, "condition", "labral-tear")
    assert not signed(engine, "condition", "labral-tear", "es"), "each language is signed by itself"

    body = shipped_body(engine, "condition", "labral-tear")
    message = body["urgency"]["message_en"]
    body["urgency"]["message_en"] = message.replace("a", "o", 1)
    write_hospital_row(engine, "condition", "labral-tear", body, "Ada")
    assert not signed(engine, "condition", "labral-tear")
    with engine.connect() as connection:
        lapsed = lapsed_sign_offs(connection, NOW)
    assert [(one.key, one.language, one.reviewer, one.why) for one in lapsed] == [
        ("labral-tear", "en", reviewer, "changed")
    ]
    withdraw_hospital_row(engine, "condition", "labral-tear", "Ada")
    assert signed(engine, "condition", "labral-tear"), "the very row that was signed is in force again"


def test_red_flags_need_two_people_and_only_reviewers_sign(engine: Engine) -> None:
    first, second = hire(engine, "Dr. Quillfeather"), hire(engine, "Dr. Thimblewood")
    editor = hire(engine, "Edna", StaffRole.EDITOR)
    flag = "trauma-cannot-bear-weight"
    sign_off(engine, "red_flag", flag, "en", first)
    sign_off(engine, "red_flag", flag, "en", first)
    assert not signed(engine, "red_flag", flag)
    sign_off(engine, "red_flag", flag, "en", second)
    assert signed(engine, "red_flag", flag)
    for name in (editor, "Nobody"):
        with pytest.raises(CatalogueRefused) as refusal:
            sign_off(engine, "red_flag", flag, "en", name)
        assert refusal.value.code == "reviewer_refused"


def test_rows_on_hold_cannot_be_signed_and_sign_offs_expire(engine: Engine) -> None:
    reviewer = hire(engine, "Dr. Quillfeather")
    body = shipped_body(engine, "condition", "hip-pain") | {"status": "hold"}
    write_hospital_row(engine, "condition", "hip-pain", body, "Ada")
    with pytest.raises(CatalogueRefused) as refusal:
        sign_off(engine, "condition", "hip-pain", "en", reviewer)
    assert refusal.value.code == "catalogue_row_on_hold"

    sign_off(engine, "condition", "perthes", "es", reviewer, expires_at=NOW)
    assert not signed(engine, "condition", "perthes", "es")
    with engine.connect() as connection:
        assert [one.why for one in lapsed_sign_offs(connection, NOW)] == ["expired"]


def test_an_upgrade_leaves_the_hospitals_row_alone_and_lists_it(engine: Engine) -> None:
    body = shipped_body(engine, "condition", "labral-tear") | {"name_en": "Torn rim of the hip socket"}
    write_hospital_row(engine, "condition", "labral-tear", body, "Ada")
    with engine.connect() as connection:
        assert changed_beneath(connection) == []

    entries = shipped_entries(DATA / "catalogue.json")
    for kind, key, shipped in entries:
        if (kind, key) == ("condition", "labral-tear"):
            shipped["name_es"] = "Rotura del labrum"
            shipped["order"] = "band_first"
    with write_lock(engine) as connection:
        assert write_shipped(connection, entries, NOW) == 1
    with engine.connect() as connection:
        assert Catalogue.read(connection).conditions["labral-tear"].body == body
        assert [(one.kind, one.key, one.fields) for one in changed_beneath(connection)] == [
            ("condition", "labral-tear", ("name_es", "order"))
        ]
        origins = connection.scalars(
            select(CatalogueRow.origin).where(CatalogueRow.key == "labral-tear", CatalogueRow.superseded_at.is_(None))
        ).all()
    assert sorted(origins, key=lambda origin: origin.value) == [Origin.HOSPITAL, Origin.SHIPPED]


@pytest.mark.parametrize("role", [StaffRole.VIEWER, StaffRole.EDITOR])
def test_who_is_no_reviewer_signs_saves_and_takes_back_nothing(engine: Engine, role: StaffRole) -> None:
    reviewer, other = hire(engine, "Dr. Quillfeather"), hire(engine, "Edna", role)
    about = "condition", "labral-tear"
    seen = sign_off(engine, *about, "en", reviewer)
    body = shipped_body(engine, *about) | {"name_en": "Ours"}
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
    before = whole_database(engine)
    for deed in (
        lambda: sign_off(engine, *about, "en", other),
        lambda: sign_sheet(engine, *about, "en", other, until=until, seen=seen, has_read=True),
        lambda: withdraw_sign_off(engine, *about, "en", other),
        lambda: withdraw_sign_off(engine, *about, "en", reviewer, other),
        lambda: save_own_row(engine, *about, body, other),
        lambda: back_to_shipped(engine, *about, other),
    ):
        with pytest.raises(CatalogueRefused) as refusal:
            deed()
        assert (refusal.value.code, refusal.value.params) == ("reviewer_refused", {"reviewer": other})
    assert whole_database(engine) == before
    switch(engine, reviewer, "tests", on=False)
    with pytest.raises(CatalogueRefused):
        sign_off(engine, *about, "en", reviewer)


def test_a_signature_raises_the_edition_and_is_of_what_was_seen(engine: Engine) -> None:
    reviewer = hire(engine, "Dr. Quillfeather")
    about = "condition", "labral-tear"
    first = load_index(engine).edition
    seen = sign_off(engine, *about, "en", reviewer)
    assert load_index(engine).edition == first + 1
    withdraw_sign_off(engine, *about, "en", reviewer)
    assert load_index(engine).edition == first + 2
    with pytest.raises(CatalogueRefused) as refusal:
        withdraw_sign_off(engine, *about, "en", reviewer)
    assert refusal.value.code == "sign_off_missing"
    write_hospital_row(engine, *about, shipped_body(engine, *about) | {"name_en": "Ours"}, "Ada")
    for deed in (
        lambda: sign_off(engine, *about, "en", reviewer, seen=seen),
        lambda: write_hospital_row(engine, *about, shipped_body(engine, *about), "Ada", seen=seen),
        lambda: save_own_row(engine, *about, shipped_body(engine, *about), reviewer, seen=seen),
    ):
        with pytest.raises(CatalogueRefused) as refusal:
            deed()
        assert refusal.value.code == "catalogue_row_moved"


def test_a_form_sent_back_as_it_was_gives_the_same_row_and_faults_are_told(engine: Engine) -> None:
    with engine.connect() as connection:
        catalogue = Catalogue.read(connection)
    for kind in REVIEWED:
        for key, body in catalogue.entries[kind].items():
            sent = {name: value.replace("\n", "\r\n") for name, value in form_of(kind, body).items()}
            ticks = {one.path for one in FIELDS[kind] if one.look == "tick"}
            sent = {name: value for name, value in sent.items() if value or name not in ticks}
            assert content_hash(row_of(kind, body, sent)) == content_hash(body), (kind, key)
            assert faults(catalogue, kind, key, body) == [], (kind, key)
    body = catalogue.entries["condition"]["labral-tear"]
    for changed, told in (
        ({"notes": "\ud800"}, "notes: it has a character that cannot be shown"), ({"notes": 7}, "notes: it must be text"),
        ({"opens_first": ["surgeons"]}, "opens_first: the catalogue has no surgeons"), ({"id": "other"}, "id: it is labral-tear"),
        ({"defining_procedure_ids": ["x"]}, "defining_procedure_ids: the catalogue has no x"), ({"name_en": " "}, "name_en: it may not be empty"),
        ({"age_bands": [{"age_from": 9, "age_to": 3}]}, "age_bands: 9 to 3 are no ages"), ({"synonyms_en": "tear"}, "synonyms_en: it must be a list"),
        ({"taxonomies": {"primary": ["000"]}}, "taxonomies.primary: the catalogue has no 000"), ({"order": "mine"}, "order: say one of"),
        ({"urgency": body["urgency"] | {"card": "call-911"}}, "card_form: a card has a form"),
    ):  # fmt: skip
        assert any(
            one.startswith(told) for one in faults(catalogue, "condition", "labral-tear", {**body, **changed})
        ), told
    broken = {**body, "age_bands": [{"age_from": 0, "age_to": 3, "primary": ["207X00000X"]}, {"age_from": 4}]}
    reviewer = hire(engine, "Dr. Quillfeather")
    with pytest.raises(CatalogueRefused) as refusal:
        save_own_row(engine, "condition", "labral-tear", broken, reviewer)
    assert refusal.value.code == "catalogue_row_faulty"
