"""A geocoder of our own for tests: it speaks as Nominatim, Photon and Pelias do, and misbehaves as it is told."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit


class Known(NamedTuple):
    """A point that the server knows for an address that begins so; no house where it knows only the street."""

    latitude: Any
    longitude: Any
    house: str = ""
    more: dict[str, Any] | None = None


class GeocoderServer:
    """What it was asked, and when by a clock that only goes forward; `trouble` answers instead where it is set."""

    def __init__(self, known: dict[str, list[Known]]) -> None:
        self.known = known
        self.asked: list[str] = []
        self.paths: list[str] = []
        self.at: list[float] = []
        self.agents: set[str] = set()
        self.trouble: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.url = ""

    def answer(self, path: str) -> Any:
        """Return the JSON for a request, in the protocol of its path."""
        parts = urlsplit(path)
        query = parse_qs(parts.query)
        address = (query.get("q") or query.get("text") or [""])[0]
        self.asked.append(address)
        self.paths.append(parts.path)
        found = next((points for begin, points in self.known.items() if address.startswith(begin)), [])
        if parts.path.endswith("/v1/search"):
            return {"features": [_feature(one, "housenumber", "layer") for one in found]}
        if parts.path.endswith("/api"):
            return {"features": [_feature(one, "housenumber", "type") for one in found]}
        return [
            {
                "lat": str(one.latitude), "lon": str(one.longitude), "display_name": address,
                "address": {"house_number": one.house} if one.house else {"road": "Main"},
                "addresstype": "place" if one.house else "road", **(one.more or {}),
            }
            for one in found
        ]  # fmt: skip


def _feature(one: Known, house: str, kind: str) -> dict[str, Any]:
    told = {house: one.house} if one.house else {}
    properties = {
        **told,
        kind: "house" if one.house else "street",
        "name": "there",
        "label": "there",
        **(one.more or {}),
    }
    return {"geometry": {"coordinates": [one.longitude, one.latitude]}, "properties": properties}


@contextmanager
def geocoder(known: dict[str, list[Known]], *, certificate: Path | None = None) -> Iterator[GeocoderServer]:
    """Serve on a free port of the loopback address, over TLS with a certificate where one is given."""
    server = GeocoderServer(known)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.at.append(time.monotonic())
            server.agents.add(self.headers.get("User-Agent", ""))
            if server.trouble:
                server.asked.append(self.path)
                server.trouble(self)
                return
            send(self, json.dumps(server.answer(self.path)).encode())

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    scheme = "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        scheme = "https"
    server.url = f"{scheme}://127.0.0.1:{listening.server_address[1]}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join(10)


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """Answer with a body."""
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def made_certificate(folder: Path) -> Path:
    """Make a key and a certificate of 127.0.0.1 that signs itself, in one file."""
    both = folder / "server.pem"
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", str(key), "-out", str(certificate), "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both
