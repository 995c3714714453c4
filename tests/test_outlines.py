"""Outlines for drawing: compiled as shipped, true to scale, and land where the independent outlines have land."""

from __future__ import annotations

import math
import threading
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from geopy.distance import geodesic
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from shapely import distance, points, union_all
from shapely.geometry import Point, Polygon

from finder.db.reference import COUNTIES_FILE, DATA, OUTLINES_FILE, STATES, borders, state_outlines, zip_points
from finder.geo import METRES_PER_MILE, Borders, Drawn, View, compile_outlines, may_show_abroad

MARGIN = 4
FIPS = {code: fips for code, (fips, _name) in STATES.items()}
# Everywhere that is unlike the rest: islands, both sides of 180 degrees, the far north, a coast of many bays.
ZIPS = ("23220", "10001", "21401", "33040", "98101", "99546", "99723", "99801", "96813", "96913", "00901", "00802", "81212")  # fmt: skip
views = st.builds(
    lambda code, miles, x, y: View(*point(code), miles * METRES_PER_MILE / 190, x, y, 400, 420),
    st.sampled_from(ZIPS), st.sampled_from((5.0, 10.0, 50.0, 100.0, 300.0)), st.integers(40, 360), st.integers(40, 380),
)  # fmt: skip


def point(code: str) -> tuple[float, float]:
    found = zip_points()[code]
    assert found.latitude is not None
    assert found.longitude is not None
    return found.latitude, found.longitude


def view_of(code: str, miles: float) -> View:
    return View(*point(code), miles * METRES_PER_MILE / 190, 200, 206, 400, 420)


def drawn(view: View) -> Drawn:
    return borders().drawn(view, 700, 1300.0)


def test_what_is_shipped_is_what_the_counties_give() -> None:
    """Else run scripts/build_outlines."""
    assert compile_outlines(DATA / COUNTIES_FILE) == (DATA / OUTLINES_FILE).read_bytes()


@given(views, st.floats(-90, 90), st.floats(-180, 180))
@example(View(51.88, 179.9, 400.0, 200, 206, 400, 420), 51.9, -179.9)
@example(View(71.29, -156.79, 400.0, 200, 206, 400, 420), 89.9, 20.0)
def test_a_pixel_lies_as_far_from_the_middle_as_an_independent_library_says(
    view: View, latitude: float, longitude: float
) -> None:
    (x, y), *_ = view.pixels(np.array([latitude]), np.array([longitude])).tolist()
    metres = geodesic((view.latitude, view.longitude), (latitude, longitude)).m
    assert math.hypot(x - view.x, y - view.y) * view.metres == pytest.approx(metres, abs=0.01)


@given(views, st.floats(0.05, 0.4), st.integers(0, 3))
def test_north_is_up_and_east_is_right(view: View, step: float, way: int) -> None:
    north, east = ((1, 0), (0, 1), (-1, 0), (0, -1))[way]
    ((x, y),) = view.pixels(np.array([view.latitude + north * step]), np.array([view.longitude + east * step])).tolist()
    assert (x - view.x) * east >= -1e-6
    assert (view.y - y) * north >= -1e-6
    across, up = abs(x - view.x), abs(y - view.y)
    assert (up > across) == bool(north)


@given(views)
def test_all_that_is_drawn_lies_in_the_frame_or_just_beside_it(view: View) -> None:
    found = drawn(view)
    for line in (*found.land, *found.states, *found.counties):
        assert all(isinstance(x, int) and isinstance(y, int) for x, y in line)
        assert all(-MARGIN <= x <= view.width + MARGIN and -MARGIN <= y <= view.height + MARGIN for x, y in line)
        assert all(one != following for one, following in pairwise(line))
        assert len(line) > 1
    # Ends of lines stay, and what is clipped adds some.
    assert sum(map(len, (*found.land, *found.states, *found.counties))) < 1_400


@settings(max_examples=40)
@given(views)
def test_people_live_on_the_land_that_is_drawn(view: View) -> None:
    """Middles of ZIP codes that the outlines of states, another file by another reader, have inside."""
    lats, lons = people()
    pixels = view.pixels(lats, lons)
    seen = ((pixels > 0) & (pixels < (view.width, view.height))).all(axis=1)
    assume(seen.any())
    land = union_all([Polygon(ring).buffer(0) for ring in drawn(view).land])
    off = distance(land, points(pixels[seen])) > max(3.0, 700 / view.metres)
    # Islands of fewer than four square pixels are not drawn.
    assert off.sum() <= 0.01 * len(off)


