"""Printing to what takes no more: one sentence for a full disk, nothing at all for a reader who has seen enough."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.run import Terminal
from tests.web.server import FINDER, environment

COMMANDS = (
    ["zip", "23220"],
    ["search", "23220", "--json"],
    ["datasets"],
    ["export", "--source", "demo", "--section", "capabilities"],
    ["template", "locations"],
    ["--help"],
    ["--version"],
)


def printed_to(output: int, terminal: Terminal, arguments: list[str], **settings: str) -> tuple[int, str]:
    """Run a command that prints to a file descriptor; return its exit code and what it told of."""
    done = subprocess.run(
        [FINDER, *arguments], cwd=terminal.home, stdout=output, stderr=subprocess.PIPE, timeout=120, check=False,
        stdin=subprocess.DEVNULL, env=environment(terminal.home / "var", **settings),
    )  # fmt: skip
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_a_sentence(over_demo: Terminal, arguments: list[str], unbuffered: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full to stand for a full disk: needs Linux")
    with open("/dev/full", "wb") as full:
        code, told = printed_to(full.fileno(), over_demo, arguments, PYTHONUNBUFFERED=unbuffered)
    assert code == 2
    assert told == "standard output cannot be written. Check that you may write there, and that the disk has room.\n"


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_who_has_seen_enough_is_left_in_peace(
    over_demo: Terminal, arguments: list[str], unbuffered: str
) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        code, told = printed_to(write_end, over_demo, arguments, PYTHONUNBUFFERED=unbuffered)
    finally:
        os.close(write_end)
    assert (code, told) == (1, "")
