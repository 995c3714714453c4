"""Try two web hosts behind nginx on one PostgreSQL: publish, kill, stop and start, while searches go on.

Every answer is compared with what its edition must say, computed from the files by another library. Searches that the
index answers must be answered throughout. What is read from the database may be refused while that is away: 503 with
Retry-After, in less than two seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from testbed import Cluster
from trial_bed import WebHost, database, nginx, standstill, web_hosts
from trial_canaries import Editions, Searches, Verdict, judge
from trial_checks import move_a_check

from finder.db.dialect import open_engine
from finder.db.staff import StaffRole
from finder.desk.accounts import add_staff
from finder.desk.setup import set_up
from tests.web.admin.conftest import PASSWORD

SEEN_WITHIN_SECONDS, ANSWERED_WITHIN_SECONDS, RECOVERED_WITHIN_SECONDS = 3.0, 2.0, 10.0
# A server that says nothing, unlike one that refuses, must first be given its time.
NOTICED_WITHIN_SECONDS = 4.0


class Trial:
    """The deeds of the trial, and what was found wrong."""

    def __init__(self, cluster: Cluster, hosts: list[WebHost], editions: Editions, searches: Searches) -> None:
        self.cluster, self.hosts, self.editions, self.searches = cluster, hosts, editions, searches
        self.wrong: list[str] = []

    def hold(self, is_so: bool, what: str) -> None:
        """Print what was found, and remember what must not be."""
        print(f"  {'ok   ' if is_so else 'WRONG'} {what}", flush=True)
        if not is_so:
            self.wrong.append(what)

    def during(self, name: str, seconds: float, deed: Callable[[], None] | None = None, within: float = ANSWERED_WITHIN_SECONDS) -> None:  # fmt: skip
        """Do something while searches go on, then judge the answers to all that was asked meanwhile."""
        print(f"{name}", flush=True)
        began = time.monotonic()
        if deed:
            deed()
            began = time.monotonic()
        time.sleep(max(0.0, began + seconds - time.monotonic()))
        verdict = judge(self.searches.take(), self.editions, SEEN_WITHIN_SECONDS)
        self.hold(verdict.answered > 0 and not verdict.wrong, f"{verdict.answered:,} answers, {len(verdict.wrong)} wrong{verdict.first_wrong}")  # fmt: skip
        self._refusals(verdict, within)

    def _refusals(self, verdict: Verdict, within: float) -> None:
        slowest = f"slowest answer {verdict.slowest:.2f} s, of the index {verdict.slowest_of_index:.2f} s, slowest refusal {verdict.slowest_refusal:.2f} s"
        self.hold(not verdict.index_failures, f"{verdict.of_index:,} of the index, {len(verdict.index_failures)} not answered {verdict.index_failures[:3] or ''}")  # fmt: skip
        self.hold(not verdict.bad_refusals, f"{verdict.refused:,} of the database refused with 503 and Retry-After, {len(verdict.bad_refusals)} otherwise {verdict.bad_refusals[:3] or ''}")  # fmt: skip
        self.hold(verdict.slowest_refusal < within, slowest)

    def publish(self) -> None:
        """Publish, and see when the last answer of the edition before was given by any worker of each host."""
        mark = self.editions.publish()
        at = self.editions.published[mark]
        last_old = {one.port: 0.0 for one in self.hosts}
        while (passed := time.monotonic() - at) < SEEN_WITHIN_SECONDS + 1:
            for host in self.hosts:
                if f"Mark{mark}".encode() not in host.server.get(self.editions.probe).body:
                    last_old[host.port] = passed
        for number, seconds in enumerate(last_old.values(), 1):
            self.hold(seconds <= SEEN_WITHIN_SECONDS, f"host {number}: all workers show it after {seconds:.1f} s")

    def kill_a_host(self) -> None:
        """Kill a host, wait, start it again."""
        self.hosts[0].kill()
        time.sleep(3)
        began = time.monotonic()
        self.hosts[0].start()
        self.hold(True, f"started again, ready after {time.monotonic() - began:.1f} s")

    def stop_the_database(self, how: str, seconds: float) -> None:
        """Stop the database, see what the hosts say, start it again, and wait until they have recovered."""
        self.cluster.stop(how)
        self._watch_health(seconds)
        self.cluster.start()
        self._wait_until_recovered()

    def halt_the_database(self, seconds: float) -> None:
        """Let all processes of the database stand still, as where its machine or disk does, then go on."""
        with standstill(self.cluster):
            # What asks in the first moments waits until it is noticed.
            time.sleep(NOTICED_WITHIN_SECONDS)
            self._watch_health(seconds)
        self._wait_until_recovered()

    def _watch_health(self, seconds: float) -> None:
        until, health, slowest, asked = time.monotonic() + seconds, set[tuple[int, int]](), 0.0, 0
        while time.monotonic() < until:
            for host in self.hosts:
                began = time.monotonic()
                health.add((host.server.get("/healthz").status, host.server.get("/readyz").status))
                slowest, asked = max(slowest, time.monotonic() - began), asked + 1
            time.sleep(0.1)
        self.hold(health == {(200, 503)}, f"/healthz and /readyz answer {health}, {asked} times, slowest {slowest:.2f} s")  # fmt: skip

    def _wait_until_recovered(self) -> None:
        began, paths = time.monotonic(), ("/readyz", self.editions.read)
        while any(host.server.get(path).status != 200 for host in self.hosts for path in paths):
            if time.monotonic() > began + 60:
                break
            time.sleep(0.05)
        recovered = time.monotonic() - began
        self.hold(recovered < RECOVERED_WITHIN_SECONDS, f"both are ready again {recovered:.1f} s after the database is")


def main() -> int:
    """Read the command line, run the trial, print; return 1 where something was wrong."""
    options = argparse.ArgumentParser(prog="scripts/trial hosts", description=__doc__)
    options.add_argument("--seconds", type=float, default=10, help="of each pause, and of each stop of the database")
    options.add_argument("--each-second", type=int, default=30, help="searches a second, through nginx")
    given = options.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(database())
        engine = open_engine(cluster.address)
        stack.callback(engine.dispose)
        set_up(engine, folder, demo=False)
        add_staff(engine, "Robin", StaffRole.EDITOR, PASSWORD, "trial")
        editions = Editions(engine, folder)
        editions.publish()
        hosts = stack.enter_context(web_hosts(folder, cluster.address, 2))
        port = stack.enter_context(nginx(folder / "nginx", [one.port for one in hosts]))
        searches = stack.enter_context(Searches(port, given.each_second))
        trial = Trial(cluster, hosts, editions, searches)
        trial.during("Nothing happens", given.seconds)
        trial.during("An edition is published", given.seconds, trial.publish)
        trial.during("A web host is killed and started again", given.seconds, trial.kill_a_host)
        trial.during("The database is stopped and started again", given.seconds, lambda: trial.stop_the_database("fast", given.seconds))  # fmt: skip
        trial.during("The database is cut off as by power and started again", given.seconds, lambda: trial.stop_the_database("immediate", given.seconds))  # fmt: skip
        trial.during("The database stands still and goes on", given.seconds, lambda: trial.halt_the_database(given.seconds), NOTICED_WITHIN_SECONDS)  # fmt: skip
        trial.during("Another edition is published", given.seconds, trial.publish)
        trial.during("A check begins on a host that is killed, and goes on at the other", given.seconds, lambda: move_a_check(trial))  # fmt: skip
    print(f"{searches.asked:,} searches in all, {len(trial.wrong)} things wrong")
    return 1 if trial.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
