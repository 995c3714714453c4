"""Every answer equals brute force: who, in which order, on which rung, how far; ties, weeks and radii included."""

from __future__ import annotations

import datetime as dt
import random
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import get_args

import pytest
from sqlalchemy import Connection, Engine

from finder.db.catalogue import Catalogue
from finder.db.dialect import open_engine
from finder.db.reference import zip_points
from finder.errors import ListingMissing
from finder.search.answer import listing, search
from finder.search.filters import Unit, Wanted
from finder.search.index import Index
from finder.search.listings import Details
from finder.search.organizations import Host
from finder.search.query import GROUPS, RADII, SearchQuery
from finder.search.results import LocationListing, Match, PractitionerListing, PractitionerView, SearchResults
from finder.search.treats import Rung
from tests.conftest import Databases, load_index
from tests.search.in_bulk import Bulk
from tests.search.made_up import DAY_ONE, MadeUp
from tests.search.oracle import Answer, Line, Oracle

# The made-up sources, and their seeds. Beta is believed most; gamma as much as alpha, which came first.
SEEDS = {"alpha": 1, "beta": 2, "gamma": 4}
FACTS = {
    "new_patients": ("yes",), "referral": ("no",), "telehealth": ("yes",), "gender": ("woman", "man"),
    "language": ("es", "fr"), "phone_language": ("es", "vi"), "interpreter": ("yes",), "step_free": ("yes",), "walk_in": ("yes",),
    "plan": ("Medicare", "Blue Plan"), "organization": ("alder-health", "cedar-care"),
    "specialty": ("207X00000X", "225100000X"),
}  # fmt: skip
LOCATED = sorted(code for code, point in zip_points().items() if point.latitude is not None)


@dataclass
class Ready:
    """A directory in force with its oracle; `near` are ZIP codes of its places, `seen` counts what questions met.

    `own` are the organizations that may be the finder's own.
    """

    index: Index
    oracle: Oracle
    connection: Connection
    near: list[str]
    seen: Counter[str]
    own: list[str]


def ready(engine: Engine, connection: Connection) -> Ready:
    index = load_index(engine)
    places = index.snapshot.columns["place_row"].tolist()
    near = {place.zip_code for place in Details(connection, index).locations(places).values()} & set(LOCATED)
    return Ready(index, Oracle(engine), connection, sorted(near), Counter(), sorted(index.organizations.names))


def question(draw: random.Random, ready: Ready) -> tuple[SearchQuery, dt.date, Host]:
    facts = {name: draw.choice(values) for name, values in FACTS.items() if draw.random() < 0.12}
    procedures = list(ready.oracle.catalogue.entries["procedure"])
    query = SearchQuery(
        procedure=draw.choice(procedures) if draw.random() < 0.15 else None,
        sort=draw.choice(("", "", "", "distance")),
        **facts,
        zip=draw.choice(draw.choice((LOCATED, ready.near))),
        condition=draw.choice((None, *ready.oracle.conditions, *ready.oracle.conditions)),
        age=draw.choice((None, None, None, 0, 4, 15, 16, 40, 70)),
        group=draw.choice(("first", "first", "all", *GROUPS)),
        radius=draw.choice((*map(float, RADII), None)),
        radius_given=draw.random() < 0.6,
        stage=draw.choice(("", "", "now", "treated")),
        limit=draw.choice((1, 10, 50, 50, 50)),
        offset=draw.choice((0, 0, 0, 1, 10, 40, 150)),
        unit=draw.choice(get_args(Unit)),
    )
    host = Host(draw.choice(ready.own), draw.choice(("all", "all", "first", "only")))
    return query, DAY_ONE + dt.timedelta(days=draw.choice((-14, -1, 0, 3, 7, 20, 34))), host


def shown(match: Match) -> Line:
    return Line(
        match.role.public_id if match.role else match.location.public_id,
        match.standing.rung if match.standing else 0,
        match.distance_m,
    )


def said(results: SearchResults) -> Answer:
    lists = {one.name: (one.total, [shown(match) for match in one.matches]) for one in results.lists}
    emergency = [shown(match) for match in results.emergency_departments]
    stated = {one.name: [one.stated, one.not_stated] for one in results.lists if one.stated is not None}
    video = [shown(match) for match in results.by_video]
    own = {one.name: [one.own, one.others] for one in results.lists if one.own is not None}
    return Answer(results.radius_miles, results.within_asked, lists, emergency, stated, video, own)


def told(person: PractitionerView, names: Collection[str]) -> dict[str, object]:
    facts = {name: getattr(person, name) for name in names}
    return {name: list(one) if isinstance(one, tuple) else getattr(one, "value", one) for name, one in facts.items()}


def filled_by_another(person: PractitionerView) -> bool:
    """Return whether their fellowship, which ends with the seed of the source that stated it, is not their source's."""
    return person.source in SEEDS and person.fellowship[-1:] not in ("", str(SEEDS[person.source]))


