"""Measure a national directory from file to patient: imported, published, and answered by every worker.

Two web hosts of one worker each stand over one database and are asked without pause. Each step is a process of its own,
as on the command line: the import, the publication, and then a person who asks not to be listed, which is an edition
beside a full one. Prints rows a second, the time of each, the most memory of each process, and how long after the
commit of an edition the last worker answered a search by it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import national
from bench_checks import _memory, _workers, serving
from bench_http import Client

from finder.db.dialect import open_engine
from finder.db.edition import current_edition
from finder.desk.setup import set_up

_FINDER = Path(sys.executable).with_name("finder")
_SEARCH = "/api/v1/specialists?zip=23220&condition=hip-osteoarthritis"
_LOOKS_EVERY, _PATIENCE_SECONDS = 0.02, 120.0
_HOSTS = 2


class Watched(threading.Thread):
    """Asks one host without pause; `seen` says when each edition was first answered."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._client, self._port = Client(port), port
        self.seen: dict[int, float] = {}
        self.errors = self.asked = 0
        self.ends = threading.Event()

    def run(self) -> None:
        """Ask until told to end."""
        while not self.ends.wait(_LOOKS_EVERY):
            self.asked += 1
            try:
                status, _headers, body = self._client.get(_SEARCH)
                self.errors += status != 200
                if status == 200:
                    self.seen.setdefault(json.loads(body)["edition"], time.monotonic())
            except OSError:
                self.errors += 1


class Step:
    """A command that was run: how long it took, its most memory in kilobytes, and when its edition was committed."""

    def __init__(self, engine_url: str, home: Path, *words: str, edition: int = 0) -> None:
        told = {name: value for name, value in os.environ.items() if not name.startswith("FINDER_")}
        told |= {"FINDER_HOME": str(home), "FINDER_DATABASE_URL": engine_url}
        engine, began = open_engine(engine_url), time.monotonic()
        self.committed = 0.0
        process = subprocess.Popen([_FINDER, *words], env=told, stdout=subprocess.DEVNULL)
        while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            if edition and not self.committed:
                with engine.connect() as connection:
                    self.committed = time.monotonic() if current_edition(connection) >= edition else 0.0
            time.sleep(_LOOKS_EVERY)
        self.seconds = time.monotonic() - began
        self.committed = self.committed or time.monotonic()
        self.kilobytes = ended[2].ru_maxrss
        engine.dispose()
        if ended[1]:
            raise SystemExit(f"finder {' '.join(words)} failed")


@contextmanager
def watched(ports: list[int]) -> Iterator[list[Watched]]:
    """Ask each host without pause."""
    hosts = [Watched(port) for port in ports]
    for one in hosts:
        one.start()
    try:
        yield hosts
    finally:
        for one in hosts:
            one.ends.set()
        for one in hosts:
            one.join()


def main() -> None:
    """Read the command line, import, publish, leave somebody out, print."""
    options = argparse.ArgumentParser(prog="scripts/bench million", description=__doc__)
    options.add_argument("--roles", type=int, default=1_000_000)
    options.add_argument("--database", help="address of an empty database; else SQLite in a folder of its own")
    options.add_argument("--seed", type=int, default=7)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_till_the_end:
        home = Path(folder)
        url = given.database or f"sqlite:///{home}/finder.db"
        files = national.write_files(home, given.roles, given.seed)
        rows = sum(path.read_bytes().count(b"\n") - 1 for path in files)
        engine = open_engine(url)
        set_up(engine, home, demo=False)
        servers = [open_till_the_end.enter_context(serving(home, url, "1")) for _ in range(_HOSTS)]
        workers = [worker for server, _port in servers for worker in _workers(server)]
        print(f"{rows:,} rows, {given.roles:,} roles, {url.partition(':')[0]}, {len(workers)} workers")
        step = Step(url, home, "import", *map(str, files), "--source", "national")
        print(f"import: {step.seconds:.0f} s, {rows / step.seconds:,.0f} rows/s, {step.kilobytes / 1000:.0f} MB")
        hosts = open_till_the_end.enter_context(watched([port for _server, port in servers]))
        deeds = (("activate", "national"), ("removal", "add", "1000000004"), ("removal", "withdraw", "1000000004"))
        for deed in deeds:
            with engine.connect() as connection:
                edition = current_edition(connection) + 1
            for one in workers:
                Path(f"/proc/{one}/clear_refs").write_text("5")
            step = Step(url, home, *deed, edition=edition)
            until = time.monotonic() + _PATIENCE_SECONDS
            while not all(edition in one.seen for one in hosts) and time.monotonic() < until:
                time.sleep(_LOOKS_EVERY)
            with suppress(OSError):
                most = ", ".join(f"{_memory(one, 'VmHWM') / 1000:.0f}" for one in workers)
            after = [f"{one.seen[edition] - step.committed:.1f}" if edition in one.seen else "never" for one in hosts]
            print(
                f"{' '.join(deed[:2])}: {step.seconds:.0f} s, {step.kilobytes / 1000:.0f} MB; "
                f"each worker by the new edition after {' and '.join(after)} s, {most} MB"
            )
        print(f"{sum(one.errors for one in hosts)} errors in {sum(one.asked for one in hosts):,} searches meanwhile")


if __name__ == "__main__":
    main()
