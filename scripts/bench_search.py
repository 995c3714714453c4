"""Measure the search in one run: the index against bare scipy and against other ways to do it, and whole searches.

Directories are made up round real ZIP codes. Times are medians over origins drawn from all ZIP codes, the best of a
few rounds; every rival's answers are compared with all rows measured. Prints ratios.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import national
import numpy as np
import rivals
import worker_memory
from numpy.typing import NDArray
from sqlalchemy import text

from finder.db.dialect import open_engine
from finder.db.edition import load_snapshot
from finder.db.geography import drop_search_tables
from finder.db.reference import zip_points
from finder.desk.publish import activate
from finder.desk.setup import set_up
from finder.geo import SpatialTree, geodesic_m
from finder.importers.pipeline import import_files
from finder.search.answer import search
from finder.search.filters import Wanted
from finder.search.index import Index
from finder.search.postgis import PostgisIndex, search_engine
from finder.search.postgis_rows import small, write_rows
from finder.search.query import SearchQuery
from finder.search.snapshot import LAYOUT, Snapshot
from finder.search.treats import Rung

_TODAY = dt.date(2026, 11, 22)
_ORIGINS, _FEW_ORIGINS = 1_000, 100
_TREATS = (Rung.DECLARED, Rung.USUAL)
_SIZES = (5_000, 100_000, 1_000_000)


def lists() -> dict[str, Wanted]:
    """Return the lists to be measured: no filter, one condition, and other sets of filters from wide to narrow."""
    found = {"no filter": Wanted("people")}
    for work in ("labral-tear", "hip-osteoarthritis", "hip-pain"):
        found[work] = Wanted("people", work, _TREATS, ("surgeon",))
        found[f"{work}, everyone"] = Wanted("people", work, (*_TREATS, Rung.MAY_HELP))
    arthritis = Wanted("people", "hip-osteoarthritis", _TREATS)
    new, spanish = ("new_patients", "yes"), ("language", "es")
    return found | {
        "new patients": Wanted("people", facts=(new,), tier=2),
        "condition + new patients": _with(arthritis, new),
        "condition + new patients + Spanish": _with(arthritis, new, spanish),
        "condition + five facts": _with(
            arthritis, new, spanish, ("step_free", "yes"), ("plan", "Aetna"), ("gender", "woman")
        ),
        "a rare language": Wanted("people", facts=(("language", "nv"), new, ("gender", "woman")), tier=2),
        "a procedure, aged 7": Wanted("people", "pelvic-osteotomy", _TREATS, age=7),
        "an organization": Wanted("people", "hip-pain", _TREATS, organization="o7"),
        "places for a condition": Wanted("places", "labral-tear", _TREATS),
        "emergency departments": Wanted("places", emergency=True),
    }


def _with(wanted: Wanted, *facts: tuple[str, str]) -> Wanted:
    return Wanted(wanted.unit, wanted.work, wanted.rungs, wanted.groups, facts=facts, tier=2)


def microseconds(call: Callable[[int], object], count: int, rounds: int = 9) -> tuple[float, float]:
    """Return the median of a call over so many origins, the best of the rounds, and the median of their p99."""
    medians, tails = [], []
    gc.collect()
    gc.disable()
    for _ in range(rounds):
        taken = np.empty(count)
        for number in range(count):
            start = time.perf_counter_ns()
            call(number)
            taken[number] = time.perf_counter_ns() - start
        medians.append(np.median(taken) / 1000)
        tails.append(np.percentile(taken, 99) / np.median(taken))
    gc.enable()
    return float(min(medians)), float(np.median(tails))


def in_turns(
    call: Callable[[int], object], beside: Callable[[int], object], count: int, rounds: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Time two calls in turns, so that whatever else the machine does falls on both.

    Return of each a row a round: its median over so many origins, and its p99 as a multiple of that.
    """
    rows: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for _ in range(rounds):
        for one, found in zip((call, beside), rows, strict=True):
            found.append(microseconds(one, count, 1))
    return np.array(rows[0]), np.array(rows[1])


