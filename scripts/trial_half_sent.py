"""Requests that are begun and not ended, to see whether the finder goes on to say that it lives."""

from __future__ import annotations

import socket
import ssl
import time

from trial_bed import NAME, connection

_EACH, _SECONDS, _ANSWERS_WITHIN_SECONDS = 40, 8.0, 1.0
_HEADERS = f"GET /specialists?zip=23220 HTTP/1.1\r\nHost: {NAME}\r\nAccept: text/"
_BODY = (
    "POST {path} HTTP/1.1\r\nHost: " + NAME + "\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    "Sec-Fetch-Site: same-origin\r\nContent-Length: 2000\r\n\r\nkind=mov"
)
_BODIES = {
    "bodies of a search": "/api/v1/suggest",
    "bodies of the desk's sign-in": "/admin/sign-in",
    "bodies of a report of a mistake": "/wrong/place:hospital:place8",
}


def try_half_sent(where: str, port: int, *, tls: bool) -> int:
    """Try each kind alone, then all at once; print, and return how many of them kept /healthz from answering."""
    kinds = {"headers": _HEADERS, **{name: _BODY.format(path=path) for name, path in _BODIES.items()}}
    tries = {**{name: [text] for name, text in kinds.items()}, "of each of these at once": list(kinds.values())}
    wrong = 0
    for name, texts in tries.items():
        begun = [_begun(port, text, tls=tls) for text in texts for _ in range(_EACH)]
        try:
            slowest, asked = _slowest(port, tls=tls)
        finally:
            for one in begun:
                one.close()
        is_well = slowest < _ANSWERS_WITHIN_SECONDS
        wrong += not is_well
        print(f"  {'ok   ' if is_well else 'WRONG'} {where}, {_EACH} half-sent {name}: /healthz, asked {asked} times, took {slowest:.2f} s at most", flush=True)  # fmt: skip
    return wrong


def _begun(port: int, text: str, *, tls: bool) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=10)
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        line = context.wrap_socket(line, server_hostname=NAME)
    line.sendall(text.encode())
    return line


def _slowest(port: int, *, tls: bool) -> tuple[float, int]:
    """Ask /healthz for a while, over a new connection each time; return the slowest answer's time, and how many."""
    until, slowest, asked = time.monotonic() + _SECONDS, 0.0, 0
    while time.monotonic() < until:
        began = time.monotonic()
        try:
            with connection(port, tls=tls, timeout=5) as line:
                line.request("GET", "/healthz")
                well = line.getresponse().status == 200
        except OSError:
            well = False
        slowest = max(slowest, time.monotonic() - began if well else float("inf"))
        asked += 1
        time.sleep(0.05)
    return slowest, asked
