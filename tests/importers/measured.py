"""Import files in a process of its own, and say on its last line how that came out and what memory it took at most."""

from __future__ import annotations

import json
import pickle
import resource
import sys
from pathlib import Path
from typing import Any

from finder.db.dialect import open_engine
from finder.errors import FileRefused
from finder.importers.pipeline import Wishes, import_files

# Whatever goes wrong, the machine that runs the tests must go on.
_MOST_BYTES = 6 * 2**30


def main() -> None:
    """Read address, source, wishes and paths from the standard input; print the outcome as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    address, source, wishes, paths = pickle.load(sys.stdin.buffer)
    engine = open_engine(address)
    told: dict[str, Any]
    try:
        report = import_files(engine, paths, source, Wishes(**wishes))
    except FileRefused as refusal:
        told = {"refusal": refusal.code, "params": refusal.params}
    else:
        told = {
            "dataset_id": report.dataset_id, "counts": {name: vars(count) for name, count in report.sections.items()},
            "codes": dict(report.problem_counts),
        }  # fmt: skip
    print(json.dumps(told | {"peak_mb": peak_mb()}))


def peak_mb() -> float:
    """Return the most memory that this process had so far, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # The kernel's other figure begins with that of the process from which this one was started.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024


if __name__ == "__main__":
    main()
