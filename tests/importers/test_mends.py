"""Mends: what spreadsheets do to ZIP codes and positions is put right only where the row proves it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.db.reference import STATES, zip_points
from finder.errors import CODES
from finder.importers import mends
from finder.importers.cells import CellError

RICHMOND = (37.5497, -77.4604)
Told = list[tuple[str, dict[str, Any]]]


def read_zip(text: str, state: str) -> tuple[tuple[str, str], list[str]]:
    """Return the five and four digits, and the codes of what was told."""
    told: list[str] = []
    return mends.zip_code(text, state, lambda code, *_cell, **_params: told.append(code)), told


def read_position(
    latitude: float | None, longitude: float | None, zip_code: str = "23220", state: str = "VA"
) -> tuple[tuple[float, float] | None, Told]:
    told: Told = []
    found = mends.position(
        latitude, longitude, zip_code, state, lambda code, *_cell, **params: told.append((code, params))
    )
    return found, told


@pytest.mark.parametrize(
    ("text", "state", "digits", "told"),
    [
        ("23220", "VA", ("23220", ""), []),
        ("23220-9137", "VA", ("23220", "9137"), []),
        ("23220\u20139137", "VA", ("23220", "9137"), []),
        ("232209137", "VA", ("23220", "9137"), []),
        (" '02115", "MA", ("02115", ""), []),
        ('="02115"', "MA", ("02115", ""), []),
        ("2115", "MA", ("02115", ""), ["zip_zero_restored"]),
        ("2115.0", "MA", ("02115", ""), ["zip_decimal_dropped", "zip_zero_restored"]),
        ("23220.0", "VA", ("23220", ""), ["zip_decimal_dropped"]),
        ("41023134", "ME", ("04102", "3134"), ["zip_zero_restored"]),
        ("2115-1234", "MA", ("02115", "1234"), ["zip_zero_restored"]),
        ("501", "NY", ("00501", ""), ["zip_zero_restored"]),
        ("907", "PR", ("00907", ""), ["zip_zero_restored"]),
        ("23220", "NC", ("23220", ""), ["zip_other_state"]),
        ("00000", "VA", ("00000", ""), ["zip_cell_unknown"]),
        ("09012", "VA", ("09012", ""), []),
    ],
)
def test_zip_cells(text: str, state: str, digits: tuple[str, str], told: list[str]) -> None:
    assert read_zip(text, state) == (digits, told)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("2115", "VA"), ("2115", "NH"), ("41023134", "MA"), ("907", "VI"), ("3220", "VA"), ("12", "NY"),
        ("123456", "VA"), ("23220-913", "VA"), ("2322O", "VA"), ("\u0662\u0663\u0662\u0662\u0660", "VA"), ("K1A 0B1", "VA"), ("", "VA"),
        ("23220.5", "VA"), ("2.322E4", "VA"), ("-23220", "VA"), ("23220\n23221", "VA"),
    ],
)  # fmt: skip
def test_a_zip_that_nothing_proves_is_refused(text: str, state: str) -> None:
    with pytest.raises(CellError, match="zip_cell_malformed"):
        read_zip(text, state)


@given(st.sampled_from(sorted(zip_points())), st.sampled_from(sorted(STATES)))
def test_zeros_come_back_in_their_own_state_and_nowhere_else(zip_code: str, state: str) -> None:
    stripped = zip_code.lstrip("0")
    if len(stripped) == 5 or len(stripped) < 3:
        return
    own = zip_points()[zip_code].state
    assert read_zip(stripped, own) == ((zip_code, ""), ["zip_zero_restored"])
    if state != own:
        with pytest.raises(CellError):
            read_zip(stripped, state)


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{0,10}[.\-][0-9]{0,5}", fullmatch=True))
def test_any_zip_cell_is_read_or_refused(text: str) -> None:
    try:
        (five, four), told = read_zip(text, "MA")
    except CellError:
        return
    assert five.isascii()
    assert len(five) == 5
    assert len(four) in (0, 4)
    assert all(CODES[code].kind in ("mend", "note") for code in told)


def test_a_good_position_is_taken_without_a_word() -> None:
    assert read_position(*RICHMOND) == (RICHMOND, [])
    assert read_position(None, None) == (None, [])


def test_a_lost_minus_comes_back_where_the_zip_proves_it() -> None:
    assert read_position(RICHMOND[0], -RICHMOND[1]) == (
        RICHMOND, [("longitude_sign_restored", {"mended": str(RICHMOND[1])})],
    )  # fmt: skip


def test_a_minus_is_not_invented() -> None:
    # Guam lies in the east: its longitude is right without one.
    assert read_position(13.47, 144.75, "96910", "GU") == ((13.47, 144.75), [])
    # Elsewhere than its ZIP with either sign: kept, and told of.
    found, told = read_position(40.0, 100.0)
    assert found == (40.0, 100.0)
    assert [code for code, _ in told] == ["position_far_from_zip", "position_outside_state"]
    # Without a ZIP code that lies anywhere nothing is proved.
    found, told = read_position(RICHMOND[0], -RICHMOND[1], "00000")
    assert found == (RICHMOND[0], -RICHMOND[1])
    assert [code for code, _ in told] == ["position_outside_state"]


def test_swapped_degrees_are_not_guessed() -> None:
    with pytest.raises(CellError, match="latitude_out_of_range"):
        read_position(-95.0, 37.5)
    found, told = read_position(RICHMOND[1], RICHMOND[0])
    assert found == (RICHMOND[1], RICHMOND[0])
    assert "position_far_from_zip" in [code for code, _ in told]


def test_far_is_more_than_25_miles() -> None:
    def miles(latitude: float) -> list[tuple[str, dict[str, Any]]]:
        return read_position(latitude, RICHMOND[1])[1]

    # A degree of latitude is 69 miles here.
    assert miles(RICHMOND[0] + 24 / 69) == []
    ((code, params),) = miles(RICHMOND[0] + 27 / 69)
    assert code == "position_far_from_zip"
    assert params["zip_code"] == "23220"
    assert 25 < params["miles"] < 29


@pytest.mark.parametrize(
    ("latitude", "longitude", "code"),
    [
        (37.5, None, "position_half"),
        (None, -77.4, "position_half"),
        (0.0, 0.0, "position_zero"),
        (90.01, -77.4, "latitude_out_of_range"),
        (37.5, -180.01, "longitude_out_of_range"),
    ],
)
def test_positions_that_are_none(latitude: float | None, longitude: float | None, code: str) -> None:
    with pytest.raises(CellError, match=code):
        read_position(latitude, longitude)


@pytest.mark.parametrize("state", sorted(STATES))
def test_every_state_and_territory_takes_its_own_zip_codes(state: str) -> None:
    """Also those whose outlines are not shipped. A few ZIP codes lie outside the state of their post office."""
    own = [point for point in zip_points().values() if point.state == state and point.latitude is not None]
    sample = own[:: max(1, len(own) // 5)]
    answers = [read_position(point.latitude, point.longitude, point.zip_code, state) for point in sample]
    assert [found for found, _ in answers] == [(point.latitude, point.longitude) for point in sample]
    odd = [told for _, told in answers if told]
    assert len(odd) <= 1
    assert all(code == "position_outside_state" for told in odd for code, _ in told)
