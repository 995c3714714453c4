"""Tells when PostgreSQL no longer answers, as one whose machine or network stands still, and ends what waits for it.

A server that was stopped refuses at once, and nobody waits. One that stands still says nothing: whoever asked it would
wait for ever, and with each request one thread more.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
import weakref
from contextlib import suppress
from typing import Any

from sqlalchemy import URL, Engine, event

from finder.errors import StorageFailed

# Whoever asks for a connection waits no longer for a free one; and the driver, which takes whole seconds from 2 on, for
# a server that does not answer. One whose machine or network is gone is noticed in the middle of a query too.
_WAITS_FOR_ONE_SECONDS = 1.5
_ON_THE_LINE = {"connect_timeout": 2, "tcp_user_timeout": 5000, "keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3}  # fmt: skip
_PAUSE_SECONDS, _ANSWERS_WITHIN_SECONDS = 0.5, 1.0


def patience(url: URL) -> dict[str, Any]:
    """Return how long an engine for PostgreSQL waits; what its address itself says goes before."""
    line = {name: value for name, value in _ON_THE_LINE.items() if name not in url.query}
    return {"pool_timeout": _WAITS_FOR_ONE_SECONDS, "connect_args": line}


def watch(engine: Engine) -> None:
    """Let an engine's connections be ended, and new ones refused (StorageFailed), while PostgreSQL stands still.

    A thread with a connection of its own asks; it lives from the engine's first connection until `dispose`. Engines
    for SQLite are left as they are.
    """
    if engine.dialect.name == "postgresql":
        _Lifeline(engine)


class _Lifeline:
    def __init__(self, engine: Engine) -> None:
        self._url = engine.url
        self._opened = weakref.WeakSet[Any]()
        self._lock = threading.Lock()
        self._stopped: threading.Event | None = None
        self._is_away = False
        event.listen(engine, "do_connect", self._connects)
        event.listen(engine, "connect", self._has_connected)
        event.listen(engine, "engine_disposed", self._is_disposed)

    def _connects(self, dialect: Any, _record: Any, arguments: Any, named: Any) -> None:
        with self._lock:
            if self._stopped is None:
                self._stopped = threading.Event()
                thread = threading.Thread(
                    target=self._keep_asking, args=(self._stopped, dialect, tuple(arguments), dict(named)),
                    name="finder-lifeline", daemon=True,
                )  # fmt: skip
                thread.start()
        if self._is_away:
            raise StorageFailed("storage_gone", database="/".join(filter(None, (self._url.host, self._url.database))))

    def _has_connected(self, raw: Any, _record: Any) -> None:
        with self._lock:
            self._opened.add(raw)

    def _is_disposed(self, _engine: Engine) -> None:
        with self._lock:
            if self._stopped is not None:
                self._stopped.set()
            self._stopped, self._is_away = None, False

    def _keep_asking(self, stopped: threading.Event, dialect: Any, arguments: Any, named: Any) -> None:
        raw: Any = None
        while not stopped.wait(_PAUSE_SECONDS):
            began, is_still = time.monotonic(), False
            try:
                raw = raw or dialect.connect(*arguments, **named)
                is_still = not _answers(raw)
                is_usable = not is_still
            except Exception:
                # Refused is no standstill; a connection that could not be had in time is.
                is_still, is_usable = time.monotonic() - began > _ANSWERS_WITHIN_SECONDS, False
            if raw is not None and not is_usable:
                _close(raw)
                raw = None
            if stopped.is_set():
                break
            self._is_away = is_still
            if is_still:
                self._cut()
        if raw is not None:
            _close(raw)

    def _cut(self) -> None:
        with self._lock:
            opened = list(self._opened)
        for one in opened:
            # Whoever reads from it finds its end, and the pool throws it away.
            with suppress(Exception), socket.socket(fileno=os.dup(one.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)


def _close(raw: Any) -> None:
    """Close a connection, which waits for nothing."""
    with suppress(Exception):
        raw.close()


def _answers(raw: Any) -> bool:
    """Return whether a connection answers in time. Raises the driver's error where it is closed."""
    server, until = raw.pgconn, time.monotonic() + _ANSWERS_WITHIN_SECONDS
    server.send_query(b"SELECT 1")
    while True:
        server.flush()
        # Not `select`, which takes no descriptor above 1023.
        line = select.poll()
        line.register(server.socket, select.POLLIN)
        if not line.poll(max(0.0, until - time.monotonic()) * 1000):
            return False
        server.consume_input()
        while not server.is_busy():
            if server.get_result() is None:
                return True
