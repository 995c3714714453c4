"""Files going out: whole or not at all, what they replace, and what cannot be written."""

from __future__ import annotations

import collections
import csv
import hashlib
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from finder.errors import OutputRefused
from finder.importers.outputs import is_folder, opened
from finder.importers.workbooks import Sheet

SHEET = Sheet("places", ("id", "name"))


def refused(path: Path, *rows: list[str], in_folder: bool = False) -> str:
    """Write rows to where they cannot be written; return the code and the name that are told."""
    with pytest.raises(OutputRefused) as refusal, opened(path, in_folder=in_folder, overwrite=True) as begin:
        collections.deque(map(begin(SHEET), rows or (["1", "one"],)))
    return f"{refusal.value.code} {refusal.value.params.get('name')}"


def fail(path: Path, *, in_folder: bool) -> None:
    """Write something, and fail before the file is whole."""
    with opened(path, in_folder=in_folder, overwrite=True) as begin:
        begin(SHEET)(["1", "other"])
        raise ZeroDivisionError


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    for name in ("places.csv", "places.xlsx"):
        path = tmp_path / name
        path.write_text("what was there")
        with opened(path, overwrite=True) as begin:
            write = begin(SHEET)
            write(["1", "one"])
            assert path.read_text() == "what was there"
        assert path.read_bytes() != b"what was there"
    assert sorted(os.listdir(tmp_path)) == ["places.csv", "places.xlsx"]
    assert (tmp_path / "places.csv").read_bytes() == b"id,name\n1,one\n"


@pytest.mark.parametrize("name", ["places.csv", "places.xlsx", "folder"])
def test_what_fails_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    old = tmp_path / "places.csv"
    old.write_text("what was there")
    with pytest.raises(ZeroDivisionError):
        fail(tmp_path / name, in_folder=name == "folder")
    assert os.listdir(tmp_path) == ["places.csv"]
    assert old.read_text() == "what was there"


