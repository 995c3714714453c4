"""Several web hosts on one PostgreSQL of the test's own, which publishes, is stopped, stands still, and comes back.

`scripts/trial hosts` does the same at length, behind nginx.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from finder.db.dialect import open_engine
from finder.desk.publish import activate
from finder.desk.setup import set_up
from finder.importers.pipeline import import_files
from tests.sample_files import marked_directory
from tests.web.server import ROOT, Server, serving

sys.path.append(str(ROOT / "scripts"))
from testbed import Cluster, find_postgres, postgres
from trial_bed import standstill

SEARCHES = ("/specialists?zip=23220&condition=labral-tear", "/api/v1/locations?zip=23220&radius=any")
READ = ("/place/place:hospital:place8", "/api/v1/listings/place:hospital:place8", "/admin/sign-in")
_PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    programs = find_postgres()
    if programs is None:
        message = "no programs of PostgreSQL: run scripts/test, which installs them"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    with postgres(programs) as made:
        yield made


@pytest.fixture(scope="module")
def publish(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], None]:
    """Publish a directory all of whose names end in a mark."""
    folder = tmp_path_factory.mktemp("files")
    engine = open_engine(cluster.address)
    set_up(engine, folder, demo=False)

    def publish(mark: str) -> None:
        import_files(engine, marked_directory(folder / mark, mark), "hospital")
        activate(engine, "hospital", None, "test")

    publish("Mark0")
    return publish


@pytest.fixture(scope="module")
def hosts(
    cluster: Cluster, publish: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Server]]:
    folder = tmp_path_factory.mktemp("hosts")
    settings = {"FINDER_DATABASE_URL": cluster.address, "FINDER_SECRET_KEY": "x" * 32}
    with ExitStack() as stack:
        yield [
            stack.enter_context(serving(folder / "one", FINDER_WORKERS="2", **settings)),
            stack.enter_context(serving(folder / "two", FINDER_WORKERS="1", **settings)),
        ]


def wait(until: Callable[[], bool]) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + _PATIENCE_SECONDS
    while not until():
        assert time.monotonic() < ends
        time.sleep(0.05)


def are_ready(hosts: list[Server]) -> bool:
    """Return whether every host, several times asked, is ready and reads from the database."""
    return all(host.get(path).status == 200 for host in hosts for path in ("/readyz", *READ) * 4)


def assert_searches_go_on(host: Server) -> None:
    """See that a host lives, says that it is not ready, answers searches whole, and refuses the rest for a while."""
    assert host.get("/healthz").status == 200
    assert host.get("/readyz").status == 503
    for path in SEARCHES:
        answer = host.get(path)
        assert (answer.status, b"Mark0" in answer.body) == (200, True), path
    for path in READ[:2]:
        answer = host.get(path)
        assert answer.status == 503, path
        assert int(answer.headers["Retry-After"]) > 0
    # A name is looked for in the database; that it is away is not that nobody is called so.
    assert host.get("/api/v1/specialists?zip=23220&name=fern").status == 503


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_searches_go_on_while_the_database_is_stopped(cluster: Cluster, hosts: list[Server], how: str) -> None:
    wait(lambda: are_ready(hosts))
    cluster.stop(how)
    try:
        for host in hosts * 3:
            assert_searches_go_on(host)
    finally:
        cluster.start()
    wait(lambda: are_ready(hosts))


def test_nobody_waits_for_a_database_that_stands_still(cluster: Cluster, hosts: list[Server]) -> None:
    """Neither with a connection of its own, nor for one; and not even those who asked before it was noticed."""
    wait(lambda: are_ready(hosts))
    with standstill(cluster):
        for host in hosts * 4:
            assert_searches_go_on(host)
    wait(lambda: are_ready(hosts))


def test_each_worker_of_each_host_has_the_next_edition(hosts: list[Server], publish: Callable[[str], None]) -> None:
    publish("Mark1")
    wait(lambda: all(b"Mark1" in host.get(path).body for host in hosts for path in SEARCHES * 8))


def test_a_host_that_is_killed_leaves_the_others_alone(hosts: list[Server]) -> None:
    os.killpg(hosts[1].process.pid, signal.SIGKILL)
    hosts[1].process.wait()
    for path in (*SEARCHES, *READ, "/readyz"):
        assert hosts[0].get(path).status == 200, path
