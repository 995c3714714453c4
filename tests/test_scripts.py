"""The contributor's commands, the locks, and the server's start and end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.run import Terminal
from tests.web.server import free_port, serving

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "scripts"
COMMANDS = ("serve", "test", "lint", "lock", "proof", "trial", "environment")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_hashes_all_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|--index|--extra|--find|-f|--trusted)\b", text, re.MULTILINE)
    requirements = re.split(r"\n(?=\w)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
    assert len(requirements) > 25
    for one in requirements:
        pinned, *hashes = re.split(r" \\\n\s+", one.strip())
        assert re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.!+]+( ; .+)?", pinned), one
        assert hashes
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes), one


def test_what_runs_is_a_part_of_what_tests() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    runs, tests = pins("requirements.lock"), pins("requirements-dev.lock")
    assert runs["flask"]
    assert {name: version for name, version in tests.items() if runs.get(name, version) != version} == {}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_script_runs_and_explains_itself(name: str) -> None:
    path = SCRIPTS / name
    assert os.access(path, os.X_OK)
    for option in ("--help", "-h"):
        done = subprocess.run([path, option], cwd="/", capture_output=True, text=True, check=False, timeout=20)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"usage: scripts/{name}")
        assert len(done.stdout.splitlines()) >= 2


def test_every_script_is_known() -> None:
    runnable = {path.name for path in SCRIPTS.iterdir() if path.is_file() and os.access(path, os.X_OK)}
    assert set(COMMANDS) <= runnable
    for name in runnable:
        assert (SCRIPTS / name).read_text().startswith("#!/usr/bin/env ")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("arguments", [["proof", "--minutes", "x"], ["proof", "--seed"], ["environment", "x"], ["environment"]])  # fmt: skip
def test_a_script_refuses_what_it_does_not_know(arguments: list[str]) -> None:
    done = subprocess.run([SCRIPTS / arguments[0], *arguments[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "usage: " in done.stderr + done.stdout


def test_shell_scripts_can_be_parsed() -> None:
    for path in [*SCRIPTS.iterdir(), ROOT / ".ci" / "run"]:
        if path.is_file() and path.read_text().startswith("#!/usr/bin/env bash"):
            subprocess.run(["bash", "-n", path], check=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "finder.example"])
def test_the_demo_alone_is_not_served_to_others(tmp_path: Path, host: str) -> None:
    told = Terminal(tmp_path).refused("serve", FINDER_HOST=host, FINDER_PORT=str(free_port()))
    assert host in told
    assert "demo" in told


@pytest.mark.parametrize(
    ("number", "send"), [(signal.SIGTERM, os.kill), (signal.SIGINT, os.kill), (signal.SIGINT, os.killpg)]
)
def test_a_signal_ends_the_server_and_all_its_workers(
    tmp_path: Path, number: signal.Signals, send: Callable[[int, int], None]
) -> None:
    """As `kill` sends it, to the main process; and as Ctrl-C, to the workers too."""
    with serving(tmp_path / "home", FINDER_WORKERS="2") as server:
        workers = children(server.process.pid)
        assert len(workers) >= 2
        assert server.get("/").status == 200
        send(server.process.pid, number)
        # Workers that do not end by themselves are killed after ten seconds.
        assert server.process.wait(timeout=9) == 0
        until = time.monotonic() + 10
        while any(Path(f"/proc/{one}").exists() for one in workers):
            assert time.monotonic() < until
            time.sleep(0.05)
    told = server.output.read_text()
    assert "Traceback" not in told
    assert "finder answers at" in told
    assert told.count("Three things to try") == 1


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = path.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(parent) == pid:
            found.append(int(path.parent.name))
    return found


def test_what_the_server_says_to_try_works(tmp_path: Path) -> None:
    with serving(tmp_path / "home", FINDER_WORKERS="1") as server:
        told = server.output.read_text()
        addresses = re.findall(r"http://[\w.:]+(/\S+?)'?\s", told)
        assert len(addresses) == 2
        for path in addresses:
            assert server.get(path).status == 200
        (command,) = re.findall(r"\.venv/bin/finder (.+)", told)
    assert "1. " in Terminal(tmp_path).good(*command.split(), FINDER_HOME=str(tmp_path / "home"))
