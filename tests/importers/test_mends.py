"""Mends: what spreadsheets do to ZIP codes and positions is put right only where the row proves it."""

from __future__ import annotations

from typing import Any

import pytest
from geopy.distance import geodesic
from hypothesis import assume, given
from hypothesis import strategies as st

from finder.db.datasets import Outcome
from finder.db.reference import STATES, is_military, zip_points
from finder.errors import CODES
from finder.importers import mends
from finder.importers.cells import CellError

RICHMOND = (37.5497, -77.4604)
ON_MAP = [point for point in zip_points().values() if point.latitude is not None and point.longitude is not None]
Told = list[tuple[str, str, Outcome | None, dict[str, Any]]]


def read_zip(text: str, state: str) -> tuple[str, str, list[str]]:
    """Return the five and four digits, and the codes of what was told."""
    read = mends.zip_code(text, state)
    return read.five, read.four, [code for code, _params in read.told]


def read_position(
    latitude: float, longitude: float, zip_code: str = "23220", state: str = "VA"
) -> tuple[tuple[float, float] | None, Told]:
    told: Told = []

    def tell(code: str, column: str, _value: str, *, outcome: Outcome | None = None, **params: Any) -> None:
        told.append((code, column, outcome, params))

    return mends.position(latitude, longitude, zip_code, state, tell), told


@pytest.mark.parametrize(
    ("text", "state", "five", "four", "told"),
    [
        ("23220", "VA", "23220", "", []),
        ("23220-9137", "VA", "23220", "9137", []),
        ("23220\u20139137", "VA", "23220", "9137", []),
        ("232209137", "VA", "23220", "9137", ["zip_text_mended"]),
        (" '02115", "MA", "02115", "", ["zip_text_mended"]),
        ('="02115"', "MA", "02115", "", ["zip_text_mended"]),
        ("2115", "MA", "02115", "", ["zip_zero_restored"]),
        ("2115.0", "MA", "02115", "", ["zip_decimal_dropped"]),
        ("23220.0", "VA", "23220", "", ["zip_decimal_dropped"]),
        ("372030000.0", "TN", "37203", "0000", ["zip_decimal_dropped"]),
        ("41023134", "ME", "04102", "3134", ["zip_zero_restored"]),
        ("2115-1234", "MA", "02115", "1234", ["zip_zero_restored"]),
        ("501", "NY", "00501", "", ["zip_zero_restored"]),
        ("907", "PR", "00907", "", ["zip_zero_restored"]),
        ("9071234", "PR", "00907", "1234", ["zip_zero_restored"]),
        ("23220", "NC", "23220", "", ["zip_other_state"]),
        ("00000", "VA", "00000", "", ["zip_cell_unknown"]),
        ("09012", "VA", "09012", "", []),
    ],
)
def test_zip_cells(text: str, state: str, five: str, four: str, told: list[str]) -> None:
    assert read_zip(text, state) == (five, four, told)
    for code, params in mends.zip_code(text, state).told:
        if CODES[code].kind == "mend":
            assert params == {"mended": f"{five}-{four}" if four else five}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("2115", "VA"), ("2115", "NH"), ("41023134", "MA"), ("907", "VI"), ("3220", "VA"), ("12", "NY"),
        ("123456", "VA"), ("23220-913", "VA"), ("2322O", "VA"), ("\u0662\u0663\u0662\u0662\u0660", "VA"), ("K1A 0B1", "VA"), ("", "VA"),
        ("23220.5", "VA"), ("2.322E4", "VA"), ("-23220", "VA"), ("23220\n23221", "VA"), ("23_220", "VA"),
    ],
)  # fmt: skip
def test_a_zip_that_nothing_proves_is_refused(text: str, state: str) -> None:
    with pytest.raises(CellError, match="zip_cell_malformed"):
        read_zip(text, state)


