"""The log: events by name with values of an allow-list, one line each on standard error. Nothing else can get into it.

What a patient typed, whence they came and where they are stands under no key of the list. Of an exception only its kind
and where in the code it was are told, since its message may hold a question, and of other libraries' lines only who
wrote them.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from functools import cache
from typing import Any

# Each key that a line may have. Whatever else is given to the log is dropped.
KEYS: Mapping[str, str] = {
    "time": "when, UTC",
    "level": "info, warning or error",
    "event": "what happened, one of those below",
    "logger": "which library's line it was, where it was not ours",
    "code": "code of a refusal or fault, as in [codes](codes.md)",
    "kind": "kinds of exception, the innermost last",
    "where": "where in the code that was",
    "request": "reference of the request, as the page with the fault tells it and a trusted proxy's log",
    "endpoint": "name of the page or answer, such as `patients.specialists`",
    "edition": "number of the edition",
    "seconds": "how long it took",
    "roles": "how many people at places are searched",
    "bytes": "size of the stored index",
    "check": "number of the check of an upload",
    "state": "how the check ended",
    "publication": "number of the publication",
    "source": "name of the source",
    "version": "version of the finder, or of the source's data",
    "workers": "how many worker processes serve",
    "bind": "address and port that are served on",
    "exit": "exit code of a process",
    "reason": "what the operating system said",
    "file": "name of the site's file",
    "key": "key of the site's file",
    "other": "the key it is compared with",
    "ratio": "contrast of the two",
    "site": "public key of a web site that shows the finder",
    "told": "what the server said of its processes",
}
EVENTS: Mapping[str, str] = {
    "serving": "the server begins",
    "stopped": "the server has ended: all requests that were under way are answered, or ten seconds have passed",
    "worker_ready": "a worker process answers from now on",
    "server": "the server says something of its processes",
    "edition_loaded": "a worker shows this edition from now on",
    "postgis_missing": "the database has no PostGIS and it could not be added (CREATE EXTENSION postgis); the index searches",
    "rows_missing": "the edition has no rows for PostGIS; the index searches until the next edition",
    "rows_not_dropped": "rows of former editions could not be dropped from PostGIS; the next publication tries again",
    "edition_not_loaded": "an edition cannot be loaded; the one before is shown on",
    "database_away": "the database does not answer; told once, until it answers again",
    "database_back": "the database answers again",
    "fault": "a request could not be answered; its reader got the reference, and nothing else stands here",
    "change_not_ended": "a change of staff that has come to its end could not be taken back yet",
    "published": "a publication of the desk was done",
    "publication_refused": "a publication of the desk was refused, with the code",
    "publication_not_started": "a publication's process could not be started",
    "check_done": "the check of an upload ended, in this state",
    "check_not_started": "a check's process could not be started",
    "check_ended": "a check's process ended with another exit code than 0",
    "check_failed": "a check met a fault of ours",
    "golden_not_asked": "golden searches could not be asked of an edition",
    "requests_not_counted": "nothing can be counted, so that nobody is limited",
    "metrics_not_kept": "what is counted cannot be written for the other workers to show",
    "organization_missing": "FINDER_ORGANIZATION is not in the directory: all are listed alike",
    "site_colour": "a pair of colours can be read, but not by everybody; 7 is better",
    "site_page_unknown": "the site's file names no hip problem of the catalogue",
    "site_look": "the look of a web site cannot be used any longer",
    "foreign": "another library wrote a line, which is left out since it may hold a question",
}
_LONGEST = 2000
# What the server says of its processes holds no request; what looks like anything more is not shown.
_SERVER, _PLAIN = "_granian", re.compile(r"[A-Za-z0-9 ,.'-]{1,200}")
_Event = dict[str, Any]


def _ours(_logger: Any, _method: str, event: _Event) -> _Event:
    """Keep what stands in the two tables; tell of an exception what may be told."""
    failed = event.pop("exc_info", None)
    if failed:
        error = failed if isinstance(failed, BaseException) else (sys.exc_info() if failed is True else failed)[1]
        if error is not None:
            event.update(kind=_kinds(error), where=_where(error))
    kept = {key: _short(value) for key, value in event.items() if key in KEYS and value is not None}
    return kept if kept.get("event") in EVENTS else {**kept, "event": "foreign"}


def _foreign(_logger: Any, _method: str, event: _Event) -> _Event:
    """Tell of another library's line who wrote it."""
    record: logging.LogRecord = event["_record"]
    told: _Event = {"event": "foreign", "logger": record.name, "level": record.levelname.lower()}
    if record.name == _SERVER and not record.exc_info and _PLAIN.fullmatch(record.getMessage()):
        told |= {"event": "server", "told": record.getMessage()}
    return {**_ours(None, "", told | {"exc_info": record.exc_info}), "_record": record, "_from_structlog": False}


def _kinds(error: BaseException) -> str:
    chain: list[str] = []
    one: BaseException | None = error
    while one is not None and len(chain) < 5:
        chain.append(type(one).__name__)
        one = one.__cause__ or one.__context__
    return " < ".join(chain)


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{'/'.join(one.filename.split('/')[-3:])}:{one.lineno} {one.name}" for one in frames[-12:])


def _in_order(_logger: Any, _method: str, event: _Event) -> _Event:
    return {name: event[name] for name in ("time", "level", "event") if name in event} | dict(event)


def _short(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return value
    return "".join(letter if letter.isprintable() else " " for letter in str(value)[:_LONGEST])


class Log:
    """Where the finder's code tells of events. The library is loaded with the first, since few commands need it."""

    def info(self, event: str, **values: object) -> None:
        """Tell of what went as it should."""
        _library().info(event, **values)

    def warning(self, event: str, **values: object) -> None:
        """Tell of what somebody should look at."""
        _library().warning(event, **values)

    def error(self, event: str, **values: object) -> None:
        """Tell of what failed; `exc_info` is the exception, or True for the one at hand."""
        _library().error(event, **values)


log = Log()


@cache
def _library() -> Any:
    import structlog

    processors: list[Any] = [
        structlog.stdlib.filter_by_level, structlog.stdlib.add_log_level, _ours, _stamp(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ]  # fmt: skip
    structlog.configure(
        processors=processors,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    if not logging.getLogger().handlers:
        write()
    return structlog.get_logger("finder")


def _stamp() -> Any:
    from structlog.processors import TimeStamper

    return TimeStamper(fmt="iso", utc=True, key="time")


class _OnStandardError(logging.Handler):
    """Writes to what standard error is at the moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            self.handleError(record)


def write(form: str = "text", level: int = logging.WARNING) -> None:
    """Write what is logged from now on to standard error, as text or json: ours from `level` on, others' warnings."""
    import structlog

    processor: Any = structlog.stdlib.ProcessorFormatter
    renderer: Any = structlog.processors.JSONRenderer() if form == "json" else structlog.processors.LogfmtRenderer()
    # What cannot be written is lost. Else Python would tell of it at length, with the message of the exception at hand.
    logging.raiseExceptions = False
    handler = _OnStandardError()
    handler.setFormatter(
        processor(
            processors=[processor.remove_processors_meta, _in_order, renderer],
            foreign_pre_chain=[_foreign, _stamp()],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("finder").setLevel(level)