def measure_index(roles: int, seed: int) -> None:
    """Print one size: build, load, memory, every list, and what a new edition does to searches meanwhile."""
    snapshot = national.snapshot(roles, seed)
    blob = snapshot.to_bytes()
    start = time.perf_counter()
    index = Index(Snapshot.from_bytes(blob), 1)
    index.warm(_TODAY)
    loaded = time.perf_counter() - start
    print(f"\n{roles:,} roles at {len(snapshot.columns['place_row']):,} places, {index.tree.size:,} points")
    print(
        f"blob {len(blob) / 1e6:.1f} MB, to index {loaded * 1000:.0f} ms; {index.bytes / roles:.1f} bytes a role",
        end="",
    )
    draw = np.random.default_rng(seed + 1)
    centres = national.zip_centres()
    origins = centres[draw.choice(len(centres), _ORIGINS)]
    at = [(float(one[0]), float(one[1])) for one in origins]
    c = snapshot.columns
    point = c["place_point"][c["role_place"]]
    made = rivals.Made(c["point_lat"][point], c["point_lon"][point], np.ones(roles, np.bool_))
    bare = rivals.yardstick(made, origins)

    def ours(one: Wanted, k: int) -> Callable[[int], object]:
        return lambda n: index.nearest(*at[n], one, k, _TODAY)

    wanted = lists()
    for one in wanted.values():
        # Lists that are often asked for get a layer of their own; let them.
        for n in range(8):
            index.nearest(*at[n], one, 10, _TODAY)
    time.sleep(1 + roles / 400_000)
    print(f", {index.kept_bytes / roles:.1f} more of kept lists")
    print(f"{'p50 in us':>42} {'of bare scipy':>13} {'p99/p50':>8} {'k = 50':>8}   (each beside bare scipy, in turns)")
    for name, one in wanted.items():
        ten, unit = in_turns(ours(one, 10), lambda n: bare(n, 10), _ORIGINS, 9)
        fifty, unit_50 = in_turns(ours(one, 50), lambda n: bare(n, 50), _ORIGINS, 3)
        ratio, ratio_50 = np.median(ten[:, 0] / unit[:, 0]), np.median(fifty[:, 0] / unit_50[:, 0])
        print(f"{name:34}{np.median(ten[:, 0]):8.1f} {ratio:12.2f}x {np.median(ten[:, 1]):8.1f} {ratio_50:7.2f}x")
    _measure_swap(index, blob, at)
    worker_memory.measure(snapshot)


def _measure_swap(index: Index, blob: bytes, at: list[tuple[float, float]]) -> None:
    """Print p99 of searches while a new edition is loaded again and again, against idle."""
    wanted = lists()["labral-tear"]

    def tail() -> float:
        taken = []
        for n in range(4 * _ORIGINS):
            start = time.perf_counter_ns()
            index.nearest(*at[n % _ORIGINS], wanted, 10, _TODAY)
            taken.append(time.perf_counter_ns() - start)
        return float(np.percentile(taken, 99) / 1000)

    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            Index(Snapshot.from_bytes(blob, index.snapshot), 2).warm(_TODAY, like=index)

    idle = min(tail() for _ in range(3))
    loader = threading.Thread(target=load)
    loader.start()
    busy = float(np.median([tail() for _ in range(5)]))
    stop.set()
    loader.join()
    print(f"p99 while an edition is loaded: {busy:.0f} us, {busy / idle:.1f}x idle")


def measure_rivals(roles: int, seed: int, postgres: str) -> None:
    """Print what others take for the nearest ten of a fifth of all rows, and how many of their answers are wrong."""
    snapshot = national.snapshot(roles, seed)
    c = snapshot.columns
    point = c["place_point"][c["role_place"]]
    passing = np.random.default_rng(seed + 2).random(roles) < 0.2
    made = rivals.Made(c["point_lat"][point], c["point_lon"][point], passing)
    draw = np.random.default_rng(seed + 3)
    centres = national.zip_centres()
    at = [(float(one[0]), float(one[1])) for one in centres[draw.choice(len(centres), _FEW_ORIGINS)]]
    index = Index(snapshot, 1)
    wanted = Wanted("people", "hip-osteoarthritis", _TREATS)
    for n in range(8):
        index.nearest(*at[n], wanted, 10, _TODAY)
    time.sleep(1 + roles / 400_000)
    unit, _tail = microseconds(lambda n: index.nearest(*at[n], wanted, 10, _TODAY), _FEW_ORIGINS)
    rows = np.flatnonzero(passing)
    truth = [np.sort(made.metres(*here, rows))[:10] for here in at]
    print(f"\nthe nearest ten of a fifth of {roles:,} rows: median in us, against the index, answers that are wrong")
    print(f"{'finder.search.index':34}{unit:10.1f} {1:9.1f}x      (compared with all rows by scripts/proof)")

    def show(name: str, nearest: rivals.Nearest) -> None:
        median, _tail = microseconds(lambda n: nearest(*at[n], 10), _FEW_ORIGINS, 2)
        found = [made.metres(*here, np.array(nearest(*here, 10), np.int64)) for here in at]
        wrong = sum(
            len(one) < 10 or bool((np.abs(one - right) > 1e-6).any()) for one, right in zip(found, truth, strict=True)
        )
        print(f"{name:34}{median:10.1f} {median / unit:9.1f}x {wrong:4} of {_FEW_ORIGINS}")

    with tempfile.TemporaryDirectory() as folder:
        show("numpy scan", rivals.scan(made))
        show("SQLite R*Tree, growing box", rivals.r_tree(made, Path(folder)))
        if roles <= 100_000:
            show("ORM, box, geopy a row", rivals.orm_with_geopy(made, Path(folder)))
        if postgres:
            with rivals.postgis(made, postgres) as both:
                for name, nearest in both.items():
                    show(name, nearest)


