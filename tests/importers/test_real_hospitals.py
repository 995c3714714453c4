"""The real file of 4,963 US hospitals, as it is: every row accounted for, and the demo gone for good."""

from __future__ import annotations

import csv
import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from geopy.distance import geodesic
from sqlalchemy import Engine, func, select

from finder.db.base import Stated
from finder.db.datasets import Dataset, ImportProblem, Source, SourceFile
from finder.db.dialect import open_engine
from finder.db.directory import HealthcareService, Location, LocationKind, PositionKind
from finder.db.reference import zip_points
from finder.desk.publish import activate
from finder.desk.setup import serves_only_demo, set_up
from finder.importers.pipeline import import_files
from finder.importers.report import KEPT_OF_A_KIND, Difference, ImportReport
from finder.search import SearchQuery, search
from tests.conftest import SAMPLES, Databases, load_index

FILE = SAMPLES / "hospitals_cms2026_located_excl_VA_SC_OH_KY.csv"
ROWS = 4963


@pytest.fixture(scope="module")
def hospitals(databases: Databases) -> Iterator[tuple[Engine, ImportReport]]:
    """A database with the demo, into which the file was imported."""
    if not FILE.exists():
        message = f"no {FILE}: the samples belong beside the checkout"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    engine = open_engine(databases.fresh(demo=True))
    yield engine, import_files(engine, [FILE], "hospitals")
    engine.dispose()


def in_file() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_row_is_accounted_for(hospitals: tuple[Engine, ImportReport]) -> None:
    engine, report = hospitals
    assert vars(report.sections["locations"]) == {"read": ROWS, "accepted": ROWS, "refused": 0, "blank": 0}
    assert (report.unknown_columns, report.ignored_columns) == ([], [])
    assert report.differences == {"locations": Difference(new=ROWS)}
    with engine.connect() as connection:
        mine = Location.dataset_id == report.dataset_id
        keys = connection.scalars(select(Location.key).where(mine).order_by(Location.id)).all()
        file = connection.execute(select(SourceFile).where(SourceFile.name == FILE.name)).one()
    assert keys == [row["ccn"] for row in in_file()]
    assert (file.size_bytes, file.encoding) == (FILE.stat().st_size, "utf-8")


def test_everything_told_is_counted_and_kept(hospitals: tuple[Engine, ImportReport]) -> None:
    engine, report = hospitals
    first_with: dict[tuple[str, str], tuple[int, str]] = {}
    stacked = {}
    for number, row in enumerate(in_file(), 2):
        if row["coord_source"].startswith("zip"):
            continue  # that many places of one ZIP code are measured from its point is no fault
        first, address = first_with.setdefault((row["lat"], row["lon"]), (number, row["address"]))
        if address != row["address"]:
            stacked[number] = first
    by_code = {code: [one for one in report.problems if one.code == code] for code in report.problem_counts}
    assert {one.row_number: one.params["first_row"] for one in by_code["position_stacked"]} == stacked
    # A number whose last seven digits are zeros is none.
    assert [one.value for one in by_code["phone_malformed"]] == ["(360) 000-0000"]
    far = by_code["position_far_from_zip"]
    assert len(far) == 6
    for one in far:
        row, point = in_file()[one.row_number - 2], zip_points()[one.params["zip_code"]]
        here = (float(row["lat"]), float(row["lon"]))
        assert one.value == f"{here[0]}, {here[1]}"
        assert one.params["miles"] == round(geodesic(here, (point.latitude, point.longitude)).miles) >= 25
    assert set(report.problem_counts) == {
        "capitals_mended",
        "phone_malformed",
        "position_far_from_zip",
        "position_stacked",
    }
    with engine.connect() as connection:
        stored = connection.execute(
            select(ImportProblem.code, func.count())
            .where(ImportProblem.dataset_id == report.dataset_id)
            .group_by(ImportProblem.code)
        )
        assert dict(stored.all()) == {code: min(count, KEPT_OF_A_KIND) for code, count in report.problem_counts.items()}


def test_capitals_are_mended_and_no_letter_is_lost(hospitals: tuple[Engine, ImportReport]) -> None:
    engine, report = hospitals
    with engine.connect() as connection:
        mine = select(Location).where(Location.dataset_id == report.dataset_id).order_by(Location.id)
        places = connection.execute(mine).all()
    mended = 0
    for place, row in zip(places, in_file(), strict=True):
        for stored, given in ((place.name, row["name"]), (place.address, row["address"]), (place.city, row["city"])):
            assert stored.upper() == " ".join(given.split()).upper()
            assert stored == " ".join(given.split()) or given.isupper()
            mended += stored != " ".join(given.split())
    assert report.problem_counts["capitals_mended"] == mended > 14_000


