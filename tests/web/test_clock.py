"""A clock that jumps, forward and back by hours, days and years: nothing locks for ever, nothing is served wrong."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import struct
import subprocess
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from finder.db.checks import CheckState, FileCheck
from finder.db.dialect import open_engine
from finder.db.edition import current_edition
from finder.db.publications import OrderState, PublicationOrder
from finder.db.staff import StaffRole
from finder.desk.accounts import add_staff
from finder.desk.checks import mark_silent, take_over, waiting_for_long
from finder.desk.orders import find_order
from finder.desk.publish import republish
from finder.desk.sign_in_tries import take_a_try
from finder.desk.soundness import check
from finder.errors import DeskRefused
from tests.cli.run import Terminal
from tests.conftest import Databases
from tests.desk.troubles import cannot
from tests.web.admin.conftest import PASSWORD
from tests.web.admin.over_http import Editor
from tests.web.server import Server, serving

NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
YEAR = dt.timedelta(days=365)
SEARCH = "/api/v1/specialists?zip=23220&condition=labral-tear&radius=25&limit=50"
# In hours; ten years, and two and a half.
AHEAD = 24 * 3650
JUMPS = (3, AHEAD, 0, -24 * 900, 0)
# Adds seconds that stand in a file to the wall clock of a process.
_CLOCK = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long long zero = 0, *offset = &zero;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("CLOCK_OFFSET"), O_RDONLY | O_CLOEXEC);
    void *at = file < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
    if (at != MAP_FAILED) offset = at;
    if (file >= 0) close(file);
}

int clock_gettime(clockid_t which, struct timespec *now) {
    int told = syscall(SYS_clock_gettime, which, now);
    if (!told && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += *offset;
    return told;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int told = syscall(SYS_gettimeofday, now, zone);
    if (!told) now->tv_sec += *offset;
    return told;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
"""


def fail_to_sign_in(engine: Engine, times: int, now: dt.datetime) -> str:
    """Try a name so often; return the code of the last refusal, "" where every try was judged."""
    code = ""
    for _ in range(times):
        try:
            take_a_try(engine, "Robin", "", now)
            code = ""
        except DeskRefused as refused:
            code = refused.code
    return code


def test_a_clock_that_was_ahead_keeps_nobody_out(engine: Engine) -> None:
    """Tries that failed while it was ahead do not count until then; those of now do, and end after a quarter hour."""
    ahead = NOW + 5 * YEAR
    assert fail_to_sign_in(engine, 12, ahead) == "sign_in_wait"
    assert fail_to_sign_in(engine, 1, NOW) == ""
    assert fail_to_sign_in(engine, 12, NOW) == "sign_in_wait"
    assert fail_to_sign_in(engine, 1, NOW - dt.timedelta(minutes=1)) == "sign_in_wait"
    assert fail_to_sign_in(engine, 1, NOW + dt.timedelta(minutes=16)) == ""
    assert fail_to_sign_in(engine, 1, NOW - YEAR) == ""


@pytest.mark.parametrize("jump", [dt.timedelta(hours=2), 3 * YEAR])
def test_what_died_before_the_clock_was_set_back_is_found_to_be_silent(engine: Engine, jump: dt.timedelta) -> None:
    now = dt.datetime.now(dt.UTC)
    row = {
        "source": "clinic",
        "wishes": {},
        "started_by": "Robin",
        "started_at": now + jump,
        "heartbeat_at": now + jump,
    }
    with engine.begin() as connection:
        for state in (CheckState.RUNNING, CheckState.WAITING):
            connection.execute(insert(FileCheck).values(state=state, **row))
        running, waiting = connection.scalars(select(FileCheck.id).order_by(FileCheck.id)).all()
        connection.execute(
            insert(PublicationOrder).values(
                source="clinic", version=1, actor="Robin", confirmed={}, state=OrderState.WORKING, asked_at=now + jump,
                heartbeat_at=now + jump, params={},
            )
        )  # fmt: skip
        order = connection.scalar(select(PublicationOrder.id))
    # While the clock is as it was they live.
    assert mark_silent(engine, now + jump) == 0
    assert mark_silent(engine, now) == 1
    with engine.connect() as connection:
        assert connection.scalar(select(FileCheck.state).where(FileCheck.id == running)) is CheckState.ABANDONED
        assert waiting_for_long(connection, now) == [waiting]
    assert take_over(engine, waiting, now)
    assert find_order(engine, order).state is OrderState.ABANDONED
    # What lives now is left alone.
    with engine.begin() as connection:
        connection.execute(update(FileCheck).values(state=CheckState.RUNNING, heartbeat_at=now))
    assert mark_silent(engine, now + dt.timedelta(seconds=5)) == 0


