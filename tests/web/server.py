"""The real server in processes of its own, as `finder serve` starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import Engine

FINDER = Path(sys.executable).with_name("finder")
ROOT = Path(__file__).parents[2]
_PATIENCE_SECONDS = 60


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return this process's environment with a home of its own and no other setting or language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FINDER_", "LC_", "LANG"))}
    return {**kept, "FINDER_HOME": str(home), **more}


def url_of(engine: Engine) -> str:
    """Return the address of an engine's database."""
    return engine.url.render_as_string(hide_password=False)


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Answer:
    """What the server answered."""

    status: int
    headers: Message[str, str]
    body: bytes


@dataclass
class Server:
    """A running server; `output` is a file of all that it prints."""

    address: str
    process: subprocess.Popen[bytes]
    output: Path

    def get(self, path: str, *, fields: Mapping[str, str] | None = None, **headers: str) -> Answer:
        """Ask for a path; with fields, send a form to it."""
        body = urlencode(fields).encode() if fields is not None else None
        request = urllib.request.Request(self.address + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return Answer(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, refusal.headers, refusal.read())

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            assert self.process.poll() is None, self.output.read_text()
            try:
                if self.get("/readyz").status == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"no answer: {self.output.read_text()}")


@contextmanager
def serving(home: Path, *, port: str = "", before: Sequence[str] = (), **settings: str) -> Iterator[Server]:
    """Run `finder serve` with these settings; on leaving, ask it to end and see that it does.

    Unless the settings say otherwise, requests are not limited. `port` is one that nobody has unless given; `before` is
    a command that is to run it.
    """
    settings = {"FINDER_API_PER_MINUTE": "0", **settings}
    port = port or str(free_port())
    home.mkdir(exist_ok=True)
    output = home.parent / f"{home.name}.output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*before, str(FINDER), "serve"], cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True, env=environment(home, FINDER_PORT=port, **settings),
        )  # fmt: skip
    server = Server(f"http://127.0.0.1:{port}", process, output)
    try:
        server.wait()
        yield server
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)
    finally:
        if process.poll() is None:
            # With its workers, which would go on without it.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