@pytest.mark.parametrize("state", sorted(STATES))
def test_lost_zeros_come_back_in_their_own_state_and_nowhere_else(state: str) -> None:
    """All ZIP codes that begin with 0, each beside every state, with and without four more digits."""
    checked = 0
    for zip_code, point in zip_points().items():
        stripped = zip_code.lstrip("0")
        if len(stripped) == 5 or len(stripped) < 3:
            continue
        if point.state != state:
            with pytest.raises(CellError):
                mends.zip_code(stripped, state)
            continue
        for text, four in (
            (stripped, ""),
            (f"{stripped}1234", "1234"),
            (f"{stripped}-1234", "1234"),
            (f"{stripped}.0", ""),
        ):
            code = "zip_decimal_dropped" if text.endswith(".0") else "zip_zero_restored"
            assert read_zip(text, state) == (zip_code, four, [code])
        checked += 1
    assert checked == sum(point.state == state and zip_code < "10000" for zip_code, point in zip_points().items())


def test_whole_zip_codes_are_never_changed() -> None:
    for zip_code, point in zip_points().items():
        assert read_zip(zip_code, point.state) == (zip_code, "", [])
        assert read_zip(f"{zip_code}-0000", point.state) == (zip_code, "0000", [])


@given(
    st.text(max_size=12) | st.from_regex(r"[0-9]{0,10}[.\-][0-9]{0,5}", fullmatch=True), st.sampled_from(sorted(STATES))
)
def test_any_zip_cell_is_read_or_refused(text: str, state: str) -> None:
    try:
        five, four, told = read_zip(text, state)
    except CellError:
        return
    assert five.isascii()
    assert (five + four).isdigit()
    assert (len(five), len(four)) in ((5, 0), (5, 4))
    assert all(CODES[code].kind in ("mend", "note") for code in told)


def test_a_good_position_is_taken_without_a_word() -> None:
    assert read_position(*RICHMOND) == (RICHMOND, [])


def test_the_gulf_of_guinea_is_no_position() -> None:
    assert read_position(0.0, 0.0) == (None, [("position_zero", "latitude", Outcome.LEFT_OUT, {})])
    assert read_position(0.0, -0.0)[0] is None


