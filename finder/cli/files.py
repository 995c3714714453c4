"""Commands that hand files out: template, export, problems."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import click
from sqlalchemy import Connection, Row, select

from finder.cli.context import OVERWRITE, database, say
from finder.cli.problems import problems
from finder.db.datasets import Dataset
from finder.desk.versions import active_dataset, find_source, find_version
from finder.errors import DirectoryRefused, OutputRefused
from finder.importers.differences import differences
from finder.importers.exports import export_sections
from finder.importers.outputs import Begin, csv_rows, is_folder, is_workbook, opened
from finder.importers.templates import SECTIONS, SHAPES, Section
from finder.importers.workbooks import Sheet, WriteRow, write_templates

_ALL = "all"
_OUTPUT = click.option("--output", type=click.Path(path_type=Path), help="File to write, CSV or .xlsx, or folder; else the terminal.")  # fmt: skip


@click.command()
@click.option("--source", required=True, help="Name of the source.")
@click.option("--section", type=click.Choice([*SECTIONS, _ALL]), help="Section to write; unless given all, but only the locations to the terminal.")  # fmt: skip
@click.option("--version", type=int, help="Version to export; the active one unless given.")
@_OUTPUT
@OVERWRITE
def export(source: str, section: str | None, version: int | None, output: Path | None, overwrite: bool) -> None:
    """Write a source out again, in the columns of the templates.

    All five sections go to a workbook (--output name.xlsx), a sheet each, or to a folder, a CSV each; a name without
    an ending is a folder. One section (--section) goes to the terminal or a CSV file. What is written can be imported
    as it is. Sections without any row are left out.
    """
    sections = _sections(section or ("locations" if output is None else _ALL), output)
    with database() as engine, engine.connect() as connection:
        meant = _exported(connection, source, version)

        def keep_empty(one: Section) -> bool:
            # A file of an earlier export must not outlive its rows.
            there = output is not None and output.is_dir() and (output / f"{one.name}.csv").exists()
            return len(sections) == 1 or there

        with _opened(output, sections, overwrite=overwrite) as begin:
            counts = export_sections(connection, meant.id, sections, begin, keep_empty)
            # A version that was removed in the meantime may have lost rows on the way.
            find_version(connection, source, meant.version)
            if section is None and output is None:
                others = [name for name in _filled(connection, meant.id) if name not in counts]
    if output is not None:
        _tell_written(output, counts)
    elif section is None and others:
        click.echo(f"Not written: {', '.join(others)}. Name one with --section, or all with --output FOLDER.", err=True)


@click.command()
@click.argument("section", type=click.Choice([*SHAPES, _ALL]))
@_OUTPUT
@OVERWRITE
def template(section: str, output: Path | None, overwrite: bool) -> None:
    """Write the template of a SECTION with three example rows: to the terminal as CSV, or to a file.

    A workbook (--output finder.xlsx) also has a sheet that explains every column, which the import leaves out; `all`
    gives it a sheet for each of the five sections. A roster is one list for people and their places.
    """
    sections = _sections(section, output)
    with _opened(output, sections, overwrite=overwrite) as begin:
        write_templates(begin, sections, explained=output is not None and is_workbook(output))
    if output is not None:
        _tell_written(output, {})


def _exported(connection: Connection, source: str, version: int | None) -> Row[Any]:
    """Return the row of the version that is meant, the active one unless named."""
    if version is None:
        active = active_dataset(connection, find_source(connection, source))
        version = connection.scalar(select(Dataset.version).where(Dataset.id == active))
        if version is None:
            # Where none is ready either, that is what is told.
            ready = find_version(connection, source, None)
            raise DirectoryRefused("nothing_in_force", source=source, version=ready.version)
    return find_version(connection, source, version)


def _filled(connection: Connection, dataset_id: int) -> list[str]:
    """Return the sections of which a version has rows."""
    found = differences(connection, None, dataset_id)
    return [name for name in SECTIONS if name in found and found[name].new]


def _sections(wanted: str, output: Path | None) -> list[Section]:
    if wanted != _ALL:
        return [SHAPES[wanted]]
    if output is None:
        raise click.UsageError("All sections together need --output: a folder, or a name that ends with .xlsx.")
    return list(SECTIONS.values())


@contextmanager
def _opened(output: Path | None, sections: Sequence[Section], *, overwrite: bool) -> Iterator[Begin]:
    """Open what the sections are written to; without `output` it is the terminal."""
    if output is not None:
        folder = output.is_dir() or (len(sections) > 1 and is_folder(output))
        with opened(output, in_folder=folder, for_spreadsheets=True, overwrite=overwrite) as begin:
            yield begin
        return
    # What is led into a file is opened by a spreadsheet as any other file; a reader of a pipe needs no mark.
    encoding = "utf-8-sig" if _is_file(sys.stdout) else "utf-8"
    stream = io.TextIOWrapper(sys.stdout.buffer, encoding=encoding, newline="")

    def to_terminal(sheet: Sheet) -> WriteRow:
        write = csv_rows(stream)
        write(sheet.header)
        return write

    try:
        yield to_terminal
        stream.flush()
    except BrokenPipeError:
        # Whoever reads has seen enough; click ends quietly.
        raise
    except OSError:
        raise OutputRefused("output_not_written", name="standard output") from None
    finally:
        # The terminal is not ours to close.
        with suppress(OSError):
            stream.detach()


def _is_file(stream: TextIO) -> bool:
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def _tell_written(output: Path, counts: Mapping[str, int]) -> None:
    if not output.is_file() and not output.is_dir():
        # A pipe, and more words in it would be taken for rows.
        return
    kept = ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)
    say(f"Wrote {output}{': ' if kept else ''}{kept}.")
    empty = ", ".join(name for name, number in counts.items() if not number)
    if empty and kept:
        say(f"Without any row: {empty}.")


COMMANDS = (template, export, problems)
