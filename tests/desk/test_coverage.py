"""Coverage against brute force, by what people declare, of an area and of versions that are kept."""

from __future__ import annotations

import csv
import datetime as dt
import io

import numpy as np
import pytest
from geopy.distance import geodesic
from sqlalchemy import Engine, update

from finder.db.base import Capability
from finder.db.datasets import Dataset
from finder.db.directory import StatedCapability
from finder.db.reference import zip_points
from finder.desk.coverage import BANDS, coverage, index_of
from finder.desk.coverage_table import as_csv
from finder.desk.organizations import Wish, say_of
from finder.errors import DeskRefused, DirectoryRefused, QuestionError
from finder.formats.picture.bands import MOST_BANDS, bands_picture
from finder.geo import SpatialTree, geodesic_m
from finder.search import SearchQuery, search
from finder.search.results import Match
from finder.search.treats import Rung
from tests.conftest import load_index

TODAY = dt.date(2026, 11, 22)
WORK = "total-hip-replacement"


def test_many_origins_at_once_find_what_one_by_one_would() -> None:
    made = np.random.default_rng(4711)
    for size in (1, 3, 40, 3000):
        latitudes, longitudes = made.uniform(-80, 80, size), made.uniform(-180, 180, size)
        if size == 3000:
            # Many nearly at one distance: the nearest by chord need not be the nearest along the geodesic.
            turn = np.linspace(0, 2 * np.pi, size)
            latitudes, longitudes = 37 + 3 * np.sin(turn), -77 + 3.7 * np.cos(turn)
        from_lats = np.append(made.uniform(-85, 85, 60), 37.0)
        from_lons = np.append(made.uniform(-180, 180, 60), -77.0)
        points, metres = SpatialTree(latitudes, longitudes).nearest_of_each(from_lats, from_lons)
        for n, (latitude, longitude) in enumerate(zip(from_lats.tolist(), from_lons.tolist(), strict=True)):
            every = geodesic_m(latitude, longitude, latitudes, longitudes)
            assert metres[n] == pytest.approx(every.min(), abs=1e-6)
            assert every[points[n]] == metres[n]


@pytest.mark.parametrize("work", [WORK, "labral-tear", "ddh-infant"])
def test_miles_are_those_of_the_nearest_who_declares_it(demo_engine: Engine, work: str) -> None:
    index = load_index(demo_engine)
    found = coverage(index, work, "VA", TODAY)
    homes = zip_points().homes
    assert sorted(one.zip_code for one in found.zips) == sorted(homes.zip_codes[homes.states == "VA"].tolist())
    miles = [one.miles for one in found.zips]
    assert miles == sorted(miles, key=lambda one: -(one or 0.0))
    at = list(zip(*(one.tolist() for one in found.at), strict=True))
    kind = "procedure" if found.is_procedure else "condition"
    with demo_engine.connect() as connection:
        for one in found.zips[::90]:
            best = min(geodesic((one.latitude, one.longitude), point).miles for point in at)
            assert one.miles == pytest.approx(best, rel=1e-9)
            # The same as a search by bare distance says, of people and of places.
            answers: list[Match] = []
            for unit in ("people", "places"):
                given = {
                    "zip": one.zip_code,
                    kind: work,
                    "radius": "any",
                    "sort": "distance",
                    "group": "all",
                    "limit": "50",
                }
                query = SearchQuery.parse({name: [value] for name, value in given.items()}, unit)  # type: ignore[arg-type]
                results = search(index, connection, query, TODAY)
                answers += [match for each in results.lists for match in each.matches]
            declared = [
                match.distance_m / 1609.344
                for match in answers
                if match.standing
                and match.standing.rung in (Rung.DECLARED, Rung.CALL_FIRST)
                and match.standing.declared
                and match.standing.declared.level in (Capability.MAIN_FOCUS, Capability.PERFORMS, Capability.TREATS)
            ]
            assert one.miles == pytest.approx(min(declared), rel=1e-6), one