def compare(ready: Ready, query: SearchQuery, today: dt.date, host: Host) -> None:
    results = search(ready.index, ready.connection, query, today, host)
    expected = ready.oracle.answer(query, today, **{host.own: host.organization} if host.own != "all" else {})
    assert said(results) == expected, (query, today, host)
    assert results.widened == (expected.radius != results.query.radius)
    ready.seen["wide"] += results.started_wide
    ready.seen["own first"] += any(own and others for own, others in expected.own.values())
    ready.seen["own only"] += host.own == "only" and bool(results.main.matches)
    lines = [line for _total, page in expected.lists.values() for line in page]
    for match in (match for one in results.lists for match in one.matches if match.practitioner):
        facts = ready.oracle.facts[match.practitioner.public_id]
        assert told(match.practitioner, facts) == facts, match.practitioner.public_id
        ready.seen["filled"] += filled_by_another(match.practitioner)
    ready.seen["questions"] += 1
    ready.seen["procedures"] += query.procedure is not None
    ready.seen["video"] += bool(expected.by_video)
    ready.seen["stated"] += any(yes and not_said for yes, not_said in expected.stated.values())
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
    """Three sources that share people by NPI, some 3,000 roles round 150 ZIP codes."""
    engine = open_engine(databases.fresh(demo=True))
    folder = tmp_path_factory.mktemp("made-up")
    with engine.connect() as connection:
        catalogue = Catalogue.read(connection)
    MadeUp(catalogue, SEEDS["alpha"], places=500, people=1300, spread=120).load(engine, folder, "alpha", priority=10)
    MadeUp(catalogue, SEEDS["beta"], places=80, people=200, spread=30).load(engine, folder, "beta", priority=20)
    MadeUp(catalogue, SEEDS["gamma"], places=40, people=150, spread=20).load(engine, folder, "gamma", priority=10)
    with engine.connect() as connection:
        yield ready(engine, connection)
    engine.dispose()


def test_random_questions_of_the_demo(demo: Ready) -> None:
    draw = random.Random(20261122)
    for _ in range(1200):
        compare(demo, *question(draw, demo))
    assert demo.seen["ties"] > 500
    assert min(demo.seen[name] for name in ("level first", "widened", "emergency", "procedures", "wide")) > 50


def test_random_questions_of_a_crowded_directory(crowded: Ready) -> None:
    draw = random.Random(20261123)
    for _ in range(800):
        compare(crowded, *question(draw, crowded))
    assert crowded.seen["ties"] > 2000
    names = "level first", "widened", "emergency", "full", "filled", "procedures", "stated", "video", "wide"
    assert min(crowded.seen[name] for name in (*names, "own first", "own only")) > 30


def test_pages_show_who_is_listed_and_what_all_sources_say_of_them(crowded: Ready) -> None:
    """With every place of theirs, those without a position too; and nobody whom the source above hides today."""
    roles: dict[str, dict[str, bool]] = {}
    staff: dict[str, set[str]] = {one.id: set() for one in crowded.oracle.everywhere}
    for role in crowded.oracle.everyone:
        today = role.listed[0] <= DAY_ONE.toordinal() <= role.listed[1]
        roles.setdefault(role.person_id, {})[role.id] = today
        if today:
            staff[role.place.id].add(role.person_id)
    missing, fillers = 0, Counter[tuple[str, str]]()
    # Everyone whom more than one source can name, and some of the others.
    for person_id in [one for number, one in enumerate(roles) if one.startswith("npi:") or number % 10 == 0][::2]:
        listed = {one for one, today in roles[person_id].items() if today}
        if not listed:
            missing += 1
            with pytest.raises(ListingMissing):
                listing(crowded.index, crowded.connection, person_id, DAY_ONE)
            continue
        page = listing(crowded.index, crowded.connection, person_id, DAY_ONE)
        assert isinstance(page, PractitionerListing)
        assert {one.public_id for one in page.roles} == listed
        facts = crowded.oracle.facts[person_id]
        assert told(page.practitioner, facts) == facts
        fillers[page.practitioner.source, page.practitioner.fellowship[-1:]] += 1
    assert missing > 5
    assert all(fillers[pair] for pair in (("beta", "1"), ("beta", "4"), ("alpha", "4")))
    assert not any(fillers[pair] for pair in (("alpha", "2"), ("gamma", "1"), ("gamma", "2")))
    for place_id, people in list(staff.items())[::7]:
        if people:
            at = listing(crowded.index, crowded.connection, place_id, DAY_ONE)
            assert isinstance(at, LocationListing)
            assert {person.public_id for person, _role in at.people} == people


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


def test_the_lists_of_the_long_trial_are_those_of_the_oracle(crowded: Ready) -> None:
    """In scripts/proof many lists are taken from one measuring of all rows; here they are compared one by one."""
    here = zip_points()[crowded.near[1]].latitude, zip_points()[crowded.near[1]].longitude
    names = list(crowded.oracle.conditions)[:6]
    for unit in get_args(Unit):
        lists = [
            Wanted(unit, name, rungs) for name in names for rungs in ((Rung.DECLARED, Rung.USUAL), (Rung.MAY_HELP,))
        ]
        bulk = Bulk(crowded.oracle, lists, DAY_ONE)
        for wanted, lines in zip(lists, bulk.answers(*here, 60), strict=True):
            rungs = tuple(map(int, wanted.rungs))
            whole = crowded.oracle.ordered(here, unit, wanted.work, (), rungs, DAY_ONE)[:60]
            assert [(one.ticket, one.rung, one.distance_m) for one in whole] == list(
                zip(lines.tickets.tolist(), lines.rungs.tolist(), lines.metres.tolist(), strict=True)
            )
