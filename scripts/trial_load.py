"""Try two workers behind nginx under mixed requests, at half of the peak that is measured first, while editions come.

Every request must be answered as it should be, and memory and descriptors must stay level. Then half-sent headers and
bodies, through nginx and without it: the finder must go on to say that it lives.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import national
import numpy as np
from trial_bed import WebHost, database, figures, nginx, web_hosts
from trial_canaries import Editions
from trial_half_sent import try_half_sent
from trial_traffic import ORIGIN, Traffic, mixed

from finder.db.dialect import open_engine
from finder.db.reference import zip_points
from finder.desk.publish import activate
from finder.desk.setup import set_up
from finder.desk.sites import SiteWish, add_site
from finder.importers.pipeline import import_files

# In each step so many connections ask without pause.
_STEPS, _STEP_SECONDS, _WARM_SECONDS = (1, 2, 4, 8, 16, 32), 4.0, 10.0
_CONNECTIONS, _EDITION_SECONDS = 16, 60.0
# What a worker may have gained from the first half to the end: its caches fill, and the allocator is no clock.
_MORE_MEMORY, _MORE_DESCRIPTORS = 1.10, 8


@dataclass
class Watched:
    """Memory (MB) and descriptors of each worker, minute by minute."""

    host: WebHost
    rows: list[dict[int, tuple[float, int]]] = field(default_factory=list)

    def look(self) -> None:
        """Look once more."""
        self.rows.append({one: figures(one) for one in self.host.workers()})

    def level(self) -> bool:
        """Print each worker's start, middle and end; return whether none rose from the middle on."""
        is_level = self.rows[0].keys() == self.rows[-1].keys()
        middle = self.rows[len(self.rows) // 2]
        for number, (one, (memory, descriptors)) in enumerate(self.rows[-1].items(), 1):
            first, half = self.rows[0].get(one, (0.0, 0)), middle.get(one, (0.0, 0))
            print(f"  worker {number}: memory {first[0]:.0f} MB at the start, {half[0]:.0f} at half time, {memory:.0f} at the end; descriptors {first[1]}, {half[1]}, {descriptors}")  # fmt: skip
            is_level &= memory <= half[0] * _MORE_MEMORY and descriptors <= half[1] + _MORE_DESCRIPTORS
        return bool(is_level)


def main() -> int:
    """Read the command line, run the trial, print; return 1 where something was wrong."""
    options = argparse.ArgumentParser(prog="scripts/trial load", description=__doc__)
    options.add_argument("--minutes", type=float, default=10, help="of the load at half of the peak")
    options.add_argument("--roles", type=int, default=20_000, help="of the directory that is searched, made up")
    options.add_argument("--seed", type=int, default=7)
    given = options.parse_args()
    known = [one.zip_code for one in zip_points().values() if one.latitude is not None]
    zips = [str(one) for one in np.random.default_rng(given.seed).choice(known, 400, replace=False)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(database())
        engine = open_engine(cluster.address)
        stack.callback(engine.dispose)
        set_up(engine, folder, demo=False)
        import_files(engine, national.write_files(folder, given.roles, given.seed), "national")
        activate(engine, "national", None, "trial")
        editions = Editions(engine, folder)
        editions.publish()
        key = add_site(engine, SiteWish("Trial", (ORIGIN,)), "trial").key
        (host,) = stack.enter_context(web_hosts(folder, cluster.address, 1))
        port = stack.enter_context(nginx(folder / "nginx", [host.port]))
        asked = mixed(zips, key)
        with Traffic(port, asked, 4, None):
            time.sleep(_WARM_SECONDS)
        half = _peak(port, asked) / 2
        wrong = _hold(host, port, asked, editions, half, given.minutes * 60)
        wrong += try_half_sent("without nginx", host.port, tls=False)
        wrong += try_half_sent("through nginx", port, tls=True)
    print(f"{wrong} things wrong")
    return 1 if wrong else 0


def _peak(port: int, asked: list[tuple[str, str]]) -> float:
    """Return the most answers a second of any step."""
    best = 0.0
    for connections in _STEPS:
        with Traffic(port, asked, connections, None) as traffic:
            time.sleep(_STEP_SECONDS)
        rate = len(traffic.taken) / _STEP_SECONDS
        print(f"  {connections:3} connections: {rate:7.0f} answers a second, p99 {traffic.p99() * 1e3:.0f} ms", flush=True)  # fmt: skip
        best = max(best, rate)
    return best


def _hold(
    host: WebHost, port: int, asked: list[tuple[str, str]], editions: Editions, rate: float, seconds: float
) -> int:
    """Ask at a rate for so long, with an edition each minute; print, and return how many things were wrong."""
    print(f"{rate:.0f} requests a second for {seconds / 60:.0f} minutes, an edition each minute", flush=True)
    watched, began, published = Watched(host), time.monotonic(), 0
    with Traffic(port, asked, _CONNECTIONS, rate) as traffic:
        watched.look()
        while (passed := time.monotonic() - began) < seconds:
            if passed >= (published + 1) * _EDITION_SECONDS:
                publisher = threading.Thread(target=editions.publish)
                publisher.start()
                publisher.join()
                published += 1
                watched.look()
            time.sleep(0.5)
        watched.look()
    by_kind = ", ".join(f"{kind} {p99 * 1e3:.0f}" for kind, p99 in traffic.p99_by_kind().items())
    print(f"  {len(traffic.taken):,} answers, {len(traffic.taken) / seconds:.0f} a second, {published} editions, {len(traffic.errors)} errors {traffic.errors[:3] or ''}")  # fmt: skip
    print(f"  p50 {traffic.p50() * 1e3:.0f} ms, p99 {traffic.p99() * 1e3:.0f} ms (by kind: {by_kind})")
    is_level = watched.level()
    print(f"  {'ok   ' if is_level else 'WRONG'} memory and descriptors level")
    return bool(traffic.errors) + (not is_level)


if __name__ == "__main__":
    sys.exit(main())
