"""The walk against every row measured: order, ties, who is counted within a radius, at the poles and 180 degrees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.search import nearest
from tests.search.walks import Rows, bare, rows_at

# A grid so coarse that many points lie equally far, on both sides of 180 degrees and at the poles; and anywhere.
coarse = st.tuples(st.integers(-6, 6).map(lambda n: n * 15.0), st.integers(-12, 12).map(lambda n: n * 15.0))
anywhere = st.tuples(st.floats(-90, 90), st.floats(-180, 180)) | coarse
POINTS = st.lists(coarse | anywhere, unique=True, min_size=1, max_size=60)


def rows_of(some: list[tuple[float, float]], seed: int) -> Rows:
    lat, lon = (np.array(axis, float) for axis in zip(*some, strict=True))
    return rows_at(lat, lon, np.random.default_rng(seed), 2.0)


@given(POINTS, anywhere, st.integers(0, 99), st.integers(1, 200))
def test_the_first_equal_brute_force(
    some: list[tuple[float, float]], here: tuple[float, float], seed: int, k: int
) -> None:
    rows = rows_of(some, seed)
    assert bare(rows.walk(here).first(k)) == rows.brute(here)[:k]


@given(POINTS, anywhere, st.integers(0, 99), st.integers(1, 20), st.data())
def test_the_first_of_some_equal_brute_force(
    some: list[tuple[float, float]], here: tuple[float, float], seed: int, k: int, data: st.DataObject
) -> None:
    rows = rows_of(some, seed)
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows.points), max_size=len(rows.points))))
    out = data.draw(st.sets(st.sampled_from(sorted(set(rows.subjects.tolist())))))
    share = max(float(kept.mean()), 0.001)
    expected = [one for one in rows.brute(here, np.flatnonzero(kept)) if one[1] not in out]
    assert bare(rows.walk(here, lambda numbers: kept[numbers], share).first(k, out)) == expected[:k]


@given(POINTS, anywhere, st.integers(0, 99), st.floats(0, 2.1e7), st.integers(1, 100), st.data())
def test_whoever_is_within_a_radius_is_counted(
    some: list[tuple[float, float]], here: tuple[float, float], seed: int, metres: float, most: int, data: st.DataObject
) -> None:
    rows = rows_of(some, seed)
    whole = rows.brute(here)
    # A radius that ends exactly where someone is has them within.
    radius = data.draw(st.sampled_from((None, metres, *(one[2] for one in whole))))
    near = {subject for _row, subject, far in whole if radius is None or far <= radius}
    found = rows.walk(here).within(radius, most)
    assert len(found) == len(set(found)) == min(len(near), most)
    assert set(found) <= near


def test_a_walk_goes_on_from_what_it_has() -> None:
    draw = np.random.default_rng(1)
    rows = rows_at(draw.uniform(30, 40, 5_000), draw.uniform(-90, -80, 5_000), draw, 2.5)
    walk, whole = rows.walk((35.0, -85.0)), rows.brute((35.0, -85.0))
    assert bare(walk.first(3)) == whole[:3]
    assert len(walk.within(50_000.0, 200)) == min(200, sum(far <= 50_000 for _row, _subject, far in whole))
    assert bare(walk.first(200)) == whole[:200]
    assert bare(walk.first(10, {whole[0][1]})) == whole[1:11]


def test_a_walk_measures_only_a_handful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest ten of many are proved by few exact distances, and counted by fewer."""
    measured: list[int] = []

    def counting(latitude: float, longitude: float) -> object:
        exact = nearest_ways(latitude, longitude)
        return lambda *there: (measured.append(1), exact(*there))[1]

    nearest_ways = nearest.geodesics_from
    monkeypatch.setattr(nearest, "geodesics_from", counting)
    draw = np.random.default_rng(2)
    rows = rows_at(draw.uniform(30, 40, 20_000), draw.uniform(-90, -80, 20_000), draw, 2.5)
    rows.walk((35.0, -85.0)).first(10)
    assert 1 <= len(measured) < 15


def test_nobody_and_one() -> None:
    one = rows_at(np.array([13.45]), np.array([144.75]), np.random.default_rng(0), 1.0)
    assert bare(one.walk((13.45, 144.75)).first(5)) == [(0, int(one.subjects[0]), 0.0)]
    assert one.walk((13.45, 144.75)).first(0) == []
    assert one.walk((13.45, 144.75), lambda rows: np.zeros(len(rows), bool), 0.001).first(5) == []
    assert one.walk((13.45, -35.25)).within(1_000.0, 10) == []
