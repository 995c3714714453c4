"""Checks of files, below the web: stored whole, level in memory, taken by one process, run again, thrown away, kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from finder.db.checks import CheckState, FileCheck, FilePiece
from finder.db.datasets import Dataset, Source
from finder.db.directory import Location
from finder.desk.check_files import content_of, files_of, named, packed, write_out
from finder.desk.check_run import run_check
from finder.desk.checks import (
    KEPT,
    KEPT_FOR,
    SILENT_AFTER,
    WAITS_FOR,
    add_check,
    find_check,
    give_to,
    mark_dead,
    mark_silent,
    remove_old_files,
    run_again,
    take_over,
    throw_away,
)
from finder.desk.publish import activate
from finder.errors import DeskRefused, FileRefused
from finder.importers.pipeline import import_files
from finder.importers.rows import Limits
from tests.cli.run import Terminal

LIST = b"location_id,name,state,zip_code,phone\na,North,VA,23220,804.555.0100\nb,South,VA,2322,804-555-0101\n"


def asked(engine: Engine, content: bytes = LIST, name: str = "list.csv", **more: Any) -> int:
    with packed(name, io.BytesIO(content), 200) as file:
        return add_check(engine, [file], "alder", "tests", **more)


def check(engine: Engine, check_id: int) -> Any:
    with engine.connect() as connection:
        return find_check(connection, check_id)


def test_a_large_file_comes_back_as_it_was(engine: Engine, tmp_path: Path) -> None:
    chance = hashlib.shake_256(b"seed").digest(3_000_000)
    for content in (chance, b"0" * 40_000_000, b"a,b\n" + chance + b"0" * 5_000_000):
        check_id = asked(engine, content)
        with engine.connect() as connection:
            (file,) = files_of(connection, check_id)
            pieces = select(func.max(func.length(FilePiece.content))).where(FilePiece.file_id == file.id)
            assert connection.scalar(pieces) <= 2**20
        assert file.sha256 == hashlib.sha256(content).hexdigest()
        chunks = list(content_of(engine, file.id))
        assert b"".join(chunks) == content
        assert max(map(len, chunks)) <= 2**20
        folder = tmp_path / file.sha256
        folder.mkdir()
        (path,) = write_out(engine, check_id, folder)
        assert path.read_bytes() == content


def test_to_store_200_megabytes_takes_no_memory(tmp_path: Path) -> None:
    """In a process of its own, whose memory is measured from when all is loaded."""
    program = """
import io, os, resource, sys
from pathlib import Path
from finder.db.dialect import open_engine
from finder.desk.check_files import packed
from finder.desk.checks import add_check
from finder.desk.setup import set_up
home = Path(sys.argv[1])
engine = open_engine(f"sqlite:///{home}/finder.db")
set_up(engine, home, demo=False)
path = home / "large.csv"
with path.open("wb") as out:
    for _ in range(199):
        out.write(os.urandom(1_000_000))
def send(source):
    with path.open("rb") as content, packed("large.csv", content, 200) as file:
        add_check(engine, [file], source, "tests")
with packed("small.csv", io.BytesIO(b"a,b"), 200) as file:
    add_check(engine, [file], "small", "tests")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
send("large")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 24_000  # kilobytes
    assert (tmp_path / "finder.db").stat().st_size > 199_000_000


def test_one_process_gets_a_check_however_many_want_it(engine: Engine) -> None:
    check_id = asked(engine)
    got: list[CheckState | None] = []
    threads = [
        threading.Thread(target=lambda: got.append(run_check(engine, check_id, Limits()))) for _ in range(4)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, got)) == sorted(map(str, [CheckState.READY, None, None, None]))
    assert check(engine, check_id).runs == 1


def test_a_process_takes_only_the_check_that_was_given_to_it(engine: Engine) -> None:
    check_id = asked(engine)
    assert give_to(engine, check_id, "first")
    assert give_to(engine, check_id, "second")
    assert run_check(engine, check_id, Limits(), "first") is None
    assert mark_dead(engine, check_id, "first") == 0
    assert check(engine, check_id).state is CheckState.WAITING
    assert run_check(engine, check_id, Limits(), "second") is CheckState.READY
    # Its end is heard of after somebody has asked to run it again.
    run_again(engine, check_id, "tests")
    assert mark_dead(engine, check_id, "second") == 0
    assert give_to(engine, check_id, "third")
    assert mark_dead(engine, check_id, "third") == 1
    assert check(engine, check_id).state is CheckState.ABANDONED


def test_the_silent_are_marked_and_the_late_are_begun_once(engine: Engine) -> None:
    check_id, now = asked(engine), dt.datetime.now(dt.UTC)
    assert not take_over(engine, check_id, now)
    later = now + WAITS_FOR * 2
    assert [take_over(engine, check_id, later) for _ in range(2)] == [True, False]
    with engine.begin() as connection:
        connection.execute(update(FileCheck).values(state=CheckState.RUNNING, heartbeat_at=now))
    assert mark_silent(engine, now + SILENT_AFTER / 2) == 0
    assert mark_silent(engine, now + SILENT_AFTER * 2) == 1
    assert check(engine, check_id).state is CheckState.ABANDONED


