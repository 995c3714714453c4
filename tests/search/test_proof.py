"""The long trials: every ZIP code with every condition, and random points without end, against brute force."""

from __future__ import annotations

import itertools
import os
import random
import time
from collections.abc import Iterator
from typing import get_args

import numpy as np
import pytest
from sqlalchemy import Engine

from finder.db.reference import zip_points
from finder.db.zip_table import ZipPoint
from finder.search.filters import Unit, Wanted
from finder.search.index import Index
from finder.search.results import COUNTED_UP_TO
from finder.search.treats import Rung
from tests.conftest import load_index
from tests.search.made_up import DAY_ONE
from tests.search.oracle import Oracle
from tests.search.walks import rows_at

pytestmark = pytest.mark.proof

_SEED = int(os.environ.get("FINDER_PROOF_SEED") or 20261122)
_MINUTES = os.environ.get("FINDER_PROOF_MINUTES", "")
# ZIP codes asked in one go; of the minutes given, what each trial may take; and the minutes of the walks when whole.
_AT_ONCE = 100
_SHARE_OF_ZIPS, _SHARE_OF_WALKS, _WHOLE_WALK_MINUTES = 0.55, 0.05, 3.0


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_every_zip_and_condition_equals_brute_force(shared_demo: Engine) -> None:
    """The lists that `search` asks for, of people and of places, as far as it counts them.

    From either database the index holds the same columns, as tests/search sees to: one is enough here.
    """
    index = load_index(shared_demo)
    oracle = Oracle(shared_demo)
    located = [point for point in zip_points().values() if point.latitude is not None]
    random.Random(_SEED).shuffle(located)
    ends = time.monotonic() + float(_MINUTES or "inf") * 60 * _SHARE_OF_ZIPS
    done = lists = lines = differences = 0
    while done < len(located) and time.monotonic() < ends:
        some = located[done : done + _AT_ONCE]
        for wanted, point in itertools.product(wanted_lists(index), some):
            found, expected = both(index, oracle, wanted, point)
            lists += 1
            lines += len(found)
            if found != expected:
                differences += 1
                print(f"differs: ZIP {point.zip_code}, {wanted}: {found[:5]} for {expected[:5]}")
        done += len(some)
    roles, places = (len(index.snapshot.columns[name]) for name in ("role_row", "place_row"))
    print(
        f"\n{done:,} of {len(located):,} ZIP codes x {len(oracle.conditions)} conditions x people and places: "
        f"{lists:,} lists, {lines:,} lines over {roles} roles at {places} places, {differences} differences"
    )
    assert differences == 0
    assert done


def wanted_lists(index: Index) -> Iterator[Wanted]:
    for unit, condition in itertools.product(get_args(Unit), index.catalogue.conditions.values()):
        opening = ((Rung.DECLARED,), (Rung.USUAL,)) if condition.level_first else ((Rung.DECLARED, Rung.USUAL),)
        for rungs in (*opening, (Rung.MAY_HELP,), (Rung.CALL_FIRST,)):
            yield Wanted(unit, condition.id, rungs, condition.opens_first() if unit == "people" else ())


def both(index: Index, oracle: Oracle, wanted: Wanted, point: ZipPoint) -> tuple[list[object], list[object]]:
    """Return the index's list and the oracle's from a ZIP code's point: tickets (of public ids), rungs and metres."""
    here = point.latitude, point.longitude
    found = index.nearest(*here, wanted, COUNTED_UP_TO, DAY_ONE)
    expected = oracle.ordered(here, wanted.unit, wanted.work, wanted.groups, wanted.rungs, DAY_ONE)
    return (
        [(index.ticket(wanted, one.number), int(one.rung or 0), one.distance_m) for one in found],
        [(one.ticket, one.rung, one.distance_m) for one in expected[:COUNTED_UP_TO]],
    )


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
            differences += walk.first(k) != whole[:k]
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
