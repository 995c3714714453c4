"""Commands that are asked to end at work, by SIGTERM or Ctrl-C: all or nothing, a sentence, and to be run again."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from finder.db.dialect import open_engine
from finder.desk.soundness import check
from tests.cli.run import Terminal
from tests.sample_files import marked_directory
from tests.web.server import FINDER, environment

_PATIENCE_SECONDS = 60
SAID = {signal.SIGTERM: (143, "Stopped before it was done."), signal.SIGINT: (1, "Aborted!")}
_PLACES = 1500


def stop_at(terminal: Terminal, number: signal.Signals, at: Callable[[], bool], *command: str | Path) -> int:
    """Run a command, and ask it to end once it is so far; see what it says, and return its exit code.

    One that was done before it heard may say that instead.
    """
    process = subprocess.Popen(
        [str(FINDER), *map(str, command)], cwd=terminal.home, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(terminal.home / "var", FINDER_DATABASE_URL=terminal.database_url, LANG="C.UTF-8"),
    )  # fmt: skip
    until = time.monotonic() + _PATIENCE_SECONDS
    while not at() and process.poll() is None:
        assert time.monotonic() < until, command
        time.sleep(0.002)
    process.send_signal(number)
    out, err = process.communicate(timeout=_PATIENCE_SECONDS)
    code, said = SAID[number]
    assert b"Traceback" not in out + err, err.decode()
    assert process.returncode in (0, code), (process.returncode, out, err)
    assert process.returncode == 0 or said in err.decode(), err
    return process.returncode


def value(path: Path, query: str) -> int:
    """Return a number of a database, 0 where it cannot be had yet."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=0.01)) as database:
        return int(database.execute(query).fetchone()[0] or 0)
    return 0


def assert_sound(terminal: Terminal) -> None:
    """See that the database is sound."""
    engine = open_engine(terminal.database_url)
    assert check(engine) == []
    engine.dispose()


@pytest.fixture
def filled(demo_home: Path, tmp_path: Path) -> Terminal:
    """A terminal over the demo."""
    shutil.copytree(demo_home / "var", tmp_path / "var")
    return Terminal(tmp_path, f"sqlite:///{tmp_path / 'var' / 'finder.db'}")


@pytest.mark.parametrize("number", list(SAID), ids=lambda one: one.name)
def test_an_import_a_publication_and_a_backup(filled: Terminal, number: signal.Signals) -> None:
    path = filled.home / "var" / "finder.db"
    files = marked_directory(filled.home / "files", "new", _PLACES)
    loading = "SELECT count(*) FROM dataset WHERE state = 'loading' AND EXISTS (SELECT 1 FROM location WHERE dataset_id = dataset.id)"
    stopped = stop_at(filled, number, lambda: value(path, loading) > 0, "import", *files, "--source", "clinic")
    assert stopped != 0
    assert value(path, "SELECT count(*) FROM dataset WHERE state = 'ready'") == 1
    assert filled.run("import", *files, "--source", "clinic").code in (0, 1)  # 1 tells of rows to look at
    assert value(path, "SELECT count(*) FROM dataset WHERE state = 'ready'") == 2
    edition = value(path, "SELECT number FROM edition")
    began = time.monotonic()
    code = stop_at(filled, number, lambda: time.monotonic() - began > 1.5, "activate", "clinic")
    now = value(path, "SELECT number FROM edition")
    active = value(
        path, "SELECT count(*) FROM dataset JOIN source ON source.id = source_id WHERE active AND name = 'clinic'"
    )
    assert (now, active) in ((edition, 0), (edition + 1, 1)), code
    assert code or active
    if not active:
        filled.good("activate", "clinic")
    assert_sound(filled)

    folder = filled.home / "var" / "backups"
    stop_at(filled, number, lambda: any(folder.glob(".*.part")), "backup")
    assert list(folder.glob(".*.part")) == []
    for whole in folder.glob("finder-*.zip"):
        Terminal(filled.home, f"sqlite:///{filled.home / 'whole.db'}").good("restore", whole)
    filled.good("backup")


@pytest.mark.parametrize("number", list(SAID), ids=lambda one: one.name)
def test_a_restore_and_a_first_setup(filled: Terminal, number: signal.Signals) -> None:
    """What was begun is taken up by the same command."""
    kept = filled.home / "kept.zip"
    filled.good("backup", kept)
    target = filled.home / "restored.db"
    elsewhere = Terminal(filled.home, f"sqlite:///{target}")
    tables = "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
    if stop_at(elsewhere, number, lambda: value(target, tables) > 0, "restore", kept):
        assert value(target, "SELECT count(*) FROM edition") == 0
        assert "Restored: edition 1" in elsewhere.good("restore", kept)
    assert "has tables already" in elsewhere.refused("restore", kept)
    assert_sound(elsewhere)

    new = filled.home / "new.db"
    fresh = Terminal(filled.home, f"sqlite:///{new}")
    stop_at(fresh, number, lambda: value(new, "SELECT count(*) FROM catalogue_row") > 0, "setup", "--demo")
    fresh.good("setup", "--demo")
    assert value(new, "SELECT count(*) FROM location") > 10
    assert_sound(fresh)
