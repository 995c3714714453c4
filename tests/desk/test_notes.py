"""Notes for whoever answers the telephone: kept by public id through imports and new ids, in no edition."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from finder.db.edition import current_edition
from finder.db.notes import StaffNote
from finder.db.staff import AuditEntry, PublicIdAlias
from finder.desk.audit import first_broken
from finder.desk.notes import LONGEST, all_notes, clear_note, find_listing, import_notes, notes_of, set_note
from finder.errors import DeskRefused, ListingMissing
from tests.conftest import load_index

NOW = dt.datetime(2026, 11, 22, 17, tzinfo=dt.UTC)
PERSON, PLACE = "npi:2025200009", "place:demo:lark-hip"


def noted(engine: Engine, *public_ids: str) -> dict[str, dict[str, str]]:
    with engine.connect() as connection:
        return {one: note.said for one, note in notes_of(connection, public_ids).items()}


def test_a_note_is_kept_changed_field_by_field_and_cleared(demo_engine: Engine) -> None:
    index = load_index(demo_engine)
    set_note(
        demo_engine,
        index,
        PERSON,
        {"note": " Ask\x00 for Ana \r\nat the desk", "scheduling_phone": "804.555.0177 x12"},
        "Ada",
        NOW,
    )
    set_note(demo_engine, index, PERSON, {"records_rules": "By mail"}, "Bea", NOW)
    said = {"note": "Ask for Ana\nat the desk", "scheduling_phone": "+18045550177;ext=12", "records_rules": "By mail"}
    assert noted(demo_engine, PERSON, PLACE) == {PERSON: said}
    set_note(demo_engine, index, PERSON, {"note": ""}, "Bea", NOW)
    said.pop("note")
    assert noted(demo_engine, PERSON) == {PERSON: said}
    with demo_engine.connect() as connection:
        (kept,) = all_notes(connection)
        assert (kept.changed_by, kept.changed_at) == ("Bea", NOW)
        assert current_edition(connection) == 1
    clear_note(demo_engine, PERSON, "Cy", NOW)
    assert noted(demo_engine, PERSON) == {}
    with demo_engine.connect() as connection:
        deeds = connection.execute(
            select(AuditEntry.actor, AuditEntry.action, AuditEntry.subject).where(AuditEntry.action.contains("note"))
        ).all()
        assert [tuple(one) for one in deeds] == [
            ("Ada", "note", PERSON), ("Bea", "note", PERSON), ("Bea", "note", PERSON), ("Cy", "clear_note", PERSON)
        ]  # fmt: skip
        assert first_broken(connection) is None


def test_what_changes_nothing_is_no_deed(demo_engine: Engine) -> None:
    index = load_index(demo_engine)
    set_note(demo_engine, index, PLACE, {"note": "x"}, "Ada", NOW)
    set_note(demo_engine, index, PLACE, {"note": "x"}, "Bea", NOW)
    with demo_engine.connect() as connection:
        assert [one.changed_by for one in all_notes(connection)] == ["Ada"]


@pytest.mark.parametrize(
    ("said", "code"),
    [({"note": "x" * (LONGEST + 1)}, "note_too_long"), ({"scheduling_phone": "call them"}, "note_phone_malformed"),
     ({"scheduling_phone": "<b>1</b>"}, "note_phone_malformed")],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(demo_engine: Engine, said: dict[str, str], code: str) -> None:
    with pytest.raises(DeskRefused) as refusal:
        set_note(demo_engine, load_index(demo_engine), PERSON, said, "Ada", NOW)
    assert refusal.value.code == code
    assert noted(demo_engine, PERSON) == {}


def test_a_listing_that_is_not_there_has_no_notes(demo_engine: Engine) -> None:
    with pytest.raises(ListingMissing):
        set_note(demo_engine, load_index(demo_engine), "place:demo:nowhere", {"note": "x"}, "Ada", NOW)
    with pytest.raises(DeskRefused) as refusal:
        clear_note(demo_engine, "place:demo:nowhere", "Ada", NOW)
    assert refusal.value.code == "note_missing"


def alias(engine: Engine, old: str, new: str) -> None:
    with engine.begin() as connection:
        connection.execute(insert(PublicIdAlias).values(old_id=old, new_id=new, since=NOW))


def test_an_id_that_was_replaced_is_followed(demo_engine: Engine) -> None:
    index = load_index(demo_engine)
    # Noted before the place was joined with another.
    with demo_engine.begin() as connection:
        row = {"note": "old", "scheduling_phone": "+18045550122", "referral_rules": "", "records_rules": "", "changed_by": "Ada", "changed_at": NOW}  # fmt: skip
        connection.execute(insert(StaffNote).values(public_id="place:gone:older", **row))
    alias(demo_engine, "place:gone:older", "place:gone:old")
    alias(demo_engine, "place:gone:old", PLACE)
    assert noted(demo_engine, PLACE) == {PLACE: {"note": "old", "scheduling_phone": "+18045550122"}}
    # What is written under any of them is kept under the one in use, once.
    set_note(demo_engine, index, "place:gone:older", {"note": "new"}, "Bea", NOW)
    assert noted(demo_engine, PLACE) == {PLACE: {"note": "new", "scheduling_phone": "+18045550122"}}
    with demo_engine.connect() as connection:
        assert [one.public_id for one in all_notes(connection)] == [PLACE]
        assert find_listing(index, connection, "place:gone:older", NOW.date())[0] == PLACE
    # A ring leads nowhere, and not for ever.
    alias(demo_engine, "place:ring:a", "place:ring:b")
    alias(demo_engine, "place:ring:b", "place:ring:a")
    with pytest.raises(ListingMissing), demo_engine.connect() as connection:
        find_listing(index, connection, "place:ring:a", NOW.date())
    assert noted(demo_engine, "place:ring:a") == {}


def test_a_person_who_gained_an_npi_keeps_notes(demo_engine: Engine) -> None:
    from finder.db.directory import Practitioner

    with demo_engine.begin() as connection:
        key = connection.scalar(select(Practitioner.key).where(Practitioner.npi == "2025200009"))
        row = {
            "scheduling_phone": "",
            "referral_rules": "",
            "records_rules": "",
            "changed_by": "Ada",
            "changed_at": NOW,
        }
        connection.execute(insert(StaffNote).values(public_id=f"person:demo:{key}", note="before", **row))
    assert noted(demo_engine, PERSON) == {PERSON: {"note": "before"}}


def test_a_file_of_notes_is_taken_whole_or_not_at_all(demo_engine: Engine, tmp_path: Path) -> None:
    index, path = load_index(demo_engine), tmp_path / "notes.csv"
    path.write_text(
        f"public_id,note,scheduling_phone\n{PERSON},Ask,804-555-0177\n{PLACE},'=1+1,\nplace:x:y,Lost,\n{PLACE},x,nonsense\n",
        encoding="utf-8-sig",
    )
    with pytest.raises(DeskRefused) as refusal:
        import_notes(demo_engine, index, path, "Ada", NOW)
    assert refusal.value.code == "notes_refused"
    assert [(row, error.code) for row, error in refusal.value.problems] == [
        (4, "listing_missing"), (5, "note_phone_malformed"),
    ]  # fmt: skip
    assert noted(demo_engine, PERSON, PLACE) == {}
    path.write_text(f"public_id;Note;scheduling_phone\n{PERSON};Ask;804-555-0177\n{PLACE};'=1+1;\n")
    assert import_notes(demo_engine, index, path, "Ada", NOW) == 2
    assert noted(demo_engine, PERSON, PLACE)[PLACE] == {"note": "=1+1"}
    # A column that is not there stays; an empty cell clears.
    path.write_text(f"public_id,note\n{PERSON},\n")
    import_notes(demo_engine, index, path, "Ada", NOW)
    assert noted(demo_engine, PERSON) == {PERSON: {"scheduling_phone": "+18045550177"}}
    path.write_text("id,remark\nx,y\n")
    with pytest.raises(DeskRefused) as refusal:
        import_notes(demo_engine, index, path, "Ada", NOW)
    assert refusal.value.code == "notes_columns"
