"""An editor at a real server, without a browser: cookies, tokens, files; and the processes behind it."""

from __future__ import annotations

import http.cookiejar
import io
import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from tests.web.admin.conftest import PASSWORD

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_PATIENCE_SECONDS = 90


class Editor:
    """Someone who is signed in at the server of an address."""

    def __init__(self, address: str, name: str, password: str = PASSWORD) -> None:
        self.address = address
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.post("/admin/sign-in", {"name": name, "password": password})

    def get(self, path: str) -> str:
        """Return a page. A server that is on its way back is waited for."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                with self.opener.open(self.address + path, timeout=30) as reply:
                    return str(reply.read().decode())
            except urllib.error.HTTPError as refused:
                with refused:
                    return refused.read().decode()
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.1)

    def post(self, path: str, fields: dict[str, str], *, page: str = "", files: dict[str, bytes] | None = None) -> str:
        """Send a form of a page; return the address of what came after."""
        token = _TOKEN.search(self.get(page or path))
        assert token, page or path
        values: list[tuple[str, Any]] = [("csrf_token", token[1]), *fields.items()]
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(values).encode()
        if files is not None:
            values += [("files", FileStorage(io.BytesIO(data), name)) for name, data in files.items()]
            boundary, body = encode_multipart(MultiDict(values))
            headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        with self.opener.open(urllib.request.Request(self.address + path, body, headers), timeout=60) as reply:
            return str(reply.url).removeprefix(self.address)

    def progress(self, check: str) -> dict[str, Any]:
        """Return how far a check is."""
        return dict(json.loads(self.get(f"{check}/progress")))

    def wait(self, check: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until a check is so far."""
        ends = time.monotonic() + _PATIENCE_SECONDS
        while not until(now := self.progress(check)):
            assert time.monotonic() < ends, now
            time.sleep(0.05)
        return now


def at_work(check: str) -> list[int]:
    """Return the processes that work on a check, those of other servers too."""
    number = check.rpartition("/")[2]
    return [one for one, command in _commands().items() if command[2:6] == ["finder.cli", "checks", "run", number]]


def parent_of(process: int) -> int:
    """Return the parent of a process."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def unreaped_of(process: int) -> list[int]:
    """Return the children of a process that have ended and were not waited for."""
    found = []
    for one in _commands():
        try:
            state, parent = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state == "Z" and int(parent) == process:
            found.append(one)
    return found


def sockets_of(process: int) -> set[str]:
    """Return what sockets and pipes a process has, as the system names them."""
    folder = Path(f"/proc/{process}/fd")
    names = set()
    for one in folder.iterdir():
        try:
            names.add(os.readlink(one))
        except OSError:
            continue
    return {name for name in names if name.startswith("socket:")}


def _commands() -> dict[int, list[str]]:
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                found[int(folder.name)] = (folder / "cmdline").read_text().split("\0")
            except (OSError, UnicodeDecodeError):
                continue
    return found