def test_the_files_of_a_folder_appear_together(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with opened(folder, in_folder=True, overwrite=True) as begin:
        begin(SHEET)(["1", "one"])
        begin(Sheet("people", ("id",)))(["2"])
        assert [name for name in os.listdir(folder) if name.endswith(".csv")] == []
    assert sorted(os.listdir(folder)) == ["people.csv", "places.csv"]
    kept = (folder / "places.csv").read_bytes()
    with pytest.raises(ZeroDivisionError):
        fail(folder, in_folder=True)
    # A folder that was there stays, with what was in it.
    assert (folder / "places.csv").read_bytes() == kept


def test_refusals(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.csv").mkdir()
    for name in ("places.csv", "places.xlsx"):
        assert refused(tmp_path / "none" / name) == f"output_folder_missing {tmp_path / 'none'}"
        assert refused(tmp_path / "file" / name) == f"output_folder_missing {tmp_path / 'file'}"
    assert refused(tmp_path / "none" / "folder", in_folder=True) == f"output_folder_missing {tmp_path / 'none'}"
    assert refused(tmp_path / "file", in_folder=True) == f"output_not_written {tmp_path / 'file'}"
    assert refused(tmp_path / "folder.csv") == f"output_not_written {tmp_path / 'folder.csv'}"
    assert refused(tmp_path / ("long" * 100 + ".csv")).startswith("output_not_written")
    assert refused(Path("/dev/full")) == "output_not_written /dev/full"
    assert refused(Path("/proc/places.csv")) == "output_not_written /proc/places.csv"
    assert refused(Path("/proc/places.xlsx")) == "output_not_written /proc/places.xlsx"
    assert sorted(os.listdir(tmp_path)) == ["file", "folder.csv"]


def test_a_csv_holds_one_table(tmp_path: Path) -> None:
    with opened(tmp_path / "a.csv") as begin:
        begin(SHEET)
        with pytest.raises(OutputRefused, match="output_one_table"):
            begin(Sheet("people", ("id",)))
        with pytest.raises(OutputRefused, match="output_one_table"):
            begin(SHEET)
    assert (tmp_path / "a.csv").read_bytes() == b"id,name\n"


@contextmanager
def small_disk() -> Iterator[None]:
    """No file can become larger than 3,000 bytes. That holds for the tests' own output too, so it must be brief."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", ["places.csv", "places.xlsx"])
@pytest.mark.parametrize("rows", [1, 100, 3000])
def test_a_full_disk_is_told(tmp_path: Path, name: str, rows: int) -> None:
    path = tmp_path / name
    path.write_text("what was there")
    # Nothing packs such cells into less.
    cells = [[str(number), hashlib.sha512(b"%d" % number).hexdigest()] for number in range(rows)]
    if rows > 1 or name.endswith("xlsx"):
        with small_disk():
            told = refused(path, *cells)
        assert told == f"output_not_written {path}"
        assert path.read_text() == "what was there"
    else:
        with small_disk(), opened(path, overwrite=True) as begin:
            begin(SHEET)(cells[0])
    assert os.listdir(tmp_path) == [name]


def test_no_file_of_a_folder_is_replaced_where_one_fails(tmp_path: Path) -> None:
    for name in ("people", "places"):
        (tmp_path / f"{name}.csv").write_text("what was there")

    def write() -> None:
        with small_disk(), opened(tmp_path, in_folder=True, overwrite=True) as begin:
            begin(SHEET)(["1", "x" * 4000])
            begin(Sheet("people", ("id",)))(["2"])

    with pytest.raises(OutputRefused, match="output_not_written"):
        write()
    assert [path.read_text() for path in sorted(tmp_path.iterdir())] == ["what was there"] * 2


def test_links_and_rights_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "real.csv", tmp_path / "link.csv"
    path.touch()
    path.chmod(0o640)
    link.symlink_to(path)
    with opened(link, overwrite=True) as begin:
        begin(SHEET)
    assert link.is_symlink()
    assert path.read_bytes() == b"id,name\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_what_is_no_ordinary_file_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with opened(pipe) as begin:
        begin(SHEET)(["1", "one"])
    assert os.read(reader, 100) == b"id,name\n1,one\n"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_every_cell_is_one_cell_again(tmp_path: Path) -> None:
    rows = [["a\rb", "c"], ["a\r\nb", 'say "x"'], ["a,b", "\n"], [";|\t", "\u2028\x85"], ["\ud800", ""], ["", ""]]
    for mark in (False, True):
        with opened(tmp_path / "a.csv", for_spreadsheets=mark, overwrite=True) as begin:
            write = begin(SHEET)
            for row in rows:
                write(row)
        assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf") == mark
        with open(tmp_path / "a.csv", encoding="utf-8-sig", newline="") as file:
            read = list(csv.reader(file))
        # Half a character is nothing that a file can hold.
        assert read == [["id", "name"], *rows[:4], ["?", ""], ["", ""]]


def test_what_is_meant_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    asked = {name: is_folder(tmp_path / name) for name in (".", "new", "file", "new.csv", "new.xlsx")}
    assert asked == {".": True, "new": True, "file": False, "new.csv": False, "new.xlsx": False}


@pytest.mark.parametrize("name", ["places.csv", "places.xlsx", "folder"])
def test_what_is_there_is_replaced_only_where_that_was_said(tmp_path: Path, name: str) -> None:
    path, in_folder = tmp_path / name, name == "folder"
    old = path / "places.csv" if in_folder else path
    old.parent.mkdir(exist_ok=True)
    old.write_text("what was there")
    with pytest.raises(OutputRefused) as refusal, opened(path, in_folder=in_folder) as begin:
        begin(SHEET)(["1", "one"])
    assert (refusal.value.code, refusal.value.params) == ("output_exists", {"name": str(old)})
    assert old.read_text() == "what was there"
    assert os.listdir(old.parent) == [old.name]
    if in_folder:
        # A folder that is there takes what it does not have yet.
        with opened(path, in_folder=True) as begin:
            begin(Sheet("people", ("id",)))(["2"])
        assert sorted(os.listdir(path)) == ["people.csv", "places.csv"]
