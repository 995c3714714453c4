"""A server that is asked to end finishes what is under way, takes nothing new, and says so."""

from __future__ import annotations

import json
import signal
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.web.server import serving

BODY = b"what=phone&lang=en"
HEAD = (
    b"POST /wrong/npi:2025200009 HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(BODY)
)
WITHIN_SECONDS = 20


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_what_is_under_way_is_finished(tmp_path: Path, asked: signal.Signals) -> None:
    with serving(tmp_path / "home", FINDER_LOG="json") as server:
        address = urlsplit(server.address)
        where = str(address.hostname), int(address.port or 0)
        for version, status in ((b"1.1", b"200"), (b"1.0", b"404")):
            # As nginx asks, unless told otherwise.
            with socket.create_connection(where, timeout=WITHIN_SECONDS) as proxy:
                proxy.sendall(b"GET /metrics HTTP/%s\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n" % version)
                assert proxy.recv(65536).split(b" ")[1] == status
        with socket.create_connection(where, timeout=WITHIN_SECONDS) as slow:
            slow.sendall(HEAD + BODY[:4])
            time.sleep(0.3)  # until a worker reads it
            server.process.send_signal(asked)
            until = time.monotonic() + WITHIN_SECONDS
            while time.monotonic() < until:
                try:
                    socket.create_connection(where, timeout=1).close()
                except ConnectionRefusedError:
                    break
                time.sleep(0.05)
            else:
                raise AssertionError("it still takes what is new")
            assert server.process.poll() is None
            slow.sendall(BODY[4:])
            answer = b"".join(iter(lambda: slow.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 ")
        assert answer.split(b" ")[1] in (b"200", b"303", b"400")
        assert b"</html>" in answer or b"location:" in answer
        assert server.process.wait(timeout=WITHIN_SECONDS) == 0
    told = [json.loads(line) for line in server.output.read_text().splitlines() if line.startswith("{")]
    events = [one["event"] for one in told]
    assert (events[0], events[-1]) == ("serving", "stopped")
    assert events.count("worker_ready") == events.count("edition_loaded") == 2
    assert {one["level"] for one in told} == {"info"}
