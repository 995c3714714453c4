"""What a request needs: the directory in force, the language, today, and the words for it."""

from __future__ import annotations

import ctypes
import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast
from urllib.parse import parse_qsl

from flask import Flask, current_app, g, request
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import LanguageAccept, MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_accept_header
from werkzeug.local import LocalProxy

from finder.config import Settings
from finder.db.edition import current_edition
from finder.db.reference_tables import follow as follow_zip_points
from finder.db.stored import damage
from finder.desk.amendments import end_due
from finder.errors import DirectoryNotReady, ListingMissing, QuestionError, StorageFailed
from finder.formats.wording import LANGUAGES, Wording, wording
from finder.logs import log
from finder.search import Index, SearchQuery
from finder.search.loading import load_edition
from finder.search.organizations import Host
from finder.search.phrases import UNKNOWN
from finder.site import Site
from finder.web.embedding import HostSite, embedding, host_sites

_POLL_SECONDS, _REST_SECONDS = 0.5, 60.0
_KEY = "finder"
# What a search may fill: each parameter once, words of 500 characters.
_MAX_FORM_BYTES, _MAX_CHANGES = 16 * 1024, 60
# Where a form may ask; other forms, such as a report of a mistake, ask nothing.
PAGES_OF_QUESTIONS = ("patients.specialists", "patients.places", "patients.print_specialists", "patients.print_places")
_ASKED_BY_FORM = (*PAGES_OF_QUESTIONS, "api.suggest_by_form", "admin.phone")
# The name of a button that changes fields of its form; its value is written like a query.
CHANGE = "change"


@dataclass(frozen=True)
class Loaded:
    """What was loaded last: when, how many people at places, and the bytes that they were stored in."""

    at: dt.datetime
    roles: int
    size: int