@given(st.sampled_from(ON_MAP), st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_a_lost_sign_and_a_swapped_pair_come_back_wherever_the_zip_proves_it(
    point: Any, north: float, east: float
) -> None:
    latitude, longitude = round(point.latitude + north, 6), round(point.longitude + east, 6)
    there = (point.latitude, point.longitude)
    assume(geodesic((latitude, longitude), there).miles < 24.9)
    found, told = read_position(latitude, -longitude, point.zip_code, point.state)
    assert (found, told[0][:2]) == ((latitude, longitude), ("longitude_sign_restored", "longitude"))
    assert float(told[0][3]["mended"]) == longitude
    for swapped in ((longitude, latitude), (-longitude, latitude)):
        found, told = read_position(*swapped, point.zip_code, point.state)
        assert found == (latitude, longitude)
        assert [code for code, *_rest in told] == ["position_swapped"]
        assert [float(part) for part in told[0][3]["mended"].split(", ")] == [latitude, longitude]


@given(st.sampled_from(ON_MAP), st.floats(-90, 90), st.floats(-180, 180))
def test_no_position_is_invented(point: Any, latitude: float, longitude: float) -> None:
    """What comes out is what went in, turned or not; a turned one is near its ZIP code, and a near one is kept."""
    found, told = read_position(latitude, longitude, point.zip_code, point.state)
    codes = {code for code, *_rest in told}
    given_ = {(latitude, longitude), (latitude, -longitude), (longitude, latitude), (longitude, -latitude)}
    assert found is None or found in given_
    if codes & {"longitude_sign_restored", "position_swapped"}:
        assert found is not None
        assert geodesic(found, (point.latitude, point.longitude)).miles <= 25.001
    near = geodesic((latitude, longitude), (point.latitude, point.longitude)).miles <= 24.99
    if near and (latitude or longitude):
        assert found == (latitude, longitude)


def test_a_minus_is_not_invented() -> None:
    # Guam lies in the east: its longitude is right without one.
    assert read_position(13.47, 144.75, "96910", "GU") == ((13.47, 144.75), [])
    # Without a ZIP code that lies anywhere nothing is proved.
    found, told = read_position(RICHMOND[0], -RICHMOND[1], "00000")
    assert found == (RICHMOND[0], -RICHMOND[1])
    assert [code for code, *_rest in told] == ["position_outside_state"]


def test_a_position_that_both_zip_and_state_deny_is_left_out() -> None:
    found, told = read_position(40.0, 100.0)
    assert found is None
    ((code, column, outcome, params),) = told
    assert (code, column, outcome) == ("position_wrong", "latitude", Outcome.LEFT_OUT)
    assert (params["zip_code"], params["state"]) == ("23220", "VA")
    assert params["miles"] == pytest.approx(geodesic((40.0, 100.0), RICHMOND).miles, abs=5)


def test_far_is_more_than_25_miles() -> None:
    def told(latitude: float) -> Told:
        found, told = read_position(latitude, RICHMOND[1])
        assert found == (latitude, RICHMOND[1])
        return told

    # A degree of latitude is 69 miles here.
    assert told(RICHMOND[0] + 24 / 69) == []
    ((code, _column, outcome, params),) = told(RICHMOND[0] + 27 / 69)
    assert (code, outcome, params["zip_code"]) == ("position_far_from_zip", None, "23220")
    assert 25 < params["miles"] < 29


@pytest.mark.parametrize(
    ("latitude", "longitude", "code", "column"),
    [
        (90.01, -77.4, "latitude_out_of_range", "latitude"),
        (37.5, -180.01, "longitude_out_of_range", "longitude"),
        (-95.0, 37.5, "latitude_out_of_range", "latitude"),
        (999999.0, 999999.0, "latitude_out_of_range", "latitude"),
    ],
)
def test_positions_on_no_map_are_left_out(latitude: float, longitude: float, code: str, column: str) -> None:
    assert read_position(latitude, longitude) == (None, [(code, column, Outcome.LEFT_OUT, {})])


@pytest.mark.parametrize("state", sorted(STATES))
def test_every_state_and_territory_takes_its_own_zip_codes(state: str) -> None:
    """Also those whose outlines are not shipped. A few ZIP codes lie outside the state of their post office."""
    own = [point for point in ON_MAP if point.state == state]
    sample = own[:: max(1, len(own) // 5)]
    answers = [read_position(point.latitude, point.longitude, point.zip_code, state) for point in sample]  # type: ignore[arg-type]
    assert [found for found, _ in answers] == [(point.latitude, point.longitude) for point in sample]
    odd = [told for _, told in answers if told]
    assert len(odd) <= 1
    assert all(code == "position_outside_state" for told in odd for code, *_rest in told)
    # Nor is any of them far from its state, but for Wake Island, whose mail goes by Hawaii.
    assert [point.zip_code for point in own if mends.far_from_state(point.zip_code, state)] == (
        ["96898"] if state == "HI" else []
    )


def test_far_from_a_state_is_what_no_border_explains() -> None:
    assert mends.far_from_state("55110", "ME")
    assert not mends.far_from_state("24201", "TN")  # Bristol, Virginia, is across the street from Bristol, Tennessee
    assert not mends.far_from_state("00000", "ME")
    assert is_military("09012")
    assert not mends.far_from_state("09012", "ME")


@given(st.lists(st.tuples(st.sampled_from(ON_MAP), st.floats(-0.6, 0.6), st.floats(-180, 180) | st.just(0.0), st.sampled_from(sorted(STATES)), st.booleans()), max_size=30))  # fmt: skip
def test_who_needs_no_closer_look_has_nothing_to_be_told(rows: list[tuple[Any, float, float, str, bool]]) -> None:
    """The quick look at many rows passes none of which the slow look at one would have something to say."""
    columns: tuple[list[float], list[float], list[str], list[str]] = ([], [], [], [])
    for point, north, east, state, own in rows:
        values = (point.latitude + north, point.longitude + east, point.zip_code, point.state if own else state)
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    settled = mends.settled(*columns)
    for certain, latitude, longitude, zip_code, state in zip(settled, *columns, strict=True):
        if certain:
            assert read_position(latitude, longitude, zip_code, state) == ((latitude, longitude), [])
