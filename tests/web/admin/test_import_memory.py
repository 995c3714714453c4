"""A worker of the real server takes the largest upload, or refuses it, and its memory stays level."""

from __future__ import annotations

import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from finder.db.dialect import open_engine
from finder.db.staff import StaffRole
from finder.desk.accounts import add_staff
from finder.desk.setup import set_up
from tests.web.admin.conftest import PASSWORD
from tests.web.admin.over_http import Editor, parent_of
from tests.web.server import Server, serving

MEGABYTE = 1_000_000
_LIMIT = 150


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    home = tmp_path / "home"
    engine = open_engine(f"sqlite:///{home}/finder.db")
    set_up(engine, home, demo=True)
    add_staff(engine, "Robin", StaffRole.EDITOR, PASSWORD, "tests")
    engine.dispose()
    with serving(home, FINDER_WORKERS="1", FINDER_UPLOAD_LIMIT_MB=str(_LIMIT)) as running:
        yield running


def form_of(editor: Editor, path: Path, *sizes: int) -> str:
    """Write a form with files of so many megabytes to disk; return its boundary."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', editor.get("/admin/imports"))
    assert token
    with path.open("wb") as out:
        for name, value in (("csrf_token", token[1]), ("new_source", "alder")):
            out.write(f'--limit\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
        for number, size in enumerate(sizes):
            head = f'--limit\r\nContent-Disposition: form-data; name="files"; filename="{number}.csv"\r\n\r\n'
            out.write(head.encode())
            for _ in range(size):
                out.write(os.urandom(MEGABYTE // 2).hex().encode())
            out.write(b"\r\n")
        out.write(b"--limit--\r\n")
    return "multipart/form-data; boundary=limit"


def send(editor: Editor, path: Path, kind: str) -> tuple[int, str]:
    headers = {"Content-Type": kind, "Content-Length": str(path.stat().st_size)}
    with path.open("rb") as body:
        asked = urllib.request.Request(f"{editor.address}/admin/imports", body, headers)
        try:
            with editor.opener.open(asked, timeout=120) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()


def memory(process: int, what: str) -> int:
    found = re.search(rf"^{what}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])


def test_the_largest_upload_leaves_a_worker_as_it_was(server: Server, tmp_path: Path) -> None:
    editor, path = Editor(server.address, "Robin"), tmp_path / "form"
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    (worker,) = [int(one) for one in children if parent_of(int(one)) == server.process.pid and "serve" in Path(f"/proc/{one}/cmdline").read_text()]  # fmt: skip
    # Whatever is loaded and kept at the first of each is there.
    for sizes in ((1,), (151,), (1, 1)):
        send(editor, path, form_of(editor, path, *sizes))
    before = memory(worker, "VmRSS")
    Path(f"/proc/{worker}/clear_refs").write_text("5")
    status, page = send(editor, path, form_of(editor, path, 150))
    assert (status, "Check: 0.csv" in page) == (200, True)
    status, page = send(editor, path, form_of(editor, path, 151))
    assert (status, "0.csv has 151 MB; the limit is 150." in page) == (400, True)
    status, page = send(editor, path, form_of(editor, path, 150, 151, 10))
    assert status == 413
    assert "More than 300 MB came at once" in page
    assert 'value="alder"' in page
    assert memory(worker, "VmHWM") - before < 30_000  # kilobytes
