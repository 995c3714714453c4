"""Changes of staff to one listing: seen at once in every answer, kept through imports, ended at their moment."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select

from finder.db.amendable import PERSON_FIELDS, PLACE_FIELDS, ROLE_FIELDS
from finder.db.datasets import Dataset
from finder.db.directory import SECTION_TABLES
from finder.db.edition import current_edition
from finder.db.staff import Amendment, AuditEntry, PublicIdAlias
from finder.desk.amendment_choices import KEEP, TAKE, WRITE, choices_of, choose
from finder.desk.amendments import amend, amendments_of, end_due, end_of, withdraw
from finder.desk.audit import first_broken
from finder.desk.listings import staff_listing
from finder.desk.publish import activate, republish, roll_back
from finder.errors import DeskRefused, ListingMissing
from finder.importers.pipeline import import_files
from finder.importers.templates import SECTIONS
from finder.search.answer import listing
from finder.search.results import LocationListing, PractitionerListing
from tests.conftest import load_index
from tests.search.made_up import write
from tests.search.small_directory import DAY, NOWHERE, Load, ask, loader, people, person, place, whole

NPI = "1234567893"
NPI_2 = "1999999984"
ADA, BEA = "person:ours:ada", f"npi:{NPI}"
ADA_MAIN, BEA_NORTH = "role:person:ours:ada@place:ours:main", f"role:{BEA}@place:ours:north"
MAIN, NORTH = "place:ours:main", "place:ours:north"


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Load:
    """Import rows and put them in force."""
    return loader(engine, tmp_path)


@pytest.fixture
def small(load: Load) -> dict[str, list[dict[str, Any]]]:
    """Two places and two people in force; the sections they came as."""
    sections: dict[str, list[dict[str, Any]]] = {
        "locations": [
            place("main", phone="804-555-0100", hours="Mon-Fri 8:00-17:00", verified_on="2026-03-01"),
            place("north", latitude=37.60, zip_code="23227", phone="804-555-0101", step_free="yes"),
        ],
        "practitioners": [
            person("ada", "main", given_name="Ada", family_name="Fern", accepting_new_patients="yes", phone="804-555-0110"),
            person("bea", "north", given_name="Bea", family_name="Reed", npi=NPI, languages="en", youngest_age=14),
        ],
    }  # fmt: skip
    load(**sections)
    return sections


def seen(engine: Engine, public_id: str, today: dt.date = DAY) -> Any:
    """Return the page of a listing."""
    with engine.connect() as connection:
        return listing(load_index(engine), connection, public_id, today)


def rows_stored(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return [connection.scalar(select(func.count()).select_from(table)) or 0 for table in SECTION_TABLES]


def refusal(code: str, deed: Any, engine: Engine) -> DeskRefused:
    with engine.connect() as connection:
        edition = current_edition(connection)
        amended = connection.scalar(select(func.count()).select_from(Amendment))
    with pytest.raises(DeskRefused) as refused:
        deed()
    assert refused.value.code == code
    with engine.connect() as connection:
        assert current_edition(connection) == edition
        assert connection.scalar(select(func.count()).select_from(Amendment)) == amended
    return refused.value


def test_each_change_is_an_edition_and_copies_no_dataset(
    engine: Engine, small: dict[str, list[dict[str, Any]]]
) -> None:
    before, stored = load_index(engine).edition, rows_stored(engine)
    assert amend(engine, MAIN, {"phone": "(804) 555-0199", "step_free": "no"}, "Rosa") == before + 1
    found = seen(engine, MAIN)
    assert isinstance(found, LocationListing)
    assert (found.location.phone, found.location.step_free.value) == ("+18045550199", "no")
    # What nobody changed is as it was, and a card shows what the page does.
    assert found.location.hours == "Mon-Fri 8:00-17:00"
    assert ask(engine).main.matches[0].location == found.location
    assert rows_stored(engine) == stored
    with engine.connect() as connection:
        told = {one.field: one for one in amendments_of(connection, MAIN)}
        assert (told["phone"].value, told["phone"].before) == ("+18045550199", "+18045550100")
        assert told["step_free"].before == ""
        assert {one.made_by for one in told.values()} == {"Rosa"}
        entry = connection.execute(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.actor, entry.action, entry.subject) == ("Rosa", "amend", MAIN)
        assert entry.detail["fields"]["phone"] == ["+18045550100", "+18045550199"]
        assert first_broken(connection) is None
    assert withdraw(engine, MAIN, "phone", "Rosa") == before + 2
    assert seen(engine, MAIN).location.phone == "+18045550100"
    assert seen(engine, MAIN).location.step_free.value == "no"
    refusal("amendment_missing", lambda: withdraw(engine, MAIN, "phone", "Rosa"), engine)


def test_a_person_and_a_role_of_theirs(engine: Engine, small: dict[str, list[dict[str, Any]]]) -> None:
    amend(engine, BEA, {"languages": "Spanish; French", "gender": "woman", "credentials": "MD"}, "Rosa")
    amend(engine, BEA_NORTH, {"accepting_new_patients": "no", "youngest_age": "18"}, "Rosa")
    found = seen(engine, BEA)
    assert isinstance(found, PractitionerListing)
    assert (found.practitioner.languages, found.practitioner.credentials) == (("es", "fr"), "MD")
    assert found.roles[0].youngest_age == 18
    # Filters, counts and ages go by it.
    spanish = ask(engine, language="es", radius=50)
    assert (people(spanish)[0], spanish.main.stated) == (BEA, 1)
    assert people(ask(engine, new_patients="yes", radius=50)) == [ADA]
    assert people(ask(engine, age=16, radius=50)) == [ADA]
    assert people(ask(engine, gender="woman", radius=50))[0] == BEA


@pytest.mark.parametrize(
    ("public_id", "changes", "column", "code"),
    [
        (MAIN, {"phone": "call us"}, "phone", "phone_malformed"),
        (MAIN, {"website": "javascript:alert(1)"}, "website", "url_malformed"),
        (MAIN, {"step_free": "maybe"}, "step_free", "stated_malformed"),
        (MAIN, {"zip_code": "2322"}, "zip_code", "zip_cell_malformed"),
        (MAIN, {"state": ""}, "state", "required_empty"),
        (MAIN, {"latitude": "40.7", "longitude": "-122.4"}, "latitude", "position_wrong"),
        (MAIN, {"latitude": "0", "longitude": "0"}, "latitude", "position_zero"),
        (MAIN, {"phone_languages": "Klingonese"}, "phone_languages", "language_unknown"),
        (MAIN, {"verified_on": "2199-01-01"}, "verified_on", "date_in_future"),
        (MAIN, {"notice_en": "x" * 301}, "notice_en", "text_too_long"),
        (ADA_MAIN, {"youngest_age": "young"}, "youngest_age", "age_malformed"),
        (BEA_NORTH, {"oldest_age": "9"}, "youngest_age", "ages_reversed"),
        (BEA, {"gender": "car"}, "gender", "choice_unknown"),
    ],
)
def test_values_are_refused_as_cells_are(
    engine: Engine, small: dict[str, list[dict[str, Any]]], public_id: str, changes: dict[str, str], column: str, code: str
) -> None:  # fmt: skip
    refused = refusal("amendment_refused", lambda: amend(engine, public_id, changes, "Rosa"), engine)
    assert [(one.column, one.code) for one in refused.problems] == [(column, code)]


def test_what_cannot_be_changed(engine: Engine, small: dict[str, list[dict[str, Any]]]) -> None:
    for public_id, field in ((MAIN, "name"), (ADA, "phone"), (ADA_MAIN, "languages"), (MAIN, "organization")):
        refusal("amendment_field_unknown", lambda p=public_id, f=field: amend(engine, p, {f: "x"}, "Rosa"), engine)
    refusal("amendment_nothing", lambda: amend(engine, MAIN, {"phone": "8045550100"}, "Rosa"), engine)
    refusal("notice_without_english", lambda: amend(engine, MAIN, {"notice_es": "Cerrado"}, "Rosa"), engine)
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    refusal("amendment_end_past", lambda: amend(engine, MAIN, {"phone": ""}, "Rosa", ends_at=yesterday), engine)
    refusal(
        "pin_outside", lambda: amend(engine, MAIN, {"zip_code": "09012", "latitude": "48.85", "longitude": "2.35"}, "Rosa"), engine
    )  # fmt: skip
    for nobody in ("place:ours:nowhere", "npi:0000000000", "role:person:ours:ada@place:ours:north", "x"):
        with pytest.raises(ListingMissing):
            amend(engine, nobody, {"hidden": True}, "Rosa")


def test_what_the_file_says_is_given_back_to_it(engine: Engine, small: dict[str, list[dict[str, Any]]]) -> None:
    amend(engine, MAIN, {"phone": "804-555-0199"}, "Rosa")
    amend(engine, MAIN, {"phone": "804-555-0100"}, "Rosa")
    with engine.connect() as connection:
        assert amendments_of(connection, MAIN) == []
        assert [one.state(dt.datetime.now(dt.UTC)) for one in amendments_of(connection, MAIN, every=True)] == [
            "withdrawn"
        ]


@pytest.mark.parametrize("hidden", [BEA, BEA_NORTH, NORTH])
def test_hidden_is_gone_from_every_list_and_page(
    engine: Engine, small: dict[str, list[dict[str, Any]]], hidden: str
) -> None:
    assert set(people(ask(engine, radius=50))) == {ADA, BEA}
    amend(engine, hidden, {"hidden": "yes"}, "Rosa")
    assert people(ask(engine, radius=50)) == [ADA]
    assert ask(engine, name="reed", radius=None).main.total == 0
    for public_id in (BEA, "person:ours:bea"):
        with pytest.raises(ListingMissing) as missing:
            seen(engine, public_id)
        assert missing.value.code == "listing_hidden"
    places = [match.location.public_id for match in ask(engine, unit="places", radius=50).main.matches]
    assert places == ([MAIN] if hidden == NORTH else [MAIN, NORTH])
    if hidden == NORTH:
        with pytest.raises(ListingMissing):
            seen(engine, NORTH)
    else:
        assert seen(engine, NORTH).people == ()
    # Staff still find it, and bring it back.
    with engine.connect() as connection:
        assert staff_listing(connection, hidden).changes == {"hidden": True}
    amend(engine, hidden, {"hidden": False}, "Rosa")
    assert set(people(ask(engine, radius=50))) == {ADA, BEA}


def test_a_hidden_person_is_not_brought_back_by_a_source_below(
    engine: Engine, load: Load, small: dict[str, list[dict[str, Any]]]
) -> None:
    register = [person("0001", "r", given_name="Bea", family_name="Reed", npi=NPI)]
    load("register", 5, locations=[place("r", latitude=37.61)], practitioners=register)
    for hidden in (BEA, NORTH, BEA_NORTH):
        amend(engine, hidden, {"hidden": True}, "Rosa")
        assert people(ask(engine, radius=None)) == [ADA], hidden
        withdraw(engine, hidden, "hidden", "Rosa")


def test_a_notice_in_both_languages(engine: Engine, small: dict[str, list[dict[str, Any]]]) -> None:
    amend(engine, MAIN, {"notice_en": "Closed until January 5."}, "Rosa")
    notice = seen(engine, MAIN).location.notice
    assert (notice.english, notice.spanish) == ("Closed until January 5.", "")
    amend(engine, MAIN, {"notice_es": "Cerrado hasta el 5 de enero."}, "Rosa")
    assert ask(engine).main.matches[0].location.notice.spanish == "Cerrado hasta el 5 de enero."
    withdraw(engine, MAIN, "notice_en", "Rosa")
    with engine.connect() as connection:
        assert staff_listing(connection, MAIN).changes == {}
    assert seen(engine, MAIN).location.notice is None


def test_the_latest_day_of_a_check_is_shown(engine: Engine, small: dict[str, list[dict[str, Any]]]) -> None:
    amend(engine, MAIN, {"verified_on": "2026-02-01"}, "Rosa")
    assert seen(engine, MAIN).location.verified_on == dt.date(2026, 3, 1)
    amend(engine, MAIN, {"verified_on": "2026-04-01"}, "Rosa")
    assert seen(engine, MAIN).location.verified_on == dt.date(2026, 4, 1)
    amend(engine, ADA, {"verified_on": "2026-05-01"}, "Rosa")
    assert seen(engine, ADA).roles[0].verified_on == dt.date(2026, 5, 1)
    with engine.begin() as connection:
        connection.execute(Dataset.__table__.update().where(Dataset.active).values(checked_on=dt.date(2026, 4, 20)))
    republish(engine, "test", "attested")
    assert seen(engine, MAIN).location.verified_on == dt.date(2026, 4, 20)
    assert seen(engine, NORTH).location.verified_on == dt.date(2026, 4, 20)
    assert seen(engine, ADA).roles[0].verified_on == dt.date(2026, 5, 1)


def test_a_pin_moves_a_place_and_gives_one_to_a_place_without(engine: Engine, load: Load) -> None:
    load(
        locations=[place("main"), {"location_id": "army", "name": "Army", **NOWHERE}],
        practitioners=[person("ada", "main"), person("bea", "army")],
    )
    assert people(ask(engine, radius=None)) == ["person:ours:ada"]
    amend(engine, "place:ours:army", {"latitude": "37.5561", "longitude": "-77.47"}, "Rosa")
    assert set(people(ask(engine, radius=5))) == {"person:ours:ada", "person:ours:bea"}
    found = seen(engine, "place:ours:army").location
    assert (found.latitude, found.position_kind.value) == (37.5561, "given")
    before = ask(engine).main.matches[0].distance_m
    amend(engine, MAIN, {"latitude": "37.70", "longitude": "-77.46"}, "Rosa")
    far = next(one for one in ask(engine, radius=50).main.matches if one.location.public_id == MAIN)
    assert far.distance_m > before + 10_000


def test_an_old_id_leads_to_the_listing(engine: Engine, small: dict[str, list[dict[str, Any]]]) -> None:
    amend(engine, "person:ours:bea", {"credentials": "MD"}, "Rosa")
    with engine.begin() as connection:
        now = dt.datetime.now(dt.UTC)
        connection.execute(insert(PublicIdAlias).values(old_id="place:old:hip", new_id=MAIN, since=now))
        # As it was written before the person had an NPI.
        connection.execute(
            insert(Amendment).values(
                public_id="role:person:ours:bea@place:ours:north", field="days", value="Mon", imported_value="",
                made_by="Rosa", made_at=now,
            )
        )  # fmt: skip
    amend(engine, "place:old:hip", {"phone": "804-555-0177"}, "Rosa")
    assert seen(engine, MAIN).location.phone == "+18045550177"
    assert (seen(engine, BEA).practitioner.credentials, seen(engine, BEA).roles[0].days) == ("MD", "Mon")
    amend(engine, BEA_NORTH, {"days": "Tue"}, "Rosa")
    assert seen(engine, BEA).roles[0].days == "Tue"
    with engine.connect() as connection:
        assert [one.value for one in amendments_of(connection, BEA_NORTH)] == ["Tue"]


def test_an_end_takes_effect_at_its_moment(engine: Engine, small: dict[str, list[dict[str, Any]]]) -> None:
    ends = end_of(dt.date(2199, 1, 5), "23220")
    # Midnight in Richmond.
    assert ends == dt.datetime(2199, 1, 6, 5, tzinfo=dt.UTC)
    amend(engine, ADA_MAIN, {"accepting_new_patients": "no"}, "Rosa", ends_at=ends)
    later = end_of(dt.date(2199, 2, 1), "23220")
    amend(engine, NORTH, {"hidden": True}, "Rosa", ends_at=later)
    assert load_index(engine).snapshot.changes_until == ends
    assert people(ask(engine, new_patients="yes", radius=50)) == []
    edition = load_index(engine).edition
    assert end_due(engine, ends - dt.timedelta(seconds=1)) is None
    assert load_index(engine).edition == edition
    assert end_due(engine, ends) == edition + 1
    assert people(ask(engine, new_patients="yes", radius=50)) == [ADA]
    # Once made, it is not due again; the next end is still to come.
    assert end_due(engine, ends) is None
    assert load_index(engine).snapshot.changes_until == later
    assert end_due(engine, later + dt.timedelta(days=400)) == edition + 2
    assert set(people(ask(engine, radius=50))) == {ADA, BEA}
    assert load_index(engine).snapshot.changes_until is None
    with engine.connect() as connection:
        assert {one.state(later) for one in amendments_of(connection)} == {"ended"}


def version(engine: Engine, folder: Path, sections: dict[str, list[dict[str, Any]]]) -> int:
    """Import a version without publishing it; return its number."""
    paths = [write(folder / f"next-{name}.csv", whole(rows)) for name, rows in sections.items()]
    made = import_files(engine, paths, "ours").version
    assert made is not None
    return made


def test_no_import_loses_a_change_and_staff_choose(
    engine: Engine, tmp_path: Path, small: dict[str, list[dict[str, Any]]]
) -> None:
    amend(engine, MAIN, {"phone": "804-555-0199", "hours": "Mon 8:00-12:00", "step_free": "no"}, "Rosa")
    small["locations"][0] |= {"phone": "804-555-0111", "hours": "Tue 9:00-12:00", "step_free": "yes"}
    new = version(engine, tmp_path, small)
    with engine.connect() as connection:
        met = {one.met.field: one.met.amendment_id for one in choices_of(connection, "ours", new)}
    assert set(met) == {"phone", "hours", "step_free"}
    edition = load_index(engine).edition
    said = {met["phone"]: KEEP, met["hours"]: TAKE, met["step_free"]: WRITE}
    assert choose(engine, "ours", new, said, "Ben", {met["step_free"]: ""}) == 3
    # Nothing changes for patients until the version is published.
    assert load_index(engine).edition == edition
    republish(engine, "test", "again")
    then = seen(engine, MAIN).location
    assert (then.phone, then.hours, then.step_free.value) == ("+18045550199", "Mon 8:00-12:00", "no")
    activate(engine, "ours", new, "Ben")
    chosen = seen(engine, MAIN).location
    assert (chosen.phone, chosen.hours, chosen.step_free.value) == ("+18045550199", "Tue 9:00-12:00", "not_stated")
    with engine.connect() as connection:
        assert choices_of(connection, "ours", new) == []
        assert {(one.field, one.before) for one in amendments_of(connection, MAIN)} == {
            ("phone", "+18045550111"), ("step_free", "yes"),
        }  # fmt: skip
    # Undoing the version undoes what was chosen for it, and publishing it again chooses the same.
    roll_back(engine, "ours", "Ben")
    assert seen(engine, MAIN).location == then
    with engine.connect() as connection:
        assert {(one.field, one.before) for one in amendments_of(connection, MAIN)} == {
            ("phone", "+18045550100"), ("hours", "Mon-Fri 8:00-17:00"), ("step_free", ""),
        }  # fmt: skip
    activate(engine, "ours", new, "Ben")
    assert seen(engine, MAIN).location == chosen
    refusal("amendment_choice_late", lambda: choose(engine, "ours", new, {met["phone"]: TAKE}, "Ben"), engine)


def test_the_halves_of_a_pin_never_come_from_two(
    engine: Engine, tmp_path: Path, small: dict[str, list[dict[str, Any]]]
) -> None:
    amend(engine, MAIN, {"latitude": "37.5561", "longitude": "-77.4701"}, "Rosa")
    small["locations"][0] |= {"latitude": 37.58, "longitude": -77.48}
    both = version(engine, tmp_path, small)
    with engine.connect() as connection:
        met = {one.met.field: one.met.amendment_id for one in choices_of(connection, "ours", both)}
    for said in ({met["latitude"]: KEEP, met["longitude"]: TAKE}, {met["latitude"]: TAKE}):
        refusal("amendment_half_pin", lambda said=said: choose(engine, "ours", both, said, "Ben"), engine)
    assert choose(engine, "ours", both, dict.fromkeys(met.values(), TAKE), "Ben") == 2
    activate(engine, "ours", both, "Ben")
    assert (seen(engine, MAIN).location.latitude, seen(engine, MAIN).location.longitude) == (37.58, -77.48)
    # Where the file moves one half alone, the other would stay as staff wrote it.
    amend(engine, MAIN, {"latitude": "37.5561", "longitude": "-77.4701"}, "Rosa")
    small["locations"][0] |= {"latitude": 37.59}
    half = version(engine, tmp_path, small)
    with engine.connect() as connection:
        met = {one.met.field: one.met.amendment_id for one in choices_of(connection, "ours", half)}
    refusal("amendment_half_pin", lambda: choose(engine, "ours", half, {met["latitude"]: TAKE}, "Ben"), engine)
    assert choose(engine, "ours", half, {met["latitude"]: KEEP}, "Ben") == 1


def test_without_a_choice_the_change_stays(
    engine: Engine, tmp_path: Path, small: dict[str, list[dict[str, Any]]]
) -> None:
    amend(engine, MAIN, {"phone": "804-555-0199"}, "Rosa")
    small["locations"][0] |= {"phone": "804-555-0111"}
    activate(engine, "ours", version(engine, tmp_path, small), "Ben")
    assert seen(engine, MAIN).location.phone == "+18045550199"
    with engine.connect() as connection:
        assert [one.met.now for one in choices_of(connection, "ours", 2)] == ["+18045550111"]


def test_a_choice_of_what_is_gone_since_changes_nothing(
    engine: Engine, tmp_path: Path, small: dict[str, list[dict[str, Any]]]
) -> None:
    amend(engine, MAIN, {"phone": "804-555-0199"}, "Rosa")
    small["locations"][0] |= {"phone": "804-555-0111"}
    new = version(engine, tmp_path, small)
    with engine.connect() as connection:
        number = choices_of(connection, "ours", new)[0].met.amendment_id
    choose(engine, "ours", new, {number: TAKE}, "Ben")
    amend(engine, MAIN, {"phone": "804-555-0188"}, "Rosa")
    activate(engine, "ours", new, "Ben")
    assert seen(engine, MAIN).location.phone == "+18045550188"
    roll_back(engine, "ours", "Ben")
    assert seen(engine, MAIN).location.phone == "+18045550188"


def test_every_field_is_a_column_of_its_template() -> None:
    for section, fields in (("locations", PLACE_FIELDS), ("practitioners", {**PERSON_FIELDS, **ROLE_FIELDS})):
        assert set(fields) <= {column.name for column in SECTIONS[section].columns}
