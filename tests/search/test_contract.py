"""What every SpatialIndex answers, whatever it is made of: one suite for all engines."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from typing import get_args

import pytest
from sqlalchemy import Engine

from finder.db.catalogue import Catalogue
from finder.db.dialect import open_engine
from finder.desk.publish import republish
from finder.search.candidates import SpatialIndex
from finder.search.filters import Unit, Wanted
from finder.search.index import Index
from finder.search.loading import load_edition
from finder.search.postgis import PostgisIndex
from finder.search.treats import Rung
from tests.conftest import Databases, load_index, postgres_url
from tests.search.made_up import DAY_ONE, MadeUp
from tests.search.oracle import EMERGENCY, Oracle


def load_postgis(engine: Engine) -> PostgisIndex:
    """Load the edition in force, as a worker does whose directory PostGIS searches."""
    found = load_edition(engine)
    assert isinstance(found, PostgisIndex)
    return found


# An engine is made from a database in which an edition is in force.
ENGINES: dict[str, Callable[[Engine], SpatialIndex]] = {"index": load_index, "postgis": load_postgis}
RUNGS = ((Rung.DECLARED, Rung.USUAL), (Rung.DECLARED,), (Rung.USUAL,), (Rung.MAY_HELP,), (Rung.CALL_FIRST,))
ORIGINS = ((37.5498, -77.4588), (61.2, -149.9), (13.4443, 144.7937), (51.9, 180.0), (90.0, 0.0), (-14.3, -170.7))


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Engine]]:
    """What gives a made-up directory on a backend; on PostgreSQL with the rows that PostGIS searches."""
    engines: dict[str, tuple[Databases, Engine]] = {}

    def of(backend: str) -> Engine:
        if backend not in engines:
            if backend == "postgresql":
                postgres_url()
            folder = tmp_path_factory.mktemp("contract")
            databases = Databases(backend, folder)
            engine = open_engine(databases.fresh(demo=False))
            engine.update_execution_options(finder_engine="postgis" if backend == "postgresql" else "auto")
            with engine.connect() as connection:
                made = MadeUp(Catalogue.read(connection), 3, places=150, people=400, spread=40)
            made.load(engine, folder, "made-up")
            engines[backend] = databases, engine
        return engines[backend][1]

    yield of
    for databases, engine in engines.values():
        engine.dispose()
        databases.drop()


@pytest.fixture(scope="module", params=("sqlite-index", "postgresql-index", "postgresql-postgis"))
def asked(
    request: pytest.FixtureRequest, made_up: Callable[[str], Engine]
) -> Iterator[tuple[SpatialIndex, Oracle, Index]]:
    """An engine over a made-up directory, the oracle, and the index that knows what its numbers stand for."""
    backend, _, name = request.param.partition("-")
    stored = made_up(backend)
    engine = ENGINES[name](stored)
    yield engine, Oracle(stored), load_index(stored)
    if isinstance(engine, PostgisIndex):
        engine.close()


def wanted_lists(index: Index) -> Iterator[Wanted]:
    groups = ((), ("surgeon",), ("surgeon", "non_surgical_doctor"), ("advanced_practice",))
    for unit in get_args(Unit):
        yield Wanted(unit)
        for condition, rungs in itertools.product(index.catalogue.conditions, RUNGS):
            yield Wanted(unit, condition, rungs)
    for condition, group in itertools.product(("labral-tear", "hip-rehab", "ddh-infant"), groups):
        yield Wanted("people", condition, (Rung.DECLARED, Rung.USUAL), group)
    yield Wanted("people", groups=("therapist",))
    yield Wanted("places", emergency=True)


def test_every_list_whole_equals_brute_force(asked: tuple[SpatialIndex, Oracle, Index]) -> None:
    engine, oracle, index = asked
    day, compared = DAY_ONE, 0
    everything = list(itertools.product(wanted_lists(index), ORIGINS))
    # A statement takes a hundred times as long as a walk, so there the origins take turns.
    for wanted, origin in everything[:: 7 if isinstance(engine, PostgisIndex) else 1]:
        found = engine.nearest(*origin, wanted, 10_000, day)
        rungs = EMERGENCY if wanted.emergency else wanted.rungs
        expected = oracle.ordered(origin, wanted.unit, wanted.work, wanted.groups, rungs, day)
        assert [(one.rung or 0, one.distance_m) for one in found] == [(one.rung, one.distance_m) for one in expected]
        assert len({one.subject for one in found}) == len(found)
        compared += len(found)
    assert compared > (10_000 if isinstance(engine, PostgisIndex) else 50_000)


def test_the_first_k_are_the_head_of_the_whole(asked: tuple[SpatialIndex, Oracle, Index]) -> None:
    """k cuts, it changes nothing: not the order of equal distances, not who is chosen."""
    engine, _oracle, index = asked
    for wanted in list(wanted_lists(index))[:: 5 if isinstance(engine, PostgisIndex) else 1]:
        whole = engine.nearest(*ORIGINS[0], wanted, 10_000, DAY_ONE)
        for k in (0, 1, 2, 5, 31, 32, 33, 200):
            assert engine.nearest(*ORIGINS[0], wanted, k, DAY_ONE) == whole[:k], (wanted, k)


def test_a_day_long_gone_lists_those_without_dates(asked: tuple[SpatialIndex, Oracle, Index]) -> None:
    engine, oracle, _index = asked
    for day in (dt.date(1900, 1, 1), dt.date(2200, 1, 1)):
        found = engine.nearest(*ORIGINS[0], Wanted("people"), 10_000, day)
        expected = oracle.ordered(ORIGINS[0], "people", None, (), (), day)
        assert [one.distance_m for one in found] == [one.distance_m for one in expected]
        assert found


def test_a_place_of_no_one(databases: Databases) -> None:
    """An empty directory is an answer, too."""
    engine = open_engine(databases.fresh(demo=False))
    for name, make in ENGINES.items():
        if name == "postgis":
            if databases.backend == "sqlite":
                continue
            engine.update_execution_options(finder_engine=name)
            republish(engine, "test", "rows for PostGIS")
        index = make(engine)
        for wanted in (Wanted("people"), Wanted("places", "hip-pain", (Rung.USUAL,)), Wanted("places", emergency=True)):
            assert index.nearest(*ORIGINS[0], wanted, 10, DAY_ONE) == []
        if isinstance(index, PostgisIndex):
            index.close()
    engine.dispose()
