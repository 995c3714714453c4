"""The picture of where: true to scale, nothing overlapping, everyone numbered once, and the same in words."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from geopy.distance import distance as by_geopy
from geopy.distance import geodesic
from hypothesis import example, given, settings
from hypothesis import strategies as st

from finder.db.directory import PositionKind
from finder.db.reference import zip_points
from finder.formats.picture import Picture, picture, places_picture
from finder.formats.picture.ground import Grounds, drawn
from finder.formats.picture.pins import numbers
from finder.formats.wording import LANGUAGES, wording
from finder.geo import METRES_PER_MILE, View
from finder.search.results import Match, SearchResults
from tests.formats.drawn import Seen, Somewhere, answer, listed, overlapping
from tests.formats.test_listing_words import a_place

EN, ES = wording("en"), wording("es")
HOSTILE = """<script>alert("&'x')</script>"""
ZIPS = ("23220", "10001", "59244", "98101", "33040", "96813", "96913", "99546", "99723", "00802", "96799")
# How far and in which direction: crowds at one spot, rings around it, and strays.
steps = st.tuples(st.sampled_from((0.0, 0.4, 1.0, 3.0, 12.0, 40.0, 49.0)) | st.floats(0, 49.9), st.floats(0, 360))
strays = st.tuples(st.floats(0, 6000), st.floats(0, 360))
radii = st.sampled_from((10.0, 25.0, 50.0, 100.0))


def away(zip_code: str, miles: float, bearing: float) -> tuple[float, float]:
    point = zip_points()[zip_code]
    there = by_geopy(miles=miles).destination((point.latitude, point.longitude), bearing)
    # As fine as positions are kept: those of one place are the same.
    return round(there.latitude, 4), round((there.longitude + 180) % 360 - 180, 4)


@st.composite
def answers(draw: st.DrawFn) -> SearchResults:
    """Answers of a circle, and of any distance; with people who share a place, and places known by ZIP code alone."""
    zip_code, wide = draw(st.sampled_from(ZIPS)), draw(st.booleans())
    radius = None if wide else draw(radii)
    found = []
    for key, (miles, bearing) in enumerate(draw(st.lists(strays if wide else steps, min_size=1, max_size=16))):
        there = away(zip_code, min(miles, (radius or 1e9) * 0.999), bearing)
        kind = draw(st.sampled_from((PositionKind.GIVEN, PositionKind.GIVEN, PositionKind.ZIP)))
        city = draw(st.sampled_from(("Ashby", "Brook", "")))
        found += [Somewhere(str(key), *there, city, kind)] * draw(st.sampled_from((1, 1, 1, 2, 7)))
    return answer(zip_code, radius, found[:50])


def made(results: SearchResults, language: str = "en") -> Picture:
    found = picture(results, wording(language))
    assert found is not None
    return found


def metres_a_pixel(results: SearchResults, seen: Seen) -> float | None:
    """Return the scale, by the circle that was searched or a ring with its miles written beside it."""
    known = re.findall(r"(\d+) miles?", " ".join(text for text, _box in seen.words))
    miles = sorted({int(one) for one in known})
    return miles[-1] * METRES_PER_MILE / max(seen.rings) if miles and seen.rings else None


@settings(max_examples=60)
@given(answers())
@example(
    answer("96913", None, [Somewhere("1", 71.29, -156.79), Somewhere("2", 18.4, -66.1), Somewhere("3", -14.3, -170.7)])
)
@example(answer("99546", 100.0, [Somewhere("1", 51.95, 179.9), Somewhere("2", 51.9, -177.0)]))
@example(answer("23220", 50.0, [Somewhere(str(n), 37.55, -77.45) for n in range(50)]))
@example(answer("23220", 50.0, [Somewhere(str(n), 37.55 + n * 0.0004, -77.45) for n in range(50)]))
@example(answer("23220", 50.0, [Somewhere(str(n % 2), 37.55 + n % 2 * 0.3, -77.45) for n in range(50)]))
def test_everyone_is_numbered_once_and_no_number_covers_another(results: SearchResults) -> None:
    seen = Seen(made(results))
    assert sorted(rank for pill in seen.pills for rank in seen.ranks_in(pill)) == [one.rank for one in listed(results)]
    assert not overlapping(seen.pills)
    assert not overlapping([box for _text, box in seen.words])
    # Numbers never stand over the miles of a circle or the name of a town, nor anything beyond the edge.
    assert not [1 for pill in seen.pills for _text, box in seen.words if pill.touches(box)]
    for box in (*seen.pills, *(box for _text, box in (*seen.words, *seen.numbers))):
        assert box.inside(seen.size)
    for text, box in seen.numbers:
        assert [pill for pill in seen.pills if box.inside(pill)], text


@settings(max_examples=60)
@given(answers())
def test_each_dot_is_where_an_independent_library_says(results: SearchResults) -> None:
    """How far from the mark by the miles written on a ring, to a pixel; every number's line leads to its own dot."""
    seen = Seen(made(results))
    assert seen.mark is not None
    scale = metres_a_pixel(results, seen)
    for pill in seen.pills:
        x, y = seen.dot_of(pill)
        assert seen.size.holds(x, y)
        there = [one for one in listed(results) if one.rank in seen.ranks_in(pill)]
        assert len({(one.location.latitude, one.location.longitude) for one in there}) == 1
        if seen.dots.count((x, y)) == 1:
            assert ((x, y) in seen.rough) == all(one.location.position_kind is PositionKind.ZIP for one in there)
        if scale:
            metres = geodesic(results.origin.point, (there[0].location.latitude, there[0].location.longitude)).m
            assert math.hypot(x - seen.mark[0], y - seen.mark[1]) == pytest.approx(metres / scale, abs=1)


@pytest.mark.parametrize("miles", [10, 25, 50, 100])
@pytest.mark.parametrize("code", ZIPS)
def test_the_circle_is_that_of_the_search_and_half_of_it_is_dashed(code: str, miles: int) -> None:
    edge = away(code, miles * 0.999, 70)
    results = answer(code, float(miles), [Somewhere("1", *edge)])
    seen = Seen(made(results))
    (searched,) = [radius for radius, whole in seen.rings.items() if whole]
    x, y = seen.dot_of(seen.pills[0])
    assert seen.mark is not None
    assert math.hypot(x - seen.mark[0], y - seen.mark[1]) == pytest.approx(searched, abs=1)
    dashed = [radius for radius, whole in seen.rings.items() if not whole]
    half = {10: 5, 25: 10, 50: 25, 100: 50}[miles]
    assert dashed == [pytest.approx(searched * half / miles, abs=0.1)]
    assert {f"{miles} miles", f"{half} miles"} <= {text for text, _box in seen.words}


def test_where_all_are_close_the_picture_is_taken_from_nearer_and_says_so() -> None:
    results = answer(
        "23220", 50.0, [Somewhere(str(n), *away("23220", 2 + n / 2, n * 36), "Richmond") for n in range(10)]
    )
    found = made(results)
    assert not any(Seen(found).rings.values())
    assert {"5 miles", "2 miles"} <= {text for text, _box in Seen(found).words}
    assert "All of this map is inside the 50 miles we searched." in found.caption
    assert "Todo este mapa está dentro de las 50 millas que buscamos." in made(results, "es").caption


def test_with_any_distance_the_frame_follows_the_farthest() -> None:
    """The circle that was asked for stays, however small it has become."""
    results = answer("59244", None, [Somewhere("1", *away("59244", 140, 10)), Somewhere("2", *away("59244", 400, 90))])
    found = made(results)
    seen = Seen(found)
    assert [whole for whole in seen.rings.values() if whole] == [True]
    assert found.caption.startswith("The circle is 50 miles. Number 1 is to the north")
    anywhere = Seen(made(replace(results, query=replace(results.query, radius=None))))
    assert anywhere.rings
    assert not any(anywhere.rings.values())


def test_numbers_of_one_place_share_a_pill() -> None:
    assert numbers((2, 3)) == ("2\u00b73",)
    assert numbers((4, 5, 6, 7)) == ("4\u20137",)
    assert numbers((1, 3, 4, 5, 9)) == ("1\u00b73\u20135\u00b79",)
    assert numbers((1, 3, 5, 7)) == ("1\u00b73\u00b75", "7")


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_written_and_never_markup(language: str) -> None:
    results = answer("23220", 50.0, [Somewhere("1", 37.7, -77.4, HOSTILE)])
    hostile = replace(results, origin=replace(results.origin, zip_code="", city=HOSTILE, state="<b>"))
    seen = Seen(made(hostile, language))
    assert HOSTILE in seen.title
    assert {one.tag for one in seen.root.iter()} <= {"svg", "title", "g", "path", "circle", "rect", "text", "clipPath", "defs", "use"}  # fmt: skip
    places = places_picture(HOSTILE, [a_place(name=HOSTILE)], wording(language))
    assert places is not None
    assert HOSTILE in Seen(places).title
    assert HOSTILE in places.caption


@given(answers())
@settings(max_examples=30)
def test_nothing_in_it_needs_a_style_a_script_or_a_link(results: SearchResults) -> None:
    for one in Seen(made(results)).root.iter():
        assert not {"style", "onload", "onclick", "fill", "stroke"} & set(one.attrib)
        assert all(value.startswith("#map-") for name, value in one.attrib.items() if name.endswith("href"))
        assert one.tag != "a"


@pytest.mark.parametrize("code", [*ZIPS, "21401", "23180", "22428", "08348", "32501"])
def test_a_picture_of_a_fifty_mile_circle_is_small(code: str) -> None:
    some = [Somewhere(str(n), *away(code, 46 + n / 3, n * 36 + 5)) for n in range(10)]
    assert len(made(answer(code, 50.0, some)).svg.encode()) <= 6_000


@given(answers())
@settings(max_examples=60)
def test_the_caption_says_what_is_true(results: SearchResults) -> None:
    matches, caption = listed(results), made(results).caption
    words = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
    counts = "|".join([*words, *(one.capitalize() for one in words), r"[\d,]+"])

    def number(text: str) -> int:
        return words.get(text.lower()) or int(text.replace(",", ""))

    within = re.search(rf"(?:({counts}) of the|All) ({counts}) are within ([\d,]+) miles", caption)
    named = [
        int(one)
        for found in re.findall(r"Numbers? ((?:\d+(?:, | and |, and )?)+) (?:is|are)", caption)
        for one in re.findall(r"\d+", found)
    ]
    near = [one for one in matches if one.rank not in named]
    assert len(named) == len(set(named))
    if within:
        assert number(within[2]) == len(matches)
        assert number(within[1] or within[2]) == len(near)
        assert max(one.distance_m for one in near) <= number(within[3]) * METRES_PER_MILE
    else:
        assert not near
    circle = re.search(r"The circle is (\d+) mile", caption)
    if circle:
        assert max(one.distance_m for one in matches) > int(circle[1]) * METRES_PER_MILE
    some = re.search(rf"({counts}) of them are to the ([a-z-]+)\.", caption)
    if some:
        towards = some[2].replace("-", "_")
        assert number(some[1]) == sum(one.direction == towards for one in near)
    assert ("An open dot" in caption) == any(one.location.position_kind is PositionKind.ZIP for one in matches)
    in_town = re.search(r"miles, in ([A-Z]\w+)\.", caption)
    if in_town:
        assert {one.location.city for one in near} == {in_town[1]}


def test_captions_in_both_languages() -> None:
    some = [
        Somewhere(str(n), *away("23220", 1 + n * 1.9, n * 50), "Richmond" if n < 6 else "Ashland") for n in range(8)
    ]
    some += [Somewhere("9", *away("23220", 44, 45), "Bowling Green"), Somewhere("10", *away("23220", 47, 90))]
    results = answer("23220", 50.0, some)
    assert made(results).caption == (
        "Eight of the ten are within 15 miles, in and around Richmond. "
        "Number 9 is to the north-east, in Bowling Green. Number 10 is to the east, in Somewhere."
    )
    assert made(results, "es").caption == (
        "Ocho de los diez están a 15 millas o menos, en Richmond y sus alrededores. "
        "El número 9 está al noreste, en Bowling Green. El número 10 está al este, en Somewhere."
    )
    assert made(results).title == "Map: 10 places around 23220. The numbers match the list."
    assert made(results, "es").title == "Mapa: 10 lugares alrededor de 23220. Los números son los de la lista."
    two = answer(
        "23220",
        50.0,
        [Somewhere("1", *away("23220", 40, 90), "Toano"), Somewhere("1", *away("23220", 40, 90), "Toano")],
    )
    assert made(two).caption == "Numbers 1 and 2 are to the east, in Toano."
    assert made(two, "es").caption == "Los números 1 y 2 están al este, en Toano."


def test_where_nobody_is_listed_there_is_no_picture() -> None:
    empty = answer("23220", 50.0, [])
    assert picture(empty, EN) is None
    nowhere = Match(1, 0.0, a_place(latitude=None, longitude=None, position_kind=PositionKind.NONE))
    lists = (replace(empty.lists[0], matches=(nowhere,)), *empty.lists[1:])
    assert picture(replace(empty, lists=lists), EN) is None
    assert places_picture("Fern", [nowhere.location], EN) is None
    # Emergency rooms have a list of their own, with numbers of their own.
    assert picture(replace(empty, emergency_departments=(Match(1, 5.0, a_place()),)), EN) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_places_of_a_person_are_numbered_in_their_order(language: str) -> None:
    places = [
        a_place(public_id="place:t:1", name="Fern", latitude=51.95, longitude=179.9, city="Amchitka"),
        a_place(public_id="place:t:2", name="Nowhere", latitude=None, longitude=None, position_kind=PositionKind.NONE, city=""),
        a_place(public_id="place:t:3", name="Moss", latitude=51.88, longitude=-176.6, city="Adak", position_kind=PositionKind.ZIP),
    ]  # fmt: skip
    found = places_picture("Odalys Wrenfeather", places, wording(language))
    assert found is not None
    seen = Seen(found)
    assert [seen.ranks_in(pill) for pill in seen.pills] == [[1], [3]]
    assert seen.dot_of(seen.pills[0])[0] < seen.dot_of(seen.pills[1])[0]
    assert len(seen.rough) == 1
    assert seen.mark is None
    assert all(one in found.caption for one in ("Fern", "Moss", "Adak"))
    assert "Odalys Wrenfeather" in found.title
    one = places_picture("Fern", places[:1], EN)
    assert one is not None
    assert one.title == "Map: 1 place of Fern"


def test_grounds_are_kept_up_to_so_many_bytes_and_know_no_zip_code() -> None:
    kept = Grounds(most_bytes=60_000)
    views = [View(37.55 + n / 50, -77.46, 424.0, 200, 206, 400, 420) for n in range(12)]
    first = kept.of(views[0])
    assert kept.of(views[0]._replace(latitude=views[0].latitude + 0.0001)) is first
    for view in views:
        kept.of(view)
    assert 0 < kept.bytes <= 200_000
    assert kept.bytes == sum(one.bytes for one in kept._kept.values())
    assert all(type(one) is View for one in kept._kept)
    assert kept.of(views[0]) is not first
    assert kept.of(views[0]) == first == drawn(views[0])


def test_the_same_answer_is_drawn_the_same() -> None:
    results = answer("23220", 50.0, [Somewhere(str(n), *away("23220", n * 3, n * 70)) for n in range(16)])
    assert {made(results).svg for _ in range(3)} == {made(results).svg}
