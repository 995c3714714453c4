"""The ZIP table: every ZIP code in its place, each with its source, and every doubt decided with a reason."""

from __future__ import annotations

import csv
import gzip
import os
import subprocess
import sys
import time
from pathlib import Path
from zoneinfo import available_timezones

import numpy as np
import pytest

from finder.db.reference import DATA, STATES, is_military, state_outlines, zip_points
from finder.db.reference_files import read_reference
from finder.db.zip_table import COLUMNS, ROWS_FILE, WORDS_FILE, Exactness, ZipKind, ZipTable, compile_table
from finder.geo import METRES_PER_MILE, geodesic_m

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
OUTSIDE_MILES = 2.0  # the outlines are drawn for maps: they cut capes and leave out piers and small islands
EAST = {"GU", "MP", "PW", "FM", "MH"}
NEEDS_SOURCES = pytest.mark.skipif(
    not (SHARED / "zip_sources").is_dir() and os.environ.get("CI") != "true",
    reason="no folder of sources beside the project",
)
LOCATED = [point for point in zip_points().values() if point.latitude is not None]


def corrections() -> dict[str, dict[str, str]]:
    with (DATA / "zip_corrections.csv").open(encoding="utf-8", newline="") as lines:
        return {row["zip"]: row for row in csv.DictReader(lines)}


def rows() -> list[dict[str, str]]:
    return read_reference(gzip.decompress((DATA / "zip_points.csv.gz").read_bytes())).rows


def miles(code: str, latitude: float, longitude: float) -> float:
    point = zip_points()[code]
    there = np.array([latitude]), np.array([longitude])
    assert point.latitude is not None
    assert point.longitude is not None
    return float(geodesic_m(point.latitude, point.longitude, *there)[0]) / METRES_PER_MILE


def test_the_compiled_table_says_what_the_csv_says() -> None:
    plain = rows()
    made = compile_table(plain)
    assert made[ROWS_FILE] == (DATA / ROWS_FILE).read_bytes()
    assert made[WORDS_FILE] == (DATA / WORDS_FILE).read_bytes()
    assert [row["zip"] for row in plain] == list(zip_points()) == sorted(zip_points())
    for row in plain:
        point = zip_points()[row["zip"]]
        assert dict(zip(COLUMNS, (
            point.zip_code, point.kind.value, point.city, point.state, point.county, point.zcta, point.time_zone,
            "" if point.latitude is None else f"{point.latitude:.4f}",
            "" if point.longitude is None else f"{point.longitude:.4f}",
            point.source, point.exactness.value, point.near,
        ), strict=True)) == row  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "2322", "232200", "2322O", "-2322", "\u0662\u0663\u0662\u0662\u0660", " 2322", "99999"]
)
def test_what_is_no_known_zip_is_not_in_the_table(text: str) -> None:
    assert text not in zip_points()
    assert zip_points().get(text) is None


def test_it_is_loaded_quickly_and_small() -> None:
    """Under 10 ms and 5 MiB. The best of five, since others use the machine; measured, it takes 2 ms."""
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        assert ZipTable.shipped(DATA)["23220"].city == "Richmond"
        taken.append(time.perf_counter() - started)
    assert min(taken) < 0.010
    assert sum((DATA / name).stat().st_size for name in (ROWS_FILE, WORDS_FILE)) < 5 * 2**20


def test_every_row_is_whole() -> None:
    zones = available_timezones()
    for point in zip_points().values():
        if point.kind is ZipKind.MILITARY:
            assert is_military(point.zip_code)
            assert (point.latitude, point.longitude, point.exactness) == (None, None, Exactness.NONE)
            continue
        assert not is_military(point.zip_code)
        assert point.city
        assert point.state in STATES
        assert point.time_zone in zones, point
        assert point.source in ("hud", "census", "geonames", "hand")
        assert point.exactness not in (Exactness.NONE, Exactness.TOWN, Exactness.PREFIX)
        assert bool(point.near) == (point.exactness is Exactness.NEIGHBOUR)
        assert not point.near or zip_points()[point.near].is_area
    assert sum(point.is_area for point in LOCATED) > 33_000


def test_every_point_lies_in_its_state() -> None:
    """Within two miles of the outline; exceptions stand in the corrections with a reason."""
    allowed = {code: row for code, row in corrections().items() if row["outside_miles"]}
    for point in LOCATED:
        assert (point.latitude, point.longitude) != (0, 0)
        outside = state_outlines().outside_m(STATES[point.state][0], point.latitude, point.longitude) / METRES_PER_MILE
        if point.zip_code in allowed:
            assert OUTSIDE_MILES < outside <= float(allowed[point.zip_code]["outside_miles"])
        else:
            assert outside <= OUTSIDE_MILES, point
    assert set(allowed) == {"04635", "04852", "96898"}


def test_hemispheres() -> None:
    for point in LOCATED:
        if point.state in EAST or point.zip_code == "96898":
            assert 130 < point.longitude < 180, point
        elif point.state != "AK":
            assert -180 < point.longitude < -60, point
        assert (point.latitude < 0) == (point.state == "AS"), point
    assert {point.state for point in LOCATED} == set(STATES)


