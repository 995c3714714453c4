"""What guards a form that anyone may send: from our own page only, not endlessly from one address, and no address kept.

A report of a mistake is worth little and cannot be taken back by who sent it, so the guard is mild: it keeps scripts
and strangers' pages from filling the desk, and asks nothing of people.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, current_app, request

from finder.errors import ReportRefused
from finder.web.embedding import embedding
from finder.web.limits import network_of

_KEY = "finder.posting"
# One person rarely has more than a few listings to tell of. Those behind one address share: twenty at once, and 120 an
# hour, in each worker. So does everybody behind a proxy that FINDER_TRUSTED_PROXIES does not count.
_BURST, _SECONDS_EACH = 20, 30.0
_MOST_ADDRESSES = 4096
# The boxes of the form take some 200 bytes.
_MOST_BYTES = 4096


class Allowances:
    """How many more each address may send now: a bucket that fills by one every so many seconds.

    An address is known by its hash under a key of this process's own, which nobody stores, so that none can be had
    from it. One IPv6 network counts as one address. Of more addresses than are kept all others share one bucket.
    """

    def __init__(self, burst: int, seconds_each: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._seconds_each, self._clock = burst, seconds_each, clock
        self._salt = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._left: dict[bytes, tuple[float, float]] = {}

    def take(self, peer: str) -> bool:
        """Take one from an address's bucket; False where it is empty."""
        key = hashlib.blake2b(network_of(peer).encode(), key=self._salt, digest_size=16).digest()
        now = self._clock()
        with self._lock:
            if key not in self._left and len(self._left) >= _MOST_ADDRESSES:
                full_after = self._burst * self._seconds_each
                self._left = {k: one for k, one in self._left.items() if now - one[1] < full_after}
                if len(self._left) >= _MOST_ADDRESSES:
                    key = b""
            left, since = self._left.get(key, (float(self._burst), now))
            left = min(float(self._burst), left + (now - since) / self._seconds_each)
            self._left[key] = (left - 1 if left >= 1 else left), now
            return left >= 1


def install(app: Flask) -> None:
    """Give the app its allowances."""
    app.extensions[_KEY] = Allowances(_BURST, _SECONDS_EACH)


def guard(most_bytes: int = _MOST_BYTES) -> None:
    """Let a form of this request through, of so many bytes. Raises ReportRefused: report_elsewhere or report_too_often.

    The address is that of who is at the other end of the connection, or of whom the proxies name that are trusted
    (FINDER_TRUSTED_PROXIES); what else a forwarded-for header says is not believed.
    """
    request.max_content_length = most_bytes
    if not is_ours() and not is_of_element():
        raise ReportRefused("report_elsewhere")
    allowances: Allowances = current_app.extensions[_KEY]
    if not allowances.take(request.environ.get("REMOTE_ADDR") or ""):
        raise ReportRefused("report_too_often")


def is_of_element() -> bool:
    """Return whether the element sends it, which draws our form in a page of the web site that shows us."""
    shown = embedding()
    return bool(shown and shown.face == "part" and request.headers.get("Origin") in shown.site.origins)


def is_ours() -> bool:
    """Return whether a browser says that the form was on a page of ours.

    Our pages send no referrer, so that browsers which do not say Sec-Fetch-Site say Origin: null. They are let
    through: there is no cookie or password that a stranger's page could ride on, and the other limits hold.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin", "null")
    try:
        return origin == "null" or urlsplit(origin).netloc == request.host
    except ValueError:
        return False
