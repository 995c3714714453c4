"""Processes that import and publish, and are killed at it: at any moment, or just after a step has begun."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, make_url, text

from finder.desk.publish import activate
from finder.importers.pipeline import Wishes, import_files
from tests.desk.looks import Seen, assert_whole, seen, unfinished
from tests.sample_files import marked_directory, write

# The steps in order; each is told when the first statement of its kind is about to run.
STEPS = ("open", "slice", "carry over", "imported", "flip", "snapshot", "commit")
_NAME = "finder-to-be-killed"  # by which PostgreSQL knows a worker's sessions

_WORKER = r"""
import re, sys, time
from pathlib import Path
from sqlalchemy import event
from finder.db.dialect import open_engine
from finder.desk.publish import activate
from finder.errors import FileRefused
from finder.importers.pipeline import Wishes, import_files

STATEMENTS = {
    "open": re.compile(r"INSERT INTO dataset\b"),
    "carry over": re.compile(r"INSERT INTO (\w+) .*SELECT .*FROM \1\b", re.DOTALL),
    "slice": re.compile(r"INSERT INTO (organization|location|practitioner|practitioner_role|stated_capability)\b"),
    "flip": re.compile(r"UPDATE dataset SET active"),
    "snapshot": re.compile(r"INSERT INTO snapshot\b"),
}
told = set()

def tell(step):
    if step not in told:
        told.add(step)
        print(step, flush=True)

engine = open_engine(sys.argv[1])

@event.listens_for(engine, "before_cursor_execute")
def watch(_connection, _cursor, statement, *_rest):
    for step, pattern in STATEMENTS.items():
        if pattern.match(statement):
            tell(step)
            break

@event.listens_for(engine, "commit")
def watch_commit(_connection):
    if "snapshot" in told:
        tell("commit")

tell("ready")
files = [Path(name) for name in sys.stdin.readline().split()]
import_files(engine, files, "clinic")
tell("imported")
activate(engine, "clinic", None, "worker")
tell("activated")
"""


@dataclass
class Worker:
    """A process at work; `said` holds the steps that it was heard to begin."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def hear(self, wanted: str | None = None) -> None:
        """Listen until a step begins, else to the end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.strip())
            if self.said[-1] == wanted:
                return

    def set_to_work(self, files: list[Path]) -> None:
        """Name the files, upon which it begins at once."""
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(map(str, files)) + "\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """End it with SIGKILL and hear what it had still said."""
        self.process.kill()
        self.hear()
        self.process.communicate()


@contextmanager
def workers(engine: Engine) -> Iterator[Iterator[Worker]]:
    """Give processes that have loaded everything and wait for their files; the next one loads beside this one."""
    url, started = make_url(engine.url.render_as_string(hide_password=False)), list[Worker]()
    if engine.dialect.name == "postgresql":
        url = url.update_query_dict({"application_name": _NAME})

    def start() -> Worker:
        command = [sys.executable, "-c", _WORKER, url.render_as_string(hide_password=False)]
        pipe = subprocess.PIPE
        started.append(Worker(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)))
        return started[-1]

    def ready() -> Iterator[Worker]:
        following = start()
        while True:
            worker, following = following, start()
            worker.hear("ready")
            yield worker

    try:
        yield ready()
    finally:
        for worker in started:
            worker.process.kill()
            worker.process.communicate()


def wait_for_the_server(engine: Engine) -> None:
    """Wait until PostgreSQL has noticed that a worker is dead, and has ended what that one had begun."""
    if engine.dialect.name != "postgresql":
        return
    still = text(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND datname = current_database()"
    )
    until = time.monotonic() + 30
    while True:
        with engine.connect() as connection:
            if not connection.scalar(still, {"name": _NAME}):
                return
        assert time.monotonic() < until
        time.sleep(0.01)


class Trial:
    """A directory that is imported and published again and again by processes that are killed at it.

    All sections come from files but the services, which are carried over each time.
    """

    def __init__(self, engine: Engine, folder: Path, places: int, seed: int) -> None:
        self.engine, self.folder, self.places = engine, folder, places
        self.kills: Counter[str] = Counter()
        self.landed = 0
        self._chance = random.Random(seed)
        self._numbers = iter(range(10**6))
        numbers = range(places)
        services = write(
            folder / "services.csv",
            "location_id,service,offered",
            *(f"place{n},therapy,yes" for n in numbers),
        )
        import_files(engine, [*self._files("v"), services], "clinic")
        activate(engine, "clinic", None, "test")

    def run(self, wanted: int, seconds: float = float("inf")) -> None:
        """Kill workers until `wanted` of them were still at work, or the time is up."""
        ends = time.monotonic() + seconds
        with workers(self.engine) as ready:
            moments = self._measure(next(ready))
            known = self._look()
            while self.kills.total() < wanted and time.monotonic() < ends:
                worker, mark = next(ready), self._mark("v")
                # By turns at any moment, and in each step, since the shortest would else seldom be met.
                number = self.kills.total()
                if number % 2:
                    step = STEPS[number // 2 % len(STEPS)]
                    begin, end = moments[step]
                    worker.set_to_work(self._files(mark))
                    worker.hear(step)
                    time.sleep(self._chance.uniform(0, end - begin))
                else:
                    worker.set_to_work(self._files(mark))
                    time.sleep(self._chance.uniform(0, moments["flip"][1]))
                worker.kill()
                wait_for_the_server(self.engine)
                now, new = self._look(), Seen(known.edition + 1, mark)
                done = worker.said[-1] == "activated"
                assert now in ((new,) if done else (known, new)), worker.said
                if not done:
                    self.kills[worker.said[-1]] += 1
                    self.landed += now != known
                known = now
                self._next_import_works(now)
        mark = self._mark("last")
        import_files(self.engine, self._files(mark), "clinic")
        assert self._look() == known
        activate(self.engine, "clinic", None, "test")
        assert self._look() == Seen(known.edition + 1, mark)

    def _measure(self, worker: Worker) -> dict[str, tuple[float, float]]:
        """Let a worker do its whole work; return when each step began and ended, in seconds."""
        worker.set_to_work(self._files(self._mark("v")))
        began = time.monotonic()
        times = {}
        for step in (*STEPS, "activated"):
            worker.hear(step)
            times[step] = time.monotonic() - began
        assert worker.process.wait() == 0
        assert worker.said == ["ready", *STEPS, "activated"]
        return {step: (times[step], end) for step, end in zip(STEPS, list(times.values())[1:], strict=True)}

    def _look(self) -> Seen:
        assert_whole(self.engine, self.places)
        return seen(self.engine, self.places)

    def _next_import_works(self, now: Seen) -> None:
        report = import_files(self.engine, self._files(self._mark("dry")), "clinic", Wishes(dry_run=True))
        assert {name: count.accepted for name, count in report.sections.items()} == {
            "locations": self.places,
            "practitioners": self.places,
            "capabilities": self.places // 2,
        }
        assert "services" in report.carried_over
        assert unfinished(self.engine) == 0
        assert self._look() == now

    def _mark(self, kind: str) -> str:
        return f"{kind}{next(self._numbers)}"

    def _files(self, mark: str) -> list[Path]:
        return marked_directory(self.folder / mark, mark, self.places)
