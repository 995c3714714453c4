"""Every sample that holds people or hospitals: what is taken, mended and refused, and that no row is in a wrong state.

Where a ZIP code lies is looked up in a table of its own, which the import does not read.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from geopy.distance import geodesic
from sqlalchemy import Engine, select

from finder.db.datasets import Outcome
from finder.db.dialect import open_engine
from finder.db.directory import Location, PositionKind, PractitionerRole
from finder.errors import FileRefused
from finder.importers.pipeline import import_files
from tests.conftest import SAMPLES, Databases
from tests.importers.test_real_files import sample


@dataclass(frozen=True)
class Expected:
    """What comes of a file. `mended` and `noted` count problems, several of which a row may have."""

    public: str
    section: str
    read: int
    accepted: int
    refused: dict[str, int]
    mended: int
    blank: int = 0
    aside: dict[str, int] = field(default_factory=dict)


EXPECTED: dict[str, Expected] = {
    "hospitals_cms2026_located_excl_VA_SC_OH_KY.csv": Expected(
        "",
        "locations",
        4963,
        4963,
        {},
        14783,
        0,
        {},
    ),
    "cms_dac_2021_386rows.csv": Expected(
        "CMS Doctors and Clinicians",
        "roster",
        146,
        146,
        {},
        816,
        0,
        {"specialty": 240},
    ),
    "cms_dac_maine_2026_dirty.csv": Expected(
        "",
        "roster",
        6090,
        3514,
        {"zip_other_state": 2},
        11286,
        2574,
        {},
    ),
    "medicare_puf2012_counts_nodesc.csv": Expected(
        "Medicare Physician and Other Practitioners by Provider and Service",
        "roster",
        1068,
        1066,
        {"zip_other_state": 2},
        5597,
        0,
        {"repeated": 6405, "specialty": 8804, "organization": 751},
    ),
    "nppes_330col_989_floatmangled.csv": Expected(
        "NPPES (all National Provider Identifiers)",
        "roster",
        280,
        280,
        {},
        1858,
        0,
        {"specialty": 442, "organization": 188, "deactivated": 79},
    ),
    "nppes_330col_999_2007.csv": Expected(
        "NPPES (all National Provider Identifiers)",
        "roster",
        92,
        92,
        {},
        507,
        0,
        {"specialty": 907},
    ),
    "physician_compare_2017_radiology_multiloc.csv": Expected(
        "CMS Doctors and Clinicians",
        "roster",
        156,
        155,
        {"key_repeated": 1},
        971,
        0,
        {"specialty": 7467},
    ),
}
# Organizations alone, plans, and what is no table: with the code of the refusal, where that is one.
NO_PEOPLE = {
    "plannet_managing_orgs_data.csv": "", "plannet_sample-nppes-network_20181204-data.csv": "",
    "plannet_sample-nppes-organization-data.csv": "file_without_rows", "nppes_api_response_200.json": "file_not_a_table",
}  # fmt: skip
# As far as a pin of a state may lie from the nearest ZIP code of it: the outlines are no part of this.
_FAR_MILES = 40


@pytest.fixture(scope="module")
def zips() -> dict[str, tuple[str, float, float]]:
    """State and point of each ZIP code."""
    sample(next(iter(EXPECTED)))
    with gzip.open(SAMPLES.parent / "ship" / "zip_points_default.csv.gz", "rt", encoding="utf-8") as lines:
        return {
            row["zip"]: (row["state"], float(row["lat"] or 0), float(row["lon"] or 0)) for row in csv.DictReader(lines)
        }


@pytest.fixture
def engine(databases: Databases) -> Iterator[Engine]:
    opened = open_engine(databases.fresh(demo=False))
    yield opened
    opened.dispose()


def test_every_sample_is_among_these() -> None:
    sample(next(iter(EXPECTED)))
    assert {one.name for one in SAMPLES.iterdir()} == {*EXPECTED, *NO_PEOPLE}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_taken_mended_and_refused(engine: Engine, name: str, zips: dict[str, tuple[str, float, float]]) -> None:
    report = import_files(engine, [sample(name)], "sample")
    count, told = report.sections[EXPECTED[name].section], report.outcome_counts
    refused = {code: number for (outcome, code), number in told.items() if outcome is Outcome.REFUSED}
    mended = sum(number for (outcome, _code), number in told.items() if outcome is Outcome.MENDED)
    found = Expected(
        report.files[0].public, EXPECTED[name].section, count.read, count.accepted, refused, mended, count.blank,
        report.files[0].left_aside,
    )  # fmt: skip
    assert found == EXPECTED[name]
    with engine.connect() as connection:
        places = connection.execute(select(Location.__table__)).all()
        roles = connection.execute(select(PractitionerRole.location_key)).all()
    assert len(roles if EXPECTED[name].section == "roster" else places) == count.accepted
    of_state: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for state, latitude, longitude in zips.values():
        of_state[state].append((latitude, longitude))
    wrong = []
    for one in places:
        if one.zip_code in zips and zips[one.zip_code][0] != one.state:
            wrong.append((one.key, one.state, one.zip_code))
        if one.position_kind is PositionKind.NONE:
            continue
        points = np.array(of_state[one.state])
        near = points[np.hypot(points[:, 0] - one.latitude, points[:, 1] - one.longitude).argmin()]
        if geodesic(tuple(near), (one.latitude, one.longitude)).miles > _FAR_MILES:
            wrong.append((one.key, one.state, (one.latitude, one.longitude)))
    assert wrong == []


@pytest.mark.parametrize("name", [name for name, code in NO_PEOPLE.items() if code])
def test_what_holds_nobody_is_refused_in_a_sentence(engine: Engine, name: str) -> None:
    with pytest.raises(FileRefused) as refused:
        import_files(engine, [sample(name)], "sample")
    assert refused.value.code == NO_PEOPLE[name]
