"""Distances against an independent library, the walk against a plain sort of everything, outlines against the map."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from geopy.distance import geodesic
from hypothesis import example, given
from hypothesis import strategies as st

from finder import geo
from finder.db.reference import state_outlines
from finder.geo import SpatialTree, StateOutlines, earth_xyz, geodesic_m

SEED = 20261122
latitudes = st.floats(-90, 90) | st.sampled_from((-90.0, -45.0, 0.0, 60.0, 90.0))
longitudes = st.floats(-180, 180) | st.sampled_from((-180.0, -90.0, 0.0, 179.999999, 180.0))
points = st.tuples(latitudes, longitudes)
# A grid so coarse that many points lie equally far, on both sides of 180 degrees and at the poles.
coarse = st.tuples(st.integers(-6, 6).map(lambda n: n * 15.0), st.integers(-12, 12).map(lambda n: n * 15.0))


def distance(here: tuple[float, float], there: tuple[float, float]) -> float:
    return float(geodesic_m(*here, np.array([there[0]]), np.array([there[1]]))[0])


def seeded(count: int, seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """Return points: a third anywhere, a third in clusters, the rest close to the antimeridian and the poles."""
    draw = np.random.default_rng(seed)
    third = count // 3
    lat = draw.uniform(-90, 90, count)
    lon = draw.uniform(-180, 180, count)
    centre = draw.integers(0, 40, third)
    lat[:third] = draw.uniform(20, 60, 40)[centre] + draw.normal(0, 0.05, third)
    lon[:third] = draw.uniform(-125, -70, 40)[centre] + draw.normal(0, 0.05, third)
    edge = slice(third, third + third // 2)
    lon[edge] = np.copysign(180 - np.abs(draw.normal(0, 0.5, third // 2)), draw.uniform(-1, 1, third // 2))
    pole = slice(third + third // 2, 2 * third)
    lat[pole] = np.copysign(90 - np.abs(draw.normal(0, 0.5, third - third // 2)), lat[pole])
    return lat, lon


def brute(
    tree: SpatialTree, here: tuple[float, float], among: np.ndarray | None = None
) -> tuple[list[int], list[float]]:
    """Return all points by distance and number."""
    numbers = np.arange(len(tree.latitudes)) if among is None else among
    metres = geodesic_m(*here, tree.latitudes[numbers], tree.longitudes[numbers])
    order = sorted(range(len(numbers)), key=lambda i: (metres[i], numbers[i]))
    return [int(numbers[i]) for i in order], [float(metres[i]) for i in order]


def walked(
    tree: SpatialTree, here: tuple[float, float], among: np.ndarray | None = None
) -> tuple[list[int], list[float]]:
    """Return all that the walk yields, and check that no batch begins nearer than the one before ended."""
    numbers: list[int] = []
    metres: list[float] = []
    for batch, far in tree.walk(*here, among):
        assert len(batch) == len(far)
        assert list(far) == sorted(far)
        assert not metres or not len(far) or far[0] >= metres[-1]
        numbers += batch.tolist()
        metres += far.tolist()
    return numbers, metres


@given(points, points)
@example((90.0, 0.0), (-90.0, 0.0))
@example((10.0, 179.9), (10.0, -179.9))
@example((0.0, 0.0), (0.5, 179.7))
@example((30.0, 0.0), (-29.9, 179.8))
@example((0.0, 0.0), (0.0, 180.0))
@example((37.55, -77.46), (37.55, -77.46))
def test_distance_equals_an_independent_library(here: tuple[float, float], there: tuple[float, float]) -> None:
    assert distance(here, there) == pytest.approx(geodesic(here, there).m, abs=1e-5)
    assert distance(here, there) == pytest.approx(distance(there, here), abs=1e-6)


def test_distances_of_many_points_equal_an_independent_library() -> None:
    lat, lon = seeded(600)
    for here in ((37.55, -77.46), (-89.9, 12.0), (51.9, 179.6)):
        measured = geodesic_m(*here, lat, lon)
        expected = [geodesic(here, there).m for there in zip(lat, lon, strict=True)]
        np.testing.assert_allclose(measured, expected, rtol=0, atol=1e-5)


def test_a_known_distance() -> None:
    """Flinders Peak to Buninyong, as Geoscience Australia gives it on GRS80 (WGS84: the same to 0.1 mm)."""
    here, there = (-37.95103341667, 144.42486789), (-37.65282114, 143.92649552778)
    assert distance(here, there) == pytest.approx(54972.271, abs=0.002)


@given(points, points)
def test_the_chord_is_never_longer_than_the_geodesic(here: tuple[float, float], there: tuple[float, float]) -> None:
    """What the proof of completeness rests on; and x, y, z lie on the ellipsoid."""
    one, other = earth_xyz(np.array([here[0], there[0]]), np.array([here[1], there[1]]))
    assert np.linalg.norm(one - other) <= distance(here, there) + 1e-7
    x, y, z = one
    assert (x**2 + y**2) / 6378137.0**2 + z**2 / 6356752.314245**2 == pytest.approx(1, abs=1e-12)


@given(st.lists(points | coarse, unique=True, max_size=120), points | coarse)
def test_walk_equals_brute_force(some: list[tuple[float, float]], here: tuple[float, float]) -> None:
    tree = SpatialTree(*(np.array(axis, float) for axis in (zip(*some, strict=True) if some else ((), ()))))
    assert walked(tree, here) == brute(tree, here)


@given(st.lists(points | coarse, unique=True, min_size=1, max_size=120), points | coarse)
def test_walk_by_the_tree_equals_brute_force(some: list[tuple[float, float]], here: tuple[float, float]) -> None:
    """The same with the tree, which the product takes only for many points."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(geo, "_SCAN_BELOW", 0)
        tree = SpatialTree(*(np.array(axis, float) for axis in zip(*some, strict=True)))
        assert walked(tree, here) == brute(tree, here)


