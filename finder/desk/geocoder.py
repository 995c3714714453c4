"""Ask a geocoder of the operator's choice where an address is; geopy speaks its protocol, and this holds the line.

Only the configured host is asked, over https (http on this machine alone). No redirect is followed, no proxy of the
environment used, and no answer may take or hold more than it should. Nothing that serves patients imports this.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import math
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from geopy.adapters import AdapterHTTPError, BaseSyncAdapter
from geopy.exc import GeocoderParseError, GeocoderServiceError, GeocoderTimedOut, GeocoderUnavailable, GeopyError
from geopy.extra.rate_limiter import RateLimiter
from geopy.geocoders import Nominatim, Pelias, Photon

from finder.errors import DeskRefused

KINDS = ("nominatim", "photon", "pelias")
TIMEOUT_SECONDS = 15.0
LONGEST_ANSWER = 256 * 1024
_CANDIDATES = 5
_HTTP = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
# Whoever answers so wants to be asked no more, or is not where it was said to be.
_STOPS = (301, 302, 303, 307, 308, 401, 402, 403, 407, 429)


class Service(NamedTuple):
    """A geocoder: its kind, where it is, how we call ourselves, a key if it wants one, and seconds between questions.

    `proxy` is the host and port of one that all goes through, "" for none.
    """

    kind: str
    url: str
    agent: str
    key: str = ""
    seconds: float = 1.0
    proxy: str = ""
    timeout: float = TIMEOUT_SECONDS

    @property
    def told(self) -> str:
        """What is kept of who answered."""
        return f"{self.kind} at {self.url}"[:250]


class Candidate(NamedTuple):
    """One point of an answer, in WGS84 degrees: the number of its house, "" where it is of none, and what it is of."""

    latitude: float
    longitude: float
    house: str
    match: str


Ask = Callable[[str], list[Candidate]]


def is_safe(url: str) -> bool:
    """Return whether a geocoder may be asked there: https, or http on this machine; no password, query or fragment."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.query or parts.fragment or any(c.isspace() for c in url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def asking(service: Service) -> Ask:
    """Return what asks for an address, never sooner after the last one than the service allows.

    It returns the points that are known for it, the likeliest first, none for a miss. Raises GeocoderAway where there
    was no answer that can be used, and DeskRefused (geocoder_refuses) where nothing more must be asked.
    """
    if not is_safe(service.url):
        raise DeskRefused("geocoder_unsafe", value=service.url[:100])
    parts = urlsplit(service.url)
    domain = f"{parts.netloc}{parts.path.rstrip('/')}"
    common: dict[str, Any] = {
        "domain": domain, "scheme": parts.scheme, "user_agent": service.agent, "timeout": service.timeout,
        # An empty dict: None would be what the environment says.
        "proxies": {}, "adapter_factory": partial(_Adapter, service),
    }  # fmt: skip
    if service.kind == "nominatim":
        geocoder = Nominatim(**common)
        more: dict[str, Any] = {"limit": _CANDIDATES, "addressdetails": True, "language": "en"}
    elif service.kind == "photon":
        geocoder, more = Photon(**common), {"limit": _CANDIDATES, "language": "en"}
    else:
        geocoder, more = Pelias(api_key=service.key or None, **common), {}
    limited = RateLimiter(
        geocoder.geocode, min_delay_seconds=service.seconds, max_retries=0, error_wait_seconds=service.seconds,
        swallow_exceptions=False,
    )  # fmt: skip

    def ask(address: str) -> list[Candidate]:
        try:
            found = limited(address, exactly_one=False, **more) or []
            return [_candidate(service.kind, one.latitude, one.longitude, one.raw) for one in found[:_CANDIDATES]]
        except GeopyError as fault:
            status = getattr(fault.__cause__, "status_code", None)
            if status in _STOPS:
                raise DeskRefused("geocoder_refuses", value=service.url, status=status) from None
            raise GeocoderAway(_reason(fault)) from None
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError, OverflowError):
            # JSON, but not what this kind of geocoder answers.
            raise GeocoderAway("not an answer of this kind of geocoder") from None

    return ask


