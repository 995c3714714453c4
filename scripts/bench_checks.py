"""Measure what searches feel while the desk checks a large file: the server as it is served, one check after another.

Searches come at a steady pace from a client of its own, before each check and all through it. Prints the p99 of both,
their ratio (the median of all checks), errors, how fast rows are checked, and how far the memory of the web workers
rose: they store the upload and never parse it.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import io
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import national
import numpy as np
from bench_http import Client, free_port
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from finder.db.dialect import open_engine
from finder.db.reference import zip_points
from finder.db.staff import StaffRole
from finder.desk.accounts import add_staff
from finder.desk.publish import activate
from finder.desk.setup import set_up
from finder.importers.pipeline import import_files

_FINDER = Path(sys.executable).with_name("finder")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_PASSWORD, _PATIENCE_SECONDS = "four brown teapots", 900
_ENDED, _FIRST_UPLOADS = ("ready", "refused", "abandoned", "needs_mapping"), 6
_SEARCHES = ("/api/v1/specialists?zip={}&condition=hip-osteoarthritis", "/specialists?zip={}&condition=labral-tear")


class Searches:
    """Asks at a steady pace in a thread of its own; keeps how long each answer took from when it was due."""

    def __init__(self, port: int, zips: list[str], each_second: int) -> None:
        self._client, self._zips, self._pause = Client(port), zips, 1 / each_second
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._go)
        self.taken: list[float] = []
        self.errors = 0

    def __enter__(self) -> Searches:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def p99(self) -> float:
        """Return the time that 99 of 100 answers took at most, in seconds."""
        return float(np.percentile(self.taken, 99))

    def _go(self) -> None:
        due, number = time.monotonic(), 0
        while not self._stopped.is_set():
            time.sleep(max(0.0, due - time.monotonic()))
            began = time.monotonic()
            path = _SEARCHES[number % len(_SEARCHES)].format(self._zips[number % len(self._zips)])
            try:
                self.errors += self._client.get(path)[0] != 200
            except OSError:
                self.errors += 1
            self.taken.append(time.monotonic() - began)
            number += 1
            due = max(due + self._pause, time.monotonic() - 1)


class Editor:
    """Someone who is signed in at the desk."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)
        self._send("/admin/sign-in", [("name", "Robin"), ("password", _PASSWORD)])

    def upload(self, files: list[Path], source: str) -> str:
        """Send files; return the path of their check."""
        sent = [("files", FileStorage(io.BytesIO(path.read_bytes()), path.name)) for path in files]
        return self._send("/admin/imports", [("new_source", source), *sent])

    def state(self, check: str) -> str:
        """Return how far a check is."""
        with self._opener.open(f"{self._address}{check}/progress") as reply:
            return str(json.load(reply)["state"])

    def _send(self, path: str, fields: list[tuple[str, Any]]) -> str:
        with self._opener.open(self._address + path) as page:
            token = _TOKEN.search(page.read().decode())
        if token is None:
            raise SystemExit(f"no form on {path}")
        boundary, body = encode_multipart(MultiDict([("csrf_token", token[1]), *fields]))
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        asked = urllib.request.Request(self._address + path, body, headers)  # noqa: S310
        with self._opener.open(asked) as reply:
            return str(reply.url).removeprefix(self._address)


def main() -> None:
    """Read the command line, make a directory, check files while searches go on, print."""
    options = argparse.ArgumentParser(prog="scripts/bench checks", description=__doc__)
    options.add_argument("--roles", type=int, default=20_000, help="of the directory that is searched, made up")
    options.add_argument("--rows", type=int, default=200_000, help="of people in the files that are checked")
    options.add_argument("--checks", type=int, default=5)
    options.add_argument("--each-second", type=int, default=20, help="searches a second")
    options.add_argument("--idle-seconds", type=float, default=15)
    options.add_argument("--database", help="address of an empty database; else SQLite in a folder of its own")
    options.add_argument("--seed", type=int, default=7)
    given = options.parse_args()
    known = [one.zip_code for one in zip_points().values() if one.latitude is not None]
    zips = [str(one) for one in np.random.default_rng(given.seed).choice(known, 400, replace=False)]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        url = given.database or f"sqlite:///{home}/finder.db"
        files = _files(home, given.rows, given.seed)
        rows = sum(path.read_bytes().count(b"\n") - 1 for path in files)
        megabytes = sum(path.stat().st_size for path in files) / 1e6
        _prepare(url, home, given.roles, given.seed)
        print(f"{rows:,} rows, {megabytes:.0f} MB a check; {given.each_second} searches a second of {given.roles:,} roles, {url.partition(':')[0]}")  # fmt: skip
        with serving(home, url) as (server, port):
            measure(server, port, files, rows, zips, given)