@cache
def people() -> tuple[np.ndarray, np.ndarray]:
    """Return the latitudes and longitudes of ZIP codes that lie inside their states' outlines."""
    some = [one for one in zip_points().values() if one.is_area and one.state in FIPS]
    lats, lons = np.array([one.latitude for one in some]), np.array([one.longitude for one in some])
    inside = state_outlines().contain([FIPS[one.state] for one in some], lats, lons)
    return lats[inside], lons[inside]


@pytest.mark.parametrize("code", ZIPS)
def test_the_sea_is_no_land(code: str) -> None:
    """Points that the outlines of states have well outside of all states."""
    view = view_of(code, 50)
    land = union_all([Polygon(ring).buffer(0) for ring in drawn(view).land])
    spread = np.linspace(-0.6, 0.6, 9)
    lats, lons = (
        one.ravel() for one in np.meshgrid(view.latitude + spread, view.longitude + spread / math.cos(math.radians(view.latitude)))
    )  # fmt: skip
    wet = np.ones(len(lats), np.bool_)
    for fips in (fips for code, (fips, _name) in STATES.items() if code not in ("FM", "MH", "PW")):
        wet &= ~state_outlines().contain([fips] * len(lats), lats, lons, margin_m=1500.0)
    pixels = view.pixels(lats[wet], lons[wet])
    seen = pixels[((pixels > 0) & (pixels < (view.width, view.height))).all(axis=1)]
    assert not any(land.contains(Point(*one)) for one in seen.tolist())


def test_both_sides_of_180_degrees_are_drawn() -> None:
    """Attu and Semisopochnoi lie west of 180 degrees, Adak east of it."""
    view = View(51.88, 180.0, 2_000.0, 200, 206, 400, 420)
    sides = {sum(x for x, _y in ring) / len(ring) > view.x for ring in drawn(view).land}
    assert sides == {True, False}
    for longitude in (-179.99, 179.99):
        assert len(drawn(view._replace(longitude=longitude)).land) >= 4


@pytest.mark.parametrize("code", ["23220", "81212"])
def test_far_inland_all_is_land(code: str) -> None:
    view = view_of(code, 5)
    (ring,) = drawn(view).land
    assert Polygon(ring).contains(Polygon([(0, 0), (view.width, 0), (view.width, view.height), (0, view.height)]))


def test_lines_of_counties_are_left_out_where_they_would_be_too_many() -> None:
    assert drawn(view_of("23220", 50)).counties
    assert not drawn(view_of("23220", 1500)).counties
    assert drawn(view_of("23220", 1500)).states


@pytest.mark.parametrize(
    ("code", "miles", "abroad"),
    [
        ("23220", 50, False), ("60601", 50, False), ("04101", 50, False), ("96813", 300, False), ("96913", 100, False),
        ("00901", 30, False), ("99546", 100, False), ("99709", 50, False), ("98101", 25, False),
        ("48201", 10, True), ("14201", 10, True), ("92101", 25, True), ("79901", 10, True), ("98225", 50, True),
        ("44101", 50, True), ("99762", 200, True), ("00802", 10, True), ("56649", 25, True), ("04619", 25, True),
        ("78520", 25, True), ("33040", 100, True), ("23220", 3000, True),
    ],
)  # fmt: skip
def test_water_is_said_only_where_no_land_of_others_can_be(code: str, miles: float, abroad: bool) -> None:
    assert may_show_abroad(view_of(code, miles)) is abroad


def test_states_are_found_by_their_points() -> None:
    places = {"23220": 51, "96813": 15, "96913": 66, "99723": 2, "00901": 72, "20001": 11, "98101": 53}
    lats, lons = (np.array(one) for one in zip(*map(point, places), strict=True))
    assert borders().states_at(lats, lons).tolist() == list(places.values())
    assert borders().states_at(np.array([30.0]), np.array([-50.0])).tolist() == [0]


def test_one_thread_reads_and_all_draw_the_same() -> None:
    own, view, found = Borders(DATA / OUTLINES_FILE), view_of("21401", 50), []
    threads = [threading.Thread(target=lambda: found.append(own.drawn(view, 700, 1300.0))) for _ in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 16
    assert all(one == found[0] for one in found)
    assert own.bytes < 3_000_000
    assert borders() is borders()
