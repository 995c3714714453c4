"""Every answer equals brute force: who, in which order, on which rung, how far; ties, weeks and radii included."""

from __future__ import annotations

import datetime as dt
import random
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import pytest
from sqlalchemy import Connection, Engine

from finder.db.catalogue import Catalogue
from finder.db.dialect import open_engine
from finder.db.reference import zip_points
from finder.search.answer import search
from finder.search.index import Index, Unit
from finder.search.listings import Details
from finder.search.query import GROUPS, RADII, SearchQuery
from finder.search.results import Match, SearchResults
from tests.conftest import Databases, load_index
from tests.search.made_up import DAY_ONE, MadeUp
from tests.search.oracle import Answer, Line, Oracle

LOCATED = sorted(code for code, point in zip_points().items() if point.latitude is not None)


@dataclass
class Ready:
    """A directory in force with its oracle; `near` are ZIP codes of its places, `seen` counts what questions met."""

    index: Index
    oracle: Oracle
    connection: Connection
    near: list[str]
    seen: Counter[str]


def ready(engine: Engine, connection: Connection) -> Ready:
    index = load_index(engine)
    places = index.snapshot.columns["place_row"].tolist()
    near = {place.zip_code for place in Details(connection, index).locations(places).values()} & set(LOCATED)
    return Ready(index, Oracle(engine), connection, sorted(near), Counter())


def question(draw: random.Random, ready: Ready) -> tuple[SearchQuery, dt.date]:
    query = SearchQuery(
        zip=draw.choice(draw.choice((LOCATED, ready.near))),
        condition=draw.choice((None, *ready.oracle.conditions, *ready.oracle.conditions)),
        age=draw.choice((None, None, None, 0, 4, 15, 16, 40, 70)),
        group=draw.choice(("first", "first", "all", *GROUPS)),
        radius=draw.choice((*map(float, RADII), None)),
        stage=draw.choice(("", "", "now", "treated")),
        limit=draw.choice((1, 5, 10, 10, 50)),
        offset=draw.choice((0, 0, 0, 1, 10, 40, 150)),
        unit=draw.choice(get_args(Unit)),
    )
    return query, DAY_ONE + dt.timedelta(days=draw.choice((-14, -1, 0, 3, 7, 20, 34)))


def shown(match: Match) -> Line:
    return Line(
        match.role.public_id if match.role else match.location.public_id,
        match.standing.rung if match.standing else 0,
        match.distance_m,
    )


def said(results: SearchResults) -> Answer:
    lists = {one.name: (one.total, [shown(match) for match in one.matches]) for one in results.lists}
    emergency = [shown(match) for match in results.emergency_departments]
    return Answer(results.radius_miles, results.within_asked, lists, emergency)


def compare(ready: Ready, query: SearchQuery, today: dt.date) -> None:
    results = search(ready.index, ready.connection, query, today)
    expected = ready.oracle.answer(query, today)
    assert said(results) == expected, (query, today)
    assert results.widened == (expected.radius != query.radius)
    lines = [line for _total, page in expected.lists.values() for line in page]
    ready.seen["questions"] += 1
    ready.seen["lines"] += len(lines)
    ready.seen["ties"] += len(lines) - len({line.distance_m for line in lines})
    ready.seen["widened"] += results.widened
    ready.seen["emergency"] += bool(expected.emergency)
    ready.seen["full"] += any(total == 200 for total, _page in expected.lists.values())
    if query.condition and ready.oracle.catalogue.conditions[query.condition].level_first:
        ready.seen["level first"] += all(expected.lists.get(name, (0, []))[1] for name in ("declared", "usual"))


@pytest.fixture(scope="module")
def demo(shared_demo: Engine) -> Iterator[Ready]:
    with shared_demo.connect() as connection:
        yield ready(shared_demo, connection)


@pytest.fixture(scope="module")
def crowded(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    """Two sources that share people by NPI, some 3,000 roles round 150 ZIP codes."""
    engine = open_engine(databases.fresh(demo=True))
    folder = tmp_path_factory.mktemp("made-up")
    with engine.connect() as connection:
        catalogue = Catalogue.read(connection)
    MadeUp(catalogue, 1, places=500, people=1300, spread=120).load(engine, folder, "alpha", priority=10)
    MadeUp(catalogue, 2, places=80, people=200, spread=30).load(engine, folder, "beta", priority=20)
    with engine.connect() as connection:
        yield ready(engine, connection)
    engine.dispose()


def test_random_questions_of_the_demo(demo: Ready) -> None:
    draw = random.Random(20261122)
    for _ in range(1200):
        compare(demo, *question(draw, demo))
    assert demo.seen["ties"] > 500
    assert min(demo.seen[name] for name in ("level first", "widened", "emergency")) > 50


def test_random_questions_of_a_crowded_directory(crowded: Ready) -> None:
    draw = random.Random(20261123)
    for _ in range(800):
        compare(crowded, *question(draw, crowded))
    assert crowded.seen["ties"] > 2000
    assert min(crowded.seen[name] for name in ("level first", "widened", "emergency", "full")) > 30


def test_pages_joined_are_the_whole_list(crowded: Ready) -> None:
    """Paging neither repeats nor drops anyone, though many are equally far."""
    day = DAY_ONE
    for zip_code in crowded.near[:3]:
        pages = [
            search(
                crowded.index, crowded.connection, SearchQuery(zip_code, group="all", limit=7, offset=n), day
            ).main.matches
            for n in range(0, 150, 7)
        ]
        lines = [shown(match) for page in pages for match in page]
        whole = crowded.oracle.ordered(
            (zip_points()[zip_code].latitude, zip_points()[zip_code].longitude), "people", None, (), (), day
        )
        assert lines == [line for line in whole if line.distance_m <= 50 * 1609.344][: len(lines)]
        assert len({match.practitioner.public_id for page in pages for match in page}) == len(lines)


def test_a_radius_ends_where_it_says(demo: Ready) -> None:
    """A micrometre inside counts, a micrometre outside does not."""
    here = zip_points()["23220"]
    whole = demo.oracle.ordered((here.latitude, here.longitude), "people", None, (), (), DAY_ONE)
    distances = [line.distance_m for line in whole[:150]]
    for metres in distances[:100:7]:
        for margin, count in ((1e-6, bisect_right(distances, metres)), (-1e-6, bisect_left(distances, metres))):
            query = SearchQuery("23220", radius=(metres + margin) / 1609.344)
            assert search(demo.index, demo.connection, query, DAY_ONE).within_asked == count


def test_equal_distances_rotate_each_week_and_only_then(crowded: Ready) -> None:
    """At one crowded point the order is another one in another week, and the same all through a week."""
    zip_code = crowded.near[0]

    def order(day: dt.date) -> list[str]:
        query = SearchQuery(zip_code, unit="places", radius=None, limit=50)
        matches = search(crowded.index, crowded.connection, query, day).main.matches
        (nearest, _count), *_ = Counter(one.distance_m for one in matches).most_common(1)
        return [one.location.public_id for one in matches if one.distance_m == nearest]

    monday = dt.date(2027, 6, 7)
    orders = [order(monday + dt.timedelta(days=n)) for n in range(14)]
    assert len(orders[0]) > 2
    assert all(one == orders[0] for one in orders[:7])
    assert all(one == orders[7] for one in orders[7:])
    assert orders[0] != orders[7]
    assert sorted(orders[0]) == sorted(orders[7])
