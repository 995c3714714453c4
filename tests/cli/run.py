"""The `finder` command as people start it: a process of its own with a home of its own.

To start Python and load all that a command needs takes a second, and most of the time of many tests. So commands are
mostly forked from a process that has loaded it, and has done nothing else.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from tests.sample_files import whole_database
from tests.web.server import FINDER, environment


@dataclass
class Done:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


_PATIENCE_SECONDS = 120
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["finder.cli.group", "tests.cli.run"])


def run_started(command: list[str], folder: Path, settings: dict[str, str]) -> Done:
    """Start a command in a folder, under these environment variables alone, and wait for its end."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, timeout=_PATIENCE_SECONDS, check=False, stdin=subprocess.DEVNULL,
        env=settings,
    )  # fmt: skip
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def run_forked(command: list[str], folder: Path, settings: dict[str, str]) -> Done:
    """Do the same in a process that need not load anything any more."""
    (out, to_out), (err, to_err) = _forks.Pipe(duplex=False), _forks.Pipe(duplex=False)
    room = resource.getrlimit(resource.RLIMIT_FSIZE)
    process = _forks.Process(target=_become, args=(command, folder, settings, room, to_out, to_err))
    process.start()
    to_out.close()
    to_err.close()
    with out, err, ThreadPoolExecutor() as threads:
        told = [threads.submit(_all_of, pipe) for pipe in (out, err)]
        process.join(_PATIENCE_SECONDS)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(command)
        return Done(process.exitcode, *(one.result().decode() for one in told))


def _all_of(pipe: Connection) -> bytes:
    return b"".join(iter(lambda: os.read(pipe.fileno(), 65536), b""))


def _become(
    command: list[str],
    folder: Path,
    settings: dict[str, str],
    room: tuple[int, int],
    to_out: Connection,
    to_err: Connection,
) -> None:
    """Be the command."""
    from finder.cli import main

    os.environ.clear()
    os.environ.update(settings)
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_FSIZE, room)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, pipe in enumerate((to_out, to_err), 1):
        os.dup2(pipe.fileno(), number)
        pipe.close()
    # As Python opens them where no terminal is there.
    sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115
    sys.stdout = open(1, "w", closefd=False, encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115
    sys.argv = command
    main()


@dataclass(frozen=True)
class Terminal:
    """A terminal with a home of its own and, where given, another database."""

    home: Path
    database_url: str = ""

    def run(self, *arguments: str | Path, **settings: str) -> Done:
        """Run a command. Nothing that it prints is ever a stack trace."""
        given = {"FINDER_DATABASE_URL": self.database_url, "LANG": "C.UTF-8", **settings}
        about = [str(FINDER), *map(str, arguments)], self.home, environment(self.home / "var", **given)
        # What Python itself reads as it starts is read only by one that does start.
        forked = all(name.startswith("FINDER_") for name in settings)
        done = run_forked(*about) if forked else run_started(*about)
        assert "Traceback" not in done.out + done.err, done.err
        return done

    def good(self, *arguments: str | Path, **settings: str) -> str:
        """Run a command that must do well; return what it printed."""
        done = self.run(*arguments, **settings)
        assert (done.code, done.err) == (0, ""), done
        return done.out

    def refused(self, *arguments: str | Path, **settings: str) -> str:
        """Run a command that must be refused with one sentence and nothing else; return the sentence."""
        done = self.run(*arguments, **settings)
        assert (done.code, done.out) == (2, ""), done
        (sentence,) = done.err.splitlines()
        assert sentence.endswith((".", "?")), sentence
        return sentence

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table of the database in this home."""
        engine = create_engine(f"sqlite:///{self.home / 'var' / 'finder.db'}")
        found = whole_database(engine)
        engine.dispose()
        return found

    def export_all(self, source: str, folder: Path, sections: Iterable[str], version: str = "") -> dict[str, bytes]:
        """Export sections to files of a folder; return the bytes of each."""
        folder.mkdir()
        more = ("--version", version) if version else ()

        def export(section: str) -> None:
            self.good("export", "--source", source, "--section", section, "--output", folder / f"{section}.csv", *more)

        with ThreadPoolExecutor() as threads:
            list(threads.map(export, sections))
        return {path.stem: path.read_bytes() for path in sorted(folder.iterdir())}
