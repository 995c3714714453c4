"""A directory of usual size is checked and compared in one pass, and in bounded memory."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from finder.desk.publish import activate
from tests.web.server import ROOT

PEAK_MB = 300
PLACES, ROLES = 5_000, 20_000

_IMPORT = r"""
import json, re, sys
from pathlib import Path
from finder.db.dialect import open_engine
from finder.importers.pipeline import import_files

report = import_files(open_engine(sys.argv[1]), [Path(name) for name in sys.argv[2:]], "clinic")
# What getrusage calls the peak is at least that of the process which started this one.
peak_kb = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
print(json.dumps({
    "peak_mb": peak_kb / 1024,
    "sections": {name: vars(count) for name, count in report.sections.items()},
    "differences": {name: vars(found) for name, found in report.differences.items()},
    "problems": report.problem_counts,
    "rows": sorted((one.section, one.row_number) for one in report.problems),
}))
"""


def take(engine: Engine, *paths: Path) -> dict[str, Any]:
    """Import files in a process of its own; return what it tells of itself."""
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, engine.url.render_as_string(hide_password=False), *map(str, paths)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def changed(path: Path, every: int, old: str, new: str) -> list[int]:
    """Write `new` for `old` in every so many rows of a file; return the numbers of these rows."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = range(every, len(lines), every)
    for row in rows:
        assert old in lines[row]
        lines[row] = lines[row].replace(old, new, 1)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [row + 1 for row in rows]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = runpy.run_path(str(ROOT / "scripts" / "bench_import.py"))["write_files"](tmp_path, ROLES, 4)
    return list(made)


def test_five_thousand_places_and_twenty_thousand_roles(engine: Engine, files: list[Path]) -> None:
    places, people = files
    bad_places = changed(places, 100, "804-555-", "call us ")
    bad_people = changed(people, 100, "2026-10-", "someday ")
    first = take(engine, *files)
    assert {name: (count["read"], count["accepted"]) for name, count in first["sections"].items()} == {
        "locations": (PLACES, PLACES), "practitioners": (ROLES, ROLES),
    }  # fmt: skip
    # All that is no good is told of at once.
    assert first["problems"]["phone_malformed"] == len(bad_places) == 50
    assert first["problems"]["date_malformed"] == len(bad_people) == 200
    told = {(section, row) for section, row in first["rows"]}
    assert told >= {("locations", row) for row in bad_places} | {("practitioners", row) for row in bad_people}
    activate(engine, "clinic", None, "test")
    moved = changed(people, 50, "Hip preservation, 2015", "Sports medicine, 2016")
    second = take(engine, *files)
    assert second["differences"]["practitioners"] == {
        "new": 0,
        "changed": len(moved),
        "unchanged": ROLES - len(moved),
        "gone": 0,
    }
    assert second["differences"]["locations"] == {"new": 0, "changed": 0, "unchanged": PLACES, "gone": 0}
    print(f"peak memory {first['peak_mb']:.0f} and {second['peak_mb']:.0f} MB")
    assert max(first["peak_mb"], second["peak_mb"]) < PEAK_MB


@pytest.mark.parametrize("times", [4])
def test_more_rows_take_hardly_more_memory(engine: Engine, tmp_path: Path, times: int) -> None:
    """What grows with the file are the keys that later rows may refer to, and nothing else."""
    write_files = runpy.run_path(str(ROOT / "scripts" / "bench_import.py"))["write_files"]
    peaks = []
    for size in (ROLES // times, ROLES):
        folder = tmp_path / str(size)
        folder.mkdir()
        peaks.append(take(engine, *write_files(folder, size, 4))["peak_mb"])
    print(f"peak memory {peaks[0]:.0f} and {peaks[1]:.0f} MB")
    # Twenty thousand rows of a few hundred bytes each are many more bytes once they are objects.
    assert peaks[1] - peaks[0] < 30
