"""How often one client may ask the API: told in each answer, counted by all workers as one, and by nobody dodged."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Thread

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from finder.web.limits import Counts, network_of
from finder.web.quota import Quota
from tests.web.conftest import LANGUAGES, MakeApp
from tests.web.server import ROOT, Server, serving, url_of

CONDITIONS = "/api/v1/conditions"
SITE = {"Origin": "https://hospital.example"}
_LISTENERS = Path("/proc/net/tcp")
TOLD = {"en": "Too many requests came from where you are.", "es": "Nos llegan muchas preguntas a la vez"}


@pytest.fixture
def three(demo_engine: Engine, make_app: MakeApp) -> FlaskClient:
    """An app of which each client may ask three times a minute."""
    return make_app(demo_engine, FINDER_API_PER_MINUTE="3").test_client()


def left(headers: object) -> int:
    return int(re.fullmatch(r'"api";r=(\d+);t=\d+', headers["RateLimit"])[1])  # type: ignore[index]


def test_each_answer_says_what_is_left(three: FlaskClient) -> None:
    told = [three.get(CONDITIONS).headers for _ in range(3)]
    assert {one["RateLimit-Policy"] for one in told} == {'"api";q=3;w=60'}
    assert [one["RateLimit"] for one in told] == ['"api";r=2;t=20', '"api";r=1;t=40', '"api";r=0;t=60']
    assert "Retry-After" not in told[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fourth_is_refused_so_that_a_script_can_read_it(three: FlaskClient, language: str) -> None:
    for _ in range(3):
        three.get(CONDITIONS)
    refused = three.get(f"{CONDITIONS}?lang={language}", headers=SITE)
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert refused.json["code"] == "too_many_requests"
    assert refused.json["detail"].startswith(TOLD[language])
    assert 0 < int(refused.headers["Retry-After"]) <= 20
    assert left(refused.headers) == 0
    assert refused.headers["Cache-Control"] == "no-store"
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    exposed = {one.strip() for one in refused.headers["Access-Control-Expose-Headers"].split(",")}
    assert exposed == {"ETag", "Link", "RateLimit", "RateLimit-Policy", "Retry-After"}


def test_what_changed_nothing_and_what_was_refused_count_too(three: FlaskClient) -> None:
    search = "/api/v1/specialists?zip=23220"
    etag = three.get(search).headers["ETag"]
    same = three.get(search, headers={"If-None-Match": etag})
    wrong = three.get("/api/v1/nothing")
    assert [same.status_code, wrong.status_code] == [304, 404]
    assert [left(same.headers), left(wrong.headers)] == [1, 0]
    assert three.post("/api/v1/suggest", data={"q": "hip"}).status_code == 429


def test_even_a_refusal_says_what_is_urgent(three: FlaskClient) -> None:
    for _ in range(3):
        three.get(CONDITIONS)
    refused = three.get("/api/v1/specialists?zip=23220&q=chest+pain")
    assert refused.status_code == 429
    assert refused.json["notices"][0]["level"] == "emergency"


def test_pages_files_and_health_are_not_limited(three: FlaskClient) -> None:
    for _ in range(5):
        three.get(CONDITIONS)
    for path in ("/", "/specialists?zip=23220", "/static/style.css", "/docs/", "/healthz", "/readyz", "/robots.txt"):
        for _ in range(5):
            reply = three.get(path)
            assert reply.status_code == 200
            assert "RateLimit" not in reply.headers
    assert three.options(CONDITIONS, headers={**SITE, "Access-Control-Request-Method": "GET"}).status_code == 200


def test_without_a_limit_none_is_told(client: FlaskClient) -> None:
    assert not [name for name in client.get(CONDITIONS).headers.keys() if name.startswith("RateLimit")]  # noqa: SIM118


def test_a_forwarded_for_header_does_not_dodge(demo_engine: Engine, make_app: MakeApp, tmp_path: Path) -> None:
    """Without proxies it is not read; with one, only what that one has added."""
    for proxies, sent in (("0", "{n}.1.1.1"), ("1", "{n}.1.1.1, 9.9.9.9"), ("2", "{n}.1.1.1, 9.9.9.9, 10.0.0.1")):
        home = tmp_path / proxies
        home.mkdir()
        app = make_app(
            demo_engine, FINDER_API_PER_MINUTE="3", FINDER_TRUSTED_PROXIES=proxies, FINDER_HOME=str(home)
        ).test_client()
        told = [app.get(CONDITIONS, headers={"X-Forwarded-For": sent.format(n=n)}).status_code for n in range(1, 6)]
        assert told == [200, 200, 200, 429, 429], proxies
        other = app.get(CONDITIONS, headers={"X-Forwarded-For": "9.9.9.8, 10.0.0.1" if proxies == "2" else "9.9.9.8"})
        assert other.status_code == (429 if proxies == "0" else 200), proxies


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        ("203.0.113.7:5000", "203.0.113.7:5001", True),
        ("[2001:db8::1]:5000", "2001:db8::2", True),
        ("", "", True),
    ],
)
def test_what_counts_as_one_client(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


# ---- the file


def ask(counts: Counts, peer: str = "203.0.113.7", most: int = 100) -> int:
    """Ask once, and return how many are left; -1 where nobody counted."""
    standing = counts.ask("api", peer, Quota(most))
    return -1 if standing is None else standing.left


def frozen(folder: Path, now: int = 10**15) -> Counts:
    """Return counts whose clock stands still."""
    return Counts(folder, clock=lambda: now)


@contextmanager
def another_process(code: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run code, with what this file has, in a process of its own."""
    begin = "from pathlib import Path; from tests.web.test_limits import ask, frozen; "
    command = [sys.executable, "-c", f"{begin}\n{code}"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process


def test_threads_and_processes_share_one_count(tmp_path: Path) -> None:
    counts = frozen(tmp_path)
    with another_process(f"for _ in range(300): ask(frozen(Path({str(tmp_path)!r})), most=5000)") as other:
        threads = [Thread(target=lambda: [ask(counts, most=5000) for _ in range(300)]) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert other.wait(timeout=60) == 0
    assert ask(counts, most=5000) == 5000 - 1501


def test_the_file_holds_no_address_and_forgets_each_hour(tmp_path: Path) -> None:
    peer = "203.0.113.77"
    counts = frozen(tmp_path)
    assert [ask(counts, peer) for _ in range(2)] == [99, 98]
    path = tmp_path / "limits"
    kept = path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert peer.encode() not in kept
    assert bytes(map(int, peer.split("."))) not in kept
    # A header and one slot of eight bytes: all else is nothing.
    slots = [kept[at : at + 8] for at in range(48, len(kept), 8)]
    assert len(slots) <= 65_536
    assert len([one for one in slots if any(one)]) == 1
    assert ask(frozen(tmp_path, 10**15 + 3600 * 10**9), peer) == 99
    assert path.read_bytes()[8:40] != kept[8:40]
    assert len([1 for at in range(48, path.stat().st_size, 8) if any(path.read_bytes()[at : at + 8])]) == 1


@pytest.mark.parametrize("damage", [b"", b"x", b"\xff" * 48, b"\xff" * 600_000, b"finder 1" + b"\xff" * 600_000])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    counts = frozen(tmp_path)
    assert ask(counts) == 99
    (tmp_path / "limits").write_bytes(damage)
    assert [ask(counts) for _ in range(2)] == [99, 98]


def test_a_file_that_is_gone_is_made_anew_and_shared_again(tmp_path: Path) -> None:
    first, second = frozen(tmp_path), frozen(tmp_path)
    assert [ask(first), ask(second)] == [99, 98]
    (tmp_path / "limits").unlink()
    assert [ask(first), ask(second)] == [99, 98]


def test_where_the_home_takes_no_file_a_temporary_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    nowhere = tmp_path / "no" / "folder"
    assert [ask(frozen(nowhere)) for _ in range(2)] == [99, 98]
    assert [one.name.startswith("finder-limits-") for one in tmp_path.iterdir()] == [True]
    assert ask(frozen(tmp_path / "another")) == 99


def test_where_there_is_none_requests_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as a link that somebody has put there, or a disk that is full."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    (tmp_path / "limits").symlink_to(tmp_path / "elsewhere")
    counts = frozen(tmp_path)
    assert [ask(counts) for _ in range(3)] == [-1] * 3
    assert not (tmp_path / "elsewhere").exists()
    assert len(caplog.records) == 1
    assert "requests_not_counted" in caplog.text


def test_a_process_that_was_stopped_with_the_lock_stops_no_other(tmp_path: Path) -> None:
    counts = frozen(tmp_path)
    assert ask(counts) == 99
    keep = f"import fcntl, sys; f = open({str(tmp_path / 'limits')!r}, 'r+b'); fcntl.lockf(f, fcntl.LOCK_EX, 1)"
    with another_process(f"{keep}; print('locked', flush=True); sys.stdin.read()") as other:
        assert other.stdout
        assert other.stdout.readline() == b"locked\n"
        assert ask(counts) == -1
        other.kill()
        other.wait(timeout=60)
    assert ask(counts) == 98


# ---- real workers


@pytest.mark.skipif(not _LISTENERS.exists(), reason="only Linux tells who listens")
def test_two_workers_count_as_one(demo_engine: Engine, tmp_path: Path) -> None:
    """Of a hundred requests thirty are granted, and one more each two seconds: with a count each it would be sixty."""
    settings = {"FINDER_DATABASE_URL": url_of(demo_engine), "FINDER_API_PER_MINUTE": "30", "FINDER_WORKERS": "2"}
    with serving(tmp_path / "home", **settings) as server:
        until = time.monotonic() + 60
        # Each worker listens for itself, and the system shares connections out among them.
        while listeners(server) < 2:
            assert time.monotonic() < until
            time.sleep(0.05)
        begun = time.monotonic()
        answers = [server.get(CONDITIONS) for _ in range(100)]
        came_back = (time.monotonic() - begun) / 2
    granted = [one for one in answers if one.status == 200]
    assert {one.status for one in answers} == {200, 429}
    assert 30 <= len(granted) <= 30 + came_back + 1
    # What is left never goes up but by what came back.
    told = [left(one.headers) for one in answers]
    assert told[0] == 29
    assert sum(after > before for before, after in pairwise(told)) <= came_back + 1


def listeners(server: Server) -> int:
    """Return how many sockets listen on a server's port."""
    port = f":{int(server.address.rpartition(':')[2]):04X}"
    lines = (line.split() for line in _LISTENERS.read_text().splitlines()[1:])
    return len([one for one in lines if one[1].endswith(port) and one[3] == "0A"])
