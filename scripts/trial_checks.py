"""A check that begins on one web host and, when that is killed, goes on at another."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from finder.desk.checks import SILENT_AFTER
from tests.web.admin.over_http import Editor, at_work

if TYPE_CHECKING:
    from trial_hosts import Trial

_ROWS, _PATIENCE_SECONDS = 40_000, 30
_FILE = "location_id,name,state,zip_code,phone\n" + "".join(
    f"p{n},Clinic {n},Virginia,23220,804.555.0{n % 200:03}\n" for n in range(_ROWS)
)


def move_a_check(trial: Trial) -> None:
    """Upload at host 1, look at host 2, kill host 1 with the check at work, and run it again at host 2."""
    first, second = (one.server.address for one in trial.hosts)
    editor = Editor(first, "Robin")
    check = editor.post("/admin/imports", {"new_source": "alder"}, files={"places.csv": _FILE.encode()})
    process = _own(check, trial.cluster.address)
    editor.wait(check, lambda now: now["state"] == "running" and now["done"] > 0)
    # The same cookie: browsers, as this jar, tell hosts from each other by name and not by port.
    editor.address = second
    seen = editor.progress(check)
    trial.hold(seen["state"] == "running", f"host 2, by a session of host 1, sees the check of host 1 {seen['state']}")
    trial.hosts[0].kill()
    os.kill(process, signal.SIGKILL)
    began = time.monotonic()
    editor.wait(check, lambda now: now["state"] == "abandoned")
    waited = time.monotonic() - began
    trial.hold(waited < SILENT_AFTER.total_seconds() + 5, f"host 1 killed: host 2 says after {waited:.0f} s that nobody works on it")  # fmt: skip
    editor.post(f"{check}/again", {}, page=check)
    editor.wait(check, lambda now: now["state"] == "ready")
    trial.hold(f"{_ROWS:,}" in editor.get(check), f"run again at host 2: {_ROWS:,} rows are ready")
    trial.hosts[0].start()
    editor.address = first
    trial.hold(editor.progress(check)["state"] == "ready", "host 1, started again, says the same, and the session goes on")  # fmt: skip


def _own(check: str, url: str) -> int:
    """Return the process that works on a check of this database."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        for one in at_work(check):
            if Path(f"/proc/{one}").exists() and url in Path(f"/proc/{one}/environ").read_text():
                return one
        time.sleep(0.05)
    raise SystemExit("no process works on the check")
