"""The long trials: every ZIP code with every condition, and random points without end, against brute force."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from sqlalchemy import Engine

from finder.db.catalogue import Catalogue
from finder.db.dialect import open_engine
from finder.db.edition import load_snapshot
from finder.db.reference import zip_points
from finder.search.filters import Unit, Wanted
from finder.search.index import Index
from finder.search.results import COUNTED_UP_TO
from finder.search.snapshot import LAYOUT
from finder.search.treats import Rung
from tests.conftest import Databases, load_index
from tests.search.in_bulk import Bulk, Trial
from tests.search.made_up import DAY_ONE, MadeUp
from tests.search.oracle import Oracle
from tests.search.walks import bare, rows_at

pytestmark = pytest.mark.proof

_SEED = int(os.environ.get("FINDER_PROOF_SEED") or 20261122)
_MINUTES = os.environ.get("FINDER_PROOF_MINUTES", "")
# Of the minutes given, what each trial may take; and the minutes of the walks when whole.
_SHARE_OF_DEMO, _SHARE_OF_MANY, _SHARE_OF_WALKS, _WHOLE_WALK_MINUTES = 0.15, 0.35, 0.05, 3.0
# A tenth of the 100,000 say themselves what they treat; the others are alike in what is known of them.
_PLACES, _PEOPLE, _SPREAD, _SPEAKING, _ROLES = 36_000, 48_500, 12_000, 0.1, 100_000
# Of so many roles each list is compared for two pages, and from some ZIP codes as far as it is counted.
_TWO_PAGES = 20
_PROCESSES = 2


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_every_zip_and_condition_of_the_demo_equals_brute_force(shared_demo: Engine) -> None:
    """The lists that `search` asks for, of people and of places, as far as it counts them.

    From either database the index holds the same columns, as tests/search sees to: one is enough here.
    """
    prove(shared_demo, COUNTED_UP_TO, _SHARE_OF_DEMO)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_every_zip_and_condition_of_a_hundred_thousand_roles_equals_brute_force(
    databases: Databases, tmp_path: Path
) -> None:
    """Round all of the country, with crowds at one point, from two sources that know some of the same people."""
    engine = open_engine(databases.fresh(demo=False))
    with engine.connect() as connection:
        catalogue = Catalogue.read(connection)
    MadeUp(catalogue, 2, places=1500, people=3000, spread=40).load(engine, tmp_path, "beta", priority=20)
    many = MadeUp(catalogue, 1, places=_PLACES, people=_PEOPLE, spread=_SPREAD, speaking=_SPEAKING)
    many.load(engine, tmp_path, "alpha", priority=10)
    assert prove(engine, _TWO_PAGES, _SHARE_OF_MANY) >= _ROLES
    engine.dispose()


def prove(engine: Engine, depth: int, share: float) -> int:
    """Compare all lists from all ZIP codes, or from as many as the share of minutes allows; return how many roles."""
    stored = load_snapshot(engine, LAYOUT)
    assert stored is not None
    index = load_index(engine)
    lists = {unit: [one for one in wanted_lists(index) if one.unit == unit] for unit in get_args(Unit)}
    oracle = Oracle(engine)
    bulks = {unit: Bulk(oracle, some, DAY_ONE) for unit, some in lists.items()}
    located = [(one.zip_code, one.latitude, one.longitude) for one in zip_points().values() if one.latitude is not None]
    random.Random(_SEED).shuffle(located)
    ends = time.time() + float(_MINUTES or "inf") * 60 * share
    trials = [Trial(stored[1], lists, bulks, located[n::_PROCESSES], depth, ends) for n in range(_PROCESSES)]
    # Not forked: a process with threads cannot be without risk.
    with ProcessPoolExecutor(_PROCESSES, mp_context=multiprocessing.get_context("spawn")) as processes:
        counts = sum(processes.map(Trial.run, trials), Counter[str]())
    places, roles = len(oracle.tables["places"].ids), len(oracle.tables["people"].ids)
    print(
        f"\n{counts['zips']:,} of {len(located):,} ZIP codes x {len(oracle.conditions)} conditions x people and "
        f"places: {counts['lists']:,} lists, {counts['lines']:,} lines ({counts['ties']:,} as far as the one before) "
        f"over {roles:,} roles at {places:,} places, {counts['differences']} differences"
    )
    assert counts["differences"] == 0
    assert counts["zips"] == len(located) or _MINUTES
    assert counts["lines"]
    return roles


def wanted_lists(index: Index) -> Iterator[Wanted]:
    for unit, condition in itertools.product(get_args(Unit), index.catalogue.conditions.values()):
        opening = ((Rung.DECLARED,), (Rung.USUAL,)) if condition.level_first else ((Rung.DECLARED, Rung.USUAL),)
        for rungs in (*opening, (Rung.MAY_HELP,), (Rung.CALL_FIRST,)):
            yield Wanted(unit, condition.id, rungs, condition.opens_first() if unit == "people" else ())


def test_walks_over_random_points_equal_brute_force() -> None:
    """Rows at sets of points of every size and shape: spread, crowded, on a grid, at the poles and 180 degrees."""
    ends = time.monotonic() + 60 * (float(_MINUTES) * _SHARE_OF_WALKS if _MINUTES else _WHOLE_WALK_MINUTES)
    sets = walks = points = differences = 0
    while time.monotonic() < ends or not sets:
        draw = np.random.default_rng((_SEED, sets))
        lat, lon = shape(draw)
        rows = rows_at(lat, lon, draw, 1 + 2 * float(draw.random()))
        for _ in range(5):
            here = float(draw.uniform(-90, 90)), float(draw.uniform(-180, 180))
            if draw.random() < 0.5:
                one = draw.integers(len(lat))
                here = float(lat[one]), float(lon[one])
            kept = draw.random(len(rows.points)) < (1.0 if draw.random() < 0.5 else draw.random())
            whole = rows.brute(here, np.flatnonzero(kept))
            walk = rows.walk(here, lambda numbers, kept=kept: kept[numbers], max(float(kept.mean()), 1e-6))
            k = int(draw.integers(1, len(whole) + 2))
            radius = whole[int(draw.integers(len(whole)))][2] if whole else 1.0
            within = sum(far <= radius for _row, _subject, far in whole)
            differences += bare(walk.first(k)) != whole[:k]
            differences += len(walk.within(radius, len(whole) + 1)) != within
            walks += 1
        sets += 1
        points += len(lat)
    print(f"\n{walks:,} walks over {sets:,} sets of {points:,} points in all: {differences} differences")
    assert differences == 0


def shape(draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct points of a random size and shape."""
    count = int(10 ** draw.uniform(0, 4.5))
    lat, lon = draw.uniform(-90, 90, count), draw.uniform(-180, 180, count)
    match int(draw.integers(5)):
        case 0:
            lat, lon = np.round(lat / 5) * 5, np.round(lon / 5) * 5
        case 1:
            lat, lon = draw.normal(37.5, 10 ** draw.uniform(-6, 1), count), draw.normal(-77.4, 0.01, count)
        case 2:
            lon = np.copysign(180 - np.abs(draw.normal(0, 0.1, count)), lon)
        case 3:
            lat = np.copysign(90 - np.abs(draw.normal(0, 0.1, count)), lat)
    distinct = np.unique(np.stack((np.clip(lat, -90, 90), np.clip(lon, -180, 180)), axis=1), axis=0)
    draw.shuffle(distinct)
    return distinct[:, 0], distinct[:, 1]