@given(st.lists(coarse, unique=True, min_size=1, max_size=120), coarse, st.data())
def test_walk_among_some_equals_brute_force(
    some: list[tuple[float, float]], here: tuple[float, float], data: st.DataObject
) -> None:
    tree = SpatialTree(*(np.array(axis, float) for axis in zip(*some, strict=True)))
    among = np.array(sorted(data.draw(st.sets(st.sampled_from(range(len(some)))))), np.int64)
    assert walked(tree, here, among) == brute(tree, here, among)


@pytest.mark.parametrize("count", [19_999, 20_000, 20_001, 25_000])
def test_walk_of_many_points_equals_brute_force(count: int) -> None:
    """Below and above the number from which the tree is asked."""
    lat, lon = seeded(count)
    tree = SpatialTree(lat, lon)
    for here in ((37.55, -77.46), (51.9, 180.0), (90.0, 0.0), (float(lat[7]), float(lon[7]))):
        assert walked(tree, here) == brute(tree, here)
    assert ("_tree" in vars(tree)) == (count > 20_000)


def test_walk_among_many_points_equals_brute_force() -> None:
    tree = SpatialTree(*seeded(25_000))
    draw = np.random.default_rng(SEED)
    for size in (1, 33, 5_000, 24_999):
        among = np.sort(draw.choice(25_000, size, replace=False))
        assert walked(tree, (13.45, 144.75), among) == brute(tree, (13.45, 144.75), among)