def test_the_newest_backup_stays_whatever_the_names_of_others_say(over_demo_home: Terminal) -> None:
    """As where a clock was years ahead for some nights."""
    folder = over_demo_home.home / "var" / "backups"
    folder.mkdir(exist_ok=True)
    for night in range(1, 20):
        (folder / f"finder-203101{night:02}T000000Z.zip").write_bytes(b"of a clock that was ahead")
    made = Path(over_demo_home.good("backup").partition(": ")[0])
    assert made.exists()
    assert len(list(folder.glob("finder-*.zip"))) == 14


@pytest.fixture
def over_demo_home(tmp_path: Path) -> Terminal:
    """A terminal over a database without the demo, in a home of its own."""
    terminal = Terminal(tmp_path)
    terminal.good("setup", "--no-demo")
    return terminal


@contextmanager
def clock(folder: Path) -> Iterator[tuple[Callable[[int], None], dict[str, str]]]:
    """Give what sets the clock of a server, so many hours off, and the environment in which it reads that one.

    Only the wall clock is another one, as where somebody sets it: what waits goes by the clock that nobody sets. (Known
    libraries for this move what threads wait for as well, and so stop Python.)
    """
    source, library, offset = folder / "clock.c", folder / "clock.so", folder / "offset"
    source.write_text(_CLOCK)
    try:
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
    except (OSError, subprocess.CalledProcessError):
        cannot("a clock that can be set needs a C compiler: apt install gcc libc6-dev")
    file = offset.open("w+b", buffering=0)

    def set_to(hours: int) -> None:
        os.pwrite(file.fileno(), struct.pack("q", hours * 3600), 0)

    set_to(0)
    with file:
        yield set_to, {"LD_PRELOAD": str(library), "CLOCK_OFFSET": str(offset)}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_server_whose_clock_jumps(databases: Databases, tmp_path: Path) -> None:
    """People and places stay, sign-ins work again at once, editions are followed within seconds, the log is whole."""
    url = databases.fresh(demo=True)
    engine = open_engine(url)
    add_staff(engine, "Robin", StaffRole.EDITOR, PASSWORD, "tests")
    with (
        clock(tmp_path) as (set_to, settings),
        serving(tmp_path / "home", FINDER_DATABASE_URL=url, FINDER_WORKERS="1", **settings) as server,
    ):
        listed = people(server)
        assert 5 < len(listed) < 50
        for jump in JUMPS:
            set_to(jump)
            # Whoever had to wait by another clock need not by this one.
            # (A browser whose clock is right throws away at once the cookie of a server that is two hours behind.)
            assert jump < 0 or "Sign out" in Editor(server.address, "Robin").get("/admin/"), jump
            if jump == AHEAD:
                assert [refusal_of(server) for _ in range(6)][-1] == 429
            edition = republish(engine, "tests", "set_up")
            until = time.monotonic() + 90
            while answer(server)["edition"] != edition:
                assert time.monotonic() < until, jump
                time.sleep(0.05)
            # By another clock some are listed who are not yet, or no more; by the right one all are as they were.
            assert len(people(server) ^ listed) <= (3 if jump else 0), jump
            for path in ("/specialists?zip=23220", "/place/place:demo:lark-hip", "/readyz"):
                assert server.get(path).status == 200, (jump, path)
    assert check(engine) == []
    with engine.connect() as connection:
        assert current_edition(connection) == 1 + len(JUMPS)
    engine.dispose()


def answer(server: Server) -> dict[str, Any]:
    """Return what a search is answered."""
    return dict(json.loads(server.get(SEARCH).body))


def people(server: Server) -> set[bytes]:
    """Return who a search finds."""
    return set(re.findall(rb'"npi:[0-9]+"', server.get(SEARCH).body))


def refusal_of(server: Server) -> int:
    """Try to sign in with a wrong password; return the status."""
    try:
        Editor(server.address, "Robin", "not the password")
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
    return 200
