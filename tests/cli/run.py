"""The `finder` command as people start it: a process of its own with a home of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Terminal:
    """A terminal with a home of its own and, where given, another database."""

    home: Path
    database_url: str = ""

    def run(self, *arguments: str | Path, **settings: str) -> Done:
        """Run a command. Nothing that it prints is ever a stack trace."""
        given = {"FINDER_DATABASE_URL": self.database_url, "LANG": "C.UTF-8", **settings}
        done = subprocess.run(
            [FINDER, *map(str, arguments)], cwd=self.home, capture_output=True, timeout=120, check=False,
            stdin=subprocess.DEVNULL, env=environment(self.home / "var", **given),
        )  # fmt: skip
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in out + err, err
        return Done(done.returncode, out, err)

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
