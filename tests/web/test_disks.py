"""Disks that fill up and disks that may suddenly only be read, beneath a running server and its commands.

The disks are real ones of their own: one in memory that is filled to the last byte, its log and its temporary files
included, and an ext4 on a file that Linux makes read-only at work, as it does when a disk fails.
"""

from __future__ import annotations

import shutil
import subprocess
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from finder.db.dialect import open_engine
from finder.db.staff import StaffRole
from finder.desk.accounts import add_staff
from finder.desk.soundness import check
from tests.cli.run import Terminal
from tests.conftest import Databases
from tests.desk.troubles import cannot, small_disk
from tests.sample_files import marked_directory
from tests.web.admin.conftest import PASSWORD
from tests.web.admin.over_http import Editor
from tests.web.server import Server, serving

SEARCH = "/api/v1/specialists?zip=23220&condition=labral-tear"
LISTING = "/place/place:demo:lark-hip"
REPORT = "/wrong/place:demo:lark-hip"
FILE = b"location_id,name,state,zip_code,phone\n" + b"".join(
    b"p%d,Clinic %d,Virginia,23220,804.555.0%03d\n" % (n, n, n % 200) for n in range(30_000)
)


def home_on(disk: Path, databases: Databases) -> tuple[Path, dict[str, str]]:
    """Return a home on a disk, with a database and an editor, and its settings; temporary files lie there too."""
    home, temporary = disk / "home", disk / "tmp"
    home.mkdir()
    temporary.mkdir()
    shutil.copy(databases.fresh(demo=True).removeprefix("sqlite:///"), home / "finder.db")
    url = f"sqlite:///{home / 'finder.db'}"
    engine = open_engine(url)
    add_staff(engine, "Robin", StaffRole.EDITOR, PASSWORD, "tests")
    engine.dispose()
    return home, {"FINDER_DATABASE_URL": url, "FINDER_WORKERS": "1", "TMPDIR": str(temporary)}


def status_of(editor: Editor, path: str, fields: dict[str, str], page: str = "", **more: dict[str, bytes]) -> int:
    """Send a form as the editor; return the status of what came of it."""
    try:
        editor.post(path, fields, page=page, **more)
    except urllib.error.HTTPError as refused:
        with refused:
            body, status, again = refused.read(), refused.code, int(refused.headers["Retry-After"] or 0)
    else:
        return 200
    assert b"Traceback" not in body
    assert status != 503 or again > 0
    return status


def assert_only_read(server: Server, good: bytes, editor: Editor) -> None:
    """See that patients are answered as before, and that whatever must be written is an outage, never a trace."""
    assert server.get(SEARCH).body == good
    assert server.get(LISTING).status == 200
    assert server.get("/healthz").status == 200
    told = server.get(REPORT, fields={"kind": "phone"})
    assert (told.status, b"Traceback" in told.body, int(told.headers["Retry-After"]) > 0) == (503, False, True)
    tries = {"name": "Robin", "password": PASSWORD}
    # What is sent is not taken, and nobody is signed in on a try that could not be counted.
    assert status_of(Stranger(server.address), "/admin/sign-in", tries) == 503
    assert status_of(editor, "/admin/imports", {"new_source": "alder"}, files={"places.csv": FILE}) == 503


class Stranger(Editor):
    """Someone at the desk's door who has not signed in."""

    def __init__(self, address: str) -> None:
        super().__init__(address, "")

    def post(self, path: str, fields: dict[str, str], *, page: str = "", files: dict[str, bytes] | None = None) -> str:
        """Send a form, but not the one by which an Editor signs in at once."""
        return "" if fields.get("name") == "" else super().post(path, fields, page=page, files=files)


def assert_works(server: Server, terminal: Terminal, folder: Path, editor: Editor) -> None:
    """See that all that was refused can be done, and that nothing is left of what failed."""
    assert server.get("/readyz").status == 200
    assert server.get(REPORT, fields={"kind": "phone"}).status == 200
    number = editor.post("/admin/imports", {"new_source": "alder"}, files={"places.csv": FILE})
    editor.wait(number, lambda now: now["state"] == "ready")
    terminal.good("import", *marked_directory(folder, "new"), "--source", "clinic", "--activate")
    terminal.good("backup")
    engine = open_engine(terminal.database_url)
    assert check(engine) == []
    engine.dispose()


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_full_disk_beneath_a_server(databases: Databases, tmp_path: Path) -> None:
    with small_disk(40) as disk:
        home, settings = home_on(disk.path, databases)
        terminal = Terminal(tmp_path, settings["FINDER_DATABASE_URL"])
        files = marked_directory(tmp_path / "files", "old", 150)
        terminal.good("import", *files, "--source", "county")
        with serving(home, **settings) as server:
            assert server.output.is_relative_to(disk.path)
            good, editor = server.get(SEARCH).body, Editor(server.address, "Robin")
            before = terminal.good("datasets")
            disk.leave(0)
            assert_only_read(server, good, editor)
            assert (
                status_of(editor, "/admin/versions/county/1/publish", {}, page="/admin/versions/county/1/changes")
                == 503
            )
            for command in (("import", *files, "--source", "clinic"), ("activate", "county")):
                assert "full" in terminal.refused(*command), command
            told = terminal.refused("backup", FINDER_HOME=str(home))
            assert "written" in told or "full" in told
            assert [one.name for one in home.rglob("*") if "part" in one.name or one.suffix == ".zip"] == []
            disk.empty()
            assert terminal.good("datasets") == before
            assert_works(server, terminal, tmp_path / "new", editor)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_disk_that_turns_read_only_at_work(databases: Databases, tmp_path: Path) -> None:
    """The server goes on answering; once the disk is well again all works, after a restart."""
    with failing_disk(tmp_path, 60) as disk:
        home, settings = home_on(disk, databases)
        terminal = Terminal(tmp_path, settings["FINDER_DATABASE_URL"])
        with serving(home, **settings) as server:
            good, editor = server.get(SEARCH).body, Editor(server.address, "Robin")
            subprocess.run(["mount", "-o", "remount,abort", str(disk)], check=True)
            assert_only_read(server, good, editor)
            told = terminal.refused("import", *marked_directory(tmp_path / "files", "new"), "--source", "clinic")
            assert any(words in told for words in ("not changed", "its disk is well")), told
            terminal.refused("backup", FINDER_HOME=str(home))
        subprocess.run(["umount", str(disk)], check=True)
        subprocess.run(["e2fsck", "-p", str(tmp_path / "disk.img")], check=False, capture_output=True)
        subprocess.run(["mount", "-o", "loop", str(tmp_path / "disk.img"), str(disk)], check=True)
        with serving(home, **settings) as server:
            assert server.get(SEARCH).body == good
            assert_works(server, terminal, tmp_path / "new", Editor(server.address, "Robin"))


@contextmanager
def failing_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount an ext4 that lies in a file, which takes root on Linux."""
    image, disk = folder / "disk.img", folder / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(megabytes * 2**20)
    try:
        subprocess.run(["mkfs.ext4", "-q", str(image)], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", str(image), str(disk)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as failure:
        cannot(f"a disk in a file cannot be mounted: needs root on Linux, and mkfs.ext4 ({failure})")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=False)