def test_a_version_finished_before_its_process_was_killed_is_found_again(engine: Engine) -> None:
    check_id = asked(engine)
    run_check(engine, check_id, Limits())
    first = check(engine, check_id)
    with engine.begin() as connection:
        # As it was between the two transactions.
        values = {"state": CheckState.ABANDONED, "dataset_id": None, "report": None}
        connection.execute(update(FileCheck).values(**values))
    run_again(engine, check_id, "tests")
    assert run_check(engine, check_id, Limits()) is CheckState.READY
    again = check(engine, check_id)
    assert (again.dataset_id, again.version) == (first.dataset_id, 1)
    assert again.report["rows"] == first.report["rows"]


def test_a_check_thrown_away_as_its_version_is_finished_leaves_no_version(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    check_id = asked(engine)

    def then_thrown_away(*given: Any) -> Any:
        report = import_files(*given)
        throw_away(engine, check_id, "tests")
        return report

    monkeypatch.setattr("finder.desk.check_run.import_files", then_thrown_away)
    assert run_check(engine, check_id, Limits()) is None
    assert check(engine, check_id).state is CheckState.WITHDRAWN
    with engine.connect() as connection:
        assert connection.scalar(select(Dataset.pruned_at)) is not None
        assert connection.scalar(select(func.count()).select_from(Location)) == 0


def test_what_was_published_is_neither_thrown_away_nor_run_again(engine: Engine) -> None:
    check_id = asked(engine)
    run_check(engine, check_id, Limits())
    activate(engine, "alder", 1, "tests")
    for deed in (throw_away, run_again):
        with pytest.raises(DeskRefused, match="check_published"):
            deed(engine, check_id, "tests")
    assert check(engine, check_id).is_active


def test_another_mapping_makes_another_version_and_the_one_before_is_gone(engine: Engine) -> None:
    check_id = asked(engine, LIST.replace(b"phone", b"fone"))
    assert run_check(engine, check_id, Limits()) is CheckState.NEEDS_MAPPING
    with pytest.raises(FileRefused, match="mapping_column_unknown"):
        run_again(engine, check_id, "tests", mapping={"fone": "telephon"})
    for mapping in ({"fone": ""}, {"fone": "phone"}):
        run_again(engine, check_id, "tests", mapping=mapping)
        assert run_check(engine, check_id, Limits()) is CheckState.READY
    with engine.connect() as connection:
        gone = dict(connection.execute(select(Dataset.version, Dataset.pruned_at)).all())
        assert gone[1] is not None
        assert gone[2] is None
        assert connection.scalar(select(Source.header_mapping)) == {"fone": "phone"}
    assert check(engine, check_id).version == 2


def test_files_of_old_checks_are_removed_and_what_they_found_stays(engine: Engine) -> None:
    numbers = [asked(engine) for _ in range(KEPT + 3)]
    with engine.begin() as connection:
        connection.execute(update(FileCheck).where(FileCheck.id.in_(numbers[1:])).values(state=CheckState.REFUSED))
    now = dt.datetime.now(dt.UTC)
    # The first is old too, and waits.
    assert remove_old_files(engine, now) == numbers[1:3]
    assert remove_old_files(engine, now) == []
    assert remove_old_files(engine, now + KEPT_FOR * 2) == numbers[3:]
    with engine.connect() as connection:
        assert [one.is_kept for one in files_of(connection, numbers[0])] == [True]
        assert [one.is_kept for one in files_of(connection, numbers[1])] == [False]
    with pytest.raises(DeskRefused, match="check_file_gone"):
        run_again(engine, numbers[1], "tests")
    with pytest.raises(DeskRefused, match="check_file_gone"):
        list(content_of(engine, numbers[1]))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("list.csv", "list.csv"), ("C:\\Users\\x\\list.xlsx", "list.xlsx"), ("../../passwd", "passwd"), ("..", "file"),
        ("a\x00b.csv", "a\u2400b.csv"), ("\u202ecsv.exe", "<U+202E>csv.exe"), ("x" * 300 + ".csv", "x" * 196 + ".csv"),
        ("", "file"), (" ", "file"), ("é" * 150 + ".csv", "é" * 98 + ".csv"),
    ],
)  # fmt: skip
def test_a_name_is_kept_without_its_folders_and_tricks(name: str, kept: str) -> None:
    assert named(name) == kept


def test_everything_can_be_done_by_command(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    (tmp_path / "list.csv").write_bytes(LIST.replace(b"phone", b"Telefone"))
    said = terminal.good("checks", "add", "list.csv", "--source", "alder")
    assert "Not known: Telefone." in said
    said = terminal.good("checks", "again", "1", "--map", "Telefone=phone")
    assert "1 of 2 rows is fit to publish. 1 needs you." in said
    assert "alder  checked" in terminal.good("checks", "list")
    terminal.good("checks", "save", "1", "corrected", "--output", tmp_path)
    assert "This is no ZIP code." in (tmp_path / "list-corrected.csv").read_text(encoding="utf-8-sig")
    assert "already" in terminal.refused("checks", "save", "1", "corrected", "--output", tmp_path)
    terminal.good("checks", "save", "1", "received", "--output", tmp_path, "--overwrite")
    assert "There is no check 7." in terminal.refused("checks", "show", "7")
    assert "thrown away" in terminal.good("checks", "discard", "1")
    assert "are not kept any more" in terminal.refused("checks", "again", "1")
    assert '"state": "withdrawn"' in terminal.good("checks", "list", "--json")
