"""The former release, as git has it, goes on answering while this one migrates its database; and the way back."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from finder.db.dialect import open_engine
from finder.db.migrations import head_revision, revision
from tests.conftest import Databases
from tests.web.server import FINDER, ROOT, Server, environment, free_port

pytestmark = [pytest.mark.proof, pytest.mark.undivided]

# The revision after which the former release was cut, and where the next one begins.
_BEGINS = "finder/db/migrations/versions/0012_production.py"
_FORMER = "0011"
_SEARCH = "/api/v1/specialists?zip=23220&condition=labral-tear"
_OWN = """\
person_id,npi,given_name,family_name,specialties,place_name,address,city,state,zip_code
p1,,Wren,Hollowell,207X00000X,Elm Clinic,1 Elm St,Richmond,VA,23220
"""


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The tree of the commit before the first of this release's migration."""
    log = ["git", "log", "--diff-filter=A", "--format=%H", "--", _BEGINS]
    begun = subprocess.run(log, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    assert begun, "the history of the clone is cut off: fetch all of it (git fetch --unshallow)"
    folder = tmp_path_factory.mktemp("former") / "tree"
    subprocess.run(["git", "worktree", "add", "--detach", "--quiet", folder, f"{begun[-1]}^"], cwd=ROOT, check=True)
    yield folder
    subprocess.run(["git", "worktree", "remove", "--force", folder], cwd=ROOT, check=True)


def run(tree: Path | None, settings: dict[str, str], *arguments: str, says: int = 0) -> str:
    """Run the command of a tree, ours where it is None; return what it printed."""
    command = [str(FINDER)] if tree is None else [sys.executable, "-m", "finder.cli"]
    done = subprocess.run(
        [*command, *arguments], cwd=tree, env=settings | ({"PYTHONPATH": str(tree)} if tree else {}), check=False,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == says, done.stdout + done.stderr
    return done.stdout + done.stderr


def serve(tree: Path, settings: dict[str, str], output: Path) -> Server:
    """Start the server of a tree."""
    port = str(free_port())
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "finder.cli", "serve"], cwd=tree, stdout=file, stderr=file,
            env=settings | {"PYTHONPATH": str(tree), "FINDER_PORT": port, "FINDER_WORKERS": "1"},
        )  # fmt: skip
    server = Server(f"http://127.0.0.1:{port}", process, output)
    server.wait()
    return server


def listed(answer: bytes) -> list[str]:
    """Return who was found, in order."""
    return [one["practitioner"]["id"] for one in json.loads(answer)["results"]]


def test_the_former_release_answers_while_and_after_this_one_migrates(
    former: Path, databases: Databases, tmp_path: Path
) -> None:
    address = databases.empty()
    settings = environment(tmp_path / "home", FINDER_DATABASE_URL=address, FINDER_API_PER_MINUTE="0")
    run(former, settings, "setup")
    # Before anything else: a backup, by the version that runs.
    run(former, settings, "backup", str(tmp_path / "before.zip"))
    server = serve(former, settings, tmp_path / "output")
    wrong: list[str] = []
    over = threading.Event()
    asked = 0

    def ask() -> None:
        nonlocal asked
        while not over.is_set():
            answer = server.get(_SEARCH)
            asked += 1
            if answer.status != 200 or listed(answer.body) != before:
                wrong.append(f"{answer.status}: {answer.body[:200]!r}")

    try:
        before = listed(server.get(_SEARCH).body)
        assert len(before) >= 3
        pages = [f"/specialist/{before[0]}", "/specialists?zip=23220&q=torn+labrum", "/readyz", "/admin/"]
        bodies = [server.get(page).status for page in pages]
        asking = threading.Thread(target=ask)
        asking.start()
        try:
            assert "The tables are those of this version." in run(None, settings, "setup")
        finally:
            over.set()
            asking.join()
        engine = open_engine(address)
        with engine.connect() as connection:
            assert revision(connection) == head_revision() != _FORMER
        engine.dispose()
        assert wrong == []
        assert asked > 10
        # It reads details, writes, and takes up what this version publishes or goes on with what it has.
        assert [server.get(page).status for page in pages] == bodies
        assert listed(server.get(_SEARCH).body) == before
        (tmp_path / "own.csv").write_text(_OWN)
        run(None, settings, "import", str(tmp_path / "own.csv"), "--source", "elm", "--activate")
        assert server.get(_SEARCH).status == 200
        assert server.get("/readyz").status == 200
        print(f"asked while it was migrated: {asked} times, 0 wrong")
    finally:
        server.process.terminate()
        server.process.wait(30)
    # The way back: the backup, by the former release, into a database of its own.
    again = environment(tmp_path / "again", FINDER_DATABASE_URL=databases.empty())
    run(former, again, "restore", str(tmp_path / "before.zip"))
    server = serve(former, again, tmp_path / "again-output")
    try:
        assert listed(server.get(_SEARCH).body) == before
    finally:
        server.process.terminate()
        server.process.wait(30)
