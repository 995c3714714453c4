"""Mixed requests over kept connections: pages, JSON, what is known already, suggestions, listings, a part, the desk."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections import defaultdict

import numpy as np
from trial_bed import Connection

_WAITS_SECONDS = 15.0
ORIGIN = "https://www.example.org"
# By kind: the path, in which {} is a ZIP code, {key} the key of a site, and {n} a number of a listing. In this order,
# over and over.
_MIX = (
    ("page", "/specialists?zip={}&condition=hip-osteoarthritis"),
    ("JSON", "/api/v1/specialists?zip={}&condition=labral-tear"),
    ("304", "/api/v1/locations?zip=23220&condition=hip-osteoarthritis"),
    ("suggest", "/api/v1/suggest?q=torn+lab"),
    ("page", "/places?zip={}&condition=labral-tear&lang=es"),
    ("place", "/place/place:hospital:place{n}"),
    ("JSON", "/api/v1/locations?zip={}&condition=hip-osteoarthritis"),
    ("person", "/specialist/person:hospital:person{n}"),
    ("part", "/embed/part/{key}/specialists?zip={}&condition=hip-osteoarthritis"),
    ("304", "/api/v1/locations?zip=23220&condition=hip-osteoarthritis"),
    ("page", "/"),
    ("desk", "/admin/sign-in"),
    ("words", "/specialists?zip={}&q=torn+labrum+in+my+hip"),
)


def mixed(zips: list[str], key: str) -> list[tuple[str, str]]:
    """Return kinds and paths, one round of the mix for each ZIP code."""
    return [
        (kind, path.replace("{key}", key).replace("{n}", str(number % 50)).replace("{}", zip_code))
        for number, zip_code in enumerate(zips)
        for kind, path in _MIX
    ]


class Traffic:
    """Asks over so many connections: at a rate for all of them together, or without pause where that is None.

    `taken` holds how long each answer took, at a rate from when it was due; `errors` what was not as it should be.
    """

    def __init__(self, port: int, asked: list[tuple[str, str]], connections: int, rate: float | None) -> None:
        self._port, self._asked = port, asked
        self._pause = connections / rate if rate else 0.0
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._go, args=(number, connections)) for number in range(connections)]
        self.taken: list[tuple[str, float]] = []
        self.errors: list[str] = []

    def __enter__(self) -> Traffic:
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for one in self._threads:
            one.join()

    def p50(self) -> float:
        """Return the median, in seconds."""
        return self._share(50)

    def p99(self) -> float:
        """Return the time that 99 of 100 answers took at most, in seconds."""
        return self._share(99)

    def p99_by_kind(self) -> dict[str, float]:
        """Return the same of each kind of request."""
        by_kind = defaultdict[str, list[float]](list)
        for kind, seconds in self.taken:
            by_kind[kind].append(seconds)
        return {kind: float(np.percentile(taken, 99)) for kind, taken in by_kind.items()}

    def _share(self, percent: int) -> float:
        return float(np.percentile([seconds for _kind, seconds in self.taken], percent))

    def _go(self, number: int, connections: int) -> None:
        line, etag = Connection(self._port, _WAITS_SECONDS), ""
        due = time.monotonic() + self._pause * number / connections
        # Each begins elsewhere in the mix.
        at = number * len(self._asked) // connections
        while not self._stopped.is_set():
            time.sleep(max(0.0, due - time.monotonic()))
            kind, path = self._asked[at % len(self._asked)]
            at += 1
            began = due if self._pause else time.monotonic()
            try:
                etag = self._ask(line, kind, path, etag)
            except (OSError, http.client.HTTPException) as fault:
                line.close()
                self.errors.append(f"{path}: {fault!r}")
            self.taken.append((kind, time.monotonic() - began))
            due = max(due + self._pause, time.monotonic() - 1)

    def _ask(self, line: http.client.HTTPConnection, kind: str, path: str, etag: str) -> str:
        headers = {"If-None-Match": etag} if kind == "304" and etag else {}
        headers |= {"Origin": ORIGIN} if kind == "part" else {}
        line.request("GET", path, headers=headers)
        reply = line.getresponse()
        body, found = reply.read(), reply.headers["ETag"] or ""
        # Known already, unless an edition came in between.
        is_known = reply.status == 304 and kind == "304" and found == etag
        if not is_known and (reply.status != 200 or not body):
            self.errors.append(f"{path}: {reply.status}")
        if kind in ("place", "person") and len(set(re.findall(rb"Mark(\d+)", body))) != 1:
            self.errors.append(f"{path}: not of one edition")
        return found if kind == "304" else etag