# Where the town is, from general knowledge, to a hundredth of a degree; how far off the point may be; its source.
@pytest.mark.parametrize(
    ("code", "latitude", "longitude", "within", "place", "state", "source"),
    [
        ("99546", 51.88, -176.65, 3, "Adak", "AK", "census"),
        ("99723", 71.29, -156.79, 3, "Utqia\u0121vik", "AK", "hud"),
        ("99701", 64.84, -147.72, 2, "Fairbanks", "AK", "hud"),
        ("99501", 61.22, -149.87, 2, "Anchorage", "AK", "hud"),
        ("99503", 61.19, -149.89, 2, "Anchorage", "AK", "hud"),
        ("99901", 55.35, -131.66, 3, "Ketchikan", "AK", "hud"),
        ("99923", 55.92, -130.02, 2, "Hyder", "AK", "geonames"),
        ("21792", 39.47, -77.19, 2, "Unionville", "MD", "geonames"),
        ("82615", 42.298, -106.204, 1, "Shirley Basin", "WY", "hand"),
        ("96898", 19.28, 166.65, 2, "Wake Island", "HI", "geonames"),
        ("96910", 13.47, 144.75, 2, "Hag\u00e5t\u00f1a", "GU", "hud"),
        ("96950", 15.19, 145.75, 3, "Saipan", "MP", "census"),
        ("96799", -14.28, -170.70, 6, "Pago Pago", "AS", "census"),
        ("96940", 7.34, 134.48, 1, "Koror", "PW", "hand"),
        ("96941", 6.96, 158.21, 1, "Kolonia", "FM", "hand"),
        ("96943", 9.51, 138.13, 1, "Colonia", "FM", "hand"),
        ("96960", 7.09, 171.38, 1, "Majuro", "MH", "hand"),
        ("96970", 8.78, 167.74, 1, "Ebeye", "MH", "hand"),
        ("90210", 34.09, -118.41, 2, "Beverly Hills", "CA", "hud"),
        ("85144", 33.19, -111.53, 2, "San Tan Valley", "AZ", "geonames"),
        ("84048", 40.41, -111.93, 3, "Lehi", "UT", "geonames"),
    ],
)  # fmt: skip
def test_known_places(
    code: str, latitude: float, longitude: float, within: float, place: str, state: str, source: str
) -> None:
    point = zip_points()[code]
    assert (point.city, point.state, point.source) == (place, state, source)
    assert miles(code, latitude, longitude) <= within


def test_attu_goes_by_the_middle_of_nothing() -> None:
    """Attu has no ZIP code, and since 2010 nobody lives there; prefix 995 is far too wide to stand in for one."""
    assert not any(point.city == "Attu" for point in LOCATED)


@pytest.mark.parametrize("code", "23163 23433 23451 23458 23607 23651 23708 23709".split())
def test_states_that_an_old_table_had_wrong(code: str) -> None:
    assert zip_points()[code].state == "VA"
    assert zip_points()["59319"].state == "MT"


@NEEDS_SOURCES
def test_puerto_rico_and_the_virgin_islands_are_complete() -> None:
    """Against every ZIP code of them that the crosswalk lists, which is only checked against."""
    with gzip.open(SHARED / "zip_sources" / "uds_crosswalk_2022.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        listed = [row["zip"] for row in csv.DictReader(lines) if row["state"] in ("PR", "VI", "GU", "AS", "MP", "PW", "FM", "MH")]  # fmt: skip
    assert len(listed) > 190
    for code in listed:
        point = zip_points()[code]
        assert point.latitude is not None
        assert point.city
    assert {point.city for point in LOCATED if point.state == "PR"} >= {"A\u00f1asco", "Bayam\u00f3n", "Mayag\u00fcez"}


@NEEDS_SOURCES
def test_every_difference_over_25_miles_is_decided() -> None:
    """The build itself stops where one is not; and its files are what the sources and the corrections give."""
    made = subprocess.run(
        [sys.executable, ROOT / "scripts" / "build_zip_points", SHARED / "zip_sources", "--check"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'scripts'}"},
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr


def test_every_correction_has_a_reason_and_is_in_force() -> None:
    found = corrections()
    assert sum(float(row["differ_miles"] or 0) >= 25 for row in found.values()) >= 199
    for code, row in found.items():
        assert len(row["reason"]) > 20, code
        point = zip_points().get(code)
        if row["take"] == "drop":
            assert point is None
            continue
        assert point is not None
        if row["take"] in ("hud", "census", "geonames", "hand"):
            assert point.source == row["take"]
        assert not row["kind"] or point.kind.value == row["kind"]
        assert not row["state"] or point.state == row["state"]


@NEEDS_SOURCES
def test_points_are_near_the_true_positions_of_hospitals() -> None:
    """Median at most 1.9 km, 95th percentile 5.5 km; the script prints them."""
    hospitals = SHARED / "samples" / "hospitals_cms2026_located_excl_VA_SC_OH_KY.csv"
    checked = subprocess.run(
        [sys.executable, ROOT / "scripts" / "check_zip_points", hospitals],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    print(checked.stdout)
    assert checked.returncode == 0, checked.stdout + checked.stderr
