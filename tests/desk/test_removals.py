"""Whoever asked not to be listed is nowhere to be found, whatever is imported, undone, copied, restored; then back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select

from finder.db.dialect import open_engine
from finder.db.edition import current_edition
from finder.db.golden import Expects
from finder.db.removals import RemovalRequest
from finder.db.staff import AuditEntry, PublicIdAlias
from finder.desk.audit import first_broken
from finder.desk.backup import back_up, copy, restore
from finder.desk.golden import add_golden
from finder.desk.notes import find_listing
from finder.desk.publish import activate, republish, roll_back
from finder.desk.quality import look_at, work_list
from finder.desk.removals import add_removal, removals, withdraw_removal
from finder.desk.same_place import add_same_place
from finder.desk.soundness import check
from finder.errors import DeskRefused, ListingMissing
from finder.formats import api_v1
from finder.formats.picture import picture
from finder.formats.wording import wording
from finder.importers.pipeline import Wishes, import_files
from finder.search import SearchQuery, listing, search
from finder.search.golden import Golden
from tests.conftest import Databases, load_index
from tests.search.made_up import npi, write
from tests.search.small_directory import DAY, loader, person, place, whole

WHO, OTHER = npi(1), npi(2)
ID = f"npi:{WHO}"
QUESTIONS: list[dict[str, Any]] = [
    {}, {"condition": "labral-tear"}, {"name": "vanish"}, {"unit": "places"}, {"name": "vanish", "unit": "places"},
    {"condition": "labral-tear", "unit": "places"},
]  # fmt: skip
ROWS = [
    person("x", "one", family_name="Vanishing", npi=WHO),
    person("x", "two", family_name="Vanishing", npi=WHO),
    person("y", "one", family_name="Staying", npi=OTHER),
]
SAID = [{"person_id": "x", "location_id": "", "condition_or_procedure": "labral-tear", "level": "main_focus"}]


@pytest.fixture
def directory(engine: Engine, tmp_path: Path) -> Engine:
    """Two people at two places that are one, the one who will ask by two sources."""
    load = loader(engine, tmp_path)
    load("ours", 10, locations=[place("one"), place("two")], practitioners=ROWS, capabilities=SAID)
    load("register", 0, locations=[place("r")], practitioners=[person("", "r", family_name="Vanishing", npi=WHO)])
    return engine


def everything(engine: Engine) -> str:
    """Return all that patients are answered, as one text."""
    index, told, w = load_index(engine), list[Any](), wording("en")
    with engine.connect() as connection:
        for asked in QUESTIONS:
            found = search(index, connection, SearchQuery(**{"zip": "23220", **asked}), DAY)
            told += [api_v1.search_results(found, index.catalogue, w), picture(found, w)]
        for public_id in ("place:ours:one", "place:ours:two", "place:register:r", f"npi:{OTHER}"):
            told.append(api_v1.listing(listing(index, connection, public_id, DAY), index.catalogue, w))
    return repr(told)


def is_gone(engine: Engine) -> bool:
    """Return whether nothing of the person is answered; else all of it is, which is asserted."""
    text = everything(engine)
    index = load_index(engine)
    with engine.connect() as connection:
        for public_id in (ID, "person:ours:x"):
            if "Vanishing" in text:
                assert listing(index, connection, public_id, DAY)
                continue
            assert WHO not in text
            with pytest.raises(ListingMissing) as refused:
                listing(index, connection, public_id, DAY)
            # As for somebody who never was listed.
            assert refused.value.code == "listing_missing"
    return "Vanishing" not in text


def test_they_are_nowhere_from_then_on_and_back_when_they_want(directory: Engine) -> None:
    before = everything(directory)
    assert not is_gone(directory)
    done = add_removal(directory, f" npi:{WHO} ", "asked\nby letter", "Ada")
    assert (done.npi, done.sources, done.failing) == (WHO, ("ours", "register"), ())
    assert is_gone(directory)
    with directory.connect() as connection:
        assert current_edition(connection) == done.edition
        (told,) = removals(connection)
        assert (told.npi, told.reason, told.recorded_by) == (WHO, "asked by letter", "Ada")
        # Nobody else went, and nothing that only staff should know is in the log, which is for ever.
        assert "Staying" in everything(directory)
        assert not any("letter" in repr(detail) for detail in connection.scalars(select(AuditEntry.detail)))
        lists = ("never-checked", "no-phone", "people-twice")
        look = look_at(connection, told.recorded_at)
        assert not any("Vanishing" in repr(work_list(look, name)) for name in lists)
        assert first_broken(connection) is None
    assert check(directory) == []
    withdraw_removal(directory, WHO, "Ada")
    with directory.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(RemovalRequest)) == 0
    assert not is_gone(directory)
    assert everything(directory).count("Vanishing") == before.count("Vanishing")


def test_no_import_of_any_source_priority_or_kind_brings_them_back(directory: Engine, tmp_path: Path) -> None:
    add_removal(directory, WHO, "", "Ada")
    load = loader(directory, tmp_path)
    # A whole file again, a source above all others, one without our own ids, an update of one row.
    again = import_files(
        directory, [write(tmp_path / "again.csv", whole([one | {"credentials": "MD"} for one in ROWS]))], "ours"
    )
    assert vars(again.sections["practitioners"]) == {"read": 3, "accepted": 3, "refused": 0, "blank": 0}
    assert (again.set_aside, again.problems) == (2, [])
    activate(directory, "ours", None, "test")
    assert is_gone(directory)
    load("high", 99, locations=[place("h")], practitioners=[person("hx", "h", family_name="Vanishing", npi=WHO)])
    assert is_gone(directory)
    change = [{"npi": WHO, "person_id": "x", "location_id": "one", "phone": "804-555-0177"}]
    update = import_files(directory, [write(tmp_path / "u.csv", change)], "ours", Wishes(update_only=True))
    assert (update.set_aside, update.problems) == (1, [])
    activate(directory, "ours", None, "test")
    assert is_gone(directory)
    roll_back(directory, "ours", "test")
    assert is_gone(directory)
    roll_back(directory, "ours", "test")
    assert is_gone(directory)
    republish(directory, "test", "republish")
    assert is_gone(directory)
    withdraw_removal(directory, WHO, "Ada")
    assert not is_gone(directory)


def test_what_is_wrong_with_their_rows_is_nobodys_work(directory: Engine, tmp_path: Path) -> None:
    rows = whole([
        person("x", "one", family_name="", given_name="", npi=WHO, phone="12"),
        # By the id that came with the number.
        person("x", "two", family_name="", given_name="", npi=""),
        person("y", "one", family_name="Staying", npi=OTHER, phone="12"),
    ])  # fmt: skip
    add_removal(directory, WHO, "", "Ada")
    said = [*SAID, {"person_id": "y", "location_id": "", "condition_or_procedure": "labral-tear", "level": "treats"}]
    files = [write(tmp_path / "p.csv", rows), write(tmp_path / "c.csv", said)]
    report = import_files(directory, files, "ours")
    assert report.set_aside == 3
    assert vars(report.sections["practitioners"]) == {"read": 1, "accepted": 1, "refused": 0, "blank": 0}
    assert vars(report.sections["capabilities"]) == {"read": 1, "accepted": 1, "refused": 0, "blank": 0}
    assert [(one.row_number, one.column) for one in report.problems] == [(4, "phone")]


def test_old_ids_of_theirs_lead_nowhere(directory: Engine) -> None:
    with directory.begin() as connection:
        since = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
        connection.execute(insert(PublicIdAlias).values(old_id="person:ours:old", new_id=ID, since=since))
    index = load_index(directory)
    with directory.connect() as connection:
        assert find_listing(index, connection, "person:ours:old", DAY)[0] == ID
    add_removal(directory, WHO, "", "Ada")
    index = load_index(directory)
    with directory.connect() as connection, pytest.raises(ListingMissing):
        find_listing(index, connection, "person:ours:old", DAY)
    assert check(directory) == []


def test_places_that_are_one_count_without_them(directory: Engine) -> None:
    add_same_place(directory, "place:ours:two", "place:ours:one", "Ada")
    add_same_place(directory, "place:register:r", "place:ours:one", "Ada")
    add_removal(directory, WHO, "", "Ada")
    index = load_index(directory)
    with directory.connect() as connection:
        found = listing(index, connection, "place:ours:one", DAY)
    assert [person.name for person, _role in found.people] == ["Test Staying"]  # type: ignore[union-attr]
    assert is_gone(directory)


def test_searches_that_must_find_them_are_told_of_and_stop_nothing(directory: Engine) -> None:
    must = Golden(None, {"zip": "23220"}, "people", Expects.FIRST, ID, 3, "")
    add_golden(directory, must, "Ada")
    done = add_removal(directory, WHO, "", "Ada")
    assert len(done.failing) == 1
    assert is_gone(directory)
    assert withdraw_removal(directory, WHO, "Ada").failing == ()


def test_copies_and_backups_bring_the_request_along(directory: Engine, databases: Databases, tmp_path: Path) -> None:
    add_removal(directory, WHO, "by letter", "Ada")
    back_up(directory, tmp_path / "b.zip")
    for put in (lambda to: restore(to, tmp_path / "b.zip", tmp_path), lambda to: copy(directory, to, tmp_path / "c")):
        number = len(list(tmp_path.glob("*.db")))
        sqlite = databases.backend != "postgresql"
        other = open_engine(f"sqlite:///{tmp_path / f'{number}.db'}" if sqlite else databases.empty())
        put(other)
        assert is_gone(other)
        with other.connect() as connection:
            assert [one.npi for one in removals(connection)] == [WHO]
        republish(other, "test", "republish")
        assert is_gone(other)
        other.dispose()


def test_nobody_need_be_listed_and_slips_are_told(directory: Engine, tmp_path: Path) -> None:
    late = npi(9)
    assert add_removal(directory, late, "", "Ada").sources == ()
    loader(directory, tmp_path)(
        "late", locations=[place("l")], practitioners=[person("", "l", family_name="Late", npi=late)]
    )
    assert "Late" not in everything(directory)
    for given, code in (
        ("1234567890", "removal_npi_malformed"),
        ("", "removal_npi_malformed"),
        (late, "removal_repeated"),
    ):
        with pytest.raises(DeskRefused) as refused:
            add_removal(directory, given, "", "Ada")
        assert refused.value.code == code
    with pytest.raises(DeskRefused) as refused:
        withdraw_removal(directory, WHO, "Ada")
    assert refused.value.code == "removal_missing"
    with pytest.raises(DeskRefused) as refused:
        add_removal(directory, WHO, "x" * 401, "Ada")
    assert refused.value.code == "reason_malformed"
