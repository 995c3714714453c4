"""Columns mapped by hand: read so, remembered for the source, forgotten again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from finder.db.datasets import Outcome, Source, SourceFile
from finder.db.directory import Location
from finder.desk.publish import activate
from finder.errors import FileRefused
from finder.importers.headers import OTHERS
from finder.importers.pipeline import Wishes, import_files
from finder.importers.remembered import remember_mapping, remembered_mapping
from finder.importers.report import ImportReport
from tests.sample_files import whole_database, write

HEADER = "Schluessel,Haus,Land,Postfach,Mond"
GERMAN = {"Schluessel": "location_id", "haus": "name", "LAND": "state", "Postfach": "zip_code", "Mond": ""}


def take(engine: Engine, folder: Path, mapping: Mapping[str, str] = {}, *, source: str = "clinic", name: str = "A", **wishes: Any) -> ImportReport:  # fmt: skip
    path = write(folder / "places.csv", HEADER, f"main,{name},VA,23220,full")
    return import_files(engine, [path], source, Wishes(mapping=mapping, **wishes))


def remembered(engine: Engine, source: str = "clinic") -> dict[str, str]:
    with engine.connect() as connection:
        return remembered_mapping(connection, source)


def test_a_mapping_reads_what_nobody_knows(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="file_without_header"):
        take(engine, tmp_path)
    report = take(engine, tmp_path, GERMAN)
    assert (report.clean, report.ignored_columns, report.unknown_columns) == (True, ["Mond"], [])
    with engine.connect() as connection:
        place = connection.execute(select(Location)).one()
        file = connection.execute(select(SourceFile)).one()
    assert (place.key, place.name, place.state, place.zip_code) == ("main", "A", "VA", "23220")
    assert file.header == HEADER.split(",")
    assert file.columns == ["location_id", "name", "state", "zip_code", ""]


def test_it_is_remembered_for_the_source_and_for_no_other(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, GERMAN)
    assert remembered(engine) == GERMAN
    assert take(engine, tmp_path, name="B").version == 2
    with pytest.raises(FileRefused, match="file_without_header"):
        take(engine, tmp_path, source="another")
    assert remembered(engine, "another") == {}


def test_what_is_wished_now_wins_and_is_remembered_too(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, GERMAN)
    report = take(engine, tmp_path, {"Mond": "city"})
    assert (report.version, report.ignored_columns) == (2, [])
    assert remembered(engine) == {**GERMAN, "Mond": "city"}
    with engine.connect() as connection:
        assert connection.scalars(select(Location.city).order_by(Location.id)).all() == ["", "full"]


def test_it_is_remembered_though_the_file_says_nothing_new(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, GERMAN)
    assert take(engine, tmp_path, {OTHERS: ""}).same_as == 1
    assert remembered(engine) == {**GERMAN, OTHERS: ""}


def test_a_dry_run_or_a_refused_file_remembers_nothing(engine: Engine, tmp_path: Path) -> None:
    before = whole_database(engine)
    assert take(engine, tmp_path, GERMAN, dry_run=True).clean
    with pytest.raises(FileRefused):
        take(engine, tmp_path, {"Schluessel": "location_id", "Haus": "name"})
    with pytest.raises(FileRefused, match="mapping_column_unknown"):
        take(engine, tmp_path, {**GERMAN, "Mond": "moon"})
    assert whole_database(engine) == before


def test_all_others_can_be_left_out(engine: Engine, tmp_path: Path) -> None:
    report = take(engine, tmp_path, {**GERMAN, "Mond": "city", OTHERS: ""})
    assert (report.clean, report.ignored_columns) == (True, [])
    path = write(tmp_path / "more.csv", f"{HEADER},Sonne,Sterne", "main,A,VA,23220,full,hell,viele")
    report = import_files(engine, [path], "clinic")
    assert (report.clean, report.ignored_columns, report.unknown_columns) == (True, ["Sonne", "Sterne"], [])


def test_an_unknown_column_is_told_until_it_is_mapped(engine: Engine, tmp_path: Path) -> None:
    mapping = {head: column for head, column in GERMAN.items() if head != "Mond"}
    report = take(engine, tmp_path, mapping)
    assert (report.unknown_columns, report.clean) == (["Mond"], False)
    assert [(one.code, one.outcome) for one in report.problems if one.column == "Mond"] == [
        ("column_unknown", Outcome.LEFT_OUT)
    ]
    remember_mapping(engine, "clinic", {"Mond": ""})
    assert take(engine, tmp_path, name="B").clean


def test_a_mapping_can_come_before_the_first_file(engine: Engine, tmp_path: Path) -> None:
    assert remember_mapping(engine, "clinic", GERMAN) == GERMAN
    # A file that is tried out, or refused, does not take it away with it.
    take(engine, tmp_path, dry_run=True)
    with pytest.raises(FileRefused):
        import_files(engine, [write(tmp_path / "bad.csv", "Schluessel", "main")], "clinic")
    assert take(engine, tmp_path).version == 1
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Source)) == 1


def test_it_is_added_to_and_forgotten_header_by_header(engine: Engine) -> None:
    remember_mapping(engine, "clinic", {"Haus": "name", "Mond": "", OTHERS: ""})
    assert remember_mapping(engine, "clinic", {"Sonne": "hours"}, ["Mond"]) == {
        "Haus": "name",
        OTHERS: "",
        "Sonne": "hours",
    }
    with pytest.raises(FileRefused) as refusal:
        remember_mapping(engine, "clinic", {}, [OTHERS, "Sohne"])
    assert (refusal.value.code, refusal.value.params["nearest"]) == ("mapping_header_unmapped", "Sonne")
    assert remember_mapping(engine, "clinic", {}, [OTHERS]) == {"Haus": "name", "Sonne": "hours"}
    assert remembered(engine) == {"Haus": "name", "Sonne": "hours"}


def test_headers_are_the_same_in_whatever_letters(engine: Engine) -> None:
    """The files are read so; a mapping that kept both could not say which of the two holds."""
    remember_mapping(engine, "clinic", {"Haus Nr": "name"})
    assert remember_mapping(engine, "clinic", {"haus_nr": "address"}) == {"haus_nr": "address"}
    assert remember_mapping(engine, "clinic", {}, ["HAUS-NR"]) == {}


def test_what_cannot_be_remembered(engine: Engine) -> None:
    before = whole_database(engine)
    for source, mapping, code in (
        ("St. Mary's", {"Haus": "name"}, "source_name_malformed"),
        ("clinic", {"Haus": "nam"}, "mapping_column_unknown"),
        ("demo", {"Haus": "name"}, "source_name_reserved"),
    ):
        with pytest.raises(FileRefused) as refusal:
            remember_mapping(engine, source, mapping)
        assert refusal.value.code == code
    assert whole_database(engine) == before


def test_updates_are_read_by_it_too(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, GERMAN)
    activate(engine, "clinic", None, "test")
    path = write(tmp_path / "update.csv", "Schluessel,Mond,Ort", "main,full,Ashland")
    report = import_files(engine, [path], "clinic", Wishes(update_only=True, mapping={"Ort": "city"}))
    assert (report.clean, report.differences["locations"].changed) == (True, 1)
    with engine.connect() as connection:
        assert connection.scalars(select(Location.city).order_by(Location.id)).all() == ["", "Ashland"]