class Directory:
    """The edition in force, kept up to date by a thread, so that no request ever waits for a load.

    Requests take `index` once and work with that one; loading a new edition swaps the reference.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._index: Index | None = None
        # The web sites that may show the finder, by key; they belong to the edition as all that patients see.
        self.sites: Mapping[str, HostSite] = {}
        self._rests_until = 0.0
        # What keeps this worker from being ready, though it may answer some: damage that a request met, until a look
        # at every page finds none; and an edition in force that cannot be loaded.
        self._damaged, self._behind = False, False
        self._looks = threading.Lock()
        self._tells_again_at = 0.0
        # For those who watch: what the last look found, and what else is done after each.
        self.in_force, self.is_answered, self.failures = 0, True, 0
        self.loaded: Loaded | None = None
        self.each_round: list[Callable[[], object]] = []
        self.at_end: list[Callable[[], object]] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep_following, name="finder-editions", daemon=True)

    @property
    def index(self) -> Index:
        """The index of the edition in force. Raises DirectoryNotReady before the first was loaded."""
        if self._index is None:
            raise DirectoryNotReady("directory_not_ready")
        return self._index

    def follow(self) -> None:
        """Load what is in force now, then follow it in a background thread."""
        self._refresh()
        self._thread.start()

    def stop(self) -> None:
        """End the thread and close the database's connections."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        for one in self.at_end:
            one()
        if self._index is not None:
            self._index.close()
        self.engine.dispose()

    def answers(self) -> bool:
        """Return whether the database answers, undamaged as far as we know, and the edition in force is loaded."""
        try:
            with self.engine.connect() as connection:
                if self._index is None or current_edition(connection) < self._index.edition or self._behind:
                    return False
                return not self._damaged or self._is_mended(connection)
        except (SQLAlchemyError, StorageFailed):
            return False

    def met_damage(self) -> None:
        """Hear from a request that a page of the database is damaged: others may be, and none can be relied on."""
        self._damaged = True

    def _is_mended(self, connection: Connection) -> bool:
        # To look through it may take a while, so one at a time does.
        if not self._looks.acquire(blocking=False):
            return False
        try:
            self._damaged = bool(damage(connection))
        finally:
            self._looks.release()
        return not self._damaged

    def _keep_following(self) -> None:
        while not self._stopped.wait(_POLL_SECONDS):
            if self._refresh() or self._end_what_is_due():
                give_back_memory()
            for one in self.each_round:
                one()

    def _end_what_is_due(self) -> bool:
        """Make the next edition where a change of staff has come to its end; of several workers one does."""
        until = self._index.snapshot.changes_until if self._index else None
        if until is None or until > dt.datetime.now(dt.UTC) or time.monotonic() < self._rests_until:
            return False
        try:
            return end_due(self.engine) is not None
        except Exception:
            # What is shown goes on being shown; after a while it is tried again.
            log.error("change_not_ended", exc_info=True)
            self._rests_until = time.monotonic() + _REST_SECONDS
        return False

    def _refresh(self) -> bool:
        """Load the edition in force if it is another one, and return whether it was.

        What is loaded stays while the database is away.
        """
        try:
            with self.engine.connect() as connection:
                edition = self.in_force = current_edition(connection)
                if self._index is None or edition != self._index.edition:
                    sites = host_sites(connection)
                    follow_zip_points(connection)
            if self._index is None or edition != self._index.edition:
                self._behind = True  # unless it can be loaded
                started = time.perf_counter()
                fresh = load_edition(self.engine, self._index)
                if fresh is not None:
                    fresh.warm(dt.datetime.now(dt.UTC).date(), like=self._index)
                    self._index, self.sites = fresh, sites
                    roles, size = fresh.rows.counts[2], fresh.loaded_bytes
                    self.loaded = Loaded(dt.datetime.now(dt.UTC), roles, size)
                    seconds = round(time.perf_counter() - started, 2)
                    log.info("edition_loaded", edition=fresh.edition, seconds=seconds, roles=roles, bytes=size)
                    self._is_well()
                    return True
            else:
                self._is_well()
        except (SQLAlchemyError, StorageFailed) as gone:
            self.failures += 1
            if self.is_answered:
                kind = type(gone).__name__
                log.warning("database_away", code=gone.code if isinstance(gone, StorageFailed) else None, kind=kind)
            self.is_answered = False
        except Exception:
            # Whatever is wrong with one edition, the one in memory goes on and the next is tried. It is told once a
            # minute, lest it fill the log's disk.
            self.failures += 1
            if time.monotonic() >= self._tells_again_at:
                self._tells_again_at = time.monotonic() + _REST_SECONDS
                log.error("edition_not_loaded", edition=self.in_force, exc_info=True)
        return False

    def _is_well(self) -> None:
        self._behind, self._tells_again_at = False, 0.0
        if not self.is_answered:
            self.is_answered = True
            log.info("database_back")


def give_back_memory() -> None:
    """Give the system what the edition before took: C's allocator would keep it, and more with each that follows."""
    # Of glibc only. It takes some 10 ms where a worker has a million roles.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@dataclass(frozen=True)
class _Parts:
    settings: Settings
    directory: Directory
    today: dt.date | None


def remember(app: Flask, settings: Settings, directory: Directory, today: dt.date | None) -> None:
    """Tie settings and directory to the app."""
    app.extensions[_KEY] = _Parts(settings, directory, today)


def settings() -> Settings:
    """Return the settings of the app in charge."""
    return _parts().settings


def site() -> Site:
    """Return what pages know of the hospital whose finder it is, and of the web site that shows it."""
    shown = embedding()
    return shown.site.dress(settings().site) if shown else settings().site


def host() -> Host:
    """Return whose finder it is, or whose web site shows it."""
    given, shown = settings(), embedding()
    if shown is None:
        return Host(given.organization, given.own, given.phone, given.site_name)  # type: ignore[arg-type]
    site = shown.site
    return Host(site.organization or given.organization, site.own or given.own, site.phone or given.phone, given.site_name)  # type: ignore[arg-type]  # fmt: skip