def test_the_sums_are_those_of_the_lines(demo_engine: Engine) -> None:
    found = coverage(load_index(demo_engine), WORK, "va", TODAY)
    miles = sorted(one.miles or 0.0 for one in found.zips)
    assert found.median
    assert found.median.miles == pytest.approx(np.median(miles), abs=0.5)
    assert found.farthest[0].miles == miles[-1]
    for band in BANDS:
        assert found.within(band) == sum(one <= band for one in miles)
    assert {one.band for one in found.zips} <= set(range(MOST_BANDS))
    assert found.stating.says >= 1
    assert found.stating.says_not >= 1
    assert found.stating.usual <= found.stating.not_said
    lines = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert [(one["zip_code"], one["miles_to_nearest"]) for one in lines] == [(one.zip_code, f"{one.miles:.1f}") for one in found.zips]  # fmt: skip


def test_who_says_yes_no_or_nothing_is_counted_as_stated(demo_engine: Engine) -> None:
    before = coverage(load_index(demo_engine), WORK, "VA", TODAY)
    with demo_engine.begin() as connection:
        said = StatedCapability
        connection.execute(
            update(said).where(said.target == WORK, said.level == Capability.DOES_NOT).values(target="labral-tear-x")
        )
        dataset = connection.execute(Dataset.__table__.select()).one()
    after = coverage(index_of(demo_engine, source="demo", version=dataset.version)[0], WORK, "VA", TODAY)
    assert after.stating.says == before.stating.says
    assert after.stating.says_not < before.stating.says_not
    assert after.stating.not_said == before.stating.not_said + before.stating.says_not - after.stating.says_not
    with demo_engine.begin() as connection:
        connection.execute(update(StatedCapability).values(target="nothing-at-all"))
    nobody = coverage(index_of(demo_engine, source="demo")[0], WORK, "VA", TODAY)
    assert (nobody.stating.says, nobody.stating.says_not, nobody.median) == (0, 0, None)
    assert as_csv(nobody).splitlines()[1].split(",")[3] == ""
    assert coverage(index_of(demo_engine)[0], WORK, "VA", TODAY).zips == before.zips, "the edition stays as it was"


def test_an_area_is_a_state_or_whom_an_organization_serves(demo_engine: Engine) -> None:
    index = load_index(demo_engine)
    key = next(iter(index.organizations.names))
    with pytest.raises(DeskRefused) as refusal:
        coverage(index, WORK, key, TODAY)
    assert refusal.value.code == "coverage_area_unknown"
    for wrong in ("", "ZZ", "no-such"):
        with pytest.raises(DeskRefused):
            coverage(index, WORK, wrong, TODAY)
    with pytest.raises(QuestionError):
        coverage(index, "no-such", "VA", TODAY)
    for source, version in (("demo", 9), ("other", None)):
        with pytest.raises(DirectoryRefused):
            index_of(demo_engine, source=source, version=version)
    with pytest.raises(DeskRefused):
        index_of(demo_engine, edition=99)
    say_of(demo_engine, key, Wish(states="DC", radius_miles=20.0), "tests")
    index = load_index(demo_engine)
    found = coverage(index, WORK, key, TODAY)
    homes, c = zip_points().homes, index.snapshot.columns
    own = [n for n, one in enumerate(index.snapshot.words["place_organization"]) if one.partition(":")[2] == key]
    here = index.tree.at(np.unique(c["place_point"][np.isin(c["place_organization"], own)]))
    expected = {
        code
        for code, state, latitude, longitude in zip(*homes, strict=True)
        if state == "DC" or geodesic_m(latitude, longitude, *here).min() <= 20 * 1609.344
    }
    assert {one.zip_code for one in found.zips} == expected
    assert len(expected) > 40


def test_the_picture_tells_bands_by_shape(demo_engine: Engine) -> None:
    for area in ("VA", "AK", "HI", "PR", "DC"):
        found = coverage(load_index(demo_engine), WORK, area, TODAY)
        columns = [np.array([getattr(one, name) for one in found.zips]) for name in ("latitude", "longitude", "band")]
        svg = bands_picture(columns[0], columns[1], columns[2], found.states, found.at, "<Of> & all")
        assert '<title id="map-title">&lt;Of&gt; &amp; all</title>' in svg
        for band in {one.band for one in found.zips}:
            assert f'class="m-band m-band-{band}"' in svg
        assert "style=" not in svg
        assert len(svg) < 120_000
