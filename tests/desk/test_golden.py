"""Searches that must hold: each kind, on each route that puts a version in force, and where they only warn."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from finder.db.catalogue import Catalogue
from finder.db.golden import Expects
from finder.db.staff import AuditEntry
from finder.desk import trial as trials
from finder.desk.catalogue import write_hospital_row
from finder.desk.golden import SHIPPED, add_golden, golden_searches, remove_golden
from finder.desk.history import history
from finder.desk.publish import activate, rehearse, republish, roll_back
from finder.desk.trial import Trial, failing_now
from finder.errors import DeskRefused, DirectoryRefused, FinderError
from finder.importers.pipeline import import_files
from finder.search.golden import Golden
from tests.conftest import load_index
from tests.desk.test_publish import active, refused
from tests.sample_files import HIP_SURGEON, locations, practitioners, whole_database, write

PLACES = [f"place{n},Clinic {n},Clinics,clinic,VA,23220,37.5{n},-77.4{n}," for n in range(10, 20)]
NEAR = {"zip": "23220"}
LABRAL = {"zip": "23220", "condition": "labral-tear"}


def imported(engine: Engine, folder: Path, *rows: str, people: tuple[str, ...] = ()) -> None:
    files = [locations(folder / "places.csv", *rows)]
    if people:
        files.append(practitioners(folder / "people.csv", *people))
    import_files(engine, files, "clinic")


def golden(question: dict[str, str], expects: Expects, what: str = "", number: int = 0, unit: Any = "people") -> Golden:
    return Golden(None, question, unit, expects, what, number)


def stood(engine: Engine, wish: Golden, version: int | None = None) -> tuple[bool, tuple[str, ...]]:
    """Return whether a golden search of a version holds, and what came."""
    number = add_golden(engine, wish, "test").id
    (found,) = [one for one in rehearse(engine, "clinic", version).outcomes if one.golden.id == number]
    assert number is not None
    remove_golden(engine, number, "test")
    return found.holds, found.came


def test_what_ships_holds_whoever_is_in_the_directory(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, PLACES[0])
    trial = rehearse(engine, "clinic", 1)
    assert [one.golden for one in trial.outcomes] == list(SHIPPED)
    assert trial.told == []
    kinds = {one.golden.what for one in trial.outcomes}
    assert {"call-911", "go-today", "call-your-surgeon", "suicidal-words"} <= kinds


def test_each_kind_tells_what_came(engine: Engine, tmp_path: Path) -> None:
    ada, bo = f"ada,place10,Ada,Fern,{HIP_SURGEON}", f"bo,place19,Bo,Moss,{HIP_SURGEON}"
    imported(engine, tmp_path, *PLACES, people=(ada, bo))
    first = Expects.FIRST
    # Place 19 lies nearest to the middle of 23220 where the answer says so, and not where it does not.
    order = stood(engine, golden(LABRAL, first, "nobody", 10))[1]
    nearest, other = [one.split(" at ")[0] for one in order]
    assert {nearest, other} == {"Ada Fern", "Bo Moss"}
    assert stood(engine, golden(LABRAL, first, nearest, 1))[0]
    assert stood(engine, golden(LABRAL, first, other, 1)) == (False, (order[0],))
    assert stood(engine, golden(LABRAL, first, other, 2))[0]
    key = {"Ada Fern": "ada", "Bo Moss": "bo"}[nearest]
    place = {"ada": "place10", "bo": "place19"}[key]
    for what in (f"person:clinic:{key}", f"place:clinic:{place}", f"role:person:clinic:{key}@place:clinic:{place}",
                 nearest.upper(), nearest.split()[1], f"Clinic {place[-2:]}", "clinics"):  # fmt: skip
        assert stood(engine, golden(LABRAL, first, what, 1))[0], what
    assert stood(engine, golden(NEAR, Expects.NEVER, "Ada Fern"))[1] == ("Ada Fern at Clinic 10",)
    assert stood(engine, golden(NEAR, Expects.NEVER, "Cy Ash")) == (True, ())
    assert stood(engine, golden(LABRAL, Expects.AT_LEAST, "", 2)) == (True, ("2",))
    assert stood(engine, golden(LABRAL, Expects.AT_LEAST, "", 3)) == (False, ("2",))
    assert stood(engine, golden(NEAR, Expects.AT_LEAST, "", 10, "places")) == (True, ("10",))
    words = {"zip": "23220", "q": "hip pops when I walk"}
    assert stood(engine, golden(words, Expects.NO_CARD))[0]
    assert stood(engine, golden(words, Expects.CARD, "call-911")) == (False, ())


def test_never_looks_beyond_the_first_page(engine: Engine, tmp_path: Path) -> None:
    many = [f"place{n},Clinic {n:03},,clinic,VA,23220,37.{5000 + n},-77.46," for n in range(120)]
    imported(engine, tmp_path, *many)
    assert stood(engine, golden(NEAR, Expects.NEVER, "place:clinic:place119", unit="places"))[0] is False
    assert stood(engine, golden(NEAR, Expects.NEVER, "place:clinic:place0", unit="places"))[0] is False


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (golden({}, Expects.NO_CARD), "zip_missing"),
        (golden({"zip": "232"}, Expects.NO_CARD), "zip_malformed"),
        (golden({"zip": "23220", "condition": "gout"}, Expects.NO_CARD), "condition_unknown"),
        (golden({"zip": "23220", "procedure": "gout"}, Expects.NO_CARD), "procedure_unknown"),
        (golden({"zip": "23220", "colour": "x"}, Expects.NO_CARD), "parameter_unknown"),
        (golden(NEAR, Expects.FIRST, "", 3), "golden_malformed"),
        (golden(NEAR, Expects.FIRST, "x" * 251, 3), "golden_malformed"),
        (golden(NEAR, Expects.FIRST, "Fern", 0), "golden_malformed"),
        (golden(NEAR, Expects.FIRST, "Fern", 51), "golden_malformed"),
        (golden(NEAR, Expects.AT_LEAST, "", 201), "golden_malformed"),
        (golden(NEAR, Expects.CARD, "call-912"), "golden_malformed"),
        (golden(NEAR, Expects.NO_CARD, unit="both"), "golden_malformed"),
        (dataclasses.replace(golden(NEAR, Expects.NO_CARD), because="x" * 401), "golden_malformed"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept(engine: Engine, wish: Golden, code: str) -> None:
    before = whole_database(engine)
    with pytest.raises(FinderError) as refusal:
        add_golden(engine, wish, "test")
    assert refusal.value.code == code
    assert whole_database(engine) == before


def test_one_is_kept_once_and_removed_once(engine: Engine) -> None:
    wish = golden({"zip": " 23220 ", "limit": "3"}, Expects.FIRST, " Ada  Fern ", 3)
    kept = add_golden(engine, wish, "Rosa")
    assert (kept.question, kept.what) == ({"zip": "23220"}, "Ada Fern")
    for again in (wish, dataclasses.replace(SHIPPED[0], because="mine")):
        with pytest.raises(DeskRefused, match="golden_repeated"):
            add_golden(engine, again, "Rosa")
    with engine.connect() as connection:
        assert golden_searches(connection) == [*SHIPPED, kept]
    remove_golden(engine, kept.id or 0, "Tom")
    for number in (kept.id or 0, 0, 99):
        with pytest.raises(DeskRefused, match="golden_missing"):
            remove_golden(engine, number, "Tom")
    with engine.connect() as connection:
        told = connection.execute(select(AuditEntry.actor, AuditEntry.action).order_by(AuditEntry.id.desc()).limit(2))
        assert [tuple(one) for one in told] == [("Tom", "remove_golden"), ("Rosa", "add_golden")]


def must_have(engine: Engine, place: str) -> None:
    add_golden(engine, golden(NEAR, Expects.FIRST, f"place:clinic:{place}", 20, "places"), "test")


def test_a_failing_one_stops_an_activation_and_says_what_came(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES)
    activate(engine, "clinic", 1, "test")
    must_have(engine, "place19")
    imported(engine, tmp_path, *PLACES[:9])
    refusal = refused_but_names(engine, lambda: activate(engine, "clinic", 2, "test"))
    assert refusal.code == "golden_failed"
    assert refusal.params["version"] == 2
    (line,) = refusal.params["failed"]
    assert line.startswith(
        "places near 23220: must show place:clinic:place19 in the first 20, and what came is: Clinic 1"
    )
    (outcome,) = refusal.problems
    assert outcome.came == tuple(line.partition("came is: ")[2].split("; "))
    assert active(engine) == {"clinic": 1}
    with pytest.raises(DeskRefused, match="reason_malformed"):
        activate(engine, "clinic", 2, "test", override_golden="x" * 401)
    # White space is no reason.
    assert (
        refused_but_names(engine, lambda: activate(engine, "clinic", 2, "test", override_golden="  ")).code
        == "golden_failed"
    )
    activate(engine, "clinic", 2, "Rosa", override_golden=" It has\nclosed. ")
    with engine.connect() as connection:
        last = history(connection)[0]
        assert failing_now(connection) == [line]
    assert (last.actor, last.version, last.golden_reason, last.golden_failed) == ("Rosa", 2, "It has closed.", [line])


def refused_but_names(engine: Engine, deed: Callable[[], object]) -> DirectoryRefused:
    """Do what must be refused; all is as before but for the words of names, which stay however it ends."""
    names = ("name_token", "name_progress")
    before = whole_database(engine, *names)
    with pytest.raises(DirectoryRefused) as refusal:
        deed()
    assert whole_database(engine, *names) == before
    return refusal.value


def test_going_back_to_an_older_version_is_held_to_the_same(engine: Engine, tmp_path: Path) -> None:
    """Restoring is activating: what an old version lacks is missed as well."""
    imported(engine, tmp_path, *PLACES[:9])
    imported(engine, tmp_path, *PLACES)
    for version in (1, 2):
        activate(engine, "clinic", version, "test")
    must_have(engine, "place19")
    assert refused_but_names(engine, lambda: activate(engine, "clinic", 1, "test")).code == "golden_failed"


def test_an_undoing_is_never_stopped_but_warned_of(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES[:9])
    imported(engine, tmp_path, *PLACES)
    for version in (1, 2):
        activate(engine, "clinic", version, "test")
    must_have(engine, "place19")
    heard: list[Trial] = []
    roll_back(engine, "clinic", "Tom", tell=heard.append)
    assert active(engine) == {"clinic": 1}
    assert len(heard[0].told) == 1
    with engine.connect() as connection:
        last = history(connection)[0]
    assert last.is_undoing
    assert last.golden_failed == heard[0].told
    assert last.golden_reason == ""


def test_an_undoing_goes_on_where_searches_cannot_even_be_asked(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (9, 10):
        imported(engine, tmp_path, *PLACES[:number])
        activate(engine, "clinic", None, "test")

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(trials, "outcomes", broken)
    imported(engine, tmp_path, *PLACES[:8])
    assert refused_but_names(engine, lambda: activate(engine, "clinic", 3, "test")).params["failed"] == [
        "not asked: ZeroDivisionError"
    ]
    roll_back(engine, "clinic", "test")
    assert active(engine) == {"clinic": 1}


def test_other_publications_go_on_and_leave_a_record(engine: Engine, tmp_path: Path) -> None:
    """Hiding somebody, or a row of the catalogue, is often urgent: it is warned of, once, and when it holds again."""
    imported(engine, tmp_path, *PLACES)
    activate(engine, "clinic", 1, "test")
    number = add_golden(engine, golden(NEAR, Expects.FIRST, "place:clinic:nowhere", 3, "places"), "test").id

    def records() -> list[list[str]]:
        with engine.connect() as connection:
            found = connection.scalars(
                select(AuditEntry.detail).where(AuditEntry.action == "golden_searches").order_by(AuditEntry.id)
            )
            return [one["failed"] for one in found]

    start = load_index(engine).edition
    republish(engine, "test", "first")
    republish(engine, "test", "second")
    assert load_index(engine).edition == start + 2
    assert [len(one) for one in records()] == [1]
    remove_golden(engine, number or 0, "test")
    republish(engine, "test", "third")
    assert [len(one) for one in records()] == [1, 0]
    with engine.connect() as connection:
        assert failing_now(connection) == []


def test_a_catalogue_that_no_longer_warns_stops_the_next_version(engine: Engine, tmp_path: Path) -> None:
    """The hospital's own row takes effect at once and is on record; no version is published over it unseen."""
    imported(engine, tmp_path, *PLACES)
    activate(engine, "clinic", 1, "test")
    with engine.connect() as connection:
        row = Catalogue.read(connection).entries["condition"]["hip-dislocation"]
    calm = row | {"urgency": row["urgency"] | {"card": None, "card_form": None}}
    write_hospital_row(engine, "condition", "hip-dislocation", calm, "test")
    with engine.connect() as connection:
        (line,) = failing_now(connection)
    assert line == "people near 23220, hip-dislocation: must raise call-911, and what came is: no card"
    imported(engine, tmp_path, *PLACES[:9])
    assert refused_but_names(engine, lambda: activate(engine, "clinic", 2, "test")).params["failed"] == [line]
    activate(engine, "clinic", 2, "test", override_golden="Our surgeons asked for it.")
    assert active(engine) == {"clinic": 2}


def test_the_cheap_guards_come_first(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path, *PLACES)
    activate(engine, "clinic", 1, "test")
    must_have(engine, "place19")
    imported(engine, tmp_path, *PLACES[:3])
    assert refused(engine, lambda: activate(engine, "clinic", 2, "test")).code == "loss_unconfirmed"
    assert (
        refused_but_names(engine, lambda: activate(engine, "clinic", 2, "test", confirmed_gone=7)).code
        == "golden_failed"
    )


def test_examples_of_the_templates_are_guarded_by_the_desk(engine: Engine, tmp_path: Path) -> None:
    from finder.importers.pipeline import Wishes
    from finder.importers.templates import SECTIONS, template_csv

    path = write(tmp_path / "locations.csv", template_csv(SECTIONS["locations"]))
    import_files(engine, [path], "clinic", Wishes(note_examples=True))
    refusal = refused(engine, lambda: activate(engine, "clinic", 1, "test"))
    assert refusal.code == "examples_unconfirmed"
    assert refusal.params["rows"]
    activate(engine, "clinic", 1, "test", keep_examples=True)
    assert active(engine) == {"clinic": 1}
