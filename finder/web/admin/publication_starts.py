"""Starts the process of a publication that takes long, and hears of its end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from finder.config import environment_of_children
from finder.desk.orders import give_up
from finder.errors import StorageFailed
from finder.logs import log
from finder.web.context import directory, settings

# Searches go first.
_NICENESS = 5


def start(number: int) -> None:
    """Start the process of an order, which needs nothing of ours but the settings; it goes on if we end."""
    given, engine = settings(), directory().engine
    command = [sys.executable, "-m", "finder.cli", "carry-out", str(number)]
    try:
        child = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, close_fds=True, process_group=0,
            env=environment_of_children(given),
        )  # fmt: skip
    except OSError as fault:
        log.error("publication_not_started", publication=number, reason=fault.strerror)
        give_up(engine, number)
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, child.pid, _NICENESS)
    threading.Thread(target=_wait, args=(engine, child, number), name="finder-publishing", daemon=True).start()


def _wait(engine: Engine, child: subprocess.Popen[bytes], number: int) -> None:
    """Wait for the end of a child, so that none is left behind; one that died at work has done nothing."""
    if child.wait() == 0:
        return
    # If the database is away now, the order is found to be silent later.
    with suppress(SQLAlchemyError, StorageFailed):
        give_up(engine, number)
