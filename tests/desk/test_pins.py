"""Pins from what people paste: every way of writing a place says the same place, and nothing else is taken for one."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.desk.pins import look_at, parse_pin
from finder.errors import DeskRefused
from finder.formats.picture.pin_map import ACROSS, HEIGHT, WIDTH, view_of

# In the lower 48 states, so that every way is tried with a place that is taken.
LATITUDES, LONGITUDES = st.floats(36.0, 41.0), st.floats(-104.0, -90.0)


CODES = ("a place", "pin_unread", "pin_short_link", "pin_outside")


def place_or_code(text: str) -> str:
    try:
        latitude, longitude = parse_pin(text)
    except DeskRefused as refused:
        return refused.code
    return "a place" if abs(latitude) <= 90 >= abs(longitude) / 2 else f"{latitude}, {longitude}"


def dms(value: float, places: int = 4) -> tuple[int, int, float]:
    seconds = round(abs(value) * 3600, places)
    return int(seconds // 3600), int(seconds % 3600 // 60), round(seconds % 60, places)


def ways(lat: float, lon: float) -> list[str]:
    """Return the ways in which maps and people write a place."""
    a, b = f"{lat:.7f}", f"{lon:.7f}"
    (d, m, s), (e, n, t) = dms(lat), dms(lon)
    commas = a.replace(".", ","), b.replace(".", ",")
    return [
        f"{a}, {b}", f"{a} {b}", f"{a},{b}", f" ({a}; {b}) ", f"{a}\u00a0{b.replace('-', chr(0x2212))}",
        f"{commas[0]}; {commas[1]}", f"{commas[0]} {commas[1]}", f"{commas[0]}, {commas[1]}",
        f"{a} N, {b[1:]} W", f"N{a} W{b[1:]}", f"{a}° N {b[1:]}° W", f"{b[1:]}W {a}N", f"{a}n {b[1:]}o",
        f"{d}°{m}'{s:.4f}\"N {e}°{n}'{t:.4f}\"W", f"{d}° {m}\u2032 {s:.4f}\u2033 N, {e}° {n}\u2032 {t:.4f}\u2033 W",
        f"{d} {m} {s:.4f} N {e} {n} {t:.4f} W", f"N {d} {m} {s:.4f}, W {e} {n} {t:.4f}",
        f"{d} {m + s / 60:.7f} N {e} {n + t / 60:.7f} W" if m + s / 60 < 59.99 and n + t / 60 < 59.99 else f"{a},{b}",
        f"geo:{a},{b}", f"geo:{a},{b};u=10?z=12", f"geo:0,0?q={a},{b}(Hip%20Clinic)",
        f"https://www.google.com/maps/@{a},{b},17z", f"https://www.google.com/maps/@{a},{b},17z/data=!3m1!1e3",
        f"https://www.google.com/maps/place/Hip+Clinic/@1.5,-2.5,17z/data=!3m1!4b1!4m6!3m5!1s0x0:0x1!8m2!3d{a}!4d{b}!16s%2Fg",
        f"https://www.google.com/maps/place/{a},{b}", f"https://www.google.com/maps/search/{a},+{b}?entry=tts",
        f"https://maps.google.com/?q={a},{b}&z=3", f"maps.google.com/maps?q=loc:{a},{b}",
        f"https://www.google.com/maps?ll={a},{b}&z=12", f"https://www.google.com/maps/search/?api=1&query={quote(f'{a},{b}')}",
        f"https://www.google.com/maps/dir/?api=1&destination={a},{b}", f"https://maps.apple.com/?ll={a},{b}&q=Hip",
        f"https://maps.apple.com/place?coordinate={a},{b}&name=Hip", f"https://www.bing.com/maps?cp={a}~{b}&lvl=12",
        f"https://www.openstreetmap.org/#map=18/{a}/{b}", f"https://www.openstreetmap.org/node/1#map=18/{a}/{b}&layers=N",
        f"https://www.openstreetmap.org/?mlat={a}&mlon={b}#map=5/1.5/-2.5",
    ]  # fmt: skip


@given(LATITUDES, LONGITUDES)
def test_every_way_of_writing_a_place_says_it(latitude: float, longitude: float) -> None:
    for text in ways(latitude, longitude):
        found = parse_pin(text)
        assert found == pytest.approx((latitude, longitude), abs=2e-7), text


@given(st.text(max_size=300))
def test_any_text_is_a_place_or_refused(text: str) -> None:
    assert place_or_code(text) in CODES


@given(st.text(alphabet="0123456789.,;-+ NSEW°'\"@!=&?/#:dgqlmap", max_size=80))
def test_any_text_like_one_is_a_place_or_refused(text: str) -> None:
    for whole in (text, f"https://www.google.com/maps/{text}", f"geo:{text}"):
        assert place_or_code(whole) in CODES


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "pin_unread"), ("Main Street 5, Richmond", "pin_unread"), ("37.55", "pin_unread"), ("1" * 3000, "pin_unread"),
        ("https://www.google.com/maps/place/Hip+Clinic", "pin_unread"), ("javascript:alert(1)", "pin_unread"),
        ("37.55, -77.46<script>", "pin_unread"), ("\u0663\u0667.5, -77", "pin_unread"), ("37°61'N 77°27'W", "pin_unread"),
        ("37 N, 77 N", "pin_unread"), ("-37 N, 77 W", "pin_unread"),
        ("https://maps.app.goo.gl/x8Yz", "pin_short_link"), ("https://goo.gl/maps/x8Yz", "pin_short_link"),
        ("48.8566, 2.3522", "pin_outside"), ("45.5, -73.6", "pin_outside"), ("0, 0", "pin_outside"),
        ("137.5, -77.4", "pin_outside"), ("37.55, 77.46", "pin_outside"), ("30.0, -60.0", "pin_outside"),
    ],
)  # fmt: skip
def test_what_is_no_place_of_ours(text: str, code: str) -> None:
    with pytest.raises(DeskRefused) as refused:
        parse_pin(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "text", ["18.4655, -66.1057", "13.4443, 144.7937", "61.2181, -149.9003", "21.3069, -157.8583", "-14.2781, -170.7025", "18.3419, -64.9307", "24.5551, -81.78"]
)  # fmt: skip
def test_territories_and_islands_are_of_the_country(text: str) -> None:
    assert json.dumps(list(parse_pin(text)))


def test_what_is_doubtful_about_a_pin_is_told() -> None:
    near = look_at((37.55, -77.46), (37.56, -77.46), "23220", "VA")
    assert near.from_old_miles == pytest.approx(0.69, abs=0.01)
    assert (near.from_zip_miles or 9) < 1
    assert (near.far_from_zip, near.outside_state) == (False, False)
    far = look_at((38.9, -77.03), None, "23220", "VA")
    assert (far.from_old_miles, far.far_from_zip) == (None, True)
    assert look_at((39.95, -75.16), None, "23220", "VA").outside_state


@given(LATITUDES, LONGITUDES, st.sampled_from(ACROSS), st.integers(0, WIDTH), st.integers(0, HEIGHT))
def test_a_pixel_of_the_map_is_the_place_that_is_drawn_there(
    latitude: float, longitude: float, across: int, x: int, y: int
) -> None:
    import numpy as np

    view = view_of(latitude, longitude, across)
    there = view.point(x, y)
    assert view.pixels(np.array([there[0]]), np.array([there[1]]))[0] == pytest.approx((x, y), abs=1e-4)
