"""Measure how fast a public register is sieved: rows in the shape of NPPES, 330 quoted cells each, all made up.

The yardstick is csv.reader over the same file, rows thrown away. A share of the rows has a specialty that is kept, as
in the register. Prints the best of several rounds, the ratio, and the memory of a process of its own that sieves it.
"""

from __future__ import annotations

import argparse
import csv
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from finder.importers.layouts.sieve import Sieve

_ROUNDS = 3
_COLUMNS, _TAXONOMY_AT = 330, 47
_KEPT = ("207X00000X", "207XX0005X", "225100000X")
# Of those that are not kept, and how many of 1,000 people are.
_OTHERS = ("183500000X", "163W00000X", "101YM0800X", "122300000X", "1041C0700X", "246ZB0301X")
_SHARE = 12
_DISTINCT_ROWS = 20_000


def write(path: Path, size_bytes: int, seed: int) -> None:
    """Write a register of about `size_bytes`: distinct rows, over and over."""
    draw = random.Random(seed)  # noqa: S311 - a trial, not a secret
    rows = []
    for number in range(_DISTINCT_ROWS):
        cells = [""] * _COLUMNS
        cells[0], cells[1] = f"{1_000_000_000 + number}", "1"
        for at in (5, 6, 20, 22, 28, 30, 42, 43):
            cells[at] = "".join(draw.choices("ABCDEFGHILMNOPRSTUX", k=draw.randint(3, 14)))
        cells[24] = cells[32] = f"{draw.randint(10**8, 10**9 - 1)}"
        for place in range(draw.choice((1, 1, 1, 2, 3))):
            kept = draw.randrange(1000) < _SHARE
            cells[_TAXONOMY_AT + 4 * place] = draw.choice(_KEPT if kept else _OTHERS)
            cells[_TAXONOMY_AT + 4 * place + 3] = "N" if place else "Y"
        rows.append(('"' + '","'.join(cells) + '"\n').encode())
    with path.open("wb") as file:
        file.write(('"' + '","'.join(f"Column {n}" for n in range(_COLUMNS)) + '"\n').encode())
        block = b"".join(rows)
        while file.tell() < size_bytes:
            file.write(block)


def sieve(path: Path) -> int:
    """Sieve the file; return how many rows were kept."""
    with path.open("rb") as file:
        header = len(file.readline())
    return sum(1 for _row in Sieve(path, _KEPT, ",", "utf-8-sig", "strict", 2, header))


def parse(path: Path) -> int:
    """Parse the file as csv.reader does; return how many rows it has with a specialty that is kept."""
    places = range(_TAXONOMY_AT, _TAXONOMY_AT + 60, 4)
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for row in csv.reader(file) if any(row[at] in _KEPT for at in places))


def bare(path: Path) -> None:
    """Parse the file and do nothing with its rows."""
    with path.open(encoding="utf-8", newline="") as file:
        for _row in csv.reader(file):
            pass


def memory(path: Path) -> tuple[float, float]:
    """Return how many MiB a process of its own has that sieves the file, before and at most."""
    code = (
        "import resource, sys; from pathlib import Path; import bench_public as b; "
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; b.sieve(Path(sys.argv[1])); "
        "print(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    here = Path(__file__).resolve().parent
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=here, check=True, capture_output=True, text=True)
    before, most = (int(one) / (1024 if sys.platform != "darwin" else 2**20) for one in done.stdout.split())
    return before, most


def main() -> None:
    """Print how fast, against csv.reader, and in how much memory."""
    parser = argparse.ArgumentParser(prog="scripts/bench public", description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=2.0, help="how large a register (default: 2)")
    parser.add_argument("--seed", type=int, default=20261122, help="what the rows are made from")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.csv"
        write(path, int(asked.gigabytes * 1e9), asked.seed)
        size = path.stat().st_size
        kept, wanted = sieve(path), parse(path)
        seconds = {"sieve": [], "csv.reader": []}  # type: dict[str, list[float]]
        for _ in range(_ROUNDS):
            for name, work in (("csv.reader", bare), ("sieve", sieve)):
                began = time.process_time()
                work(path)
                seconds[name].append(time.process_time() - began)
        best = {name: min(found) for name, found in seconds.items()}
        print(f"{size / 1e9:.1f} GB, {kept:,} rows kept, {wanted:,} wanted")
        for name, found in best.items():
            print(f"{name:11} {size / found / 1e9:5.2f} GB/s   {best['csv.reader'] / found:5.1f}x")
        loaded, most = memory(path)
        print(f"memory: {most:.0f} MiB at most, {loaded:.0f} of them before the first row")


if __name__ == "__main__":
    main()
