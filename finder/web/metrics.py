"""What a monitoring program reads at /metrics: numbers of all workers of this machine, in Prometheus's text format.

No label says who asked or what: endpoints, audiences, codes and worker numbers are all from lists of ours.
"""

from __future__ import annotations

import datetime as dt
import hmac
import ipaddress
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Request, Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from finder import __version__
from finder.config import Settings
from finder.desk.checks import at_work
from finder.errors import StorageFailed
from finder.web.context import Directory, directory
from finder.web.counts import BOUNDS, Counts, Slots, counters_of, spreads_of
from finder.web.security import name_of_audience

_KEY, _BEGAN = "finder.metrics", "finder.began"
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Metric:
    """What one name stands for. A counter only rises; a gauge is as things stand, of each living worker."""

    kind: str
    labels: tuple[str, ...]
    meaning: str


METRICS: dict[str, Metric] = {
    "finder_requests": Metric("counter", ("endpoint", "audience", "status"), "Requests answered, by name of page or answer, audience and class of status (`2xx`)."),
    "finder_request_seconds": Metric("histogram", ("audience",), "How long answers took, from the moment a worker began."),
    "finder_faults": Metric("counter", ("code",), "Requests that could not be answered: a code of the database's trouble, or `fault` for one of ours."),
    "finder_rate_limited": Metric("counter", ("audience",), "Requests refused since too many came from one client."),
    "finder_search_outcomes": Metric("counter", ("outcome",), "What came of searches: `answered`, `widened`, `started_wide` (rare work), `outside_area`, `nothing_found`, `not_hip`, or the code of a refusal, such as `zip_unknown`."),
    "finder_follower_failures": Metric("counter", (), "How often a worker could not look for, or not load, the edition in force."),
    "finder_edition_in_force": Metric("gauge", ("worker",), "Edition in force, as the worker last saw it; it looks every second."),
    "finder_edition_loaded": Metric("gauge", ("worker",), "Edition that the worker shows. Lower than the one in force for long: it cannot load it."),
    "finder_edition_loaded_timestamp_seconds": Metric("gauge", ("worker",), "When the worker loaded it."),
    "finder_roles": Metric("gauge", ("worker",), "How many people at places it searches."),
    "finder_snapshot_bytes": Metric("gauge", ("worker",), "Size of the stored edition."),
    "finder_database_answers": Metric("gauge", ("worker",), "1 where the database answered the worker last, else 0."),
    "finder_resident_bytes": Metric("gauge", ("worker",), "Memory of the worker, to the megabyte."),
    "finder_imports_at_work": Metric("gauge", (), "Checks of uploads that wait or run, on all machines. Left out while the database is away."),
    "finder_backup_timestamp_seconds": Metric("gauge", (), "When the newest backup in `FINDER_HOME/backups` was written. Left out where there is none."),
    "finder_info": Metric("gauge", ("version",), "Version of the finder; always 1."),
}  # fmt: skip
_STANDING = {
    "finder_edition_in_force", "finder_edition_loaded", "finder_edition_loaded_timestamp_seconds", "finder_roles",
    "finder_snapshot_bytes", "finder_database_answers", "finder_resident_bytes",
}  # fmt: skip


@dataclass(frozen=True)
class _Parts:
    counts: Counts
    slots: Slots
    home: Path
    access: str
    token: str


def install(app: Flask, settings: Settings, followed: Directory) -> None:
    """Count every request of the app, unless FINDER_METRICS is off; to be called before all that answers requests."""
    if settings.metrics == "off":
        return
    counts = Counts()
    slots = Slots(settings.home / "metrics", counts)
    app.extensions[_KEY] = _Parts(counts, slots, settings.home, settings.metrics, settings.metrics_token)
    clock = time.perf_counter

    def begin() -> None:
        request.environ[_BEGAN] = clock()

    def end(response: Response) -> Response:
        # The request itself: to ask for it by its stand-in each time takes longer than all the rest.
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]
        audience, status = name_of_audience(asked) or "none", response.status_code
        now = clock()
        counts.took(asked.endpoint or "none", audience, f"{status // 100}xx", now - asked.environ.get(_BEGAN, now))
        if status == 429:
            counts.count("finder_rate_limited", audience)
        if outcome := g.get("outcome"):
            counts.count("finder_search_outcomes", outcome)
        return response

    # What is registered first begins first, and ends last.
    app.before_request(begin)
    app.after_request(end)
    failures = followed.failures

    def keep() -> None:
        nonlocal failures
        for _ in range(followed.failures - failures):
            counts.count("finder_follower_failures")
        failures = followed.failures
        counts.standing = _standing(followed)
        slots.keep()

    keep()
    followed.each_round.append(keep)
    followed.at_end.append(slots.close)


