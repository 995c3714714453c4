"""Files going out, CSV or XLSX: each appears whole or not at all, and what it replaces stays until then."""

from __future__ import annotations

import csv
import os
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from xlsxwriter.exceptions import XlsxWriterException

from finder.errors import OutputRefused
from finder.importers.formulas import harmless
from finder.importers.workbooks import Sheet, Workbook, WriteRow

Begin = Callable[[Sheet], WriteRow]


def is_workbook(path: Path) -> bool:
    """Tell by its name whether a file is to be a workbook."""
    return path.suffix.lower() == ".xlsx"


def is_folder(path: Path) -> bool:
    """Tell whether a path names a folder: one that is there, or by its name can only be meant as one."""
    return path.is_dir() or not (path.suffix or path.exists())


@contextmanager
def opened(
    path: Path, *, in_folder: bool = False, for_spreadsheets: bool = False, overwrite: bool = False
) -> Iterator[Begin]:
    """Open a file; yields what begins each of its tables, and that returns what writes each row.

    A name that ends with .xlsx is a workbook of many sheets; a folder (`in_folder`) gets one CSV for each table; any
    other name is a CSV of one table. `for_spreadsheets` writes the mark by which Excel knows UTF-8. Everything
    appears when the block ends, and nothing where it fails. Raises OutputRefused, as where a file is there already
    and `overwrite` is not said.
    """
    if is_workbook(path) and not in_folder:
        with whole(path, overwrite=overwrite) as part, Workbook(part) as book:
            yield book.begin
        return
    # All files are finished before the first of them takes its place.
    with ExitStack() as places, ExitStack() as files:
        if in_folder:
            places.enter_context(_folder(path))
        begun: list[str] = []

        def begin(sheet: Sheet) -> WriteRow:
            if begun and not in_folder:
                raise OutputRefused("output_one_table", name=str(path))
            begun.append(sheet.name)
            target = path / f"{sheet.name}.csv" if in_folder else path
            part = places.enter_context(whole(target, overwrite=overwrite))
            encoding = "utf-8-sig" if for_spreadsheets else "utf-8"
            # A cell may hold half of a character from a damaged file; nothing else may be lost for that.
            write = csv_rows(files.enter_context(open(part, "w", encoding=encoding, errors="replace", newline="")))
            write(sheet.header)
            return write

        yield begin


def csv_rows(stream: TextIO) -> WriteRow:
    """Return what writes rows as CSV, with whatever a spreadsheet would run made harmless."""
    usual = csv.writer(stream, lineterminator="\n")
    # Older Pythons leave a bare carriage return unquoted, which would end the row.
    quoting = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def write(row: Sequence[str]) -> None:
        texts = [harmless(text) for text in row]
        (quoting if any("\r" in text for text in texts) else usual).writerow(texts)

    return write


def refuse_there(path: Path, *, overwrite: bool, inputs: Collection[Path] = ()) -> None:
    """Raise OutputRefused where a file is there already that may not be replaced; one of `inputs` never may."""
    # Unlike Path.is_file this raises nothing where a folder may not be looked into.
    if os.path.isfile(path):
        if any(os.path.isfile(one) and path.samefile(one) for one in inputs):
            raise OutputRefused("output_is_input", name=str(path))
        if not overwrite:
            raise OutputRefused("output_exists", name=str(path))


@contextmanager
def whole(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a path to write to; at the end of the block it takes the place of `path`, or is gone where it failed.

    What is no ordinary file, such as a pipe, is written to as it is. Raises OutputRefused where that cannot be done.
    """
    part = None
    try:
        if not path.parent.is_dir():
            raise OutputRefused("output_folder_missing", name=str(path.parent))
        refuse_there(path, overwrite=overwrite)
        if path.exists() and not path.is_file() and not path.is_dir():
            yield path
            return
        # A link stays, and what it leads to is replaced.
        target = Path(os.path.realpath(path))
        part = target.with_name(f".{uuid.uuid4().hex}.part")
        yield part
        if target.exists():
            part.chmod(target.stat().st_mode)
        with open(part, "rb") as written:
            os.fsync(written.fileno())
        part.replace(target)
    except (OSError, XlsxWriterException):
        raise OutputRefused("output_not_written", name=str(path)) from None
    finally:
        if part is not None:
            with suppress(OSError):
                part.unlink(missing_ok=True)


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    """Make a folder where there is none; where the block fails, it goes again."""
    try:
        if not path.parent.is_dir():
            raise OutputRefused("output_folder_missing", name=str(path.parent))
        was_there = path.is_dir()
        path.mkdir(exist_ok=True)
    except OSError:
        raise OutputRefused("output_not_written", name=str(path)) from None
    try:
        yield
    except BaseException:
        if not was_there:
            with suppress(OSError):
                path.rmdir()
        raise
