"""Commands about checks of uploaded files: checks list, show, run, again, discard, save."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import click

from finder.cli.context import OVERWRITE, actor, database, opened, say, settings
from finder.cli.data import mapping_of
from finder.db.checks import CheckState, FileRole
from finder.desk.check_files import content_of, files_of, packed
from finder.desk.check_run import asked_to_end, run_check
from finder.desk.checks import Check, add_check, checks, find_check, mark_silent, run_again, throw_away
from finder.errors import DeskRefused
from finder.formats.checked import STATES, check_lines, refusal_sentence
from finder.importers.outputs import whole
from finder.importers.rows import Limits
from finder.logs import log, write

# Of the process that the server starts: searches go first.
_NICENESS = 10
_ENDED = 143  # as a shell tells of SIGTERM
_MAP = click.option(
    "--map", "mapped", multiple=True, metavar="HEADER=COLUMN",
    help="Read a column of the file as one of ours; HEADER= leaves it out. Remembered for the source.",
)  # fmt: skip


@click.group("checks")
def group() -> None:
    """The checks of files that were uploaded at /admin/imports.

    `finder import` does the same with files of this machine. A check that was stopped in the middle, whatever
    stopped it, can be run again: its files are in the database.
    """


@group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_command(as_json: bool) -> None:
    """List the newest checks: number, source, state, who, when, files."""
    with database() as engine:
        mark_silent(engine, _now())
        with engine.connect() as connection:
            found = checks(connection)
    if as_json:
        say(json.dumps([_as_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        when = f"{one.started_at:%Y-%m-%d %H:%M} UTC"
        say(f"{one.id:4}  {one.source}  {STATES[one.state]}  {when}  {one.started_by}  {', '.join(one.names)}")
    if not found:
        say("No check yet. Send files at /admin/imports, or import them: finder import FILES --source NAME")


@group.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--source", required=True, help="Name of whoever sends the files, such as main-hospital.")
@click.option("--update-only", is_flag=True, help="Change and add the rows in FILES, keep all others.")
@click.option("--ignore-unknown-columns", is_flag=True, help="Leave out columns that no template has.")
def add(files: tuple[Path, ...], source: str, update_only: bool, ignore_unknown_columns: bool) -> None:
    """Store FILES in the database and check them, as an upload at /admin/imports does."""
    limit = settings().upload_limit_mb
    with database() as engine, ExitStack() as stack:
        sent = [stack.enter_context(packed(path.name, stack.enter_context(open(path, "rb")), limit)) for path in files]
        check_id = add_check(
            engine, sent, source, actor(), update_only=update_only, leave_out_others=ignore_unknown_columns
        )
        run_check(engine, check_id, _limits())
        _tell(engine, check_id)


@group.command()
@click.argument("number", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, the first problems of each kind included.")
def show(number: int, as_json: bool) -> None:
    """Show what the check NUMBER found: rows, problems worst first, how the files were read."""
    with database() as engine:
        mark_silent(engine, _now())
        if as_json:
            with engine.connect() as connection:
                say(json.dumps(_as_json(find_check(connection, number)), ensure_ascii=False, indent=2))
        else:
            _tell(engine, number)


@group.command()
@click.argument("number", type=int)
@click.option("--claim", hidden=True, default="")
def run(number: int, claim: str) -> None:
    """Do the work of the check NUMBER, where it waits for somebody to begin it.

    The server starts this for each upload. Asked to end (SIGTERM), it leaves a check that can be run again.
    """
    if claim:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    signal.signal(signal.SIGTERM, _end)
    if claim:
        write(settings().log, logging.INFO)
    with opened() as engine:
        state = run_check(engine, number, _limits(), claim)
        if claim:
            log.info("check_done", check=number, state=state.value if state else None)
            return
        if state is None:
            say(f"Check {number} is not waiting. `finder checks again {number}` runs it again.")
        else:
            _tell(engine, number)


def _end(*_: object) -> None:
    asked_to_end.set()
    sys.exit(_ENDED)


@group.command()
@click.argument("number", type=int)
@_MAP
@click.option("--update-only/--whole", "update_only", default=None, help="Take the files for changes only, or for all there is.")  # fmt: skip
@click.option("--ignore-unknown-columns/--tell-unknown-columns", "leave_out_others", default=None, help="Leave out columns that no template has, or tell of them.")  # fmt: skip
def again(number: int, mapped: Sequence[str], update_only: bool | None, leave_out_others: bool | None) -> None:
    """Run the check NUMBER again, from its files as they came; what it had made before makes way."""
    with database() as engine:
        mark_silent(engine, _now())
        wished = mapping_of(mapped) if mapped or leave_out_others else None
        run_again(engine, number, actor(), mapping=wished, update_only=update_only, leave_out_others=leave_out_others)
        run_check(engine, number, _limits())
        _tell(engine, number)


@group.command()
@click.argument("number", type=int)
def discard(number: int) -> None:
    """Throw the files of the check NUMBER away, and the version that it made. Patients see nothing of it."""
    with database() as engine:
        throw_away(engine, number, actor())
        run_check(engine, number, _limits())
    say(f"Check {number} is thrown away.")


@group.command()
@click.argument("number", type=int)
@click.argument("what", type=click.Choice([one.value for one in FileRole]))
@click.option("--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write to.")
@OVERWRITE
def save(number: int, what: str, output: Path, overwrite: bool) -> None:
    """Write files of the check NUMBER to a folder: those received, the corrected ones, or the list of problems."""
    with database() as engine:
        with engine.connect() as connection:
            find_check(connection, number)
            wanted = [one for one in files_of(connection, number) if one.role.value == what]
        if not wanted:
            raise DeskRefused("check_file_gone")
        for one in wanted:
            with whole(output / one.name, overwrite=overwrite) as path, open(path, "wb") as out:
                shutil.copyfileobj(_Stream(content_of(engine, one.id)), out)
            say(f"Wrote {output / one.name}.")


class _Stream:
    """What comes in chunks, as a file to be read."""

    def __init__(self, chunks: Any) -> None:
        self._chunks = chunks

    def read(self, _size: int = -1) -> bytes:
        return next(self._chunks, b"")


def _tell(engine: Any, number: int) -> None:
    with engine.connect() as connection:
        found = find_check(connection, number)
        made = [one.role.value for one in files_of(connection, number) if one.role is not FileRole.RECEIVED]
    say(f"Check {number} of {', '.join(found.names)} for {found.source}: {STATES[found.state]}.")
    if found.refusal:
        say(refusal_sentence(found.refusal))
    for line in check_lines(found.report, found.preview):
        say(line)
    for what in dict.fromkeys(made):
        say(f"To have the {what} file: finder checks save {number} {what} --output FOLDER")
    if found.state is CheckState.READY and found.version is not None and not found.is_active:
        say(f"See what will change: finder diff {found.source} {found.version}")
    if found.state in (CheckState.ABANDONED, CheckState.REFUSED, CheckState.NEEDS_MAPPING):
        say(f"To run it again: finder checks again {number}")


def _as_json(one: Check) -> dict[str, Any]:
    return {
        "check": one.id, "source": one.source, "state": one.state.value, "files": one.names, "wishes": one.wishes,
        "refusal": one.refusal, "rows_done": one.rows_done, "rows_at_most": one.rows_at_most, "runs": one.runs,
        "started_by": one.started_by, "started_at": one.started_at.isoformat(), "version": one.version,
        "ended_at": one.ended_at.isoformat() if one.ended_at else None, "report": one.report,
    }  # fmt: skip


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _limits() -> Limits:
    return Limits(settings().upload_limit_mb, settings().workbook_limit_cells)


COMMANDS = (group,)
