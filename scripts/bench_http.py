"""Measure over HTTP what an answer costs: CPU of the server per request, above that of a hello through the same app.

One worker of granian, then of gunicorn (sync); a client of its own process asks over one kept connection, each time
from another ZIP code. CPU is what the operating system counts for the server's processes. Prints ratios.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import national
import numpy as np

from finder.db.dialect import open_engine
from finder.db.reference import zip_points
from finder.desk.publish import activate
from finder.desk.setup import set_up
from finder.importers.pipeline import import_files

_HERE = Path(__file__).resolve().parent
_PATIENCE_SECONDS = 120
_ROUNDS = 7
_PHONE = "Accept: */*\r\nAccept-Language: en-US,en;q=0.9\r\nUser-Agent: Mozilla/5.0 (iPhone)\r\n"
_ASKED = {
    "hello": ("/hello?zip={}", ""),
    "JSON, people for a condition": ("/api/v1/specialists?zip={}&condition=hip-osteoarthritis", ""),
    "JSON, rare work": ("/api/v1/specialists?zip={}&condition=labral-tear", ""),
    "JSON, places": ("/api/v1/locations?zip={}&condition=hip-osteoarthritis", ""),
    "page, people for a condition": ("/specialists?zip={}&condition=hip-osteoarthritis", ""),
    "page, rare work, Spanish": ("/specialists?zip={}&condition=labral-tear&lang=es", ""),
    "page, places": ("/places?zip={}&condition=hip-osteoarthritis", ""),
    "JSON known already (304)": ("/api/v1/specialists?zip={}&condition=hip-osteoarthritis", "ETag"),
}
_SERVERS = {
    "granian": ["granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "1", "--no-ws", "--log-level", "warning", "--host", "127.0.0.1", "--port", "{port}", "bench_http_app:app"],
    "gunicorn sync": ["gunicorn", "--workers", "1", "--log-level", "warning", "--bind", "127.0.0.1:{port}", "bench_http_app:app"],
}  # fmt: skip


class Client:
    """Asks over one connection, opened again where the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def get(self, path: str, headers: str = "") -> tuple[int, dict[bytes, bytes], bytes]:
        """Return status, headers and body."""
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{_PHONE}{headers}\r\n".encode())
        while b"\r\n\r\n" not in self._rest:
            self._read()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        named = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        code = int(status.split()[1])
        size = 0 if code == 304 else int(named.get(b"content-length", 0))
        while len(self._rest) < size:
            self._read()
        body, self._rest = self._rest[:size], self._rest[size:]
        if named.get(b"connection", b"").lower() == b"close":
            self._socket.close()
            self._open()
        return code, named, body

    def _read(self) -> None:
        more = self._socket.recv(1 << 16)
        if not more:
            raise ConnectionError("the server hung up")
        self._rest += more


def main() -> None:
    """Read the command line, make a directory, measure each server, print."""
    options = argparse.ArgumentParser(prog="scripts/bench http", description=__doc__)
    options.add_argument("--roles", type=int, default=100_000, help="of the larger directory, made up")
    options.add_argument("--requests", type=int, default=400, help="of each kind, in each round; and ZIP codes in all")
    options.add_argument("--seed", type=int, default=7)
    given = options.parse_args()
    draw = np.random.default_rng(given.seed)
    known = [one.zip_code for one in zip_points().values() if one.latitude is not None]
    zips = [str(one) for one in draw.choice(known, given.requests, replace=False)]
    print(f"CPU of the server a request, least of {_ROUNDS} rounds; each asks from the same {given.requests} ZIP codes")
    for name, roles in (("the demo", 0), (f"{given.roles:,} roles of the nation", given.roles)):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            engine = open_engine(f"sqlite:///{home}/finder.db")
            set_up(engine, home, demo=not roles)
            if roles:
                import_files(engine, national.write_files(home, roles, given.seed), "national")
                activate(engine, "national", None, "bench")
            engine.dispose()
            print(f"\n{name}, in SQLite")
            for server, command in _SERVERS.items():
                with serving(home, command) as (process, port):
                    measure(server, process, port, zips)


def measure(server: str, process: int, port: int, some: list[str]) -> None:
    """Print what each kind of request costs on one server; the first round, to which everything is new, apart."""
    client, requests = Client(port), len(some)
    taken: dict[str, list[float]] = {name: [] for name in _ASKED}
    sizes = {}
    for _round in range(1 + _ROUNDS):
        for name, (path, tagged) in _ASKED.items():
            tags = [""] * requests
            if tagged:
                known = [client.get(path.format(one))[1][b"etag"].decode() for one in some]
                tags = [f"If-None-Match: {tag}\r\n" for tag in known]
            before = cpu_seconds(process)
            for one, tag in zip(some, tags, strict=True):
                status, _headers, body = client.get(path.format(one), tag)
                if status != (304 if tagged else 200):
                    raise RuntimeError(f"{path}: {status} {body[:200]!r}")
            taken[name].append((cpu_seconds(process) - before) / requests)
            sizes[name] = len(body)
    hello = min(taken["hello"][1:])
    print(f"{server:34}{'us':>8} {'above hello':>12} {'of hello':>9} {'at first':>9} {'bytes':>8}")
    for name, (first, *later) in taken.items():
        least = min(later)
        print(
            f"{name:34}{least * 1e6:8.0f} {(least - hello) / hello:11.1f}x {least / hello:8.1f}x "
            f"{first * 1e6:9.0f} {sizes[name]:8,}"
        )


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(home: Path, command: list[str]) -> Iterator[tuple[int, int]]:
    """Run a server over a home; give its process and port."""
    port = free_port()
    run = [str(Path(sys.executable).with_name(command[0])), *(part.format(port=port) for part in command[1:])]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FINDER_")}
    # Counted like any, and never refused.
    told = {"FINDER_HOME": str(home), "FINDER_API_PER_MINUTE": "100000000"}
    server = subprocess.Popen(run, cwd=_HERE, env={**kept, **told}, start_new_session=True)
    try:
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                if Client(port).get("/readyz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield server.pid, port
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def cpu_seconds(process: int) -> float:
    """Return the CPU time that a process and its children have taken so far, all threads together."""
    tasks = [task for one in (process, *_children(process)) for task in Path(f"/proc/{one}/task").iterdir()]
    # Nanoseconds on a core, as the scheduler counts them.
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _children(process: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *_children(int(child))]
    return found


if __name__ == "__main__":
    main()
