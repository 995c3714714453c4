"""Directories whose every name tells its edition, searches at a steady pace, and what their answers must be."""

from __future__ import annotations

import http.client
import json
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from geopy.distance import geodesic
from sqlalchemy import Engine
from trial_bed import Connection

from finder.db.reference import zip_points
from finder.desk.publish import activate
from finder.importers.pipeline import import_files
from tests.sample_files import HIP_SURGEON, locations, practitioners

_PLACES, _STEPS = 60, 61
_PEOPLE = "/api/v1/specialists?zip=23220&condition=labral-tear&radius=any&limit=50"
_AT = "/api/v1/locations?zip=23220&condition=labral-tear&radius=any&limit=50"
# What the index answers by itself.
OF_INDEX = (
    _PEOPLE,
    "/specialists?zip=23220&condition=labral-tear",
    _AT,
    "/places?zip=23220&condition=labral-tear&lang=es",
)
# What is read from the database.
OF_DATABASE = (
    "/api/v1/listings/place:hospital:place8",
    "/place/place:hospital:place8",
    "/api/v1/specialists?zip=23220&name=fern&radius=any",
)
PATHS = (*OF_INDEX[:2], OF_DATABASE[0], *OF_INDEX[2:], *OF_DATABASE[1:])
_HANGS_SECONDS, _THREADS = 15.0, 6


@dataclass
class Editions:
    """The editions that came: by the mark of their names, their numbers and when they were published."""

    engine: Engine
    folder: Path
    numbers: dict[int, int] = field(default_factory=dict)
    published: dict[int, float] = field(default_factory=dict)
    nearest: dict[int, list[int]] = field(default_factory=dict)
    probe: str = f"{_PEOPLE[:-2]}1"
    read: str = OF_DATABASE[0]

    def publish(self) -> int:
        """Import and activate the next directory; return its mark. Places stand elsewhere in each."""
        mark = len(self.numbers)
        count, folder = _PLACES + mark, self.folder / f"files-{mark}"
        folder.mkdir()
        at = {n: (37.5 + (n * 37 + mark * 11) % _STEPS / 500, -77.4 - n / 700) for n in range(count)}
        files = [
            locations(folder / "locations.csv", *(f"place{n},Clinic {n} Mark{mark},Clinics,clinic,VA,23220,{x},{y}," for n, (x, y) in at.items())),
            practitioners(folder / "practitioners.csv", *(f"person{n},place{n},Ada,Fern Mark{mark},{HIP_SURGEON}" for n in at)),
        ]  # fmt: skip
        centre = zip_points()["23220"]
        start = (centre.latitude, centre.longitude)
        self.nearest[mark] = sorted(at, key=lambda n: geodesic(start, at[n]).meters)
        import_files(self.engine, files, "hospital")
        # Whoever is quicker than this line may see it already.
        self.published[mark] = float("inf")
        self.numbers[mark] = -1
        self.numbers[mark] = activate(self.engine, "hospital", None, "trial")
        self.published[mark] = time.monotonic()
        return mark


@dataclass
class Told:
    """One answer: when it was asked for and had, path, status and body; if none, status 0 and the fault."""

    began: float
    ended: float
    path: str
    status: int
    retry_after: str | None
    body: bytes


class Searches:
    """Asks through nginx at a steady pace, from several threads, until it is left."""

    def __init__(self, port: int, each_second: int) -> None:
        self._port, self._pause = port, _THREADS / each_second
        self._stopped, self._told = threading.Event(), list[Told]()
        self._threads = [threading.Thread(target=self._go, args=(n,)) for n in range(_THREADS)]
        self.asked = 0

    def __enter__(self) -> Searches:
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for one in self._threads:
            one.join()

    def take(self) -> list[Told]:
        """Return what was told since the last time."""
        told, self._told = self._told, []
        self.asked += len(told)
        return told

    def _go(self, number: int) -> None:
        asked: http.client.HTTPConnection = Connection(self._port, _HANGS_SECONDS)
        due = time.monotonic() + self._pause * number / _THREADS
        while not self._stopped.is_set():
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due + self._pause, time.monotonic() - 1)
            path, began = PATHS[number % len(PATHS)], time.monotonic()
            number += 1
            try:
                asked.request("GET", path)
                reply = asked.getresponse()
                told = (reply.status, reply.headers["Retry-After"], reply.read())
            except (OSError, http.client.HTTPException) as fault:
                asked.close()
                told = (0, None, repr(fault).encode())
            self._told.append(Told(began, time.monotonic(), path, *told))


@dataclass
class Verdict:
    """What came of many searches."""

    answered: int = 0
    of_index: int = 0
    refused: int = 0
    slowest: float = 0.0
    slowest_of_index: float = 0.0
    slowest_refusal: float = 0.0
    wrong: list[str] = field(default_factory=list)
    index_failures: list[str] = field(default_factory=list)
    bad_refusals: list[str] = field(default_factory=list)

    @property
    def first_wrong(self) -> str:
        """The first that was wrong, to be printed."""
        return f": {self.wrong[0]}" if self.wrong else ""


def judge(told: Sequence[Told], editions: Editions, within_seconds: float) -> Verdict:
    """Compare answers with what they must be."""
    verdict = Verdict()
    for one in told:
        took = one.ended - one.began
        verdict.of_index += one.path in OF_INDEX
        if one.status == 200:
            verdict.answered += 1
            verdict.slowest = max(verdict.slowest, took)
            verdict.slowest_of_index = max(verdict.slowest_of_index, took if one.path in OF_INDEX else 0.0)
            if fault := fault_of(one, editions, within_seconds):
                verdict.wrong.append(f"{one.path}: {fault}")
            continue
        verdict.slowest_refusal = max(verdict.slowest_refusal, took)
        what = f"{one.path}: {one.status} {one.body[:200].decode(errors='replace') if not one.status else ''}"
        if one.path in OF_INDEX:
            verdict.index_failures.append(what)
        elif one.status == 503 and one.retry_after:
            verdict.refused += 1
        else:
            verdict.bad_refusals.append(what)
    return verdict


def fault_of(one: Told, editions: Editions, within_seconds: float) -> str:
    """Return what is wrong with an answer, "" for nothing: of one edition, not of an old one, and the nearest first."""
    marks = {int(mark) for mark in re.findall(rb"Mark(\d+)", one.body)}
    if len(marks) != 1:
        return f"of {len(marks)} editions"
    (mark,) = marks
    newest = max(m for m, at in editions.published.items() if at + within_seconds < one.began or not m)
    if mark < newest or mark not in editions.nearest:
        return f"of edition {mark} when {newest} had long been published"
    expected = editions.nearest[mark]
    if one.path.startswith("/api/"):
        body = json.loads(one.body)
        if editions.numbers[mark] not in (body["edition"], -1):
            return f"names of edition {editions.numbers[mark]} under number {body['edition']}"
    clinics = [int(n) for n in dict.fromkeys(re.findall(rb"Clinic (\d+) Mark", one.body))]
    if one.path in OF_INDEX:
        if len(clinics) < (50 if "limit=50" in one.path else 5) or clinics != expected[: len(clinics)]:
            return f"{clinics[:5]} in place of {expected[:5]}"
    elif "/place" in one.path and clinics[:1] != [8]:
        return f"clinic {clinics[:1]}"
    return ""