class GeocoderAway(Exception):
    """There was no answer that can be used; the address can be asked again."""


def _candidate(kind: str, latitude: float, longitude: float, raw: Mapping[str, Any]) -> Candidate:
    if kind == "nominatim":
        house, match = raw.get("address", {}).get("house_number"), raw.get("addresstype") or raw.get("type")
    else:
        properties = raw["properties"]
        house = properties.get("housenumber")
        match = properties.get("type" if kind == "photon" else "layer")
        if kind == "pelias" and "interpolated" in (properties.get("match_type"), properties.get("accuracy")):
            match = "interpolated"
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        raise ValueError(latitude)
    said = str(house or "").casefold()[:20]
    known = match if match in ("interpolated", "street") else "house" if said else "other"
    return Candidate(float(latitude), float(longitude), said, known)


def _reason(fault: GeopyError) -> str:
    status = getattr(fault.__cause__, "status_code", None)
    return f"HTTP status {status}" if status else str(fault)[:100]


class _Adapter(BaseSyncAdapter):  # type: ignore[misc]
    """What geopy fetches with."""

    def __init__(self, service: Service, *, proxies: object, ssl_context: ssl.SSLContext | None) -> None:
        super().__init__(proxies=proxies, ssl_context=ssl_context)
        self._service = service

    def get_json(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> Any:
        """Return the JSON at an address."""
        text = self.get_text(url, timeout=timeout, headers=headers)
        try:
            return json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise GeocoderParseError("not JSON") from None

    def get_text(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> str:
        """Return what is at an address of the service, all within the time limit."""
        # In a thread, since a server that sends a byte now and then never meets the limit of a single read.
        done: list[str | BaseException] = []
        thread = threading.Thread(target=self._keep, args=(done, url, timeout, headers), daemon=True)
        thread.start()
        thread.join(timeout)
        if not done:
            raise GeocoderTimedOut(f"no whole answer in {timeout:g} seconds")
        answer = done[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _keep(self, done: list[str | BaseException], url: str, timeout: float, headers: Mapping[str, str]) -> None:
        try:
            done.append(self._fetch(url, timeout, headers))
        except GeopyError as fault:
            done.append(fault)
        except AdapterHTTPError as fault:
            done.append(fault)
        except (OSError, http.client.HTTPException, ValueError) as fault:
            done.append(GeocoderUnavailable(f"no connection: {type(fault).__name__}"))

    def _fetch(self, url: str, timeout: float, headers: Mapping[str, str]) -> str:
        asked, own = urlsplit(url), urlsplit(self._service.url)
        if (asked.scheme, asked.netloc) != (own.scheme, own.netloc) or asked.hostname is None:
            raise GeocoderServiceError("another host than the one that was named")
        more: dict[str, Any] = {"context": ssl.create_default_context()} if asked.scheme == "https" else {}
        proxy = urlsplit(f"//{self._service.proxy}") if self._service.proxy else None
        host, port = (proxy.hostname, proxy.port) if proxy else (asked.hostname, asked.port)
        connection = _HTTP[asked.scheme](str(host), port, timeout=timeout, **more)
        if proxy:
            connection.set_tunnel(asked.hostname, asked.port)
        try:
            path = f"{asked.path}?{asked.query}"
            plain = {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
            connection.request("GET", path, headers={**headers, **plain})
            with closing(connection.getresponse()) as response:
                if response.status != http.client.OK:
                    raise AdapterHTTPError(response.reason, status_code=response.status, headers={}, text="")
                body = response.read(LONGEST_ANSWER + 1)
                if len(body) > LONGEST_ANSWER:
                    raise GeocoderServiceError(f"an answer of more than {LONGEST_ANSWER // 1024} KB")
                if response.length:
                    raise GeocoderServiceError("an answer that was cut off")
            return str(body, "utf-8")
        finally:
            connection.close()


def _refuse_constant(name: str) -> float:
    # NaN and Infinity are no JSON, and no place.
    raise ValueError(name)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
