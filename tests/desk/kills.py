"""Processes that import and publish, and are killed at it: at any moment, or just after a step has begun."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine, make_url, text

from finder.desk.publish import activate
from finder.importers.pipeline import Wishes, import_files
from tests.desk.looks import Seen, assert_whole, seen, unfinished
from tests.sample_files import marked_directory, write

# The steps in order; each is told when the first statement of its kind is about to run.
STEPS = ("open", "slice", "carry over", "imported", "flip", "snapshot", "commit")
_NAME = "finder-to-be-killed"  # by which PostgreSQL knows a worker's sessions

# Loads everything once; for each line of files it splits off a process that goes to work on them at once.
_WORKSHOP = r"""
import os, re, sys, traceback
from pathlib import Path
from sqlalchemy import event
from finder.db.dialect import open_engine
from finder.desk.publish import activate
from finder.importers.pipeline import import_files

STATEMENTS = {
    "open": re.compile(r"INSERT INTO dataset\b"),
    "carry over": re.compile(r"INSERT INTO (\w+) .*SELECT .*FROM \1\b", re.DOTALL),
    "slice": re.compile(r"(?:INSERT INTO|COPY) (organization|location|practitioner|practitioner_role|stated_capability)\b"),
    "flip": re.compile(r"UPDATE dataset SET active"),
    "snapshot": re.compile(r"INSERT INTO snapshot\b"),
}
told = set()

def say(words):
    # In one piece, so that a kill leaves no half line.
    os.write(1, f"{words}\n".encode())

def tell(step):
    if step not in told:
        told.add(step)
        say(step)

def watch(_connection, _cursor, statement, *_rest):
    for step, pattern in STATEMENTS.items():
        if pattern.match(statement.replace('"', "")):
            tell(step)
            break

def watch_commit(_connection):
    if "snapshot" in told:
        tell("commit")

def work(files):
    say(os.getpid())
    tell("ready")
    engine = open_engine(sys.argv[1])
    event.listen(engine, "before_cursor_execute", watch)
    event.listen(engine, "commit", watch_commit)
    import_files(engine, [Path(name) for name in files], "clinic")
    tell("imported")
    activate(engine, "clinic", None, "worker")
    tell("activated")

for line in sys.stdin:
    child = os.fork()
    if not child:
        try:
            work(line.split())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    say(f"ended {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")
"""


class Worker:
    """A process at work; `said` holds the steps that it was heard to begin."""

    def __init__(self, workshop: subprocess.Popen[str], files: list[Path]) -> None:
        assert workshop.stdin is not None
        assert workshop.stdout is not None
        self.said: list[str] = []
        workshop.stdin.write(" ".join(map(str, files)) + "\n")
        workshop.stdin.flush()
        self._heard = workshop.stdout
        self._process = int(self._heard.readline())

    def hear(self, wanted: str = "") -> None:
        """Listen until a step begins, or to the end, which must come of itself or by the kill."""
        for line in self._heard:
            if line.startswith("ended "):
                assert int(line.split()[1]) in (0, -signal.SIGKILL), self.said
                return
            self.said.append(line.strip())
            if self.said[-1] == wanted:
                return

    def kill(self) -> None:
        """End it with SIGKILL, unless it has ended by itself, and hear what it had still said."""
        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
        self.hear()


@contextmanager
def workshop(engine: Engine) -> Iterator[Callable[[list[Path]], Worker]]:
    """Give a function that sets a new process to work on some files."""
    url = make_url(engine.url.render_as_string(hide_password=False))
    if engine.dialect.name == "postgresql":
        url = url.update_query_dict({"application_name": _NAME})
    command = [sys.executable, "-c", _WORKSHOP, url.render_as_string(hide_password=False)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield lambda files: Worker(process, files)


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
        with workshop(self.engine) as work:
            moments, pace = self._measure(work), 1.0
            known = self._look()
            while self.kills.total() < wanted and time.monotonic() < ends:
                mark = self._mark("v")
                worker = work(self._files(mark))
                # By turns at any moment, and in each step from the last back, since the shortest are else seldom met.
                begin, end = 0.0, moments[STEPS[-1]][1]
                if self.kills.total() % 2:
                    step = STEPS[-1 - self.kills.total() // 2 % len(STEPS)]
                    begin, end = moments[step]
                    worker.hear(step)
                time.sleep(self._chance.uniform(0, end - begin) * pace)
                worker.kill()
                wait_for_the_server(self.engine)
                now, new = self._look(), Seen(known.edition + 1, mark)
                if worker.said[-1] == "activated":
                    assert now == new
                    pace *= 0.9  # it was faster than the one that was measured
                else:
                    assert now in (known, new), worker.said
                    self.kills[worker.said[-1]] += 1
                    self.landed += now != known
                known = now
                self._next_import_works(now)
        mark = self._mark("last")
        import_files(self.engine, self._files(mark), "clinic")
        assert self._look() == known
        activate(self.engine, "clinic", None, "test")
        assert self._look() == Seen(known.edition + 1, mark)

    def _measure(self, work: Callable[[list[Path]], Worker]) -> dict[str, tuple[float, float]]:
        """Let a worker do its whole work; return when each step began and ended, in seconds."""
        worker = work(self._files(self._mark("v")))
        began = time.monotonic()
        times = {}
        for step in (*STEPS, "activated"):
            worker.hear(step)
            times[step] = time.monotonic() - began
        worker.hear()
        assert worker.said == ["ready", *STEPS, "activated"], worker.said
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