def directory() -> Directory:
    """Return the directory of the app in charge."""
    return _parts().directory


def today() -> dt.date:
    """Return the day, UTC, that listings and rotation go by."""
    return _parts().today or dt.datetime.now(dt.UTC).date()


def now() -> dt.datetime:
    """Return the moment that opening hours go by; the middle of a day that is fixed."""
    fixed = _parts().today
    return dt.datetime.combine(fixed, dt.time(17), dt.UTC) if fixed else dt.datetime.now(dt.UTC)


def given() -> MultiDict[str, str]:
    """Return what was asked: the parameters of the address, or of a form that was sent in place of them.

    The button that a form was sent by may change some of its fields (CHANGE); an empty value takes one away.
    """
    if request.method != "POST" or request.endpoint not in _ASKED_BY_FORM:
        return request.args
    if "given" not in g:
        # Reading the form refuses one that is too large; whoever then tells so asks for the language again.
        g.given = MultiDict()
        request.max_content_length = min(request.max_content_length or _MAX_FORM_BYTES, _MAX_FORM_BYTES)
        asked = MultiDict(request.form)
        try:
            changes = parse_qsl(asked.pop(CHANGE, ""), keep_blank_values=True, max_num_fields=_MAX_CHANGES)
        except ValueError:
            raise QuestionError("request_malformed") from None
        for name, value in changes:
            asked.setlist(name, [value] if value else [])
        g.given = MultiDict([(name, value) for name, values in asked.lists() for value in values])
    found: MultiDict[str, str] = g.given
    return found


def private() -> bool:
    """Return whether what is asked stands in forms, and never in an address (FINDER_PRIVATE_SEARCH=post)."""
    return settings().private_search == "post"


def words() -> Wording:
    """Return the wording of this request: `lang` asked for, else what the browser prefers, else English."""
    found: Wording | None = g.get("words")
    if found is None:
        try:
            asked = given().get("lang") or request.args.get("lang", "")
        except (HTTPException, QuestionError):
            # A form that is too large, say: the refusal is written in what the address or the browser asks for.
            asked = request.args.get("lang", "")
        found = wording(asked if asked in LANGUAGES else _preferred(request.headers.get("Accept-Language", "")))
        g.words = found
    return found


@lru_cache(maxsize=1024)
def _preferred(accepted: str) -> str:
    """Return which of our languages an Accept-Language header asks for, English where it asks for none of them."""
    return parse_accept_header(accepted, LanguageAccept).best_match(LANGUAGES) or "en"


def asked_parameters() -> Mapping[str, list[str]]:
    """Return the question's parameters with all their values."""
    return given().to_dict(flat=False)


def as_picked(query: SearchQuery) -> SearchQuery:
    """Return the question of a form in which nothing was picked or typed: hip pain whose cause is open."""
    if "condition" not in given() or query.condition or query.procedure or query.q or query.name:
        return query
    return replace(query, condition=UNKNOWN)


def listed_id(public_id: str) -> str:
    """Return a public id as asked for. Raises ListingMissing for one that no listing can have.

    PostgreSQL takes no NUL, so such a one must not come to be compared with those stored.
    """
    if not public_id.isprintable():
        raise ListingMissing("listing_missing", public_id=public_id[:80])
    return public_id


@contextmanager
def reading() -> Iterator[tuple[Index, Connection]]:
    """Give one edition's index and a connection, for the whole of a request.

    The connection is opened when it is first used: most searches need nothing that the index does not hold.
    """
    found = directory()
    index = found.index
    opened: list[Connection] = []

    def connection() -> Connection:
        if not opened:
            opened.append(found.engine.connect())
        return opened[0]

    try:
        yield index, cast(Connection, LocalProxy(connection))
    finally:
        for one in opened:
            one.close()


def _parts() -> _Parts:
    parts: _Parts = current_app.extensions[_KEY]
    return parts
