"""Distances against an independent library, chords against a plain sort of everything, outlines against the map."""

from __future__ import annotations

import gzip
import itertools
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geopy.distance import geodesic
from hypothesis import assume, example, given
from hypothesis import strategies as st

from finder.db.reference import state_outlines
from finder.errors import DirectoryRefused
from finder.geo import (
    Area,
    SpatialTree,
    StateOutlines,
    chord_of_arc_m,
    direction,
    earth_xyz,
    geodesic_m,
    geodesics_from,
    read_area,
)

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


@given(points, points)
@example((90.0, 0.0), (-90.0, 0.0))
@example((0.0, 0.0), (0.0, 89.9))
def test_no_geodesic_has_a_shorter_chord_than_is_promised(
    here: tuple[float, float], there: tuple[float, float]
) -> None:
    one, other = earth_xyz(np.array([here[0], there[0]]), np.array([here[1], there[1]]))
    assert chord_of_arc_m(distance(here, there)) <= np.linalg.norm(one - other) + 1e-9


@given(st.lists(points | coarse, unique=True, min_size=1, max_size=120), points | coarse, st.integers(1, 130))
def test_the_tree_gives_the_shortest_chords(some: list[tuple[float, float]], here: tuple[float, float], k: int) -> None:
    tree = SpatialTree(*(np.array(axis, float) for axis in zip(*some, strict=True)))
    k = min(k, tree.size)
    found, chords = tree.nearest(*here, k)
    whole = np.linalg.norm(earth_xyz(tree.latitudes, tree.longitudes) - earth_xyz(*map(np.array, here)), axis=-1)
    assert len(set(found.tolist())) == k
    np.testing.assert_allclose(chords, np.sort(whole)[:k], rtol=0, atol=1e-6)
    np.testing.assert_allclose(whole[found], chords, rtol=0, atol=1e-6)


def test_a_part_of_a_tree_is_a_tree_of_those_points() -> None:
    tree = SpatialTree(*seeded(3_000))
    some = np.arange(0, 3_000, 7)
    found, _chords = tree.part(some).nearest(37.55, -77.46, 20)
    among = [one for one in tree.nearest(37.55, -77.46, 3_000)[0].tolist() if one % 7 == 0][:20]
    assert some[found].tolist() == among


def test_no_points_and_one_point() -> None:
    none = SpatialTree(np.array([]), np.array([]))
    assert [len(one) for one in none.nearest(0.0, 0.0, 5)] == [0, 0]
    one = SpatialTree(np.array([13.45]), np.array([144.75]))
    assert [found.tolist() for found in one.nearest(13.45, 144.75, 1)] == [[0], [0.0]]


@given(points, points)
def test_one_distance_is_as_those_of_many(here: tuple[float, float], there: tuple[float, float]) -> None:
    assert geodesics_from(*here)(*there)[0] == distance(here, there)


def test_eight_directions() -> None:
    around = {"north": (1, 0), "north_east": (1, 1), "east": (0, 1), "south_east": (-1, 1), "south": (-1, 0)}
    around |= {"south_west": (-1, -1), "west": (0, -1), "north_west": (1, -1)}
    for name, (north, east) in around.items():
        _metres, azimuth = geodesics_from(10.0, 179.99)(10.0 + north, (179.99 + east + 180) % 360 - 180)
        assert direction(azimuth) == name


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


# ---- drawn areas


def polygon(*ring: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(at) for at in ring]]}


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return polygon((west, south), (east, south), (east, north), (west, north), (west, south))


@given(
    west=st.floats(-180, 180), wide=st.floats(0.1, 170), south=st.floats(-90, 80), high=st.floats(0.1, 90),
    latitude=st.floats(-90, 90), longitude=st.floats(-180, 180),
)  # fmt: skip
def test_a_box_covers_what_lies_between_its_sides_over_180_degrees_too(
    west: float, wide: float, south: float, high: float, latitude: float, longitude: float
) -> None:
    north, east = min(90.0, south + high), west + wide
    drawn = Area(read_area("box", box(west, south, east - 360 if east > 180 else east, north)).geojson)
    inside = (longitude - west) % 360
    # Where a side is but rounding away, either answer is right.
    assume(min(abs(inside - wide), inside, 360 - inside) > 1e-6)
    assume(min(abs(latitude - south), abs(latitude - north)) > 1e-6)
    assert drawn.covers(latitude, longitude) == (inside < wide and south < latitude < north)
    assert drawn.covers(latitude, -180) == drawn.covers(latitude, 180)


@given(corners=st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=3, max_size=9))
def test_any_outline_is_an_area_or_refused_and_what_is_kept_reads_the_same(corners: list[tuple[float, float]]) -> None:
    with suppress(DirectoryRefused):
        kept = read_area("drawn", polygon(*corners, corners[0])).geojson
        assert kept["type"] == "MultiPolygon"
        flat = [at for one in kept["coordinates"] for ring in one for at in ring]
        assert all(-180 <= longitude <= 180 and -90 <= latitude <= 90 for longitude, latitude in flat)
        longitudes = [longitude for longitude, _ in flat]
        # An edge of more than half a turn is read as the short way round.
        assume(max(longitudes) - min(longitudes) <= 180)
        again = read_area("kept", kept)
        assert not again.mended
        drawn = [Area(one) for one in (kept, again.geojson)]
        for latitude, longitude in itertools.product(range(-90, 91, 15), range(-180, 181, 30)):
            first, second = (one.covers(latitude, longitude) for one in drawn)
            assert first == second


@pytest.mark.parametrize("sign", [1, -1])
def test_a_ring_round_a_pole_holds_it(sign: int) -> None:
    ring = polygon(*((float(x), 60.0 * sign) for x in (0, 90, 180, -90, 0)))
    drawn = read_area("cap", ring)
    assert drawn.mended
    area = Area(drawn.geojson)
    assert all(area.covers(latitude * sign, x) for latitude in (61, 89, 90) for x in range(-180, 181, 15))
    assert not any(area.covers(latitude * sign, x) for latitude in (59, 0, -90) for x in range(-180, 181, 15))


def test_holes_features_and_a_frame_round_the_map() -> None:
    hole = [[180.0, 51.0], [-175.0, 51.0], [-175.0, 52.0], [180.0, 52.0], [180.0, 51.0]]
    aleutians = box(172, 50, -160, 56)
    aleutians["coordinates"].append(hole)
    whole = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": aleutians},
        {"type": "Feature", "geometry": {"type": "MultiPolygon", "coordinates": [box(-78, 37, -77, 38)["coordinates"]]}},
    ]}  # fmt: skip
    area = Area(read_area("two", whole).geojson)
    assert [area.covers(*at) for at in ((53, 175), (53, -170), (37.5, -77.5))] == [True] * 3
    assert [area.covers(*at) for at in ((51.5, -177), (53, 170), (53, -150), (37.5, 77.5))] == [False] * 4
    # What ends at 180 degrees has that edge by either name.
    assert Area(box(-180, 50, -170, 60)).covers(55, 180)
    assert not Area(box(-179, 50, -170, 60)).covers(55, 180)
    world = read_area("world", box(-180, -90, 180, 90))
    assert not world.mended
    assert all(Area(world.geojson).covers(y, x) for y in (-90, 0, 90) for x in (-180, 0, 180))