def measure(server: int, port: int, files: list[Path], rows: int, zips: list[str], given: argparse.Namespace) -> None:
    """Print a line for each check, and the median of all."""
    editor, ratios, errors, asked = Editor(port), [], 0, 0
    with Searches(port, zips, given.each_second):
        # Whatever is loaded at the first upload is there, in either worker.
        for number in range(_FIRST_UPLOADS):
            small = files[0].with_name(f"first-{number}.csv")
            small.write_bytes(b"".join(files[0].open("rb").readlines()[:50]))
            check = editor.upload([small], f"first-{number}")
            while editor.state(check) not in _ENDED:
                time.sleep(0.5)
    print(f"{'check':>5} {'idle p99':>9} {'at work p99':>12} {'ratio':>6} {'errors':>7} {'seconds':>8} {'rows/s':>8} {'workers rose':>13}")  # fmt: skip
    for number in range(1, given.checks + 1):
        with Searches(port, zips, given.each_second) as idle:
            time.sleep(given.idle_seconds)
        before = {one: _memory(one, "VmRSS") for one in _workers(server)}
        for one in before:
            Path(f"/proc/{one}/clear_refs").write_text("5")
        began = time.monotonic()
        with Searches(port, zips, given.each_second) as busy:
            check = editor.upload(files, f"bench-{number}")
            while (state := editor.state(check)) not in _ENDED:
                if time.monotonic() - began > _PATIENCE_SECONDS:
                    raise SystemExit(f"{check} is {state}")
                time.sleep(0.5)
        seconds = time.monotonic() - began
        if state != "ready":
            raise SystemExit(f"{check} is {state}")
        rose = max(_memory(one, "VmHWM") - kilobytes for one, kilobytes in before.items()) / 1000
        ratios.append(busy.p99() / idle.p99())
        errors += busy.errors + idle.errors
        asked += len(busy.taken) + len(idle.taken)
        print(
            f"{number:5} {idle.p99() * 1e3:6.1f} ms {busy.p99() * 1e3:9.1f} ms {ratios[-1]:5.1f}x {busy.errors:7} "
            f"{seconds:8.1f} {rows / seconds:8,.0f} {rose:10.1f} MB"
        )
    print(f"p99 of searches while a check is at work: {statistics.median(ratios):.1f}x idle, median of {given.checks}; {errors} errors in {asked:,} searches")  # fmt: skip


def _files(home: Path, rows: int, seed: int) -> list[Path]:
    folder = home / "sent"
    folder.mkdir()
    return [Path(shutil.move(path, folder / path.name)) for path in national.write_files(home, rows, seed)]


def _prepare(url: str, home: Path, roles: int, seed: int) -> None:
    engine = open_engine(url)
    set_up(engine, home, demo=False)
    import_files(engine, national.write_files(home, roles, seed + 1), "national")
    activate(engine, "national", None, "bench")
    add_staff(engine, "Robin", StaffRole.EDITOR, _PASSWORD, "bench")
    engine.dispose()


@contextmanager
def serving(home: Path, url: str, workers: str = "2") -> Iterator[tuple[int, int]]:
    """Run the server as it is served, over a home; give its process and port."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FINDER_")}
    told = {
        "FINDER_HOME": str(home),
        "FINDER_DATABASE_URL": url,
        "FINDER_PORT": str(port),
        "FINDER_WORKERS": workers,
        "FINDER_API_PER_MINUTE": "0",
    }
    server = subprocess.Popen([_FINDER, "serve"], env={**kept, **told}, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if Client(port).get("/readyz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield server.pid, port
    finally:
        server.terminate()
        server.wait(timeout=60)


def _workers(server: int) -> list[int]:
    """Return the workers of a server: its children that are no checks and hold a directory."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return [int(one) for one in children if _memory(int(one), "VmRSS") > 50_000]


def _memory(process: int, what: str) -> int:
    """Return a figure of a process's memory, in kilobytes."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(rf"^{what}:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main()