def test_walk_begins_without_measuring_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest few of many points are proved from a handful of distances."""
    measured: list[int] = []

    def counting(latitude: float, longitude: float, lats: np.ndarray, lons: np.ndarray) -> np.ndarray:
        measured.append(len(lats))
        return geodesic_m(latitude, longitude, lats, lons)

    tree = SpatialTree(*seeded(25_000))
    monkeypatch.setattr(geo, "geodesic_m", counting)
    batch, _far = next(tree.walk(37.55, -77.46))
    assert len(batch)
    assert sum(measured) < 100


def test_equal_distances_ascend_by_number() -> None:
    """Four points at one place in four writings, and mirror images east and west."""
    lat = np.array([0.0, 0.0, 90.0, 90.0, 10.0, 10.0])
    lon = np.array([180.0, -180.0, 20.0, -70.0, 5.0, -5.0])
    numbers, metres = walked(SpatialTree(lat, lon), (0.0, 0.0))
    assert numbers == [4, 5, 2, 3, 0, 1]
    assert metres[0] == metres[1]
    assert metres[4] == metres[5]


def test_no_points_and_one_point() -> None:
    none = np.array([])
    assert walked(SpatialTree(none, none), (0.0, 0.0)) == ([], [])
    one = SpatialTree(np.array([13.45]), np.array([144.75]))
    assert walked(one, (13.45, 144.75)) == ([0], [0.0])
    assert walked(one, (13.45, 144.75), np.array([], np.int64)) == ([], [])


# point, FIPS of a state, miles outside: None where it is merely to be inside
@pytest.mark.parametrize(
    ("latitude", "longitude", "fips", "miles"),
    [
        pytest.param(37.5407, -77.4360, "51", 0, id="Richmond in Virginia"),
        pytest.param(37.2870, -75.9300, "51", 0, id="Eastern Shore, a part of its own"),
        pytest.param(13.4443, 144.7937, "66", 0, id="Guam"),
        pytest.param(18.2208, -66.5901, "72", 0, id="Puerto Rico"),
        pytest.param(21.3069, -157.8583, "15", 0, id="Honolulu"),
        pytest.param(51.88, -176.65, "02", 0, id="Adak"),
        pytest.param(51.95, 179.62, "02", 0, id="Semisopochnoi, an Aleutian west of 180"),
        pytest.param(52.90, 172.92, "02", 0, id="Attu, the last Aleutian"),
        pytest.param(38.9072, -77.0369, "51", 2, id="Washington, across the river"),
        pytest.param(39.9612, -82.9988, "51", 160, id="Columbus, Ohio"),
        pytest.param(51.95, -179.95, "02", 12, id="at sea just east of 180, Semisopochnoi lies west"),
    ],
)
def test_outside_m(latitude: float, longitude: float, fips: str, miles: int) -> None:
    outside = state_outlines().outside_m(fips, latitude, longitude) / 1609.344
    assert outside == 0 if miles == 0 else outside == pytest.approx(miles, rel=0.25)


def test_outside_m_of_a_state_without_an_outline() -> None:
    assert state_outlines().outside_m("64", 6.92, 158.16) == 0


def test_outline_with_a_hole_and_shared_arcs(tmp_path: Path) -> None:
    """A square of four degrees with a hole of two, its neighbour using their common side backwards."""
    quantised = [
        [[400, 0], [0, 400], [-400, 0], [0, -400], [400, 0]],  # outer ring of A from its south-east corner
        [[100, 100], [200, 0], [0, 200], [-200, 0], [0, -200]],  # hole
        [[400, 0], [0, 400]],  # the common side, northward
        [[400, 0], [400, 0], [0, 400], [-400, 0]],  # the rest of B, back to the north-west corner
    ]
    topology = {
        "transform": {"scale": [0.01, 0.01], "translate": [-100.0, 40.0]},
        "arcs": quantised,
        "objects": {
            "states": {
                "geometries": [
                    {"type": "Polygon", "id": "01", "arcs": [[0], [1]]},
                    {"type": "MultiPolygon", "id": "02", "arcs": [[[-3, 3]]]},
                ]
            }
        },
    }
    path = tmp_path / "outlines.json.gz"
    path.write_bytes(gzip.compress(json.dumps(topology).encode()))
    outlines = StateOutlines(path)
    assert outlines.outside_m("01", 40.5, -99.5) == 0
    hole = outlines.outside_m("01", 42.0, -98.0)
    assert hole == pytest.approx(geodesic((42.0, -98.0), (42.0, -99.0)).m, rel=0.01)
    assert outlines.outside_m("02", 41.0, -95.0) == 0
    assert outlines.outside_m("02", 42.0, -97.0) == pytest.approx(geodesic((42.0, -97.0), (42.0, -96.0)).m, rel=0.01)
