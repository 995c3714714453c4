"""Get what scripts/proof needs beside Python where that is possible: the Nu HTML checker, Lighthouse, the CSP
evaluator, PHP, nginx, Caddy and systemd.

    page_tools.py

The first three are programs of Node and Java, locked in tests/web/tools and put beside their lock; PHP runs the plugin
for WordPress, the others read the examples of deployment. As root on Debian or Ubuntu, Node, npm, Java, PHP and those
are installed where they are missing; elsewhere a line says what to install, and the trials that need it are left out.
With CI=true that is an error.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from testbed import WORKING_ROOT, distribution

TOOLS = Path(__file__).resolve().parents[1] / "tests" / "web" / "tools"
# Each program, how it tells its version, the oldest that will do, and its package.
NEEDED = (
    ("node", ("--version",), (18, 16), "nodejs"),
    ("npm", ("--version",), (9,), "npm"),
    ("java", ("-version",), (11,), "default-jre-headless"),
)
FOR_THE_PLUGIN = (("php", ("--version",), (7, 4), "php-cli"),)
# What the examples of finder/docs/deploy are for.
FOR_THE_EXAMPLES = (
    ("nginx", ("-v",), (1, 18), "nginx"),
    ("openssl", ("version",), (1, 1), "openssl"),
    ("caddy", ("version",), (2, 6), "caddy"),
    ("systemd-analyze", ("--version",), (247,), "systemd"),
)
_INSTALL_MINUTES = 10


def version_of(program: str, ask: tuple[str, ...]) -> tuple[int, ...]:
    """Return a program's version, or nothing where it is not there or does not start."""
    path = shutil.which(program)
    if not path:
        return ()
    done = subprocess.run([path, *ask], capture_output=True, text=True, check=False, timeout=60)
    found = re.search(r"(\d+)(?:\.(\d+))?", done.stdout + done.stderr)
    return tuple(int(part) for part in found.groups() if part) if found and done.returncode == 0 else ()


def missing(needed: Iterable[tuple[str, tuple[str, ...], tuple[int, ...], str]]) -> list[str]:
    """Return the packages whose program is not there, or is too old."""
    return [package for program, ask, oldest, package in needed if version_of(program, ask) < oldest]


def install_programs(packages: list[str]) -> None:
    """Install packages with apt, as root on Debian or Ubuntu; do nothing elsewhere."""
    if not (WORKING_ROOT and distribution() in ("debian", "ubuntu")):
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-y", "-o", "Dpkg::Options::=--force-confold"]
    print(f"Installing {', '.join(packages)} ...", flush=True)
    subprocess.run([*apt, "update"], env=environment, check=False)
    install = [*apt, "--no-install-recommends", "install", *packages]
    subprocess.run(install, env=environment, check=False, stdout=subprocess.DEVNULL)


def install_tools() -> bool:
    """Put the locked tools beside their lock; return whether they are there. It takes milliseconds when they are."""
    stamp = TOOLS / "node_modules" / ".stamp"
    lock = hashlib.sha256((TOOLS / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == lock:
        return True
    print(
        "Installing the Nu HTML checker, Lighthouse and the CSP evaluator, as locked (about a minute the first time) ...",
        flush=True,
    )
    try:
        done = subprocess.run(
            ["npm", "ci", "--loglevel=error"], cwd=TOOLS, check=False, stdout=subprocess.DEVNULL,
            timeout=_INSTALL_MINUTES * 60,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as fault:
        print(f"npm could not install them: {fault}", file=sys.stderr)
        return False
    if done.returncode == 0:
        stamp.write_text(lock)
    return done.returncode == 0


def main() -> int:
    """Find and install what the trials of pages need."""
    if len(sys.argv) > 1:
        print(__doc__)
        return 0 if sys.argv[1] in ("-h", "--help") else 2
    if packages := missing((*NEEDED, *FOR_THE_PLUGIN, *FOR_THE_EXAMPLES)):
        install_programs(packages)
    packages, of_plugin, of_examples = missing(NEEDED), missing(FOR_THE_PLUGIN), missing(FOR_THE_EXAMPLES)
    lacking = []
    if packages or not install_tools():
        what = f"apt install {' '.join(packages)}" if packages else f"npm ci in {TOOLS}"
        lacking.append(f"the Nu HTML checker, Lighthouse and the CSP evaluator ({what})")
    if of_plugin:
        lacking.append(f"PHP 7.4 or newer (apt install {' '.join(of_plugin)})")
    if of_examples:
        lacking.append(f"what the examples of deployment are for (apt install {' '.join(of_examples)})")
    for one in lacking:
        print(f"Not here: {one}.", file=sys.stderr)
    return 1 if lacking and os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
