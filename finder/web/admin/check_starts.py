"""Starts the process of a check, hears of its end, and sees to checks that nobody works on.

The process is a child of whichever worker took the upload, and needs nothing of it but the settings: it shares no
socket and no pipe with it, goes on when the worker or the server ends, and ends by SIGTERM as by a kill, with a check
that can be run again. Searches go first: it is given less of the processor from its first moment.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from finder.config import Settings, environment_of_children
from finder.db.dialect import open_engine
from finder.desk.checks import give_to, mark_dead, mark_silent, take_over, tell_alive, waiting_for_long
from finder.errors import StorageFailed
from finder.logs import log
from finder.web.context import directory, settings

_NICENESS = 10
_PAUSE_SECONDS = 3.0


def start(check_id: int) -> None:
    """Start the process of a check. Where it cannot be started, or dies at once, the check says so."""
    _start(directory().engine, settings(), check_id)


def look_after() -> None:
    """Mark checks whose process fell silent, and begin those that have waited for too long, as after a kill."""
    engine, now = directory().engine, dt.datetime.now(dt.UTC)
    mark_silent(engine, now)
    with engine.connect() as connection:
        waiting = waiting_for_long(connection, now)
    for check_id in waiting:
        if take_over(engine, check_id, now):
            start(check_id)


def _start(engine: Engine, given: Settings, check_id: int) -> None:
    claim = secrets.token_hex(16)
    # One that was thrown away does not wait; the process removes what is left of it.
    give_to(engine, check_id, claim)
    told = {
        "FINDER_UPLOAD_LIMIT_MB": str(given.upload_limit_mb),
        "FINDER_WORKBOOK_LIMIT_CELLS": str(given.workbook_limit_cells),
    }  # fmt: skip
    command = [sys.executable, "-m", "finder.cli", "checks", "run", str(check_id), "--claim", claim]
    try:
        # A group of its own: Ctrl-C at the server's terminal is not for it. No session of its own: Linux weighs
        # sessions against each other before it looks at how nice a process is.
        child = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, close_fds=True, process_group=0,
            env={**environment_of_children(given), **told},
        )  # fmt: skip
    except OSError as fault:
        log.error("check_not_started", check=check_id, reason=fault.strerror)
        mark_dead(engine, check_id, claim)
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, child.pid, _NICENESS)
    threading.Thread(
        target=_wait, args=(given.database_url, child, check_id, claim), name="finder-check", daemon=True
    ).start()


def _wait(database_url: str, child: subprocess.Popen[bytes], check_id: int, claim: str) -> None:
    """Wait for the end of a child, so that none is left behind, and tell where it died at work."""
    starts = True
    while child.poll() is None:
        try:
            child.wait(_PAUSE_SECONDS if starts else None)
        except subprocess.TimeoutExpired:
            # Where the processor is busy it may take a while to load.
            starts = bool(_tell(database_url, tell_alive, check_id, claim))
    if child.returncode != 0:
        log.warning("check_ended", check=check_id, exit=child.returncode)
        _tell(database_url, mark_dead, check_id, claim)


def _tell(database_url: str, deed: Callable[[Engine, int, str], int], check_id: int, claim: str) -> int:
    """Write about a child with connections of its own: the app may be gone by now. Returns what came of it."""
    engine = open_engine(database_url)
    try:
        return deed(engine, check_id, claim)
    except (SQLAlchemyError, StorageFailed):
        # If the database is away now, the check is found to be silent later.
        return 1
    finally:
        engine.dispose()
