"""A finder without any network: patients and staff are served whole, and nothing is asked of anybody outside.

The server and its clients run in a network of their own. Its only way out is a cable whose other end counts what comes
in: a question to a name server, or the first packet of any request, would be counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from finder.db.dialect import open_engine
from finder.db.staff import StaffRole
from finder.desk.accounts import add_staff
from tests.conftest import Databases
from tests.desk.troubles import cannot
from tests.web.admin.conftest import PASSWORD
from tests.web.server import ROOT, environment

# What is done inside, in a process of its own; it prints what it was answered and what went out.
_INSIDE = r"""
import json, socket, subprocess, sys
from pathlib import Path
from tests.web.admin.over_http import Editor
from tests.web.server import serving

def run(command):
    subprocess.run(command.split(), check=True)

Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
run("ip link set lo up")
run("ip link add inside type veth peer name outside")
run("ip addr add 192.0.2.1/24 dev inside")
run("ip link set inside up")
run("ip link set outside up")
run("ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev inside")
run("ip route add default via 192.0.2.2")

def went_out():
    (line,) = [one for one in Path("/proc/self/net/dev").read_text().splitlines() if one.strip().startswith("inside:")]
    return int(line.partition(":")[2].split()[9])

home, url = Path(sys.argv[1]), sys.argv[2]
told = {"before": went_out(), "answers": {}}
with serving(home, FINDER_DATABASE_URL=url, FINDER_WORKERS="2") as server:
    for path in (
        "/", "/specialists?zip=23220&condition=labral-tear", "/places?zip=10021&lang=es", "/specialist/npi:2025200009",
        "/place/place:demo:lark-hip", "/api/v1/specialists?zip=23220&condition=labral-tear", "/docs/", "/docs/api",
        "/api/v1/suggest?q=hip+pain", "/readyz", "/specialists?zip=23220&condition=hip-dislocation",
    ):
        told["answers"][path] = server.get(path).status
    editor = Editor(server.address, "Robin")
    for path in ("", "imports", "listings", "quality", "history", "coverage", "phone", "sites", "log"):
        told["answers"]["/admin/" + path] = 200 if "Sign out" in editor.get("/admin/" + path) else 0
    check = editor.post("/admin/imports", {"new_source": "alder"}, files={
        "places.csv": b"location_id,name,state,zip_code,phone,website\na,A,Virginia,23220,8045550100,https://example.org\n"
    })
    told["check"] = editor.wait(check, lambda now: now["state"] not in ("waiting", "reading", "running"))["state"]
told["out"] = went_out()
# So that the count is known to count: one packet to a name server.
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
    asking.sendto(b"?", ("198.51.100.53", 53))
told["asked"] = went_out()
print(json.dumps(told))
"""


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_nothing_is_asked_of_anybody_outside(databases: Databases, tmp_path: Path) -> None:
    url = databases.fresh(demo=True)
    engine = open_engine(url)
    add_staff(engine, "Robin", StaffRole.EDITOR, PASSWORD, "tests")
    engine.dispose()
    alone = ["unshare", "--net", "--"]
    try:
        subprocess.run([*alone, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        cannot("a network of its own cannot be had: needs root on Linux")
    done = subprocess.run(
        [*alone, sys.executable, "-c", _INSIDE, str(tmp_path / "home"), url], cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=180, env=environment(tmp_path / "home", PYTHONPATH=str(ROOT), PATH=os.environ["PATH"]),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert {path: status for path, status in told["answers"].items() if status != 200} == {}
    assert told["check"] in ("ready", "needs_mapping")
    assert told["out"] == told["before"], "external requests"
    assert told["asked"] == told["out"] + 1
    print(f"\n{len(told['answers'])} pages and answers, an upload and its check: external requests = 0")
