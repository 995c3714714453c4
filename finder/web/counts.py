"""What each worker counts, in plain numbers, and where it keeps them for the others to show: nothing of who asked what.

A worker has a slot, a file that it alone has locked, and writes its numbers there every second. Whichever worker is
asked for them adds up all slots. A worker that died leaves its slot behind; what it counted stays counted, and the next
worker to start goes on from there, so that no counter ever falls and no file is left over.
"""

from __future__ import annotations

import fcntl
import os
import threading
import zlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from finder.logs import log

# Upper bounds in seconds. A search takes one to ten milliseconds; thirty seconds is what a proxy waits.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)
_LAYOUT, _MOST_SLOTS, _TRIES = 1, 256, 3
Key = tuple[str, ...]


class Counts:
    """The numbers of one worker: counters by name and labels, spreads of seconds by audience, and how things stand."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counters: dict[Key, int] = {}
        # For each audience how many took up to each bound, how many longer, and all their seconds.
        self.spreads: dict[str, list[float]] = {}
        self.standing: dict[str, float] = {}

    def count(self, *key: str) -> None:
        """Count one more: the name of a counter, then its labels."""
        with self._lock:
            self.counters[key] = self.counters.get(key, 0) + 1

    def took(self, endpoint: str, audience: str, status: str, seconds: float) -> None:
        """Count one request."""
        key = ("finder_requests", endpoint, audience, status)
        with self._lock:
            self.counters[key] = self.counters.get(key, 0) + 1
            spread = self.spreads.get(audience)
            if spread is None:
                spread = self.spreads[audience] = [0] * (len(BOUNDS) + 1) + [0.0]
            spread[bisect_left(BOUNDS, seconds)] += 1
            spread[-1] += seconds

    def packed(self) -> bytes:
        """Return all as bytes that another worker can read and check."""
        with self._lock:
            told = {
                "layout": _LAYOUT, "counters": [[*key, number] for key, number in self.counters.items()],
                "spreads": self.spreads, "standing": self.standing,
            }  # fmt: skip
            body = orjson.dumps(told)
        return b"%08x " % zlib.crc32(body) + body

    def begin_with(self, packed: bytes) -> None:
        """Go on from what a worker before counted; what cannot be read counts as nothing."""
        told = _unpacked(packed)
        if told:
            self.counters, self.spreads = counters_of(told), spreads_of(told)


class Slots:
    """The files of a folder in which the workers of a machine keep what they count."""

    def __init__(self, folder: Path, counts: Counts) -> None:
        self._folder, self._counts = folder, counts
        self._file: int | None = None
        self._written = b""
        self._told = False
        self.number = 0
        self._safely(self._take)

    def keep(self) -> None:
        """Write what has changed since."""
        packed = self._counts.packed()
        if packed != self._written and self._file is not None:
            self._safely(lambda: self._write(packed))

    def everybodys(self) -> Iterator[tuple[int, bool, dict[str, Any]]]:
        """Return the slots: number, whether its worker lives, what it counted. One's own is as of now."""
        own = _unpacked(self._counts.packed())
        if own is not None:
            yield self.number, True, own
        for path in sorted(self._folder.glob("worker-*")):
            number = path.name.removeprefix("worker-")
            if number.isdecimal() and int(number) != self.number:
                with suppress(OSError):
                    told, lives = _read(path)
                    if told is not None:
                        yield int(number), lives, told

    def close(self) -> None:
        """Leave the slot to the next worker."""
        self.keep()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MOST_SLOTS + 1):
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            file = os.open(self._folder / f"worker-{number}", flags, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(file)
                continue
            self.number, self._file = number, file
            self._counts.begin_with(os.pread(file, os.fstat(file).st_size, 0))
            return

    def _write(self, packed: bytes) -> None:
        if self._file is not None:
            os.pwrite(self._file, packed, 0)
            os.ftruncate(self._file, len(packed))
            self._written = packed

    def _safely(self, deed: Any) -> None:
        """Do it; where the disk does not let us, the numbers of this worker are shown alone."""
        try:
            deed()
        except OSError as fault:
            if not self._told:
                self._told = True
                log.warning("metrics_not_kept", reason=fault.strerror)


def counters_of(told: Mapping[str, Any]) -> dict[Key, int]:
    """Return the counters of a slot."""
    return {tuple(key): number for *key, number in told["counters"]}


def spreads_of(told: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return the spreads of a slot; those with other bounds than ours are left out."""
    return {name: spread for name, spread in told["spreads"].items() if len(spread) == len(BOUNDS) + 2}


def _read(path: Path) -> tuple[dict[str, Any] | None, bool]:
    """Return what a slot holds, and whether a worker has it. Its worker may be writing: then it is read again."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            lives = False
        except OSError:
            lives = True
        for _ in range(_TRIES):
            told = _unpacked(os.pread(file, os.fstat(file).st_size, 0))
            if told is not None:
                break
        return told, lives
    finally:
        os.close(file)


def _unpacked(packed: bytes) -> dict[str, Any] | None:
    check, _, body = packed.partition(b" ")
    if check != b"%08x" % zlib.crc32(body):
        return None
    told: dict[str, Any] = orjson.loads(body)
    return told if told.get("layout") == _LAYOUT else None