def measure_postgis(roles: int, seed: int, address: str) -> None:
    """Print what the same lists take in PostGIS, against the index, and how many answers differ from all rows."""
    snapshot = national.snapshot(roles, seed)
    engine = open_engine(address)
    engine.update_execution_options(finder_engine="postgis")
    start = time.perf_counter()
    name = write_rows(engine, snapshot, dt.datetime.now(dt.UTC))
    written = time.perf_counter() - start
    index, stored = Index(snapshot, 1), PostgisIndex(small(snapshot), 1, str(name), search_engine(engine))
    with engine.connect() as connection:
        size = connection.scalar(text(f"SELECT pg_total_relation_size('search_role_{name}')"))
    print(
        f"\nPostGIS as the engine, {roles:,} roles: rows written in {written:.1f} s, {size / roles:.0f} bytes a role in the "
        f"database, {stored.bytes / 1e6:.1f} MB in a worker; k = 10"
    )
    print(f"{'p50 in us':>42} {'of the index':>13} {'p99/p50':>8} {'wrong':>14}")
    draw, c = np.random.default_rng(seed + 4), snapshot.columns
    centres = national.zip_centres()
    at = [(float(one[0]), float(one[1])) for one in centres[draw.choice(len(centres), _FEW_ORIGINS)]]
    tree = SpatialTree(c["point_lat"], c["point_lon"])
    for what, one in lists().items():
        rows = index.filters.rows(one, _TODAY)
        people = one.unit == "people"
        points, subjects = (
            c["place_point"][c["role_place"][rows] if people else rows],
            c["role_person"][rows] if people else rows,
        )
        for n in range(8):
            index.nearest(*at[n], one, 10, _TODAY)
        wrong = 0
        for here in at:
            metres = geodesic_m(*here, *tree.at(points))
            order = np.argsort(metres, kind="stable")
            _distinct, first = np.unique(subjects[order], return_index=True)
            right = metres[order[np.sort(first)[:10]]].tolist()
            wrong += [found.distance_m for found in stored.nearest(*here, one, 10, _TODAY)] != right
        time.sleep(0.5)
        unit, _ = microseconds(lambda n, one=one: index.nearest(*at[n], one, 10, _TODAY), _FEW_ORIGINS, 3)  # type: ignore[misc]
        median, tail = microseconds(lambda n, one=one: stored.nearest(*at[n], one, 10, _TODAY), _FEW_ORIGINS, 2)  # type: ignore[misc]
        print(f"{what:34}{median:8.0f} {median / unit:12.0f}x {tail:8.1f} {wrong:7} of {_FEW_ORIGINS}")
    stored.close()
    with engine.begin() as connection:
        drop_search_tables(connection, [str(name)])
    engine.dispose()


def measure_search(roles: int, seed: int) -> None:
    """Print whole searches, details included, over an imported directory on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/finder.db")
        set_up(engine, Path(folder), demo=False)
        start = time.perf_counter()
        import_files(engine, national.write_files(Path(folder), roles, seed), "national")
        imported = time.perf_counter() - start
        start = time.perf_counter()
        activate(engine, "national", None, "bench")
        published = time.perf_counter() - start
        edition, stored = load_snapshot(engine, LAYOUT) or (0, b"")
        index = Index(Snapshot.from_bytes(stored), edition)
        draw = np.random.default_rng(seed)
        zips = [one.zip_code for one in zip_points().values() if one.latitude is not None]
        asked = [str(one) for one in draw.choice(zips, _ORIGINS)]
        print(
            f"\nwhole searches over {roles:,} roles in SQLite (imported in {imported:.1f} s, published in {published:.1f} s)"
        )
        with engine.connect() as connection:
            for name, query in {
                "people for a condition": SearchQuery("", "labral-tear"),
                "people for a procedure": SearchQuery("", procedure="total-hip-replacement"),
                "people, two facts": SearchQuery("", "hip-osteoarthritis", new_patients="yes", language="es"),
                "everyone": SearchQuery(""),
                "places for a condition": SearchQuery("", "labral-tear", unit="places"),
            }.items():
                ask = [SearchQuery(**{**vars(query), "zip": one}) for one in asked]
                for n in range(20):
                    search(index, connection, ask[n], _TODAY)
                time.sleep(0.5)
                median, tail = microseconds(lambda n, ask=ask: search(index, connection, ask[n], _TODAY), _ORIGINS, 3)  # type: ignore[misc]
                print(f"  {name:32}{median / 1000:8.2f} ms, p99/p50 {tail:.1f}")
        engine.dispose()


def main() -> None:
    """Read the command line, measure, print."""
    options = argparse.ArgumentParser(prog="scripts/bench search", description=__doc__)
    options.add_argument("--sizes", type=int, nargs="*", default=_SIZES, help="numbers of roles")
    options.add_argument("--seed", type=int, default=7)
    options.add_argument(
        "--postgres", default=os.environ.get("FINDER_TEST_POSTGRES", ""), help="address of a PostgreSQL with PostGIS"
    )
    given = options.parse_args()
    for size in given.sizes:
        measure_index(size, given.seed)
    for size in given.sizes:
        measure_rivals(size, given.seed, given.postgres)
    for size in given.sizes if given.postgres else ():
        measure_postgis(size, given.seed, given.postgres)
    measure_search(100_000, given.seed)


if __name__ == "__main__":
    main()
