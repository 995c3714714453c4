"""What a worker takes in memory: alone, over a directory, after searches, and while a new edition is loaded.

    worker_memory.py HOME [BLOB]

Run so it is one worker over the database in HOME, that puts BLOB in force as the next edition once it has answered
for the one before, and prints its figures as JSON. `measure` runs two such: one without data, one with.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from finder.db.dialect import open_engine, write_lock
from finder.db.edition import raise_edition
from finder.db.reference import zip_points
from finder.desk.setup import set_up
from finder.search.filters import Wanted
from finder.search.snapshot import LAYOUT, Snapshot
from finder.search.treats import Rung

_STATUS, _SMAPS, _CLEAR = (Path("/proc/self") / name for name in ("status", "smaps_rollup", "clear_refs"))
_RESET_PEAK = "5"
_TREATS = (Rung.DECLARED, Rung.USUAL)


def measure(snapshot: Snapshot) -> None:
    """Print what a worker takes beyond one without data, where the system tells."""
    if not (_SMAPS.exists() and _CLEAR.exists()):
        print("memory of a worker: only Linux tells")
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        engine = open_engine(f"sqlite:///{home}/finder.db")
        set_up(engine, home, demo=False)
        bare = _run(home)
        blob = home / "blob"
        blob.write_bytes(snapshot.to_bytes())
        _raise(engine, blob.read_bytes())
        engine.dispose()
        full = _run(home, blob)
    roles = len(snapshot.columns["role_row"])
    own = bare["loaded_pss"]
    print(f"memory of a worker over {roles:,} roles, in MB beyond the {own:.0f} MB of one without data")
    for key, name in {
        "loaded": "edition loaded", "asked": "after searches for every condition", "swapped": "after a new edition",
    }.items():  # fmt: skip
        print(f"  {name:38}{full[f'{key}_pss'] - own:7.0f}   (of its own; resident {full[f'{key}_rss']:.0f} in all)")
    for key, name in {"loaded": "at most while loading", "swapped": "at most while old and new are there"}.items():
        print(f"  {name:38}{full[f'{key}_peak'] - bare['loaded_rss']:7.0f}   (resident)")


def _run(home: Path, *more: Path) -> dict[str, float]:
    command = [sys.executable, str(Path(__file__).resolve()), str(home), *map(str, more)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def _raise(engine: Any, blob: bytes) -> None:
    with write_lock(engine) as connection:
        raise_edition(connection, blob, LAYOUT, dt.datetime.now(dt.UTC))


def _megabytes(path: Path, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", path.read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _figures(step: str) -> dict[str, float]:
    figures = {
        f"{step}_rss": _megabytes(_STATUS, "VmRSS"), f"{step}_pss": _megabytes(_SMAPS, "Pss"),
        f"{step}_peak": _megabytes(_STATUS, "VmHWM"),
    }  # fmt: skip
    _CLEAR.write_text(_RESET_PEAK)
    return figures


def _work(home: Path, blob: Path | None) -> dict[str, float]:
    """Be a worker; return its figures at each step."""
    from finder.config import read_settings
    from finder.web import create_app

    app = create_app(read_settings({"FINDER_HOME": str(home), "FINDER_DATABASE_URL": f"sqlite:///{home}/finder.db"}))
    directory: Any = next(one.directory for one in app.extensions.values() if hasattr(one, "directory"))
    figures = _figures("loaded")
    if blob is None:
        return figures
    index, today = directory.index, dt.datetime.now(dt.UTC).date()
    points = [one for one in zip_points().values() if one.latitude is not None][::2000]
    for name in index.catalogue.conditions:
        for point in points:
            index.nearest(point.latitude, point.longitude, Wanted("people", name, _TREATS), 10, today)
    time.sleep(5)
    figures |= _figures("asked")
    before = index.edition
    del index
    _raise(directory.engine, blob.read_bytes())
    while directory.index.edition == before:
        time.sleep(0.1)
    time.sleep(2)
    return figures | _figures("swapped")


if __name__ == "__main__":
    print(json.dumps(_work(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)))
