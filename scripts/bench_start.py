"""Measure how long `scripts/serve` takes to its first page, beside loading the libraries it stands on.

The yardstick is what no start can do without: two Pythons, one after the other (the main process and its worker), that
import those libraries and nothing of ours.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from bench_http import free_port

_SERVE = Path(__file__).resolve().parent / "serve"
_LIBRARIES = "import alembic.command, click, flask_openapi, granian, numpy, scipy.spatial, shapely, sqlalchemy"


def libraries_seconds() -> float:
    """Return how long the main process and a worker take to load the libraries alone, in seconds."""
    began = time.monotonic()
    for _ in range(2):
        subprocess.run([sys.executable, "-c", _LIBRARIES], check=True)
    return time.monotonic() - began


def start_seconds(home: str) -> float:
    """Start the finder in `home`, ask for its first page until there is one, end it; return the seconds to the page."""
    port = free_port()
    began = time.monotonic()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FINDER_")}
    told = {"FINDER_HOME": home, "FINDER_PORT": str(port)}
    process = subprocess.Popen([_SERVE], stdout=subprocess.DEVNULL, env={**kept, **told})
    try:
        while True:
            if process.poll() is not None:
                raise SystemExit(f"scripts/serve ended with {process.returncode}")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).close()
                return time.monotonic() - began
            except OSError:
                time.sleep(0.02)
    finally:
        process.terminate()
        process.wait(timeout=30)


def main() -> None:
    """Print the first start and the middle of later ones, as seconds and against the libraries alone."""
    parser = argparse.ArgumentParser(prog="scripts/bench start", description=__doc__)
    parser.add_argument("--starts", type=int, default=7, help="how many later starts (default: 7)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        first = start_seconds(home)
        libraries, later = [], []
        for _ in range(asked.starts):
            libraries.append(libraries_seconds())
            later.append(start_seconds(home))
    bare, usual = statistics.median(libraries), statistics.median(later)
    print(f"the libraries alone   {bare:6.2f} s")
    print(f"first start           {first:6.2f} s   {first / bare:5.1f}x")
    print(f"later starts          {usual:6.2f} s   {usual / bare:5.1f}x   (slowest {max(later):.2f} s)")


if __name__ == "__main__":
    main()