def test_what_the_file_says_is_what_is_stored(hospitals: tuple[Engine, ImportReport]) -> None:
    engine, report = hospitals
    with engine.connect() as connection:
        places = connection.execute(select(Location).where(Location.dataset_id == report.dataset_id)).all()
        said = connection.execute(
            select(HealthcareService.location_key, HealthcareService.offered).where(
                HealthcareService.dataset_id == report.dataset_id
            )
        )
        emergency = {row.location_key: row.offered for row in said}
    by_key = {place.key: place for place in places}
    words = {"Yes": Stated.YES, "No": Stated.NO}
    kinds = {
        "Psychiatric": LocationKind.PSYCHIATRIC,
        "Acute Care - Veterans Administration": LocationKind.VETERANS,
        "Acute Care - Department of Defense": LocationKind.MILITARY,
        "Critical Access Hospitals": LocationKind.CRITICAL_ACCESS,
        "Acute Care Hospitals": LocationKind.HOSPITAL,
    }
    for row in in_file():
        place = by_key[row["ccn"]]
        assert (place.state, place.zip_code) == (row["state"], row["zip"])
        assert (place.latitude, place.longitude) == (float(row["lat"]), float(row["lon"]))
        assert emergency.get(row["ccn"]) is words.get(row["emergency"])
        if row["type"] in kinds:
            assert place.kind is kinds[row["type"]]
        by_zip = row["coord_source"].startswith("zip")
        assert place.position_kind is (PositionKind.ZIP if by_zip else PositionKind.GIVEN)
    assert not [place.key for place in places if place.kind is LocationKind.NOT_STATED]


def test_the_demo_is_gone_for_good(hospitals: tuple[Engine, ImportReport], tmp_path: Path) -> None:
    engine, _ = hospitals
    assert serves_only_demo(engine)
    activate(engine, "hospitals", None, "test")
    for _ in range(2):
        index = load_index(engine)
        assert [source.name for source in index.snapshot.sources] == ["hospitals"]
        assert not index.is_demo
        assert len(index.snapshot.columns["place_row"]) == ROWS
        assert not serves_only_demo(engine)
        with engine.connect() as connection:
            demo = connection.execute(
                select(Source.retired_at, Dataset.active)
                .join(Dataset, Dataset.source_id == Source.id)
                .where(Source.is_demo)
            ).one()
        assert demo.retired_at is not None
        assert not demo.active
        # Another start with the demo wanted does not bring it back.
        assert set_up(engine, tmp_path, demo=True) == []


@pytest.mark.parametrize("zip_code", ["59718", "23220", "96910", "99723", "00918"])
def test_the_nearest_are_those_of_brute_force(hospitals: tuple[Engine, ImportReport], zip_code: str) -> None:
    """Every row, measured by geopy, gives the same order; for an emergency only those that may be offered."""
    engine, _ = hospitals
    activated(engine)
    point = zip_points()[zip_code]
    by_distance = sorted(
        (geodesic((point.latitude, point.longitude), (float(row["lat"]), float(row["lon"]))).m, row["ccn"], row)
        for row in in_file()
    )
    day = dt.date(2026, 11, 22)
    with engine.connect() as connection:
        places = search(
            load_index(engine), connection, SearchQuery(zip_code, unit="places", radius=None, limit=50), day
        )
        urgent = search(load_index(engine), connection, SearchQuery(zip_code, condition="hip-dislocation"), day)
    found = [(match.distance_m, match.location.public_id.rpartition(":")[2]) for match in places.main.matches]
    assert [metres for metres, _ in found] == pytest.approx([metres for metres, _, _ in by_distance[:50]], abs=1e-3)
    assert {ccn for _, ccn in found[:40]} <= {ccn for _, ccn, _ in by_distance[:50]}

    never = {"Psychiatric", "Acute Care - Veterans Administration", "Acute Care - Department of Defense", "Long-term"}
    offered = [
        ccn
        for metres, ccn, row in by_distance
        if row["emergency"] == "Yes" and row["type"] not in never and metres <= 100 * 1609.344
    ]
    assert urgent.card == "call-911"
    assert [match.location.public_id for match in urgent.emergency_departments] == [
        f"place:hospitals:{ccn}" for ccn in offered[:3]
    ]


def activated(engine: Engine) -> None:
    """Put the file in force, if no test has yet."""
    if load_index(engine).is_demo:
        activate(engine, "hospitals", None, "test")
