"""How often one address may ask, counted by all workers of a machine together, and told to whoever asks.

An address is known only by the number of its slot, of 65,536: a hash of it under a random key, so that some share one.
A slot holds the moment from which the quota is whole again, and nothing else. Key and slots are made anew each hour.
To count one request takes some 20 microseconds, measured; two processes at once some 40.
"""

from __future__ import annotations

import fcntl
import hashlib
import ipaddress
import os
import re
import secrets
import stat
import struct
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from flask import Flask, Response, current_app, g, request

from finder.config import Settings
from finder.errors import RequestRefused
from finder.logs import log
from finder.web.quota import Quota, Standing
from finder.web.security import name_of_audience, row_of

_KEY = "finder.limits"
_SLOTS = 65_536
# What it is, the key of the hash, and when that was made.
_HEADER, _SLOT = struct.Struct("<8s32sq"), struct.Struct("<q")
_MARK = b"finder 1"
_KEY_NS = 3600 * 1_000_000_000
# The lock is held for microseconds; a process that was stopped while it had it must not stop the others.
_LOCK_TRIES, _LOCK_PAUSE_SECONDS = 40, 50e-6
_WITH_PORT = re.compile(r"\[(?P<v6>[^]]*)\](?::\d+)?|(?P<v4>\d+\.\d+\.\d+\.\d+):\d+")


def network_of(peer: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 of an IPv6 one, since a household has that.

    Some proxies name a port too, which each connection has its own of. What is no address stays as it is: a socket of
    this machine has none.
    """
    if port := _WITH_PORT.fullmatch(peer):
        peer = port["v6"] or port["v4"]
    if ":" not in peer:
        return peer
    try:
        address = ipaddress.IPv6Address(peer)
    except ValueError:
        return peer
    # So a server that listens for both names IPv4 addresses; they all have the same /64.
    return str(address.ipv4_mapped) if address.ipv4_mapped else address.packed[:8].hex()


class Counts:
    """The slots of a file that all workers of a machine open: in `folder`, else with the temporary files.

    It is read and written, not mapped, since a mapped file that somebody cuts short ends the process. One that is gone
    or damaged is made anew, and where none can be had nobody is counted and nobody refused. The clock is one of the
    whole machine that nobody sets: Python has all processes read the same one.
    """

    def __init__(self, folder: Path, clock: Callable[[], int] = time.monotonic_ns) -> None:
        whose = hashlib.blake2b(str(folder.absolute()).encode(), digest_size=8).hexdigest()
        self._paths = (folder / "limits", Path(tempfile.gettempdir()) / f"finder-limits-{os.geteuid()}-{whose}")
        self._clock = clock
        self._lock = threading.Lock()
        self._file: int | None = None
        self._closing: Callable[[], object] = lambda: None
        self._told = False

    def ask(self, audience: str, peer: str, quota: Quota) -> Standing | None:
        """Count one request of a client, and return what came of it; None where it could not be counted."""
        name = f"{audience} {network_of(peer)}".encode()
        try:
            with self._lock, _Alone(self._opened()) as file:
                now = self._clock()
                slot = hashlib.blake2b(name, key=self._key(file, now), digest_size=8).digest()
                at = _HEADER.size + _SLOT.size * (int.from_bytes(slot, "big") % _SLOTS)
                kept = os.pread(file, _SLOT.size, at)
                before = _SLOT.unpack(kept)[0] if len(kept) == _SLOT.size else 0
                whole_at, standing = quota.ask(before, now)
                if not standing.retry_after:
                    os.pwrite(file, _SLOT.pack(whole_at), at)
                return standing
        except OSError as fault:
            if not self._told:
                self._told = True
                log.warning("requests_not_counted", reason=fault.strerror)
            return None

    def _key(self, file: int, now: int) -> bytes:
        """Return the key in force. One that is old, of another start of the machine, or damaged is made anew."""
        kept = os.pread(file, _HEADER.size, 0)
        if len(kept) == _HEADER.size:
            mark, key, made = _HEADER.unpack(kept)
            if mark == _MARK and 0 <= now - made < _KEY_NS:
                return bytes(key)
        fresh = secrets.token_bytes(32)
        os.ftruncate(file, 0)
        os.pwrite(file, _HEADER.pack(_MARK, fresh, now), 0)
        return fresh

    def _opened(self) -> int:
        if self._file is not None and os.fstat(self._file).st_nlink:
            return self._file
        self._closing()
        self._file = None
        try:
            self._file = _open(self._paths[0])
        except OSError:
            self._file = _open(self._paths[1])
        self._closing = weakref.finalize(self, _close, self._file)
        return self._file


def _open(path: Path) -> int:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    found = os.fstat(file)
    # Where everybody may write, somebody may have put something there.
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
        return file
    os.close(file)
    raise PermissionError(f"{path} is not ours")


def _close(file: int) -> None:
    with suppress(OSError):
        os.close(file)


class _Alone:
    """Keeps other processes out of a file. To enter raises TimeoutError after some milliseconds."""

    def __init__(self, file: int) -> None:
        self._file = file

    def __enter__(self) -> int:
        for _ in range(_LOCK_TRIES):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
            except (BlockingIOError, PermissionError):
                time.sleep(_LOCK_PAUSE_SECONDS)
            else:
                return self._file
        raise TimeoutError("another process keeps the file locked")

    def __exit__(self, *_failed: object) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1)


def install(app: Flask, settings: Settings) -> None:
    """Limit the audiences whose row says so to FINDER_API_PER_MINUTE requests of each client; 0 limits nobody."""
    if not settings.api_per_minute:
        return
    app.extensions[_KEY] = Counts(settings.home), Quota(settings.api_per_minute)
    app.before_request(_count)
    app.after_request(_tell)


def _count() -> None:
    # What browsers ask before they ask is answered from memory.
    if request.method == "OPTIONS" or not row_of(request).limited:
        return
    counts, quota = current_app.extensions[_KEY]
    g.standing = counts.ask(name_of_audience(request), request.remote_addr or "", quota)
    if g.standing is not None and g.standing.retry_after:
        raise RequestRefused("too_many_requests")


def _tell(response: Response) -> Response:
    """Say what the quota is and what is left of it, as draft-ietf-httpapi-ratelimit-headers writes that."""
    standing: Standing | None = g.get("standing")
    if standing is None:
        return response
    name = name_of_audience(request)
    response.headers["RateLimit-Policy"] = f'"{name}";q={standing.quota.most};w={standing.quota.seconds}'
    response.headers["RateLimit"] = f'"{name}";r={standing.left};t={standing.whole_after}'
    if standing.retry_after:
        response.headers["Retry-After"] = str(standing.retry_after)
    return response
