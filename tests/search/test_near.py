"""The patient's own point: never read more exactly than it may be sent, and refused kindly where it is no use."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.db.reference import zip_points
from finder.db.zip_table import Exactness
from finder.errors import QuestionError
from finder.formats.wording import wording
from finder.geo import geodesic_m
from finder.search.origin import resolve_origin
from finder.search.query import SearchQuery


def parsed(near: str) -> str:
    return SearchQuery.parse({"near": [near]}, "people").near


# A stretch of the middle of the country, no point of which is far from a ZIP code.
@given(st.floats(33, 48), st.floats(-116, -84))
def test_what_is_measured_from_is_what_was_sent_and_no_finer(latitude: float, longitude: float) -> None:
    sent = f"{latitude:.2f},{longitude:.2f}"
    origin = resolve_origin("", parsed(sent))
    assert origin.point == tuple(map(float, sent.split(",")))
    assert origin.exactness is Exactness.POINT
    with pytest.raises(QuestionError) as finer:
        parsed(f"{latitude:.3f},{longitude:.3f}")
    assert finer.value.code == "parameter_malformed"


@pytest.mark.parametrize(
    "sent", ["37.551,-77.46", "37.55", "37.55,", ",", "37.55 -77.46", "37,55,-77,46", "91,0", "0,181", "nan,nan",
             "1e1,2", "+37.55,-77.46", "\u0663\u0667.55,-77.46", "37.55,-77.46,1", "37.,-77.", "23220"],
)  # fmt: skip
def test_what_is_no_point_is_refused_by_name(sent: str) -> None:
    with pytest.raises(QuestionError) as refused:
        parsed(sent)
    assert (refused.value.code, refused.value.params["name"]) == ("parameter_malformed", "near")


@pytest.mark.parametrize("sent", ["48.85,2.35", "19.43,-99.13", "0,0", "-33.87,151.21", "90,0"])
def test_a_point_elsewhere_is_refused_with_what_to_type(sent: str) -> None:
    with pytest.raises(QuestionError) as refused:
        resolve_origin("", parsed(sent))
    assert refused.value.code == "near_outside"
    assert "23220" in wording("en").error(refused.value)


@pytest.mark.parametrize(
    ("sent", "state"),
    [("37.55,-77.46", "VA"), ("69.5,-152", "AK"), ("51.88, -176.65", "AK"), ("13.45,144.79", "GU"), ("18.22,-66.5", "PR"), ("-14.3,-170.7", "AS")],
)  # fmt: skip
def test_state_county_and_clock_are_those_of_the_nearest_zip_code(sent: str, state: str) -> None:
    origin = resolve_origin("", parsed(sent))
    assert origin.state == state
    assert origin.time_zone
    point = zip_points()[origin.near]
    assert (origin.city, origin.county, origin.time_zone) == (point.city, point.county, point.time_zone)


def test_the_nearest_zip_code_is_the_nearest() -> None:
    """Held against a look at every one."""
    points = [one for one in zip_points().values() if one.is_area and one.latitude is not None]
    lats, lons = ([getattr(one, name) for one in points] for name in ("latitude", "longitude"))
    for latitude, longitude in [
        (37.55, -77.46),
        (69.5, -152.0),
        (40.71, -74.0),
        (13.4, 144.8),
        (51.9, 179.9),
        (-14.3, 179),
    ]:
        metres = geodesic_m(latitude, longitude, np.array(lats), np.array(lons))
        found, away = zip_points().nearest_area(latitude, longitude)
        assert math.isclose(away, float(metres.min()), abs_tol=0.01)
        assert found.latitude is not None


def test_what_is_typed_goes_before_the_point() -> None:
    assert resolve_origin("99723", "37.55,-77.46").zip_code == "99723"
    assert resolve_origin("Roanoke, VA", "37.55,-77.46").city == "Roanoke"


def test_it_says_how_exactly_it_knows() -> None:
    origin = resolve_origin("", "37.55,-77.46")
    assert wording("en").origin(origin) == (
        "Miles are in a straight line from where you are, near Richmond, VA. We know that only to about a mile."
    )
    assert "con una milla de margen" in wording("es").origin(origin)
    assert origin.name == "Richmond, VA"