def tell_fault(code: str) -> None:
    """Count a request that could not be answered."""
    parts: _Parts | None = current_app.extensions.get(_KEY)
    if parts:
        parts.counts.count("finder_faults", code)


def may_read() -> bool:
    """Return whether whoever asks may see the numbers.

    A program of this machine asks by itself and by a name of this machine. A proxy on this machine asks from the same
    address for everybody; it says so in a header, speaks HTTP/1.0, or asks for another name.
    """
    parts: _Parts | None = current_app.extensions.get(_KEY)
    if parts is None:
        return False
    if parts.access == "token":
        kind, _, told = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(told.strip().encode(), parts.token.encode())
    before = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
    forwarded = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via")
    return (
        _is_of_this_machine(str(before.get("REMOTE_ADDR") or ""))
        and not any(name in request.headers for name in forwarded)
        and request.environ.get("SERVER_PROTOCOL") not in ("HTTP/1.0", "HTTP/1")
        and _is_of_this_machine(request.host.rsplit(":", 1)[0].strip("[]"))
    )


def _is_of_this_machine(name: str) -> bool:
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def exposition() -> tuple[bytes, str]:
    """Return all numbers as text, and its type."""
    from prometheus_client import CollectorRegistry, generate_latest  # loaded by those alone who are asked for it
    from prometheus_client.exposition import CONTENT_TYPE_LATEST
    from prometheus_client.registry import Collector

    parts: _Parts = current_app.extensions[_KEY]

    class Ours(Collector):
        def collect(self) -> Iterator[Any]:
            return _families(parts)

    registry = CollectorRegistry()
    registry.register(Ours())
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _families(parts: _Parts) -> Iterator[Any]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    parts.counts.standing = _standing(directory())
    counters: dict[tuple[str, ...], int] = defaultdict(int)
    spreads: dict[str, list[float]] = {}
    standing: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for number, lives, told in parts.slots.everybodys():
        for key, count in counters_of(told).items():
            counters[key] += count
        for audience, spread in spreads_of(told).items():
            before = spreads.get(audience, [0.0] * len(spread))
            spreads[audience] = [one + other for one, other in zip(before, spread, strict=True)]
        if lives:
            for name, value in told["standing"].items():
                standing[name].append((str(number), value))
    alone = _alone(parts)
    for name, metric in METRICS.items():
        if metric.kind == "counter":
            family: Any = CounterMetricFamily(name, metric.meaning, labels=metric.labels)
            found = {key[1:]: count for key, count in counters.items() if key[0] == name}
            for labels, count in sorted((found or ({(): 0} if not metric.labels else {})).items()):
                family.add_metric(labels, count)
        elif metric.kind == "histogram":
            family = HistogramMetricFamily(name, metric.meaning, labels=metric.labels)
            for audience, (*numbers, seconds) in sorted(spreads.items()):
                bounds = [*map(str, BOUNDS), "+Inf"]
                family.add_metric(
                    [audience], [(bound, sum(numbers[: at + 1])) for at, bound in enumerate(bounds)], seconds
                )
        else:
            family = GaugeMetricFamily(name, metric.meaning, labels=metric.labels)
            for label, value in alone.get(name, []) if name not in _STANDING else standing[name]:
                family.add_metric([label] if metric.labels else [], value)
        yield family


def _standing(followed: Directory) -> dict[str, float]:
    told: dict[str, float] = {
        "finder_edition_in_force": followed.in_force, "finder_database_answers": int(followed.is_answered),
        "finder_resident_bytes": _resident_bytes(),
    }  # fmt: skip
    if followed.loaded:
        told |= {
            "finder_edition_loaded": followed.index.edition, "finder_roles": followed.loaded.roles,
            "finder_edition_loaded_timestamp_seconds": followed.loaded.at.timestamp(),
            "finder_snapshot_bytes": followed.loaded.size,
        }  # fmt: skip
    return told


def _alone(parts: _Parts) -> dict[str, list[tuple[str, float]]]:
    """Return what is not of one worker, each with the value of its label."""
    told: dict[str, list[tuple[str, float]]] = {"finder_info": [(__version__, 1)]}
    try:
        with directory().engine.connect() as connection:
            told["finder_imports_at_work"] = [("", at_work(connection, dt.datetime.now(dt.UTC)))]
    except (SQLAlchemyError, StorageFailed):
        pass
    written = [path.stat().st_mtime for path in (parts.home / "backups").glob("finder-*.zip")]
    if written:
        told["finder_backup_timestamp_seconds"] = [("", max(written))]
    return told


def _resident_bytes() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return round(pages * _PAGE_BYTES / _MEGABYTE) * float(_MEGABYTE)
