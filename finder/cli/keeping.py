"""What keeps a server honest: no new database in the place of one that is lost, no worker without its main process."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

from sqlalchemy import make_url

from finder.config import Settings
from finder.errors import DirectoryRefused

_LOOK_SECONDS, _GRACE_SECONDS = 1.0, 15.0


def refuse_lost(settings: Settings) -> None:
    """Raise DirectoryRefused (database_lost) where a finder has served from this home and its SQLite file is gone.

    Most commands make a database where there is none: right at the first start, and never in the place of a directory
    that patients rely on, lest it be served or backed up empty. `finder setup` and `finder restore` make a new one.
    """
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    has_served = (settings.home / "keys" / "secret").exists()
    if has_served and not Path(url.database).exists():
        raise DirectoryRefused("database_lost", database=url.database)


def end_with(parent: int) -> None:
    """Let this worker end when its main process does, however that ended.

    A worker that is left over keeps the port, and answers beside the server that is started next.
    """
    threading.Thread(target=_watch, args=(parent,), name="finder-parent", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)
